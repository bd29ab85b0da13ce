"""What the whole suite shares: a project on disk, run through the real command line."""

import gc
import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Record, Store
from reconciler.workflows import creates
from tests import purity, tables
from tests.projects import Project, Run
from tests.warm import warm

# A busy machine is no failure: examples have no deadline. The same examples run each time, so that
# a change does not fail because of another: `--hypothesis-profile search` looks for new ones.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("search", **PATIENT, max_examples=500)
settings.register_profile("suite", **PATIENT, max_examples=25, derandomize=True, database=None)
settings.register_profile(
    "unit", **PATIENT, max_examples=5, derandomize=True, database=None, print_blob=False
)
settings.load_profile("suite")

# No test cuts the power: a process that dies loses nothing that it wrote. A sync takes as long as a
# whole plan.
os.fsync = lambda _handle: None

# Runs of this process that create agents are alone, or meet what a test does at a certain moment:
# they need not wait for the last requests of others.
creates.SETTLE = 0.05

# httpcore tries to import it at each request. An import that fails costs a fifth of the request,
# with the hook in it by which pytest finds tests.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]


MEMORY = "/dev/shm"  # noqa: S108 - pytest makes a folder of its own in it
ROOM = 2 << 30
"""Bytes that must be free there. A run needs less: files of passed tests are removed."""


def in_memory() -> bool:
    """Whether this machine has an in-memory file system with enough space for the tests' files."""
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(MEMORY)
    return not found.f_flag & os.ST_NOEXEC and found.f_bavail * found.f_frsize > ROOM


def pytest_configure(config: pytest.Config) -> None:
    """Name the markers, and hear the signals that who started the suite made it ignore.

    Every process that a test starts would ignore them too, and be waited for in vain.

    The suite makes sixty thousand files and folders: on a disk, that and their removal take longer
    than many of its tests.
    """
    if "PYTEST_DEBUG_TEMPROOT" not in os.environ and in_memory():
        os.environ["PYTEST_DEBUG_TEMPROOT"] = MEMORY
    for name, meaning in purity.MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    purity.start()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what has no pure test, when only those are to run."""
    pure = config.getoption("markexpr") == "unit"
    return True if pure and purity.has_none(collection_path) else None


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rows`, to choose a row or to read about it alone."""
    parser.addoption("--rows", action="store_true", help="make a test of each row of a table")


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Collector, name: str, obj: object
) -> pytest.Function | None:
    """Make one test of a table that needs nothing but its rows."""
    if not isinstance(collector, pytest.Module) or not name.startswith("test"):
        return None
    return None if collector.config.option.rows else tables.collected(collector, name, obj)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """One worker for a file, and for all files that share a browser."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - `make unit` does without

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "tests/browser" if file.startswith("tests/browser/") else file

    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


SLOWEST = (
    *("test_races.py", "test_flow_files.py", "test_standing.py", "test_accessible.py"),
    *("test_fleet_runs.py", "test_doctor.py", "test_story.py", "test_example.py", "test_docs.py"),
    *("test_scripts.py", "test_rollback.py", "test_gitlab.py", "test_generations.py"),
    *("test_faults.py", "test_killed.py", "test_rules.py", "test_situations.py", "test_stored.py"),
    *("test_gitlab_jobs.py", "test_chain.py", "test_policies.py", "test_convert.py"),
    *("test_hostile_checkouts.py", "test_install.py", "test_output_schemas.py", "test_ends.py"),
    *("test_history.py", "test_pull.py", "test_two_runs.py", "test_drift.py"),
    *("test_every_field.py", "test_blame.py", "test_undeclared.py", "test_doctor_runs.py"),
    *("test_distribution.py", "test_flow_sides.py", "test_proof.py", "test_troubleshooting.py"),
    *("test_init.py", "test_twins.py", "test_apply.py", "test_store.py", "test_renamed.py"),
    *("test_v1_goldens.py", "test_hostile_output.py", "test_client.py", "test_v2_import.py"),
    *("test_completion.py", "test_every_v2_field.py", "test_telemetry.py", "test_unset_secrets.py"),
    *("test_safety.py"),
)
"""Files that begin first, so that no worker waits for the last of another: one file, one worker.

Those that mostly wait stand among those that compute.
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests before they are selected by markers; slow ones come first."""
    for item in items:
        purity.mark(item)
    places = {name: place for place, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_collection_finish() -> None:
    """Thousands of tests that live to the end are not searched for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with purity.watched(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with purity.watched(item):
        yield


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


class Shelf:
    """Cached results of fixtures: the files of a project and the agents of its sandbox.

    They are made once per test module, and restored for each further test.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._agents: dict[str, list[Record]] = {}

    def __call__(
        self,
        name: str,
        project: Project,
        server: RunningServer | None,
        make: Callable[[], Run | None],
    ) -> Project:
        """The project as ``make`` leaves it; no requests are remembered."""
        there = self._folder / name
        if name not in self._agents:
            done = make()
            assert done is None or done.code == 0, done.out + done.err
            shutil.copytree(project.root, there, symlinks=True)
            if server:  # the next one has another address
                files = (path for path in there.rglob("*") if path.is_file())
                assert not any(server.url.encode() in path.read_bytes() for path in files)
            self._agents[name] = server.app.state.store.records() if server else []
        else:
            shutil.copytree(there, project.root, symlinks=True, dirs_exist_ok=True)
            if server:
                server.app.state.store.seed(self._agents[name])
        if server:
            server.app.state.requests.clear()
        return project


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """What is brought about once for the tests of a module."""
    return Shelf(tmp_path_factory.mktemp("shelf"))


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tool of the tests, which starts at once."""
    with warm(tmp_path_factory.mktemp("warm")) as found:
        yield found
