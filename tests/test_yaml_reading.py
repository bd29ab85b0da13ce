"""Reading YAML: what is data, what is a mistake and on which line, and what is never quoted."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.yamledit.document import YamlFileError, not_json, text_of
from reconciler.yamledit.reading import load, loads, parser_name

NEVER = "sk-planted"


def said(path, text):
    """The mistake in a text as one line: where, what, and what to do about it."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(YamlFileError) as raised:
        load(path, "a.yaml")
    problem = raised.value.problem
    more = (problem.found, problem.allowed, problem.hint)
    return " | ".join(filter(None, (f"{problem.line}: {problem.message}", *more)))


def data(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path, "a.yaml").data


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.yaml"


def test_the_c_parser_is_in_use():
    assert parser_name() == "CParser"


TAB = "this file is not YAML: a tab, where only spaces may indent | write spaces"
DEEP = "0: is nested too deep | at most 50 levels"
ALIASES = "aliases (`*name`) may not multiply or loop"
LOOP = f"an anchor (`&name`) holds an alias of itself | {ALIASES}"
OPEN = "this file is not YAML: a quote or bracket is opened here and never closed"
GOES_ON = "this file is not YAML: a text goes on after the quote that closes it"
SHUT = (
    "this file is not YAML: a `}` closes a bracket that was never opened"
    " | take it out, or put the text in quotes"
)
UNMERGED = (
    "holds the markers of an unfinished merge"
    " | settle it: keep one side or both, and take the marker lines out"
)
MANY = f"holds more values than an agent can have | {ALIASES}"
TAG = (
    "this file is not YAML: a tag (`!name`) that is not known here, or does not fit"
    " | put a text that begins with `!` in quotes"
)
UNREADABLE = (
    "this file is not YAML: a value that cannot be read, such as a date that does not exist"
    " | put it in quotes"
)
CHARACTER = "this file is not YAML: a character that YAML does not allow"
MISTAKES = {
    "a tab in front of a key": (f"a:\n\tb: {NEVER}\n", f"2: {TAB}"),
    "a tab in front of an item": ("a:\n  b:\n\t- c\n", f"3: {TAB}"),
    "a tab after spaces": ("a: x\n  \tb: c\n", f"2: {TAB}"),
    "a key twice": (f"a: 1\nb: 2\na: {NEVER}\n", "3: the key `a` is repeated"),
    "a key twice in quotes": (f'a: 1\n"a": {NEVER}\n', "2: the key `a` is repeated"),
    "a key twice in braces": (f"x: {{ a b: 1, a b: {NEVER} }}\n", "1: the key `a b` is repeated"),
    "a key twice, further in": ("x:\n  a: 1\n  a: 2\n", "3: the key `a` is repeated"),
    "an Arabic key twice": ("ضيف: 1\nضيف: 2\n", "2: the key `ضيف` is repeated"),
    "a value twice as a key": (f"x: {{{NEVER}, {NEVER}}}\n", "1: a key is repeated"),
    "a list twice as a key": (f"? [{NEVER}]\n: 1\n? [{NEVER}]\n: 2\n", "3: a key is repeated"),
    "a key twice below a line separator": (
        "x: 'a\u2028b'\ny: 1\ny: 2\nz: 3\n",
        "3: the key `y` is repeated",
    ),
    "a comment sign in braces": (
        "a:\n  - { dtmf: #, to: b }\n",
        f"2: {OPEN} | put `#` in quotes: behind a blank it begins a comment",
    ),
    "a quote that is never closed": (
        f'a: 1\nb: "{NEVER}\nc: d\n\n',
        f"2: {OPEN}",
    ),
    "a list that is never closed": (
        f"a: [{NEVER}\nb: c\n",
        f"1: {OPEN}",
    ),
    "a colon inside a value": (
        f"a: {NEVER}: b\n",
        "1: this file is not YAML: mapping values are not allowed in this context",
    ),
    "a colon in a text in braces, and worse": (
        f"a: {{ url: x:y:{NEVER} \nb: c\n",
        f"1: {OPEN}",
    ),
    "a question in brackets, and worse": (
        f'a: 1\nb: [Are you there?, "{NEVER}" x]\n',
        (
            "2: this file is not YAML: did not find expected ',' or ']' at column 18"
            ' | put texts inside [ ] in quotes: ["Are you there?"]'
        ),
    ),
    "a list without a comma": (
        f'a: ["{NEVER}" "x"]\n',
        (
            "1: this file is not YAML: did not find expected ',' or ']'"
            " | is a comma missing before this, or a bracket not closed?"
        ),
    ),
    "a key between two depths": (
        "a:\n  b: 1\n c: 2\n",
        "3: this file is not YAML: did not find expected key",
    ),
    "an at sign": (
        f"a: 1\nb: @{NEVER}\n",
        "2: this file is not YAML: found character that cannot start any token",
    ),
    "an unknown escape": (
        f'a: "\\q{NEVER}"\n',
        "1: this file is not YAML: found unknown escape character",
    ),
    "an alias of nothing": (f"a: *{NEVER}\n", "1: this file is not YAML: found undefined alias"),
    "an anchor twice": (
        f"a: &{NEVER} 1\nb: &{NEVER} 2\n",
        "2: this file is not YAML: an anchor (`&name`) is repeated",
    ),
    "a merge of a text": (
        f"a:\n  <<: {NEVER}\n",
        (
            "2: this file is not YAML: "
            "expected a mapping or list of mappings for merging, but found scalar"
        ),
    ),
    "several documents": (
        f"a: 1\n---\nb: {NEVER}\n",
        "2: this file is not YAML: found another document",
    ),
    "an unknown directive": (
        f"%FOO {NEVER}\n---\na: 1\n",
        "1: this file is not YAML: found unknown directive name",
    ),
    "a tag of one's own": (f"a: 1\nb: !{NEVER} x\n", f"2: {TAG}"),
    "a tag that runs code": (f"a: !!python/object/apply:os.system [{NEVER}]\n", f"1: {TAG}"),
    "a password that begins like a tag": (f"a: 1\nb: !{NEVER}\n", f"2: {TAG}"),
    "a text that is no timestamp": (f"a: !!timestamp {NEVER}\n", f"1: {TAG}"),
    "a text that is no base64": (f"a: !!binary {NEVER}é\n", f"1: {TAG}"),
    "a text that is no number": (f"\na: !!int {NEVER}\n", f"2: {UNREADABLE}"),
    "a text that is no boolean": (f"a:\n- !!bool {NEVER}\n", f"2: {UNREADABLE}"),
    "nothing as a number": ('a: 1\nb: !!float ""\n', f"2: {UNREADABLE}"),
    "a date that does not exist": ("a: 1\nb: 2\nc: 2025-02-30\n", f"3: {UNREADABLE}"),
    "a number of 5,000 digits": (f"a: {'9' * 5000}\n", f"1: {UNREADABLE}"),
    "a NUL": (f"a: é\nb: {NEVER}\0\n", f"2: {CHARACTER}"),
    "an escape character": (f"a: é\nb: {NEVER}\x1b[2J\n", f"2: {CHARACTER}"),
    "half of a surrogate pair": (
        'a: "\\ud83d"\n',
        "1: this file is not YAML: found invalid Unicode character escape code",
    ),
    "Latin-1": (
        f"a: 1\nb: caf\xe9 {NEVER}\n".encode("latin-1"),
        "2: is not UTF-8 text | save it as UTF-8",
    ),
    "UTF-16": ("a: b\n".encode("utf-16"), "1: is not UTF-8 text | save it as UTF-8"),
    "fifty-one levels": (
        "a: " + "[" * 51 + "]" * 51,
        f"0: is nested deeper than 50 levels | {ALIASES}",
    ),
    "a loop": ("a: &a\n  b: *a\n", f"2: {LOOP}"),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_reported_with_its_line_and_without_the_file_s_content(path, text, expected):
    found = said(path, text)
    assert found == expected
    assert NEVER not in found


@pytest.mark.parametrize("opener", ["[", "{", "- ", "? ", "[{"])
def test_nesting_without_end_is_a_mistake_and_no_crash(path, opener):
    assert said(path, opener * 100_000) == DEEP


def test_brackets_that_are_not_nested_are_no_nesting(path):
    text = "a: |\n" + "  - [x](y): {{caller}}?\n" * 2000
    assert data(path, text)["a"].count("caller") == 2000


def multiplied(first, item, times):
    """Nine anchors, each with this many copies of the one before it."""
    last = ["a", *(f"n{number}" for number in range(9))]
    lines = [f"a: &a {first}"]
    lines += [f"{b}: &{b} {item(', '.join([f'*{a}'] * times))}" for a, b in pairwise(last)]
    return "\n".join(lines) + "\n"


ALIASED = multiplied("[1, 2, 3]", lambda inner: f"[{inner}]", 15)
MERGES = multiplied("{ k: 1 }", lambda inner: f"{{ <<: [{inner}] }}", 20)
FAR = {
    # a text, and its message: the line is where the mistake was made
    "a quote, and a quote below": (f'a:\n  b: "{NEVER}\n  c: "en"\n  d: 1\n', f"2: {OPEN}"),
    "an apostrophe, and one below": (f"a: '{NEVER}\nb: en\nc: 'hello'\n", f"1: {OPEN}"),
    "a quote before a key": (f'a:\n  "b: {NEVER}\n  c: "en"\n', f"2: {OPEN}"),
    "a quote of an item": (f'a:\n  - "one\n  - "{NEVER}"\n  - three\n', f"2: {OPEN}"),
    "a quote in braces": (f'a: {{ b: "A, c: {NEVER} }}\nx: "b"\n', f"1: {OPEN}"),
    "a quote, and two at once": (f'a: "{NEVER}\nb: ""\nc: 1\n', f"1: {OPEN}"),
    "a quote in Arabic": (f'a: 1\nتحية: "أهلاً 😊 {NEVER}\nc: "d"\n', f"2: {OPEN}"),
    "a list, and a key further out": (f"a:\n  b: [x, y\nc: {NEVER}\n", f"2: {OPEN}"),
    "a list of texts": (f'a:\n  b: ["x", "y"\n  c: {NEVER}\n', f"2: {OPEN}"),
    "a list over lines": (f"a: [\n  x,\n  y,\nb: {NEVER}\n", f"1: {OPEN}"),
    "a list that the text ends in": (f"a: 1\nb: [{NEVER}\n\n", f"2: {OPEN}"),
    "braces, and a key": (f"a: {{ b: A, c: en\nd:\n  x: {NEVER}\n", f"1: {OPEN}"),
    "a bracket closed by a brace": (f"a: {{ b: [1, {NEVER} }}\n", f"1: {OPEN}"),
    "a bracket with an address": (f"a: 1\nb: [https://x.example, y\nc: {NEVER}\n", f"2: {OPEN}"),
    "a brace too much": (f"a: {{ b: 1 }} }}\nb: {NEVER}\n", f"1: {SHUT}"),
    "a bracket too much": (f"a: [1]]\nb: {NEVER}\n", f"1: {SHUT.replace('}', ']')}"),
    "an apostrophe within": (
        f"a: 1\nb: 'it's {NEVER}'\n",
        f"2: {GOES_ON} | write `''` for an apostrophe in it, or put the text in double quotes",
    ),
    "quotes within": (
        f'a: "say "hi", {NEVER}"\n',
        f'1: {GOES_ON} | write `\\"` for a quote in it, or put the text in single quotes',
    ),
    "a comma that is missing": (
        f"a: {{\n  b: A\n  c: {NEVER}\n}}\n",
        (
            "3: this file is not YAML: did not find expected ',' or '}'"
            " | is a comma missing before this, or a bracket not closed?"
        ),
    ),
    "a merge": (f"a:\n<<<<<<< HEAD\n  b: {NEVER}\n=======\n  b: B\n>>>>>>> x\n", f"2: {UNMERGED}"),
    "a merge of all": (f"<<<<<<< HEAD\na: {NEVER}\n=======\na: B\n>>>>>>> x\n", f"1: {UNMERGED}"),
    "a merge with its base": (
        f"a: 1\n||||||| base\nb: {NEVER}\n=======\nb: 2\n>>>>>>> x\n",
        f"2: {UNMERGED}",
    ),
    "a merge in a text": (
        f"a: |\n  x\n<<<<<<< ours\n  {NEVER}\n=======\n  y\n>>>>>>> theirs\n",
        f"3: {UNMERGED}",
    ),
    "a merge in quotes, which parses": (f'a: "{NEVER}\n<<<<<<< HEAD\n  x"\n', f"2: {UNMERGED}"),
    "the middle of a merge": (f"a: 1\n=======\nb: {NEVER}\n", f"2: {UNMERGED}"),
    "the end of a merge": (f"a: {NEVER}\n>>>>>>> main\n", f"2: {UNMERGED}"),
    "a merge key of itself": ("a: &a\n  b: 1\n  <<: *a\n", f"3: {LOOP}"),
    "a merge list of itself": ("a: &a\n  b: 1\n  <<: [*a]\n", f"3: {LOOP}"),
    "two that merge each other": ("a: &a\n  <<: &b\n    <<: *a\n", f"3: {LOOP}"),
    "a list of itself": ("a: 1\nb: &b [1, *b]\n", f"2: {LOOP}"),
    "itself as a key": ("a: &a\n  ? *a\n  : 1\n", f"2: {LOOP}"),
    "merges that multiply": (MERGES, f"5: {MANY}"),
    "aliases that multiply": (ALIASED, f"5: {MANY}"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FAR.values(), ids=FAR)
def test_a_mistake_is_reported_at_the_line_that_it_was_made_on(text, expected):
    for form in (text, text.replace("\n", "\r\n")):
        with pytest.raises(YamlFileError) as stop:
            loads(text_of(form.encode(), "a.yaml"), "a.yaml")
        problem = stop.value.problem
        said = " | ".join(filter(None, (problem.message, problem.hint)))
        assert f"{problem.line}: {said}" == expected
        assert NEVER not in repr(problem)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a { b: 1 }\nc: { <<: *a, d: *a }\n",
        "a: &a { b: &b 1 }\nc: [*a, *b]\nd: { <<: [*a] }\n",
        "a: |\n  Title\n  =======\n  <<<<<<< x\n",
        "# =======\na: '**bold** & *x*'\n",
        'a: "x\n  y: z"\n',
        "a: [\n  1,\n  2\n]\n",
    ],
)
def test_what_only_resembles_such_a_mistake_is_read(text):
    assert loads(text, "a.yaml").data


