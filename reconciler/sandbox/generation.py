"""What the handlers in `agents` ask of a generation of the API: a module for each, `v1` and `v2`.

An agent has three forms: *stored* (`Record.fields`, the flat names of v1, and what only v2 knows
under names of its own), *asked* (as a request of this generation writes it) and *shown* (as an
answer of this generation prints it). There is one store, so each generation sees the other's
writes.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from starlette.datastructures import QueryParams

from reconciler.sandbox.files import Record
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store

JsonObject = dict[str, Any]


class Generation(Protocol):
    """One generation; pure but for `page` and `seen`, which use the store that they are given."""

    PATH: str
    """The route of the list; that of one agent is below it."""
    IDENTITY: tuple[str, ...]
    """The names of a request that a PATCH never loses, in whatever way it is done."""

    def check(
        self, method: str, settings: Settings, sent: JsonObject, fields: JsonObject | None
    ) -> None:
        """Raise RefusedError for a body that is not let in; `fields` is the stored agent's."""

    def asked(self, settings: Settings, fields: JsonObject) -> JsonObject:
        """Return a stored agent in the request's form."""

    def born(self, settings: Settings, sent: JsonObject) -> JsonObject:
        """Return a new agent in the request's form: what was sent over the defaults."""

    def patched(self, settings: Settings, known: JsonObject, sent: JsonObject) -> JsonObject:
        """Return an agent in the request's form after a PATCH; `known` is how it was before."""

    def kept(
        self, settings: Settings, fields: JsonObject, known: JsonObject, names: Iterable[str]
    ) -> JsonObject:
        """Return the stored form: `fields` with these top-level names of the request's form."""

    def page(
        self, store: Store, query: QueryParams, start: int, count: int
    ) -> tuple[int, list[Record]]:
        """Return how many agents the query finds, and at most `count` of them from `start`."""

    def seen(self, settings: Settings, store: Store, record: Record) -> Record:
        """Return the agent as it is when it is read, which may move it."""

    def shown(self, settings: Settings, record: Record) -> JsonObject:
        """Return `data` of an answer about one agent."""

    def item(self, settings: Settings, record: Record) -> JsonObject:
        """Return an agent as the list shows it."""

    def envelope(self, method: str, data: JsonObject) -> JsonObject:
        """Return the body of a successful answer."""
