"""Agent files: one YAML file, one agent, resolved for one environment."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from reconciler.config import item_keys, layouts, numerals, origins, switches
from reconciler.config.generations import Api
from reconciler.config.references import Scope, is_reference
from reconciler.config.showing import shown
from reconciler.config.switches import InFile
from reconciler.errors import Problem, listed, meant
from reconciler.jsonvalues import Fields, Json, Secret, leaves, map_leaves
from reconciler.kinds import registry
from reconciler.late import dataclass, pattern
from reconciler.model import Desired, Ignore, is_agent_id
from reconciler.schema import paths, secrecy, wire
from reconciler.schema.kind import Kind
from reconciler.schema.shape import Field, Shape
from reconciler.yamledit.document import Document, Path_, Read, YamlFileError, not_json, read_text


class IgnoreEntry(Shape):
    """A field that is left to the dashboard, and why."""

    field: str
    reason: str = ""
    until: Annotated[date | str | None, Field(description="the last day, YYYY-MM-DD")] = None


class Lifecycle(Shape):
    """Parts of an agent that are left to others."""

    ignore: list[str | IgnoreEntry] = []


def ignores(lifecycle: Lifecycle, today: str) -> tuple[Ignore, ...]:
    """The fields that are ignored on this day (``YYYY-MM-DD``); always if it is empty."""
    entries = map(_ignore, lifecycle.ignore)
    return tuple(entry for entry in entries if entry.holds_on(today))


def _ignore(entry: str | IgnoreEntry) -> Ignore:
    if isinstance(entry, str):
        return Ignore(path=entry)
    return Ignore(path=entry.field, reason=entry.reason, until=str(entry.until or ""))


def is_date(place: Path_) -> bool:
    """Whether a date is allowed at a place of an agent file, since YAML reads it as a date."""
    return place[:2] == ("lifecycle", "ignore") and place[-1] == "until"


def ignore_problems(
    lifecycle: Lifecycle, document: Document, kind: Kind, today: str
) -> Iterator[Problem]:
    """Fields that do not exist, invalid dates, and ignores that have ended."""
    for index, written in enumerate(lifecycle.ignore):
        place: Path_ = ("lifecycle", "ignore", index)
        entry = _ignore(written)
        order = entry.path.endswith(paths.ORDER)
        if order or not kind.names_one(entry.path):
            listed = entry.path.removesuffix(paths.ORDER)
            hint = meant(entry.path, kind.names)
            if order and kind.names_one(listed):
                hint = f"ignore `{listed}`, or fields of its items: `{listed}[*].NAME`"
            yield document.problem(place, f"`{entry.path}` is not a field", hint=hint)
        if entry.until and not is_day(entry.until):
            message = "`until` must be a day that exists"
            allowed = "a date such as 2026-03-20"
            yield document.problem((*place, "until"), message, found=entry.until, allowed=allowed)
        elif not entry.holds_on(today):
            message = f"`{entry.path}` is not ignored any more since {entry.until} has passed"
            hint = "take the entry out, or give it a later day"
            yield document.problem(place, message, hint=hint, warning=True)


def _idle_ignores(file: "AgentFile", fields: Fields) -> Iterator[Problem]:
    """Warnings of ignores for items that the file does not have."""
    for index, written in enumerate(file.entry.lifecycle.ignore):
        found = item_keys.absent(_ignore(written).path, [fields])
        if found:
            message, hint = found
            place: Path_ = ("lifecycle", "ignore", index)
            yield file.document.problem(place, message, hint=hint, warning=True)


def is_day(text: str) -> bool:
    """Whether a text is an existing day, as ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


FLOW_TESTS = "flow_tests"
"""The key of the flow tests of a file, and the rule of what is wrong with them."""
_KEY = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class AgentEntry(Shape):
    """An agent file as written; ``spec`` is checked against the field table later."""

    api: Api | None = None
    key: str | None = None
    id: str | dict[str, str] | None = None
    lifecycle: Lifecycle = Lifecycle()
    lint: dict[str, InFile] = {}
    flow_tests: list[Json] = []  # checked in `flow_tests`: most files have none to check
    spec: dict[str, Json]
    environments: dict[str, dict[str, Json]] = {}


@dataclass(frozen=True)
class AgentFile:
    """A well-formed agent file, before references are resolved."""

    document: Document
    folder: Path
    entry: AgentEntry
    key: str
    kind: Kind

    @property
    def refers(self) -> bool:
        """Whether a value may be a reference, or have a variable in it: each is written with `$`.

        An escape in quotes may stand for any character.
        """
        return "$" in self.document.text or "\\" in self.document.text


