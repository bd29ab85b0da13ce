"""The agents that a new sandbox starts with. Reads package data; writes nothing."""

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from reconciler.sandbox.files import Record


def load_seed() -> list[Record]:
    """Return the sample agents, in order; a `{"$file": name}` value is that file's text."""
    folder = files("reconciler.sandbox").joinpath("seed")
    listed = json.loads(folder.joinpath("agents.json").read_text(encoding="utf-8"))
    return [_record(folder, seq, entry) for seq, entry in enumerate(listed, 1)]


def _record(folder: Traversable, seq: int, entry: dict[str, Any]) -> Record:
    extra = {"description": entry["description"]} if "description" in entry else {}
    return Record(
        id=entry["id"],
        seq=seq,
        created=entry["createdAt"],
        updated=entry["updatedAt"],
        fields={name: _value(folder, value) for name, value in entry["fields"].items()},
        extra=extra,
    )


def _value(folder: Traversable, value: object) -> object:
    match value:
        case {"$file": str(name)}:
            return folder.joinpath(name).read_text(encoding="utf-8").removesuffix("\n")
        case _:
            return value
