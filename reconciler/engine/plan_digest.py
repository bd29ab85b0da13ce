"""What a reviewer agreed to, as one digest: equal plans write the same over the same. Pure."""

from reconciler.jsonvalues import Json, Ref, Secret, map_leaves
from reconciler.model import (
    Plan,
    Update,
    Write,
)
from reconciler.schema import digest, paths


def plan_digest(plan: Plan) -> str:
    """A digest of all that a plan writes: ``sha256:`` and 32 hex digits.

    It covers the environment, each request, and the live values that it replaces. A secret counts
    by its name: a reviewer never saw its value. So what is sent because only the value of a secret
    moved does not count: the digest is the same where secrets are set and where they are not. What
    the plan creates counts by its address where something refers to it.
    Agents that are not written do not count either, nor does when, where from or by which version
    the plan was made.
    """
    writes = [_reviewed(action) for action in plan.writes if _tops(action)]
    return digest.content([plan.environment, plan.url, writes])


def _reviewed(action: Write) -> Json:
    tops, request = _tops(action), action.request
    sent = {top: map_leaves(value, _named) for top, value in request.body.items() if top in tops}
    expects = action.expects if isinstance(action, Update) else {}
    replaced = {path: v for path, v in expects.items() if paths.top(path) in tops}
    way = [request.method, request.path, sent]
    return [action.verb.value, action.key, way, replaced]


def _tops(action: Write) -> set[str]:
    """The top-level keys of the request that a reviewer sees changes of."""
    return {paths.top(c.path) for c in action.changes if not c.secret_only}


def _named(leaf: Json) -> Json:
    if isinstance(leaf, Ref):
        return {"$ref": f"{leaf.kind}/{leaf.key}"}
    return {"$secret": leaf.name} if isinstance(leaf, Secret) else leaf
