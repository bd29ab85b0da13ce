"""Drafts of an agent's files: written, and verified by reading them. Pure."""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler import jsonvalues
from reconciler.authoring.omissions import LeftOut, comments
from reconciler.config import agentfile
from reconciler.config.references import Scope
from reconciler.config.references import literal as as_written
from reconciler.engine import items
from reconciler.errors import Problem
from reconciler.jsonvalues import Json, Secret, map_leaves
from reconciler.schema import wire
from reconciler.schema.kind import Kind, Role
from reconciler.yamledit import fresh, pointers
from reconciler.yamledit.reading import MOST_BYTES, text_of

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
    inline: frozenset[str] = frozenset()
    """Fields whose text must stay in the YAML file."""

    def files(self, fields: Mapping[str, Json], left: list[LeftOut]) -> dict[str, str]:
        """The texts that declare these fields."""
        texts: dict[str, str] = {}
        spec: dict[str, Json] = {}
        for path, value in fields.items():
            wire.put(spec, path, self._written(path, value, texts))
        head = f"# yaml-language-server: $schema={self.schema}\n" if self.schema else ""
        frame = {"id": self.pin, "spec": spec} if self.pin else {"spec": spec}
        return {f"{self.key}.yaml": head + fresh.block(frame) + comments(left), **texts}

    def _written(self, path: str, value: Json, texts: dict[str, str]) -> Json:
        """A value as written in the YAML file; a long text is added to the other texts."""
        if isinstance(value, Secret):
            return {"$secret": value.name}
        literal = map_leaves(value, _as_written)
        if not isinstance(value, str) or not self._has_file(path, literal):
            return literal
        name = self.file_name(path)
        texts[name] = f"{literal}\n"
        return {"$file": name}

    def _has_file(self, path: str, text: str) -> bool:
        prose = "\n" in text or (len(text) > _LONG and " " in text)
        wanted = path == self.kind.role(Role.PROMPT) or (prose and path != self.kind.name_path)
        fits = not _UNFIT.search(text) and not pointers.may_be_one(f"{text}\n")
        return bool(text) and wanted and path not in self.inline and fits

    def file_name(self, path: str) -> str:
        """The file for a field's text: named by the shortest end of its path that is unique."""
        if path == self.kind.role(Role.PROMPT):
            return f"prompts/{self.key}.md"
        steps = path.split(".")
        ends = (".".join(steps[start:]) for start in reversed(range(len(steps))))
        others = [f".{other}" for other in self.kind.fields if other != path]
        own = (end for end in ends if not any(other.endswith(f".{end}") for other in others))
        return f"prompts/{self.key}.{next(own, path)}.md"

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


_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]|^\ufeff")
"""Texts that a file would lose or hide: other line ends, control characters, marks."""


def _refusal(problem: Problem) -> str:
    """Why the table rejects a value, on one line with everything visible."""
    found = f"; it is {problem.found}" if problem.found else ""
    words = fresh.escaped(f"{problem.message}{found}")
    return textwrap.shorten(words, _LONGEST_REASON, placeholder="…")
