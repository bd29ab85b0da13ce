"""Run a command for each page of a fleet, as if it were alone, and make one result of all.

Commands do not know of it: each has written one `Report`, which is collected here. A page that
fails or is refused stops no other.
"""

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from reconciler import progress
from reconciler.cli.output import Report, asked, show_warnings, warn_of_distrust, write
from reconciler.cli.parsing import Arguments
from reconciler.cli.world import Output, World
from reconciler.config.fleet import Fleet
from reconciler.engine import fleet as ends
from reconciler.errors import (
    ConfigError,
    NoMatchError,
    PolicyError,
    Problem,
    ReconcilerError,
    UsageError,
)
from reconciler.late import dataclass
from reconciler.render import fleet as views
from reconciler.render import terminal, warnings
from reconciler.render.fleet import FleetResult, PageResult
from reconciler.render.sanitize import one_line
from reconciler.state import git
from reconciler.text import amounts
from reconciler.workflows import fleet as workflow
from reconciler.workflows.fleet import Page

Run = Callable[[World, argparse.Namespace], int]
"""What a command's module has."""

MERGED = ("plan", "apply", "drift", "validate", "doctor")
"""Commands with one result for all pages; others tell page by page."""
_SIGNALLED = 128
_SKIPPED = -1
"""Of a project that has none of the chosen agents."""
_DOING = {"plan": "Planning", "drift": "Auditing", "apply": "Applying", "validate": "Checking"}


@dataclass(frozen=True)
class Ran:
    """The result of a page, and what the command would have written."""

    result: PageResult
    report: Report | None = None

    @property
    def stopped(self) -> bool:
        """Whether a signal ended it."""
        return self.result.exit_code > _SIGNALLED


def run(world: World, arguments: argparse.Namespace, command: Run, takes: str) -> int:
    """Run a command for the pages that the command line chooses.

    ``takes`` is what the command is run for: ``pages``, ``projects`` or nothing, which is refused.
    """
    if not takes:
        raise UsageError(
            f"{arguments.command} does not work on many projects: --fleet does not go with it",
            hint="name one project with --config",
        )
    if getattr(arguments, "explain", None) is not None:  # a rule is the same for all
        return command(world, arguments)
    fleet = workflow.open_fleet(world, arguments.fleet)
    warn_of_distrust(world, arguments, fleet.root)
    world = limited(world, fleet)
    found = chosen(world, arguments, fleet, takes)
    if arguments.command == "apply":
        from reconciler.cli import apply_fleet  # noqa: PLC0415 - few runs apply a fleet

        return apply_fleet.run(world, arguments, found)
    if arguments.command not in MERGED and getattr(arguments, "format", "text") == "text":
        return _one_by_one(world, arguments, command, fleet, found)
    if getattr(arguments, "out", None):
        raise UsageError("--out saves the plan of one project, and here is a fleet")
    ran = run_all(world, arguments, command, found)
    result = found.result(arguments, (one.result for one in ran))
    return finish(world, arguments, result, [one.report for one in ran])


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The pages of a run, and what of the fleet they are: ``shard`` as in ``FleetResult``."""

    fleet: Fleet
    pages: tuple[Page, ...]
    shard: tuple[int, int]
    changed_since: str
    listing: str
    filled: tuple[int, ...]
    commit: str
    folder: str
    environments: tuple[str, ...]

    def result(self, arguments: argparse.Namespace, pages: Iterable[PageResult]) -> FleetResult:
        """What a command did to them."""
        return FleetResult(
            command=arguments.command,
            pages=tuple(pages),
            listing=self.listing,
            commit=self.commit,
            changed_since=self.changed_since,
            folder=self.folder,
            environments=self.environments,
            shard=self.shard,
            filled=self.filled,
            limit=self.fleet.entry.policies.max_changes,
            language=getattr(arguments, "language", "en"),
        )


def limited(world: World, fleet: Fleet) -> World:
    """The world with the fleet's rate, unless the command line has set one."""
    if world.rates or fleet.entry.rate is None:
        return world
    from reconciler.transport.rate import Rates  # noqa: PLC0415 - few fleets have one

    return replace(world, rates=Rates(amounts.rate(fleet.entry.rate)))


