"""A sandbox that somebody else changes at a moment that a test chooses. Real HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from reconciler.sandbox.files import Record
from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store

Deed = Callable[["Rival"], None]


class Rival(Store):
    """Before its nth ``list``, ``read`` or ``create`` since ``start``, a deed is done once.

    A PATCH reads the agent too: ``read`` 1 of an update is the look right before it, 2 the PATCH
    itself, 3 the reading back.
    """

    def __init__(self) -> None:
        super().__init__(None)
        self._deeds: dict[tuple[str, int], Deed] = {}
        self._counts: dict[str, int] = {}

    def start(self, deeds: dict[tuple[str, int], Deed]) -> None:
        self._deeds, self._counts = dict(deeds), {}

    def _at(self, moment: str) -> None:
        self._counts[moment] = self._counts.get(moment, 0) + 1
        deed = self._deeds.pop((moment, self._counts[moment]), None)
        if deed:
            deed(self)

    def named(self, name: str) -> list[Record]:
        return [one for one in self.everything() if one.fields["agentName"] == name]

    def everything(self) -> list[Record]:
        return super().page(0, len(self))[1]

    def put(self, name: str) -> None:
        super().add({"agentName": name, "greetingMessage": "theirs"})

    def edit(self, name: str, **fields: Any) -> None:
        (record,) = self.named(name)
        self._keep.write(self.changed(record, {**record.fields, **fields}))

    def page(self, start: int, count: int) -> tuple[int, list[Record]]:
        self._at("list")
        return super().page(start, count)

    def get(self, agent: str) -> Record | None:
        self._at("read")
        return super().get(agent)

    def add(self, fields: dict[str, Any], extra: dict[str, Any] | None = None) -> Record:
        self._at("create")
        return super().add(fields, extra)


def creates(name: str) -> Deed:
    """Another machine creates an agent of this name."""
    return lambda rival: rival.put(name)


def edits(name: str, **fields: Any) -> Deed:
    """An edit of the agent of this name in the dashboard."""
    return lambda rival: rival.edit(name, **fields)


@contextmanager
def running(switches: str = "") -> Iterator[tuple[RunningServer, Rival]]:
    rival = Rival()
    with RunningServer(rival, Settings.parse(switches)) as server:
        yield server, rival
