"""The applies that this machine remembers: what is kept, what is never kept, and broken files."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from reconciler.engine.history import Apply
from reconciler.model import Action, Outcome, Status
from reconciler.sandbox.server import RunningServer
from reconciler.state import history
from tests import build, confined
from tests.conftest import Serve, Shelf
from tests.projects import Project
from tests.seed_fields import FULL

SPEC = {"agentName": "Front desk", "greetingMessage": "Hello", "silenceThreshold": 800}


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve()


@pytest.fixture
def applied(project: Project, server: RunningServer, shelf: Shelf) -> Project:
    project.on(server.url).agent("front-desk", SPEC)
    return shelf("applied", project, server, project.apply)


def place(project: Project) -> Path:
    return project.root / ".reconciler/history/default"


def names(project: Project) -> list[str]:
    return sorted(path.name for path in place(project).iterdir())


def greet(project: Project, text: str) -> int:
    """Apply another greeting; its exit code."""
    project.agent("front-desk", {**SPEC, "greetingMessage": text})
    return project.apply("--parallelism", "1").code


def edit_live(server: RunningServer, **fields: Any) -> None:
    (record,) = server.app.state.store.records()
    server.app.state.store.update(record.id, {**record.fields, **fields})


# Output


def test_applies_are_listed_newest_first_with_how_they_ended(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("second", {"agentName": "Second"})
    assert greet(applied, "Hi") == 0
    applied.run("plan", "--out", "p.plan.json")
    server.app.state.faults.add("PATCH:400")
    applied.agent("third", {"agentName": "Third"})
    assert greet(applied, "Good day") == 3
    assert applied.run("rollback", "2", "--yes").code == 3
    done = applied.run("history")
    assert (done.code, done.err, done.out) == (
        0,
        "",
        (
            "#4  2026-01-02 03:04  no commit  rollback of 2  1 updated\n"
            "#3  2026-01-02 03:04  no commit  apply          1 failed, 1 created\n"
            "#2  2026-01-02 03:04  no commit  apply          1 updated, 1 created\n"
            "#1  2026-01-02 03:04  no commit  apply          1 created\n"
        ),
    )


def test_a_saved_plan_is_called_by_its_file(applied: Project) -> None:
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600})
    applied.run("plan", "--out", "p.plan.json")
    assert applied.run("apply", "p.plan.json").code == 0
    assert "#2  2026-01-02 03:04  no commit  apply p.plan.json  1 updated" in (
        applied.run("history").out
    )


def test_one_apply_is_shown_in_full(applied: Project, server: RunningServer) -> None:
    edit_live(server, silenceThreshold=500)
    prompt = "Be brief.\nNever guess."
    applied.agent("front-desk", {**SPEC, "greetingMessage": "Hi", "preamble": prompt})
    applied.apply()
    done = applied.run("history", "2")
    assert (done.code, done.out) == (
        0,
        (
            "#2  2026-01-02 03:04  no commit  apply  1 updated\n"
            "Legend: - live before → + written\n"
            "\n"
            "front-desk  Front desk  updated\n"
            '    ~ greetingMessage: "Hello" → "Hi"  [spoken, edit]\n'
            "    ~ preamble  paragraphs: 2 added, 1 removed  [behaviour, edit]\n"
            "        │ 1 - You are a helpful assistant that will answer users questions.\n"
            "        │ 1 + Be brief.\n"
            "        │ 2 + Never guess.\n"
            "    ~ silenceThreshold: 500 → 800 ms  [behaviour, drift]"
            "  changed live since the last apply\n"
            "\n"
        ),
    )


def test_a_pull_is_shown_with_what_the_file_said_before(
    applied: Project, server: RunningServer
) -> None:
    edit_live(server, greetingMessage="Hey", silenceThreshold=500)
    assert applied.run("pull", "--yes").code == 0
    done = applied.run("history", "2")
    since = "  changed live since the last apply"
    assert (done.code, done.out.splitlines()[1:]) == (
        0,
        [
            "Legend: - your file before → + taken from live",
            "",
            "front-desk  Front desk  pulled into the files",
            f'    ~ greetingMessage: "Hello" → "Hey"  [spoken, drift]{since}',
            f"    ~ silenceThreshold: 800 → 500 ms  [behaviour, drift]{since}",
            "",
        ],
    )


def test_a_pull_of_what_both_changed_shows_the_files_own_value(
    applied: Project, server: RunningServer
) -> None:
    edit_live(server, greetingMessage="Hey")
    applied.agent("front-desk", {**SPEC, "greetingMessage": "Good day"})
    assert applied.run("pull", "--yes", "--overwrite").code == 0
    assert '    ~ greetingMessage: "Good day" → "Hey"  [' in applied.run("history", "2").out


def test_a_pull_does_not_keep_what_was_a_secret(applied: Project, server: RunningServer) -> None:
    applied.env["GREETING"] = "planted-hello"
    applied.agent("front-desk", {**SPEC, "greetingMessage": {"$secret": "GREETING"}})
    assert applied.apply().code == 0
    applied.agent("front-desk", {**SPEC, "greetingMessage": "planted-hello"})
    edit_live(server, greetingMessage="Hey")
    assert applied.run("pull", "--yes", "--overwrite").code in (0, 1, 2, 4)
    kept = "".join(path.read_text() for path in place(applied).iterdir())
    told = applied.run("history", str(len(names(applied)))).out
    assert "planted" not in kept + told


def test_the_document_for_machines_is_exact(applied: Project, server: RunningServer) -> None:
    server.app.state.faults.add("PATCH:trim")
    greet(applied, " Hi ")
    (record,) = server.app.state.store.records()
    common = {
        "environment": "default",
        "at": "2026-01-02T03:04:05Z",
        "commit": "",
        "author": "",
        "what": "apply",
    }
    agent = {"key": "front-desk", "name": "Front desk", "id": record.id}
    created = {"action": "create", "status": "done", "message": "", "fields": list(SPEC)}
    second = applied.run("history", "2", "--format", "json").json["applies"]
    message = second[0]["agents"][0].pop("message")
    assert message.startswith("accepted, but stored differently")
    diverged = {"action": "update", "status": "diverged", "fields": ["greetingMessage"]}
    assert second == [{"apply": 2, **common, "agents": [{**agent, **diverged}]}]
    both = applied.run("history", "--format", "json").json
    assert both["format_version"] == "2.0"
    assert [one["apply"] for one in both["applies"]] == [2, 1]
    assert both["applies"][1] == {"apply": 1, **common, "agents": [{**agent, **created}]}


@pytest.mark.parametrize("arguments", [(), ("--format", "json")])
def test_if_nothing_was_applied_the_history_is_empty(
    project: Project, server: RunningServer, arguments: tuple[str, ...]
) -> None:
    project.on(server.url).agent("front-desk", SPEC)
    done = project.run("history", *arguments)
    told = "This machine remembers no apply; git has the files and the state.\n"
    assert (done.code, done.err) == (0, told)
    assert done.out == ('{\n  "format_version": "2.0",\n  "applies": []\n}\n' if arguments else "")


@pytest.mark.parametrize(
    ("number", "code", "told"),
    [
        ("7", 1, "no apply 7 of default is remembered"),
        ("0", 64, "a whole number, 1 or more, is needed"),
        ("-1", 64, "usage: reconciler history"),
        ("first", 64, "a whole number, 1 or more, is needed"),
        ("../1", 64, "a whole number, 1 or more, is needed"),
    ],
)
def test_an_apply_that_is_not_there_is_reported(
    applied: Project, number: str, code: int, told: str
) -> None:
    done = applied.run("history", number)
    assert (done.code, done.out, told in done.err) == (code, "", True), done.err


def test_the_history_needs_no_key_and_no_api(applied: Project, server: RunningServer) -> None:
    applied.env.pop("HAMSA_API_KEY")
    server.__exit__(None, None, None)
    assert applied.run("history").out.startswith("#1  ")
    assert applied.run("history", "1").code == 0
    (applied.root / "agents/front-desk.yaml").write_text("spec: [", encoding="utf-8")
    assert applied.run("history").code == 0


def test_each_environment_counts_for_itself(project: Project, serve: Serve) -> None:
    project.env |= {"ONE": serve().url, "TWO": serve().url, "KEY": "sandbox"}
    project.write(
        "reconciler.yaml",
        "environments:\n"
        "  one: {url: {$env: ONE}, api_key: {$secret: KEY}}\n"
        "  two: {url: {$env: TWO}, api_key: {$secret: KEY}}\n",
    )
    project.agent("front-desk", SPEC)
    assert [project.apply("-e", name).code for name in ("one", "two")] == [0, 0]
    project.agent("front-desk", {**SPEC, "greetingMessage": "Hi"})
    project.apply("-e", "two")
    firsts = {
        name: [line.split()[0] for line in project.run("history", "-e", name).out.splitlines()]
        for name in ("one", "two")
    }
    assert firsts == {"one": ["#1"], "two": ["#2", "#1"]}


# Stored data


def test_only_what_is_written_makes_a_file(applied: Project, server: RunningServer) -> None:
    assert names(applied) == ["000001.jsonl"]
    assert applied.apply().code == 0
    (applied.root / "reconciler.state.json").unlink()
    assert "remembered in the state" in applied.apply().out
    assert greet(applied, "Hi") == 0
    edit_live(server, greetingMessage="Hey")
    assert greet(applied, "Good day") == 4
    applied.run("plan")
    applied.run("drift")
    applied.run("apply", answer="no\n")
    assert names(applied) == ["000001.jsonl", "000002.jsonl"]


def test_an_agent_that_turned_stale_leaves_no_trace(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("front-desk", {**SPEC, "greetingMessage": "Hi"})
    applied.run("plan", "--out", "p.plan.json")
    edit_live(server, greetingMessage="Hey")
    assert applied.run("apply", "p.plan.json").code == 4
    assert names(applied) == ["000001.jsonl"]


def test_the_whole_readable_agent_is_kept_as_it_was(
    applied: Project, server: RunningServer
) -> None:
    edit_live(server, params={"caller": "x"}, outcome="List.")
    greet(applied, "Hi")
    apply = history.read(place(applied), 2)
    assert apply is not None
    (written,) = apply.agents
    before = dict(written.before or {})
    assert (before["greetingMessage"], before["params"]) == ("Hello", {"caller": "x"})
    assert (before["outcome"], before["silenceThreshold"]) == ("List.", 800)
    assert [change.path for change in written.changes] == ["greetingMessage"]


def test_the_history_is_for_its_owner_alone_and_git_leaves_it(applied: Project) -> None:
    greet(applied, "Hi")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in place(applied).iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(place(applied).stat().st_mode) == 0o700
    assert (applied.root / ".reconciler/.gitignore").read_text(encoding="utf-8") == "*\n"


# Data that is never stored

LIVE = "planted-live"
TOKENS = {
    "GOOGLE_ACCESS_TOKEN": "planted-access",
    "GOOGLE_REFRESH_TOKEN": "planted-refresh",
    "HOOK": "https://hook.example/planted-hook",
    "NEW_HOOK": "https://hook.example/planted-new-hook",
    "AUTH": "planted-auth",
    "TOKEN": "planted-token",
    "LLM": "planted-llm",
}


def kept(project: Project) -> bytes:
    files = (project.root / ".reconciler/history").rglob("*")
    return b"\n".join(path.read_bytes() for path in files if path.is_file())


def change_after_change(project: Project, specs: list[dict[str, Any]]) -> None:
    """Apply one spec after the other, each with another greeting, so that each is written."""
    for number, spec in enumerate(specs):
        project.agent("front-desk", {**spec, "greetingMessage": f"Hello {number}"})
        done = project.apply()
        assert "blocked" not in done.out, done.out
        assert done.code in (0, 3), done.out + done.err


@pytest.mark.parametrize("patch", ["merge", "replace"])
def test_no_token_of_files_or_live_is_kept(project: Project, serve: Serve, patch: str) -> None:
    server = serve(f"patch={patch}")
    calendar = {**FULL["googleCalendarSettings"], "accessToken": LIVE, "refreshToken": LIVE}
    server.app.state.store.add({**FULL, "googleCalendarSettings": calendar})
    project.on(server.url).env |= TOKENS
    other = {**FULL["googleCalendarSettings"], "calendarId": "second"}
    change_after_change(project, [FULL, {**FULL, "googleCalendarSettings": other}])
    assert b"Hello 1" in kept(project)
    assert b"planted" not in kept(project)


MODEL = {
    "provider": "Custom",
    "modelName": "llama",
    "baseUrl": "https://model.example",
    "temperature": 0.2,
}
SECRET_PLACES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # the value in the file, and the live value before
    "in a field for secrets": (
        {"webhookAuth": {"authKey": "Token", "authSecret": {"$secret": "AUTH"}}},
        {"webhookAuth": {"authKey": "Token", "authSecret": LIVE}},
    ),
    "in the model's settings": (
        {"llmConfig": {**MODEL, "apiKey": {"$secret": "LLM"}}},
        {"llmConfig": {**MODEL, "apiKey": LIVE}},
    ),
    "in a field that can be read": (
        {"webhookUrl": {"$secret": "HOOK"}},
        {"webhookUrl": f"https://hook.example/{LIVE}"},
    ),
    "inside a map": (
        {"params": {"caller": "x", "token": {"$secret": "TOKEN"}}},
        {"params": {"token": LIVE}},
    ),
    "in the overrides of tools": (
        {"webToolsOverrides": {"t": {"key": {"$secret": "TOKEN"}}}},
        {"webToolsOverrides": {"t": {"key": LIVE}}},
    ),
}


@pytest.mark.parametrize("spot", SECRET_PLACES)
def test_no_secret_is_kept_anywhere(project: Project, serve: Serve, spot: str) -> None:
    secret, live = SECRET_PLACES[spot]
    server = serve("shape=G3")
    server.app.state.store.add({"agentName": "Front desk", **live})
    project.on(server.url).env |= TOKENS
    spec = {"agentName": "Front desk", **secret}
    change_after_change(project, [spec, spec])
    assert b"Hello 1" in kept(project)
    assert b"planted" not in kept(project)


def test_a_secret_that_changed_is_kept_on_neither_side(project: Project, serve: Serve) -> None:
    project.on(serve("shape=G3").url).env |= TOKENS
    specs = [
        {"agentName": "Front desk", "webhookUrl": {"$secret": name}}
        for name in ("HOOK", "NEW_HOOK", "HOOK")
    ]
    change_after_change(project, specs)
    assert b"planted" not in kept(project)


@pytest.mark.parametrize("patch", ["merge", "replace"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"webhookUrl": {"$secret": "HOOK"}}, {"webhookUrl": "https://hook.example/open"}),
        ({"params": {"token": {"$secret": "TOKEN"}}}, {"params": {"caller": "x"}}),
    ],
)
def test_the_value_of_a_former_secret_is_not_kept(
    project: Project, serve: Serve, patch: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    project.on(serve(f"shape=G3&patch={patch}").url).env |= TOKENS
    specs = [{"agentName": "Front desk", **fields} for fields in (before, after, after)]
    change_after_change(project, specs)
    assert b"Hello 2" in kept(project)
    assert b"planted" not in kept(project)


@pytest.mark.parametrize("secret", [{"webhookUrl": "HOOK"}, {"params": "TOKEN"}])
def test_a_secret_that_the_file_dropped_and_that_is_still_live_is_not_kept(
    project: Project, serve: Serve, secret: dict[str, str]
) -> None:
    server = serve("shape=G3")
    project.on(server.url).env |= TOKENS
    ((path, name),) = secret.items()
    value: Any = {"$secret": name}
    declared = {path: {"token": value} if path == "params" else value}
    bare = {"agentName": "Front desk"}
    change_after_change(project, [{**bare, **declared}, bare, bare])
    assert "planted" in json.dumps(server.app.state.store.records()[0].fields)
    assert b"planted" not in kept(project)


def test_an_ignored_secret_is_not_kept(project: Project, serve: Serve) -> None:
    server = serve("shape=G3")
    server.app.state.store.add({"agentName": "Front desk", "webhookUrl": f"https://x/{LIVE}"})
    project.on(server.url).env |= TOKENS
    for text in ("Hello", "Hi"):
        spec = {
            "agentName": "Front desk",
            "greetingMessage": text,
            "webhookUrl": {"$secret": "HOOK"},
        }
        project.agent("front-desk", spec, lifecycle={"ignore": ["webhookUrl"]})
        assert project.apply().code == 0
    assert b"Hi" in kept(project)
    assert b"planted" not in kept(project)


def test_a_secret_that_the_api_repeats_in_an_error_is_not_kept(
    project: Project, serve: Serve
) -> None:
    server = serve("shape=G3")
    project.on(server.url).env |= {**TOKENS, "HOOK": "planted-hook"}
    project.agent("front-desk", {"agentName": "A", "webhookUrl": {"$secret": "HOOK"}})
    server.app.state.faults.add("POST:trim")
    project.apply()
    assert b"planted" not in kept(project)


# Files that are odd


def damage(project: Project, number: int, text: str | bytes) -> None:
    path = place(project) / f"{number:06}.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def lines_of(project: Project, number: int) -> list[str]:
    path = place(project) / f"{number:06}.jsonl"
    return path.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def thrice(project: Project, server: RunningServer, shelf: Shelf) -> Project:
    """Three applies: #1 creates, #2 and #3 change the greeting."""
    project.on(server.url)

    def make() -> None:
        assert [greet(project, text) for text in ("Hello", "Hi", "Good day")] == [0, 0, 0]

    return shelf("thrice", project, server, make)