def chosen(world: World, arguments: argparse.Namespace, fleet: Fleet, takes: str) -> Chosen:
    """The pages of ``--env``, ``--changed-since``, ``--wave`` and ``--shard``."""
    every = workflow.listed(world, fleet, arguments.environments, whole=takes == "projects")
    since = getattr(arguments, "changed_since", None)
    if since is not None:
        every = workflow.changed(fleet, every, since)
    wave = getattr(arguments, "wave", None)
    if wave:
        every = workflow.wave(fleet, every, wave)
    number, count = getattr(arguments, "shard", None) or (0, 0)
    shards = workflow.split(every, count) if count else (every,)
    return Chosen(
        fleet=fleet,
        pages=shards[number - 1] if count else every,
        shard=(number, count),
        changed_since=since or "",
        listing=ends.listing(page.name for page in every),
        filled=tuple(place for place, pages in enumerate(shards, 1) if pages) if count else (),
        commit=workflow.commit(world, fleet),
        folder=git.within(fleet.root),
        environments=tuple(arguments.environments) or workflow.usual(world, fleet),
    )


def run_all(world: World, arguments: argparse.Namespace, command: Run, found: Chosen) -> list[Ran]:
    """Run a command for each page; if none of a fleet has the chosen agents, that is an error."""
    doing = f"{_DOING.get(arguments.command, 'Running for')} projects"
    ran = [
        run_page(world, arguments, command, found.fleet, page)
        for page in progress.each(doing, found.pages)
    ]
    left = [one.result for one in ran if one.result.status == ends.SKIPPED]
    if left and len(left) == len(ran) and not found.shard[1]:
        raise UsageError(f"{left[0].message} of any project", hint=left[0].hint)
    return ran


def run_page(
    world: World,
    arguments: argparse.Namespace,
    command: Run,
    fleet: Fleet,
    page: Page,
    **more: Any,
) -> Ran:
    """Run a command for one page, as if it were alone; ``more`` replaces its arguments."""
    output = Output(collected=[])
    inner = _world(world, fleet, page, output)
    mine = arguments_of(world, arguments, fleet, page, format="json", quiet=True, **more)
    bare = PageResult(project=page.project, environment=page.environment, status=ends.DONE)
    try:
        code = _alone(inner, mine, command, page)
    except NoMatchError as error:
        return Ran(replace(bare, status=ends.SKIPPED, message=error.message, hint=error.hint))
    except ReconcilerError as error:
        bare = _failed(bare, error)
        code = error.exit_code
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others are done
        from reconciler.cli import exits  # noqa: PLC0415 - only for a bug

        bare, code = _failed(bare, exits.bug(world, arguments, error)), 1
    report = output.collected[-1] if output.collected else None
    result = _with(replace(bare, exit_code=code), report)
    shown = arguments.command not in views.SHEETS  # a report holds all that a page has read
    return Ran(result, report if shown else None)


def _world(world: World, fleet: Fleet, page: Page, output: Output) -> World:
    """What the run of a page gets from outside: nothing of other pages but their rates."""
    member = fleet.member(page.project)
    return replace(world, ends=ExitStack(), output=output, member=member, backends={})


def _alone(world: World, arguments: argparse.Namespace, command: Run, page: Page) -> int:
    if page.error:
        raise page.error
    with world.ends:
        return int(command(world, arguments))


def arguments_of(
    world: World, arguments: argparse.Namespace, fleet: Fleet, page: Page, **more: Any
) -> Arguments:
    """The command line for one page alone."""
    folder = os.path.relpath(workflow.project_file(fleet, page).parent, world.cwd)
    mine = {
        "config": folder,
        "env": page.environment or None,
        "environments": [page.environment] if page.environment else [],
        "fleet": None,
        "report": [],
        "detailed_exitcode": True,
    }
    return Arguments(**{**vars(arguments), **mine, **more})


def _failed(page: PageResult, error: ReconcilerError) -> PageResult:
    """A page without a result, and the mistakes in its files."""
    problems = error.problems if isinstance(error, ConfigError | PolicyError | UsageError) else ()
    status = ends.REFUSED if error.exit_code in (4, 5) else ends.FAILED
    found = tuple(placed(page.project, one) for one in problems)
    message, hint = error.message, error.hint
    wrong = [one for one in problems if not one.warning]
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        message, hint = f"{warnings.place(wrong[0])}: {wrong[0].message}{more}", wrong[0].hint
    return replace(page, status=status, message=message, hint=hint, findings=found)


def placed(project: str, problem: Problem) -> Problem:
    """A problem in a file of a project, by its path from the fleet file."""
    elsewhere = problem.rule.startswith(ends.RULE) or "." not in problem.file
    return problem if elsewhere else replace(problem, file=f"{project}/{problem.file}")


