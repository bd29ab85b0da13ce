"""Whether a plan undoes nothing but drift of groups that an environment heals by itself. Pure."""

from reconciler.engine.impact import group
from reconciler.engine.policies.declared import Policies
from reconciler.model import Action, Blocked, Cause, Plan, Update


def heals(plan: Plan, policies: Policies) -> bool:
    """Whether the service may apply a plan without an approval.

    It does if every write puts back, in groups of ``self_heal``, what was applied before and then
    changed live. A plan with anything else waits as a whole: nobody approves half of a plan.
    """
    if plan.of(Blocked) or not plan.writes:
        return False
    return all(_undoes(action, policies) for action in plan.writes)


def _undoes(action: Action, policies: Policies) -> bool:
    """Whether an action only undoes drift; new items of a list, and secrets, are no drift."""
    return isinstance(action, Update) and all(
        change.cause is Cause.DRIFT and not change.sensitive and group(change) in policies.self_heal
        for change in action.changes
    )