def listed(project: Project) -> list[str]:
    done = project.run("history")
    assert (done.code, done.err) == (0, "")
    return [line.split()[0] for line in done.out.splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]\n",
        "null\n",
        b"\xff\xfe",
        '{"format_version": "2.0"}\n',
        '{"format_version": "10.3", "number": 2}\n',
        '{"format_version": "1.1"}\n',
        "[" * 100_000,
        (
            '{"format_version": "1.1", "number": 2, "environment": "default", "at": "", '
            '"commit": "", "what": "apply"}\n{"changes": 3, "key": "a"}\n'
        ),
        (
            '{"format_version": "1.1", "number": 2, "environment": "default", "at": "", '
            '"commit": "", "what": "apply"}\n{}\n'
        ),
    ],
    ids=lambda text: str(text[:24]) or "nothing",
)
def test_a_file_that_cannot_be_read_is_passed_over(thrice: Project, text: str | bytes) -> None:
    damage(thrice, 2, text)
    assert listed(thrice) == ["#3", "#1"]
    done = thrice.run("history", "2")
    assert (done.code, "no apply 2 of default is remembered" in done.err) == (1, True)
    assert thrice.run("rollback", "2", "--yes").code == 1
    assert greet(thrice, "Welcome") == 0
    assert listed(thrice) == ["#4", "#3", "#1"]


