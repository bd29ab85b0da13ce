"""Convert pydantic validation errors to problems that a person can locate and fix."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.config import mending
from reconciler.config.references import is_reference
from reconciler.config.showing import shown
from reconciler.errors import ConfigError, Problem, listed
from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.schema.describe import describe
from reconciler.schema.shape import Shape, bare, is_shape, kinds
from reconciler.schema.table import facts
from reconciler.yamledit.document import Document, Path_, not_json

if TYPE_CHECKING:
    from pydantic import ValidationError

_S = TypeVar("_S", bound=Shape)

_RULES = {"time_zone": "unknown-timezone"}
"""The lint rule that a validator's mistake belongs to, and whose level it has."""

Locate = Callable[[Path_], tuple[Document, Path_]]
"""Maps a place in merged data to the document and place where it was written."""


def of_mapping(
    document: Document,
    shape: type[_S],
    what: str,
    *,
    hidden: Callable[[str], bool] = lambda _dotted: False,
) -> tuple[_S, list[Problem]]:
    """The object of a document that is one mapping, and values in it that are no JSON.

    ``what`` names the document. Raises ConfigError with every mistake if it is not of this shape.
    """
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        raise ConfigError([document.problem((), f"{what} must be a mapping")])
    problems = [document.problem(place, reason) for place, reason in not_json(data)]
    error = shape.error(data)
    if error:
        problems += from_validation(
            error, shape, locate=lambda path: (document, path), hidden=hidden, told=problems
        )
        raise ConfigError(problems) from error
    return shape.of(data), problems


def from_validation(
    error: "ValidationError",
    model: type[Shape],
    *,
    locate: Locate,
    hidden: Callable[[str], bool],
    told: Iterable[Problem] = (),
) -> list[Problem]:
    """One problem for each invalid place, but those of which something is ``told`` already.

    Values of ``hidden`` fields are not shown. Keys that are not texts are left to
    ``document.not_json``, which knows their places.
    """
    seen: dict[Path_, Problem] = {}
    for item in error.errors(include_url=False, include_context=True, include_input=True):
        path = _path(item["loc"])
        if path not in seen and item["type"] != "invalid_key" and "[key]" not in item["loc"]:
            seen[path] = _problem(item, path, model, locate, hidden)
    # Each option of a union reports an error: those inside an option say more than that none fits.
    outer = {path[:depth] for path in seen for depth in range(len(path))}
    known = {one.field for one in told}
    inner = [problem for path, problem in seen.items() if path not in outer]
    return [problem for problem in inner if problem.field not in known]


def _path(loc: tuple[int | str, ...]) -> Path_:
    """A place without the names that pydantic adds for the options of a union."""
    options = (
        "str",
        "int",
        "float",
        "bool",
        "constrained-str",
        "constrained-int",
        "dict",
        "model",
        "ProjectSwitch",
        "IgnoreEntry",
        "StepEntry",
    )
    more = ("function-", "dict[", "list[", "literal[")
    inside = [step for step in loc if step not in options and not str(step).startswith(more)]
    return tuple(inside)


def _problem(
    item: Mapping[str, Any],
    path: Path_,
    model: type[Shape],
    locate: Locate,
    hidden: Callable[[str], bool],
) -> Problem:
    document, place = locate(path)
    dotted = ".".join(map(str, path))
    name = _named(path)
    schema, parent = _schemas(model, path)
    unknown = item["type"] == "extra_forbidden"
    found = "" if unknown else shown(item["input"], secret=hidden(dotted))
    where = _Where(path, _at(document.data, place), _unit(model, path), hidden=hidden(dotted))
    problem = Problem(
        file=document.name,
        line=document.line(place),
        field=".".join(map(str, place)),
        message=f"`{name}` must be {describe(schema, where.unit)}",
        found=found,
        hint=_mend(item["input"], parent, schema, where),
    )
    if unknown:
        known = tuple(parent.get("properties", {}))
        return replace(problem, message=f"`{name}` is not a known key", hint=_meant(name, known))
    if item["type"] == "missing":
        return replace(problem, message=f"`{name}` is missing", found="", hint="")
    if item["type"] in ("time_zone", "outcome_shape", "api_generation", "value_error"):
        rule = _RULES.get(item["type"], "")
        return replace(problem, message=f"`{name}`: {item['msg']}", hint="", rule=rule)
    return problem


@dataclass(frozen=True)
class _Where:
    """The place of a mistake: the written value, and the unit of its field."""

    path: Path_
    raw: Json
    unit: str
    hidden: bool


def _at(value: Json, path: Path_) -> Json:
    """The written value at a place, or the reference above it; None if there is none."""
    for step in path:
        if is_reference(value):
            break
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _named(path: Path_) -> str:
    """The key at a place; for an item of a list, with the list's name."""
    names = [str(step) for step in path]
    start = next((i for i, step in reversed([*enumerate(path)]) if isinstance(step, str)), 0)
    return ".".join(names[start:]) or "the file"


def _schemas(model: type[Shape], path: Path_) -> tuple[dict[str, Any], dict[str, Any]]:
    """The JSON Schema of a place and that of the mapping around it."""
    root = model.json_schema()
    node, parent = root, root
    for step in path:
        node = _holder(root, node)
        parent = node
        if isinstance(step, int):
            node = node.get("items", {})
        else:
            extra = node.get("additionalProperties")
            node = node.get("properties", {}).get(step, extra if isinstance(extra, dict) else {})
    return _followed(root, node), _followed(root, parent)


def _holder(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The option of a union that can contain other values."""
    options = [_followed(root, option) for option in _followed(root, node).get("anyOf", [node])]
    holding = ("properties", "additionalProperties", "items")
    return next((one for one in options if any(name in one for name in holding)), options[0])


def _followed(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _unit(model: type[Shape], path: Path_) -> str:
    kind: Any = model
    unit = ""
    for step in path:
        fields: Mapping[Any, Any] = kinds(kind) if is_shape(kind) else {}
        if step not in fields:
            return ""
        unit = next((fact.unit for fact in facts(fields[step])), "")
        kind = bare(fields[step])
    return unit


@lru_cache(maxsize=1024)  # many files have the same mistake, and comparing takes its time
def _meant(name: str, known: tuple[str, ...]) -> str:
    import difflib  # noqa: PLC0415 - for mistakes

    folded = {key.lower(): key for key in known}
    close = difflib.get_close_matches(name.lower(), folded, 1, 0.7)
    if close:
        return f"did you mean `{folded[close[0]]}`?"
    return f"known keys: {listed(known, name)}" if known else ""


def _mend(value: Json, parent: Mapping[str, Any], schema: Mapping[str, Any], where: _Where) -> str:
    """The suggested text; see ``mending`` for values of the wrong type."""
    if value is None:
        return _instead_of_nothing(where.path, parent, schema)
    raw = where.raw
    if is_reference(raw):
        typed = schema.get("type") in ("integer", "number", "boolean")
        return "`$env` gives text: use `$var` here" if "$env" in raw and typed else ""
    return mending.hint(value, schema, where.unit, hidden=where.hidden)


def _instead_of_nothing(path: Path_, parent: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """The hint for a key, or the dash of an item, without a value."""
    if path and isinstance(path[-1], int):
        return "take the item out, or write what belongs there"
    if path and path[-1] not in parent.get("required", ()):
        return "leave the key out to leave the field as it is"
    filled = "properties" in schema or schema.get("type") == "object"
    return "write its keys below it" if filled else ""
