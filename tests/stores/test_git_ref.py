"""The state in git refs: a store like others, which leaves the checkout alone."""

import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ReconcilerError
from reconciler.model import EnvironmentState
from reconciler.sandbox.server import RunningServer
from reconciler.state import probe
from reconciler.state.backend import MovedError, Run
from reconciler.state.git_ref import GitRef
from reconciler.state.lease import Lease
from reconciler.state.remote import Remote
from reconciler.state.store import StoreError
from tests import races
from tests.conftest import Serve
from tests.listening import Handler, address, listening
from tests.projects import Project
from tests.races import git

pytestmark = pytest.mark.process

KEY = "pages/production.json"
GIT = shutil.which("git") or "git"


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote.git")
    return tmp_path / "remote.git"


def clone(remote: Path, name: str, *options: str) -> Path:
    git(remote.parent, "clone", "-q", *options, f"file://{remote}", name)
    return remote.parent / name


def moved(store: GitRef, tag: str | None, key: str = KEY) -> bool:
    try:
        store.put(key, "mine", tag)
    except MovedError:
        return True
    return False


def test_a_text_is_created_once_and_replaced_only_as_it_was_read(remote: Path) -> None:
    store, other = GitRef(clone(remote, "a"), "origin"), GitRef(clone(remote, "b"), "origin")
    assert (store.get(KEY), store.keys("pages")) == (None, [])
    first = store.put(KEY, "كلام\n\n", None)
    found = other.get(KEY)
    assert found is not None
    assert (found.text, found.tag) == ("كلام\n\n", first)
    assert abs(other.now() - found.at) < 60
    assert moved(other, None)
    second = other.put(KEY, "second", first)
    assert moved(store, first)
    assert moved(store, "0" * 40)
    assert moved(store, "no tag at all")
    store.put(KEY, "third", second)
    assert list(store.earlier(KEY)) == list(other.earlier(KEY)) == ["second", "كلام\n\n"]
    lock = store.put("locks/production.json", "held", None)
    store.put("locks/production.json", "free", lock)
    assert list(store.earlier("locks/production.json")) == []
    assert store.keys("pages") == [KEY]
    assert moved(GitRef(clone(remote, "c"), "origin"), second)  # of a commit that it never read
    probe.prove(store)
    probe.prove(other)


def test_a_repository_may_have_longer_hashes(tmp_path: Path) -> None:
    for options in (("--bare", "remote.git"), ("a",)):
        git(tmp_path, "init", "-q", "--object-format=sha256", *options)
    git(tmp_path / "a", "remote", "add", "origin", "../remote.git")
    store = GitRef(tmp_path / "a", "origin")
    tag = store.put(KEY, "one", None)
    assert (len(tag), moved(store, None)) == (64, True)
    assert len(store.put(KEY, "two", tag)) == 64


NAMES = ["a..b", ".hidden", "x.lock", "end.", "a~b", "a b^:?*[\\", "@{", "@", "Ünï", "-x", "%2E"]


def test_any_name_is_a_ref_and_is_read_back(remote: Path) -> None:
    store, other = GitRef(clone(remote, "a"), "origin"), GitRef(clone(remote, "b"), "origin")
    for name in NAMES:
        store.put(f"backups/{name}/{name}", name, None)
        found = other.get(f"backups/{name}/{name}")
        assert (other.keys(f"backups/{name}"), found and found.text) == (
            [f"backups/{name}/{name}"],
            name,
        )
    for ref in git(remote, "for-each-ref", "--format=%(refname)").split():
        git(remote, "check-ref-format", ref)


