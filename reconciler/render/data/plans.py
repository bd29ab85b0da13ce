"""Plans and outcomes as JSON documents. Pure."""

from collections.abc import Mapping, Sequence

from reconciler.engine.plan_digest import action_digest, plan_digest
from reconciler.errors import Problem
from reconciler.model import (
    Action,
    Apart,
    Blocked,
    Cause,
    Change,
    Contract,
    Difference,
    Outcome,
    Plan,
    Planned,
    Promotion,
    Status,
    Uncompared,
    Violation,
    Write,
)
from reconciler.render.data import documents, flows, masks, pieces
from reconciler.render.plans import causes, impacts, summary
from reconciler.render.results import tally
from reconciler.render.rows import hidden


def plan(planned: Planned, findings: Sequence[Problem] | None = None) -> documents.Plan:
    """A plan, its violations, and its warnings, or other ``findings`` in their place."""
    found, promotion = planned.plan, planned.promotion
    return {
        "format_version": documents.FORMAT,
        "environment": found.environment,
        "url": found.url,
        "summary": summary(found),
        "digest": plan_digest(found),
        "changes": bool(found.writes),
        "causes": {Cause(name): count for name, count in causes(found).items()},
        "impacts": _impacts(found),
        "promotion": _promotion(promotion) if promotion else None,
        "actions": [_action(found, one) for one in found.actions],
        "orphans": list(found.orphans),
        "violations": [_violation(violation) for violation in planned.violations],
        "findings": [
            pieces.problem(one) for one in (planned.findings if findings is None else findings)
        ],
    }


def plans(
    found: Sequence[Planned], others: Mapping[str, Sequence[Apart]], findings: Sequence[Problem]
) -> documents.Plans:
    """Plans for several environments, and the differences between them in the files."""
    return {
        "format_version": documents.FORMAT,
        "plans": [plan(one, findings) for one in found],
        "others": [
            {"environment": name, "apart": [_apart(one) for one in apart]}
            for name, apart in others.items()
        ],
    }


def _promotion(found: Promotion) -> documents.Promotion:
    return {"source": found.source, "apart": [_apart(one) for one in found.apart]}


def _apart(one: Apart) -> documents.Apart:
    return {
        "key": one.key,
        "path": one.path,
        "only": one.only,
        "sensitive": one.hidden,
        "ignored": one.ignored,
        "here": one.here,
        "there": one.there,
    }


def _violation(violation: Violation) -> documents.Violation:
    return {
        "rule": violation.rule,
        "message": violation.message,
        "until": violation.until,
        "hint": violation.hint,
        "agents": list(violation.agents),
        "pending": violation.pending,
    }


def _impacts(found: Plan) -> documents.Impacts:
    counts = impacts(found)
    return {
        "spoken": counts["spoken"],
        "behaviour": counts["behaviour"],
        "reach": counts["reach"],
        "silent": counts["silent"],
        "cosmetic": counts["cosmetic"],
    }


def _action(plan: Plan, action: Action) -> documents.Action:
    return {
        "action": action.verb,
        "kind": action.kind.name,
        "api": action.kind.api,
        "key": action.key,
        "name": action.name,
        "id": action.id,
        "changes": _changes(action.changes),
        "ignored": _changes(action.ignored),
        "uncompared": [_uncompared(one) for one in action.uncompared],
        "undeclared": [pieces.undeclared(change) for change in action.undeclared],
        "stored_otherwise": [pieces.stored(change) for change in action.otherwise],
        "placeholders": _placeholders(action.contract),
        "flow": flows.changes(action),
        "sentences": _sentences(action),
        "request": _request(action),
        "digest": action_digest(plan, action),
        "reason": action.reason if isinstance(action, Blocked) else "",
        "notes": list(action.notes),
        "updated_at": action.updated_at,
    }


def _changes(found: Sequence[Change]) -> list[documents.Change]:
    return [pieces.change(change) for change in found]


def _uncompared(found: Uncompared) -> documents.Uncompared:
    return {
        "path": found.path,
        "impact": found.impact,
        "sensitive": True,
        "compared": False,
        "unset": list(found.secrets),
        "note": hidden(found.secrets),
    }


def _sentences(action: Action) -> documents.Sentences:
    return pieces.sentences(action.kind, action.verb, action.name, action.changes, action.contract)


def _placeholders(contract: Contract) -> documents.Placeholders:
    return {
        "added": list(contract.added),
        "filled": list(contract.filled),
        "unfilled": list(contract.unfilled),
        "removed": list(contract.removed),
        "renamed": [{"from": old, "to": new} for old, new in contract.renamed],
    }


def _request(action: Action) -> documents.Request | None:
    if not isinstance(action, Write):
        return None
    sent = action.request
    return {"method": sent.method, "path": sent.path, "body": masks.body(action, [])}


def results(
    environment: str, outcomes: Sequence[Outcome], findings: Sequence[Problem] = ()
) -> documents.Apply:
    """The outcome of each agent of an apply, and the warnings about the files."""
    return {
        "format_version": documents.FORMAT,
        "environment": environment,
        "summary": tally(outcomes),
        "outcomes": [_outcome(outcome) for outcome in outcomes],
        "findings": [pieces.problem(item) for item in findings],
    }


def _outcome(outcome: Outcome) -> documents.Outcome:
    refused, done = outcome.status is Status.REFUSED, outcome.status is Status.DONE
    return {
        "key": outcome.action.key,
        "action": outcome.action.verb,
        "id": outcome.id,
        "status": outcome.status,
        "message": outcome.message,
        "hint": outcome.hint,
        "changes": _changes(outcome.action.changes),
        "sentences": _sentences(outcome.action) if done else pieces.NO_SENTENCES,
        "conflicts": _changes(outcome.action.conflicts if refused else ()),
        "differences": [_difference(item) for item in outcome.differences],
        "unchecked": list(outcome.unchecked),
    }


def _difference(item: Difference) -> documents.Difference:
    return {
        "path": item.path,
        "expected": item.expected,
        "found": item.found,
        "answered": item.answered,
        "sent": item.sent,
        "hidden": item.hidden,
    }
