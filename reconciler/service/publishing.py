"""The issue of a page on a forge: what waits for somebody, and how to answer."""

import shlex
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

from reconciler import __version__
from reconciler.engine.plan_digest import plan_digest
from reconciler.forge import forges, place
from reconciler.forge import publish as posts
from reconciler.forge.report import report
from reconciler.late import dataclass
from reconciler.render import audits, plans
from reconciler.render.markdown import markdown
from reconciler.render.sanitize import one_line
from reconciler.render.view import Sheet
from reconciler.service.references import Notice
from reconciler.state import git
from reconciler.workflows.drift import audited
from reconciler.workflows.plan import PlanOptions, plan
from reconciler.workflows.policy import firm
from reconciler.workflows.session import Session


@dataclass(frozen=True, kw_only=True)
class _Post:
    """A report, and what people are to do about it."""

    sheet: Sheet
    title: str
    answer: str = ""


async def publish(session: Session, on: str, notice: Notice) -> None:
    """Write the issue of a page's plan, or of its drift if there is no plan; or close both."""
    where = place.place(session.context.env, "", on)
    inside = git.within(session.project.root)
    folder = inside if session.commit() else notice.page.project  # no two pages share an issue
    made = [post async for post in _posts(session, notice)]
    async with forges.opened(where, f"reconciler/{__version__} (service)") as forge:
        for post in made:
            text = markdown(post.sheet, folder=folder) + post.answer
            found = report(f"{post.sheet.kind}.md", text)
            await posts.issue(forge, found, post.title, (), close=notice.closed)


async def _posts(session: Session, notice: Notice) -> AsyncIterator[_Post]:
    name = one_line(notice.page.name)
    planned = await plan(session, PlanOptions())
    if planned.plan.writes or notice.closed:
        digest, refused = plan_digest(planned.plan), firm(planned.violations)
        yield _Post(
            sheet=plans.sheet(planned),
            title=f"{name}: {'nothing waits' if notice.closed else 'a plan waits for approval'}",
            answer=""
            if notice.closed
            else "\n".join(_answer(name, digest, notice, refused=refused)),
        )
    if notice.closed or not planned.plan.writes:
        audit = audited(session, planned.seen)
        yield _Post(sheet=audits.sheet(audit, planned.warnings), title=f"{name}: drift")


def _answer(name: str, digest: str, notice: Notice, *, refused: bool) -> Iterator[str]:
    """How to approve or reject this very plan, and until when, unless a policy rejects it."""
    if refused:
        yield "\nNobody can approve this plan: a policy refuses it.\n"
        return
    until = datetime.fromtimestamp(notice.until, UTC).strftime("%Y-%m-%d %H:%M")
    yield ""
    if notice.reminder:
        yield "**Reminder**: nobody has answered yet."
        yield ""
    yield f"Waits until {until} UTC. To apply exactly this plan, or to leave it:"
    yield ""
    yield "```sh"
    yield f"reconciler service approve {shlex.quote(name)} --digest {digest}"
    yield f"reconciler service reject {shlex.quote(name)} --digest {digest}"
    yield "```"
    yield ""
