"""What the service may apply without an approval: drift of the groups of `self_heal`, alone."""

import pytest

from reconciler.engine.policies.declared import Policies
from reconciler.engine.policies.healing import heals
from reconciler.model import Action, Cause
from tests.build import action, change, hidden, plan
from tests.projects import Project

DRIFTED = change("lang", "en", "ar", Cause.DRIFT, "silent")
SPOKEN = change("lang", "en", "ar", Cause.DRIFT, "spoken")
EDITED = change("lang", "en", "ar", Cause.EDIT, "silent")
BOTH = change("lang", "en", "ar", Cause.CONFLICT, "silent")
NEW = change("lang", None, "ar", Cause.UNTRACKED, "silent")


def update(*changes: object, key: str = "desk") -> Action:
    return action("update", key, "Desk", *changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("actions", "healed"),
    [
        ([update(DRIFTED)], True),
        ([update(DRIFTED), action("in-sync", "other")], True),
        ([], False),
        ([action("record")], False),
        ([update(SPOKEN)], False),
        ([update(DRIFTED, SPOKEN)], False),
        ([update(DRIFTED), update(SPOKEN, key="other")], False),
        ([update(EDITED)], False),
        ([update(BOTH)], False),
        ([update(NEW)], False),
        ([update(hidden("webhookUrl", Cause.DRIFT, "silent"))], False),
        ([update(DRIFTED), action("create", "other")], False),
        ([update(DRIFTED), action("blocked", "other")], False),
    ],
)
def test_a_plan_heals_if_all_of_it_undoes_drift_of_allowed_groups(
    actions: list[Action], *, healed: bool
) -> None:
    assert heals(plan(*actions), Policies(self_heal=("silent", "cosmetic"))) is healed
    assert not heals(plan(*actions), Policies())


def test_a_group_that_does_not_exist_is_refused_with_its_place(project: Project) -> None:
    project.write(
        "reconciler.yaml",
        "environments:\n  sandbox:\n    url: sandbox\n    policies: { self_heal: [quiet] }\n",
    )
    done = project.run("validate")
    assert done.code == 1
    assert "reconciler.yaml:4  environments.sandbox.policies.self_heal.0" in done.err
    assert "silent" in done.err
