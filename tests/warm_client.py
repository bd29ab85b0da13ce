"""Asks the warm process for a run, and becomes like it: its streams, signals and exit code.

Of the standard library only what is built in: importing ``json``, ``signal`` and ``socket`` takes
longer than all that this does.
"""

import _signal
import _socket
import marshal
import os
import sys
from array import array


def is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def line() -> bytes:
    """What the warm process says next; nothing if it is gone."""
    found = b""
    while not found.endswith(b"\n"):
        try:
            read = asked.recv(1)
        except InterruptedError:
            continue
        if not read:
            break
        found += read
    return found


HEARD = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)
_signal.pthread_sigmask(_signal.SIG_BLOCK, HEARD)  # until the run exists: it gets them
# A shell that completes hands over 8 and 9.
streams = [number for number in (0, 1, 2, 8, 9) if is_open(number)]
asked = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
asked.connect(sys.argv[1])
request = {"argv": sys.argv[2:], "env": dict(os.environ), "cwd": os.getcwd(), "streams": streams}  # noqa: PTH109
rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array("i", streams))
asked.sendmsg([marshal.dumps(request)], [rights])
pid = int(line())
if name := os.environ.get("WARM_PID"):
    with open(name, "w") as file:  # noqa: PTH123
        file.write(str(pid))
for number in HEARD:
    _signal.signal(number, lambda one, _frame: os.kill(pid, one))
_signal.pthread_sigmask(_signal.SIG_UNBLOCK, HEARD)
code = int(line() or 1)
asked.close()
if code < 0:
    if -code != _signal.SIGKILL:  # which has no handler that could be set
        _signal.signal(-code, _signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
