"""Variables: their declarations in the project, and their values in one environment.

A value comes from ``--var``, else from ``vars`` of the environment, else from the default in the
project's ``vars``. If the project declares any variable, it must declare all.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal

from reconciler.config.showing import shown
from reconciler.errors import UsageError, listed, meant
from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.schema.shape import Field, Shape

Plain = str | int | float | bool


class Declaration(Shape):
    """The declaration of one variable."""

    type: Literal["string", "integer", "number", "boolean"] = "string"
    default: Annotated[
        Plain | None, Field(description="the value for environments that set none")
    ] = None
    allowed: Annotated[
        Annotated[list[Plain], Field(min_length=1)] | None,
        Field(description="the values that it may have", examples=[["morning", "evening"]]),
    ] = None
    description: str = ""


@dataclass(frozen=True)
class _Type:
    """A type of variables: in words, as Python types, and parsed from text.

    ``read`` returns None for an invalid text.
    """

    words: str
    kinds: tuple[type, ...]
    read: Callable[[str], Plain | None]


_TYPES: Mapping[str, _Type] = {
    "boolean": _Type("`true` or `false`", (bool,), {"true": True, "false": False}.get),
    "integer": _Type("a whole number", (int,), lambda text: _number(text, "[+-]?[0-9]{1,15}", int)),
    "number": _Type(
        "a number",
        (int, float),
        lambda text: _number(text, r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", float),
    ),
    "string": _Type("a text", (str,), str),
}


def _number(text: str, pattern: str, kind: type[int] | type[float]) -> int | float | None:
    return kind(text) if re.fullmatch(pattern, text.strip()) else None


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a variable, and which key of the project file has the mistake.

    ``where`` is ``project`` for its declaration, ``vars`` for the environment's value, and
    ``environment`` if that has no value.
    """

    name: str
    where: Literal["project", "vars", "environment"]
    message: str
    found: str = ""
    allowed: str = ""
    hint: str = ""


def misdeclared(declared: Mapping[str, Declaration]) -> Iterator[Wrong]:
    """Declarations whose own default or allowed values do not fit."""
    for name, one in declared.items():
        default = [] if one.default is None else [one.default]
        odd = [value for value in (*(one.allowed or ()), *default) if not _is(value, one.type)]
        message = f"the variable `{name}` is {_TYPES[one.type].words}"
        if odd:
            yield Wrong(name, "project", message, found=shown(odd[0]))
        elif default and one.allowed and one.default not in one.allowed:
            message = f"the default of `{name}` is none of its allowed values"
            yield Wrong(name, "project", message, shown(one.default), _listed(one.allowed))


def values(
    declared: Mapping[str, Declaration],
    written: Mapping[str, Json],
    given: Mapping[str, str],
    referred: frozenset[str],
) -> dict[str, Json]:
    """The values of an environment's variables, valid or not.

    ``written`` are those of the environment, references resolved; ``referred`` are the names of
    those that came from a reference, for which a text may be a number. ``given`` are those of the
    command line. Raises UsageError if one of these is unknown, has the wrong type, or is not
    allowed.
    """
    found = {name: one.default for name, one in declared.items() if one.default is not None}
    for name, value in written.items():
        loose = name in referred and name in declared and isinstance(value, str)
        read = _TYPES[declared[name].type].read(str(value)) if loose else value
        found[name] = value if read is None else read
    known = {**{name: one.type for name, one in declared.items()}, **_types_of(found, declared)}
    allowed = {name: one.allowed for name, one in declared.items() if one.allowed}
    return {**found, **{name: _given(name, text, known, allowed) for name, text in given.items()}}


def _types_of(found: Mapping[str, Json], declared: Mapping[str, Declaration]) -> dict[str, str]:
    """The types of undeclared variables, from their values."""
    plain = {name: value for name, value in found.items() if name not in declared}
    return {n: next((t for t in _TYPES if _is(value, t)), "string") for n, value in plain.items()}


def _given(
    name: str, text: str, known: Mapping[str, str], allowed: Mapping[str, list[Plain]]
) -> Plain:
    if name not in known:
        hint = meant(name, known, f"variables: {listed(known, name)}" if known else "")
        raise UsageError(f"--var: there is no variable `{name}`", hint=hint)
    value = _TYPES[known[name]].read(text)
    if value is None:
        raise UsageError(f"--var: {name} is {_TYPES[known[name]].words}, not {shown(text)}")
    if value not in allowed.get(name, [value]):
        hint = meant(text, map(str, allowed[name]), f"allowed: {_listed(allowed[name], text)}")
        raise UsageError(f"--var: {name} may not be {shown(value)}", hint=hint)
    return value


def faults(
    environment: str,
    declared: Mapping[str, Declaration],
    written: Mapping[str, Json],
    found: Mapping[str, Json],
) -> Iterator[Wrong]:
    """The mistakes in the values of an environment's variables."""
    for name in written if declared else ():
        if name not in declared:
            hint = meant(name, declared, "declare it in `vars` of the project, or take it out")
            message = f"the project declares no variable `{name}`"
            yield Wrong(name, "vars", message, allowed=listed(declared, name, ""), hint=hint)
    for name, one in declared.items():
        where: Literal["vars", "environment"] = "vars" if name in written else "environment"
        if name not in found:
            hint = f"set it in `vars` of {environment}, or give it a `default`"
            message = f"the variable `{name}` has no value in {environment}"
            yield Wrong(name, where, message, hint=hint)
        elif not _is(found[name], one.type):
            message = f"the variable `{name}` is {_TYPES[one.type].words}"
            yield Wrong(name, where, message, found=shown(found[name]))
        elif one.allowed and found[name] not in one.allowed:
            message = f"the variable `{name}` has a value that is not allowed"
            yield Wrong(name, where, message, shown(found[name]), _listed(one.allowed))


def _is(value: Json, kind: str) -> bool:
    return isinstance(value, _TYPES[kind].kinds) and (kind == "boolean") == isinstance(value, bool)


def _listed(allowed: list[Plain], near: str = "") -> str:
    return listed([shown(value) for value in allowed], near, "")
