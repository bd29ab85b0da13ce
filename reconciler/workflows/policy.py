"""Violations of a plan from all sources of policies, and the error that they raise."""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from functools import partial

from reconciler.config import zones
from reconciler.config.policies import PoliciesEntry
from reconciler.engine import policies as rules
from reconciler.engine import promotion
from reconciler.engine.fleet import RULE
from reconciler.engine.policies import Policies, Sights, required_text
from reconciler.engine.policies.declared import Limit
from reconciler.engine.policies.ways import Way
from reconciler.errors import PolicyError, Problem
from reconciler.late import dataclass
from reconciler.model import Plan, Planned, Promotion, Snapshot, Violation
from reconciler.schema.shape import kinds
from reconciler.state import statefile
from reconciler.text.wording import count
from reconciler.workflows.session import Session
from reconciler.yamledit.document import Path_


@dataclass(frozen=True, kw_only=True)
class PolicyOptions:
    """A run's options for the policies of its environment.

    ``max_changes`` replaces the environment's, ``force`` lifts it, ``allow_missing`` allows agents
    of the state to be without files; ``approved`` are the approved groups of changes. ``back``: the
    plan is a rollback, which is allowed at any hour, and was promoted when it was applied. ``way``
    has the command lines of this run.
    """

    max_changes: Limit | None = None
    force: bool = False
    allow_missing: bool = False
    approved: frozenset[str] = frozenset()
    back: bool = False
    way: Way = field(default_factory=Way)

    def over(self, policies: Policies) -> Policies:
        """The policies of an environment with this run's options applied."""
        if self.max_changes is not None:
            policies = replace(policies, max_changes=self.max_changes)
        if self.force:
            policies = replace(policies, max_changes=None)
        if self.back:
            policies = replace(policies, windows=())
        return replace(policies, forgotten=self.allow_missing)


def violations(
    session: Session,
    plan: Plan,
    seen: Snapshot,
    needed: Promotion | None,
    options: PolicyOptions,
) -> tuple[Violation, ...]:
    """Every violation of a plan, at the current time and with these options; firm ones first."""
    policies = options.over(session.environment.policies)
    sights = _sights(session, seen, options)
    found = (*rules.violations(plan, policies, sights), *_of_fleet(session, plan, sights))
    source = None if options.back else session.environment.promote_from
    every = (*promotion.violations(plan, needed, source, session.source_page()), *found)
    return tuple(sorted(every, key=lambda violation: violation.pending))


def _of_fleet(session: Session, plan: Plan, sights: Sights) -> Iterator[Violation]:
    """The violations of the policies of the fleet that the project is part of, if it is."""
    member = session.context.member
    for one in rules.violations(plan, member.policies, sights) if member else ():
        yield replace(one, rule=f"{RULE}{one.rule}")


def untold(session: Session, plan: Plan, seen: Snapshot) -> tuple[Problem, ...]:
    """Warnings of required texts that a plan may drop, if that cannot be determined."""
    policies = session.environment.policies
    found = [
        one
        for one in required_text.unkept(plan, policies, _sights(session, seen, PolicyOptions()))
        if not one.known
    ]
    places = {required: place for place, required in enumerate(policies.required_text)}
    return tuple(
        session.project.document.problem(
            _place(session, "required_text", places[one.required]),
            f"it is not known whether {one.key} says {required_text.quoted(one.required)}",
            hint="a secret, or a field that the API does not show, cannot be looked at",
            warning=True,
            rule="required_text",
        )
        for one in found
    )


def firm(found: Sequence[Violation]) -> bool:
    """Whether some violation is not pending on an hour, an approval or a promotion."""
    return any(not violation.pending for violation in found)


def check(session: Session, planned: Planned, options: PolicyOptions) -> None:
    """Raise PolicyError with all current violations, if there are any."""
    plan = planned.plan
    found = violations(session, plan, planned.seen, planned.promotion, options)
    if not found:
        return
    rules = f"{count(len(found), 'rule')} of {plan.environment}"
    raise PolicyError(
        f"{rules} refuse{'s' * (len(found) == 1)} this plan; nothing was written",
        problems=[_problem(session, violation, options) for violation in found],
    )


def _sights(session: Session, seen: Snapshot, options: PolicyOptions) -> Sights:
    return Sights(
        clock=partial(zones.local, at=session.context.now()),
        approved=options.approved,
        live=seen.by_id,
        files=seen.files,
        way=options.way,
    )


def _problem(session: Session, violation: Violation, options: PolicyOptions) -> Problem:
    """A violation at the place of its policy: in the project file, or on the command line."""
    member = session.context.member
    if member and violation.rule.startswith(RULE):
        where: Path_ = ("policies", violation.rule.removeprefix(RULE))
        return member.document.problem(
            where, violation.said, hint=violation.hint, rule=violation.rule
        )
    found = session.project.document.problem(
        _place(session, violation.rule), violation.said, hint=violation.hint, rule=violation.rule
    )
    if violation.rule == "missing_files":
        return replace(found, file=statefile.FILE_NAME, line=0, field="")
    if violation.rule == "max_changes" and options.max_changes is not None:
        return replace(found, file="--max-changes", line=0, field="")
    return found


def _place(session: Session, rule: str, *more: str | int) -> Path_:
    """The place of a policy of this environment in the project file."""
    name = session.name
    entry = session.project.entry.environments.get(name)
    policies = ("policies",) if entry and rule in kinds(PoliciesEntry) else ()
    return ("environments", name, *policies, rule, *more)
