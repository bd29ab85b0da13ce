"""Find dashboard changes since the last apply, from start to end. Nothing live is written."""

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from reconciler import telemetry
from reconciler.engine import memory
from reconciler.engine.drift import Audit, audit
from reconciler.engine.policies.declared import RequiredText
from reconciler.errors import Problem
from reconciler.kinds import registry
from reconciler.late import dataclass
from reconciler.model import Desired, Ignore, Snapshot
from reconciler.state import files
from reconciler.workflows.baseline import Baseline
from reconciler.workflows.refresh import refresh
from reconciler.workflows.session import EVERYTHING, Selection, Session, must_match, observed


@dataclass(frozen=True, kw_only=True)
class DriftOptions:
    """Which agents are checked, and what is expected.

    ``ignore`` are globs on keys, with what is expected of those agents. ``accept`` records
    undeclared live values in the state.
    """

    selection: Selection = EVERYTHING
    ignore: tuple[tuple[str, Ignore], ...] = ()
    accept: bool = False


@observed("drift")
async def drift(session: Session, options: DriftOptions) -> tuple[Audit, Sequence[Problem]]:
    """Report what changed live, and warnings about the files.

    1. Read the files, the state, and the live agents.
    2. Add what this run ignores to what the files ignore.
    3. Compare the live agents with what was last applied.
    4. Record undeclared live values in the state, if requested.
    """
    desired, warnings = session.agents(options.selection)
    wanted = options.selection.wanted([item.key for item in desired])
    seen = await refresh(session, desired, session.page(), wanted)
    must_match("ignore", (glob for glob, _ in options.ignore), [item.key for item in desired])
    found = audited(session, seen, options.ignore)
    if options.accept:
        with files.unbroken():
            found = replace(found, accepted=_accepted(session, seen, found))
    return found, warnings


def audited(session: Session, seen: Snapshot, ignore: Sequence[tuple[str, Ignore]] = ()) -> Audit:
    """Compare live agents that were read with what was last applied."""
    today = session.context.today
    found = audit(
        [_ignoring(item, ignore, today) for item in seen.desired],
        seen.live,
        seen.page,
        environment=session.name,
        url=session.environment.url,
        wanted=seen.wanted,
        applied_value=Baseline.of(session, seen.page).applied,
        reported=session.reports,
        requirements=_required(session),
    )
    telemetry.drifted(session.project.root.name, session.name, len(found.drifted))
    return found


def _required(session: Session) -> tuple[RequiredText, ...]:
    """The texts that must be live: those of the environment, and of the fleet if it is in one."""
    member = session.context.member
    own = session.environment.policies.required_text
    return (*own, *(member.policies.required_text if member else ()))


def _ignoring(item: Desired, more: Sequence[tuple[str, Ignore]], today: str) -> Desired:
    """Add what this run ignores to an agent."""
    fits = (entry for glob, entry in more if fnmatchcase(item.key, glob) and entry.holds_on(today))
    own = (
        replace(entry, path=one) for entry in fits for one in registry.own(item.kind, entry.path)
    )
    return replace(item, ignore=(*item.ignore, *own))


def _accepted(session: Session, seen: Snapshot, found: Audit) -> tuple[str, ...]:
    """Record undeclared live values; returns the keys of the agents."""
    live = seen.by_id
    entries = {
        one.key: memory.accepted(known, live[one.id], seen.files[one.key].fields)
        for one in found.agents
        if one.id in live and (known := seen.page.of(one.key, one.id, one.kind))
    }
    session.state.record_all(session.name, seen.page.salt, entries)
    return tuple(entries)
