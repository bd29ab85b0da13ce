"""`reconciler fleet shards`: the matrix of jobs that reconcile a fleet together."""

import argparse
import json
from typing import Any

from reconciler.cli.over_fleet import chosen
from reconciler.cli.parsing import Arguments
from reconciler.cli.world import World
from reconciler.render import data, terminal
from reconciler.workflows import fleet as workflow
from reconciler.workflows.fleet import Page


def run(world: World, arguments: argparse.Namespace) -> int:
    """Print the shards that have projects; exit 0, also if there are none."""
    fleet = workflow.open_fleet(world, arguments.fleet)
    found = chosen(world, Arguments(**{**vars(arguments), "shard": None}), fleet, "pages")
    shards = workflow.split(found.pages, arguments.count)
    filled = [_shard(n, arguments.count, pages) for n, pages in enumerate(shards, 1) if pages]
    _tell_of_keys(world, arguments, found.pages)
    if arguments.format == "text":
        _show(world, arguments, filled)
    elif arguments.format == "json":
        world.stdout.write(data.text(data.document(shards=filled)))
    else:
        world.stdout.write(json.dumps(_MATRICES[arguments.format](filled)) + "\n")
    return 0


def _tell_of_keys(world: World, arguments: argparse.Namespace, pages: tuple[Page, ...]) -> None:
    """Say why there are fewer shards than asked for, if there are projects enough."""
    keys = len({page.load.together for page in pages})
    if keys < min(arguments.count, len(pages)) and not arguments.quiet:
        world.stderr.write(
            f"{keys} of {arguments.count} shards at most have projects: "
            "projects that use the same API key are in one shard.\n"
        )


def _shard(number: int, count: int, pages: tuple[Page, ...]) -> dict[str, Any]:
    return {
        "shard": f"{number}/{count}",
        "projects": len({page.project for page in pages}),
        "agents": sum(page.agents for page in pages),
        "pages": [page.name for page in pages],
    }


def _github(filled: list[dict[str, Any]]) -> dict[str, Any]:
    """For ``matrix: ${{ fromJSON(…) }}``; a matrix without jobs is one with an empty list."""
    names = ("shard", "projects", "agents")
    return {"include": [{name: one[name] for name in names} for one in filled]}


def _gitlab(filled: list[dict[str, Any]]) -> list[dict[str, str]]:
    """For ``parallel: matrix`` of a child pipeline: variables of each job."""
    return [{"RECONCILER_SHARD": one["shard"]} for one in filled]


_MATRICES: dict[str, Any] = {"github": _github, "gitlab": _gitlab}


def _show(world: World, arguments: argparse.Namespace, filled: list[dict[str, Any]]) -> None:
    out = terminal.console(world.stdout, arguments.color, world.env)
    head = ("shard", "projects", "agents")
    rows = [head, *(tuple(str(one[name]) for name in head) for one in filled)]
    terminal.show_table(out, rows)
