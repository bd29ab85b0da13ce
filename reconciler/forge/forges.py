"""The forges there are: how each is reached, and what speaks its API."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from reconciler.forge import client, github, gitlab, place
from reconciler.forge.place import Place
from reconciler.forge.posts import Forge
from reconciler.transport.retry import Pace

FORGES: Mapping[
    str, tuple[Callable[[Place, str], client.Access], type[github.GitHub] | type[gitlab.GitLab]]
] = {
    place.GITHUB: (github.access, github.GitHub),
    place.GITLAB: (gitlab.access, gitlab.GitLab),
}

Line = Callable[[str], None]


@asynccontextmanager
async def opened(
    where: Place,
    agent: str,
    *,
    pace: Pace | None = None,
    trace: Line | None = None,
    tell: Line | None = None,
) -> AsyncIterator[Forge]:
    """A repository on its forge, for the duration of the block; see ``client.Access``."""
    if not where.token:
        raise place.without_token(where.forge)
    access, forge = FORGES[where.forge]
    way = access(where, agent)
    way = replace(way, pace=pace or way.pace, trace=trace, tell=tell)
    async with client.opened(way) as http:
        yield forge(http, where)
