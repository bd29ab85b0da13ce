"""Asks the warm process for a run, and becomes like it: its streams, signals and exit code."""

import json
import os
import signal
import socket
import sys


def is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)  # until the run exists, to which they are passed on
# A shell that completes hands over 8 and 9.
streams = [number for number in (0, 1, 2, 8, 9) if is_open(number)]
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect(sys.argv[1])
    request = {"argv": sys.argv[2:], "env": dict(os.environ), "cwd": os.getcwd()}  # noqa: PTH109
    request["streams"] = streams
    socket.send_fds(asked, [json.dumps(request).encode()], streams)
    with asked.makefile("rb") as told:
        pid = int(told.readline())
        if name := os.environ.get("WARM_PID"):
            with open(name, "w") as file:  # noqa: PTH123
                file.write(str(pid))
        for number in HEARD:
            signal.signal(number, lambda one, _frame: os.kill(pid, one))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        code = int(told.readline() or 1)
if code < 0:
    if -code != signal.SIGKILL:  # which has no handler that could be set
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
