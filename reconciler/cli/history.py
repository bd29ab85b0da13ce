"""`reconciler history`: the applies recorded on this machine, or one of them in full."""

import argparse

from reconciler.cli.opening import open_session
from reconciler.cli.output import write_history
from reconciler.cli.world import World
from reconciler.errors import ReconcilerError
from reconciler.state import git, history


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; 1 if the requested apply is not recorded."""
    session = open_session(world, arguments, offline=True)
    if arguments.apply is None:
        applies = list(history.applies(session.history_folder))
    else:
        found = history.read(session.history_folder, arguments.apply)
        if found is None:
            message = f"no apply {arguments.apply} of {session.environment.name} is remembered"
            raise ReconcilerError(message, hint="reconciler history lists the ones that are")
        applies = [found]
    if not applies and not arguments.quiet:
        world.stderr.write("This machine remembers no apply; git has the files and the state.\n")
    authors = {apply.commit: git.author(session.project.root, apply.commit) for apply in applies}
    write_history(world, arguments, applies, authors, whole=arguments.apply is not None)
    return 0
