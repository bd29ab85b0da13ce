"""Checks of `doctor`: for people a sign, a name and a sentence; for programs as data. Pure."""

from collections.abc import Sequence

from reconciler.engine.checkup import Check, Level
from reconciler.render.sanitize import label
from reconciler.text.wording import count

SIGNS = {Level.OK: "✓", Level.WARN: "!", Level.FAIL: "✗", Level.SKIPPED: "–"}


def row(check: Check) -> tuple[str, str, str, tuple[str, ...]]:
    """A check's sign, its name with its environment, the finding, and the remedy."""
    name = " ".join(filter(None, (check.environment, check.name)))
    remedies = tuple(label(one) for one in check.remedy if one)
    return SIGNS[check.level], label(name), label(check.said, 400), remedies


def summary(checks: Sequence[Check]) -> str:
    """The number of checks by result."""
    counts = {level: sum(check.level is level for check in checks) for level in Level}
    told = [
        f"{counts[Level.FAIL]} failed",
        count(counts[Level.WARN], "warning"),
        f"{counts[Level.OK]} fine",
        f"{counts[Level.SKIPPED]} skipped",
    ]
    return f"Doctor: {', '.join(told)}."
