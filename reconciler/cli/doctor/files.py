"""The project's files: whether they are valid, current, and writable."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from reconciler import plain
from reconciler.cli.doctor.context import Context
from reconciler.config import load
from reconciler.config.project import MAKE_ONE, NO_FILE, choose
from reconciler.engine.checkup import Check, fail, ok, skipped, warn
from reconciler.errors import ConfigError, Problem, ReconcilerError, UsageError, listed
from reconciler.kinds import registry
from reconciler.scaffold import starter
from reconciler.state import files, statefile
from reconciler.state.mutex import exclusive
from reconciler.text.wording import count

_MOST = 3


def project(context: Context) -> Iterator[Check]:
    """Whether there is a project with a valid file."""
    if isinstance(context.stop, ConfigError):
        first, others = context.stop.problems[0], len(context.stop.problems) - 1
        place = f"{first.file}:{first.line}" if first.line else first.file
        more = f" and {others} more" if others else ""
        yield fail("project", f"{place} {first.message}{more}", "reconciler validate")
    elif context.stop:
        yield fail("project", context.stop.message, context.stop.hint)
    elif not context.has_file:
        yield (warn if context.names else fail)("project", NO_FILE, MAKE_ONE)
    elif context.project:
        name = context.project.document.name
        known = listed(context.project.environments)
        yield ok("project", f"{name} has the environments {known}{_meant(context)}")


def _meant(context: Context) -> str:
    """The environment that a command uses by default, and the one named here."""
    usual = ""
    if context.project:
        with suppress(UsageError):
            usual = choose(context.project, context.world.env.get("RECONCILER_ENV"))
    told = f"; {usual} is meant without --env" if usual else ""
    other = context.arguments.env and context.chosen != usual
    return f"{told}; {context.chosen} was asked for" if other else told


def agents(context: Context) -> Iterator[Check]:
    """The number of agents, and of mistakes and warnings in their files."""
    if context.project is None:
        yield skipped("agents", "the project cannot be read")
        return
    number = len(load.paths_of(context.project))
    if not number and not context.has_file:
        yield skipped("agents", "there is no project")
        return
    if not number:
        place = context.project.entry.agents
        yield warn("agents", f"no agent file in {place}", "reconciler init, or reconciler import")
        return
    problems = {problem for name in context.names for problem in _problems(context, name)}
    mistakes = sum(not problem.warning for problem in problems)
    warnings = len(problems) - mistakes
    files = count(number, "file")
    if mistakes:
        told = f"{files}, {count(mistakes, 'mistake')}, {count(warnings, 'warning')}"
        yield fail("agents", told, "reconciler validate")
    elif warnings:
        told = f"{files}, no mistake, {count(warnings, 'warning')}"
        yield warn("agents", told, "reconciler validate")
    else:
        yield ok("agents", f"{files}, no mistake, no warning")


def _problems(context: Context, name: str) -> Sequence[Problem]:
    """The problems that `reconciler validate` reports for an environment."""
    environment = context.environment(name)
    if context.project is None or environment is None:
        return ()
    env, today = context.world.env, context.world.now()[:10]
    try:
        _, found = load.agents(context.project, environment, env, today=today, offline=True)
    except ConfigError as error:
        return error.problems
    return found


def schemas(context: Context) -> Iterator[Check]:
    """Whether the schemas for editors are those of this version."""
    if not context.has_file:
        yield skipped("schemas", "there is no project")
        return
    old, absent = [], []
    texts = [starter.schemas(kind.api).items() for kind in context.kinds]
    for name, text in dict(one for found in texts for one in found).items():
        path = context.root / name
        if not path.is_file():
            absent.append(name)
        elif plain.read(path) != text.encode():
            old.append(name)
    if old:
        yield warn("schemas", f"not of this version: {', '.join(old)}", *map(_made, old))
    elif absent:
        own = starter.schemas(context.kinds[0].api).keys() >= {*absent}
        made = ("reconciler init",) if own else tuple(map(_made, absent))
        yield warn("schemas", f"editors have none: {', '.join(absent)}", *made)
    else:
        yield ok("schemas", "those of this version")


def _made(name: str) -> str:
    """The command that regenerates a schema."""
    apis = (kind.api for kind in registry.kinds())
    what = {starter.agent_schema(api): f"agent --api {api}" for api in apis}
    return f"reconciler schema {what.get(name, 'project')} > {name}"


def permissions(context: Context) -> Iterator[Check]:
    """Whether the files of a run are writable, and saved plans are private to their owner."""
    if not context.is_project:
        yield skipped("permissions", "there is no project")
        return
    wrong = [
        found
        for found in (
            _obstacle(context.root, "the project's folder"),
            _obstacle(context.root / files.OWN_FOLDER, f"{files.OWN_FOLDER}/"),
            _obstacle(context.root / statefile.FILE_NAME, statefile.FILE_NAME, is_file=True),
        )
        if found
    ]
    if wrong:
        yield fail("permissions", "; ".join(wrong), "give this user the right to write there")
        return
    open_plans = [path.name for path in sorted(context.root.glob("*.plan.json")) if _is_open(path)]
    if open_plans:
        shown = ", ".join(open_plans[:_MOST])
        yield warn(
            "permissions", f"others may read {shown}, which holds prompts", "chmod 600 *.plan.json"
        )
    else:
        yield ok("permissions", "the folder, .reconciler/ and the state can be written")


def _obstacle(path: Path, name: str, *, is_file: bool = False) -> str:
    """Why something cannot be written; empty if it can, or does not exist yet."""
    if not path.exists():
        return ""
    if path.is_file() != is_file:
        return f"{name} is no {'file' if is_file else 'folder'}"
    return "" if os.access(path, os.W_OK) else f"{name} may not be written"


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def lock(context: Context) -> Iterator[Check]:
    """Whether another run on this machine is writing."""
    if not context.is_project:
        yield skipped("lock", "there is no project")
        return
    if not (context.root / files.OWN_FOLDER / "lock").is_file():
        yield ok("lock", "no run has written here yet")
        return
    try:
        with exclusive(context.root):
            yield ok("lock", "no other run is writing")
    except ReconcilerError as error:
        yield warn("lock", error.message, error.hint)
