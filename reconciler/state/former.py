"""Words of formats before 2.0, as they are called now: of plan files and of the history."""

from typing import Any

_NAMES = {
    "refusals": "violations",
    "waits": "pending",
    "last": "applied",
    "last_known": "applied_known",
}
_WORDS = {
    ("kind", "adopt"): "record",
    ("cause", "unknown"): "untracked",
    ("status", "differs"): "diverged",
    ("what", "adopt"): "pull",
}
_VALUES = frozenset(
    ("before", "after", "last", "body", "expects", "wants", "digests", "fields", "stored", "needs")
)
"""Keys whose values are an agent's own, or are by agents' keys: no words of this tool."""


def renamed(value: Any) -> Any:
    """What a document says, in the words of today; values of agents stay as they are."""
    if isinstance(value, list):
        return [renamed(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_NAMES.get(key, key): _renamed(key, item) for key, item in value.items()}


def _renamed(key: str, item: Any) -> Any:
    if isinstance(item, str):
        return _WORDS.get((key, item), item)
    return item if key in _VALUES else renamed(item)
