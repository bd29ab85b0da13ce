"""Required texts: sentences that neither git nor the dashboard may drop. Pure.

Texts are compared as they are spoken: white space, invisible characters, composed or decomposed
letters, tatweel, and digits and letters that only look different do not count.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from reconciler.engine import placeholders
from reconciler.engine.policies.declared import Policies, RequiredText, Sights
from reconciler.jsonvalues import Fields, Json, leaves
from reconciler.kinds import registry
from reconciler.late import dataclass, pattern
from reconciler.model import Action, Desired, Live, Plan, Violation
from reconciler.schema import paths
from reconciler.schema.kind import Kind
from reconciler.text.characters import fold
from reconciler.text.wording import count, named, shortened, ticked

_SHOWN = 60
NOTHING: Fields = {}
_COMMENT = pattern("<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Unkept:
    """A required text that an agent does not contain; ``known`` is False if it cannot be checked.

    ``field`` is the text's own; if it may be in any prose, the one that lost it, or empty.
    """

    key: str
    required: RequiredText
    field: str = ""
    known: bool = True


def quoted(required: RequiredText) -> str:
    """A required text for a message: shortened and quoted."""
    text = " ".join(required.text.split())
    return f"“{shortened(text, _SHOWN)}”"


def places(kind: Kind, required: RequiredText, texts: Fields = NOTHING) -> tuple[str, ...]:
    """The fields that may hold a required text; by default all prose but params.

    In a keyed list, the items among the texts, or the list if its items are not there. Empty if the
    agent's API generation does not have the field.
    """
    if required.field:
        own = registry.own(kind, required.field)
        return tuple(path for one in own for path in placeholders.concrete(kind, one, texts))
    return placeholders.prose(kind, texts)


def told_once(kind: Kind, requirements: Iterable[RequiredText]) -> Iterator[RequiredText]:
    """Yield the required texts for agents of a kind, without duplicates of one field.

    A project with agents of several generations may list a field by each of its names.
    """
    told = set()
    for required in requirements:
        one = (required.text, required.agents, _own(kind, required))
        if one not in told:
            told.add(one)
            yield required


def _own(kind: Kind, required: RequiredText) -> str:
    """The field's name for agents of a kind, as written if they have none; empty for any field."""
    own = registry.own(kind, required.field) if required.field else ()
    return own[0] if own else required.field


def wanted(kind: Kind, requirements: Iterable[RequiredText]) -> frozenset[str]:
    """Every field that must be read to check these required texts."""
    return frozenset(path for required in requirements for path in places(kind, required))


def kept(kind: Kind, required: RequiredText, texts: Fields) -> bool | None:
    """Whether the texts contain a required text; None if a field that may hold it is unknown.

    Also None if agents of this kind have no field for it.
    """
    fields = places(kind, required, texts)
    if any(holds(texts[path], required.text) for path in fields if path in texts):
        return True
    unknown = any(path not in texts or placeholders.has_secret(texts[path]) for path in fields)
    return None if unknown or not fields else False


def holds(value: Json, text: str) -> bool:
    """Whether a text, or one inside a list or mapping, contains a sentence."""
    sought = heard(text)
    return any(sought in heard(leaf) for leaf in leaves(value) if isinstance(leaf, str))


@lru_cache(maxsize=512)
def heard(text: str) -> str:
    """A text as it is spoken; cached, because many required texts are checked in one prompt.

    Markdown comments are removed: they are not spoken.
    """
    return fold(_COMMENT.sub(" ", text))


def missing_live(requirements: Iterable[RequiredText], key: str, live: Live) -> Iterator[Unkept]:
    """Yield the required texts that a live agent does not contain."""
    for required in told_once(live.kind, requirements):
        found = kept(live.kind, required, live.fields) if required.is_for(key) else True
        if not found:
            field = _own(live.kind, required)
            yield Unkept(key=key, required=required, field=field, known=found is not None)


