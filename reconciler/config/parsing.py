"""Parse the project file: every mistake that can be found without its secrets."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from reconciler.config import numerals, switches, variables
from reconciler.config.entries import ProjectEntry
from reconciler.config.problems import of_mapping
from reconciler.errors import ConfigError, Problem, listed, meant
from reconciler.late import pattern
from reconciler.yamledit.document import Document, Path_

if TYPE_CHECKING:
    from reconciler.jsonvalues import Json

_NAME = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def parsed(document: Document) -> ProjectEntry:
    """Parse a project file. Raises ConfigError with every mistake in it."""
    entry, problems = of_mapping(
        document, ProjectEntry, "the project file", hidden=lambda dotted: "api_key" in dotted
    )
    problems += [*_misnamed(document, entry), *switches.problems(document, entry.lint)]
    problems += [
        document.problem(("vars", one.name), one.message, found=one.found, allowed=one.allowed)
        for one in variables.misdeclared(entry.vars)
    ]
    problems += _numerals(document, entry)
    problems += [*_misdefaulted(document, entry), *_mispromoted(document, entry)]
    if problems:
        raise ConfigError(problems)
    return entry


def _numerals(document: Document, entry: ProjectEntry) -> Iterator[Problem]:
    """Numbers of variables that are not read as written: they end up in texts."""
    roots: list[tuple[Path_, Json]] = []
    for name, one in entry.vars.items():
        declared = {"default": one.default, "allowed": one.allowed}
        roots += [(("vars", name, what), value) for what, value in declared.items()]
    for where, place in entry.environments.items():
        roots += [(("environments", where, "vars", n), value) for n, value in place.vars.items()]
    for root, value in roots:
        name = str(root[-2] if root[0] == "vars" else root[-1])
        number = name in entry.vars and entry.vars[name].type in ("integer", "number")
        for inner, _ in numerals.places({}, value, root):
            found = numerals.problem(document, inner, free=True, number=number)
            yield from [found] if found else []


def _misnamed(document: Document, entry: ProjectEntry) -> Iterator[Problem]:
    """Environments whose name cannot be a folder name: the sandbox has a folder for each."""
    for name in entry.environments:
        if not _NAME.fullmatch(name):
            message = f"`{name}` cannot name an environment"
            allowed = "letters, digits, `.`, `_` and `-`, starting with a letter or digit"
            yield document.problem(("environments", name), message, allowed=allowed)


def _misdefaulted(document: Document, entry: ProjectEntry) -> Iterator[Problem]:
    """A default that is not an environment."""
    default = entry.default_environment
    if default is not None and default not in entry.environments:
        known = listed(entry.environments, default)
        message = f"there is no environment `{default}`"
        hint = meant(default, entry.environments)
        yield document.problem(("default_environment",), message, allowed=known, hint=hint)


def _mispromoted(document: Document, entry: ProjectEntry) -> Iterator[Problem]:
    """Environments whose source does not exist, is the environment itself, or forms a cycle."""
    sources = {name: one.promote_from for name, one in entry.environments.items()}
    for name, source in sources.items():
        place = ("environments", name, "promote_from")
        others = [one for one in sources if one != name]
        if source is not None and source not in others:
            message = f"`promote_from` names no other environment: `{source}`"
            more = {"allowed": listed(others, source), "hint": meant(source, others)}
            yield document.problem(place, message, **more)
        elif source and name in _fed_by(source, sources):
            message = f"`promote_from` runs in a ring: {name} waits for itself"
            yield document.problem(place, message)


def _fed_by(name: str | None, sources: Mapping[str, str | None]) -> list[str]:
    """An environment and those that it is promoted from, as far as that goes."""
    found: list[str] = []
    while name is not None and name not in found:
        found.append(name)
        name = sources.get(name)
    return found
