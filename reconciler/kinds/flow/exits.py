"""The transitions of one node: their written form, and their part of the layout. Pure.

A transition is written as its kind and its target: ``{ dtmf: "0", to: operator }``. Exits that a
node's type fixes have their own names: ``on_success``, ``on_failure``, ``next``, ``else``.

Sources of shapes: `hamsa-api-v2.md` of the API's facts, on transitions and fixed exits.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.jsonvalues import equal

Shape = dict[str, Any]
NewId = Callable[[str], str]

_FIXED = {"On Success": "on_success", "On Failure": "on_failure"}
_GENERATED = {
    "on_success": "When the tool completes successfully",
    "on_failure": "When the tool fails to execute",
    "else": "Default fallback when no other conditions match",
    "next": "Auto-advance",
}
"""The dashboard's descriptions of fixed exits, used in new transitions too."""
_LAST = 999
"""The priority of a router's fallback."""
EXITS = ("on_success", "on_failure", "next", "else")
_OWN = ("id", "condition", "targetNodeId")
_SWITCH = "enabled"


def without(item: Shape, *names: str) -> Shape:
    """An object without some of its keys."""
    return {name: value for name, value in item.items() if name not in names}


def read(node: Shape, targets: Mapping[str, str]) -> tuple[Shape, list[Shape]]:
    """The written form of a node's transitions, and their part of the layout in their order.

    ``targets`` are the target slugs by transition id; a transition without a target is not in it.
    """
    transitions: list[Shape] = node["transitions"]
    shown, kept = [], []
    falls = _falls(transitions)
    for one in transitions:
        exit_ = _exit(one, node)
        view: Shape = _view(one["condition"]) if not exit_ else {exit_: None}
        if one.get("isEnabled") is False:
            view["enabled"] = False
        to = targets.get(one["id"])
        kept.append(_kept(one, view, to, exit_))
        shown.append((_rank(one, falls=falls), view, to, exit_))
    shown.sort(key=lambda item: item[0])
    exits: Shape = {exit_: to for _, _, to, exit_ in shown if exit_}
    listed = [{**view, "to": to} for _, view, to, exit_ in shown if not exit_]
    written: Shape = {"transitions": listed} if listed else {}
    return {**written, **exits}, kept


def _rank(one: Shape, *, falls: bool) -> float:
    """The position in the order of evaluation, from the priorities of the node."""
    return -_number(one) if falls else _number(one)


def _falls(found: Sequence[Shape]) -> bool:
    """Whether higher priorities are evaluated first: the fallback, which is last, has the lowest.

    Guides until 2026 say so; live flows count upwards.
    """
    fallback = [_number(one) for one in found if _type(one) == "always"]
    rest = [_number(one) for one in found if _type(one) != "always"]
    return bool(fallback and rest) and max(fallback) < min(rest)


def _number(one: Shape) -> float:
    found = one.get("priority")
    return float(found) if isinstance(found, int | float) else 0.0


def _type(one: Shape) -> str:
    condition = one.get("condition")
    return str(condition.get("type")) if isinstance(condition, dict) else ""


def _exit(one: Shape, node: Shape) -> str:
    """The name of a fixed exit; empty for a transition that people may edit, or disabled."""
    condition = one["condition"]
    if one.get("isEnabled") is False:
        return ""
    same = [x for x in node["transitions"] if _type(x) == _type(one)]
    match condition.get("type"):
        case "natural_language" if condition.get("prompt") in _FIXED:
            twins = [x for x in same if x["condition"].get("prompt") == condition["prompt"]]
            fixed = one.get("name") == condition["prompt"] and len(twins) == 1
            return _FIXED[condition["prompt"]] if fixed else ""
        case "always" if node.get("type") == "router" and len(same) == 1:
            return "else"
        case "auto" if node.get("type") in _SETTING and len(node["transitions"]) == 1:
            return "next"
    return ""


_SETTING = ("set_local_variables", "change_agent_settings")


