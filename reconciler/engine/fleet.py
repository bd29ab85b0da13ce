"""What the pages of a fleet come to together: a digest, an exit code, policies. Pure."""

from collections.abc import Iterable, Sequence

from reconciler.engine.policies.agents import allowance
from reconciler.engine.policies.declared import Limit
from reconciler.late import dataclass
from reconciler.model import Violation
from reconciler.schema import digest
from reconciler.text.wording import count

RULE = "fleet."
"""How the rules of a fleet's policies begin, so that they are told from a project's own."""
DONE = "done"
FAILED, REFUSED, SKIPPED, NOT_STARTED = "failed", "refused", "skipped", "not started"
"""What becomes of a page without a result: it could not be looked at, the plan is not the one that
was reviewed or a policy rejects it, it has none of the chosen agents, or the run ended before."""
_SIGNALLED = 128


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How one page ended; ``wrote`` if an apply wrote any of its agents."""

    name: str
    status: str
    exit_code: int
    wrote: bool = False


def exit_code(command: str, pages: Sequence[Ended], *, refused: bool, detailed: bool) -> int:
    """The exit code of a run over pages: never 0 if something was not looked at.

    ``refused``: a policy of the fleet rejects the plan. ``detailed``: changes of a plan count.
    """
    codes = {page.exit_code for page in pages}
    stopped = max(codes, default=0)
    if stopped > _SIGNALLED:
        return stopped
    if command == "apply":
        return _applied(pages, refused=refused)
    if any(page.status in (FAILED, NOT_STARTED) for page in pages):
        return 1
    if refused:
        return 5
    counted = (5, 1, 64, 3, 4, *((2,) if command != "plan" or detailed else ()))
    return next((code for code in counted if code in codes), 0 if codes <= {0, 2} else 1)


def _applied(pages: Sequence[Ended], *, refused: bool) -> int:
    """0 if every page is as planned; 3 if some were written; else why none was."""
    bad = [page for page in pages if page.exit_code or page.status == NOT_STARTED]
    if not bad:
        return 5 if refused else 0
    if any(page.wrote for page in pages):
        return 3
    codes = {page.exit_code for page in bad} - {0}
    if refused and codes <= {5}:
        return 5
    return 4 if codes == {4} else 5 if codes and codes <= {4, 5} else 1


def fleet_digest(pages: Iterable[tuple[str, str, str]]) -> str:
    """A digest of what a reviewer of a fleet approved: of each page's plan, with its names."""
    return digest.content([list(page) for page in sorted(pages)])


def listing(names: Iterable[str]) -> str:
    """A digest of which pages there are: equal for runs that split the same fleet."""
    return digest.content(sorted(names))


def over(limit: Limit | None, writes: int, agents: int, projects: int) -> Iterable[Violation]:
    """Violated if a fleet's plan writes more agents than its ``max_changes`` allows."""
    if limit is None or writes <= (allowed := allowance(limit, agents)):
        return
    share = "" if isinstance(limit, int) else f" of {count(agents, 'live agent')}"
    yield Violation(
        rule=f"{RULE}max_changes",
        message=f"this plan writes {count(writes, 'agent')} of {count(projects, 'project')}; "
        f"`max_changes: {limit}`{share} of the fleet allows {allowed}",
        hint="apply fewer projects at a time; or, if all were reviewed, raise it in the fleet file",
    )
