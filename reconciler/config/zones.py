"""Time zones and their clocks. Only this module imports zoneinfo.

The zones come with the system or with the package ``tzdata``, which is installed with this one.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.engine.policies.declared import Moment
from reconciler.errors import meant

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_MISSPELT = {"America/Santo_Doming": "America/Santo_Domingo"}
"""A misspelt name in the API's list that no zone has; see ``kinds.timezones``."""


def local(zone: str, at: str) -> Moment | None:
    """The time of the week in a zone at a moment (ISO, UTC); None if there is no such zone."""
    found = _zone(zone)
    if found is None:
        return None
    there = datetime.fromisoformat(at).astimezone(found)
    return Moment(there.weekday(), there.hour * 60 + there.minute)


def is_zone(name: str) -> bool:
    """Whether there is a zone of this name."""
    return _zone(name) is not None


def nearest(name: str) -> str:
    """A hint for a name that no zone has."""
    from zoneinfo import available_timezones  # noqa: PLC0415 - few projects name a zone

    return meant(name, available_timezones(), "a name of the IANA database, such as Asia/Riyadh")


def _zone(name: str) -> "ZoneInfo | None":
    if not name:
        return None
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - as above

    try:
        return ZoneInfo(_MISSPELT.get(name, name))
    except (KeyError, OSError, ValueError):  # no such zone, a folder of zones, an invalid file name
        return None
