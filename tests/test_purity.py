"""``make unit`` runs the pure tests, and an impure one among them is noticed."""

import socket
import subprocess
import sys

import pytest

from tests.projects import Project
from tests.purity import MARKERS, watched


def connected():
    with socket.socket() as one, pytest.raises(OSError):
        one.connect(("127.0.0.1", 1))


def listening():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))


def started():
    subprocess.run([sys.executable, "-c", ""], check=True)


@pytest.mark.process
@pytest.mark.parametrize(
    ("deed", "marker"),
    [
        pytest.param(lambda folder: connected(), "socket", id="a connection"),
        pytest.param(lambda folder: listening(), "socket", id="a server"),
        pytest.param(lambda folder: started(), "process", id="a process"),
        pytest.param(lambda folder: Project(folder).run("version"), "cli", id="a command"),
    ],
)
def test_a_test_without_a_marker_fails_if_it_is_not_pure(request, tmp_path, deed, marker):
    class Pure:
        """A test as pytest sees it, without a marker except the one for unmarked tests."""

        def get_closest_marker(self, name):
            return name == "unit"

    with pytest.raises(pytest.fail.Exception, match=f"mark it with `{marker}`"), watched(Pure()):
        deed(tmp_path)
    with watched(request.node):  # which has a marker
        deed(tmp_path)


def test_a_test_that_uses_nothing_is_pure(request):
    assert request.node.get_closest_marker("unit")
    names = {mark.name for mark in request.node.iter_markers()}
    assert names & MARKERS.keys() == {"unit"}


def test_a_test_of_a_command_line_is_marked_by_its_fixture(request, project):
    assert request.node.get_closest_marker("cli")
    assert not request.node.get_closest_marker("unit")