def dropped(
    requirements: Iterable[RequiredText], desired: Desired, live: Fields, path: str, value: Json
) -> Iterator[RequiredText]:
    """Yield the required texts that an agent would lose if its file had this value in one field."""
    texts = {**live, **desired.fields}
    for required in requirements:
        held = required.is_for(desired.key) and kept(desired.kind, required, texts)
        if held and kept(desired.kind, required, {**texts, path: value}) is False:
            yield required


def unkept(plan: Plan, policies: Policies, seen: Sights) -> Iterator[Unkept]:
    """Yield the required texts that an agent of the plan would not contain after it."""
    for action in plan.writes if policies.required_text else ():
        before = _live(action, seen)
        after = _after(action, before)
        for required in told_once(action.kind, policies.required_text):
            found = kept(action.kind, required, after) if required.is_for(*action.keys) else True
            if not found:
                loser = _own(action.kind, required) or _loser(action, required, before)
                known = found is not None
                yield Unkept(key=action.key, required=required, field=loser, known=known)


def _live(action: Action, seen: Sights) -> Fields:
    """The live leaves of an agent; null in every field if it is to be created."""
    if action.id is None:
        return {field.path: None for field in action.kind.outer}
    live = seen.live.get(action.id)
    return live.fields if live else {}


def _after(action: Action, before: Fields) -> Fields:
    """The leaves after the plan, without written ones whose values must not be shown."""
    written = {change.path: change for change in action.changes}
    gone = [path for path in written if action.kind[path].fact.by]  # lists that are written whole
    stays = {
        path: value
        for path, value in before.items()
        if path not in written and not any(paths.covers(one, path) for one in gone)
    }
    return stays | {path: one.after for path, one in written.items() if not one.sensitive}


def _loser(action: Action, required: RequiredText, before: Fields) -> str:
    """The field from which the plan removes a required text; empty if none had it."""
    paths = (change.path for change in action.changes if change.path in before)
    return next((path for path in paths if holds(before[path], required.text)), "")


def required_texts(plan: Plan, policies: Policies, seen: Sights) -> Iterator[Violation]:
    """Violated if agents would not contain a required text after the plan, once for each text."""
    found = [one for one in unkept(plan, policies, seen) if one.known]
    for required in dict.fromkeys(one.required for one in found):
        lost = [one for one in found if one.required == required]
        keys = tuple(one.key for one in lost)
        told = [
            f"{one.key} ({place})" if (place := _place(one, plan, seen)) else one.key
            for one in lost
        ]
        where = f"`{required.field}`" if required.field else "any text"
        yield Violation(
            rule="required_text",
            message=f"after this plan {count(len(keys), 'agent')} of {plan.environment} would not "
            f"say {quoted(required)} in {where}, and `required_text` pins it: {named(told)}",
            hint=_way_out(lost, plan, seen),
            agents=keys,
        )


def _place(one: Unkept, plan: Plan, seen: Sights) -> str:
    """The field and file without the required text, or that only the dashboard dropped it."""
    if one.field and not _by_git(one, plan, seen):
        return "missing live, and this plan does not bring it back"
    file = seen.files[one.key].file if one.key in seen.files else ""
    return " of ".join(filter(None, (one.field and f"`{one.field}`", file)))


def _by_git(one: Unkept, plan: Plan, seen: Sights) -> bool:
    """Whether the file is without the required text.

    If saved, whether the plan writes the field.
    """
    action = next(action for action in plan.writes if action.key == one.key)
    declared = seen.files[one.key].fields if one.key in seen.files else {}
    moved = any(paths.covers(one.field, change.path) for change in action.changes)
    ignored = any(paths.covers(one.field, change.path) for change in action.ignored)
    named = any(paths.covers(one.field, path) for path in declared)
    return action.id is None or moved or (named and not ignored)


def _way_out(lost: Sequence[Unkept], plan: Plan, seen: Sights) -> str:
    drop = "to drop it for good, take it out of `required_text` in a reviewed change"
    live = dict.fromkeys(one.field for one in lost if one.field and not _by_git(one, plan, seen))
    if live:
        names = ticked(live)
        out = f"put the sentence back in the dashboard, or {names} with it into the file"
        return f"{out}{seen.way.again}; {drop}"
    return f"put the sentence into the file{seen.way.again}; {drop}"
