"""A GitHub and a GitLab on this machine, for the time of a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forge.github import FakeGitHub
from tests.forge.gitlab import FakeGitLab
from tests.forge.sides import Side, sided


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    fake = FakeGitHub()
    with fake.serve():
        yield fake


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    fake = FakeGitLab()
    with fake.serve():
        yield fake


@pytest.fixture(params=["github", "gitlab"])
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Side]:
    with sided(request.param, tmp_path) as found:
        yield found
