"""Placeholders: which a text has, which are broken, and what a write changes for callers.

A contract is printed as ``+caller`` (``+caller=`` if params fill it), ``-guest`` and
``guest>caller``.
"""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine import decoding, diff, placeholders
from reconciler.engine.placeholders import contract
from reconciler.engine.plan import plan
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.kinds.agent_v2 import AGENT_V2
from reconciler.model import Applied, Contract, Desired, EnvironmentState, Ignore, Planned, Verb
from reconciler.render import data
from reconciler.render.data.saved import Saved
from reconciler.render.data.saved import document as saved_document
from reconciler.schema import wire
from reconciler.state import planfile
from reconciler.workflows import saved_plan

SALT = "00" * 16
names = partial(placeholders.names, kind=AGENT_V1)
used = partial(placeholders.used, kind=AGENT_V1)
malformed = partial(placeholders.malformed, kind=AGENT_V1)
TEXTS = st.text(st.sampled_from("{}ab \n\u00a0س\u0650_"), max_size=30)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("Hello {{caller}}", ("caller",), id="one"),
        pytest.param("{{b}} {{a}} {{b}}", ("b", "a"), id="each once, in order"),
        pytest.param("{{ caller }}{{\tday}}", ("caller", "day"), id="blanks around are taken off"),
        pytest.param("أهلاً {{اسم_المتصل}}،", ("اسم_المتصل",), id="Arabic"),
        pytest.param("{{مُتَّصِل}}", ("مُتَّصِل",), id="vowel marks belong to the name"),
        pytest.param("{{order-number}} {{a.b}}", ("order-number", "a.b"), id="signs inside"),
        pytest.param('{"name":{{caller}}}', ("caller",), id="a brace more behind, as in JSON"),
        pytest.param("{{a {{b}} c}}", ("b",), id="one inside another"),
        pytest.param("{caller} }} ${var.x}", (), id="other braces"),
        pytest.param(["{{a}}", {"x": "{{b}}", "y": ["{{a}}", 3, None]}], ("a", "b"), id="nested"),
        pytest.param({"{{key}}": "{{value}}"}, ("value",), id="keys are no text"),
        pytest.param(Secret("GREETING", "{{hidden}}"), (), id="a secret tells no name"),
        pytest.param(None, (), id="nothing"),
        pytest.param("{{" + "a" * 100 + "}}", ("a" * 100,), id="the longest name"),
    ],
)
def test_the_names_of_a_value(value, expected):
    assert names(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{{a}} {b} c }}", [], id="nothing wrong"),
        pytest.param("x {{caller} y", ["2 {{caller: `{{` has no `}}` on its line"], id="half shut"),
        pytest.param("{{a\n}}", ["0 {{a: `{{` has no `}}` on its line"], id="a line end"),
        pytest.param("a{{", ["1 {{: `{{` has no `}}` on its line"], id="at the end"),
        pytest.param("{{a}b}}", ["0 {{a: `{{` has no `}}` on its line"], id="a brace inside"),
        pytest.param("{{}}", ["0 {{}}: a placeholder has no name"], id="empty"),
        pytest.param("{{ \t}}", ["0 {{ \t}}: a placeholder has no name"], id="blank"),
        pytest.param(
            "{{{a}}}", ["0 {{{a}}}: a placeholder has two braces on each side"], id="three braces"
        ),
        pytest.param(
            "{{a b}}", ["0 {{a b}}: a placeholder's name has a space in it"], id="a space"
        ),
        pytest.param(
            "{{\u00a0a}}",
            ["0 {{\u00a0a}}: a placeholder's name has a space in it"],
            id="a space that does not break is no blank around",
        ),
        pytest.param(
            "{{a\u200bb}}",
            ["0 {{a\u200bb}}: a placeholder's name contains an invisible character"],
            id="a character without width",
        ),
        pytest.param(
            "{{\u202ea}}",
            ["0 {{\u202ea}}: a placeholder's name contains an invisible character"],
            id="a bidi control",
        ),
        pytest.param(
            "{{\ud800}}",
            ["0 {{\ud800}}: a placeholder's name contains an invisible character"],
            id="half a surrogate",
        ),
        pytest.param(
            "{{" + "a" * 101 + "}}",
            ["0 {{" + "a" * 38 + "…: a placeholder's name has more than 100 characters"],
            id="too long",
        ),
        pytest.param(
            "{{a {{b}} {{}}",
            ["0 {{a : `{{` has no `}}` on its line", "10 {{}}: a placeholder has no name"],
            id="each is told",
        ),
    ],
)
def test_braces_that_name_nothing_are_reported_at_their_place(text, expected):
    assert [f"{one.offset} {one.found}: {one.why}" for one in malformed(text)] == expected


