"""Every row of docs/situations.md on a real API; and every combination there is has its row."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Record, Store
from reconciler.state import statefile
from reconciler.state.local import LocalFile
from reconciler.state.state import State
from tests.projects import Project, Run

pytestmark = pytest.mark.cli

PAGE = (Path(__file__).parent.parent / "docs/situations.md").read_text(encoding="utf-8")
LETTERS = "ABC"
COMMANDS = ("Plan", "Apply", "Drift", "Pull")
NAME = "Front desk"

Situation = tuple[str, ...]
Row = dict[str, str]


def rows(heading: str) -> list[Row]:
    """The table below a heading of the document."""
    part = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    (text,) = [found for found in part if found.startswith(f"{heading}\n")]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], line, strict=True)) for line in cells[2:]]


def fits(cells: Situation, situation: Situation) -> dict[str, str] | None:
    """The value of each letter of a row in a situation; None if the row is not about it."""
    meant: dict[str, str] = {}
    for cell, value in zip(cells, situation, strict=True):
        (word, *mark), (name, *where) = cell.split(", "), value.split(", ")
        if mark != where or not _fits(word, name, meant):
            return None
    return meant if len(set(meant.values())) == len(meant) else None


def _fits(word: str, name: str, meant: dict[str, str]) -> bool:
    match word:
        case "any":
            return name != "no agent"
        case "known":
            return name not in ("lost", "of others")
        case "lost":
            return name in ("lost", "of others")
        case "A" | "B" | "C":
            return name in LETTERS and meant.setdefault(word, name) == name
    return word == name


def row_of(heading: str, situation: Situation) -> Row:
    """The one row about a situation, its letters replaced by those of the situation."""
    found = []
    for row in rows(heading):
        meant = fits(tuple(row.values())[: len(situation)], situation)
        if meant is not None:
            found.append({name: _meant(row[name], meant) for name in ("Cause", *COMMANDS)})
    assert len(found) == 1, f"{len(found)} rows about {situation}"
    return found[0]


def _meant(cell: str, letters: dict[str, str]) -> str:
    return re.sub(r"\b[ABC]\b", lambda found: letters[found[0]], cell)


def with_letters_in_order(situation: Situation) -> Situation:
    """The same situation with A for the value named first, B for the next: state, file, live."""
    names: dict[str, str] = {}
    file, last, live = situation
    for value in (last, file, live):
        if value.split(", ")[0] in LETTERS:
            names.setdefault(value[0], LETTERS[len(names)])
    return tuple(_meant(value, names) for value in (file, last, live))


@dataclass(frozen=True)
class Field:
    """A field, by its value in a file and the API's value after the apply."""

    heading: str
    declared: Callable[[str], dict[str, Any]]
    stored: Callable[[str], dict[str, Any]]
    switches: str = ""
    letters: str = LETTERS
    lives: str = ""
    """The letters to try as the live value if it cannot matter; empty for all."""


TOOLS = ("googleCalendar", "genderDetection", "smartCallEnd")


def _tools(letter: str) -> dict[str, Any]:
    return {"tools": dict.fromkeys(TOOLS, letter == "A")}


def _hook(secret: Any) -> dict[str, Any]:
    return {"webhookAuth": {"authKey": "Token", "authSecret": secret}}


READABLE, UNREADABLE = "A field that can be read", "A field that cannot be read, or is a secret"
FIELDS = {
    "a text": Field(
        READABLE,
        lambda letter: {"greetingMessage": f"Hello {letter}"},
        lambda letter: {"greetingMessage": f"Hello {letter}"},
    ),
    "a write-only field": Field(
        UNREADABLE,
        _tools,
        _tools,
        letters="AB",
        lives="B",
    ),
    "a secret of the table": Field(
        UNREADABLE,
        lambda letter: _hook({"$secret": f"SECRET_{letter}"}),
        lambda letter: _hook(f"secret-{letter}"),
        switches="shape=G3",
        lives="B",
    ),
    "a field given by $secret": Field(
        UNREADABLE,
        lambda letter: {"outcome": {"$secret": f"SECRET_{letter}"}},
        lambda letter: {"outcome": f"secret-{letter}"},
        switches="shape=G3",
        lives="B",
    ),
}
Letter = Callable[[dict[str, Any], str], str]
"""Which letter the fields of a key's agent have."""
Group = list[tuple[Field, Situation]]
SECRETS = {f"SECRET_{letter}": f"secret-{letter}" for letter in LETTERS}


