"""`reconciler completion`: completions at a shell's cursor, and the script for a shell.

Only this module imports argcomplete. A shell set up by `reconciler completion` runs the tool with
``_ARGCOMPLETE`` set; no other run imports this module.
"""

import argparse
import os
from collections.abc import Sequence

import argcomplete
from argcomplete.completers import BaseCompleter, FilesCompleter
from argcomplete.shell_integration import shellcode

from reconciler.cli import options, parsing
from reconciler.errors import ReconcilerError

TYPE_CHECKING = False  # a shell waits for this
if TYPE_CHECKING:
    from reconciler.cli.world import World

_KEYS = ("target", "exclude", "agent", "keys", "flow")
_ENVIRONMENTS = ("env_before", "env_after")
_FIELDS = ("field", "ignore")
_FILES = ("config", "folder", "out", "planfile", "file")


def answer() -> None:
    """Answer the shell and end this process."""
    argcomplete.autocomplete(
        options.build(), always_complete_options="long", default_completer=Names()
    )


def script(shell: str) -> str:
    """The line that a shell must run once to complete `reconciler`."""
    return str(shellcode(["reconciler"], shell=shell))


class Names(BaseCompleter):
    """The values of options and arguments, from the selected project."""

    def __call__(
        self,
        *,
        prefix: str,
        action: argparse.Action,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - given to every completer
        parsed_args: argparse.Namespace,
    ) -> list[str]:
        """The completions that start with ``prefix``.

        A project with mistakes is completed as far as it can be read, without reporting them.
        """
        try:
            found = _known(action.dest, parsed_args)
        except (ReconcilerError, OSError, ValueError):
            found = []
        if action.dest in _FILES:
            kinds = ("json",) if action.dest == "planfile" else ()
            return list(FilesCompleter(kinds)(prefix))
        if action.dest == "report":
            return _reports(prefix)
        if action.dest == "approve":
            return _approvals(prefix)
        return [name for name in found if name.startswith(prefix)]


def _reports(prefix: str) -> list[str]:
    """A format and its ``=``; after that, files."""
    kind, equals, name = prefix.partition("=")
    if equals:
        return [f"{kind}={found}" for found in FilesCompleter()(name)]
    return [f"{found}=" for found in parsing.REPORTS if found.startswith(kind)]


def _approvals(prefix: str) -> list[str]:
    """Groups, also after others and a comma; ``all`` only alone."""
    before, comma, last = prefix.rpartition(",")
    taken = before.split(",")
    names = [name for name in parsing.APPROVALS if name not in taken]
    names += [] if comma else ["all"]
    return [f"{before}{comma}{name}" for name in names if name.startswith(last)]


def _known(dest: str, parsed: argparse.Namespace) -> Sequence[str]:
    """The names that an option accepts; empty if it accepts anything."""
    if dest == "explain":
        from reconciler.lint import RULES, SETS  # noqa: PLC0415 - as the table below

        return ["all", *SETS, *RULES]
    if dest in _FIELDS:
        from reconciler.kinds import registry  # noqa: PLC0415 - pydantic takes its time

        return registry.fields()
    if dest not in (*_KEYS, *_ENVIRONMENTS, "var"):
        return []
    from reconciler.cli.world import World  # noqa: PLC0415 - a command's name needs none of this
    from reconciler.config import load, project  # noqa: PLC0415

    named = getattr(parsed, "config", None) or os.environ.get("RECONCILER_CONFIG")
    path = project.find(World.real().cwd, named)
    found = project.load_project(path, os.environ, required=bool(named))
    if dest in _ENVIRONMENTS:
        return found.environments
    if dest == "var":
        written = (name for place in found.entry.environments.values() for name in place.vars)
        return [f"{name}=" for name in dict.fromkeys((*found.entry.vars, *written))]
    return sorted(file.key for file in load.files(found)[0])


def run(world: "World", arguments: argparse.Namespace) -> int:
    """Print the script; exit 0."""
    world.stdout.write(script(arguments.shell))
    return 0
