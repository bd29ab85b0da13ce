"""Editing hand-written YAML: only the value differs, or the edit is refused."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.jsonvalues import equal
from reconciler.yamledit.edits import NotEditableError, changed
from reconciler.yamledit.places import NotYamlError, data
from tests.handstyled import cases, unified

CORPUS = cases()


def read(text):
    return data(text.removeprefix("\ufeff").replace("\r\n", "\n"))


def put(value, path, new):
    if not path:
        return new
    step, *rest = path
    if isinstance(value, dict):
        return {**value, step: put(value.get(step), rest, new)}
    return [*value[:step], put(value[step], rest, new), *value[step + 1 :]]


def refused(text, path, value):
    with pytest.raises(NotEditableError) as raised:
        changed(text, path, value)
    return raised.value.args[0]


@pytest.mark.slow
@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_an_edit_of_a_hand_styled_file_touches_nothing_but_the_value(case):
    text, expected = case.text, read(case.text)
    for path, value in case.edits:
        text, expected = changed(text, path, value), put(expected, path, value)
        assert equal(read(text), expected)
    assert unified(case.text, text) == case.diff


@pytest.mark.slow
@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_a_value_that_is_there_already_changes_nothing(case):
    value = read(case.text)
    for path in paths(value):
        assert changed(case.text, path, at(value, path)) == case.text


def at(value, path):
    for step in path:
        value = value[step]
    return value


def paths(value, path=()):
    yield path
    children = value.items() if isinstance(value, dict) else ()
    for step, child in enumerate(value) if isinstance(value, list) else children:
        yield from paths(child, (*path, step))


SCALARS = {
    "plain": ("a: x  # c\n", "y z", "a: y z  # c\n"),
    "plain, not safe": ("a: x\n", "y: z", 'a: "y: z"\n'),
    "plain, empty": ("a: x\n", "", 'a: ""\n'),
    "plain, a flag": ("a: x\n", "no", 'a: "no"\n'),
    "plain, a date": ("a: x\n", "2025-02-03", 'a: "2025-02-03"\n'),
    "plain, digits with spaces": ("a: x\n", "012 200 0000", "a: 012 200 0000\n"),
    "plain, in braces": ("{a: x}\n", "y, z", '{a: "y, z"}\n'),
    "plain, an address in braces": ("{a: x}\n", "https://b.c", '{a: "https://b.c"}\n'),
    "plain over lines": ("a: x\n  y  # c\nb: 1\n", "z", "a: z  # c\nb: 1\n"),
    "single": ("a: 'x'\n", "it's", "a: 'it''s'\n"),
    "single, a tab": ("a: 'x'\n", "y\tz", 'a: "y\\tz"\n'),
    "double": ('a: "x"\n', 'say "y"\\', 'a: "say \\"y\\"\\\\"\n'),
    "double over lines": ('a: "x\n  y"  # c\n', "z", 'a: "z"  # c\n'),
    "double with line ends": ('a: "x\\ny"\n', "x\nz", 'a: "x\\nz"\n'),
    "several lines": ("a: x  # c\n", "y\nz", "a: |-  # c\n  y\n  z\n"),
    "several lines in braces": ("{a: 'x'}\n", "y\nz", '{a: "y\\nz"}\n'),
    "a line end": ("a: x\n", "y\n", "a: |\n  y\n"),
    "two line ends": ("a: x\n\n\nb: 1\n", "y\n\n", "a: |+\n  y\n\nb: 1\n"),
    "as it is written": ("a: x\n", "مرحبا 👋🏽", "a: مرحبا 👋🏽\n"),
    "nobody sees it": ("a: x\n", "y\u200f\u00ad", 'a: "y\\u200f\\xad"\n'),
    "control": ("a: x\n", "\x00\x1b\x85\u2028\r", 'a: "\\0\\e\\x85\\u2028\\r"\n'),
    "number": ("a: 800 # c\n", 600, "a: 600 # c\n"),
    "fraction": ("a: 0.50\n", 0.75, "a: 0.75\n"),
    "number to text": ("a: 800\n", "600", 'a: "600"\n'),
    "text to number": ("a: 'x'\n", 600, "a: 600\n"),
    "flag": ("a: TRUE\n", False, "a: FALSE\n"),
    "capital flag": ("a: True\n", False, "a: False\n"),
    "null": ("a: x  # c\n", None, "a: null  # c\n"),
    "nothing": ("a:\nb: 1\n", "x", "a: x\nb: 1\n"),
    "nothing, and a comment": ("a:  # c\n", "x\ny", "a: |-  # c\n  x\n  y\n"),
    "nothing in braces": ("{a, b: 1}\n", 2, "{a: 2, b: 1}\n"),
    "tag that fits": ("a: !!str 5\n", "6", 'a: !!str "6"\n'),
    "tag that does not": ("a: !!str 5\n", 6, "a: 6\n"),
    "tag beside an anchor": ("a: &b !!str 5\n", True, "a: &b true\n"),
    "unknown to a flag": ("a: !!int 5\n", True, "a: true\n"),
    "anchor": ("a: &b x\n", "z", "a: &b z\n"),
    "anchor on nothing": ("a: &b  # c\n", "x", "a: &b x  # c\n"),
    "tag on nothing": ("a: !!null\n", "x", "a: x\n"),
    "alias": ("b: &b x\na: *b  # c\n", "z", "b: &b x\na: z  # c\n"),
    "no line end": ("a: x", "z", "a: z"),
    "no line end, and a block": ("a: |-\n  x", "y", "a: |-\n  y"),
    "no line end, and one needed": ("a: |-\n  x", "y\n", "a: |\n  y\n"),
    "no line end, and two needed": ("a: |-\n  x", "y\n\n", "a: |+\n  y\n\n"),
    "windows": ("a: x\r\nb: 1\r\n", "y\nz", "a: |-\r\n  y\r\n  z\r\nb: 1\r\n"),
    "a mark and both line ends": (
        "\ufeff# c\na: |\r\n  x\r\nb: 1\n",
        "x\ny\n",
        "\ufeff# c\na: |\r\n  x\r\n  y\r\nb: 1\n",
    ),
    "directive": ("%YAML 1.2\n---\na: x\n...\n", "z", "%YAML 1.2\n---\na: z\n...\n"),
    "tabs": ("a: x\t# c\n", "z", "a: z\t# c\n"),
    "question mark": ("? a\n: x\n", "z", "? a\n: z\n"),
}

LITERALS = {
    "one line": ("a: |\n   x\n   y\n", "x\nz\n", "a: |\n   x\n   z\n"),
    "blanks stay": ("a: |\n  x\n \n  y\n", "x\n\nz\n", "a: |\n  x\n \n  z\n"),
    "chomp": ("a: |  # c\n  x\n", "x", "a: |-  # c\n  x\n"),
    "strip": ("a: |-\n  x\n", "x\n", "a: |\n  x\n"),
    "keep": ("a: |+\n  x\n\nb: 1\n", "x\n\n\n", "a: |+\n  x\n\n\nb: 1\n"),
    "keep no more": ("a: |+\n  x\n\nb: 1\n", "x\n", "a: |\n  x\n\nb: 1\n"),
    "begins with a space": ("a: |\n  x\n", " y\nx\n", "a: |2\n   y\n  x\n"),
    "begins with a tab": ("a: |\n  x\n", "\ty\n", "a: |2\n  \ty\n"),
    "has its indicator": ("a: |4-\n      x\n", "  y", "a: |4-\n      y\n"),
    "begins with blank lines": ("a: |\n  x\n", "\n\ny\n", "a: |\n\n\n  y\n"),
    "blanks only": ("a: |\n  x\n", "\n\n", 'a: "\\n\\n"\n'),
    "empty": ("a: |\n  x\n", "", 'a: ""\n'),
    "too deep to say": ("a: |\n            x\n", " y\n", 'a: " y\\n"\n'),
    "ends with blanks": ("a: |\n  x\n", "x\n  ", 'a: "x\\n  "\n'),
    "control": ("a: |  # c\n  x\n  y\n", "x\ay", 'a: "x\\x07y"  # c\n'),
    "turned": ("a: |\n  x\n", "x\u202ey\n", 'a: "x\\u202ey\\n"\n'),
    "turned before": ("a: |\n  \u202ex\n", "\u202ey\n", "a: |\n  \u202ey\n"),
    "a mark of direction": ("a: |\n  x\n", "x\u200f\n", "a: |\n  x\u200f\n"),
    "to a number": ("a: |-  # c\n  x\n  y\nb: 1\n", 5, "a: 5  # c\nb: 1\n"),
    "to a list": ("a: |-  # c\n  x\nb: 1\n", ["z"], "a:  # c\n  - z\nb: 1\n"),
    "had no lines": ("a: |\nb: 1\n", "x\n", "a: |\n  x\nb: 1\n"),
    "a comment below stays one": ("a: x\n  # c\n", "y\nz", 'a: "y\\nz"\n  # c\n'),
}

FOLDED = {
    "paragraph": (
        "a: >\n  one two\n  three\n\n  four\n",
        "one two three\nfive\n",
        "a: >\n  one two\n  three\n\n  five\n",
    ),
    "words in the middle": (
        "a: >-\n  one two\n  three\n  four\n",
        "one two 3 four",
        "a: >-\n  one two\n  3\n  four\n",
    ),
    "words between": ("a: >-\n  one\n  two\n", "one and two", "a: >-\n  one and\n  two\n"),
    "paragraph gone": (
        "a: >-\n  one\n\n  two\n\n  three\n",
        "one\nthree",
        "a: >-\n  one\n\n  three\n",
    ),
    "indented lines": (
        "a: >\n  one\n    - x\n    - y\n\n  two\n",
        "one\n  - x\n  - z\n\ntwo\n",
        "a: >\n  one\n    - x\n    - z\n\n  two\n",
    ),
    "begins indented": ("a: >\n  one\n", "  one\ntwo\n", "a: >2\n    one\n  two\n"),
    "blank lines first": ("a: >\n  one\n", "\n\none\n\n\ntwo\n", "a: >\n\n\n  one\n\n\n\n  two\n"),
    "keep": ("a: >\n  one\n", "one\n\n", "a: >+\n  one\n\n"),
    "blanks only in a line": ("a: >\n  one\n", "one\n \ntwo\n", "a: >\n  one\n   \n  two\n"),
    "control": ("a: >\n  one\n", "one\x07\n", 'a: "one\\x07\\n"\n'),
    "too deep to say": ("a: >\n            x\n", " y\n", 'a: " y\\n"\n'),
    "had no lines": ("a: >\nb: 1\n", "x\n", "a: |\n  x\nb: 1\n"),
    "at its width": (
        "a: >\n" + "  word word\n" * 2,
        " ".join(["other"] * 20) + "\n",
        "a: >\n  " + " ".join(["other"] * 13) + "\n  " + " ".join(["other"] * 7) + "\n",
    ),
    "trailing blanks": ("a: >\n  one\n  two\n", "one two  \nx\n", "a: >\n  one\n  two  \n\n  x\n"),
}

LISTS = {
    "item": ("a:\n- x # c\n- y\n", ["x", "z"], "a:\n- x # c\n- z\n"),
    "gone": ("a:\n- x\n# c\n- y # d\n- z\n", ["x", "z"], "a:\n- x\n# c\n- z\n"),
    "first gone": ("a:\n  # c\n  - x # d\n  - y\n", ["y"], "a:\n  # c\n  - y\n"),
    "added last": ("a:\n-   x # c\n# d\nb: 1\n", ["x", "z"], "a:\n-   x # c\n-   z\n# d\nb: 1\n"),
    "added first": ("a:\n  # c\n  - x\n", ["z", "x"], "a:\n  - z\n  # c\n  - x\n"),
    "added between": ("a:\n- 'x'\n- 'z'\n", ["x", "y", "z"], "a:\n- 'x'\n- 'y'\n- 'z'\n"),
    "most alike": (
        "a:\n- Hello there # c\n- Goodbye # d\n",
        ["Goodbye!"],
        "a:\n- Goodbye! # d\n",
    ),
    "emptied": ("a:  # c\n  # d\n  - x # e\nb: 1\n", [], "a: []  # c\n  # d\nb: 1\n"),
    "filled": ("a: []  # c\nb:\n- 1\n", ["x"], "a:  # c\n- x\nb:\n- 1\n"),
    "filled in braces": ("{a: [], b: [ 1 ]}\n", ["x"], "{a: [ x ], b: [ 1 ]}\n"),
    "lines of an item": ("a:\n- x\n", ["x", "y\nz"], "a:\n- x\n- |-\n  y\n  z\n"),
    "mappings": (
        "a:\n- k: 1\n  l: 2\n",
        [{"k": 1, "l": 3}, {"k": 4}],
        "a:\n- k: 1\n  l: 3\n- k: 4\n",
    ),
    "first key gone": ("a:\n- k: 1\n  # c\n  l: 2\n", [{"l": 2}], "a:\n- # c\n  l: 2\n"),
    "lists in lists": ("a:\n- - 1\n  - 2\n", [[0, 1], [3]], "a:\n- - 0\n  - 1\n- - 3\n"),
    "added before a compact first": ("a:\n- - 1\n", [[0, 2, 1]], "a:\n- - 0\n  - 2\n  - 1\n"),
    "item to a mapping": ("a:\n- x # c\n", [{"k": 1, "l": 2}], "a:\n- k: 1 # c\n  l: 2\n"),
    "anchored item to a list": ("a:\n- &b x # c\n", [[1, 2]], "a:\n- &b # c\n  - 1\n  - 2\n"),
    "list to a text": ("a: # c\n- x\n- y\nb: 1\n", "z", "a: z # c\nb: 1\n"),
    "list to a mapping": ("a:\n- x\nb: 1\n", {"k": 1}, "a:\n  k: 1\nb: 1\n"),
    "mapping below its dash": ("a:\n-\n    k: 1\n", [[1]], "a:\n-\n    - 1\n"),
    "flow item": ("a: [x, 'y']  # c\n", ["x", "z"], "a: [x, 'z']  # c\n"),
    "flow gone": ("a: [x, y, z]\n", ["x", "z"], "a: [x, z]\n"),
    "flow two gone": ("a: [w, x, y, z]\n", ["x", "z"], "a: [x, z]\n"),
    "flow last gone": ("a: [ x, y, ]\n", ["x"], "a: [ x, ]\n"),
    "flow added": ("a: [x,y]\n", ["w", "x", "y", "z"], "a: [w,x,y,z]\n"),
    "flow emptied": ("a: [ x, y ]\n", [], "a: []\n"),
    "flow over lines": (
        "a: [\n  x, # c\n  y # d\n]\n",
        ["w", "x", "z"],
        "a: [\n  w,\n  x, # c\n  z # d\n]\n",
    ),
    "flow over lines, last gone": ("a: [\n  x, # c\n  y # d\n]\n", ["x"], "a: [\n  x # c\n]\n"),
    "flow over lines, added": ("a: [\n  x # c\n]\n", ["x", "z"], "a: [\n  x, # c\n  z\n]\n"),
    "flow over lines, comma": ("a: [\n  x, # c\n]\n", ["x", "z"], "a: [\n  x, # c\n  z,\n]\n"),
    "flow over lines, emptied": ("a: [\n  # c\n  x, # d\n]\n", [], "a: [\n  # c\n]\n"),
    "many items": (
        "a: " + json.dumps(list(range(30))) + "\n",
        list(range(100, 125)),
        "a: " + json.dumps(list(range(100, 125))) + "\n",
    ),
}

MAPPINGS = {
    "key": ("a:\n  k: 1 # c\n  l: 2\n", {"k": 3, "l": 2}, "a:\n  k: 3 # c\n  l: 2\n"),
    "new key": ("a:\n  k: 1 # c\n# d\n", {"k": 1, "l": "x"}, "a:\n  k: 1 # c\n  l: x\n# d\n"),
    "new key, aligned": (
        "a:\n  k:  1\n  kk: 2\n",
        {"k": 1, "kk": 2, "l": 3},
        "a:\n  k:  1\n  kk: 2\n  l:  3\n",
    ),
    "new key, quoted": ("a:\n  'k': 1\n", {"k": 1, "l: m": 2}, "a:\n  'k': 1\n  'l: m': 2\n"),
    "odd key": ("a:\n  k: 1\n", {"k": 1, "yes": 2, "": 3}, 'a:\n  k: 1\n  "yes": 2\n  "": 3\n'),
    "key gone": ("a:\n  k: 1 # c\n  # d\n  l: 2\n", {"l": 2}, "a:\n  # d\n  l: 2\n"),
    "all keys gone": ("a: # c\n  k: 1\n", {"l": 2}, "a: # c\n  l: 2\n"),
    "emptied": ("a: # c\n  k: 1\n", {}, "a: {} # c\n"),
    "filled": ("a: {} # c\n", {"k": {"l": []}}, "a: # c\n  k:\n    l: []\n"),
    "flow key": ("a: { k: 1, l: 'x' }\n", {"k": 1, "l": "y"}, "a: { k: 1, l: 'y' }\n"),
    "flow new key": ("a: {k: 1}\n", {"k": 1, "l": {"m": [1]}}, "a: {k: 1, l: {m: [1]}}\n"),
    "flow new key after one alone": (
        "a: {k: 1, l}\n",
        {"k": 1, "l": None, "m": 2},
        "a: {k: 1, l, m: 2}\n",
    ),
    "flow key swapped": ("a: {k: 1, l: 2}\n", {"k": 1, "m": 3}, "a: {k: 1, m: 3}\n"),
    "flow all swapped": ("a: {k: 1, l: 2}\n", {"m": 3}, "a: {m: 3}\n"),
    "flow key gone": ("a: {k: 1, l: 2, m: 3}\n", {"m": 3}, "a: {m: 3}\n"),
    "flow emptied": ("a: { k: 1 } # c\n", {}, "a: {} # c\n"),
    "flow to a text": ("a: { k: 1 } # c\n", "x", "a: x # c\n"),
    "text to a flow mapping": ("a: x\nb: { k: 1 }\n", {"l": 1}, "a: { l: 1 }\nb: { k: 1 }\n"),
    "json": ('{"a":{},"b":[1]}\n', {"k": "x"}, '{"a":{"k": "x"},"b":[1]}\n'),
    "merged key": (
        "b: &b {k: 1}\na:\n  <<: *b\n  l: 2\n",
        {"k": 3, "l": 2},
        "b: &b {k: 1}\na:\n  <<: *b\n  l: 2\n  k: 3\n",
    ),
    "pair": ("a: [k: 1]\n", [{"k": 2}], "a: [k: 2]\n"),
}

TABLES = SCALARS | {
    f"{name}, {row}": case
    for name, table in (
        ("literal", LITERALS),
        ("folded", FOLDED),
        ("list", LISTS),
        ("mapping", MAPPINGS),
    )
    for row, case in table.items()
}


@pytest.mark.slow
@pytest.mark.parametrize(("text", "value", "expected"), TABLES.values(), ids=TABLES)
def test_a_value_is_written_as_the_old_one_was(text, value, expected):
    assert changed(text, ("a",), value) == expected


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a:\n  - k: 1\n", ("a", 0, "l"), "a:\n  - k: 1\n    l: x\n"),
        ("a: {}\nb: 1\n", ("a", "k"), "a:\n  k: x\nb: 1\n"),
        ("a: 1\n", ("k",), "a: 1\nk: x\n"),
        ("a: 1", ("k",), "a: 1\nk: x"),
        ("{a: 1}\n", ("k",), "{a: 1, k: x}\n"),
        ("a:\n  b: |\n    y\n\n# c\n", ("a", "k"), "a:\n  b: |\n    y\n  k: x\n\n# c\n"),
        ("a:\n  b: |+\n    y\n\n# c\n", ("a", "k"), "a:\n  b: |+\n    y\n\n  k: x\n# c\n"),
        ("a: &a\n  b: 1\n", ("a", "k"), "a: &a\n  b: 1\n  k: x\n"),
    ],
)
def test_a_new_key_comes_last_in_its_mapping(text, path, expected):
    assert changed(text, path, "x") == expected


def test_one_edit_can_take_out_the_last_of_one_list_and_add_to_the_one_around():
    text = "a:\n  b:\n  - 1\n  - 2 # c\n# d\n"
    assert changed(text, ("a",), {"b": [1], "e": [3]}) == "a:\n  b:\n  - 1\n  e:\n  - 3\n# d\n"


SHARED = "lends its value to other places"
REFUSED = {
    "anchor": ("a: &x 1\nb: *x\n", ("a",), 2, f"the anchor `&x` {SHARED} (`*x`)"),
    "inside an anchor": (
        "a: &x {k: 1}\nb: *x\n",
        ("a", "k"),
        2,
        f"the anchor `&x` {SHARED} (`*x`)",
    ),
    "new key of an anchor": (
        "a: &x\n  k: 1\nb: *x\n",
        ("a", "l"),
        2,
        f"the anchor `&x` {SHARED} (`*x`)",
    ),
    "anchor gone": (
        "a:\n- &x 1\n- 2\nb: *x\n",
        ("a",),
        [2],
        f"the anchor `&x` {SHARED} (`*x`)",
    ),
    "behind an alias": (
        "a: &x {k: 1}\nb: *x\n",
        ("b", "k"),
        2,
        "it comes from the alias `*x`, which others share",
    ),
    "behind a merge": (
        "a: &x {k: {l: 1}}\nb: {<<: *x}\n",
        ("b", "k", "l"),
        2,
        "`k` comes from a merge key (`<<`), which others share",
    ),
    "merged key gone": (
        "a: &x {k: 1}\nb: {<<: *x, l: 2}\n",
        ("b",),
        {"l": 2},
        "the key `k` is not in the mapping itself",
    ),
    "question mark": (
        "a:\n  ? k\n  : 1\n",
        ("a", "l"),
        2,
        "the mapping has keys with a question mark (`? key`)",
    ),
    "pair": ("a: [k: 1]\n", ("a", 0, "l"), 2, "the mapping has no braces around it"),
    "comment inside": (
        "a: [ # c\n  x\n]\n",
        ("a",),
        "y",
        "a comment inside the value would be lost",
    ),
    "no such key": ("a: 1\n", ("b", "c"), 2, "there is no `b` to change"),
    "no such item": ("a: [1]\n", ("a", 1), 2, "there is no `1` to change"),
    "no mapping": ("a: 1\n", ("a", "b"), 2, "there is no `b` to change"),
    "everything": ("a: 1\n", (), {"b": 2}, "the file would have to be rewritten"),
    "nothing there": ("{}\n", ("b",), 2, "the file would have to be rewritten"),
    "no document": ("# c\n", ("b",), 2, "there is no `b` to change"),
    "no YAML": ("a: {\n", ("a",), 2, "the file is not YAML that can be read"),
    "two documents": ("a: 1\n---\nb: 1\n", ("a",), 2, "the file is not YAML that can be read"),
    "too deep": ("[" * 70 + "]" * 70, (0,), 2, "the file is not YAML that can be read"),
    "half a character": (
        "a: x\n",
        ("a",),
        "\ud800",
        "the new text holds half a character, which no file can",
    ),
    "no number": ("a: 1\n", ("a",), float("nan"), "the new value is none that JSON knows"),
    "no JSON": ("a: 1\n", ("a",), {1, 2}, "the new value is none that JSON knows"),
    "key that is too long": (
        "a: {}\n",
        ("a", "k" * 1100),
        1,
        "its YAML style leaves no safe place for the new value",
    ),
    "key that is no text": (
        "a:\n  1: x\n",
        ("a",),
        {"1": "y"},
        "the key `1` is not in the mapping itself",
    ),
    "comment that would be swallowed": (
        "a:\n- |-\n  x\n- z\n    # c\n",
        ("a",),
        ["x"],
        "its YAML style leaves no safe place for the new value",
    ),
}


@pytest.mark.parametrize(("text", "path", "value", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_changed_alone_is_refused(text, path, value, reason):
    assert refused(text, path, value) == reason


PLAIN = [
    "x",
    "yes",
    "600",
    "1.5",
    "null",
    "a b",
    "it's",
    'say "x"',
    "https://x.y",
    "مرحبا",
    "👋🏽",
    "",
]
SIGNS = [
    "a: b",
    "a #b",
    "#c",
    "- d",
    "?",
    "[x]",
    "{x}",
    "a, b",
    "*x",
    "&x",
    "!x",
    "%x",
    "@x",
    ">",
    "<<",
]
SPACES = [" lead", "tail ", "\tt", "a\nb", "a\n\n b\n", "a\nb\n\n", "\n", "a\n \nb"]
ODD = ["\a", "a\u2028b", "\\n", "some words that go on for a while and could be folded"]
WORDS = st.sampled_from([*PLAIN, *SIGNS, *SPACES, *ODD])
KEYS = st.sampled_from(["key", "two words", "yes", "k: l", "مفتاح", "12", "- x", "long_key"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def scalar(draw, value, *, key=False):
    """One of the ways to write a scalar on one line that reads back equal in every place."""
    double = json.dumps(value, ensure_ascii=False).replace("\u2028", "\\L")
    if not isinstance(value, str):
        return double
    single = "'" + value.replace("'", "''") + "'"
    ways = [double]
    for way in (single, value):
        plain = f"[{{{way}: {way}}}]"
        try:
            if "\n" not in way and data(plain) == [{value: value}]:
                ways.append(way)
        except NotYamlError:
            continue
    return draw(st.sampled_from(ways))


def flow(draw, value):
    pad = draw(st.sampled_from(["", " "]))
    end = draw(st.sampled_from(["", "", ","])) + pad
    if isinstance(value, dict):
        inner = (f"{scalar(draw, key)}: {flow(draw, item)}" for key, item in value.items())
        return "{" + pad + ", ".join(inner) + end + "}" if value else "{}"
    if isinstance(value, list):
        return (
            "[" + pad + ", ".join(flow(draw, item) for item in value) + end + "]" if value else "[]"
        )
    return scalar(draw, value)


def block(draw, value, column):
    """The text after a `:` or `-`, and the lines below."""
    note = draw(st.sampled_from(["", "", " # note"]))
    step = draw(st.sampled_from([1, 2, 4]))
    if isinstance(value, dict | list) and value and draw(st.booleans()):
        return [note, *entries(draw, value, column + step)]
    if (
        isinstance(value, str)
        and value.strip()
        and draw(st.booleans())
        and not value.startswith((" ", "\t"))
    ):
        body = value.rstrip("\n")
        if value in (body, body + "\n") and value.isprintable() | ("\n" in value):
            chomp = "" if value.endswith("\n") else "-"
            lines = [" " * (column + step) * bool(line) + line for line in body.split("\n")]
            sign = draw(st.sampled_from("|>")) if "\n" not in body else "|"
            return [f" {sign}{chomp}{note}", *lines]
    return [f" {flow(draw, value)}{note}"]


def entries(draw, value, column):
    for item in value.items() if isinstance(value, dict) else value:
        head = f"{scalar(draw, item[0], key=True)}:" if isinstance(value, dict) else "-"
        if draw(st.integers(0, 4)) == 0:
            yield " " * column + "# above"
        first, *rest = block(draw, item[1] if isinstance(value, dict) else item, column)
        yield " " * column + head + first
        yield from rest
        yield from [""] * (draw(st.integers(0, 5)) == 0)


@st.composite
def documents(draw):
    value = draw(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
    text = "\n".join(entries(draw, value, 0)) + "\n"
    text = draw(st.sampled_from(["", "---\n", "# head\n"])) + text
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
    return draw(st.sampled_from(["", "\ufeff"])) + text, value


@st.composite
def edits(draw):
    text, value = draw(documents())
    path = draw(st.sampled_from([path for path in paths(value) if path]))
    if isinstance(at(value, path), dict):
        path = (*path, *draw(st.sampled_from([(), ("new",)])))
        if path[-1] == "new":
            return text, value, path, draw(VALUES)
    return text, value, path, draw(altered(at(value, path)) | VALUES)


def altered(value):
    """The same with an item or a key less, or one more, or another one."""
    if isinstance(value, list) and value:
        places = st.integers(0, len(value) - 1)
        less = places.map(lambda i: value[:i] + value[i + 1 :])
        more = st.tuples(places, VALUES).map(
            lambda new: [*value[: new[0]], new[1], *value[new[0] :]]
        )
        other = st.tuples(places, VALUES).map(lambda new: put(value, (new[0],), new[1]))
        return less | more | other
    if isinstance(value, dict) and value:
        keys = st.sampled_from(list(value))
        less = keys.map(lambda gone: {key: item for key, item in value.items() if key != gone})
        more = st.tuples(KEYS, VALUES).map(lambda new: {**value, new[0]: new[1]})
        return less | more
    return VALUES


@pytest.mark.slow
@given(edits())
def test_whatever_is_written_plainly_can_be_changed_and_reads_as_it_should(edit):
    text, before, path, value = edit
    assert equal(read(text), before)
    after = changed(text, path, value)
    assert equal(read(after), put(before, path, value))
    assert after.count("# above") == text.count("# above")
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert ("\r" in after.replace("\r\n", "")) == ("\r" in text.replace("\r\n", ""))


@pytest.mark.slow
@given(st.data())
def test_a_hand_styled_file_is_changed_as_asked_or_not_at_all(choice):
    case = choice.draw(st.sampled_from(CORPUS))
    before = read(case.text)
    path = choice.draw(st.sampled_from([path for path in paths(before) if path]))
    value = choice.draw(altered(at(before, path)) | VALUES)
    with suppress(NotEditableError):
        assert equal(read(changed(case.text, path, value)), put(before, path, value))
