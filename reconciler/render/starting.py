"""The output of `init`: each file with a note, and what to do next. Pure."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Literal

from reconciler.errors import MOST, listed
from reconciler.late import dataclass
from reconciler.render.sanitize import one_line
from reconciler.text.wording import count

_WORDS = (
    ("reconciler.yaml", "a sandbox, and your own agents"),
    ("reconciler.state.json", "the state: ids and digests of live agents"),
    ("schemas/agent", "checks agent files in editors"),
    ("schemas/project", "checks the project file in editors"),
    (".vscode/settings", "which file goes by which schema"),
    (".vscode/extensions", "the YAML extension, recommended"),
    (".gitignore", "what git must not keep"),
    (".github/", "CI on GitHub"),
    (".gitlab", "CI on GitLab"),
)


State = Literal["new", "same", "kept", "merged"]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A file of a project: its whole text, and the existing file at its place.

    ``new`` does not exist, ``same`` exists with this text, ``kept`` with another one, and
    ``merged`` gets the lines of ``added``. ``before`` is the text of a merged file.
    """

    name: str
    text: str
    state: State
    before: str = ""
    added: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether the file is to be written."""
        return self.state in ("new", "merged")


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What the next steps depend on. ``folder`` is empty if it is the current one.

    ``environments`` are those that CI applies to, one after the other. ``agents``: there are new
    agents, which a plan on the sandbox would show.
    """

    folder: str
    in_git: bool
    environments: tuple[str, ...]
    sandbox: bool
    secrets: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """The secrets that reading needs."""
    hosts: tuple[str, ...] = ()
    protected: bool = False
    branch: str = ""
    agents: bool = True
    imported: bool = False
    guessed: bool = False
    """Whether the branch to apply is only a guess."""
    committed: bool = False
    """Whether CI commits the state to the branch."""
    migrates: bool = False
    """Whether the state of imported agents has to move to where the project file says."""


def rows(drafts: Sequence[Draft]) -> list[tuple[str, str]]:
    """A line for each file: its sign and path, and a note."""
    signs = {"new": "+", "merged": "~", "same": "=", "kept": "="}
    keys = [name.stem for draft in drafts if (name := PurePosixPath(draft.name)).suffix == ".yaml"]
    return [
        (f"{signs[draft.state]} {one_line(draft.name)}", _word(draft, keys)) for draft in drafts
    ]


def _word(draft: Draft, keys: Sequence[str]) -> str:
    match draft.state:
        case "same":
            return "is there already"
        case "kept":
            return "is there, and stays as it is"
        case "merged":
            return f"{count(len(draft.added), 'line')} added: {', '.join(draft.added)}"
    if draft.name.endswith(".md"):
        return f"its {_text(PurePosixPath(draft.name).stem, keys)}"
    known = (word for start, word in _WORDS if draft.name.startswith(start))
    return next(known, "an agent")


def _text(stem: str, keys: Sequence[str]) -> str:
    """The text in a file: ``KEY.md`` is an agent's prompt, ``KEY.outcome.md`` its outcome."""
    owners = [key for key in keys if stem.startswith(f"{key}.")]
    if stem in keys or not owners:
        return "prompt"
    return one_line(stem[len(max(owners, key=len)) + 1 :])


def welcome(name: str, *, new: bool) -> str:
    """The line before the first question."""
    what = f"A new project in {one_line(name)}/." if new else f"The project in {one_line(name)}/."
    return f"{what} Enter takes the answer in [ ]; nothing is written before you say so."


def question(count: int) -> str:
    """The question before anything is written."""
    return "Write this file?" if count == 1 else f"Write these {count} files?"


def to_add(drafts: Sequence[Draft]) -> Iterator[str]:
    """The lines that the user has to add by hand to files that are not changed."""
    for draft in drafts:
        if draft.state != "kept":
            continue
        if draft.name.startswith("schemas/"):
            what = "agent" if "agent" in draft.name else "project"
            what += " --api v2" if "v2" in draft.name else ""
            yield f"{draft.name} is not of this version: reconciler schema {what} > {draft.name}"
        elif draft.name in (".vscode/settings.json", ".gitlab-ci.yml", ".gitignore"):
            yield f"Add to {draft.name}, which stays as it is:"
            lines = draft.added or draft.text.splitlines()
            yield from (f"  {line}" for line in lines)


