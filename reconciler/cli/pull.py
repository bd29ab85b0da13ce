"""`reconciler pull`: take dashboard edits into the files."""

import argparse

from reconciler.cli import signals
from reconciler.cli.opening import locked, open_session, plan_options, policy_options
from reconciler.cli.output import ask_about, changed, show_warnings, write_pulled
from reconciler.cli.world import World
from reconciler.engine.pull import Decision
from reconciler.workflows.plan import plan
from reconciler.workflows.pull import PullOptions, check_fields, pull


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; 4 if live edits are left for the user to resolve."""
    options = PullOptions(
        fields=tuple(arguments.field),
        overwrite=arguments.overwrite,
        undeclared=arguments.undeclared,
        dry_run=arguments.dry_run,
    )
    with locked(world, arguments):
        session = open_session(world, arguments)
        check_fields(options)
        what = plan_options(arguments, policy_options(arguments, session.name))
        planned = signals.run(plan(session, what))
        show_warnings(world, arguments, planned.warnings, changed(planned.plan))
        results = pull(session, planned, options, _Chooser(world, arguments))
        write_pulled(world, arguments, results)
        return 4 if any(item.open for item in results) else 0


class _Chooser:
    """Takes what may be taken; at a terminal it asks about each edit, conflicts included."""

    def __init__(self, world: World, arguments: argparse.Namespace) -> None:
        self.world, self.arguments = world, arguments
        unasked = arguments.auto_approve or arguments.dry_run or not world.interactive
        self.rest: bool | None = True if unasked else None
        self.first = True

    def __call__(self, decision: Decision) -> bool:
        if self.rest is not None:
            return self.rest and not decision.reason
        answer = ask_about(self.world, self.arguments, decision, first=self.first)
        self.first = False
        if answer in ("a", "q"):
            self.rest = answer == "a"
        return answer == "y" or (answer == "a" and not decision.reason)
