"""The corpus of agent files in the styles of many hands, with edits and the diffs they may make."""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "hand_styled"


@dataclass(frozen=True)
class Case:
    """One decoded file, edits of it, and the diff of all of them together."""

    name: str
    text: str
    edits: tuple[tuple[tuple[str | int, ...], Any], ...]
    diff: str


def cases() -> list[Case]:
    """Every file of the corpus."""
    return [_case(path) for path in sorted(FOLDER.glob("*.yaml"))]


def _case(path: Path) -> Case:
    edits = json.loads(path.with_suffix(".edits.json").read_text("utf-8"))
    return Case(
        name=path.stem,
        text=path.read_bytes().decode(),
        edits=tuple((tuple(steps), value) for steps, value in edits),
        diff=path.with_suffix(".diff").read_bytes().decode(),
    )


def unified(old: str, new: str) -> str:
    """The hunks of a diff without context, as git writes them, carriage returns included."""
    before, after = (text.split("\n") for text in (old, new))
    sides = [
        lines[:-1] + ([lines[-1] + "\n\\ No newline at end of file"] if lines[-1] else [])
        for lines in (before, after)
    ]
    hunks = list(difflib.unified_diff(*sides, n=0, lineterm=""))[2:]
    return "".join(f"{line}\n" for line in hunks)
