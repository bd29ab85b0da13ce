"""`reconciler init`: show and write the files of a project; existing ones stay as they are."""

import argparse
import io
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reconciler import plain
from reconciler.cli import import_, options, output
from reconciler.cli.wizard import Answers, Interview, again, gather, nearest
from reconciler.cli.world import World
from reconciler.config.project import FILE_NAME, Project, environment, is_sandbox, load_project
from reconciler.errors import ConfigError, ReconcilerError, UsageError
from reconciler.late import pattern
from reconciler.render import starting, terminal
from reconciler.render.starting import Draft, Outlook, State
from reconciler.scaffold import starter, starter_ci
from reconciler.state import files, git
from reconciler.state.files import OWN_FOLDER

GITIGNORE = ".gitignore"

_ID = pattern(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; 1 if the user does not confirm, and then nothing is written."""
    folder = _folder(world, arguments)
    output.warn_of_distrust(world, arguments, nearest(folder))
    if arguments.fleet is not None:
        return _fleet(world, arguments, folder)
    project = _there(world, folder)
    answers, interview = gather(world, arguments, folder, project)
    while True:
        try:
            texts, outlook = _composed(world, arguments, answers, project)
            break
        except ReconcilerError as error:
            if not (interview.asks and answers.imports) or arguments.imports:
                raise
            for line in filter(None, (error.message, error.hint)):
                interview.tell(f"  {line}")
        answers = again(answers, interview, arguments, folder, project)
    return _drafted(world, arguments, folder, texts, interview, starting.next_steps(outlook))


def _fleet(world: World, arguments: argparse.Namespace, folder: Path) -> int:
    """The same for the CI files of a fleet."""
    from reconciler.cli import init_fleet  # noqa: PLC0415 - few projects are a fleet

    interview = Interview(world, asks=world.interactive and not arguments.auto_approve)
    texts, fleets = init_fleet.composed(world, arguments, folder, interview)
    steps = starting.fleet_steps(fleets)
    return _drafted(world, arguments, folder, texts | {GITIGNORE: ""}, interview, steps)


def _drafted(
    world: World,
    arguments: argparse.Namespace,
    folder: Path,
    texts: Mapping[str, str],
    interview: Interview,
    steps: Iterable[str],
) -> int:
    """Show the files, write them if the user agrees, and say what comes next."""
    drafts = [_draft(folder, name, text) for name, text in texts.items()]
    out = terminal.console(world.stdout, arguments.color, world.env)
    terminal.show_table(out, starting.rows(drafts))
    count = sum(draft.writes for draft in drafts)
    if count and not arguments.dry_run:
        if not interview.agreed(starting.question(count)):
            world.stderr.write("Nothing was written.\n")
            return 1
        _write(folder, drafts)
    if not arguments.quiet:
        told = "Nothing was written: this is a dry run." if count else "Nothing is missing."
        done = f"{count} file{'s' * (count != 1)} written." if not arguments.dry_run else told
        lines = [done if count else told, *starting.to_add(drafts)]
        lines += steps if count else ()
        world.stderr.write("".join(f"{line}\n" for line in lines))
    return 0


def _folder(world: World, arguments: argparse.Namespace) -> Path:
    if arguments.config:
        raise UsageError(
            "init makes a project file and reads none: --config is not for it", hint="name a FOLDER"
        )
    folder = world.cwd / (arguments.folder or ".")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{arguments.folder} is no folder")
    return folder


def _there(world: World, folder: Path) -> Project | None:
    """The existing project. Raises ConfigError with its mistakes."""
    path = folder / FILE_NAME
    return load_project(path, world.env, required=True) if path.exists() else None


def _composed(
    world: World, arguments: argparse.Namespace, answers: Answers, project: Project | None
) -> tuple[dict[str, str], Outlook]:
    """Every file of the project, by its path, and what comes next.

    A new project is built in a temporary folder, so that it is read and checked, and live agents
    are imported into it, before anything is written.
    """
    if project:
        if answers.imports:
            raise UsageError(
                "there is a project here already",
                hint="reconciler import takes live agents into it",
            )
        agents = project.agents.relative_to(project.root).as_posix()
        state = project.state.url if project.state else ""
        return _agent(answers, agents) | _around(answers, project, state), _outlook(
            world, arguments, answers, project
        )
    with tempfile.TemporaryDirectory(prefix="reconciler-init-") as temporary:
        place = Path(temporary)
        own = {FILE_NAME: _project(answers)}
        own |= _agent(answers, "agents")
        files.create({place / name: text for name, text in own.items()})
        made = _checked(world, place)
        for name in answers.imports:
            _import(world, arguments, place, name)
        found = {
            path.relative_to(place).as_posix(): path.read_text(encoding="utf-8")
            for path in _files(place)
        }
        outlook = _outlook(world, arguments, answers, made, new=True)
        if answers.hosts:  # last: an import needs a state, and this folder has no remote
            found[FILE_NAME] = _project(answers, _SHARED)
        return found | _around(answers, made, _SHARED), outlook


_SHARED = "git:"
"""Where a new project has its state if CI writes to it: no right on a branch is needed."""


def _project(answers: Answers, state: str = "") -> str:
    return starter.project(
        answers.environment, answers.url, answers.key_name, answers.api, state=state
    )


def _outlook(
    world: World,
    arguments: argparse.Namespace,
    answers: Answers,
    project: Project,
    *,
    new: bool = False,
) -> Outlook:
    """The facts that the next steps depend on."""
    folder = world.cwd / (arguments.folder or ".")
    names = project.environments
    environment = answers.environment if answers.environment in names else names[-1]
    chain = starter_ci.stages(project, environment)
    return Outlook(
        folder=arguments.folder or "",
        in_git=git.top(nearest(folder)) is not None,
        environments=tuple(stage.environment for stage in chain),
        sandbox=_is_sandbox(project),
        secrets=tuple(dict.fromkeys(name for stage in chain for name in stage.secrets)),
        keys=tuple(dict.fromkeys(name for stage in chain for name in stage.key)),
        hosts=answers.hosts,
        protected=answers.protected,
        branch=answers.branch,
        agents=new or bool(answers.template),
        imported=bool(answers.imports),
        guessed=answers.guessed,
        committed=not new and project.state is None,
        migrates=new and bool(answers.hosts and answers.imports),
    )


def _is_sandbox(project: Project) -> bool:
    """Whether commands use the embedded sandbox by default."""
    default = project.entry.environments.get(project.entry.default_environment or "")
    return default is not None and is_sandbox(default.url)


def _files(place: Path) -> list[Path]:
    """The files of a new project: the project file first, then agents, then their prompts."""
    found = [p for p in place.rglob("*") if p.is_file() and OWN_FOLDER not in p.parts]
    return sorted(found, key=lambda path: (path.name != FILE_NAME, path.suffix != ".yaml", path))


def _agent(answers: Answers, agents: str) -> dict[str, str]:
    if not answers.template:
        return {}
    return starter.agent(answers.template, answers.language, answers.key, agents, answers.api)


def _checked(world: World, place: Path) -> Project:
    """The new project, read as any other. Raises UsageError if an answer makes it invalid."""
    try:
        project = load_project(place / FILE_NAME, world.env, required=True)
        for name in project.environments:
            environment(project, name, world.env, offline=True)
    except ConfigError as error:
        first = error.problems[0]
        found = f": {first.found}" if first.found else ""
        raise UsageError(f"{first.message}{found}", hint=first.hint or first.allowed) from error
    return project


def _import(world: World, arguments: argparse.Namespace, place: Path, name: str) -> None:
    """Import live agents into the new project, as `reconciler import` does."""
    option = "--id" if _ID.fullmatch(name) else "--name"
    argv = ["import", option, name, "--env", arguments.env or "production"]
    argv += ["--no-secrets"] if arguments.no_secrets else []
    argv += [f"--{name}" for name in ("verbose", "minimal") if getattr(arguments, name)]
    parsed = options.parse(argv, world.stderr)
    if isinstance(parsed, int):
        raise UsageError(f"--import: `{name}` names no agent")
    told = io.StringIO()
    try:
        import_.run(replace(world, cwd=place, stdout=told), parsed)
    except ConfigError as error:
        first = error.problems[0]
        raise ReconcilerError(f"--import: {first.message}", hint=first.hint) from error
    lines = told.getvalue().splitlines()
    world.stdout.write("".join(f"{line}\n" for line in lines[:-1]))


def _around(answers: Answers, project: Project, state: str) -> dict[str, str]:
    """The files other than agents: schemas, editor settings, ignored files, CI.

    ``state`` is the URL of the project's state, empty for a file.
    """
    values = {"source": answers.source, "ref": answers.ref, "branch": answers.branch}
    agents = project.agents.relative_to(project.root).as_posix()
    found = {**starter.schemas(answers.api), **starter.editor(agents, answers.api), GITIGNORE: ""}
    stages = starter_ci.stages(project, answers.environment) if answers.hosts else []
    for host in answers.hosts:
        made = starter_ci.files(
            host, values, stages, protected=answers.protected, committed=not state
        )
        found |= made
        if host == "gitlab":
            found[starter_ci.GITLAB_ENTRY] = starter_ci.gitlab_entry(made)
    return found


def _draft(folder: Path, name: str, text: str) -> Draft:
    """A file to write, with the existing file at its place."""
    path = folder / name
    if not plain.stays(path, folder):
        raise ReconcilerError(f"{name} leads out of the folder, through a symbolic link")
    there = path.exists() or path.is_symlink()
    before = _text(path) if there and not path.is_symlink() else None
    if name == GITIGNORE:
        text, added = starter.ignoring(before or "")
        if before is not None:
            more = tuple(added)
            state: State = "merged" if more else "same"
            return Draft(name=name, text=text, state=state, before=before, added=more)
    if not there:
        return Draft(name=name, text=text, state="new")
    same = before == text or (name == starter_ci.GITLAB_ENTRY and _includes(before or "", text))
    return Draft(name=name, text=text, state="same" if same else "kept")


def _includes(before: str, wanted: str) -> bool:
    """Whether a ``.gitlab-ci.yml`` includes every file that it should."""
    return all(line.split()[-1] in before for line in wanted.splitlines()[1:])


def _text(path: Path) -> str | None:
    """A file's text; None if there is none that can be read."""
    try:
        return plain.read(path).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


@files.unbroken()
def _write(folder: Path, drafts: Sequence[Draft]) -> None:
    """Write all files or none, the project file last: an interrupted run leaves no half project."""
    new = {folder / draft.name: draft.text for draft in reversed(drafts) if draft.state == "new"}
    merged = {
        folder / draft.name: (draft.before, draft.text)
        for draft in drafts
        if draft.state == "merged"
    }
    files.exchange(merged)
    try:
        files.create(new)
    except (ReconcilerError, OSError):
        files.exchange({path: (after, before) for path, (before, after) in merged.items()})
        raise
