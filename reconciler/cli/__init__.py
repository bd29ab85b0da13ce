"""The command line: options, one call, an exit code. The only reader of env, clock and argv.

``options`` knows every command's options and imports nothing heavy, so that ``--help`` stays
instant; a command's own module is imported when it runs, and may import what it needs.
"""

import sys
from collections.abc import Sequence

from reconciler.cli.world import World

__all__ = ["World", "main"]


def main(argv: Sequence[str] | None = None, world: World | None = None) -> int:
    """Run one command and return its exit code; never raises for a user's mistake."""
    from reconciler.cli import options, stops  # noqa: PLC0415 - so that importing us is free

    here = world or World.real()
    arguments = options.parse(sys.argv[1:] if argv is None else argv, here)
    return arguments if isinstance(arguments, int) else stops.guarded(here, arguments)
