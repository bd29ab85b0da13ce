"""Ctrl-C, SIGTERM and SIGHUP, which end a run from outside.

Before a command runs, the process ends at once. While one runs, `Stopped` is raised, so that
temporary files and locks are cleaned up; pending requests are cancelled; and an apply reacts in its
own way. A signal that this process was started to ignore, as by nohup, stays ignored.
"""

import atexit
import os
import signal
import sys

TYPE_CHECKING = False  # importing typing would cost as much as argparse
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import FrameType, TracebackType
    from typing import Any, TypeVar

    Result = TypeVar("Result")

_OURS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


SIGNALLED = 128
"""The exit code of a process ended by a signal is this plus the signal's number."""


class Stopped(KeyboardInterrupt):
    """A signal ended the run. asyncio lets only a KeyboardInterrupt out of its loop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def code_of(stop: KeyboardInterrupt) -> int:
    """The exit code of a process that this ended: 130 for Ctrl-C, 143 for SIGTERM."""
    return SIGNALLED + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)


def said(code: int) -> str:
    """The cause of a run's end with this exit code."""
    number = code - SIGNALLED
    return "interrupted" if number == signal.SIGINT else f"stopped by {signal.Signals(number).name}"


def leave(number: int) -> None:
    """End the process now, without any cleanup."""
    try:
        os.write(2, f"\n{said(SIGNALLED + number)}\n".encode())
    finally:
        os._exit(SIGNALLED + number)


def stop(number: int) -> None:
    """Raise ``Stopped``; the next signal does not wait for cleanup."""
    set_all(leave)
    sys.unraisablehook = _again_if_lost
    raise Stopped(number)


def _again_if_lost(lost: "sys.UnraisableHookArgs") -> None:
    """Send a signal again if its ``Stopped`` was raised in a destructor, where Python drops it."""
    if not isinstance(lost.exc_value, Stopped):
        sys.__unraisablehook__(lost)
        return
    import threading  # noqa: PLC0415 - few signals fall into a destructor

    number, main = lost.exc_value.number, threading.main_thread().ident
    set_all(stop)
    if main is not None:  # a moment later, when the destructor is done
        again = threading.Timer(0.01, signal.pthread_kill, (main, number))
        again.daemon = True
        again.start()


class Reacting:
    """Inside a `with` block, pass signals to ``react``; with ``once`` only the first.

    Without effect outside of the main thread.
    """

    def __init__(self, react: "Callable[[int], None]", *, once: bool = False) -> None:
        self._react, self._once = react, once
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> None:
        self._before = set_all(self._reacted)

    def to_the_end(self, react: "Callable[[int], None]") -> None:
        """Pass signals to ``react`` for the rest of the process, without any gap.

        Before Python takes its modules apart it gives signals back to the system, which would end
        the process with a code of its own. From then on, when no thread can hang any more, they are
        held back.
        """
        set_all(react)
        self._before = {}
        atexit.register(_hold_back)

    def _reacted(self, number: int) -> None:
        if self._once:
            self._restore()
        self._react(number)

    def _restore(self) -> None:
        before, self._before = self._before, {}
        for one, handler in before.items():
            signal.signal(one, handler)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        self._restore()


def _hold_back() -> None:
    """Hold our signals back for the last moments of the process."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, _OURS)


def set_all(react: "Callable[[int], None]") -> "dict[signal.Signals, Any]":
    """Pass all of our signals to ``react``, and return their previous handlers."""

    def handler(number: int, _frame: "FrameType | None") -> None:
        react(number)

    before = {one: signal.getsignal(one) for one in _OURS}
    heard = {one: old for one, old in before.items() if old not in (None, signal.SIG_IGN)}
    try:
        for one in heard:
            signal.signal(one, handler)
    except ValueError:  # not the main thread
        return {}
    return heard


def until_readable(descriptor: int) -> None:
    """Wait until there is something to read; a signal takes effect at once, whenever it arrives.

    A blocking read misses a signal that arrives just before it: Python notes it, and reads. The
    pipe that Python writes to at a signal closes this gap. Only the main thread receives signals;
    another one does not wait here.
    """
    import select  # noqa: PLC0415 - few runs ask a question

    heard, noted = os.pipe()
    os.set_blocking(noted, False)
    try:
        before = signal.set_wakeup_fd(noted, warn_on_full_buffer=False)
    except ValueError:
        return
    else:
        try:
            while descriptor not in select.select([descriptor, heard], [], [])[0]:
                os.read(heard, 1)
        finally:
            signal.set_wakeup_fd(before)
    finally:
        os.close(heard)
        os.close(noted)


def run(work: "Coroutine[Any, Any, Result]", *, whole: bool = False) -> "Result":
    """``asyncio.run``, in which a signal cancels pending work and raises ``Stopped``.

    A computation is stopped at once, unless it is to stay ``whole`` until it awaits something.
    """
    import asyncio  # noqa: PLC0415 - heavy, and --help needs none of it

    stopped: list[int] = []

    async def watched() -> "Result":
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def cancel(number: int) -> None:
            stopped.append(number)
            if task and not whole and asyncio.current_task(loop) is task:
                raise Stopped(number)
            if task:
                loop.call_soon_threadsafe(task.cancel)

        with Reacting(cancel, once=True):
            return await work

    try:
        result = asyncio.run(watched())
    except asyncio.CancelledError:
        if not stopped:
            raise
    if stopped:
        raise Stopped(stopped[0])
    return result
