"""The distribution is hamsa-reconciler; `reconciler` on PyPI is another project.

Nothing in the repository may install, require or look up that name.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from reconciler.cli import installed

ROOT = Path(__file__).parent.parent
EXEMPT = {"tests/test_distribution.py", "docs/decisions/0036-the-package-is-hamsa-reconciler.md"}
"""Both quote what must not be written."""

_BARE = r"""(?<![\w/.@-])reconciler(?![\w/.-])"""
_WRONG = re.compile(
    rf"""
      \b(pip[\d.]*|pipx|easy_install)["']?,?\s[^`]*\b(install|run|inject|download|wheel)\b[^`]*{_BARE}
    | \buvx\s[^`]*{_BARE} | \buv\s[^`]*\b(tool|add|pip|run)\b[^`]*{_BARE}
    | \b(poetry|pdm|rye|hatch|conda|mamba|pixi)\s+(\w+\s)?(add|install|run)\b[^`]*{_BARE}
    | --(from|with|spec|package)[\s=]+["']?{_BARE}
    | additional_dependencies.*{_BARE}
    | \b(Name|Requires-Dist):\s*reconciler\b(?!-)
    | \b(distribution|version|metadata|requires|files)\(\s*["']reconciler["']
    | (?<![\w/.-])reconciler\[[\w,-]+\]
    | (?<![\w/.-])reconciler\s*(==|>=|~=|!=|<=)\s*["']?\d
    | (?<![\w/.-])reconciler\s*@\s*(git\+|https?:|file:|<)
    | \breconciler-\d[\w.]*(\.dist-info|\.tar|-py)
    | ^\s*-?\s*["']?reconciler["']?\s*(\\|--hash)
    | ^\s*-\s*["']?reconciler["']?\s*$
    | pypi\.org/\w+/reconciler\b
    """,
    re.VERBOSE,
)
_COMMANDS = re.compile(r"&&|\|\||;")
"""What follows is another command, as in ``pip install x && reconciler plan``."""


def wrong(line: str) -> bool:
    """Whether this line can bring the other project's package, or asks pip about it."""
    return any(_WRONG.search(part) for part in _COMMANDS.split(line.replace("\\\n", "")))


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with its number; a backslash at the end joins it with the next."""
    number = 1
    for line in re.findall(r"(?:.*\\\n)*.*\n?", text):
        yield number, line.rstrip("\n")
        number += line.count("\n")


@pytest.mark.parametrize(
    "line",
    [
        "pip install reconciler",
        "python3 -m pip install --upgrade 'reconciler'",
        'RUN pip3 install --no-cache-dir "reconciler[sandbox-server]==1.0"',
        "pip3.12 install reconciler && reconciler plan",
        "    - pip install reconciler==0.1.0",
        "pipx install reconciler",
        "pipx run --spec reconciler reconciler plan",
        "uvx reconciler plan",
        "uvx --from reconciler reconciler plan",
        "uv tool install reconciler",
        "uv add reconciler",
        "uv run --with reconciler reconciler plan",
        "poetry add reconciler",
        '[sys.executable, "-m", "pip", "install", "reconciler"]',
        'additional_dependencies: ["reconciler"]',
        "reconciler>=0.1",
        '"reconciler[sandbox-server]"',
        "reconciler @ git+https://example.com/x@0123",
        "reconciler==0.1.0 \\",
        "Requires-Dist: reconciler",
        "  - reconciler",
        "pip install --quiet \\\n  reconciler",
        'metadata.version("reconciler")',
        "metadata.distribution('reconciler')",
        "lib/reconciler-9.dist-info",
    ],
)
def test_what_would_install_the_other_project_is_found(line: str) -> None:
    assert wrong(line)


@pytest.mark.parametrize(
    "line",
    [
        'pip install "hamsa-reconciler[sandbox-server]"',
        "pipx run --spec hamsa-reconciler version",
        "pip install --no-deps . && reconciler plan",
        "uses: OWNER/REPO/.github/actions/reconciler@COMMIT",
        "cd ~/reconciler; pip install -r .ci/requirements.txt",
        'metadata.version("hamsa-reconciler")',
        "reconciler plan --target clinic",
    ],
)
def test_our_own_lines_pass(line: str) -> None:
    assert not wrong(line)


@pytest.mark.process
def test_no_file_installs_requires_or_looks_up_the_other_project() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in sorted({*listing.stdout.splitlines()} - EXEMPT)
        if (ROOT / name).is_file()
        for number, line in lines((ROOT / name).read_text(errors="replace"))
        if "reconciler" in line and wrong(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.process
def test_the_package_has_the_name_that_the_code_looks_up() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == installed.DISTRIBUTION == "hamsa-reconciler"
    assert project["scripts"] == {"reconciler": "reconciler.__main__:main"}
    entry = metadata.distribution("hamsa-reconciler").entry_points.select(name="reconciler")
    assert [point.value for point in entry] == ["reconciler.__main__:main"]


WITHOUT = """
import io, os, pathlib, sys, tempfile
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"hypercorn", "h2", "hpack", "hyperframe", "wsproto"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from reconciler.cli import main
os.chdir(tempfile.mkdtemp())
for words in ("sandbox serve --port 0", "sandbox serve --switches shape=G9", "sandbox --help",
              "demo --folder project", "sandbox reset --config project"):
    print(">", words, file=sys.stderr, flush=True)
    print("<", main(words.split()), file=sys.stderr, flush=True)
"""


@pytest.mark.socket
def test_all_but_the_socket_server_works_without_its_packages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False
    )
    parts = [part.rpartition("\n< ") for part in done.stderr.split("\n> ")]
    told = [part[0] for part in parts]
    assert [part[2].strip() for part in parts] == ["1", "64", "0", "0", "0"], done.stderr
    assert "`sandbox serve` needs the package hypercorn, which is not installed" in told[0]
    assert f'{sys.executable} -m pip install "hamsa-reconciler[sandbox-server]"' in told[0]
    assert "--switches" in told[1]
    assert "Traceback" not in done.stderr


def test_the_extra_is_what_is_pinned_and_no_part_of_the_rest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]["sandbox-server"]
    assert extra == (ROOT / ".ci/server.in").read_text().splitlines()[1:]
    assert "hypercorn" not in "".join(project["dependencies"])
    pinned = (ROOT / ".ci/requirements.txt").read_text()
    assert "hypercorn==" not in pinned
    assert "hypercorn==" in (ROOT / ".ci/requirements-server.txt").read_text()
    assert "hypercorn" not in (installed.needed() or ())


def test_the_other_extras_are_pinned_together_and_no_part_of_the_rest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    pinned = (ROOT / ".ci/service.in").read_text().splitlines()
    wanted = [*extras["temporal"], *extras["otel"], *extras["store"]]
    assert wanted == [line for line in pinned if not line.startswith("-c")]
    for name in ("temporalio", "opentelemetry-sdk", "obstore"):
        assert f"\n{name}==" in (ROOT / ".ci/requirements-service.txt").read_text()
        assert name not in (installed.needed() or ())


def test_supported_pythons_are_one_list() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = re.findall(r":: (3\.\d+)", "\n".join(project["classifiers"]))
    matrix = re.search(r"python: \[(.*)\]", (ROOT / ".github/workflows/ci.yml").read_text())
    assert matrix
    assert re.findall(r"3\.\d+", matrix[1]) == found
    names = re.search(r"\{1:-(.*?) python3 python\}", (ROOT / ".ci/find-python").read_text())
    assert names
    assert re.findall(r"3\.\d+", names[1]) == found
    assert project["requires-python"] == f">={found[0]}"
    for page in ("README.md", "docs/quick-start.md"):
        assert f"Python {found[0]} to {found[-1]}" in (ROOT / page).read_text()