def situations(letters: str = LETTERS, lives: str = "") -> Iterator[Situation]:
    """Every combination of file, state and live, whether or not it is like another."""
    values = lives or letters
    live = [*values, *(f"{letter}, re-created" for letter in values), "no agent"]
    lost = ("lost",) if lives else ("lost", "of others")
    yield from product(("nothing", *letters), (*lost, "nothing", *letters), live)


def is_dropped(situation: Situation) -> bool:
    """Whether the file no longer names what was applied to the live agent."""
    file, last, live = situation
    return file == "nothing" and last in LETTERS and live in LETTERS


def grouped(found: Iterator[tuple[Field, Situation]]) -> list[Group]:
    """Fields and situations that can be brought about in one project.

    Their commands end with the same codes, pull leaves nothing to do or it does, and either all
    of them or none have a state file.
    """
    groups: dict[tuple[object, ...], Group] = {}
    for field, situation in dict.fromkeys((f, with_letters_in_order(s)) for f, s in found):
        row, last = row_of(field.heading, situation), situation[1]
        book = last if last in ("lost", "of others") else "known"
        taken = row["Pull"].startswith("takes")
        groups.setdefault((field.switches, book, taken, *codes(row)), []).append((field, situation))
    return list(groups.values())


def codes(row: Row) -> tuple[str, ...]:
    """What the commands exit with; of a project that has agents of one row only."""
    return tuple(row[command].rpartition("(")[2] for command in COMMANDS)


CASES = grouped(
    (field, situation)
    for name, field in FIELDS.items()
    for situation in situations(field.letters, field.lives)
    if not (name == "a field given by $secret" and is_dropped(situation))
)


def called(group: Group) -> str:
    """What a test of them is called."""
    return f"{'; '.join(group[0][1])} and {len(group) - 1} more"


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, RunningServer]]:
    """A sandbox of either shape, for all tests here."""
    with (
        RunningServer(Store(None), Settings.parse("")) as old,
        RunningServer(Store(None), Settings.parse("shape=G3")) as new,
    ):
        yield {"": old, "shape=G3": new}


