"""What the names of a module cost: a class or pattern is made when it is first used."""

import ast
import dataclasses
import re
from pathlib import Path
from threading import Barrier, Thread
from typing import ClassVar

import pytest

import reconciler
from reconciler.late import cached_property, changed, dataclass, pattern
from reconciler.model.deferred import Deferred, deferred

CODE = [
    path
    for path in Path(reconciler.__file__).parent.rglob("*.py")
    if path.name != "late.py" and "sandbox" not in path.parts
]


def outside_of_functions(node):
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from outside_of_functions(child)


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_no_module_makes_a_class_or_pattern_before_it_is_used(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    eager = [
        node.lineno
        for node in outside_of_functions(tree)
        if (isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile")
        or (
            (isinstance(node, ast.ImportFrom) and node.module == "dataclasses")
            and "dataclass" in {one.name for one in node.names}
        )
    ]
    assert eager == [], "from reconciler.late import cached_property, changed, dataclass, pattern"


def pair(made_by):
    @made_by(frozen=True, kw_only=True, order=True)
    class Base:
        known: ClassVar[int] = 1
        one: int
        two: str = "b"
        three: list[int] = dataclasses.field(default_factory=list, compare=False)
        four: int = dataclasses.field(default=4, repr=False)

    @made_by(frozen=True)
    class Derived(Base):
        five: int

        def __post_init__(self):
            assert self.five < 9

        def __repr__(self):
            return f"five={self.five}"

    return Base, Derived


def attempt(what):
    try:
        return what()
    except (TypeError, AttributeError, AssertionError) as error:
        return type(error), re.sub(r"0x\w+", "", str(error))


ASKED = {
    "an object": lambda base, _: repr(base(one=1)),
    "a derived one": lambda _, derived: repr(derived(5, one=1)),
    "equal": lambda base, _: base(one=1, three=[1]) == base(one=1),
    "another": lambda base, derived: base(one=1) == derived(5, one=1),
    "order": lambda base, _: base(one=1) < base(one=2),
    "hash": lambda base, _: len({base(one=1), base(one=1, three=[2])}),
    "replaced": lambda base, _: repr(dataclasses.replace(base(one=1), two="c")),
    "fields": lambda base, _: [one.name for one in dataclasses.fields(base)],
    "fields of a derived one": lambda _, derived: [f.name for f in dataclasses.fields(derived)],
    "is one": lambda _, derived: dataclasses.is_dataclass(derived),
    "frozen": lambda base, _: setattr(base(one=1), "one", 2),
    "too many": lambda base, _: base(1, 2),
    "too few": lambda base, _: base(),
    "checked": lambda _, derived: derived(9, one=1),
    "a class variable": lambda base, _: base(one=1).known,
    "a default": lambda base, _: (base(one=1).four, base.four),
    "no default": lambda base, _: base(one=1) and base.three,
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_dataclass_is_the_same_later(asked):
    now, later = pair(dataclasses.dataclass), pair(dataclass)
    assert attempt(lambda: ASKED[asked](*now)) == attempt(lambda: ASKED[asked](*later))


def test_two_threads_may_make_the_first_object_at_once():
    for _ in range(20):
        base, derived = pair(dataclass)
        gate, made = Barrier(4), []

        def work(gate=gate, made=made, both=(base, derived)):
            gate.wait()
            made.append((both[1](5, one=1), both[0](one=1)))

        threads = [Thread(target=work) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert made == [(derived(5, one=1), base(one=1))] * 4


def test_a_pattern_is_compiled_when_it_is_used():
    assert pattern(r"(").__class__.__name__ == "pattern"
    with pytest.raises(re.error):
        pattern(r"(").search("")
    word = pattern(r"[a-c]+", re.IGNORECASE)
    assert word.findall("aBd C") == ["aB", "C"]
    assert (word.pattern, word.sub("x", "aBd")) == ("[a-c]+", "xd")


def test_a_changed_copy_is_what_the_standard_library_makes():
    made = pair(dataclass)[1](one=1, five=5)
    other = changed(made, two="c")
    assert other == dataclasses.replace(made, two="c")
    assert (made.two, type(other)) == ("b", type(made))


def test_a_changed_copy_has_what_was_not_made_yet():
    @dataclass(frozen=True)
    class Read(Deferred):
        name: str
        fields: dict[str, int]
        rest: dict[str, int]

    made = deferred(Read, lambda: {"fields": {"a": 1}, "rest": {"b": 2}}, name="x")
    assert changed(made, rest={}) == Read("x", {"a": 1}, {})


def test_a_cached_property_is_made_once_and_is_no_part_of_the_object():
    @dataclass(frozen=True)
    class Text:
        text: str

        @cached_property
        def parts(self):
            """The parts."""
            return self.text.split()

    one = Text("a b")
    assert one.parts is one.parts
    assert changed(one, text="c d").parts == ["c", "d"]
    assert one.parts == ["a", "b"]
    assert one == Text("a b")
    assert Text.parts.__doc__ == "The parts."
