"""One node: its written form, and its part of the layout. Pure."""

from collections.abc import Mapping
from typing import Any

from reconciler.jsonvalues import equal
from reconciler.kinds.flow import exits
from reconciler.kinds.flow.exits import NewId, Shape, without
from reconciler.kinds.flow.forms import ANY_VALUE
from reconciler.kinds.flow.rows import fits

_LAYOUT = ("id", "position", "metadata")
"""Keys that people do not write; the dashboard changes the last two on its own."""
_STATIC = {"id", "name", "value", "dataType"}


def read(
    node: Shape, slug: str, targets: Mapping[str, str], *, verbatim: bool = False
) -> tuple[Shape, Shape]:
    """The written form of a node, and its part of the layout.

    ``targets`` are slugs by transition id. What has no row is written under ``more``. A node that
    would not be restored exactly is written unchanged, under ``verbatim``, so that nothing of an
    unknown shape is lost; so is every node if ``verbatim`` is asked for.
    """
    if verbatim:
        return {"verbatim": without(node, "id")}, {"id": node["id"]}
    kept: Shape = {name: node[name] for name in _LAYOUT if name in node}
    view: Shape = {}
    for name, value in node.items():
        if name not in (*_LAYOUT, "transitions"):
            view |= _part(name, value, kept)
    more = {name: value for name, value in view.items() if not fits(name, value)}
    if more:
        view = {**without(view, *more), "more": more}
    if isinstance(node.get("label"), str):
        kept["label"] = node["label"]
    try:
        shown, kept["transitions"] = exits.read(node, targets)
        view |= shown
        ids = dict.fromkeys(targets.values(), "")
        if equal(compiled(view, kept, slug, ids, _no_id), node):
            return view, kept
    except (KeyError, TypeError, AttributeError, ValueError):
        pass
    return {"verbatim": without(node, "id")}, {"id": node["id"]}


def _no_id(_about: str) -> str:
    raise KeyError("a node as it was read has no new transition")


def brief(view: Shape, slug: str) -> Shape:
    """A written form without a label that says nothing, for files."""
    return without(view, "label") if view.get("label") in ("", slug, None) else view


def _part(name: str, value: Any, kept: Shape) -> Shape:
    """The written form of one key of a node."""
    match name, value:
        case "extractVariables", {"enabled": True, "variables": list(found)} if len(value) == 2:
            short = _by_name(found)
            if short is None:
                return {name: value}
            kept[name] = {one: _unsaid(more) for one, more in short.items()}
            return {name: {one: without(more, *kept[name][one]) for one, more in short.items()}}
        case "staticVariables", list():
            short = _by_name(value)
            if short is None or not all({"value"} <= one.keys() <= _STATIC for one in value):
                return {name: value}
            kept[name] = {one: without(more, "value") for one, more in short.items()}
            return {name: {one: more["value"] for one, more in short.items()}}
    return {name: value}


def _unsaid(variable: Shape) -> Shape:
    """The keys by which the dashboard says that a variable takes any value."""
    return {key: value for key, value in variable.items() if (key, value) in ANY_VALUE}


def _by_name(found: list[Any]) -> Shape | None:
    """Objects by their names, without these; None if a name is missing or repeated."""
    if not all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in found):
        return None
    short = {one["name"]: without(one, "name") for one in found}
    return short if len(short) == len(found) else None


def compiled(view: Shape, kept: Shape, slug: str, ids: Mapping[str, str], new_id: NewId) -> Shape:
    """A node from its written form and its layout, which is empty for a new one."""
    if "verbatim" in view:
        return {"id": kept.get("id", ids.get(slug)), **view["verbatim"]}
    node: Shape = {name: kept[name] for name in _LAYOUT if name in kept}
    node.setdefault("id", ids.get(slug, ""))
    if "label" not in view and ("label" in kept or not kept):
        node["label"] = kept.get("label", slug)
    for name, value in {**without(view, "more"), **(view.get("more") or {})}.items():
        if name not in ("transitions", *exits.EXITS):
            node[name] = _whole(name, value, kept, new_id)
    node["transitions"] = exits.compiled(view, kept.get("transitions", ()), ids, new_id)
    return node


def _whole(name: str, value: Any, kept: Shape, new_id: NewId) -> Any:
    """One key of a node in the API's form."""
    match name, value:
        case "extractVariables", dict() if not isinstance(value.get("variables"), list):
            known = kept.get(name, {})
            found = [{"name": one, **known.get(one, {}), **more} for one, more in value.items()]
            return {"enabled": True, "variables": found}
        case "staticVariables", dict():
            known = kept.get(name, {})
            return [
                {
                    "name": one,
                    **(known.get(one) or {"id": new_id(f"variable {one}")}),
                    "value": held,
                }
                for one, held in value.items()
            ]
    return value
