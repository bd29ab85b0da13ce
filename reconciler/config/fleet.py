"""``fleet.yaml``: the projects that are reconciled together, and what holds for all of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from os.path import lexists
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from reconciler.config import origins, state
from reconciler.config.policies import (
    Glob,
    Limit,
    PoliciesEntry,
    RequiredTextEntry,
    policies,
)
from reconciler.config.problems import of_mapping
from reconciler.config.project import FILE_NAME as PROJECT
from reconciler.config.references import Scope
from reconciler.config.state import StateEntry, StateSettings, below
from reconciler.engine.policies import Policies
from reconciler.errors import ConfigError, Problem, ReconcilerError, listed
from reconciler.late import dataclass
from reconciler.plain import stays
from reconciler.schema.shape import Field, Shape, StringConstraints
from reconciler.text.amounts import DURATION, RATE, SHARE
from reconciler.yamledit.document import Document, YamlFileError
from reconciler.yamledit.reading import load

FILE_NAME = "fleet.yaml"
REST = "rest"

Share = Annotated[str, StringConstraints(pattern=SHARE)]
Size = Annotated[
    Annotated[int, Field(ge=1)] | Share | Literal["rest"],
    Field(description="a count of projects such as 5, a share such as `10%`, or `rest`"),
]
Duration = Annotated[
    str,
    StringConstraints(pattern=DURATION),
    Field(description="the time between two waves, such as `30s` or `10m`"),
]
Rate = Annotated[
    str,
    StringConstraints(pattern=RATE),
    Field(description="requests in a time, such as `5/s` or `300/m`"),
]


class FleetPoliciesEntry(Shape):
    """The limits of one apply of the fleet."""

    max_changes: Annotated[
        Limit | None,
        Field(description="agents of all projects: a count such as 5, or a share such as `30%`"),
    ] = None
    protected_agents: Annotated[
        list[Glob], Field(description="keys or globs of agents that no apply writes, anywhere")
    ] = []
    protected_fields: Annotated[
        list[Glob], Field(description="fields that no apply writes: FIELD, or KEYS:FIELD")
    ] = []
    required_text: Annotated[
        list[RequiredTextEntry], Field(description="sentences that stay in every project")
    ] = []


class FleetEntry(Shape):
    """The fleet file, as written."""

    projects: Annotated[
        list[Glob],
        Field(
            min_length=1,
            description="folders with a project file, by globs; `!` excludes, in the order given",
            examples=[["clients/*", "!clients/old-*"]],
        ),
    ]
    environment: Annotated[
        str | None, Field(description="of every project; each one's default if left out")
    ] = None
    without_environment: Annotated[
        Literal["error", "skip"],
        Field(description="what a project is that does not have the environment"),
    ] = "error"
    state: Annotated[
        StateEntry | None,
        Field(description="where projects keep their state that do not say it: below this place"),
    ] = None
    policies: FleetPoliciesEntry = FleetPoliciesEntry()
    waves: Annotated[
        list[Size],
        Field(
            description="projects that an apply writes one after the other: counts, shares, `rest`",
            examples=[[1, "10%", "rest"]],
        ),
    ] = []
    pause: Duration = "0s"
    max_failures: Annotated[
        Annotated[int, Field(ge=0)] | Share,
        Field(description="a count of a wave's projects such as 1, or a share such as `10%`"),
    ] = 0
    rate: Rate | None = None


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A fleet file. ``policies`` are judged for each project; ``max_changes`` for all together."""

    path: Path
    document: Document
    entry: FleetEntry
    policies: Policies
    state: StateSettings | None = None

    @property
    def root(self) -> Path:
        """The folder that paths of projects start from."""
        return self.path.parent

    def member(self, project: str) -> "Member":
        """What one of its projects gets from it."""
        state = self.state
        if state:
            state = replace(state, url=below(state.url, project))
        return Member(document=self.document, policies=self.policies, state=state)


@dataclass(frozen=True, kw_only=True)
class Member:
    """What a project gets from its fleet: policies, which the document has, and a state's place.

    ``state`` is for a project that names none; None for a file in it.
    """

    document: Document
    policies: Policies
    state: StateSettings | None = None


def find(start: Path, named: str) -> Path:
    """The fleet file: the one named, or the nearest in this folder and the ones above."""
    if named:
        path = start / named
        return path / FILE_NAME if path.is_dir() else path
    candidates = (folder / FILE_NAME for folder in (start, *start.parents))
    return next((path for path in candidates if lexists(path)), start / FILE_NAME)


