"""What cannot be compiled in a flow as people write it. Pure; types are checked by the rows."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.errors import listed, meant
from reconciler.jsonvalues import Json, Secret, leaves
from reconciler.kinds.flow.exits import EXITS, Shape
from reconciler.kinds.flow.rows import fits
from reconciler.schema import paths
from reconciler.schema.view import Mistake, Place

CONDITIONS = (
    *("natural_language", "dtmf", "all", "any", "auto", "always", "after_user_reply", "condition"),
)
"""The sorts of conditions that a transition is written with."""
_FREE = ("to", "enabled")
Known = Mapping[str, str]
"""The nodes of a flow: slugs with their labels, empty for none."""
_WORDS = {
    "to": ("target", "targetnodeid", "next", "goto", "then", "node"),
    "natural_language": ("when", "if", "says", "prompt", "intent", "text"),
    "dtmf": ("key", "digit", "press"),
    "all": ("equation", "equations", "structured_equation", "and", "test"),
    "any": ("or",),
}
"""What people write for these keys."""


def mistakes(spec: Mapping[str, Json]) -> Iterator[Mistake]:
    """Each thing in a spec that no workflow can be made of.

    Values of other types than their rows' are passed over.
    """
    yield from _forms(spec)
    written = spec.get("flow")
    views = written.get("nodes") if isinstance(written, Mapping) else None
    if not isinstance(written, Mapping) or not isinstance(views, Mapping):
        return
    yield from _variables(written.get("customVariables"))
    known = {str(slug): _label(view) for slug, view in views.items()}
    for slug, view in views.items():
        if isinstance(view, Mapping):
            yield from _in_node(("flow", "nodes", str(slug)), dict(view), known)


def _forms(spec: Mapping[str, Json]) -> Iterator[Mistake]:
    """A flow that is declared twice, or for an agent that has none."""
    found = [name for name in ("flow", "workflow") if name in spec]
    if len(found) > 1:
        yield Mistake(
            place=("workflow",),
            message="`flow` and `workflow` are two forms of one thing",
            hint="declare one of them: `flow` is for people, `workflow` as the API has it",
        )
    if found and spec.get("type") != "Flow Agent":
        yield Mistake(
            place=(found[0],) if "type" not in spec else ("type",),
            message=f"`{found[0]}` is for agents of one type",
            found=str(spec["type"])[:60] if "type" in spec else "no `type`",
            allowed="`type: Flow Agent`",
        )


def _variables(found: Any) -> Iterator[Mistake]:
    if any(isinstance(leaf, Secret) for leaf in leaves(found)):
        yield Mistake(
            place=("flow", "customVariables"),
            message="a default value of a variable is shown to everyone, so it cannot be a secret",
            hint="pass it with the call, or keep it in the tool that needs it",
        )


def _in_node(place: Place, view: Shape, known: Known) -> Iterator[Mistake]:
    if "verbatim" in view and len(view) > 1:
        names = listed(f"`{name}`" for name in view if name != "verbatim")
        yield Mistake(
            place=(*place, "verbatim"),
            message=f"a node is either `verbatim` or written with keys, and this has {names} too",
            hint="move these keys into `verbatim`, or take `verbatim` out",
        )
    yield from _unnamed(place, view)
    for name in EXITS:
        yield from _target((*place, name), view.get(name), known)
    listed_ = view.get("transitions")
    for number, one in enumerate(listed_ if isinstance(listed_, list) else ()):
        yield from _transition((*place, "transitions", number), one, known)


_LAID = ("id", "position", "metadata", "transitions")
"""Keys of the API that the layout has, or that are made from it."""


def _unnamed(place: Place, view: Shape) -> Iterator[Mistake]:
    """A key of a node that is no name, and keys of the API that are in the wrong place."""
    if not paths.is_key(place[-1]):
        yield Mistake(
            place=place,
            message="the key of a node is its name",
            found=f"a text of {len(str(place[-1]))} characters",
            allowed="a text of 1 to 200 characters",
        )
    more, whole = view.get("more"), view.get("verbatim")
    for name, value in more.items() if isinstance(more, Mapping) else ():
        if name in _LAID or fits(name, value):
            yield Mistake(
                place=(*place, "more", name),
                message=f"`{name}` is no key for `more`, which has those without another place",
                hint="ids and positions are in the layout; write every other key into the node",
            )
    if isinstance(whole, Mapping) and "id" in whole:
        yield Mistake(
            place=(*place, "verbatim", "id"),
            message="the id of a node is in the layout, or made from its key",
            hint="take it out",
        )


def _transition(place: Place, one: Any, known: Known) -> Iterator[Mistake]:
    if not isinstance(one, Mapping):
        yield Mistake(
            place=place,
            message="a transition is a mapping of its condition and `to`",
            allowed="`{ natural_language: the caller wants to book, to: search }`",
        )
        return
    sorts = [name for name in one if name not in _FREE]
    strange = [str(name) for name in sorts if name not in CONDITIONS]
    allowed = listed(f"`{name}`" for name in CONDITIONS)
    for name in strange:
        hint = meant(name, (*CONDITIONS, *_FREE)) or _instead(name)
        message = f"`{name}` is no condition of a transition"
        yield Mistake(place=(*place, name), message=message, allowed=allowed, hint=hint)
    if not strange and len(sorts) != 1:
        said = "none" if not sorts else listed(f"`{name}`" for name in sorts)
        message = "a transition has exactly one condition"
        hint = "write a transition for each" if sorts else "`auto:` needs nothing from the caller"
        yield Mistake(place=place, message=message, found=said, allowed=allowed, hint=hint)
    elif not strange:
        yield from _condition((*place, sorts[0]), sorts[0], one[sorts[0]])
    if not isinstance(one.get("enabled", True), bool):
        yield Mistake(
            place=(*place, "enabled"),
            message="`enabled` is true or false",
            found=_cut(one["enabled"]),
        )
    yield from _target((*place, "to"), one.get("to"), known)


def _condition(place: Place, sort: str, value: Any) -> Iterator[Mistake]:
    """The mistake in the value of a condition, if there is one."""
    tests = (_are_tests(value), "a list of `{ variable: { operator: value } }`", _as_tests(value))
    told = {
        "natural_language": (isinstance(value, str), "a text", "write it in words, or `auto:`"),
        "dtmf": (
            isinstance(value, str),
            'a key of the telephone in quotes, such as "0"',
            f'write `dtmf: "{value}"`' if isinstance(value, int) else 'in quotes: "*" and "#" too',
        ),
        "condition": (isinstance(value, Mapping), "the condition as the API has it", ""),
        "all": tests,
        "any": tests,
    }
    fine, allowed, hint = told.get(sort, (value is None, "nothing", f"leave `{sort}:` empty"))
    if not fine:
        message = f"`{sort}` takes {allowed}"
        yield Mistake(place=place, message=message, found=_cut(value), hint=hint)


def _cut(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda _: "…")[:60]


def _instead(name: str) -> str:
    """The key that does what people write this one for."""
    return next((f"use `{key}`" for key, words in _WORDS.items() if name.lower() in words), "")


def _as_tests(value: Any) -> str:
    if isinstance(value, Mapping):
        return "begin each test with a dash: `- patient_count: { equals: 1 }`"
    return "as the API has it, it is a `condition:`"


def _are_tests(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_test, value))


def _is_test(one: Any) -> bool:
    if not isinstance(one, Mapping):
        return False
    if "variable" in one:
        return True
    return len(one) == 1 and all(isinstance(x, Mapping) and len(x) == 1 for x in one.values())


def _label(view: Any) -> str:
    label = view.get("label") if isinstance(view, Mapping) else None
    return label.strip() if isinstance(label, str) else ""


def _labelled(to: str, known: Known) -> str:
    """The hint for a node that is called by its name in the dashboard."""
    found = [slug for slug, label in known.items() if label and label.casefold() == to.casefold()]
    return f"that is its label; write `{found[0]}`" if len(found) == 1 else ""


def _target(place: Place, to: Any, known: Known) -> Iterator[Mistake]:
    if to is None or (isinstance(to, str) and to in known):
        return
    if not isinstance(to, str):
        if place[-1] == "to":  # other exits are rows, whose type is checked with all others
            yield Mistake(place=place, message="`to` takes the name of a node", found=_cut(to))
        return
    yield Mistake(
        place=place,
        message=f"`{to}` is no node of this flow",
        hint=_labelled(to, known) or meant(to, known, f"nodes: {listed(known, to)}"),
    )
