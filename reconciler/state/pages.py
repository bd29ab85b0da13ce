"""The pages of a state while a run changes them; setting an entry takes constant time."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from reconciler.model import Applied, EnvironmentState


class Page:
    """The state of one environment, changed in place."""

    def __init__(self, salt: str, entries: Mapping[str, Applied] | None = None) -> None:
        self.salt = salt
        self._entries = dict(entries or {})
        self._keys: dict[str, list[str]] = {}
        for key, entry in self._entries.items():
            self._keys.setdefault(entry.id, []).append(key)
        self._shown: EnvironmentState | None = None

    @property
    def shown(self) -> EnvironmentState:
        """The current page, unaffected by later changes."""
        if self._shown is None:
            self._shown = EnvironmentState(salt=self.salt, agents=dict(self._entries))
        return self._shown

    def entry(self, key: str, object_id: str | None) -> Applied | None:
        """See ``EnvironmentState.entry``."""
        keys = {*self._keys.get(object_id or "", ()), key} & self._entries.keys()
        few = {one: self._entries[one] for one in sorted(keys)}
        return EnvironmentState(salt=self.salt, agents=few).entry(key, object_id)

    def has(self, keys: Iterable[str]) -> bool:
        """Whether the page has one of these keys."""
        return not self._entries.keys().isdisjoint(keys)

    def put(self, key: str, entry: Applied) -> None:
        """Set the entry of an object, under this key only.

        If the key had another object's entry, that moves to the key which this object had: two
        files swapped names, and until the other one is set too, nothing else is known of it.
        """
        former = [other for other in self._keys.get(entry.id, ()) if other != key]
        for other in former:
            self._take(other)
        displaced = self._take(key)
        if displaced and displaced.id != entry.id and former:
            self._set(former[0], replace(displaced, place=displaced.place or key))
        self._set(key, replace(entry, place="" if entry.place == key else entry.place))

    def rename(self, keys: Mapping[str, str]) -> None:
        """Rename entries to the keys that their files have now, by the former ones."""
        before = dict(self._entries)
        for former, key in keys.items():
            if former in before:
                entry = before[former]
                self.put(key, replace(entry, place=entry.place or former))

    def drop(self, keys: Collection[str]) -> None:
        """Remove the entries of some objects."""
        for key in keys:
            self._take(key)

    def _take(self, key: str) -> Applied | None:
        self._shown = None
        entry = self._entries.pop(key, None)
        if entry:
            self._keys[entry.id].remove(key)
        return entry

    def _set(self, key: str, entry: Applied) -> None:
        self._shown = None
        self._entries[key] = entry
        self._keys.setdefault(entry.id, []).append(key)
