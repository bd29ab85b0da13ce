"""A command's result in all formats except plain text, and in report files.

Most runs need none of this.
"""

import argparse
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reconciler import __version__, plain
from reconciler.cli import output
from reconciler.cli.output import Report
from reconciler.cli.world import World
from reconciler.errors import Problem, ReconcilerError, UsageError, why
from reconciler.render.view import Origin
from reconciler.state import files


def keep(
    world: World,
    arguments: argparse.Namespace,
    report: Report,
    asked: Sequence[tuple[str, str]],
) -> None:
    """Write the result to these files, all that can be; then raise for the others."""
    failed: list[ReconcilerError] = []
    for form, name in asked:
        try:
            _put(world.cwd / name, written(world, arguments, form, report))
        except ReconcilerError as error:
            failed.append(error)
    if failed:
        raise ReconcilerError("; ".join(error.message for error in failed))


def written(world: World, arguments: argparse.Namespace, form: str, report: Report) -> str:
    """The text of a report; formats for code hosts use file paths in the repository.

    Raises UsageError for a format that the result does not have.
    """
    if report.make_sheet is None and form not in report.formats:
        _ = report.sheet
    if form in _SIGNED and report.make_sheet:
        shown = replace(report.sheet, origin=_origin(world, arguments, report.commit))
        report = replace(report, make_sheet=lambda: shown)
    if form not in _PLACED:
        return _FORMS[form](report)
    here = folder(world, arguments) if report.folder is None else report.folder
    return _PLACED[form](report, here)


def _origin(world: World, arguments: argparse.Namespace, known: str | None) -> Origin:
    """When, by which version and for which commit a report is made; empty outside a project."""
    from reconciler.workflows.session import commit, open_project  # noqa: PLC0415 - few need it

    try:
        found = known if known is not None else commit(world, open_project(world, arguments.config))
    except ReconcilerError:
        found = ""
    return Origin(at=world.now(), commit=found, tool=__version__)


def folder(world: World, arguments: argparse.Namespace) -> str:
    """The folder of the project, or fleet, in its repository: ``voice/``; empty at the top."""
    from reconciler.config import fleet, project  # noqa: PLC0415 - few reports need it
    from reconciler.state import git  # noqa: PLC0415

    named = getattr(arguments, "fleet", None)
    if named is None:
        return git.within(project.find(world.cwd, _named(world, arguments)).parent)
    return git.within(fleet.find(world.cwd, named).parent)


def _named(world: World, arguments: argparse.Namespace) -> str | None:
    return getattr(arguments, "config", None) or world.env.get("RECONCILER_CONFIG")


def check(world: World, arguments: argparse.Namespace) -> None:
    """Raise UsageError if a report or a plan cannot be written; checked before anything is done.

    After that no report is written, so that reporting the error does not fail the same way.
    """
    names = [name for _, name in arguments.report]
    paths = [(world.cwd / name).resolve() for name in names]
    out = getattr(arguments, "out", None)
    taken = [*paths, *([(world.cwd / out).resolve()] if out else [])]
    reasons = {
        name: _odd(world.cwd / name) or _obstacle(path, taken.count(path))
        for name, path in zip(names, paths, strict=True)
    }
    faults = [f"--report: {name} {reason}" for name, reason in reasons.items() if reason]
    if out and (reason := _unwritable(world.cwd / out)):
        faults.append(f"--out: {out} {reason}")
    if faults:
        world.output.kept = True
        raise UsageError("; ".join(faults))


def _unwritable(path: Path) -> str:
    """Why a plan cannot be saved there; empty if it can: only over a plain file."""
    try:
        plain.writable(path)
    except OSError as error:
        return why(error)
    return _obstacle(path, 1)