def read(
    path: Path, name: str, environments: tuple[str, ...], api: str, text_of: Read = read_text
) -> tuple[AgentFile | None, list[Problem]]:
    """An agent file and the mistakes of its frame; None if the frame is unusable.

    ``api`` is the generation of a file that names none.
    """
    from reconciler.yamledit.reading import loads  # noqa: PLC0415 - most files are recalled

    try:
        document = loads(text_of(path, name), name)
    except YamlFileError as error:
        return None, [error.problem]
    if not isinstance(document.data, dict):
        said = {type(None): "nothing", list: "a list"}.get(type(document.data), "a single value")
        hint = "start with `spec:` and the agent's fields below it"
        message = "an agent file must be a mapping"
        return None, [Problem(file=name, line=1, message=message, found=said, hint=hint)]
    found = [] if document.usual else not_json(document.data)
    problems = [_not_json(document, place, why) for place, why in found if not is_date(place)]
    wrong = AgentEntry.error(document.data)
    if wrong:
        from reconciler.config.problems import from_validation  # noqa: PLC0415 - for mistakes

        problems += from_validation(
            wrong,
            AgentEntry,
            locate=lambda place: (document, place),
            hidden=_within_spec,
            told=problems,
        )
        spec = document.data.get("spec")
        if not isinstance(spec, dict) or not all(isinstance(name, str) for name in spec):
            return None, problems
        entry = AgentEntry(spec=spec)  # so that mistakes in the spec are reported at once too
    else:
        entry = AgentEntry.of(document.data)
    key = entry.key or path.stem
    problems += [*_frame(document, entry, key, environments)]
    kind = registry.kind("agent", entry.api or api)
    return AgentFile(document, path.parent, entry, key, kind), problems


def is_key(text: str) -> bool:
    """Whether a text can be an agent's key."""
    return bool(_KEY.fullmatch(text))


def _within_spec(dotted: str) -> bool:
    """Whether a value may be a field's, which the frame cannot distinguish from a secret."""
    return dotted.startswith(("spec", "environments"))


def _not_json(document: Document, place: Path_, reason: str) -> Problem:
    text = "put it in quotes"
    number = "write a number that has an end, or put a text in quotes"
    return document.problem(place, reason, hint=number if "number" in reason else text)


def _frame(
    document: Document, entry: AgentEntry, key: str, environments: tuple[str, ...]
) -> Iterator[Problem]:
    if not is_key(key):
        place = ("key",) if entry.key else ()
        allowed = "letters, digits, `.`, `_` and `-`, starting with a letter or digit"
        hint = "" if entry.key else "rename the file, or set `key:`"
        yield document.problem(place, f"`{key}` cannot be a key", allowed=allowed, hint=hint)
    yield from switches.problems(document, entry.lint)
    ids = entry.id.items() if isinstance(entry.id, dict) else [("", entry.id or "")]
    for name, agent_id in ids:
        if (entry.id and not agent_id) or (agent_id and not is_agent_id(agent_id)):
            spot: Path_ = ("id", name) if name else ("id",)
            yield document.problem(spot, "`id` is no agent's id", found=shown(agent_id))
    named = [("environments", name) for name in entry.environments]
    pinned = [("id", name) for name in entry.id] if isinstance(entry.id, dict) else []
    for where, name in (*named, *pinned):
        if name not in environments:
            yield document.problem(
                (where, name),
                f"there is no environment `{name}`",
                allowed=listed(environments, name),
                hint=meant(name, environments),
            )


