"""A sandbox's behaviour, and its text form.

The text is a query string, as in `patch=replace&shape=G3&fault=PATCH:502-html:2`. No IO here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Self, cast
from urllib.parse import parse_qsl

from reconciler.sandbox.faults import Fault
from reconciler.sandbox.storing import STORES

Patch = Literal["merge", "replace", "wipe"]
Shape = Literal["G1", "G3"]
Seed = Literal["v1", "v2", "both"]


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError("allowed are " + ", ".join(f"`{one}`" for one in allowed))
        return text

    return read


def _whole(least: int, unit: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or int(text) < least:
            raise ValueError(f"allowed is a whole number of {unit}, {least} or more")
        return int(text)

    return read


def _some(text: str) -> str:
    if not text:
        raise ValueError("allowed is any text that is not empty")
    return text


def _several(*allowed: str) -> Callable[[str], tuple[str, ...]]:
    one = _one_of(*allowed)

    def read(text: str) -> tuple[str, ...]:
        return tuple(one(word) for word in text.split(","))

    return read


def _yes(text: str) -> bool:
    return _one_of("no", "yes")(text) == "yes"


_READERS: dict[str, Callable[[str], object]] = {
    "api_key": _some,
    "patch": _one_of("merge", "replace", "wipe"),
    "shape": _one_of("G1", "G3"),
    "own_paths": _yes,
    "updated_at": _yes,
    "nulls": _one_of("stored", "ignored"),
    "store": _several(*STORES),
    "latency": _whole(0, "milliseconds"),
    "max_take": _whole(1, "agents"),
    "errors": _one_of("code", "key", "nested"),
    "secrets": _one_of("clear", "masked"),
    "seed": _one_of("v1", "v2", "both"),
    "v1_flow": _one_of("keep", "refuse"),
    "v2": _yes,
    "items": _one_of("full", "flowless", "short"),
    "dashboard": _yes,
    "gpt5_temperature": _one_of("sent", "forced"),
    "knowledge_ids": _one_of("list", "text"),
    "signed_urls": _yes,
    "workflow": _one_of("patch", "keep", "drop"),
    "flows": _one_of("any", "checked"),
    "canvas": _one_of("still", "moves", "saves"),
    "edges": _one_of("sent", "renamed"),
    "links": _one_of("sent", "edges", "targets", "synced"),
    "descriptions": _one_of("sent", "generated"),
    "custom_variables": _one_of("sent", "text", "list"),
    "fault": Fault.parse,
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The switches of one sandbox; every default follows the published pages.

    `docs/sandbox.md` has a line for each. In the text form each field is an option of the same
    name; `faults` are `fault`, which may be repeated.
    """

    api_key: str = field(default="sandbox", repr=False)
    patch: Patch = "merge"
    shape: Shape = "G1"
    own_paths: bool = False
    updated_at: bool = True
    nulls: Literal["stored", "ignored"] = "stored"
    store: tuple[str, ...] = ()
    latency: int = 0
    max_take: int = 100
    errors: Literal["code", "key", "nested"] = "code"
    secrets: Literal["clear", "masked"] = "clear"
    seed: Seed = "v1"
    v1_flow: Literal["keep", "refuse"] = "keep"
    v2: bool = True
    items: Literal["full", "flowless", "short"] = "full"
    dashboard: bool = False
    gpt5_temperature: Literal["sent", "forced"] = "sent"
    knowledge_ids: Literal["list", "text"] = "list"
    signed_urls: bool = False
    workflow: Literal["patch", "keep", "drop"] = "patch"
    flows: Literal["any", "checked"] = "any"
    canvas: Literal["still", "moves", "saves"] = "still"
    edges: Literal["sent", "renamed"] = "sent"
    links: Literal["sent", "edges", "targets", "synced"] = "sent"
    descriptions: Literal["sent", "generated"] = "sent"
    custom_variables: Literal["sent", "text", "list"] = "sent"
    faults: tuple[Fault, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a query string.

        Raises ValueError with the bad option, its value, and what is allowed.
        """
        values: dict[str, object] = {}
        faults: list[object] = []
        for name, value in parse_qsl(text, keep_blank_values=True):
            if name in values:
                raise ValueError(f"sandbox option `{name}` is given twice")
            read = _read(name, value)
            if name == "fault":
                faults.append(read)
            else:
                values[name] = read
        return cls(**cast("dict[str, Any]", {**values, "faults": tuple(faults)}))


def _read(name: str, value: str) -> object:
    if name not in _READERS:
        allowed = ", ".join(f"`{one}`" for one in _READERS)
        raise ValueError(f"sandbox option `{name}` (`{value}`) is not known: allowed are {allowed}")
    try:
        return _READERS[name](value)
    except ValueError as error:
        raise ValueError(f"sandbox option `{name}` cannot be `{value}`: {error}") from None
