"""What cannot be compiled in a flow as people write it. Pure; types are checked by the rows."""

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.errors import listed, meant
from reconciler.jsonvalues import Json, Secret, leaves
from reconciler.kinds.flow.exits import EXITS, Shape
from reconciler.schema.view import Mistake, Place

CONDITIONS = (
    *("natural_language", "dtmf", "all", "any", "auto", "always", "after_user_reply", "condition"),
)
"""The sorts of conditions that a transition is written with."""
_FREE = ("to", "enabled")


def mistakes(spec: Mapping[str, Json]) -> Iterator[Mistake]:
    """Each thing in a spec that no workflow can be made of.

    Values of other types than their rows' are passed over.
    """
    yield from _forms(spec)
    written = spec.get("flow")
    views = written.get("nodes") if isinstance(written, Mapping) else None
    if not isinstance(written, Mapping) or not isinstance(views, Mapping):
        return
    yield from _variables(written.get("customVariables"))
    known = [str(slug) for slug in views]
    for slug, view in views.items():
        if isinstance(view, Mapping):
            yield from _in_node(("flow", "nodes", str(slug)), dict(view), known)


def _forms(spec: Mapping[str, Json]) -> Iterator[Mistake]:
    """A flow that is declared twice, or for an agent that has none."""
    found = [name for name in ("flow", "workflow") if name in spec]
    if len(found) > 1:
        yield Mistake(
            place=("workflow",),
            message="`flow` and `workflow` are two forms of one thing",
            hint="declare one of them: `flow` is for people, `workflow` as the API has it",
        )
    if found and spec.get("type") != "Flow Agent":
        yield Mistake(
            place=(found[0],) if "type" not in spec else ("type",),
            message=f"`{found[0]}` is for agents of one type",
            found=str(spec["type"])[:60] if "type" in spec else "no `type`",
            allowed="`type: Flow Agent`",
        )


def _variables(found: Any) -> Iterator[Mistake]:
    if any(isinstance(leaf, Secret) for leaf in leaves(found)):
        yield Mistake(
            place=("flow", "customVariables"),
            message="a default value of a variable is shown to everyone, so it cannot be a secret",
            hint="pass it with the call, or keep it in the tool that needs it",
        )


def _in_node(place: Place, view: Shape, known: list[str]) -> Iterator[Mistake]:
    if "verbatim" in view and len(view) > 1:
        names = listed(f"`{name}`" for name in view if name != "verbatim")
        yield Mistake(
            place=(*place, "verbatim"),
            message=f"a node is either `verbatim` or written with keys, and this has {names} too",
            hint="move these keys into `verbatim`, or take `verbatim` out",
        )
    for name in EXITS:
        yield from _target((*place, name), view.get(name), known)
    listed_ = view.get("transitions")
    for number, one in enumerate(listed_ if isinstance(listed_, list) else ()):
        yield from _transition((*place, "transitions", number), one, known)


def _transition(place: Place, one: Any, known: list[str]) -> Iterator[Mistake]:
    if not isinstance(one, Mapping):
        yield Mistake(
            place=place,
            message="a transition is a mapping of its condition and `to`",
            allowed="`{ natural_language: the caller wants to book, to: search }`",
        )
        return
    sorts = [name for name in one if name not in _FREE]
    strange = [str(name) for name in sorts if name not in CONDITIONS]
    allowed = listed(f"`{name}`" for name in CONDITIONS)
    for name in strange:
        hint = meant(name, CONDITIONS)
        message = f"`{name}` is no condition of a transition"
        yield Mistake(place=(*place, name), message=message, allowed=allowed, hint=hint)
    if not strange and len(sorts) != 1:
        said = "none" if not sorts else listed(f"`{name}`" for name in sorts)
        message = "a transition has exactly one condition"
        yield Mistake(place=place, message=message, found=said, allowed=allowed)
    elif not strange:
        yield from _condition((*place, sorts[0]), sorts[0], one[sorts[0]])
    if not isinstance(one.get("enabled", True), bool):
        yield Mistake(
            place=(*place, "enabled"), message="`enabled` is no switch", allowed="true or false"
        )
    yield from _target((*place, "to"), one.get("to"), known)


def _condition(place: Place, sort: str, value: Any) -> Iterator[Mistake]:
    """The mistake in the value of a condition, if there is one."""
    told = {
        "natural_language": (isinstance(value, str), "a text"),
        "dtmf": (isinstance(value, str), 'a key of the telephone in quotes, such as "0"'),
        "condition": (isinstance(value, Mapping), "the condition as the API has it"),
        "all": (_are_tests(value), "a list of `{ variable: { operator: value } }`"),
        "any": (_are_tests(value), "a list of `{ variable: { operator: value } }`"),
    }
    fine, allowed = told.get(sort, (value is None, "nothing"))
    if not fine:
        message = f"`{sort}` takes {allowed}"
        yield Mistake(place=place, message=message, hint="the API has other forms: `condition:`")


def _are_tests(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_test, value))


def _is_test(one: Any) -> bool:
    if not isinstance(one, Mapping):
        return False
    if "variable" in one:
        return True
    return len(one) == 1 and all(isinstance(x, Mapping) and len(x) == 1 for x in one.values())


def _target(place: Place, to: Any, known: list[str]) -> Iterator[Mistake]:
    if to is None or to in known:
        return
    if not isinstance(to, str):
        return  # the type is reported with the rows, or the place is none
    yield Mistake(
        place=place,
        message=f"`{to}` is no node of this flow",
        hint=meant(to, known, f"nodes: {listed(known, to)}"),
    )
