"""What was last applied, put back into plans and audits that know only its digest. Pure."""

from collections.abc import Callable
from dataclasses import replace

from reconciler.engine.drift import Audit
from reconciler.jsonvalues import MISSING, Json
from reconciler.model import Change, Plan

LastValue = Callable[[str, str], Json]
"""From an agent's id and a leaf's path to the value last applied; ``MISSING`` if it is lost."""


def in_plan(plan: Plan, last_value: LastValue) -> Plan:
    """The plan, its conflicts with all three values where they can be had."""
    actions = []
    for action in plan.actions:
        changes = (_recalled(action.id or "", c, last_value, "last") for c in action.changes)
        actions.append(replace(action, changes=tuple(changes)) if action.conflicts else action)
    return replace(plan, actions=tuple(actions))


def in_audit(audit: Audit, last_value: LastValue) -> Audit:
    """The audit, with what was applied where both moved, or where no file names it."""
    agents = []
    for agent in audit.agents:
        drift = (_recalled(agent.id, c, last_value, "before") for c in agent.drift)
        others = (_what_it_was(agent.id, change, last_value) for change in agent.undeclared)
        agents.append(replace(agent, drift=tuple(drift), undeclared=tuple(others)))
    return replace(audit, agents=tuple(agents))


def _what_it_was(agent_id: str, change: Change, last_value: LastValue) -> Change:
    """A change of what no file names, with what it was where that can be had."""
    value = (
        last_value(agent_id, change.path) if change.readable and not change.sensitive else MISSING
    )
    return change if value is MISSING else replace(change, before=value, last_known=True)


def _recalled(agent_id: str, change: Change, last_value: LastValue, name: str) -> Change:
    """A conflict with the value last applied under this name, where it can be had."""
    if not change.cause.is_conflict or not change.readable:
        return change
    value = last_value(agent_id, change.path)
    known: dict[str, Json] = {name: value, "last_known": True}
    return change if value is MISSING else replace(change, **known)
