"""Lint of declared agents: rules as data in sets, and their findings. Pure.

The place of a finding in a file, and its level there, are decided elsewhere.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from types import MappingProxyType

from reconciler.errors import Level
from reconciler.late import changed
from reconciler.lint import (
    calendar,
    characters,
    connections,
    flows,
    language,
    lines,
    model,
    placeholders,
    prompt,
    secrets,
    spoken,
    standins,
    switches,
)
from reconciler.lint.frame import MOST, Finding, Needs, Place, Rule, RuleSet, Subject

__all__ = ["RULES", "SETS", "SET_OF", "Finding", "Level", "Place", "Rule", "Subject", "findings"]

SETS: Mapping[str, RuleSet] = MappingProxyType(
    {
        one.name: one
        for one in (
            spoken.SET,
            standins.SET,
            language.SET,
            placeholders.SET,
            characters.SET,
            lines.SET,
            prompt.SET,
            calendar.SET,
            connections.SET,
            model.SET,
            flows.SET,
            secrets.SET,
            switches.SET,
        )
    }
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.name: rule for one in SETS.values() for rule in one.rules}
)

SET_OF: Mapping[str, str] = MappingProxyType(
    {rule.name: one.name for one in SETS.values() for rule in one.rules}
)
"""The set of each rule."""


@lru_cache(maxsize=256)  # most files have no switches of their own
def _by_needs(names: tuple[str, ...]) -> tuple[tuple[Needs, tuple[int, ...]], ...]:
    """The numbers of these rules by what they need, which is asked once."""
    found: dict[Needs, tuple[int, ...]] = {}
    for number, name in enumerate(names):
        needs = RULES[name].needs
        found[needs] = (*found.get(needs, ()), number)
    return tuple(found.items())


def findings(subject: Subject, names: Sequence[str] = tuple(RULES)) -> list[Finding]:
    """Run these rules on an agent; at most ``MOST`` findings of each."""
    met = [numbers for needs, numbers in _by_needs(tuple(names)) if needs(subject)]
    rules = (RULES[names[number]] for number in sorted(chain.from_iterable(met)))
    return [
        changed(one, rule=rule.name, hint=one.hint or rule.help)
        for rule in rules
        for one in islice(rule.check(subject), MOST)
    ]
