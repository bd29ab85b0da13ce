"""A store that lies, loses replies or goes away: what a run does, and what it says.

Six agents are edited and applied one by one. What was sent is read off the sandbox's own log.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.sandbox.server import RunningServer
from reconciler.state.backend import Pace
from reconciler.state.object_store import Bucket
from reconciler.state.remote import Remote
from tests.conftest import Serve
from tests.projects import Project, Run
from tests.stores.conftest import Shop
from tests.stores.faulty import Faulty

KEYS = [f"agent-{number}" for number in range(6)]
PAGE = "pages/production.json"
LOCK = "locks/production.json"


@dataclass
class Scene:
    """A project whose state is in a store behind a faulty proxy, and its API."""

    project: Project
    server: RunningServer
    faulty: Faulty
    store: Bucket
    """The store itself, past the proxy."""

    def declare(self, silence: int) -> None:
        for key in KEYS:
            spec = {"agentName": key, "greetingMessage": "Hello", "silenceThreshold": silence}
            self.project.agent(key, spec)

    def apply(self, *more: str) -> Run:
        return self.project.apply("--parallelism", "1", *more)

    @property
    def sent(self) -> Counter[str]:
        """How often each agent was written, by its id."""
        writes = [one for one in self.server.app.state.requests if one[0] == "PATCH"]
        return Counter(path.rpartition("/")[2] for _, path, *_ in writes)

    @property
    def page(self) -> dict[str, str]:
        """When each agent of the page was applied."""
        found = json.loads(self.store.get(PAGE).text)["environments"]["production"]["objects"]
        return {key.removeprefix("agent/"): entry["id"] for key, entry in found.items()}

    def writes_of(self, key: str) -> int:
        return sum(path.endswith(key) for path in self.faulty.writes)


@pytest.fixture
def scene(
    project: Project, serve: Serve, s3: Shop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    """The six agents are applied, and edited in the files since.

    A busy machine writes its page after each agent, too.
    """
    with Faulty(s3.port) as faulty:
        server, url = serve(), s3.url()
        for name, value in s3.behind(faulty).items():
            monkeypatch.setenv(name, value)
        project.env["HAMSA_API_KEY"] = "sandbox"
        project.write(
            "reconciler.yaml",
            f"state: {{ url: {url}, lock: 60s }}\n"
            "environments:\n"
            f"  production: {{ url: '{server.url}', api_key: {{ $secret: HAMSA_API_KEY }} }}\n",
        )
        found = Scene(project, server, faulty, Bucket(url))
        found.declare(800)
        done = project.apply()
        assert done.code == 0, done.err
        found.declare(600)
        monkeypatch.setattr(Remote, "pace", Pace(least=0.0, share=0))
        server.app.state.requests.clear()
        faulty.requests.clear()
        yield found


def test_without_a_fault_each_agent_is_written_once_and_the_lock_is_free(scene: Scene) -> None:
    done = scene.apply()
    assert (done.code, sorted(scene.sent.values())) == (0, [1] * 6), done.err
    assert sorted(scene.page) == KEYS
    assert scene.writes_of(PAGE) == len(KEYS), "after each agent"
    assert json.loads(scene.store.get(LOCK).text)["run"]["who"] == ""
    assert not (scene.project.root / "reconciler.state.json").exists()
    assert scene.project.run("plan", "--detailed-exitcode").code == 0


def test_a_store_that_ignores_conditions_gets_no_first_page(scene: Scene) -> None:
    scene.faulty.lies = True
    text = (scene.project.root / "reconciler.yaml").read_text()
    scene.project.write("reconciler.yaml", re.sub("/place-", "/other-place-", text))
    done = scene.apply("--create-anyway")
    assert (done.code, scene.sent) == (1, {})
    assert "cannot keep a state: it created a text that was there already" in done.err
    checked = scene.project.run("doctor")
    assert checked.code == 1
    assert "cannot keep a state: it created a text that was there already" in checked.out


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "state list"])
def test_a_store_that_is_away_stops_everything_that_needs_it(scene: Scene, command: str) -> None:
    scene.faulty.away = lambda _method, _path: True
    more = ["--auto-approve"] if command == "apply" else []
    done = scene.project.run(*command.split(), *more)
    assert (done.code, scene.sent) == (1, {})
    assert re.search("^error: the state store s3://.* cannot be used: ", done.err, re.MULTILINE)


def test_a_store_that_goes_away_before_the_first_write_sends_nothing(scene: Scene) -> None:
    """It answers every read, and takes the lock; pages cannot be written any more."""
    scene.store.put("pages/x.json", "", None)
    text = (scene.project.root / "reconciler.yaml").read_text()
    scene.project.write("reconciler.yaml", text.replace("  production:", "  staging:"))
    scene.faulty.away = lambda method, path: (
        method == "PUT" and "staging" in path and "pages" in path
    )
    done = scene.apply()
    assert (done.code, scene.sent) == (1, {}), done.out
    assert "cannot be used: " in done.err


def test_a_store_that_goes_away_in_the_middle_stops_the_run_and_loses_nothing(scene: Scene) -> None:
    scene.faulty.away = lambda method, path: (
        method == "PUT" and path.endswith(PAGE) and scene.writes_of(PAGE) > 2
    )
    done = scene.apply()
    assert done.code == 3, done.out + done.err
    sent = scene.sent
    assert 0 < len(sent) < len(KEYS), "it stopped before the others"
    assert set(sent.values()) == {1}
    assert "cannot be used: " in done.out + done.err
    left = (scene.project.root / ".reconciler/state.jsonl").read_text().splitlines()
    assert left, "what the store does not have is on this machine"

    scene.faulty.away = lambda _method, _path: False
    again = scene.apply()
    assert again.code == 0, again.out + again.err
    assert scene.sent == dict.fromkeys(scene.page.values(), 1), "no agent is written twice"
    assert not (scene.project.root / ".reconciler/state.jsonl").exists()


def every_second(faulty: Faulty, key: str) -> Callable[[str, str], bool]:
    def lost(method: str, path: str) -> bool:
        return method == "PUT" and path.endswith(key) and faulty.writes.count(path) % 2 == 1

    return lost


@pytest.mark.parametrize("key", [PAGE, LOCK])
def test_replies_that_are_lost_are_looked_up(scene: Scene, key: str) -> None:
    """The client repeats such a write, and finds its own text: that is no other run's."""
    scene.faulty.deaf = every_second(scene.faulty, key)
    done = scene.apply()
    assert (done.code, sorted(scene.sent.values())) == (0, [1] * 6), done.out + done.err
    assert sorted(scene.page) == KEYS
    assert scene.project.run("plan", "--detailed-exitcode").code == 0


