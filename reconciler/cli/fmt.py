"""`reconciler fmt`: normalise the white space of the project's YAML files."""

import argparse
from pathlib import Path

from reconciler import plain, progress
from reconciler.cli.opening import open_project
from reconciler.cli.world import World
from reconciler.config import load
from reconciler.config.project import FILE_NAME
from reconciler.errors import ConfigError, Problem, ReconcilerError
from reconciler.state import files
from reconciler.yamledit import layout
from reconciler.yamledit.document import YamlFileError


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; with ``--check`` nothing is written, and 1 means that a file is not tidy."""
    project = open_project(world, arguments)
    own = project.root / FILE_NAME
    paths = [*([own] if own.is_file() else []), *load.paths_of(project)]
    changed: dict[Path, tuple[str, str]] = {}
    problems: list[Problem] = []
    for path in progress.each("Reading files", paths):
        try:
            before = _text(path)
            after = layout.tidied(before, path.relative_to(project.root).as_posix())
        except YamlFileError as error:
            problems.append(error.problem)
            continue
        if after != before:
            changed[path] = (before, after)
    if problems:
        raise ConfigError(problems)
    for path in changed:
        world.stdout.write(f"{path.relative_to(project.root).as_posix()}\n")
    if not arguments.check:
        files.exchange(changed)
    if not arguments.quiet:
        world.stderr.write(_told(len(paths), len(changed), check=arguments.check))
    return 1 if changed and arguments.check else 0


def _told(count: int, changed: int, *, check: bool) -> str:
    if not changed:
        return f"Tidy: {count} files.\n"
    return f"{changed} of {count} files {'are not tidy' if check else 'were tidied'}.\n"


def _text(path: Path) -> str:
    try:
        return plain.read(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReconcilerError(f"{path.name} cannot be read as UTF-8 text") from error
