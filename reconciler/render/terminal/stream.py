"""A stream of lines, with or without colours; without them and without wrapping, without rich."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    "+": "green",
    "~": "yellow",
    "-": "red",
    "!": "bold red",
    "?": "magenta",
    "·": "dim",
    "✓": "green",
    "≠": "yellow",
    "✗": "red",
    ">": "cyan",
    "=": "dim",
}
"""The style of a sign. Colours repeat what signs say."""

NARROWEST, _USUAL = 20, 80
_AT_ONCE = 1000
"""Lines that are written at once."""

Pieces = Sequence[tuple[str, str]]
"""The pieces of a line: harmless texts, each with its style."""


def console(
    file: IO[str],
    color: str = "auto",
    env: Mapping[str, str] | None = None,
    kind: "type[Console] | None" = None,
) -> "Console":
    """A console for a stream; ``color`` is ``auto``, ``always`` or ``never``.

    ``env`` may describe the terminal: ``COLUMNS``, ``TERM``, ``NO_COLOR``, ``FORCE_COLOR``.
    """
    env = env or {}
    made = partial(_console, file, color, env, kind)
    told = any(env.get(name) for name in _TELLS)
    if kind or file.isatty() or color == "always" or (told and color == "auto"):
        return made()
    return cast("Console", _Bare(file, made))


_TELLS = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""Variables by which a stream that is no terminal is one to rich."""


class _Bare:
    """A console without colours or width; rich's own is made for what it prints by itself."""

    soft_wrap, color_system = True, None

    def __init__(self, file: IO[str], make: "partial[Console]") -> None:
        self.file, self._make = file, make

    @cached_property
    def _rich(self) -> "Console":
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rich, name)


def _console(
    file: IO[str], color: str, env: Mapping[str, str], kind: "type[Console] | None"
) -> "Console":
    from rich.console import Console  # noqa: PLC0415 - takes long, and few pipes need it

    forced = {"always": True, "never": False}.get(color)
    out = (kind or Console)(
        _environ=env,
        file=file,
        force_terminal=forced,
        no_color=None if forced is None else not forced,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not file.isatty(),
    )
    if out.width < NARROWEST:  # with no columns, rich prints nothing at all
        out.width = NARROWEST if out.width > 0 else _USUAL
    return out


def put(out: "Console", lines: Iterable[Pieces]) -> None:
    """Print lines, perhaps thousands: those that need no wrapping mostly bypass rich."""
    left = iter(lines)
    while some := [*islice(left, _AT_ONCE)]:
        shown = [_shown(out, pieces) for pieces in some]
        if None not in shown:
            out.file.write("".join(cast("list[str]", shown)))
            continue
        for pieces in some:
            write(out, pieces)
    out.file.flush()


def write(out: "Console", pieces: Pieces) -> None:
    """Print a line; rich wraps it if it is too long for a terminal."""
    shown = _shown(out, pieces)
    if shown is not None:
        out.file.write(shown)
        return
    from rich.text import Text  # noqa: PLC0415 - as above

    out.print(Text.assemble(*pieces))


def blank(out: "Console") -> None:
    """Print an empty line."""
    write(out, [])


def _shown(out: "Console", pieces: Pieces) -> str | None:
    """A line with its newline, each piece in its style; None if it cannot be printed as it is.

    Tabs and newlines would make it longer.
    """
    whole = "".join([text for text, _ in pieces])
    if not whole.isprintable() and ("\t" in whole or "\n" in whole):
        return None
    if not (out.soft_wrap or _cells(whole) <= out.width):
        return None
    if not out.color_system:
        return whole + "\n"
    codes = ((text, _codes(out, style)) for text, style in pieces if text)
    return "".join(f"{begin}{text}{end}" for text, (begin, end) in codes) + "\n"


def _cells(text: str) -> int:
    from rich.cells import cell_len  # noqa: PLC0415 - as above

    return cell_len(text)


@lru_cache(maxsize=128)
def _codes(out: "Console", style: str) -> tuple[str, str]:
    """The escape codes of a style on a console; cached, because finding them is slow."""
    from rich.text import Text  # noqa: PLC0415 - as above

    with out.capture() as found:
        out.print(Text("x", style), end="")
    begin, _, end = found.get().partition("x")
    return begin, end
