"""How runs end from outside: full disks, readers that went away, signals, odd environments."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import reconciler
from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve
from tests.projects import Project

COMMAND = [sys.executable, "-m", "reconciler"]
USUAL = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(Path(reconciler.__file__).parents[1]),
    "COLUMNS": "80",
    "HOME": "/nonexistent",
}
FULL = "/dev/full"
GREETING = "أهلاً {{caller}}، معك مركز الواحة"


@pytest.fixture
def desk(project: Project) -> Project:
    """A project with one agent that is not live yet, a finding in it, and a sandbox."""
    project.write("reconciler.yaml", "environments:\n  sandbox: { url: sandbox }\n")
    project.agent("desk", {"agentName": "Desk", "greetingMessage": GREETING})
    return project


def started(root: Path, *argv: str, env: dict[str, str | None] | None = None, **more: Any) -> Any:
    """A process of its own; a variable that is None is not set."""
    found = {name: value for name, value in {**USUAL, **(env or {})}.items() if value is not None}
    usual = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*COMMAND, *argv], cwd=root, env=found, **{**usual, **more})


def ended(process: Any) -> tuple[int, str, str]:
    """Exit code, stdout, stderr; both must be text in UTF-8."""
    out, err = process.communicate(timeout=120)
    return process.returncode, (out or b"").decode(), (err or b"").decode()


def until(holds: Callable[[], object], process: Any) -> None:
    while not holds() and process.poll() is None:
        time.sleep(0.02)


# What cannot be printed


PRINTING = ["plan", "plan --format json", "version", "--help", "apply --yes"]


@pytest.mark.parametrize("argv", PRINTING)
def test_output_that_a_full_disk_lost_is_an_error(desk: Project, argv: str) -> None:
    with Path(FULL).open("w") as full:
        code, _, err = ended(started(desk.root, *argv.split(), stdout=full))
        both, _, _ = ended(started(desk.root, *argv.split(), stdout=full, stderr=full))
    assert (code, both) == (1, 1)
    assert "error: the output cannot be written: no space left on device\n" in err
    assert "Traceback" not in err
    assert "bug" not in err


@pytest.mark.parametrize("argv", PRINTING)
def test_a_reader_that_went_away_ends_a_run_quietly(desk: Project, argv: str) -> None:
    read, write = os.pipe()
    os.close(read)
    process = started(desk.root, *argv.split(), stdout=write)
    os.close(write)
    code, _, err = ended(process)
    assert "the output cannot be written" not in err
    assert "Traceback" not in err
    assert code == (1 if "apply" in argv else 141), err


@pytest.mark.parametrize("argv", ["version", "plan"])
def test_a_closed_stdout_is_output_that_was_lost(desk: Project, argv: str) -> None:
    command = ["/bin/sh", "-c", f'"$0" -m reconciler {argv} >&-', sys.executable]
    done = subprocess.run(command, cwd=desk.root, env=USUAL, capture_output=True, check=False)
    assert (done.returncode, b"bad file descriptor" in done.stderr) == (1, True)


def test_messages_that_were_lost_are_an_error_and_change_no_other_code(desk: Project) -> None:
    with Path(FULL).open("w") as full:
        lost, out, _ = ended(started(desk.root, "plan", "-v", stderr=full))
        quiet, _, _ = ended(started(desk.root, "plan", "-q", stderr=full))
        wrong, _, _ = ended(started(desk.root, "plan", "-e", "nowhere", stderr=full))
        usage, _, _ = ended(started(desk.root, "plann", stderr=full))
    assert (lost, quiet, wrong, usage) == (1, 0, 64, 64)
    assert out.endswith(
        "1 to create, 0 to update; 2 fields: 1 spoken, 1 silent; 0 in sync, 6 unmanaged.\n"
    )


def test_an_apply_whose_plan_reached_nobody_writes_nothing(desk: Project) -> None:
    with Path(FULL).open("w") as full:
        code, _, err = ended(started(desk.root, "apply", "--yes", stdout=full))
    assert (code, "the plan could not be shown; nothing was applied" in err) == (1, True)
    assert not (desk.root / "reconciler.lock.json").exists()


def test_an_apply_whose_messages_reach_nobody_goes_on(desk: Project) -> None:
    for number in range(4):
        desk.agent(f"a{number}", {"agentName": f"A{number}"})
    read, write = os.pipe()
    os.close(read)
    process = started(desk.root, "apply", "--yes", stderr=write)
    os.close(write)
    code, out, _ = ended(process)
    assert (code, out.splitlines()[-1]) == (0, "Apply: 5 done.")


def test_reports_are_kept_although_stdout_is_full(desk: Project) -> None:
    argv = ["plan", "--format", "json", "--report", "markdown=plan.md"]
    with Path(FULL).open("w") as full:
        code, _, _ = ended(started(desk.root, *argv, stdout=full))
    assert (code, (desk.root / "plan.md").exists()) == (1, True)


# Signals


ENDS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
WORDS = {130: "interrupted", 143: "stopped by SIGTERM", 129: "stopped by SIGHUP"}
every_signal = pytest.mark.parametrize("number", ENDS, ids=lambda one: one.name)


def assert_stopped(process: Any, number: signal.Signals) -> None:
    code, out, err = ended(process)
    assert (code, out) == (ENDS[number], "")
    assert "Traceback" not in err
    assert "Exception" not in err
    assert err.strip() == WORDS[code]


@every_signal
def test_a_signal_during_the_imports(desk: Project, tmp_path: Path, number: signal.Signals) -> None:
    slow = (
        "import pathlib, time\npathlib.Path(__file__).with_name('here').touch()\ntime.sleep(60)\n"
    )
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow/pydantic.py").write_text(slow)
    path = f"{tmp_path / 'slow'}:{USUAL['PYTHONPATH']}"
    process = started(desk.root, "plan", env={"PYTHONPATH": path})
    until((tmp_path / "slow/here").exists, process)
    process.send_signal(number)
    assert_stopped(process, number)


LOST = """
import os, signal, sys, time
from reconciler.cli import signals

