"""A lock in a store that ends by itself when its holder dies.

The lock is a text that is only replaced if it is still the one that was read. It is never deleted:
a holder that comes late would delete another one's. Each holder has a higher ``generation`` than
the one before, and pages of the state remember it, so that a holder that was thought dead cannot
write over its successor. The lock is a courtesy all the same: what guarantees that nothing is lost
is that pages are only replaced as read, and agents read again before each write.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from reconciler import progress
from reconciler.errors import ReconcilerError
from reconciler.late import dataclass
from reconciler.state import files
from reconciler.state import store as stores
from reconciler.state.backend import MovedError, Run
from reconciler.state.store import Store, StoreError

FORMAT = "1.0"
_FREE = Run(who="")
_DAMAGED = Run(who="somebody, whose lock cannot be read,")
_LONGEST = 200
_LOOK = 1.0
"""Seconds between two looks at a lock that is held."""
_TRIES = 20
"""Attempts to take a lock that is free, and others take first."""
_MOST = 1 << 53
"""No lock has had so many holders, so that a greater number is damage."""


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A lock as stored: ``run`` holds it since ``since``, until ``seconds`` after each renewal.

    Without ``seconds`` it is held until somebody unlocks it. ``nonce`` differs in every text.
    """

    generation: int
    run: Run = _FREE
    since: str = ""
    seconds: float | None = None
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def is_held(self) -> bool:
        """Whether a run holds it, or held it when it died."""
        return bool(self.run.who)

    @property
    def text(self) -> str:
        """Its text in the store."""
        return json.dumps({"format_version": FORMAT, **asdict(self)}, indent=2, sort_keys=True)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A lock as it was found, and how to replace it. ``age`` is in seconds since its last text."""

    lock: Lock
    tag: str | None
    age: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether its holder did not renew it in time."""
        return self.lock.seconds is not None and self.age > self.lock.seconds


