"""Values as YAML text: in the hand style, and the same for every reader of YAML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler import jsonvalues
from reconciler.yamledit import fresh
from reconciler.yamledit.reading import loads

LONG = "a long text of several words that leaves no place for anything else beside it on one line"

BLOCKS = [
    # value, text
    ({"spec": {}}, "spec: {}\n"),
    ({"a": [], "b": None, "c": True, "d": 0.5}, "a: []\nb: null\nc: true\nd: 0.5\n"),
    ({"a": {"b": "c"}}, "a:\n  b: c\n"),
    ({"a": ["b", 1]}, "a:\n  - b\n  - 1\n"),
    ({"a": {"$file": "prompts/a.md"}}, "a: { $file: prompts/a.md }\n"),
    ({"a": {"b": {"$secret": "A_B"}}}, "a:\n  b: { $secret: A_B }\n"),
    ({"a": {"b": {"c": {"d": 1}}}}, "a:\n  b:\n    c: { d: 1 }\n"),
    (
        {"a": {"b": {"c": {"d": LONG, "e": 1}}}},
        f"a:\n  b:\n    c:\n      d: {LONG}\n      e: 1\n",
    ),
    (
        {"a": {"b": {"c": {"d": [1, {"e": []}]}}}},
        "a:\n  b:\n    c:\n      d:\n        - 1\n        - { e: [] }\n",
    ),
    ({"a": [{"b": 1, "c": [2]}]}, "a:\n  - b: 1\n    c: [2]\n"),
    ({"a": [[1, 2], [[]]]}, "a:\n  - - 1\n    - 2\n  - - []\n"),
    ({"a": {"b": {"c": [{"from": "09:00"}]}}}, 'a:\n  b:\n    c: [{ from: "09:00" }]\n'),
    ({"yes": 1, "a: b": 2, "": 3, "<<": 4}, '"yes": 1\n"a: b": 2\n"": 3\n"<<": 4\n'),
]

PLAIN = [
    *("x", "Clinic front desk", "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9", "Asia/Riyadh", "a:b"),
    *("https://a.example/x?y=1", "عيادة النور، مرحباً {{caller}}", "صباح الخير 🌞", "👩\u200d⚕️"),
    *("می\u200cخواهم", "New meeting by {agentName}", "${var.x}", "12 o'clock", "\\d", 'a "b"'),
]

QUOTED = [
    *("", " x", "x ", "x:", "a: b", "a #b", "#x", "- x", "-", "? x", "x\ty", "x\n", "&a", "*a"),
    *("|", ">", "'x'", '"x"', "%x", "@x", "`x`", "{x}", "[x]", ",x", "---", "...", "~", "=", "<<"),
    *("yes", "No", "ON", "off", "y", "N", "true", "False", "NULL", "null", ".inf", "-.INF", ".nan"),
    *("1", "-1", "+1", "1.5", ".5", "1_000", "1,000", "0x1F", "0o17", "0b1", "1e5", "1.5E-3"),
    *("09:00", "1:20:30", "2024-01-01", "2024-1-1 10:00:00", "2024-01-01T10:00:00Z", "123-456"),
]

ESCAPED = [
    # text, in quotes
    ("a\u202eb", r"a\u202Eb"),
    ("a\u200fb", r"a\u200Fb"),
    ("a\u200db", r"a\u200Db"),
    ("\u200ca", r"\u200Ca"),
    ("a\xa0b", r"a\xA0b"),
    ("\ufeffa", r"\uFEFFa"),
    ("a\u2028b\x85", r"a\u2028b\x85"),
    ("\x00\x1b[2J\x7f", r"\x00\x1B[2J\x7F"),
    ("a\r\nb\tc", r"a\r\nb\tc"),
    ("\U000e0041", r"\U000E0041"),
    ("\uffff", r"\uFFFF"),
    ("\ud83d", r"\uD83D"),
    ('"\\"', r"\"\\\""),
]


@pytest.mark.parametrize(("value", "text"), BLOCKS, ids=[str(value)[:40] for value, _ in BLOCKS])
def test_collections_are_in_block_style_and_small_inner_ones_in_braces(value, text):
    assert fresh.block(value) == text
    assert loads(text, "x").data == value


@pytest.mark.parametrize("text", PLAIN)
def test_a_text_is_plain_if_that_is_safe(text):
    assert fresh.block({"a": text}) == f"a: {text}\n"
    assert loads(f"a: {text}\n", "x").data == {"a": text}


@pytest.mark.parametrize("text", QUOTED, ids=ascii)
def test_a_text_that_some_yaml_takes_for_something_else_is_quoted(text):
    assert fresh.block({"a": text}).startswith('a: "')
    assert loads(fresh.block({"a": text, text: [text]}), "x").data == {"a": text, text: [text]}


@pytest.mark.parametrize(("text", "inside"), ESCAPED, ids=[row[1] for row in ESCAPED])
def test_what_cannot_be_seen_is_escaped(text, inside):
    assert fresh.block({"a": text}) == f'a: "{inside}"\n'
    if text != "\ud83d":  # no text of YAML can hold half a character
        assert loads(fresh.block({"a": text}), "x").data == {"a": text}


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20) | st.sampled_from(
    [*PLAIN, *QUOTED, LONG]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
).filter(lambda value: "inf" not in str(value))
trees = st.dictionaries(texts, values, min_size=1, max_size=4)


@given(trees)
def test_what_is_written_is_read_back(tree):
    assert jsonvalues.equal(loads(fresh.block(tree), "x").data, tree)


@given(trees)
def test_an_old_reader_of_yaml_reads_the_same(tree):
    old = YAML(typ="safe", pure=True)
    old.version = (1, 1)
    assert jsonvalues.equal(old.load(fresh.block(tree)), tree)
