"""The agents of a new sandbox. Reads package data; writes nothing.

`seed/agents.json` has them as v1 requests, `seed/v2/agents.json` as v2 requests: a flow of about
forty nodes in Arabic and English, and two agents with one prompt.
"""

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from reconciler.sandbox.files import Record
from reconciler.sandbox.settings import Seed

JsonObject = dict[str, Any]


def load_seed(which: Seed = "v1") -> list[Record]:
    """Return the sample agents, in order; a `{"$file": name}` value is that file's text."""
    folder = files("reconciler.sandbox").joinpath("seed")
    flat = [_flat(folder, entry) for entry in _entries(folder)] if which != "v2" else []
    nested = [_nested(folder, entry) for entry in _entries(folder / "v2")] if which != "v1" else []
    return [Record(seq=seq, **each) for seq, each in enumerate([*flat, *nested], 1)]


def _entries(folder: Traversable) -> list[JsonObject]:
    listed: list[JsonObject] = json.loads(
        folder.joinpath("agents.json").read_text(encoding="utf-8")
    )
    return listed


def _flat(folder: Traversable, entry: JsonObject) -> JsonObject:
    extra = {"description": entry["description"]} if "description" in entry else {}
    return {**_dated(entry), "fields": _read(folder, entry["fields"]), "extra": extra}


def _nested(folder: Traversable, entry: JsonObject) -> JsonObject:
    from reconciler.sandbox.v2 import api  # noqa: PLC0415 - starlette is heavy

    return {**_dated(entry), "fields": api.stored(_read(folder, entry["request"]))}


def _dated(entry: JsonObject) -> JsonObject:
    return {"id": entry["id"], "created": entry["createdAt"], "updated": entry["updatedAt"]}


def _read(folder: Traversable, value: Any) -> Any:
    match value:
        case {"$file": str(name)}:
            return folder.joinpath(name).read_text(encoding="utf-8").removesuffix("\n")
        case dict():
            return {name: _read(folder, each) for name, each in value.items()}
        case list():
            return [_read(folder, each) for each in value]
        case _:
            return value