@pytest.mark.parametrize(
    ("text", "found", "faults"),
    [
        (
            "Hi {{caller}} {{ user.name }} {{مُتَّصِل}} {{order-number}}",
            "caller user مُتَّصِل order-number",
            0,
        ),
        ("{{ name || صاحب الملف }} {{name||you}}", "name", 0),
        ("{% for a in slots %}{{ a.time }} {{ loop.index }}{% endfor %}", "slots", 0),
        ("{{ doctors[0].nameAr }} {{ a | join('، ') }} {{ n + 1 }}", "doctors a n", 0),
        ("{{ caller name }} {{}} {{a\nb}} {{ {{{x}}}", "x", 5),
        ("{{caller's name}} {{a\u200bb}}", "", 2),
    ],
)
def test_placeholders_of_a_generation_with_templates(text, found, faults):
    assert " ".join(placeholders.names(text, AGENT_V2)) == found
    assert len([*placeholders.malformed(text, AGENT_V2)]) == faults


CLINIC = {
    "flow.nodes[]": ["a", "b"],
    "flow.nodes[a].extractVariables": {"count": {"extractionPrompt": "result.count"}},
    "flow.nodes[b].staticVariables": {"mobile": "{{user_number}}"},
    "flow.customVariables": {"branch": ""},
}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Hi", "Hi {{caller}}", (("caller",), ())),
        ("Hi", "Hi {{count}} {{mobile}} {{branch}} {{user_number}}", ((), ())),
        ("Hi", "{% for a in items %}{{ a.b }}{% endfor %}", (("items",), ())),
        ("Hi", "{{ name || you }}{% if vip %}{{ vip }}{% endif %}", ((), ())),
        ("{{ name }}", "{{ name || you }}", ((), ())),
        ("{{ count }} {{ name }}", "Hi", ((), ("name",))),
    ],
)
def test_callers_pass_nothing_that_a_flow_sets(before, after, expected):
    old, new = ({**CLINIC, "conversation.preamble": text} for text in (before, after))
    found = contract(AGENT_V2, old, new)
    assert (found.added, found.removed) == expected


@given(TEXTS)
def test_every_pair_of_opening_braces_is_a_name_or_a_fault(text):
    places = [one.offset for one in (*used(text), *malformed(text))]
    assert len(places) == len(set(places))
    assert bool(places) == ("{{" in text)
    for one in used(text):
        assert text.startswith("{{", one.offset)
        assert one.name.strip() == one.name != ""
        assert not set("{} \n\u00a0") & set(one.name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "{{" * 50_000,
        "{{a " * 25_000,
        "{{}} " * 20_000,
        "{{" + " " * 100_000,
        "{{if" + " " * 100_000,
        "{{#a}} " * 15_000,
        "{% if a %}{{/a}}" * 6_000,
        "{{a|" * 25_000,
    ],
    ids=lambda text: text[:12],
)
def test_very_many_braces_have_no_name(text):
    assert names(text) == ()


def printed(found):
    added = [f"+{name}=" if name in found.filled else f"+{name}" for name in found.added]
    renamed = [f"{old}>{new}" for old, new in found.renamed]
    lost = [f"!{name}" for name in found.unfilled]
    return " ".join([*added, *lost, *(f"-{name}" for name in found.removed), *renamed])