class Desk:
    """A project with an API in which situations are brought about, and what commands do there.

    Every agent is in a situation of its own; ``keys`` are those that are looked at.
    """

    def __init__(self, project: Project, server: RunningServer) -> None:
        self.store: Store = server.app.state.store
        self.requests = server.app.state.requests
        self.store.reset()
        self.project = project.on(server.url)
        self.project.env |= SECRETS
        self.keys: tuple[str, ...] = ("front-desk",)

    def path(self, key: str) -> Path:
        return self.project.root / f"agents/{key}.yaml"

    def file(self, spec: dict[str, Any], key: str = "front-desk", **frame: Any) -> None:
        self.project.agent(key, {"agentName": name_of(key), **spec}, **frame)

    def applied(self, key: str = "front-desk") -> Record:
        """Apply the current files, also if agents were removed before."""
        done = self.project.apply("--recreate")
        assert done.code == 0, done.out + done.err
        return self.record(key)

    def with_agents(self, of_key: dict[str, Situation]) -> dict[str, dict[str, str | None]]:
        """Bring situations of agents about; which id the words of the document mean for each."""
        self.file({}, "bystander")
        known: dict[str, str] = {}
        for key in (key for key, (_, last, _) in of_key.items() if last != "nothing"):
            self.file({}, key)
        self.applied("bystander")
        for key in (key for key, (_, last, _) in of_key.items() if last != "nothing"):
            known[key] = self.record(key).id
            if of_key[key][1] == "an agent that is gone":
                self.store.remove(known[key])
        return {key: self._with_agent(key, one, known.get(key)) for key, one in of_key.items()}

    def _with_agent(self, key: str, situation: Situation, known: str | None) -> dict[str, Any]:
        file, last, others = situation
        pinned = f"00000000-0000-4000-8000-{key.removeprefix('desk-'):>012}"
        if file == "a live `id`":
            pinned = known if last == "the pinned agent" and known else self.live({}, key).id
        names = [self.live({}, key) for _ in range(OTHERS[others])]
        if file == "none":
            self.path(key).unlink(missing_ok=True)
        else:
            pins = "`id`" in file and file != "no `id`"
            self.file({}, key, **({"id": pinned} if pins else {}))
        return {
            "": None,
            "nobody": None,
            "a new agent": None,
            "that one": names[0].id if names else None,
            "the state's agent": known,
            "the pinned agent": pinned,
        }

    def record(self, key: str = "front-desk") -> Record:
        """The newest live agent of this name."""
        return [one for one in self.store.records() if one.fields["agentName"] == name_of(key)][-1]

    def live(self, fields: dict[str, Any], key: str = "front-desk") -> Record:
        """A live agent that was never applied."""
        return self.store.add({"agentName": name_of(key), **fields})

    def moved(self, key: str, fields: dict[str, Any]) -> None:
        """Edit a live agent in the dashboard, or remove it if there are no fields."""
        record = self.record(key)
        if fields:
            self.store.update(record.id, {**record.fields, **fields})
        else:
            self.store.remove(record.id)

    def entries(self) -> dict[str, Any]:
        """The state's entries of the agents."""
        page = State.of(LocalFile(self.project.root)).known("default")
        return {key: page.agents.get(key) if page else None for key in self.keys}

    def writes(self) -> list[str]:
        return [request.method for request in self.requests if request.method != "GET"]

    def seen(self, letter: Letter = lambda fields, key: "") -> dict[str, Row]:
        """What the four commands do here, in the document's words, for each key; apply is last."""
        self.requests.clear()
        plan = self.project.run("plan", "--format", "json", "--detailed-exitcode")
        drift = self.project.run("drift", "--format", "json")
        before = self.entries()
        pulled = self._pulled(letter, before)
        applied = self._applied(letter, before)
        return {
            key: {
                "Cause": _cause(plan, key),
                "Plan": _told(_planned(plan, key), plan),
                "Drift": _told(_drifted(drift, key), drift),
                "Pull": pulled[key],
                "Apply": applied[key],
            }
            for key in self.keys
        }

    def _pulled(self, letter: Letter, before: Any) -> dict[str, str]:
        """The result of pull; afterwards everything is as before."""
        book = self.project.root / statefile.FILE_NAME
        paths = [*(self.path(key) for key in self.keys), book]
        texts = {path: path.read_bytes() for path in paths if path.exists()}
        run = self.project.run("pull", "--auto-approve", "--format", "json")
        assert self.writes() == []
        edits = run.json.get("edits")
        if edits is None:
            return dict.fromkeys(self.keys, _told(_error(run), run))
        of_key = {key: [edit for edit in edits if edit["key"] == key] for key in self.keys}
        words = {key: "left" if mine else "nothing" for key, mine in of_key.items()}
        if edits and all(edit["taken"] for edit in edits):
            assert self.project.run("plan", "--detailed-exitcode").code == 0
            assert self.project.run("drift").code == 0
            for key in (key for key, mine in of_key.items() if mine):
                words[key] = f"takes {letter(self.declared(key), key)}"
            for path, text in texts.items():
                path.write_bytes(text)
        assert {path: path.read_bytes() for path in texts} == texts
        assert self.entries() == before
        return {key: _told(word, run) for key, word in words.items()}

    def declared(self, key: str = "front-desk") -> dict[str, Any]:
        """The fields of the file, as they are stored after an apply."""
        text = self.path(key).read_text(encoding="utf-8")
        return dict(re.findall(r"^  (\w+): (.+)$", text, re.MULTILINE))

    def _applied(self, letter: Letter, before: Any) -> dict[str, str]:
        old = {one.id: one.fields for one in self.store.records()}
        run = self.project.apply("--format", "json")
        new = {one.id: one.fields for one in self.store.records()}
        done = {one["key"]: one for one in run.json.get("outcomes", ())}
        patches = [request for request in self.requests if request.method == "PATCH"]
        patched = {request.path.rpartition("/")[2] for request in patches}
        after, words = self.entries(), {}
        for key in self.keys:
            outcome = done.get(key)
            if outcome is None:
                words[key] = _error(run) if "error" in run.json else "nothing"
            elif outcome["id"] in new.keys() - old.keys():
                words[key] = "creates"
            elif outcome["id"] in patched:
                words[key] = f"writes {letter(new[outcome['id']], key)}"
            elif outcome["status"] == "refused":
                words[key] = "refused"
            else:
                same = before[key] and before[key].id == after[key].id
                gone = same and before[key].digests.keys() - after[key].digests.keys()
                words[key] = "forgets" if gone else "remembers"
        written = [word for word in words.values() if word.startswith(("creates", "writes"))]
        assert len(self.writes()) == len(written)
        assert len(new) - len(old) == written.count("creates")
        if not written:
            assert new == old
        self._converged(run)
        return {key: _told(word, run) for key, word in words.items()}

    def _converged(self, run: Run) -> None:
        """A second apply writes nothing: all is done after a success, a failure fails again."""
        self.requests.clear()
        again = self.project.apply("--format", "json")
        assert (self.writes(), again.code) == ([], run.code)
        if run.code == 0:
            assert again.json["outcomes"] == []


