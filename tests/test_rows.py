"""A plan as rows: what a person gets to see, once, for every printer."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model import (
    Action,
    Cause,
    Change,
    Difference,
    Impact,
    Kind,
    Outcome,
    Plan,
    Status,
)
from reconciler.render import results, rows
from reconciler.render.words import Fold

ESC = "\x1b[31m"
NINE = {"from": "09:00", "to": "12:00"}


def change(path="lang", before="en", after="ar", cause=Cause.EDIT, **more):
    frame = {"impact": Impact.SPOKEN, **more}
    return Change(path=path, before=before, after=after, cause=cause, **frame)


def action(kind="update", key="desk", *changes, **more):
    return Action(kind=Kind(kind), key=key, name="Desk", changes=changes, **{"id": "1", **more})


def plan(*actions):
    return Plan(environment="test", url="sandbox", salt="", actions=actions, agents=9)


def printed(row):
    """A row as text: sign, path, value and note; a text diff and parts line by line."""
    value = f": {row.before} → {row.after}" if row.before is not None else ""
    value = value or (f": {row.after}" if row.after is not None else "")
    lines = [f"{row.sign} {row.path}{value}" + (f" ({row.note})" if row.note else "")]
    lines += [_line(item) for item in row.text]
    lines += [f"  {part.path}: {part.before} → {part.after}" for part in row.parts]
    filled = [row.before is not None or row.after is not None, bool(row.text), bool(row.parts)]
    assert sum(filled) <= 1
    return lines


def _line(item):
    if isinstance(item, Fold):
        return f"  … {item.count}"
    return f"  {item.sign} {''.join(span.text for span in item.spans)}"


READ_NOT = {"readable": False, "before": None}
HIDDEN = {"readable": False, "sensitive": True, "before": None, "after": None}

ROWS = [
    pytest.param(change(), ['~ lang: "en" → "ar"'], id="an edit"),
    pytest.param(
        change(cause=Cause.DRIFT),
        ['~ lang: "en" → "ar" (changed live since the last apply)'],
        id="drift",
    ),
    pytest.param(
        change(cause=Cause.CONFLICT),
        [
            (
                '! lang: "en" → "ar" (changed here and live since the last apply; '
                "what was applied is not kept here)"
            )
        ],
        id="a conflict",
    ),
    pytest.param(change(cause=Cause.UNKNOWN), ['~ lang: "en" → "ar"'], id="an unknown mover"),
    pytest.param(
        change(cause=Cause.UNKNOWN, **READ_NOT),
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
        change(cause=Cause.UNKNOWN, **HIDDEN),
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
        ["~ lang", "    one", "  - two", "  + 2"],
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
        ["~ lang", f"  - a{ESC}", "  + b\u202e\r", "  + "],
        id="what acts is left to the printer in a text diff",
    ),
    pytest.param(
        change(before=f"a{ESC}", after="b\u202e"),
        ['~ lang: "a\\u001b[31m" → "b⟨U+202E⟩"'],
        id="what acts is shown by name in a value",
    ),
    pytest.param(
        change(before={"\u202ea\n": 1, "b": "\x9b"}, after={"\u202ea\n": 2, "b": "\u2066"}),
        ["~ lang", "  ⟨U+202E⟩a␊: 1 → 2", '  b: "⟨U+009B⟩" → "⟨U+2066⟩"'],
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


@pytest.mark.parametrize("found", [change(), change(before=[], after=[1]), change(**HIDDEN)])
def test_an_ignored_field_shows_that_it_differs_and_no_value(found):
    row = rows.row(found, ignored=True)
    assert printed(row) == ["· lang (differs live; ignored, so left to the dashboard)"]


def test_a_row_tells_what_a_caller_notices_and_whose_move_it_was():
    row = rows.row(change(cause=Cause.DRIFT, impact=Impact.REACH))
    assert (row.impact, row.cause) == ("reach", "drift")


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(deadline=None)
@given(
    before=ANY,
    after=ANY,
    cause=st.sampled_from(Cause),
    readable=st.booleans(),
    creating=st.booleans(),
    ignored=st.booleans(),
)
def test_a_sensitive_value_never_shows(before, after, cause, readable, creating, ignored):
    found = change("apiKey", before, after, cause, readable=readable, sensitive=True)
    row = rows.row(found, creating=creating, ignored=ignored)
    assert (row.before, row.text, row.parts) == (None, (), ())
    assert row.after == (None if ignored else "(sensitive)")


@settings(deadline=None)
@given(before=ANY, after=ANY, readable=st.booleans(), creating=st.booleans())
def test_every_value_finds_one_form_on_lines_of_their_own(before, after, readable, creating):
    found = change("params", before, after, readable=readable)
    row = rows.row(found, creating=creating)
    texts = [row.before, row.after, *(t for part in row.parts for t in (part.before, part.after))]
    assert all(len(text.splitlines()) == 1 for text in texts if text is not None)
    assert printed(row)


def test_a_block_is_one_agent_harmless_to_look_at():
    found = rows.block(
        Action(
            kind=Kind.BLOCKED,
            key=f"desk{ESC}",
            name="De\nsk\u202e",
            id=f"1{ESC}",
            changes=(change(),),
            ignored=(change("outcome"),),
            notes=(f"the id in the ledger, {ESC}",),
            reason=f"it is {ESC}",
        )
    )
    assert (found.sign, found.kind, found.key) == ("!", "blocked", "desk␛[31m")
    assert (found.name, found.id) == ("De␊sk⟨U+202E⟩", "1␛[31m")
    assert (found.notes, found.reason) == (("the id in the ledger, ␛[31m",), "it is ␛[31m")
    assert [f"{row.sign} {row.path}" for row in found.rows] == ["~ lang", "· outcome"]


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("create", "+"),
        ("update", "~"),
        ("blocked", "!"),
        ("adopt", "="),
        ("in-sync", "="),
        ("unmanaged", " "),
    ],
)
def test_each_kind_has_its_sign(kind, sign):
    assert rows.block(action(kind)).sign == sign


SUMMARIES = [
    ([], "No changes in test: 0 in sync."),
    (["in-sync", "adopt"], "No changes in test: 2 in sync."),
    (["in-sync", "unmanaged"], "No changes in test: 1 in sync, 1 unmanaged."),
    (["create"], "Plan for test: 1 to create, 0 to update; 0 in sync."),
    (["update", "update", "in-sync"], "Plan for test: 0 to create, 2 to update; 1 in sync."),
    (["blocked"], "Plan for test: 0 to create, 0 to update, 1 blocked; 0 in sync."),
    (
        ["create", "update", "blocked", "adopt", "unmanaged"],
        "Plan for test: 1 to create, 1 to update, 1 blocked; 1 in sync, 1 unmanaged.",
    ),
]


@pytest.mark.parametrize(("kinds", "summary"), SUMMARIES, ids=[text for _, text in SUMMARIES])
def test_the_summary_counts_what_matters(kinds, summary):
    found = plan(*map(action, kinds))
    assert rows.summary(found) == rows.sheet(found).summary == summary
    assert rows.sheet(found).changes is any(kind in ("create", "update") for kind in kinds)


def test_a_sheet_has_a_block_for_who_has_something_to_say_and_counts_the_others():
    found = rows.sheet(
        plan(
            action("adopt", "quiet"),
            action("in-sync", "same", ignored=(change("pokeMessages"),)),
            action("update", "moved", change(), ignored=(change("outcome"),)),
            action("blocked", "stuck", reason="it is a flow agent"),
            action("create", "new", change(before=None)),
            action("unmanaged", "", id="7"),
        )
    )
    assert [block.key for block in found.blocks] == ["moved", "stuck", "new"]
    assert found.ignored == ("same pokeMessages",)
    assert [(block.name, block.id) for block in found.unmanaged] == [("Desk", "7")]
    assert (found.unrecorded, found.environment, found.url) == (1, "test", "sandbox")


RESULTS = [
    pytest.param(Status.DONE, "update", {}, "✓ updated, 2 fields proven", id="done"),
    pytest.param(
        Status.DONE,
        "update",
        {"unchecked": ("tools.smartCallEnd",)},
        "✓ updated, 1 field proven, 1 cannot be read back",
        id="done, in part unseen",
    ),
    pytest.param(Status.DONE, "create", {}, "✓ created, 2 fields proven", id="created"),
    pytest.param(Status.DONE, "adopt", {}, "✓ remembered in the ledger", id="adopted"),
]


@pytest.mark.parametrize(("status", "kind", "more", "expected"), RESULTS)
def test_what_was_done_is_told_with_how_much_of_it_is_proven(status, kind, more, expected):
    done = action(kind, "desk", change(), change("outcome"))
    row = results.result(Outcome(status=status, action=done, id="7", **more))
    assert f"{row.sign} {row.did}" == expected
    assert (row.key, row.status, row.id) == ("desk", "done", "7")


def test_each_status_has_its_sign():
    signs = {
        status.value: results.result(Outcome(status=status, action=action())).sign
        for status in Status
    }
    assert signs == {
        "done": "✓",
        "differs": "≠",
        "unknown": "?",
        "stale": "✗",
        "refused": "✗",
        "failed": "✗",
        "not started": "✗",
    }


DIFFERENCES = [
    (("lang", "ar", "en", True), 'lang: sent "ar", is "en"'),
    (("outcome", None, "x", False), 'outcome: was null, is "x"'),
    (("outcome", "x", None, True), 'outcome: sent "x", is null'),
    (("preamble", "a\n" * 3, "a\n", True), None),
    (("maxCallDuration", 30.0, 31, True), "maxCallDuration: sent 30, is 31"),
    (("projectId", None, None, False), "projectId: moved; its values are not shown"),
    (("outcome", None, None, True), "outcome: sent null, is null"),
    ((f"new{ESC}", None, None, False), "new␛[31m: moved; its values are not shown"),
    (("lang", ESC, "\u202e", True), 'lang: sent "\\u001b[31m", is "⟨U+202E⟩"'),
]


@pytest.mark.parametrize(("difference", "text"), DIFFERENCES, ids=[str(d) for d, _ in DIFFERENCES])
def test_what_was_stored_otherwise_is_told_field_by_field(difference, text):
    path, expected, found, sent = difference
    item = Difference(path=path, expected=expected, found=found, sent=sent)
    row = results.result(Outcome(status=Status.DIFFERS, action=action(), differences=(item,)))
    assert row.details == (
        text or "preamble: sent text of 3 words on 4 lines, is text of 1 word on 2 lines",
    )


@pytest.mark.parametrize(
    ("sent", "text"),
    [(True, "apiKey: (sensitive) is not what was sent"), (False, "apiKey: (sensitive) moved")],
)
def test_of_a_secret_that_was_stored_otherwise_no_value_is_told(sent, text):
    item = Difference(path="apiKey", expected=None, found=None, sent=sent, hidden=True)
    row = results.result(Outcome(status=Status.DIFFERS, action=action(), differences=(item,)))
    assert row.details == (text,)


def test_messages_of_others_are_harmless_to_look_at():
    row = results.result(
        Outcome(status=Status.FAILED, action=action(), message=f"no\n{ESC}", hint="try\u202e")
    )
    assert (row.message, row.hint) == ("no␊␛[31m", "try⟨U+202E⟩")


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ([], "Apply: nothing to do."),
        (["done"], "Apply: 1 done."),
        (["failed", "done", "done", "not started"], "Apply: 2 done, 1 failed, 1 not started."),
        (
            ["unknown", "differs", "stale", "refused"],
            "Apply: 1 stale, 1 refused, 1 differs, 1 unknown.",
        ),
    ],
)
def test_the_tally_counts_how_agents_ended(statuses, said):
    outcomes = [Outcome(status=Status(status), action=action()) for status in statuses]
    assert results.tally(outcomes) == said


def test_rows_of_json_values_read_back_as_json():
    value = {"اسم": ["ضيفنا", 1.5, None, True]}
    row = rows.row(change(before=None, after=value))
    assert json.loads(row.after) == value