@pytest.mark.parametrize("cut", [1, 30, 10_000])
def test_a_line_that_the_end_of_a_run_cut_is_passed_over(thrice: Project, cut: int) -> None:
    head, before, after = lines_of(thrice, 3)
    damage(thrice, 3, "\n".join([head, before, after[:-cut]]))
    assert listed(thrice) == ["#3", "#2", "#1"]
    assert "apply  1 not known\n" in thrice.run("history").out
    damage(thrice, 3, "\n".join([head, before[:-cut]]))
    assert listed(thrice) == ["#3", "#2", "#1"]


def test_a_later_minor_format_and_what_it_adds_are_read(thrice: Project) -> None:
    head, before, after = (json.loads(line) for line in lines_of(thrice, 3))
    rows = [
        {**head, "format_version": "1.9", "who": "somebody"},
        {**before, "took": 3},
        {**after, "request": "id"},
    ]
    damage(thrice, 3, "\n".join(map(json.dumps, rows)))
    assert thrice.run("history").out.startswith(
        "#3  2026-01-02 03:04  no commit  apply  1 updated\n"
    )


@pytest.mark.parametrize("name", ["7.jsonl", "notes.jsonl", "٣.jsonl", "000009.txt", ".x.jsonl"])
def test_a_stray_file_stops_no_apply(thrice: Project, name: str) -> None:
    (place(thrice) / name).write_text("x", encoding="utf-8")
    assert greet(thrice, "Welcome") == 0
    assert listed(thrice)[1:] == ["#3", "#2", "#1"]


