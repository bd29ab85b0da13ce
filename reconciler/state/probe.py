"""Proof that a store keeps its promise: it replaces a text only if that is still the one read.

Some servers accept conditions and ignore them. Two runs would then overwrite each other's state
without a trace, so such a store is refused.
"""

import json
import secrets

from reconciler.errors import ReconcilerError
from reconciler.state.backend import MovedError
from reconciler.state.store import Store, StoreError

KEY = "probe.json"
_TRIES = 3


def prove(store: Store) -> None:
    """Create a text twice, and replace it twice with one tag. Raises ReconcilerError.

    The text stays in the store: there is nothing else in it than what this writes.
    """
    for _ in range(_TRIES):
        try:
            tag = _created(store)
            store.put(KEY, _text(), tag)
        except MovedError:  # another probe at the same time
            continue
        if _is_accepted(store, tag):
            raise _ignored(store, "it replaced a text that was no longer the one read")
        return
    raise StoreError(f"{store.name} is written by other probes without a pause")


def _created(store: Store) -> str:
    """The tag of the probe's text, which is created unless it is there; then once more in vain."""
    if store.get(KEY) is None:
        store.put(KEY, _text(), None)
    if _is_accepted(store, None):
        raise _ignored(store, "it created a text that was there already")
    found = store.get(KEY)
    if found is None:
        raise _ignored(store, "it does not have a text that it accepted")
    return found.tag


def _is_accepted(store: Store, tag: str | None) -> bool:
    """Whether the store accepts a write that it must refuse."""
    text = _text()
    try:
        store.put(KEY, text, tag)
    except MovedError:
        return False
    found = store.get(KEY)
    return found is None or found.text == text


def _text() -> str:
    return json.dumps({"probe": secrets.token_hex(8)})


def _ignored(store: Store, what: str) -> ReconcilerError:
    return ReconcilerError(
        f"{store.name} cannot keep a state: {what}",
        hint="it ignores conditions (If-Match, If-None-Match), so that two runs would overwrite "
        "each other: take another store, or a newer version of this one",
    )
