"""`reconciler adopt`: what was edited in the dashboard, into the files that say otherwise."""

import argparse
from collections.abc import Sequence
from contextlib import suppress

from reconciler.authoring.write_back import Workspace
from reconciler.cli import signals
from reconciler.cli.output import ask_about, changed, show_warnings, write_adopted
from reconciler.cli.session import LOOSE, Session, Sight, open_project, open_session
from reconciler.engine.adoption import Adopted, Decision, decisions, pinned
from reconciler.errors import ReconcilerError, UsageError, listed, meant
from reconciler.model import Plan, Stamp, Verb
from reconciler.state import files
from reconciler.state.mutex import exclusive
from reconciler.workflows import adopt
from reconciler.workflows.context import World


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; 4 where live edits are left for a person to settle."""
    with exclusive(open_project(world, arguments).root, arguments.lock_timeout):
        session = open_session(world, arguments)
        for path in arguments.field:
            if path not in session.kind.fields:
                known = session.kind.fields
                hint = meant(path, known, f"fields: {listed(known, path)}", LOOSE)
                raise UsageError(f"--field: `{path}` is not a field", hint=hint)
        plan, seen = signals.run(session.planned())
        show_warnings(world, arguments, seen.warnings, changed(plan))
        return _adopt(session, plan, seen)


def _adopt(session: Session, plan: Plan, seen: Sight) -> int:
    world, arguments = session.world, session.arguments
    workspace = Workspace(
        project=session.project,
        environment=session.environment,
        env=world.env,
        declared={item.key: item.fields for item in seen.desired},
        live=_live(plan, seen),
    )
    found = [
        _pinned(session, seen, decision)
        for decision in decisions(
            plan, overwrite=arguments.overwrite, undeclared=arguments.undeclared
        )
        if not arguments.field or decision.change.path in arguments.field
    ]
    results = list(adopt.adopt(workspace, found, _Chooser(session)))
    if not arguments.dry_run:
        with files.unbroken():
            _save(session, plan, seen, workspace, results)
    write_adopted(world, arguments, results)
    return 4 if any(item.open for item in results) else 0


def _save(
    session: Session, plan: Plan, seen: Sight, workspace: Workspace, results: Sequence[Adopted]
) -> None:
    """Write the files, then the ledger."""
    adopt.save(workspace)
    now = session.world.now()
    live = {agent.id: agent for agent in seen.live}
    entries = adopt.remembered(session.kind, results, seen.last, live, now)
    with suppress(ReconcilerError):  # git may have the values too
        adopt.recorded(session.recorder(Stamp(at=now), "adopt"), results, seen.last)
    session.ledger.record_all(plan.environment, plan.salt, entries)


def _pinned(session: Session, seen: Sight, decision: Decision) -> Decision:
    """The decision, refused where the file would lose a pinned clause."""
    desired = next(item for item in seen.desired if item.key == decision.action.key)
    live = next(agent for agent in seen.live if agent.id == decision.action.id)
    clauses = session.environment.limits.clauses
    return pinned(decision, desired, live.fields, clauses)


def _live(plan: Plan, seen: Sight) -> dict[str, dict[str, object]]:
    agents = {agent.id: agent for agent in seen.live}
    managed = [action for action in plan.actions if action.verb is not Verb.UNMANAGED]
    return {action.key: dict(agents[action.id].fields) for action in managed if action.id in agents}


class _Chooser:
    """Takes what may be taken; at a terminal it asks about each edit, also where both moved."""

    def __init__(self, session: Session) -> None:
        self.session = session
        arguments = session.arguments
        unasked = arguments.auto_approve or arguments.dry_run or not session.world.interactive
        self.rest: bool | None = True if unasked else None
        self.first = True

    def __call__(self, decision: Decision) -> bool:
        if self.rest is not None:
            return self.rest and not decision.reason
        world, arguments = self.session.world, self.session.arguments
        answer = ask_about(world, arguments, decision, first=self.first)
        self.first = False
        if answer in ("a", "q"):
            self.rest = answer == "a"
        return answer == "y" or (answer == "a" and not decision.reason)
