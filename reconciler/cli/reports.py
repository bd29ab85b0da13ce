"""What a command has to tell, in the formats asked for: on stdout, and in files beside it."""

import argparse
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from reconciler import __version__
from reconciler.cli.world import World
from reconciler.errors import Problem, ReconcilerError, UsageError, why
from reconciler.model import Json
from reconciler.render.sheet import Sheet
from reconciler.store import files


@dataclass(frozen=True, kw_only=True)
class Report:
    """A result: for people a sheet, for machines a document, and the findings in the files.

    Sheet and document are made when a format needs them, once. ``rows``: whether text shows the
    fields of each agent.
    """

    make_sheet: Callable[[], Sheet]
    make_document: Callable[[], Json]
    findings: Sequence[Problem] = ()
    rows: bool = True

    @cached_property
    def sheet(self) -> Sheet:
        """The result for people."""
        return self.make_sheet()

    @cached_property
    def document(self) -> Json:
        """The result for machines."""
        return self.make_document()


def write(world: World, arguments: argparse.Namespace, report: Report) -> None:
    """The result on stdout in ``--format``, and in the files of ``--report``."""
    if arguments.format == "text":
        from reconciler.render import terminal  # noqa: PLC0415 - each format loads its own

        out = terminal.console(world.stdout, arguments.color)
        terminal.show_sheet(out, report.sheet, rows=report.rows)
    else:
        world.stdout.write(_FORMS[arguments.format](report))
    arguments.format = "text"  # whatever stops the run from here on, there was a result
    keep(world, arguments, report)


def keep(world: World, arguments: argparse.Namespace, report: Report) -> None:
    """The result in the files of ``--report`` alone, each that can be; then raise for the others.

    They are asked for no longer then, so that no later stop takes the place of a result.
    """
    reports, arguments.report = getattr(arguments, "report", []), []
    failed: list[ReconcilerError] = []
    for form, name in reports:
        try:
            _put(world.cwd / name, _FORMS[form](report))
        except ReconcilerError as error:
            failed.append(error)
    if failed:
        raise ReconcilerError("; ".join(error.message for error in failed))


def check(world: World, arguments: argparse.Namespace) -> None:
    """Raise UsageError where a report cannot be written; asked before anything is done.

    The ones asked for are dropped then, so that telling of it does not trip over them.
    """
    names = [name for _, name in arguments.report]
    paths = [(world.cwd / name).resolve() for name in names]
    out = getattr(arguments, "out", None)
    taken = [*paths, *([(world.cwd / out).resolve()] if out else [])]
    reasons = {
        name: _obstacle(path, taken.count(path)) for name, path in zip(names, paths, strict=True)
    }
    faults = [f"--report: {name} {reason}" for name, reason in reasons.items() if reason]
    if faults:
        arguments.report = []
        raise UsageError("; ".join(faults))


def _obstacle(path: Path, times: int) -> str:
    if times > 1:
        return "is named twice"
    if path.is_dir():
        return "is a folder"
    return "" if path.parent.is_dir() else "is in a folder that does not exist"


def stopped(
    world: World,
    arguments: argparse.Namespace,
    error: ReconcilerError,
    problems: Sequence[Problem],
) -> None:
    """What the formats say where a run stopped: a report appears whatever the exit code."""
    from reconciler.render import data, failures  # noqa: PLC0415 - only when something is wrong

    report = Report(
        make_sheet=lambda: failures.sheet(arguments.command, arguments.env or "", error, problems),
        make_document=lambda: data.error(error, problems),
        findings=problems,
    )
    form = getattr(arguments, "format", "text")
    if form != "text":
        world.stdout.write(_FORMS[form](report))
    keep(world, arguments, report)


def _put(path: Path, text: str) -> None:
    """Write a report; into a pipe or device as it is, never in its place."""
    if path.exists() and not path.is_file():
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ReconcilerError(f"{path.name} cannot be written: {why(error)}") from error
    else:
        files.write(path, text)


def _text(report: Report) -> str:
    from reconciler.render import terminal  # noqa: PLC0415 - each format loads its own

    out = io.StringIO()
    console = terminal.console(out, "never")
    terminal.show_problems(console, report.findings)
    terminal.show_sheet(console, report.sheet, rows=report.rows)
    return out.getvalue()


def _json(report: Report) -> str:
    from reconciler.render import data  # noqa: PLC0415

    return data.text(report.document)


def _markdown(report: Report) -> str:
    from reconciler.render.markdown import markdown  # noqa: PLC0415

    return markdown(report.sheet)


def _html(report: Report) -> str:
    from reconciler.render.page import page  # noqa: PLC0415

    return page(report.sheet)


def _sarif(report: Report) -> str:
    from reconciler.engine.lint import RULES  # noqa: PLC0415
    from reconciler.render import data  # noqa: PLC0415
    from reconciler.render.sarif import sarif  # noqa: PLC0415

    return data.text(sarif(report.findings, RULES, __version__))


def _junit(report: Report) -> str:
    from reconciler.render.junit import junit  # noqa: PLC0415

    return junit(report.sheet)


_FORMS: Mapping[str, Callable[[Report], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
    "sarif": _sarif,
    "junit": _junit,
}