def _odd(path: Path) -> str:
    """Why a report cannot be written there: not a plain file, and not a device that was named."""
    if _is_stream(path):
        return "is a socket" if path.is_socket() else ""
    try:
        plain.writable(path)
    except OSError as error:
        return "" if path.parent in _DEVICES else why(error)
    return ""


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
    """Write the reports of a failed run: a report appears for every exit code."""
    from reconciler.render import data, error_report  # noqa: PLC0415 - only when something is wrong

    environment = _environment(world, arguments)
    report = Report(
        make_sheet=lambda: error_report.sheet(
            arguments.command,
            environment,
            error,
            problems,
            getattr(arguments, "language", "en"),
        ),
        make_document=lambda: data.error(error, problems),
        findings=problems,
    )
    form = getattr(arguments, "format", "text")
    if form != "text" and not world.output.shown:
        world.stdout.write(written(world, arguments, form, report))
    output.keep(world, arguments, report)


def _environment(world: World, arguments: argparse.Namespace) -> str:
    """The requested environment, or else the project's default; empty if unknown.

    With it, the report of a stopped run replaces that of an earlier run.
    """
    asked: str = getattr(arguments, "env", None) or world.env.get("RECONCILER_ENV", "")
    if asked or world.output.kept or not getattr(arguments, "report", ()):
        return asked
    from reconciler.config.project import choose, find, load_project  # noqa: PLC0415

    try:
        project = load_project(find(world.cwd, _named(world, arguments)), world.env)
        return choose(project, None)
    except ReconcilerError:
        return ""


def _put(path: Path, text: str) -> None:
    """Write a report; a pipe or device is written to, never replaced.

    Links are followed only among devices, such as ``/dev/stdout``: others may come from a commit.
    """
    if path.parent in _DEVICES or _is_stream(path):
        try:
            with path.open("a", encoding="utf-8") as file:  # append to existing output
                file.write(text)
        except OSError as error:
            raise ReconcilerError(f"{path.name} cannot be written: {why(error)}") from error
    else:
        files.write(path, text)


_DEVICES = (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd"))
"""Folders whose links belong to the system: `/dev/stdout`, or a shell's `>(…)`."""


def _is_stream(path: Path) -> bool:
    """Whether a path exists, is not a plain file, and is not a link from a commit."""
    linked = path.is_symlink() and path.parent not in _DEVICES
    return path.exists() and not path.is_file() and not linked


def _text(report: Report) -> str:
    from reconciler.render import terminal  # noqa: PLC0415 - each format loads its own

    out = io.StringIO()
    console = terminal.console(out, "never")
    terminal.show_problems(console, report.findings)
    if report.show:
        report.show(console)
    else:
        terminal.show_sheet(console, report.lines, rows=report.rows)
    return out.getvalue()


def _json(report: Report) -> str:
    from reconciler.render import data  # noqa: PLC0415

    return data.text(report.document)


def _markdown(report: Report, folder: str) -> str:
    from reconciler.render.markdown import markdown  # noqa: PLC0415

    if report.make_markdown:
        return report.make_markdown()
    return markdown(report.sheet, folder=folder)


def _html(report: Report) -> str:
    from reconciler.render.page import page  # noqa: PLC0415

    return page(report.sheet)


def _sarif(report: Report, folder: str) -> str:
    from reconciler.lint import RULES  # noqa: PLC0415
    from reconciler.render import data  # noqa: PLC0415
    from reconciler.render.sarif import sarif  # noqa: PLC0415

    return data.text(sarif(report.findings, RULES, __version__, folder))


def _junit(report: Report) -> str:
    from reconciler.render.junit import junit  # noqa: PLC0415

    return junit(report.sheet)


def _annotations(report: Report, folder: str) -> str:
    from reconciler.render.annotations import annotations  # noqa: PLC0415

    return annotations(report.sheet, report.findings, folder)


def _dotenv(report: Report) -> str:
    from reconciler.render.dotenv import dotenv  # noqa: PLC0415

    return dotenv(report.document)


_SIGNED = ("markdown", "html")
"""Reports that are kept, and therefore state their origin."""

_FORMS: Mapping[str, Callable[[Report], str]] = {
    "text": _text,
    "json": _json,
    "html": _html,
    "junit": _junit,
    "dotenv": _dotenv,
}
_PLACED: Mapping[str, Callable[[Report, str], str]] = {
    "markdown": _markdown,
    "sarif": _sarif,
    "annotations": _annotations,
}
