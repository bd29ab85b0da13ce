"""From pydantic's errors to mistakes that a user can find and fix."""

from typing import Annotated, Literal

import pytest

from reconciler.config.problems import from_validation
from reconciler.config.showing import shown
from reconciler.schema.shape import Field, Shape
from reconciler.yamledit.document import Document


class Inner(Shape):
    count: int = 0
    names: list[str] = []


class Outer(Shape):
    """A docstring that is nobody's message."""

    name: str
    kind: Literal["a", "b"] = "a"
    share: Annotated[float, Field(ge=0, le=1)] = 0
    flag: bool = False
    inner: Inner = Inner()
    either: str | dict[str, Inner] | None = None
    items: list[Inner] = []


class Many(Shape):
    alpha: int = 0
    bravo: int = 0
    charlie: int = 0
    delta: int = 0
    echo: int = 0
    foxtrot: int = 0
    golf: int = 0
    hotel: int = 0
    india: int = 0
    juliett: int = 0
    kilo: int = 0
    lima: int = 0
    mike: int = 0


TEXT = "name: x\ninner:\n  count: 1\n  names: [a]\neither: x\nitems:\n- {}\n- {}\n"


def told(data, model=Outer, hidden=lambda dotted: False):
    document = Document("a.yaml", TEXT, data)
    error = model.error(data)
    assert error
    found = from_validation(error, model, locate=lambda path: (document, path), hidden=hidden)
    return [
        f"{p.line} {p.field}: {p.message}"
        + "".join(f" | {more}" for more in (p.found, p.hint) if more)
        for p in found
    ]


ITEM = "take the item out, or write what belongs there"
LEAVE = "leave the key out to leave the field as it is"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, "1 name: `name` is missing"),
        ({"name": 1}, "1 name: `name` must be text | 1 | put it in quotes"),
        ({"name": True}, "1 name: `name` must be text | true | put it in quotes"),
        ({"name": None}, "1 name: `name` must be text | null"),
        ({"name": []}, "1 name: `name` must be text | an empty list"),
        ({"name": "x", "kind": "c"}, '1 kind: `kind` must be `a` or `b` | "c"'),
        (
            {"name": "x", "share": None},
            f"1 share: `share` must be a number, 0 to 1 | null | {LEAVE}",
        ),
        ({"name": "x", "items": [None]}, f"7 items.0: `items.0` must be a mapping | null | {ITEM}"),
        ({"name": "x", "share": 2}, "1 share: `share` must be a number, 0 to 1 | 2"),
        (
            {"name": "x", "share": "0.5"},
            '1 share: `share` must be a number, 0 to 1 | "0.5" | write it without quotes',
        ),
        ({"name": "x", "share": ""}, '1 share: `share` must be a number, 0 to 1 | ""'),
        (
            {"name": "x", "flag": "yes"},
            '1 flag: `flag` must be `true` or `false` | "yes" | write `true`',
        ),
        ({"name": "x", "inner": 1}, "2 inner: `inner` must be a mapping | 1"),
        (
            {"name": "x", "inner": {"count": 1.5}},
            "3 inner.count: `count` must be a whole number | 1.5",
        ),
        (
            {"name": "x", "inner": {"names": ["a", 2]}},
            "4 inner.names.1: `names.1` must be text | 2 | put it in quotes",
        ),
        (
            {"name": "x", "items": [{}, {"count": "1"}]},
            '8 items.1.count: `count` must be a whole number | "1" | write it without quotes',
        ),
        (
            {"name": "x", "either": 1},
            "5 either: `either` must be text or a mapping, or `null` to clear it | 1",
        ),
        (
            {"name": "x", "either": {"y": 3}},
            "5 either.y: `y` must be a mapping | 3",
        ),
        ({"Name": "x", "name": "x"}, "1 Name: `Name` is not a known key | did you mean `name`?"),
        (
            {"name": "x", "inner": {"zzz": 1}},
            "2 inner.zzz: `zzz` is not a known key | known keys: count, names",
        ),
        ([], "1 : `the file` must be a mapping | an empty list"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_mistake_is_described_in_words(data, expected):
    assert told(data) == [expected]


def test_a_long_list_of_known_keys_is_cut():
    few = "known keys: mike, lima, kilo, juliett and 9 more"
    assert told({"zzz": 1}, Many) == [f"1 zzz: `zzz` is not a known key | {few}"]
    assert told({"Foxtrott": 1}, Many) == [
        "1 Foxtrott: `Foxtrott` is not a known key | did you mean `foxtrot`?"
    ]


def test_a_hidden_value_is_not_shown_and_its_place_is():
    assert told({"name": 4711, "kind": "x"}, hidden=lambda dotted: dotted == "name") == [
        "1 name: `name` must be text | (sensitive) | put it in quotes",
        '1 kind: `kind` must be `a` or `b` | "x"',
    ]


def test_every_mistake_is_reported_once_in_the_order_of_the_fields():
    data = {"kind": 1, "share": None, "inner": {"count": "a", "x": 1}, "either": 3}
    assert [line.partition(":")[0] for line in told(data)] == [
        "1 name",
        "1 kind",
        "1 share",
        "3 inner.count",
        "2 inner.x",
        "5 either",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (0.5, "0.5"),
        ("x", '"x"'),
        ("", '""'),
        ("x" * 60, f'"{"x" * 60}"'),
        ("x" * 61, f'"{"x" * 60}…"'),
        (10**80, str(10**59)),
        ({"a": "b"}, "a mapping"),
        ({}, "an empty mapping"),
        (["a"], "a list"),
    ],
)
def test_a_found_value_is_short(value, expected):
    assert shown(value) == expected


@pytest.mark.parametrize("value", [True, 1, "x", [1], {"a": 1}])
def test_a_secret_value_is_never_shown(value):
    assert shown(value, secret=True) == "(sensitive)"


@pytest.mark.parametrize(
    ("value", "expected"), [(None, "null"), ([], "an empty list"), ({}, "an empty mapping")]
)
def test_what_is_empty_hides_no_secret(value, expected):
    assert shown(value, secret=True) == expected
