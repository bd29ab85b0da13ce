"""Policies: what a project lets an apply do, as filters on a finished plan. Pure.

A policy is a function of the plan, the project's settings and what else is known of the run. It
never changes the plan and ignores agents that the plan does not write; it yields a
:class:`Violation` for each reason to reject the plan.
"""

from itertools import chain

from reconciler.engine.policies import agents, fields, required_text, windows
from reconciler.engine.policies.declared import Policies, Sights
from reconciler.model import Plan, Violation

__all__ = ["Policies", "Sights", "violations"]


def violations(plan: Plan, policies: Policies, seen: Sights) -> tuple[Violation, ...]:
    """Every violation of a plan, pending ones last."""
    found = chain(
        agents.missing_files(plan, policies, seen),
        agents.max_changes(plan, policies, seen),
        agents.allow_create(plan, policies, seen),
        agents.protected_agents(plan, policies, seen),
        fields.protected_fields(plan, policies, seen),
        required_text.required_texts(plan, policies, seen),
        windows.windows(plan, policies, seen),
        fields.approvals(plan, policies, seen),
    )
    return tuple(sorted(found, key=lambda violation: violation.pending))
