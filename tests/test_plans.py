"""A plan as a sheet: a block for each agent with something to report, and the counts."""

import pytest

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Verb
from reconciler.render import plans
from tests import build
from tests.build import action, change, plan
from tests.samples import planned

ESC = "\x1b[31m"


def test_a_block_is_one_agent_without_hostile_characters():
    found = plans.block(
        build.made(
            kind=AGENT_V1,
            verb=Verb.BLOCKED,
            key=f"desk{ESC}",
            name="De\nsk\u202e",
            id=f"1{ESC}",
            changes=(change("lang", "en", "ar"),),
            ignored=(change("outcome"),),
            notes=(f"the id in the state, {ESC}",),
            reason=f"it is {ESC}",
        )
    )
    assert (found.sign, found.state, found.key) == ("!", "blocked, 1 field", "desk␛[31m")
    assert (found.name, found.id) == ("De␊sk⟨RLO⟩", "1␛[31m")
    assert (found.facts, found.reason) == (("the id in the state, ␛[31m",), "it is ␛[31m")
    assert [f"{row.sign} {row.path}" for row in found.rows] == ["~ lang", "· outcome"]


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("create", "+"),
        ("update", "~"),
        ("blocked", "!"),
        ("record", "="),
        ("in-sync", "="),
        ("unmanaged", " "),
    ],
)
def test_each_kind_has_its_sign(kind, sign):
    assert plans.block(action(kind)).sign == sign


SUMMARIES = [
    ([], "No changes in test: 0 in sync."),
    (["in-sync", "record"], "No changes in test: 2 in sync."),
    (["in-sync", "unmanaged"], "No changes in test: 1 in sync, 1 unmanaged."),
    (["create"], "Plan for test: 1 to create, 0 to update; 0 in sync."),
    (["update", "update", "in-sync"], "Plan for test: 0 to create, 2 to update; 1 in sync."),
    (["blocked"], "Plan for test: 0 to create, 0 to update, 1 blocked; 0 in sync."),
    (
        ["create", "update", "blocked", "record", "unmanaged"],
        "Plan for test: 1 to create, 1 to update, 1 blocked; 1 in sync, 1 unmanaged.",
    ),
]


@pytest.mark.parametrize(("kinds", "summary"), SUMMARIES, ids=[text for _, text in SUMMARIES])
def test_the_summary_counts_what_matters(kinds, summary):
    found = plan(*map(action, kinds))
    assert plans.summary(found) == plans.sheet(planned(found)).summary == summary
    assert plans.sheet(planned(found)).changes is any(
        kind in ("create", "update") for kind in kinds
    )


def test_a_sheet_has_a_block_for_each_agent_with_changes_and_counts_the_others():
    made = plan(
        action("record", "quiet"),
        action("in-sync", "same", ignored=(change("pokeMessages"),)),
        action("update", "moved", "Desk", change("lang", "en", "ar"), ignored=(change("outcome"),)),
        action("blocked", "stuck", reason="it is a flow agent"),
        action("create", "new", "Desk", change("lang", None, "ar")),
        action("unmanaged", "", id="7"),
    )
    found = plans.sheet(planned(made))
    assert [block.key for block in found.blocks] == ["moved", "stuck", "new"]
    assert [(title, [printed(item) for item in items]) for title, items in found.lists] == [
        ("Ignored, left to the dashboard", ["same pokeMessages"]),
        ("Unmanaged, in no file", ["Desk (7)"]),
        ("In sync, but not in the state yet; apply remembers them", ["quiet"]),
    ]
    assert (found.environment, found.url, found.kind) == ("test", "sandbox", "plan")


def printed(item):
    return " ".join(filter(None, (item.who, item.field, item.said)))
