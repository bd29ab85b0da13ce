"""`reconciler state`: look at the state, replace it, move it, edit its entries, lock it."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

from reconciler import plain
from reconciler.cli.opening import locked, open_project
from reconciler.cli.output import asked, write_table
from reconciler.cli.world import World
from reconciler.config import state as places
from reconciler.config.project import Project
from reconciler.errors import ReconcilerError, UsageError, listed, why
from reconciler.render import states as shown
from reconciler.render.sanitize import one_line
from reconciler.state import backends, statefile
from reconciler.state.backend import Environments, Login, StateBackend
from reconciler.state.state import State, settle
from reconciler.text.wording import count
from reconciler.workflows import session, states
from reconciler.workflows.states import Difference
from reconciler.workflows.this_run import this_run


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 done, 1 if the user did not agree, or for an error."""
    return _VERBS[arguments.verb](world, arguments)


def _list(world: World, arguments: argparse.Namespace) -> int:
    project, name = _place(world, arguments)
    page = State.of(session.backend(world, project), [name]).known(name)
    if page and page.agents:
        write_table(world, arguments, shown.entries(page))
    elif not arguments.quiet:
        world.stderr.write(f"The state has no entries of {name}.\n")
    return 0


def _where(world: World, arguments: argparse.Namespace) -> int:
    """Print where the state is, as a URL, for scripts; no store is asked."""
    url = session.state_settings(world, open_project(world, arguments)).url
    world.stdout.write(f"{url or f'file:{statefile.FILE_NAME}'}\n")
    return 0


def _pull(world: World, arguments: argparse.Namespace) -> int:
    project = open_project(world, arguments)
    found, _ = session.backend(world, project).read()
    if arguments.env:
        name = session.chosen(world, project, arguments.env)
        found = {one: page for one, page in found.items() if one == name}
    world.stdout.write(states.text(found))
    return 0


def _push(world: World, arguments: argparse.Namespace) -> int:
    """Replace the state: show what differs, ask, copy what was there, write."""
    project, new = open_project(world, arguments), _read(world, arguments.file)
    backend = session.backend(world, project)
    if arguments.force:
        backends.mend(backend)
    with _locked(world, arguments, project, new):
        found = states.differences(backend.read()[0], new)
        if not found:
            world.stderr.write(
                f"{backend.name} already equals {arguments.file}. Nothing was written.\n"
            )
            return 0
        if not arguments.force:
            states.refuse_other(found, arguments.file)
        _show(world, arguments, found)
        if not _agreed(world, arguments, f"Replace the state in {backend.name}?"):
            return 1
        copy = states.replaced(backend, new, world.now())
    _kept(world, "Replaced the state", copy)
    return 0


def _migrate(world: World, arguments: argparse.Namespace) -> int:
    """Move the state: show it, ask, write, read back; then the file that it was in goes."""
    project = open_project(world, arguments)
    backend = session.backend(world, project, migrating=True)
    source = _source(world, project, arguments)
    if source.name == backend.name:
        raise UsageError(
            f"the state is in {backend.name} already",
            hint="write `state: { url: … }` into reconciler.yaml, or add --from URL",
        )
    _settle(world, arguments, project, source)
    new, version = source.read()
    if not new:
        raise ReconcilerError(
            f"there is no state in {source.name}",
            hint=f"is it in {backend.name} already (reconciler state list)? "
            "If it is elsewhere, add --from URL",
        )
    with _locked(world, arguments, project, new):
        found = states.differences(backend.read()[0], new)
        states.refuse_used(found, backend.name)
        _show(world, arguments, found)
        if not _agreed(world, arguments, f"Move the state from {source.name} to {backend.name}?"):
            return 1
        copy = source.back_up(sorted(new), world.now())
        states.replaced(backend, new, world.now())
        if not source.is_shared:
            source.write({}, version)
    _kept(world, f"Moved the state to {backend.name}", copy)
    if not source.is_shared:
        world.stderr.write(f"Commit the removal of {source.name}, together with reconciler.yaml.\n")
    return 0


def _settle(
    world: World, arguments: argparse.Namespace, project: Project, source: StateBackend
) -> None:
    """Write what a killed run left into the state that it is of, before that moves."""
    if any(source.ahead.entries()):
        names = sorted(project.environments)
        run_ = this_run(world.env, "state migrate", session.commit(world, project))
        with source.lock(names, run_, arguments.lock_timeout):
            settle(source, names)


