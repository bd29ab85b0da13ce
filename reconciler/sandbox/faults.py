"""The kinds of faults of the sandbox, and the counters that decide when they occur.

This module only names and counts faults; `middleware` and `agents` execute them. No IO here.

    a canned reply, not processed   400 401 402 403 404 429 429-bare 500 503 504 502-html 504-html
                                    redirect success-false
    the connection dies             drop (before), drop-after (after processing), truncate (halfway)
    processed, the reply is wrong   not-json, empty, slow, no-agent (not in `data`), no-type (in
                                    the items of a list)
    the server does something else  ignore, trim, touch, half-list, vanish
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Self

CANNED = (
    *("400", "401", "402", "403", "404", "429", "429-bare", "500", "503", "504"),
    *("502-html", "504-html", "redirect", "success-false"),
)
CUTS = ("drop", "drop-after", "truncate")
GARBLED = ("not-json", "empty", "slow")
DEEDS = ("ignore", "trim", "touch", "half-list", "vanish", "no-agent", "no-type")
KINDS = (*CANNED, *CUTS, *GARBLED, *DEEDS)
METHODS = ("GET", "POST", "PATCH", "*")

_LIST = re.compile("/v[12]/voice-agents")
_AGENT = re.compile(_LIST.pattern + "/[^/]+")
_TIMES = re.compile(r"\*|-?[0-9]+", re.ASCII)
_FORM = "METHOD:KIND[:TIMES][:PATHGLOB]"


class ConnectionCutError(Exception):
    """The connection is cut. `reset`: the request had not been processed yet."""

    def __init__(self, message: str, *, reset: bool = False) -> None:
        """Keep `message`, the client's name for the error."""
        super().__init__(message)
        self.reset = reset


@dataclass(frozen=True, slots=True)
class Fault:
    """One planned fault: `kind`, for the next `times` matching requests; None = always."""

    method: str
    kind: str
    times: int | None = 1
    path: str = "*"

    def __post_init__(self) -> None:
        """Raise ValueError for an invalid method, kind or number of times."""
        if self.method not in METHODS:
            raise ValueError(_wrong("method", self.method, METHODS))
        if self.kind not in KINDS:
            raise ValueError(_wrong("kind", self.kind, KINDS))
        if self.times is not None and self.times < 1:
            raise ValueError(f"fault times `{self.times}` must be 1 or more, or `*` for always")
        fitting = _methods_of(self.kind)
        if self.method not in fitting:
            raise ValueError(
                f"fault kind `{self.kind}` cannot happen to `{self.method}`: {_listed(fitting)}"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `METHOD:KIND[:TIMES][:PATHGLOB]`, such as `PATCH:502-html:2:*/voice-agents/*`."""
        match text.split(":"):
            case [method, kind]:
                return cls(method, kind)
            case [method, kind, times] if _TIMES.fullmatch(times):
                return cls(method, kind, _times(times))
            case [method, kind, path]:
                return cls(method, kind, path=path)
            case [method, kind, times, path] if _TIMES.fullmatch(times):
                return cls(method, kind, _times(times), path)
            case _:
                raise ValueError(f"fault `{text}` must have the form {_FORM}")

    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        times = "*" if self.times is None else str(self.times)
        return f"{self.method}:{self.kind}:{times}:{self.path}"

    def matches(self, method: str, path: str) -> bool:
        """Return whether this fault can apply to the request."""
        return (
            self.method in ("*", method)
            and fnmatchcase(path, self.path)
            and _possible(self.kind, method, path)
        )


class Faults:
    """The planned faults, in order; the first that matches applies, one per request."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        """Start with `faults`."""
        self._left: list[tuple[Fault, int | None]] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault | str) -> None:
        """Plan one more fault; a string is parsed."""
        planned = Fault.parse(fault) if isinstance(fault, str) else fault
        self._left.append((planned, planned.times))

    def clear(self) -> None:
        """Remove all planned faults."""
        self._left.clear()

    def take(self, method: str, path: str) -> str | None:
        """Return the kind of fault for this request, counting it down, or None."""
        for index, (fault, left) in enumerate(self._left):
            if fault.matches(method, path):
                self._count_down(index, fault, left)
                return fault.kind
        return None

    def _count_down(self, index: int, fault: Fault, left: int | None) -> None:
        if left == 1:
            del self._left[index]
        elif left is not None:
            self._left[index] = (fault, left - 1)


def _times(text: str) -> int | None:
    return None if text == "*" else int(text)


def _methods_of(kind: str) -> tuple[str, ...]:
    """Return the methods that a fault of this kind may name."""
    match kind:
        case "ignore" | "trim":
            return ("POST", "PATCH", "*")
        case "half-list" | "no-type":
            return ("GET", "*")
        case "vanish":
            return ("GET", "PATCH", "*")
        case _:
            return METHODS


def _possible(kind: str, method: str, path: str) -> bool:
    """Return whether this kind makes sense for this request, so that none is wasted."""
    match kind:
        case "ignore" | "trim":
            return method in ("POST", "PATCH")
        case "half-list" | "no-type":
            return method == "GET" and _LIST.fullmatch(path) is not None
        case "no-agent":
            return method != "GET" or _AGENT.fullmatch(path) is not None
        case "vanish":
            return _AGENT.fullmatch(path) is not None
        case "touch":
            return method != "GET" or _AGENT.fullmatch(path) is not None
        case _:
            return True


def _wrong(what: str, value: str, allowed: tuple[str, ...]) -> str:
    return f"fault {what} `{value}` is not known: {_listed(allowed)}"


def _listed(allowed: tuple[str, ...]) -> str:
    return "allowed are " + ", ".join(f"`{one}`" for one in allowed)
