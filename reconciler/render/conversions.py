"""Converted files, as lines for people. Pure; possible secrets are not shown."""

import difflib
from collections.abc import Iterator, Sequence

from reconciler.late import dataclass
from reconciler.render.sanitize import one_line
from reconciler.text import tokens
from reconciler.text.wording import count


@dataclass(frozen=True, kw_only=True)
class LeftField:
    """A field that became a comment: its old line, the environment of its override, and why."""

    path: str
    line: int
    environment: str
    why: str


@dataclass(frozen=True, kw_only=True)
class ConvertedAgent:
    """One file before and after; ``hidden`` are parts of lines that must not be shown."""

    key: str
    file: str
    before: str
    after: str
    hidden: frozenset[str] = frozenset()
    left: tuple[LeftField, ...] = ()
    environments: tuple[str, ...] = ()


def lines(one: ConvertedAgent) -> list[str]:
    """A file's lines: the head, then what v2 does not have."""
    found = [f"~ {one_line(one.key)}  {one_line(one.file)}"]
    for left in one.left:
        where = f" for {one_line(left.environment)}" if left.environment else ""
        became = "is gone" if left.path.startswith("lifecycle.") else "is a comment now"
        found.append(f"line {left.line}: {one_line(left.path)}{where} {became}: {left.why}")
    return found


def diff(one: ConvertedAgent) -> Iterator[str]:
    """The lines of a file's diff."""
    old, new = (text.removeprefix("\ufeff").splitlines() for text in (one.before, one.after))
    for line in list(difflib.unified_diff(old, new, lineterm="", n=1))[2:]:
        hidden = any(piece in line for piece in one.hidden)
        yield f"{line[0]} (sensitive)" if hidden else one_line(tokens.struck(line))


def summary(found: Sequence[ConvertedAgent], *, dry_run: bool) -> str:
    """The last line: the number of files, and whether the state was converted."""
    if not found:
        return "Convert: there is no v1 file to convert."
    would = " would be" if dry_run else ""
    known = sum(bool(one.environments) for one in found)
    state = f"; the state of {count(known, 'agent')} follows" if known else ""
    return f"Convert: {count(len(found), 'file')}{would} written for v2{state}."


def added(names: Sequence[str]) -> list[str]:
    """The fields that the project file additionally names."""
    if not names:
        return []
    return ["~ the project file names these for v2, too", *map(one_line, names)]
