"""Block scalars, `|` and `>`: reading their lines, and writing another text into them. Pure."""

import re
from collections.abc import Iterator
from itertools import takewhile

from reconciler.late import dataclass, pattern
from reconciler.text.align import Run, runs

_SIGNS = "+-123456789"
_UNFIT = pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_BIDI = pattern("[\u202a-\u202e\u2066-\u2069]")
_NARROWEST = 80
_WIDTH = 100


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block scalar in a text. ``lines`` are source lines, without trailing blank ones.

    ``head`` is the end of its header, ``end`` that of its last line, and ``blanks`` that of the
    last blank line after it; each without the newline.
    """

    style: str
    digit: str
    chomp: str
    indent: int
    lines: tuple[str, ...]
    head: int
    end: int
    blanks: int


@dataclass(frozen=True)
class Written:
    """A block scalar to write: its header and its source lines."""

    header: str
    lines: tuple[str, ...]


def read(text: str, start: int, column: int) -> Block:
    """The block scalar whose `|` or `>` is at ``start``, in a collection at ``column``."""
    signs = "".join(takewhile(_SIGNS.__contains__, text[start + 1 : start + 3]))
    digit, chomp = signs.strip("+-"), signs.strip("123456789")
    first = _line_end(text, start) + 1
    below = list(_below(text, first, max(column, 0) + int(digit) if digit else 0, column))
    indent = max(column, 0) + int(digit) if digit else _indent(below)
    full = [i for i, line in enumerate(below) if len(line) > indent or line.strip(" ")]
    lines = below[: full[-1] + 1] if full else []
    end = first - 1 + sum(len(line) + 1 for line in lines)
    blanks = end + sum(len(line) + 1 for line in below[len(lines) :])
    return Block(
        style=text[start],
        digit=digit,
        chomp=chomp,
        indent=indent if lines else 0,
        lines=tuple(lines),
        head=start + 1 + len(signs),
        end=end,
        blanks=blanks,
    )


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _below(text: str, first: int, indent: int, column: int) -> Iterator[str]:
    """The lines from ``first`` on that are blank or indented like the scalar's first one."""
    while first < len(text):
        end = _line_end(text, first)
        line = text[first:end]
        if line.strip(" "):
            own = len(line) - len(line.lstrip(" "))
            indent = indent or own
            if own < indent or own <= column:
                return
        yield line
        first = end + 1


def _indent(lines: list[str]) -> int:
    full = (line for line in lines if line.strip(" "))
    return next((len(line) - len(line.lstrip(" ")) for line in full), 0)


def holds(text: str, known: str = "") -> bool:
    """Whether a text can be written as a block scalar and remain visible as it is.

    Characters that change the reading direction are allowed only if the old text already had them.
    """
    last = text.rstrip("\n").rpartition("\n")[2]
    turns = set(_BIDI.findall(text)) - set(known)
    return bool(last.strip()) and not _UNFIT.search(text) and not turns


def literal(text: str, indent: int, column: int, old: Block | None = None) -> Written | None:
    """A text as a literal block; None if its indentation cannot be expressed."""
    body = text.rstrip("\n").split("\n")
    header = _header("|", text, body, old.digit if old else "", indent - max(column, 0))
    if header is None:
        return None
    lines = _reused(old.lines if old else (), body, indent)
    return Written(header, (*lines, *_blanks(text)))


def folded(text: str, column: int, old: Block) -> Written | None:
    """A text as the folded block ``old``, keeping unchanged paragraphs; None if it cannot."""
    body = text.rstrip("\n").split("\n")
    lines = list(_wrapped(body, [line[old.indent :] for line in old.lines]))
    header = _header(">", text, lines, old.digit, old.indent - max(column, 0))
    if header is None:
        return None
    return Written(header, (*_reused(old.lines, lines, old.indent), *_blanks(text)))


def _blanks(text: str) -> tuple[str, ...]:
    return ("",) * (len(text) - len(text.rstrip("\n")) - 1)


