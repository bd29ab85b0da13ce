"""Plan a rollback to the live values before an apply, from start to end. Nothing is written."""

from collections.abc import Sequence
from dataclasses import field, replace

from reconciler.engine import rollback as planner
from reconciler.engine.entries import entries
from reconciler.engine.history import Apply
from reconciler.errors import ConfigError, Problem, ReconcilerError
from reconciler.late import dataclass
from reconciler.model import Desired, EnvironmentState, Planned, Verb
from reconciler.state import history
from reconciler.workflows.baseline import Baseline
from reconciler.workflows.plan import judged
from reconciler.workflows.policy import PolicyOptions
from reconciler.workflows.refresh import refresh
from reconciler.workflows.session import EVERYTHING, Selection, Session


@dataclass(frozen=True, kw_only=True)
class RollbackOptions:
    """Which apply to roll back, by its number in the history, and for which of its agents.

    ``apply`` is None for the last one that wrote.
    """

    apply: int | None = None
    selection: Selection = EVERYTHING
    policy: PolicyOptions = field(default_factory=lambda: PolicyOptions(back=True))


async def rollback(session: Session, options: RollbackOptions) -> tuple[Apply, Planned]:
    """The apply that is rolled back, and the plan for it.

    1. Read the files; rollback works even if they have mistakes.
    2. Read the state.
    3. Find the apply in this machine's history, and select agents of it.
    4. Read the live agents, those of that apply in full.
    5. Compare with the values before it, and build each request. The plan is now final.
    6. Check the policies of the environment; windows and promotion do not apply to a rollback.
    """
    desired, warnings = _files(session)
    page = session.page()
    apply = _chosen(session, options, desired, page)
    ids = frozenset(one.id for one in apply.agents if one.id)
    seen = await refresh(session, desired, page, by_id=ids)
    made = planner.rollback(
        apply,
        seen.desired,
        seen.live,
        seen.page,
        environment=session.name,
        url=session.environment.url,
        applied_value=Baseline.of(session, seen.page).applied,
    )
    return apply, judged(session, made, seen, options.policy, warnings=warnings)


def _files(session: Session) -> tuple[list[Desired], list[Problem]]:
    """The declared agents; with mistakes in the files none, and the mistakes as warnings."""
    try:
        return session.agents()
    except ConfigError as error:
        return [], [replace(problem, warning=True) for problem in error.problems]


def _chosen(
    session: Session, options: RollbackOptions, desired: Sequence[Desired], page: EnvironmentState
) -> Apply:
    """The requested apply, or else the last one, with only the selected agents."""
    number = options.apply
    if number:
        found = history.read(session.history_folder, number)
    else:
        written = (apply for apply in history.applies(session.history_folder) if apply.written)
        found = next(written, None)
    if found is None:
        what = f"apply {number}" if number else "apply"
        message = f"no {what} of {session.name} is remembered on this machine"
        hint = "reconciler history lists the ones that are; or revert in git and apply"
        raise ReconcilerError(message, hint=hint)
    if all(one.verb is Verb.RECORD for one in found.agents):
        raise ReconcilerError(f"#{found.number} wrote no live agent: it was `{found.what}`")
    names = _names(found, desired, page)
    keys = sorted({key for names_of_one in names.values() for key in names_of_one})
    wanted = options.selection.wanted(keys)
    agents = (
        one for one in found.agents if wanted is None or not wanted.isdisjoint(names[one.key])
    )
    return replace(found, agents=tuple(agents))


def _names(apply: Apply, desired: Sequence[Desired], page: EnvironmentState) -> dict[str, set[str]]:
    """The keys of each agent of an apply, by the one it had then: its file may be renamed."""
    known = entries(desired, page)
    files = {page.agents[entry.key].id: key for key, entry in known.items() if entry.key}
    return {
        one.key: {files.get(one.id or "", page.key_of(one.key, one.id)) or one.key, one.key}
        for one in apply.agents
    }