def name_of(key: str) -> str:
    return NAME if key == "front-desk" else key


def _told(word: str, run: Run) -> str:
    return f"{word} ({run.code})"


def _error(run: Run) -> str:
    assert run.json["error"]["exit_code"] == run.code
    return "error"


def _action(plan: Run, key: str = "front-desk") -> Any:
    return next((one for one in plan.json["actions"] if one["key"] == key), None)


def _cause(plan: Run, key: str) -> str:
    action = _action(plan, key) if "actions" in plan.json else None
    changes = action["changes"] if action else ()
    return ", ".join(sorted({change["cause"] for change in changes})) or "–"


def _planned(plan: Run, key: str) -> str:
    if "error" in plan.json:
        return _error(plan)
    action = _action(plan, key)
    if action is None:
        return "unmanaged"
    changes = action["changes"]
    match action["action"]:
        case "create":
            return "`+` create"
        case "blocked":
            return "`!` blocked"
        case "update" if "conflict" in _cause(plan, key):
            return "`!` conflict"
        case "update":
            unread = {change["readable"] for change in changes}
            return {(True,): "`~` update", (False,): "`?` update"}[tuple(unread)]
    assert (action["action"] in ("in-sync", "record"), changes) == (True, [])
    return "in sync"


def _drifted(drift: Run, key: str) -> str:
    if "error" in drift.json:
        return _error(drift)
    agent = next((one for one in drift.json["agents"] if one["key"] == key), None)
    if agent is None:
        return "nothing"
    if agent["missing"]:
        return "gone" if agent["vanished"] else "not created"
    told = {
        "drift": "drift",
        "undeclared": "drift",
        "waiting": "waits",
        "unchecked": "not checked",
    }
    return next((word for name, word in told.items() if agent[name]), "nothing")


@pytest.fixture
def desk(project: Project, servers: dict[str, RunningServer]) -> Callable[[str], Desk]:
    return lambda switches="": Desk(project, servers[switches])


