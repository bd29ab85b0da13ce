"""The command line: options, one call, an exit code. The only reader of env, clock and argv.

``options`` knows every command's options and imports only argparse, so that ``--help`` is instant;
a command's own module is imported when it runs, and may import what it needs.
"""

import gc
import os
import sys
from collections.abc import Sequence

TYPE_CHECKING = False  # importing typing costs more than all of argparse
if TYPE_CHECKING:
    from reconciler.cli.world import World

__all__ = ["main"]

_ALLOCATIONS, _YOUNG, _OLD = 1_000_000, 20, 1000
"""When Python looks for cycles: rarely, for a run makes few and its data stays until its end."""


def main(argv: Sequence[str] | None = None, world: "World | None" = None) -> int:
    """Run one command and return its exit code; never raises for a user's mistake.

    Without a ``world`` it uses the streams and signals of this process.
    """
    if world is not None:
        return _run(argv, world)
    from reconciler.cli import signals, streams  # noqa: PLC0415 - so that importing us is free

    if argv is None:  # the process is ours
        gc.set_threshold(_ALLOCATIONS, _YOUNG, _OLD)
    reacting = signals.Reacting(signals.leave)
    with reacting, streams.Guarded() as guarded:
        try:
            code = _run(argv, None)
        except KeyboardInterrupt as stop:
            code = signals.code_of(stop)
        code = guarded.code(code)
        if argv is None:  # the process ends here
            gc.freeze()  # and all that is left with it: nobody needs to look for cycles first
            reacting.to_the_end(lambda _number: os._exit(code))
    return code


def _run(argv: Sequence[str] | None, world: "World | None") -> int:
    if world is None and "_ARGCOMPLETE" in os.environ:  # a shell asks for completions
        from reconciler.cli import completion  # noqa: PLC0415 - only for a shell

        completion.answer()
    from reconciler.cli import options  # noqa: PLC0415 - so that importing us is free

    arguments = options.parse(
        sys.argv[1:] if argv is None else argv, world.stderr if world else sys.stderr
    )
    if isinstance(arguments, int):
        return arguments
    from reconciler.cli import exits  # noqa: PLC0415 - nothing of it is needed for --help

    return exits.guarded(world, arguments)