WRITES = [
    # before, after, the contract
    pytest.param({"preamble": "a {{x}}"}, {"preamble": "b {{x}}"}, "", id="other words"),
    pytest.param({"preamble": "a"}, {"preamble": "a {{x}}"}, "+x", id="one more"),
    pytest.param(
        {"preamble": "a"},
        {"preamble": "a {{x}} {{y}}", "params": {"x": "1", "y": ""}},
        "+x= +y",
        id="one more that params fill, one that an empty text does not",
    ),
    pytest.param({"preamble": "a {{x}}"}, {"preamble": "a"}, "-x", id="one less"),
    pytest.param(
        {"preamble": "{{x}}", "greetingMessage": "hi"},
        {"preamble": "hi", "greetingMessage": "{{x}}"},
        "",
        id="moved to another field",
    ),
    pytest.param(
        {"preamble": "Hello {{guest}}, welcome."},
        {"preamble": "Hello {{caller}}, welcome."},
        "guest>caller",
        id="renamed in its place",
    ),
    pytest.param(
        {"preamble": "Hello {{guest}}, welcome. Bye, {{guest}}."},
        {"preamble": "Hello {{ caller }}, welcome. Goodbye."},
        "guest>caller",
        id="renamed in one place, gone from another",
    ),
    pytest.param(
        {"preamble": "أهلاً {{ضيف}}، كيف أساعدك؟"},
        {"preamble": "أهلاً {{المتصل}}، كيف أساعدك؟"},
        "ضيف>المتصل",
        id="renamed in Arabic",
    ),
    pytest.param(
        {"pokeMessages": ["Still there, {{guest}}?", "Hello?"]},
        {"pokeMessages": ["Still there, {{caller}}?", "Hello?"]},
        "guest>caller",
        id="renamed in a list",
    ),
    pytest.param(
        {"preamble": "On {{day}} at {{time}}."},
        {"preamble": "On {{visit_day}} at {{visit_time}}."},
        "day>visit_day time>visit_time",
        id="two renamed",
    ),
    pytest.param(
        {"preamble": "Dear {{first}} {{last}}!"},
        {"preamble": "Dear {{name}}!"},
        "+name -first -last",
        id="two for one is no renaming",
    ),
    pytest.param(
        {"preamble": "Hi {{guest}}. Bye {{guest}}."},
        {"preamble": "Hi {{a}}. Bye {{b}}."},
        "+a +b -guest",
        id="one that became two is no renaming",
    ),
    pytest.param(
        {"preamble": "Hi {{a}}. Bye {{b}}."},
        {"preamble": "Hi {{guest}}. Bye {{guest}}."},
        "+guest -a -b",
        id="two that became one are no renaming",
    ),
    pytest.param(
        {"preamble": "Hi {{guest}}. Bye {{x}}."},
        {"preamble": "Hi {{x}}. Bye {{caller}}."},
        "+caller -guest",
        id="one that took the place of one that stays is no renaming",
    ),
    pytest.param(
        {"preamble": "{{guest}} a b c", "params": {"guest": "our guest"}},
        {"preamble": "a b c {{caller}}", "params": {"caller": "our guest"}},
        "guest>caller",
        id="renamed by the value of the param",
    ),
    pytest.param(
        {"preamble": "{{fee}} a b c", "params": {"fee": "none", "x": "none"}},
        {"preamble": "a b c {{day}}", "params": {"day": "none", "x": "none"}},
        "+day= -fee",
        id="a value that others have too tells nothing",
    ),
    pytest.param(
        {"preamble": "{{fee}} a b c", "params": {"fee": ""}},
        {"preamble": "a b c {{day}}", "params": {"day": ""}},
        "+day -fee",
        id="an empty value tells nothing",
    ),
    pytest.param(
        {"preamble": "{{fee}} a b c", "params": {"fee": 1, "day": 1}},
        {"preamble": "a b c {{day}}", "params": {"day": 1}},
        "+day= -fee",
        id="a param that was there before is no renaming",
    ),
    pytest.param(
        {"preamble": "Hi {{a}}, x {{b}} y", "params": {"a": 1, "b": 2}},
        {"preamble": "Hi {{c}}, x y {{d}}", "params": {"c": 2, "d": 1}},
        "+d= -b a>c",
        id="the place in the text outweighs the value",
    ),
    pytest.param({"params": {"x": 1}}, {"params": {"y": 1}}, "", id="params that no text uses"),
    pytest.param(
        {"preamble": "{{x}}", "params": {"x": 1}},
        {"preamble": "{{x}}", "params": {}},
        "!x",
        id="a default is gone",
    ),
    pytest.param(
        {"preamble": "{{x}}", "params": {"x": 1}},
        {"preamble": "{{x}}", "params": {"x": ""}},
        "!x",
        id="a default is emptied",
    ),
    pytest.param(
        {"preamble": "{{x}}", "params": {"x": 1}},
        {"preamble": "{{x}}"},
        "",
        id="defaults that are not known afterwards",
    ),
    pytest.param(
        {"preamble": "{{x}}", "params": {"x": 1}},
        {"preamble": "x", "params": {}},
        "-x",
        id="a default goes with its placeholder",
    ),
    pytest.param(
        {"params": {"x": "{{a}}"}}, {"params": {"x": "{{b}}"}}, "", id="params are not filled"
    ),
    pytest.param({"agentName": "{{a}}"}, {"agentName": "{{b}}"}, "", id="a field that is no prose"),
    pytest.param({}, {"preamble": "{{x}}"}, "", id="unknown before"),
    pytest.param({"preamble": "{{x}}"}, {}, "", id="unknown after"),
    pytest.param({"outcome": None}, {"outcome": "{{x}}"}, "+x", id="null before"),
    pytest.param({"outcome": "{{x}}"}, {"outcome": None}, "-x", id="null after"),
    pytest.param(
        {"preamble": "{{x}}"},
        {"preamble": "a", "outcome": "{{x}}"},
        "",
        id="still used in a text that was unknown",
    ),
    pytest.param(
        {"preamble": "a", "outcome": "{{x}}"},
        {"preamble": "{{x}}"},
        "",
        id="used before in a text that is unknown now",
    ),
    pytest.param(
        {"preamble": "Hi {{x}}"},
        {"preamble": Secret("PROMPT", "Hi {{y}}")},
        "",
        id="a secret tells nothing",
    ),
    pytest.param(
        {"preamble": "a"},
        {"preamble": "{{x}}", "params": {"x": Secret("X", "v")}},
        "+x=",
        id="a secret fills",
    ),
    pytest.param({"preamble": "{{x y}}"}, {"preamble": "{{}}"}, "", id="malformed ones"),
    pytest.param({"preamble": "{{x}}"}, {"preamble": 3}, "-x", id="something else than text"),
]


