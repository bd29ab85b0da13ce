"""Doctor never passes if a plan or an apply would fail: it makes the same checks."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve, Shelf
from tests.projects import Project

KEY = "a-key-of-a-test-0001"
HOOK = "planted-hook-7731"
DESK = {
    "agentName": "Desk",
    "greetingMessage": "Hello",
    "outcome": {"$var": "clinic"},
    "webhookAuth": {"authKey": "Token", "authSecret": {"$secret": "HOOK"}},
}


def written(project: Project, url: str, more: str = "", head: str = "") -> None:
    project.write(
        "reconciler.yaml",
        f"{head or 'default_environment: live'}\nenvironments:\n  live:\n    url: {url}\n"
        f"    api_key: {{ $secret: HAMSA_API_KEY }}\n    vars: {{ clinic: Olaya }}\n{more}"
        f"  other: {{ url: {url}, api_key: {{ $secret: OTHER_KEY }}, vars: {{ clinic: B }} }}\n",
    )


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve(f"shape=G3&api_key={KEY}")


@pytest.fixture
def healthy(project: Project, server: RunningServer, shelf: Shelf) -> Project:
    """Applied with its secret, which is not set any more."""
    written(project, "{ $env: URL }")
    project.agent("desk", DESK)
    project.env |= {"HAMSA_API_KEY": KEY, "HOOK": HOOK}
    project.env["URL"] = server.url
    shelf("healthy", project, server, project.apply)
    del project.env["HOOK"]
    return project


def checks(project: Project, *argv: str) -> dict[str, Any]:
    done = project.run("doctor", "--format", "json", *argv)
    assert HOOK not in done.out + done.err
    assert KEY not in done.out + done.err
    return {f"{one['environment']} {one['name']}".strip(): one for one in done.json["checks"]}


def test_if_both_work_doctor_passes(healthy: Project) -> None:
    assert [healthy.run("plan").code, healthy.apply().code, healthy.run("doctor").code] == [0, 0, 0]
    found = checks(healthy)
    assert found["live secrets"]["status"] == "ok"
    assert found["live secrets"]["said"] == "not set here: HOOK"
    assert found["live secrets"]["remedy"] == [
        "reading needs none of them; apply needs those that it sends"
    ]
    assert found["live plan"]["said"].startswith("No changes in live: 1 in sync")
    healthy.env["HOOK"] = HOOK
    assert checks(healthy)["live secrets"]["said"] == "HOOK: set here"


Break = Callable[[Project, RunningServer], object]


def limits(text: str) -> Break:
    return lambda p, s: written(p, s.url, f"    policies: {text}\n")


def edited(**fields: Any) -> Break:
    return lambda p, s: p.agent("desk", {**DESK, **fields})


def added(name: str, text: str) -> Break:
    return lambda p, s: p.write(name, text)


def both(*breaks: Break) -> Break:
    return lambda p, s: [one(p, s) for one in breaks]


def live(**fields: Any) -> Break:
    def change(_project: Project, server: RunningServer) -> None:
        store = server.app.state.store
        (record,) = store.records()
        store.update(record.id, {**record.fields, **fields})

    return change


def without(name: str) -> Break:
    return lambda p, s: p.env.pop(name)


def twins(project: Project, server: RunningServer) -> None:
    store = server.app.state.store
    store.add({**store.records()[0].fields})
    (project.root / "reconciler.state.json").unlink()


BREAKS: dict[str, Break] = {
    "a mistake in a file": edited(greeting="x"),
    "no YAML": added("agents/odd.yaml", "spec: {"),
    "no mapping": added("agents/odd.yaml", "- 1\n"),
    "a missing prompt": edited(preamble={"$file": "prompts/none.md"}),
    "a merge in a prompt": both(
        added("agents/a.md", "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n"),
        edited(preamble={"$file": "a.md"}),
    ),
    "a variable of the machine that is not set": edited(lang={"$env": "NOT_SET"}),
    "a variable that no environment has": edited(outcome={"$var": "clinik"}),
    "two files of one key": added("agents/two.yaml", "key: desk\nspec: { agentName: Two }\n"),
    "no agents": lambda p, s: (p.root / "agents/desk.yaml").unlink(),
    "no folder of agents": lambda p, s: (p.root / "agents").rename(p.root / "elsewhere"),
    "an agents' folder that is a file": lambda p, s: written(p, s.url, head="agents: x.yaml"),
    "no key": without("HAMSA_API_KEY"),
    "a wrong key": lambda p, s: p.env.update(HAMSA_API_KEY="another-key-of-a-test"),
    "a key that cannot be sent": lambda p, s: p.env.update(HAMSA_API_KEY="two words"),
    "a damaged state": added("reconciler.state.json", "{"),
    "a half merged state": added("reconciler.state.json", "<<<<<<< a\n=======\n>>>>>>> b\n"),
    "a state file of a later version": added("reconciler.state.json", '{"format_version": "9.0"}'),
    "no environment of that name": lambda p, s: p.env.update(RECONCILER_ENV="zzz"),
    "no default environment": lambda p, s: written(p, s.url, head="agents: agents/"),
    "a default that is none": lambda p, s: written(p, s.url, head="default_environment: zzz"),
    "no project file": lambda p, s: (p.root / "reconciler.yaml").unlink(),
    "no YAML in the project file": added("reconciler.yaml", "environments: ["),
    "an unknown setting": added("reconciler.yaml", "zzz: 1\n"),
    "an address that is none": lambda p, s: written(p, "ftp://h.example"),
    "nobody at the address": lambda p, s: written(p, "http://127.0.0.1:9"),
    "an unknown limit": limits("{ zzz: 1 }"),
    "a limit that is none": limits("{ max_changes: many }"),
    "over a limit": both(limits("{ max_changes: 0 }"), edited(greetingMessage="Hey")),
    "a protected agent": both(limits("{ protected: [desk] }"), edited(greetingMessage="Hey")),
    "names that two live agents have": twins,
    "a pinned id that is not live": lambda p, s: p.agent("desk", DESK, id="0" * 8),
    "an agent without a name": added("agents/new.yaml", "spec: { lang: ar }\n"),
    "a secret that is sent and not set": edited(
        webhookAuth={"authKey": "Basic", "authSecret": {"$secret": "HOOK"}}
    ),
    "a new agent with a secret": lambda p, s: p.agent("new", {**DESK, "agentName": "New"}),
    "a conflict": both(edited(greetingMessage="File"), live(greetingMessage="Live")),
    "an API that fails": lambda p, s: s.app.state.faults.add("GET:500:99"),
    "an API that sends nonsense": lambda p, s: s.app.state.faults.add("GET:502-html:99"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_if_plan_or_apply_stops_doctor_says_so(
    healthy: Project, server: RunningServer, name: str
) -> None:
    BREAKS[name](healthy, server)
    doctor = healthy.run("doctor")
    stopped = healthy.run("plan").code or healthy.apply().code
    assert stopped, f"{name} breaks nothing"
    assert doctor.code != 0, f"{stopped}\n{doctor.out}"
    assert "→" in doctor.out or "hint: " in doctor.err
    assert HOOK not in doctor.out + doctor.err


SANDBOX: dict[str, str] = {
    "switches that are none": "url: 'sandbox?zzz=1'",
    "an API that refuses": "url: 'sandbox?fault=GET:401'",
}


@pytest.mark.parametrize("name", SANDBOX)
def test_the_embedded_sandbox_is_asked_too(project: Project, name: str) -> None:
    project.write("reconciler.yaml", f"environments:\n  dev: {{ {SANDBOX[name]} }}\n")
    project.agent("desk", {"agentName": "Desk"})
    assert (project.run("plan").code, project.run("doctor").code) != (0, 0)
    assert project.run("doctor").code != 0


def contents(root: Path) -> dict[Path, bytes]:
    """Every file but those of the cache."""
    found = (path for path in root.rglob("*") if path.is_file() and "cache" not in path.parts)
    return {path: path.read_bytes() for path in found}


def test_doctor_writes_nothing(healthy: Project, server: RunningServer) -> None:
    healthy.agent("new", {"agentName": "New"})
    before = contents(healthy.root)
    server.app.state.requests.clear()
    healthy.run("doctor")
    assert contents(healthy.root) == before
    assert {r.method for r in server.app.state.requests} == {"GET"}


def test_pending_approvals_are_a_warning(healthy: Project, server: RunningServer) -> None:
    limits("{ approvals: [spoken] }")(healthy, server)
    edited(greetingMessage="Hey")(healthy, server)
    assert (healthy.run("plan").code, healthy.run("doctor").code) == (0, 0)
    assert checks(healthy)["live apply"]["status"] == "warn"


GITHUB = """
on: push
jobs:
  plan:
    steps: [{ run: "reconciler plan -e live" }]
  live:
    steps:
      - run: reconciler apply -e live --auto-approve
        env:
