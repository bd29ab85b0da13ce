"""JSON Schemas of fleet, project and agent files, for editors; from the models and kinds."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, get_args

from reconciler.config import flow_tests, layouts
from reconciler.config.agentfile import AgentEntry
from reconciler.config.entries import ProjectEntry
from reconciler.config.fleet import FleetEntry
from reconciler.config.flow_tests import FlowTests
from reconciler.jsonvalues import Json
from reconciler.lint import RULES, SETS, Level
from reconciler.schema.kind import Kind
from reconciler.schema.shape import kinds
from reconciler.schema.table import Section, facts, group_model, item_model

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_REFERENCE: dict[str, Any] = {
    "description": "a value from elsewhere",
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "properties": {
        "$file": {
            "description": "a text file, or several joined by a blank line",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
        "$secret": {"description": "an environment variable, never shown", "type": "string"},
        "$env": {"description": "an environment variable", "type": "string"},
        "$var": {"description": "a variable of the environment", "type": "string"},
    },
}


_OURS = ("Lifecycle", "IgnoreEntry", "FileSwitch", "FlowTest", "StepEntry", "ExpectEntry")
"""Definitions of the frame around ``spec``, in which references are not allowed."""


def agent(kind: Kind) -> dict[str, Any]:
    """The schema of an agent file."""
    frame = deepcopy(AgentEntry.json_schema())
    tests = deepcopy(FlowTests.json_schema()) if kind.view else {}
    spec = deepcopy(kind.model.json_schema())
    ours = {**frame.pop("$defs", {}), **tests.get("$defs", {})}
    definitions = {**ours, **spec.pop("$defs", {}), "Spec": spec}
    _explain(kind.model, definitions, "Spec")
    _add_layout(kind, definitions)
    schema = _clean({**frame, "$defs": definitions})
    schema["$defs"] = {
        name: node if name in _OURS else _referable(node) for name, node in schema["$defs"].items()
    }
    schema["$defs"]["Reference"] = _REFERENCE
    schema["properties"]["spec"] = {"$ref": "#/$defs/Spec", "description": "what is managed"}
    schema["properties"]["environments"] = {
        "description": "fields that override spec in one environment",
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/Spec"},
    }
    del schema["properties"][flow_tests.KEY]
    if kind.view:
        schema["properties"][flow_tests.KEY] = _clean(tests["properties"][flow_tests.KEY])
    switch = {"$ref": "#/$defs/FileSwitch"}
    schema["properties"]["lint"] = {
        "description": "what findings of a rule, or a set of rules, are in this file, and why",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"description": said, **switch} for name, said in _rules().items()},
    }
    return {"$schema": _DIALECT, **schema, "title": "A voice agent"}


def _add_layout(kind: Kind, definitions: dict[str, Any]) -> None:
    """Add the reference to a layout to the part that has a written form."""
    model = group_model(kinds(kind.model).get(kind.view.top)) if kind.view else None
    if model:
        properties = definitions[model.__name__]["properties"]
        said = "the file of ids and positions, which `import` writes; without it live decides"
        layout = {"type": "string", "description": said}
        definitions[model.__name__]["properties"] = {layouts.KEY: layout, **properties}


def project() -> dict[str, Any]:
    """The schema of the project file."""
    schema = _clean(ProjectEntry.json_schema())
    level = {"enum": [*get_args(Level)]}
    switch = {"anyOf": [level, {"$ref": "#/$defs/ProjectSwitch"}]}
    usual = {rule.name: {"default": rule.level} for rule in RULES.values()}
    schema["properties"]["lint"] = {
        "description": "what findings are: told, told as mistakes, or not told",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"description": said, **switch, **usual.get(name, {})}
            for name, said in _rules().items()
        },
    }
    return {"$schema": _DIALECT, **schema, "title": "A reconciler project"}


def fleet() -> dict[str, Any]:
    """The schema of the fleet file."""
    schema = _clean(FleetEntry.json_schema())
    return {"$schema": _DIALECT, **schema, "title": "A fleet of reconciler projects"}


def _rules() -> dict[str, str]:
    """What each rule finds and each set checks, by name."""
    sets = {one.name: f"all rules about {one.description}" for one in SETS.values()}
    return {**sets, **{rule.name: rule.description for rule in RULES.values()}}


def dumps(schema: Mapping[str, Any]) -> str:
    """A schema as the text of a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _explain(model: type[Section], definitions: dict[str, Any], name: str) -> None:
    """Add the note and impact of each row to its property."""
    properties = definitions[name]["properties"]
    for field, kind in kinds(model).items():
        nested = group_model(kind)
        if nested is not None:
            _explain(nested, definitions, nested.__name__)
            continue
        fact = facts(kind)[0]
        items = item_model(kind) if fact.by else None
        if items is not None:
            _explain(items, definitions, items.__name__)
        words = [fact.note, f"unit: {fact.unit}" if fact.unit else "", f"impact: {fact.impact}"]
        node = {**properties[field], "description": "; ".join(filter(None, words))}
        if fact.sensitive and node.get("type") != "object":
            null = [one for one in node.get("anyOf", ()) if one.get("type") == "null"]
            options = [{"$ref": "#/$defs/Reference"}, *null]
            node = {"anyOf": options, "description": node["description"]}
        properties[field] = node


def _referable(node: Json) -> Json:
    """A schema in which every value may also be a reference."""
    if not isinstance(node, Mapping):
        return node
    changed = dict(node)
    if "properties" in changed:
        inner = {name: _or_reference(child) for name, child in changed["properties"].items()}
        changed["properties"] = inner
    if "items" in changed:
        changed["items"] = _or_reference(changed["items"])
    return changed


def _or_reference(node: Mapping[str, Any]) -> dict[str, Any]:
    free_form = node.get("type") == "object" and "$ref" not in node
    if free_form or {"$ref": "#/$defs/Reference"} in node.get("anyOf", ()):
        return dict(node)
    inner = dict(_referable(node))
    outer = {"description": inner.pop("description")} if "description" in inner else {}
    return {**outer, "anyOf": [inner, {"$ref": "#/$defs/Reference"}]}


def _clean(node: Json) -> Json:
    """A schema without what only pydantic needs: titles, and null defaults of absent fields."""
    if isinstance(node, list):
        return [_clean(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {}
    for name, child in node.items():
        title = name == "title" and isinstance(child, str)
        if title or (name == "default" and child is None):
            continue
        kept[name] = _clean(child)
    return kept
