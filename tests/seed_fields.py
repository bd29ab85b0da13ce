"""Every request field of the update page, with a value and another one. Written from the page."""

from typing import Any

DAY = [{"from": "09:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}]

FULL: dict[str, Any] = {
    "agentName": "Front desk",
    "greetingMessage": "أهلاً {{caller}}، معك عيادة النور",
    "preamble": "# Role\nYou answer the phone.\n\n# Rules\n- Be brief.\n- Never guess.",
    "lang": "ar",
    "pokeMessages": ["ألو؟", "أنا معك"],
    "realTime": False,
    "silenceThreshold": 800,
    "interrupt": False,
    "outcome": "Summarise the call.",
    "voiceId": "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9",
    "tools": {"googleCalendar": True, "genderDetection": False, "smartCallEnd": True},
    "params": {"caller": "ضيفنا", "clinic": {"city": "Riyadh", "floors": [1, 2]}},
    "googleCalendarSettings": {
        "calendarId": "primary",
        "eventTitle": "New meeting by {agentName}",
        "calendarName": "Visits",
        "accessToken": {"$secret": "GOOGLE_ACCESS_TOKEN"},
        "refreshToken": {"$secret": "GOOGLE_REFRESH_TOKEN"},
        "meetingDuration": 30,
        "timezone": "Asia/Riyadh",
        "freeSlots": {"Monday": DAY, "Wednesday": DAY, "Sunday": DAY},
    },
}

SECRETS = {
    "GOOGLE_ACCESS_TOKEN": "ya29.planted-access-token",
    "GOOGLE_REFRESH_TOKEN": "1//planted-refresh-token",
}

_SLOTS = "googleCalendarSettings.freeSlots"

OTHERS: list[tuple[str, str, Any]] = [
    # place in the file, field that the plan names, another value
    ("agentName", "agentName", "Reception"),
    ("greetingMessage", "greetingMessage", "مرحباً {{caller}}"),
    ("preamble", "preamble", "# Role\nYou answer the phone.\n\n# Rules\n- Be very brief."),
    ("lang", "lang", "en"),
    ("pokeMessages", "pokeMessages", ["ألو؟"]),
    ("realTime", "realTime", True),
    ("silenceThreshold", "silenceThreshold", 600),
    ("interrupt", "interrupt", True),
    ("outcome", "outcome", "List the promises made."),
    ("voiceId", "voiceId", "29709a36-7703-497f-b6e5-0d39b873f77d"),
    ("tools.googleCalendar", "tools.googleCalendar", False),
    ("tools.genderDetection", "tools.genderDetection", True),
    ("tools.smartCallEnd", "tools.smartCallEnd", False),
    ("params", "params", {"caller": "زائرنا", "clinic": {"city": "Riyadh", "floors": [1, 2]}}),
    ("googleCalendarSettings.calendarId", "googleCalendarSettings.calendarId", "second"),
    ("googleCalendarSettings.eventTitle", "googleCalendarSettings.eventTitle", "Visit"),
    ("googleCalendarSettings.calendarName", "googleCalendarSettings.calendarName", "Calls"),
    (
        "googleCalendarSettings.accessToken",
        "googleCalendarSettings.accessToken",
        {"$secret": "OTHER_TOKEN"},
    ),
    (
        "googleCalendarSettings.refreshToken",
        "googleCalendarSettings.refreshToken",
        {"$secret": "OTHER_TOKEN"},
    ),
    ("googleCalendarSettings.meetingDuration", "googleCalendarSettings.meetingDuration", 45),
    ("googleCalendarSettings.timezone", "googleCalendarSettings.timezone", "Asia/Dubai"),
    (f"{_SLOTS}.Monday", _SLOTS, [{"from": "10:00", "to": "11:30"}]),
    (f"{_SLOTS}.Tuesday", _SLOTS, DAY),
    (f"{_SLOTS}.Wednesday", _SLOTS, [DAY[1]]),
    (f"{_SLOTS}.Thursday", _SLOTS, [DAY[0]]),
    (f"{_SLOTS}.Friday", _SLOTS, DAY),
    (f"{_SLOTS}.Saturday", _SLOTS, DAY),
    (f"{_SLOTS}.Sunday", _SLOTS, None),  # the day is taken out of the file
]


def with_value(place: str, value: Any) -> dict[str, Any]:
    """``FULL`` with another value in one place; None takes the place out."""
    return _put(FULL, place.split("."), value)


def _put(tree: dict[str, Any], steps: list[str], value: Any) -> dict[str, Any]:
    first, *rest = steps
    changed = {name: item for name, item in tree.items() if name != first or rest or value}
    if rest:
        changed[first] = _put(tree[first], rest, value)
    elif value is not None:
        changed[first] = value
    return changed