def brought_about(desk: Desk, group: Group) -> dict[str, tuple[Field, Situation]]:
    """The live agents, the state and the files as situations say, an agent for each of them."""
    there = {f"desk-{number}": one for number, one in enumerate(group)}
    desk.keys = tuple(there)
    (book,) = {last if last in ("lost", "of others") else "known" for _, (_, last, _) in group}

    def spec(field: Field, letter: str) -> dict[str, Any]:
        return field.declared(letter) if letter in LETTERS else {}

    if book == "of others":
        desk.project.agent("bystander", {"agentName": "Bystander"})
        assert desk.project.apply().code == 0
    if book == "known":
        for key, (field, (_, last, _)) in there.items():
            desk.file(spec(field, last), key)
        desk.applied(key)
    for key, (field, (_, _, live)) in there.items():
        value, *again = live.split(", ")
        if book == "known":
            desk.moved(key, {} if again or value == "no agent" else field.stored(value))
        if value in LETTERS and (again or book != "known"):
            desk.live(field.stored(value), key)
    unnamed = [key for key, (_, (_, last, _)) in there.items() if last == "nothing"]
    if unnamed:  # undeclared, and the state knows the live value
        desk.project.run("drift", "--accept", *(f"--target={key}" for key in unnamed))
    for key, (field, (file, _, _)) in there.items():
        desk.file(spec(field, file), key)
    return there


@pytest.mark.parametrize("group", CASES, ids=called)
def test_every_command_acts_in_a_situation_as_its_row_says(
    desk: Callable[[str], Desk], group: Group
) -> None:
    there = desk(group[0][0].switches)
    of_key = brought_about(there, group)

    def letter(fields: dict[str, Any], key: str) -> str:
        field = of_key[key][0]
        (found,) = [one for one in field.letters if field.stored(one).items() <= fields.items()]
        return found

    expected = {key: row_of(field.heading, one) for key, (field, one) in of_key.items()}
    assert there.seen(letter) == expected
    for key, (_, (file, *_)) in of_key.items():
        if expected[key]["Apply"] == "creates (0)" and file in LETTERS:
            assert letter(there.record(key).fields, key) == file


@pytest.mark.parametrize("heading", [READABLE, UNREADABLE])
def test_every_combination_of_a_field_has_one_row_and_every_row_a_combination(heading: str) -> None:
    named = [tuple(row.values())[:3] for row in rows(heading)]
    for situation in situations():
        about = [cells for cells in named if fits(cells, situation) is not None]
        assert len(about) == 1, (situation, about)
    idle = [c for c in named if all(fits(c, situation) is None for situation in situations())]
    assert idle == []


LEFT = [
    group
    for group in grouped((FIELDS["a text"], one) for one in situations(lives="B"))
    if row_of(READABLE, group[0][1])["Pull"] == "left (4)"
]


@pytest.mark.parametrize("group", LEFT, ids=called)
def test_what_a_command_leaves_or_refuses_is_written_with_overwrite(
    desk: Callable[[str], Desk], group: Group
) -> None:
    there = desk("")
    of_key = brought_about(there, group)
    if row_of(READABLE, group[0][1])["Apply"] == "refused (4)":
        assert there.project.apply("--overwrite").code == 0
        for key, (field, (file, *_)) in of_key.items():
            assert there.record(key).fields.items() >= field.stored(file).items()
        brought_about(there, group)
    some = any(file.startswith("nothing") for _, (file, *_) in group)
    undeclared = ("--undeclared",) if some else ()
    taken = there.project.run("pull", "--overwrite", *undeclared, "--auto-approve")
    assert taken.code == 0
    for key, (_, (_, _, live)) in of_key.items():
        assert there.declared(key)["greetingMessage"] == f"Hello {live[0]}"
    assert there.project.run("plan", "--detailed-exitcode").code == 0


def test_something_is_left_or_refused() -> None:
    assert sum(map(len, LEFT)) > 3


TURNS = "A field that becomes a secret, or stops being one"
FILES = {"A by `$secret`": {"$secret": "SECRET_A"}, "A in plain text": "secret-A"}


TURNED: dict[tuple[str, ...], list[tuple[Row, str, str]]] = {}
"""What can be brought about in one project: the value of a secret is in no text of its files."""
for _row, _last, _live in product(rows(TURNS), "AB", LETTERS):
    if _row["Live"] in ("any", "A" if _live == "A" else "B"):
        TURNED.setdefault((_row["File"], _row["State"], *codes(_row)), []).append(
            (_row, _last, _live)
        )


