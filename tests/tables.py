"""A table of rows is one test: pytest's work per test takes longer than most rows.

All rows of a function run one after the other, and the failed ones are named. This applies if
``pytest.mark.parametrize`` gives all its arguments, except for an empty folder or project, which
each row gets for itself, and constants. With the option ``--rows`` each row is a test again, which
``-k`` can select.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import wraps
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests import purity
from tests.projects import Project

Row = Mapping[str, Any]
OWN = frozenset({"tmp_path", "project"})
SAME = frozenset({"talk"})
"""Fixtures that a table may ask for: what each row gets for itself, and what never changes."""
FAILURES = (Exception, pytest.fail.Exception)


def collected(module: pytest.Module, name: str, obj: object) -> pytest.Function | None:
    """One test for a function and its tables; None if it has none, or needs more than its rows."""
    if not inspect.isfunction(obj) or hasattr(obj, "hypothesis"):
        return None
    marks: list[pytest.Mark] = list(getattr(obj, "pytestmark", ()))
    every = crossed([mark for mark in marks if mark.name == "parametrize"])
    names = inspect.signature(obj).parameters.keys()
    if not every or not names >= every[0].keys():
        return None
    more = names - every[0].keys()
    if more - OWN - SAME or any(hasattr(module.obj, one) for one in more):
        return None
    whole = one_test(obj, every, more)
    whole.pytestmark = [mark for mark in marks if mark.name != "parametrize"]  # type: ignore[attr-defined]
    found = pytest.Function.from_parent(module, name=name, callobj=whole)
    if set(found.fixturenames) - SAME - {"tmp_path", "tmp_path_factory", "request"}:
        return None
    for one in more & purity.FIXTURES.keys():
        found.add_marker(purity.FIXTURES[one])
    return found


def crossed(tables: Sequence[pytest.Mark]) -> list[Row]:
    """The rows of all tables with one another; none if one of them is more than its values."""
    each = [list(_rows(table)) for table in tables]
    if not tables or any(None in rows for rows in each):
        return []
    return [{k: v for row in rows for k, v in (row or {}).items()} for rows in product(*each)]


def _rows(table: pytest.Mark) -> Iterator[Row | None]:
    """The arguments of each row; None for a row, or a table, that is more than its values."""
    names, values = table.args
    names = [one.strip() for one in names.split(",")] if isinstance(names, str) else names
    if table.kwargs.keys() - {"ids"}:
        yield None
    for value in values:
        if isinstance(value, pytest.ParameterSet):
            yield None if value.marks else dict(zip(names, value.values, strict=True))
        else:
            given = value if len(names) > 1 else (value,)
            yield dict(zip(names, given, strict=True))


def one_test(
    function: Callable[..., object], rows: Sequence[Row], more: Collection[str]
) -> Callable[..., None]:
    """Run a function for each row, and raise all errors together."""

    @wraps(function)
    def every(tmp_path: Path | None = None, **same: object) -> None:
        failed: list[BaseException] = []
        for number, row in enumerate(rows):
            own = _own(tmp_path / f"{number}", more) if tmp_path else {}
            try:
                function(**row, **own, **same)
            except FAILURES as error:
                error.add_note(f"row {number} of {len(rows)}: {row!r:.500}")
                failed.append(error)
        if len(failed) == 1:
            raise failed[0]
        if failed:
            raise BaseExceptionGroup(f"{len(failed)} of {len(rows)} rows", failed)

    asked = [*SAME.intersection(more), *(["tmp_path"] if OWN.intersection(more) else [])]
    given = [inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY) for one in asked]
    every.__signature__ = inspect.Signature(given)  # type: ignore[attr-defined]
    return every


def _own(folder: Path, names: Collection[str]) -> dict[str, object]:
    """The fixtures of these names, made again for one row."""
    folder.mkdir()
    found: dict[str, object] = {"tmp_path": folder} if "tmp_path" in names else {}
    if "project" in names:
        found["project"] = Project(folder / "project")
    return found
