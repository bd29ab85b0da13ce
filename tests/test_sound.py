"""What ``sound`` takes as valid, pydantic does; and it takes what people write."""

import math
from datetime import date, datetime
from typing import Annotated, Any, get_args, get_origin

import pytest
from annotated_types import Ge

from reconciler.config import agentfile, entries, fleet, flow_tests, steps
from reconciler.kinds import registry
from reconciler.schema import sound
from reconciler.schema.shape import Field, Shape, alias, bare, is_shape, kinds, notes

TEXTS = ["", " ", "\x1f", "x", "عيادة", "\ud800", "30%", "30%\n", "٣٠%", "09:00", "24:00", "2m"]
TEXTS += ["en", "v1", "warn", "string", "Asia/Riyadh", "Monday", "spoken", "OpenAI", "rest", "5/s"]
TEXTS += ["report", "skip", "Single Prompt", "TWILIO", "WEB_TOOL"]
NUMBERS = [0, 1, -1, 5, 0.2, 0.5, 1.0, 30, 500, 10**6, 2**53, -(2**63), 2**64, 10**400]
NUMBERS += [math.inf, -math.inf, math.nan, True, False]
OTHERS = [None, date(2026, 3, 20), datetime(2026, 3, 20), b"x", (), ("x",), {1, 2}, object()]  # noqa: DTZ001
OUTCOMES = [{"type": "object", "properties": {"a": {"type": "string", "description": "x"}}}]
SCALARS = [*TEXTS, *NUMBERS, *OTHERS]
KEYS = [1, None, True, "\ud800", ("a",)]


class Named(str):
    """A text of another class, such as ruamel makes."""

    __slots__ = ()


def shapes() -> list[type[Shape]]:
    found = [Shape, *(one.model for one in registry.kinds())]
    for one in found:
        found += [sub for sub in one.__subclasses__() if sub not in found]
        found += [kind for kind in map(bare, kinds(one).values()) if is_shape(kind)]
    ours = (one for one in dict.fromkeys(found) if one.__module__.startswith("reconciler."))
    return [one for one in ours if kinds(one)]


def candidates(kind: Any) -> list[Any]:
    """Values for a type, most of them wrong."""
    kind = bare(kind)
    if is_shape(kind):
        return [*mappings(kind, [1, "x"]), *SCALARS[:4]]
    inside = get_args(kind)
    if get_origin(kind) is list:
        few = candidates(inside[0])
        return [*SCALARS, [], ["x", 1], *([one] for one in few)]
    if get_origin(kind) is dict:
        few = candidates(inside[1])
        odd = [{key: "x"} for key in KEYS]
        return [*SCALARS, {}, *OUTCOMES, *({"k": one} for one in few), *odd]
    unions = [one for option in inside for one in candidates(option)] if inside else []
    return [*SCALARS, Named("x"), [], {}, {"k": "x"}, ["x"], *unions]


def base(shape: type[Shape]) -> dict[Any, Any]:
    """The mapping with only what is needed."""
    needed = {name: kind for name, kind in kinds(shape).items() if not hasattr(shape, name)}
    return {alias(kind) or name: first(kind) for name, kind in needed.items()}


def first(kind: Any) -> Any:
    inner = bare(kind)
    tested = sound._test(kind)
    return base(inner) if is_shape(inner) else next(one for one in candidates(kind) if tested(one))


def mappings(shape: type[Shape], only: list[Any] | None = None) -> list[Any]:
    least = base(shape)
    found = [{}, least, {**least, "unknown": 1}, {**least, 1: 1}, *(None, [], "x")]
    for name, kind in kinds(shape).items():
        found += [{**least, alias(kind) or name: one} for one in only or candidates(kind)]
        found += [{**least, name: "x"}] if alias(kind) else []
    return found


@pytest.mark.parametrize("shape", shapes(), ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_what_is_sound_is_valid(shape):
    model, passes = shape.pydantic_model(), sound.test(shape)
    for data in mappings(shape):
        if passes(data):
            model.model_validate(data)  # or it raises


@pytest.mark.parametrize("shape", shapes(), ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_every_type_and_limit_is_known(shape):
    """Of each field some value is sound, and some is not: a new kind of limit has no test yet."""
    for name, kind in kinds(shape).items():
        found = {sound._test(kind)(one) for one in candidates(kind)}
        assert found == ({True} if bare(kind) is Any else {True, False}), (name, notes(kind))


@pytest.mark.parametrize("limit", [Ge(1), Field(gt=0), Field(multiple_of=2), "a remark"])
def test_what_is_not_known_here_is_left_to_pydantic(limit):
    assert not sound._test(Annotated[int, limit])(4)


def test_the_shapes_of_all_files_are_there():
    files = {agentfile.AgentEntry, entries.ProjectEntry, fleet.FleetEntry, flow_tests.FlowTests}
    assert {*files, steps.StepEntry} <= {*shapes()}