def resolve(
    file: AgentFile,
    scope: Callable[[Path], Scope],
    environment: str,
    today: str = "",
) -> tuple[Desired, list[Problem]]:
    """The agent as this environment declares it today, and every mistake in its spec."""
    override = file.entry.environments.get(environment, {})
    merged = overlaid(file.entry.spec, override)

    def locate(path: Path_) -> tuple[Document, Path_]:
        return file.document, place_of(file, environment, path)

    references = scope(file.folder)
    parted = layouts.parted(file.kind, merged, references, locate)
    merged = dict(parted.spec)
    spec = references.resolve(merged) if file.refers else merged
    problems = [*parted.problems]
    for trouble in references.troubles:
        hidden = trouble.found and _hidden(file.kind, trouble.path)
        found = "(sensitive)" if hidden else trouble.found
        document, place = locate(trouble.path)
        raw = origins.raw(merged, trouble.path)
        problems.append(origins.problem(trouble, references, document, place, raw, found))
    fields = wire.flatten(file.kind, spec)
    as_written = wire.flatten(file.kind, merged) if file.refers else fields
    if not file.document.usual:
        problems += _numerals(file.kind, as_written, locate)
    problems += layouts.mistakes(file.kind, spec, locate)
    problems += item_keys.problems(file.kind, file.kind.keyed, spec, locate)
    problems += _typed_secrets(file.kind, fields, locate)
    told = {problem.field for problem in problems}
    problems += [p for p in _invalid(file, spec, locate) if p.field not in told]
    told |= {problem.field for problem in problems}
    problems += [p for p in _unusual(file.kind, fields, locate) if p.field not in told]
    problems += ignore_problems(file.entry.lifecycle, file.document, file.kind, today)
    problems += _idle_ignores(file, fields)
    return (
        Desired(
            kind=file.kind,
            key=file.key,
            file=file.document.name,
            id=_pin(file.entry, environment),
            fields=fields,
            ignore=ignores(file.entry.lifecycle, today),
            layout=parted.layout,
        ),
        problems,
    )


def unset(file: AgentFile, scope: Scope, environment: str, tops: Collection[str]) -> list[Problem]:
    """The references to unset secrets below these top-level names."""
    spec = overlaid(file.entry.spec, file.entry.environments.get(environment, {}))
    scope.resolve({top: value for top, value in spec.items() if top in tops})
    return [
        file.document.problem(
            place_of(file, environment, one.path), one.message, found=one.found, hint=one.hint
        )
        for one in scope.troubles
        if one.secret and not one.warning
    ]


def place_of(file: AgentFile, environment: str, path: Path_) -> Path_:
    """Where in the file a path of the merged spec was written for this environment."""
    inside = reaches(file.entry.environments.get(environment, {}), path)
    return ("environments", environment, *path) if inside else ("spec", *path)


def _pin(entry: AgentEntry, environment: str) -> str | None:
    return entry.id.get(environment) if isinstance(entry.id, dict) else entry.id


def overlaid(base: Mapping[str, Json], override: Mapping[str, Json]) -> dict[str, Json]:
    """Merge an override into a spec: mappings merge, everything else is replaced.

    A reference is one value and is never merged into; null stays null, which clears a field.
    """
    merged = dict(base)
    for name, value in override.items():
        below = merged.get(name)
        whole = is_reference(below) or is_reference(value)
        if isinstance(below, dict) and isinstance(value, dict) and not whole:
            merged[name] = overlaid(below, value)
        else:
            merged[name] = value
    return merged


def reaches(override: Json, path: Path_) -> bool:
    """Whether the value at a path of the merged spec was written in the override."""
    for step in path:
        if not isinstance(override, dict) or is_reference(override):
            return True
        if step not in override:
            return False
        override = override[step]
    return True


def _invalid(
    file: AgentFile, spec: Json, locate: Callable[[Path_], tuple[Document, Path_]]
) -> list[Problem]:
    """Violations of the table's types and limits.

    Values that are not JSON are reported elsewhere.
    """
    kind = file.kind

    def hidden(dotted: str) -> bool:
        path = tuple(map(_step, dotted.split(".")))
        return _hidden(kind, path) or _from_secret(spec, path)

    plain = map_leaves(spec, _plain) if file.refers else spec
    error = kind.model.error(plain)
    if error:
        from reconciler.config.problems import from_validation  # noqa: PLC0415 - as above

        problems = from_validation(error, kind.model, locate=locate, hidden=hidden)
        odd = {".".join(map(str, locate(path)[1])) for path, _ in not_json(plain)}
        kept = [problem for problem in problems if problem.field not in odd]
        return [_elsewhere(kind, problem, locate) for problem in kept]
    return []


def _elsewhere(
    kind: Kind, problem: Problem, locate: Callable[[Path_], tuple[Document, Path_]]
) -> Problem:
    """Add a note to a problem whose key exists in another generation."""
    top = problem.field.rpartition(".")[2]
    if problem.field != ".".join(map(str, locate((top,))[1])) or top in kind.names:
        return problem
    others = [one for one in registry.kinds(kind.name) if one is not kind]
    owner = next((one.api for one in others if top in one.names), "")
    if owner:
        hint = f"it is a key of {owner}, and this file is for {kind.api}: write `api: {owner}`?"
        return replace(problem, hint=hint)
    return problem


