"""Decide how to publish a report, and do it: the same on every forge.

A post is *ours* if its first line is the report's marker and this token's user wrote it. Anyone who
can comment can copy the line, so the line alone proves nothing: such a post is neither changed nor
trusted.
"""

from collections.abc import Sequence

from reconciler.errors import ReconcilerError
from reconciler.forge.posts import Forge, Post
from reconciler.forge.report import Report, digest, first_lines, marker
from reconciler.late import dataclass


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done: ``created``, ``updated``, ``closed``, or ``nothing`` with an empty URL.

    ``others`` are the addresses of older posts of ours, which were left.
    """

    deed: str
    url: str = ""
    others: tuple[str, ...] = ()


async def comment(forge: Forge, number: int, report: Report, *, if_exists: bool) -> Done:
    """Write the report as the only comment of its kind; ``if_exists``: only over an older one."""
    _fits(forge, report)
    found = await _ours(forge, await forge.comments(number), report.marker)
    if found:
        post = await forge.change_comment(number, found[-1], report.text)
        return Done(deed="updated", url=post.url, others=_urls(found[:-1]))
    if if_exists:
        return Done(deed="nothing")
    return Done(deed="created", url=(await forge.add_comment(number, report.text)).url)


async def issue(
    forge: Forge, report: Report, title: str, labels: Sequence[str], *, close: bool
) -> Done:
    """Write the report as the only open issue of its kind; ``close``: for the last time."""
    _fits(forge, report)
    found = await _ours(forge, await forge.issues(), report.marker)
    if found and close:
        posts = [await forge.change_issue(one, title, report.text, close=True) for one in found]
        return Done(deed="closed", url=posts[-1].url)
    if found:
        post = await forge.change_issue(found[-1], title, report.text, close=False)
        return Done(deed="updated", url=post.url, others=_urls(found[:-1]))
    if close:
        return Done(deed="nothing")
    return Done(deed="created", url=(await forge.add_issue(title, report.text, labels)).url)


async def request(forge: Forge, report: Report, branch: str, title: str, base: str) -> Done:
    """Open the pull request of a branch, or update it; ``base`` may be empty."""
    _fits(forge, report)
    found = await forge.requests(branch)
    if found and found[-1].author != await forge.own():
        message = f"{found[-1].url} has this branch, and somebody else wrote it"
        raise ReconcilerError(message, hint="close it, or push to another branch")
    if found:
        post = await forge.change_request(found[-1], title, report.text)
        return Done(deed="updated", url=post.url)
    onto = base or await forge.main_branch()
    return Done(deed="created", url=(await forge.add_request(branch, onto, title, report.text)).url)


async def reviewed(forge: Forge, environment: str, sha: str, folder: str = "") -> tuple[str, str]:
    """The plan digest shown in the merged pull request of a commit, and the comment's address.

    It is that of our newest plan there: an older one was not what was merged. Raises
    ReconcilerError if there is none.
    """
    what = forge.request_name
    line = marker("plan", environment, folder)
    posts: list[Post] = []
    merged = await forge.merged(sha)
    if not merged:
        message = f"no {what} was merged as {sha[:12]}"
        raise ReconcilerError(message, hint="what was pushed without one has no reviewed plan")
    for one in merged:
        found = await _ours(forge, await forge.comments(one.number), line)
        posts += [post for post in found if post.proven]
    if not posts:
        message = f"{merged[-1].url} shows no plan of {environment} that this token's bot wrote"
        hint = "publish it there with the same token: reconciler publish comment plan.md"
        raise ReconcilerError(message, hint=hint)
    found_digest = digest(posts[-1].body)
    if not found_digest:
        message = f"{posts[-1].url} has no plan digest: that plan came to no result"
        raise ReconcilerError(message, hint="merge a pull request whose last plan was a good one")
    return found_digest, posts[-1].url


async def _ours(forge: Forge, posts: Sequence[Post], line: str) -> list[Post]:
    """The posts with this first line that this token wrote.

    Its user is requested only if needed.
    """
    marked = [post for post in posts if first_lines(post.body)[0] == line]
    return [post for post in marked if post.author and post.author == await forge.own()]


def _urls(posts: Sequence[Post]) -> tuple[str, ...]:
    return tuple(post.url for post in posts)


def _fits(forge: Forge, report: Report) -> None:
    size = len(report.text)
    if size > forge.most:
        message = f"{report.name} has {size:,} characters; a text on {forge.name} holds"
        hint = "the Markdown report of reconciler has 60,000 at most: publish that one as it is"
        raise ReconcilerError(f"{message} {forge.most:,}", hint=hint)
