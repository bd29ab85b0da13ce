"""The output of commands: results on stdout; warnings, progress, questions on stderr."""

import argparse
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.cli import command_line
from reconciler.cli.command_line import again
from reconciler.cli.world import World
from reconciler.errors import Problem, UsageError
from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.model import (
    Apart,
    Blocked,
    Outcome,
    Plan,
    Planned,
)
from reconciler.render import terminal
from reconciler.render.sanitize import called, one_line
from reconciler.state import git

if TYPE_CHECKING:
    from rich.console import Console

    from reconciler.engine.checkup import Check
    from reconciler.engine.drift import Audit
    from reconciler.engine.history import Apply
    from reconciler.engine.pull import Decision, Pulled
    from reconciler.render.conversions import ConvertedAgent
    from reconciler.render.history import Authors
    from reconciler.render.imports import ImportedAgent
    from reconciler.render.view import Sheet
    from reconciler.workflows.blame import Blame
    from reconciler.workflows.flow import LiveFlow


@dataclass(frozen=True, kw_only=True)
class Report:
    """A result: a sheet for people, a document for machines, and the findings in the files.

    Sheet and document are made once, when a format needs them. ``make_lines`` makes a sheet for
    text without the fields of each agent. A result without reports may have no sheet; ``show`` then
    prints it on a terminal's console, and ``make_markdown`` may make its Markdown. ``folder`` and
    ``commit`` are said by a result that was made elsewhere; else they are those of this checkout.
    """

    make_document: Callable[[], Json]
    make_sheet: "Callable[[], Sheet] | None" = None
    findings: Sequence[Problem] = ()
    make_lines: "Callable[[], Sheet] | None" = None
    show: Callable[[Any], object] | None = None
    make_markdown: Callable[[], str] | None = None
    folder: str | None = None
    commit: str | None = None

    @cached_property
    def sheet(self) -> "Sheet":
        """The result for people."""
        if self.make_sheet is None:
            *first, last = self.formats
            formats = f"{', '.join(first)} and {last}"
            raise UsageError(f"this result has no sheet: {formats} are its formats")
        return self.make_sheet()

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats of a result without a sheet."""
        return ("text", "json", "markdown") if self.make_markdown else ("text", "json")

    @cached_property
    def lines(self) -> "Sheet":
        """The result as text shows it."""
        return self.make_lines() if self.make_lines else self.sheet

    @property
    def rows(self) -> bool:
        """Whether text shows the fields of each agent."""
        return self.make_lines is None

    @cached_property
    def document(self) -> Json:
        """The result for machines."""
        return self.make_document()


def documents() -> ModuleType:
    """The module that makes documents for machines, which most runs do not need."""
    from reconciler.render import data  # noqa: PLC0415
    from reconciler.render.data import past  # noqa: F401, PLC0415 - so that it is there

    return data


def write(world: World, arguments: argparse.Namespace, report: Report) -> None:
    """Write the result to stdout in ``--format``, and to the files of ``--report``."""
    if world.output.collected is not None:
        world.output.collected.append(report)
        return
    if arguments.format == "text":
        out = terminal.console(world.stdout, arguments.color, world.env)
        if report.show:
            report.show(out)
        else:
            terminal.show_sheet(out, report.lines, rows=report.rows)
    else:
        from reconciler.cli import reports  # noqa: PLC0415 - few runs need another format

        world.stdout.write(reports.written(world, arguments, arguments.format, report))
    world.output.shown = True  # from here on there is a result, even if the run is interrupted
    keep(world, arguments, report)


def keep(world: World, arguments: argparse.Namespace, report: Report) -> None:
    """Write the result only to the files of ``--report``.

    All that can be written are, then the others raise. Done once, so that a later error does not
    replace a result.
    """
    asked = () if world.output.kept else getattr(arguments, "report", ())
    world.output.kept = True
    if asked:
        from reconciler.cli import reports  # noqa: PLC0415 - few runs keep any

        reports.keep(world, arguments, report, asked)


def show_warnings(
    world: World,
    arguments: argparse.Namespace,
    warnings: Sequence[Problem],
    agents: Collection[str] = (),
) -> None:
    """Show warnings about the files of these agents and about the project, unless quiet."""
    told = [one for one in warnings if not one.agents or not {*one.agents}.isdisjoint(agents)]
    if not arguments.quiet:
        terminal.show_warnings(terminal.console(world.stderr, arguments.color, world.env), told)


def changed(*plans: Plan) -> frozenset[str]:
    """The keys of the agents that plans change, or would if nothing blocked them."""
    return frozenset(action.key for plan in plans for action in (*plan.writes, *plan.of(Blocked)))


def _back(arguments: argparse.Namespace) -> bool:
    """Whether a plan is a rollback, not towards the files."""
    return bool(arguments.command == "rollback")


def _whole(world: World) -> bool:
    """Whether a sheet becomes a part of a fleet's, which tells once what all agents share."""
    return world.output.collected is not None


