"""Convert a v1 agent file to v2: every entry moves to its new place, nothing else changes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from reconciler.config.agentfile import AgentFile
from reconciler.jsonvalues import Json
from reconciler.kinds import registry, v1_to_v2
from reconciler.late import dataclass, pattern
from reconciler.schema import paths
from reconciler.yamledit import edits, moves
from reconciler.yamledit.document import Path_
from reconciler.yamledit.moves import Dropped, Moved, Opened, Steps
from reconciler.yamledit.reading import loads

V1, V2 = registry.kind("agent", "v1"), registry.kind("agent", "v2")

_SCHEMA = pattern(r"^(#\s*yaml-language-server:\s*\$schema=\S*agent\.)v1(\.json)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Left:
    """A field that became a comment, or an ignored one that was removed: its line, and why."""

    line: int
    path: str
    why: str
    environment: str = ""


@dataclass(frozen=True, kw_only=True)
class Converted:
    """A file's new text, and the fields that v2 does not have."""

    text: str
    left: tuple[Left, ...] = ()
    hidden: frozenset[str] = frozenset()
    """Parts of lines that may contain a secret and must not be shown."""


def new_path(path: str) -> tuple[str, ...]:
    """The v2 paths of a field or a group; empty if v2 has none of it."""
    if path in v1_to_v2.FROM_V1:
        return (v1_to_v2.FROM_V1[path],)
    verdict = rule(tuple(path.split("."))) if V1.names_one(path) else None
    if isinstance(verdict, Moved):
        return (".".join(verdict.to),)
    inside = [new for old, new in v1_to_v2.FROM_V1.items() if old.startswith(f"{path}.")]
    return tuple(inside)


@cache
def rule(steps: Steps) -> Moved | Opened | Dropped | None:
    """The fate of a v1 field or group in v2."""
    path = ".".join(steps)
    if why := why_left(path):
        return Dropped(f"not in v2: `{path}`; {why}")
    if path in v1_to_v2.FROM_V1:
        return Moved(tuple(v1_to_v2.FROM_V1[path].split(".")))
    inside = [name for name in V1.fields if paths.covers(path, name)]
    if not inside:
        return None
    targets = {name.rpartition(".")[2]: v1_to_v2.FROM_V1.get(name, "") for name in inside}
    homes = {target.rpartition(".")[0] for target in targets.values()}
    home = homes.pop()
    whole = [name for name in V2.fields if home and paths.covers(home, name)]
    if homes or not home or {*whole} != {*targets.values()}:
        return Opened()
    renames = {old: new.rpartition(".")[2] for old, new in targets.items()}
    changed = {old: new for old, new in renames.items() if old != new}
    return Moved(tuple(home.split(".")), changed)


def why_left(path: str) -> str:
    """The live effect of a missing v2 counterpart; empty if there is one."""
    return v1_to_v2.LOST.get(path, "") or v1_to_v2.LOOKED_UP.get(path, "")


def converted(file: AgentFile, text: str, project_api: str) -> Converted:
    """The file's text for v2.

    Raises NotMovableError or NotEditableError if it cannot be converted without a loss.
    """
    places: list[Steps] = [("spec",)]
    places += [("environments", name) for name, one in file.entry.environments.items() if one]
    left = [one for place in places for one in _left(file, place)]
    hidden = frozenset(_hidden(file, text, places))
    for place in places:
        text = _respelled(text, file, place)
    text = moves.moved(text, places, rule)
    left += _gone(file)
    text = _with_ignored(file, text)
    named = _SCHEMA.sub(r"\1v2\2", _named(text, project_api))
    return Converted(text=named, left=tuple(left), hidden=hidden)


def _at(data: Json, place: Path_) -> Json:
    for step in place:
        data = data[step]
    return data


def _left(file: AgentFile, place: Steps) -> Iterator[Left]:
    """Yield the entries of a mapping that become comments."""
    environment = place[1] if len(place) > 1 else ""

    def inside(value: Mapping[str, Json], above: Steps) -> Iterator[Left]:
        for name, item in value.items():
            path = ".".join((*above, name))
            if why := why_left(path):
                line = file.document.line((*place, *above, name))
                yield Left(line=line, path=path, why=why, environment=environment)
            elif isinstance(item, dict) and isinstance(rule((*above, name)), Opened):
                yield from inside(item, (*above, name))

    yield from inside(_at(file.document.data, place), ())


