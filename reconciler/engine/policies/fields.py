"""Policies on which fields a plan writes, and on what callers notice of them. Pure."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from reconciler.engine.impact import GROUPS, group
from reconciler.engine.policies.declared import Policies, Protected, Sights
from reconciler.model import (
    Action,
    Create,
    Plan,
    Violation,
)
from reconciler.text.wording import count, named, reviewed, ticked


def protected_fields(plan: Plan, policies: Policies, seen: Sights) -> Iterator[Violation]:
    """Violated if the plan writes protected fields: one violation per entry."""
    told: set[tuple[str, str]] = set()  # a field may be listed twice, once per generation
    for entry in policies.protected_fields:
        hit = {action.key: _held(action, entry, told) for action in plan.writes}
        told |= {(key, path) for key, paths in hit.items() for path in paths}
        keys = tuple(key for key, paths in hit.items() if paths)
        paths = sorted({path for found in hit.values() for path in found})
        if keys:
            yield Violation(
                rule="protected_fields",
                message=f"this plan writes {ticked(paths)} of {count(len(keys), 'agent')} of "
                f"{plan.environment}: {named(keys)} (`protected_fields` has `{entry.written}`)",
                hint=f"{_way_out(plan, keys, paths[0], seen)}; "
                f"{reviewed('protected_fields', paths)}",
                agents=keys,
            )


def _held(action: Action, entry: Protected, told: AbstractSet[tuple[str, str]]) -> list[str]:
    held = (c.path for c in action.changes if entry.holds(action.kind, action.keys, c.path))
    return [path for path in held if (action.key, path) not in told]


def _way_out(plan: Plan, keys: Sequence[str], path: str, seen: Sights) -> str:
    out = f"take the field out of the file{seen.way.again}"
    if any(action.key in keys for action in plan.of(Create)):  # a create sends ignored fields too
        return f"{out}, and set it in the dashboard"
    ignore = f"`lifecycle: {{ ignore: [{path}] }}`"
    return (
        f"{out}, or leave it to the dashboard with {ignore}; reconciler pull takes the live value"
    )


def approvals(plan: Plan, policies: Policies, seen: Sights) -> Iterator[Violation]:
    """Violated until the groups of changes are approved: one pending violation for all of them."""
    wanted = [name for name in GROUPS if name in policies.approvals and name not in seen.approved]
    grouped = {a.key: [group(c) for c in a.changes] for a in plan.writes}
    numbers = {name: sum(found.count(name) for found in grouped.values()) for name in wanted}
    needed = [name for name, number in numbers.items() if number]
    keys = tuple(key for key, found in grouped.items() if {*found} & {*needed})
    if keys:
        words = ",".join(needed)
        *most, last = needed
        fields = count(numbers[last], f"{last} field")
        before = ", ".join(f"{numbers[name]} {name}" for name in most)
        yield Violation(
            rule="approvals",
            message=f"this plan writes {f'{before} and ' * bool(most)}{fields} of "
            f"{count(len(keys), 'agent')} of {plan.environment}: {named(keys)}",
            hint=f"read them, then: {seen.way.applied('--approve', words)}",
            agents=keys,
            pending=True,
            until=f"somebody gives --approve {words}",
        )
