"""The planner: ``plan(desired, live, page) -> Plan``. Pure: no client, no clock, no IO.

Requests are built here, so that what was reviewed is what is sent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from reconciler import progress
from reconciler.engine import (
    diff,
    entries,
    graph,
    items,
    newcomers,
    objections,
    placeholders,
    undeclared,
    views,
)
from reconciler.engine.diff import AppliedValue, Reported, everything, forgotten
from reconciler.engine.identity import Match, match, namesakes, only
from reconciler.engine.newcomers import Choice, Newcomer
from reconciler.engine.objections import tops_of
from reconciler.engine.unchanged import Unchanged
from reconciler.jsonvalues import Fields
from reconciler.late import changed
from reconciler.model import (
    Action,
    Applied,
    Blocked,
    Change,
    Contract,
    Create,
    Desired,
    EnvironmentState,
    Ignore,
    InSync,
    Live,
    Plan,
    Record,
    Request,
    Unmanaged,
    Update,
    turned,
)
from reconciler.schema import digest, paths, wire
from reconciler.schema.kind import Kind, Role
from reconciler.schema.table import Field
from reconciler.text.wording import ticked


def plan(  # noqa: PLR0913 - each is an input of its own
    desired: Sequence[Desired],
    live: Sequence[Live],
    page: EnvironmentState,
    *,
    environment: str,
    url: str,
    choice: Choice = Choice(),  # noqa: B008 - frozen
    applied_value: AppliedValue = forgotten,
    reported: Reported = everything,
    unchanged: Unchanged | None = None,
) -> Plan:
    """Plan the changes that make live equal desired in the declared fields. The result is final.

    ``choice`` may narrow the plan to some keys; the other files still count when agents are
    identified. ``applied_value`` looks up what was last applied if both sides changed, ``reported``
    decides whether a change of an undeclared path is reported, ``unchanged`` knows agents that were
    in sync before. Raises ConfigError if a file matches several agents.
    """
    wanted = choice.wanted
    unchanged = unchanged or Unchanged(page)
    matches = graph.resolved(match(sorted(desired, key=lambda item: item.key), live, page))
    kinds = {item.desired.kind.name for item in matches} | {one.kind.name for one in live}
    kinds |= {entry.kind.name for entry in page.agents.values()}
    parts = [
        _of_kind(
            [item for item in matches if item.desired.kind.name == kind],
            *only(kind, live, page),
            choice,
            lambda action: _seen(action, applied_value, reported),
            unchanged,
        )
        for kind in sorted(kinds)
    ]
    actions = sorted((one for part in parts for one in part[0]), key=lambda action: action.key)
    strangers = [one for part in parts for one in part[1]]
    orphans = sorted(key for part in parts for key in part[2])
    return Plan(
        environment=environment,
        url=url,
        salt=page.salt,
        actions=(*graph.settled(actions), *(strangers if wanted is None else ())),
        agents=len(live),
        known=len(page.agents),
        orphans=tuple(orphans) if wanted is None else (),
    )


def _of_kind(
    matches: Sequence[Match],
    live: Sequence[Live],
    page: EnvironmentState,
    choice: Choice,
    seen: Callable[[Action], Action],
    unchanged: Unchanged,
) -> tuple[list[Action], list[Action], list[str]]:
    """The actions of one kind, those of its unmanaged objects, and the keys that lost their files.

    ``seen`` adds what else is known to an action.
    """
    generation = max((agent.generation for agent in live), default="")
    claimed = frozenset(item.live.id for item in matches if item.live)
    keys = frozenset(item.desired.key for item in matches)
    asked = partial(
        newcomers.objection,
        lost_files=newcomers.lost(page, live, claimed),
        live=live,
        keys=keys,
        choice=choice,
    )
    wanted = choice.wanted
    actions = [
        unchanged.matched(item)
        or _kept(item, seen(_told(_action(item, page, asked), generation)), unchanged)
        for item in progress.each("Comparing agents", matches)
        if wanted is None or item.desired.key in wanted
    ]
    strangers = [agent for agent in live if agent.id not in claimed]
    orphans = [key for key, one in page.agents.items() if key not in keys and one.id not in claimed]
    return actions, _unmanaged(strangers, matches), orphans


def _kept(item: Match, action: Action, unchanged: Unchanged) -> Action:
    """Let a later run reuse the action of an agent in sync."""
    if isinstance(action, InSync) and item.live:
        unchanged.keep(item.desired, item.live, action)
    return action


def _unmanaged(agents: Sequence[Live], matches: Sequence[Match]) -> list[Action]:
    twins = namesakes(agents, matches) if agents else {}
    actions = [
        Unmanaged(
            kind=agent.kind,
            key="",
            name=agent.name,
            id=agent.id,
            updated_at=agent.updated_at,
            notes=(f"its name looks like that of {ticked(twins[agent.id])}",)
            if agent.id in twins
            else (),
        )
        for agent in agents
    ]
    return sorted(actions, key=lambda action: (action.name, action.id or ""))


def _action(item: Match, page: EnvironmentState, objection: Callable[[Newcomer], str]) -> Action:
    if item.live:
        return _existing(item, item.live, page)
    made = _create(item, page)
    if isinstance(made, Blocked):
        return made
    reason = objection(Newcomer(name=made.name, digests=made.digests, gone=item.lost))
    return _blocked(item.desired, reason) if reason else made


def _blocked(desired: Desired, reason: str, pin: str | None = None) -> Blocked:
    """The action for a file whose agent was not found and may not be created."""
    return Blocked(
        kind=desired.kind,
        key=desired.key,
        name=desired.name,
        id=pin,
        reason=reason,
    )


def _seen(action: Action, applied_value: AppliedValue, reported: Reported) -> Action:
    """Add the last applied values, and drop undeclared changes that are not reported."""
    return changed(
        action,
        changes=diff.recalled(action.id or "", action.changes, applied_value),
        undeclared=tuple(
            change for change in action.undeclared if reported(action.kind, change.path)
        ),
    )


def _told(action: Action, generation: str) -> Action:
    """Add a note on fields that an API of this generation may reject."""
    fields = [action.kind[change.path] for change in action.changes]
    strange = [f for f in fields if generation and not action.kind.in_generation(f, generation)]
    if not strange:
        return action
    said = dict.fromkeys(_unknown_name(action.kind, field, generation) for field in strange)
    names = ", ".join(f"`{name}`" for name in said)
    note = f"this API answers as {generation}, whose documents do not have {names}"
    return changed(action, notes=(*action.notes, note))


def _unknown_name(kind: Kind, field: Field, generation: str) -> str:
    """A field's name, or its top-level key's if the generation has nothing of that."""
    known = any(kind.in_generation(other, generation) for other in kind.group(field.top))
    return field.path if known else field.top


def _create(item: Match, page: EnvironmentState) -> Create | Blocked:
    desired, kind = item.desired, item.desired.kind
    name = desired.name
    if item.missing_pin:
        reason = f"the pinned id {item.missing_pin} is not live; correct or remove `id`"
        return _blocked(desired, reason, item.missing_pin)
    if not name:
        needed = kind.name_path
        reason = f"there is no live agent to manage, and creating one needs `{needed}`"
        return _blocked(desired, reason)
    sent, _ = wire.body(kind, tops_of(kind, desired.fields), desired.fields, None)
    lost = (f"the agent that the state knows, {item.lost}, is not live any more",)
    names = views.named(desired, {})
    known = page.of(desired.key, item.lost, kind) if item.lost else None
    made = Create(
        kind=kind,
        key=desired.key,
        name=name,
        changes=tuple(diff.additions(kind, desired.fields)),
        request=Request(method="POST", path=kind.routes.collection, body=sent),
        wants=_without_secrets(kind, desired.fields, desired.fields),
        digests=_digests(desired, page.salt),
        known=entries.mark(known),
        declared=tuple(desired.fields),
        notes=lost if item.lost else (),
        formerly=_formerly(desired, item.lost, page),
        names=names,
        layout=desired.layout if names else None,
        backdrop=views.backdrop(desired, None),
    )
    reason = objections.incomplete(made)
    return _blocked(desired, reason) if reason else made


def _existing(item: Match, live: Live, page: EnvironmentState) -> Action:
    known = _known(item.desired, live, page)
    compared = views.comparable(item.desired, live, known)
    desired, live = items.aligned(compared, live)
    differing = diff.differences(desired, live, known, page.salt)
    changes = tuple(change for change in differing if not is_ignored(change.path, desired.ignore))
    written = {p: v for p, v in desired.fields.items() if not is_ignored(p, desired.ignore)}
    found = _found(desired, live, known, page)
    formerly = [f"{found.formerly} in the state"] if found.formerly else []
    base = changed(
        found,
        ignored=tuple(expected(differing, desired.ignore)),
        uncompared=tuple(diff.uncompared(changed(desired, fields=written), known, page.salt)),
        contract=_contract(desired.kind, live.fields, changes, written) if changes else Contract(),
        notes=(
            *_notes(item),
            *formerly,
            *_whole(compared, desired),
            *_left_alone(desired, live),
        ),
    )
    declared = [p for p in item.desired.fields if not is_ignored(p, item.desired.ignore)]
    reason = objections.to_update(
        changes, written, live, written if compared is item.desired else declared
    ) or objections.kept_secret(desired.kind, changes, written, known)
    if reason:
        return turned(base, Blocked, changes=changes, reason=reason)
    if not changes:
        return base
    made = changed(
        _update(base, changes, written, live),
        layout=desired.layout,
        backdrop=views.backdrop(desired, live),
    )
    reason = objections.incomplete(made)
    return turned(base, Blocked, changes=changes, reason=reason) if reason else made


def _found(
    desired: Desired, live: Live, known: Applied | None, page: EnvironmentState
) -> InSync | Record:
    """An agent in sync, or one with something to record in the state, ignoring any differences."""
    digests = {**_former_secrets(desired, known), **_digests(desired, page.salt, known)}
    place, formerly = known.place if known else "", _formerly(desired, live.id, page)
    others = undeclared.compared(desired, live, known)
    otherwise = tuple(diff.otherwise(desired, live, known, page.salt))
    settled = {change.path for change in otherwise} == {*(known.stored if known else ())}
    quiet = _is_remembered(known, digests) and not (formerly or others.unknown) and settled
    sort = InSync if quiet else Record
    return sort(
        kind=desired.kind,
        key=desired.key,
        name=live.name,
        id=live.id,
        digests=digests,
        known=entries.mark(page.entry(desired.key, live.id)),
        updated_at=live.updated_at,
        timezone=_timezone(desired.kind, live.fields),
        names=live.names,
        formerly=formerly,
        place="" if place == desired.key else place,
        declared=tuple(desired.fields),
        undeclared=tuple(c for c in others.moved if not is_ignored(c.path, desired.ignore)),
        otherwise=otherwise,
    )


def _known(desired: Desired, live: Live, page: EnvironmentState) -> Applied | None:
    """The agent's entry in the state, as far as it can be compared."""
    return views.remembered(page.of(desired.key, live.id, desired.kind), desired, live)


