"""What is odd in a flow. A finding is printed as ``slug.place: found``, or as its message."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from reconciler.kinds.flow import dataflow, faults, form, keys
from reconciler.kinds.flow.graph import Graph
from reconciler.kinds.flow.values import SYSTEM
from reconciler.text import expressions
from tests.test_flow_form import FLOW, FLOWS, TOOLS, Shape, read

Check = Callable[[Graph], faults.Faults]
CHECKS: tuple[Check, ...] = (
    *(faults.one_start, faults.unreachable, faults.exits_to_nowhere, faults.no_fallback),
    *(faults.no_end, faults.foreign_exits, faults.endless_loops),
    *(keys.twice_a_digit, keys.digits_at_capture, keys.without_text),
    *(keys.short_timeouts, keys.odd_numbers, keys.unseen_values),
    *(dataflow.never_set, dataflow.too_early, dataflow.out_of_sight),
)
"""Everything that is reported unless a team asks for less or more."""

BYE: Shape = {"type": "end_call", "messageType": "static", "finalMessage": "Bye."}
GOOD: Shape = {
    "start": {
        "type": "start",
        "messageType": "prompt",
        "message": "Ask what the caller needs. Today is {{current_day}}.",
        "extractVariables": {"intent": {"extractionPrompt": "in one word", "dataType": "string"}},
        "transitions": [
            {"natural_language": "the caller wants to book", "to": "search"},
            {"dtmf": "1", "to": "search"},
            {"dtmf": "0", "to": "operator"},
        ],
    },
    "search": {
        "type": "set_local_variables",
        "staticVariables": {"mobile": "{{user_number}}", "again": "{{mobile}}"},
        "next": "find",
    },
    "find": {
        "type": "tool",
        "timeout": 30000,
        "extractVariables": {"count": {"extractionPrompt": "result.count"}},
        "tool": {"overrides": {"params": {"mobile": {"value": "{{mobile}}"}}}},
        "on_success": "sort",
        "on_failure": None,
    },
    "sort": {
        "type": "router",
        "transitions": [{"all": [{"count": {"equals": "1"}}], "to": "say"}],
        "else": "bye",
    },
    "say": {
        "type": "conversation",
        "messageType": "static",
        "message": "{{count}} for {{name || you}}",
        "transitions": [{"auto": None, "to": "bye"}],
    },
    "operator": {
        "type": "transfer_call",
        "isGlobal": True,
        "globalConditionType": "dtmf",
        "globalDtmfKey": "0",
        "phoneNumber": "+966500000000",
        "transferType": "warm",
        "transferMessageType": "static",
        "transferMessage": "One moment.",
    },
    "bye": BYE,
}


def graph(nodes: Shape, custom: Any = None, names: frozenset[str] = frozenset()) -> Graph:
    return Graph(nodes=nodes, variables=custom, given=SYSTEM | names)


def printed(checks: tuple[Check, ...], flow: Graph) -> list[str]:
    found = (one for check in checks for one in check(flow))
    return [f"{'.'.join(map(str, one.place))}: {one.found or one.message}" for one in found]


def changed(*changes: tuple[str, Shape], without: tuple[str, ...] = ()) -> Shape:
    """The good flow with other keys in some nodes; a key that is ``...`` is taken out."""
    nodes = copy.deepcopy(GOOD)
    for slug, found in changes:
        node = {**nodes.get(slug, {}), **found}
        nodes[slug] = {name: value for name, value in node.items() if value is not ...}
    return {slug: node for slug, node in nodes.items() if slug not in without}


DRAFT = "مسودة_تقييم_الخدمة"


def test_a_good_flow_has_no_finding() -> None:
    assert printed(CHECKS, graph(GOOD)) == []


def test_the_clinics_flow_has_three_and_all_are_right() -> None:
    written = read(FLOW, TOOLS).written
    flow = graph(written["nodes"], written["customVariables"])
    assert printed(CHECKS, flow) == [
        f"{DRAFT}: no call can reach `{DRAFT}`",
        "router_patient_count_search_count.transitions.2: no target",
        f"{DRAFT}.transitions.0: a transition of `{DRAFT}` has no condition in words",
    ]


def say(**more: Any) -> tuple[str, Shape]:
    return ("say", more)


def transitions(*found: Shape) -> Shape:
    return {"transitions": [*found]}


AUTO = {"auto": None, "to": "bye"}
TURN = {"after_user_reply": None, "to": "bye"}
CAPTURE = {"enabled": True, "variableName": "code", "digitLimit": 4, "terminationKey": "#"}
BAD = [
    # the changes of the good flow, the only check that finds something, its findings
    pytest.param(
        [("draft", {"type": "conversation", "message": "Hm.", **transitions(AUTO)})],
        faults.unreachable,
        ["draft: no call can reach `draft`"],
        id="a node that nothing leads to",
    ),
    pytest.param(
        [
            (
                "start",
                transitions({"dtmf": "1", "to": "search", "enabled": False}, TURN),
            )
        ],
        faults.unreachable,
        [f"{slug}: no call can reach `{slug}`" for slug in ("search", "find", "sort", "say")],
        id="nodes behind a transition that is switched off",
    ),
    pytest.param(
        [("start", {"type": "conversation"})],
        faults.one_start,
        [": the flow has no node of the type `start`"],
        id="no start",
    ),
    pytest.param(
        [("again", {"type": "start", "message": "Hi", **transitions(TURN)})],
        faults.one_start,
        ["again: `again` is a second start; the first is `start`"],
        id="two starts",
    ),
    pytest.param(
        [say(**transitions({"natural_language": "x", "to": None}, TURN))],
        faults.exits_to_nowhere,
        ["say.transitions.0: no target"],
        id="a transition to null",
    ),
    pytest.param(
        [say(**transitions(TURN, {"dtmf": "9"}))],
        faults.exits_to_nowhere,
        ["say.transitions.1: no target"],
        id="a transition without a target",
    ),
    pytest.param(
        [("find", {"on_failure": "nobody"})],
        faults.exits_to_nowhere,
        ["find.on_failure: nobody"],
        id="an exit to a node that does not exist",
    ),
    pytest.param(
        [("find", {"on_failure": ...})],
        faults.exits_to_nowhere,
        ["find: `find` has no exit `on_failure`"],
        id="an exit that is not written",
    ),
    pytest.param(
        [say(transitions=...)],
        faults.exits_to_nowhere,
        ["say: a call cannot leave `say`: it has no exit"],
        id="a conversation without an exit",
    ),
    pytest.param(
        [("sort", {"else": ...})],
        faults.no_fallback,
        ["sort: the router `sort` has no `else`"],
        id="a router without a fallback",
    ),
    pytest.param(
        [
            ("sort", {"else": "say"}),
            ("operator", {"isGlobal": False}),
            ("start", transitions({"natural_language": "x", "to": "search"})),
            say(**transitions({"after_user_reply": None, "to": "search"})),
        ],
        faults.no_end,
        ["start: unreachable: operator, bye"],
        id="no end that can be reached",
    ),
    pytest.param(
        [say(next="bye", transitions=[TURN])],
        faults.foreign_exits,
        ["say.next: a node of the type `conversation` has no `next`"],
        id="an exit of another type",
    ),
    pytest.param(
        [("bye", transitions(TURN)), ("find", transitions(TURN))],
        faults.foreign_exits,
        [
            "find.transitions: a node of the type `tool` has no `transitions`",
            "bye.transitions: a node of the type `end_call` has no `transitions`",
        ],
        id="transitions where the type fixes the exits",
    ),
    pytest.param(
        [("sort", {"else": "again"}), ("again", {"type": "set_local_variables", "next": "sort"})],
        faults.endless_loops,
        ["sort: sort → again → sort"],
        id="a loop of routers and automatic exits",
    ),
    pytest.param(
        [say(**transitions({"auto": None, "to": "sort"}))],
        faults.endless_loops,
        ["sort: sort → say → sort"],
        id="a loop through words that wait for no answer",
    ),
    pytest.param(
        [("find", {"on_failure": "find"})],
        faults.endless_loops,
        ["find: find → find"],
        id="a tool that is called until it works",
    ),
    pytest.param(
        [say(**transitions({"dtmf": "1", "to": "bye"}, {"dtmf": "1", "to": "start"}))],
        keys.twice_a_digit,
        ["say.transitions.1: to `start`"],
        id="two exits for a digit",
    ),
    pytest.param(
        [("bye", {"isGlobal": True, "globalConditionType": "dtmf", "globalDtmfKey": "0"})],
        keys.twice_a_digit,
        ["bye.globalDtmfKey: 0"],
        id="two global nodes for a digit",
    ),
    pytest.param(
        [say(more={"keypad": CAPTURE}, **transitions({"dtmf": "5", "to": "bye"}, TURN))],
        keys.digits_at_capture,
        ["say.transitions.0: 5"],
        id="a digit exit where digits are collected",
    ),
    pytest.param(
        [say(message=" \n")],
        keys.without_text,
        ["say.message: `message` of `say` has no words"],
        id="a text of blanks",
    ),
    pytest.param(
        [say(message=...)],
        keys.without_text,
        ["say: `say` has no `message`"],
        id="no text",
    ),
    pytest.param(
        [say(**transitions({"natural_language": " ", "to": "bye"}))],
        keys.without_text,
        ["say.transitions.0: a transition of `say` has no condition in words"],
        id="a transition without words",
    ),
    pytest.param(
        [("bye", {"isGlobal": True, "globalConditionType": "prompt"})],
        keys.without_text,
        ["bye: the global node `bye` has no condition in words"],
        id="a global node without words",
    ),
    pytest.param(
        [("bye", {"finalMessage": ""})],
        keys.without_text,
        ["bye.finalMessage: `finalMessage` of `bye` has no words"],
        id="a last text without words",
    ),
    pytest.param(
        [("find", {"timeout": 30})],
        keys.short_timeouts,
        ["find.timeout: 30"],
        id="seconds instead of milliseconds",
    ),
    pytest.param(
        [say(more={"keypad": {**CAPTURE, "timeoutMs": 5.5}})],
        keys.short_timeouts,
        ["say.more.keypad.timeoutMs: 5.5"],
        id="seconds in a capture",
    ),
    *(
        pytest.param(
            [("operator", {"phoneNumber": number})],
            keys.odd_numbers,
            [f"operator.phoneNumber: {number}"],
            id=f"the number {number}",
        )
        for number in ("0500000000", "+966 50 000 0000", "reception", "+0123456789", 966500000000)
    ),
    pytest.param(
        [("operator", {"phoneNumber": ...})],
        keys.odd_numbers,
        ["operator: `operator` transfers to no number"],
        id="no number",
    ),
    *(
        pytest.param([change], keys.unseen_values, [found], id=found)
        for change, found in (
            (say(messageType="STATIC"), "say.messageType: STATIC"),
            (("operator", {"transferType": "hot"}), "operator.transferType: hot"),
            (("find", {"onErrorBehavior": "ignore"}), "find.onErrorBehavior: ignore"),
            (
                ("sort", transitions({"any": [{"count": {"is": "1"}}], "to": "say"})),
                "sort.transitions.0.any.0: is",
            ),
            (say(**transitions(TURN, {"dtmf": "10", "to": "bye"})), "say.transitions.1.dtmf: 10"),
            (
                say(**transitions(TURN, {"condition": {"type": "mood"}, "to": "bye"})),
                "say.transitions.1.condition.type: mood",
            ),
            (
                ("start", {"extractVariables": {"intent": {"dataType": "text"}}}),
                "start.extractVariables.intent.dataType: text",
            ),
        )
    ),
    pytest.param(
        [say(type="hologram")],
        keys.unseen_values,
        ["say.type: hologram"],
        id="a type that nobody knows",
    ),
    pytest.param(
        [say(message="{{cuont}} {{cuont}}")],
        dataflow.never_set,
        ["say.message: nothing sets `cuont`: no node, no custom variable, and not the API"],
        id="a variable that nothing sets",
    ),
    pytest.param(
        [("start", {"message": "You are one of {{count}}."})],
        dataflow.too_early,
        ["start.message: set by find"],
        id="a variable of a later node",
    ),
    pytest.param(
        [("find", {"on_failure": "say"}), ("sort", transitions())],
        dataflow.too_early,
        ["say.message: set by find"],
        id="the result of a tool that failed",
    ),
    pytest.param(
        [
            (
                "sort",
                transitions(
                    {"all": [{"variable": "late", "operator": "equals", "value": "1"}], "to": "say"}
                ),
            ),
            say(extractVariables={"late": {}}, message="Hi"),
        ],
        dataflow.too_early,
        ["sort.transitions.0.all.0: set by say"],
        id="an equation about a later node",
    ),
    pytest.param(
        [
            ("start", {"message": "Hi {{later}}"}),
            ("find", {"staticVariables": {"later": "x"}, "processingMessage": "{{later}}"}),
        ],
        dataflow.too_early,
        ["start.message: set by find", "find.processingMessage: set by find"],
        id="a node that needs what it sets",
    ),
    pytest.param(
        [
            (
                "help",
                {
                    "type": "conversation",
                    "isGlobal": True,
                    "globalConditionType": "prompt",
                    "globalCondition": "{{count}} is more than two",
                    "message": "I help. {{intent}}",
                    "globalReturnToSource": True,
                },
            )
        ],
        dataflow.out_of_sight,
        [
            "help.globalCondition: the global node `help` cannot see `count`, which nodes set",
            "help.message: the global node `help` cannot see `intent`, which nodes set",
        ],
        id="variables of the flow in a global node",
    ),
]


@pytest.mark.parametrize(("changes", "check", "expected"), BAD)
def test_a_fault_is_found_once(
    changes: list[tuple[str, Shape]], check: Check, expected: list[str]
) -> None:
    flow = graph(changed(*changes))
    assert printed((check,), flow) == expected
    others = tuple(one for one in CHECKS if one is not check)
    assert [one for one in printed(others, flow) if "no call can reach" not in one] == []


FINE = [
    pytest.param(
        [
            say(**transitions({"auto": None, "to": "note"})),
            ("note", {"type": "tool", "on_failure": None, "on_success": None}),
        ],
        id="unconnected on purpose",
    ),
    pytest.param([("sort", {"else": None})], id="a fallback that is unconnected on purpose"),
    pytest.param(
        [("sort", {"else": ..., "transitions": [{"always": None, "to": "say"}]})],
        id="a fallback among the transitions",
    ),
    pytest.param(
        [("find", {"on_failure": "say"}), say(message="Sorry.", **transitions(TURN))],
        id="a failure that is answered",
    ),
    pytest.param(
        [say(**transitions({"after_user_reply": None, "to": "search"}))],
        id="a loop with a caller's turn",
    ),
    pytest.param([say(**transitions({"auto": None, "to": "find"}))], id="a loop with a new result"),
    pytest.param(
        [
            say(
                **transitions(
                    {"dtmf": "1", "to": "bye"},
                    {"dtmf": "1", "to": "start", "enabled": False},
                    {"dtmf": "2", "to": "bye"},
                )
            )
        ],
        id="a digit whose other exit is off",
    ),
    pytest.param(
        [
            say(
                more={"keypad": CAPTURE},
                **transitions({"dtmf": "*", "to": "bye"}, {"dtmf": "#", "to": "bye"}, TURN),
            ),
            ("bye", {"finalMessage": "Your code is {{code}}."}),
        ],
        id="signs where digits are collected, and their variable",
    ),
    pytest.param(
        [
            say(
                more={"keypad": {**CAPTURE, "enabled": False}},
                **transitions({"dtmf": "5", "to": "bye"}),
            )
        ],
        id="a capture that is off",
    ),
    pytest.param([("operator", {"phoneNumber": "{{branch_number || +966500000000}}"})], id="later"),
    pytest.param([("bye", {"finalMessage": ...})], id="a silent end"),
    pytest.param(
        [("start", {"message": "{% if count %}You are {{count}}{% endif %}{{ intent || new }}"})],
        id="a text that copes without a variable",
    ),
    pytest.param(
        [("sort", transitions({"all": [{"nick": {"not_exists": ""}}], "to": "say"}))],
        id="a question whether a variable is set",
    ),
    pytest.param(
        [("find", {"customResponse": "{{count}} found", "processingMessage": "For {{mobile}}"})],
        id="words after a tool",
    ),
    pytest.param(
        [("operator", {"transferMessage": "You are number {{intent}}."})],
        id="a global node that a transition leads to",
    ),
    pytest.param(
        [("find", {"verbatim": {"type": "tool", "transitions": 3}})], id="a node of an odd shape"
    ),
]


@pytest.mark.parametrize("changes", FINE)
def test_what_is_right_is_not_reported(changes: list[tuple[str, Shape]]) -> None:
    assert printed(CHECKS, graph(changed(*changes))) == []


@pytest.mark.parametrize(
    "custom",
    [
        {"vip": ""},
        [{"id": "v1", "name": "vip", "defaultValue": ""}],
        '[{"name":"vip","defaultValue":""}]',
    ],
)
def test_variables_of_the_flow_and_params_are_set_everywhere(custom: Any) -> None:
    flow = changed(say(message="{{vip}} {{caller}} {{userNumber}} {{sip.header}}"))
    flow["operator"] |= {"globalConditionType": "prompt", "globalCondition": "{{vip}} asks"}
    assert printed(CHECKS, graph(flow, custom, frozenset({"caller"}))) == []


def test_a_variable_that_only_some_ways_set() -> None:
    shortcut = {"dtmf": "2", "to": "sort"}
    flow = changed(("start", {"transitions": [*GOOD["start"]["transitions"], shortcut]}))
    assert printed(CHECKS, graph(flow)) == []
    assert printed((dataflow.not_always,), graph(flow)) == [
        "sort.transitions.0.all.0: `count` is not set on every way that leads to `sort`",
        "say.message: `count` is not set on every way that leads to `say`",
    ]
    assert printed((dataflow.not_always,), graph(GOOD)) == []


def test_hints_of_numbers_and_names() -> None:
    def hint(check: Check, *changes: tuple[str, Shape]) -> str:
        return next(check(graph(changed(*changes)))).hint

    number = keys.odd_numbers
    assert hint(number, ("operator", {"phoneNumber": "00966 50-000-0000"})) == "write +966500000000"
    assert hint(number, ("operator", {"phoneNumber": "reception"})) == ""
    assert hint(keys.short_timeouts, ("find", {"timeout": 15})) == (
        "write milliseconds: 15000 for seconds"
    )
    assert hint(keys.unseen_values, say(messageType="Static")) == "did you mean `static`?"
    assert hint(dataflow.never_set, say(message="{{cuont}}")) == "did you mean `count`?"


def test_paths_are_never_listed() -> None:
    """Sixty forks in a row have as many paths as there are grains of sand."""
    nodes = {"start": {"type": "start", "message": "Hi", **transitions({"dtmf": "1", "to": "a0"})}}
    for n in range(60):
        for side in "bc":
            sets = {"staticVariables": {f"{side}{n}": ""}, "next": f"a{n + 1}"}
            nodes[f"{side}{n}"] = {"type": "set_local_variables", **sets}
        test = {"all": [{f"b{n - 1}" if n else "user_number": {"equals": "1"}}], "to": f"b{n}"}
        nodes[f"a{n}"] = {"type": "router", **transitions(test), "else": f"c{n}"}
    nodes["a60"] = BYE
    assert printed(CHECKS, graph(nodes)) == []
    assert len(printed((dataflow.not_always,), graph(nodes))) == 59


@given(FLOWS)
def test_no_flow_is_too_odd_to_look_at(workflow: Shape) -> None:
    flow = form.read(workflow)
    if flow is not None:
        nodes = flow.written["nodes"]
        for one in (one for check in CHECKS for one in check(graph(nodes))):
            assert not one.place or one.place[0] in nodes
    odd = {str(number): node for number, node in enumerate(workflow["nodes"])}
    printed((*CHECKS, dataflow.not_always), graph(odd, workflow.get("customVariables")))


# Variables of a text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi {{a}}, {{ b.c[0].d }}.", "a b"),
        ("{{d||x y}} {{ e | default('x') }} {{ f if f is defined else g }}", "d? e? f? f? g?"),
        ("{% if x == 1 -%}{{x}}{%- elif y %}{{z}}{% else %}{{y}}{% endif %}", "x? x? y? z y?"),
        ("{%- for s in slots[:6] %}{{ s.t }}{{ loop.index }}{% endfor %}", "slots"),
        ("{% for k, v in m.items() %}{{k}}{{v}}{% endfor %}{% set t = u %}{{t}}", "m u"),
        ("{{ d.l | join('، ') }} {{ f(a, b=c) }} {{ 'no name' }}", "d a c"),
        ("{{ caller name }} {{}} {{ }} {{", ""),
        ("{{#if x}}{{x}}{{else}}{{y}}{{/if}}{{> part}}{{!-- note --}}", "x? y"),
        ("{% raw %}{{x}}{% endraw %}{# {{y}} #}{{z}}", "z"),
        ("{{اسم}} {{user-name}} {{ n - 1 }} {{ a and not b }}", "اسم user-name n a b"),
        ("{{ caller\nname || x }} {{ a\n}}", "a"),
        ("{%if(q)%}{%endif%}{{ true }}{{ 1 }}{{ range(3) }}", "q?"),
    ],
)
def test_the_variables_of_a_text(text: str, expected: str) -> None:
    found = [f"{one.name}{'' if one.sure else '?'}" for one in expressions.used(text)]
    assert " ".join(found) == expected


@pytest.mark.parametrize("piece", ["{{", "{%", "{#", "{{ a", "{% if", '{{ "', "{{ a-", "{{ a || "])
def test_a_hostile_text_is_read_in_one_pass(piece: str) -> None:
    text = piece * 20_000
    assert len(expressions.used(text)) <= len(text)
