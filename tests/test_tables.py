"""A table is one test that runs all its rows: see `tables.py`."""

from pathlib import Path

import pytest

from tests import tables
from tests.projects import Project

ONE = pytest.mark.parametrize("number", [1, pytest.param(2, id="two")])
TWO = pytest.mark.parametrize(("word", "length"), [("a", 1), ("bc", 2)], ids=["a", "b"])


def test_rows_are_crossed_unless_one_has_a_mark_or_is_a_fixture_s() -> None:
    skipped = pytest.mark.parametrize("one", [1, pytest.param(2, marks=pytest.mark.skip)])
    indirect = pytest.mark.parametrize("one", [1], indirect=True)
    assert tables.crossed([ONE.mark, TWO.mark]) == [
        {"number": 1, "word": "a", "length": 1},
        {"number": 1, "word": "bc", "length": 2},
        {"number": 2, "word": "a", "length": 1},
        {"number": 2, "word": "bc", "length": 2},
    ]
    assert tables.crossed([ONE.mark, skipped.mark]) == tables.crossed([indirect.mark]) == []


@pytest.mark.cli
@pytest.mark.parametrize("number", [1, 2])
def test_each_row_has_a_folder_and_a_project_of_its_own(
    number: int, tmp_path: Path, project: Project
) -> None:
    assert [one.name for one in tmp_path.iterdir()] == ["project"]
    assert list(project.root.rglob("*.yaml")) == []
    project.write("reconciler.yaml", "{}\n")


def test_rows_that_fail_are_named_and_stop_no_other() -> None:
    ran = []

    def fails(number: int) -> None:
        ran.append(number)
        if number == 3:
            pytest.fail("three")
        assert number < 2, "large"

    def rows(*numbers: int) -> list[tables.Row]:
        return [{"number": one} for one in numbers]

    with pytest.raises(AssertionError, match="large") as one:
        tables.one_test(fails, rows(2, 1), ())()
    assert one.value.__notes__ == ["row 0 of 2: {'number': 2}"]
    with pytest.raises(BaseExceptionGroup, match="2 of 3 rows") as both:
        tables.one_test(fails, rows(2, 1, 3), ())()
    assert [str(one).split("\n")[0] for one in both.value.exceptions] == ["large", "three"]
    assert ran == [2, 1, 2, 1, 3]
