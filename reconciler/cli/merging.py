"""Several JSON reports of a fleet as one: every shard once, all of one fleet and one commit."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from reconciler import plain
from reconciler.errors import ConfigError, Problem, ReconcilerError, why
from reconciler.render.data import fleets
from reconciler.render.fleet import FleetResult

_MOST = 1_000_000_000
"""Bytes of a report: that of 100,000 agents has some hundred million."""


def one(path: Path, name: str) -> FleetResult:
    """The report in a file. Raises ReconcilerError that names it if it cannot be used."""
    try:
        text = plain.read(path, _MOST).decode("utf-8")
        return fleets.read(json.loads(text))
    except OSError as error:
        raise ReconcilerError(f"{name} cannot be read: {why(error)}") from error
    except (ValueError, RecursionError) as error:
        hint = "name a report of --report json=FILE; if that job was killed, run it again"
        raise ReconcilerError(f"{name} is no JSON", hint=hint) from error
    except ReconcilerError as error:
        raise ReconcilerError(f"{name}: {error.message}", hint=error.hint) from error


_NOT_WHOLE = "the fleet cannot be reported: not every shard is there"


def merged(found: Mapping[str, FleetResult], expect: int) -> FleetResult:
    """The shards as one result, by the names of their files.

    Raises ConfigError with everything that is missing, doubled, interrupted or of another fleet.
    """
    unsplit = (0, 0) if expect == 1 else None
    found = {
        name: replace(one, shard=(1, 1), filled=(1,)) if one.shard == unsplit else one
        for name, one in found.items()
    }
    problems = [*_strange(found, expect), *_missing(found, expect)]
    if problems:
        raise ConfigError(problems, _NOT_WHOLE)
    first = next(iter(found.values()))
    pages = tuple(page for one in found.values() for page in one.pages)
    whole = replace(first, pages=pages, shard=(0, 0), filled=())
    if not whole.is_whole:
        problem = Problem(
            file=next(iter(found)),
            message="together the shards do not have each project once",
            hint="did files change between the runs? Run every shard again, of one commit",
        )
        raise ConfigError([problem], _NOT_WHOLE)
    return whole


def _strange(found: Mapping[str, FleetResult], expect: int) -> list[Problem]:
    """Reports that are not a whole shard of this fleet, or are there twice."""
    problems: list[Problem] = []
    first_name, first = next(iter(found.items()))
    seen: dict[int, str] = {}
    for name, one in found.items():
        number, count = one.shard
        if not one.complete:
            problems.append(_about(name, "its run was interrupted: it is half a shard"))
        if count != expect:
            told = f"shard {number} of {count}" if count else "no shard, but a whole fleet"
            problems.append(_about(name, f"it is {told}, but --expect is {expect}"))
        elif number in seen:
            problems.append(_about(name, f"shard {number} of {count} is in {seen[number]} too"))
        seen.setdefault(number, name)
        problems += [
            _about(name, f"it is of another {told} than {first_name}")
            for what, told in _WHAT.items()
            if getattr(one, what) != getattr(first, what)
        ]
    return problems


_WHAT = {
    "command": "command",
    "commit": "commit",
    "changed_since": "`--changed-since`",
    "listing": "fleet, with other projects,",
    "limit": "`max_changes`",
}


def _missing(found: Mapping[str, FleetResult], expect: int) -> list[Problem]:
    """The shards that have pages and no report."""
    mine = [one for one in found.values() if one.shard[1] == expect]
    there = {one.shard[0] for one in mine}
    filled = {number for one in mine for number in one.filled}
    left = sorted(filled - there)
    if not left:
        return []
    numbers = ", ".join(map(str, left))
    message = f"{len(there)} of {len(filled)} shards with projects are there; missing: {numbers}"
    return [_about(f"shard {left[0]}/{expect}", message)]


def _about(name: str, message: str) -> Problem:
    return Problem(file=name, message=message)