def next_steps(outlook: Outlook) -> Iterator[str]:
    """The steps from new files to a first plan, then to CI."""
    yield "Next"
    if outlook.folder:
        yield f"  cd {one_line(outlook.folder)}"
    if not outlook.in_git:
        yield "  git init"
    if outlook.sandbox and outlook.agents and not outlook.imported:
        yield "  reconciler plan                    on the sandbox: needs no account"
        yield "  reconciler apply"
    yield "  git add . && git commit"
    if outlook.migrates:
        yield "  reconciler state migrate           to a ref of the remote, which it needs"
    for name in outlook.secrets[:MOST]:
        yield f"  export {name}=..."
    if len(outlook.secrets) > MOST:
        yield f"  and {len(outlook.secrets) - MOST} more, which the project file names"
    yield f"  reconciler plan -e {outlook.environments[0]}"
    for host in outlook.hosts:
        yield from _ci(host, outlook)
    if outlook.hosts and outlook.guessed:
        yield f"CI applies the branch {outlook.branch}, for no git remote says which one it is."
        yield "  If it is another, name it with --branch before the CI files are written."


@dataclass(frozen=True, kw_only=True)
class Fleets:
    """What the next steps of a fleet's CI depend on.

    ``gate`` is the environment on the forge that protects an apply, ``keys`` are the names of the
    projects' API keys, ``in_files`` the projects whose state is a file.
    """

    file: str
    hosts: tuple[str, ...]
    gate: str
    branch: str
    keys: tuple[str, ...] = ()
    in_files: tuple[str, ...] = ()


def fleet_steps(fleets: Fleets) -> Iterator[str]:
    """The steps from CI files of a fleet to its first plan."""
    yield "Next"
    if fleets.in_files:
        names = listed(one_line(name) for name in fleets.in_files[:MOST])
        yield f"  add to {fleets.file}, for the state of {names}, which jobs cannot share in files:"
        yield '    state: { url: "git:" }'
        yield "  reconciler state migrate --fleet   where there is a state file already"
    yield "  git add . && git commit"
    for host in fleets.hosts:
        if host == "github":
            yield "On GitHub, in the settings of the repository"
            yield "  Secret RECONCILER_KEY, with lines NAME=value: the API keys of the projects,"
            yield f"    {listed(fleets.keys)}"
            yield f"  Environment {fleets.gate}, with required reviewers, for {fleets.branch} alone"
            yield "    with the secret RECONCILER_SECRETS, lines NAME=value, if agents need some"
        else:
            yield "On GitLab, in the settings of the project"
            yield "  CI/CD > Variables, masked: each secret of the projects, by its name"
            yield "  CI/CD > Variables, masked: GITLAB_TOKEN, a project access token with the scope"
            yield "    api and the role Developer, for notes and the state's refs"
            yield f"  CI/CD > Protected environments: {fleets.gate}, where your plan has them"


def _ci(host: str, outlook: Outlook) -> Iterator[str]:
    secrets, names, branch = listed(outlook.secrets), listed(outlook.environments), outlook.branch
    keys = listed(outlook.keys)
    own = listed(tuple(name for name in outlook.secrets if name not in outlook.keys))
    read = listed(tuple(f"{name}_READ" for name in outlook.keys))
    plans = listed(tuple(f"{name}-plan" for name in outlook.environments))
    if host == "github":
        yield "On GitHub, in the settings of the repository"
        if outlook.protected:
            reading = listed(tuple(f"{name}-read" for name in outlook.environments))
            yield f"  Environments: {plans}, with required reviewers, with the secret {read}"
            yield f"  Environments: {reading}, for branch {branch} alone, with the same secret"
            yield f"  Environments: {names}, with the secrets {keys}; none in the repository"
        else:
            yield f"  Secrets and variables > Actions > New repository secret: {keys}"
        if own:
            yield f"  In the environments also RECONCILER_SECRETS, with lines NAME=value: {own}"
        yield f"  Environments: {names}, with required reviewers, for branch {branch} alone"
        yield "    without required reviewers in the environment, a merge goes live at once"
        yield f"  Branches: protect {branch}, so that people change it by pull request alone"
        if outlook.committed:
            yield f"  Secret RECONCILER_PUSH_TOKEN: of a bot that may push the state to {branch}"
    else:
        yield "On GitLab, in the settings of the project"
        also = " and protected" if outlook.protected else ""
        yield f"  CI/CD > Variables, masked{also}: {secrets}"
        if outlook.protected:
            yield f"  CI/CD > Variables, masked, environment scope *-plan: {read}"
            yield f"  CI/CD > Protected environments: {plans}"
        variables = "  CI/CD > Variables, masked"
        yield f"{variables}: GITLAB_TOKEN, a project access token that writes notes"
        if outlook.committed:
            yield f"{variables} and protected: RECONCILER_PUSH_TOKEN, one that may push"
        else:
            yield "    with the scope api and the role Developer: it also pushes the state's ref"
        yield f"  Repository > Protected branches: {branch}"
        yield f"  CI/CD > Protected environments: {names}, where your plan has them"
        yield "    without them, whoever may merge may start the apply job, which waits for that"
