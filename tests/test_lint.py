"""What is odd in declared words. A finding is printed as ``rule path@offset: message``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.lint import RULES, SETS, Subject, findings
from reconciler.text import characters

BLANK = "callers must pass it, or it is spoken as a blank"
BOTH = {"greetingMessage": "Hi", "preamble": "Be brief."}


def found(fields, unseen=()):
    """What the rules about placeholders and characters find."""
    names = [
        rule.name for name in ("placeholders", "characters", "lines") for rule in SETS[name].rules
    ]
    return findings(Subject(kind=AGENT_V1, fields=fields, unseen=frozenset(unseen)), names)


def printed(fields, unseen=()):
    return [
        f"{one.rule} {'.'.join(map(str, one.path))}"
        + ("" if one.offset is None else f"@{one.offset}")
        + f": {one.message}"
        for one in found(fields, unseen)
    ]


PLACEHOLDERS = [
    pytest.param({}, [], id="nothing declared"),
    pytest.param(
        {**BOTH, "greetingMessage": "Hi {{a}}", "params": {"a": "you"}}, [], id="used and defined"
    ),
    pytest.param({"preamble": "Hi {{a}}"}, [], id="params are not declared"),
    pytest.param(
        {"preamble": "Hi {{a}}", "params": {}},
        [f"undefined-placeholder preamble@3: `{{{{a}}}}` is not in `params`: {BLANK}"],
        id="params are empty",
    ),
    pytest.param(
        {"greetingMessage": "{{b}}", "preamble": "x {{b}} {{a}} {{b}}", "params": {"a": 1}},
        [f"undefined-placeholder greetingMessage@0: `{{{{b}}}}` is not in `params`: {BLANK}"],
        id="each name once, where it first stands",
    ),
    pytest.param(
        {"pokeMessages": ["x", "Hi {{a}}"], "outcome": None, "params": {}},
        [f"undefined-placeholder pokeMessages.1@3: `{{{{a}}}}` is not in `params`: {BLANK}"],
        id="in a list",
    ),
    pytest.param(
        {**BOTH, "params": {"a": "{{b}}", "c": 1}},
        [
            "unused-param params.a: `a` fills no placeholder",
            "unused-param params.c: `c` fills no placeholder",
        ],
        id="unused; what stands in params is no placeholder",
    ),
    pytest.param(
        {**BOTH, "outcome": "{{a}}", "pokeMessages": ["{{b}}"], "params": {"a": 1, "b": 1}},
        [],
        id="used in any text",
    ),
    pytest.param({"preamble": "x", "params": {"a": 1}}, [], id="the greeting is not declared"),
    pytest.param({"greetingMessage": "x", "params": {"a": 1}}, [], id="nor is the prompt"),
    pytest.param(
        {**BOTH, "preamble": "{{a}", "params": {}},
        ["malformed-placeholder preamble@0: `{{` has no `}}` on its line"],
        id="malformed is not undefined",
    ),
    pytest.param(
        {**BOTH, "greetingMessage": "{{ }}", "params": {"n": {"deep": ["{{x y}}"]}}},
        [
            "unused-param params.n: `n` fills no placeholder",
            "malformed-placeholder greetingMessage@0: a placeholder has no name",
        ],
        id="what stands in params is not filled, and so not malformed",
    ),
    pytest.param(
        {**BOTH, "preamble": "{{a}}", "params": {1: "x\u200by", None: "z"}},
        [
            f"undefined-placeholder preamble@0: `{{{{a}}}}` is not in `params`: {BLANK}",
            "invisible-character params.1@1: an invisible character: zero width space",
        ],
        id="keys that are no text",
    ),
    pytest.param({"agentName": "{{a}", "params": {}}, [], id="a field that is no prose"),
    pytest.param(
        {**BOTH, "preamble": Secret("PROMPT", "{{x}} {{y"), "params": {"a": Secret("A", "{{")}},
        ["unused-param params.a: `a` fills no placeholder"],
        id="secrets are skipped",
    ),
    pytest.param(
        {**BOTH, "preamble": "{{x}}", "params": Secret("PARAMS", "v")}, [], id="secret params"
    ),
    pytest.param(
        {"greetingMessage": 3, "preamble": None, "pokeMessages": [3], "params": []},
        [],
        id="values of other types are told elsewhere",
    ),
]


@pytest.mark.parametrize(("fields", "expected"), PLACEHOLDERS)
def test_placeholders_and_params_that_do_not_fit(fields, expected):
    assert printed(fields) == expected


@pytest.mark.parametrize(
    ("unseen", "expected"),
    [
        ((), ["undefined-placeholder preamble", "unused-param params.a"]),
        (("pokeMessages",), ["undefined-placeholder preamble"]),
        (("preamble",), ["undefined-placeholder preamble"]),
        (("params",), []),
    ],
    ids=["all is seen", "a text is not", "another is not", "params are not"],
)
def test_nothing_is_reported_of_unknown_texts(unseen, expected):
    fields = {**BOTH, "preamble": "{{b}}", "params": {"a": 1}}
    assert [f"{one.rule} {'.'.join(one.path)}" for one in found(fields, unseen)] == expected


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("calller", "did you mean `caller`?"),
        ("zzz", "add it to the params, or see to it that every caller passes it"),
    ],
)
def test_an_undefined_name_has_a_hint(name, hint):
    (one,) = found({"preamble": f"{{{{{name}}}}}", "params": {"caller": 1}})
    assert one.hint == hint


def test_a_malformed_placeholder_says_what_was_found_and_is_allowed():
    (one,) = found({"preamble": "{{a b}}"})
    assert (one.found, one.allowed) == ("{{a b}}", "`{{name}}`")
    assert one.hint == "write the name alone between two braces on each side, on one line"


CHARACTERS = [
    # text, rule, offset, code
    pytest.param("a\u202eb", "bidi-control", 1, "U+202E", id="an override"),
    pytest.param("ab\u200bc", "invisible-character", 2, "U+200B", id="no width"),
    pytest.param("عل\u06ccك", "lookalike-letter", 2, "U+06CC", id="a letter of Farsi"),
    pytest.param("3 و٣", "mixed-digits", 3, "U+0663", id="digits"),
    pytest.param("ae\u0301", "decomposed-text", 1, "U+0065 U+0301", id="two for one"),
]


@pytest.mark.parametrize(("text", "rule", "offset", "code"), CHARACTERS)
@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (lambda text: {"preamble": text}, ("preamble",)),
        (lambda text: {"pokeMessages": ["x", text]}, ("pokeMessages", 1)),
        (lambda text: {"params": {"a": {"b": [text]}}}, ("params", "a", "b", 0)),
    ],
    ids=["a text", "a list", "params"],
)
def test_odd_characters_of_prose(text, rule, offset, code, fields, path):
    (one,) = found(fields(text))
    assert (one.rule, one.path, one.offset, one.found) == (rule, path, offset, code)
    assert one.hint == RULES[rule].help


@pytest.mark.parametrize("text", [row.values[0] for row in CHARACTERS])
def test_other_texts_are_not_checked(text):
    assert printed({"agentName": text, "description": text, "preamble": Secret("X", text)}) == []


def test_every_rule_of_characters_is_a_rule_here():
    rules = {one.rule for row in CHARACTERS for one in characters.odd(row.values[0])}
    assert rules == {
        "bidi-control",
        "invisible-character",
        "lookalike-letter",
        "mixed-digits",
        "decomposed-text",
    }
    assert rules == {rule.name for rule in SETS["characters"].rules}


WORDS = st.lists(st.sampled_from(["{{a}}", "{{b", "{{c d}}", "\u202e", "hi", "\n"])).map("".join)


@given(
    WORDS,
    WORDS,
    st.dictionaries(st.sampled_from("ab"), WORDS) | st.none(),
    st.sets(st.sampled_from(["params", "preamble"])),
)
def test_every_finding_is_in_its_text(greeting, prompt, params, unseen):
    fields = {"greetingMessage": greeting, "preamble": prompt, "params": params}
    for one in found(fields, unseen):
        value = fields
        for step in one.path:
            value = value[step]
        assert one.offset is None or 0 <= one.offset < len(value)


COMMANDS = (
    "{% if vip %}", "{%- for x in y -%}", "{# a note #}", "{{#if vip}}", "{{#each days}}",
    "{{/if}}", "{{> greeting}}", "{{^vip}}", "{{!-- a note --}}", "{{name | upper}}", "{{& raw}}",
    "{{if .Vip}}", "{{~#if vip~}}",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_a_template_is_one_finding(command):
    said = [one.rule for one in found({"preamble": f"Hi.\n{command} x", "params": {}})]
    assert said == ["template-command"]


def test_all_commands_of_a_text_are_one_finding_and_names_are_found_still():
    text = "{{#if vip}}Dear {{{name}}} {{caller}}{{else}}Hello{{/if}} {% x %}"
    said = printed({"preamble": text, "outcome": "{{#a}}", "params": {}})
    assert [one.partition(":")[0] for one in said] == [
        "undefined-placeholder preamble@27",
        "template-command preamble@0",
        "template-command outcome@0",
    ]
    assert "with 4 more in this text" in said[1]


@pytest.mark.parametrize(
    "text", ["{{else}}", "{{end_time}}", "{{user.name}}", "a {#} b", "100 {%}"]
)
def test_a_name_is_no_command(text):
    assert "template-command" not in "".join(printed({"preamble": text, "params": {}}))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"agentName": "Desk\n"},
            ["trailing-line-end agentName@3: `agentName` ends in a line end"],
        ),
        (
            {"greetingMessage": "Hi.\r\n"},
            ["trailing-line-end greetingMessage@2: `greetingMessage`"],
        ),
        ({"pokeMessages": ["a", "b\n\n"]}, ["trailing-line-end pokeMessages.1@0: `pokeMessages`"]),
        ({"preamble": "You answer.\n"}, []),
        ({"outcome": "Sum it up.\n"}, []),
        ({"greetingMessageType": "PROMPT", "greetingMessage": "Greet.\n"}, []),
        ({"agentName": "De\nsk"}, []),
    ],
)
def test_a_line_end_behind_a_name_is_reported(fields, expected):
    said = [one for one in printed(fields) if one.startswith("trailing-line-end")]
    assert len(said) == len(expected)
    assert all(map(str.startswith, said, expected))
