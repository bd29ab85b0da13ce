"""Spans and metrics of a run: run, page, agent, request. Nothing happens unless it is observed.

No IO and no clock here, and nothing depends on it. Each function takes what an observer may know
and no more: names of commands, environments and keys, paths of requests, counts, and how things
ended; never a text of an agent, a secret, or the message of an error.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeAlias

Value: TypeAlias = str | int
Tracer: TypeAlias = Any
"""A tracer of OpenTelemetry, for libraries that make spans of their own."""


REQUESTS, RETRIES, WRITES = "reconciler.requests", "reconciler.retries", "reconciler.writes"
DURATION, DRIFT = "reconciler.page.duration", "reconciler.drift"
"""The metrics."""


class Open(Protocol):
    """A span that is open."""

    def learn(self, **known: Value) -> None:
        """Add what is known only now."""


class Observer(Protocol):
    """Takes spans and metrics. None of its methods raises."""

    tracer: Tracer

    def span(
        self, name: str, metric: str, known: Mapping[str, Value]
    ) -> AbstractContextManager[Open]:
        """A span that lasts as long as a `with` block, and the metric that it ends with."""

    def repeated(self) -> None:
        """Count a request that is sent again."""

    def drifted(self, number: int, known: Mapping[str, Value]) -> None:
        """Set the number of agents of a page that drifted."""


class _Nothing(AbstractContextManager[Open]):
    """The span of what nobody observes."""

    def __enter__(self) -> Open:
        return self

    def __exit__(self, *_error: object) -> None:
        """End nothing."""

    def learn(self, **known: Value) -> None:
        """Forget it."""


_NOTHING = _Nothing()
_observer: ContextVar[Observer | None] = ContextVar("observer of a run", default=None)


@contextmanager
def observed_by(observer: Observer) -> Iterator[None]:
    """Observe everything in a `with` block, and what it starts."""
    before = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(before)


def tracer() -> Tracer | None:
    """The tracer of whoever observes; None if nobody does."""
    observer = _observer.get()
    return observer.tracer if observer else None


def _span(name: str, metric: str = "", **known: Value) -> AbstractContextManager[Open]:
    observer = _observer.get()
    return observer.span(name, metric, known) if observer else _NOTHING


def run(command: str) -> AbstractContextManager[Open]:
    """The span of a command; it learns ``exit_code``."""
    return _span(f"reconciler {command}")


def page(step: str, project: str, environment: str) -> AbstractContextManager[Open]:
    """The span of a step with all agents of an environment: ``plan``, ``drift``, ``write``."""
    return _span(step, DURATION, step=step, project=project, env=environment)


def agent(verb: str, kind: str, key: str) -> AbstractContextManager[Open]:
    """The span of what is done with one agent; it learns the ``outcome``."""
    return _span(f"{verb} {kind}", WRITES, verb=verb, kind=kind, key=key, outcome="error")


def request(method: str, path: str) -> AbstractContextManager[Open]:
    """The span of one request; it learns the ``status``, which stays 0 without a response.

    A path has the ids of objects in it, and no content.
    """
    return _span(method, REQUESTS, method=method, path=path, status=0)


def repeated() -> None:
    """Count a request that is sent again."""
    observer = _observer.get()
    if observer:
        observer.repeated()


def drifted(project: str, environment: str, number: int) -> None:
    """Set the number of agents of a page that drifted."""
    observer = _observer.get()
    if observer:
        observer.drifted(number, {"project": project, "env": environment})
