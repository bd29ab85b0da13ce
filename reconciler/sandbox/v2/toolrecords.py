"""The records of web tools, as in an agent's `resolvedWebTools`.

The sandbox has no routes for tools yet: those of the seed have records, any other attached tool
gets one made up from its entry. Each record has what is secret in live ones: a token, a header, and
a key in the query string of the address. Reads package data.

Source: web-tool response of the v2 reference; live agents as callcenter-ai reads them.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from reconciler.sandbox.project import PROJECT_ID

JsonObject = dict[str, Any]

USER_ID = "5a9d6f0e-0000-4000-8000-000000000003"


def resolved(entries: list[JsonObject]) -> list[JsonObject]:
    """Return the records of the attached tools, each once, in the order of `entries`."""
    attached = {entry["toolId"]: entry for entry in reversed(entries)}
    return [_record(attached[tool]) for tool in dict.fromkeys(one["toolId"] for one in entries)]


def _record(entry: JsonObject) -> JsonObject:
    tool = entry["toolId"]
    about = _seeded().get(tool) or _made_up(tool)
    return {
        "id": tool,
        "persistentId": entry["persistentId"],
        "version": entry["version"],
        "name": about["name"],
        "type": entry["toolType"],
        "userId": USER_ID,
        "projectId": PROJECT_ID,
        "isActive": True,
        "async": False,
        "description": about["description"],
        "collectionId": None,
        "toolSettings": about["toolSettings"],
        "params": about["params"],
        "messages": about["messages"],
    }


@cache
def _seeded() -> dict[str, JsonObject]:
    folder = files("reconciler.sandbox").joinpath("seed", "v2")
    records: dict[str, JsonObject] = json.loads(
        folder.joinpath("web-tools.json").read_text(encoding="utf-8")
    )
    return records


def _made_up(tool: str) -> JsonObject:
    name = str(uuid5(NAMESPACE_URL, tool))[:8]
    return {
        "name": f"Tool {name}",
        "description": "Asks another system",
        "toolSettings": {
            "serverUrl": f"https://tools.example.com/{name}?api_key=sandbox-query-key",
            "methodType": "GET",
            "httpHeaders": {"x-api-key": "sandbox-header-key"},
            "pathParameters": {},
            "timeOut": 10,
            "authToken": "Bearer sandbox-tool-token",
        },
        "params": {"id": {"type": "string", "description": "What to look up"}},
        "messages": [{"type": "REQUEST_START", "content": "One moment, please."}],
    }
