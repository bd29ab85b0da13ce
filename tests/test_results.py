"""What became of an apply, agent by agent."""

import pytest

from reconciler.model import Difference, Outcome, Status
from reconciler.render import results
from tests.build import action, change

ESC = "\x1b[31m"


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
    pytest.param(Status.DONE, "record", {}, "✓ remembered in the state", id="recorded"),
]


@pytest.mark.parametrize(("status", "kind", "more", "expected"), RESULTS)
def test_outcomes_are_reported_with_their_share_of_verified_fields(status, kind, more, expected):
    done = action(kind, "desk", "Desk", change("lang", "en", "ar"), change("outcome"))
    row = results.block(Outcome(status=status, action=done, id="7", **more))
    assert f"{row.sign} {row.state}" == expected
    assert (row.key, row.reason, row.id) == ("desk", "", "7")


def test_each_status_has_its_sign():
    signs = {
        status.value: results.block(Outcome(status=status, action=action())).sign
        for status in Status
    }
    assert signs == {
        "done": "✓",
        "diverged": "≠",
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
    (("lang", ESC, "\u202e", True), 'lang: sent "\\u001b[31m", is "⟨RLO⟩"'),
]


@pytest.mark.parametrize(("difference", "text"), DIFFERENCES, ids=[str(d) for d, _ in DIFFERENCES])
def test_values_stored_differently_are_reported_field_by_field(difference, text):
    path, expected, found, sent = difference
    item = Difference(path=path, expected=expected, found=found, sent=sent)
    row = results.block(Outcome(status=Status.DIVERGED, action=action(), differences=(item,)))
    assert row.notes == (
        text or "preamble: sent text of 3 words on 4 lines, is text of 1 word on 2 lines",
    )


@pytest.mark.parametrize(
    ("sent", "text"),
    [(True, "apiKey: (sensitive) is not what was sent"), (False, "apiKey: (sensitive) moved")],
)
def test_a_secret_that_was_stored_differently_shows_no_value(sent, text):
    item = Difference(path="apiKey", expected=None, found=None, sent=sent, hidden=True)
    row = results.block(Outcome(status=Status.DIVERGED, action=action(), differences=(item,)))
    assert row.notes == (text,)


def test_foreign_messages_are_sanitized():
    row = results.block(
        Outcome(status=Status.FAILED, action=action(), message=f"no\n{ESC}", hint="try\u202e")
    )
    assert (row.reason, row.hint) == ("no␊␛[31m", "try⟨RLO⟩")


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ([], "Apply: nothing to do."),
        (["done"], "Apply: 1 done."),
        (["failed", "done", "done", "not started"], "Apply: 2 done, 1 failed, 1 not started."),
        (
            ["unknown", "diverged", "stale", "refused"],
            "Apply: 1 stale, 1 refused, 1 diverged, 1 unknown.",
        ),
    ],
)
def test_the_tally_counts_how_agents_ended(statuses, said):
    outcomes = [Outcome(status=Status(status), action=action()) for status in statuses]
    assert results.tally(outcomes) == said
