"""Git: whether it tracks what it should, and nothing that it should not."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from reconciler import plain
from reconciler.cli import installed, output
from reconciler.cli.doctor.context import Context
from reconciler.config.project import UNSENDABLE, is_sandbox
from reconciler.engine.checkup import SHORTEST, Check, absent, fail, ok, skipped, warn
from reconciler.errors import ReconcilerError
from reconciler.late import pattern
from reconciler.scaffold import starter, starter_ci
from reconciler.state import files, git
from reconciler.state.local import LocalFile
from reconciler.text.urls import is_sendable

_MOST = 5
_LARGE = 1_000_000
"""Maximum bytes of a CI file: no forge accepts a larger one."""
_PRIVATE = (f"{files.OWN_FOLDER}/history", "x.plan.json", ".env")
"""An example of each file that git should ignore."""

_KEPT_OUT = (f"{files.OWN_FOLDER}/", "*.plan.json", ".env")

_PIN = pattern(
    r"(?:reconciler\S*@|\bRECONCILER_REF: *|\bTOOL_COMMIT: *)\"?([0-9a-f]{40})\b", re.IGNORECASE
)
"""A commit of the tool, as written in the CI files of `init`."""

_APPLIES = pattern(
    r"command: *apply\b|RECONCILER\}?\"? apply\b|(^|- |run:) *reconciler apply\b|/apply\.ya?ml@",
    re.MULTILINE,
)
"""The marks of a job that applies: the action, a script, or the reusable workflow."""

_JOB = {
    "github": pattern(r"^ {2}(?=\S)", re.MULTILINE),
    "": pattern(r"^(?=\S)", re.MULTILINE),
}
"""Where a job starts: below `jobs:` on GitHub, at the margin on GitLab."""

_SHARED = pattern(r"^env:\n(?: +\S.*\n)+", re.MULTILINE)
"""Variables of all jobs of a GitHub workflow."""

_BUNDLE = pattern(r"\bsecrets: *(?:inherit\b|\$\{\{|\|)|\bRECONCILER_SECRETS: *(?:\$\{\{|\|)")
"""A job that gets secrets in one list, which does not name them."""

_PUSHES = pattern(r"\bcontents: *write\b")
"""The right of a GitHub job to push refs."""

_GIVES_ALL = "variables of GitLab"
"""Added to jobs of GitLab, which get all variables automatically."""

_GUIDE = "docs/ci.md, Several environments"
_GUIDE_SECRETS = "docs/ci.md, Secrets of agents"

_CI = (".github/workflows/*.yml", ".github/workflows/*.yaml", ".gitlab-ci.yml", ".gitlab/*.yml")


def repository(context: Context) -> Iterator[Check]:
    """Whether there is a repository, and its state."""
    distrusted = git.distrusted(context.root)
    if distrusted:
        yield fail("git", output.distrust(distrusted), output.trusting(distrusted))
        return
    if git.top(context.root) is None:
        yield warn("git", "this is no git repository, so that nothing is reviewed", "git init")
        return
    unfinished = git.unfinished(context.root)
    if unfinished:
        yield warn("git", f"a {unfinished} is not finished", "finish it, or give it up, then plan")
    else:
        yield ok("git", "a repository, with nothing unfinished")
    if context.project is None or context.project.state is None:
        yield _state_file(context)
    yield _ignored(context.root)
    yield _keys(context)


def _state_file(context: Context) -> Check:
    """Check that the state is valid, tracked, and committed with the files."""
    root, path = context.root, LocalFile(context.root).path
    name = path.name
    if git.is_ignored(root, name):
        return fail(
            "state",
            f"git ignores {name}: others cannot see what was applied",
            "take the line out of .gitignore",
        )
    if not path.exists():
        return ok("state", "none yet: the first apply writes it")
    try:
        LocalFile(root).read()
    except ReconcilerError as error:
        return fail("state", error.message, error.hint)
    commit = f"git add {name} && git commit"
    if not git.tracked(root, name):
        return warn("state", f"{name} is not in git", commit)
    if git.is_changed(root, name):
        return warn("state", f"{name} has changes that are not committed", commit)
    return ok("state", f"{name} is committed")


def _ignored(root: Path) -> Check:
    """Check that files with prompts or keys are not in git."""
    inside = git.tracked(root, *_KEPT_OUT)
    if inside:
        names = ", ".join(inside[:_MOST])
        more = f" and {len(inside) - _MOST} more" if len(inside) > _MOST else ""
        listed = shlex.join(inside if len(inside) <= _MOST else _KEPT_OUT)
        remedy = f"git rm -r --cached --ignore-unmatch {listed}, then reconciler init"
        return fail("ignored", f"git keeps {names}{more}", remedy)
    seen = [
        line
        for line, name in zip(starter.IGNORED, _PRIVATE, strict=True)
        if not git.is_ignored(root, name)
    ]
    if seen:
        return warn(
            "ignored", f"git does not ignore {', '.join(seen)}", "reconciler init adds the lines"
        )
    return ok("ignored", f"git ignores {', '.join(starter.IGNORED)}")


def _keys(context: Context) -> Check:
    """Whether a tracked file contains the value of a key. Only the file is shown."""
    keys = [key for name in context.names if (key := context.key(name))]
    set_ = {key.name: key.value for key in keys if key.value}
    right = {name: value for name, value in set_.items() if is_sendable(value)}
    long = {name: value for name, value in right.items() if len(value) >= SHORTEST}
    if not long:
        short = f"the key has fewer than {SHORTEST} characters"
        odd = f"{', '.join(set_)} {UNSENDABLE}"
        return skipped("secrets", short if right else odd if set_ else "no key is set")
    found = git.holding(context.root, list(long.values()))
    if found:
        names = ", ".join(found[:_MOST])
        return fail(
            "secrets",
            f"a key is in {names}",
            "make a new key in the dashboard and revoke this one; then take it out of the file",
        )
    return ok("secrets", f"the value of {', '.join(long)} is in no file that git keeps")


def _text(path: Path) -> str:
    """A CI file's text; empty if it is not a plain file."""
    try:
        return plain.read(path, _LARGE).decode(errors="replace")
    except OSError:
        return ""


