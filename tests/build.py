"""Values of the model as tests need them: small, valid, and whatever a test says of them."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from reconciler.engine import decoding, diff
from reconciler.jsonvalues import Json
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import (
    ACTIONS,
    Action,
    Applied,
    Cause,
    Change,
    Desired,
    Live,
    Plan,
    Request,
    Verb,
)
from reconciler.schema.table import Impact

SALT = "00" * 16


def change(
    path: str = "lang",
    before: Json = None,
    after: Json = None,
    cause: str = Cause.EDIT,
    impact: str = Impact.BEHAVIOUR,
    **more: Any,
) -> Change:
    frame = {"cause": Cause(cause), "impact": Impact(impact), **more}
    return Change(path=path, before=before, after=after, **frame)


def change_of_row(
    path: str = "lang", before: Json = None, after: Json = None, **more: Any
) -> Change:
    """A change as the planner would make it, with the facts of the field's row if it has one."""
    fact = AGENT_V1[path].fact if path in AGENT_V1.fields else None
    facts = {"impact": fact.impact, "unit": fact.unit, "prose": fact.prose} if fact else {}
    return change(path, before, after, **{**facts, **more})


def hidden(path: str, cause: str = Cause.EDIT, impact: str = Impact.REACH) -> Change:
    """A change of a secret."""
    return change(path, None, None, cause, impact, readable=False, sensitive=True)


def action(
    verb: str = "update", key: str = "desk", name: str = "Desk", *changes: Change, **more: Any
) -> Action:
    return made(kind=AGENT_V1, verb=Verb(verb), key=key, name=name, changes=changes, **more)


def made(*, verb: Verb, **fields: Any) -> Action:
    """An action with this verb: ``fields`` as far as its class has them, and required defaults."""
    sort = ACTIONS[verb]
    named = {one.name for one in dataclasses.fields(sort)}
    given = {name: value for name, value in fields.items() if name in named and value is not None}
    lacking = {"id": "1", "reason": "no", "request": Request(method="PATCH", path="/", body={})}
    needed = named - {"id"} if verb in (Verb.CREATE, Verb.BLOCKED) else named
    return sort(**{name: one for name, one in lacking.items() if name in needed} | given)


def plan(*actions: Action, **more: Any) -> Plan:
    frame = {"environment": "test", "url": "sandbox", "salt": "", "agents": 9, **more}
    return Plan(actions=actions, **frame)


def live(fields: Mapping[str, Json] | None = None, agent_id: str = "1", **more: Any) -> Live:
    """A live agent that holds these fields of the table."""
    frame = {"name": "A", "generation": "G1", "secrets": {}, "rest": {}, **more}
    return Live(kind=AGENT_V1, id=agent_id, fields=fields or {}, **frame)


def decoded(payload: Mapping[str, Json] | None = None, **fields: Json) -> Live:
    """A live agent from the payload of a response, and more fields of it."""
    return decoding.decode(AGENT_V1, {"id": "1", **(payload or {}), **fields})


def desired(fields: Mapping[str, Json], key: str = "desk", **more: Any) -> Desired:
    return Desired(kind=AGENT_V1, key=key, fields=fields, **{"file": f"agents/{key}.yaml", **more})


def applied(item: Desired, agent_id: str = "1", salt: str = SALT) -> Applied:
    """What remembers this agent as applied."""
    digests = {path: diff.fingerprint(item, AGENT_V1[path], salt) for path in item.fields}
    return Applied(kind=AGENT_V1, id=agent_id, digests=digests)
