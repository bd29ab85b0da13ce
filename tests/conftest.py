"""What the whole suite shares: a project on disk, run through the real command line."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from tests.projects import Project
from tests.warm import warm

# A busy machine is no failure: how long an example takes is never judged.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


def pytest_configure() -> None:
    """Hear the signals that whoever started the suite in the background made it ignore.

    Every process that a test starts would ignore them too, and be waited for in vain.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


@pytest.fixture
def serve() -> Iterator["Serve"]:
    """Sandboxes on sockets, stopped after the test."""
    running = Serve()
    yield running
    running.stop()


class Serve:
    """Starts sandboxes: ``serve("patch=replace")``."""

    def __init__(self) -> None:
        self._running: list[RunningServer] = []

    def __call__(self, switches: str = "") -> RunningServer:
        server = RunningServer(Store(None), Settings.parse(switches))
        server.__enter__()
        self._running.append(server)
        return server

    def stop(self) -> None:
        for server in self._running:
            server.__exit__(None, None, None)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project with the embedded sandbox, empty too."""
    return Project(tmp_path / "project")


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tool of the tests, which starts at once."""
    with warm(tmp_path_factory.mktemp("warm")) as found:
        yield found
