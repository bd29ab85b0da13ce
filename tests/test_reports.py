"""--format and --report: every format from one run, whatever the exit code, and no secret."""

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.conftest import Serve, Shelf
from tests.projects import Project
from tests.seed_fields import FULL, with_value

pytestmark = pytest.mark.cli

FORMATS = {
    "text": "plan.txt",
    "json": "plan.json",
    "markdown": "plan.md",
    "html": "plan.html",
    "sarif": "plan.sarif",
    "junit": "plan.xml",
    "annotations": "plan.commands",
    "dotenv": "plan.env",
}
BEGINNINGS = {
    "text": ("legend: - live now", "✓ desk", "error"),
    "json": ("{",),
    "markdown": ("<!-- reconciler:", "## "),
    "html": ("<!doctype html>",),
    "sarif": ("{",),
    "junit": ("<?xml",),
    "annotations": ("::", ""),
    "dotenv": ("has_changes=",),
}
SECRETS = {"GOOGLE_ACCESS_TOKEN": "ya29.planted-one", "GOOGLE_REFRESH_TOKEN": "1//planted-two"}


def asked(folder: Path | None = None) -> list[str]:
    names = {form: str(folder / name) if folder else name for form, name in FORMATS.items()}
    return [word for form, name in names.items() for word in ("--report", f"{form}={name}")]


@pytest.fixture
def desk(project: Project, serve: Serve, shelf: Shelf) -> Project:
    """A project whose only agent is live, and whose file was edited since."""
    server = serve()
    project.on(server.url).agent("desk", {"agentName": "Desk", "greetingMessage": "Hello"})
    shelf("desk", project, server, project.apply)
    project.agent("desk", {"agentName": "Desk", "greetingMessage": "Good day {{caller}}"})
    return project


def begins(project: Project) -> dict[str, bool]:
    """Whether each report that was written begins as its format does."""
    texts = {form: (project.root / name).read_text("utf-8") for form, name in FORMATS.items()}
    return {form: text.lower().startswith(BEGINNINGS[form]) for form, text in texts.items()}


@pytest.mark.parametrize("command", ["plan", "apply --yes", "drift", "rollback --yes"])
def test_one_run_writes_every_format_in_addition_to_its_output(desk: Project, command: str) -> None:
    if command.startswith("rollback"):
        desk.apply()
    plain = desk.run(*command.split(), "--quiet") if command == "plan" else None
    done = desk.run(*command.split(), "--quiet", *asked())
    assert done.code == 0, done.err
    assert plain is None or done.out == plain.out
    missing = [form for form, ok in begins(desk).items() if not ok]
    assert missing == (["text"] if command == "drift" else [])  # nothing drifted: a line alone
    assert (desk.root / "plan.txt").read_text().rstrip("\n") in done.out


@pytest.mark.parametrize("form", ["json", "markdown", "html"])
def test_stdout_carries_what_the_report_says(desk: Project, form: str) -> None:
    done = desk.run("plan", "--format", form, "--report", f"{form}=same")
    assert done.out == (desk.root / "same").read_text("utf-8")


def test_a_saved_plan_is_shown_in_every_format_without_a_project(
    desk: Project, tmp_path: Path
) -> None:
    desk.run("plan", "--out", "next.plan.json")
    alone = Project(tmp_path / "alone")
    (alone.root / "next.plan.json").write_text((desk.root / "next.plan.json").read_text())
    done = alone.run("show", "next.plan.json", *asked())
    assert (done.code, set(begins(alone).values())) == (0, {True})


def test_drift_is_a_failure_in_junit_and_a_pending_change_is_none(desk: Project) -> None:
    desk.run("plan", "--report", "junit=plan.xml")
    assert [case.attrib["name"] for case in cases(desk, "failure")] == []
    desk.env["HAMSA_API_KEY"] = "sandbox"
    desk.apply()
    desk.agent("desk", {"agentName": "Desk", "greetingMessage": "Hello"})
    (desk.root / "reconciler.state.json").unlink()
    assert desk.run("drift", "--report", "junit=plan.xml").code == 2
    assert [case.attrib["name"] for case in cases(desk, "failure")] == ["desk"]


def cases(project: Project, kind: str) -> list[ET.Element]:
    root = ET.parse(project.root / "plan.xml").getroot()  # noqa: S314 - our own output
    return [case for case in root.iter("testcase") if case.find(kind) is not None]


def test_a_run_that_stops_writes_its_reports_too(desk: Project) -> None:
    desk.env["HAMSA_API_KEY"] = "wrong"
    done = desk.run("plan", *asked())
    assert (done.code, done.out) == (1, "")
    assert set(begins(desk).values()) == {False, True}
    for name in FORMATS.values():
        if name not in ("plan.sarif", "plan.env"):
            assert "401" in (desk.root / name).read_text("utf-8"), name
    (case,) = cases(desk, "error")
    assert "401" in str(case.find("error").attrib["message"])