@pytest.mark.parametrize("group", TURNED.values(), ids=map("; ".join, TURNED))
def test_a_field_becomes_a_secret_or_stops_being_one_as_its_row_says(
    desk: Callable[[str], Desk], group: list[tuple[Row, str, str]]
) -> None:
    there = desk()
    of_key = {f"desk-{number}": one for number, one in enumerate(group)}
    there.keys = tuple(of_key)
    for key, (row, last, _) in of_key.items():
        applied = {"plain text": f"secret-{last}", "a secret": {"$secret": f"SECRET_{last}"}}
        there.file({"outcome": applied[row["State"]]}, key)
    there.applied(key)
    for key, (row, _, live) in of_key.items():
        there.moved(key, {"outcome": f"secret-{live}"})
        there.file({} if row["File"] == "nothing" else {"outcome": FILES[row["File"]]}, key)
    seen = there.seen(lambda fields, _key: fields["outcome"].removeprefix("secret-"))
    assert seen == {
        key: {name: row[name] for name in ("Cause", *COMMANDS)}
        for key, (row, _, _) in of_key.items()
    }


def test_every_turn_of_a_field_has_one_row() -> None:
    turns = [(row["File"], row["State"], row["Live"]) for row in rows(TURNS)]
    kinds = [
        ("A by `$secret`", "plain text"),
        ("A in plain text", "a secret"),
        ("nothing", "a secret"),
    ]
    for (file, last), live in product(kinds, "AB"):
        about = [turn for turn in turns if turn in ((file, last, live), (file, last, "any"))]
        assert len(about) == 1, (file, last, live)


AGENT = "An agent"
STATES = {
    "none": ("nothing", "a live agent", "an agent that is gone"),
    "no `id`": ("nothing", "a live agent", "an agent that is gone"),
    "a live `id`": ("nothing", "the pinned agent", "another live agent", "an agent that is gone"),
    "an `id` that is gone": ("nothing", "a live agent", "an agent that is gone"),
}
OTHERS = {"none": 0, "one": 1, "several": 2}
AGENTS = [
    (file, last, others)
    for file, lasts in STATES.items()
    for last, others in product(lasts, OTHERS)
]


def _row_of_agent(situation: Situation) -> Row:
    found = [
        row
        for row in rows(AGENT)
        if all(c in ("any", s) for c, s in zip(tuple(row.values())[:3], situation, strict=True))
    ]
    assert len(found) == 1, (situation, found)
    return found[0]


def test_every_row_of_an_agent_is_a_situation() -> None:
    needed = [_row_of_agent(situation) for situation in AGENTS]
    assert [row for row in rows(AGENT) if row not in needed] == []


def _agents_in_groups() -> list[list[Situation]]:
    """Situations whose commands end with the same codes; an error concerns one agent only."""
    groups: dict[tuple[str, ...], list[Situation]] = {}
    for situation in AGENTS:
        row = _row_of_agent(situation)
        alone = situation if row["Plan"] == "error (1)" else ()
        groups.setdefault((*codes(row), *alone), []).append(situation)
    return list(groups.values())


@pytest.mark.parametrize("group", _agents_in_groups(), ids=lambda group: "; ".join(group[0]))
def test_every_command_acts_on_an_agent_as_its_row_says(
    desk: Callable[[str], Desk], group: list[Situation]
) -> None:
    there = desk()
    of_key = {f"desk-{number}": situation for number, situation in enumerate(group)}
    there.keys = tuple(of_key)
    meant = there.with_agents(of_key)
    plan = there.project.run("plan", "--format", "json")
    for key, situation in of_key.items():
        found = _found(plan, key)
        assert found == meant[key][_row_of_agent(situation)["The file means"]]
        if "actions" in plan.json:
            records = there.store.records()
            strangers = {one.id for one in records if one.fields["agentName"] == key} - {found}
            unmanaged = (one for one in plan.json["actions"] if one["action"] == "unmanaged")
            assert {one["id"] for one in unmanaged if one["name"] == key} == strangers
    seen = there.seen()
    for key, situation in of_key.items():
        row = _row_of_agent(situation)
        assert {name: seen[key][name] for name in COMMANDS} == {n: row[n] for n in COMMANDS}