signal.signal(int(sys.argv[1]), signal.default_int_handler)  # what nohup ignores is inherited


class Dropped:
    def __del__(self):
        os.kill(os.getpid(), int(sys.argv[1]))
        sum(range(1000))


with signals.Reacting(signals.leave):
    try:
        with signals.Reacting(signals.stop):
            Dropped()
            time.sleep(60)
    except signals.Stopped as stopped:
        sys.exit(signals.code_of(stopped))
"""


@every_signal
def test_a_signal_that_falls_into_a_destructor_is_not_lost(number: signal.Signals) -> None:
    command = [sys.executable, "-c", LOST, str(int(number))]
    done = subprocess.run(command, env=USUAL, capture_output=True, check=False, timeout=50)
    assert (done.returncode, done.stderr) == (ENDS[number], b"")


@pytest.fixture
def slow(serve: Serve, desk: Project) -> RunningServer:
    """A server that takes its time, which the project is on."""
    server = serve("latency=400")
    text = f"environments:\n  away: {{ url: '{server.url}', api_key: {{ $secret: KEY }} }}\n"
    desk.write("reconciler.yaml", text)
    return server


@pytest.mark.parametrize(
    ("argv", "number"),
    [
        *(("plan", number) for number in ENDS),
        ("drift", signal.SIGHUP),
        ("import --all", signal.SIGINT),
        ("apply --yes", signal.SIGTERM),
        ("doctor", signal.SIGINT),
    ],
)
def test_a_signal_while_the_api_is_read(
    desk: Project, slow: RunningServer, argv: str, number: signal.Signals
) -> None:
    process = started(desk.root, *argv.split(), env={"KEY": "sandbox"})
    until(lambda: slow.app.state.requests, process)
    process.send_signal(number)
    assert_stopped(process, number)
    assert not (desk.root / "reconciler.lock.json").exists()
    assert [path.name for path in (desk.root / "agents").iterdir()] == ["desk.yaml"]


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal: ours, and that of a process."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    for number in (ours, theirs):
        with contextlib.suppress(OSError):
            os.close(number)


def read_until(ours: int, wanted: str) -> str:
    found = b""
    while wanted not in found.decode(errors="replace"):
        assert select.select([ours], [], [], 60)[0], found
        found += os.read(ours, 4096)
    return found.decode(errors="replace")


@pytest.mark.parametrize(
    ("argv", "question", "number"),
    [
        *(("apply", "Only `yes` is accepted: ", number) for number in ENDS),
        ("init new", "First agent", signal.SIGINT),
    ],
)
def test_a_signal_at_a_question(
    desk: Project, terminal: tuple[int, int], argv: str, question: str, number: signal.Signals
) -> None:
    ours, theirs = terminal
    process = started(desk.root, *argv.split(), stdin=theirs, stderr=theirs)
    read_until(ours, question)
    process.send_signal(number)
    told = read_until(ours, WORDS[ENDS[number]])
    assert (ended(process)[0], "Traceback" in told) == (ENDS[number], False)
    assert not (desk.root / "reconciler.lock.json").exists()
    assert not (desk.root / "new").exists()


def test_a_terminal_that_is_gone_is_an_answer_of_no(
    desk: Project, terminal: tuple[int, int]
) -> None:
    ours, theirs = terminal
    process = started(desk.root, "apply", stdin=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    read_until(ours, "Only `yes` is accepted: ")
    os.close(ours)
    code, _, _ = ended(process)
    assert code == 1
    assert not (desk.root / "reconciler.lock.json").exists()


@every_signal
def test_an_apply_finishes_what_is_in_flight_and_reports(
    desk: Project, slow: RunningServer, number: signal.Signals
) -> None:
    for one in range(5):
        desk.agent(f"a{one}", {"agentName": f"A{one}"})
    argv = ["apply", "--yes", "--parallelism", "1", "--report", "json=done.json"]
    process = started(desk.root, *argv, env={"KEY": "sandbox"})
    until(slow.app.state.store.records, process)
    process.send_signal(number)
    code, out, err = ended(process)
    done = len(re.findall("^✓", out, re.MULTILINE))
    assert (code, done) == (ENDS[number], len(slow.app.state.store.records())), err
    assert out.splitlines()[-1] == f"Apply: {done} done, {6 - done} not started."
    assert "Finishing what is in flight; once more stops at once." in err
    assert (desk.root / "done.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_stops_an_apply_at_once(
    desk: Project, serve: Serve, number: signal.Signals
) -> None:
    server = serve("latency=1500")
    desk.on(server.url).write("reconciler.yaml", "{}\n")
    process = started(desk.root, "apply", "--yes", env=desk.env)
    until(lambda: [r for r in server.app.state.requests if r.method == "POST"], process)
    process.send_signal(number)
    line = b""
    while b"once more" not in line and process.poll() is None:
        line = process.stderr.readline()
    process.send_signal(number)
    code, _, err = ended(process)
    assert (code, "Traceback" in err, "never retrieved" in err) == (ENDS[number], False, False)


def test_what_nohup_starts_outlives_its_terminal(desk: Project, slow: RunningServer) -> None:
    command = ["/bin/sh", "-c", 'trap "" HUP; exec "$0" "$@"', *COMMAND, "plan"]
    process = subprocess.Popen(
        command, cwd=desk.root, env={**USUAL, "KEY": "sandbox"}, stdout=subprocess.PIPE
    )
    until(lambda: slow.app.state.requests, process)
    process.send_signal(signal.SIGHUP)
    assert ended(process)[0] == 0


def test_a_demo_that_is_interrupted_is_no_bug(tmp_path: Path) -> None:
    process = started(tmp_path, "demo")
    process.stdout.readline(), process.stdout.readline(), process.stdout.readline()
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)
    assert (code, "ended with" in err, "Traceback" in err) == (130, False, False)


# Odd environments


ODD: dict[str, dict[str, str | None]] = {
    "no home, LANG=C, a far time zone": {"HOME": None, "LANG": "C", "TZ": "Asia/Riyadh"},
    "an empty home, LC_ALL=C, no time zone": {"HOME": "", "LC_ALL": "C", "TZ": "Nowhere/At-All"},
    "an ASCII locale that stays one, no terminal, one column": {
        "LC_ALL": "POSIX",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
        "TERM": None,
        "COLUMNS": "1",
    },
    "an unknown locale, ASCII streams, a dumb terminal of no columns": {
        "LC_ALL": "xx_YY.ISO-8859-6",
        "PYTHONIOENCODING": "ascii:strict",
        "TERM": "dumb",
        "COLUMNS": "0",
    },
    "Latin-1 streams, columns that are none": {
        "PYTHONIOENCODING": "latin-1",
        "COLUMNS": "wide",
        "LINES": "x",
    },
    "nothing but a path": {"HOME": None, "COLUMNS": None, "PYTHONPATH": USUAL["PYTHONPATH"]},
}
ASKED = ["plan", "doctor --offline", "--help"]


ALL_ASKED = """
import sys
from reconciler.cli import main
for argv in sys.argv[1:]:
    print(main(argv.split()), flush=True)
    print(end="\\0", flush=True), print(end="\\0", file=sys.stderr, flush=True)
"""


def said(root: Path, env: Mapping[str, str | None]) -> list[tuple[bytes, bytes]]:
    """What the commands print in an environment, with their exit codes; one process runs all."""
    found = {name: value for name, value in {**USUAL, **env}.items() if value is not None}
    command = [sys.executable, "-c", ALL_ASKED, *ASKED]
    done = subprocess.run(command, cwd=root, env=found, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(zip(done.stdout.split(b"\0"), done.stderr.split(b"\0"), strict=True))


def test_an_odd_environment_changes_nothing_that_is_printed(desk: Project) -> None:
    usual = said(desk.root, {})
    assert [out[-2:] for out, _ in usual[:-1]] == [b"0\n"] * len(ASKED)
    for name, odd in ODD.items():
        found = said(desk.root, odd)
        helped = slice(-2 if "COLUMNS" in odd else None)  # argparse wraps its help
        assert found[helped] == usual[helped], name


def test_a_terminal_of_one_column_shows_a_plan(desk: Project, terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    process = started(desk.root, "plan", env={"COLUMNS": "1", "TERM": None}, stdout=theirs)
    os.close(theirs)
    found = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(ours, 4096):
            found += chunk
    assert (ended(process)[0], "الواحة" in found.decode()) == (0, True)
