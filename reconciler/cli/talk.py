"""What commands print: plans and results on stdout; warnings, progress, questions on stderr."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from reconciler.cli.world import World
from reconciler.errors import Problem
from reconciler.model import Outcome, Plan
from reconciler.render import data, rows, terminal
from reconciler.run.apply import Hooks


def show_warnings(world: World, arguments: argparse.Namespace, warnings: Sequence[Problem]) -> None:
    """Warnings about the files, unless quiet."""
    if not arguments.quiet:
        terminal.show_problems(terminal.console(world.stderr, arguments.color), warnings)


def write_plan(world: World, arguments: argparse.Namespace, plan: Plan) -> None:
    """A plan in the format asked for."""
    if arguments.format == "json":
        world.stdout.write(data.text(data.plan(plan)))
    else:
        terminal.show_plan(terminal.console(world.stdout, arguments.color), rows.sheet(plan))


def write_results(
    world: World, arguments: argparse.Namespace, plan: Plan, outcomes: Sequence[Outcome]
) -> None:
    """What became of each agent, in the format asked for."""
    if arguments.format == "json":
        world.stdout.write(data.text(data.results(plan.environment, outcomes)))
    elif outcomes:
        found = [rows.result(outcome) for outcome in outcomes]
        out = terminal.console(world.stdout, arguments.color)
        terminal.show_results(out, found, rows.tally(outcomes))


@contextmanager
def progress(
    world: World, arguments: argparse.Namespace, hooks: Hooks, total: int
) -> Iterator[Hooks]:
    """Hooks that also tell how far an apply is: a bar on a terminal, plain lines elsewhere."""
    if arguments.quiet or not total:
        yield hooks
    elif not world.stderr.isatty():
        yield _lines(world, hooks, total)
    else:
        console = terminal.console(world.stderr, arguments.color)
        columns = (TextColumn("Applying"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=total)
            yield replace(hooks, finished=lambda outcome: bar.advance(task))


def _lines(world: World, hooks: Hooks, total: int) -> Hooks:
    done: list[str] = []

    def finished(outcome: Outcome) -> None:
        done.append(outcome.action.key)
        line = f"[{len(done)}/{total}] {outcome.action.key}: {outcome.status.value}\n"
        world.stderr.write(line)

    return replace(hooks, finished=finished)


def asked(world: World, question: str) -> bool:
    """Whether a person answered `yes` in full; the question goes to stderr."""
    world.stderr.write(f"{question} Only `yes` is accepted: ")
    world.stderr.flush()
    return world.stdin.readline().strip() == "yes"
