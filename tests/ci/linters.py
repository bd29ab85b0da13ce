"""The linters of CI files: ``python -m tests.ci.linters``.

They check this repository's workflows, actions, scripts and hooks, and what ``reconciler init``
writes for one environment and for two, protected or not, in a repository of its own.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.scaffold import starter_ci
from reconciler.scaffold.starter_ci import FleetJobs, Stage

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "reconciler" / "scaffold" / "templates" / "ci"
VALUES = {
    "source": "acme/reconciler",
    "ref": "0123456789abcdef0123456789abcdef01234567",
    "branch": "main",
}
PRODUCTION = Stage(environment="production", secrets=("HAMSA_API_KEY", "VISIT_HOOK_SECRET"))
CHAIN = (
    Stage(environment="qa.1", secrets=("QA_KEY",)),
    replace(PRODUCTION, after="qa.1", approvals=("spoken", "reach")),
)
FLEET = FleetJobs(file="fleet.yaml", shards=2, gate="production")
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Finding:
    """What a linter printed about some files."""

    linter: str
    told: str


def written(
    folder: Path, chain: Sequence[Stage] = (PRODUCTION,), *, committed: bool = True
) -> None:
    """Write into a folder what ``init`` writes for GitHub and GitLab; ``committed``: the state."""
    for name, text in _files(chain, committed=committed):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def written_in_all_ways(folder: Path) -> None:
    """The same for one environment and for two, protected or not, under different names."""
    for chain in ((PRODUCTION,), CHAIN):
        for protected in (False, True):  # and the state in turn a file, and elsewhere
            for name, text in _files(chain, protected=protected, committed=not protected):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path = path.with_stem(f"{path.stem}-{len(chain)}-{protected}")
                path.write_text(text, encoding="utf-8")
    for jobs in (FLEET, replace(FLEET, environment="live", waves=3, approvals=("spoken",))):
        for name, text in fleet_files(jobs).items():
            path = folder / name
            path = path.with_stem(f"{path.stem}-fleet-{jobs.waves}")
            path.write_text(text, encoding="utf-8")


def fleet_files(jobs: FleetJobs) -> dict[str, str]:
    """What ``reconciler init --fleet`` writes for GitHub and GitLab."""
    hosts = starter_ci.PLACES
    return {n: t for host in hosts for n, t in starter_ci.fleet_files(host, VALUES, jobs).items()}


def _files(
    chain: Sequence[Stage], *, protected: bool = False, committed: bool = False
) -> Iterator[tuple[str, str]]:
    for host in starter_ci.PLACES:
        kinds = {"protected": protected, "committed": committed}
        yield from starter_ci.files(host, VALUES, chain, **kinds).items()


def findings(folder: Path, *chosen: str) -> list[Finding]:
    """What the linters, or the chosen ones, have to say of a repository's CI files."""
    found = []
    for words in _commands(folder):
        if chosen and words[0] not in chosen:
            continue
        env = {**os.environ, "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
        env["ZIZMOR_OFFLINE"] = "true"
        done = subprocess.run(
            [str(_BIN / words[0]), *words[1:]],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            found.append(Finding(words[0], done.stdout + done.stderr))
    return found


def _commands(folder: Path) -> Iterator[list[str]]:
    workflows = _names(folder, ".github/workflows/*.yml")
    acts = _names(folder, ".github/actions/*/action.yml")
    gitlab = _names(folder, ".gitlab/*.yml")
    scripts = _names(folder, ".github/actions/*/*.sh")
    bot = _names(folder, ".github/dependabot.yml")
    hooks = _names(folder, ".pre-commit-hooks.yaml")
    if workflows:
        yield ["actionlint", *workflows]
    if workflows or acts:
        yield ["zizmor", "--quiet", "--persona", "pedantic", *workflows, *acts, *bot]
    for schema, names in (
        ("github-workflows", workflows),
        ("github-actions", acts),
        ("gitlab-ci", gitlab),
        ("dependabot", bot),
    ):
        if names:
            yield ["check-jsonschema", *_SCHEMA, f"vendor.{schema}", *names]
    if scripts:
        yield ["shellcheck", "--external-sources", *scripts]
    if hooks:
        yield ["pre-commit", "validate-manifest", *hooks]


_SCHEMA = ("--data-transform=gitlab-ci", "--builtin-schema")


def _names(folder: Path, pattern: str) -> list[str]:
    return [str(path.relative_to(folder)) for path in sorted(folder.glob(pattern))]


def main() -> int:
    """Print the findings; 1 if there are any."""
    with tempfile.TemporaryDirectory() as name:
        written_in_all_ways(Path(name))
        found = findings(ROOT) + findings(Path(name))
    for one in found:
        sys.stderr.write(f"{one.linter}:\n{one.told}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