@dataclass
class Lease:
    """The lock of an environment in a store; ``seconds`` is how long it lasts without a renewal.

    ``least`` is the generation of the last lock that is known from elsewhere: somebody may have
    deleted, damaged or restored this one.
    """

    store: Store
    environment: str
    seconds: float | None
    least: Callable[[], int] = lambda: 0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _held: Seen | None = field(default=None, init=False)
    _lost: ReconcilerError | None = field(default=None, init=False)
    _renewed: tuple[float, float] = field(default=(0.0, 0.0), init=False)
    _renewing: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def key(self) -> str:
        """Its key in the store."""
        return f"locks/{self.environment}.json"

    @property
    def generation(self) -> int | None:
        """The generation of the lock that this run holds, or held until it was lost."""
        return self._held.lock.generation if self._held else None

    def check(self) -> None:
        """Raise if this run has lost its lock, and must not start anything more.

        A process that was stopped, or a machine that slept, renews it first: it may be over.
        """
        if self.seconds is not None and self._held and not self._lost and self._is_late():
            self._renew()
        if self._lost:
            raise self._lost

    def seen(self) -> Seen:
        """The lock as it is now, free if there is none."""
        found = self.store.get(self.key)
        if found is None:
            return Seen(lock=Lock(generation=self.least()), tag=None)
        lock = _parsed(found.text, f"{self.store.name}/{self.key}")
        if lock is None:
            return Seen(lock=Lock(generation=self.least(), run=_DAMAGED), tag=found.tag)
        age = self.store.now() - found.at if lock.is_held and lock.seconds is not None else 0.0
        return Seen(lock=lock, tag=found.tag, age=age)

    @contextmanager
    def holding(self, run: Run, wait: float) -> Iterator[None]:
        """Hold the lock, and renew it, until the block ends.

        Raises ReconcilerError if another run still holds it after ``wait`` seconds.
        """
        self._held, self._lost, self._renewed = self.take(run, wait), None, _clocks()
        done = threading.Event()
        renewing = threading.Thread(target=self._renew_until, args=(done,), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            done.set()
            renewing.join()
            self._release()

    def take(self, run: Run, wait: float = 0.0) -> Seen:
        """Take the lock for a run, when it is free, over, or of an earlier try of the same run."""
        end, tries = time.monotonic() + wait, 0
        what = f"Waiting for the lock of {self.environment}, seconds"
        with progress.of(what, round(wait)) as waited:
            while True:
                seen = self.seen()
                if not seen.lock.is_held or seen.is_over or _is_again(seen.lock.run, run):
                    with suppress(MovedError):
                        return self._replaced(seen, run)
                    tries += 1
                    if tries == _TRIES:
                        message = f"{self.store.name} refuses every write of its lock {self.key}"
                        raise StoreError(message, hint="reconciler doctor tries the store")
                    continue
                left = end - time.monotonic()
                if left <= 0:
                    raise held(self.store.name, self.environment, seen)
                time.sleep(min(_LOOK, left))
                waited(1)

    def free(self, seen: Seen) -> None:
        """Free a lock that was shown to a person. Raises MovedError if it has changed since."""
        self._put(seen, Lock(generation=seen.lock.generation))

    def _replaced(self, seen: Seen, run: Run) -> Seen:
        since = self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        generation = max(seen.lock.generation, self.least()) + 1
        return self._put(
            seen, Lock(generation=generation, run=run, since=since, seconds=self.seconds)
        )

    def _put(self, seen: Seen, lock: Lock) -> Seen:
        return Seen(lock=lock, tag=stores.replace(self.store, self.key, lock.text, seen.tag))

    def _renew_until(self, done: threading.Event) -> None:
        """Renew the lock at each third of its time, until it is lost or ``done``."""
        if self.seconds is None:
            return
        while not self._lost and not done.wait(self.seconds / 3):
            self._renew()

    def _renew(self) -> None:
        """Renew the lock once, and note if it is lost."""
        with self._renewing:
            if self._held is None or self._lost:
                return
            now = _clocks()
            try:
                lock = replace(self._held.lock, nonce=secrets.token_hex(8))
                self._held = self._put(self._held, lock)
                self._renewed = now
            except MovedError:
                self._lost = self._taken()
            except StoreError as error:
                if self._is_late():
                    self._lost = error

    def _is_late(self) -> bool:
        """Whether more than its time has passed since the last renewal, by either clock."""
        passed = (now - then for now, then in zip(_clocks(), self._renewed, strict=True))
        return self.seconds is not None and max(passed) > self.seconds

    def _taken(self) -> ReconcilerError:
        """The error for a run whose lock another one took or freed."""
        by = ""
        with suppress(ReconcilerError):
            now = self.seen().lock
            by = f" by {_who(now.run)}" if now.is_held else ""
        message = f"the lock of {self.environment} was taken from this run{by}"
        return ReconcilerError(message, hint="let the other run finish, then plan again")

    def _release(self) -> None:
        """Free the lock; if that fails, it is over after its time, or another one's already."""
        if self._held and not self._lost:
            with suppress(MovedError, StoreError):
                self.free(self._held)


def _clocks() -> tuple[float, float]:
    """Now, by a clock that nobody sets, and by one that goes on while the machine sleeps."""
    return time.monotonic(), time.time()


def _is_again(holder: Run, run: Run) -> bool:
    """Whether the holder is an earlier try of the same CI job, which has ended."""
    same = bool(run.job) and holder.job == run.job and holder.what == run.what
    return same and holder.attempt != run.attempt


def held(name: str, environment: str, seen: Seen) -> ReconcilerError:
    """The error for a lock that another run holds."""
    lock, unlock = seen.lock, f"reconciler state unlock --env {environment}"
    hint = f"it stays locked until somebody runs: {unlock}"
    ends = ""
    if lock.seconds is not None:
        hint = f"wait with --lock-timeout 5m; if that run is dead: {unlock}"
        left = max(0.0, lock.seconds - seen.age)
        ends = f"; the lock ends in {left:.0f} s unless that run renews it"
    message = f"{environment} is locked in {name}: {described(lock)}{ends}"
    return ReconcilerError(message, hint=hint)


def described(lock: Lock) -> str:
    """Who holds a lock, what for, since when, and where."""
    run = lock.run
    parts = [f"{_who(run)} holds it for `{run.what}` since {lock.since}"]
    parts += [f"commit {run.commit[:12]}"] if run.commit else []
    parts += [f"plan {run.digest}"] if run.digest else []
    parts += [run.url] if run.url else []
    return ", ".join([*parts, f"lock {lock.generation}"])


def _who(run: Run) -> str:
    return run.who or "nobody"


def _line(found: object) -> str:
    """A text that somebody else wrote, as one line that is not too long."""
    return " ".join(str(found).split())[:_LONGEST]


def _parsed(text: str, name: str) -> Lock | None:
    """Parse a lock's text; None if it is damaged. Raises ReconcilerError for a newer format."""
    try:
        row = json.loads(text)
        version = row["format_version"]
        if files.newer(version, FORMAT):
            message = f"{name} has format {version}, and this version reads up to {FORMAT}"
            raise ReconcilerError(message, hint="update reconciler")
        known: Mapping[str, Any] = {one.name: row[one.name] for one in fields(Lock)}
        run = Run(**{one.name: _line(row["run"].get(one.name, "")) for one in fields(Run)})
        seconds = None if known["seconds"] is None else float(known["seconds"])
        generation = known["generation"]
        if not is_generation(generation) or (seconds is not None and not 0 < seconds < _MOST):
            return None
        return Lock(
            generation=generation,
            run=run,
            since=_line(known["since"]),
            seconds=seconds,
            nonce=_line(known["nonce"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def is_generation(found: object) -> bool:
    """Whether a value of a lock or a page, which anybody may have written, is a generation."""
    return type(found) is int and 0 <= found < _MOST
