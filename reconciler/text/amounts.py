"""Amounts with a unit as people write them: ``5/s``, ``300/m``, ``10m``. Pure."""

import re

_SECONDS = {"s": 1, "m": 60, "h": 3600}
RATE = r"^[1-9][0-9]{0,5}/[smh]$"
DURATION = r"^[0-9]{1,5}[smh]$"
SHARE = r"^(100|[1-9]?[0-9])%$"


def rate(text: str) -> float:
    """The seconds between two requests. Raises ValueError for anything but ``NUMBER/UNIT``.

    >>> rate("5/s"), rate("300/m")
    (0.2, 0.2)
    """
    if not re.fullmatch(RATE, text):
        raise ValueError(text)
    number, _, unit = text.partition("/")
    return _SECONDS[unit] / int(number)


def seconds(text: str) -> int:
    """A duration in seconds. Raises ValueError for anything but ``NUMBER`` and a unit.

    >>> seconds("10m"), seconds("0s")
    (600, 0)
    """
    if not re.fullmatch(DURATION, text):
        raise ValueError(text)
    return int(text[:-1]) * _SECONDS[text[-1]]


def share(limit: int | str, total: int) -> int:
    """A count, or so many percent of the total, rounded up.

    >>> share(3, 50), share("10%", 50), share("10%", 1), share("0%", 50)
    (3, 5, 1, 0)
    """
    return limit if isinstance(limit, int) else -(-total * int(limit.rstrip("%")) // 100)
