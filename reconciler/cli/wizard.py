"""The answers that `reconciler init` needs: from options, from the user at a terminal, from git."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from reconciler.cli import installed
from reconciler.cli.world import World
from reconciler.config import agentfile, folders, load
from reconciler.config.generations import Api
from reconciler.config.project import DEFAULT_URL, SANDBOX, Project, address_fault
from reconciler.errors import ReconcilerError, UsageError, listed
from reconciler.late import dataclass, pattern
from reconciler.render import starting
from reconciler.render.sanitize import one_line
from reconciler.scaffold import starter
from reconciler.state import git

Check = Callable[[str], str]
"""The mistake in an answer; empty if there is none."""

_ENV_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_BRANCH = pattern(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_SOURCE = pattern(r"([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)@([0-9a-f]{40}|[0-9a-f]{64})")
_MAIN = "main"
_WHICH = "Live agent: its name, names as a glob such as Clinic*, or an id"
_HOSTS = {"none": (), "github": ("github",), "gitlab": ("gitlab",), "both": ("github", "gitlab")}


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Everything that the files of a project depend on.

    ``template`` is empty if no agent is made from one; ``hosts`` are those with CI files, for which
    ``source``, ``ref``, ``branch`` and ``protected`` are used.
    """

    api: Api = "v2"
    template: str = ""
    language: str = "ar"
    key: str = ""
    imports: tuple[str, ...] = ()
    environment: str = "production"
    url: str = DEFAULT_URL
    key_name: str = "HAMSA_API_KEY"
    hosts: tuple[str, ...] = ()
    source: str = ""
    ref: str = ""
    branch: str = ""
    protected: bool = False
    guessed: bool = False
    """Whether neither the user nor a remote named the branch."""


class Interview:
    """Options first; then, at a terminal, questions; then defaults.

    ``asks``: the user can be asked.
    """

    def __init__(self, world: World, *, asks: bool) -> None:
        self._world = world
        self.asks = asks

    def answer(
        self, option: str, given: str | None, default: str, question: str, check: Check
    ) -> str:
        """The answer to one question. Raises UsageError if an option or default is not valid."""
        if given is None and self.asks:
            return self._asked(question, default, check)
        answer = default if given is None else given
        wrong = check(answer)
        if wrong:
            raise UsageError(f"{option}: {wrong}")
        return answer

    def _asked(self, question: str, default: str, check: Check) -> str:
        shown = f" [{one_line(default)}]" if default else ""
        while True:
            self._world.stderr.write(f"{question}{shown}: ")
            self._world.stderr.flush()
            line = self._world.answer()
            if not line:
                self._world.stderr.write("\n")
                raise ReconcilerError(
                    "the input ended before the last answer", hint="nothing was written"
                )
            answer = line.strip() or default
            wrong = check(answer)
            if not wrong:
                return answer
            self.tell(f"  {wrong}")

    def tell(self, line: str) -> None:
        """Show a line if the user is asked."""
        if self.asks:
            self._world.stderr.write(f"{one_line(line)}\n")

    def agreed(self, question: str) -> bool:
        """Whether the user says yes (Enter means yes); without questions it is yes."""
        if not self.asks:
            return True
        check = _one_of("yes", "no", "y", "n")
        return self._asked(question, "yes", check).startswith("y")


def gather(
    world: World, arguments: argparse.Namespace, folder: Path, project: Project | None
) -> tuple[Answers, Interview]:
    """All answers, and the interview for the last question. ``project`` is the existing one."""
    asks = world.interactive and not arguments.auto_approve
    interview = Interview(world, asks=asks)
    interview.tell(starting.welcome(folder.resolve().name, new=project is None))
    hosts = tuple(host for host in ("github", "gitlab") if getattr(arguments, host))
    only_ci = project is not None and hosts and not arguments.template
    environment = arguments.env if arguments.env not in (None, SANDBOX) else "production"
    found = Answers(environment=environment, api=_api(arguments, project))
    if not only_ci:
        found = _agent(found, interview, arguments, folder, project)
    if not project:
        found = _place(found, interview, arguments)
    hosts = hosts or (_hosts(interview, folder) if asks else ())
    if hosts:
        check_place(folder, project, environment)
        found = ci(replace(found, hosts=hosts), interview, arguments, folder)
    if arguments.protected_plan:
        _check_protected(hosts, project)
        found = replace(found, protected=True)
    return found, interview


def _api(arguments: argparse.Namespace, project: Project | None) -> Api:
    """The generation of the project's agents; an existing project has it already."""
    asked: Api | None = arguments.api
    if project and asked not in (None, project.entry.api):
        hint = "reconciler convert turns v1 files into v2 files; a file may say `api:` itself"
        raise UsageError(f"--api: the project here is for {project.entry.api}", hint=hint)
    return project.entry.api if project else asked or "v2"


def _agent(
    found: Answers,
    interview: Interview,
    arguments: argparse.Namespace,
    folder: Path,
    project: Project | None,
) -> Answers:
    """The first agent: a template with its language and key, or names to import."""
    root = project.agents if project else folder / "agents"
    there, _ = folders.found(root, root.parent, (".yaml", ".yml"))
    ways = (*starter.TEMPLATES, "import")
    template = arguments.template
    if template is None and (arguments.imports or there):
        return replace(found, imports=tuple(arguments.imports))
    usual = "import" if found.imports else ways[0]
    question = f"First agent: {', '.join(starter.TEMPLATES)}, or import"
    template = interview.answer("--template", template, usual, question, _one_of(*ways))
    if template == "import":
        before = "".join(found.imports[:1])
        name = interview.answer("--import", None, before, _WHICH, _needed)
        return replace(found, imports=(name,))
    language = interview.answer(
        "--lang", arguments.lang, "ar", "Its language, ar or en", _one_of("ar", "en")
    )
    taken = _keys(project) if project else {path.stem.lower(): path for path in there}
    check = _key(root, taken)
    key = interview.answer(
        "--agent", arguments.key, template, "Its key, which names its file", check
    )
    imports = tuple(arguments.imports)
    return replace(found, template=template, language=language, key=key, imports=imports)


