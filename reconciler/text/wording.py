"""Names and counts in sentences. Pure."""

from collections.abc import Iterable, Sequence

_NAMED = 5


def count(number: int, noun: str) -> str:
    """``1 agent``, ``2 agents``."""
    return f"{number} {noun}{'s' * (number != 1)}"


def named(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def ticked(names: Iterable[str]) -> str:
    """Names as code, joined by commas."""
    return ", ".join(f"`{name}`" for name in names)


def them(items: Sequence[object]) -> str:
    """``it`` or ``them``."""
    return "it" if len(items) == 1 else "them"


def reviewed(rule: str, items: Sequence[object]) -> str:
    """How to write something that a policy protects."""
    it = them(items)
    return f"to write {it} after all, take {it} out of `{rule}` in a reviewed change"


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters, with an ellipsis if it was cut."""
    return f"{text[:most]}…" if len(text) > most else text


def clock(minutes: int) -> str:
    """Minutes after midnight as ``hh:mm``."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
