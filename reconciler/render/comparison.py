"""Plans for several environments on one sheet, side by side. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.engine.impact import GROUPS
from reconciler.engine.plan_digest import plan_digest
from reconciler.errors import Problem
from reconciler.model import (
    Action,
    Apart,
    Blocked,
    Create,
    InSync,
    Plan,
    Planned,
    Record,
    Update,
    Verb,
)
from reconciler.render.dedupe import told_once
from reconciler.render.labels import Phrases, of
from reconciler.render.plans import (
    SIGNS,
    alert,
    block,
    impacts,
    lists,
    otherwise,
    sides,
    telling,
    written,
)
from reconciler.render.rows import grouped
from reconciler.render.sanitize import label, one_line
from reconciler.render.view import Alert, Beside, Block, Listed, Sheet


def sheet(
    found: Sequence[Planned],
    apart: Mapping[str, Sequence[Apart]],
    findings: Sequence[Problem] = (),
    language: str = "en",
) -> Sheet:
    """A table, then each agent of each environment; what several share is shown once.

    First what differs between the environments, then what is the same in all of them; agents that
    are in sync everywhere are only listed by name. ``apart`` are the differences in the files
    between the first environment and the others, by name.
    """
    say = of(language)
    plans = [one.plan for one in found]
    blocks, shared = told_once(list(_blocks(plans, language)))
    shared = tuple(replace(one, places=True) for one in shared)
    names = [one_line(plan.environment) for plan in plans]
    title = say("Plans for {places}", places=say.comma.join(names))
    counts = [impacts(plan) for plan in plans]
    below = [*_otherwise(plans, apart, say), *(one for plan in plans for one in _lists(plan, say))]
    return Sheet(
        kind="plan",
        title=title,
        environment="+".join(names),
        url=", ".join(dict.fromkeys(one_line(plan.url) for plan in plans)),
        summary=f"{title}: {say.semicolon.join(_counts(plan, say) for plan in plans)}.",
        changes=any(plan.writes for plan in plans),
        blocks=blocks,
        shared=shared,
        lists=tuple((title, items) for title, items in below if items),
        findings=tuple(findings),
        alerts=tuple(alert for one in found for alert in _alerts(one, say)),
        impacts={name: sum(count[name] for count in counts) for name in GROUPS},
        language=language,
        sides=sides(say),
        beside=_table(plans, say),
    )


def _blocks(plans: Sequence[Plan], language: str) -> Iterator[Block]:
    """An agent's blocks of all environments together, with one block for what they share."""
    found: dict[str, dict[str, Block]] = {}
    for plan in plans:
        for action in telling(plan):
            found.setdefault(action.key, {})[plan.environment] = block(action, language)
    made = [
        one for key, places in sorted(found.items()) for one in _together(key, places, of(language))
    ]
    yield from sorted(made, key=lambda one: one.everywhere)


def _together(key: str, places: Mapping[str, Block], say: Phrases) -> Iterator[Block]:
    """The blocks of one agent by environment: the common rows, and what each has in addition."""
    blocks = list(places.values())
    common = [row for row in blocks[0].rows if all(row in other.rows for other in blocks[1:])]
    if len(blocks) == 1 or len({one.sign for one in blocks}) > 1:
        common = []
    same = common and all(len(one.rows) == len(common) for one in blocks)
    if common:
        names = say.comma.join(places)
        fields = say.count(len(common), "field")
        yield replace(
            blocks[0],
            key=label(f"{key} · {names}"),
            told=blocks[0].told if same else "",
            facts=tuple(fact for fact in blocks[0].facts if all(fact in b.facts for b in blocks)),
            notes=tuple(note for note in blocks[0].notes if all(note in b.notes for b in blocks)),
            state=blocks[0].state if same else say("in all of them, {fields}", fields=fields),
            groups=grouped(common),
            everywhere=True,
        )
    for name, one in places.items():
        rest = [row for row in one.rows if row not in common]
        if rest or not common:
            own = say("{n} of its own", n=len(rest)) if common else ""
            state = say.joined([one.state, own])
            yield replace(one, key=label(f"{key} · {name}"), state=state, groups=grouped(rest))


def _alerts(planned: Planned, say: Phrases) -> Iterator[Alert]:
    for violation in planned.violations:
        yield alert(violation, say, one_line(planned.plan.environment))


def _lists(plan: Plan, say: Phrases) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    for title, items in lists(plan, telling(plan), say):
        yield f"{one_line(plan.environment)}: {title}", items


def _otherwise(
    plans: Sequence[Plan], apart: Mapping[str, Sequence[Apart]], say: Phrases
) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    shown = {action.key for plan in plans for action in telling(plan)}
    first = plans[0].environment
    for name, found in apart.items():
        yield otherwise(first, name, [one for one in found if one.key in shown], say)


def _table(plans: Sequence[Plan], say: Phrases) -> Beside:
    actions = [{action.key: action for action in plan.actions if action.key} for plan in plans]
    keys = sorted({key for found in actions for key in found})
    cells = {key: tuple(_cell(found.get(key), say) for found in actions) for key in keys}
    quiet = [key for key in keys if all(map(_in_sync, (found.get(key) for found in actions)))]
    shown = sorted((key for key in keys if key not in quiet), key=lambda key: _alike(cells[key]))
    return Beside(
        columns=tuple(one_line(plan.environment) for plan in plans),
        rows=tuple((label(key), cells[key]) for key in shown),
        quiet=tuple(map(label, quiet)),
        digests=tuple(map(plan_digest, plans)),
        telling=len({action.key for plan in plans for action in telling(plan)}),
    )


def _alike(cells: Sequence[str]) -> bool:
    return len({*cells}) == 1


def _in_sync(action: Action | None) -> bool:
    return action is not None and action.verb in (Verb.IN_SYNC, Verb.RECORD)


def _counts(plan: Plan, say: Phrases) -> str:
    """A plan in a few words."""
    counts = {
        "to create": len(plan.of(Create)),
        "to update": len(plan.of(Update)),
        "blocked": len(plan.of(Blocked)),
        "in sync": len(plan.of(InSync, Record)),
    }
    told = say.joined(say.told(f"{n} {words}") for words, n in counts.items() if n)
    return f"{one_line(plan.environment)} {told or say('no agent')}"


def _cell(action: Action | None, say: Phrases) -> str:
    """A plan's action on an agent in a few words."""
    if action is None:
        return ""
    if _in_sync(action):
        return f"= {say('in sync')}"
    fields = say.count(len(written(action)), "field") if action.changes else ""
    return f"{SIGNS[action.verb]} {say.joined([say(action.verb.value), fields])}"
