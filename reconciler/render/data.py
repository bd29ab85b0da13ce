"""Plans, results and mistakes as JSON for machines. Values of secrets are in none of them."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from reconciler.engine.audit import Audit, Audited
from reconciler.errors import Problem, ReconcilerError
from reconciler.model import Action, Change, Json, Outcome, Plan, Request, Secret, Status
from reconciler.render import audits
from reconciler.render.results import tally
from reconciler.render.rows import SENSITIVE, causes, summary

FORMAT = "1.0"

_ACTS = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def text(content: Json) -> str:
    """JSON text in which no character acts on a terminal: they are escaped, losslessly."""
    plain = json.dumps(content, ensure_ascii=False, indent=2)
    quiet = re.sub(r"##(vso)?\[", lambda found: found.group()[:-1] + "\\u005b", plain)
    return _ACTS.sub(lambda found: f"\\u{ord(found.group()):04x}", quiet) + "\n"


def document(**content: Json) -> str:
    """The text of a result that has no shape of its own here, with the format's version."""
    return text({"format_version": FORMAT, **content})


def plan(found: Plan) -> dict[str, Any]:
    """A plan: ``format_version``, ``environment``, ``summary``, ``changes`` and ``actions``."""
    return {
        "format_version": FORMAT,
        "environment": found.environment,
        "url": found.url,
        "summary": summary(found),
        "changes": bool(found.writes),
        "causes": causes(found),
        "actions": [_action(action) for action in found.actions],
    }


def _action(action: Action) -> dict[str, Any]:
    return {
        "action": action.kind.value,
        "key": action.key,
        "name": action.name,
        "id": action.id,
        "changes": [_change(change) for change in action.changes],
        "ignored": [_change(change) for change in action.ignored],
        "request": _request(action, action.request),
        "undo": _request(action, action.undo),
        "reason": action.reason,
        "notes": list(action.notes),
        "updated_at": action.updated_at,
    }


def _change(change: Change) -> dict[str, Any]:
    common = {
        "path": change.path,
        "cause": change.cause.value,
        "impact": change.impact.value,
        **({"note": change.note} if change.note else {}),
        "readable": change.readable,
        "sensitive": change.sensitive,
    }
    if change.sensitive:
        return common
    last = {"last": change.last} if change.last_known else {}
    return {**common, "before": change.before, "after": change.after, **last}


def _request(action: Action, request: Request | None) -> dict[str, Any] | None:
    if request is None:
        return None
    hidden = {change.path for change in action.changes if change.sensitive}
    body = {name: _redacted(item, name, hidden) for name, item in request.body.items()}
    return {"method": request.method, "path": request.path, "body": body}


def _redacted(value: Json, path: str, hidden: Collection[str]) -> Json:
    """A value without secrets, and without what stands at paths that may not be shown."""
    match value:
        case Secret():
            return SENSITIVE
        case _ if path in hidden and value is not None:
            return SENSITIVE
        case dict():
            return {name: _redacted(item, f"{path}.{name}", hidden) for name, item in value.items()}
        case list():
            return [_redacted(item, path, hidden) for item in value]
        case _:
            return value


def results(environment: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What became of each agent of an apply."""
    return {
        "format_version": FORMAT,
        "environment": environment,
        "summary": tally(outcomes),
        "outcomes": [
            {
                "key": outcome.action.key,
                "action": outcome.action.kind.value,
                "id": outcome.id,
                "status": outcome.status.value,
                "message": outcome.message,
                "hint": outcome.hint,
                "conflicts": _refused(outcome),
                "differences": [asdict(item) for item in outcome.differences],
                "unchecked": list(outcome.unchecked),
            }
            for outcome in outcomes
        ],
    }


def _refused(outcome: Outcome) -> list[dict[str, Any]]:
    """The conflicts for which an agent was refused, with their values."""
    refused = outcome.status is Status.REFUSED
    return [_change(change) for change in outcome.action.conflicts] if refused else []


def audit(found: Audit) -> dict[str, Any]:
    """An audit: ``drift`` tells whether somebody changed something; ``agents`` are the files'."""
    return {
        "format_version": FORMAT,
        "environment": found.environment,
        "url": found.url,
        "summary": audits.summary(found),
        "drift": bool(found.drifted),
        "agents": [_audited(agent) for agent in found.agents],
        "unmanaged": [
            {"id": agent.id, "name": agent.name, "updated_at": agent.updated_at}
            for agent in found.unmanaged
        ],
    }


def _audited(agent: Audited) -> dict[str, Any]:
    return {
        "key": agent.key,
        "name": agent.name,
        "id": agent.id,
        "vanished": agent.vanished,
        "missing": agent.missing,
        "updated_at": agent.updated_at,
        "applied_at": agent.applied_at,
        "commit": agent.commit,
        "drift": [_moved(change) for change in agent.drift],
        "expected": [_moved(change) for change in agent.expected],
        "waiting": list(agent.waiting),
        "unchecked": list(agent.unchecked),
    }


def _moved(change: Change) -> dict[str, Any]:
    """One field that moved live: the value ``applied``, or the ``file``'s if that is not known."""
    return {
        "path": change.path,
        "cause": change.cause.value,
        "impact": change.impact.value,
        "applied" if change.last_known else "file": change.before,
        "live": change.after,
        **({"note": change.note} if change.note else {}),
    }


def problems(found: Sequence[Problem]) -> dict[str, Any]:
    """Mistakes in the files."""
    return {"format_version": FORMAT, "problems": [asdict(problem) for problem in found]}


def error(stop: ReconcilerError, found: Sequence[Problem]) -> dict[str, Any]:
    """Why a run stopped, so that JSON appears whatever the exit code."""
    said = {"message": stop.message, "hint": stop.hint, "exit_code": stop.exit_code}
    return {**problems(found), "error": said}
