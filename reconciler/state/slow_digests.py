"""Slow digests that this machine has made: an unchanged secret is not digested again.

One line of the cache for each agent's field with a secret. Its key is a tag of the slot; its entry
a tag of the value, and the digest, which the state has too. Tags need the cache's key: without it
they reveal nothing of a value, with it each guess costs a fast digest.
"""

from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler.state.cache import Cache


class SlowDigests:
    """The memory of ``schema.digest`` for a run; leaving its `with` block saves it."""

    def __init__(self, root: Path, environment: str) -> None:
        self._root, self._environment = root, environment
        self._new = False

    @cached_property
    def _cache(self) -> Cache:
        """Read at the first secret: most projects have none."""
        return Cache(self._root, f"{self._environment} secrets")

    def recall(self, slot: str, value: bytes) -> str | None:
        """Return the digest of this value if it is the slot's last one."""
        key = self._cache.tag(b"slot", slot.encode())
        entry = self._cache.get(key) if key else None
        tag, _, found = entry.decode().partition(" ") if entry else ("", "", "")
        return found if found and tag == self._tag(slot, value) else None

    def keep(self, slot: str, value: bytes, found: str) -> None:
        """Replace the slot's last digest by that of this value."""
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
        """Write new digests, even if the run was stopped."""
        if self._new:
            self._cache.keep_others()
            self._cache.save()
