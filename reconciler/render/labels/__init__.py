"""The fixed words of a report, in one language: headings, counts, causes, states. Pure.

The English text is a phrase's name, so that code reads like its result; ``arabic`` has the same
phrases in Arabic. People's values, field names, keys and commands are never translated.

Below the class are sentences that several printers show in the same words.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache

from reconciler.late import dataclass, pattern
from reconciler.render.bidi import directed, isolated
from reconciler.render.sanitize import label, when
from reconciler.render.view import Beside, Listed, Passage, Shared, Sheet
from reconciler.text.plurals import Plural

GROUP_TITLES = {
    "spoken": "spoken at once",
    "behaviour": "behaviour",
    "reach": "reach",
    "silent": "silent",
    "cosmetic": "cosmetic",
}
_NAMED = 4
_SOME = 5
FOLDS = ("same", "shared", "left")
"""Kinds of passages that show no words: see ``fold``."""
_VALUE = pattern(r"\{(\w+)\}")
_THINGS = pattern(
    r"(?P<things>\d+ [a-z]+(?: and \d+ [a-z]+)*) (?P<state>not compared|[a-z]+( and changed)?)"
)
_NUMBER = pattern(r"\d[\d,]*")


@dataclass(frozen=True)
class Phrases:
    """The phrases of a language by their English text; ``nouns`` are counted."""

    language: str
    phrases: Mapping[str, str | Plural] = field(default_factory=dict)
    nouns: Mapping[str, Plural] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    comma: str = ", "
    semicolon: str = "; "

    def __call__(self, english: str, /, **values: object) -> str:
        """A phrase with its values; a plural one takes the form for ``n``."""
        found = self.phrases.get(english, english)
        if not isinstance(found, str):
            return found(_number(values.get("n", 0)))
        return found.format(**values) if values else found

    def count(self, number: int, noun: str) -> str:
        """``2 agents``; in English for any noun with a plural in *s*."""
        if noun in self.nouns:
            return self.nouns[noun](number)
        return f"{number:,} {noun}{'s' * (number != 1)}"

    def told(self, english: str) -> str:
        """Translate a phrase made without a known language, keeping its numbers.

        Unknown phrases stay as they are.

        >>> say = of("ar")
        >>> say.told("found by its name"), say.told("agent 7 is of another make")
        ('عُثر عليه باسمه', 'agent 7 is of another make')
        """
        if "{" in english:  # a foreign text that looks like a phrase with its values
            return english
        numbers = _NUMBER.findall(english)
        name = _NUMBER.sub("{n}", english)
        if name in self.phrases and len(numbers) < 2:
            return self(name, n=numbers[0] if numbers else 0)
        for message, template in self.messages.items():
            found = _pattern(message).fullmatch(english)
            if found:
                return template.format(**found.groupdict())
        return english

    def counts(self, english: str) -> str:
        """Translate phrases joined by commas, each as by ``told``."""
        return self.comma.join(map(self._counted, english.split(", ")))

    def _counted(self, english: str) -> str:
        """Translate one of these, also with counted things: ``2 rows and 1 line moved``."""
        found = _THINGS.fullmatch(english)
        if not found:
            return self.told(english)
        pairs = (one.split(" ") for one in found["things"].split(" and "))
        things = [self.count(_number(number), noun.removesuffix("s")) for number, noun in pairs]
        return self(f"{{things}} {found['state']}", things=self.both(things))

    def both(self, items: Sequence[str]) -> str:
        """A short list: ``2 rows and 1 line``."""
        return self(" and ").join(items)

    def joined(self, items: Iterable[str]) -> str:
        """The non-empty items, as a list."""
        return self.comma.join(filter(None, items))

    def line(self, text: str) -> str:
        """A text of ours for a line that runs left to right, in any language."""
        return text if self.language == "en" else directed(text, self.language)


@cache
def _pattern(message: str) -> re.Pattern[str]:
    """The pattern of a message with its values."""
    parts = _VALUE.split(message)
    named = (re.escape(one) if i % 2 == 0 else f"(?P<{one}>.+?)" for i, one in enumerate(parts))
    return re.compile("".join(named), re.DOTALL)


def _number(value: object) -> int:
    return int(str(value).replace(",", ""))


ENGLISH = Phrases("en")


def of(language: str) -> Phrases:
    """The phrases of ``en`` or ``ar``."""
    return ENGLISH if language == "en" else _arabic()


@cache
def _arabic() -> Phrases:
    from reconciler.render.labels.arabic import MESSAGES, NOUNS, PHRASES  # noqa: PLC0415 - long

    return Phrases("ar", PHRASES, NOUNS, MESSAGES, comma="، ", semicolon="؛ ")


def title(group: str, say: Phrases = ENGLISH) -> str:
    """The heading of an impact group."""
    return say(GROUP_TITLES[group])


def fold(passage: Passage, following: str = "", say: Phrases = ENGLISH) -> str:
    """A passage without words: ``⋯ 12 unchanged: Role · Rules``.

    The heading that is ``following`` is shown right below.
    """
    if passage.kind == "left":
        return f"… {say.line(say('and {things}', things=things(passage, 'more changed ', say)))}"
    if passage.kind == "shared":
        told = numbers((passage.shared,), say)
        return f"⋯ {say.line(say('{n} in {changes}', n=passage.count, changes=told))}"
    names = passage.inside[:-1] if passage.inside[-1:] == (following,) else passage.inside
    inside = [isolated(name) for name in names]
    more = f" · +{len(inside) - _NAMED}" if len(inside) > _NAMED else ""
    under = f": {' · '.join(inside[:_NAMED])}{more}" if inside else ""
    return f"⋯ {say.line(say('{n} unchanged', n=passage.count) + under)}"


def moved(passage: Passage, say: Phrases = ENGLISH) -> str:
    """Where passages were before: ``moved here from line 12, «Opening»``."""
    line = say(" from line {line}", line=passage.old_line) if passage.old_line else ""
    place = f"{say.comma}«{isolated(passage.moved_from)}»" if passage.moved_from else ""
    more = say("{n} more moved along", n=passage.count - 1) if passage.count > 1 else ""
    told = say("moved here{line}{place}", line=line, place=place)
    return say.line(say.semicolon.join(filter(None, (told, more))))


def things(one: Passage, word: str = "", say: Phrases = ENGLISH) -> str:
    """Counted passages, nouns after ``word``: ``3 unchanged paragraphs and 1 unchanged row``."""
    plain = one.count - one.rows - one.lines
    counts = {"paragraph": plain, "row": one.rows, "line": one.lines}
    return say.both([say.count(n, f"{word}{noun}") for noun, n in counts.items() if n])


def spread(one: Shared, say: Phrases = ENGLISH) -> str:
    """The number of agents, or agents in environments, that share a change, in words."""
    number = len(one.agents)
    if one.projects:
        agents, projects = say.count(number, "agent"), say.count(len(one.projects), "project")
        return say("on {agents} of {projects}", agents=agents, projects=projects)
    if one.places:
        return say("at {places}", places=say.count(number, "place"))
    return say("on {agents}", agents=say.count(number, "agent"))


def shared_by(one: Shared, say: Phrases = ENGLISH) -> str:
    """Agents with a shared change: ``shared change 1, on 3 agents: a, b, c; different on d``."""
    names = _some(one.odd, say) if one.projects else say.comma.join(one.odd)
    odd = say("different on {names}", names=names) if one.odd else ""
    head = say("shared change {number}, {spread}", number=one.number, spread=spread(one, say))
    told = f"{head}: {_some(one.named, say) if one.projects else say.comma.join(one.agents)}"
    return say.line(say.semicolon.join(filter(None, (told, odd))))


def _some(names: Sequence[str], say: Phrases) -> str:
    """Some of many names, and how many more; a single remaining one is named too."""
    left = len(names) - _SOME
    if left <= 1:
        return say.comma.join(names)
    return say.comma.join(names[:_SOME]) + say(" and {n} more", n=left)


def numbers(found: Sequence[int], say: Phrases = ENGLISH) -> str:
    """Shared changes by number: ``shared change 1``, ``shared changes 1, 2``."""
    told = say.comma.join(map(str, found))
    if len(found) == 1:
        return say("shared change {numbers}", numbers=told)
    return say("shared changes {numbers}", numbers=told)


def listed(item: Listed) -> str:
    """An item of a list, on one line."""
    who = isolated(item.who)
    if item.field:
        return f"{who} {item.field}" + (f" ({isolated(item.said)})" if item.said else "")
    return f"{who}: {isolated(item.said)}" if item.said else who


def everywhere(count: int, say: Phrases = ENGLISH) -> str:
    """The heading above values that are the same in several environments."""
    return say("The same in all of these environments ({n})", n=count)


def rest(beside: Beside, say: Phrases = ENGLISH) -> str:
    """The line for agents, or projects, without anything else to report."""
    if beside.rest:
        return beside.rest
    count = len(beside.quiet)
    return say("{agents} in sync in all of these environments", agents=say.count(count, "agent"))


def origin(sheet: Sheet, say: Phrases = ENGLISH) -> Iterator[tuple[str, str]]:
    """The origin of a report: names and non-empty values."""
    told = {say("environment"): sheet.environment, say("host"): host(sheet.url)}
    if sheet.origin:
        told[say("made")] = f"{when(sheet.origin.at)} UTC"
        told[say("commit")] = short(sheet.origin.commit)
        told["reconciler"] = sheet.origin.tool
    told[say("plan digest")] = sheet.digest
    yield from ((name, label(value)) for name, value in told.items() if value)
    if sheet.origin and sheet.beside:
        for place, digest in zip(sheet.beside.columns, sheet.beside.digests, strict=False):
            yield say("plan digest of {place}", place=place), digest


def short(commit: str) -> str:
    """A short commit id, with the ``+`` for uncommitted edits."""
    return f"{commit[:7]}{'+' * commit.endswith('+')}"


def host(url: str) -> str:
    """The host of a URL, without scheme and path; several stay several.

    >>> host("https://api.tryhamsa.com/v1, sandbox")
    'api.tryhamsa.com, sandbox'
    """
    return ", ".join(one.partition("://")[2].partition("/")[0] or one for one in url.split(", "))
