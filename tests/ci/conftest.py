"""A repository, its API, and the agents' API, for the time of a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci.linters import ROOT
from tests.ci.repository import KEY, Repository
from tests.ci.runner import install_ours
from tests.conftest import Serve
from tests.forge.github import FakeGitHub


@pytest.fixture
def temp(tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Path:
    """A runner's folder in which an earlier step installed the tool: the tests' own."""
    folder = tmp_path_factory.mktemp("runner")
    install_ours(folder, ROOT, programs)
    return folder


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    fake = FakeGitHub()
    with fake.serve():
        yield fake


@pytest.fixture
def repository(tmp_path: Path, temp: Path, github: FakeGitHub) -> Repository:
    return Repository(tmp_path, temp, github)


@pytest.fixture
def hamsa(serve: Serve):
    """The agents' API, empty, with a key of its own."""
    return serve(f"shape=G3&api_key={KEY}")
