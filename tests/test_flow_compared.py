"""Two flows compared by node: a table of edits, and what each of them is found to be."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.flow.compared import FlowChange, NodeChange, compared
from reconciler.kinds.flow.turns import turns

Shape = dict[str, Any]

FLOW: Shape = {
    "customVariables": {"branch": "Olaya"},
    "nodes": {
        "greet": {
            "type": "start",
            "message": "Hello {{user_number}}",
            "extractVariables": {"intent": {"extractionPrompt": "why"}},
            "transitions": [
                {"natural_language": "books", "to": "menu"},
                {"dtmf": "0", "to": "operator"},
                {"natural_language": "asks", "to": "hours"},
            ],
        },
        "menu": {
            "type": "router",
            "transitions": [{"all": [{"intent": {"equals": "book"}}], "to": "hours"}],
            "else": "bye",
        },
        "hours": {"type": "conversation", "transitions": [{"auto": None, "to": "bye"}]},
        "operator": {"type": "transfer_call", "on_failure": None},
        "bye": {"type": "end_call", "message": "Bye from {{branch}}"},
    },
}
KNOWN = ("user_number",)

Edit = Callable[[Shape, Shape], object]
"""An edit of the nodes, and of the whole flow."""

EDITS: dict[str, tuple[Edit, list[str]]] = {
    "nothing": (lambda _n, _f: None, []),
    "a text": (lambda n, _: n["bye"].update(message="Bye"), ["~ bye message"]),
    "another target": (
        lambda n, _: n["greet"]["transitions"][0].update(to="hours"),
        ["~ greet", "  to books: menu → hours", "unreached menu"],
    ),
    "another condition": (
        lambda n, _: n["greet"]["transitions"][0].update(natural_language="wants to book"),
        ["~ greet", "  when books → wants to book: menu"],
    ),
    "a target that is taken away": (
        lambda n, _: n["hours"]["transitions"][0].update(to=None),
        ["~ hours", "  to auto: bye → None", "stuck hours"],
    ),
    "a fixed exit": (
        lambda n, _: n["operator"].update(on_failure="bye"),
        ["~ operator", "  to on_failure: None → bye"],
    ),
    "a new exit": (
        lambda n, _: n["greet"]["transitions"].insert(1, {"dtmf": "9", "to": "bye"}),
        ["~ greet", "  added 9: bye"],
    ),
    "a removed exit": (
        lambda n, _: n["greet"]["transitions"].pop(1),
        ["~ greet", "  removed 0: operator", "unreached operator"],
    ),
    "another order": (
        lambda n, _: n["greet"]["transitions"].insert(0, n["greet"]["transitions"].pop()),
        ["~ greet", "  order asks: first"],
    ),
    "switched off": (
        lambda n, _: n["greet"]["transitions"][1].update(enabled=False),
        ["~ greet", "  off 0: operator", "unreached operator"],
    ),
    "all at once": (
        lambda n, _: n["greet"].update(
            transitions=[
                {"natural_language": "asks", "to": "hours"},
                {"natural_language": "books", "to": "bye", "enabled": False},
            ]
        ),
        [
            "~ greet",
            "  order asks: first",
            "  to,off books: menu → bye",
            "  removed 0: operator",
            "unreached menu",
            "unreached operator",
        ],
    ),
    "a label": (
        lambda n, _: n["bye"].update(label="Goodbye"),
        ["~ bye, was bye"],
    ),
    "a node between two": (
        lambda n, _: (
            n.update(ask={"type": "conversation", "transitions": [{"auto": None, "to": "bye"}]}),
            n["hours"]["transitions"][0].update(to="ask"),
        ),
        ["~ hours", "  to auto: bye → ask", "+ ask", "  added auto: bye"],
    ),
    "a removed node": (
        lambda n, _: (n.pop("operator"), n["greet"]["transitions"].pop(1)),
        ["~ greet", "  removed 0: operator", "- operator", "  removed on_failure: None"],
    ),
    "a node to which nothing leads": (
        lambda n, _: n.update(lost={"type": "end_call"}),
        ["+ lost", "unreached lost"],
    ),
    "a variable that nothing sets any more": (
        lambda n, _: n["greet"].pop("extractVariables"),
        ["~ greet extractVariables", "no variable intent", "unset intent in menu"],
    ),
    "a variable that nothing ever set": (
        lambda n, _: n["bye"].update(message="{{ bransh }} {% for x in y %}{{ x.z }}{% endfor %}"),
        ["~ bye message", "unset bransh in bye", "unset y in bye"],
    ),
    "custom variables": (
        lambda _n, f: f.update(customVariables={"branch": "Malaz", "day": ""}),
        ["new variable day", "default branch"],
    ),
}


def _lines(found: FlowChange) -> Iterator[str]:
    for one in found.nodes:
        if one.status != "same":
            yield from _node(one)
    yield from (f"unreached {slug}" for slug in found.unreached)
    yield from (f"stuck {slug}" for slug in found.stuck)
    yield from (f"new variable {name}" for name in found.added)
    yield from (f"no variable {name}" for name in found.removed)
    yield from (f"default {name}" for name in found.defaults)
    yield from (f"unset {name} in {slug}" for name, slug in found.unset)


def _node(one: NodeChange) -> Iterator[str]:
    sign = {"added": "+", "removed": "-", "changed": "~"}[one.status]
    was = "" if one.was is None else f", was {one.was}"
    yield " ".join([sign, one.node.slug, *one.keys]) + was
    for turn in one.turns:
        if turn.how:
            yield f"  {','.join(turn.how)} {_turn(turn)}"


def _turn(turn: Any) -> str:
    sides = [one for one in (turn.before, turn.after) if one]
    when = dict.fromkeys(one.detail or one.when for one in sides)
    to = dict.fromkeys(str(one.to) for one in sides)
    if turn.how == ("order",):
        return f"{' → '.join(when)}: {turn.behind.detail if turn.behind else 'first'}"
    behind = f", behind {turn.behind.detail}" if turn.behind else ""
    return f"{' → '.join(when)}: {' → '.join(to)}{behind}"


@pytest.mark.parametrize("edit", EDITS)
def test_what_an_edit_is_found_to_be(edit: str) -> None:
    change, expected = EDITS[edit]
    after = copy.deepcopy(FLOW)
    change(after["nodes"], after)
    assert list(_lines(compared(FLOW, after, KNOWN))) == expected


def test_a_new_flow_is_all_added_and_a_removed_one_all_removed() -> None:
    assert {one.status for one in compared(None, FLOW).nodes} == {"added"}
    assert {one.status for one in compared(FLOW, None).nodes} == {"removed"}
    assert compared(None, None).nodes == ()


TARGETS = st.sampled_from(["a", "b", None])
ENTRY = st.one_of(
    st.fixed_dictionaries({"natural_language": st.sampled_from(["x", "y", ""]), "to": TARGETS}),
    st.fixed_dictionaries({"dtmf": st.sampled_from("12"), "to": TARGETS}),
    st.fixed_dictionaries({"auto": st.none(), "to": TARGETS}, optional={"enabled": st.booleans()}),
    st.dictionaries(st.sampled_from(["to", "all", "condition"]), st.from_type(type(None))),
)
VIEW = st.fixed_dictionaries(
    {"transitions": st.lists(ENTRY, max_size=6)}, optional={"else": TARGETS}
)


@given(before=VIEW, after=VIEW)
def test_every_exit_is_in_exactly_one_turn(before: Shape, after: Shape) -> None:
    found = turns(before, after)
    size = [len(view["transitions"]) + ("else" in view) for view in (before, after)]
    assert [
        sum(getattr(t, side) is not None for t in found) for side in ("before", "after")
    ] == size
    assert not [turn for turn in turns(before, before) if turn.how], "a flow equals itself"
