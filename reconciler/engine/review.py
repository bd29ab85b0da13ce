"""What a reviewer agreed to, as one digest: equal plans write the same over the same. Pure."""

from reconciler.api import digest
from reconciler.model import Action, Json, Plan, Secret, with_leaves


def plan_digest(plan: Plan) -> str:
    """A digest of all that a plan writes: ``sha256:`` and 32 hex digits.

    It covers the environment, each request, and the live values that it replaces. A secret counts
    by its name: a reviewer never saw its value. Agents that are not written do not count, nor
    does when, where from or by which version the plan was made.
    """
    writes = [_reviewed(action) for action in plan.writes]
    return digest.content([plan.environment, plan.url, writes])


def _reviewed(action: Action) -> Json:
    request = action.request
    sent = [request.method, request.path, with_leaves(request.body, _named)] if request else []
    return [action.kind.value, action.key, sent, dict(action.expects)]


def _named(leaf: Json) -> Json:
    return {"$secret": leaf.name} if isinstance(leaf, Secret) else leaf
