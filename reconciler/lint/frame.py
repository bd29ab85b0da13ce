"""What a rule is, what it gets, and what it finds. Pure.

A rule set is one file: functions from a :class:`Subject` to findings, and a :class:`RuleSet` with a
:class:`Rule` for each. Everything else (levels, `validate`, the reports, the page of rules, the
JSON Schemas) is derived from these, so that a new rule is one entry in one file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache, lru_cache
from itertools import takewhile

from reconciler.engine import placeholders
from reconciler.errors import Level
from reconciler.jsonvalues import SCALARS, Fields, Json
from reconciler.kinds import registry
from reconciler.kinds.flow import declared
from reconciler.kinds.flow.graph import Graph
from reconciler.late import cached_property, dataclass, pattern
from reconciler.schema import paths
from reconciler.schema.kind import Kind, Role
from reconciler.schema.table import Field
from reconciler.text import characters, tokens

Place = tuple[str | int, ...]
Text = tuple[Place, str]

_FILLED = pattern(r"\{\{[^{}\n]*\}\}|\{%[^{}\n]*%\}")

MOST = 100
"""Findings of one rule in one agent, and names searched for a hint: enough to see why."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding: in which leaf, and at which character of its text.

    ``path`` are the steps to a text: in ``params``, with the key; in a list, with the index. It is
    empty for the text of the agent's file itself. ``offset`` is None if the finding is about the
    key, not about its text. ``found`` never contains a secret. The frame fills in ``rule``, and
    ``hint`` if the check has no better one.
    """

    rule: str = ""
    path: Place
    offset: int | None = 0
    message: str
    found: str = ""
    allowed: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One agent, as the rules see it.

    ``unseen`` are prose leaves whose full live text is not in ``fields``. ``source`` is the agent's
    file as written, comments included. ``limits`` are by rule. Texts are returned with possible
    secrets crossed out, so that no finding can show them.
    """

    kind: Kind
    fields: Fields
    unseen: frozenset[str] = frozenset()
    source: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    """Values of secrets by name, which no text may contain."""

    @cached_property
    def _by_leaf(self) -> Mapping[str, tuple[Text, ...]]:
        """The texts of each declared leaf that has any."""
        found: dict[str, tuple[Text, ...]] = {}
        for path, value in self.fields.items():
            if isinstance(value, str):
                found[path] = ((self.kind.place(path, self.fields), value),)
            elif type(value) not in SCALARS and (inside := self._texts(path, value)):
                found[path] = inside
        return found

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """Every declared text as written, secrets in it not crossed out."""
        return tuple(one for texts in self._by_leaf.values() for one in texts)

    @cached_property
    def hidden(self) -> tuple[Text, ...]:
        """The keys of mappings in values, each with the mapping's place, if escapes may hide them.

        Others are found in the file as written.
        """
        if "\\" not in self.source:
            return ()
        found = ((self.kind.place(path, self.fields), value) for path, value in self.fields.items())
        return tuple(one for place, value in found for one in _keys(value, place))

    @cached_property
    def tokens(self) -> tuple[tuple[Place, tokens.Token], ...]:
        """What looks like a key: in the file as written, and in texts of other files."""
        searched = (*self.texts, *self.hidden)
        found = tokens.among([self.source, *(text for _, text in searched)])
        places = ((), *(place for place, _ in searched)) if found else ()
        return tuple((places[number], one) for number, one in found)

    @cached_property
    def _has_keys(self) -> bool:
        """Whether a text, besides the file, contains what looks like a key."""
        return any(place for place, _ in self.tokens)

    @cached_property
    def _prose(self) -> Mapping[str, tuple[Text, ...]]:
        """The texts of each leaf that a caller hears or a model reads, in the table's order."""
        found = self.kind.leaves_of(self.kind.prose, self.kind.ordered(self._by_leaf))
        made = self._crossed_out if self._has_keys else self._by_leaf.__getitem__
        return {path: made(path) for path in found}

    @cached_property
    def prose(self) -> tuple[Text, ...]:
        """The texts that a caller hears or a model reads, params included, in the table's order."""
        return tuple(one for texts in self._prose.values() for one in texts)

    def _crossed_out(self, path: str) -> tuple[Text, ...]:
        return tuple((place, tokens.crossed_out(text)) for place, text in self._by_leaf[path])

    def _texts(self, path: str, value: Json) -> tuple[Text, ...]:
        """The texts in a mapping or list, each with its place in the file.

        Keys of items have the items' places.
        """
        inside = texts(value, self.kind.place(path, self.fields))
        if not path.endswith(paths.ORDER):
            return tuple(inside)
        fact = self.kind[path.removesuffix(paths.ORDER)].fact
        return tuple(
            (((*listed, text) if fact.mapped else (*listed, index, fact.by)), text)
            for (*listed, index), text in inside
        )

    @cached_property
    def _in_nodes(self) -> tuple[Text, ...]:
        """The texts of a flow that are no prose, such as conditions and values for tools."""
        if self.kind.view is None:
            return ()
        names = (path for path in self._by_leaf if self.in_flow((paths.top(path),)))
        found = (path for path in names if path not in self._prose)
        return tuple(one for path in found for one in self._crossed_out(path))

    @cached_property
    def templates(self) -> tuple[Text, ...]:
        """The texts in which the API fills in names: ``filled``, and others of a flow."""
        return (*self.filled, *self._in_nodes)

    @cached_property
    def filled(self) -> tuple[Text, ...]:
        """The prose in which placeholders are filled: all but the params."""
        params = self.kind.role(Role.PARAMS)
        return tuple(one for path, ts in self._prose.items() if path != params for one in ts)

    @cached_property
    def said(self) -> tuple[Text, ...]:
        """The greeting, pokes and texts of nodes, if a caller hears them word for word."""
        aloud = {*self.kind.leaves_of(self.kind.spoken, self._prose)}
        params = self.kind.role(Role.PARAMS)
        return tuple(
            one
            for path, texts in self._prose.items()
            if path != params and (path in aloud or self.in_flow((paths.top(path),)))
            for one in texts
            if not self.is_prompted(one[0])
        )

    @cached_property
    def heard(self) -> tuple[Text, ...]:
        """``said``, and the params that fill its placeholders; numbers as digits."""
        used = dict.fromkeys(one.name for _, text in self.said for one in self.uses(text))
        values = [(name, self.params[name]) for name in used if name in self.params]
        spoken = [
            ((*self.place(Role.PARAMS), name), tokens.crossed_out(str(value)))
            for name, value in values
            if isinstance(value, str | int | float) and not isinstance(value, bool)
        ]
        return (*self.said, *spoken)

    @cached_property
    def aloud(self) -> str:
        """All that is heard, one text after the other, with blanks for placeholders."""
        return blanked("\n".join(text for _, text in self.heard))

    @cached_property
    def signs(self) -> str:
        """The different characters of all that is heard, and a line end."""
        return "".join({*self.aloud})

    def uses(self, text: str) -> tuple[placeholders.Used, ...]:
        """The placeholders of a text."""
        return _uses(text, self.kind) if "{" in text else ()

    @cached_property
    def used(self) -> tuple[tuple[Place, placeholders.Used], ...]:
        """The placeholders of all texts in which they are filled."""
        return tuple((place, one) for place, text in self.filled for one in self.uses(text))

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles of which the declared fields are."""
        return frozenset(role for role, path in self.kind.roles.items() if path in self.fields)

    @cached_property
    def odd(self) -> tuple[tuple[Place, characters.Odd], ...]:
        """The odd characters of all prose, and of the words in a flow that are none."""
        every = (*self.prose, *self._in_nodes)
        if characters.is_usual("\n".join(text for _, text in every)):
            return ()
        return tuple((place, one) for place, text in every for one in _odd(text))

    @cached_property
    def params(self) -> Mapping[str, Json]:
        """The declared params by name; keys that are not texts are reported elsewhere."""
        declared = self.fields.get(self.kind.role(Role.PARAMS))
        items = declared.items() if isinstance(declared, Mapping) else ()
        return {name: value for name, value in items if isinstance(name, str)}

    @cached_property
    def flow(self) -> Graph | None:
        """The declared flow; None if there is none."""
        return declared.graph(self.fields, (*self.params, *self.kind.system_names))

    def in_flow(self, place: Place) -> bool:
        """Whether a text is in the flow, whose variables have rules of their own."""
        return place[:1] == (declared.ROOT,)

    def of(self, role: Role) -> Json:
        """The declared value of the field with a role; None if it is not declared."""
        return self.fields.get(self.kind.role(role))

    def place(self, role: Role) -> Place:
        """The steps to the field with a role; empty if the kind has none."""
        path = self.kind.role(role)
        return _steps(path) if path else ()

    def text(self, role: Role) -> str:
        """The declared text of a role with secrets crossed out; empty if there is none."""
        value = self.of(role)
        if not isinstance(value, str):
            return ""
        return tokens.crossed_out(value) if self._has_keys else value

    def row(self, place: Place) -> Field:
        """The most specific row of a text."""
        steps: list[str] = []
        for step in place:
            inside = isinstance(step, int) or paths.joined(steps) in self.kind.mapped
            steps.append(paths.ANY if inside else str(step))
        depths = range(len(steps), 0, -1)
        found = (self.kind.fields.get(paths.joined(steps[:depth])) for depth in depths)
        return next(row for row in found if row)

    def is_prompted(self, place: Place) -> bool:
        """Whether a text is no words for callers, but a prompt: of a greeting, or in a flow."""
        if self.in_flow(place):
            return not (self.flow and self.flow.is_said(place[2:]))
        return place == self._prompted

    @cached_property
    def _prompted(self) -> Place | None:
        """The place of the greeting, if it is a prompt."""
        prompted = self.of(Role.GREETING_MODE) == self.kind.prompted_greeting
        return self.place(Role.GREETING) if prompted else None

    @cached_property
    def prompts(self) -> tuple[Text, ...]:
        """The prompt, and the prompts of a flow's nodes."""
        nodes = (one for one in self.filled if self.in_flow(one[0]) and self.is_prompted(one[0]))
        own = (self.place(Role.PROMPT), self.text(Role.PROMPT))
        return (own, *nodes) if self.kind.view else (own,)


