"""A digest of what a reviewer approved: equal for plans that write the same over the same. Pure."""

from collections.abc import Iterable

from reconciler.jsonvalues import Json, Ref, Secret, map_leaves
from reconciler.model import (
    ADDED,
    Action,
    Create,
    Plan,
    Update,
    Write,
)
from reconciler.schema import digest, paths


def plan_digest(plan: Plan) -> str:
    """A digest of everything that a plan writes: ``sha256:`` and 32 hex digits.

    It covers the environment, each request, and the live values that it replaces. A secret counts
    by its name, since a reviewer never saw its value. A change of nothing but a secret's value is
    left out, so that the digest is the same on machines with and without secrets. References to
    objects that the plan creates count by address.
    Agents that are not written do not count, nor does when, where or by which version the plan was
    made.
    """
    return of_parts(plan.environment, plan.url, part_digests(plan))


def of_parts(environment: str, url: str, parts: Iterable[str]) -> str:
    """The digest of the plan with these digests of its writes: it proves that they are all."""
    return digest.content([environment, url, sorted(parts)])


def part_digests(plan: Plan) -> tuple[str, ...]:
    """A digest of each write that ``plan_digest`` covers, sorted, without the names of agents.

    If an apply was cut off, the digests of the plan after it are some of those before it.
    """
    return tuple(sorted(filter(None, (action_digest(plan, action) for action in plan.writes))))


def action_digest(plan: Plan, action: Action) -> str:
    """A digest of what a plan writes of one agent, over what; empty for nothing."""
    if not isinstance(action, Write) or not _tops(action):
        return ""
    return digest.content([plan.environment, plan.url, _reviewed(action)])


def _reviewed(action: Write) -> Json:
    tops, request = _tops(action), action.request
    sent = {top: map_leaves(value, _named) for top, value in request.body.items() if top in tops}
    expects = action.expects if isinstance(action, Update) else {}
    replaced = {path: v for path, v in expects.items() if paths.top(path) in tops}
    way = [request.method, request.path, sent]
    found = [action.verb.value, action.key, way, replaced]
    new = isinstance(action, Create) or any(change.item == ADDED for change in action.changes)
    return [*found, action.layout] if action.layout is not None and new else found


def _tops(action: Write) -> set[str]:
    """The top-level keys of the request in which a reviewer sees changes."""
    return {paths.top(c.path) for c in action.changes if not c.secret_only}


def _named(leaf: Json) -> Json:
    if isinstance(leaf, Ref):
        return {"$ref": f"{leaf.kind}/{leaf.key}"}
    return {"$secret": leaf.name} if isinstance(leaf, Secret) else leaf