def _view(condition: Shape) -> Shape:
    """The written form of a condition, without its description.

    Unchanged if its form is unknown.
    """
    match condition:
        case {"type": "natural_language", "prompt": str(prompt)}:
            view: Shape = {"natural_language": prompt}
        case {"type": "dtmf", "key": str(key)}:
            view = {"dtmf": key}
        case {"type": "auto" | "always" | "after_user_reply" as sort}:
            view = {str(sort): None}
        case {"type": "structured_equation", "logic": "all" | "any" as logic, "conditions": found}:
            view = {str(logic): [_equation(one) for one in found]}
        case _:
            return {"condition": condition}
    return view if equal(_condition(view), _bare(condition)) else {"condition": condition}


def _bare(condition: Shape) -> Shape:
    return without(condition, "description")


def _equation(one: Any) -> Any:
    match one:
        case {"variable": str(variable), "operator": str(operator), "value": value} if (
            len(one) == 3
        ):
            return {variable: {operator: value}}
    return one


def _condition(view: Shape) -> Shape:
    """The condition of a written form, without its description."""
    match view:
        case {"natural_language": prompt}:
            return {"type": "natural_language", "prompt": prompt}
        case {"dtmf": key}:
            return {"type": "dtmf", "key": key}
        case {"all": found} | {"any": found}:
            logic = "all" if "all" in view else "any"
            return {
                "type": "structured_equation",
                "logic": logic,
                "conditions": [_unequation(one) for one in found],
            }
        case {"condition": condition}:
            return dict(condition)
        case {"on_success": _} | {"on_failure": _}:
            name = "On Success" if "on_success" in view else "On Failure"
            return {"type": "natural_language", "prompt": name}
        case {"next": _}:
            return {"type": "auto"}
        case {"else": _}:
            return {"type": "always"}
    sort = next(name for name in ("auto", "always", "after_user_reply") if name in view)
    return {"type": sort}


def _unequation(one: Any) -> Any:
    match one:
        case {"variable": _}:
            return one
    ((variable, test),) = one.items()
    ((operator, value),) = test.items()
    return {"variable": variable, "operator": operator, "value": value}


def _kept(one: Shape, view: Shape, to: str | None, exit_: str) -> Shape:
    """The layout's entry of a transition: its id, and everything that its written form omits."""
    rest = without(one, *_OWN, *(["isEnabled"] if _SWITCH in view else []))
    kept: Shape = {"id": one["id"], "when": view, "to": to, "rest": rest}
    if "targetNodeId" in one:
        kept["targetNodeId"] = one["targetNodeId"]
    if "condition" not in view:
        shown = _condition(view)
        more = {n: v for n, v in one["condition"].items() if n not in shown}
        if exit_ or more:
            kept["condition"] = more
    return kept


def compiled(
    view: Shape, kept: Sequence[Shape], ids: Mapping[str, str], new_id: NewId
) -> list[Shape]:
    """The transitions of a node: those of the layout in its order, then the new ones."""
    wanted = [*_wanted(view)]
    pairs = _paired(wanted, kept)
    made = {n: _transition(*wanted[n], kept[k], ids) for n, k in pairs.items()}
    for number, (when, to) in enumerate(wanted):
        if number not in made:
            made[number] = _new(when, to, number, ids, new_id)
    order = sorted(made, key=lambda n: (pairs.get(n, len(kept)), n))
    listed = [n for n, (when, _) in enumerate(wanted) if not when.keys() & {*EXITS}]
    return _in_turn([made[n] for n in order], [made[n] for n in listed])


def _in_turn(made: list[Shape], wanted: list[Shape]) -> list[Shape]:
    """The transitions with priorities that give the ``wanted`` order of evaluation.

    Priorities stay as they are if they give that order already.
    """
    down = _falls(made)
    ranked = sorted(made, key=lambda one: _rank(one, falls=down))
    if [one["id"] for one in ranked if one in wanted] == [one["id"] for one in wanted]:
        return made
    numbers = {
        one["id"]: len(wanted) - place if down else place for place, one in enumerate(wanted)
    }
    return [
        {**one, "priority": numbers[one["id"]]} if one["id"] in numbers else one for one in made
    ]


