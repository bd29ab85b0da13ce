"""What is odd in the words that files declare: rules as data, and what they find. Pure.

Only prose is looked at: what a caller hears or the model reads. A text from a secret is skipped.
Where a finding stands in which file is for others to tell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from reconciler.api.fields import Table
from reconciler.engine import characters, placeholders
from reconciler.errors import meant
from reconciler.model import Fields, Json

Level = Literal["off", "warn", "error"]
"""What a finding is: not told, told, or a mistake that stops the run."""

Place = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: its usual level, a sentence on what it finds, and what to do about it."""

    name: str
    level: Level = "warn"
    description: str
    help: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One odd thing: in which leaf, and at which character of the text there.

    ``path`` are the steps to a text: of ``params``, with the key; of a list, with the index.
    ``offset`` is None where the key is odd, and not something in its text.
    """

    rule: str
    path: Place
    offset: int | None = 0
    message: str
    found: str = ""
    allowed: str = ""
    hint: str = ""


_MOST = 100
"""Findings of one rule in one agent, and names that a hint is looked for in: enough to see why."""

RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            name="undefined-placeholder",
            description="A text uses a placeholder that the agent's own params do not fill",
            help="add it to the params, or see to it that every caller passes it",
        ),
        Rule(
            name="unused-param",
            description="A param fills no placeholder of any text",
            help="use it in a text, or take it out",
        ),
        Rule(
            name="malformed-placeholder",
            description="Double braces name nothing, so that nothing can fill them",
            help="write the name alone between two braces on each side, on one line",
        ),
        Rule(
            name="bidi-control",
            description="A character that nobody sees turns the order in which a text is shown",
            help="delete it, and write the text in the order in which it is spoken",
        ),
        Rule(
            name="invisible-character",
            description="A character that nobody sees stands in a text, and the model reads it",
            help="delete it, or put an ordinary space in its place",
        ),
        Rule(
            name="lookalike-letter",
            description="A letter looks like another one that is usual in Arabic",
            help="type the usual letter, so that a search finds the word and a voice knows it",
        ),
        Rule(
            name="mixed-digits",
            description="One text has digits of several writing systems",
            help="write all digits of a text in one system",
        ),
        Rule(
            name="decomposed-text",
            description="A letter is written as several characters where there is one for it",
            help="save the text in its composed form (NFC)",
        ),
    )
}

_ODD = {
    "bidi-control": "a bidi control",
    "invisible-character": "a character that nobody sees",
    "lookalike-letter": "a letter that looks like another one",
    "mixed-digits": "digits of several writing systems",
    "decomposed-text": "a letter in several characters",
}


def findings(table: Table, fields: Fields, unseen: frozenset[str]) -> list[Finding]:
    """What is odd in the declared prose, field by field in the table's order.

    ``unseen`` are prose leaves of which ``fields`` does not tell all that is live: left to the
    dashboard, not to be resolved here, or another in some environment. No placeholder is called
    undefined where the params are unseen. No param is called unused where a text is, or where a
    text is not declared that every agent has: the greeting and the prompt. Undeclared pokes and
    outcomes do not matter: a new agent has none.
    """
    texts = {
        path: list(_texts(fields[path], tuple(path.split("."))))
        for path in (field.path for field in table if field.fact.prose)
        if path in fields
    }
    found = [
        one for inside in texts.values() for place, text in inside for one in _odd(place, text)
    ]
    spoken = [one for path, inside in texts.items() if path != table.params_path for one in inside]
    found += [one for place, text in spoken for one in _malformed(place, text)]
    params = fields.get(table.params_path)
    if not isinstance(params, Mapping) or table.params_path in unseen:
        return found
    names = [name for name in params if isinstance(name, str)]  # others are told elsewhere
    found += _undefined(spoken, names)
    if not unseen and all(path in fields for path in _always_there(table)):
        found += _unused(spoken, names, tuple(table.params_path.split(".")))
    return found


def _texts(value: Json, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text inside a value with its place; no secret, no key of a mapping."""
    match value:
        case str():
            yield place, value
        case Mapping():
            for name, item in value.items():
                yield from _texts(item, (*place, name))
        case list():
            for index, item in enumerate(value):
                yield from _texts(item, (*place, index))


def _always_there(table: Table) -> list[str]:
    """The texts that a new agent has words in although nobody wrote some."""
    named = (field for field in table if field.fact.prose and isinstance(field.fact.default, str))
    return [field.path for field in named if field.fact.default]


def _odd(place: Place, text: str) -> Iterator[Finding]:
    for one in characters.odd(text):
        yield Finding(
            rule=one.rule,
            path=place,
            offset=one.offset,
            message=f"{_ODD[one.rule]}: {one.name}",
            found=" ".join(f"U+{ord(character):04X}" for character in one.found),
            hint=RULES[one.rule].help,
        )


def _malformed(place: Place, text: str) -> Iterator[Finding]:
    rule = RULES["malformed-placeholder"]
    for one in islice(placeholders.malformed(text), _MOST):
        yield Finding(
            rule=rule.name,
            path=place,
            offset=one.offset,
            message=one.why,
            found=characters.named(one.found),
            allowed="`{{name}}`",
            hint=rule.help,
        )


def _undefined(texts: list[tuple[Place, str]], params: list[str]) -> Iterator[Finding]:
    """Each name that no param has, where it first stands."""
    rule = RULES["undefined-placeholder"]
    first: dict[str, Finding] = {}
    for place, text in texts:
        for one in placeholders.used(text):
            if one.name not in params and one.name not in first:
                said = f"`{{{{{one.name}}}}}` is not in `params`"
                first[one.name] = Finding(
                    rule=rule.name,
                    path=place,
                    offset=one.offset,
                    message=f"{said}: callers must pass it, or it is spoken as a blank",
                    hint=meant(one.name, params[:_MOST], rule.help),
                )
    yield from list(first.values())[:_MOST]


def _unused(texts: list[tuple[Place, str]], params: list[str], place: Place) -> Iterator[Finding]:
    rule = RULES["unused-param"]
    used = placeholders.names([text for _, text in texts])
    for name in params:
        if name not in used:
            yield Finding(
                rule=rule.name,
                path=(*place, name),
                offset=None,
                message=f"`{name}` fills no placeholder",
                hint=rule.help,
            )