def again(
    found: Answers,
    interview: Interview,
    arguments: argparse.Namespace,
    folder: Path,
    project: Project | None,
) -> Answers:
    """Ask again about the first agent and its environment, with the given answers as defaults."""
    found = _agent(found, interview, arguments, folder, project)
    return found if project else _place(found, interview, arguments)


def _keys(project: Project) -> dict[str, Path]:
    """The existing agents' keys, and their files."""
    found = {}
    for path in load.paths_of(project):
        name = path.relative_to(project.root).as_posix()
        file, _ = agentfile.read(path, name, project.environments, project.entry.api)
        found[(file.key if file else path.stem).lower()] = path
    return found


def _place(found: Answers, interview: Interview, arguments: argparse.Namespace) -> Answers:
    url = interview.answer("--url", arguments.url, found.url, "Address of the API", _address)
    question = "Environment variable that will hold the API key"
    key_name = interview.answer(
        "--key-name", arguments.key_name, found.key_name, question, _env_name
    )
    return replace(found, url=url.rstrip("/"), key_name=key_name)


def _hosts(interview: Interview, folder: Path) -> tuple[str, ...]:
    remote = git.remote(nearest(folder))
    guess = next((host for host in ("github", "gitlab") if host in remote), "none")
    question = "CI files: github, gitlab, both or none"
    return _HOSTS[interview.answer("--github", None, guess, question, _one_of(*_HOSTS))]


def check_place(folder: Path, project: Project | None, environment: str) -> None:
    """Check that the project is at the top of its repository and has the environment."""
    top = git.top(nearest(folder))
    if top and top != folder.resolve():
        raise UsageError(
            f"CI files belong to the top of the repository, and {folder.name} is inside it",
            hint=f"run reconciler init in {top}, or without --github and --gitlab",
        )
    if project and environment not in project.environments:
        known = listed(project.environments, environment)
        message = f"there is no environment `{environment}` that CI could work with"
        raise UsageError(message, hint=f"name one of these with --env: {known}")


def _check_protected(hosts: tuple[str, ...], project: Project | None) -> None:
    """Check that protected plans have CI files, and environment names free on the forge."""
    if not hosts:
        message = "--protected-plan is about CI files, and none are to be written"
        raise UsageError(message, hint="add --github or --gitlab")
    names = [*project.environments] if project else []
    taken = {name.casefold() for name in names}
    for own in (f"{name}-{end}" for name in names for end in ("plan", "read")):
        if own.casefold() in taken:
            message = f"--protected-plan calls an environment on the forge `{own}`"
            raise UsageError(f"{message}, and one of the project has that name")


def ci(
    found: Answers, interview: Interview, arguments: argparse.Namespace, folder: Path
) -> Answers:
    """Where CI installs the tool from, and the branch that it applies."""
    question = "Where CI installs reconciler from, OWNER/REPO@COMMIT"
    source = interview.answer("--source", arguments.source, installed.source(), question, _source)
    known = git.branch(nearest(folder))
    usual = known or _likely(folder)
    branch = interview.answer(
        "--branch", arguments.branch, usual, "Branch that is applied", _branch
    )
    repository, _, commit = source.partition("@")
    guessed = not (known or arguments.branch or interview.asks)
    return replace(found, source=repository, ref=commit, branch=branch, guessed=guessed)


def _likely(folder: Path) -> str:
    """The branch that is probably applied, if no remote says it: rarely the current one."""
    here, *others = git.branches(nearest(folder)) or [_MAIN]
    if not others:
        return here
    return next((name for name in (_MAIN, "master", "trunk") if name in (here, *others)), _MAIN)


def nearest(folder: Path) -> Path:
    """The folder, or the first existing one above it."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _one_of(*allowed: str) -> Check:
    return lambda text: "" if text in allowed else f"one of these is needed: {', '.join(allowed)}"


def _needed(text: str) -> str:
    return "" if text else "an answer is needed"


def _address(text: str) -> str:
    wrong = address_fault(text.rstrip("/"))
    return f"`url` {wrong.message}: {wrong.hint or wrong.allowed}" if wrong else ""


def _env_name(text: str) -> str:
    wanted = "the name of an environment variable is needed, never the key itself"
    return "" if _ENV_NAME.fullmatch(text) else wanted


def _key(root: Path, taken: dict[str, Path]) -> Check:
    """A key that no other file has; its own file may exist and stays as it is."""

    def check(text: str) -> str:
        if not agentfile.is_key(text):
            return f"`{text}` cannot be a key: letters, digits, `.`, `_`, `-`"
        owner = taken.get(text.lower(), root / f"{text}.yaml")
        other = owner != root / f"{text}.yaml"
        return (
            f"`{text}` is the key of {owner.relative_to(root.parent).as_posix()}" if other else ""
        )

    return check


def _source(text: str) -> str:
    wanted = "OWNER/REPO@COMMIT is needed, the commit in full (40 hexadecimal digits)"
    return "" if _SOURCE.fullmatch(text) else wanted


def _branch(text: str) -> str:
    return "" if _BRANCH.fullmatch(text) else f"`{text}` is no branch that CI files can name"
