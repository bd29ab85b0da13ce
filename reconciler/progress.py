"""Progress of long work: loops report it here, and whoever opened the run may show it.

No IO and no clock: without a display nothing happens, and no decision depends on it.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

from reconciler.late import dataclass

Item = TypeVar("Item")


@dataclass(eq=False)
class Work:
    """Something that is done with ``total`` things, such as ``Reading agents``."""

    what: str
    total: int
    done: int = 0


class Display(Protocol):
    """Shows work. None of its methods raises."""

    def moved(self, work: Work) -> None:
        """Work started, or more of it is done."""

    def ended(self, work: Work) -> None:
        """Work is done, or was abandoned."""

    def hide(self) -> None:
        """Make room for another line until more is done."""


_display: ContextVar[Display | None] = ContextVar("display of progress", default=None)


@contextmanager
def shown_by(display: Display | None) -> Iterator[None]:
    """Show all work of a `with` block."""
    before = _display.set(display)
    try:
        yield
    finally:
        hide()  # a loop that an error stopped may not have ended its work
        _display.reset(before)


def hide() -> None:
    """Make room on the terminal for another line until more is done."""
    display = _display.get()
    if display:
        display.hide()


@contextmanager
def of(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Report work for the duration of a `with` block.

    Call the result with how many more are done.
    """
    work, display = Work(what, total), _display.get()

    def advance(more: int) -> None:
        work.done += more
        if display:
            display.moved(work)

    try:
        advance(0)
        yield advance
    finally:
        if display:
            display.ended(work)


def each(what: str, items: Collection[Item]) -> Iterator[Item]:
    """The items; each counts as done when the next one is requested."""
    with of(what, len(items)) as advance:
        for item in items:
            yield item
            advance(1)
