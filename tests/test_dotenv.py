"""dotenv: every key in every result, and nothing that a shell could act on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.dotenv import dotenv

ZERO = {
    "HAS_CHANGES": "false",
    "CHANGES": "0",
    "CREATES": "0",
    "UPDATES": "0",
    "BLOCKED": "0",
    "REFUSED": "0",
    "UNCOMPARED": "0",
    "DRIFTED": "0",
    "PLAN_DIGEST": "",
}
DIGEST = f"sha256:{'0a' * 16}"


def told(document):
    return dict(line.split("=", 1) for line in dotenv(document).splitlines())


def action(kind, *causes):
    return {"action": kind, "changes": [{"cause": cause} for cause in causes]}


def outcome(kind, status):
    return {"action": kind, "status": status, "changes": [{"cause": "drift"}]}


RESULTS = {
    "nothing": ({}, {}),
    "stopped": ({"problems": [], "error": {"exit_code": 1}}, {}),
    "in sync": ({"actions": [action("in-sync"), action("unmanaged")]}, {}),
    "to remember": ({"actions": [action("record")]}, {"HAS_CHANGES": "true"}),
    "plan": (
        {
            "actions": [
                action("create", "edit"),
                action("update", "edit", "drift"),
                action("update", "unknown"),
                action("blocked", "conflict"),
            ],
            "violations": [{"rule": "max_changes"}],
            "digest": DIGEST,
        },
        {
            "HAS_CHANGES": "true",
            "CHANGES": "3",
            "CREATES": "1",
            "UPDATES": "2",
            "BLOCKED": "1",
            "REFUSED": "1",
            "DRIFTED": "2",
            "PLAN_DIGEST": DIGEST,
        },
    ),
    "apply": (
        {
            "outcomes": [
                outcome("create", "done"),
                outcome("update", "diverged"),
                outcome("update", "failed"),
                outcome("update", "unknown"),
                outcome("update", "stale"),
                outcome("update", "refused"),
                outcome("blocked", "refused"),
                outcome("record", "done"),
            ]
        },
        {
            "HAS_CHANGES": "true",
            "CHANGES": "2",
            "CREATES": "1",
            "UPDATES": "1",
            "BLOCKED": "1",
            "REFUSED": "2",
        },
    ),
    "plans": (
        {
            "plans": [
                {"actions": [action("create")], "violations": [], "digest": DIGEST},
                {"actions": [action("update", "drift")], "violations": [{}], "digest": DIGEST},
            ]
        },
        {
            "HAS_CHANGES": "true",
            "CHANGES": "2",
            "CREATES": "1",
            "UPDATES": "1",
            "REFUSED": "1",
            "DRIFTED": "1",
        },
    ),
    "drift": (
        {
            "agents": [
                {"drift": [{}], "vanished": False},
                {"drift": [], "vanished": True},
                {"drift": [], "vanished": False},
            ]
        },
        {"DRIFTED": "2"},
    ),
}


@pytest.mark.parametrize(("document", "more"), RESULTS.values(), ids=RESULTS)
def test_the_counts_of_every_result(document, more):
    assert told(document) == {**ZERO, **more}


@given(st.text())
def test_a_digest_that_is_none_is_left_out(text):
    found = told({"digest": f"{text}$"})
    assert found == ZERO
