"""How far long work is: whoever loops says it here, and whoever opened the run may show it.

No IO and no clock: without a display nothing happens, and nothing is decided by it.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol, TypeVar

Item = TypeVar("Item")


@dataclass(eq=False)
class Work:
    """Something that is done to ``total`` things, such as ``Reading agents``."""

    what: str
    total: int
    done: int = 0


class Display(Protocol):
    """What shows work. None of its methods raises."""

    def moved(self, work: Work) -> None:
        """Work began, or more of it is done."""

    def ended(self, work: Work) -> None:
        """Work is done, or was given up."""

    def hide(self) -> None:
        """Make room for a line of something else, until more is done."""


_display: ContextVar[Display | None] = ContextVar("display of progress", default=None)


@contextmanager
def shown_by(display: Display | None) -> Iterator[None]:
    """Have all work of a `with` block shown."""
    before = _display.set(display)
    try:
        yield
    finally:
        hide()  # a loop that was stopped by an error may not have ended its work yet
        _display.reset(before)


def hide() -> None:
    """Make room on the terminal for a line of something else, until more is done."""
    display = _display.get()
    if display:
        display.hide()


@contextmanager
def of(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Work that takes a `with` block; call what it gives with how many more things are done."""
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
    """The items, each of which is done when the next one is asked for."""
    with of(what, len(items)) as advance:
        for item in items:
            yield item
            advance(1)