@pytest.mark.parametrize(("before", "after", "expected"), WRITES)
def test_what_a_write_changes_for_callers(before, after, expected):
    assert printed(contract(AGENT_V1, before, after)) == expected


def test_a_contract_is_false_if_callers_may_go_on_as_before():
    assert not Contract()
    assert Contract(added=("x",))
    assert Contract(removed=("x",))
    assert Contract(renamed=(("x", "y"),))


WORDS = st.lists(st.sampled_from(["{{a}}", "{{b}}", "{{c}}", "Hi", "."]), max_size=8).map(" ".join)


@given(WORDS, WORDS, st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)))
def test_each_name_is_reported_once_and_only_if_it_changed(before, after, params):
    found = contract(AGENT_V1, {"preamble": before}, {"preamble": after, "params": params})
    gone = [*found.removed, *(old for old, _ in found.renamed)]
    come = [*found.added, *(new for _, new in found.renamed)]
    assert sorted(gone) == sorted({*names(before)} - {*names(after)})
    assert sorted(come) == sorted({*names(after)} - {*names(before)})
    assert set(found.filled) == {*found.added} & {*params}


def test_a_rewritten_prompt_of_two_hundred_kilobytes_is_compared():
    words = [f"word{number}" for number in range(20_000)]
    before = " ".join([*words, "{{guest}}", *words])
    after = " ".join([*reversed(words), "{{caller}}", *reversed(words)])
    found = contract(AGENT_V1, {"preamble": before}, {"preamble": after})
    assert printed(found) in ("guest>caller", "+caller -guest")


# In a plan.