def show_plan(world: World, arguments: argparse.Namespace, planned: Planned) -> None:
    """Show a plan that is about to be executed: only for people, not in reports.

    Its violations are reported right after it, as errors with file and line.
    """
    from reconciler.render import plans  # noqa: PLC0415 - each command loads its own

    if arguments.format == "text":
        out = terminal.console(world.stdout, arguments.color, world.env)
        bare = Planned(plan=planned.plan, promotion=planned.promotion)
        sheet = plans.sheet(bare, arguments.language, back=_back(arguments), signed=False)
        terminal.show_sheet(out, sheet)


def write_plan(world: World, arguments: argparse.Namespace, planned: Planned) -> None:
    """Write a plan and its violations, in the requested formats."""
    from reconciler.render import plans  # noqa: PLC0415 - each command loads its own

    whole = _whole(world)
    signed = whole or arguments.format != "text" or bool(getattr(arguments, "report", ()))
    report = Report(
        make_sheet=lambda: plans.sheet(
            planned, arguments.language, back=_back(arguments), whole=whole, signed=signed
        ),
        make_document=lambda: documents().plan(planned),
        findings=planned.findings,
    )
    write(world, arguments, report)


def save_plan(world: World, arguments: argparse.Namespace, planned: Planned) -> None:
    """Save a plan to the file of --out, and say how to apply it unless apply would refuse it."""
    from reconciler.render.data.saved import Saved  # noqa: PLC0415 - each command loads its own
    from reconciler.workflows import policy, saved_plan  # noqa: PLC0415 - each command loads its own

    words = command_line.made_with(arguments, planned.plan.environment)
    kept = Saved(planned=planned, made_with=words)
    saved_plan.keep(world.cwd / arguments.out, kept, created_at=world.now(), tool=__version__)
    if arguments.quiet:
        return
    if not planned.violations:
        said = f"To apply exactly this: {command_line.saved(arguments)}"
    elif policy.firm(planned.violations):
        said = "Apply refuses it."
    else:
        said = "Apply refuses it until then."
    world.stderr.write(f"Saved. {said}\n")


def write_plans(
    world: World,
    arguments: argparse.Namespace,
    made: Sequence[Planned],
    apart: Mapping[str, Sequence[Apart]],
    warnings: Sequence[Problem],
) -> None:
    """Write plans for several environments side by side, in the requested formats."""
    from reconciler.render import comparison  # noqa: PLC0415 - each command loads its own

    report = Report(
        make_sheet=lambda: comparison.sheet(made, apart, warnings, arguments.language),
        make_document=lambda: documents().plans(made, apart, warnings),
        findings=warnings,
    )
    write(world, arguments, report)


def write_audit(
    world: World, arguments: argparse.Namespace, audit: "Audit", warnings: Sequence[Problem]
) -> None:
    """Write an audit in the requested formats."""
    from reconciler.render import audits  # noqa: PLC0415 - each command loads its own

    report = Report(
        make_sheet=lambda: audits.sheet(audit, warnings, arguments.language, whole=_whole(world)),
        make_document=lambda: documents().audit(audit, warnings),
        findings=warnings,
    )
    write(world, arguments, report)


