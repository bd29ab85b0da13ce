"""What was last applied, put back into plans and audits that know only its digest. Pure."""

from collections.abc import Callable
from dataclasses import replace

from reconciler.api.wire import MISSING
from reconciler.engine.audit import Audit
from reconciler.model import Cause, Change, Json, Plan

LastValue = Callable[[str, str], Json]
"""From an agent's key and a leaf's path to the value last applied; ``MISSING`` if it is lost."""


def in_plan(plan: Plan, last_value: LastValue) -> Plan:
    """The plan, its conflicts with all three values where they can be had."""
    actions = [
        replace(action, changes=tuple(_recalled(action.key, c, last_value) for c in action.changes))
        if action.conflicts
        else action
        for action in plan.actions
    ]
    return replace(plan, actions=tuple(actions))


def _recalled(key: str, change: Change, last_value: LastValue) -> Change:
    if change.cause is not Cause.CONFLICT or not change.readable:
        return change
    value = last_value(key, change.path)
    return change if value is MISSING else replace(change, last=value, last_known=True)


def in_audit(audit: Audit, last_value: LastValue) -> Audit:
    """The audit, with what was applied where files and dashboard both moved."""
    agents = [
        replace(
            agent, drift=tuple(_applied(agent.key, change, last_value) for change in agent.drift)
        )
        for agent in audit.agents
    ]
    return replace(audit, agents=tuple(agents))


def _applied(key: str, change: Change, last_value: LastValue) -> Change:
    if change.cause is not Cause.CONFLICT:
        return change
    value = last_value(key, change.path)
    return change if value is MISSING else replace(change, before=value, last_known=True)
