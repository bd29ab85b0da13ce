"""What is looked at first, and cheaply, never hides a finding of a rule.

Texts are made of pieces that some rule or shape finds something in, whole or in part.
"""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine import placeholders
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.kinds.agent_v2 import AGENT_V2
from reconciler.lint import RULES, Subject, findings, prompt, spoken
from reconciler.schema import wire
from reconciler.schema.kind import Role
from reconciler.text import characters, tokens, words
from tests.test_rule_sets import MAYBE, SURE

EXAMPLES = [one.strip() for rule in RULES.values() for one in (rule.bad + rule.good).splitlines()]
SIGNS = [
    *("{{caller}}", "{{", "}}", "{{a b}}", "{{{a}}}", "{% if x %}", "{%", "%}", "{{ a || b }}"),
    *("{{a b}} {{ c + d }}", "{{a}} {{{b}}}"),
    *("\u200b", "\u202e", "\u200f", "\ufeff", "\u00a0", "\u0640", "س\u0640ل", "\u200d", "\ufe0f"),
    *("3", "٣", "۴", "७", "²", "ﻻ", "é", "e\u0301", "ا\u0654", "ی", "ک", "پ", "ß", "SS", "İ", "ſ"),
    *("😊", "→", "1\ufe0f\u20e3", "•", "—", "«", "»", "،", "؛", "؟", "!", ".", "...", "\u0345"),
    *("- a", "* a", "1. a\n2. b", "# a", "> a", "| a |", "`a`", "**a**", "[a](b)", "<b>", "*a*"),
    *("www.x", "x@y.zz", "a.sa", "http://x", "://", ".com", "9:30", "920001234", "24/7", "5 ريال"),
    *("<<<<<<< a", ">>>>>>> b", "=======", "a/b.md", "x.yaml", "Say it again, and then again."),
]
LETTERS = [*"aZ0٠_-.=:/@ \n\t\r\"'(", "اب", "مفتاح هو ", "password: ", "token ", "sk_", "A1b2" * 4]
PIECES = [*EXAMPLES, *SIGNS, *LETTERS, *SURE, *MAYBE]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).flatmap(
    lambda pieces: st.sampled_from(["", " ", "\n", ". "]).map(lambda by: by.join(pieces))
)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "greetingMessage": TEXTS,
        "preamble": TEXTS,
        "pokeMessages": st.lists(TEXTS, max_size=3),
        "params": st.dictionaries(st.sampled_from(["caller", "a", "b"]), TEXTS | st.integers()),
        "outcome": TEXTS,
        "lang": st.sampled_from(["ar", "en"]),
        "voiceId": TEXTS,
        "webhookUrl": TEXTS,
        "llmConfig": st.fixed_dictionaries(
            {}, optional={"provider": TEXTS, "modelName": TEXTS, "temperature": st.just(0.3)}
        ),
        "alignment": st.fixed_dictionaries({}, optional={"preamble": st.just("rtl")}),
    },
)
NODES = st.fixed_dictionaries(
    {"type": st.sampled_from(["start", "conversation", "tool", "end_call"])},
    optional={"message": TEXTS, "finalMessage": TEXTS, "messageType": st.just("static")},
)


def found_by_all(subject: Subject) -> list[object]:
    """What every rule finds that is simply asked."""
    return [
        replace(one, rule=rule.name, hint=one.hint or rule.help)
        for rule in RULES.values()
        for one in rule.check(subject)
    ]


def keys(text: str) -> list[tuple[int, int, str]]:
    """The line, column and kind of each key in a text."""
    found = tokens.found(text)
    lines = [(text.count("\n", 0, at), text.rfind("\n", 0, at)) for at in (t.start for t in found)]
    return [(n, t.start - begin, t.kind) for (n, begin), t in zip(lines, found, strict=True)]


def searched(text: str) -> str:
    """A text with an end of each line that is in no key, and for which each is searched."""
    return re.sub("$", f" {'~' * 16} ://", text, flags=re.MULTILINE)


