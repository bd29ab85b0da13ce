"""Written walks, as `flow_tests` has them: played, and compared with what they expect. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from reconciler.errors import listed, meant
from reconciler.jsonvalues import Json
from reconciler.kinds.flow import steps, walk
from reconciler.kinds.flow.exits import Shape
from reconciler.kinds.flow.steps import Refused, Step
from reconciler.kinds.flow.values import SYSTEM, Variables, alike, filled, text_of
from reconciler.kinds.flow.walk import Walk, plain, turns_of
from reconciler.late import dataclass
from reconciler.text.wording import shortened

Place = tuple[str | int, ...]
_SHOWN, _LISTED, _LONGEST = 60, 8, 40


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a walk must have reached; ``says`` and ``prompt`` since the last exit that was chosen.

    ``None`` in ``variables`` means that the variable has no value.
    """

    node: str = ""
    says: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A step, and what is expected after it."""

    step: Step
    expect: Expected = Expected()


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A written walk: the variables at its start, its steps, and what is expected at its end."""

    name: str
    start: Variables = field(default_factory=dict)
    take: Sequence[Taken] = ()
    expect: Expected = Expected()


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a trial fails. ``place`` is within the trial, such as ``("take", 1)``.

    ``found`` is what is there, ``allowed`` what was possible.
    """

    place: Place
    message: str
    found: str = ""
    allowed: str = ""
    hint: str = ""


def started(views: Mapping[str, Shape], defaults: Variables, given: Variables) -> Walk | Failure:
    """Start a walk with the flow's own variables and the given ones."""
    if walk.start_of(views) is None:
        hint = "one node of a flow has `type: start`"
        return Failure(place=(), message="the flow has no start node", hint=hint)
    return walk.begin(views, {**given, **{n: v for n, v in defaults.items() if n not in given}})


def failures(views: Mapping[str, Shape], defaults: Variables, trial: Trial) -> Iterator[Failure]:
    """Play a trial: the first step that fails, or else everything that is not as expected."""
    now = started(views, defaults, trial.start)
    if isinstance(now, Failure):
        yield now
        return
    since = 0
    for number, one in enumerate(trial.take):
        place = ("take", number)
        after = played(now, one.step, number)
        if isinstance(after, Failure):
            yield replace(after, place=place)
            return
        since = len(now.events) if one.step.moves else since
        now = after
        yield from _looped(now, place)
        found = [*_unmet(now, one.expect, since, (*place, "expect"))]
        yield from found
        if found or now.end == "loop":
            return
    if not trial.take:
        yield from _looped(now, ())
    if now.end != "loop":
        yield from _unmet(now, trial.expect, since, ("expect",))


def played(now: Walk, step: Step, number: int) -> Walk | Failure:
    """A walk after one more step; ``number`` counts from 0."""
    if step == Step():  # it only expects something
        return now
    name = f"step {number + 1}, `{step}`,"
    if now.end and (now.end != "transfer" or step.moves):
        over = _over(now, step, name)
        if over:
            return over
    if not step.moves:
        return walk.given(now, step.sets)
    ready = walk.with_values(now, step.sets) if step.sets else now
    turn = steps.chosen(ready, step)
    if isinstance(turn, Refused):
        return _refused(ready, step, name, turn)
    return walk.take(ready, turn)


def _over(now: Walk, step: Step, name: str) -> Failure | None:
    """A failure if the walk has ended before a step."""
    if now.end == "transfer" and not isinstance(steps.chosen(now, step), Refused):
        return None
    message = f"the walk has ended at `{now.at}` {ENDS[now.end]} before {name}".rstrip(",")
    allowed = "; ".join(map(steps.told, now.choices))
    hint = "take the step out, or another way before it"
    return Failure(place=(), message=message, found=_state(now), allowed=allowed, hint=hint)


ENDS = {
    "end_call": "(the call ends there)",
    "transfer": "(the call is transferred there)",
    "nowhere": "(that exit leads nowhere)",
    "stuck": "(no exit is open there)",
    "loop": "(it runs in a ring)",
    "unreadable": "(that node has no readable form)",
}
"""Why a walk has ended, in words."""


def _refused(now: Walk, step: Step, name: str, refused: Refused) -> Failure:
    possible = possibilities(now)
    message = f"{name} names no exit of `{now.at}`"
    hint = steps.nearest(now, step)
    if refused.why == "several":
        message = f"{name} fits {len(refused.turns)} exits of `{now.at}`"
        possible = "; ".join(map(steps.told, refused.turns[:_LISTED]))
        hint = "name the target too, such as `{ natural_language: …, to: SLUG }`"
    elif refused.why == "disabled":
        message = f"{name} names a disabled exit of `{now.at}`"
        hint = "a disabled exit is never taken; remove `enabled: false`, or take another"
    elif refused.why == "closed":
        message = f"{name} names an exit of `{now.at}` whose equation does not hold"
        hint = f"the exit: {steps.told(refused.turns[0])}"
    return Failure(place=(), message=message, found=_state(now), allowed=possible, hint=hint)


def possibilities(now: Walk) -> str:
    """What is possible at the node of a walk, in words."""
    shown = [*map(steps.told, now.choices[:_LISTED])]
    more = len(now.choices) - len(shown)
    return "; ".join(shown) + (f" and {more} more" if more else "")


def values(now: Walk) -> str:
    """The variables of a walk that have a value, those that were set last first."""
    changed = [one.text for one in reversed(now.events) if one.kind == "sets"]
    names = [*dict.fromkeys([*changed, *now.variables])]
    told = [
        f"{name} = {shortened(text_of(now.variables[name]), _LONGEST)}"
        for name in names
        if name in now.variables and now.variables[name] not in (None, "")
    ]
    more = len(told) - _LISTED
    return (
        ", ".join(told[:_LISTED]) + (f" and {more} more" if more > 0 else "") or "no variable set"
    )