def _source(world: World, project: Project, arguments: argparse.Namespace) -> StateBackend:
    url = arguments.source or ""
    if url and not places.is_place(url):
        raise UsageError(
            f"--from {places.shown(url) or 'URL'} is not a place for a state",
            hint=f"allowed: {places.ALLOWED}",
        )
    said = project.state
    login = Login(
        env=world.env,
        username=said.username if said else "",
        password=said.password if said else None,
    )
    return backends.opened(project.root, url, own=project.embedded, migrating=True, login=login)


def _mv(world: World, arguments: argparse.Namespace) -> int:
    def move(state: State, name: str) -> str:
        states.move(state, name, arguments.keys[0], arguments.new)
        return f"Renamed {arguments.keys[0]} to {arguments.new}"

    return _edited(world, arguments, f"Rename the entry of {arguments.keys[0]}", move)


def _rm(world: World, arguments: argparse.Namespace) -> int:
    def forget(state: State, name: str) -> str:
        states.forget(state, name, arguments.keys)
        return f"Removed {listed(arguments.keys)}"

    return _edited(world, arguments, f"Remove {count(len(arguments.keys), 'entry')}", forget)


def _edited(
    world: World, arguments: argparse.Namespace, what: str, edit: Callable[[State, str], str]
) -> int:
    """Edit the entries of an environment after a confirmation."""
    project, name = _place(world, arguments)
    with locked(world, arguments, [name]):
        state = State.of(session.backend(world, project), [name])
        states.known(state, name, arguments.keys)
        if not _agreed(world, arguments, f"{what} in the state of {name}?"):
            return 1
        done = edit(state, name)
    world.stderr.write(f"{done} in the state of {name}. Live agents are unchanged.\n")
    return 0


def _lock(world: World, arguments: argparse.Namespace) -> int:
    project, name = _place(world, arguments)
    what = arguments.reason or "state lock"
    run_ = this_run(world.env, what, session.commit(world, project))
    held = session.backend(world, project).hold(name, run_)
    world.stderr.write(
        f"{name} is locked: {one_line(held.said)}.\n"
        f"To unlock it: reconciler state unlock --env {name}\n"
    )
    return 0


def _unlock(world: World, arguments: argparse.Namespace) -> int:
    project, name = _place(world, arguments)
    backend = session.backend(world, project)
    held = backend.held(name)
    if held is None:
        world.stderr.write(f"{name} is not locked.\n")
        return 0
    over = " It was not renewed in time." if held.is_over else ""
    world.stderr.write(f"{one_line(held.said)}.{over}\n")
    if not _agreed(world, arguments, f"Unlock {name}?"):
        return 1
    backend.unlock(name, held)
    world.stderr.write(f"{name} is unlocked.\n")
    return 0


def _place(world: World, arguments: argparse.Namespace) -> tuple[Project, str]:
    project = open_project(world, arguments)
    return project, session.chosen(world, project, arguments.env)


def _locked(
    world: World, arguments: argparse.Namespace, project: Project, new: Environments
) -> AbstractContextManager[None]:
    """Lock every environment of the project, and those of a new state."""
    return locked(world, arguments, sorted({*project.environments, *new}))


def _read(world: World, name: str) -> Environments:
    """The state in a file, or in stdin for ``-``."""
    try:
        text = world.stdin.read() if name == "-" else plain.read(world.cwd / name).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReconcilerError(f"{name} cannot be read: {why(error)}") from error
    return statefile.parsed(text, name)


def _show(world: World, arguments: argparse.Namespace, found: Sequence[Difference]) -> None:
    rows = [
        row
        for one in found
        for row in shown.difference(one.environment, one.added, one.removed, one.changed)
    ]
    if rows:
        write_table(world, arguments, rows)


def _agreed(world: World, arguments: argparse.Namespace, question: str) -> bool:
    if arguments.auto_approve:
        return True
    if not world.interactive:
        raise UsageError(
            f"state {arguments.verb} needs confirmation, and there is no terminal to ask on",
            hint="look at it, then add --auto-approve",
        )
    agreed = asked(world, question)
    if not agreed:
        world.stderr.write("Nothing was changed.\n")
    return agreed


def _kept(world: World, what: str, copy: str) -> None:
    world.stderr.write(f"{what}. {f'The backup is {copy}' if copy else ''}".rstrip())
    world.stderr.write("\n")


_VERBS: Mapping[str, Callable[[World, argparse.Namespace], int]] = {
    "list": _list,
    "where": _where,
    "pull": _pull,
    "push": _push,
    "migrate": _migrate,
    "mv": _mv,
    "rm": _rm,
    "lock": _lock,
    "unlock": _unlock,
}
