"""Rebuild a run's command lines, to suggest how to resolve a violation.

Only options that decide which plan is made or whether it may be applied: no formats, colours or
reports.
"""

import argparse
import shlex
from collections.abc import Iterator, Mapping

from reconciler.engine.policies.ways import Way, Words

_TOOL = "reconciler"
_ASIDE = ("plan", "rollback")
"""Commands that make a plan and can save it."""


def way(arguments: argparse.Namespace, environment: str, saved_with: Words = ()) -> Way:
    """The command lines to make this run's plan again, and to apply it.

    ``saved_with`` are the words that made a plan which is applied from its file.
    """
    said: Mapping[str, object] = vars(arguments)
    applying = tuple(_applying(arguments))
    kept = said.get("out") or said.get("planfile")
    if not kept:
        command = "rollback" if arguments.command == "rollback" else "apply"
        words = (_TOOL, *_making(arguments, environment, command))
        digest = said.get("plan_digest")
        reviewed = ("--plan-digest", str(digest)) if digest else ()
        return Way(plan=words, end=applying, apply=(*words, *reviewed, *applying))
    made = made_with(arguments, environment) if said.get("out") else saved_with
    if made[:1] not in [(name,) for name in _ASIDE]:  # a file from before this was saved
        made = ("plan", *_everywhere(arguments, environment))
    apply = (_TOOL, "apply", str(kept), *_config(arguments), *applying)
    return Way(plan=(_TOOL, *made), end=("--out", str(kept)), apply=apply, saved=True)


def again(arguments: argparse.Namespace, command: str, *more: str) -> str:
    """Another command for the same project, environment and agents, ready to type."""
    words = [_TOOL, command, *more, *_config(arguments)]
    if arguments.env:
        words += ["-e", arguments.env]
    return shlex.join([*words, *_chosen(arguments)])


def saved(arguments: argparse.Namespace) -> str:
    """The command that applies the plan which this run saves."""
    return shlex.join([_TOOL, "apply", arguments.out, *_config(arguments)])


def made_with(arguments: argparse.Namespace, environment: str) -> Words:
    """The words of a command that saves a plan, without the file: ``plan -e live --target a``."""
    return tuple(_making(arguments, environment, arguments.command))


def rolling_back(arguments: argparse.Namespace, environment: str) -> str:
    """The command that rolls back the last apply of an environment."""
    return shlex.join((_TOOL, "rollback", *_everywhere(arguments, environment)))


def _making(arguments: argparse.Namespace, environment: str, command: str) -> Iterator[str]:
    """The options that decide which plan is made."""
    yield command
    if command == "rollback" and arguments.apply:
        yield str(arguments.apply)
    yield from _everywhere(arguments, environment)
    yield from _chosen(arguments)


def _chosen(arguments: argparse.Namespace) -> Iterator[str]:
    """The agents and variables that were named."""
    for name in ("target", "exclude"):
        for glob in getattr(arguments, name, ()):
            yield from (f"--{name}", glob)
    for name, value in getattr(arguments, "var", ()):
        yield from ("--var", f"{name}={value}")
    said: Mapping[str, object] = vars(arguments)
    for name in ("recreate", "create_anyway"):
        if said.get(name):
            yield f"--{name.replace('_', '-')}"


def _everywhere(arguments: argparse.Namespace, environment: str) -> Iterator[str]:
    yield from _config(arguments)
    yield from ("-e", environment)


def _config(arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.config:
        yield from ("--config", arguments.config)


def _applying(arguments: argparse.Namespace) -> Iterator[str]:
    """The given options that allow a plan to be applied; `plan` has none of them."""
    said: Mapping[str, object] = vars(arguments)
    for groups in getattr(arguments, "approve", ()):
        yield from ("--approve", ",".join(groups))
    if said.get("max_changes") is not None:
        yield from ("--max-changes", str(arguments.max_changes))
    for name in ("force", "overwrite", "allow_missing", "auto_approve"):
        if said.get(name):
            yield f"--{name.replace('_', '-')}"
