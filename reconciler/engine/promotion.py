"""Promotion: what an environment may get only after another one has had it. Pure.

The files give two environments different values, by variables and overrides. So what counts is
not that both hold the same value, but that the source holds what the files say *for it*: digest
by digest, by its page in the state.
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
"""Stands for a secret's digest: its value for the source is not known here. Any will do."""


def promoted(
    plan: Plan,
    source: str,
    here: Sequence[Desired],
    there: Sequence[Desired],
    page: EnvironmentState,
) -> Promotion:
    """What the source of a plan's environment must have had before it is applied.

    ``here`` is what the files say for the plan's own environment, ``there`` what they say for the
    source, ``last`` the source's page of the state.
    """
    agents = {item.key: item for item in there}
    written = [action for action in plan.writes if action.key in agents]
    needs = {a.key: _needed(a, agents[a.key], page) for a in written}
    others = apart([item for item in here if item.key in needs], there)
    unasked = tuple(one for action in written for one in _unasked(action, agents[action.key]))
    return Promotion(source=source, needs=needs, apart=(*others, *unasked))


def _needed(action: Action, item: Desired, page: EnvironmentState) -> dict[str, str]:
    """The digest that the source's state must have of each leaf that is written.

    Of a leaf that is ignored for the source its state keeps none: see ``_unasked``.
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
    """What is written here and not asked of the source, for it is left to the dashboard there.

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
    """Why a plan must wait for the environment that its own is promoted from now, if there is one.

    ``promotion`` is what was asked of a source when it was made, ``last`` what the state knows of
    that source now. It waits: an apply to the source lifts it, while this plan stays as it is. A
    pull request, of which no environment has had anything, would be red for all but the first
    otherwise.
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
    """What the source's page has of an agent: by its key, or by the one that it had before."""
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
        f"{source} has had another version of {key}: {fields} changed since its last apply there "
        f"({when})"
    )


def _has_had(known: Applied, path: str, wanted: str) -> bool:
    """Whether the state has this leaf as it must be; of a secret, whether it has one at all."""
    found = known.digests.get(path)
    return found is not None and wanted in (UNKNOWN, found)


def _way(source: str, keys: Sequence[str]) -> str:
    """The command that applies these agents to the source; of many, all of them."""
    targets = "".join(f" --target {key}" for key in keys) if len(keys) <= _TARGETS else ""
    return f"reconciler apply -e {source}{targets}"


def apart(here: Sequence[Desired], there: Sequence[Desired]) -> tuple[Apart, ...]:
    """Where the files say otherwise for two environments, by key and in the table's order."""
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
