"""Layouts of written forms: read from the file that `$layout` names. See ``schema.view``."""

import json
from collections.abc import Callable, Iterator, Mapping

from reconciler.config.references import Scope
from reconciler.config.showing import shown
from reconciler.errors import Problem
from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.plain import stays
from reconciler.schema.kind import Kind
from reconciler.schema.view import View
from reconciler.yamledit.document import Document, Path_, YamlFileError

KEY = "$layout"

Locate = Callable[[Path_], tuple[Document, Path_]]


@dataclass(frozen=True)
class Parted:
    """A spec without the reference to its layout, the layout, and what is wrong with it."""

    spec: Mapping[str, Json]
    layout: Json = None
    problems: tuple[Problem, ...] = ()


def parted(kind: Kind, spec: Mapping[str, Json], scope: Scope, locate: Locate) -> Parted:
    """Take the layout out of a spec whose references are not resolved yet."""
    view = kind.view
    part = spec.get(view.top) if view else None
    if view is None or not isinstance(part, Mapping) or KEY not in part:
        return Parted(spec)
    bare = {**spec, view.top: {name: one for name, one in part.items() if name != KEY}}
    document, place = locate((view.top, KEY))
    layout, problem = _read(view, part[KEY], scope, document, place)
    return Parted(bare, layout, (problem,) if problem else ())


def named(kind: Kind, spec: Mapping[str, Json]) -> str:
    """The file of the layout that a spec names; empty if it names none."""
    part = spec.get(kind.view.top) if kind.view else None
    name = part.get(KEY) if isinstance(part, Mapping) else None
    return name if isinstance(name, str) else ""


def _read(
    view: View, name: Json, scope: Scope, document: Document, place: Path_
) -> tuple[Json, Problem | None]:
    """The layout of a file, or the problem that it has; one that is missing is made again."""
    if not isinstance(name, str) or not name:
        message = f"`{KEY}` takes the path of a file"
        return None, document.problem(place, message, found=shown(name))
    if not stays(scope.folder / name, scope.root):
        return None, document.problem(place, f"`{KEY}` leaves the project", found=name)
    try:
        text = scope.text_of(scope.folder / name, name)
    except YamlFileError as error:
        return None, document.problem(
            place,
            f"`{KEY}` {error.problem.message}",
            found=name,
            hint=f"without it `{view.top}` is matched with what is live; take the line out, or "
            "put the file back",
            warning=True,
        )
    try:
        layout = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"`{KEY}` is no JSON ({str(error)[:60]})"
        return None, document.problem(place, message, found=name, hint=_AGAIN)
    fault = next(view.faults(layout), "")
    if fault:
        message = f"`{KEY}` cannot be used: {fault}"
        return None, document.problem(place, message, found=name, hint=_AGAIN)
    return layout, None


_AGAIN = "git has an earlier one; or take the line out, and what is live decides"


def mistakes(kind: Kind, spec: Mapping[str, Json], locate: Locate) -> Iterator[Problem]:
    """What is wrong with a part in its written form, besides the types of its values."""
    for one in kind.view.mistakes(spec) if kind.view else ():
        document, place = locate(one.place)
        more = {"found": one.found, "allowed": one.allowed, "hint": one.hint}
        yield document.problem(place, one.message, **more)


def dumps(layout: Mapping[str, Json]) -> str:
    """A layout as the text of a file: one line for each item, so that git merges them."""
    parts = [f"  {json.dumps(name)}: {_part(value)}" for name, value in layout.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _part(value: Json) -> str:
    if isinstance(value, Mapping) and value:
        lines = [f"    {_line(name)}: {_line(one)}" for name, one in value.items()]
        return "{\n" + ",\n".join(lines) + "\n  }"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"    {_line(one)}" for one in value) + "\n  ]"
    return _line(value)


def _line(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
