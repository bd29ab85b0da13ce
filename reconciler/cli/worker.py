"""`reconciler worker`: do what Temporal has to do for the pages of a project or a fleet."""

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import progress
from reconciler.cli import signals, standing
from reconciler.cli.over_fleet import limited
from reconciler.cli.world import World
from reconciler.forge import place
from reconciler.render.sanitize import one_line
from reconciler.workflows.context import RunContext

if TYPE_CHECKING:
    from reconciler.config.fleet import Member


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 when a signal stops it; agents in flight are finished first."""
    way = standing.way(world, arguments)
    from reconciler.service import connection, ground, worker  # noqa: PLC0415 - it is an extra

    served = standing.served(world, arguments)
    if arguments.publish and not place.place(world.env, "", arguments.publish).token:
        raise place.without_token(arguments.publish)

    def tell(line: str) -> None:
        world.stderr.write(f"{world.now()} {one_line(line)}\n")
        world.stderr.flush()

    def project(name: str) -> ground.Served | None:
        found = served.project(name)
        if found is None:
            return None
        member, file = found
        folder = file.parent if file else world.cwd
        return ground.Served(context=_context(world, folder, member), file=file)

    world = limited(world, served.fleet) if served.fleet else world
    works_on = ground.Ground(
        project=project,
        tell=tell,
        environments=tuple(arguments.environments),
        parallelism=arguments.parallelism,
        lock_timeout=arguments.lock_timeout,
        on=arguments.publish or "",
    )

    async def working() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def ends(_number: int) -> None:
            loop.call_soon_threadsafe(stop.set)

        with signals.Reacting(ends, once=True):
            client = await connection.connected(way)
            tell(f"serving task queue {way.queue} in namespace {client.namespace}; Ctrl-C stops it")
            await worker.work(client, works_on, way.queue, stop, at_once=arguments.at_once)

    # A log of several pages at once shows no progress.
    with connection.ended(), progress.shown_by(None):
        asyncio.run(working())
    return 0


def _context(world: World, folder: Path, member: "Member | None") -> RunContext:
    """The context of one run in a folder: the same world, without its streams."""
    return RunContext(
        env=world.env,
        cwd=folder,
        now=world.now,
        salt=world.salt,
        cached=world.cached,
        pace=world.pace,
        rates=world.rates,
        member=member,
    )
