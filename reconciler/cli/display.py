"""Progress of long work, on stderr: a bar at a terminal, occasional lines in a log."""

import argparse
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from reconciler.cli.world import Patience, World
from reconciler.progress import Work

if TYPE_CHECKING:
    from reconciler.render.terminal.bar import Bar

_DUMB = ("dumb", "unknown")


class Display:
    """Shows a run's progress. Work inside other work is part of that.

    ``bar`` makes a bar for a person; None for lines.
    """

    def __init__(
        self,
        stream: IO[str],
        bar: "Callable[[Work], Bar] | None",
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._make_bar, self._clock = stream, bar, clock
        self._pause = patience.drawn if bar else patience.log
        self._next = clock() + (patience.person if bar else patience.log)
        self._work: Work | None = None
        self._began = 0.0
        self._bar: Bar | None = None

    def moved(self, work: Work) -> None:
        """Show the progress, if it is time."""
        now = self._clock()
        if self._work is None:
            self._work, self._began = work, now
        if now < self._next or work is not self._work:
            return
        self._next = now + self._pause
        with suppress(OSError, ValueError):  # a closed stream must not stop the run
            self._show(work, now)

    def _show(self, work: Work, now: float) -> None:
        if self._make_bar is None:
            self._stream.write(line(work, now - self._began))
            self._stream.flush()
            return
        self._bar = self._bar or self._make_bar(work)
        self._bar.draw(work)

    def ended(self, work: Work) -> None:
        """Stop showing it."""
        if work is self._work:
            self._work = None
            self.hide()

    def hide(self) -> None:
        """Remove the bar from the terminal."""
        bar, self._bar = self._bar, None
        if bar:
            with suppress(OSError, ValueError):
                bar.remove()


def display(world: World, arguments: argparse.Namespace) -> Display:
    """The display of a run; ``--verbose`` lines are not mixed with a bar."""
    asks_lines = (
        not world.stderr.isatty()
        or arguments.verbose
        or world.env.get("CI")
        or world.env.get("TERM", "").lower() in _DUMB
    )

    def bar(work: Work) -> "Bar":
        from reconciler.render.terminal.bar import Bar  # noqa: PLC0415 - few runs show it

        return Bar(work, world.stderr, arguments.color, world.env)

    return Display(world.stderr, None if asks_lines else bar, world.patience)


def line(work: Work, seconds: float) -> str:
    """One line, such as ``Reading agents: 300 of 1,000, about 20 s left``."""
    shown = f"{work.what}: {work.done:,} of {work.total:,}"
    if not work.done:
        return f"{shown}\n"
    minutes, rest = divmod(round(seconds * (work.total - work.done) / work.done), 60)
    return f"{shown}, about {f'{minutes} min ' if minutes else ''}{rest} s left\n"
