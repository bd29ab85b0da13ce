"""An audit of live changes since the last apply, as a JSON document. Pure."""

from collections.abc import Sequence

from reconciler.engine.drift import Audit, Audited
from reconciler.engine.impact import is_cosmetic
from reconciler.errors import Problem
from reconciler.model import Change
from reconciler.render.audits import summary, tellable
from reconciler.render.data import documents, pieces
from reconciler.render.rows import SENSITIVE


def audit(found: Audit, findings: Sequence[Problem] = ()) -> documents.Drift:
    """An audit, and the warnings about the files."""
    return {
        "format_version": documents.FORMAT,
        "environment": found.environment,
        "url": found.url,
        "summary": summary(found),
        "drift": bool(found.drifted),
        "required_text": [
            {"key": one.key, "field": one.field, "text": one.required.text}
            for one in found.required_text
            if one.known
        ],
        "agents": [_audited(agent) for agent in found.agents],
        "unmanaged": [
            {
                "id": agent.id,
                "name": agent.name,
                "updated_at": agent.updated_at,
                "looks_like": list(found.namesakes.get(agent.id, ())),
            }
            for agent in found.unmanaged
        ],
        "accepted": list(found.accepted),
        "findings": [pieces.problem(item) for item in findings],
    }


def _audited(agent: Audited) -> documents.AuditedAgent:
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
        "undeclared": [pieces.undeclared(change) for change in agent.undeclared],
        "sentences": pieces.sentences(agent.kind, "drift", agent.name, tellable(agent)),
        "expected": [_moved(change) for change in agent.expected],
        "undeclared_expected": [pieces.undeclared(change) for change in agent.left],
        "stored_otherwise": [pieces.stored(change) for change in agent.otherwise],
        "waiting": list(agent.waiting),
        "unchecked": list(agent.unchecked),
        "not_known_yet": list(agent.unlearned),
    }


def _moved(change: Change) -> documents.Moved:
    """One field that changed live: the value ``applied``, or the ``file``'s if that is unknown."""
    common: documents.AnyMoved = {
        "path": change.path,
        "cause": change.cause,
        "impact": change.impact,
        "cosmetic": is_cosmetic(change),
        "live": SENSITIVE if change.sensitive else change.after,
    }
    if change.note:
        common["note"] = change.note
    if change.item:
        common["item"] = change.item
    if change.applied_known:
        return {**common, "applied": change.before}
    return {**common, "file": change.before}
