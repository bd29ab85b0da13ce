"""Asks the warm process for a run, and becomes like it: its streams, signals and exit code."""

import json
import os
import signal
import socket
import sys

with socket.socket(socket.AF_UNIX) as asked:
    asked.connect(sys.argv[1])
    request = {"argv": sys.argv[2:], "env": dict(os.environ), "cwd": os.getcwd()}  # noqa: PTH109
    socket.send_fds(asked, [json.dumps(request).encode()], [0, 1, 2])
    with asked.makefile("rb") as told:
        pid = int(told.readline())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda one, _frame: os.kill(pid, one))
        code = int(told.readline() or 1)
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
