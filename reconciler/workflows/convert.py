"""Convert v1 agent files to v2 in place, together with the state: all or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from reconciler.authoring.convert import V1, V2, Converted, converted, new_path, why_left
from reconciler.authoring.overlay import LeftError, Pages
from reconciler.config import agentfile, load, reader
from reconciler.config.agentfile import AgentFile
from reconciler.config.project import Environment, Project, environment
from reconciler.engine import generations
from reconciler.errors import ConfigError, Problem, UsageError, listed, meant
from reconciler.jsonvalues import Fields, Json, equal
from reconciler.late import dataclass
from reconciler.model import Applied, Desired
from reconciler.state import files
from reconciler.state.backend import StateBackend
from reconciler.state.state import State
from reconciler.workflows.context import RunContext
from reconciler.workflows.session import LOOSE
from reconciler.yamledit import edits
from reconciler.yamledit.document import Path_
from reconciler.yamledit.edits import NotEditableError
from reconciler.yamledit.moves import NotMovableError


@dataclass(frozen=True, kw_only=True)
class ConvertOptions:
    """Which files to convert: keys or globs, or all of v1. ``dry_run`` writes nothing."""

    keys: tuple[str, ...] = ()
    everything: bool = False
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True)
class ConvertedFile:
    """A file before and after; ``environments`` are those whose state has its agent."""

    key: str
    name: str
    before: str
    result: Converted
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """The result for a project: its files, and what the project file additionally names."""

    files: Sequence[ConvertedFile]
    project: tuple[str, str, str] = ("", "", "")
    """The project file: its name, and its text before and after."""
    added: Sequence[str] = ()
    """The fields that policies and drift of the project file additionally name."""


def convert(
    context: RunContext, project: Project, backend: StateBackend, options: ConvertOptions
) -> Conversion:
    """Convert files, and the state's entries of their agents.

    1. Read every file for every environment; any mistake is an error.
    2. Make the new texts. If one cannot be made without a loss, nothing is written.
    3. Read the new texts, and check that every field has its old value.
    4. Add v2 names to the lists of fields in the project file.
    5. Write the files, then the state.
    """
    problems: list[Problem] = []
    places = [environment(project, n, context.env, offline=True) for n in project.environments]
    old = {place.name: _checked(context, project, place, problems) for place in places}
    _raise(problems)
    read, _ = load.files(project)
    readers = _Readers(project, context, load.secret_names(project, read))
    chosen = [one for one in read if one.key in _chosen(read, options) and one.kind is V1]
    pages, made = _made(project, chosen, problems)
    agents_only = pages
    pages, added = _guarded(project, pages, problems) if chosen else (pages, [])
    _raise(problems)
    new = {place.name: readers.again(chosen, place, agents_only, problems) for place in places}
    problems += [
        p for f in chosen for n in new for p in _unlike(f, old[n][f.key], new[n].get(f.key))
    ]
    _raise(problems)
    state = State.of(backend)
    entries = {
        place.name: dict(_entries(state, place.name, [old[place.name][f.key] for f in chosen]))
        for place in places
    }
    if not options.dry_run:
        _save(state, pages, entries)
    found = [
        ConvertedFile(
            key=file.key,
            name=file.document.name,
            before=pages.before[(project.root / file.document.name).resolve()],
            result=one,
            environments=tuple(name for name, known in entries.items() if file.key in known),
        )
        for file, one in zip(chosen, made, strict=True)
    ]
    own = (project.root / project.document.name).resolve()
    texts = (project.document.name, pages.before.get(own, ""), pages.after.get(own, ""))
    return Conversion(files=found, project=texts, added=added)


def _checked(
    context: RunContext, project: Project, place: Environment, problems: list[Problem]
) -> dict[str, Desired]:
    """What the files declare for an environment, by key; mistakes are added to ``problems``."""
    try:
        found = load.check(project, place, context.env, today=context.today, offline=True)
    except ConfigError as error:
        problems += error.problems
        return {}
    return {one.key: one for one in found.agents}


def _raise(problems: Sequence[Problem]) -> None:
    if any(not problem.warning for problem in problems):
        raise ConfigError(list(dict.fromkeys(p for p in problems if not p.warning)))


def _chosen(read: Sequence[AgentFile], options: ConvertOptions) -> set[str]:
    keys = [file.key for file in read]
    for glob in options.keys:
        if not any(fnmatchcase(key, glob) for key in keys):
            hint = meant(glob, keys, f"keys: {listed(keys, glob)}", LOOSE)
            raise UsageError(f"{glob} matches no agent", hint=hint)
    if options.everything:
        return set(keys)
    return {key for key in keys if any(fnmatchcase(key, glob) for glob in options.keys)}


@dataclass(frozen=True)
class _Readers:
    """Reads agents from the files, or from pages on top of them."""

    project: Project
    context: RunContext
    secrets: frozenset[str]

    def all_of(
        self,
        read: Sequence[AgentFile],
        place: Environment,
        pages: Pages,
        problems: list[Problem],
    ) -> dict[str, Desired]:
        """What files declare for an environment, by key; mistakes are added to ``problems``."""
        scope = reader.scopes(
            self.project,
            place,
            self.context.env,
            self.secrets,
            offline=True,
            text_of=pages.read,
        )
        found: dict[str, Desired] = {}
        for file in read:
            found[file.key], told = agentfile.resolve(file, scope, place.name, self.context.today)
            problems += told
        return found

    def again(
        self,
        files_: Sequence[AgentFile],
        place: Environment,
        pages: Pages,
        problems: list[Problem],
    ) -> dict[str, Desired]:
        """What the converted files declare.

        Problems are reported at their place in the old ones.
        """
        found: dict[str, Desired] = {}
        for file in files_:
            path = self.project.root / file.document.name
            new, told = agentfile.read(
                path,
                file.document.name,
                self.project.environments,
                self.project.entry.api,
                pages.read,
            )
            if new:
                found |= self.all_of([new], place, pages, told)
            problems += [_in_old(file, one) for one in told if not one.warning]
        return found


def _in_old(file: AgentFile, problem: Problem) -> Problem:
    """A problem of the new text at the line of the old one, with a note that it is v2's."""
    hint = "v2 does not take what v1 takes: change it first, and convert then"
    said = problem.hint or hint
    old = {".".join(new_path(path)): path for path in V1.fields if len(new_path(path)) == 1}
    for head in _heads(file):
        tail = problem.field.removeprefix(head + ".")
        if tail in old and tail != problem.field:
            place: Path_ = (*head.split("."), *old[tail].split("."))
            line = file.document.line(place)
            return replace(problem, line=line, hint=said, message=f"as v2: {problem.message}")
    return replace(problem, line=0, hint=said, message=f"as v2: {problem.message}")


