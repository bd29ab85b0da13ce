"""Guards: what a project lets an apply do, as filters on a finished plan. Pure.

A guard is a function of the plan, the limits and what else is seen. It never changes the plan and
says nothing of agents that the plan does not write; it gives a :class:`Refusal` for each rule that
says no.
"""

from itertools import chain

from reconciler.engine.policies import agents, clauses, fields, windows
from reconciler.engine.policies.limits import Limits, Sights
from reconciler.model import Plan, Refusal

__all__ = ["Limits", "Sights", "refusals"]


def refusals(plan: Plan, limits: Limits, seen: Sights) -> tuple[Refusal, ...]:
    """Every refusal of a plan, those that wait last."""
    found = chain(
        agents.missing_files(plan, limits, seen),
        agents.max_changes(plan, limits, seen),
        agents.allow_create(plan, limits, seen),
        agents.protected_agents(plan, limits, seen),
        fields.protected_fields(plan, limits, seen),
        clauses.clauses(plan, limits, seen),
        windows.windows(plan, limits, seen),
        fields.approvals(plan, limits, seen),
    )
    return tuple(sorted(found, key=lambda refusal: refusal.waits))
