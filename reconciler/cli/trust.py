"""What is said where git refuses the checkout of another user, as a container often has it."""

import argparse
import shlex
from pathlib import Path

from reconciler.cli.output import show_warnings
from reconciler.cli.world import World
from reconciler.errors import Problem
from reconciler.state import git


def warn(world: World, arguments: argparse.Namespace, root: Path) -> None:
    """Tell once in a run what is missing then: everything that git would know."""
    found = git.distrusted(root)
    if found and found not in world.told:
        world.told.add(found)
        problem = Problem(
            file=found, message=f"{said(found)}: {_LOST}", hint=remedy(found), warning=True
        )
        show_warnings(world, arguments, [problem])


_LOST = "nothing is known of commits, authors and what was applied before"


def said(folder: str) -> str:
    """What git says of it, and of which folder."""
    return f"git detected dubious ownership of {folder}, which another user owns"


def remedy(folder: str) -> str:
    """The command that makes git trust it."""
    return f"git config --global --add safe.directory {shlex.quote(folder)}"
