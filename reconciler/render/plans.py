"""A plan as a sheet for people. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.errors import Problem
from reconciler.model import Action, Cause, Contract, Kind, Plan
from reconciler.render.fleet import told_once
from reconciler.render.rows import counted, grouped, row
from reconciler.render.safe import label, one_line
from reconciler.render.sentences import paragraph
from reconciler.render.sheet import Block, Listed, Sheet

SIGNS = {Kind.CREATE: "+", Kind.UPDATE: "~", Kind.BLOCKED: "!", Kind.ADOPT: "=", Kind.IN_SYNC: "="}
_SHORT = 30
_REMARK = 1000
"""Characters of a remark: enough for a list of every field."""


def sheet(plan: Plan, findings: Sequence[Problem] = (), language: str = "en") -> Sheet:
    """The agents of a plan that have something to say, and lists of the others."""
    kinds = (Kind.CREATE, Kind.UPDATE, Kind.BLOCKED, Kind.ADOPT, Kind.IN_SYNC)
    telling = [action for action in plan.of(*kinds) if action.changes or action.reason]
    blocks, shared = told_once([block(action, language) for action in telling])
    return Sheet(
        kind="plan",
        title=f"Plan for {one_line(plan.environment)}",
        environment=one_line(plan.environment),
        url=one_line(plan.url),
        summary=summary(plan),
        changes=bool(plan.writes),
        blocks=blocks,
        shared=shared,
        lists=tuple((title, items) for title, items in _lists(plan, telling) if items),
        findings=tuple(findings),
        impacts=impacts(plan),
        language=language,
    )


def _lists(plan: Plan, telling: Sequence[Action]) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    quiet = [action for action in plan.actions if action not in telling]
    yield (
        "Ignored, left to the dashboard",
        tuple(
            Listed(
                who=one_line(action.key), field=one_line(change.path), said=one_line(change.note)
            )
            for action in quiet
            for change in action.ignored
        ),
    )
    yield "Unmanaged, in no file", tuple(map(_unmanaged, plan.of(Kind.UNMANAGED)))
    yield (
        "In sync, but not in the ledger yet; apply remembers them",
        tuple(Listed(who=one_line(action.key)) for action in plan.of(Kind.ADOPT)),
    )


def _unmanaged(action: Action) -> Listed:
    return Listed(who=label(f"{action.name or '(no name)'} ({action.id})"))


def summary(plan: Plan) -> str:
    """The plan's last line, with the numbers that matter."""
    in_sync = len(plan.of(Kind.IN_SYNC, Kind.ADOPT))
    unmanaged = len(plan.of(Kind.UNMANAGED))
    tail = f"{in_sync} in sync" + (f", {unmanaged} unmanaged" if unmanaged else "")
    blocked = len(plan.of(Kind.BLOCKED))
    if not plan.writes and not blocked:
        return f"No changes in {one_line(plan.environment)}: {tail}."
    counts = [
        f"{len(plan.of(Kind.CREATE))} to create",
        f"{len(plan.of(Kind.UPDATE))} to update{_whose(plan)}",
        *([f"{blocked} blocked"] if blocked else []),
    ]
    told = "; ".join(filter(None, (", ".join(counts), _noticed(plan), tail)))
    return f"Plan for {one_line(plan.environment)}: {told}."


def _whose(plan: Plan) -> str:
    """Whose moves the fields to be updated are: `` (2 edit, 1 drift)``."""
    counts = causes(plan)
    return f" ({', '.join(f'{n} {name}' for name, n in counts.items())})" if counts else ""


def _noticed(plan: Plan) -> str:
    """What callers notice of the fields to be written: ``3 fields: 2 spoken, 1 silent``."""
    counts = {name: count for name, count in impacts(plan).items() if count}
    fields = sum(counts.values())
    told = ", ".join(f"{n} {name}" for name, n in counts.items())
    return f"{fields} field{'s' * (fields != 1)}: {told}" if counts else ""


def impacts(plan: Plan) -> dict[str, int]:
    """How many fields to be written a caller notices how, by ``sheet.GROUPS``."""
    return counted(change for action in plan.writes for change in action.changes)


def causes(plan: Plan) -> dict[str, int]:
    """How many fields of the updates have which cause."""
    found = [change.cause for action in plan.of(Kind.UPDATE) for change in action.changes]
    return {cause.value: found.count(cause) for cause in Cause if cause in found}


def block(action: Action, language: str = "en") -> Block:
    """One agent."""
    creating = action.kind is Kind.CREATE
    rows = [row(change, creating=creating) for change in action.changes]
    rows += [row(change, ignored=True) for change in action.ignored]
    count = len(action.changes)
    fields = f", {count} field{'s' * (count != 1)}" if count else ""
    contract = action.contract
    return Block(
        sign=SIGNS.get(action.kind, " "),
        key=label(action.key),
        name=label(action.name),
        id=label(action.id or ""),
        state=f"{action.kind.value}{fields}",
        facts=tuple(one_line(note) for note in action.notes if len(note) <= _SHORT),
        notes=tuple(
            label(note, _REMARK)
            for note in (*_refused(action), *action.notes)
            if len(note) > _SHORT
        ),
        reason=label(action.reason, _REMARK),
        told=told(action, language),
        breaking=tuple(breaking(contract)) if action.kind is Kind.UPDATE else (),
        groups=grouped(rows),
    )


def _refused(action: Action) -> Iterator[str]:
    """That an apply will not write this agent, where it will not."""
    fields = ", ".join(f"`{change.path}`" for change in action.conflicts)
    if fields and action.kind is Kind.UPDATE:
        yield (
            f"apply refuses this agent, for files and dashboard moved {fields}: "
            "take what is live with adopt, or let the files win with --overwrite"
        )


def told(action: Action, language: str) -> str:
    """The change as a sentence. ``breaking`` tells in English what callers must do otherwise."""
    contract = None if language == "en" else action.contract
    return paragraph(action.kind.value, action.name, action.changes, contract, language=language)


def breaking(contract: Contract) -> Iterator[str]:
    """What callers must do otherwise, a line for each placeholder."""
    for old, new in contract.renamed:
        yield f"{_braced(old)} is now {_braced(new)}: pass it under the new name"
    for name in contract.added:
        if name in contract.filled:
            yield f"{_braced(name)} is new: `params` fill it where a call does not"
        else:
            yield f"{_braced(name)} is new: a call that does not pass it speaks a blank"
    for name in contract.unfilled:
        told = "`params` fill it no longer: a call that does not pass it speaks a blank"
        yield f"{_braced(name)}: {told}"
    for name in contract.removed:
        yield f"{_braced(name)} is gone: what a call passes for it is not used"


def _braced(name: str) -> str:
    return f"{{{{{label(name, 60)}}}}}"
