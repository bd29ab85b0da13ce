"""Edits of invented prompts, each with the truth of what its author did: ``tests/edits``.

An edit is both texts in one: a line of both begins with two blanks, a removed one with ``-`` and an
added one with ``+``. ``~ old ⇒ new`` is an edited line; a line moved from ``<`` to ``>``.
"""

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "edits"


@dataclass
class Edit:
    """Both texts, and the lines of both that an edit or a move connects."""

    name: str
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    edited: set[tuple[int, int]] = field(default_factory=set)
    arrived: set[int] = field(default_factory=set)

    @property
    def texts(self) -> tuple[str, str]:
        return "\n".join(self.old), "\n".join(self.new)


def edits(folder=FOLDER):
    """All edits, by the names of their files and then by their own."""
    found = []
    for file in sorted(folder.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("=== "):
                found.append(Edit(f"{file.stem}: {line[4:]}"))
            elif found:
                _add(found[-1], line[:1] or " ", line[2:])
    return found


def _add(edit, sign, text):
    old, _, new = text.partition(" ⇒ ") if sign == "~" else (text, "", text)
    if sign in " -~<":
        edit.old.append(old)
    if sign in " +~>":
        edit.new.append(new)
    if sign == "~":
        edit.edited.add((len(edit.old), len(edit.new)))
    if sign == ">":
        edit.arrived.add(len(edit.new))


def mistakes(edit, prose):
    """What a diff claims and did not happen, and edits that it does not show as such."""
    found = prose(*edit.texts).passages
    claimed = {(one.old_line, one.new_line) for one in found if one.kind == "changed"}
    moved = {one.new_line for one in found if one.kind == "moved"}
    shown = {"-": edit.old, "+": edit.new}
    sides = [("-", one.before) for one in found if one.kind == "removed"]
    sides += [("+", one.after) for one in found if one.kind == "added"]
    return {
        "wrong partner": len(claimed - edit.edited),
        "edit not shown as one": len(edit.edited - claimed),
        "false moved": len(moved - edit.arrived),
        "lines glued or white space shown": sum(
            "".join(span.text for span in spans) not in shown[side] for side, spans in sides
        ),
    }