def load_fleet(path: Path, env: Mapping[str, str]) -> Fleet:
    """Load a fleet file. Raises ConfigError with every mistake of it."""
    if not lexists(path):
        hint = "make one that names the projects, such as `projects: [clients/*]`"
        where = " here or above" if path.name == FILE_NAME else ""
        raise ReconcilerError(f"the fleet file {path.name} does not exist{where}", hint=hint)
    try:
        document = load(path, path.name)
    except YamlFileError as error:
        raise ConfigError([error.problem]) from error
    entry = parsed(document)
    wrong = [*state.problems(document, entry.state, env)] if entry.state else []
    if wrong:
        raise ConfigError(wrong)
    return Fleet(
        path=path,
        document=document,
        entry=entry,
        policies=_policies(path, document, entry, env),
        state=state.settings(entry.state, env) if entry.state else None,
    )


def parsed(document: Document) -> FleetEntry:
    """Parse a fleet file. Raises ConfigError with every mistake in it."""
    entry, problems = of_mapping(document, FleetEntry, "the fleet file")
    problems += _misplaced(document, entry)
    if problems:
        raise ConfigError(problems)
    return entry


def _misplaced(document: Document, entry: FleetEntry) -> Iterator[Problem]:
    """Waves after the rest, and a list of projects that only excludes."""
    for place, size in enumerate(entry.waves[:-1]):
        if size == REST:
            message = "`rest` is the last wave: nothing is left for those after it"
            yield document.problem(("waves", place), message)
    if all(glob.startswith("!") for glob in entry.projects):
        yield document.problem(("projects",), "no glob names a project; all of them exclude some")


def _policies(
    path: Path, document: Document, entry: FleetEntry, env: Mapping[str, str]
) -> Policies:
    """The policies that each page is judged by. Raises ConfigError for mistakes in them."""
    written = PoliciesEntry(
        protected_agents=entry.policies.protected_agents,
        protected_fields=entry.policies.protected_fields,
        required_text=entry.policies.required_text,
    )
    scope = Scope(
        root=path.parent,
        folder=path.parent,
        variables={},
        environment="",
        env=env,
        secret=lambda _name: None,
        offline=True,
    )
    found = policies(written, ("policies",), scope.resolve, scope.troubles)
    told = [one for one in scope.troubles if not one.warning]
    if told:
        raise ConfigError(
            [
                origins.problem(
                    one, scope, document, one.path, origins.raw(document.data, one.path), one.found
                )
                for one in told
            ]
        )
    return replace(found, forgotten=True)  # a project's own policy looks at its state


def members(fleet: Fleet) -> tuple[str, ...]:
    """The folders of the projects, relative to the fleet file, in the order of its globs.

    Folders without a project file are no projects. Raises ConfigError for every glob that names
    none, since a mistyped one would leave out a project unseen; and for links that lead out of the
    fleet, or to a project of it, which would be there twice.
    """
    found: dict[str, None] = {}
    problems: list[Problem] = []
    for place, glob in enumerate(fleet.entry.projects):
        pattern = glob.removeprefix("!")
        named = list(_folders(fleet.root, pattern))
        if not named:
            problems.append(_nothing(fleet, place, pattern))
        elif pattern != glob:
            found = {name: None for name in found if name not in named}
        else:
            found |= dict.fromkeys(named)
    problems = problems or [*_linked(fleet, found)]
    if problems:
        raise ConfigError(problems)
    if not found:
        message = "every project is excluded again"
        raise ConfigError([fleet.document.problem(("projects",), message)])
    return tuple(found)


def _linked(fleet: Fleet, names: Iterable[str]) -> Iterator[Problem]:
    """Projects that are not where they seem to be."""
    real: dict[Path, str] = {}
    for name in names:
        folder = (fleet.root / name).resolve()
        if not stays(folder, fleet.root):
            message = f"`{name}` leads out of the folder of the fleet file"
            yield fleet.document.problem(("projects",), message, hint="exclude it by `!`")
        elif folder in real:
            message = f"`{name}` is a link to `{real[folder]}`"
            yield fleet.document.problem(("projects",), message, hint="exclude one by `!`")
        real.setdefault(folder, name)


def _folders(root: Path, pattern: str) -> Iterator[str]:
    """The folders of a glob that have a project file; sorted."""
    parts = PurePosixPath(pattern).parts
    if ".." in parts or PurePosixPath(pattern).is_absolute():
        return
    files = root.glob(str(PurePosixPath(*parts, PROJECT)))
    for path in sorted(files):
        name = path.parent.relative_to(root).as_posix()
        hidden = any(part.startswith(".") for part in PurePosixPath(name).parts)
        if not hidden:
            yield name


def _nothing(fleet: Fleet, place: int, pattern: str) -> Problem:
    known = {path.parent.relative_to(fleet.root).as_posix() for path in _near(fleet.root)}
    return fleet.document.problem(
        ("projects", place),
        f"`{pattern}` names no folder with a {PROJECT}",
        allowed="a folder or glob below the folder of the fleet file",
        hint=f"projects near it: {listed(sorted(known), pattern)}" if known else "",
    )


def _near(root: Path) -> Iterable[Path]:
    return [path for depth in ("*", "*/*") for path in root.glob(f"{depth}/{PROJECT}")]
