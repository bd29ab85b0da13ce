"""What the rules about texts find in the nodes of a flow. A finding is ``rule place``."""

from typing import Any

import pytest

from reconciler.kinds.agent_v2 import AGENT_V2
from reconciler.lint import RULES, SETS, Subject, findings
from reconciler.schema import wire

LONG = "You answer the phone and book visits for callers of the clinic. " * 60
LINE = "Ask for the day, then for the part of the day, and repeat both.\n"


def told(node: dict[str, Any], *sets: str, more: dict[str, Any] | None = None) -> list[str]:
    """The findings in one node `say` of an Arabic agent, next to these other nodes."""
    spec = {
        "voice": {"lang": "ar"},
        "conversation": {"params": {"vip": "x"}},
        "flow": {"nodes": {"say": {"type": "conversation", **node}, **(more or {})}},
    }
    subject = Subject(kind=AGENT_V2, fields=wire.flatten(AGENT_V2, spec))
    names = [rule.name for one in sets for rule in SETS[one].rules]
    return [
        f"{one.rule} {'.'.join(map(str, one.path)).removeprefix('flow.nodes.say.')}"
        for one in findings(subject, names)
    ]


def said(text: str, kind: str = "static") -> dict[str, Any]:
    return {"messageType": kind, "message": text}


SPOKEN = [
    # a node, what is found in it
    (said("**مهم**: اتصل على 920001234"), ["spoken-markdown message", "bare-number message"]),
    (said("**مهم**: اتصل على 920001234", "prompt"), []),
    ({"message": "# Role\n- one\n- two 😊"}, []),
    (said("{% if n == 920001234 %}نعم{% endif %} {{ code || 0042 }}"), []),
    ({"type": "end_call", "finalMessage": "www.nour.sa"}, []),
    (
        {"type": "end_call", "messageType": "static", "finalMessage": "www.nour.sa"},
        ["spoken-url finalMessage"],
    ),
    ({"type": "transfer_call", "transferMessage": "www.nour.sa"}, []),
    ({"type": "transfer_agent", "transferMessage": "www.nour.sa"}, ["spoken-url transferMessage"]),
    ({"type": "tool", "processingMessage": "😊"}, ["spoken-emoji processingMessage"]),
    ({"type": "tool", "processingMessage": "😊", "processingMessageType": "prompt"}, []),
    ({"type": "tool", "customResponse": "😊"}, ["spoken-emoji customResponse"]),
    ({"type": "tool", "errorMessage": "😊"}, ["spoken-emoji errorMessage"]),
    ({"isGlobal": True, "globalCondition": "**danger** 😊"}, []),
]


@pytest.mark.parametrize(("node", "expected"), SPOKEN)
def test_only_literal_texts_of_nodes_are_spoken(node: dict[str, Any], expected: list[str]) -> None:
    assert told(node, "spoken") == expected


VOICE = {"type": "change_agent_settings", "settingsOverrides": {"voiceId": "v"}}


@pytest.mark.parametrize(
    ("node", "more", "expected"),
    [
        (said("Please hold the line."), {}, ["language-script message"]),
        (said("Please hold the line.", "prompt"), {}, []),
        (said("Please hold the line."), {"english": VOICE}, []),
        (said("{% if call_type == 'outbound' %}أهلاً{% endif %}"), {}, []),
    ],
)
def test_words_of_a_node_are_in_the_agents_language_unless_the_voice_changes(
    node: dict[str, Any], more: dict[str, Any], expected: list[str]
) -> None:
    assert told(node, "language", more=more) == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (said(LONG, "prompt"), ["prompt-budget message", "prompt-twice message"]),
        (said(LONG), []),
        (said(LINE * 2, "prompt"), ["prompt-twice message"]),
        ({"isGlobal": True, "globalCondition": LINE * 2}, ["prompt-twice globalCondition"]),
        (said(LINE, "prompt"), []),
    ],
)
def test_each_prompt_of_a_node_has_the_rules_of_prompts(
    node: dict[str, Any], expected: list[str]
) -> None:
    assert told(node, "prompt") == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (said("Hi {{vip || you}} {{ a[0].b }} {{ x | upper }}"), []),
        (said("Hi {{ caller name }}"), ["malformed-placeholder message"]),
        (said("Hi\n"), []),
        ({"type": "end_call", "finalMessage": "Bye\n"}, []),
        (
            {"type": "end_call", "messageType": "static", "finalMessage": "Bye\n"},
            ["trailing-line-end finalMessage"],
        ),
        (said("3 و٣"), ["mixed-digits message"]),
        (said("prompts/say.md"), ["only-a-path message"]),
        (
            {
                "transitions": [
                    {"natural_language": "the cal\u200bler {{ caller done }}", "to": "say"}
                ]
            },
            [
                "malformed-placeholder transitions.0.natural_language",
                "invisible-character transitions.0.natural_language",
            ],
        ),
        (
            {"type": "tool", "tool": {"overrides": {"params": {"a": {"value": "{{x y}}"}}}}},
            ["malformed-placeholder tool.overrides.params.a.value"],
        ),
        (
            {"extractVariables": {"day": {"extractionPrompt": "the \u202eday"}}},
            ["bidi-control extractVariables.day.extractionPrompt"],
        ),
    ],
)
def test_other_rules_of_texts_and_nodes(node: dict[str, Any], expected: list[str]) -> None:
    assert told(node, "placeholders", "lines", "characters", "standins") == expected


def test_the_greeting_is_spoken_before_a_node_sets_something() -> None:
    sets = {"type": "set_local_variables", "staticVariables": {"count": "1"}}
    texts = {"greetingMessage": "{{count}} {{branch}}", "preamble": "{{count}}", "params": {}}
    flow = {"customVariables": {"branch": ""}, "nodes": {"say": sets}}
    fields = wire.flatten(AGENT_V2, {"conversation": texts, "flow": flow})
    found = findings(Subject(kind=AGENT_V2, fields=fields), ["undefined-placeholder"])
    assert [(one.path[-1], one.offset) for one in found] == [("greetingMessage", 0)]


def test_a_param_that_only_a_condition_uses_is_used() -> None:
    texts = {"greetingMessage": "Hi", "preamble": "x", "params": {"vip": "", "gone": ""}}
    tested = {"all": [{"vip": {"equals": "1"}}], "to": "say"}
    nodes = {"say": {"type": "router", "transitions": [tested]}}
    spec = {"type": "Flow Agent", "conversation": texts, "flow": {"nodes": nodes}}
    subject = Subject(kind=AGENT_V2, fields=wire.flatten(AGENT_V2, spec))
    assert [one.path[-1] for one in findings(subject, ["unused-param"])] == ["gone"]


def test_a_flow_that_no_file_declares_may_set_anything() -> None:
    texts = {"preamble": "You know {{count}}.", "params": {"vip": ""}}
    spec = {"type": "Flow Agent", "conversation": texts}
    subject = Subject(kind=AGENT_V2, fields=wire.flatten(AGENT_V2, spec))
    assert findings(subject, ["undefined-placeholder"]) == []
    assert RULES["undefined-placeholder"].level == "warn"
