"""Pull: live edits go into the files that hold them, and nothing else of a file moves."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reconciler import jsonvalues
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.sandbox.store import Store
from reconciler.schema import wire
from reconciler.yamledit.edits import changed
from reconciler.yamledit.places import data
from tests.conftest import Shelf
from tests.handstyled import Case, cases, unified
from tests.projects import Project, Terminal

pytestmark = pytest.mark.cli

PROJECT = """\
default_environment: sandbox
environments:
  sandbox: { url: "sandbox?shape=SHAPE", vars: { clinic: Nour Clinic, hours: nine to five } }
  staging: { url: "sandbox?shape=SHAPE", vars: { clinic: Test Clinic, hours: nine to five } }
  production: { url: "sandbox?shape=SHAPE", vars: { clinic: Nour Clinic, hours: nine to five } }
"""


def sandboxed(project: Project, shape: str = "G1") -> Project:
    project.write("reconciler.yaml", PROJECT.replace("SHAPE", shape))
    return project


def edit_live(project: Project, name: str, **fields: Any) -> None:
    """An edit in the dashboard: fields of an agent get other values."""
    store, record = found(project, name)
    store.update(record.id, {**record.fields, **fields})


def found(project: Project, name: str) -> tuple[Store, Any]:
    store = Store(project.root / ".reconciler/sandbox/sandbox")
    return store, next(r for r in store.records() if r.fields.get("agentName") == name)


def shape_of(text: str) -> str:
    return "G1" if "googleCalendar" in text else "G3"


def pullable(case: Case, readable: set[str]) -> list[tuple[tuple[Any, ...], Any]]:
    """The edits that a dashboard could make: of leaves that the file declares and the API shows."""
    declared = wire.flatten(AGENT_V1, read(case.text)["spec"])
    found = []
    for path, value in case.edits:
        leaf = leaf_of(path[1:])
        if path[0] == "spec" and leaf in declared and leaf in readable:
            found.append((path, value))
    return found


def leaf_of(steps: tuple[Any, ...]) -> str:
    paths = (".".join(map(str, steps[:depth])) for depth in range(len(steps), 0, -1))
    return next((path for path in paths if path in AGENT_V1.fields), "")


def read(text: str) -> Any:
    return data(text.removeprefix("\ufeff").replace("\r\n", "\n"))


@pytest.mark.parametrize("shape", ["G1", "G3"])
def test_pulling_into_hand_styled_files_changes_only_the_edited_values(
    project: Project, shape: str
) -> None:
    """All files of the corpus are agents of one project: a run for all of them."""
    sandboxed(project, shape)
    corpus = [case for case in cases() if shape_of(case.text) == shape]
    files = {case.name: project.root / f"agents/{case.name}.yaml" for case in corpus}
    for case in corpus:
        files[case.name].write_bytes(case.text.encode())
    project.env = dict.fromkeys(("GOOGLE_ACCESS_TOKEN", "GOOGLE_REFRESH_TOKEN"), "secret")
    done = project.apply()
    assert done.code == 0, done.out + done.err
    can_be_read = readable(project)
    expected = {case.name: edited_live(project, case, can_be_read) for case in corpus}
    done = project.run("pull")
    assert done.code == 0, done.out + done.err
    for case in corpus:
        found = files[case.name].read_bytes().decode()
        assert unified(case.text, found) == unified(case.text, expected[case.name]), case.name
    assert project.plan()["changes"] is False
    assert project.run("drift").code == 0


def edited_live(project: Project, case: Case, can_be_read: dict[str, set[str]]) -> str:
    """Make the case's edits in the dashboard; the file as it must be once they were pulled."""
    spec, key = read(case.text)["spec"], read(case.text).get("key", case.name)
    store, record = found(project, spec["agentName"])
    live, expected = dict(record.fields), case.text
    edits = pullable(case, can_be_read[key])
    for place, value in edits:
        live = put(live, place[1:], value)
    for leaf in dict.fromkeys(leaf_of(place[1:]) for place, _ in edits):
        expected = changed(expected, ("spec", *leaf.split(".")), jsonvalues.lookup(live, leaf))
    store.update(record.id, live)
    return expected


