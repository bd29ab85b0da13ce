"""Plans for several environments on one sheet, side by side. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.engine.groups import GROUPS
from reconciler.engine.wording import count
from reconciler.errors import Problem
from reconciler.model import Action, Apart, Guarded, Kind, Plan, Refusal
from reconciler.render.fleet import told_once
from reconciler.render.plans import SIGNS, alert, block, impacts, lists, otherwise, telling
from reconciler.render.rows import grouped
from reconciler.render.safe import label, one_line
from reconciler.render.sheet import Alert, Beside, Block, Listed, Sheet


def sheet(
    found: Sequence[Guarded],
    apart: Mapping[str, Sequence[Apart]],
    findings: Sequence[Problem] = (),
    language: str = "en",
) -> Sheet:
    """A table of all, then each agent of each environment; what several share is told once.

    ``apart`` is where the files say otherwise for the second and later environments than for the
    first, by their names.
    """
    plans = [plan for plan, _ in found]
    blocks, shared = told_once(list(_blocks(plans, language)))
    shared = tuple(replace(one, places=True) for one in shared)
    names = [one_line(plan.environment) for plan in plans]
    counts = [impacts(plan) for plan in plans]
    below = [*_otherwise(plans, apart), *(one for plan in plans for one in _lists(plan))]
    return Sheet(
        kind="plan",
        title=f"Plans for {', '.join(names)}",
        environment="+".join(names),
        url=", ".join(dict.fromkeys(one_line(plan.url) for plan in plans)),
        summary=f"Plans for {', '.join(names)}: {'; '.join(map(_counts, plans))}.",
        changes=any(plan.writes for plan in plans),
        blocks=blocks,
        shared=shared,
        lists=tuple((title, items) for title, items in below if items),
        findings=tuple(findings),
        alerts=tuple(alert for plan, refusals in found for alert in _alerts(plan, refusals)),
        impacts={name: sum(count[name] for count in counts) for name in GROUPS},
        language=language,
        beside=_table(plans),
    )


def _blocks(plans: Sequence[Plan], language: str) -> Iterator[Block]:
    """An agent's blocks of all environments stand together, what they all say in one of its own."""
    found: dict[str, dict[str, Block]] = {}
    for plan in plans:
        for action in telling(plan):
            found.setdefault(action.key, {})[plan.environment] = block(action, language)
    for key, places in sorted(found.items()):
        yield from _together(key, places)


def _together(key: str, places: Mapping[str, Block]) -> Iterator[Block]:
    """The blocks of one agent by environment: the rows of all, then what each has besides."""
    blocks = list(places.values())
    common = [row for row in blocks[0].rows if all(row in other.rows for other in blocks[1:])]
    if len(blocks) == 1 or len({one.sign for one in blocks}) > 1:
        common = []
    same = common and all(len(one.rows) == len(common) for one in blocks)
    if common:
        names = ", ".join(places)
        yield replace(
            blocks[0],
            key=label(f"{key} · {names}"),
            told=blocks[0].told if same else "",
            facts=tuple(fact for fact in blocks[0].facts if all(fact in b.facts for b in blocks)),
            notes=tuple(note for note in blocks[0].notes if all(note in b.notes for b in blocks)),
            state=blocks[0].state if same else f"in all of them, {count(len(common), 'field')}",
            groups=grouped(common),
        )
    for name, one in places.items():
        rest = [row for row in one.rows if row not in common]
        if rest or not common:
            own = f", {len(rest)} of its own" if common else ""
            yield replace(
                one, key=label(f"{key} · {name}"), state=f"{one.state}{own}", groups=grouped(rest)
            )


def _alerts(plan: Plan, refusals: Sequence[Refusal]) -> Iterator[Alert]:
    for refusal in refusals:
        one = alert(refusal)
        place = f"Apply to {one_line(plan.environment)} will"
        yield replace(one, head=one.head.replace("Apply will", place))


def _lists(plan: Plan) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    alone = replace(plan, promotion=None)
    for title, items in lists(alone, telling(plan)):
        yield f"{one_line(plan.environment)}: {title}", items


def _otherwise(
    plans: Sequence[Plan], apart: Mapping[str, Sequence[Apart]]
) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    shown = {action.key for plan in plans for action in telling(plan)}
    first = plans[0].environment
    for name, found in apart.items():
        yield otherwise(first, name, [one for one in found if one.key in shown])


def _table(plans: Sequence[Plan]) -> Beside:
    actions = [{action.key: action for action in plan.actions if action.key} for plan in plans]
    keys = sorted({key for found in actions for key in found})
    return Beside(
        columns=tuple(one_line(plan.environment) for plan in plans),
        rows=tuple((label(key), tuple(_cell(found.get(key)) for found in actions)) for key in keys),
        telling=len({action.key for plan in plans for action in telling(plan)}),
    )


def _counts(plan: Plan) -> str:
    """What a plan does, in a few words."""
    counts = {
        "to create": len(plan.of(Kind.CREATE)),
        "to update": len(plan.of(Kind.UPDATE)),
        "blocked": len(plan.of(Kind.BLOCKED)),
        "in sync": len(plan.of(Kind.IN_SYNC, Kind.ADOPT)),
    }
    told = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    return f"{one_line(plan.environment)} {told or 'no agent'}"


def _cell(action: Action | None) -> str:
    """What a plan does with an agent, in a few words."""
    if action is None:
        return ""
    if action.kind in (Kind.IN_SYNC, Kind.ADOPT):
        return "= in sync"
    fields = f", {count(len(action.changes), 'field')}" if action.changes else ""
    return f"{SIGNS[action.kind]} {action.kind.value}{fields}"