def test_an_alias_that_repeats_a_value_is_data(path):
    text = "a: &a { x: 1 }\nb: *a\nc: { <<: *a, y: 2 }\nd: { <<: *a, x: 3 }\n"
    assert data(path, text) == {
        "a": {"x": 1},
        "b": {"x": 1},
        "c": {"x": 1, "y": 2},
        "d": {"x": 3},
    }


def test_a_file_of_100_mb_is_refused_unread(path):
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(YamlFileError) as raised:
        load(path, "a.yaml")
    problem = raised.value.problem
    assert (problem.message, problem.found) == ("is too large", "100.0 MB")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: None, "cannot be read: no such file or directory"),
        (lambda path: path.mkdir(), "cannot be read: is a directory"),
        (lambda path: path.symlink_to(path), "cannot be read: too many levels of symbolic links"),
    ],
    ids=["missing", "a folder", "a link to itself"],
)
def test_what_is_no_file_is_a_mistake(path, make, expected):
    make(path)
    with pytest.raises(YamlFileError, match=f"^{expected}$"):
        load(path, "a.yaml")


WORDS = ["no", "yes", "on", "off", "y", "09:00", "12:30:45", "+", "."]
WORDS_LISTED = "".join(f"- {word}\n" for word in WORDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WORDS_LISTED, WORDS),
        (f"%YAML 1.1\n---\n{WORDS_LISTED}", WORDS),
        ("- true\n- False\n- null\n- ~\n-\n", [True, False, None, None, None]),
        ("a: 800\nb: 0.2\nc: 1e3\nd: -1\n", {"a": 800, "b": 0.2, "c": 1000.0, "d": -1}),
        ("---\na: 1\n...\n", {"a": 1}),
        (b"\xef\xbb\xbfa: 1\n", {"a": 1}),
        ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}),
        ("a: 'أهلاً {{caller}} 😀'\n", {"a": "أهلاً {{caller}} 😀"}),
        ("a: !!str 12\n", {"a": "12"}),
        ("", None),
        ("# only a comment\n", None),
        ("- a\n", ["a"]),
    ],
    ids=[
        "words that were booleans in YAML 1.1",
        "the same in a file that says 1.1",
        "booleans and nulls",
        "numbers",
        "marks of a document",
        "a byte order mark",
        "line ends of Windows",
        "Arabic and an emoji",
        "the tag of text",
        "nothing",
        "a comment",
        "a list",
    ],
)
def test_yaml_1_2_is_read(path, text, expected):
    assert data(path, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 2025-01-01\n", "a: this value is read as a date, not as text"),
        ("a:\n- 1\n- 2025-01-01 10:00:00\n", "a.1: this value is read as a datetime, not as text"),
        ("a: { b: .nan }\n", "a.b: this value is not a finite number"),
        ("a: -.inf\n", "a: this value is not a finite number"),
        ("a: 1e400\n", "a: this value is not a finite number"),
        ("1: a\n", "1: the key `1` is not text"),
        ("a: { null: b }\n", "a.None: the key `None` is not text"),
        ("a: !!binary aGVsbG8=\n", "a: this value is read as a bytes, not as text"),
        ("a: !!set { x }\n", "a: this value is read as a set, not as text"),
        ("a: [x, 1, 0.5, true, null, { b: c }]\n", ""),
    ],
)
def test_what_json_does_not_know_is_found_with_its_place(path, text, expected):
    found = not_json(data(path, text))
    lines = [f"{'.'.join(map(str, place))}: {reason}" for place, reason in found]
    assert "\n".join(lines) == expected


