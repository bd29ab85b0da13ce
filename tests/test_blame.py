"""Who introduced which value, and what was last applied: from the local history, or from git.

A real repository with two authors: Amal writes the agent on the 1st, Badr changes a line of the
prompt and the greeting on the 2nd, each applied and committed.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.engine.blame import BlamedLine, lines
from reconciler.model import Stamp
from reconciler.sandbox.server import RunningServer
from tests import projects
from tests.conftest import Serve, Shelf
from tests.projects import Project

PROMPT = "# Role\nYou answer the phone.\n\n# Rules\n- Be brief.\n- Never guess."
SECOND = PROMPT.replace("- Be brief.", "- Be very brief.")
SPEC = {
    "agentName": "Front desk",
    "greetingMessage": "Hello",
    "preamble": {"$file": "prompts/front-desk.md"},
    "silenceThreshold": 800,
}
GIT = shutil.which("git") or "git"


def git(root: Path, *arguments: str, author: str = "Amal") -> str:
    who = [f"user.name={author}", f"user.email={author.lower()}@clinic.example"]
    options = [part for each in (*who, "commit.gpgsign=false") for part in ("-c", each)]
    plain = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = [GIT, *options, *arguments]
    done = subprocess.run(command, cwd=root, env=plain, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Repo:
    """A project in git; ``deploy`` commits as an author, applies on a day, commits the state."""

    def __init__(self, project: Project, set_day: Callable[[int], None]) -> None:
        self.project = project
        self.set_day = set_day
        git(project.root, "init", "--quiet", "--initial-branch=main")

    def write(self, prompt: str, **fields: Any) -> None:
        self.project.write("agents/prompts/front-desk.md", prompt)
        self.project.agent("front-desk", {**SPEC, **fields})

    def commit(self, author: str, subject: str = "Change") -> str:
        git(self.project.root, "add", "--all")
        git(self.project.root, "commit", "--quiet", "--message", subject, author=author)
        return git(self.project.root, "rev-parse", "HEAD")

    def deploy(self, author: str, day: int) -> str:
        """The commit that was applied."""
        commit = self.commit(author)
        self.set_day(day)
        done = self.project.apply()
        assert done.code == 0, done.out + done.err
        self.commit("CI", "Applied")
        return commit


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve("shape=G3")


@pytest.fixture
def repo(project: Project, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Repo:
    project.on(server.url)
    return Repo(
        project,
        lambda day: monkeypatch.setattr(projects, "NOW", f"2026-01-{day:02}T03:04:05Z"),
    )


@pytest.fixture
def story(repo: Repo, server: RunningServer, shelf: Shelf) -> tuple[Project, str, str]:
    """The project, Amal's commit and Badr's."""

    def make() -> None:
        repo.write(PROMPT)
        repo.deploy("Amal", 1)
        repo.write(SECOND, greetingMessage="Welcome")
        repo.deploy("Badr", 2)

    project = shelf("story", repo.project, server, make)
    repo.set_day(2)
    first, second = git(project.root, "rev-parse", "HEAD~3", "HEAD~1").split()
    return project, first[:7], second[:7]


Story = tuple[Project, str, str]


def forget_history(project: Project) -> None:
    shutil.rmtree(project.root / ".reconciler/history")


def edit_live(server: RunningServer, **fields: Any) -> None:
    (record,) = server.app.state.store.records()
    server.app.state.store.update(record.id, {**record.fields, **fields})


def edited_at(server: RunningServer) -> str:
    """When the agent was last updated, in the form of the tables."""
    (record,) = server.app.state.store.records()
    return record.updated[:16].replace("T", " ")


# Field by field


def test_each_field_has_the_day_and_the_author_of_its_own_apply(story: Story) -> None:
    project, first, second = story
    done = project.run("blame", "front-desk")
    assert (done.code, done.err, done.out) == (
        0,
        "",
        (
            f'agentName         2026-01-01 03:04  {first} Amal  "Front desk"\n'
            f'greetingMessage   2026-01-02 03:04  {second} Badr  "Welcome"\n'
            f"preamble          2026-01-02 03:04  {second} Badr  text of 15 words on 6 lines\n"
            f"silenceThreshold  2026-01-01 03:04  {first} Amal  800\n"
        ),
    )


def test_edits_outside_and_edits_that_wait_are_reported(
    story: Story, server: RunningServer
) -> None:
    project, first, second = story
    edit_live(server, silenceThreshold=500, greetingMessage="Hey")
    project.agent(
        "front-desk", {**SPEC, "greetingMessage": "Hi", "agentName": "Desk", "interrupt": True}
    )
    at = edited_at(server)
    waits = "the file has another value, not applied yet"
    assert project.run("blame", "front-desk").out == (
        f"agentName         2026-01-01 03:04  {first} Amal  {waits}\n"
        f"greetingMessage   2026-01-02 03:04  {second} Badr  "
        f"edited outside since, at {at}; {waits}\n"
        f"preamble          2026-01-02 03:04  {second} Badr  text of 15 words on 6 lines\n"
        f"silenceThreshold  2026-01-01 03:04  {first} Amal  edited outside since, at {at}\n"
        "interrupt         never applied                   true\n"
    )


def test_the_document_of_fields_is_exact(story: Story, server: RunningServer) -> None:
    project, _, _ = story
    (record,) = server.app.state.store.records()
    done = project.run("blame", "front-desk", "greetingMessage", "--format", "json")
    field = done.json["lines"]
    commit = git(project.root, "rev-parse", "HEAD~1")
    stamp = {"applied_at": "2026-01-02T03:04:05Z", "commit": commit, "author": "Badr"}
    assert field == [{"text": "Welcome", **stamp, "edited_outside": False}]
    one = project.run("blame", "front-desk", "silenceThreshold", "--format", "json").json
    assert one == {
        "format_version": "2.0",
        "key": "front-desk",
        "id": record.id,
        "updated_at": record.updated,
        "fields": [
            {
                "path": "silenceThreshold",
                "applied_at": "2026-01-01T03:04:05Z",
                "commit": git(project.root, "rev-parse", "HEAD~3"),
                "author": "Amal",
                "live": 800,
                "readable": True,
                "edited_outside": False,
                "pending": False,
            }
        ],
    }


@pytest.mark.parametrize(
    ("field", "spec"),
    [
        ("webhookUrl", {"webhookUrl": {"$secret": "HOOK"}}),
        ("params", {"params": {"caller": "x", "token": {"$secret": "HOOK"}}}),
        (
            "webhookAuth.authSecret",
            {"webhookAuth": {"authKey": "Token", "authSecret": {"$secret": "HOOK"}}},
        ),
        ("tools.googleCalendar", {"tools": {"googleCalendar": True}}),
    ],
)
def test_what_cannot_be_read_back_has_a_day_and_no_value(
    repo: Repo, server: RunningServer, field: str, spec: dict[str, Any]
) -> None:
    project = repo.project
    project.env["HOOK"] = "https://hook.example/planted"
    repo.write(PROMPT, **spec)
    commit = repo.deploy("Amal", 1)
    edit_live(server, webhookUrl="https://hook.example/planted-live")
    text = project.run("blame", "front-desk", field)
    assert text.out == f"{field}  2026-01-01 03:04  {commit[:7]} Amal  cannot be read back\n"
    document = project.run("blame", "front-desk", field, "--format", "json")
    assert [(row["live"], row["readable"]) for row in document.json["fields"]] == [
        ("(sensitive)", False)
    ]
    whole = project.run("blame", "front-desk", "--format", "json")
    assert "planted" not in text.out + document.out + whole.out


def test_a_former_secret_shows_no_value(repo: Repo, server: RunningServer) -> None:
    project = repo.project
    project.env["HOOK"] = "https://hook.example/planted"
    repo.write(PROMPT, webhookUrl={"$secret": "HOOK"})
    repo.deploy("Amal", 1)
    for fields in ({"webhookUrl": "https://hook.example/open"}, {}):
        repo.write(PROMPT, **fields)
        done = project.run("blame", "front-desk")
        assert "cannot be read back" in done.out
        assert "planted" not in done.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("front-des",),
            "error: there is no agent `front-des`\nhint: did you mean `front-desk`?\n",
        ),
        (("nine",), "error: there is no agent `nine`\nhint: keys: front-desk\n"),
        (
            ("front-desk", "greeting"),
            (
                "error: the agent's file and the state have no field `greeting`\n"
                "hint: did you mean `greetingMessage`?\n"
            ),
        ),
        (
            ("front-desk", "lang"),
            (
                "error: the agent's file and the state have no field `lang`\n"
                "hint: fields: agentName, greetingMessage, preamble, silenceThreshold\n"
            ),
        ),
    ],
)
def test_an_agent_or_a_field_that_is_not_there_is_reported_with_a_hint(
    story: Story, arguments: tuple[str, ...], told: str
) -> None:
    done = story[0].run("blame", *arguments)
    assert (done.code, done.out, done.err) == (64, "", told)


def test_an_agent_is_needed(story: Story) -> None:
    assert story[0].run("blame").code == 64


def test_an_agent_that_is_not_live_has_no_blame(story: Story, server: RunningServer) -> None:
    server.app.state.store.reset()
    done = story[0].run("blame", "front-desk")
    assert (done.code, done.out) == (1, "")
    assert "front-desk is not live" in done.err


def test_an_agent_that_was_created_again_by_hand_was_never_applied(
    story: Story, server: RunningServer
) -> None:
    server.app.state.store.reset()
    server.app.state.store.add({"agentName": "Front desk", "greetingMessage": "Hello"})
    done = story[0].run("blame", "front-desk")
    assert (done.code, done.out.count("never applied")) == (0, 4)


def test_blame_sends_nothing_but_get(story: Story, server: RunningServer) -> None:
    server.app.state.requests.clear()
    story[0].run("blame", "front-desk")
    story[0].run("blame", "front-desk", "preamble")
    assert {request.method for request in server.app.state.requests} == {"GET"}


def test_a_commit_that_this_clone_does_not_have_is_reported_by_its_number(
    project: Project, server: RunningServer
) -> None:
    project.on(server.url).agent("front-desk", {"agentName": "A"})
    project.env["GITHUB_SHA"] = "c0ffee" + "0" * 34
    project.apply()
    assert project.run("blame", "front-desk").out == ('agentName  2026-01-02 03:04  c0ffee0  "A"\n')


@pytest.mark.parametrize("name", ["--all", "HEAD", "; rm -rf .", "main", "--output=x", "../../x"])
def test_a_forged_commit_in_the_state_is_no_argument_of_git(
    project: Project, server: RunningServer, name: str
) -> None:
    project.on(server.url).agent("front-desk", {"agentName": "A", "greetingMessage": "Hello"})
    project.env["GITHUB_SHA"] = name.replace(" ", "")
    project.apply()
    git(project.root, "init", "--quiet")
    git(project.root, "commit", "--quiet", "--allow-empty", "--message", "x", author="Eve")
    for command in (("blame", "front-desk"), ("blame", "front-desk", "agentName"), ("history",)):
        done = project.run(*command)
        assert (done.code, "Eve" in done.out) == (0, False)
    assert not (project.root / "x").exists()


def test_hostile_names_of_authors_and_lines_of_prompts_do_not_act(
    repo: Repo, server: RunningServer
) -> None:
    repo.write(PROMPT)
    repo.deploy("::error::Eve\x1b[2J\u202e", 1)
    edit_live(server, preamble="::error::forged\n\x1b[2J\r::error::forged\n##[error]x\u202e")
    project = repo.project
    for arguments in ((), ("preamble",), ("agentName",)):
        done = project.run("blame", "front-desk", *arguments)
        assert [sign for sign in ("\x1b", "\r", "\u202e", "##[") if sign in done.out] == []
        assert [li for li in done.out.splitlines() if li.strip().startswith("::")] == []
    told = project.run("history").out
    assert [sign for sign in ("\x1b", "\u202e") if sign in told] == []


# Line by line


def table(first: str, second: str) -> str:
    """The prompt after both applies."""
    amal, badr = f"2026-01-01 03:04  {first} Amal", f"2026-01-02 03:04  {second} Badr"
    return (
        f"{amal}  │ # Role\n"
        f"{amal}  │ You answer the phone.\n"
        f"{amal}  │\n"
        f"{amal}  │ # Rules\n"
        f"{badr}  │ - Be very brief.\n"
        f"{amal}  │ - Never guess.\n"
    )


def test_each_line_has_the_day_and_the_author_of_the_apply_that_brought_it(story: Story) -> None:
    project, first, second = story
    done = project.run("blame", "front-desk", "preamble")
    assert (done.code, done.err, done.out) == (0, "", table(first, second))


def test_without_a_history_the_lines_come_from_earlier_states_in_git(story: Story) -> None:
    project, first, second = story
    forget_history(project)
    assert project.run("blame", "front-desk", "preamble").out == table(first, second)


def test_lines_that_were_edited_outside_are_reported(story: Story, server: RunningServer) -> None:
    project, first, second = story
    for forget in (False, True):
        if forget:
            forget_history(project)
        edit_live(server, preamble=SECOND.replace("- Never guess.", "- Guess.\n- Smile."))
        amal, badr = f"2026-01-01 03:04  {first} Amal", f"2026-01-02 03:04  {second} Badr"
        outside = "edited outside".ljust(len("2026-01-01 03:04  ") + len(f"{first} Amal"))
        assert project.run("blame", "front-desk", "preamble").out == (
            f"{amal}  │ # Role\n"
            f"{amal}  │ You answer the phone.\n"
            f"{amal}  │\n"
            f"{amal}  │ # Rules\n"
            f"{badr}  │ - Be very brief.\n"
            f"{outside}  │ - Guess.\n"
            f"{outside}  │ - Smile.\n"
        )


def test_the_document_of_lines_agrees(story: Story, server: RunningServer) -> None:
    project, _, _ = story
    edit_live(server, preamble=SECOND + "\n- Smile.")
    done = project.run("blame", "front-desk", "preamble", "--format", "json")
    assert (done.json["key"], done.json["path"]) == ("front-desk", "preamble")
    assert [(row["text"], row["author"], row["edited_outside"]) for row in done.json["lines"]] == [
        ("# Role", "Amal", False),
        ("You answer the phone.", "Amal", False),
        ("", "Amal", False),
        ("# Rules", "Amal", False),
        ("- Be very brief.", "Badr", False),
        ("- Never guess.", "Amal", False),
        ("- Smile.", "", True),
    ]


def test_a_text_that_exists_nowhere_is_reported_as_a_field(
    story: Story, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _, second = story
    forget_history(project)
    shutil.rmtree(project.root / ".git")
    edit_live(server, preamble="Other")
    done = project.run("blame", "front-desk", "preamble")
    assert done.out == (
        f"preamble  2026-01-02 03:04  {second}  edited outside since, at {edited_at(server)}\n"
    )


A, B, C = (Stamp(at=f"2026-01-0{day}T00:00:00Z") for day in (1, 2, 3))


@pytest.mark.parametrize(
    ("versions", "live", "stamps"),
    [
        ([], "a\nb", [None, None]),
        ([(A, "a\nb")], "a\nb", [A, A]),
        ([(A, "a\nb")], "a\nc", [A, None]),
        ([(A, "a"), (B, "a\nb")], "a\nb", [A, B]),
        ([(A, "a\nb"), (B, "b")], "b", [A]),
        ([(A, "a"), (B, "b"), (C, "a")], "a", [C]),
        ([(A, "a\nb\nc"), (B, "c\na\nb")], "c\na\nb", [B, A, A]),
        ([(A, "")], "", [A]),
        ([(A, "a\n")], "a", [A]),
        ([(A, "a")], "", [None]),
    ],
)
def test_equal_lines_keep_what_they_had(
    versions: list[tuple[Stamp, str]], live: str, stamps: list[Stamp | None]
) -> None:
    pairs = zip(live.split("\n"), stamps, strict=True)
    assert lines(versions, live) == [BlamedLine(text, stamp) for text, stamp in pairs]


# What was last applied, where files and dashboard both moved


ASKED = "Good day"


def collide(project: Project, server: RunningServer) -> None:
    """Both move the greeting that Badr brought, and the line of the prompt."""
    edit_live(server, greetingMessage="Hey", preamble=SECOND.replace("phone", "telephone"))
    project.write("agents/prompts/front-desk.md", SECOND.replace("phone", "line"))
    project.agent("front-desk", {**SPEC, "greetingMessage": ASKED})


ALL_THREE = """\
    ! greetingMessage  [spoken, conflict]  changed here and live since the last apply
        │ last applied: "Welcome"
        │ live now: "Hey"
        │ the files: "Good day"
    ! preamble  [behaviour, conflict]  changed here and live since the last apply
        │ changed live since the last apply:
        │     ⋯ 1 unchanged
        │     § Role
        │ 2 - You answer the ⟦phone.⟧
        │ 2 + You answer the ⟦telephone.⟧
        │     ⋯ 3 unchanged: Rules
        │ changed in the files since the last apply:
        │     ⋯ 1 unchanged
        │     § Role
        │ 2 - You answer the ⟦phone.⟧
        │ 2 + You answer the ⟦line.⟧
        │     ⋯ 3 unchanged: Rules
