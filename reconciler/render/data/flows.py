"""Changes of flows as JSON. Pure."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.flow.compared import ADDED, CHANGED, REMOVED, FlowChange
from reconciler.model import Action, Backdrop, Write
from reconciler.render import flow_changes, labels
from reconciler.render.conditions import sentences
from reconciler.render.data import documents


def changes(action: Action) -> documents.FlowChanges | None:
    """What a write changes about a flow; None if it writes none."""
    found = flow_changes.of(action)
    if found is None or not isinstance(action, Write) or action.backdrop is None:
        return None
    return {
        "added": [*found.slugs(ADDED)],
        "removed": [*found.slugs(REMOVED)],
        "changed": [*found.slugs(CHANGED)],
        "renamed": [
            {"node": one.node.slug, "from": one.was, "to": one.node.label or one.node.slug}
            for one in found.nodes
            if one.was is not None
        ],
        "unreachable": [*found.unreached],
        "without_exit": [*found.stuck],
        "variables_added": [*found.added],
        "variables_removed": [*found.removed],
        "defaults": [*found.defaults],
        "unset": [{"name": name, "node": node} for name, node in found.unset],
        "exits": _exits(found),
        "places": {slug: [*at] for slug, at in action.backdrop.places.items()},
        "given": [*action.backdrop.given],
    }


def _exits(found: FlowChange) -> list[documents.Sentences]:
    pairs = [(one.node.slug, turn) for one in found.nodes for turn in one.turns]
    return [
        {"en": english, "ar": arabic}
        for slug, turn in pairs
        for english, arabic in zip(
            sentences(slug, turn), sentences(slug, turn, labels.of("ar")), strict=True
        )
    ]


def backdrop(shown: Mapping[str, Any] | None) -> Backdrop | None:
    """Read what a picture needs from a saved plan; plan files of 2.0 may have none."""
    if not shown:
        return None
    places = {slug: (float(x), float(y)) for slug, (x, y) in shown["places"].items()}
    return Backdrop(places=places, given=tuple(shown["given"]))
