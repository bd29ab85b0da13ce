"""`reconciler service`: schedules, checks, rollouts, status and approvals of what a worker does."""

import argparse
import getpass
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reconciler.cli import signals, standing
from reconciler.cli.world import World
from reconciler.errors import RefusedError, UsageError
from reconciler.render import data
from reconciler.render.data import shapes
from reconciler.render.sanitize import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from reconciler.service.control import Control
    from reconciler.service.references import Row

    Asking = Callable[[Control], Coroutine[Any, Any, Any]]

Lines = list[tuple[str, str]]
"""A name and what was done with it, or what it does."""


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 if it was done; 4 if a page is at work, or waits for another answer."""
    verb = arguments.verb.replace("-", "_")
    return _VERBS[verb](world, arguments)


def _asked(world: World, arguments: argparse.Namespace, what: "Asking") -> Any:
    """Run requests to Temporal."""
    way = standing.way(world, arguments)
    from reconciler.service import connection, control, references  # noqa: PLC0415 - an extra

    patience = references.Patience(
        expires=getattr(arguments, "expires", references.Patience.expires),
        reminder=getattr(arguments, "reminder", references.Patience.reminder),
    )

    async def asked() -> Any:
        client = await connection.connected(way)
        with connection.answered():
            return await what(control.Control(client=client, queue=way.queue, patience=patience))

    with connection.ended():
        return signals.run(asked())


def _schedule(world: World, arguments: argparse.Namespace) -> int:
    """Create, update or remove the schedules of pages."""
    every, jitter = timedelta(seconds=arguments.every), timedelta(seconds=arguments.jitter)
    pages = standing.named(world, arguments)

    async def each(control: "Control") -> Lines:
        if arguments.remove:
            return [(page.name, await control.unschedule(page)) for page in pages]
        return [(page.name, await control.schedule(page, every, jitter)) for page in pages]

    _write(world, _asked(world, arguments, each))
    return 0


def _check(world: World, arguments: argparse.Namespace) -> int:
    """Look at pages now; those that are at work already are told, and the others are looked at."""
    pages = standing.named(world, arguments)

    async def each(control: "Control") -> tuple[Lines, list[RefusedError]]:
        started: Lines = []
        refused: list[RefusedError] = []
        for page in pages:
            try:
                await control.check(page)
                started.append((page.name, "started"))
            except RefusedError as error:
                refused.append(error)
        return started, refused

    started, refused = _asked(world, arguments, each)
    if started or not refused:
        _write(world, started)
    if refused:
        raise RefusedError("; ".join(one.message for one in refused), hint=refused[0].hint)
    return 0


def _rollout(world: World, arguments: argparse.Namespace) -> int:
    """Plan all pages of a fleet, for one approval and waves."""
    served = standing.served(world, arguments)
    if served.fleet is None:
        raise UsageError("a rollout is of a fleet", hint="name its file or folder with --fleet")
    entry, name = served.fleet.entry, served.name
    limit = entry.policies.max_changes

    async def start(control: "Control") -> None:
        from reconciler.service.references import Rollout  # noqa: PLC0415 - an extra
        from reconciler.text.amounts import seconds  # noqa: PLC0415

        rollout = Rollout(
            pages=served.names,
            waves=tuple(map(str, entry.waves)),
            pause=seconds(entry.pause),
            most_failures=str(entry.max_failures),
            most_changes="" if limit is None else str(limit),
            patience=control.patience,
        )
        await control.roll_out(name, rollout)

    _asked(world, arguments, start)
    _write(world, [(f"fleet:{name}", "started")])
    return 0


def _status(world: World, arguments: argparse.Namespace) -> int:
    """List what runs, and with ``--all`` what ended."""
    found: Sequence[Row] = _asked(
        world, arguments, lambda control: control.rows(ended=arguments.all)
    )
    if arguments.format == "json":
        world.stdout.write(data.text(data.document(pages=[document(one) for one in found])))
        return 0
    if not found:
        world.stderr.write("No page is at work, and none waits. --all lists those that ended.\n")
    _write(world, [(one.name, _told(one)) for one in found])
    return 0


def _approve(world: World, arguments: argparse.Namespace) -> int:
    """Answer a page or a rollout, about the plan with this digest."""
    from reconciler.service.references import Approval  # noqa: PLC0415 - temporalio is not needed

    groups = tuple(dict.fromkeys(name for names in arguments.approve for name in names))
    approval = Approval(
        digest=arguments.digest,
        who=_who(world, arguments),
        groups=groups,
        overwrite=arguments.overwrite,
    )
    name, yes = arguments.page, arguments.verb == "approve"
    _asked(world, arguments, lambda control: control.answer(name, approval, yes=yes))
    _write(world, [(name, "approved" if yes else "rejected")])
    return 0


def _who(world: World, arguments: argparse.Namespace) -> str:
    """Who answers: the name given, or that of the account."""
    name: str = arguments.who or world.env.get("USER", "")
    if not name:
        with suppress(OSError, KeyError):
            name = getpass.getuser()
    if not name:
        raise UsageError("who approves?", hint="name yourself with --as")
    return one_line(name)[:100]


def _told(row: "Row") -> str:
    """What a workflow does, in a line."""
    status = row.status
    parts = [f"failed while {status.state}" if row.failed else str(status.state)]
    if status.writes and status.digest:
        parts.append(f"{status.digest}, writes {status.writes}")
    if status.drifted:
        parts.append(f"drifted {status.drifted}")
    if status.wave:
        parts.append(f"wave {status.wave} of {status.waves}")
    if status.done or status.failed:
        parts.append(f"done {status.done} of {status.total}, failed {status.failed}")
    if status.exit_code:
        parts.append(f"exit {status.exit_code}")
    if status.who:
        parts.append(f"{'rejected' if status.state == 'rejected' else 'approved'} by {status.who}")
    if status.until:
        parts.append(f"until {_time(status.until)}")
    return "; ".join(parts)


def document(row: "Row") -> shapes.ServicePage:
    """A workflow for machines."""
    status = row.status
    return {
        "name": row.name,
        "state": str(status.state),
        "ended": row.ended,
        "failed": row.failed,
        "digest": status.digest or None,
        "writes": status.writes,
        "drifted": status.drifted,
        "who": status.who or None,
        "until": _time(status.until) if status.until else None,
        "exit_code": status.exit_code,
        "wave": status.wave,
        "waves": status.waves,
        "done": status.done,
        "left": status.failed,
        "total": status.total,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write(world: World, lines: Lines) -> None:
    """Write a line for each name."""
    width = max((len(name) for name, _ in lines), default=0)
    for name, what in lines:
        world.stdout.write(f"{one_line(name):{width}}  {one_line(what)}\n")


_VERBS = {
    "schedule": _schedule,
    "check": _check,
    "rollout": _rollout,
    "status": _status,
    "approve": _approve,
    "reject": _approve,
}