NESTED = """\
# a comment

spec:
  agentName: x
  tools:
    smartCallEnd: true
  slots:
    - from: a
      to: b
    - { from: c,
        to: d }
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 3),
        (("spec",), 3),
        (("spec", "agentName"), 4),
        (("spec", "tools", "smartCallEnd"), 6),
        (("spec", "slots", 0, "to"), 9),
        (("spec", "slots", 1), 10),
        (("spec", "slots", 1, "to"), 11),
        (("spec", "slots", 7), 7),
        (("spec", "tools", "missing", "deeper"), 5),
        (("nowhere",), 3),
    ],
)
def test_a_place_has_the_line_of_its_key_or_of_the_nearest_above(path, place, line):
    path.write_text(NESTED)
    assert load(path, "a.yaml").line(place) == line


def test_a_line_is_counted_as_editors_count(path):
    path.write_text("a: 'x\u2028y\u0085z'\nb: 1\n", encoding="utf-8")
    assert load(path, "a.yaml").line(("b",)) == 2


def test_an_empty_file_has_no_lines(path):
    path.write_text("")
    assert load(path, "a.yaml").line(("spec",)) == 0


SCRAPS = [
    *("a", "b", ": ", "- ", "? ", "\n", "  ", "\t", "[", "]", "{", "}", ",", '"', "'", "|", ">"),
    *("&a ", "*a", "!", "!!int ", "!!bool ", "!!set ", "<<: ", "#", "%", "@", "2025-02-30", ".nan"),
    *("\0", "\u2028", "\x85", "\ufeff", "---\n", "...\n", NEVER),
]


def complaint(path):
    try:
        return load(path, "any.yaml").line(("x", 0)), ""
    except YamlFileError as error:
        return error.problem.line, str(error.problem)


@given(st.lists(st.sampled_from(SCRAPS), max_size=25).map("".join))
def test_every_text_is_data_or_a_mistake_that_quotes_no_value(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(f"x: [{NEVER}, 1]\n{text}", encoding="utf-8", newline="")
    line, message = complaint(path)
    assert 0 <= line <= text.count("\n") + 3
    assert NEVER not in message or f"the key `{NEVER}` is repeated" in message


def test_an_address_in_braces_is_read_as_yaml_1_2_says(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: { url: https://hamsa.example, b: 1 }\n", encoding="utf-8")
    document = load(path, "a.yaml")
    assert document.data == {"a": {"url": "https://hamsa.example", "b": 1}}
    assert document.line(("a", "b")) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Are you there?]", ["Are you there?"]),
        ("[Are you there?, b]", ["Are you there?", "b"]),
        ("{ b: who? me }", {"b": "who? me"}),
    ],
)
def test_a_question_in_brackets_needs_no_quotes(text, expected):
    assert loads(f"a: {text}\n", "a.yaml").data == {"a": expected}
