"""Words of formats before 2.0, of plan files and history, mapped to the current ones."""

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
"""Keys whose values are agents' own, or are keyed by agents: no words of this tool."""


def renamed(value: Any) -> Any:
    """A document with current words; values of agents are not changed."""
    if isinstance(value, list):
        return [renamed(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_NAMES.get(key, key): _renamed(key, item) for key, item in value.items()}


def _renamed(key: str, item: Any) -> Any:
    if isinstance(item, str):
        return _WORDS.get((key, item), item)
    return item if key in _VALUES else renamed(item)


def plan_document(content: dict[str, Any]) -> dict[str, Any]:
    """Convert a plan file of 1.x to those parts of the 2.0 document that are read.

    Raises LookupError, TypeError, ValueError or AttributeError if it has another shape.
    """
    now = renamed(content)
    plan = now["plan"]
    promotion = plan.get("promotion")
    return {
        **{name: plan[name] for name in ("environment", "url")},
        "orphans": plan.get("orphans", []),
        "actions": [_action(one) for one in plan["actions"]],
        "promotion": promotion and {**promotion, "apart": [*map(_apart, promotion["apart"])]},
        "violations": [{"pending": False, "until": "", **one} for one in now.get("violations", [])],
        "findings": [],
        "apply": {
            **{name: plan[name] for name in ("salt", "agents")},
            "known": plan.get("known", 0),
            "made_with": plan.get("made_with", []),
            "needs": promotion["needs"] if promotion else {},
        },
    }


_ACTION = ("key", "name", "id", "request")
_ACTION_MAY = {"reason": "", "notes": [], "updated_at": ""}
_APPLY_MAY = {
    "expects": {},
    "wants": {},
    "digests": {},
    "known": "",
    "timezone": "",
    "formerly": "",
    "place": "",
    "declared": [],
}


_NO_CONTRACT: dict[str, Any] = {
    name: [] for name in ("added", "filled", "unfilled", "removed", "renamed")
}


def _action(one: dict[str, Any]) -> dict[str, Any]:
    contract = {**_NO_CONTRACT, **one.get("contract", {})}
    return {
        "action": one["kind"],
        "kind": "agent",
        "api": "v1",
        **{name: one[name] for name in _ACTION},
        **{name: one.get(name, default) for name, default in _ACTION_MAY.items()},
        "changes": [_change(item) for item in one["changes"]],
        "ignored": [_change(item) for item in one.get("ignored", [])],
        "uncompared": [{**item, "unset": item["secrets"]} for item in one.get("uncompared", [])],
        "undeclared": [
            {**item, "live": item["after"], "applied": item["before"]}
            for item in one.get("undeclared", [])
        ],
        "stored_otherwise": [
            {**item, "file": item["after"], "live": item["before"]}
            for item in one.get("otherwise", [])
        ],
        "placeholders": {
            **contract,
            "renamed": [{"from": old, "to": new} for old, new in contract["renamed"]],
        },
        "apply": {
            **{name: one.get(name, default) for name, default in _APPLY_MAY.items()},
            "leaves": [
                {"at": ["request", "body", *place], "secret": name}
                for place, name in one["secrets"]
            ],
        },
    }


def _change(item: dict[str, Any]) -> dict[str, Any]:
    if item.get("applied_known"):
        return item
    return {name: value for name, value in item.items() if name != "applied"}


def _apart(one: dict[str, Any]) -> dict[str, Any]:
    return {"only": "", "ignored": False, **one, "sensitive": one["hidden"]}
