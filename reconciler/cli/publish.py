"""`reconciler publish`: reports as comments, issues and pull requests on GitHub or GitLab."""

import argparse
from collections.abc import Awaitable, Callable
from typing import TypeVar

from reconciler import __version__, plain
from reconciler.cli import output, reports, signals
from reconciler.cli.world import World
from reconciler.errors import UsageError, why
from reconciler.forge import forges, place, publish
from reconciler.forge.place import Place
from reconciler.forge.posts import Forge
from reconciler.forge.publish import Done
from reconciler.forge.report import Report, report
from reconciler.jsonvalues import Json
from reconciler.late import pattern
from reconciler.render import data
from reconciler.render.sanitize import one_line

T = TypeVar("T")

_CONTROL = pattern(r"[\x00-\x1f\x7f]")
_NOTHING = {"comment": "no older comment to update", "issue": "no open issue to close"}


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 if it was done or there was nothing to do; 1 if it failed."""
    where = place.place(world.env, _event(world), arguments.on)
    if arguments.what == "digest":
        return _digest(world, arguments, where)
    made = _report(world, arguments.file)
    number = _number(arguments, where) if arguments.what == "comment" else 0
    title = _checked(arguments)
    if arguments.dry_run:
        _tell(world, arguments, "would", _about(arguments, where, made, number))
        return 0
    done = _ask(
        world, arguments, where, lambda forge: _publish(arguments, forge, made, title, number)
    )
    for url in done.others if not arguments.quiet else ():
        world.stderr.write(f"an older one of the same kind is left as it is: {one_line(url)}\n")
    _tell(world, arguments, done.deed, done.url or _NOTHING.get(arguments.what, ""))
    return 0


def _digest(world: World, arguments: argparse.Namespace, where: Place) -> int:
    environment = arguments.env or world.env.get("RECONCILER_ENV", "")
    if not environment:
        raise UsageError("of which environment?", hint="name it with --environment")
    sha = place.commit(arguments.sha or where.sha, where.forge)
    folder = reports.folder(world, arguments)
    digest, url = _ask(
        world, arguments, where, lambda forge: publish.reviewed(forge, environment, sha, folder)
    )
    _write(world, arguments, f"{digest}\n", digest=digest, url=url)
    return 0


async def _publish(
    arguments: argparse.Namespace, forge: Forge, made: Report, title: str, number: int
) -> Done:
    match arguments.what:
        case "comment":
            return await publish.comment(forge, number, made, if_exists=arguments.if_exists)
        case "issue":
            labels = tuple(arguments.label)
            return await publish.issue(forge, made, title, labels, close=arguments.close)
        case _:
            branch, base = arguments.branch, arguments.base
            return await publish.request(forge, made, branch, title, base)


def _ask(
    world: World,
    arguments: argparse.Namespace,
    where: Place,
    what: Callable[[Forge], Awaitable[T]],
) -> T:
    """Run a request to a forge with this job's token."""

    def trace(line: str) -> None:
        world.stderr.write(f"· {one_line(line)}\n")

    async def asked() -> T:
        opened = forges.opened(
            where,
            f"reconciler/{__version__} (publish)",
            pace=world.pace,
            trace=trace if arguments.verbose else None,
            tell=None if arguments.quiet else trace,
        )
        async with opened as forge:
            return await what(forge)

    return signals.run(asked())


def _event(world: World) -> str:
    """The payload of a GitHub workflow's event; empty outside of one."""
    name = world.env.get("GITHUB_EVENT_PATH", "")
    if not name:
        return ""
    try:
        return plain.read(world.cwd / name).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the file of GITHUB_EVENT_PATH cannot be read: {why(error)}") from error


def _report(world: World, name: str) -> Report:
    try:
        text = plain.read(world.cwd / name).decode("utf-8")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {why(error)}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is no text in UTF-8") from error
    return report(name, text)


def _number(arguments: argparse.Namespace, where: Place) -> int:
    number: int | None = arguments.number or where.number
    if number is None:
        message = "this job belongs to no pull request, so there is nothing to comment on"
        raise UsageError(message, hint="name one with --number")
    return number


def _checked(arguments: argparse.Namespace) -> str:
    """The requested title, if any. Refuse an empty or multi-line title or branch.

    Direction marks, common in Arabic titles, are replaced by their names and do not fail the job.
    """
    title: str = getattr(arguments, "title", "x")
    if not _CONTROL.search(title):
        title = one_line(title)
    for name, found in (("title", title), ("branch", getattr(arguments, "branch", "x"))):
        if not found.strip() or not found.isprintable():
            hint = "is the variable behind it set?"
            raise UsageError(f"--{name} needs a text of one line", hint=hint)
    return title


def _about(arguments: argparse.Namespace, where: Place, made: Report, number: int) -> str:
    """The planned change, in words."""
    on = f"in {where.repository} on {forges.FORGES[where.forge][1].name}"
    match arguments.what:
        case "comment":
            verb = "update" if arguments.if_exists else "create or update"
            what = f"the comment on pull request {number}"
        case "issue":
            verb = "update and close" if arguments.close else "create or update"
            what = "the open issue"
        case _:
            verb, what = "create or update", f"the pull request of {arguments.branch}"
    return f"{verb} {what} {on} that begins with {made.marker}"


def _tell(world: World, arguments: argparse.Namespace, deed: str, what: str) -> None:
    known = {"url": what} if deed in ("created", "updated", "closed") else {"about": what}
    _write(world, arguments, f"{deed}  {one_line(what)}\n", done=deed, **known)


def _write(world: World, arguments: argparse.Namespace, line: str, **fields: Json) -> None:
    """Write a result of one line."""
    result = output.Report(
        make_document=lambda: data.document(**fields),
        show=lambda _out: world.stdout.write(line),
    )
    output.write(world, arguments, result)
