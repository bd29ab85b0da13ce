"""The diff of a long text: lines first, then words inside lines that changed. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from reconciler.engine import align

_CONTEXT = 1
_ALIKE = 0.3
_NEAR = 20
"""How many new lines are tried as the other side of an old one."""
_PIECES = re.compile(r"\s+|\S+")


@dataclass(frozen=True)
class Span:
    """A stretch of a line; ``marked`` where the other side does not have it."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Line:
    """A line of either side: ``sign`` is ``-``, ``+`` or a space."""

    sign: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Fold:
    """Unchanged lines that are left out; ``heading`` is the last heading among them."""

    count: int
    heading: str = ""


def text_diff(before: str, after: str) -> list[Line | Fold]:
    """The lines that differ, with a line of context, and folds in place of all others."""
    blocks: list[list[Line]] = []
    for equal, old, new in _steps(before.split("\n"), after.split("\n")):
        if equal:
            blocks.append([Line(" ", (Span(line),)) for line in old])
        else:
            gone = [Line("-", (Span(line),)) for line in old]
            blocks.append([*gone, *(Line("+", (Span(line),)) for line in new)])
    return list(_folded(_marked(_joined(blocks))))


def _steps(old: list[str], new: list[str]) -> Iterator[tuple[bool, list[str], list[str]]]:
    """Runs of pieces that both sides have, and runs that they do not, in order."""
    for run in align.runs(old, new):
        yield run.equal, old[run.old_start : run.old_end], new[run.new_start : run.new_end]


def _joined(blocks: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Neighbouring changed blocks as one: old lines first, then new ones."""
    joined: list[list[Line]] = []
    for block in blocks:
        changed = block[0].sign != " "
        if changed and joined and joined[-1][0].sign != " ":
            joined[-1] = sorted([*joined[-1], *block], key=lambda line: line.sign == "+")
        else:
            joined.append(list(block))
    return joined


def _marked(blocks: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The same blocks, old and new lines that are alike next to each other, words marked."""
    return [list(_paired(block)) if block[0].sign != " " else list(block) for block in blocks]


def _paired(block: Sequence[Line]) -> Iterator[Line]:
    old = [line.spans[0].text for line in block if line.sign == "-"]
    new = [line.spans[0].text for line in block if line.sign == "+"]
    for before in old:
        match = next((i for i, after in enumerate(new[:_NEAR]) if _alike(before, after)), None)
        if match is None:
            yield Line("-", (Span(before),))
            continue
        yield from (Line("+", (Span(line),)) for line in new[:match])
        left, right = word_marks(before, new[match])
        yield Line("-", left)
        yield Line("+", right)
        new = new[match + 1 :]
    yield from (Line("+", (Span(line),)) for line in new)


def _alike(before: str, after: str) -> bool:
    return align.similarity(before.split(), after.split()) >= _ALIKE


def word_marks(before: str, after: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Both lines with the words marked that the other does not have.

    Words are stretches without white space, so that no combining mark or placeholder is split.
    """
    left: list[Span] = []
    right: list[Span] = []
    for equal, old, new in _steps(_PIECES.findall(before), _PIECES.findall(after)):
        left.append(Span("".join(old), not equal))
        right.append(Span("".join(new), not equal))
    return _compact([s for s in left if s.text]), _compact([s for s in right if s.text])


def _compact(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Neighbouring spans of one kind as one; blanks between marked words are marked too."""
    joined: list[Span] = []
    for span, after in zip_longest(spans, spans[1:]):
        blank = not span.text.strip() and joined and joined[-1].marked and after and after.marked
        marked = span.marked or bool(blank)
        if joined and joined[-1].marked == marked:
            joined[-1] = Span(joined[-1].text + span.text, marked)
        else:
            joined.append(Span(span.text, marked))
    return tuple(joined)


def _folded(blocks: Sequence[Sequence[Line]]) -> Iterator[Line | Fold]:
    last = len(blocks) - 1
    for index, block in enumerate(blocks):
        if block[0].sign != " ":
            yield from block
            continue
        head = _CONTEXT if index > 0 else 0
        tail = _CONTEXT if index < last else 0
        if len(block) <= head + tail + 1:
            yield from block
            continue
        hidden = block[head : len(block) - tail]
        yield from block[:head]
        yield Fold(len(hidden), _heading(hidden))
        yield from block[len(block) - tail :]


def _heading(lines: Sequence[Line]) -> str:
    texts = (line.spans[0].text for line in reversed(lines))
    return next((text.lstrip("# ") for text in texts if text.startswith("#")), "")
