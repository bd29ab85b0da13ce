"""Lint of declared agents: rules as data in sets, and their findings. Pure.

The place of a finding in a file, and its level there, are decided elsewhere.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
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
from reconciler.lint.frame import MOST, Finding, Place, Rule, RuleSet, Subject

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


_NEEDS = tuple(dict.fromkeys(rule.needs for rule in RULES.values()))


def findings(subject: Subject, names: Iterable[str] = RULES) -> list[Finding]:
    """Run these rules on an agent; at most ``MOST`` findings of each."""
    met = {needs for needs in _NEEDS if needs(subject)}
    return [
        changed(one, rule=rule.name, hint=one.hint or rule.help)
        for rule in map(RULES.__getitem__, names)
        if rule.needs in met
        for one in islice(rule.check(subject), MOST)
    ]
