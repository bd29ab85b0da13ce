"""Former names of keys in the project file: still read, with a warning.

``limits`` of an environment is now ``policies``, and ``clauses`` in it ``required_text``.
"""

from collections.abc import Iterator, Mapping

from reconciler.errors import ConfigError, Problem
from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.yamledit.document import Document, Path_

_POLICIES = {"clauses": "required_text"}
_ENVIRONMENT = {"limits": "policies"}
_FORMER: Mapping[str | int, str] = {
    now: old for names in (_POLICIES, _ENVIRONMENT) for old, now in names.items()
}


@dataclass(frozen=True)
class _Renamed(Document):
    """A document with the current names of keys; its lines are those of the text."""

    written: Json = None
    """The data with the names in the text."""

    def line(self, path: Path_) -> int:
        return super().line(self._as_written(path))

    def bare(self, path: Path_) -> str:
        return super().bare(self._as_written(path))

    def is_quoted(self, path: Path_) -> bool:
        return super().is_quoted(self._as_written(path))

    def _as_written(self, path: Path_) -> Path_:
        found: list[str | int] = []
        value = self.written
        for step in path:
            inside = value if isinstance(value, dict) else {}
            former = _FORMER.get(step, "")
            found.append(former if step not in inside and former in inside else step)
            value = inside.get(str(found[-1]))
        return tuple(found)


def renamed(document: Document) -> tuple[Document, tuple[Problem, ...]]:
    """Rename keys to their current names, with a warning for each former one.

    Raises ConfigError if a mapping has a key under both names.
    """
    data = document.data
    environments = data.get("environments") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(environments, dict):
        return document, ()
    found = list(_former(environments))
    if not found:
        return document, ()
    twice = [
        document.problem(
            where, f"`{where[-1]}` and `{now}` are the same key", hint=_hint(where, now)
        )
        for where, now, both in found
        if both
    ]
    if twice:
        raise ConfigError(twice)
    pages = {name: _environment(one) for name, one in environments.items()}
    told = tuple(
        document.problem(
            where, f"`{where[-1]}` is called `{now}` now", hint=f"rename it: `{now}:`", warning=True
        )
        for where, now, _ in found
    )
    now_called = {**data, "environments": pages}
    made = _Renamed(document.name, document.text, now_called, document.places, written=data)
    return made, told


def _hint(where: Path_, now: str) -> str:
    return f"move what `{where[-1]}` has to `{now}`: that is its name now"


def _former(environments: Mapping[str, Json]) -> Iterator[tuple[Path_, str, bool]]:
    """Each former key: its place, its current name, and whether that exists too."""
    for name, entry in environments.items():
        if not isinstance(entry, dict):
            continue
        for old, new in _ENVIRONMENT.items():
            if old in entry:
                yield ("environments", name, old), new, new in entry
        for key in (*_ENVIRONMENT, *_ENVIRONMENT.values()):
            inner = entry.get(key)
            for old, new in _POLICIES.items() if isinstance(inner, dict) else ():
                if isinstance(inner, dict) and old in inner:
                    yield ("environments", name, key, old), new, new in inner


def _environment(entry: Json) -> Json:
    if not isinstance(entry, dict):
        return entry
    found = _with_names(entry, _ENVIRONMENT)
    policies = found.get("policies")
    if isinstance(policies, dict):
        found["policies"] = _with_names(policies, _POLICIES)
    return found


def _with_names(entry: Mapping[str, Json], names: Mapping[str, str]) -> dict[str, Json]:
    return {names.get(key, key): value for key, value in entry.items()}
