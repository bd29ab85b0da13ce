"""``{{name}}`` in an agent's texts: which exist, which are broken, what a write changes. Pure.

The API fills them when a call starts, from the call's params and, for those not given, the agent's
own. Values of ``params`` fill others and are not filled themselves. The API does not document
whether it fills ``{{ a b }}`` or ``{{{a}}}``: here they are *malformed* and name nothing. Only
names of params are ever shown, never values.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from reconciler import jsonvalues
from reconciler.jsonvalues import Fields, Json, Secret, leaves
from reconciler.late import dataclass, pattern
from reconciler.model import Contract
from reconciler.schema import paths
from reconciler.schema.kind import Kind, Role
from reconciler.text import align, expressions
from reconciler.text.wording import shortened

LONGEST = 100
"""Characters of a name; longer text between braces is no placeholder."""

_SHOWN = 40
_PLACE = pattern(r"\{\{(?P<more>\{*)(?P<inside>[^{}\n]*)(?P<close>\}\}+)?")
_BRACE = pattern(rf"\{{(?:\{{(?P<name>\w{{1,{LONGEST}}})\}}\}})?")
"""A brace, and the placeholder that it begins, if that is only braces and letters."""
_COMMAND = pattern(
    r"\{(?:%[^{}\n]*%\}|#(?!\})[^{}\n]*#\}"  # starts with a brace, so that only braces are tried
    r"|(?<!\{\{)\{\{*+[~-]?[ \t]*+(?:"  # only at the first of several braces, without backtracking
    r"[#/^>!&][^{}\n]*"  # block start and end, inverse, partial, comment, raw value
    r"|(?:if|elif|else[ \t]+if|endif|for|endfor|each|unless|end|range|with|block|include|set)"
    r"[ \t][^{}\n]+"
    r"|[^{}\n|]+\|[ \t]*[A-Za-z_][^{}\n]*"  # a filter
    r")\}\}+"
    r"|(?P<weak>\{[~-]?[ \t]*(?:else|end|endif)[ \t]*[~-]?\}\}|\{\{[^{}\n]*\}\}\}))"
)
"""Commands of Jinja, Handlebars, Mustache and similar languages."""
_PIECE = pattern(r"\{\{[^{}\n]*\}\}|\w+|[^\w\s]")


@dataclass(frozen=True)
class Malformed:
    """Braces that look like a placeholder but name nothing: offset, reason, and their start."""

    offset: int
    why: str
    found: str


@dataclass(frozen=True)
class Command:
    """The first command of a template language in a text, and how many there are."""

    offset: int
    found: str
    count: int


class Used(NamedTuple):
    """A placeholder in a text: its name and the offset of its braces.

    It is ``sure`` unless the text has words for the case that nothing fills it.
    """

    offset: int
    name: str
    sure: bool = True


def used(text: str, kind: Kind) -> Iterator[Used]:
    """Yield the placeholders of a text, in order: the well-formed ones, outside of commands.

    In a kind with templates these are the variables of the whole template.
    """
    if kind.templates:
        yield from (Used(one.offset, one.name, one.sure) for one in expressions.used(text))
        return
    simple = _simple(text)
    if simple is not None:
        yield from (Used(one.start(), one["name"]) for one in simple)
        return
    inside = _commands(text)
    for found in _PLACE.finditer(text):
        if not _fault(found) and not _within(found, inside):
            yield Used(found.start(), found["inside"].strip(" \t"))


def malformed(text: str, kind: Kind) -> Iterator[Malformed]:
    """Yield the opening braces that name nothing, in order, outside of template commands."""
    if _simple(text) is not None:
        return
    inside = _commands(text)
    for found in _PLACE.finditer(text):
        why = _fault(found)
        if kind.templates and _is_expression(found):
            continue
        if why and not _within(found, inside):
            yield Malformed(found.start(), why, shortened(found.group(), _SHOWN))


def command(text: str) -> Command | None:
    """Find template language commands in a text (`{% if x %}`, `{{#if x}}`).

    None if there are none.
    """
    found = _commands(text)
    if not found:
        return None
    return Command(found[0].start(), shortened(found[0].group(), _SHOWN), len(found))


@lru_cache(maxsize=256)
def _simple(text: str) -> tuple[re.Match[str], ...] | None:
    """The placeholders of a text in which each brace belongs to one; None if another may not."""
    found = tuple(_BRACE.finditer(text)) if "{" in text else ()
    return found if all(one["name"] for one in found) else None


@lru_cache(maxsize=256)
def _commands(text: str) -> tuple[re.Match[str], ...]:
    """Cached, because many agents share a prompt.

    `{{else}}` and `{{{x}}}` are commands only if the text has others; if not, they are a name and a
    mistake.
    """
    if _simple(text) is not None:
        return ()
    found = [*_COMMAND.finditer(text)]
    if any(not one["weak"] for one in found):
        return tuple(found)
    return ()


def _within(found: re.Match[str], commands: Sequence[re.Match[str]]) -> bool:
    """Whether braces are inside one of these commands, which are in order."""
    before = bisect_right(commands, found.start(), key=lambda one: one.start())
    return before > 0 and found.start() < commands[before - 1].end()


def _fault(found: re.Match[str]) -> str:
    """Why braces are not a placeholder; empty if they are."""
    name = found["inside"].strip(" \t")
    if not found["close"]:
        return "`{{` has no `}}` on its line"
    if found["more"]:
        return "a placeholder has two braces on each side"
    if not name:
        return "a placeholder has no name"
    if len(name) > LONGEST:
        return f"a placeholder's name has more than {LONGEST} characters"
    if any(char.isspace() for char in name):
        return "a placeholder's name has a space in it"
    if any(unicodedata.category(char)[0] == "C" for char in name):
        return "a placeholder's name contains an invisible character"
    return ""


def _is_expression(found: re.Match[str]) -> bool:
    """Whether braces of the usual number hold an expression of a template."""
    plain = bool(found["close"]) and len(found["close"]) == len("}}") and not found["more"]
    return plain and expressions.is_one(found["inside"])


def names(value: Json, kind: Kind, *, sure: bool = False) -> tuple[str, ...]:
    """The distinct names in a text, or in the texts of a list or map, in order.

    With ``sure``, only those for which the text has no other words.
    """
    found = (one for text in _texts(value) for one in used(text, kind))
    return tuple(dict.fromkeys(one.name for one in found if one.sure or not sure))


def own_names(kind: Kind, fields: Fields) -> frozenset[str]:
    """The names that nobody who starts a call has to pass: the API or the flow sets them."""
    return kind.system_names.union(_set_in(kind, fields))


def _set_in(kind: Kind, fields: Fields) -> Collection[str]:
    """The names that a part of the agent sets, such as a flow."""
    return kind.view.sets(fields) if kind.view else ()


def prose(kind: Kind, fields: Fields) -> tuple[str, ...]:
    """The paths of texts whose placeholders are filled; in keyed lists, those of these fields.

    A list whose items the fields do not show counts as one path.
    """
    found = [row.path for row in kind.outer if row.fact.prose and row.path != _params(kind)]
    return tuple(path for one in found for path in concrete(kind, one, fields))


def concrete(kind: Kind, path: str, fields: Fields) -> tuple[str, ...]:
    """The leaves of these fields that a path covers: the path itself, or all texts of its list."""
    listed = path.partition("[")[0]
    if listed not in kind or not kind[listed].fact.by:
        return (path,)
    if listed + paths.ORDER not in fields:
        return (listed,)
    texts = (one for one in fields if paths.covers(path, one) and kind[one].fact.prose)
    return tuple(one for one in texts if paths.is_there(one, fields))


def _params(kind: Kind) -> str:
    return kind.role(Role.PARAMS)


def has_secret(value: Json) -> bool:
    """Whether a value contains a secret, so that not even its placeholder names may be shown."""
    return any(isinstance(leaf, Secret) for leaf in leaves(value))


def contract(kind: Kind, before: Fields, after: Fields) -> Contract:
    """What a write changes for those who start calls.

    ``before`` and ``after`` are the known leaves of the agent. A text that is unknown on one side
    is left out; one that was null counts as empty.
    """
    old, new = _known(kind, before), _known(kind, after)
    sets, setting = _set_in(kind, before), _set_in(kind, after)
    filled, filling = _filled(kind, before, sets), _filled(kind, after, setting)
    if old == new and filled == filling:
        return Contract()
    both = [path for path in old if path in new]
    used, own = names(list(new.values()), kind), kind.system_names.union(sets, setting)
    went = names([old[path] for path in both], kind, sure=True)
    gone = _without(went, {*used, *own})
    came = names([new[path] for path in both], kind, sure=True)
    come = _without(came, {*names(list(old.values()), kind), *own})
    renamed: dict[str, str] = {}
    if gone and come:
        pairs = ((old[path], new[path]) for path in both)
        by_value = _by_value(filled, filling, gone, come)
        renamed = _renamed([_by_place(kind, pairs, gone, come), by_value])
    added = _without(come, renamed.values())
    dropped = kind.role(Role.PARAMS) in after and [name for name in filled if name not in filling]
    return Contract(
        added=added,
        filled=tuple(name for name in added if name in filling),
        unfilled=tuple(name for name in dropped or () if name in used and name not in come),
        removed=_without(gone, renamed),
        renamed=tuple((name, renamed[name]) for name in gone if name in renamed),
    )


def _known(kind: Kind, fields: Fields) -> dict[str, Json]:
    """The texts that are known and contain no secret."""
    known = (path for path in prose(kind, fields) if path in fields)
    return {path: fields[path] for path in known if not has_secret(fields[path])}


def _without(some: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    left_out = {*others}
    return tuple(name for name in some if name not in left_out)


def _filled(kind: Kind, fields: Fields, sets: Collection[str]) -> Mapping[str, Json]:
    """What the agent itself fills, by name: its params that have a value, and what a part sets."""
    params = fields.get(kind.role(Role.PARAMS))
    found = params if isinstance(params, Mapping) else {}
    own = {name: f"{{{{{name}}}}}" for name in sets}
    return own | {name: value for name, value in found.items() if value not in (None, "")}


def _renamed(evidence: Iterable[set[tuple[str, str]]]) -> dict[str, str]:
    """Map old names to new ones by the first kind of evidence that is unambiguous about both."""
    renamed: dict[str, str] = {}
    for pairs in evidence:
        free = [(a, b) for a, b in pairs if a not in renamed and b not in renamed.values()]
        olds, news = [a for a, _ in free], [b for _, b in free]
        renamed |= {a: b for a, b in free if olds.count(a) == 1 == news.count(b)}
    return renamed


def _by_place(
    kind: Kind, pairs: Iterable[tuple[Json, Json]], gone: Sequence[str], come: Sequence[str]
) -> set[tuple[str, str]]:
    """Names that replaced another at the same place, each the only one in its piece of text."""
    found = set()
    for sides in pairs:
        for before, after in _replaced(*("\n".join(_texts(side)) for side in sides)):
            olds, news = names(before, kind), names(after, kind)
            if len(olds) == 1 == len(news) and olds[0] in gone and news[0] in come:
                found.add((olds[0], news[0]))
    return found


def _replaced(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield replaced pieces of text and their replacements, at most one whole text by another."""
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    for run in align.steps(old, new):
        if not run.equal:
            gone, come = old[run.old_start : run.old_end], new[run.new_start : run.new_end]
            yield " ".join(gone), " ".join(come)


def _by_value(
    before: Mapping[str, Json], after: Mapping[str, Json], gone: Sequence[str], come: Sequence[str]
) -> set[tuple[str, str]]:
    """Params that were removed and added with the same value, which no other param has."""
    return {
        (old, new)
        for old in gone
        for new in come
        if old in before and old not in after and new in after and new not in before
        if jsonvalues.equal(before[old], after[new])
        if all(_is_telling(before[old], params) for params in (before, after))
    }


def _is_telling(value: Json, params: Mapping[str, Json]) -> bool:
    """Whether only one param has this value: many often share one such as `not available`."""
    return (
        value not in (None, "")
        and sum(jsonvalues.equal(value, one) for one in params.values()) == 1
    )


def _texts(value: Json) -> Iterator[str]:
    return (leaf for leaf in leaves(value) if isinstance(leaf, str))
