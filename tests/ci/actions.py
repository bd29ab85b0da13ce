"""Actions of others, as far as our workflows use them. An input that is not simulated raises."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ci.runner import Machine


def _only(given: Mapping[str, str], *known: str) -> None:
    assert set(given) <= set(known), f"not simulated: {set(given) - set(known)}"


def checkout(machine: "Machine", given: Mapping[str, str]) -> dict[str, str]:
    """Clone the repository at the event's commit."""
    _only(given, "fetch-depth", "persist-credentials")
    assert given["persist-credentials"] == "false", "a token would stay on disk"
    event = machine.event
    _git(machine.host.folder, "clone", "--quiet", str(machine.host.origin), machine.workspace)
    if event.ref.startswith("refs/heads/"):
        _git(machine.workspace, "checkout", "--quiet", "-B", event.branch, event.sha)
    else:
        _git(machine.workspace, "fetch", "--quiet", "origin", event.sha)
        _git(machine.workspace, "checkout", "--quiet", "--detach", event.sha)
    return {}


def setup_python(_machine: "Machine", given: Mapping[str, str]) -> dict[str, str]:
    """The interpreter of the tests, in place of the requested one."""
    _only(given, "python-version", "update-environment")
    assert given["update-environment"] == "false"
    return {"python-path": str(Path(sys.base_prefix) / "bin" / "python3")}


def upload_artifact(machine: "Machine", given: Mapping[str, str]) -> dict[str, str]:
    """Keep copies of files; a name is taken once in a run."""
    _only(given, "name", "path", "if-no-files-found", "overwrite")
    assert given["name"] not in machine.host.artifacts or given["overwrite"] == "true"
    lines = [line for line in given["path"].splitlines() if line]
    if given["name"] in machine.host.lost:
        return {}
    found = [Path(name) for line in lines for name in sorted(glob(line))]  # noqa: PTH207
    if found:
        machine.host.artifacts[given["name"]] = {one.name: one.read_bytes() for one in found}
    return {}


def download_artifact(machine: "Machine", given: Mapping[str, str]) -> dict[str, str]:
    """Write the files of one artifact, or of each that matches into a folder of its name."""
    _only(given, "name", "pattern", "path")
    folder, kept = Path(given["path"]), machine.host.artifacts
    if "name" in given:
        places = {folder: kept[given["name"]]}
    else:
        places = {folder / one: kept[one] for one in kept if fnmatchcase(one, given["pattern"])}
    for place, files in places.items():
        place.mkdir(parents=True)
        for name, body in files.items():
            (place / name).write_bytes(body)
    return {}


KNOWN: dict[str, Callable[["Machine", Mapping[str, str]], dict[str, str]]] = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/upload-artifact": upload_artifact,
    "actions/download-artifact": download_artifact,
}


def remove(path: Path) -> None:
    """Remove a file or a folder."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _git(folder: Path, *words: str | Path) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)  # noqa: S607
