"""What each field of a v1 agent becomes in v2. Data.

Every v1 field is a row of one of three tables: ``FROM_V1`` (its path in v2: renamed, or nested),
``LOST`` (v2 has none, and what that means live) and ``LOOKED_UP`` (v2 has one that needs more than
a v1 file contains). ``VALUES`` are values with another spelling in v2. Source: the field lists of
both references.
"""

from collections.abc import Mapping

from reconciler.kinds.agent_v2 import FROM_V1

__all__ = ["FROM_V1", "LOOKED_UP", "LOST", "VALUES"]

_KEPT = "v2 neither shows nor writes it; whether a write through v2 keeps it is not known"
_CALENDAR = "the API has no calendar since June 2025, and no agent books by it"

LOST: Mapping[str, str] = {
    "realTime": _KEPT,
    "outcome": "v2 runs no prompt after the call: ask for results in outcomeResponseShape",
    "description": _KEPT,
    "icon": _KEPT,
    "isTemplate": _KEPT,
    "tools.googleCalendar": _CALENDAR,
    "googleCalendarSettings": _CALENDAR,
}
"""What v2 does not have, by v1's path, a field or a group, and what that means live."""

_TOOLS = (
    "in v2 it is `tools`, which needs a persistentId, version and toolType that no v1 file has: "
    "copy them from GET /v2/voice-agents/ID; until then the live tools stay as they are"
)

LOOKED_UP: Mapping[str, str] = {"webToolsIds": _TOOLS, "webToolsOverrides": _TOOLS}
"""What v2 has in a form that cannot be derived from a v1 file, and what to do."""

VALUES: Mapping[str, Mapping[str, str]] = {
    "noiseCancellation": {"telephony-optimized": "telephony_optimized"},
}
"""Values with another spelling in v2, by v1's path."""
