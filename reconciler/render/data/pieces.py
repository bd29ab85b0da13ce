"""The common parts of several JSON documents: changes, sentences, findings. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.engine.impact import is_cosmetic
from reconciler.errors import Problem
from reconciler.jsonvalues import Json, Ref, map_leaves
from reconciler.model import Address, Change, Contract
from reconciler.render.data import documents
from reconciler.render.sentences import paragraph
from reconciler.schema.kind import Kind


def change(item: Change) -> documents.Change:
    """One field that differs; without its values if they are secret."""
    found = _hidden(item) if item.sensitive else _open(item)
    if item.note:
        found["note"] = item.note
    if item.item:
        found["item"] = item.item
    return found


def known(leaf: Json) -> Json:
    """A leaf as JSON; a reference to an object that the plan creates is *known after apply*."""
    return f"{Address(leaf.kind, leaf.key)} (known after apply)" if isinstance(leaf, Ref) else leaf


def _hidden(item: Change) -> documents.HiddenChange:
    found: documents.HiddenChange = {
        "path": item.path,
        "cause": item.cause,
        "impact": item.impact,
        "cosmetic": False,
        "readable": item.readable,
        "sensitive": True,
    }
    if item.secret_only:
        found["secret_only"] = True
    if item.unset:
        found["unset"] = list(item.unset)
    return found


def _open(item: Change) -> documents.OpenChange:
    found: documents.OpenChange = {
        "path": item.path,
        "cause": item.cause,
        "impact": item.impact,
        "cosmetic": is_cosmetic(item),
        "readable": item.readable,
        "sensitive": False,
        "before": item.before,
        "after": map_leaves(item.after, known),
    }
    if item.applied_known:
        found["applied"] = item.applied
    return found


def undeclared(change: Change) -> documents.UndeclaredMoved:
    """One field that changed live and that no file names."""
    found: documents.UndeclaredMoved = {
        "path": change.path,
        "impact": change.impact,
        "cosmetic": is_cosmetic(change),
        "readable": change.readable,
        "sensitive": change.sensitive,
        "live": None if change.sensitive else change.after,
        "applied": change.before if change.applied_known else None,
        "applied_known": change.applied_known,
    }
    if change.note:
        found["note"] = change.note
    return found


def stored(change: Change) -> documents.Stored:
    """One field that the API stores in another form than the one that was sent."""
    return {
        "path": change.path,
        "file": change.after,
        "live": change.before,
        "note": change.note,
    }


NO_SENTENCES: documents.Sentences = {"en": "", "ar": ""}
"""For an action that had no effect."""


def sentences(
    kind: Kind,
    verb: str,
    name: str,
    changes: Sequence[Change],
    contract: Contract | None = None,
) -> documents.Sentences:
    """The changes of an agent in words; ``verb`` is that of an action, or ``drift``."""
    return {
        "en": paragraph(kind, verb, name, changes, contract, language="en"),
        "ar": paragraph(kind, verb, name, changes, contract, language="ar"),
    }


def problem(item: Problem) -> documents.Problem:
    """One mistake in the files, or a finding about them."""
    return {
        "file": item.file,
        "line": item.line,
        "field": item.field,
        "message": item.message,
        "found": item.found,
        "allowed": item.allowed,
        "hint": item.hint,
        "warning": item.warning,
        "rule": item.rule,
    }


def problem_of(shown: Mapping[str, Any]) -> Problem:
    """The problem in a document. Raises LookupError or TypeError for another shape."""
    names = ("file", "line", "field", "message", "found", "allowed", "hint", "warning", "rule")
    return Problem(**{name: shown[name] for name in names})