def readable(project: Project) -> dict[str, set[str]]:
    """The fields that can be compared, for each agent."""
    agents = project.run("drift", "--format", "json").json["agents"]
    return {one["key"]: {*AGENT_V1.fields} - {*one["unchecked"]} for one in agents}


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    step, *rest = path
    inner = put(value.get(step, {}), tuple(rest), new) if rest else new
    return {**value, step: inner}


PROMPT = """\
# Role
You answer for ${var.clinic}.

# Rules
- Be brief.
- Never guess.

# Closing
Say goodbye.
"""
SPOKEN = PROMPT.replace("${var.clinic}", "Nour Clinic").removesuffix("\n")
DESK = """\
# the desk
spec:
  agentName: Desk
  greetingMessage: Hello from ${var.clinic}, {{caller}}.   # said first
  preamble: { $file: prompts/desk.md }
  params: { caller: there, hours: $HOURS }
  silenceThreshold: 800
  pokeMessages: [Hello, Bye.]
environments:
  sandbox: { silenceThreshold: 700, params: { day: today } }
""".replace("$HOURS", "{ $var: hours }")


@pytest.fixture
def desk(project: Project, shelf: Shelf) -> Project:
    """One agent, applied."""
    sandboxed(project).write("agents/desk.yaml", DESK)
    project.write("agents/prompts/desk.md", PROMPT)
    return shelf("desk", project, None, project.apply)


def texts(project: Project) -> tuple[str, str]:
    folder = project.root / "agents"
    return (folder / "desk.yaml").read_text("utf-8"), (folder / "prompts/desk.md").read_text(
        "utf-8"
    )


PLACES = [
    pytest.param(
        {"greetingMessage": "Good day from Nour Clinic, {{caller}}."},
        ("Hello from ${var.clinic}", "Good day from ${var.clinic}"),
        None,
        id="a text with a variable keeps it",
    ),
    pytest.param(
        {"greetingMessage": "Hello from us, {{caller}}."},
        ("${var.clinic}", "us"),
        None,
        id="a variable that is gone from the text",
    ),
    pytest.param(
        {"greetingMessage": "Pay ${now}, {{caller}}."},
        ("Hello from ${var.clinic}, ", "Pay $${now}, "),
        None,
        id="a text that looks like a variable",
    ),
    pytest.param(
        {"silenceThreshold": 650},
        ("silenceThreshold: 700", "silenceThreshold: 650"),
        None,
        id="the override of this environment",
    ),
    pytest.param(
        {"preamble": SPOKEN.replace("brief", "very brief")},
        None,
        ("brief", "very brief"),
        id="a Markdown file keeps its variable",
    ),
    pytest.param(
        {"preamble": SPOKEN + "\n\n# New\nText.\n"},
        None,
        ("Say goodbye.\n", "Say goodbye.\n\n# New\nText.\n\n"),
        id="the end of a Markdown file",
    ),
    pytest.param(
        {"pokeMessages": ["Hello", "Still there", "Bye."]},
        ("[Hello, Bye.]", "[Hello, Still there, Bye.]"),
        None,
        id="an item more",
    ),
    pytest.param(
        {"params": {"caller": "friend", "hours": "nine to five", "day": "Friday"}},
        ("caller: there", "caller: friend", "day: today", "day: Friday"),
        None,
        id="a mapping in two places, each key where it stands",
    ),
    pytest.param(
        {"params": {"caller": "there", "hours": "nine to five", "day": "today", "vip": True}},
        ("{ day: today }", "{ day: today, vip: true }"),
        None,
        id="a new key goes on top",
    ),
]


