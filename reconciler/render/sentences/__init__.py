"""A plan in sentences: one short paragraph per agent, for people who do not read tables. Pure.

Made from the structured changes with fixed sentences; no model writes here. People's values are cut
and harmless, and secrets never appear.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from reconciler.kinds import registry
from reconciler.model import Cause, Change, Contract
from reconciler.render.sentences import callers, forms
from reconciler.render.sentences.forms import Clause, is_cosmetic, told
from reconciler.render.sentences.grammar import ARABIC, ENGLISH
from reconciler.render.sentences.language import Language
from reconciler.render.sentences.writing import cut
from reconciler.schema import paths, phrases
from reconciler.schema.kind import Kind, Role
from reconciler.schema.table import Impact

LANGUAGES = ("en", "ar")
"""The languages of sentences."""

_SPOKEN = {"en": ENGLISH, "ar": ARABIC}
_MOST = 8
"""Clauses of a sentence."""
_FEW = 3
_INTRODUCING = (Role.LANGUAGE, Role.GREETING, Role.VOICE)
"""The roles of the fields that describe a new agent."""
_ORDER = tuple(Impact)


def paragraph(
    kind: Kind,
    verb: str,
    name: str,
    changes: Sequence[Change],
    contract: Contract | None = None,
    *,
    language: str = "en",
) -> str:
    """What changes about one agent, in one line of whole sentences; empty if nothing does.

    ``verb`` is ``create``, ``update``, ``blocked`` (what would change) or ``drift`` (what changed
    live: ``before`` was applied, or is the file's if the cause is untracked; ``after`` is live).
    Any other verb gives no sentence. ``contract`` becomes a second sentence. The most noticeable
    changes come first, cosmetic ones last.
    """
    spoken = _of_kind(kind, language)
    if verb not in spoken.frames:
        return ""
    about_callers = callers.sentence(contract, spoken, would=verb == "blocked") if contract else ""
    sentences = (_told(kind, verb, name, changes, spoken), about_callers)
    return " ".join(filter(None, sentences))


def _told(kind: Kind, verb: str, name: str, changes: Sequence[Change], spoken: Language) -> str:
    """The sentence about the changes."""
    if not changes:
        return ""
    quoted = spoken.writer.quoted(name)
    if verb == "create":
        return _introduced(kind, quoted, changes, spoken)
    changes, spoken = _flow_as_one(kind, changes, spoken)
    frame = spoken.frames[verb]
    if verb == "drift" and any(change.cause is Cause.UNTRACKED for change in changes):
        frame, changes = spoken.differs, [_beside_its_file(change) for change in changes]
    clauses, left = _chosen(_ordered(changes), spoken)
    written = [_written(clause, spoken, would=verb == "blocked") for clause in clauses]
    mood = spoken.would if verb == "blocked" else spoken.so
    more = mood(spoken.more_changes(left)) if left else ""
    return frame.format(name=quoted, clauses=spoken.joined(written, more))


def _flow_as_one(
    kind: Kind, changes: Sequence[Change], spoken: Language
) -> tuple[Sequence[Change], Language]:
    """One change in place of all those of a flow, and the words for it: how many nodes change."""
    inside = _inside_flow(kind, changes)
    if not inside:
        return changes, spoken
    first, nodes = _ordered(inside)[0], _nodes(inside)
    said = phrases.Hidden(spoken.nodes(nodes) if nodes else spoken.flow)
    rest = [one for one in changes if one is first or one not in inside]
    return rest, replace(spoken, phrases={**spoken.phrases, first.path: said})


def _inside_flow(kind: Kind, changes: Sequence[Change]) -> list[Change]:
    return [one for one in changes if kind.view and paths.top(one.path) == kind.view.top]


def _nodes(inside: Sequence[Change]) -> int:
    """The number of nodes of a flow that changes are in."""
    return len({key for one in inside for _, key in paths.lists(one.path)})


def _beside_its_file(change: Change) -> Change:
    """Remove the file's value if *no longer* would claim that it was live."""
    if change.cause is Cause.UNTRACKED and not change.after:
        return replace(change, before=None)
    return change


def _introduced(kind: Kind, quoted: str, changes: Sequence[Change], spoken: Language) -> str:
    """The sentence about a new agent: how it speaks, or else its most noticeable fields."""
    flow = _inside_flow(kind, changes)
    nodes = _nodes(flow)
    told = {kind.name_path, *(change.path for change in flow if nodes)}
    rest = [change for change in changes if change.path not in told]
    by_path = {change.path: change for change in rest}
    first = [kind.role(role) for role in _INTRODUCING]
    lead = [by_path[path] for path in first if path in by_path] or _ordered(rest)[:_FEW]
    clauses = [clause for change in lead for clause in _clauses(change, spoken, new=True)]
    if not clauses and not nodes:
        return spoken.bare.format(name=quoted)
    written = [_written(clause, spoken, would=False) for clause in clauses]
    if nodes:
        written.append(spoken.new_nodes(nodes))
    if len(rest) > len(lead):
        written.append(spoken.more_fields(len(rest) - len(lead)))
    return spoken.frames["create"].format(name=quoted, clauses=spoken.joined(written, ""))


def _ordered(changes: Sequence[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: (is_cosmetic(change), _ORDER.index(change.impact)))


def _chosen(changes: Sequence[Change], spoken: Language) -> tuple[list[Clause], int]:
    """The clauses that fit, and the number of changes that are left."""
    chosen: list[Clause] = []
    for place, change in enumerate(changes):
        clauses = _clauses(change, spoken)
        if len(chosen) + len(clauses) > _MOST:
            return chosen, len(changes) - place
        chosen += clauses
    return chosen, 0


def _clauses(change: Change, spoken: Language, *, new: bool = False) -> tuple[Clause, ...]:
    """The clauses for a change of an agent, or of a ``new`` one: at least one for every change."""
    phrase = spoken.phrases.get(change.path)
    found: tuple[Clause, ...] = ()
    if change.sensitive:
        differs = change.cause not in (Cause.UNTRACKED, Cause.ROLLBACK) and not new
        if phrase is not None and (differs or isinstance(phrase, phrases.Hidden)):
            found = told(phrase.other)
    elif phrase is not None:
        found = forms.clauses(phrase, change, spoken.writer)
    return found or told(_general(change, spoken), path=_named(change.path, spoken))


@cache
def _of_kind(kind: Kind, language: str) -> Language:
    """The language with its phrases for a kind's fields."""
    spoken = _SPOKEN[language]
    notes = {row.path: row.fact.note for row in kind} if spoken.notes_fit else {}
    return replace(spoken, phrases=registry.phrases(kind, language), notes=notes)


def _named(path: str, spoken: Language) -> str:
    """A field's name, with its row's own words if it has no phrase."""
    note = "" if path in spoken.phrases else spoken.notes.get(path, "")
    return f"`{cut(path)}` ({note})" if note else f"`{cut(path)}`"


def _general(change: Change, spoken: Language) -> str:
    """The general clause for a change without a phrase; for a secret it does not claim a change."""
    if change.sensitive:
        return spoken.hidden
    return forms.gone(spoken.unset, change) if change.after is None else spoken.changed


def _written(clause: Clause, spoken: Language, *, would: bool) -> str:
    mood = spoken.would if would else spoken.so
    return mood(clause.template).format_map(clause.values)
