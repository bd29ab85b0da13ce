"""The digest of a plan: what a reviewer agreed to, and nothing else."""

import re

import pytest

pytestmark = pytest.mark.cli

SPEC = {"agentName": "Desk", "greetingMessage": "أهلاً", "silenceThreshold": 800}


@pytest.fixture
def desk(project, serve, shelf):
    """A project with one agent that was applied, and an edit of it."""
    server = serve()
    project.on(server.url).agent("desk", SPEC)
    shelf("desk", project, server, project.apply)
    project.agent("desk", {**SPEC, "silenceThreshold": 700})
    project.live = server.app.state.store
    return project


def digest(project):
    return project.plan()["digest"]


def edit_live(project, **fields):
    (record,) = project.live.records()
    project.live.update(record.id, {**record.fields, **fields})


@pytest.mark.parametrize("given", ["", "missing", "sha256:", "0f3a", "***"])
def test_a_digest_that_was_not_handed_on_applies_nothing(desk, given):
    """GitHub drops an output that it takes for a secret: no plan is the reviewed one then."""
    done = desk.apply("--plan-digest", given)
    assert (done.code, done.out) == (64, "")
    assert "a digest such as sha256:0f3a… is needed" in done.err
    assert desk.plan()["changes"] is True


def test_the_same_plan_has_the_same_digest_wherever_it_is_shown(desk):
    found = digest(desk)
    assert re.fullmatch(r"sha256:[0-9a-f]{32}", found)
    desk.run("plan", "--out", "next.plan.json")
    assert desk.run("show", "next.plan.json", "--format", "json").json["digest"] == found
    markdown = desk.run("plan", "--format", "markdown").out
    first, second, *_ = markdown.splitlines()
    assert first == "<!-- reconciler:plan:default -->"
    assert second == f"<!-- digest: {found} -->"
    assert desk.run("drift", "--format", "markdown").out.splitlines()[1] == ""


def test_only_the_plan_that_was_reviewed_is_applied(desk):
    found = digest(desk)
    refused = desk.apply("--plan-digest", "sha256:0")
    assert (refused.code, refused.err.splitlines()) == (
        4,
        [
            f"error: this is not the plan that was reviewed: its digest is {found}, not sha256:0",
            "hint: files, state or live agents moved since; review a new plan",
        ],
    )
    assert desk.apply("--plan-digest", found).code == 0
    assert desk.changes() == []


def test_a_saved_plan_is_held_to_a_digest_too(desk):
    desk.run("plan", "--out", "next.plan.json")
    assert desk.run("apply", "next.plan.json", "--plan-digest", "sha256:0").code == 4
    assert desk.run("apply", "next.plan.json", "--plan-digest", digest(desk)).code == 0


CHANGED = {
    "another value": lambda p: p.agent("desk", {**SPEC, "silenceThreshold": 600}),
    "another field": lambda p: p.agent("desk", {**SPEC, "silenceThreshold": 700, "lang": "en"}),
    "a new agent": lambda p: p.agent("more", {"agentName": "More"}),
    "a live edit of the field": lambda p: edit_live(p, silenceThreshold=500),
}
UNCHANGED = {
    "the file in another order": lambda p: p.agent(
        "desk", {"silenceThreshold": 700, **{k: SPEC[k] for k in ("greetingMessage", "agentName")}}
    ),
    "a live edit of a field that is not written": lambda p: edit_live(p, lang="en"),
    "a comment": lambda p: p.write("agents/desk.yaml", "# x\n" + text(p)),
}


def text(project):
    return (project.root / "agents/desk.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_another_effect_is_another_plan(desk, change):
    before = digest(desk)
    change(desk)
    assert digest(desk) != before


@pytest.mark.parametrize("change", UNCHANGED.values(), ids=UNCHANGED)
def test_the_same_effect_is_the_same_plan(desk, change):
    before = digest(desk)
    change(desk)
    assert digest(desk) == before


def test_a_secret_counts_by_its_name_alone(project, serve):
    project.on(serve("shape=G3").url)
    hook = {"webhookAuth": {"authKey": "Token", "authSecret": {"$secret": "HOOK"}}}
    project.agent("desk", {**SPEC, **hook})
    project.env["HOOK"] = "planted-one"
    before = digest(project)
    project.env["HOOK"] = "planted-two"
    assert digest(project) == before
    project.env["OTHER"] = "planted-two"
    hook["webhookAuth"]["authSecret"] = {"$secret": "OTHER"}
    project.agent("desk", {**SPEC, **hook})
    assert digest(project) != before
