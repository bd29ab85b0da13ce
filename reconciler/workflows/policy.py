"""What a project's rules say of a plan, from every source of such rules, and the stop for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from reconciler.config import zones
from reconciler.engine import policies, promotion
from reconciler.engine.policies import Limits, Sights, clauses
from reconciler.engine.policies.limits import Limit
from reconciler.engine.policies.ways import Way
from reconciler.errors import GuardError, Problem
from reconciler.model import Plan, Planned, Promotion, Refusal, Snapshot
from reconciler.state import statefile
from reconciler.text.wording import count
from reconciler.workflows.session import Session
from reconciler.yamledit.reading import Path_


@dataclass(frozen=True, kw_only=True)
class PolicyOptions:
    """What a run says of the rules of its environment.

    ``max_changes`` takes the place of the environment's, ``force`` lifts it, ``allow_missing`` lets
    agents of the ledger be without files; ``approved`` are groups of changes that a person has
    read. ``back``: the plan leads back to what was live before, which may be done at any hour, and
    was promoted when it was applied. ``way`` is how the commands of this run are written.
    """

    max_changes: Limit | None = None
    force: bool = False
    allow_missing: bool = False
    approved: frozenset[str] = frozenset()
    back: bool = False
    way: Way = field(default_factory=Way)

    def over(self, limits: Limits) -> Limits:
        """The limits of an environment as this run leaves them."""
        if self.max_changes is not None:
            limits = replace(limits, max_changes=self.max_changes)
        if self.force:
            limits = replace(limits, max_changes=None)
        if self.back:
            limits = replace(limits, windows=())
        return replace(limits, forgotten=self.allow_missing)


def refusals(
    session: Session,
    plan: Plan,
    seen: Snapshot,
    needed: Promotion | None,
    options: PolicyOptions,
) -> tuple[Refusal, ...]:
    """Every refusal of a plan, by the clock of now and the options of this run; firm ones first."""
    limits = options.over(session.environment.limits)
    found = policies.refusals(plan, limits, _sights(session, seen, options))
    source = None if options.back else session.environment.promote_from
    every = (*promotion.refusals(plan, needed, source, session.source_page()), *found)
    return tuple(sorted(every, key=lambda refusal: refusal.waits))


def untold(session: Session, plan: Plan, seen: Snapshot) -> tuple[Problem, ...]:
    """Warnings of clauses of which it cannot be told whether an agent of the plan holds them."""
    limits = session.environment.limits
    found = [
        one
        for one in clauses.unkept(plan, limits, _sights(session, seen, PolicyOptions()))
        if not one.known
    ]
    places = {clause: place for place, clause in enumerate(limits.clauses)}
    return tuple(
        session.project.document.problem(
            _place(session, "clauses", places[one.clause]),
            f"it is not known whether {one.key} says {clauses.quoted(one.clause)}",
            hint="a secret, or a field that the API does not show, cannot be looked at",
            warning=True,
            rule="clauses",
        )
        for one in found
    )


def firm(found: Sequence[Refusal]) -> bool:
    """Whether a refusal is among them that does not wait for an hour, a person or a promotion."""
    return any(not refusal.waits for refusal in found)


def check(session: Session, planned: Planned, options: PolicyOptions) -> None:
    """Raise GuardError with all refusals of now, if there are any."""
    plan = planned.plan
    found = refusals(session, plan, planned.seen, planned.promotion, options)
    if not found:
        return
    rules = f"{count(len(found), 'rule')} of {plan.environment}"
    raise GuardError(
        f"{rules} refuse{'s' * (len(found) == 1)} this plan; nothing was written",
        problems=[_problem(session, refusal, options) for refusal in found],
    )


def _sights(session: Session, seen: Snapshot, options: PolicyOptions) -> Sights:
    return Sights(
        clock=partial(zones.local, at=session.context.now()),
        approved=options.approved,
        live=seen.by_id,
        files=seen.files,
        way=options.way,
    )


def _problem(session: Session, refusal: Refusal, options: PolicyOptions) -> Problem:
    """A refusal where its rule was written: in the project file, or on the command line."""
    found = session.project.document.problem(
        _place(session, refusal.rule), refusal.said, hint=refusal.hint, rule=refusal.rule
    )
    if refusal.rule == "missing_files":
        return replace(found, file=statefile.FILE_NAME, line=0, field="")
    if refusal.rule == "max_changes" and options.max_changes is not None:
        return replace(found, file="--max-changes", line=0, field="")
    return found


def _place(session: Session, rule: str, *more: str | int) -> Path_:
    """Where in the project file a rule of this environment stands."""
    name = session.name
    entry = session.project.entry.environments.get(name)
    limits = ("limits",) if entry and rule in type(entry.limits).model_fields else ()
    return ("environments", name, *limits, rule, *more)
