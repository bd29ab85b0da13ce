"""A walk through a flow as text: a paragraph for each node that it enters. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.kinds.flow.outline import Exit
from reconciler.kinds.flow.values import text_of
from reconciler.kinds.flow.walk import Event, Turn, Walk
from reconciler.render.conditions import plain, when
from reconciler.render.labels import ENGLISH, Phrases
from reconciler.render.sanitize import label, one_line

Line = tuple[str, str]
"""A mark and a text; a heading has no mark."""

_LONGEST = 200


def asked(say: Phrases = ENGLISH) -> str:
    """What a person at a terminal is asked at a node."""
    return say("Number, words, NAME=VALUE, ? for variables, b for back, q to quit") + ": "


def events(
    found: Sequence[Event], say: Phrases = ENGLISH, *, whole: bool = False
) -> Iterator[Line]:
    """What happened: a heading for each node that was entered, and its lines below.

    Of a prompt there is only the first line, unless the ``whole`` is wanted.
    """
    for one in found:
        yield from _event(one, say, whole=whole)


def _event(one: Event, say: Phrases, *, whole: bool) -> Iterator[Line]:
    match one.kind:
        case "enters":
            yield "", "  ".join(filter(None, (one_line(one.node), one_line(one.text))))
        case "returns":
            yield "", say("{node}, back again", node=one_line(one.node))
        case "says":
            for line in one.text.strip().split("\n"):
                yield say("says"), one_line(line)
        case "prompt":
            yield from ((say("prompt"), line) for line in _prompt(one.text, say, whole=whole))
        case "sets":
            yield say("sets"), f"{one_line(one.text)} = {value(one.value)}"
        case "extracts":
            yield say("extracts"), say.comma.join(map(one_line, one.value))
        case "tested" if one.turn and one.holds is not True:
            said = say("not known here") if one.holds is None else say("does not hold")
            yield say("tests"), f"{condition(one.turn, say)}: {said}"
        case "goes" if one.turn:
            yield "→", told(one.turn, say)


def _prompt(text: str, say: Phrases, *, whole: bool) -> Iterator[str]:
    first, *more = text.strip().split("\n")
    if whole:
        yield from map(one_line, (first, *more))
    else:
        rest = say("… and {lines}", lines=say.count(len(more), "line")) if more else ""
        yield f"{label(first)} {rest}".rstrip()


def value(found: object) -> str:
    """A value on one line, short."""
    return label(text_of(found), _LONGEST) or '""'


def condition(turn: Turn, say: Phrases = ENGLISH) -> str:
    """The condition of an exit in words."""
    if turn.when == "return":
        return say("return")
    tests = tuple((name, sort, text_of(wanted)) for name, sort, wanted in turn.tests)
    words = plain(when(Exit(when=turn.when, detail=turn.detail, tests=tests), say))
    return say("anywhere: {words}", words=words) if turn.anywhere else words


def told(turn: Turn, say: Phrases = ENGLISH) -> str:
    """An exit in words, with its target."""
    return f"{condition(turn, say)}: {one_line(turn.to) if turn.to else say('nowhere')}"


def choices(now: Walk, say: Phrases = ENGLISH) -> Iterator[Line]:
    """The choices at the node of a walk, numbered; and why it has ended, if it has."""
    if now.end:
        yield "■", end(now, say)
    for number, turn in enumerate(now.choices, 1):
        yield str(number), told(turn, say)


def end(now: Walk, say: Phrases = ENGLISH) -> str:
    """Why a walk has ended."""
    match now.end:
        case "end_call":
            return say("the call ends")
        case "transfer":
            return say("the call is transferred")
        case "nowhere":
            return say("this exit leads nowhere")
        case "stuck":
            return say("no exit is open here")
        case "loop":
            way = " → ".join(map(one_line, (*now.ring[:8], *now.ring[:1])))
            return say("the exits lead round in a ring: {way}", way=way)
    return say("this node has no readable form")


def variables(now: Walk, say: Phrases = ENGLISH) -> Iterator[Line]:
    """The variables of a walk that have a value, in the order in which they got their first."""
    known = [(name, found) for name, found in now.variables.items() if found not in (None, "")]
    yield from [("", say("Variables"))] if known else []
    yield from (("·", f"{one_line(name)} = {value(found)}") for name, found in known)
