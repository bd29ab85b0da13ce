"""Ends of runs from outside: full disks, closed readers, signals, odd environments."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import reconciler
from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve
from tests.projects import Project

pytestmark = pytest.mark.process

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
def desk(project: Project, programs: Path) -> Project:
    """A project with one agent that is not live yet, a finding in it, and a sandbox."""
    project.program = programs / "reconciler"
    project.write("reconciler.yaml", "environments:\n  sandbox: { url: sandbox }\n")
    project.agent("desk", {"agentName": "Desk", "greetingMessage": GREETING})
    return project


def started(
    project: Project, *argv: str, env: dict[str, str | None] | None = None, **more: Any
) -> Any:
    """A process of its own, started from the warm tool; a variable that is None is not set."""
    return process([project.program, *argv], project.root, env, **more)


def process(
    command: Sequence[Any], root: Path, env: dict[str, str | None] | None = None, **more: Any
) -> Any:
    found = {name: value for name, value in {**USUAL, **(env or {})}.items() if value is not None}
    usual = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    STARTED.append(subprocess.Popen(command, cwd=root, env=found, **{**usual, **more}))
    return STARTED[-1]


STARTED: list[subprocess.Popen[bytes]] = []
"""The processes of one test."""


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    """End the processes that a failed test did not wait for: the warm tool passes signals on."""
    yield
    for run in STARTED:
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            if run.poll() is None:
                run.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    run.wait(2)
        for stream in (run.stdin, run.stdout, run.stderr):
            if stream:
                stream.close()
    STARTED.clear()


def ended(run: Any) -> tuple[int, str, str]:
    """Exit code, stdout, stderr; both must be text in UTF-8."""
    out, err = run.communicate(timeout=120)
    return run.returncode, (out or b"").decode(), (err or b"").decode()


def until(holds: Callable[[], object], run: Any) -> None:
    while not holds() and run.poll() is None:
        time.sleep(0.02)


# What cannot be printed


PRINTING = ["plan", "plan --format json", "version", "--help", "apply --yes"]


def test_output_that_a_full_disk_lost_is_an_error(desk: Project) -> None:
    for argv in PRINTING:
        with Path(FULL).open("w") as full:
            code, _, err = ended(started(desk, *argv.split(), stdout=full))
            both, _, _ = ended(started(desk, *argv.split(), stdout=full, stderr=full))
        assert (code, both) == (1, 1), argv
        assert "error: the output cannot be written: no space left on device\n" in err
        assert "Traceback" not in err
        assert "bug" not in err
        assert ("the plan could not be shown; nothing was applied" in err) is ("apply" in argv)
    assert not (desk.root / "reconciler.state.json").exists()


def test_a_reader_that_went_away_ends_a_run_quietly(desk: Project) -> None:
    for argv in [*PRINTING, "schema", "validate", "plan -e zzz --format json"]:
        read, write = os.pipe()
        os.close(read)
        run = started(desk, *argv.split(), stdout=write)
        os.close(write)
        code, _, err = ended(run)
        assert "the output cannot be written" not in err
        assert "Traceback" not in err
        assert "Error" not in err
        ends = {"apply --yes": 1, "plan -e zzz --format json": 64}
        assert code == ends.get(argv, 141), (argv, err)


def test_what_python_itself_would_lose_at_its_end_is_an_error_too(desk: Project) -> None:
    """The installed program: a closed stdout, a full disk, a reader that closed."""
    script = '"$0" -m reconciler version >&-; echo $? >&2; "$0" -m reconciler version >/dev/full'
    script += '; echo $? >&2; { sleep 0.1; "$0" -m reconciler version; echo $? >&2; } | true'
    command = ["/bin/bash", "-c", script, sys.executable]
    code, _, err = ended(process(command, desk.root))
    assert (code, re.findall(r"^\d+$", err, re.MULTILINE)) == (0, ["1", "1", "141"]), err
    assert ("bad file descriptor" in err, "no space left" in err) == (True, True)
    assert "Traceback" not in err


def test_messages_that_were_lost_are_an_error_and_change_no_other_code(desk: Project) -> None:
    with Path(FULL).open("w") as full:
        lost, out, _ = ended(started(desk, "plan", "-v", stderr=full))
        quiet, _, _ = ended(started(desk, "plan", "-q", stderr=full))
        wrong, _, _ = ended(started(desk, "plan", "-e", "nowhere", stderr=full))
        usage, _, _ = ended(started(desk, "plann", stderr=full))
    assert (lost, quiet, wrong, usage) == (1, 0, 64, 64)
    assert out.endswith(
        "1 to create, 0 to update; 2 fields: 1 spoken, 1 silent; 0 in sync, 6 unmanaged.\n"
    )


def test_an_apply_whose_messages_are_not_delivered_goes_on(desk: Project) -> None:
    for number in range(4):
        desk.agent(f"a{number}", {"agentName": f"A{number}"})
    read, write = os.pipe()
    os.close(read)
    run = started(desk, "apply", "--yes", stderr=write)
    os.close(write)
    code, out, _ = ended(run)
    assert (code, out.splitlines()[-1]) == (0, "Apply: 5 done.")


def test_reports_are_kept_although_stdout_is_full(desk: Project) -> None:
    argv = ["plan", "--format", "json", "--report", "markdown=plan.md"]
    with Path(FULL).open("w") as full:
        code, _, _ = ended(started(desk, *argv, stdout=full))
    assert (code, (desk.root / "plan.md").exists()) == (1, True)


# Signals


ENDS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
WORDS = {130: "interrupted", 143: "stopped by SIGTERM", 129: "stopped by SIGHUP"}
every_signal = pytest.mark.parametrize("number", ENDS, ids=lambda one: one.name)


def assert_stopped(run: Any, number: signal.Signals) -> None:
    code, out, err = ended(run)
    assert (code, out) == (ENDS[number], "")
    assert "Traceback" not in err
    assert "Exception" not in err
    assert err.strip() == WORDS[code]


def test_a_signal_during_the_imports(desk: Project, tmp_path: Path) -> None:
    (tmp_path / "slow").mkdir()
    slow = "import os, pathlib, time\npathlib.Path(os.environ['HERE']).touch()\ntime.sleep(60)\n"
    (tmp_path / "slow/pydantic.py").write_text(slow)
    path = f"{tmp_path / 'slow'}:{USUAL['PYTHONPATH']}"
    for number in ENDS:
        here = tmp_path / number.name
        run = process([*COMMAND, "plan"], desk.root, {"PYTHONPATH": path, "HERE": str(here)})
        until(here.exists, run)
        run.send_signal(number)
        assert_stopped(run, number)


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


def test_a_signal_that_falls_into_a_destructor_is_not_lost() -> None:
    for number, code in ENDS.items():
        command = [sys.executable, "-c", LOST, str(int(number))]
        done = subprocess.run(command, env=USUAL, capture_output=True, check=False, timeout=50)
        assert (done.returncode, done.stderr) == (code, b"")


@pytest.fixture
def away(serve: Serve, desk: Project) -> RunningServer:
    """A server that the project is on."""
    server = serve()
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
    desk: Project, away: RunningServer, argv: str, number: signal.Signals
) -> None:
    away.app.state.faults.add("GET:slow")
    run = started(desk, *argv.split(), env={"KEY": "sandbox"})
    until(lambda: away.app.state.requests, run)
    run.send_signal(number)
    assert_stopped(run, number)
    assert not (desk.root / "reconciler.state.json").exists()
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
    run = started(desk, *argv.split(), stdin=theirs, stderr=theirs)
    read_until(ours, question)
    run.send_signal(number)
    told = read_until(ours, WORDS[ENDS[number]])
    assert (ended(run)[0], "Traceback" in told) == (ENDS[number], False)
    assert not (desk.root / "reconciler.state.json").exists()
    assert not (desk.root / "new").exists()


def test_a_closed_terminal_counts_as_no(desk: Project, terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    run = started(desk, "apply", stdin=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    read_until(ours, "Only `yes` is accepted: ")
    os.close(ours)
    code, _, _ = ended(run)
    assert code == 1
    assert not (desk.root / "reconciler.state.json").exists()


@every_signal
def test_an_apply_finishes_what_is_in_flight_and_reports(
    desk: Project, away: RunningServer, number: signal.Signals
) -> None:
    for one in range(5):
        desk.agent(f"a{one}", {"agentName": f"A{one}"})
    argv = ["apply", "--yes", "--parallelism", "1", "--report", "json=done.json"]
    away.app.state.latency = 100
    run = started(desk, *argv, env={"KEY": "sandbox"})
    until(away.app.state.store.records, run)
    run.send_signal(number)
    code, out, err = ended(run)
    done = len(re.findall("^✓", out, re.MULTILINE))
    assert (code, done) == (ENDS[number], len(away.app.state.store.records())), err
    assert out.splitlines()[-1] == f"Apply: {done} done, {6 - done} not started."
    assert "Finishing what is in flight; once more stops at once." in err
    assert (desk.root / "done.json").exists()
    away.app.state.latency = 0
    again, out, _ = ended(started(desk, "apply", "--yes", env={"KEY": "sandbox"}))
    assert (again, out.splitlines()[-1]) == (0, f"Apply: {6 - done} done.")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_stops_an_apply_at_once(
    desk: Project, away: RunningServer, number: signal.Signals
) -> None:
    away.app.state.faults.add("POST:slow")
    run = started(desk, "apply", "--yes", env={"KEY": "sandbox"})
    until(lambda: [r for r in away.app.state.requests if r.method == "POST"], run)
    run.send_signal(number)
    line = b""
    while b"once more" not in line and run.poll() is None:
        line = run.stderr.readline()
    run.send_signal(number)
    code, _, err = ended(run)
    assert (code, "Traceback" in err, "never retrieved" in err) == (ENDS[number], False, False), err


LATE = """\
import os, sys
from reconciler.cli import main

