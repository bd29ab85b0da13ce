"""What commands print: plans and results on stdout; warnings, progress, questions on stderr."""

import argparse
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from reconciler.cli.command_line import again
from reconciler.cli.reports import Report, keep, write
from reconciler.engine.adoption import Adopted, Decision
from reconciler.engine.blame import Blamed, BlamedLine
from reconciler.engine.drift import Audit
from reconciler.engine.history import Apply
from reconciler.errors import Problem
from reconciler.model import Apart, Guarded, LiveAgent, Outcome, Plan, Refusal, Verb
from reconciler.render import (
    adoptions,
    audits,
    comparison,
    data,
    history,
    imports,
    plans,
    results,
    terminal,
)
from reconciler.render.imports import ImportedAgent
from reconciler.render.sanitize import called, one_line
from reconciler.workflows.apply import Hooks
from reconciler.workflows.context import World


def show_warnings(
    world: World,
    arguments: argparse.Namespace,
    warnings: Sequence[Problem],
    agents: Collection[str] = (),
) -> None:
    """Warnings about the files of these agents and about the project, unless quiet."""
    told = [one for one in warnings if not one.agents or not {*one.agents}.isdisjoint(agents)]
    if not arguments.quiet:
        terminal.show_warnings(terminal.console(world.stderr, arguments.color, world.env), told)


def changed(*plans: Plan) -> frozenset[str]:
    """The keys of the agents that plans change, or would if nothing blocked them."""
    kinds = (Verb.CREATE, Verb.UPDATE, Verb.BLOCKED)
    return frozenset(action.key for plan in plans for action in plan.of(*kinds))


def _back(arguments: argparse.Namespace) -> bool:
    """Whether a plan leads back to what was live before, and not to the files."""
    return bool(arguments.command == "rollback")


def show_plan(world: World, arguments: argparse.Namespace, plan: Plan) -> None:
    """A plan that is about to be carried out: only for people, and kept in no file.

    What refuses it is told right after it, as errors with file and line, and not here too.
    """
    if arguments.format == "text":
        out = terminal.console(world.stdout, arguments.color, world.env)
        sheet = plans.sheet(plan, language=arguments.language, back=_back(arguments))
        terminal.show_sheet(out, sheet)


def write_plan(
    world: World,
    arguments: argparse.Namespace,
    plan: Plan,
    warnings: Sequence[Problem] = (),
    refusals: Sequence[Refusal] = (),
) -> None:
    """A plan, and what refuses it, in the formats asked for."""
    report = Report(
        make_sheet=lambda: plans.sheet(
            plan, warnings, arguments.language, refusals, back=_back(arguments)
        ),
        make_document=lambda: data.plan(plan, warnings, refusals),
        findings=warnings,
    )
    write(world, arguments, report)


def write_plans(
    world: World,
    arguments: argparse.Namespace,
    made: Sequence[Guarded],
    apart: Mapping[str, Sequence[Apart]],
    warnings: Sequence[Problem],
) -> None:
    """Plans for several environments, side by side, in the formats asked for."""
    report = Report(
        make_sheet=lambda: comparison.sheet(made, apart, warnings, arguments.language),
        make_document=lambda: data.plans(made, apart, warnings),
        findings=warnings,
    )
    write(world, arguments, report)


def write_audit(
    world: World, arguments: argparse.Namespace, audit: Audit, warnings: Sequence[Problem]
) -> None:
    """An audit in the formats asked for."""
    report = Report(
        make_sheet=lambda: audits.sheet(audit, warnings, arguments.language),
        make_document=lambda: data.audit(audit, warnings),
        findings=warnings,
    )
    write(world, arguments, report)


def write_history(
    world: World,
    arguments: argparse.Namespace,
    applies: Sequence[Apply],
    authors: history.Authors,
    *,
    whole: bool,
) -> None:
    """Past applies: a line each, or one of them with every field."""
    if arguments.format == "json":
        found = [history.apply_data(apply, authors) for apply in applies]
        world.stdout.write(data.document(applies=found))
        return
    out = terminal.console(world.stdout, arguments.color, world.env)
    terminal.show_table(out, history.applies(applies, authors))
    if whole and any(one.changes for one in applies[0].agents):
        terminal.show_legend(out, history.sides(applies[0]))
    for one in applies[0].agents if whole else ():
        out.print()
        terminal.show_written(out, *history.agent(one))


