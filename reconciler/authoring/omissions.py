"""Parts of a live agent that are not in its files, with the reason: always listed. Pure."""

import re
import textwrap
from collections.abc import Iterator

from reconciler.late import dataclass
from reconciler.text.wording import shortened
from reconciler.yamledit import fresh

_LISTED = 30
_LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Something live that is not in the files: its path, and the reason for the user."""

    path: str
    reason: str
    secret: bool = False
    """Whether it is a secret that could be declared."""


def comments(left: list[LeftOut]) -> str:
    """Comments for the end of the file that list what is not in it, by reason."""
    reasons = dict.fromkeys(item.reason for item in left)
    lines = [line for reason in reasons for line in _comment(reason, left)]
    return "".join(f"{line}\n" for line in ("", *lines)) if lines else ""


def _comment(reason: str, left: list[LeftOut]) -> Iterator[str]:
    paths = [item.path for item in left if item.reason == reason]
    names = [_name(path) for path in paths[:_LISTED]]
    more = [f"and {len(paths) - _LISTED} more"] if len(paths) > _LISTED else []
    yield from textwrap.wrap(
        f"# Not here ({reason}): {', '.join((*names, *more))}",
        fresh.WIDTH,
        subsequent_indent="#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _name(path: str) -> str:
    """A path from the API, written so that it can only be read as a name."""
    short = shortened(path, _LONGEST)
    plain = re.fullmatch(r"[\w.$-]+", path, re.ASCII)
    return path if plain and short is path else f'"{fresh.escaped(short)}"'