def ci(context: Context) -> Iterator[Check]:
    """Whether CI runs the tool, which commit of it, and whether its jobs satisfy the policies."""
    texts = _ci_files(context.root)
    if not any("reconciler" in text for text in texts.values()):
        above = _ci_files(git.top(context.root) or context.root).values()
        if any("reconciler" in text for text in above):  # of a fleet, or of several projects
            yield _pinned(above)
            return
        yield absent("ci", "no CI file runs reconciler", "reconciler init --github, or --gitlab")
        return
    jobs = [job for path, text in texts.items() for job in _jobs(path, text)]
    yield from list(_unmet(context, jobs)) or [_pinned(texts.values())]
    yield from _listed(context, jobs)


def _ci_files(folder: Path) -> dict[Path, str]:
    """The CI files of a folder, and their texts."""
    paths = [path for pattern in _CI for path in sorted(folder.glob(pattern))]
    return {path: _text(path) for path in paths}


def _listed(context: Context, jobs: Sequence[str]) -> Iterator[Check]:
    """What the one list of secrets of the applying jobs must hold, for each environment."""
    places = context.project.entry.environments if context.project else ()
    for name in places:
        mine = [job for job in jobs if _names(job, name) and _GIVES_ALL not in job]
        own = starter_ci.keys(context.project, name) if context.project else []
        every = starter_ci.secrets(context.project, name) if context.project else []
        wanted = [one for one in every if one not in own]
        if wanted and any(_BUNDLE.search(job) for job in mine):
            said = (
                f"the job that applies to {name} needs in RECONCILER_SECRETS: {', '.join(wanted)}"
            )
            yield ok("ci", said, "a NAME=value on each line; reconciler cannot look into it")


def _pinned(texts: Iterable[str]) -> Check:
    pins = sorted({found for text in texts for found in _PIN.findall(text)})
    ours = installed.source().rpartition("@")[2]
    told = ", ".join(pin[:12] for pin in pins) or "no commit"
    if pins and ours and pins != [ours]:
        return ok(
            "ci", f"CI runs {told}, and this is {ours[:12]}", "move the pin when you are ready"
        )
    return ok("ci", f"CI runs {told} of reconciler")


def _jobs(path: Path, text: str) -> list[str]:
    """The jobs of a CI file that apply, as text without comments."""
    plain = re.sub(r"(^|\s)#.*", "", text)
    host = "github" if ".github" in path.parts else ""
    shared = "".join(_SHARED.findall(plain)) if host else _GIVES_ALL
    return [f"{job}\n{shared}" for job in _JOB[host].split(plain) if _APPLIES.search(job)]


def _unmet(context: Context, jobs: Sequence[str]) -> Iterator[Check]:
    """Policies of the project that the applying jobs cannot satisfy."""
    places = context.project.entry.environments if context.project else {}
    applied = {name: [job for job in jobs if _names(job, name)] for name in places}
    for name, entry in places.items():
        source = entry.promote_from
        if not applied[name]:
            continue
        if source and not applied[source] and not is_sandbox(places[source].url):
            said = f"{name} takes only what {source} had first, and no job applies to {source}"
            yield warn("ci", said, _GUIDE)
        if entry.policies.approvals and not any("--approve" in job for job in applied[name]):
            wanted = ", ".join(entry.policies.approvals)
            said = f"{name} needs approvals ({wanted}), and no job applies to it with --approve"
            yield warn("ci", said, _GUIDE)
        yield from _unable(context, name, applied[name])
        lacking = _unhanded(context, name, applied[name])
        if lacking:
            said = f"the job that applies to {name} is not given {', '.join(lacking)}"
            yield warn("ci", said, f"{_GUIDE_SECRETS}; or reconciler init writes new files")


def _unable(context: Context, name: str, jobs: Sequence[str]) -> Iterator[Check]:
    """Jobs of GitHub that may not push a state which is in a ref."""
    state = context.project.state if context.project else None
    mine = [job for job in jobs if _GIVES_ALL not in job]
    if state and state.url.startswith("git:") and mine and not any(map(_PUSHES.search, mine)):
        said = f"the job that applies to {name} may not push the state, which is in a ref"
        yield warn("ci", said, "permissions: { contents: write } in that job")


def _unhanded(context: Context, name: str, jobs: Sequence[str]) -> list[str]:
    """The secrets that an apply to an environment may need, and that none of its jobs gets.

    Empty if a job gets all secrets, or a bundle whose names are elsewhere.
    """
    if context.project is None or any(_BUNDLE.search(job) or _GIVES_ALL in job for job in jobs):
        return []
    wanted = starter_ci.secrets(context.project, name)
    return [one for one in wanted if not any(re.search(rf"\b{one}\b *[:=]", j) for j in jobs)]


def _names(job: str, environment: str) -> bool:
    """Whether a job contains the environment's name, as a word."""
    return re.search(rf"(?<![\w.]){re.escape(environment)}(?![\w.])", job) is not None