"""
TWO = (
    '    ! greetingMessage: "Hey" → "Good day"  [spoken, conflict]  '
    "changed here and live since the last apply; the last applied value is not kept here\n"
)


def shallow(project: Project) -> None:
    """A clone that has the newest commit alone, and no history."""
    forget_history(project)
    url = f"file://{project.root}"
    git(project.root.parent, "clone", "--quiet", "--depth", "1", url, "shallow")
    shutil.rmtree(project.root / ".git")
    shutil.move(project.root.parent / "shallow/.git", project.root / ".git")


def no_repository(project: Project) -> None:
    forget_history(project)
    shutil.rmtree(project.root / ".git")


def nothing_lost(project: Project) -> None:
    pass


@pytest.mark.parametrize(
    ("loss", "known"),
    [
        (nothing_lost, True),
        (forget_history, True),
        (shallow, True),
        (no_repository, False),
    ],
    ids=lambda case: getattr(case, "__name__", ""),
)
def test_a_refused_conflict_shows_all_three_values_or_says_why_not(
    story: Story, server: RunningServer, loss: Callable[[Project], None], *, known: bool
) -> None:
    project, _, _ = story
    loss(project)
    collide(project, server)
    done = project.apply()
    assert done.code == 4
    plan, _, refusal = done.out.partition("Plan for default: ")
    assert (ALL_THREE if known else TWO) in refusal, done.out
    told = '│ live now: "Hey"' if known else 'greetingMessage: "Hey" → "Good day"  [conflict]'
    assert told in plan, done.out
    (change, *_) = project.plan()["actions"][0]["changes"]
    assert (change["path"], change["before"], change["after"]) == (
        "greetingMessage",
        "Hey",
        ASKED,
    )
    assert change.get("applied", "unknown") == ("Welcome" if known else "unknown")
    drift = project.run("drift", "--format", "json").json["agents"][0]["drift"]
    assert drift[0].get("applied", "unknown") == ("Welcome" if known else "unknown")


def test_a_refusal_for_machines_carries_all_three_values(
    story: Story, server: RunningServer
) -> None:
    project, _, _ = story
    collide(project, server)
    done = project.apply("--format", "json")
    assert done.code == 4
    assert [value for value in ('"Welcome"', '"Hey"', f'"{ASKED}"') if value not in done.out] == []


def test_without_the_program_git_nothing_fails(
    story: Story, server: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project, first, second = story
    collide(project, server)
    forget_history(project)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = project.apply()
    assert (done.code, TWO in done.out) == (4, True)
    assert project.run("drift").code == 2
    told = project.run("blame", "front-desk").out
    assert (first in told, second in told, "Amal" in told) == (True, True, False)
    assert project.run("history").code == 0


def test_an_apply_of_files_that_were_not_committed_is_not_guessed_at(
    story: Story, server: RunningServer
) -> None:
    project, _, _ = story
    project.agent("front-desk", {**SPEC, "greetingMessage": "Never committed"})
    assert project.apply().code == 0
    forget_history(project)
    collide(project, server)
    (change,) = [
        one for one in project.plan()["actions"][0]["changes"] if one["path"] == "greetingMessage"
    ]
    assert (change["cause"], "applied" in change) == ("conflict", False)


def test_a_value_on_which_git_and_the_state_disagree_is_not_believed(
    story: Story, server: RunningServer
) -> None:
    project, _, _ = story
    rows = project.root / ".reconciler/history/default/000002.jsonl"
    rows.write_text(rows.read_text(encoding="utf-8").replace("Welcome", "Forged"), encoding="utf-8")
    collide(project, server)
    assert "Forged" not in project.apply().out
    assert 'last applied: "Welcome"' in project.apply().out


def test_a_secret_at_the_last_apply_is_never_recalled(repo: Repo, server: RunningServer) -> None:
    project = repo.project
    project.env["HOOK"] = "https://hook.example/planted"
    repo.write(PROMPT, webhookUrl={"$secret": "HOOK"})
    repo.deploy("Amal", 1)
    edit_live(server, webhookUrl="https://hook.example/planted-live", greetingMessage="Hey")
    repo.write(PROMPT, webhookUrl="https://hook.example/open", greetingMessage="Hi")
    for command in (("plan",), ("plan", "--format", "json"), ("drift",), ("apply", "--yes")):
        done = project.run(*command)
        assert "planted" not in done.out + done.err
    assert 'last applied: "Hello"' in project.apply().out


def test_a_project_below_the_top_of_its_repository_is_found_in_git(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "elsewhere.md").write_text("not of the project", encoding="utf-8")
    project = Project(tmp_path / "voice" / "agents of us").on(server.url)
    project.write("agents/prompts/front-desk.md", PROMPT)
    project.agent("front-desk", SPEC)
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "x")
    assert project.apply().code == 0
    forget_history(project)
    edit_live(server, greetingMessage="Hey")
    project.agent("front-desk", {**SPEC, "greetingMessage": "Hi"})
    assert 'last applied: "Hello"' in project.apply().out


def test_variables_and_overrides_are_those_of_the_commit(repo: Repo, server: RunningServer) -> None:
    project = repo.project
    project.env |= {"URL": server.url, "KEY": "sandbox"}
    text = (
        "environments:\n  live:\n    url: {{$env: URL}}\n    api_key: {{$secret: KEY}}\n"
        "    vars: {{clinic: {name}}}\n"
    )
    project.write("reconciler.yaml", text.format(name="Olaya"))
    repo.write(PROMPT, greetingMessage="Welcome to ${var.clinic}")
    repo.deploy("Amal", 1)
    forget_history(project)
    project.write("reconciler.yaml", text.format(name="Malaz"))
    edit_live(server, greetingMessage="Hey")
    assert 'last applied: "Welcome to Olaya"' in project.apply().out