Check = Callable[[Subject], Iterable[Finding]]


Needs = Callable[[Subject], object]
"""What an agent must have for a rule to find anything: few agents have what few rules look for.

Rules with the same needs share the function, for it is asked once for each agent.
"""


def anything(_: Subject) -> bool:
    """The needs of a rule that looks at every agent."""
    return True


def declares(*roles: Role) -> Needs:
    """A field with one of these roles is declared."""
    wanted = frozenset(roles)
    return lambda subject: not wanted.isdisjoint(subject.roles)


def hears(signs: str) -> Needs:
    """A caller hears one of these characters, a class of a regular expression."""
    found = pattern(signs)
    return lambda subject: found.search(subject.signs)


def says(signs: str) -> Needs:
    """A caller hears what a regular expression finds, which does not reach beyond a line."""
    found = pattern(signs)
    return lambda subject: found.search(subject.aloud)


def told_elsewhere(_: Subject) -> tuple[Finding, ...]:
    """The check of a rule whose findings are made while the files are read."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule as data, and its check.

    ``description`` says what it finds and ``why`` what that means to a caller, as sentences without
    the final stop; ``help`` says how to fix it. ``bad`` and ``good`` are agent files, in which
    fields are named by their roles (``<greeting>:``); see :func:`written`: the first violates this
    rule and no other, the second none. ``limit`` is the default, in ``unit``, for a rule that
    counts; 0 for others. The check is run only if its ``needs`` are met.
    """

    name: str
    level: Level = "warn"
    description: str
    why: str
    help: str
    bad: str
    good: str
    check: Check
    needs: Needs = anything
    limit: int = 0
    unit: str = ""


