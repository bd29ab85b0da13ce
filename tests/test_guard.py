"""Limits on a finished plan."""

import pytest

from reconciler.engine.guard import allowance, check
from reconciler.errors import GuardError
from reconciler.model import Action, Kind, Plan


def plan(agents, **kinds):
    """A plan with so many actions of each kind: `plan(10, update=3)`."""
    actions = [
        Action(kind=Kind(kind.replace("_", "-")), key=f"{kind}-{i}", name="A")
        for kind, count in kinds.items()
        for i in range(count)
    ]
    return Plan(environment="prod", url="", salt="", actions=tuple(actions), agents=agents)


@pytest.mark.parametrize(
    ("limit", "agents", "allowed"),
    [
        (0, 10, 0),
        (1, 10, 1),
        (7, 3, 7),
        ("30%", 10, 3),
        ("30%", 13, 3),
        ("100%", 10, 10),
        ("30%", 3, 1),
        ("30%", 0, 1),
        ("1%", 99, 1),
        ("1%", 200, 2),
        ("0%", 100, 1),
    ],
)
def test_a_limit_is_a_count_or_a_share_that_lets_at_least_one(limit, agents, allowed):
    assert allowance(limit, agents) == allowed


@pytest.mark.parametrize(
    ("found", "limit"),
    [
        (plan(10, update=3), 3),
        (plan(10, update=3), "30%"),
        (plan(10, update=10, create=5), None),
        (plan(10, in_sync=5, adopt=5, unmanaged=5, blocked=5), 0),
        (plan(0, create=1), "1%"),
        (plan(0), 0),
    ],
    ids=["count", "share", "no limit", "only writes count", "the first agent", "nothing"],
)
def test_a_plan_within_its_limit_passes(found, limit):
    assert check(found, limit) is None


@pytest.mark.parametrize(
    ("found", "limit", "message"),
    [
        (
            plan(10, update=3, create=1),
            3,
            "this plan writes 4 agents of prod, and `max_changes: 3` allows 3 of its 10",
        ),
        (
            plan(10, update=4),
            "30%",
            "this plan writes 4 agents of prod, and `max_changes: 30%` allows 3 of its 10",
        ),
        (
            plan(0, create=2),
            "50%",
            "this plan writes 2 agents of prod, and `max_changes: 50%` allows 1 of its 0",
        ),
    ],
)
def test_a_plan_beyond_its_limit_is_refused_with_both_numbers(found, limit, message):
    with pytest.raises(GuardError) as caught:
        check(found, limit)
    assert (caught.value.message, caught.value.exit_code) == (message, 5)
    assert "--force" in caught.value.hint
