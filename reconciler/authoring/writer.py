"""Drafts of an agent's files: written, and verified by reading them. Pure."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

from reconciler import jsonvalues
from reconciler.authoring.omissions import LeftOut, comments
from reconciler.config import agentfile, layouts
from reconciler.config.references import Scope
from reconciler.config.references import literal as as_written
from reconciler.engine import items
from reconciler.errors import Problem
from reconciler.jsonvalues import Json, Secret, map_leaves
from reconciler.late import dataclass, pattern
from reconciler.schema import paths, wire
from reconciler.schema.kind import Kind, Role
from reconciler.yamledit import fresh, pointers
from reconciler.yamledit.document import MOST_BYTES, text_of

_LONG = 100
"""A longer text gets its own file too, if it has words."""

INEXACT = "cannot be written in a file exactly"
_TOO_MUCH = "too much for one file"
_LONGEST_REASON = 200


@dataclass(frozen=True)
class Writer:
    """Settings that all drafts of an agent's files share."""

    kind: Kind
    key: str
    pin: str | Mapping[str, str] | None
    schema: str
    layout: Json = None
    """What the written form of a part leaves out; None if the part has no such form."""
    inline: frozenset[str] = frozenset()
    """Fields whose text must stay in the YAML file."""

    def files(self, fields: Mapping[str, Json], left: list[LeftOut]) -> dict[str, str]:
        """The texts that declare these fields."""
        texts: dict[str, str] = {}
        spec: dict[str, Json] = {}
        for path, value in fields.items():
            self._lay(path, spec, texts)
            wire.put(spec, path, self._written(path, value, texts))
        head = f"# yaml-language-server: $schema={self.schema}\n" if self.schema else ""
        frame = {"id": self.pin, "spec": spec} if self.pin else {"spec": spec}
        return {f"{self.key}.yaml": head + fresh.block(frame) + comments(left), **texts}

    def _lay(self, path: str, spec: dict[str, Json], texts: dict[str, str]) -> None:
        """Add the layout of a part with a written form, in front of the first field of it."""
        view = self.kind.view
        if view and self.layout is not None and paths.top(path) == view.top not in spec:
            name = f"{view.top}s/{self.key}.layout.json"
            wire.put(spec, f"{view.top}.{layouts.KEY}", name)
            texts[name] = layouts.dumps(view.filed(self.layout))

    def _written(self, path: str, value: Json, texts: dict[str, str]) -> Json:
        """A value as written in the YAML file; a long text is added to the other texts."""
        if isinstance(value, Secret):
            return {"$secret": value.name}
        if path in self.kind.mapped and isinstance(value, Mapping):
            return {key: self._item(path, key, one, texts) for key, one in value.items()}
        literal = map_leaves(value, _as_written)
        if not isinstance(value, str) or not self._has_file(path, literal):
            return literal
        name = self.file_name(path)
        texts[name] = f"{literal}\n"
        return {"$file": name}

    def _item(self, listed: str, key: str, item: Mapping[str, Json], texts: dict[str, str]) -> Json:
        """An item as written in the YAML file; its long texts are added to the other texts."""
        literal: dict[str, Json] = map_leaves(item, _as_written)
        prose = [row.own for row in self.kind.inside(listed) if row.fact.prose]
        long = [
            name
            for name in prose
            if isinstance(item.get(name), str)
            and listed not in self.inline
            and self._fits(literal[name])
            and _is_long(literal[name])
        ]
        for name in long:
            end = key if len(long) == 1 else f"{key}.{name}"
            file = f"prompts/{self.key}/{end}.md"
            texts[file] = f"{literal[name]}\n"
            literal[name] = {"$file": file}
        return literal

    def _has_file(self, path: str, text: str) -> bool:
        long = _is_long(text) and path != self.kind.name_path
        wanted = path == self.kind.role(Role.PROMPT) or long
        return bool(text) and wanted and path not in self.inline and self._fits(text)

    @staticmethod
    def _fits(text: str) -> bool:
        """Whether a file would keep a text as it is."""
        return not _UNFIT.search(text) and not pointers.may_be_one(f"{text}\n")

    def file_name(self, path: str) -> str:
        """The file for a field's text: named by the shortest end of its path that is unique."""
        if path == self.kind.role(Role.PROMPT):
            return f"prompts/{self.key}.md"
        steps = path.split(".")
        ends = (".".join(steps[start:]) for start in reversed(range(len(steps))))
        others = [f".{other}" for other in self.kind.fields if other != path]
        own = (end for end in ends if not any(other.endswith(f".{end}") for other in others))
        return f"prompts/{self.key}.{next(own, path)}.md"

    def has_texts(self, path: str, files: Mapping[str, str]) -> bool:
        """Whether a field's text, or texts in its items, are in files of their own."""
        inside = f"prompts/{self.key}/"
        items = path in self.kind.mapped and any(name.startswith(inside) for name in files)
        return items or self.file_name(path) in files

    def read(
        self, files: Mapping[str, str], fields: Mapping[str, Json]
    ) -> tuple[Mapping[str, Json], dict[str, str]]:
        """The declared values, and for each field that reads back differently, why."""
        scope = _scope(files)
        name = next(iter(files))
        pins = tuple(self.pin) if isinstance(self.pin, Mapping) else ()
        file, problems = agentfile.read(
            scope.folder / name, name, pins, self.kind.api, scope.text_of
        )
        if not file:
            return {}, self._unreadable(fields)
        desired, more = agentfile.resolve(file, lambda _: scope, "")
        faults = {
            path: _refusal(problem)
            for problem in reversed((*problems, *more))
            for path in fields
            if not problem.warning and f"{problem.field}.".startswith(f"spec.{path}.")
        }
        said = items.collapsed(self.kind, desired.fields, [row.path for row in self.kind.keyed])
        for path, value in fields.items():
            if not jsonvalues.equal(value, said.get(path, jsonvalues.MISSING)):
                faults[path] = INEXACT
        return desired.fields, faults

    def _unreadable(self, fields: Mapping[str, Json]) -> dict[str, str]:
        """The fields to leave out of a file that cannot be read: the culprits, or the largest."""
        written = {path: self._written(path, value, {}) for path, value in fields.items()}
        sizes = {path: len(fresh.flow(value).encode()) for path, value in written.items()}
        largest = max(sizes, key=lambda path: sizes[path])
        if len(fields) == 1 or sizes[largest] > MOST_BYTES:
            return {largest: _TOO_MUCH if sizes[largest] > MOST_BYTES else INEXACT}
        culprits: dict[str, str] = {}
        for path, value in fields.items():
            _, faults = self.read(self.files({path: value}, []), {path: value})
            culprits |= faults
        return culprits or {largest: _TOO_MUCH}


def _is_long(text: str) -> bool:
    return "\n" in text or (len(text) > _LONG and " " in text)


def _as_written(leaf: Json) -> Json:
    return {"$secret": leaf.name} if isinstance(leaf, Secret) else as_written(leaf)


def _scope(files: Mapping[str, str]) -> Scope:
    """The scope for references of these files: only each other."""
    root = Path("/")
    return Scope(
        root=root,
        folder=root,
        variables={},
        environment="",
        env={},
        secret=lambda name: None,
        offline=True,
        text_of=lambda _, name: text_of(files[name].encode(), name),
    )


_UNFIT = pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]|^\ufeff")
"""Texts that a file would lose or hide: other line ends, control characters, marks."""


def _refusal(problem: Problem) -> str:
    """Why the table rejects a value, on one line with everything visible."""
    found = f"; it is {problem.found}" if problem.found else ""
    words = fresh.escaped(f"{problem.message}{found}")
    return textwrap.shorten(words, _LONGEST_REASON, placeholder="…")
