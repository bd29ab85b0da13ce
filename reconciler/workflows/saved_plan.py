"""A reviewed plan from a file: was it made by this tool, for this environment and state?"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.config import reader
from reconciler.engine import verify
from reconciler.engine.diff import holds_secret
from reconciler.errors import ReconcilerError, RefusedError, listed
from reconciler.jsonvalues import MISSING, Json, equal
from reconciler.model import Plan, Planned, Update, Write, is_agent_id
from reconciler.render import data
from reconciler.render.data import documents
from reconciler.render.data.saved import Saved, Secrets, document, revived
from reconciler.schema import digest, wire
from reconciler.state import planfile
from reconciler.workflows.execute import reviewed
from reconciler.workflows.plan import judged
from reconciler.workflows.policy import PolicyOptions
from reconciler.workflows.refresh import refresh_saved
from reconciler.workflows.session import Session

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def keep(path: Path, saved: Saved, *, created_at: str, tool: str) -> None:
    """Write a plan file; ``tool`` is the version that writes it."""
    found = planfile.sealed(document(saved, created_at=created_at, tool=tool))
    planfile.save(path, data.text(found))


def read(path: Path, secret: Secrets) -> Saved:
    """Read a plan file, looking up its secrets by name.

    Raises ReconcilerError if it is not a plan file, was changed, or has a newer format.
    """
    return decoded(planfile.load(path), path.name, secret)


def decoded(content: dict[str, Any], name: str, secret: Secrets) -> Saved:
    """Decode the document of a plan file; see :func:`read`."""
    try:
        found = planfile.today(content)
        if found is content:
            _check_shape(found)
        return revived(found, secret)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ReconcilerError(f"{name} is not a plan file of this version") from error


def _check_shape(content: dict[str, Any]) -> None:
    """Raise ValueError unless a document matches its schema; agents' values are not checked."""
    _shape().validate_python(content)


@cache
def _shape() -> "TypeAdapter[documents.Plan]":
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow, and only here

    return TypeAdapter(documents.Plan)


async def saved_plan(
    session: Session, path: Path, name: str, options: PolicyOptions, wanted: str | None
) -> Planned:
    """The plan of a file called ``name``, and what forbids it now.

    1. Read the file, its secrets from the current environment.
    2. Refuse it if environment or state are not those it was made for, or if it has a request that
       no plan makes.
    3. Add the digests of secrets that were not set when it was made.
    4. Refuse it if it is not the reviewed one; ``wanted`` is that one's digest.
    5. Read what the policies need of live agents, and check the policies.
    """
    saved = read(path, partial(reader.secret, session.environment, session.context.env)).planned
    _check(session, saved.plan, name)
    made = _with_secrets(saved.plan)
    reviewed(made, wanted)
    seen = await refresh_saved(session, made)
    return judged(session, made, seen, options, promotion=saved.promotion)


def _check(session: Session, plan: Plan, name: str) -> None:
    """Raise RefusedError unless a saved plan is for this environment and a planner can make it."""
    if plan.url != session.environment.url:
        message = f"{name} was made for {plan.url}, and {plan.environment} is now elsewhere"
        raise RefusedError(message, hint="plan again")
    page = session.state.known(plan.environment)
    if page and page.salt != plan.salt:
        raise RefusedError(f"the state was replaced since {name} was made", hint="plan again")
    forged = [action.key for action in plan.writes if not _is_planned(action)]
    if forged:
        message = f"{name} holds requests that no plan makes: {listed(forged)}"
        raise RefusedError(message, hint="plan again")


def _with_secrets(plan: Plan) -> Plan:
    """Complete the plan's digests here: no file has the values that a secret's digest needs."""
    actions = tuple(verify.with_secrets(action, plan.salt) for action in plan.actions)
    return replace(plan, actions=actions)


def _is_planned(action: Write) -> bool:
    """Whether a saved request goes to its own agent, with secrets only in secret fields."""
    request = action.request
    places = {("POST", action.kind.routes.collection)}
    if action.id:
        places = {("PATCH", action.kind.routes.one(action.id))} if is_agent_id(action.id) else set()
    leaves = wire.flatten(action.kind, request.body).items()
    return (
        (request.method, request.path) in places
        and all(_is_field(action, top, value) for top, value in request.body.items())
        and all(digest.is_keyed(action.digests.get(path)) for path, v in leaves if holds_secret(v))
    )


def _is_field(action: Write, top: str, value: Json) -> bool:
    """Whether a top-level key is a field, or an object of fields and of its live values."""
    known = [field.path for field in action.kind.outer if field.top == top]
    if known == [top]:
        return True
    return bool(known) and isinstance(value, Mapping) and _is_object(action, top, value)


def _is_object(action: Write, at: str, value: Mapping[str, Json]) -> bool:
    was = action.expects if isinstance(action, Update) else {}
    for name, inner in value.items():
        path = f"{at}.{name}"
        if path in action.kind or equal(inner, was.get(path, MISSING)):
            continue
        nested = any(row.path.startswith(f"{path}.") for row in action.kind.outer)
        if not (nested and isinstance(inner, Mapping) and _is_object(action, path, inner)):
            return False
    return True
