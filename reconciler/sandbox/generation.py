"""The interface of a generation of the API for `agents`: one module each, `v1` and `v2`.

An agent has three forms: *stored* (`Record.fields`, with the flat names of v1, and names of its own
for what only v2 knows), *asked* (as in a request of this generation) and *shown* (as in its
responses). There is one store, so each generation sees the other's writes.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from starlette.datastructures import QueryParams

from reconciler.sandbox.files import Record
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store

JsonObject = dict[str, Any]


class Generation(Protocol):
    """One generation; pure except for `page` and `seen`, which use the given store."""

    PATH: str
    """The route of the list; the route of one agent is below it."""
    IDENTITY: tuple[str, ...]
    """The names in a request that a PATCH keeps in every mode."""

    def check(
        self, method: str, settings: Settings, sent: JsonObject, fields: JsonObject | None
    ) -> None:
        """Raise RefusedError for an invalid body; `fields` is the stored agent's."""

    def asked(self, settings: Settings, fields: JsonObject) -> JsonObject:
        """Return a stored agent in the request's form."""

    def born(self, settings: Settings, sent: JsonObject) -> JsonObject:
        """Return a new agent in the request's form: the sent values over the defaults."""

    def patched(self, settings: Settings, known: JsonObject, sent: JsonObject) -> JsonObject:
        """Return an agent in the request's form after a PATCH; `known` is how it was before."""

    def kept(
        self, settings: Settings, fields: JsonObject, known: JsonObject, names: Iterable[str]
    ) -> JsonObject:
        """Return the stored form: `fields` with these top-level names from the request's form."""

    def page(
        self, store: Store, query: QueryParams, start: int, count: int
    ) -> tuple[int, list[Record]]:
        """Return the number of agents that match the query, and some of them from `start`."""

    def seen(self, settings: Settings, store: Store, record: Record) -> Record:
        """Return the agent as a read shows it; reading may change the agent."""

    def shown(self, settings: Settings, record: Record) -> JsonObject:
        """Return `data` of a response about one agent."""

    def item(self, settings: Settings, record: Record) -> JsonObject:
        """Return an agent as the list shows it."""

    def envelope(self, method: str, data: JsonObject) -> JsonObject:
        """Return the body of a successful response."""
