"""The flow in an agent's leaves: ``flow.nodes[SLUG].message`` and others. Pure."""

from collections.abc import Collection
from typing import Any

from reconciler.jsonvalues import Fields
from reconciler.kinds.flow.exits import Shape
from reconciler.kinds.flow.graph import Graph
from reconciler.schema import paths

ROOT = "flow"
NODES = f"{ROOT}.nodes"
_VARIABLES = f"{ROOT}.customVariables"
_ORDER = NODES + paths.ORDER


def graph(fields: Fields, given: Collection[str] = ()) -> Graph | None:
    """The flow that these leaves declare, None if they declare none.

    ``given`` are names of variables that every call has.
    """
    order = fields.get(_ORDER)
    if not isinstance(order, list):
        return None
    found: dict[str, Shape] = {slug: {} for slug in order if isinstance(slug, str)}
    for path, value in fields.items():
        if path.startswith(f"{NODES}["):
            _, _, step, *names = paths.steps(path)
            view = found.get(str(paths.key_of(step))) if step != paths.ORDER else None
            if view is not None and names:
                _put(view, names, value)
    return Graph(nodes=found, variables=fields.get(_VARIABLES), given=frozenset(given))


def _put(view: Shape, names: list[str], value: Any) -> None:
    for name in names[:-1]:
        view = view.setdefault(name, {})
    view[names[-1]] = value


def names(fields: Fields) -> frozenset[str]:
    """The variables that the flow in these leaves sets."""
    found = graph(fields)
    if found is None:
        return frozenset()
    return found.custom | {name for sets in found.sets.values() for name in sets}
