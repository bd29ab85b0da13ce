"""Promotion: what an environment may get only after another environment has had it. Pure.

Variables and overrides give two environments different values. So what counts is not that both have
the same value, but that the source has what the files declare *for it*, compared digest by digest
with its page in the state.
"""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.engine import diff
from reconciler.model import (
    Action,
    Apart,
    Applied,
    Desired,
    EnvironmentState,
    Plan,
    Promotion,
    Violation,
)
from reconciler.schema import wire
from reconciler.text.wording import named

RULE = "promote_from"
_TARGETS = 5
UNKNOWN = ""
"""In place of a secret's digest if its value for the source is unknown here: any digest matches."""


def promoted(
    plan: Plan,
    source: str,
    here: Sequence[Desired],
    there: Sequence[Desired],
    page: EnvironmentState,
) -> Promotion:
    """What the source must have had before this plan may be applied.

    ``here`` is what the files declare for the plan's own environment, ``there`` for the source;
    ``page`` is the source's page of the state.
    """
    agents = {item.key: item for item in there}
    written = [action for action in plan.writes if action.key in agents]
    needs = {a.key: _needed(a, agents[a.key], page) for a in written}
    others = apart([item for item in here if item.key in needs], there)
    unasked = tuple(one for action in written for one in _unasked(action, agents[action.key]))
    return Promotion(source=source, needs=needs, apart=(*others, *unasked))


def _needed(action: Action, item: Desired, page: EnvironmentState) -> dict[str, str]:
    """The digest that the source's state must have of each written leaf.

    The state has none of leaves that are ignored for the source: see ``_unasked``.
    """
    secret = {change.path for change in action.changes if change.sensitive}
    known, salt = _there(page, action), page.salt
    place = known.place if known else ""
    return {
        change.path: UNKNOWN
        if change.path in secret and diff.holds_secret(item.fields[change.path])
        else diff.fingerprint(item, item.kind[change.path], salt, place)
        for change in action.changes
        if change.path in item.fields and not _is_ignored(item, change.path)
    }


def _unasked(action: Action, item: Desired) -> Iterator[Apart]:
    """Yield what is written here but not required of the source, because it is ignored there.

    Only a new agent is sent such a field.
    """
    for change in action.changes:
        if change.path in item.fields and _is_ignored(item, change.path):
            yield Apart(
                key=action.key,
                path=change.path,
                here=change.after,
                there=None,
                hidden=change.sensitive,
                ignored=True,
            )


def _is_ignored(item: Desired, path: str) -> bool:
    return any(entry.holds(path) for entry in item.ignore)


def violations(
    plan: Plan, promotion: Promotion | None, source: str | None, page: EnvironmentState
) -> Iterator[Violation]:
    """Violations by a plan whose changes its source environment, if there is one, has not had yet.

    ``promotion`` is what the plan required of its source when it was made, ``page`` the source's
    current page of the state. The violation is pending: an apply to the source resolves it without
    a new plan. Else a pull request would be red in every environment but the first.
    """
    if source is None or not plan.writes:
        return
    if promotion is None or promotion.source != source:
        yield Violation(
            rule=RULE,
            message=f"this plan was not planned for a promotion from {source}",
            hint="plan again",
            agents=tuple(action.key for action in plan.writes),
        )
        return
    needs = promotion.needs
    there = {action.key: _there(page, action) for action in plan.writes if action.key in needs}
    skipped = [key for key, known in there.items() if known is None]
    if skipped:
        yield _waits(
            source,
            skipped,
            f"{source} has not had {len(skipped)} of the {len(plan.writes)} agents that this plan "
            f"writes: {named(skipped)}",
        )
    for key, known in there.items():
        if known is None:
            continue
        other = [path for path, to in needs[key].items() if not _has_had(known, path, to)]
        if other:
            yield _waits(source, [key], _another_version(source, key, other, known))


def _there(page: EnvironmentState, action: Action) -> Applied | None:
    """The source's state entry of an agent: by its key, or by its key before a rename."""
    return next(filter(None, (page.entry(key, None) for key in action.keys)), None)


def _waits(source: str, keys: Sequence[str], message: str) -> Violation:
    return Violation(
        rule=RULE,
        message=message,
        hint=f"apply to {source} first: {_way(source, keys)}",
        agents=tuple(keys),
        pending=True,
        until=f"an apply to {source}",
    )


def _another_version(source: str, key: str, paths: Sequence[str], known: Applied) -> str:
    fields = named([f"`{path}`" for path in paths])
    commit = f", commit {known.commit[:7]}" if known.commit else ""
    when = f"{known.applied_at[:16].replace('T', ' ')}{commit}"
    return (
        f"{source} had another version of {key}: {fields} changed since its last apply there "
        f"({when})"
    )


def _has_had(known: Applied, path: str, wanted: str) -> bool:
    """Whether the state has the wanted digest of this leaf; for a secret, any digest."""
    found = known.digests.get(path)
    return found is not None and wanted in (UNKNOWN, found)


def _way(source: str, keys: Sequence[str]) -> str:
    """The command that applies these agents to the source; all agents if there are many."""
    targets = "".join(f" --target {key}" for key in keys) if len(keys) <= _TARGETS else ""
    return f"reconciler apply -e {source}{targets}"


def apart(here: Sequence[Desired], there: Sequence[Desired]) -> tuple[Apart, ...]:
    """Leaves with different values in two environments, by key and in the table's order."""
    others: Mapping[str, Desired] = {item.key: item for item in there}
    return tuple(
        one
        for item in sorted(here, key=lambda item: item.key)
        if item.key in others
        for one in _apart(item, others[item.key])
    )


def _apart(here: Desired, there: Desired) -> Iterator[Apart]:
    for field in here.kind:
        sides = [item.fields[field.path] for item in (here, there) if field.path in item.fields]
        if not sides or (len(sides) == 2 and wire.same(field, *sides)):
            continue
        hidden = any(diff.sensitive(field, value) for value in sides)
        only = "" if len(sides) == 2 else "here" if field.path in here.fields else "there"
        yield Apart(
            key=here.key,
            path=field.path,
            here=None if hidden else here.fields.get(field.path),
            there=None if hidden else there.fields.get(field.path),
            only=only,
            hidden=hidden,
        )
