"""What a project's rules say of a plan, from every source of such rules, and the stop for it."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from reconciler.cli import command_line
from reconciler.cli.session import Session, Sight
from reconciler.config import zones
from reconciler.engine import policies, promotion
from reconciler.engine.policies import Limits, Sights, clauses
from reconciler.errors import GuardError, Problem
from reconciler.model import Plan, Refusal
from reconciler.state import ledger
from reconciler.text.wording import count
from reconciler.workflows.context import World
from reconciler.yamledit.reading import Path_

_ROLLBACK = "rollback"


def refusals(session: Session, plan: Plan, seen: Sight) -> tuple[Refusal, ...]:
    """Every refusal of a plan, by the clock of now and the options of this run; firm ones first."""
    limits = _limits(session.environment.limits, session.arguments)
    found = policies.refusals(plan, limits, _sights(session, plan, seen))
    source = session.environment.promote_from
    if session.arguments.command == _ROLLBACK:
        source = None
    every = (*promotion.refusals(plan, source, session.source_page()), *found)
    return tuple(sorted(every, key=lambda refusal: refusal.waits))


def unread(session: Session, plan: Plan, seen: Sight) -> list[Problem]:
    """Warnings of clauses of which it cannot be told whether an agent of the plan holds them."""
    limits = session.environment.limits
    found = [
        one for one in clauses.unkept(plan, limits, _sights(session, plan, seen)) if not one.known
    ]
    places = {clause: place for place, clause in enumerate(limits.clauses)}
    return [
        session.project.document.problem(
            _place(session, "clauses", places[one.clause]),
            f"it is not known whether {one.key} says {clauses.quoted(one.clause)}",
            hint="a secret, or a field that the API does not show, cannot be looked at",
            warning=True,
            rule="clauses",
        )
        for one in found
    ]


def firm(found: Sequence[Refusal]) -> bool:
    """Whether a refusal is among them that does not wait for an hour, a person or a promotion."""
    return any(not refusal.waits for refusal in found)


def saved(world: World, arguments: argparse.Namespace, found: Sequence[Refusal]) -> None:
    """What may be done with a plan that was saved; nothing, as long as apply refuses it."""
    if not found:
        said = f"To apply exactly this: {command_line.saved(arguments)}"
    elif firm(found):
        said = "Apply refuses it."
    else:
        said = "Apply refuses it until then."
    world.stderr.write(f"Saved. {said}\n")


def check(session: Session, plan: Plan, found: Sequence[Refusal]) -> None:
    """Raise GuardError with all refusals, where there are any."""
    if not found:
        return
    rules = f"{count(len(found), 'rule')} of {plan.environment}"
    raise GuardError(
        f"{rules} refuse{'s' * (len(found) == 1)} this plan; nothing was written",
        problems=[_problem(session, refusal) for refusal in found],
    )


def _limits(limits: Limits, arguments: argparse.Namespace) -> Limits:
    """The limits as the command line leaves them. A way back may be gone at any hour."""
    said: Mapping[str, object] = vars(arguments)
    if said.get("max_changes") is not None:
        limits = replace(limits, max_changes=arguments.max_changes)
    if said.get("force"):
        limits = replace(limits, max_changes=None)
    if arguments.command == _ROLLBACK:
        limits = replace(limits, windows=())
    return replace(limits, forgotten=bool(said.get("allow_missing")))


def _sights(session: Session, plan: Plan, seen: Sight) -> Sights:
    approved = getattr(session.arguments, "approve", ())
    return Sights(
        clock=partial(zones.local, at=session.world.now()),
        approved=frozenset(name for names in approved for name in names),
        live={agent.id: agent for agent in seen.live},
        files={item.key: item for item in seen.desired},
        way=command_line.way(session.arguments, plan),
    )


def _problem(session: Session, refusal: Refusal) -> Problem:
    """A refusal where its rule was written: in the project file, or on the command line."""
    said = getattr(session.arguments, refusal.rule, None)
    found = session.project.document.problem(
        _place(session, refusal.rule), refusal.said, hint=refusal.hint, rule=refusal.rule
    )
    if refusal.rule == "missing_files":
        return replace(found, file=ledger.FILE_NAME, line=0, field="")
    if said is not None and refusal.rule == "max_changes":
        return replace(found, file="--max-changes", line=0, field="")
    return found


def _place(session: Session, rule: str, *more: str | int) -> Path_:
    """Where in the project file a rule of this environment stands."""
    name = session.environment.name
    entry = session.project.entry.environments.get(name)
    limits = ("limits",) if entry and rule in type(entry.limits).model_fields else ()
    return ("environments", name, *limits, rule, *more)