def _header(style: str, text: str, lines: list[str], digit: str, deeper: int) -> str | None:
    """The indicators that a text needs; none for the indentation if its first line shows it."""
    chomp = "-" if not text.endswith("\n") else "+" if text.endswith("\n\n") else ""
    first = next(i for i, line in enumerate(lines) if line.strip(" "))
    if digit or any(line[:1] in (" ", "\t") for line in lines[: first + 1] if line):
        return f"{style}{deeper}{chomp}" if 1 <= deeper <= 9 else None
    return f"{style}{chomp}"


def _reused(old: tuple[str, ...], body: list[str], indent: int) -> Iterator[str]:
    """Source lines for these: unchanged ones byte for byte as before."""
    for run in runs([line[indent:] for line in old], body):
        if run.equal:
            yield from old[run.old_start : run.old_end]
        else:
            fresh = body[run.new_start : run.new_end]
            yield from (" " * indent + line if line else "" for line in fresh)


def _led(line: str) -> bool:
    """Whether a line starts with white space: such lines are not folded."""
    return line[:1] in (" ", "\t")


def _paragraphs(lines: list[str]) -> list[list[str]]:
    """Group source lines that fold into one line; blank lines are left out."""
    found: list[list[str]] = []
    glued = False
    for line in lines:
        if line and glued and not _led(line):
            found[-1].append(line)
        elif line:
            found.append([line])
        glued = bool(line) and not _led(line)
    return found


def _wrapped(body: list[str], source: list[str]) -> Iterator[str]:
    """Source lines that fold into ``body``, reusing the old paragraphs' lines if possible."""
    old = _paragraphs(source)
    wide = max(map(len, source), default=0)
    wraps = any(len(lines) > 1 for lines in old)
    width = max(wide, _NARROWEST if wraps else _WIDTH)
    new = [line for line in body if line]
    pieces = iter(_pieces(old, new, width))
    before, blanks = "", 0
    for line in body:
        if not line:
            blanks += 1
            continue
        level = bool(before) and (_led(before) or _led(line))
        gap = blanks + bool(before) - level
        yield from ("",) * gap
        yield from next(pieces)
        before, blanks = line, 0


def aligned(old: list[str], new: list[str]) -> Iterator[Run]:
    """Runs of equal pieces, and between two of them one run of everything that is replaced."""
    open_: Run | None = None
    for run in runs(old, new):
        if run.equal:
            yield from (open_,) if open_ else ()
            open_ = None
            yield run
        elif open_:
            open_ = open_._replace(old_end=run.old_end, new_end=run.new_end)
        else:
            open_ = run
    yield from (open_,) if open_ else ()


def _pieces(old: list[list[str]], new: list[str], width: int) -> Iterator[list[str]]:
    """The source lines of each new paragraph."""
    for run in aligned([" ".join(lines) for lines in old], new):
        if run.equal:
            yield from old[run.old_start : run.old_end]
            continue
        before = old[run.old_start : run.old_end]
        for i, line in enumerate(new[run.new_start : run.new_end]):
            yield _rewrapped(line, before[i] if i < len(before) else [], width)


def _rewrapped(line: str, old: list[str], width: int) -> list[str]:
    """Wrap one paragraph, keeping the first and last old lines as far as they still fit."""
    if _led(line):
        return [line]
    old = [] if old and _led(old[0]) else old
    head = _kept(line, old)
    rest = line[len(" ".join(old[:head])) + 1 :] if head else line
    tail = _kept(rest[::-1], [part[::-1] for part in reversed(old[head:])])
    last = old[len(old) - tail :]
    middle = rest[: -len(" ".join(last)) - 1] if tail else rest
    if head and head + tail == len(old):
        # Words were inserted between two lines: the first one takes as many as fit.
        head, middle = head - 1, f"{old[head - 1]} {middle}"
    return [*old[:head], *_wrap(middle, width), *last]


def _kept(line: str, old: list[str]) -> int:
    """How many of the old source lines the paragraph still starts with, up to a word break."""
    for count in range(len(old)):
        start = " ".join(old[: count + 1]) + " "
        if not line.startswith(start) or not line[len(start) :][:1].strip():
            return count
    return len(old)


def _wrap(line: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in re.split(r"(?<=\S) (?=\S)", line):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines
