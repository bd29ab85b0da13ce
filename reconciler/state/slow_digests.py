"""The slow digests that this machine has made: an unchanged secret is not stretched again.

A line of the cache for each field of an agent that holds a secret. Its key is a tag of the place;
its entry a tag of the value, and the digest, which the state has too. Tags are made with the key of
the cache: without it they say nothing of a value, with it each guess costs a fast digest.
"""

from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler.state.cache import Cache


class SlowDigests:
    """What ``schema.digest`` is given for a run; the end of its `with` block saves it."""

    def __init__(self, root: Path, environment: str) -> None:
        self._root, self._environment = root, environment
        self._new = False

    @cached_property
    def _cache(self) -> Cache:
        """Read when the first secret is met: most projects have none."""
        return Cache(self._root, f"{self._environment} secrets", make=True)

    def recall(self, slot: str, value: bytes) -> str | None:
        """The digest of this value, if it is the one that the slot had last."""
        key = self._cache.tag(b"slot", slot.encode())
        entry = self._cache.get(key) if key else None
        tag, _, found = entry.decode().partition(" ") if entry else ("", "", "")
        return found if found and tag == self._tag(slot, value) else None

    def keep(self, slot: str, value: bytes, found: str) -> None:
        """Keep the digest of a slot's value in place of that of its last one."""
        key, tag = self._cache.tag(b"slot", slot.encode()), self._tag(slot, value)
        if key and tag:
            self._cache.keep(key, f"{tag} {found}".encode())
            self._new = True

    def _tag(self, slot: str, value: bytes) -> str | None:
        return self._cache.tag(b"value", slot.encode(), value)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Write what is new, also if the run was stopped."""
        if self._new:
            self._cache.keep_others()
            self._cache.save()
