"""A progress bar on the last line of a terminal, removed afterwards."""

from collections.abc import Mapping
from typing import IO

from rich import progress
from rich.console import Console

from reconciler.progress import Work
from reconciler.render.terminal.stream import console

_LEAST, _MOST = 4, 40
"""Columns of the bar itself."""
_BESIDES = 46
"""Columns of its description, the amount done, and the remaining time."""


class _Untouched(Console):
    """A console that leaves the cursor visible: a killed run cannot restore it."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - rich's
        return False

    def on_broken_pipe(self) -> None:
        """Show nothing more; rich would end the process."""
        self.quiet = True


class Bar:
    """The bar of one work, from now on. Drawn only by these methods, not by a thread."""

    def __init__(self, work: Work, stream: IO[str], color: str, env: Mapping[str, str]) -> None:
        shown = {**env, "NO_COLOR": "1"} if color == "never" else env
        screen = console(stream, "auto", shown, _Untouched)
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(max(_LEAST, min(_MOST, screen.width - _BESIDES))),
            progress.MofNCompleteColumn(),
            progress.TimeRemainingColumn(),
            progress.TextColumn("left"),
            console=screen,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task(work.what, total=work.total, completed=work.done)
        self._bar.start()

    def draw(self, work: Work) -> None:
        """Redraw the bar."""
        self._bar.update(self._task, completed=work.done, refresh=True)

    def remove(self) -> None:
        """Remove the bar from the terminal."""
        self._bar.stop()