def _formerly(desired: Desired, agent_id: str, page: EnvironmentState) -> str:
    """The agent's key in the state; empty if that is its file's, or if it has none."""
    remembered = page.key_of(desired.key, agent_id) if agent_id else ""
    return "" if remembered == desired.key else remembered


def _contract(kind: Kind, live: Fields, changes: Sequence[Change], written: Fields) -> Contract:
    """The effect of the write for those who start calls, without values that must not be shown."""
    hidden = {change.path for change in changes if change.sensitive}
    hidden |= {path for path, value in written.items() if diff.sensitive(kind[path], value)}
    before = {path: value for path, value in live.items() if path not in hidden}
    return placeholders.contract(kind, before, items.pruned({**before, **written}))


def _timezone(kind: Kind, fields: Fields) -> str:
    """The agent's time zone; empty if it has none.

    The live value counts: a file must not move an agent into another window.
    """
    named = fields.get(kind.role(Role.TIMEZONE))
    return named if isinstance(named, str) else ""


def _is_remembered(known: Applied | None, digests: Mapping[str, str]) -> bool:
    """Whether the state has what the files declare, as far as this machine can compare."""
    if known is None or known.digests.keys() != digests.keys():
        return False
    still = (digest.Moved.NO, digest.Moved.UNTOLD)
    return all(digest.moved(known.digests[path], to) in still for path, to in digests.items())


