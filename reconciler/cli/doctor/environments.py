"""Each environment: its key, the connection to its API, the response, and its clock."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from reconciler.cli import signals
from reconciler.cli.doctor import runs
from reconciler.cli.doctor.context import Context
from reconciler.config.project import Environment, Project
from reconciler.config.project import environment as resolved
from reconciler.engine.checkup import Check, Level, clock, fail, ok, skipped, warn
from reconciler.errors import ApiError, ConfigError, Problem
from reconciler.schema import wire
from reconciler.schema.kind import Kind
from reconciler.text.wording import count
from reconciler.transport.client import Connection, Page, Reader, open_http
from reconciler.transport.probe import Reach, Step, reach
from reconciler.transport.retry import Pace
from reconciler.workflows.session import Session

_ASKED = ("reach", "access", "clock")

_REMEDIES: dict[Step, str] = {
    "proxy": "look at HTTPS_PROXY and NO_PROXY",
    "name": "look at `url`, and at this machine's DNS",
    "tls": "look at `url`; name the certificates to trust in SSL_CERT_FILE",
    "connection": "look at `url`; a firewall may be in the way",
    "time": "try again; a firewall may be in the way",
    "answer": "look at `url`: something else than the API may listen there",
}
_STEPS: dict[Step, str] = {
    "proxy": "the proxy did not help",
    "name": "the name of the host is not known",
    "tls": "the encryption failed",
    "connection": "no connection",
    "time": "no answer in time",
    "answer": "the answer broke off",
}


def environments(context: Context) -> Iterator[Check]:
    """Check every requested environment."""
    if context.project is None or not context.names:
        yield skipped("key", "there is no environment")
        return
    yield from runs.start(context)
    for name in context.names:
        yield from _environment(context, context.project, name)


def _environment(context: Context, project: Project, name: str) -> Iterator[Check]:
    found = list(_settings(context, project, name))
    yield from found
    place = context.environment(name)
    wrong = next((one.name for one in found if one.level is not Level.OK), "")
    key = next((one for one in found if one.name == "key"), None)
    judge = warn if key and key.level is Level.WARN else fail
    offline = runs.files(context, name, judge) if wrong in ("", "key") else []
    yield from offline
    stopped = any(one.name == "plan" for one in offline)
    if place and place.sandbox is not None:
        yield from () if stopped or wrong else runs.plan(context, name)
        return
    session = context.session(place) if place else None
    if context.arguments.offline or wrong or session is None:
        why = "--offline" if context.arguments.offline else f"the {wrong or 'key'} is needed first"
        yield from (skipped(one, why, environment=name) for one in _ASKED)
        yield from () if stopped else runs.unread(name, why)
        return
    asked = signals.run(_asked(context, session, name))
    yield from asked
    if any(one.level is Level.FAIL for one in asked):
        yield from () if stopped else runs.unread(name, "the API is needed first")
    elif not stopped:
        yield from runs.plan(context, name)


def _settings(context: Context, project: Project, name: str) -> Iterator[Check]:
    """The first problem of each setting of an environment; and whether its key is set.

    The key's name is shown, never its value.
    """
    problems: Sequence[Problem] = ()
    place: Environment | None = None
    try:
        place = resolved(project, name, context.world.env)
    except ConfigError as error:
        problems = error.problems
    first = {_about(problem, name): problem for problem in reversed(problems)}
    for what in ("url", "vars", "policies"):
        if what in first:
            yield fail(what, first[what].message, *_remedies(first[what]), environment=name)
    yield _key(context, first.get("key"), place, name)


def _about(problem: Problem, name: str) -> str:
    """The setting of an environment that a problem is about."""
    if problem.file == "HAMSA_BASE_URL":
        return "url"
    what = problem.field.removeprefix(f"environments.{name}.").partition(".")[0]
    return what if what in ("url", "vars", "policies") else "key"


def _remedies(problem: Problem) -> tuple[str, ...]:
    return (problem.hint or (f"allowed: {problem.allowed}" if problem.allowed else ""),)


def _key(context: Context, problem: Problem | None, place: Environment | None, name: str) -> Check:
    """Whether the key is set and can be sent."""
    if place and place.sandbox is not None:
        return ok("key", "none needed: the API is inside the tool", environment=name)
    key = context.key(name)
    if problem and key and not key.value:
        # Most machines need only one environment's key: the others may be set only in CI.
        judge = warn if name != context.chosen else fail
        return judge("key", f"{key.name} is not set", problem.hint, environment=name)
    if problem:
        return fail("key", problem.message, *_remedies(problem), environment=name)
    return ok("key", f"{key.name} is set" if key else "it is there", environment=name)


async def _asked(context: Context, session: Session, name: str) -> list[Check]:
    connection = replace(session.connection(), pace=Pace(attempts=1), parallelism=1)
    reached = await reach(connection, session.kind)
    found = [_way(connection, reached, name)]
    if reached.failed:
        why = "the API is not reached"
        return [*found, *(skipped(one, why, environment=name) for one in _ASKED[1:])]
    found.append(await _access(session, connection, name, context.kinds))
    if reached.date is None:
        found.append(skipped("clock", "the server does not send its time", environment=name))
    else:
        ours = datetime.fromisoformat(context.world.now())
        found.append(clock(ours, reached.date, name))
    return found


def _way(connection: Connection, reached: Reach, name: str) -> Check:
    """The connection to the API: proxy, name, connection, encryption."""
    through = f" through the proxy {reached.proxy}" if reached.proxy else ""
    took = f"{reached.seconds * 1000:,.0f} ms{through}"
    if not reached.failed:
        said = f"{connection.url} answered {reached.status} in {took}"
        return ok("reach", said, environment=name)
    said = f"{connection.url}: {_STEPS[reached.failed]} ({reached.reason}), after {took}"
    return fail("reach", said, _REMEDIES[reached.failed], environment=name)


async def _access(
    session: Session, connection: Connection, name: str, kinds: Sequence[Kind]
) -> Check:
    """Whether the key is accepted, for which project, and how the API responds for each kind."""
    async with open_http(connection) as http:
        reader = Reader(http, connection)
        try:
            pages = {kind: await reader.page(kind, 1, 1) for kind in kinds}
        except ApiError as error:
            return fail("access", error.message, _remedy(error, session), environment=name)
        owner = await reader.project_name()
    project = f" of the project “{owner}”" if owner else ""
    live = count(max(page.total for page in pages.values()), "live agent")
    answers = "; ".join(_answers(kind, page) for kind, page in pages.items())
    return ok("access", f"{live}{project}; {answers}", environment=name)


def _answers(kind: Kind, page: Page) -> str:
    """The generation in which the API responds; for kinds with vintages, that of an agent."""
    if not kind.marks:
        return f"answers as {kind.api}"
    if not page.items:
        return "no agent shows the generation"
    return f"answers as generation {wire.generation(kind, page.items[0])}"


def _remedy(error: ApiError, session: Session) -> str:
    key = session.environment.api_key
    name = key.name if key else "the key"
    match error.status:
        case 401:
            return f"the key is wrong, expired or revoked: set {name} to one from the dashboard"
        case 403:
            return f"the key is known and may not do this: set {name} to one of the right project"
        case status if status >= 500 or status == 429:
            return "the API has trouble or asks to slow down: try again later"
    return error.hint
