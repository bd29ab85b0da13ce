"""How a run ends: every stop becomes an exit code, a message and a remedy."""

import argparse
import importlib
import keyword
import os
import traceback
from pathlib import Path

from reconciler import __version__
from reconciler.cli.world import World
from reconciler.errors import ConfigError, GuardError, ReconcilerError, UsageError


def guarded(given: World | None, arguments: argparse.Namespace) -> int:
    """The exit code of a command, whatever happens in it; in the real world unless given one."""
    world = given or World.real()
    try:
        code = _ended(world, arguments)
        world.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # so that no flush at exit complains
        return 1
    return code


def _ended(world: World, arguments: argparse.Namespace) -> int:
    """Run the command and tell why it stopped; only a reader that went away is not told."""
    try:
        if getattr(arguments, "report", ()):
            from reconciler.cli import reports  # noqa: PLC0415 - few runs keep any

            reports.check(world, arguments)
        command = importlib.import_module(module_of(arguments.command))
        return int(command.run(world, arguments))
    except ReconcilerError as error:
        _tell(world, arguments, error)
        return error.exit_code
    except KeyboardInterrupt:
        world.stderr.write("\ninterrupted\n")
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last resort: a report in place of a traceback
        report = _report(world, arguments, error)
        hint = f"this is a bug; please report it with {report}"
        _tell(world, arguments, ReconcilerError(f"unexpected {type(error).__name__}", hint=hint))
        return 1


def module_of(command: str) -> str:
    """The module that runs a command; a name that Python keeps for itself gets an underscore."""
    return f"reconciler.cli.{command}{'_' * keyword.iskeyword(command)}"


def _tell(world: World, arguments: argparse.Namespace, error: ReconcilerError) -> None:
    from reconciler.cli import reports  # noqa: PLC0415 - only when something is wrong
    from reconciler.render import terminal  # noqa: PLC0415

    problems = error.problems if isinstance(error, ConfigError | GuardError | UsageError) else ()
    if arguments.quiet:
        problems = tuple(problem for problem in problems if not problem.warning)
    console = terminal.console(world.stderr, arguments.color, world.env)
    terminal.show_problems(console, problems)
    terminal.show_error(console, error.message, error.hint)
    try:
        reports.stopped(world, arguments, error, problems)
    except ReconcilerError as unwritten:
        terminal.show_error(console, unwritten.message, unwritten.hint)


def _report(world: World, arguments: argparse.Namespace, error: Exception) -> str:
    """A file to paste: where it happened, with no value of anything that was handled."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"reconciler {__version__}, {arguments.command}: {type(error).__name__}"]
    lines += [f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    path = world.cwd / ".reconciler" / "crash.txt"
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError:
        return "; ".join(line.strip() for line in lines)
    return str(path.relative_to(world.cwd))
