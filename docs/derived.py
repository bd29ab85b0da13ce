"""Write what is derived from the code into Markdown: ``python docs/derived.py [--check] FILE…``.

The tables of fields come from the kinds of agents, the lint rules from their registry.
Each is between two markers; text outside of them is not changed. ``--check`` writes nothing
and exits with 1 if a file is out of date.
"""  # noqa: INP001 - a script, not a module of a package

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from reconciler.kinds import registry
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.kinds.agent_v2 import AGENT_V2
from reconciler.lint import SETS, Rule
from reconciler.lint.frame import written
from reconciler.render.rules import another_limit, sentence
from reconciler.schema.kind import Kind
from reconciler.schema.table import Field

_HEAD = (
    "Field",
    "Allowed values",
    "Unit",
    "Impact",
    "Read back from",
    "Generation",
    "Source",
    "Note",
)


def table(kind: Kind) -> str:
    """The rows of a kind's table as Markdown, in its order."""
    vintages = bool(kind.marks)
    rows = [_HEAD, ["---"] * len(_HEAD), *map(_cells, kind)]
    return "\n".join(_line(cells if vintages else _without_vintage(cells)) for cells in rows)


def _without_vintage(cells: Sequence[str]) -> Sequence[str]:
    """The cells of a kind that has one vintage only."""
    place = _HEAD.index("Generation")
    return (*cells[:place], *cells[place + 1 :])


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


def rules() -> str:
    """Every set with its rules as Markdown."""
    return "\n".join(line for one in SETS for line in _set(one))


def _set(name: str) -> Iterator[str]:
    yield f"## `{name}`\n"
    yield f"All of it is about {SETS[name].description}.\n"
    for rule in SETS[name].rules:
        yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### `{rule.name}`\n"
    yield f"{rule.description}. {rule.why}. Usual level: `{rule.level}`.\n"
    yield f"{sentence(rule.help)}.\n"
    if rule.limit:
        other = another_limit(rule).strip()
        yield f"The usual limit is {rule.limit} {rule.unit}; `{other}` sets another one.\n"
    for title, example in (
        ("Bad", written(rule.bad, registry.newest("agent"))),
        ("Good", written(rule.good, registry.newest("agent"))),
    ):
        yield f"{title}:\n\n```yaml\n{example}```\n"


PARTS = {"fields": partial(table, AGENT_V1), "fields-v2": partial(table, AGENT_V2), "rules": rules}
"""The text between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``."""


def updated(text: str) -> str:
    """A file's text with the code's current text between its markers.

    Raises ValueError if there are no markers, or if one is missing or occurs twice.
    """
    found = [name for name in PARTS if f"<!-- {name}:" in text]
    if not found:
        raise ValueError("there is no marker such as `<!-- fields:begin -->`")
    for name in found:
        text = _with(text, f"<!-- {name}:begin -->", f"<!-- {name}:end -->", PARTS[name]())
    return text


def _with(text: str, begin: str, end: str, content: str) -> str:
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"one `{begin}` and, after it, one `{end}` are needed")
    before, _, rest = text.partition(begin)
    after = rest.partition(end)[2]
    return f"{before}{begin}\n\n{content.rstrip()}\n\n{end}{after}"


def main(argv: Sequence[str]) -> int:
    """Write, or with ``--check`` compare; exit code 0, 1 if out of date, 64 for usage."""
    paths = [Path(one) for one in argv if one != "--check"]
    if not paths:
        sys.stderr.write("usage: python docs/derived.py [--check] FILE...\n")
        return 64
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    old = {path: updated(text) for path, text in texts.items() if updated(text) != text}
    for path, wanted in old.items():
        if "--check" in argv:
            sys.stderr.write(f"{path} is out of date; run: make docs\n")
        else:
            path.write_text(wanted, encoding="utf-8")
    return 1 if old and "--check" in argv else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