def test_projects_in_folders_have_refs_of_their_own(remote: Path) -> None:
    root = clone(remote, "a")
    stores = []
    for folder in (".", "clients/a", "clients", "pages"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        stores.append(GitRef(root / folder, "origin"))
    for number, store in enumerate(stores):
        store.put(KEY, f"{number}", None)
    assert [store.get(KEY).text for store in stores] == ["0", "1", "2", "3"]  # type: ignore[union-attr]
    assert git(remote, "for-each-ref", "--format=%(refname)").split() == [
        f"refs/reconciler/{own}/{KEY}" for own in ("@", "clients%2Fa", "clients", "pages")
    ]


def test_git_gets_what_it_needs_to_reach_a_server_and_no_key(
    remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, seen = clone(remote, "a"), remote.parent / "env"
    git(root, "remote", "set-url", "origin", "ssh://git@127.0.0.1/x.git")
    git(root, "config", "core.sshCommand", f"env > {seen}; false")
    monkeypatch.setenv("HAMSA_API_KEY", "planted-key-0123456789")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    with pytest.raises(StoreError, match="cannot be used"):
        GitRef(root, "origin").get(KEY)
    found = dict(line.partition("=")[::2] for line in seen.read_text().splitlines())
    assert (found["SSH_AUTH_SOCK"], found["HTTPS_PROXY"]) == ("/run/agent", "http://proxy.example")
    assert (found["GIT_TERMINAL_PROMPT"], "HAMSA_API_KEY" in found) == ("0", False)


def test_of_several_writers_one_wins_each_text(remote: Path) -> None:
    stores = [GitRef(clone(remote, f"{number}"), "origin") for number in range(4)]
    won: list[tuple[int, str]] = []

    def write(store: GitRef) -> None:
        barrier.wait()
        tag = None
        for round_ in range(3):
            if not moved(store, tag):
                won.append((round_, store.name))
            barrier.wait()
            tag = store.get(KEY).tag  # type: ignore[union-attr]
            barrier.wait()

    barrier = threading.Barrier(len(stores))
    threads = [threading.Thread(target=write, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(round_ for round_, _ in won) == {0: 1, 1: 1, 2: 1}


class Ahead(GitRef):
    """On a machine whose clock is an hour ahead."""

    def now(self) -> float:
        return super().now() + 3600


def test_clocks_that_differ_let_a_lock_be_taken_and_lose_nothing(remote: Path) -> None:
    """Git has no clock of its own. The first holder is fenced off, and has to plan again."""
    first = Remote(root=clone(remote, "a"), store=GitRef(remote.parent / "a", "origin"))
    second = Remote(root=clone(remote, "b"), store=Ahead(remote.parent / "b", "origin"))
    page = EnvironmentState(salt="00")
    with first.lock(["production"], Run(who="first", what="apply")):
        _, version = first.read(["production"])
        version = first.write({"production": page}, version)
        with second.lock(["production"], Run(who="second", what="apply")):
            _, there = second.read(["production"])
            second.write({"production": replace(page, salt="01")}, there)
        with pytest.raises(MovedError):
            first.write({"production": replace(page, salt="02")}, version)
        _, version = first.read(["production"])
        with pytest.raises(ReconcilerError, match="was locked by another run since"):
            first.write({"production": replace(page, salt="02")}, version)
    assert first.read(["production"])[0]["production"].salt == "01"


@pytest.mark.nightly
def test_a_lock_is_renewed_as_long_as_it_is_held(remote: Path) -> None:
    store, other = (GitRef(clone(remote, name), "origin") for name in "ab")
    with Lease(store, "production", 6.0).holding(Run(who="first"), 0):
        for _ in range(12):
            time.sleep(1)
            seen = Lease(other, "production", 6.0).seen()
            assert (seen.lock.run.who, seen.is_over) == ("first", False)
    assert not Lease(other, "production", 6.0).seen().lock.is_held


SETTINGS = {
    "push.followTags": "true",
    "push.default": "nothing",
    "push.gpgSign": "true",
    "remote.origin.mirror": "true",
    "fetch.prune": "true",
    "commit.gpgSign": "true",
    "core.hooksPath": ".git/hooks",
    "gc.auto": "1",
    "alias.push": "!false",
}


@pytest.mark.parametrize("how", [(), ("--depth=1",), ("--filter=blob:none",), ("--mirror",)])
def test_the_checkout_is_left_alone_and_its_settings_do_not_act(
    remote: Path, how: tuple[str, ...]
) -> None:
    first = clone(remote, "first")
    for number in range(3):
        (first / "agents.yaml").write_text(f"{number}")
        git(first, "add", ".")
        git(first, "commit", "-q", "-m", "x")
    git(first, "push", "-q", "origin", "HEAD:main")
    git(remote, "config", "uploadpack.allowFilter", "true")
    root = clone(remote, "second", *how)
    folder = root if "--mirror" in how else root / ".git"
    if "--mirror" in how:  # a work tree whose repository is a mirror
        (remote.parent / "third").mkdir()
        root = root.rename(remote.parent / "third/.git").parent
        folder = root / ".git"
        git(root, "config", "core.bare", "false")
    git(root, "tag", "local-tag")
    for name, value in SETTINGS.items():
        git(root, "config", name, value)
    for hook in ("pre-push", "reference-transaction", "post-checkout"):
        (folder / f"hooks/{hook}").write_text(f"#!/bin/sh\ntouch {root}/ran\nexit 1\n")
        (folder / f"hooks/{hook}").chmod(0o755)

    def seen() -> list[Any]:
        return sorted(path.relative_to(root) for path in root.rglob("*"))

    before, config = seen(), (folder / "config").read_text()
    store = GitRef(root, "origin")
    tag = store.put(KEY, "one", None)
    assert store.put(KEY, "two", tag)
    assert (store.get(KEY).text, list(store.earlier(KEY))) == ("two", ["one"])  # type: ignore[union-attr]
    assert (seen(), (folder / "config").read_text()) == (before, config)
    refs = git(remote, "for-each-ref", "--format=%(refname)").split()
    assert refs == ["refs/heads/main", f"refs/reconciler/@/{KEY}"]


def refused(remote: Path, root: Path, what: str) -> None:
    hook = remote / "hooks/pre-receive"
    match what:
        case "no checkout":
            shutil.rmtree(root / ".git")
        case "no such remote":
            git(root, "remote", "rename", "origin", "upstream")
        case "no remote":
            git(root, "remote", "remove", "origin")
        case "remote gone":
            shutil.rmtree(remote)
        case "another host":
            git(root, "remote", "set-url", "origin", "http://bot:t0k3n-secret@127.0.0.1:1/x.git")
        case "a rule":
            hook.write_text("#!/bin/sh\necho 'GH013: Repository rule violations' >&2\nexit 1\n")
            hook.chmod(0o755)
        case "no git":
            pass


STOPS = {
    "no checkout": ("in a git ref, and this project is in no checkout", "clone the repository"),
    "no such remote": ("at the remote `origin`, which this checkout lacks", "remotes: upstream"),
    "no remote": ("at the remote `origin`, which this checkout lacks", "there is none"),
    "remote gone": ("does not appear to be a git repository", "git fetch"),
    "another host": ("cannot be used: unable to access '…': Failed to connect", "network"),
    "a rule": ("cannot be used: pre-receive hook declined", "refs below refs/reconciler/"),
    "no git": ("in a git ref, and git does not start", "PATH"),
}


@pytest.mark.parametrize("what", STOPS)
def test_what_stops_a_run_says_what_to_do(
    remote: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = clone(remote, "a")
    refused(remote, root, what)
    if what == "no git":
        monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ReconcilerError) as raised:
        GitRef(root, "origin").put(KEY, "x", None)
    message, hint = STOPS[what]
    assert message in raised.value.message
    assert hint in raised.value.hint
    assert "t0k3n" not in raised.value.message + raised.value.hint
    assert "\n" not in raised.value.message


class OnlyReading(Handler):
    """``git http-backend`` for who may fetch and not push."""

    protocol_version = "HTTP/1.1"
    root = Path()

    def handle_one(self) -> None:
        path, _, query = self.path.partition("?")
        if "receive-pack" in self.path:
            self._send(403, {"Content-Type": "text/plain"}, b"You are not allowed to push")
            return
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        env = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("content-type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
        }
        done = subprocess.run(
            [GIT, "http-backend"], input=body, env=env, capture_output=True, check=True
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        rows = dict(row.decode().split(": ", 1) for row in head.split(b"\r\n"))
        self._send(int(rows.pop("Status", "200").split()[0]), rows, content)

    def _send(self, status: int, rows: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {**rows, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = handle_one  # noqa: N815 - http.server's


def test_who_may_only_fetch_can_plan_and_an_apply_says_which_right_it_needs(
    remote: Path, serve: Serve
) -> None:
    """As the plan of a fork's pull request, whose token only reads."""
    server = serve()
    root = clone(remote, "a")
    project = races.project_on(root, server, {"url": "git:"}, Project(root).program)
    races.declare(project, ["one", "two"])
    assert project.apply().code == 0
    OnlyReading.root = remote.parent
    with listening(ThreadingHTTPServer(("127.0.0.1", 0), OnlyReading)) as reading:
        git(root, "remote", "set-url", "origin", f"{address(reading)}/remote.git")
        planned = project.run("plan", "--detailed-exitcode")
        assert (planned.code, "untracked" in planned.out) == (0, False), planned.err
        races.declare(project, ["one"], silence=600)
        server.app.state.requests.clear()
        applied = project.apply()
    assert (applied.code, races.writes(server)) == (1, [])
    assert (
        "the state at git:origin cannot be used: unable to access '…': The requested URL"
        in applied.err
    )
    assert "permissions: contents: write" in applied.err


@dataclass
class Faulty:
    """A ``git`` in front of the real one that goes wrong at the nth push, and from then on.

    ``away``: it fails; ``deaf``: it fails after it has pushed; ``lies``: it pushes without
    conditions; ``gone``: from the first failed push on, fetches fail as well.
    """

    folder: Path

    def goes(self, how: str, after: int = 0) -> None:
        (self.folder / "how").write_text(how)
        (self.folder / "left").write_text(f"{after}\n")
        (self.folder / "gone").unlink(missing_ok=True)
        if how == "gone" and not after:
            (self.folder / "gone").touch()

    @property
    def script(self) -> str:
        return f"""#!/bin/sh
how=$(cat {self.folder}/how 2>/dev/null); left=$(cat {self.folder}/left 2>/dev/null)
case " $* " in
  *" push "*)
    if [ -n "$how" ] && [ "$left" -gt 0 ]; then echo $((left - 1)) > {self.folder}/left; how=; fi
    case "$how" in
      away|gone) [ $how = away ] || touch {self.folder}/gone
        echo "fatal: the remote end hung up unexpectedly" >&2; exit 128 ;;
      deaf) {GIT} "$@" >/dev/null 2>&1; echo "fatal: the remote end hung up" >&2; exit 128 ;;
      lies) for word; do shift; case "$word" in --force-with-lease*) word=--force ;; esac
            set -- "$@" "$word"; done ;;
    esac ;;
  *" fetch "*)
    if [ -e {self.folder}/gone ]; then
      echo "fatal: no route to host" >&2; exit 128
    fi ;;
esac
exec {GIT} "$@"
"""


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faulty:
    folder = tmp_path / "faulty"
    folder.mkdir()
    found = Faulty(folder)
    (folder / "git").write_text(found.script)
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return found


@contextmanager
def begun(remote: Path, server: RunningServer) -> Iterator[Project]:
    """A project of six agents that are edited, with one that was applied."""
    root = clone(remote, "a")
    project = races.project_on(root, server, {"url": "git:"}, Project(root).program)
    keys = [f"agent-{number}" for number in range(6)]
    races.declare(project, keys)
    assert project.apply("--target", "agent-0").code == 0
    server.app.state.requests.clear()
    yield project


@pytest.mark.parametrize(
    ("how", "after", "code", "said"),
    [
        ("gone", 0, 1, "cannot be used: no route to host"),
        ("away", 0, 1, "cannot be used: the remote end hung up unexpectedly"),
        ("deaf", 0, 0, ""),
    ],
)
def test_a_remote_that_goes_wrong_from_the_start(
    remote: Path, serve: Serve, faulty: Faulty, how: str, after: int, code: int, said: str
) -> None:
    """Nothing is written if it is away; that a reply is lost is noticed, and costs a look."""
    server = serve()
    with begun(remote, server) as project:
        faulty.goes(how, after)
        done = project.apply()
    assert (done.code, said in done.err) == (code, True), done.err
    assert len(races.writes(server)) == (5 if code == 0 else 0)


def test_a_remote_that_ignores_conditions_is_refused(
    remote: Path, serve: Serve, faulty: Faulty
) -> None:
    server = serve()
    root = clone(remote, "a")
    project = races.project_on(root, server, {"url": "git:"}, Project(root).program)
    races.declare(project, ["one"])
    faulty.goes("lies")
    done = project.apply()
    assert (done.code, races.writes(server)) == (1, [])
    assert "git:origin cannot keep a state: it created a text that was there already" in done.err


def test_a_remote_that_goes_away_in_the_run_stops_it_and_loses_nothing(
    remote: Path, serve: Serve, faulty: Faulty
) -> None:
    """After the lock. What was sent is kept here, and the same job goes on later."""
    server = serve()
    with begun(remote, server) as project:
        project.env |= {"GITHUB_RUN_ID": "1", "GITHUB_JOB": "apply"}
        faulty.goes("gone", 1)
        first = project.apply("--parallelism", "1", "--format", "json")
        sent = len(races.writes(server))
        assert (first.code, sent) == (3, 1), first.err
        faulty.goes("")
        project.env["GITHUB_RUN_ATTEMPT"] = "2"
        second = project.apply("--parallelism", "1")
        assert (second.code, len(races.writes(server))) == (0, 5), second.err
        races.nothing_twice(server)
        races.all_in_sync([project])
