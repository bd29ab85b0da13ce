"""The tool without the second that Python needs to import it, for tests that start it often.

A process that has imported everything waits at a socket. For each run it forks a child that gets
the arguments, environment, folder and streams of the client (`warm_client.py`), so that each run
still is its own process. The start of Python itself (`-I`, locale, ignored signals) is not tested
this way.

The variable ``CONFINED`` limits a run (`confined.py`). The file named by ``WARM_PID`` gets the
process id of the run: signals to the client are passed on, except those that no process can catch.
"""

import fcntl
import gc
import importlib
import marshal
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import reconciler
from reconciler.cli import main
from tests import confined
from tests.projects import Project

CLIENT = Path(__file__).with_name("warm_client.py")
LARGEST = 1 << 20
"""Bytes of a request."""


@contextmanager
def warm(folder: Path) -> Iterator[Path]:
    """A folder with a ``reconciler`` that is warm and the ``python`` of the tests."""
    found = folder / "socket"
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(sys.executable)
    program = folder / "bin/reconciler"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -ISE "{CLIENT}" "{found}" "$@"\n')
    program.chmod(0o755)
    command = [sys.executable, "-m", "tests.warm", str(found)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=CLIENT.parents[1]) as server:
        while not found.exists() and server.poll() is None:
            time.sleep(0.05)
        yield folder / "bin"
        server.communicate()


def _serve(path: str) -> None:
    """Answer until stdin ends."""
    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    os.fsync = lambda _handle: None  # see `conftest.py`
    _used(Path(path).parent / "used")
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{path}.new")
        listening.listen(32)
        Path(f"{path}.new").rename(path)
        if not os.fork():
            sys.stdin.close()
            _answer(listening)
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


def _used(folder: Path) -> None:
    """Run the usual commands once: what a run makes at its first use, every run has then."""
    project = Project(folder)
    project.write("reconciler.yaml", "environments:\n  sandbox: { url: sandbox }\n")
    project.agent("desk", {"agentName": "Desk", "greetingMessage": "Hello {{name}}"})
    for argv in ("validate", "plan", "apply --auto-approve", "plan --format json", "drift"):
        assert project.run(*argv.split()).code == 0, argv


def _answer(listening: socket.socket) -> None:
    """Start a run for each request, and report its exit code when it ends."""
    running: dict[int, socket.socket] = {}
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    while True:
        ready = select.select([listening, woken], [], [])[0]
        if woken in ready:
            os.read(woken, 1024)
            _reap(running)
        if listening in ready:
            asked = listening.accept()[0]
            request, streams, _, _ = socket.recv_fds(asked, LARGEST, 8)
            if not (pid := os.fork()):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for one in (woken, waking, *(each.fileno() for each in (listening, asked))):
                    os.close(one)
                for each in running.values():
                    os.close(each.fileno())
                os._exit(_run(marshal.loads(request), streams))  # noqa: S302 - it is our own
            for handle in streams:
                os.close(handle)
            running[pid] = asked
            asked.sendall(b"%d\n" % pid)


def _reap(running: dict[int, socket.socket]) -> None:
    """Report the exit codes of all runs that have ended."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with running.pop(pid) as asked, suppress(OSError):  # the client may have been killed
            asked.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _run(request: dict[str, object], streams: list[int]) -> int:
    high = [fcntl.fcntl(handle, fcntl.F_DUPFD, 64) for handle in streams]
    for number, handle in zip(request["streams"], high, strict=True):  # type: ignore[call-overload]
        os.dup2(handle, number)
    for handle in {*streams, *high} - {*request["streams"]}:  # type: ignore[misc]
        os.close(handle)
    os.environ.clear()
    os.environ.update(request["env"])  # type: ignore[call-overload]
    os.chdir(str(request["cwd"]))
    if (told := os.environ.pop("CONFINED", None)) is not None:
        confined.limit(told)
    time.tzset()
    tempfile.tempdir = None
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.argv = ["reconciler", *request["argv"]]  # type: ignore[misc]
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, lines, encoding="utf-8", closefd=False)  # noqa: SIM115
        for number, (mode, lines) in enumerate((("r", -1), ("w", -1), ("w", 1)))
    )
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    os.setpgid(0, 0)
    _serve(sys.argv[1])