def _found(plan: Run, key: str) -> str | None:
    """The live agent that the file means."""
    action = _action(plan, key) if "actions" in plan.json else None
    return action["id"] if action and action["action"] in ("update", "record", "in-sync") else None


TEXTS = "Pull and a text"
PARAGRAPHS = ("Be brief.", "Never guess.", "Say goodbye.")
BOTH = "Be brief. Ours\n\nNever guess.\n\nSay goodbye. Theirs"
VALUES = {
    "not a text, or one line": "",
    "a text in a file of its own": "md",
    "a text in the YAML file": "yaml",
}
EDITS = ("in different paragraphs", "in one paragraph")
BOTH_MOVED = list(product(VALUES, EDITS, ("known", "not known")))


def _row_of_text(situation: Situation) -> Row:
    found = [
        row
        for row in rows(TEXTS)
        if all(c in ("any", s) for c, s in zip(tuple(row.values())[:3], situation, strict=True))
    ]
    assert len(found) == 1, (situation, found)
    return found[0]


def test_every_row_of_a_text_is_a_situation() -> None:
    needed = [_row_of_text(situation) for situation in BOTH_MOVED]
    assert [row for row in rows(TEXTS) if row not in needed] == []


def _edited(place: int, word: str) -> str:
    parts = [f"{part} {word}" if n == place else part for n, part in enumerate(PARAGRAPHS)]
    return "\n\n".join(parts)


@pytest.mark.parametrize("situation", BOTH_MOVED, ids="; ".join)
def test_pull_handles_a_text_that_both_changed_as_its_row_says(
    desk: Callable[[str], Desk], situation: Situation
) -> None:
    there, row = desk(), _row_of_text(situation)
    value, edits, last = situation
    ours, theirs = _edited(0, "Ours"), _edited(0 if edits == EDITS[1] else 2, "Theirs")
    texts = {"old": "\n\n".join(PARAGRAPHS), "ours": ours, "theirs": theirs}
    if not VALUES[value]:
        texts = {name: text.replace("\n\n", " ") for name, text in texts.items()}
    prompt = there.project.root / "agents/front-desk.md"

    def says(text: str) -> None:
        if VALUES[value] == "md":
            there.project.write("agents/front-desk.md", text + "\n")
        there.file({"preamble": {"$file": "front-desk.md"} if VALUES[value] == "md" else text})

    says(texts["old"])
    record = there.applied()
    there.store.update(record.id, {**record.fields, "preamble": texts["theirs"]})
    says(texts["ours"])
    if last == "not known":
        for path in (there.project.root / ".reconciler/history").rglob("*.jsonl"):
            path.unlink()
    file = prompt if VALUES[value] == "md" else there.project.root / "agents/front-desk.yaml"
    before = file.read_bytes()
    run = there.project.run("pull", "--auto-approve", "--format", "json")
    (edit,) = run.json["edits"]
    assert _told(edit["how"] if edit["taken"] else "left", run) == row["Pull"]
    match row["The file afterwards"]:
        case "as it was":
            assert file.read_bytes() == before
        case "both edits":
            assert there.project.changes() == [
                f"front-desk: preamble {json.dumps(theirs)} -> {json.dumps(BOTH)} (edit)"
            ]
            assert (there.project.apply().code, there.project.changes()) == (0, [])
        case "both versions between marks":
            marked = prompt.read_text(encoding="utf-8")
            assert "<<<<<<< the file\nBe brief. Ours\n=======\nBe brief. Theirs\n>>>>>>>" in marked
            for command in ("validate", "plan", "drift", "pull", "apply"):
                stopped = there.project.run(command)
                assert (stopped.code, "front-desk.md" in stopped.err) == (1, True), stopped.err
            says("settled")
            assert there.project.apply().code == 0
        case other:
            raise AssertionError(other)
