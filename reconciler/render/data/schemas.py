"""The JSON Schemas of the documents, derived from their shapes. Pure; imported late: pydantic."""

from typing import Any

from pydantic import TypeAdapter

from reconciler.jsonvalues import Json
from reconciler.render.data import documents, fleets, shapes

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

DOCUMENTS = {
    "plan": (documents.Plan, "A plan of reconciler"),
    "plans": (documents.Plans, "Plans of reconciler for several environments"),
    "drift": (documents.Drift, "An audit of reconciler"),
    "apply": (documents.Apply, "The result of an apply of reconciler"),
    "history": (shapes.History, "Past applies of reconciler"),
    "blame": (shapes.Blame, "Since when an agent says what it says"),
    "pull": (shapes.Pull, "Live edits that reconciler took into files"),
    "import": (shapes.Import, "Live agents that reconciler made files of"),
    "convert": (shapes.Convert, "Files that reconciler converted to v2"),
    "flow": (shapes.ShownFlow, "The live flow of an agent"),
    "walk": (shapes.Walked, "A walk through the flow of an agent's file"),
    "doctor": (shapes.Checks, "What reconciler has looked at"),
    "service": (shapes.Service, "What the standing service of reconciler does"),
    "pages": (fleets.Pages, "The results of the projects of a fleet"),
    "problems": (documents.Problems, "Mistakes that reconciler found"),
}


def schema(name: str) -> dict[str, Any]:
    """The schema of one of ``DOCUMENTS``; unknown keys are left open for later minor versions."""
    shape, title = DOCUMENTS[name]
    found = _plain(TypeAdapter(shape).json_schema(mode="serialization"))
    parts = found.pop("$defs")
    return {"$schema": _DIALECT, "title": title, **found, "$defs": parts}


def _plain(node: Json) -> Json:
    """A schema without pydantic's titles, and with its descriptions as plain text."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    titled = isinstance(node.get("title"), str)
    kept = {key: _plain(item) for key, item in node.items() if key != "title" or not titled}
    if isinstance(kept.get("description"), str):
        kept["description"] = kept["description"].replace("``", "`")
    return kept
