"""Make a plan from start to end: what would change, and what forbids it. Nothing is written."""

from collections.abc import Sequence
from dataclasses import field

from reconciler.engine import plan as planner
from reconciler.engine.newcomers import Choice
from reconciler.engine.promotion import promoted
from reconciler.engine.unchanged import Unchanged
from reconciler.errors import Problem
from reconciler.late import dataclass
from reconciler.model import Plan, Planned, Promotion, Snapshot
from reconciler.workflows import policy
from reconciler.workflows.baseline import Baseline
from reconciler.workflows.policy import PolicyOptions
from reconciler.workflows.refresh import refresh
from reconciler.workflows.session import EVERYTHING, Selection, Session, observed


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """Which agents a plan covers, and what it may do; see ``newcomers.Choice``."""

    selection: Selection = EVERYTHING
    recreate: bool = False
    create_anyway: bool = False
    policy: PolicyOptions = field(default_factory=PolicyOptions)


@observed("plan")
async def plan(session: Session, options: PlanOptions) -> Planned:
    """Read files, state and live agents; compare; return what would change, and what forbids it.

    1. Read the files; every mistake in them is reported at once.
    2. Select agents: all, or those of ``--target`` and ``--exclude``.
    3. Read the state: what was last applied, as digests.
    4. Read the live agents, as far as files and policies need them.
    5. Compare, leaf by leaf, and build each request; agents that were in sync before, and whose
       file, answer and entry in the state are the same since, are not compared again. The plan is
       now final.
    6. Find what the environment that this one is promoted from must have had.
    7. Check the policies of the environment at the current time.

    Raises ConfigError for mistakes in files, UsageError if a selection matches no agent, and
    ApiError instead of planning on an incomplete list.
    """
    desired, warnings = session.agents(options.selection)
    wanted = options.selection.wanted([item.key for item in desired])
    page = session.page()
    kept = session.compared()
    unchanged = Unchanged(page, kept)
    seen = await refresh(session, desired, page, wanted, unchanged=unchanged)
    made = _compared(session, seen, options, unchanged)
    if kept:
        if wanted is not None:
            kept.keep_others()
        kept.save()
    needed = _needed(session, made, seen)
    return judged(session, made, seen, options.policy, promotion=needed, warnings=warnings)


def _compared(session: Session, seen: Snapshot, options: PlanOptions, unchanged: Unchanged) -> Plan:
    """What would make live equal desired, in the declared fields."""
    return planner.plan(
        seen.desired,
        seen.live,
        seen.page,
        environment=session.name,
        url=session.environment.url,
        choice=Choice(
            wanted=seen.wanted,
            recreate=options.recreate,
            create_anyway=options.create_anyway,
        ),
        applied_value=Baseline.of(session, seen.page).applied,
        reported=session.reports,
        unchanged=unchanged,
    )


def _needed(session: Session, made: Plan, seen: Snapshot) -> Promotion | None:
    """What the source of this environment must have had, if there is one."""
    source = session.environment.promote_from
    if source is None:
        return None
    there = session.declared_for(source)
    return promoted(made, source, seen.desired, there, session.source_page())


def judged(
    session: Session,
    made: Plan,
    seen: Snapshot,
    options: PolicyOptions,
    *,
    promotion: Promotion | None = None,
    warnings: Sequence[Problem] = (),
) -> Planned:
    """Add the current violations of the environment's policies to a plan."""
    return Planned(
        plan=made,
        seen=seen,
        promotion=promotion,
        violations=policy.violations(session, made, seen, promotion, options),
        warnings=tuple(warnings),
        untold=policy.untold(session, made, seen),
    )