def test_a_file_that_is_gone_leaves_its_number_unused(thrice: Project) -> None:
    (place(thrice) / "000002.jsonl").unlink()
    assert greet(thrice, "Welcome") == 0
    assert listed(thrice) == ["#4", "#3", "#1"]


def test_hostile_text_in_the_history_does_not_act(applied: Project, server: RunningServer) -> None:
    edit_live(server, greetingMessage="\x1b[2J\r::error::forged\u202e", agentName="::error::name")
    greet(applied, "Hi")
    for done in (applied.run("history"), applied.run("history", "2")):
        assert [c for c in "\x1b\r\u202e" if c in done.out] == []
        assert [line for line in done.out.splitlines() if line.strip().startswith("::")] == []


# Bounds


def test_the_oldest_applies_are_dropped_by_number(
    applied: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_APPLIES", 3)
    for number in range(4):
        greet(applied, f"Hello {number}")
    assert listed(applied) == ["#5", "#4", "#3"]


def test_the_oldest_applies_are_dropped_by_size_and_the_newest_stays(
    applied: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        greet(applied, f"Hello {number}")
    size = (place(applied) / "000005.jsonl").stat().st_size
    monkeypatch.setattr(history, "MOST_BYTES", int(2.5 * size))
    greet(applied, "Hi")
    assert listed(applied) == ["#6", "#5", "#4"]
    monkeypatch.setattr(history, "MOST_BYTES", 1)
    greet(applied, "Good day")
    assert listed(applied) == ["#7", "#6"]


# A history that cannot be written


def bytes_live(server: RunningServer) -> Any:
    return [record.fields for record in server.app.state.store.records()]


def writes(server: RunningServer) -> list[str]:
    return [r.method for r in server.app.state.requests if r.method != "GET"]


def test_if_the_history_cannot_be_written_nothing_is_sent_and_that_is_reported(
    project: Project, server: RunningServer
) -> None:
    project.on(server.url).agent("front-desk", SPEC)
    project.write(".reconciler/history", "a file in its place")
    done = project.apply()
    assert (done.code, writes(server)) == (1, [])
    assert "    the history cannot be written: " in done.out
    assert not (project.root / "reconciler.state.json").exists()
    (project.root / ".reconciler/history").unlink()
    assert project.apply().code == 0


@pytest.mark.parametrize("size", [0, 60])
def test_on_a_full_disk_nothing_is_sent_and_that_is_reported(
    applied: Project, server: RunningServer, programs: Path, size: int
) -> None:
    applied.agent("front-desk", {**SPEC, "greetingMessage": "Hi"})
    server.app.state.requests.clear()
    before = bytes_live(server)
    done = confined.tool(programs, applied, "apply", "--yes", largest_file=size)
    assert (done.code, writes(server), bytes_live(server)) == (1, [], before)
    assert "    the history cannot be written: file too large\n" in done.out
    assert greet(applied, "Hi") == 0


def action(key: str) -> Action:
    return build.action("update", key, key, build.change("lang", "ar", "en"), id=f"id-{key}")


def recorder(folder: Path) -> history.Recorder:
    return history.Recorder(folder, Apply(number=0, environment="default", at="2026-01-02"))


CONTINUED = """\
from pathlib import Path
from reconciler.engine.history import Apply
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Record
from reconciler.state import history
from reconciler.state.appended import Appended
recorder = history.Recorder(Path(), Apply(number=0, environment="default", at="2026-01-02"))
recorder._file = Appended(Path("000001.jsonl"), Path())
action = Record(kind=AGENT_V1, key="b", name="b", id="id-b")
"""


@pytest.mark.process
def test_an_agent_is_kept_although_the_disk_was_full_before_it(tmp_path: Path) -> None:
    found = recorder(tmp_path)
    found.before(action("a"), {"lang": "ar"})
    size = (tmp_path / "000001.jsonl").stat().st_size
    code = f"{CONTINUED}recorder.before(action, {{'lang': 'ar'}})"
    done = confined.python("-c", code, cwd=tmp_path, largest_file=size + 20)
    assert "ReconcilerError: the history cannot be written: file too large" in done.stderr
    found.before(action("c"), {"lang": "ar"})
    apply = history.read(tmp_path, 1)
    assert apply is not None
    assert [written.key for written in apply.agents] == ["a", "c"]


@pytest.mark.parametrize("status", list(Status))
def test_what_may_have_been_written_counts_as_written(tmp_path: Path, status: Status) -> None:
    found = recorder(tmp_path)
    found.before(action("a"), {"lang": "ar"})
    found.after(Outcome(status=status, action=action("a"), id="id-a"))
    found.before(action("b"), {"lang": "ar"})
    (apply,) = history.applies(tmp_path)
    assert {one.key: one.perhaps_written for one in apply.agents} == {
        "a": status in (Status.DONE, Status.DIVERGED, Status.UNKNOWN),
        "b": True,
    }


def test_an_outcome_of_an_agent_that_was_not_begun_makes_no_file(tmp_path: Path) -> None:
    recorder(tmp_path).after(Outcome(status=Status.REFUSED, action=action("a")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value",
    ["a\u2028b\x85c\nd", "👋 مرحباً", 1.5, None, [], {"a": {"b": [1, None, True]}}, ""],
)
def test_values_come_back_as_they_were(tmp_path: Path, value: Any) -> None:
    recorder(tmp_path).before(action("a"), {"params": value})
    apply = history.read(tmp_path, 1)
    assert apply is not None
    assert dict(apply.agents[0].before or {}) == {"params": value}