FIELDS = (
    *("greetingMessage", "preamble", "pokeMessages", "voiceId", "webhookUrl"),
    *("llmConfig.provider", "llmConfig.modelName"),
)


@pytest.mark.parametrize("text", PIECES)
def test_a_text_alone_is_looked_at_by_every_rule_that_finds_something_in_it(text):
    for name in FIELDS:
        fields = {name: [text, text] if name == "pokeMessages" else text}
        subject = Subject(kind=AGENT_V1, fields=fields, source=text)
        assert findings(subject) == found_by_all(subject)
    for kind in (AGENT_V1, AGENT_V2):
        subject = Subject(kind=kind, fields={kind.role(Role.GREETING): text})
        assert findings(subject) == found_by_all(subject)
        told = [one.offset for one in findings(subject, ["malformed-placeholder"])]
        assert told == [one.offset for one in placeholders.malformed(text, kind)]
    assert keys(text) == keys(searched(text))
    assert characters.odd(text) == characters._searched(text)
    assert words.count(text) == len(words.words(text))
    long = f"{text} is what is said here at such a length that saying it again counts"
    for twice in (f"{long}\n{long.upper()}", f"{long}\n — {long}."):
        assert prompt._second(twice) == prompt._copied(twice)


@given(SPECS, TEXTS)
def test_a_rule_whose_needs_are_not_met_finds_nothing(spec, source):
    subject = Subject(kind=AGENT_V1, fields=wire.flatten(AGENT_V1, spec), source=source)
    assert findings(subject) == found_by_all(subject)


@given(NODES, TEXTS, TEXTS)
def test_nor_does_one_about_a_flow_or_about_templates(node, text, value):
    spec = {
        "voice": {"lang": "ar"},
        "conversation": {"greetingMessage": text, "params": {"a": value}},
        "flow": {"nodes": {"one": node}},
    }
    subject = Subject(kind=AGENT_V2, fields=wire.flatten(AGENT_V2, spec), source=text)
    assert findings(subject) == found_by_all(subject)


@given(TEXTS)
def test_no_line_with_a_key_is_passed_over(text):
    assert keys(text) == keys(searched(text))


@given(st.lists(TEXTS, max_size=4))
def test_nor_in_one_of_many_texts(texts):
    every = [(number, one) for number, text in enumerate(texts) for one in tokens.found(text)]
    assert [*tokens.among(texts)] == every
    odd = [one for text in texts for one in characters._searched(text)]
    assert not (odd and characters.is_usual("\n".join(texts)))


@given(TEXTS)
def test_simple_placeholders_are_all_there_is(text):
    if placeholders._simple(text) is not None:
        assert all(one["weak"] for one in placeholders._COMMAND.finditer(text))
        slow = [*placeholders._PLACE.finditer(text)]
        assert not any(map(placeholders._fault, slow))
        used = [(one.offset, one.name) for one in placeholders.used(text, AGENT_V1)]
        assert used == [(one.start(), one["inside"].strip(" \t")) for one in slow]


@given(TEXTS)
def test_no_odd_character_is_passed_over(text):
    assert characters.odd(text) == characters._searched(text)


@given(TEXTS)
def test_words_are_counted_as_if_they_were_taken_apart(text):
    assert words.count(text) == len(words.words(text))


@given(TEXTS, TEXTS)
def test_no_poke_that_sounds_alike_is_passed_over(text, other):
    marked = "\u064b".join(text)
    for one in (other, text.upper(), text.lower(), marked, f"«{text}»", text.replace("ك", "ک")):
        if spoken._same(one) == spoken._same(text):
            assert spoken._may_be_alike(["", text, one])


@given(TEXTS, TEXTS, st.sampled_from([" ", "\n", ". ", "\n- ", " — "]))
def test_no_repeated_prompt_is_passed_over(text, more, between):
    for twice in (between.join([text, text]), between.join([text, text.upper(), more])):
        assert prompt._second(twice) == prompt._copied(twice)