def write_table(world: World, arguments: argparse.Namespace, rows: Sequence[Sequence[str]]) -> None:
    """Write rows of short texts in columns."""
    terminal.show_table(terminal.console(world.stdout, arguments.color, world.env), rows)


def write_history(
    world: World,
    arguments: argparse.Namespace,
    applies: "Sequence[Apply]",
    authors: "Authors",
    *,
    whole: bool,
) -> None:
    """Write past applies: one line each, or one of them with every field."""
    from reconciler.render import history  # noqa: PLC0415 - each command loads its own

    def show(out: "Console") -> None:
        terminal.show_table(out, history.applies(applies, authors))
        if whole and any(one.changes for one in applies[0].agents):
            terminal.show_legend(out, history.sides(applies[0]))
        for one in applies[0].agents if whole else ():
            out.print()
            terminal.show_written(out, *history.agent(one))

    report = Report(
        make_document=lambda: documents().past.history(applies, authors),
        show=show,
    )
    write(world, arguments, report)


def write_blame(world: World, arguments: argparse.Namespace, found: "Blame") -> None:
    """Write the fields of an agent, or the lines of a live text, and who set them."""
    from reconciler.render import history  # noqa: PLC0415 - each command loads its own

    authors, live = found.authors, found.live
    if found.lines:
        report = Report(
            make_document=lambda: documents().past.blamed_lines(
                arguments.agent, arguments.field, found.lines, authors
            ),
            show=lambda out: terminal.show_table(
                out, history.lines(found.lines, authors), bar=True
            ),
        )
    else:
        report = Report(
            make_document=lambda: documents().past.blamed_fields(
                arguments.agent, live, found.fields, authors
            ),
            show=lambda out: terminal.show_table(
                out, history.blamed(found.fields, authors, live.updated_at)
            ),
        )
    write(world, arguments, report)


def write_flow(world: World, arguments: argparse.Namespace, found: "LiveFlow") -> None:
    """Write the nodes of a live flow, in reading order."""
    from reconciler.render import flow_chart, flows  # noqa: PLC0415 - each command loads its own

    report = Report(
        make_document=lambda: documents().past.flow(found.key, found.id, found.name, found.nodes),
        show=lambda out: terminal.show_flow(out, flows.lines(found.key, found.name, found.nodes)),
        make_markdown=lambda: flow_chart.markdown(found.key, found.name, found.nodes),
    )
    write(world, arguments, report)


def write_results(
    world: World,
    arguments: argparse.Namespace,
    planned: Planned,
    outcomes: Sequence[Outcome],
) -> None:
    """Write the outcome of each agent, in the requested formats."""
    from reconciler.render import results  # noqa: PLC0415 - each command loads its own

    plan, warnings = planned.plan, planned.findings

    def sheet(*, rows: bool = True) -> "Sheet":
        back = _back(arguments)
        return results.sheet(plan, outcomes, warnings, arguments.language, back=back, rows=rows)

    report = Report(
        make_sheet=sheet,
        make_lines=lambda: sheet(rows=False),
        make_document=lambda: documents().results(plan.environment, outcomes, warnings),
        findings=warnings,
    )
    if outcomes or arguments.format != "text":
        write(world, arguments, report)
    else:
        keep(world, arguments, report)


def write_pulled(world: World, arguments: argparse.Namespace, found: "Sequence[Pulled]") -> None:
    """Write each pulled value with its file, and each value that was left with the reason."""
    from reconciler.render import pulls  # noqa: PLC0415 - each command loads its own

    def show(out: "Console") -> None:
        terminal.show_pulled(out, [pulls.row_of(item) for item in found])
        out.print(pulls.summary(found, dry_run=arguments.dry_run))

    report = Report(
        make_document=lambda: documents().past.pulled(found),
        show=show,
    )
    write(world, arguments, report)