def planned(spec, payload, last=None, **frame):
    desired = Desired(
        kind=AGENT_V1,
        key="desk",
        file="agents/desk.yaml",
        fields=wire.flatten(AGENT_V1, spec),
        **frame,
    )
    live = decoding.decode(AGENT_V1, {"id": "1", "agentName": "Desk", "tools": None, **payload})
    known = EnvironmentState(
        salt=SALT, agents={"desk": Applied(kind=AGENT_V1, id="1", digests=last or {})}
    )
    return plan([desired], [live], known, environment="test", url="sandbox")


def test_a_plan_says_what_an_update_changes_for_callers():
    found = planned(
        {"greetingMessage": "Hi {{caller}}", "params": {"caller": "you", "day": "today"}},
        {"greetingMessage": "Hi {{guest}}", "preamble": "On {{day}}", "params": {"day": "now"}},
    )
    assert found.actions[0].verb is Verb.UPDATE
    assert printed(found.actions[0].contract) == "guest>caller"


@pytest.mark.parametrize(
    ("spec", "payload", "frame", "expected"),
    [
        pytest.param({"preamble": "{{x}}"}, {"preamble": "{{x}}"}, {}, "", id="nothing written"),
        pytest.param(
            {"preamble": "{{x}}"},
            {"preamble": "a"},
            {"ignore": (Ignore(path="preamble"),)},
            "",
            id="a text that is left to the dashboard",
        ),
        pytest.param(
            {"lang": "en", "preamble": "a {{y}}"},
            {"preamble": "a", "params": {"y": "live"}},
            {},
            "+y=",
            id="live params fill what the file uses",
        ),
        pytest.param(
            {"preamble": Secret("PROMPT", "{{y}}")},
            {"preamble": "{{x}}"},
            {},
            "",
            id="a text from a secret",
        ),
        pytest.param(
            {"preamble": "{{x}}", "type": "Single Prompt"},
            {"preamble": "a", "type": "Flow Agent"},
            {},
            "+x",
            id="a blocked update",
        ),
    ],
)
def test_a_plan_reports_what_is_written(spec, payload, frame, expected):
    assert printed(planned(spec, payload, **frame).actions[0].contract) == expected


def test_a_text_that_held_a_secret_when_it_was_applied_shows_nothing():
    secret = Desired(
        kind=AGENT_V1, key="desk", file="", fields={"preamble": Secret("PROMPT", "{{hidden}}")}
    )
    digests = {"preamble": diff.fingerprint(secret, AGENT_V1["preamble"], SALT)}
    found = planned({"preamble": "{{x}}"}, {"preamble": "{{hidden}}"}, digests)
    assert found.actions[0].changes[0].sensitive
    assert found.actions[0].contract == Contract()


def test_a_create_has_no_caller_yet():
    desired = Desired(
        kind=AGENT_V1, key="new", file="", fields={"agentName": "New", "preamble": "{{x}}"}
    )
    found = plan([desired], [], EnvironmentState(salt=SALT), environment="test", url="sandbox")
    assert found.actions[0].verb is Verb.CREATE
    assert found.actions[0].contract == Contract()


def as_text(found):
    kept = saved_document(Saved(planned=Planned(plan=found)), created_at="now", tool="1.0")
    return data.text(planfile.sealed(kept))


def as_plan(text):
    return saved_plan.decoded(planfile.loads(text, "x"), "x", {}.get).planned.plan


def saved():
    found = planned(
        {"preamble": "Hi {{b}} {{c}}", "params": {"c": "1"}}, {"preamble": "Hi {{a}} {{x}} now"}
    )
    return found, as_text(found)


def test_a_plan_file_keeps_the_contract():
    found, text = saved()
    assert found.actions[0].contract == Contract(
        added=("b", "c"), filled=("c",), removed=("a", "x")
    )
    assert as_plan(text) == found


def test_a_plan_file_keeps_what_was_renamed():
    found = planned({"preamble": "Hi {{b}}!"}, {"preamble": "Hi {{a}}!"})
    text = as_text(found)
    back = as_plan(text)
    assert back.actions[0].contract.renamed == (("a", "b"),)