def lock_text(generation: int) -> str:
    return json.dumps(
        {
            "format_version": "1.0",
            "generation": generation,
            "nonce": "x",
            "seconds": 60,
            "since": "2026-01-02T03:04:05Z",
            "run": {"who": "nora", "what": "apply", "url": "https://ci.example/7"},
        }
    )


def test_a_run_whose_lock_was_taken_stops_before_the_next_agent(scene: Scene) -> None:
    """Somebody unlocks it, another run takes the lock and writes: the first one was only slow."""
    page = scene.store.get(PAGE)
    taken: list[str] = []

    def take(method: str, path: str) -> bool:
        if method == "PUT" and path.endswith(PAGE) and scene.writes_of(PAGE) == 2 and not taken:
            taken.append(scene.store.put(LOCK, lock_text(99), scene.store.get(LOCK).tag))
            now = scene.store.get(PAGE)
            other = json.loads(now.text) | {"generation": 99}
            taken.append(scene.store.put(PAGE, json.dumps(other), now.tag))
        return False

    scene.faulty.away = take
    done = scene.apply()
    assert page is not None
    assert len(taken) == 2
    assert done.code == 3, done.out + done.err
    assert 0 < len(scene.sent) < len(KEYS)
    assert "was locked by another run since, which has written the state" in done.out + done.err
    assert json.loads(scene.store.get(LOCK).text)["generation"] == 99, "it is not freed"


def test_a_lock_that_is_held_is_refused_with_its_holder(scene: Scene) -> None:
    scene.store.put(LOCK, lock_text(99), scene.store.get(LOCK).tag)
    done = scene.apply()
    assert (done.code, scene.sent) == (1, {})
    said = "production is locked in s3://.*: nora holds it for `apply` since 2026-01-02T03:04:05Z"
    assert re.search(f"{said}, https://ci.example/7, lock 99; the lock ends in \\d+ s", done.err)
    assert scene.project.run("plan").code == 0, "a plan needs no lock"
    unlocked = scene.apply("--no-lock")
    assert (unlocked.code, len(scene.sent)) == (0, 6), unlocked.err


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"format_version": "1.0", "run": 3}'],
    ids=["empty", "no keys", "a list", "odd"],
)
def test_a_lock_that_cannot_be_read_is_held_until_it_is_freed(scene: Scene, text: str) -> None:
    generation = json.loads(scene.store.get(PAGE).text)["generation"]
    scene.store.put(LOCK, text, scene.store.get(LOCK).tag)
    done = scene.apply()
    assert (done.code, scene.sent) == (1, {})
    assert "production is locked in" in done.err
    assert "whose lock cannot be read" in done.err
    assert scene.project.run("state", "unlock", "--yes").code == 0
    assert scene.apply().code == 0
    assert json.loads(scene.store.get(PAGE).text)["generation"] > generation


def test_a_newer_format_is_refused_by_name(scene: Scene) -> None:
    page = scene.store.get(PAGE)
    scene.store.put(PAGE, json.dumps(json.loads(page.text) | {"format_version": "9.0"}), page.tag)
    done = scene.apply()
    assert (done.code, scene.sent) == (1, {})
    assert f"{PAGE} has format 9.0, and this version reads up to 2.0" in done.err


def test_no_secret_of_the_store_is_printed_or_kept(scene: Scene, tmp_path: Path) -> None:
    scene.faulty.away = lambda method, path: method == "PUT" and path.endswith(PAGE)
    done = scene.apply("--verbose")
    checked = scene.project.run("doctor", "--verbose")
    files = [path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()]
    for text in (done.out, done.err, checked.out, checked.err, *files):
        assert "planted-key" not in text
