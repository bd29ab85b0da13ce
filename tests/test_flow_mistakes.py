"""Slips in a flow as people write it: each has its place, the value found, and a remedy."""

from typing import Any

import pytest

from reconciler.errors import meant
from reconciler.kinds.flow.graph import Graph
from reconciler.kinds.flow.keys import unseen_values
from reconciler.kinds.flow.mistakes import mistakes

NODES = {"greet": {"type": "start"}, "operator": {"label": "Front desk"}, "بحث": {}}

WAYS: dict[str, tuple[Any, str, str, str]] = {
    "a number as key": ({"dtmf": 1}, "dtmf", "1", 'write `dtmf: "1"`'),
    "a cut-off key": ({"dtmf": None}, "dtmf", "null", 'in quotes: "*" and "#" too'),
    "no words": ({"natural_language": None}, "natural_language", "null", "write it in words"),
    "a test without a dash": (
        {"all": {"n": {"equals": "1"}}},
        "all",
        '{"n": {"equals": "1"}}',
        "begin each test with a dash",
    ),
    "words of an empty one": ({"auto": "yes"}, "auto", '"yes"', "leave `auto:` empty"),
    "a plain word": ({"when": "he asks"}, "when", "", "use `natural_language`"),
    "the API's word": ({"dtmf": "1", "target": "greet"}, "target", "", "use `to`"),
    "two": ({"dtmf": "1", "auto": None}, "", "`dtmf`, `auto`", "write a transition for each"),
    "none": ({"to": "greet"}, "", "none", "`auto:` needs nothing"),
    "a number as target": ({"auto": None, "to": 1}, "to", "1", ""),
    "a list as target": ({"auto": None, "to": ["greet"]}, "to", '["greet"]', ""),
    "another case": ({"auto": None, "to": "OPERATOR"}, "to", "", "did you mean `operator`?"),
    "the label": ({"auto": None, "to": "front desk"}, "to", "", "its label; write `operator`"),
    "a near name": ({"auto": None, "to": "بحثت"}, "to", "", "did you mean `بحث`?"),
    "no name at all": ({"auto": None, "to": "zz"}, "to", "", "nodes: greet, operator, بحث"),
}


@pytest.mark.parametrize("case", WAYS)
def test_a_slip_in_a_transition(case: str) -> None:
    way, key, found, hint = WAYS[case]
    greet = {**NODES["greet"], "transitions": [way]}
    spec = {"type": "Flow Agent", "flow": {"nodes": {**NODES, "greet": greet}}}
    (one,) = mistakes(spec)
    place = ("flow", "nodes", "greet", "transitions", 0)
    assert one.place == ((*place, key) if key else place)
    assert (one.found, hint in one.hint) == (found, True), one


def test_a_name_in_another_case_is_the_nearest() -> None:
    assert meant("CLINIC", ["cynic", "clinic"]) == "did you mean `clinic`?"
    assert meant("qqq", ["clinic"], "other") == "other"


def test_a_new_node_without_a_type_is_found_before_the_api_refuses_it() -> None:
    found = [*unseen_values(Graph(nodes={"a": {"type": "start"}, "b": {"message": "Hello"}}))]
    assert [(one.place, one.message) for one in found] == [
        (("b",), "`b` has no `type`, and a new node needs one")
    ]