def write_imported(
    world: World,
    arguments: argparse.Namespace,
    found: "Sequence[ImportedAgent]",
    *,
    stand_ins: bool,
) -> None:
    """Write which agents became which files; what they need goes to stderr."""
    from reconciler.render import imports  # noqa: PLC0415 - each command loads its own

    def show(out: "Console") -> None:
        for agent in found:
            terminal.show_lines(out, imports.lines(agent))
        out.print(imports.summary(found, dry_run=arguments.dry_run))
        if not arguments.quiet and not arguments.dry_run and any(agent.files for agent in found):
            _tell_needed(world, arguments, found, stand_ins=stand_ins)

    report = Report(
        make_document=lambda: documents().past.imported(found),
        show=show,
    )
    write(world, arguments, report)


def write_converted(
    world: World, arguments: argparse.Namespace, found: "Sequence[ConvertedAgent]", added: list[str]
) -> None:
    """Write which files are now v2, and what v2 does not have; in a dry run the diffs."""
    from reconciler.render import conversions  # noqa: PLC0415 - each command loads its own

    def show(out: "Console") -> None:
        for agent in found:
            terminal.show_lines(out, conversions.lines(agent))
            terminal.show_verbatim(out, conversions.diff(agent) if arguments.dry_run else ())
        terminal.show_lines(out, conversions.added(added))
        out.print(conversions.summary(found, dry_run=arguments.dry_run))

    report = Report(
        make_document=lambda: documents().past.converted(found, added),
        show=show,
    )
    write(world, arguments, report)


def _tell_needed(
    world: World,
    arguments: argparse.Namespace,
    found: "Sequence[ImportedAgent]",
    *,
    stand_ins: bool,
) -> None:
    from reconciler.render import imports  # noqa: PLC0415 - each command loads its own

    world.stderr.write(f"Next: {again(arguments, 'plan')}\n")
    names = imports.secrets(found)
    if names and not stand_ins:
        world.stderr.write(imports.needed(names))


def write_checks(world: World, arguments: argparse.Namespace, found: "Sequence[Check]") -> None:
    """Write the results of doctor."""
    from reconciler.render import doctor  # noqa: PLC0415 - each command loads its own

    def show(out: "Console") -> None:
        terminal.show_checks(out, [doctor.row(one) for one in found])
        out.print(doctor.summary(found))

    report = Report(make_document=lambda: documents().past.checks(found), show=show)
    write(world, arguments, report)


def ask_about(
    world: World, arguments: argparse.Namespace, decision: "Decision", *, first: bool
) -> str:
    """Show one live edit on a terminal and ask: ``y``, ``n``, ``a`` (all), ``q`` (quit)."""
    from reconciler.render import pulls  # noqa: PLC0415 - each command loads its own

    console = terminal.console(world.stderr, arguments.color, world.env)
    if first:
        terminal.show_legend(console, pulls.SIDES)
    action = decision.action
    head = "  ".join(filter(None, (action.key, called(action.name, action.key))))
    terminal.show_written(console, one_line(head), [pulls.question(decision)])
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
    """Whether the user typed a full `yes`; the question goes to stderr."""
    world.stderr.write(f"{question} Only `yes` is accepted: ")
    world.stderr.flush()
    return world.answer().strip() == "yes"


def warn_of_distrust(world: World, arguments: argparse.Namespace, root: Path) -> None:
    """Warn once in a run that git refuses another user's checkout, as is common in containers."""
    found = git.distrusted(root)
    if found and found not in world.told:
        world.told.add(found)
        problem = Problem(
            file=found, message=f"{distrust(found)}: {_LOST}", hint=trusting(found), warning=True
        )
        show_warnings(world, arguments, [problem])


_LOST = "commits, authors and earlier applied values are unknown"


def distrust(folder: str) -> str:
    """Git's message, with the folder."""
    return f"git detected dubious ownership of {folder}, which another user owns"


def trusting(folder: str) -> str:
    """The command that makes git trust the folder."""
    return f"git config --global --add safe.directory {shlex.quote(folder)}"