@pytest.mark.parametrize(("live", "in_yaml", "in_markdown"), PLACES)
def test_a_value_is_changed_in_place(desk: Project, live, in_yaml, in_markdown) -> None:
    edit_live(desk, "Desk", **live)
    done = desk.run("pull")
    assert done.code == 0, done.out + done.err
    assert texts(desk) == (swapped(DESK, in_yaml), swapped(PROMPT, in_markdown))
    assert desk.plan("--target", "desk")["changes"] is False
    assert desk.run("drift", "--target", "desk").code == 0
    assert desk.plan("--target", "desk")["actions"][0]["action"] == "in-sync"


def swapped(text: str, pairs: tuple[str, ...] | None) -> str:
    for old, new in zip((pairs or ())[::2], (pairs or ())[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    return text


LEFT = [
    pytest.param(
        {"params": {"caller": "there", "hours": "ten to six", "day": "today"}},
        "left: it comes from the variable `hours`: change that, or the reference",
        id="a variable",
    ),
    pytest.param(
        {"preamble": SPOKEN.replace("brief.", "brief.\r")},
        "left: no file can hold it exactly",
        id="a text that reading would change",
    ),
    pytest.param({"agentName": ""}, "left: ", id="a value that no file may hold"),
]


@pytest.mark.parametrize(("live", "reason"), LEFT)
def test_what_cannot_be_written_is_left_with_its_reason(desk: Project, live, reason: str) -> None:
    edit_live(desk, "Desk", **live)
    done = desk.run("pull", "--target", "desk")
    assert (done.code, texts(desk)) == (4, (DESK, PROMPT)), done.out
    assert reason in done.out


def test_two_sides_of_a_prompt_are_merged_by_paragraph(desk: Project) -> None:
    desk.write("agents/prompts/desk.md", PROMPT.replace("Say goodbye", "Say thank you"))
    edit_live(desk, "Desk", preamble=SPOKEN.replace("Be brief", "Be kind"))
    done = desk.run("pull", "--target", "desk")
    assert done.out == (
        "~ desk  preamble  merged with the file's own edits in agents/prompts/desk.md\n"
        "Pull: 1 live edit taken into the files. These files also feed production and staging.\n"
    )
    both = PROMPT.replace("Say goodbye", "Say thank you").replace("Be brief", "Be kind")
    assert texts(desk)[1] == both
    (change,) = desk.changes("--target", "desk")
    assert change.endswith("(edit)")
    assert desk.apply("--target", "desk").code == 0
    assert desk.changes("--target", "desk") == []


CLASH = """\
# Role
You answer for ${var.clinic}.

# Rules
<<<<<<< the file
- Be very brief.
=======
- Be kind.
>>>>>>> the dashboard
- Never guess.

# Closing
Say goodbye.
"""


def test_a_clash_is_marked_and_no_plan_is_made_until_it_is_settled(desk: Project) -> None:
    desk.write("agents/prompts/desk.md", PROMPT.replace("Be brief", "Be very brief"))
    edit_live(desk, "Desk", preamble=SPOKEN.replace("Be brief", "Be kind"))
    done = desk.run("pull", "--target", "desk")
    assert done.code == 4
    assert "! desk  preamble  both versions are in agents/prompts/desk.md" in done.out
    assert texts(desk)[1] == CLASH
    refused = desk.run("plan", "--target", "desk")
    assert refused.code == 1
    assert "`$file` holds an unfinished merge" in refused.err
    assert "found: prompts/desk.md, line 5" in refused.err
    desk.write("agents/prompts/desk.md", PROMPT.replace("Be brief", "Be kind and brief"))
    assert [change.split()[-1] for change in desk.changes("--target", "desk")] == ["(edit)"]


def test_a_short_value_in_conflict_is_left_with_all_three_values(desk: Project) -> None:
    desk.write("agents/desk.yaml", DESK.replace("Threshold: 700", "Threshold: 650"))
    edit_live(desk, "Desk", silenceThreshold=900)
    done = desk.run("pull", "--target", "desk")
    assert (done.code, done.out) == (4, THREE)
    assert desk.run("pull", "--target", "desk", "--overwrite").code == 0
    assert "silenceThreshold: 900" in texts(desk)[0]
    assert desk.changes("--target", "desk") == []


THREE = """\
! desk  silenceThreshold  left: the file moved too
    ! silenceThreshold  [behaviour, conflict]
        │ last applied: 700 ms
        │ live now: 900 ms
        │ the files: 650 ms
Pull: 0 live edits taken into the files, 1 left.
"""


def test_without_a_state_causes_are_unknown_and_nothing_is_guessed(desk: Project) -> None:
    edit_live(desk, "Desk", silenceThreshold=900)
    (desk.root / "reconciler.state.json").unlink()
    done = desk.run("pull", "--target", "desk")
    assert (done.code, texts(desk)) == (4, (DESK, PROMPT))
    assert "the last applied value is unknown" in done.out
    assert desk.run("pull", "--target", "desk", "--overwrite").code == 0
    assert "silenceThreshold: 900" in texts(desk)[0]


def test_edits_of_the_file_alone_are_no_matter_of_pull(desk: Project) -> None:
    desk.write("agents/desk.yaml", DESK.replace("[Hello,", "[Hi,"))
    done = desk.run("pull", "--target", "desk")
    assert (done.code, done.out) == (
        0,
        "Pull: there is no live edit to take.\n",
    )


def test_a_shared_file_is_edited_only_if_all_its_agents_agree(desk: Project) -> None:
    desk.write("agents/night.yaml", DESK.replace("Desk", "Night"))
    assert desk.apply("--target", "night").code == 0
    new = SPOKEN.replace("Be brief", "Be kind")
    edit_live(desk, "Desk", preamble=new)
    done = desk.run("pull", "--target", "desk")
    assert done.code == 4
    assert "left: its file is shared: night preamble would change too" in done.out
    edit_live(desk, "Night", preamble=new)
    done = desk.run("pull", "--target", "desk", "--target", "night")
    assert done.code == 0, done.out
    assert texts(desk)[1] == PROMPT.replace("Be brief", "Be kind")


ANSWERS = [
    ("y\nn\n", {"greetingMessage"}),
    ("n\ny\n", {"pokeMessages"}),
    ("a\n", {"greetingMessage", "pokeMessages"}),
    ("q\n", set()),
    ("what\nyes\nno\n", {"greetingMessage"}),
    ("", set()),
]


@pytest.mark.parametrize(("answer", "taken"), ANSWERS)
def test_at_a_terminal_each_edit_is_asked_about(
    desk: Project, answer: str, taken: set[str]
) -> None:
    edit_live(desk, "Desk", greetingMessage="Hi.", pokeMessages=["Hi?"])
    done = desk.run("pull", "--target", "desk", answer=answer)
    assert done.code == 0, done.out
    before, after = read(DESK)["spec"], read(texts(desk)[0])["spec"]
    assert {name for name in before if before[name] != after[name]} == taken
    left = {change.split()[1] for change in desk.changes("--target", "desk")}
    assert left == {"greetingMessage", "pokeMessages"} - taken


def test_at_a_terminal_the_user_may_resolve_a_conflict(desk: Project) -> None:
    desk.write("agents/desk.yaml", DESK.replace("Threshold: 700", "Threshold: 650"))
    edit_live(desk, "Desk", silenceThreshold=900)
    left = desk.run("pull", "--color", "never", "--target", "desk", answer="n\n")
    assert (left.code, "silenceThreshold: 650" in texts(desk)[0]) == (4, True)
    assert "the file moved too; yes takes the live value" in " ".join(left.err.split())
    taken = desk.run("pull", "--target", "desk", answer="y\n")
    assert (taken.code, "silenceThreshold: 900" in texts(desk)[0]) == (0, True)


def test_only_the_fields_that_are_named(desk: Project) -> None:
    edit_live(desk, "Desk", greetingMessage="Hi.", pokeMessages=["Hi?"])
    assert desk.run("pull", "--target", "desk", "--field", "pokeMessages").code == 0
    assert [change.split()[1] for change in desk.changes("--target", "desk")] == ["greetingMessage"]
    assert desk.run("pull", "--field", "nope").code == 64


def test_a_dry_run_writes_nothing(desk: Project) -> None:
    edit_live(desk, "Desk", greetingMessage="Hi.")
    state = (desk.root / "reconciler.state.json").read_text("utf-8")
    done = desk.run("pull", "--target", "desk", "--dry-run")
    assert "would be taken into the files" in done.out
    assert texts(desk) == (DESK, PROMPT)
    assert (desk.root / "reconciler.state.json").read_text("utf-8") == state


def test_the_edits_as_json(desk: Project) -> None:
    edit_live(desk, "Desk", greetingMessage="Hi.")
    done = desk.run("pull", "--target", "desk", "--format", "json")
    assert done.json == {
        "format_version": "2.0",
        "edits": [
            {
                "key": "desk",
                "path": "greetingMessage",
                "cause": "drift",
                "taken": True,
                "how": "live",
                "files": ["agents/desk.yaml"],
                "also": ["staging", "production"],
                "dropped": ["${var.clinic}"],
                "reason": "",
            }
        ],
    }


class Meddler(Terminal):
    """A user who answers while somebody else writes to a file."""

    path: Path

    def readline(self, size: int = -1) -> str:
        self.path.write_text("spec: { agentName: Other }\n", encoding="utf-8")
        return super().readline(size)


def test_a_file_that_changed_meanwhile_is_not_written_and_no_other_either(desk: Project) -> None:
    edit_live(desk, "Desk", greetingMessage="Hi.", preamble=SPOKEN.replace("brief", "kind"))
    person = Meddler("a\n")
    person.path = desk.root / "agents/desk.yaml"
    done = desk.run("pull", "--target", "desk", answer=person)
    assert done.code == 4
    assert done.out.count("its file was changed on disk meanwhile") == 2
    assert texts(desk) == ("spec: { agentName: Other }\n", PROMPT)


def test_a_file_that_may_not_be_written_stops_all(desk: Project, monkeypatch) -> None:
    edit_live(desk, "Desk", greetingMessage="Hi.", preamble=SPOKEN.replace("brief", "kind"))
    monkeypatch.setattr(os, "access", lambda path, mode: path.name != "desk.md")
    done = desk.run("pull", "--target", "desk")
    assert (done.code, texts(desk)) == (1, (DESK, PROMPT))
    assert "error: desk.md may not be written\nhint: nothing was written" in done.err


def test_the_line_ends_the_mark_and_the_rights_of_a_prompt_file_stay(desk: Project) -> None:
    path = desk.root / "agents/prompts/desk.md"
    path.write_bytes(b"\xef\xbb\xbf" + PROMPT.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    edit_live(desk, "Desk", preamble=SPOKEN.replace("Be brief.", "Be kind."))
    assert desk.run("pull", "--target", "desk").code == 0
    expected = PROMPT.replace("Be brief.", "Be kind.").replace("\n", "\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbf" + expected.encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_git_sees_only_the_changed_lines(desk: Project) -> None:
    def git(*argv: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *argv]
        done = subprocess.run(command, cwd=desk.root, capture_output=True, text=True, check=True)
        return done.stdout

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    edit_live(desk, "Desk", silenceThreshold=650, preamble=SPOKEN.replace("Be brief", "Be kind"))
    assert desk.run("pull", "--target", "desk").code == 0
    lines = git("diff", "-U0", "agents").splitlines()
    assert [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-  sandbox: { silenceThreshold: 700, params: { day: today } }",
        "+  sandbox: { silenceThreshold: 650, params: { day: today } }",
        "-- Be brief.",
        "+- Be kind.",
    ]
    assert ".reconciler" not in git("status", "--short")


def committed(project: Project, message: str) -> None:
    for argv in (("init", "-q"), ("add", "-A"), ("commit", "-qm", message)):
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *argv]
        subprocess.run(command, cwd=project.root, capture_output=True, check=True)


@pytest.mark.parametrize("forgotten", [False, True], ids=["history", "git"])
def test_the_next_merge_starts_from_the_pulled_value(desk: Project, *, forgotten: bool) -> None:
    edit_live(desk, "Desk", preamble=SPOKEN.replace("Be brief", "Be kind"))
    assert desk.run("pull", "--target", "desk").code == 0
    committed(desk, "pulled")
    if forgotten:
        shutil.rmtree(desk.root / ".reconciler/history")
    prompt = PROMPT.replace("Be brief", "Be kind")
    desk.write("agents/prompts/desk.md", prompt.replace("Say goodbye", "Say thank you"))
    edit_live(desk, "Desk", preamble=SPOKEN.replace("Be brief", "Be very kind"))
    done = desk.run("pull", "--target", "desk")
    assert (done.code, "merged" in done.out) == (0, True), done.out
    assert texts(desk)[1] == PROMPT.replace("Be brief", "Be very kind").replace(
        "Say goodbye", "Say thank you"
    )


def test_other_fields_are_taken_although_a_prompt_clashes(desk: Project) -> None:
    desk.write("agents/prompts/desk.md", PROMPT.replace("Be brief", "Be very brief"))
    edit_live(desk, "Desk", preamble=SPOKEN.replace("Be brief", "Be kind"), pokeMessages=["Hi"])
    done = desk.run("pull", "--target", "desk")
    assert done.code == 4
    assert "~ desk  pokeMessages  taken into agents/desk.yaml" in done.out
    assert "! desk  preamble  both versions are in agents/prompts/desk.md, line 5:" in done.out
    assert "pokeMessages: [Hi]" in texts(desk)[0]


def test_both_sides_of_a_clash_keep_their_variables(desk: Project) -> None:
    desk.write("agents/prompts/desk.md", PROMPT.replace("You answer", "You speak"))
    edit_live(desk, "Desk", preamble=SPOKEN.replace("You answer", "You talk"))
    assert desk.run("pull", "--target", "desk").code == 4
    assert texts(desk)[1].count("${var.clinic}") == 2


def test_a_file_behind_a_link_is_shared_too(desk: Project) -> None:
    (desk.root / "agents/prompts/link.md").symlink_to("desk.md")
    desk.write("agents/night.yaml", DESK.replace("Desk", "Night").replace("desk.md", "link.md"))
    assert desk.apply("--target", "night").code == 0
    edit_live(desk, "Desk", preamble=SPOKEN.replace("Be brief", "Be kind"))
    done = desk.run("pull", "--target", "desk")
    assert (done.code, texts(desk)[1]) == (4, PROMPT)
    assert "its file is shared: night preamble would change too" in done.out


def test_a_file_that_another_agent_reads_in_another_environment_is_shared_too(
    desk: Project,
) -> None:
    night = "spec: { agentName: Night, preamble: own }\n"
    other = "environments: { staging: { preamble: { $file: prompts/desk.md } } }\n"
    desk.write("agents/night.yaml", night + other)
    assert desk.apply("--target", "night").code == 0
    edit_live(desk, "Desk", preamble=SPOKEN.replace("Be brief", "Be kind"))
    done = desk.run("pull", "--target", "desk")
    assert (done.code, texts(desk)[1]) == (4, PROMPT)
    assert "its file is shared: night reads it in another environment" in done.out
