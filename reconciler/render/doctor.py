"""Checks of `doctor`: for people a sign, a name and a sentence; for programs as data. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.engine.checkup import Check, Level
from reconciler.errors import listed
from reconciler.render.fleet import PageResult
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


def of_fleet(
    pages: Sequence[PageResult],
) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """What checks of many projects found, each finding once with the projects that have it."""
    found: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for page in pages:
        if page.message:
            hints = tuple(filter(None, (page.hint,)))
            found.setdefault(("fail", "project", page.message, hints), []).append(page.project)
        for one in (page.document or {}).get("checks", ()):
            if one["status"] in (Level.FAIL, Level.WARN):
                name = f"{one['environment']} {one['name']}".strip()
                key = (one["status"], name, one["said"], tuple(one["remedy"]))
                found.setdefault(key, []).append(page.project)
    for (level, name, said, remedy), projects in sorted(found.items(), key=_failed_last):
        who = listed(projects) if len(projects) < len(pages) else f"all {len(projects)} projects"
        yield SIGNS[Level(level)], label(name), label(f"{who}: {said}", 400), remedy


def _failed_last(item: tuple[tuple[str, str, str, tuple[str, ...]], list[str]]) -> bool:
    return item[0][0] == Level.FAIL


def fleet_summary(pages: Sequence[PageResult]) -> str:
    """How many projects of a fleet have a check that failed."""
    failed = sum(bool(page.exit_code) for page in pages)
    return f"Doctor: {count(len(pages), 'project')}, {failed} failed."
