"""One apply at a time, and nothing to unlock by hand."""

import subprocess
import sys

import pytest

from reconciler.errors import ReconcilerError
from reconciler.state.mutex import exclusive

HOLD = """
import pathlib, sys
from reconciler.state.mutex import exclusive
with exclusive(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def refusal(root):
    with pytest.raises(ReconcilerError) as raised, exclusive(root):
        pass
    return f"{raised.value.message} | {raised.value.hint}"


BUSY = (
    "another run of this project is writing on this machine"
    " | wait for it with --lock-timeout 5m, or run this again later"
)


@pytest.fixture
def holder(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def free(root):
    with exclusive(root):
        return True


def test_a_second_holder_in_the_same_process_is_refused(tmp_path):
    with exclusive(tmp_path):
        assert refusal(tmp_path) == BUSY
    assert free(tmp_path)


@pytest.mark.process
def test_another_process_is_refused_until_the_first_has_finished(tmp_path, holder):
    assert refusal(tmp_path) == BUSY
    holder.communicate()
    assert holder.returncode == 0
    assert free(tmp_path)


@pytest.mark.process
def test_a_holder_that_dies_lets_go(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert free(tmp_path)


def test_a_run_that_fails_lets_go(tmp_path):
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path):
        raise ZeroDivisionError
    assert free(tmp_path)


def test_two_projects_do_not_wait_for_each_other(tmp_path):
    (tmp_path / "other").mkdir()
    with exclusive(tmp_path):
        assert free(tmp_path / "other")


def test_the_lock_is_in_the_tool_s_own_folder(tmp_path):
    with exclusive(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [".reconciler"]


@pytest.mark.parametrize("name", [".reconciler", "missing/.reconciler"])
def test_a_folder_that_cannot_be_made_is_reported(tmp_path, name):
    root = (tmp_path / name).parent
    (tmp_path / ".reconciler").touch()
    assert refusal(root).startswith(".reconciler/ cannot be written: ")


def test_an_error_of_the_run_itself_is_not_the_lock_s(tmp_path):
    with pytest.raises(FileNotFoundError), exclusive(tmp_path):
        (tmp_path / "none").read_text()
