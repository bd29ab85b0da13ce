"""`reconciler apply`: carry out a plan, read back, prove, remember.

Without a plan file a fresh plan is made, shown and asked about; a saved plan was reviewed when
it was made, and is applied exactly and without a question.
"""

import argparse
import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.api import digest, wire
from reconciler.api.fields import Table
from reconciler.cli.session import Session, open_project, open_session
from reconciler.cli.talk import asked, progress, show_warnings, write_plan, write_results
from reconciler.cli.world import World
from reconciler.config import load
from reconciler.engine import guard
from reconciler.engine.diff import holds_secret
from reconciler.errors import RefusedError, UsageError
from reconciler.model import Action, LastAgent, Outcome, Plan, is_agent_id
from reconciler.run.apply import Applier, Hooks, exit_code
from reconciler.store import planfile
from reconciler.store.lock import exclusive


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 done, 1 nothing done, 3 in part, 4 refused, 5 over a limit, 130 interrupted."""
    with exclusive(open_project(world, arguments).root):
        session = _session(world, arguments)
        plan = _saved_plan(session) if arguments.planfile else _fresh_plan(session)
        limit = arguments.max_changes
        if not arguments.force:
            guard.check(plan, session.environment.max_changes if limit is None else limit)
        if plan.writes and not _approved(session, plan):
            world.stderr.write("Nothing was applied.\n")
            return 1
        return asyncio.run(_apply(session, plan))


def _session(world: World, arguments: argparse.Namespace) -> Session:
    """The session; for a saved plan, in the environment that it was made for."""
    if not arguments.planfile:
        return open_session(world, arguments)
    if arguments.target or arguments.exclude:
        raise UsageError("a saved plan is applied whole: --target and --exclude go with `plan`")
    made_for = planfile.load(world.cwd / arguments.planfile, lambda _name: None).environment
    if arguments.env not in (None, made_for):
        raise UsageError(f"{arguments.planfile} was made for {made_for}, not for {arguments.env}")
    return open_session(world, arguments, made_for)


def _fresh_plan(session: Session) -> Plan:
    plan, warnings = asyncio.run(session.plan())
    show_warnings(session.world, session.arguments, warnings)
    if session.arguments.format == "text":
        write_plan(session.world, session.arguments, plan)
    return plan


def _saved_plan(session: Session) -> Plan:
    """The plan of the file, if this is still the place and the ledger that it was made for."""
    name = session.arguments.planfile
    unset: list[str] = []

    def secret(wanted: str) -> str | None:
        value = load.secret(session.environment, session.world.env, wanted)
        if value is None:
            unset.append(wanted)
        return value

    plan = planfile.load(session.world.cwd / name, secret)
    if plan.url != session.environment.url:
        message = f"{name} was made for {plan.url}, and {plan.environment} is now elsewhere"
        raise RefusedError(message, hint="plan again")
    page = session.ledger.environments.get(plan.environment)
    if page and page.salt != plan.salt:
        raise RefusedError(f"the ledger was replaced since {name} was made", hint="plan again")
    forged = [action.key for action in plan.writes if not _is_planned(session.table, action)]
    if forged:
        message = f"{name} holds requests that no plan makes: {', '.join(forged)}"
        raise RefusedError(message, hint="plan again")
    if unset:
        names = ", ".join(sorted(set(unset)))
        raise UsageError(f"{name} needs secrets that are not set: {names}", hint="export them")
    return plan


def _is_planned(table: Table, action: Action) -> bool:
    """Whether a saved request goes to its own agent, with secrets in secret fields alone."""
    request = action.request
    if not request:
        return False
    places = {("POST", table.route)}
    if action.id:
        places = {("PATCH", f"{table.route}/{action.id}")} if is_agent_id(action.id) else set()
    known = {path.partition(".")[0] for path in table.fields}
    leaves = ((path, wire.lookup(request.body, path)) for path in table.fields)
    return (
        (request.method, request.path) in places
        and known >= request.body.keys()
        and all(digest.is_keyed(action.digests.get(path)) for path, v in leaves if holds_secret(v))
    )


def _approved(session: Session, plan: Plan) -> bool:
    world, arguments = session.world, session.arguments
    if arguments.auto_approve or arguments.planfile:
        return True
    if not world.interactive:
        raise UsageError(
            "apply asks before it writes, and here is nobody to ask",
            hint="review the plan, then: reconciler apply --auto-approve, or apply a saved plan",
        )
    count = len(plan.writes)
    return asked(world, f"Write {count} agent{'s' * (count != 1)} of {plan.environment}?")


async def _apply(session: Session, plan: Plan) -> int:
    world, arguments = session.world, session.arguments
    stop = asyncio.Event()
    page = session.ledger.last(plan.environment, plan.salt)
    hooks = Hooks(
        record=lambda outcome: _record(session, plan, outcome),
        known=lambda key: digest.mark(page.agents.get(key)),
    )
    async with session.writer() as writer:
        total = len(plan.pending)
        with progress(world, arguments, hooks, total) as told, _interruptible(world, stop):
            outcomes = await Applier(
                plan=plan,
                writer=writer,
                table=session.table,
                hooks=told,
                stop=stop,
                overwrite=arguments.overwrite,
                parallelism=arguments.parallelism,
            ).run()
    write_results(world, arguments, plan, outcomes)
    return exit_code(outcomes, interrupted=stop.is_set())


def _record(session: Session, plan: Plan, outcome: Outcome) -> None:
    """Remember one agent; a field that was stored otherwise is not remembered as applied."""
    otherwise = {item.path for item in outcome.differences if item.sent}
    digests = {p: d for p, d in outcome.action.digests.items() if p not in otherwise}
    before = session.ledger.last(plan.environment, plan.salt).agents.get(outcome.action.key)
    # Where a secret may still be live, that a secret was there stays known.
    kept = before.digests if before else {}
    digests |= {p: d for p, d in kept.items() if p in otherwise and digest.is_keyed(d)}
    agent = LastAgent(
        id=outcome.id or "",
        digests=digests,
        applied_at=session.world.now(),
        commit=_commit(session.project.root, session.world),
    )
    session.ledger.record(plan.environment, plan.salt, outcome.action.key, agent)


def _commit(root: Path, world: World) -> str:
    """The commit that the files are at, empty outside a git checkout."""
    if world.env.get("GITHUB_SHA"):
        return world.env["GITHUB_SHA"]
    try:
        command = ["git", "-C", os.fspath(root), "rev-parse", "HEAD"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


@contextmanager
def _interruptible(world: World, stop: asyncio.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM let agents in flight finish; a second one stops at once."""
    loop = asyncio.get_running_loop()
    signals: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)

    def interrupted() -> None:
        stop.set()
        world.stderr.write("\nFinishing what is in flight; once more stops at once.\n")
        for one in signals:
            loop.remove_signal_handler(one)

    try:
        for one in signals:
            loop.add_signal_handler(one, interrupted)
    except (ValueError, RuntimeError):  # not the main thread
        signals = ()
    try:
        yield
    finally:
        for one in signals:
            loop.remove_signal_handler(one)