def _update(
    base: InSync | Record, changes: tuple[Change, ...], written: Fields, live: Live
) -> Update:
    tops = tops_of(base.kind, [change.path for change in changes])
    route = base.kind.routes.one(live.id)
    secret = {change.path for change in changes if change.sensitive}
    shown = {
        path: value
        for path, value in _without_secrets(base.kind, live.fields, written).items()
        if path not in secret
    }
    sent, _ = wire.body(base.kind, tops, written, live.carried)
    _, replaced = wire.body(base.kind, tops, {}, {**shown, **live.extra})
    return turned(
        base,
        Update,
        changes=changes,
        request=Request(method="PATCH", path=route, body=sent),
        expects=replaced,
        wants=_without_secrets(
            base.kind, {p: v for p, v in written.items() if base.kind[p].top in tops}, written
        ),
    )


def _without_secrets(kind: Kind, fields: Fields, desired: Fields) -> Fields:
    """The leaves that a plan may contain: none for which a secret is declared."""
    return {
        path: value
        for path, value in fields.items()
        if not diff.sensitive(kind[path], desired.get(path))
    }


def _digests(desired: Desired, salt: str, known: Applied | None = None) -> dict[str, str]:
    """The digests for the state: none of ignored leaves, even if a create sends them.

    For a secret that is not set here, the known digest is kept unless the leaf has to be sent.
    """
    place = known.place if known else ""
    found = {
        path: diff.fingerprint(desired, desired.kind[path], salt, place)
        for path in desired.fields
        if not is_ignored(path, desired.ignore)
    }
    before = known.digests if known else {}
    return {
        path: before[path] if digest.moved(before.get(path), to) is digest.Moved.UNTOLD else to
        for path, to in found.items()
    }


