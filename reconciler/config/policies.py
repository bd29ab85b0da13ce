"""``policies`` of an environment in the project file: as written, and checked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Literal, get_args

from reconciler.config import item_keys, zones
from reconciler.config.references import Trouble
from reconciler.engine.policies.declared import DAYS, Policies, Protected, RequiredText, Window
from reconciler.errors import Problem, listed, meant
from reconciler.jsonvalues import Json, Secret
from reconciler.kinds import registry
from reconciler.model import Desired
from reconciler.schema import paths
from reconciler.schema.kind import Role
from reconciler.schema.shape import Field, Shape, StringConstraints
from reconciler.text.characters import fold
from reconciler.yamledit.document import Document, Path_

Limit = (
    Annotated[int, Field(ge=0)] | Annotated[str, StringConstraints(pattern=r"^(100|[1-9]?[0-9])%$")]
)


def _field(role: Role, globs: str = "") -> str:
    """A field of the newest generation for an example, for agents that these ``globs`` fit."""
    return globs + registry.newest("agent").role(role)


def _example(make: Callable[[], Json]) -> Callable[[dict[str, Json]], None]:
    """Adds an example to a schema when that is made: no run that checks files needs the fields."""
    return lambda schema: schema.update(examples=[make()])


Group = Literal["spoken", "behaviour", "reach", "silent", "cosmetic"]
Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
Glob = Annotated[str, StringConstraints(min_length=1)]

_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
_Clock = Annotated[
    str,
    StringConstraints(pattern=_CLOCK),
    Field(description='a time of day in quotes, such as "20:00"; "24:00" ends a day'),
]


class WindowEntry(Shape):
    """Days and hours in which an apply may write; an hour before `from` is of the next day."""

    days: Annotated[
        list[Day],
        Field(
            min_length=1,
            description="days of the week; all if left out",
            examples=[["Sunday", "Monday"]],
        ),
    ] = [*get_args(Day)]
    start: Annotated[_Clock, Field(alias="from")] = "00:00"
    to: _Clock = "24:00"


class RequiredTextEntry(Shape):
    """A sentence that neither git nor the dashboard may drop."""

    text: Annotated[
        str | dict[str, Json], Field(description="the sentence, `$file` or `$var`; `${var.name}`")
    ]
    field: Annotated[str, Field(description="the field that holds it; any prose if left out")] = ""
    agents: Annotated[
        list[Glob],
        Field(
            min_length=1,
            description="keys or globs; all agents if left out",
            examples=[["clinic-*"]],
        ),
    ] = ["*"]


class PoliciesEntry(Shape):
    """The limits of one apply in an environment."""

    max_changes: Annotated[
        Limit | None, Field(description="a count of agents such as 5, or a share such as `30%`")
    ] = None
    allow_create: Annotated[bool, Field(description="whether agents may be created")] = True
    protected_agents: Annotated[
        list[Glob],
        Field(
            description="keys or globs of agents that no apply writes",
            examples=[["bank-*"]],
        ),
    ] = []
    protected_fields: Annotated[
        list[Glob],
        Field(
            description="fields that no apply writes: FIELD, or KEYS:FIELD",
            json_schema_extra=_example(
                lambda: [_field(Role.VOICE), _field(Role.WEBHOOK, "clinic-*:")]
            ),
        ),
    ] = []
    timezone: Annotated[
        str, Field(description="a time zone such as Asia/Riyadh, for agents that name none")
    ] = ""
    windows: Annotated[
        Annotated[list[WindowEntry], Field(min_length=1)] | None,
        Field(
            description="when an apply may write",
            examples=[[{"from": "20:00", "to": "06:00"}]],
        ),
    ] = None
    approvals: Annotated[
        list[Group],
        Field(
            description="groups of changes that need --approve at apply",
            examples=[["spoken", "reach"]],
        ),
    ] = []
    self_heal: Annotated[
        list[Group],
        Field(
            description="groups of changes whose drift the service undoes without an approval",
            examples=[["silent", "cosmetic"]],
        ),
    ] = []
    required_text: Annotated[
        list[RequiredTextEntry],
        Field(
            description="sentences that stay",
            json_schema_extra=_example(
                lambda: [{"text": "هذه المكالمة مسجلة", "field": _field(Role.GREETING)}]
            ),
        ),
    ] = []


Resolve = Callable[[Json, Path_], Json]
"""Resolves a written value, given its place; troubles are collected elsewhere."""


def policies(
    entry: PoliciesEntry, where: Path_, resolve: Resolve, troubles: list[Trouble]
) -> Policies:
    """The policies of an environment, written at ``where``; mistakes are added to the troubles."""
    troubles += _troubles(entry, where)
    return Policies(
        max_changes=entry.max_changes,
        allow_create=entry.allow_create,
        protected_agents=tuple(entry.protected_agents),
        protected_fields=tuple(map(_protected, entry.protected_fields)),
        timezone=entry.timezone,
        windows=tuple(map(_window, entry.windows or ())),
        approvals=tuple(entry.approvals),
        self_heal=tuple(entry.self_heal),
        required_text=tuple(
            _required(entry.required_text, (*where, "required_text"), resolve, troubles)
        ),
    )


def _protected(written: str) -> Protected:
    start, bracket, inside = written.partition("[")  # a key may contain a colon
    glob, _, path = start.rpartition(":")
    return Protected(path=path + bracket + inside, agents=glob or "*")


def _window(entry: WindowEntry) -> Window:
    days = tuple(sorted({DAYS.index(day) for day in entry.days}))
    return Window(days=days, start=_minutes(entry.start), end=_minutes(entry.to))


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _required(
    entries: Sequence[RequiredTextEntry], where: Path_, resolve: Resolve, troubles: list[Trouble]
) -> Iterator[RequiredText]:
    for index, entry in enumerate(entries):
        place = (*where, index, "text")
        before = len(troubles)
        text = resolve(entry.text, place)
        if isinstance(text, Secret | dict):
            hint = "a required text is shown in plans and reports"
            troubles.append(
                Trouble(place, "a required text takes a text, `$file` or `$var`", hint=hint)
            )
        elif len(troubles) == before and not fold(str(text)):
            hint = "every text holds it; write the sentence that must stay"
            troubles.append(Trouble(place, "the required text is empty", hint=hint))
        else:
            yield RequiredText(text=str(text), field=entry.field, agents=tuple(entry.agents))


def _troubles(entry: PoliciesEntry, where: Path_) -> Iterator[Trouble]:
    """Mistakes that no type can express: unknown fields and zones, windows without any minute."""
    for index, written in enumerate(entry.protected_fields):
        yield from _no_field(_protected(written).path, (*where, "protected_fields", index))
    for index, required in enumerate(entry.required_text):
        if required.field:
            yield from _no_text(required.field, (*where, "required_text", index, "field"))
    for index, window in enumerate(entry.windows or ()):
        if window.start in (window.to, "24:00"):
            hint = 'a whole day is `from: "00:00"`, `to: "24:00"`; leave both out for it'
            place = (*where, "windows", index)
            yield Trouble(place, "the window has no minute", found=window.start, hint=hint)
    if entry.timezone and not zones.is_zone(entry.timezone):
        message = "`timezone` names no time zone"
        hint = zones.nearest(entry.timezone)
        yield Trouble((*where, "timezone"), message, found=entry.timezone, hint=hint)
    elif entry.windows and not entry.timezone:
        hint = "such as `timezone: Asia/Riyadh`; an agent's own calendar zone goes before it"
        yield Trouble((*where, "windows"), "`windows` need a `timezone` next to them", hint=hint)


def _no_field(path: str, place: Path_) -> Iterator[Trouble]:
    known = {name for kind in registry.kinds() for name in kind.names}
    if paths.row(path) not in known:
        one, other = _field(Role.VOICE), _field(Role.WEBHOOK, "clinic-*:")
        allowed = f"FIELD or KEYS:FIELD, such as {one} or {other}"
        hint = meant(path, known)
        yield Trouble(place, f"`{path}` is not a field", allowed=allowed, hint=hint)


def _no_text(path: str, place: Path_) -> Iterator[Trouble]:
    prose = [field.path for kind in registry.kinds() for field in kind if field.fact.prose]
    if paths.row(path) not in prose:
        hint = meant(path, prose)
        yield Trouble(
            place, f"`{path}` is no field with words", allowed=listed(prose, path), hint=hint
        )


def idle(
    document: Document,
    entry: PoliciesEntry,
    where: Path_,
    files: Mapping[str, Desired],
) -> Iterator[Problem]:
    """Warnings of rules that may protect nothing.

    Their globs match no agent, or no matched agent has their field or item. ``files`` are what the
    files declare, by key.
    """
    known = list(files)
    for place, glob in _globs(entry):
        if not any(fnmatchcase(key, glob) for key in known):
            hint = meant(glob, known, f"keys: {listed(known, glob)}")
            message = f"`{glob}` fits no agent of the files"
            yield document.problem((*where, *place), message, hint=hint, warning=True)
    for place, path, globs in _fields(entry):
        fit = [one for key, one in files.items() if any(fnmatchcase(key, glob) for glob in globs)]
        if fit and not any(registry.own(one.kind, path) for one in fit):
            apis = ", ".join(sorted({one.kind.api for one in fit}))
            message = f"`{path}` is a field of no agent that this is for: they are of {apis}"
            hint = "take it out, or name a field that they have"
            yield document.problem((*where, *place), message, hint=hint, warning=True)
        found = item_keys.absent(path, (one.fields for one in fit))
        if found:
            yield document.problem((*where, *place), found[0], hint=found[1], warning=True)


def _fields(entry: PoliciesEntry) -> Iterator[tuple[Path_, str, Sequence[str]]]:
    """The fields that rules name, each with the globs of the agents that it applies to."""
    for index, written in enumerate(entry.protected_fields):
        rule = _protected(written)
        yield ("protected_fields", index), rule.path, [rule.agents]
    for index, required in enumerate(entry.required_text):
        if required.field:
            yield ("required_text", index, "field"), required.field, required.agents


def _globs(entry: PoliciesEntry) -> Iterator[tuple[Path_, str]]:
    for index, glob in enumerate(entry.protected_agents):
        yield ("protected_agents", index), glob
    for index, written in enumerate(entry.protected_fields):
        yield ("protected_fields", index), _protected(written).agents
    for index, required in enumerate(entry.required_text):
        for number, glob in enumerate(required.agents):
            yield ("required_text", index, "agents", number), glob
