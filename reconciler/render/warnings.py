"""Warnings of a plan: a group for each rule, with its first places. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from reconciler.errors import Problem
from reconciler.late import dataclass
from reconciler.text.wording import count

SHOWN = 3
"""Places of a rule that are shown; `validate` lists them all."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """The finding of one rule, or one message, at several places; ``lines`` are a few of them."""

    head: str
    rule: str
    lines: tuple[str, ...]
    hint: str = ""


def groups(found: Iterable[Problem]) -> list[Problem | Group]:
    """Single problems unchanged, several of one kind as a group; in the order of the first ones."""
    kinds: dict[str, list[Problem]] = defaultdict(list)
    for one in found:
        kinds[one.rule or one.message].append(one)
    return [_group(of) if len(of) > 1 else of[0] for of in kinds.values()]


def _group(found: Sequence[Problem]) -> Group:
    from reconciler.lint import RULES  # noqa: PLC0415 - only for several of one kind

    first, messages = found[0], {one.message for one in found}
    rule = RULES.get(first.rule)
    what = first.message if len(messages) == 1 or rule is None else rule.description
    hints = {one.hint for one in found}
    more = len(found) - SHOWN
    lines = [_line(one, told=len(messages) > 1) for one in found[:SHOWN]]
    lines += [f"and {more} more: reconciler validate lists them all"] if more > 0 else []
    why = f"reconciler validate --explain {first.rule}" if rule else ""
    return Group(
        head=f"{len(found)} times: {what}",
        rule=first.rule,
        lines=tuple(lines),
        hint=first.hint if len(hints) == 1 else why,
    )


def _line(problem: Problem, *, told: bool) -> str:
    parts = [place(problem), problem.field, *([problem.message] if told else [])]
    return "  ".join(filter(None, parts))


def place(problem: Problem) -> str:
    """The file and line of a problem."""
    return problem.file + (f":{problem.line}" if problem.line else "")


def counted(found: Sequence[Problem]) -> str:
    """``2 errors, 14 warnings in 9 files``; empty if there are none."""
    numbers = Counter("warning" if one.warning else "error" for one in found)
    told = [count(numbers[name], name) for name in ("error", "warning") if numbers[name]]
    files = len({one.file for one in found})
    return f"{', '.join(told)} in {count(files, 'file')}" if told else ""


def errors_last(found: Iterable[Problem]) -> Iterator[Problem]:
    """Warnings first, so that what stops a run stays on the screen."""
    return iter(sorted(found, key=lambda one: not one.warning))