def _wanted(view: Shape) -> Iterator[tuple[Shape, str | None]]:
    for one in view.get("transitions") or ():
        yield without(one, "to"), one.get("to")
    for name in EXITS:
        if name in view:
            yield {name: None}, view[name]


def _paired(wanted: Sequence[tuple[Shape, str | None]], kept: Sequence[Shape]) -> dict[int, int]:
    """The layout's transition for each written one: the same, or by condition, or by kind.

    Equal ones are paired in the order of evaluation.
    """
    ranked = [_ranked(one) for one in kept]
    falls = _falls(ranked)
    turn = sorted(range(len(kept)), key=lambda k: _rank(ranked[k], falls=falls))
    tests: tuple[Callable[[Shape, str | None, Shape], bool], ...] = (
        lambda when, to, old: equal(when, old["when"]) and to == old["to"],
        lambda when, _to, old: equal(without(when, _SWITCH), without(old["when"], _SWITCH)),
        lambda when, to, old: _sort(when) == _sort(old["when"]) and to == old["to"],
        lambda when, _to, old: _sort(when) == _sort(old["when"]),
    )
    found: dict[int, int] = {}
    for same in tests:
        left = [k for k in turn if k not in found.values()]
        alone = [n for n in range(len(wanted)) if n not in found]
        for number in alone if left else ():
            match = next((k for k in left if same(*wanted[number], kept[k])), None)
            if match is not None:
                found[number] = match
                left.remove(match)
    return found


def _ranked(old: Shape) -> Shape:
    """What decides the order of evaluation, of a layout's transition."""
    condition = old["when"].get("condition", {})
    last = {"always", "else"} & old["when"].keys() or condition.get("type") == "always"
    return {**old["rest"], "condition": {"type": "always" if last else ""}}


def _sort(when: Shape) -> set[str]:
    """What sort of condition a written form is."""
    return {*when} - {_SWITCH}


def led(view: Shape, kept: Sequence[Shape]) -> dict[str, str | None]:
    """The slugs to which a node's transitions of the layout lead as written, by their ids."""
    wanted = [*_wanted(view)]
    return {kept[k]["id"]: wanted[n][1] for n, k in _paired(wanted, kept).items()}


def _transition(when: Shape, to: str | None, old: Shape, ids: Mapping[str, str]) -> Shape:
    condition = _condition(when)
    if "condition" not in when:
        more = dict(old.get("condition", {}))
        described = more.get("description") == old["when"].get("natural_language")
        if described and "natural_language" in when:
            more["description"] = when["natural_language"]
        condition = {**condition, **{n: v for n, v in more.items() if n not in condition}}
    made: Shape = {"id": old["id"], **old["rest"], "condition": condition, **_switch(when, old)}
    if to == old["to"]:
        return {**made, "targetNodeId": old["targetNodeId"]} if "targetNodeId" in old else made
    return {**made, "targetNodeId": ids[to] if to is not None else ""}


def _switch(when: Shape, old: Shape) -> Shape:
    """Whether a transition is enabled, if it is written or has changed."""
    if _SWITCH in when:
        return {"isEnabled": when[_SWITCH]}
    return {"isEnabled": True} if _SWITCH in old["when"] else {}


def _new(when: Shape, to: str | None, number: int, ids: Mapping[str, str], new_id: NewId) -> Shape:
    fixed = next((name for name in EXITS if name in when), "")
    condition = _condition(when)
    if fixed:
        condition["description"] = _GENERATED[fixed]
    names = {one: name for name, one in _FIXED.items()}
    return {
        "id": new_id(f"transition {number} {without(when, _SWITCH)}"),
        **({"name": names[fixed]} if fixed in names else {}),
        "priority": _LAST if fixed == "else" else number,
        "isEnabled": when.get(_SWITCH, True),
        "targetNodeId": ids[to] if to is not None else "",
        "condition": condition,
    }