def _state(now: Walk) -> str:
    return f"at `{now.at}`, with {values(now)}"


def _looped(now: Walk, place: Place) -> Iterator[Failure]:
    if now.end == "loop":
        ring = [*now.ring, now.ring[0]]
        way = " → ".join(ring[:_LISTED]) + (" → …" if len(ring) > _LISTED else "")
        message = f"the walk from `{now.ring[0]}` runs in a ring in which no exit needs a choice"
        hint = "a call would never end: let a node of the ring wait for the caller"
        yield Failure(place=place, message=message, found=f"{way}; {values(now)}", hint=hint)


def _unmet(now: Walk, expect: Expected, since: int, place: Place) -> Iterator[Failure]:
    """Each thing that is not as expected."""
    if expect.node and expect.node != now.at:
        yield _elsewhere(now, expect.node, (*place, "node"))
    for kind, texts in (("says", expect.says), ("prompt", expect.prompt)):
        for number, text in enumerate(texts):
            spot = (*place, kind, number) if len(texts) > 1 else (*place, kind)
            yield from _unsaid(now, kind, text, since, spot)
    for name, wanted in expect.variables.items():
        yield from _otherwise(now, name, wanted, (*place, "vars", name))


def _elsewhere(now: Walk, node: str, place: Place) -> Failure:
    """The walk is at another node."""
    possible = possibilities(now)
    if node not in now.views:
        hint = meant(node, now.views, f"its nodes: {listed(now.views, node)}")
        message = f"the flow has no node `{node}`"
        return Failure(place=place, message=message, found=f"the walk is at `{now.at}`", hint=hint)
    seen = [one.node for one in now.events if one.kind == "enters"]
    if now.end:
        message = f"the walk ends at `{now.at}`, not at `{node}` {ENDS[now.end]}"
    elif node in _reachable(now):
        message = f"too few steps: the walk waits at `{now.at}` and has not reached `{node}`"
    else:
        message = f"the walk waits at `{now.at}`, not at `{node}`"
    hint = f"its way: {_way(seen)}"
    if message.startswith("too few"):
        hint = "add the steps that lead there"
    return Failure(place=place, message=message, found=_state(now), allowed=possible, hint=hint)


def _way(slugs: Sequence[str]) -> str:
    return "… → " * (len(slugs) > _LISTED) + " → ".join(slugs[-_LISTED:])


def _reachable(now: Walk) -> set[str]:
    """The nodes that further steps may lead to."""
    found: set[str] = set()
    waiting = [turn.to for turn in now.choices]
    while waiting:
        slug = waiting.pop()
        if slug and slug in now.views and slug not in found:
            found.add(slug)
            waiting += [turn.to for turn in turns_of(plain(now.views[slug])) if turn.enabled]
    return found


def _unsaid(now: Walk, kind: str, text: str, since: int, place: Place) -> Iterator[Failure]:
    """A text that was not said, or that no prompt contains, since the last chosen exit."""
    wanted = _blanks(str(filled(text, now.variables)))
    spoken = [one for one in now.events[since:] if one.kind in ("says", "prompt")]
    if any(one.kind == kind and wanted in _blanks(one.text) for one in spoken):
        return
    quoted = shortened(text, _SHOWN)
    message = f'the walk does not say "{quoted}"'
    if kind == "prompt":
        message = f'no prompt contains "{quoted}"'
    told = [f'"{shortened(_blanks(one.text), _SHOWN)}"' for one in spoken if one.kind == kind]
    yield Failure(
        place=place,
        message=f"{message} after the last step, up to `{now.at}`",
        found=", ".join(told[-3:]) or ("nothing said" if kind == "says" else "no prompt"),
        hint=_where(now, kind, wanted, since),
    )


def _where(now: Walk, kind: str, wanted: str, since: int) -> str:
    """A hint: the node that has the text in another way."""
    other = "prompt" if kind == "says" else "says"
    for one in now.events[since:]:
        if one.kind == other and wanted in _blanks(one.text):
            if kind == "says":
                told = (
                    f"the prompt of `{one.node}` contains it, which a model puts in its own words"
                )
                return f"{told}: expect it with `prompt:`"
            return f"`{one.node}` says it literally: expect it with `says:`"
    for one in now.events[:since]:
        if one.kind == kind and wanted in _blanks(one.text):
            return f"`{one.node}` has it, before the last step: expect it there, with that step"
    return ""


def _blanks(text: str) -> str:
    return " ".join(text.split())


def _otherwise(now: Walk, name: str, wanted: Json, place: Place) -> Iterator[Failure]:
    """A variable with another value than expected."""
    found = now.variables.get(name)
    none = found in (None, "")
    if (wanted in (None, "") and none) or (not none and alike(found, wanted)):
        return
    if none:
        known = {*now.variables, *SYSTEM, *_names(now)}
        hint = meant(name, known - {name}) if name not in known else ""
        message = f"variable `{name}` has no value at `{now.at}`"
        shown = _state(now)
    else:
        hint, message = "", f"variable `{name}` has another value at `{now.at}`"
        shown = f'"{shortened(text_of(found), _SHOWN)}"'
    allowed = f'"{shortened(text_of(wanted), _SHOWN)}"' if wanted not in (None, "") else "no value"
    yield Failure(place=place, message=message, found=shown, allowed=allowed, hint=hint)


def _names(now: Walk) -> Iterator[str]:
    """The variables that any node extracts or sets."""
    for view in now.views.values():
        yield from walk.extracted(view)
        static = plain(view).get("staticVariables")
        yield from static if isinstance(static, dict) else ()
