"""A v2 agent and a v1 agent from the first apply to the rollback: one project, two environments."""

from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve
from tests.projects import Project

pytestmark = pytest.mark.socket

PROJECT = """\
api: v2
default_environment: staging
vars: { clinic: { default: Nour, description: what callers hear } }
environments:
  staging: { url: { $env: HAMSA_BASE_URL }, api_key: { $secret: HAMSA_API_KEY } }
  production:
    url: { $env: PRODUCTION_URL }
    api_key: { $secret: HAMSA_API_KEY }
    vars: { clinic: Olaya }
    promote_from: staging
"""
DESK = """\
# the desk
spec:
  name: Desk
  conversation:
    greetingMessage: ${var.clinic} here, {{caller}}%s.
    params: { caller: you }
  llm: { provider: OpenAI, model: GPT-4.1-Mini, temperature: 0.3 }
  callSettings: { silenceThreshold: %s, interrupt: true }
lifecycle: { ignore: [callSettings.interrupt] }
environments:
  production: { llm: { temperature: 0.1 } }
"""
NIGHT = "api: v1\nspec: { agentName: Night, greetingMessage: 'Night at ${var.clinic}' }\n"
GREETING, THRESHOLD = "conversation.greetingMessage", "callSettings.silenceThreshold"


def stored(server: RunningServer, name: str) -> dict[str, Any]:
    records = server.app.state.store.records()
    return next(one.fields for one in records if one.fields["agentName"] == name)


def test_two_generations_go_from_staging_to_production_and_back(
    serve: Serve, project: Project
) -> None:
    staging, production = serve("shape=G3&patch=replace&dashboard=yes"), serve("shape=G3&v2=yes")
    project.on(staging.url).env["PRODUCTION_URL"] = production.url
    project.write("reconciler.yaml", PROJECT)
    project.write("agents/desk.yaml", DESK % ("", 800))
    project.write("agents/night.yaml", NIGHT)
    assert project.run("fmt", "--check").code == 0

    refused = project.apply("--env", "production")
    assert refused.code == 5
    assert "staging has not had 2 of the 2 agents that this plan writes" in refused.err
    assert project.apply().code == 0
    assert project.apply("--env", "production").code == 0
    there = stored(production, "Desk")
    assert (there["greetingMessage"], there["llmConfig"]["temperature"]) == (
        "Olaya here, {{caller}}.",
        0.1,
    )
    # the dashboard changes a field that is left to it; a write of a field next to it keeps that
    for record in staging.app.state.store.records():
        staging.app.state.store.update(record.id, {**record.fields, "interrupt": False})
    project.write("agents/desk.yaml", DESK % (" of {{company}}", 700))
    both = project.run("plan", "--env", "staging", "--env", "production").out
    assert "desk llm.temperature (staging: 0.3; production: 0.1)" in both, both
    planned = project.run("plan", "--target", "desk").out
    assert "breaking: {{company}} is new: a call that does not pass it speaks a blank" in planned
    assert "· callSettings.interrupt  differs live; ignored" in planned
    assert project.apply("--target", "desk").code == 0
    now = stored(staging, "Desk")
    assert (now["silenceThreshold"], now["interrupt"]) == (700, False)

    blamed = project.run("blame", "desk", "--format", "json").json["fields"]
    assert {one["path"] for one in blamed} >= {GREETING, THRESHOLD, "llm.temperature"}
    back = project.run("rollback", "--auto-approve")
    assert back.code == 0, back.err
    assert "breaking: {{company}} is gone" in back.out
    now = stored(staging, "Desk")
    assert (now["silenceThreshold"], now["interrupt"]) == (800, False)
    greeting, threshold = project.changes()
    assert greeting.endswith(' -> "Nour here, {{caller}} of {{company}}." (edit)')
    assert threshold == f"desk: {THRESHOLD} 800 -> 700 (edit)"
    # production must not get what was rolled back
    assert "refused until" in project.apply("--env", "production", "--target", "desk").err