def test_mistakes_in_the_files_reach_code_scanning(project: Project) -> None:
    project.agent("desk", {"agentName": "Desk", "lang": "fr"})
    done = project.run("validate", "--report", "sarif=x.sarif", "--report", "html=x.html")
    assert done.code == 1
    (run,) = json.loads((project.root / "x.sarif").read_text("utf-8"))["runs"]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["level"], place["artifactLocation"]["uri"]) == ("error", "agents/desk.yaml")
    assert "`lang` must be" in (project.root / "x.html").read_text("utf-8").replace(
        "<code><bdi>lang</bdi></code>", "`lang`"
    )


def test_findings_of_the_files_are_reported_in_every_format(desk: Project) -> None:
    desk.agent("desk", {"agentName": "Desk", "greetingMessage": "Good\u202e day", "params": {}})
    done = desk.run("plan", *asked())
    assert (done.code, "agents/desk.yaml:3" in done.err) == (0, True)
    for name in ("plan.json", "plan.md", "plan.html", "plan.sarif"):
        text = (desk.root / name).read_text("utf-8")
        assert ("bidi-control" in text, "\u202e" in text) == (True, False), name


def test_files_are_named_from_the_top_of_the_repository(project: Project) -> None:
    subprocess.run(["git", "init", "-q", str(project.root.parent)], check=True)  # noqa: S607
    project.write("reconciler.yaml", "agents: agents\n")
    project.agent("desk", {"agentName": "Desk", "lang": "fr"})
    asked_for = ("--report", "sarif=x.sarif", "--report", "annotations=x.txt")
    assert project.run("validate", *asked_for).code == 1
    (run,) = json.loads((project.root / "x.sarif").read_text("utf-8"))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "project/agents/desk.yaml"
    line = (project.root / "x.txt").read_text("utf-8")
    assert line.startswith("::error file=project/agents/desk.yaml,line=3,title=config::")
    elsewhere = Project(project.root.parent / "elsewhere")
    named = ("--config", "../project", *asked_for)
    assert elsewhere.run("validate", *named).code == 1
    assert (elsewhere.root / "x.txt").read_text("utf-8") == line


def test_the_environment_of_a_stopped_run_is_known_from_its_variable_too(desk: Project) -> None:
    desk.env |= {"RECONCILER_ENV": "default", "HAMSA_API_KEY": "wrong"}
    assert desk.run("plan", "--report", "markdown=x.md").code == 1
    first = (desk.root / "x.md").read_text("utf-8").partition("\n")[0]
    assert first == "<!-- reconciler:plan:default -->"


KEYS = ("HAS_CHANGES", "CHANGES", "CREATES", "UPDATES")
KEYS += ("BLOCKED", "REFUSED", "DRIFTED", "PLAN_DIGEST")


def dotenv(project: Project, *argv: str) -> dict[str, str]:
    """The variables that a real shell reads from the file, under `set -u`, for every key."""
    project.run(*argv, "--quiet", "--report", "dotenv=x.env")
    script = "set -eu; . ./x.env; " + "".join(f'echo "{key}=${key}"; ' for key in KEYS)
    done = subprocess.run(
        ["sh", "-c", script],  # noqa: S607
        cwd=project.root,
        capture_output=True,
        text=True,
        check=True,
    )
    told = dict(line.split("=", 1) for line in done.stdout.splitlines())
    return {key: value for key, value in told.items() if value not in ("0", "")}


def test_a_shell_learns_what_a_run_found(desk: Project) -> None:
    desk.agent("new", {"agentName": "New"})
    pending = {"HAS_CHANGES": "true", "CHANGES": "2", "CREATES": "1", "UPDATES": "1"}
    digest = {"PLAN_DIGEST": desk.plan()["digest"]}
    assert dotenv(desk, "plan") == pending | digest
    desk.run("plan", "--out", "x.plan.json")
    assert dotenv(desk, "show", "x.plan.json") == pending | digest
    assert dotenv(desk, "apply", "--yes") == pending
    nothing = {"HAS_CHANGES": "false"}
    assert dotenv(desk, "plan") == nothing | {"PLAN_DIGEST": desk.plan()["digest"]}
    assert dotenv(desk, "apply", "--yes") == nothing
    assert dotenv(desk, "validate") == dotenv(desk, "drift") == nothing
    assert dotenv(desk, "apply", "x.plan.json")["REFUSED"] == "2"
    (desk.root / "agents/new.yaml").unlink()
    back = dotenv(desk, "rollback", "--yes")
    assert (back["HAS_CHANGES"], back["UPDATES"]) == ("true", "1")
    assert dotenv(desk, "drift") == nothing
    (desk.root / "reconciler.state.json").unlink()
    assert dotenv(desk, "drift") == {**nothing, "DRIFTED": "1"}
    desk.env["HAMSA_API_KEY"] = "wrong"
    assert dotenv(desk, "plan") == nothing


