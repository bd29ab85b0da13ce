"""A plan as rows: what the user sees, computed once for every printer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import Cause
from reconciler.render import rows
from reconciler.schema.table import Impact
from tests.build import change_of_row as change

ESC = "\x1b[31m"
NINE = {"from": "09:00", "to": "12:00"}


def printed(row):
    """A row as text: sign, path, value and note; a text diff and parts line by line."""
    value = f": {row.before} → {row.after}" if row.before is not None else ""
    value = value or (f": {row.after}" if row.after is not None else "")
    lines = [f"{row.sign} {row.path}{value}" + (f" ({row.note})" if row.note else "")]
    lines += [f"  {line}" for line in (_lines(row.prose) if row.prose else ())]
    lines += [f"  {part.path}: {part.before} → {part.after}" for part in row.parts]
    filled = [row.before is not None or row.after is not None, row.prose, row.parts]
    assert sum(map(bool, filled)) <= 1
    return [*lines, *([f"  odd: {', '.join(row.odd)}"] if row.odd else [])]


def _lines(prose):
    for one in prose.passages:
        if one.kind == "same":
            yield f"⋯ {one.count}"
        for sign, spans in (("-", one.before), ("+", one.after)):
            if spans:
                yield f"{sign} {''.join(span.text for span in spans)}"


READ_NOT = {"readable": False, "before": None, "after": "ar"}
HIDDEN = {"readable": False, "sensitive": True, "before": None, "after": None}

ROWS = [
    pytest.param(change("lang", "en", "ar"), ['~ lang: "en" → "ar"'], id="an edit"),
    pytest.param(
        change("lang", "en", "ar", cause=Cause.DRIFT),
        ['~ lang: "en" → "ar" (changed live since the last apply)'],
        id="drift",
    ),
    pytest.param(
        change("lang", "en", "ar", cause=Cause.CONFLICT),
        [
            (
                '! lang: "en" → "ar" (changed here and live since the last apply; '
                "the last applied value is not kept here)"
            )
        ],
        id="a conflict",
    ),
    pytest.param(
        change("lang", "en", "ar", cause=Cause.UNTRACKED),
        ['~ lang: "en" → "ar"'],
        id="an unknown mover",
    ),
    pytest.param(
        change(cause=Cause.UNTRACKED, **READ_NOT),
        ['? lang: "ar" (cannot be read back; sent once)'],
        id="unreadable and never applied",
    ),
    pytest.param(
        change(**READ_NOT),
        ['? lang: "ar" (cannot be read back; changed in the files)'],
        id="unreadable and edited",
    ),
    pytest.param(
        change(**HIDDEN),
        ["? lang: (sensitive) (a secret, not compared with live; changed in the files)"],
        id="a secret",
    ),
    pytest.param(
        change(cause=Cause.UNTRACKED, **HIDDEN),
        ["? lang: (sensitive) (a secret, not compared with live; sent once)"],
        id="a secret that was never applied",
    ),
    pytest.param(
        change("silenceThreshold", 800, 600.0, unit="ms"),
        ["~ silenceThreshold: 800 → 600 ms"],
        id="numbers with a unit",
    ),
    pytest.param(change(before=0.5, after=1.5), ["~ lang: 0.5 → 1.5"], id="fractions"),
    pytest.param(change(before="x", after=None, unit="ms"), ['~ lang: "x" → null'], id="cleared"),
    pytest.param(change(before=None, after="x"), ['~ lang: null → "x"'], id="null before"),
    pytest.param(change(before=False, after=True), ["~ lang: false → true"], id="booleans"),
    pytest.param(
        change(before="a" * 40, after="b"),
        [f'~ lang: "{"a" * 40}" → "b"'],
        id="forty characters fit",
    ),
    pytest.param(
        change(before="a" * 41, after="b"),
        ["~ lang", f"  - {'a' * 41}", "  + b"],
        id="one more does not",
    ),
    pytest.param(
        change(before="one\ntwo", after="one\n2"),
        ["~ lang", "  ⋯ 1", "  - two", "  + 2"],
        id="two lines",
    ),
    pytest.param(
        change(before=["a", "b"], after=["a", "c", "d"]),
        ["~ lang", '  [1]: "b" → "c"', '  [2]: None → "d"'],
        id="a list",
    ),
    pytest.param(
        change(before={"Monday": [NINE], "Friday": []}, after={"Monday": []}),
        ["~ lang", '  Monday[0]: {"from": "09:00", "to": "12:00"} → None', "  Friday: [] → None"],
        id="a week",
    ),
    pytest.param(
        change(before={"a": "x\ny " + "z" * 200}, after={"a": "x\ny"}),
        ["~ lang", f'  a: "x\\ny {"z" * 200}" → "x\\ny"'],
        id="a long text inside a map is shown in full",
    ),
    pytest.param(change(before=[1], after=[True]), ["~ lang", "  : [1] → [true]"], id="1 and true"),
    pytest.param(change(before="[]", after=[]), ['~ lang: "[]" → []'], id="a text and a list"),
    pytest.param(change(before=None, after=["a"]), ['~ lang: null → ["a"]'], id="null and a list"),
    pytest.param(
        change(before=None, after="line\n" * 60),
        ["~ lang: null → text of 60 words on 61 lines"],
        id="a long text by its size where there was none",
    ),
    pytest.param(
        change(before=f"a{ESC}", after="b\u202e\r\n"),
        ["~ lang", "  - a␛[31m", "  + b⟨RLO⟩"],
        id="what acts is shown by name in a text diff",
    ),
    pytest.param(
        change(before=f"a{ESC}", after="b\u202e"),
        ['~ lang: "a\\u001b[31m" → "b⟨RLO⟩"', "  odd: +1 right-to-left override"],
        id="what acts is shown by name in a value",
    ),
    pytest.param(
        change(before={"\u202ea\n": 1, "b": "\x9b"}, after={"\u202ea\n": 2, "b": "\u2066"}),
        ["~ lang", "  ⟨RLO⟩a␊: 1 → 2", '  b: "⟨U+009B⟩" → "⟨LRI⟩"'],
        id="what acts is shown by name in keys and parts",
    ),
]


@pytest.mark.parametrize(("found", "expected"), ROWS)
def test_a_change_is_one_row(found, expected):
    assert printed(rows.row(found)) == expected


CREATED = [
    (change(before=None, after="ar"), ['+ lang: "ar"']),
    (change(before=None, after=600, unit="ms"), ["+ lang: 600 ms"]),
    (change(before=None, after="a b\n" * 3), ["+ lang: text of 6 words on 4 lines"]),
    (change(before=None, after="a " * 81), ["+ lang: text of 81 words on 1 line"]),
    (change(before=None, after={"a": [1]}), ['+ lang: {"a": [1]}']),
    (change(**{**HIDDEN, "readable": True}), ["+ lang: (sensitive)"]),
]


@pytest.mark.parametrize(("found", "expected"), CREATED, ids=[lines[0] for _, lines in CREATED])
def test_a_new_agent_s_fields_are_set_and_have_no_cause(found, expected):
    row = rows.row(found, creating=True)
    assert printed(row) == expected
    assert row.cause == ""


@pytest.mark.parametrize(
    "found", [change("lang", "en", "ar"), change(before=[], after=[1]), change(**HIDDEN)]
)
def test_an_ignored_field_shows_that_it_differs_and_no_value(found):
    row = rows.row(found, ignored=True)
    assert printed(row) == ["· lang (differs live; ignored, so left to the dashboard)"]


def test_a_row_shows_what_a_caller_notices_and_who_changed_it():
    row = rows.row(change("lang", "en", "ar", cause=Cause.DRIFT, impact=Impact.REACH))
    assert (row.group, row.cause) == ("reach", "drift")


def test_a_change_of_characters_that_no_caller_hears_is_cosmetic():
    found = change("greetingMessage", "أهلاً بك في العيادة", "أهلاً\u200f بك في العيادة", prose=True)
    row = rows.row(found)
    assert (row.group, row.after) == ("cosmetic", '"أهلاً⟨RLM⟩ بك في العيادة"')
    assert row.odd == ("+1 right-to-left mark",)
    assert rows.row(change("greetingMessage", "a\u200fb", "c", prose=True)).group == "spoken"


def test_rows_are_sorted_by_impact():
    found = [
        change("description", impact=Impact.SILENT),
        change("webhookUrl", impact=Impact.REACH),
        change("lang"),
        change("interrupt", impact=Impact.BEHAVIOUR),
        change("greetingMessage", "a b", "a  b", prose=True),
        change("voiceId"),
    ]
    groups = rows.grouped(map(rows.row, found))
    assert [(group.name, [row.path for row in group.rows]) for group in groups] == [
        ("spoken", ["lang", "voiceId"]),
        ("behaviour", ["interrupt"]),
        ("reach", ["webhookUrl"]),
        ("silent", ["description"]),
        ("cosmetic", ["greetingMessage"]),
    ]
    assert rows.counted(found) == {
        "spoken": 2,
        "behaviour": 1,
        "reach": 1,
        "silent": 1,
        "cosmetic": 1,
    }


@pytest.mark.slow
def test_a_giant_value_inside_a_map_is_cut_and_says_so():
    (part,) = rows.row(change(before={"a": ""}, after={"a": "x" * 1_000_000})).parts
    assert part.after.endswith("x⟨… 998,002 more characters⟩")
    assert len(part.after) < 2100


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    before=ANY,
    after=ANY,
    cause=st.sampled_from(Cause),
    readable=st.booleans(),
    creating=st.booleans(),
    ignored=st.booleans(),
)
def test_a_sensitive_value_never_shows(before, after, cause, readable, creating, ignored):
    found = change("apiKey", before, after, cause=cause, readable=readable, sensitive=True)
    row = rows.row(found, creating=creating, ignored=ignored)
    assert (row.before, row.prose, row.parts) == (None, None, ())
    assert row.after == (None if ignored else "(sensitive)")


@given(before=ANY, after=ANY, readable=st.booleans(), creating=st.booleans())
def test_every_value_finds_one_form_on_lines_of_their_own(before, after, readable, creating):
    found = change("params", before, after, readable=readable)
    row = rows.row(found, creating=creating)
    texts = [row.before, row.after, *(t for part in row.parts for t in (part.before, part.after))]
    assert all(len(text.splitlines()) == 1 for text in texts if text is not None)
    assert printed(row)


def test_rows_of_json_values_read_back_as_json():
    value = {"اسم": ["ضيفنا", 1.5, None, True]}
    row = rows.row(change(before=None, after=value))
    assert json.loads(row.after) == value
