"""The switches of rules."""

from collections.abc import Mapping
from dataclasses import field

from reconciler.errors import Level
from reconciler.late import dataclass
from reconciler.lint.frame import Rule, RuleSet, told_elsewhere


@dataclass(frozen=True, kw_only=True)
class Switch:
    """The setting of a rule or a set: another level, another limit, or both."""

    level: Level | None = None
    limit: int | None = None


@dataclass(frozen=True, kw_only=True)
class Switches:
    """The settings of the project and of one file, by the name of a rule or a set.

    The more specific one counts: the file's before the project's, a rule's before its set's.
    """

    project: Mapping[str, Switch] = field(default_factory=dict)
    file: Mapping[str, Switch] = field(default_factory=dict)

    def level(self, rule: Rule, rule_set: str) -> Level:
        """The level of a rule's findings."""
        return self.file_level(rule, rule_set) or self.project_level(rule, rule_set)

    def file_level(self, rule: Rule, rule_set: str) -> Level | None:
        """The level set by the file; None if it sets none."""
        return self._level(self.file, rule, rule_set)

    def project_level(self, rule: Rule, rule_set: str) -> Level:
        """The level in a file without switches."""
        return self._level(self.project, rule, rule_set) or rule.level

    def limits(self) -> dict[str, int]:
        """The limits that are set, by rule."""
        both = (*self.project.items(), *self.file.items())
        return {name: one.limit for name, one in both if one.limit is not None}

    @staticmethod
    def _level(switches: Mapping[str, Switch], rule: Rule, rule_set: str) -> Level | None:
        if not switches:
            return None
        named = (switches.get(name) for name in (rule.name, rule_set))
        return next((one.level for one in named if one and one.level), None)


SET = RuleSet(
    name="switches",
    description="switches of rules that agent files have themselves",
    rules=(
        Rule(
            name="unneeded-switch",
            description="A file switches off a rule that finds nothing in it, in no environment",
            why="It would silently hide the next mistake of this kind",
            help="take the switch out",
            bad="""\
lint:
  spoken-url: { level: off, reason: the marketing team wants the address in it }
spec:
  <greeting>: Welcome to Nour Clinic. How can I help?
""",
            good="""\
lint:
  spoken-url: { level: off, reason: callers of this line write it down }
spec:
  <greeting>: Welcome to Nour Clinic, or www.nourclinic.example. How can I help?
""",
            check=told_elsewhere,
        ),
    ),
)