def _hidden(file: AgentFile, text: str, places: Sequence[Steps]) -> Iterator[str]:
    """Yield the parts of lines with sensitive values, which may be literal in a file."""
    for place in places:
        for row in V1:
            value = _at(file.document.data, place).get(row.path)
            if row.fact.sensitive and value:
                yield from moves.lines_of(text, (*place, row.path))


def _respelled(text: str, file: AgentFile, place: Steps) -> str:
    """Replace values that have another spelling in v2."""
    found = _at(file.document.data, place)
    for path, spelled in v1_to_v2.VALUES.items():
        value = found.get(path)
        if isinstance(value, str) and value in spelled:
            text = edits.changed(text, (*place, path), spelled[value])
    return text


def _gone(file: AgentFile) -> Iterator[Left]:
    """Yield the ignored fields that v2 does not have."""
    for number, entry in enumerate(_ignored(file)):
        path = entry["field"] if isinstance(entry, dict) else entry
        if not new_path(path):
            line = file.document.line(("lifecycle", "ignore", number))
            yield Left(line=line, path=f"lifecycle.ignore: {path}", why=why_left(path))


def _ignored(file: AgentFile) -> list[Any]:
    found: list[Any] = file.document.data.get("lifecycle", {}).get("ignore", [])
    return found


def _with_ignored(file: AgentFile, text: str) -> str:
    """Rename the ignored fields.

    First the ones that v2 does not have are removed, with their comments; then those with one new
    name are renamed; then the rest.
    """
    entries = [(entry, new_path(_field(entry))) for entry in _ignored(file)]
    kept = [(entry, names) for entry, names in entries if names]
    steps = [[entry for entry, _ in kept]]
    steps.append([_under(entry, names) if len(names) == 1 else entry for entry, names in kept])
    steps.append([one for entry, names in kept for one in _each(entry, names)])
    for wanted in steps if entries else ():
        text = edits.changed(text, ("lifecycle", "ignore"), wanted)
    return text


def _field(entry: Any) -> str:
    return str(entry["field"] if isinstance(entry, dict) else entry)


def _under(entry: Any, names: Sequence[str]) -> Any:
    return {**entry, "field": names[0]} if isinstance(entry, dict) else names[0]


def _each(entry: Any, names: Sequence[str]) -> Iterator[Any]:
    """One entry per new name; a date that is rewritten becomes a text."""
    if isinstance(entry, dict) and len(names) > 1 and "until" in entry:
        entry = {**entry, "until": str(entry["until"])}
    yield from (_under(entry, [name]) for name in names)


_ROOT = pattern(r"^(?P<quote>[\"']?)[A-Za-z]+(?P=quote)[ \t]*:", re.MULTILINE)


def _named(text: str, project_api: str) -> str:
    """Add the generation at the top of the text; remove it if the project declares it."""
    data = loads(text.removeprefix("\ufeff").replace("\r\n", "\n"), "file").data
    if project_api == "v2" and "api" in data:
        try:
            rest = {name: one for name, one in data.items() if name != "api"}
            return edits.changed(text, (), rest)
        except edits.NotEditableError:
            return edits.changed(text, ("api",), "v2")
    if project_api == "v2":
        return text
    if "api" in data:
        return edits.changed(text, ("api",), "v2")
    first = _ROOT.search(text.removeprefix("\ufeff"))
    if first:
        at = first.start() + text.startswith("\ufeff")
        end = "\r\n" if "\r\n" in text else "\n"
        quote = first["quote"]
        named = f"{text[:at]}{quote}api{quote}: v2{end}{text[at:]}"
        if _is_with_api(named, data):
            return named
    return edits.changed(text, ("api",), "v2")


def _is_with_api(text: str, data: Mapping[str, Json]) -> bool:
    found = loads(text.removeprefix("\ufeff").replace("\r\n", "\n"), "file").data
    return bool(found == {**data, "api": "v2"})
