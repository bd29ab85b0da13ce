"""Three-way merge of ledgers: ``merge_ledger.py BASE OURS THEIRS ENVIRONMENT``, on stdout.

What this run changed since BASE wins; the rest is THEIRS. With an ENVIRONMENT, its page alone is
taken of OURS; an empty one means all pages. An agent's entry is taken whole, for its
digests belong together; so is an environment whose salt differs, for digests depend on it.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ENTRY_DEPTH = 4
"""environments, their names, agents, their keys."""


def merge(base: Any, ours: Any, theirs: Any, depth: int = 0) -> Any:
    """The merged value; None stands for an absent one."""
    if ours == base:
        return theirs
    if theirs == base or depth == ENTRY_DEPTH or not _both_mappings(ours, theirs):
        return ours
    if ours.get("salt") != theirs.get("salt"):
        return ours
    known = base if isinstance(base, Mapping) else {}
    merged = {
        key: merge(known.get(key), ours.get(key), theirs.get(key), depth + 1)
        for key in ours.keys() | theirs.keys()
    }
    return {key: value for key, value in merged.items() if value is not None}


def _both_mappings(ours: Any, theirs: Any) -> bool:
    return isinstance(ours, Mapping) and isinstance(theirs, Mapping)


def of_one(environment: str, base: Any, ours: Any) -> Any:
    """Our ledger as if we had changed the page of one environment alone."""
    page = ours.get("environments", {}).get(environment)
    pages = {**base.get("environments", {}), environment: page}
    return {**ours, "environments": {name: one for name, one in pages.items() if one is not None}}


def main(names: list[str], environment: str) -> None:
    """Print the merge of three files, in the form in which the tool writes ledgers."""
    base, ours, theirs = (json.loads(Path(name).read_text(encoding="utf-8")) for name in names)
    ours = of_one(environment, base, ours) if environment else ours
    sys.stdout.write(json.dumps(merge(base, ours, theirs), indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:4], sys.argv[4])
