"""The one pass over usual YAML says what ruamel's node graph says, or nothing."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.config.numerals import _DISPUTED, is_kept
from reconciler.errors import Problem
from reconciler.yamledit import quick
from reconciler.yamledit.document import YamlFileError, not_json
from reconciler.yamledit.reading import _unusual, loads

SCALARS = """\
word|two words|مرحبا|1|-7|0x1F|0o17|017|1_000|1.10|.5|1e3|.inf|.nan|true|No|null|~||"q"|'q'|"a\\tb"
2020-02-30|2020-01-01|12:30|<<|=|*a|&a b|!x y|!!str 1|"1"|+1|0|who?|https://a.b|-|a: b|'it''s'"""
SCALARS = [one for line in SCALARS.splitlines() for one in line.split("|")]
KEYS = [
    "a",
    "b",
    "two words",
    "1",
    "true",
    "null",
    '"q"',
    "'1'",
    "<<",
    "? c",
    "مفتاح",
    "0x1",
    "1.0",
]


def _lines(value, depth):
    pad = "  " * depth
    if isinstance(value, dict):
        return [
            line
            for key, item in value.items()
            for line in (
                [f"{pad}{key}: {item}"]
                if isinstance(item, str)
                else [f"{pad}{key}:", *_lines(item, depth + 1)]
            )
        ]
    if isinstance(value, list):
        return [
            line
            for item in value
            for line in (
                [f"{pad}- {item}"]
                if isinstance(item, str)
                else [f"{pad}-", *_lines(item, depth + 1)]
            )
        ]
    return [f"{pad}|-", f"{pad}  a block", "", f"{pad}  of it"]


values = st.recursive(
    st.sampled_from(SCALARS) | st.just("|-\n          a block") | st.just("[a, {b: 1, c}, 'd']"),
    lambda inner: (
        st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=4)
        | st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
frames = st.sampled_from(
    ["{}", "---\n{}", "{}...\n", "{}---\nb: 1\n", "# a note\n\n{}", "%YAML 1.1\n---\n{}"]
)


def told(text):
    """What the slow way says of a text: its data, or its mistake."""
    try:
        return _unusual(text, "a.yaml")
    except YamlFileError as error:
        return error.problem


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


@given(
    st.builds(lambda value, frame: frame.format("\n".join(_lines(value, 0)) + "\n"), values, frames)
)
@example("a: 1\r\nb: 2\n")
@example("a: x\x85b: y\n")
@example("a: 'x\u2028  y'\nb: 1\n")
@example("a: [? b]\n")
@example("a: {?b: c}\n")
@example("a: |\n  b\n  ")
@example("\ta: 1\n")
def test_one_pass_says_what_the_node_graph_says(text):
    slow = told(text)
    if quick.read(text) is None:
        return
    if isinstance(slow, Problem):  # one that parsers do not agree on
        with pytest.raises(YamlFileError) as raised:
            loads(text, "a.yaml")
        assert raised.value.problem == slow
        return
    document = loads(text, "a.yaml")
    assert repr(document.data) == repr(slow)
    assert document.places
    graph = replace(document, places=None)
    for path in [*places(document.data), ("nowhere", "at", 0)]:
        assert document.line(path) == graph.line(path), path
        assert document.bare(path) == graph.bare(path), path
        assert document.is_quoted(path) == graph.is_quoted(path), path
    if document.usual:
        assert not not_json(document.data)
        assert [*lost_digits(document, document.data)] == []


def lost_digits(document, value, path=()):
    """The numbers that need a second look, which a usual text has none of."""
    written = document.bare(path)
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from [] if is_kept(written, value) and not _DISPUTED.fullmatch(written) else [path]
    elif isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from lost_digits(document, item, (*path, step))


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x\n",
        "a: !x 1\n",
        "a: ! 1\n",
        "a: {b: 1}\nc:\n  <<: {d: 1}\n",
        "a: 1\na: 2\n",
        "1: a\ntrue: b\n",
        "a: 2020-01-01\n",
        "? [a]\n: b\n",
        "%YAML 1.1\n---\na: no\n",
        "a: 1\n---\nb: 1\n",
        "a: {b\n",
        "[" * 51 + "]" * 51,
        "",
        "# nothing\n",
    ],
)
def test_what_is_not_usual_is_left_to_ruamel(text):
    assert quick.read(text) is None


def test_agents_files_are_usual():
    head, tail = "# a note\nspec:\n  agentName: عيادة ٣\n", "    b!\n  pokeMessages: [a, b]\n"
    text = f"{head}  preamble: |\n    # a\n{tail}"
    data, spot, usual = quick.read(text)
    assert data["spec"]["preamble"] == "# a\nb!\n"
    assert spot.nearest(("spec", "pokeMessages", 1)).line == 7
    assert usual


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("a: [1, -7, 0.5, 1e-07, true, null, '017', 1.0.0]\n", True),
        *(
            (f"a: {number}\n", False)
            for number in ("017", "+1", "1.0", "1e3", ".5", "1_000", "0x1")
        ),
        *((f"a: {number}\n", False) for number in (".inf", ".nan", "9007199254740993")),
        ("1: a\n", False),
        ("a: {true: b}\n", False),
    ],
)
def test_a_text_is_usual_if_no_number_or_key_needs_a_second_look(text, usual):
    assert loads(text, "a.yaml").usual is usual