class Last:
    def __del__(self, write=os.write, read=os.read):
        write(1, b"last\\n")
        read(0, 1)

last = Last()
sys.argv = ["reconciler", "version"]
sys.exit(main())
"""


@every_signal
def test_a_signal_at_the_very_end_changes_no_exit_code(
    desk: Project, number: signal.Signals
) -> None:
    """Python gives signals back to the system before it takes its modules apart."""
    run = process([sys.executable, "-c", LATE], desk.root, stdin=subprocess.PIPE)
    while run.poll() is None and run.stdout.readline() != b"last\n":
        pass
    run.send_signal(number)
    assert ended(run)[0] == 0


def test_what_nohup_starts_outlives_its_terminal(desk: Project, away: RunningServer) -> None:
    away.app.state.latency = 400
    command = ["/bin/sh", "-c", 'trap "" HUP; exec "$0" "$@"', *COMMAND, "plan"]
    run = process(command, desk.root, {"KEY": "sandbox"})
    until(lambda: away.app.state.requests, run)
    run.send_signal(signal.SIGHUP)
    assert ended(run)[0] == 0


def test_a_demo_that_is_interrupted_is_no_bug(desk: Project) -> None:
    run = started(desk, "demo")
    run.stdout.readline(), run.stdout.readline(), run.stdout.readline()
    run.send_signal(signal.SIGINT)
    code, _, err = ended(run)
    assert (code, "ended with" in err, "Traceback" in err) == (130, False, False)


# Odd environments


ODD: dict[str, dict[str, str | None]] = {
    "no home, LC_ALL=C, no time zone, no columns": {
        "HOME": None,
        "LC_ALL": "C",
        "TZ": "Nowhere/At-All",
        "COLUMNS": None,
    },
    "an empty home, an ASCII locale that stays one, a far time zone, no terminal": {
        "HOME": "",
        "LC_ALL": "POSIX",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
        "TZ": "Asia/Riyadh",
        "TERM": None,
    },
    "an unknown locale, Latin-1 streams, a dumb terminal of no columns": {
        "LC_ALL": "xx_YY.ISO-8859-6",
        "PYTHONIOENCODING": "latin-1:strict",
        "TERM": "dumb",
        "COLUMNS": "0",
    },
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


@pytest.mark.parametrize("columns", ["0", "1", "wide"])
def test_a_terminal_of_odd_columns_shows_a_plan(
    desk: Project, terminal: tuple[int, int], columns: str
) -> None:
    ours, theirs = terminal
    run = started(desk, "plan", env={"COLUMNS": columns, "TERM": None}, stdout=theirs)
    os.close(theirs)
    found = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(ours, 4096):
            found += chunk
    assert (ended(run)[0], "الواحة" in found.decode()) == (0, True)