def expected(changes: Iterable[Change], ignore: Sequence[Ignore]) -> Iterator[Change]:
    """Yield the ignored changes, each with the reason that the file gives."""
    for change in changes:
        entry = is_ignored(change.path, ignore)
        if entry:
            until = f"until {entry.until}" if entry.until else ""
            yield changed(change, note=": ".join(filter(None, (until, entry.reason))))


def _former_secrets(desired: Desired, known: Applied | None) -> dict[str, str]:
    """Digests of readable leaves that the file dropped and that may still hold a secret live."""
    return {
        path: found
        for path, found in (known.digests if known else {}).items()
        if digest.is_keyed(found)
        and path not in desired.fields
        and path in desired.kind
        and paths.is_there(path, desired.fields)
        and desired.kind[path].fact.shown
        and not desired.kind[path].fact.sensitive
    }


def is_ignored(path: str, ignore: Sequence[Ignore]) -> Ignore | None:
    """The `ignore` entry that covers a leaf, if there is one."""
    if not ignore:
        return None
    fits = (entry for entry in ignore if entry.holds(path))
    return next(fits, None)


def _whole(declared: Desired, compared: Desired) -> Iterator[str]:
    """Yield a note for each keyed list whose live items have no unique keys."""
    if not declared.kind.keyed:
        return
    for path in sorted(compared.fields.keys() - declared.fields.keys()):
        if declared.kind[path].fact.by:
            by = declared.kind[path].fact.by
            yield f"`{path}` is compared and sent whole: live its items have no `{by}` of their own"


def _left_alone(desired: Desired, live: Live) -> Iterator[str]:
    """Yield a note on the part that this agent has live and its file declares in no form."""
    view = live.kind.view
    if view and live.type in view.types:
        declared = {paths.top(path) for path in desired.fields} & {view.top, view.whole}
        yield from () if declared else (view.said,)


def _notes(item: Match) -> tuple[str, ...]:
    if item.found_by != "name":
        return ()
    if item.lost:
        return (f"found by its name; the id in the state, {item.lost}, is not live any more",)
    return ("found by its name",)
