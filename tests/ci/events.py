"""What happens in a repository, and which workflows it starts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_SKIP = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
_KNOWN = {"push": {"branches", "paths-ignore"}, "pull_request": {"branches"}, "schedule": set()}


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event; ``sha`` is the commit that a job checks out.

    ``files`` are the paths that a push changed, ``message`` that of its last commit;
    ``by_token``: whether the token of a workflow made it. ``fork``: a pull request from one.
    """

    name: str
    sha: str
    branch: str = "main"
    number: int = 0
    payload: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[str] = ()
    message: str = ""
    by_token: bool = False
    fork: bool = False

    @property
    def ref(self) -> str:
        if self.name == "pull_request":
            return f"refs/pull/{self.number}/merge"
        return f"refs/heads/{self.branch}"

    @property
    def ref_name(self) -> str:
        return self.ref.removeprefix("refs/heads/").removeprefix("refs/")


def reasons_not_to_start(workflow: Mapping[str, Any], event: Event) -> list[str]:
    """Why the event starts no run of the workflow; none: it does."""
    triggers = workflow["on"]
    if event.name not in triggers:
        return [f"not on {event.name}"]
    rules = triggers[event.name] or {}
    if event.name == "schedule":
        rules = {}
    unknown = set(rules) - _KNOWN[event.name]
    assert not unknown, f"teach the interpreter: on.{event.name}.{unknown}"
    reasons = []
    if event.by_token:
        reasons.append("the token of a workflow starts none")
    if event.name == "push" and any(mark in event.message for mark in _SKIP):
        reasons.append("the commit says to skip")
    if "branches" in rules and event.branch not in rules["branches"]:
        reasons.append(f"not of {event.branch}")
    ignored = [_pattern(one) for one in rules.get("paths-ignore", ())]
    if ignored and all(any(one.fullmatch(path) for one in ignored) for path in event.files):
        reasons.append("every file is ignored")
    return reasons


def _pattern(glob: str) -> re.Pattern[str]:
    """A path pattern of GitHub's, of the kinds that we use."""
    parts = re.split(r"(\*\*/|\*)", glob)
    forms = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.compile("".join(forms.get(part) or re.escape(part) for part in parts))
