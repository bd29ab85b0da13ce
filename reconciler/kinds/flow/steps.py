"""The steps of a walk as people write them, and the exits that they mean. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Literal

from reconciler.errors import meant
from reconciler.jsonvalues import Json
from reconciler.kinds.flow.slugs import MARKS
from reconciler.kinds.flow.walk import FIXED, Turn, Walk, plain, turns_of
from reconciler.late import dataclass, pattern
from reconciler.text.wording import shortened

_KEY = pattern(r"^(?:key|dtmf)[ :]+", re.IGNORECASE)
_SHOWN = 60
_LONGEST = 1000


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: words of any kind, or a kind of exit (``when``) with its words or key.

    Words are those of a condition, or such as ``on_success``, ``key 0`` or a slug. ``to`` is the
    slug of the target. ``sets`` are values given before the exit is taken; a step may do that
    alone.
    """

    words: str = ""
    when: str = ""
    detail: str = ""
    to: str = ""
    sets: Mapping[str, Json] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether it takes an exit."""
        return bool(self.words or self.when or self.to)

    def __str__(self) -> str:
        """As a person would write it."""
        told = [self.words]
        if self.when:
            told = [f"{self.when} {self.detail}".rstrip()]
        if self.to:
            told.append(f"to {self.to}")
        if self.sets and not self.moves:
            told.append(f"set {', '.join(self.sets)}")
        return shortened(" ".join(filter(None, told)), _SHOWN)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Why a step takes no exit, with the exits that it fits if there are several.

    ``closed``: it fits one that is disabled, or an equation that does not hold.
    """

    why: Literal["none", "several", "disabled", "closed"]
    turns: tuple[Turn, ...] = ()


def chosen(walk: Walk, step: Step) -> Turn | Refused:
    """The exit that a step means: an own one of the node before one to a global node."""
    for of in (False, True):
        turns = [turn for turn in walk.choices if turn.anywhere is of]
        found = _fitting(turns, step)
        if len({(one.to, one.when.startswith("on_") and one.when) for one in found}) > 1:
            return Refused(why="several", turns=tuple(found))
        if found:
            return found[0]
    own = [*turns_of(plain(walk.views[walk.at]))]
    shut = _fitting([turn for turn in own if turn not in walk.choices], step)
    if not shut or walk.end == "end_call":
        return Refused(why="none")
    return Refused(why="closed" if shut[0].enabled else "disabled", turns=tuple(shut))


def _fitting(turns: Sequence[Turn], step: Step) -> list[Turn]:
    """The exits that a step fits best: exactly, or else by a part of their words, or by target."""
    if step.to:
        turns = [turn for turn in turns if turn.to == step.to]
    if step.when:
        turns = [turn for turn in turns if turn.when == step.when]
        if step.when == "natural_language" and step.detail:
            return _first(turns, _worded(step.detail))
        return [turn for turn in turns if step.detail in ("", turn.detail)]
    if not step.words:
        return [*turns]
    return _first(
        turns,
        (
            lambda turn: turn.when in FIXED and turn.when == step.words,
            lambda turn: turn.when == "dtmf" and _KEY.sub("", step.words) == turn.detail,
            *(_of_words(test) for test in _worded(step.words)),
            lambda turn: turn.to == step.words,
        ),
    )


Test = Callable[[Turn], bool]


def _first(turns: Sequence[Turn], tests: Iterable[Test]) -> list[Turn]:
    """The exits of the first test that any of them passes."""
    for test in tests:
        found = [turn for turn in turns if test(turn)]
        if found:
            return found
    return []


def _worded(words: str) -> tuple[Test, ...]:
    wanted = _even(words)
    return (
        lambda turn: _even(turn.detail) == wanted,
        lambda turn: bool(wanted) and wanted in _even(turn.detail),
    )


def _of_words(test: Test) -> Test:
    return lambda turn: turn.when == "natural_language" and test(turn)


def _even(text: str) -> str:
    """Words without what does not matter: case, blanks, Arabic diacritics, quotation marks."""
    return " ".join(re.sub(r"[\"“”«»]", " ", MARKS.sub("", text)).casefold().split())


def told(turn: Turn) -> str:
    """An exit in words, with its target: ``"wants to book" → search``, ``key 0 → operator``."""
    to = turn.to or "nowhere"
    global_ = "global: " if turn.anywhere else ""
    return f"{global_}{condition(turn)} → {to}"


def condition(turn: Turn) -> str:
    """The condition of an exit in words."""
    match turn.when:
        case "natural_language":
            return f'"{shortened(turn.detail, _SHOWN)}"' if turn.detail.strip() else "no words"
        case "dtmf":
            return f"key {turn.detail}"
        case "all" | "any":
            joined = " and " if turn.when == "all" else " or "
            tests = (f"{name} {sort} {_value(value)}".rstrip() for name, sort, value in turn.tests)
            return shortened(joined.join(tests), 2 * _SHOWN)
        case "condition":
            return "a condition of an unknown form"
    return turn.when


def _value(value: Json) -> str:
    return "" if value in ("", None) else shortened(str(value), _SHOWN)


def nearest(walk: Walk, step: Step) -> str:
    """The exit that a mistyped step probably means, as a hint; empty if none is near."""
    written = _even(step.detail or step.words or step.to or step.when)
    names: dict[str, str] = {}
    for turn in walk.choices:
        if turn.when == "natural_language":
            names |= dict.fromkeys(_parts(turn.detail, len(written.split())), turn.detail)
        else:
            names.setdefault(turn.when, turn.when)
        if turn.to:
            names.setdefault(_even(turn.to), turn.to)
    found = meant(written, names)
    near = found.removeprefix("did you mean `").removesuffix("`?")
    return f"did you mean `{shortened(names[near], _SHOWN)}`?" if found else ""


def _parts(text: str, size: int) -> Iterator[str]:
    """The text, and its parts of so many words: a step may name a part."""
    words = _even(text[:_LONGEST]).split()
    yield " ".join(words)
    yield from (" ".join(words[at : at + size]) for at in range(len(words) - size + 1))
