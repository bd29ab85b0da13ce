"""The exits of a flow's nodes in words, in any language. Pure.

Slugs and variables are in backticks, texts of people in the language's quotes. None of these signs
is left in what they enclose, so that a printer can tell our words from others'.
"""

from collections.abc import Iterator

from reconciler.kinds.flow.outline import Exit
from reconciler.kinds.flow.turns import Turn
from reconciler.render.labels import ENGLISH, Phrases
from reconciler.render.sanitize import one_line
from reconciler.text.wording import shortened

LONGEST = 240
"""Characters of a text that are shown."""
_SHORT = 120
"""A longer condition that changed is compared word by word."""
_NAME = 60
TESTS = {
    "equals": "{name} is {value}",
    "not_equals": "{name} is not {value}",
    "greater_than": "{name} is more than {value}",
    "less_than": "{name} is less than {value}",
    "greater_than_or_equal": "{name} is at least {value}",
    "less_than_or_equal": "{name} is at most {value}",
    "contains": "{name} contains {value}",
    "not_contains": "{name} does not contain {value}",
    "exists": "{name} is set",
    "not_exists": "{name} is not set",
    "is_empty": "{name} is empty",
    "is_not_empty": "{name} is not empty",
    "regex": "{name} matches {value}",
}
"""The tests of equations in words, by the API's operators."""
_QUOTES = str.maketrans({"“": '"', "”": '"', "«": '"', "»": '"', "`": "'"})
_KEYS = (*"0123456789*#",)
_AT_ONCE = ("auto", "next")


def name(slug: str) -> str:
    """A slug or a variable, as code."""
    return f"`{one_line(shortened(slug, _NAME)).translate(_QUOTES)}`"


def quoted(text: str, say: Phrases = ENGLISH, most: int = LONGEST) -> str:
    """A text of people, short and harmless."""
    opened, closed = "«»" if say.language == "ar" else "“”"
    shown = one_line(shortened(" ".join(text[: 2 * most].split()), most))
    return f"{opened}{shown.translate(_QUOTES)}{closed}"


def plain(text: str) -> str:
    """The same words without the signs around names."""
    return text.replace("`", "")


def when(one: Exit, say: Phrases = ENGLISH, most: int = LONGEST) -> str:
    """The condition of an exit in words."""
    match one.when:
        case "natural_language" if one.detail.strip():
            return say("when {words}", words=quoted(one.detail, say, most))
        case "natural_language":
            return say("without a condition")
        case "dtmf":
            return say("on key {key}", key=one.detail if one.detail in _KEYS else name(one.detail))
        case "all" | "any" if one.tests:
            joined = say(" and ") if one.when == "all" else say(" or ")
            told = joined.join(_test(*test, say=say, most=most) for test in one.tests)
            return say("when {words}", words=told)
        case "auto" | "next":
            return say("then")
        case "always" | "else":
            return say("otherwise")
        case "after_user_reply":
            return say("after the caller's reply")
        case "on_success":
            return say("on success")
        case "on_failure":
            return say("on failure")
    return say("on a condition of an unknown form")


def _test(variable: str, operator: str, value: str, *, say: Phrases, most: int) -> str:
    values = {"name": name(variable), "value": _value(value, say, most)}
    if operator in TESTS:
        return say(TESTS[operator], **values)
    return f"{values['name']} {name(operator)} {values['value']}".rstrip()


def _value(value: str, say: Phrases, most: int) -> str:
    """A number as it is, anything else in quotes."""
    bare = value.isascii() and value.replace(".", "", 1).removeprefix("-").isdigit()
    return value if bare and len(value) < _NAME else quoted(value, say, most)


def is_long(turn: Turn) -> bool:
    """Whether a condition is a text too long for a sentence: its words need a comparison."""
    return any(len(one.detail) > _SHORT for one in (turn.before, turn.after) if one)


def sentences(slug: str, turn: Turn, say: Phrases = ENGLISH) -> Iterator[str]:
    """What changed about an exit of a node, each in one sentence; nothing if nothing did."""
    for how in turn.how:
        yield _sentence(how, slug, turn, say)


def listed(turn: Turn, say: Phrases = ENGLISH) -> str:
    """An exit of a node that is new or taken out as a whole."""
    one = turn.after or turn.before or Exit(when="")
    target = _target(one, say)
    told = say("to {target}", target=target) if one.to is not None else target
    off = "" if one.enabled else say("switched off")
    return f"{when(one, say)}: {say.joined((told, off))}"


def _sentence(how: str, slug: str, turn: Turn, say: Phrases) -> str:
    now = turn.after or turn.before or Exit(when="")
    was = turn.before or now
    head = say("from {node}", node=name(slug))
    if how == "when":
        head = say("from {node} to {target}", node=name(slug), target=_target(now, say))
        if is_long(turn):
            return f"{head}: {say('another wording, shown below')}"
        told = {"after": when(now, say), "before": when(was, say)}
        return f"{head}: {say('{after} instead of {before}', **told)}"
    if now.when not in _AT_ONCE:
        head = say.joined((head, when(now, say)))
    return f"{head}: {_what(how, now, was, turn.behind, say)}"


def _what(how: str, now: Exit, was: Exit, behind: Exit | None, say: Phrases) -> str:
    to = _target(now, say)
    match how:
        case "to" if now.to is None:
            return say("to nowhere instead of {before}", before=name(was.to or ""))
        case "to" if was.to is None:
            return say("to {after} instead of nowhere", after=to)
        case "to":
            return say("to {after} instead of {before}", after=to, before=name(was.to or ""))
        case "added" if now.enabled:
            return say("new exit to {target}", target=to)
        case "added":
            return say("new exit to {target}, switched off", target=to)
        case "removed":
            return say("no exit to {target} any more", target=to)
        case "off":
            return say("to {target}, switched off now", target=to)
        case "on":
            return say("to {target}, switched on now", target=to)
    if behind is None:
        return say("to {target}, checked first now", target=to)
    told = {"target": to, "other": when(behind, say)}
    return say("to {target}, checked now after the exit {other}", **told)


def _target(one: Exit, say: Phrases) -> str:
    return name(one.to) if one.to is not None else say("nowhere")
