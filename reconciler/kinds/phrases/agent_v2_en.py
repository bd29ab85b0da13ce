"""English phrases of the v2 agent: those of v1 at v2's paths, and v2's own. Data."""

from reconciler.kinds.agent_v2 import FROM_V1
from reconciler.kinds.phrases import agent_v1_en
from reconciler.schema.phrases import Gone, Hidden, Phrase, Text, Value

_V1_TOOLS = agent_v1_en.PHRASES["webToolsIds"]

PHRASES: dict[str, Phrase] = {
    **{FROM_V1[path]: one for path, one in agent_v1_en.PHRASES.items() if path in FROM_V1},
    "tools": _V1_TOOLS,
    "tools[]": _V1_TOOLS,
    "tools[*].persistentId": Text(
        other="use(s) another web tool",
        now="use(s) a web tool",
        gone=Gone("use(s) no web tool there"),
    ),
    "tools[*].toolId": Text(
        other="use(s) another record of a web tool",
        now="use(s) a record of a web tool",
        gone=Gone("use(s) no record of a web tool"),
    ),
    "tools[*].version": Value("use(s) version {after} of a web tool{instead}"),
    "tools[*].toolType": Value("use(s) a web tool of the type {after}{instead}"),
    "tools[*].nodeId": Text(
        other="use(s) a web tool at another step of its flow",
        now="use(s) a web tool at one step of its flow",
        gone=Gone("use(s) a web tool at every step"),
    ),
    "tools[*].overrides": Hidden("get(s) settings for a web tool"),
    "phoneNumber.type": Value(
        "take(s) calls by way of {after}{instead}",
        Gone("take(s) calls by way of no chosen line"),
        "take(s) calls by way of another line",
    ),
    "phoneNumber.id": Text(
        other="take(s) calls at another number",
        now="take(s) calls at a number of its own",
        gone=Gone("take(s) calls at no number of its own"),
    ),
}
