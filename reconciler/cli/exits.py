"""The end of a run: every error becomes an exit code, a message and a remedy."""

import argparse
import importlib
import keyword
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from reconciler import __version__, plain, progress, telemetry
from reconciler.cli import signals
from reconciler.cli.display import display
from reconciler.cli.observed import observed
from reconciler.cli.world import Output, World
from reconciler.config import bundle
from reconciler.errors import (
    ConfigError,
    InterruptedRunError,
    PolicyError,
    Problem,
    ReconcilerError,
    UsageError,
)
from reconciler.render.sanitize import one_line
from reconciler.text.wording import count

if TYPE_CHECKING:
    from reconciler.transport.rate import Rates


def guarded(given: World | None, arguments: argparse.Namespace) -> int:
    """The exit code of a command, for every outcome; in the real world unless given one."""
    if given:
        return _ended(given, arguments)
    importlib.import_module(module_of(arguments.command))  # a signal ends this at once
    with signals.Reacting(signals.stop):
        return _ended(World.real(), arguments)


def _ended(world: World, arguments: argparse.Namespace) -> int:
    """Run the command and report why it stopped."""
    world = replace(
        world,
        output=Output(),
        cached=not getattr(arguments, "no_cache", False),
        locking=not getattr(arguments, "no_lock", False),
        backends={},
        ends=ExitStack(),
    )
    if getattr(arguments, "rate", None):
        world = replace(world, rates=_rates(arguments.rate))
    try:
        world = replace(world, env=bundle.unpacked(world.env))
        if getattr(arguments, "report", ()) or getattr(arguments, "out", None):
            from reconciler.cli import reports  # noqa: PLC0415 - few runs keep any

            reports.check(world, arguments)
        command = importlib.import_module(module_of(arguments.command))
        shown = progress.shown_by(None if arguments.quiet else display(world, arguments))
        with observed(world), world.ends, shown:
            return _run(command, world, arguments)
    except ReconcilerError as error:
        tell(world, arguments, error)
        return error.exit_code
    except KeyboardInterrupt as stop:
        code = signals.code_of(stop)
        world.stderr.write(f"\n{signals.said(code)}\n")
        _report_stop(world, arguments, InterruptedRunError(signals.said(code), code))
        return code
    except Exception as error:  # noqa: BLE001 - the last resort: a report in place of a traceback
        tell(world, arguments, bug(world, arguments, error))
        return 1


def _run(command: ModuleType, world: World, arguments: argparse.Namespace) -> int:
    """Run a command in a span; a worker, which does not end, has a span for each of its works."""
    if arguments.command == "worker":
        return int(command.run(world, arguments))
    with telemetry.run(arguments.command) as span:
        code = _done(command, world, arguments)
        span.learn(exit_code=code)
        return code


def _done(command: ModuleType, world: World, arguments: argparse.Namespace) -> int:
    """Run a command, or with ``--fleet`` run it for each project."""
    if getattr(arguments, "fleet", None) is None or arguments.command in _OF_FLEETS:
        return int(command.run(world, arguments))
    from reconciler.cli import over_fleet  # noqa: PLC0415 - few runs are over a fleet

    return over_fleet.run(world, arguments, command.run, arguments.takes)


_OF_FLEETS = ("fleet", "init", "report", "service", "worker")
"""Commands that look at a fleet themselves."""


def _rates(interval: float) -> "Rates":
    from reconciler.transport.rate import Rates  # noqa: PLC0415 - few runs are limited

    return Rates(interval)


def bug(world: World, arguments: argparse.Namespace, error: Exception) -> ReconcilerError:
    """An unexpected error as one that a user can act on."""
    report = _report(world, arguments, error)
    hint = f"this is a bug; please report it with {report}"
    return ReconcilerError(f"unexpected {type(error).__name__}", hint=hint)


def module_of(command: str) -> str:
    """The module of a command; a Python keyword gets an underscore."""
    return f"reconciler.cli.{command}{'_' * keyword.iskeyword(command)}"


def tell(world: World, arguments: argparse.Namespace, error: ReconcilerError) -> None:
    """Print why a run stopped, and write it in the requested formats."""
    from reconciler.render import terminal  # noqa: PLC0415 - only when something is wrong

    problems = error.problems if isinstance(error, ConfigError | PolicyError | UsageError) else ()
    problems = tuple(one.with_texts(_struck) for one in problems)
    error.message, error.hint = _struck(error.message), _struck(error.hint)
    told, hint = problems, error.hint
    if arguments.quiet or arguments.command != "validate":
        told = tuple(problem for problem in problems if not problem.warning)
    if len(told) < len(problems) and not arguments.quiet:
        besides = count(len(problems) - len(told), "warning")
        hint = hint or f"{besides} as well: reconciler validate lists them all"
    console = terminal.console(world.stderr, arguments.color, world.env)
    terminal.show_problems(console, told)
    terminal.show_error(console, error.message, hint)
    _report_stop(world, arguments, error, problems)


def _struck(text: str) -> str:
    """A text without anything in the shape of a key."""
    from reconciler.text import tokens  # noqa: PLC0415 - only when something is wrong

    return tokens.struck(text)


def _report_stop(
    world: World,
    arguments: argparse.Namespace,
    error: ReconcilerError,
    problems: Sequence[Problem] = (),
) -> None:
    """Write an error in the requested formats."""
    done = world.output
    shown = done.shown or getattr(arguments, "format", "text") == "text"
    if shown and (done.kept or not getattr(arguments, "report", ())):
        return
    from reconciler.cli import reports  # noqa: PLC0415 - only when something is wrong

    try:
        reports.stopped(world, arguments, error, problems)
    except ReconcilerError as unwritten:
        world.stderr.write(f"error: {one_line(unwritten.message)}\n")


def _report(world: World, arguments: argparse.Namespace, error: Exception) -> str:
    """A file for a bug report: the place of the error, without any values."""
    import traceback  # noqa: PLC0415 - only for a bug

    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"reconciler {__version__}, {arguments.command}: {type(error).__name__}"]
    lines += [f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    path = world.cwd / ".reconciler" / "crash.txt"
    try:
        path.parent.mkdir(exist_ok=True)
        plain.writable(path, world.cwd)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError:
        return "; ".join(line.strip() for line in lines)
    return str(path.relative_to(world.cwd))