def write_blame(
    world: World,
    arguments: argparse.Namespace,
    live: LiveAgent,
    found: Sequence[Blamed],
    authors: history.Authors,
) -> None:
    """The fields of an agent, and who brought their values."""
    if arguments.format == "json":
        fields = [history.blamed_data(item, authors) for item in found]
        about = {"key": arguments.agent, "id": live.id, "updated_at": live.updated_at}
        world.stdout.write(data.document(**about, fields=fields))
        return
    out = terminal.console(world.stdout, arguments.color, world.env)
    terminal.show_table(out, history.blamed(found, authors, live.updated_at))


def write_blamed_lines(
    world: World,
    arguments: argparse.Namespace,
    found: Sequence[BlamedLine],
    authors: history.Authors,
) -> None:
    """The lines of a live text, and who brought them."""
    if arguments.format == "json":
        lines = [history.line_data(line, authors) for line in found]
        about = {"key": arguments.agent, "path": arguments.field}
        world.stdout.write(data.document(**about, lines=lines))
        return
    out = terminal.console(world.stdout, arguments.color, world.env)
    terminal.show_table(out, history.lines(found, authors), bar=True)


def write_results(
    world: World,
    arguments: argparse.Namespace,
    plan: Plan,
    outcomes: Sequence[Outcome],
    warnings: Sequence[Problem] = (),
) -> None:
    """What became of each agent, in the formats asked for."""
    report = Report(
        make_sheet=lambda: results.sheet(
            plan, outcomes, warnings, arguments.language, back=_back(arguments)
        ),
        make_document=lambda: data.results(plan.environment, outcomes, warnings),
        findings=warnings,
        rows=False,
    )
    if outcomes or arguments.format != "text":
        write(world, arguments, report)
    else:
        keep(world, arguments, report)


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
        console = terminal.console(world.stderr, arguments.color, world.env)
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


def write_adopted(world: World, arguments: argparse.Namespace, found: Sequence[Adopted]) -> None:
    """What was taken into which file, and what was left and why."""
    if arguments.format == "json":
        world.stdout.write(data.document(edits=[adoptions.data(item) for item in found]))
        return
    out = terminal.console(world.stdout, arguments.color, world.env)
    terminal.show_adopted(out, [adoptions.row_of(item) for item in found])
    out.print(adoptions.summary(found, dry_run=arguments.dry_run))


def write_imported(
    world: World, arguments: argparse.Namespace, found: Sequence[ImportedAgent], *, stand_ins: bool
) -> None:
    """Which agents became which files; what they need is told beside it."""
    if arguments.format == "json":
        world.stdout.write(data.document(agents=[imports.data(agent) for agent in found]))
        return
    out = terminal.console(world.stdout, arguments.color, world.env)
    for agent in found:
        terminal.show_lines(out, imports.lines(agent))
    out.print(imports.summary(found, dry_run=arguments.dry_run))
    if arguments.quiet or arguments.dry_run or not any(agent.files for agent in found):
        return
    world.stderr.write(f"Next: {again(arguments, 'plan')}\n")
    names = imports.secrets(found)
    if names and not stand_ins:
        world.stderr.write(imports.needed(names))


def ask_about(
    world: World, arguments: argparse.Namespace, decision: Decision, *, first: bool
) -> str:
    """Show one live edit on a terminal and ask: ``y``, ``n``, ``a`` (all), ``q`` (quit)."""
    console = terminal.console(world.stderr, arguments.color, world.env)
    if first:
        terminal.show_legend(console, adoptions.SIDES)
    action = decision.action
    head = "  ".join(filter(None, (action.key, called(action.name, action.key))))
    terminal.show_written(console, one_line(head), [adoptions.question(decision)])
    while True:
        world.stderr.write("Take this into the files? yes, no, all, quit: ")
        world.stderr.flush()
        line = world.answer()
        answer = line.strip().lower()[:1]
        if answer in ("y", "n", "a", "q"):
            return answer
        if not line:
            return "q"


def asked(world: World, question: str) -> bool:
    """Whether a person answered `yes` in full; the question goes to stderr."""
    world.stderr.write(f"{question} Only `yes` is accepted: ")
    world.stderr.flush()
    return world.answer().strip() == "yes"
