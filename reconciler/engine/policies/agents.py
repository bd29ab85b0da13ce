"""Policies on which agents a plan writes, and how many. Pure."""

from collections.abc import Iterator

from reconciler.engine.policies.declared import Limit, Policies, Sights, fits
from reconciler.model import (
    Create,
    Plan,
    Violation,
)
from reconciler.text.wording import count, named, reviewed, them, ticked


def allowance(limit: Limit, agents: int) -> int:
    """How many agents a limit lets one apply write; a percentage always allows at least one."""
    if isinstance(limit, int):
        return limit
    return max(1, agents * int(limit.rstrip("%")) // 100)


def max_changes(plan: Plan, policies: Policies, seen: Sights) -> Iterator[Violation]:
    """Violated if the plan writes more agents than the limit allows."""
    limit = policies.max_changes
    if limit is None:
        return
    writes, allowed = plan.writes, allowance(limit, plan.agents)
    share = "" if isinstance(limit, int) else f" of its {count(plan.agents, 'live agent')}"
    if len(writes) > allowed:
        whole = f"all {len(writes)} were" if len(writes) > 1 else "it was"
        over = f"if {whole} reviewed: {seen.way.raised(len(writes))}"
        yield Violation(
            rule="max_changes",
            message=f"this plan writes {count(len(writes), 'agent')} of {plan.environment}; "
            f"`max_changes: {limit}`{share} allows {allowed}",
            hint=f"{seen.way.narrowed(writes[0].key)}; or, {over}" if allowed else over,
            agents=tuple(action.key for action in writes),
        )


def allow_create(plan: Plan, policies: Policies, seen: Sights) -> Iterator[Violation]:
    """Violated if the plan creates agents in an environment that does not allow it."""
    keys = tuple(action.key for action in plan.of(Create))
    if keys and not policies.allow_create:
        yield Violation(
            rule="allow_create",
            message=f"this plan creates {count(len(keys), 'agent')} in {plan.environment}, and "
            f"`allow_create: false` allows none: {named(keys)}",
            hint=f"if one is live under another name, pin its `id`{seen.way.again}; if not, create "
            f"it in the dashboard and import it, or {seen.way.without(keys, them(keys))}",
            agents=keys,
        )


def protected_agents(plan: Plan, policies: Policies, seen: Sights) -> Iterator[Violation]:
    """Violated if the plan writes protected agents."""
    globs = policies.protected_agents
    hit = {a.key: [g for g in globs if fits(a.keys, g)] for a in plan.writes}
    keys = tuple(key for key, found in hit.items() if found)
    if keys:
        used = [glob for glob in globs if any(glob in found for found in hit.values())]
        yield Violation(
            rule="protected_agents",
            message=f"this plan writes {count(len(keys), 'protected agent')} of "
            f"{plan.environment}: {named(keys)} (`protected_agents` has {ticked(used)})",
            hint=f"{seen.way.without(used, them(keys))}; {reviewed('protected_agents', keys)}",
            agents=keys,
        )


def missing_files(plan: Plan, policies: Policies, seen: Sights) -> Iterator[Violation]:
    """Violated if most agents of the state have no file: probably an incomplete checkout."""
    lost = len(plan.orphans)
    if lost >= 2 and lost * 2 > plan.known and not policies.forgotten:
        yield Violation(
            rule="missing_files",
            message=f"{lost} of {count(plan.known, 'agent')} that the state knows in "
            f"{plan.environment} are in no file any more: {named(plan.orphans)}",
            hint=f"restore their files{seen.way.again}; if they are to be without, the state can "
            f"forget them, and no live agent is touched: {seen.way.applied('--allow-missing')}",
            agents=plan.orphans,
        )
