"""Writes the table of fields into a Markdown file: ``python docs/fields.py [--check] README.md``.

The table is derived from the field table of the API and stands between two markers; everything
outside them is left as it is. ``--check`` writes nothing and exits 1 where the table is out of
date.
"""  # noqa: INP001 - a script, not a module of a package

import sys
from collections.abc import Sequence
from pathlib import Path

from reconciler.api.fields import Field
from reconciler.api.v1 import TABLE

BEGIN = "<!-- fields:begin -->"
END = "<!-- fields:end -->"

_HEAD = (
    "Field",
    "What may stand there",
    "Unit",
    "Impact",
    "Read back from",
    "Generation",
    "Source",
    "Note",
)


def table() -> str:
    """The rows of the field table as Markdown, in the table's order."""
    lines = [_line(_HEAD), _line(["---"] * len(_HEAD)), *(_line(_cells(field)) for field in TABLE)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _cells(field: Field) -> tuple[str, ...]:
    fact = field.fact
    return (
        f"`{field.path}`",
        _allowed(field),
        fact.unit,
        fact.impact.value,
        _read_back(field),
        f"{fact.since} only" if fact.until == fact.since else f"{fact.since} on",
        fact.source,
        "; ".join(filter(None, [fact.note, "only at creation" if fact.create_only else ""])),
    )


def _allowed(field: Field) -> str:
    usual = field.fact.usual
    if not usual:
        return field.allowed
    texts = isinstance(usual[0], str)
    named = ", ".join(f"`{one}`" for one in usual) if texts else f"{usual[0]} to {usual[1]}"
    return f"{field.allowed}; a warning outside {named}"


def _read_back(field: Field) -> str:
    if field.fact.sensitive:
        return "secret"
    return ", ".join(f"`{path}`" for path in field.fact.shown) or "write-only"


def updated(text: str) -> str:
    """A file's text with the table of today between the markers.

    Raises ValueError where a marker is missing, or stands there twice.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"one `{BEGIN}` and, after it, one `{END}` are needed")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def main(argv: Sequence[str]) -> int:
    """Write, or with ``--check`` compare; exit 0, 1 where out of date, 64 for usage."""
    names = [one for one in argv if one != "--check"]
    if len(names) != 1:
        sys.stderr.write("usage: python docs/fields.py [--check] FILE\n")
        return 64
    path = Path(names[0])
    text = path.read_text(encoding="utf-8")
    wanted = updated(text)
    if text == wanted:
        return 0
    if "--check" in argv:
        sys.stderr.write(f"{path}: the table of fields is out of date; run: make docs\n")
        return 1
    path.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