def _heads(file: AgentFile) -> Iterator[str]:
    yield "spec"
    yield from (f"environments.{name}" for name in file.entry.environments)


def _made(
    project: Project, chosen: Sequence[AgentFile], problems: list[Problem]
) -> tuple[Pages, list[Converted]]:
    pages, made = Pages(), []
    for file in chosen:
        path = project.root / file.document.name
        try:
            one = converted(file, pages.raw(path), project.entry.api)
        except NotMovableError as error:
            hint = "write it as plain `name: value` lines, and convert then"
            text = f"cannot be converted in place: {error}"
            problems.append(
                Problem(file=file.document.name, line=error.line, message=text, hint=hint)
            )
            continue
        except NotEditableError as error:
            text = f"cannot be converted in place: {error}"
            problems.append(Problem(file=file.document.name, line=1, message=text))
            continue
        made.append(one)
        pages = pages.with_text(path, one.text)
    return pages, made


def _unlike(file: AgentFile, old: Desired, new: Desired | None) -> Iterator[Problem]:
    """Fields with another value after the conversion, which is a bug: reported by name."""
    wanted = {_one(path): value for path, value in old.fields.items() if _one(path)}
    found: Fields = new.fields if new else {}
    for path in wanted.keys() | found.keys():
        same = path in wanted and path in found and _same(path, wanted[path], found[path])
        if not same:
            text = f"cannot be converted in place: `{path}` would not say what it says now"
            yield Problem(file=file.document.name, line=1, message=text)


