"""A process of its own that may do less: no large files, no reading of what modes forbid.

Limits like these hold for a whole process and come back half at best, so no test sets them for
itself: this file, run as a program, sets them and becomes the command that follows.
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
_PASSES_MODES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


def tool(project: Project, *argv: str, largest_file: int | None = None) -> Run:
    """The command line on a project, by a process that modes of files hold for."""
    done = python(
        "-m", "reconciler", *argv, cwd=project.root, env=project.env, largest_file=largest_file
    )
    return Run(done.returncode, done.stdout, done.stderr)


def python(
    *argv: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    largest_file: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """A Python with these arguments; ``largest_file`` in bytes, as on a disk that is full."""
    limit = "" if largest_file is None else str(largest_file)
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, __file__, limit, *argv],
        cwd=cwd,
        env={**_BARE, "PATH": os.environ["PATH"], "PYTHONPATH": paths, **(env or {})},
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )


def _become(limit: str, argv: list[str]) -> None:
    if os.geteuid() == 0:
        for capability in _PASSES_MODES:
            if ctypes.CDLL(None, use_errno=True).prctl(_DROP, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "a power of root cannot be given up")
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    os.execv(sys.executable, [sys.executable, *argv])  # noqa: S606 - this Python again


if __name__ == "__main__":
    _become(sys.argv[1], sys.argv[2:])
