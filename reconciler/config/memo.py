"""The result of reading an agent file, as two lines of JSON that a later run can reuse.

What the spec declares has a line of its own, which most runs do not read: to see that an agent is
as it was, its digest is enough.

An entry is used only if nothing that it depends on has changed. Its key is a digest of the file, of
the project file, of the environment with its variables, and of this program; the texts behind its
`$file` are compared one by one. Results that depend on more are not kept: a file that refers to
`$env` or to a secret that is set here, or whose lint switches depend on other environments. Nor are
results of files with a secret or anything of that shape.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import cache
from pathlib import Path

from reconciler.config import program, references
from reconciler.config.agentfile import AgentFile, overlaid
from reconciler.config.memory import Memory
from reconciler.config.project import Environment, Project
from reconciler.errors import Problem, ReconcilerError
from reconciler.jsonvalues import Fields, Json, Secret
from reconciler.kinds import registry
from reconciler.late import dataclass
from reconciler.model import Desired, Ignore, deferred
from reconciler.plain import stays
from reconciler.schema import digest
from reconciler.text import tokens
from reconciler.yamledit.document import YamlFileError, read_text

_HIDDEN = "(sensitive)"
_SEARCHED = "searched"
"""The key of a tag: of the values that were looked for in all entries."""

Value = Callable[[str], str | None]
"""The value of a secret by its name."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The result of reading one file: the agent, and its problems.

    ``parts`` are digests of the texts behind its `$file`, by the path as written; ``secrets`` the
    names of those that any environment's spec refers to; ``tests`` the number of its flow tests.
    """

    lenient: bool
    desired: Desired
    told: Sequence[Problem]
    silenced: Sequence[Problem]
    tests: int = 0
    parts: Mapping[str, str] = field(default_factory=dict)
    secrets: Sequence[str] = ()


@dataclass(frozen=True)
class Recalled:
    """An entry as kept, and parsed; its ``fields`` as kept, if they are new."""

    key: str
    raw: bytes
    entry: Entry
    fields: bytes | None = None


@dataclass(kw_only=True)
class Memo:
    """The entries of one environment, read in one way. ``value`` returns secrets by name.

    ``fields`` are what the specs of these entries declare, by ``Desired.source``.
    """

    memory: Memory
    fields: Memory
    project: Project
    environment: str
    about: str
    today: str
    value: Value
    _texts: dict[Path, str] = field(default_factory=dict)
    _kept: dict[str, bytes | None] = field(default_factory=dict)

    def key(self, name: str, data: bytes) -> str:
        """The key of a file with this name and content."""
        ends = b"until" in data or b"\\" in data  # an escape in quotes may stand for any character
        day = self.today if ends else ""
        return program.digest(f"{self.about}\0{name}\0{day}\0", data)

    def recall(self, key: str, path: Path, read: Callable[[], Desired]) -> Recalled | None:
        """The entry of a file; None if there is no valid one.

        ``read`` reads what it declares, if that is needed and was lost.
        """
        raw = self.memory.get(key)
        if raw is None:
            return None
        try:
            entry = _unpacked(raw, key, lambda source: self._fields(source, read))
        except (KeyError, TypeError, ValueError):
            return None
        same = all(self._digest(path.parent / one) == to for one, to in entry.parts.items())
        return Recalled(key, raw, entry) if same and self._are_unset(entry.secrets) else None

    def keep(self, one: Recalled) -> None:
        """Keep an entry of a file."""
        self.memory.keep(one.key, one.raw)
        self._kept[one.entry.desired.source] = one.fields

    def save(self) -> None:
        """End the run: what it did not keep is dropped.

        Fields first: if it is killed in between, the next run finds that there is more to drop.
        """
        if not self.memory.changed():
            return
        for source, fields in self._kept.items():
            kept = self.fields.get(source) if fields is None else fields
            if kept is not None:
                self.fields.keep(source, kept)
        self.fields.save()
        self.memory.save()

    def searched(self, known: Iterable[str]) -> bool:
        """Whether the run that kept the entries has looked for these texts in them.

        Call it once, after which this run must look for them in all that it keeps.
        """
        looked_for = sorted(known)
        if not looked_for:
            return True
        tag = self.memory.tag(*(one.encode("utf-8", "surrogatepass") for one in looked_for))
        if tag is None:
            return False
        before = self.memory.get(_SEARCHED)
        self.memory.keep(_SEARCHED, tag.encode())
        return before == tag.encode()

    def content(self, one: Recalled) -> bytes | None:
        """An entry as kept, with its fields; None if these were lost."""
        fields = self.fields.get(one.entry.desired.source) if one.fields is None else one.fields
        return None if fields is None else one.raw + b"\n" + fields

    def packed(
        self, key: str, file: AgentFile, entry: Entry, parts: Mapping[str, str | None]
    ) -> Recalled | None:
        """Serialise the entry of a file; None if it must not be kept.

        ``parts`` are the texts of other files, None if one could not be read.
        """
        over = file.entry.environments.get(self.environment, {})
        found = [*references.referred(file.document.data)] if file.refers else []
        here = references.referred(overlaid(file.entry.spec, over)) if found else ()
        names = sorted({str(to) for _, kind, to in found if kind == "$secret"})
        shown = f"{entry.desired.file}\n{entry.desired.key}"
        texts = (file.document.text, shown, *filter(None, parts.values()))
        if (
            any(kind == "$env" for _, kind, _ in found)
            or not self._are_unset(names)
            or not {name for _, kind, to in here if kind == "$file" for name in _listed(to)}
            <= parts.keys()
            or any(map(_is_secret, (*entry.told, *entry.silenced)))
            or any(one.sure for text in texts for one in tokens.found(text))
        ):
            return None
        digests = {
            name: "" if text is None else program.digest(text) for name, text in parts.items()
        }
        kept = _packed(replace(entry, parts=digests, secrets=names), self.value, key)
        escaped = kept is not None and "\\" in file.document.text and _holds_tokens(kept)
        return None if escaped else kept

    def _fields(self, source: str, read: Callable[[], Desired]) -> Fields:
        """What a spec declares, as kept; if that was lost, all files are read by the next run.

        Raises ReconcilerError if it is not what it was when this run began.
        """
        raw = self.fields.get(source)
        if raw is not None:
            return _parsed(raw, self.value)
        self.memory.drop()
        again = read()
        if again.source != source:
            hint = "run it again, when nobody edits it or the texts that it refers to"
            raise ReconcilerError(f"{again.file} was edited while it was read", hint=hint)
        return again.fields

    def _are_unset(self, names: Iterable[str]) -> bool:
        """Whether all of these secrets are unset: the embedded sandbox has placeholders."""
        return all(self.value(one) in (None, f"sandbox:{one}") for one in names)

    def _digest(self, path: Path) -> str:
        """The digest of a text behind `$file`; empty if it cannot be read."""
        if path not in self._texts:
            try:
                usable = stays(path, self.project.root)
                self._texts[path] = program.digest(read_text(path, path.name)) if usable else ""
            except YamlFileError:
                self._texts[path] = ""
        return self._texts[path]


def about(project: Project, environment: Environment, *, offline: bool) -> str:
    """A digest of everything outside of a file that its entry depends on."""
    place = (environment.name, environment.variables, environment.policies, project.environments)
    known = (environment.sandbox is None, sorted(project.key_names), bool(project.implied))
    return program.digest(repr((project.document.text, place, known, offline, program.identity())))


def _is_secret(problem: Problem) -> bool:
    from reconciler.lint import SET_OF, secrets  # noqa: PLC0415 - only of a file that was parsed

    return problem.found == _HIDDEN or SET_OF.get(problem.rule) == secrets.SET.name


def _holds_tokens(one: Recalled) -> bool:
    """Whether a key or token is in an entry, which escapes in quotes may hide in the file."""
    written = (one.raw, one.fields or b"")
    return any(found.sure for raw in written for found in tokens.found(raw.decode()))


def _listed(target: Json) -> list[str]:
    """The files that a `$file` names."""
    return [*map(str, target if isinstance(target, list) else [target])]


@cache
def needles(spelled: tuple[str, ...]) -> tuple[bytes, ...]:
    """How these texts are encoded in an entry, so that a search finds all of them."""
    return tuple(
        json.dumps(one, ensure_ascii=False)[1:-1].encode(errors="replace") for one in spelled
    )


def _packed(entry: Entry, value: Value, made_of: str) -> Recalled | None:
    """Serialise an entry; None if it would not read back the same."""
    one = entry.desired
    head = {
        "lenient": entry.lenient,
        "agent": [one.key, one.file, one.id, one.kind.name, one.kind.api, one.name],
        "layout": one.layout,
        "ignore": [[i.path, i.reason, i.until, [*i.but]] for i in one.ignore],
        "told": [*map(_line, entry.told)],
        "silenced": [*map(_line, entry.silenced)],
        "tests": entry.tests,
        "parts": dict(entry.parts),
        "secrets": [*entry.secrets],
    }
    try:
        raw, fields = _json(head), _json(one.fields)
        read = _unpacked(raw, made_of, lambda _source: _parsed(fields, value))
        return Recalled(made_of, raw, read, fields) if read == entry else None
    except (KeyError, TypeError, ValueError):
        return None


def _json(value: Json) -> bytes:
    """A value on one line. Raises TypeError or ValueError for values that are not JSON."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_named
    )
    return text.encode()