def _same(path: str, old: Json, new: Json) -> bool:
    canonical = V2[path].fact.codec.canonical
    return equal(canonical(old), canonical(new))


def _one(path: str) -> str:
    """The path of a leaf in v2; empty if v2 does not have it."""
    names = new_path(path)
    return names[0] if len(names) == 1 and not why_left(path) else ""


def _entries(state: State, name: str, agents: Sequence[Desired]) -> Iterator[tuple[str, Applied]]:
    """The state's entries of these agents, converted to v2."""
    page = state.known(name)
    for agent in agents if page else ():
        assert page is not None  # noqa: S101 - there is no agent without one
        entry = page.entry(agent.key, agent.id)
        if entry and entry.kind is V1:
            place = entry.place or agent.key
            carried = generations.carried(entry, V2, _one, agent.fields, place, page.salt)
            yield agent.key, carried


def _save(state: State, pages: Pages, entries: Mapping[str, Mapping[str, Applied]]) -> None:
    texts = {path: (pages.before[path], pages.after[path]) for path in pages.edited}
    with files.unbroken():
        files.exchange(texts)
        try:
            for name, found in entries.items():
                page = state.known(name)
                if page:
                    state.record_all(name, page.salt, found)
        except BaseException:
            files.exchange({path: (after, before) for path, (before, after) in texts.items()})
            raise


def _guarded(project: Project, pages: Pages, problems: list[Problem]) -> tuple[Pages, list[str]]:
    """The pages with v2 names added to every list of fields in the project file."""
    path, added = project.root / project.document.name, list[str]()
    for place, more in _lists(project.document.data):
        line = project.document.line(place)
        try:
            value = [*_at(project.document.data, place), *more]
            pages = pages.with_text(path, edits.changed(pages.raw(path), place, value))
        except (NotEditableError, LeftError) as error:
            names = listed([_field(one) for one in more])
            hint = f"add {names} to it by hand, and convert then"
            text = f"`{place[-1]}` names fields that have other names in v2, and {error}"
            problems.append(Problem(file=path.name, line=line, message=text, hint=hint))
            continue
        added += [f"{'.'.join(map(str, place))}: {_field(one)}" for one in more]
    return pages, added


def _lists(data: Json) -> Iterator[tuple[Path_, list[Json]]]:
    """The lists of fields in a project file, and the entries to add so that they cover v2."""
    places: list[Path_] = [("drift", "ignore")]
    for name in _at(data, ("environments",)) or {}:
        policies = ("environments", name, "policies")
        places += [(*policies, "protected_fields"), (*policies, "required_text")]
    for place in places:
        there = _at(data, place) or []
        more = [new for one in there for new in _counterparts(one) if new not in there]
        if more:
            yield place, more


def _at(data: Json, place: Path_) -> Json:
    for step in place:
        data = data.get(step) if isinstance(data, dict) else None
    return data


def _counterparts(entry: Json) -> Iterator[Json]:
    """An entry for a v1 field, with the field's names in v2."""
    agents, colon, path = _field(entry).rpartition(":")
    if not path or not V1.names_one(path):
        return
    for new in new_path(path):
        if new != path and isinstance(entry, dict):
            yield {**entry, "field": new}
        elif new != path:
            yield f"{agents}{colon}{new}"


def _field(entry: Json) -> str:
    found = entry.get("field", "") if isinstance(entry, dict) else entry
    return str(found)