WRONG = [
    (["html"], "FORMAT=FILE is needed, such as html=plan.html"),
    (["pdf=x"], "FORMAT=FILE is needed"),
    (["html="], "FORMAT=FILE is needed"),
    (["html=nowhere/x.html"], "--report: nowhere/x.html is in a folder that does not exist"),
    (["html=agents"], "--report: agents is a folder"),
    (["html=x", "json=x"], "--report: x is named twice"),
    (["html=x", "json=./x"], "--report: x is named twice"),
]


def test_a_report_does_not_take_the_place_of_the_saved_plan(desk: Project) -> None:
    done = desk.run("plan", "--out", "x.plan.json", "--report", "json=x.plan.json")
    assert (done.code, "x.plan.json is named twice" in done.err) == (64, True)


@pytest.mark.parametrize(("reports", "told"), WRONG, ids=[" ".join(r) for r, _ in WRONG])
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_done(
    desk: Project, reports: list[str], told: str
) -> None:
    argv = [word for report in reports for word in ("--report", report)]
    done = desk.run("apply", "--yes", *argv)
    assert (done.code, done.out, told in done.err) == (64, "", True), done.err
    assert len(desk.plan()["actions"][0]["changes"]) == 1


def test_a_report_into_a_pipe_does_not_take_its_place(desk: Project) -> None:
    os.mkfifo(desk.root / "pipe")
    reader = os.open(desk.root / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert desk.run("plan", "--report", "text=pipe").code == 0
    assert b"~ desk" in os.read(reader, 100_000)
    os.close(reader)
    assert (desk.root / "pipe").is_fifo()


def test_a_report_that_fails_leaves_the_others_as_they_are(desk: Project) -> None:
    done = desk.run("apply", "--yes", "--report", "junit=/dev/full", "--report", "markdown=good.md")
    assert (done.code, "full cannot be written" in done.err) == (1, True), done.err
    assert (desk.root / "good.md").read_text("utf-8").count("Apply: 1 done.") == 1
    done = desk.run("plan", "--format", "json", "--report", "html=/dev/full")
    assert (done.code, json.loads(done.out)["changes"]) == (1, False)


def test_the_language_of_the_sentences_can_be_chosen(desk: Project) -> None:
    assert "“Desk” greets differently." in desk.run("plan").out
    arabic = desk.run("plan", "--language", "ar").out
    assert "«Desk» يرحّب" in arabic
    assert desk.run("plan", "--language", "fr").code == 64


def test_a_live_prompt_of_a_megabyte_is_shown_in_every_format(
    project: Project, serve: Serve
) -> None:
    server = serve()
    server.app.state.store.add({"agentName": "Desk", "preamble": f"{'word ' * 190_000}old\x1b[2J"})
    project.on(server.url).agent("desk", {"agentName": "Desk", "preamble": "word " * 190_000})
    done = project.run("plan", *asked())
    assert done.code == 0, done.err
    for name in ("plan.txt", "plan.md", "plan.html", "plan.xml"):
        text = re.sub("<[^>]+>", "", (project.root / name).read_text("utf-8"))
        assert ("old␛[2J" in text, "\x1b" in text, len(text) < 100_000) == (True, False, True), name


@pytest.mark.parametrize("shape", ["G1", "G3"])
def test_planted_secrets_are_in_no_report(project: Project, serve: Serve, shape: str) -> None:
    server = serve(f"shape={shape}&api_key=planted-key")
    live = {
        **FULL["googleCalendarSettings"],
        "accessToken": "ya29.planted-live",
        "refreshToken": "1//planted-live",
    }
    server.app.state.store.add({**FULL, "interrupt": True, "googleCalendarSettings": live})
    project.on(server.url, "planted-key").env |= SECRETS
    project.agent("desk", FULL)
    runs = [project.run("plan", *asked())]
    written = [read(project)]
    runs.append(project.run("apply", "--yes", *asked()))
    written.append(read(project))
    server.app.state.faults.add("PATCH:400:*")
    project.agent("desk", with_value("googleCalendarSettings.timezone", "Asia/Dubai"))
    for command in ("plan", "apply --yes", "drift"):
        runs.append(project.run(*command.split(), *asked()))
        written.append(read(project))
    said = "".join([*written, *(run.out + run.err for run in runs)])
    assert "planted" not in said
    assert shape == "G3" or "(sensitive)" in said


def read(project: Project) -> str:
    return "".join((project.root / name).read_text("utf-8") for name in FORMATS.values())