"""


def test_ci_that_keeps_a_secret_from_apply_is_reported(healthy: Project) -> None:
    path = ".github/workflows/own.yml"
    subprocess.run(["git", "init", "-q", healthy.root], check=True)  # noqa: S607
    healthy.write(path, GITHUB + "          HAMSA_API_KEY: ${{ secrets.HAMSA_API_KEY }}\n")
    one = checks(healthy)["ci"]
    assert (one["status"], one["said"]) == (
        "warn",
        "the job that applies to live is not given HOOK",
    )
    text = (healthy.root / path).read_text("utf-8")
    healthy.write(path, f"{text}          HOOK: ${{{{ secrets.HOOK }}}}\n")
    assert checks(healthy)["ci"]["status"] == "ok"
    healthy.write(path, f"env:\n  HOOK: ${{{{ secrets.HOOK }}}}{text}")
    assert checks(healthy)["ci"]["status"] == "ok"


# Dubious ownership


def as_another(project: Project, *argv: str) -> subprocess.CompletedProcess[str]:
    """A command in its own process whose git has no settings of this machine."""
    own = {"HOME": str(project.root.parent), "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    return subprocess.run(
        [project.program, *argv],
        env={**own, **project.env},
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )


COMMANDS = [
    ["plan"],
    ["drift"],
    ["validate"],
    ["history"],
    ["blame", "desk"],
    ["apply", "--yes"],
    ["init", "--dry-run"],
]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="gives files away")
def test_a_checkout_of_another_user_is_reported_as_that(healthy: Project, programs: Path) -> None:
    healthy.program = programs / "reconciler"
    subprocess.run(["git", "init", "-q", healthy.root], check=True)  # noqa: S607
    for argv in COMMANDS:
        assert "dubious ownership" not in as_another(healthy, *argv).stderr
    for path in (healthy.root, *healthy.root.rglob("*")):
        os.chown(path, 12345, 12345)
    for argv in COMMANDS:
        done = as_another(healthy, *argv)
        assert done.stderr.count("git detected dubious ownership of") == 1, done.stderr
        assert f"git config --global --add safe.directory {healthy.root}" in done.stderr
    doctor = as_another(healthy, "doctor", "--format", "json")
    (git,) = [one for one in json.loads(doctor.stdout)["checks"] if one["name"] == "git"]
    assert (doctor.returncode, git["status"]) == (1, "fail")
    assert "dubious ownership" in git["said"]
    assert git["remedy"] == [f"git config --global --add safe.directory {healthy.root}"]