def _named(leaf: Json) -> Json:
    """A secret by its name; other values that are not JSON are not kept."""
    if isinstance(leaf, Secret):
        return {"$secret": leaf.name}
    raise TypeError


def _unpacked(raw: bytes, made_of: str, fields_of: Callable[[str], Fields]) -> Entry:
    """Parse the entry of a line.

    ``made_of`` is its key; ``fields_of`` returns what its spec declares, given its source, and is
    called when somebody asks for that. Raises KeyError, TypeError or ValueError if it is invalid.
    """
    head = json.loads(raw.decode())  # of bytes, it would first guess their encoding
    source = digest.source(made_of, head["parts"]) if head["parts"] else made_of
    key, file, pin, kind, api, name = head["agent"]
    return Entry(
        lenient=head["lenient"],
        desired=deferred(
            Desired,
            lambda: {"fields": fields_of(source)},
            key=key,
            file=file,
            id=pin,
            kind=registry.kind(kind, api),
            name=name,
            ignore=tuple(_ignored(*one) for one in head["ignore"]),
            layout=head["layout"],
            source=source,
        ),
        told=[_problem(one) for one in head["told"]],
        silenced=[_problem(one) for one in head["silenced"]],
        tests=head["tests"],
        parts=head["parts"],
        secrets=head["secrets"],
    )


def _parsed(raw: bytes, value: Value) -> Fields:
    def found(item: dict[str, Json]) -> Json:
        name = item.get("$secret") if len(item) == 1 else None
        return Secret(name, value(name) or None) if isinstance(name, str) else item

    fields: Fields = json.loads(raw, object_hook=found if b'"$secret"' in raw else None)
    return fields


def _ignored(path: str, reason: str, until: str, but: list[str]) -> Ignore:
    return Ignore(path=path, reason=reason, until=until, but=tuple(but))


def _line(one: Problem) -> list[Json]:
    place = (one.file, one.line, one.field, one.message, one.found, one.allowed, one.hint)
    return [*place, one.warning, one.rule, [*one.agents]]


def _problem(written: list[Json]) -> Problem:
    file, line, place, message, found, allowed, hint, warning, rule, agents = written
    return Problem(
        file=file,
        line=line,
        field=place,
        message=message,
        found=found,
        allowed=allowed,
        hint=hint,
        warning=warning,
        rule=rule,
        agents=tuple(agents),
    )