_API = pattern("api: (v[0-9]+)\n")
_LINE = pattern(r"  <(?P<role>[a-z ]+)>(?P<rest>:.*)")


def written(example: str, kind: Kind) -> str:
    r"""An example as a file of a kind: each role replaced by its field's name, nested as needed.

    Adjacent fields of one object share a mapping. An example that names its generation is of that
    one; one with fields that the kind does not have is of a generation that has them, and says so.
    """
    lines: list[str] = []
    inside: list[str] = []
    roles = {Role(found["role"]) for line in example.splitlines() if (found := _LINE.match(line))}
    named = _API.match(example)
    if named:
        kind = registry.kind(kind.name, named[1])
    elif not roles <= kind.roles.keys():
        kind = next(one for one in registry.kinds(kind.name) if roles <= one.roles.keys())
        lines.append(f"api: {kind.api}")
    for line in example.splitlines():
        found = _LINE.match(line)
        if found:
            *parents, leaf = kind.role(Role(found["role"])).split(".")
            same = takewhile(lambda pair: pair[0] == pair[1], zip(parents, inside, strict=False))
            shared = len([*same])
            opened = enumerate(parents[shared:], shared + 1)
            lines += [f"{'  ' * depth}{name}:" for depth, name in opened]
            inside = parents
            lines.append(f"{'  ' * len(parents)}  {leaf}{found['rest']}")
        else:
            deeper = line.startswith("   ") or not line
            inside = inside if deeper else []
            lines.append(f"{'  ' * len(inside)}{line}" if line else line)
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """Rules that can be switched together; ``description`` says what all of them check."""

    name: str
    description: str
    rules: tuple[Rule, ...]


@cache
def _steps(path: str) -> Place:
    return tuple(path.split("."))


def texts(value: Json, place: Place = ()) -> Iterator[Text]:
    """Every text inside a value with its place, without secrets and keys of mappings."""
    found: list[Text] = []
    _gather(value, place, found)
    return iter(found)


def _gather(value: Json, place: Place, found: list[Text]) -> None:
    """Append the texts inside a value. A list, for generators in each other are slow."""
    if isinstance(value, str):
        found.append((place, value))
    elif isinstance(value, dict | Mapping):
        for name, item in value.items():
            _gather(item, (*place, name), found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _gather(item, (*place, index), found)


def _keys(value: Json, place: Place) -> Iterator[Text]:
    """The keys of mappings inside a value, each with the mapping's place."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield place, name
            yield from _keys(item, (*place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _keys(item, (*place, index))


@lru_cache(maxsize=256)
def _uses(text: str, kind: Kind) -> tuple[placeholders.Used, ...]:
    """Cached, because several rules ask."""
    return tuple(placeholders.used(text, kind))


@lru_cache(maxsize=256)
def blanked(text: str) -> str:
    """A text of the same length with blanks for its placeholders and commands."""
    if "{" not in text:
        return text
    return _FILLED.sub(lambda found: " " * len(found.group()), text)


@lru_cache(maxsize=256)
def _odd(text: str) -> tuple[characters.Odd, ...]:
    """Cached, because many agents share a prompt, and every environment reads it."""
    return tuple(characters.odd(text))