def _hidden(kind: Kind, path: Path_) -> bool:
    """Whether a place is, contains, or is inside a field whose value must not be shown."""
    found = [paths.ANY if isinstance(step, int) else str(step) for step in path]
    return any(all(map(str.__eq__, found, steps)) for steps in _sensitive(kind))


@cache
def _sensitive(kind: Kind) -> tuple[Sequence[str], ...]:
    """The steps to each field whose value must not be shown."""
    rows = (row for row in kind if row.fact.sensitive and not row.fact.by)
    return tuple(paths.steps(row.path) for row in rows)


def _step(written: str) -> str | int:
    """A step of a dotted place: the index of an item, or a name."""
    return int(written) if written.isdecimal() else written


def _from_secret(value: Json, path: Path_) -> bool:
    """Whether the value at a place is a secret."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and str(step).isdecimal() and int(step) < len(value):
            value = value[int(step)]
    return isinstance(value, Secret)


def _plain(leaf: Json) -> Json:
    """A leaf for validation: a secret's value, or a text if it is unset."""
    return (leaf.value or "secret") if isinstance(leaf, Secret) else leaf


def _typed_secrets(
    kind: Kind, fields: Mapping[str, Json], locate: Callable[[Path_], tuple[Document, Path_]]
) -> Iterator[Problem]:
    for path in kind.leaves_of(kind.possibly_secret, fields):
        fact, value = kind[path].fact, fields[path]
        if fact.guarded and secrecy.may_hold(value, path.rpartition(".")[2]):
            document, place = locate(kind.place(path, fields))
            address = isinstance(value, str)  # its query may be no secret, despite its name
            said = (
                "may hold a secret that is no `$secret`"
                if address
                else "contains a secret, and no file may contain one"
            )
            yield document.problem(
                place,
                f"`{place[-1]}` {said}",
                found="(sensitive)",
                hint="write `{ $secret: NAME }` in its place and set NAME in the environment",
                warning=address,
            )
        typed = isinstance(value, str | int | float) and value != ""
        if fact.sensitive and typed and kind[path].schema.get("type") != "object":
            document, place = locate(kind.place(path, fields))
            yield document.problem(
                place,
                f"`{place[-1]}` is a secret, and no file may contain it",
                found="(sensitive)",
                hint=f"write `{place[-1]}: {{ $secret: NAME }}` and set NAME in the environment",
            )


_NO_NUMBERS = frozenset({str, bool, type(None)})


def _numerals(
    kind: Kind, fields: Mapping[str, Json], locate: Callable[[Path_], tuple[Document, Path_]]
) -> Iterator[Problem]:
    """Numbers that are not read as written, in the fields before references are resolved."""
    for path, value in fields.items():
        if type(value) in _NO_NUMBERS or kind[path].is_order or kind[path].fact.raw:
            continue
        if not any(isinstance(leaf, int | float) for leaf in leaves(value)):
            continue
        steps = kind.place(path, fields)
        for inner, free in numerals.places(kind[path].schema, value, steps):
            document, place = locate(inner)
            found = numerals.problem(document, place, free=free)
            if found and _hidden(kind, inner):
                found = numerals.problem(document, place, free=free, hidden=True)
            yield from [found] if found else []


def _unusual(
    kind: Kind, fields: Mapping[str, Json], locate: Callable[[Path_], tuple[Document, Path_]]
) -> Iterator[Problem]:
    for path in kind.leaves_of(kind.narrowed, fields):
        usual, value = kind[path].fact.usual, fields[path]
        if value is None or isinstance(value, Secret) or _is_usual(value, usual):
            continue
        document, place = locate(kind.place(path, fields))
        names = [f"`{one}`" for one in usual] if isinstance(usual[0], str) else []
        allowed = ", ".join(names) or f"{usual[0]} to {usual[1]}"
        yield document.problem(
            place,
            f"`{place[-1]}` is outside what some documents of this API allow",
            found=shown(value),
            allowed=allowed,
            warning=True,
        )


def _is_usual(value: Json, usual: tuple[Json, ...]) -> bool:
    if isinstance(usual[0], str):
        return value in usual
    return isinstance(value, int | float) and bool(usual[0] <= value <= usual[1])
