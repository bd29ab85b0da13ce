"""The one agent that a read-only command is about, by its key."""

from collections.abc import Sequence

from reconciler.engine import identity
from reconciler.errors import ReconcilerError, UsageError, listed, meant
from reconciler.model import Desired, Live, Snapshot
from reconciler.workflows.session import LOOSE


def check_key(desired: Sequence[Desired], key: str) -> None:
    """Raise UsageError unless a file has this key."""
    keys = [item.key for item in desired]
    if key not in keys:
        hint = meant(key, keys, f"keys: {listed(keys, key)}", LOOSE)
        raise UsageError(f"there is no agent `{key}`", hint=hint)


def live_agent(seen: Snapshot, key: str) -> tuple[Desired, Live]:
    """The file and the live agent of a key; UsageError or ReconcilerError if it has none."""
    check_key(seen.desired, key)
    matches = identity.match(seen.desired, seen.live, seen.page)
    found = next(item for item in matches if item.desired.key == key)
    if found.live is None:
        raise ReconcilerError(f"{key} is not live", hint="reconciler plan shows more")
    return found.desired, found.live
