"""Which commits are live: ``applied_commits.py LEDGER ENVIRONMENT``, one a line, on stdout.

They are those that the agents' entries of an environment name; of all where it is empty.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def commits(ledger: Mapping[str, Any], environment: str) -> list[str]:
    """The commits, without the ``+`` of files that were edited besides."""
    pages = ledger.get("environments", {})
    chosen = [page for name, page in pages.items() if environment in ("", name)]
    entries = [entry for page in chosen for entry in page["agents"].values()]
    return sorted({entry.get("commit", "").removesuffix("+") for entry in entries} - {""})


def main(name: str, environment: str) -> None:
    """Print them."""
    ledger = json.loads(Path(name).read_text(encoding="utf-8"))
    sys.stdout.write("".join(f"{commit}\n" for commit in commits(ledger, environment)))


if __name__ == "__main__":
    main(*sys.argv[1:3])
