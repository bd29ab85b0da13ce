"""How many requests one API key may send: evenly spaced, shared by all that use the key.

Turns are given out by the clock, not by an event loop, so that all loops and threads of a process
share them.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Hashable


class Rate:
    """At most one request in each ``interval`` seconds, in the order of asking."""

    def __init__(self, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval, self._clock = interval, clock
        self._next = float("-inf")
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Take the next turn; returns the seconds until then."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._interval
            return turn - now

    async def turn(self) -> None:
        """Wait until one more request may be sent."""
        wait = self.reserve()
        if wait > 0:
            await asyncio.sleep(wait)


class Rates:
    """The rate of each API key in a process; ``interval`` in seconds."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._of: dict[Hashable, Rate] = {}

    def of(self, key: Hashable) -> Rate:
        """The rate of a key, named by its secret and address: its value is not needed."""
        return self._of.setdefault(key, Rate(self._interval))
