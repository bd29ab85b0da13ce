"""A process with fewer rights: no large files, no reading of what file modes forbid.

Such limits apply to a whole process and cannot all be undone, so no test sets them for itself. A
warm tool (`warm.py`) sets them in the process of its run. This file, run as a program, sets them
and becomes the Python that follows.
"""

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.projects import Project, Run

ROOT = Path(__file__).parent.parent
_BARE = {"PYTHONDONTWRITEBYTECODE": "1"}  # a cached module cut short would break later imports
_DROP = 24  # PR_CAPBSET_DROP of prctl(2)
_VERSION_3 = 0x20080522  # of capset(2)
_PASSES_MODES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


def tool(programs: Path, project: Project, *argv: str, largest_file: int | None = None) -> Run:
    """The command line on a project, by a process that modes of files hold for."""
    done = subprocess.run(
        [programs / "reconciler", *argv],
        cwd=project.root,
        env={"PATH": os.environ["PATH"], **project.env, "CONFINED": _told(largest_file)},
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def python(
    *argv: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    largest_file: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """A Python with these arguments; ``largest_file`` in bytes, as on a disk that is full."""
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, __file__, _told(largest_file), *argv],
        cwd=cwd,
        env={**_BARE, "PATH": os.environ["PATH"], "PYTHONPATH": paths, **(env or {})},
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )


def _told(largest_file: int | None) -> str:
    return "" if largest_file is None else str(largest_file)


def limit(told: str) -> None:
    """Limit this process from now on, and its children."""
    if os.geteuid() == 0:
        _without_powers()
    if told:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(told), int(told)))


def _without_powers() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inherited; 32 capabilities, and 32
    failed = libc.capget(header, sets)
    for capability in _PASSES_MODES:
        failed |= libc.prctl(_DROP, capability, 0, 0, 0)
        for one in range(3):
            sets[one] &= ~(1 << capability)
    if failed | libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "a power of root cannot be given up")


if __name__ == "__main__":
    limit(sys.argv[1])
    os.execv(sys.executable, [sys.executable, *sys.argv[2:]])  # noqa: S606 - this Python again
