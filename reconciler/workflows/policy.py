"""What a project's rules say of a plan, from every source of such rules, and the stop for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from reconciler.config import zones
from reconciler.engine import policies as rules
from reconciler.engine import promotion
from reconciler.engine.policies import Policies, Sights, required_text
from reconciler.engine.policies.declared import Limit
from reconciler.engine.policies.ways import Way
from reconciler.errors import PolicyError, Problem
from reconciler.model import Plan, Planned, Promotion, Snapshot, Violation
from reconciler.state import statefile
from reconciler.text.wording import count
from reconciler.workflows.session import Session
from reconciler.yamledit.reading import Path_


@dataclass(frozen=True, kw_only=True)
class PolicyOptions:
    """What a run says of the rules of its environment.

    ``max_changes`` takes the place of the environment's, ``force`` lifts it, ``allow_missing`` lets
    agents of the state be without files; ``approved`` are groups of changes that a person has
    read. ``back``: the plan leads back to what was live before, which may be done at any hour, and
    was promoted when it was applied. ``way`` is how the commands of this run are written.
    """

    max_changes: Limit | None = None
    force: bool = False
    allow_missing: bool = False
    approved: frozenset[str] = frozenset()
    back: bool = False
    way: Way = field(default_factory=Way)

    def over(self, policies: Policies) -> Policies:
        """The policies of an environment as this run leaves them."""
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
    """Every violation of a plan, by the clock and the options of this run; firm ones first."""
    policies = options.over(session.environment.policies)
    found = rules.violations(plan, policies, _sights(session, seen, options))
    source = None if options.back else session.environment.promote_from
    every = (*promotion.violations(plan, needed, source, session.source_page()), *found)
    return tuple(sorted(every, key=lambda violation: violation.pending))


def untold(session: Session, plan: Plan, seen: Snapshot) -> tuple[Problem, ...]:
    """Warnings of required texts that a plan may drop, as far as can be told."""
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
    """Whether a violation is among them that does not wait for an hour, a person or a promotion."""
    return any(not violation.pending for violation in found)


def check(session: Session, planned: Planned, options: PolicyOptions) -> None:
    """Raise PolicyError with all violations of now, if there are any."""
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
    """A violation where its rule was written: in the project file, or on the command line."""
    found = session.project.document.problem(
        _place(session, violation.rule), violation.said, hint=violation.hint, rule=violation.rule
    )
    if violation.rule == "missing_files":
        return replace(found, file=statefile.FILE_NAME, line=0, field="")
    if violation.rule == "max_changes" and options.max_changes is not None:
        return replace(found, file="--max-changes", line=0, field="")
    return found


def _place(session: Session, rule: str, *more: str | int) -> Path_:
    """Where in the project file a rule of this environment stands."""
    name = session.name
    entry = session.project.entry.environments.get(name)
    policies = ("policies",) if entry and rule in type(entry.policies).model_fields else ()
    return ("environments", name, *policies, rule, *more)
