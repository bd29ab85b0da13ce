"""Limits on a finished plan, as filters: they never change it. Pure."""

from reconciler.errors import GuardError
from reconciler.model import Plan

Limit = int | str
"""A count, or a share of the live agents such as ``30%``."""


def allowance(limit: Limit, agents: int) -> int:
    """How many agents a limit lets one apply write; a share always lets at least one."""
    if isinstance(limit, int):
        return limit
    return max(1, agents * int(limit.rstrip("%")) // 100)


def check(plan: Plan, limit: Limit | None) -> None:
    """Raise GuardError where the plan writes more agents than the limit allows."""
    if limit is None:
        return
    writes, allowed = len(plan.writes), allowance(limit, plan.agents)
    if writes > allowed:
        raise GuardError(
            f"this plan writes {writes} agents of {plan.environment}, and `max_changes: {limit}` "
            f"allows {allowed} of its {plan.agents}",
            hint="narrow it with --target, or pass the limit this once with --force",
        )
