"""What an apply that was cut off may still write: parts of what was approved, and no others."""

from contextlib import nullcontext

import pytest

from reconciler.engine.plan_digest import part_digests, plan_digest
from reconciler.errors import RefusedError
from reconciler.model import Action, Plan, Request
from reconciler.workflows.execute import reviewed
from tests.build import action, change, plan


def write(key: str, before: str = "en", after: str = "ar") -> Action:
    return action(
        "update",
        key,
        key,
        change("lang", before, after),
        request=Request(method="PATCH", path=f"/{key}", body={"lang": after}),
        expects={"lang": before},
    )


APPROVED = plan(write("a"), write("b"), write("c"))


@pytest.mark.parametrize(
    ("left", "rest"),
    [
        (APPROVED, True),
        (plan(write("b"), write("c")), True),
        (plan(action("record", "a"), write("c")), True),
        (plan(), True),
        (plan(write("b", before="fr")), False),
        (plan(write("b", after="fr")), False),
        (plan(write("b"), write("d")), False),
        (plan(write("b"), environment="other"), False),
    ],
)
def test_the_rest_of_a_plan_has_some_of_its_writes_as_they_were(left: Plan, *, rest: bool) -> None:
    parts = part_digests(APPROVED)
    with nullcontext() if rest else pytest.raises(RefusedError):
        reviewed(left, plan_digest(APPROVED), parts)
    with nullcontext() if left is APPROVED else pytest.raises(RefusedError):
        reviewed(left, plan_digest(APPROVED))


def test_parts_do_not_name_agents() -> None:
    parts = part_digests(APPROVED)
    assert len(set(parts)) == 3
    assert plan_digest(APPROVED) not in parts
    assert all(part.startswith("sha256:") and len(part) == 39 for part in parts)
