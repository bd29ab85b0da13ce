"""Whether data certainly fit a shape: most do, and then no model is made. Pure.

Pydantic decides what fits a shape, and says what does not. Importing it and making its models takes
longer than reading a hundred agents. These tests know the few types and limits that shapes are
written with, and are stricter where the two could differ: what passes them is valid, and of what
does not nothing is known.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from reconciler.jsonvalues import EXACT
from reconciler.schema.shape import Shape, alias, bare, is_shape, kinds, notes
from reconciler.schema.table import Fact

Test = Callable[[Any], bool]


def test(shape: type[Shape]) -> Test:
    """The test of a mapping: true only if the model of the shape accepts it.

    >>> from reconciler.schema.shape import Shape
    >>> class Point(Shape):
    ...     x: int
    >>> test(Point)({"x": 1}), test(Point)({"x": True}), test(Point)({"x": 1, "y": 2})
    (True, False, False)
    """
    known = {alias(kind) or name: _test(kind) for name, kind in kinds(shape).items()}
    needed = {
        alias(kind) or name for name, kind in kinds(shape).items() if not hasattr(shape, name)
    }

    def passes(value: Any) -> bool:
        return (
            type(value) is dict
            and needed <= value.keys() <= known.keys()
            and all(known[key](one) for key, one in value.items())
        )

    return passes


def _test(kind: Any) -> Test:
    """The test of a type with its limits."""
    passes = _of_type(bare(kind))
    for note in notes(kind):
        passes = _limited(passes, note)
    return passes


def _of_type(kind: Any) -> Test:
    origin, inside = get_origin(kind), get_args(kind)
    if is_shape(kind):
        return _later(kind)
    if origin in (Union, UnionType):
        return _any_of([*map(_test, inside)])
    if origin is list:
        return _list_of(_test(inside[0]))
    if origin is dict and inside[0] is str:
        return _mapping_to(_test(inside[1]))
    if origin is Literal and all(type(one) is str for one in inside):
        return lambda value: type(value) is str and value in inside
    return _SIMPLE.get(kind, _nothing)


def _later(shape: type[Shape]) -> Test:
    """The test of a mapping in another one, made when there is one."""
    made: list[Test] = []

    def passes(value: Any) -> bool:
        if not made:
            made.append(test(shape))
        return made[0](value)

    return passes


def _any_of(options: list[Test]) -> Test:
    def passes(value: Any) -> bool:
        for option in options:  # noqa: SIM110 - a generator takes twice as long
            if option(value):
                return True
        return False

    return passes


def _list_of(item: Test) -> Test:
    return lambda value: type(value) is list and all(map(item, value))


def _mapping_to(item: Test) -> Test:
    return lambda value: (
        type(value) is dict and all(map(_is_text, value)) and all(map(item, value.values()))
    )


def _is_text(value: Any) -> bool:
    """Whether a value is a text of whole characters."""
    if type(value) is not str:
        return False
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (type(value) is float and math.isfinite(value))


def _is_whole(value: Any) -> bool:
    return type(value) is int and -EXACT < value < EXACT


def _nothing(_: Any) -> bool:
    return False


_SIMPLE: Mapping[Any, Test] = {
    Any: lambda _: True,
    str: _is_text,
    int: _is_whole,
    float: _is_number,
    bool: lambda value: type(value) is bool,
    date: lambda value: type(value) is date,
    NoneType: lambda value: value is None,
}


def _at_least(passes: Test, bound: float) -> Test:
    return lambda value: passes(value) and value >= bound


def _at_most(passes: Test, bound: float) -> Test:
    return lambda value: passes(value) and value <= bound


def _filled(passes: Test, length: int) -> Test:
    """A text or list of some length; blanks at the ends of a text may not count."""
    return lambda value: (
        passes(value) and len(value.strip() if type(value) is str else value) >= length
    )


def _like(passes: Test, pattern: str) -> Test:
    """A text as a pattern says; in ASCII all languages of patterns agree."""
    return lambda value: passes(value) and value.isascii() and bool(re.fullmatch(pattern, value))


_LIMITS: Mapping[str, Callable[[Test, Any], Test]] = {
    "ge": _at_least,
    "le": _at_most,
    "min_length": _filled,
    "pattern": _like,
}
_NO_LIMITS = frozenset({"description", "examples", "alias", "json_schema_extra"})
_NO_LIMITS |= {"strip_whitespace"}  # see `_filled`


def _limited(passes: Test, note: Any) -> Test:
    """A test with what a note adds; with a limit that is not known here, nothing is certain."""
    if isinstance(note, Fact):
        return passes  # it limits nothing
    if not hasattr(note, "made"):
        return _nothing
    if note.given:
        return _accepted(passes, note.given[0], first=note.name == "BeforeValidator")
    for limit, bound in note.more.items():
        if limit not in _NO_LIMITS:
            passes = _LIMITS[limit](passes, bound) if limit in _LIMITS else _nothing
    return passes


def _accepted(passes: Test, validator: Callable[[Any], Any], *, first: bool) -> Test:
    """A test with a validator, which raises ValueError for what it rejects."""

    def accepts(value: Any) -> bool:
        try:
            return passes(validator(value)) if first else passes(value) and bool([validator(value)])
        except ValueError:
            return False

    return accepts
