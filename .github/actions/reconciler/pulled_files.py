"""Which files to commit after a pull: ``pulled_files.py OUTPUT``, NUL after each, on stdout.

OUTPUT is a file with what ``reconciler pull --format json`` printed. The state comes last, where
an edit was taken and there is one.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STATE = "reconciler.state.json"
FORMER = "reconciler.lock.json"
"""Its former name: a file that is gone now leaves the commit."""


def names(told: Mapping[str, Any]) -> list[str]:
    """The files that edits went into, each once."""
    return sorted({name for edit in told["edits"] if edit["taken"] for name in edit["files"]})


def main(output: str) -> None:
    """Print the names, as paths in this folder."""
    found = names(json.loads(Path(output).read_text(encoding="utf-8")))
    if found and Path(STATE).is_file():
        found += [STATE, FORMER]
    sys.stdout.write("".join(f"{name}\0" for name in found))


if __name__ == "__main__":
    main(sys.argv[1])