def _with(page: PageResult, report: Report | None) -> PageResult:
    if report is None:
        return page
    sheet = report.sheet if report.make_sheet else None
    found = tuple(placed(page.project, one) for one in report.findings)
    if sheet:
        sheet = replace(sheet, findings=())
    return replace(page, sheet=sheet, document=report.document, findings=(*page.findings, *found))


def finish(
    world: World,
    arguments: argparse.Namespace,
    result: FleetResult,
    reports: Sequence[Report | None] = (),
) -> int:
    """Write the one result of all pages; returns the exit code."""
    detailed = getattr(arguments, "detailed_exitcode", False)
    code = result.exit_code(detailed=detailed)
    if arguments.format == "text":
        _show_findings(world, arguments, result)
    write(world, arguments, report_of(result, code, reports))
    return code


def _show_findings(world: World, arguments: argparse.Namespace, result: FleetResult) -> None:
    """Print the problems in the files: of a check all, else those of agents that are shown."""
    told = [one for page in result.pages for one in views.findings(page, result.command)]
    if result.command == "validate" and not arguments.quiet:
        terminal.show_problems(terminal.console(world.stderr, arguments.color, world.env), told)
    else:
        show_warnings(world, arguments, told)


def report_of(result: FleetResult, code: int, reports: Sequence[Report | None] = ()) -> Report:
    """The report of a fleet. Checks have no sheet: those that found something are printed."""

    def document() -> Any:
        from reconciler.render.data import fleets  # noqa: PLC0415 - only for JSON: pydantic

        return fleets.document(result, views.summary(result), code)

    if result.command not in views.SHEETS:
        return Report(make_document=document, show=lambda out: _show(out, result, reports))
    applied = result.command == "apply"
    return Report(
        make_sheet=lambda: views.sheet(result),
        make_lines=(lambda: views.brief(views.sheet(result))) if applied else None,
        make_document=document,
        findings=result.findings,
        folder=result.folder,
        commit=result.commit,
    )


def _show(out: Any, result: FleetResult, reports: Sequence[Report | None]) -> None:
    """Print checks that found something, each once, or all results page by page."""
    if result.command == "doctor":
        from reconciler.render import doctor  # noqa: PLC0415 - each command loads its own

        terminal.show_checks(out, doctor.of_fleet(result.pages))
        out.print(doctor.fleet_summary(result.pages))
        return
    for page, report in zip(result.pages, reports, strict=True):
        terminal.show_heading(out, page.project)
        if report and report.show:
            report.show(out)
        elif page.message:
            terminal.show_error(out, page.message, page.hint)


def _one_by_one(
    world: World, arguments: argparse.Namespace, command: Run, fleet: Fleet, found: Chosen
) -> int:
    """Run a command that tells its own result, page by page, each below its name."""
    codes = []
    for place, page in enumerate(found.pages):
        out = terminal.console(world.stdout, arguments.color, world.env)
        if place:
            out.print()
        terminal.show_heading(out, page.name)
        codes.append(_told(world, arguments, command, fleet, page))
        if codes[-1] > _SIGNALLED:
            return codes[-1]
    if codes and {*codes} == {_SKIPPED}:
        return UsageError.exit_code
    return next((code for code in (1, 64, 5, 4, 3, 2) if code in codes), 0)


def _told(
    world: World, arguments: argparse.Namespace, command: Run, fleet: Fleet, page: Page
) -> int:
    """Run it for one page with its own output; an error is printed, and stops no other."""
    from reconciler.cli import exits  # noqa: PLC0415 - as above

    inner = _world(world, fleet, page, Output())
    mine = arguments_of(world, arguments, fleet, page)
    try:
        return _alone(inner, mine, command, page)
    except NoMatchError as error:
        world.stderr.write(f"{one_line(error.message)}\n")
        return _SKIPPED
    except ReconcilerError as error:
        exits.tell(inner, mine, error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - as above
        exits.tell(inner, mine, exits.bug(world, arguments, error))
        return 1


def agreed(world: World, arguments: argparse.Namespace, question: str) -> bool:
    """Whether the user confirms what was shown."""
    if world.unheard:
        raise ReconcilerError("the plan could not be shown; nothing was applied")
    if arguments.auto_approve:
        return True
    if not world.interactive:
        raise UsageError(
            "apply needs confirmation, and there is no terminal to ask on",
            hint="review the plan, then add --auto-approve, or --plan-digest-file",
        )
    return asked(world, question)
