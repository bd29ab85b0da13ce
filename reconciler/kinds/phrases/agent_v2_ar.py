"""Arabic phrases of the v2 agent: those of v1 at v2's paths, and v2's own. Data."""

from reconciler.kinds.agent_v2 import FROM_V1
from reconciler.kinds.phrases import agent_v1_ar
from reconciler.schema.phrases import Gone, Hidden, Phrase, Text, Value

_V1_TOOLS = agent_v1_ar.PHRASES["webToolsIds"]

PHRASES: dict[str, Phrase] = {
    **{FROM_V1[path]: one for path, one in agent_v1_ar.PHRASES.items() if path in FROM_V1},
    "tools": _V1_TOOLS,
    "tools[]": _V1_TOOLS,
    "tools[*].persistentId": Text(
        other="يستخدم أداة ويب أخرى",
        now="يستخدم أداة ويب",
        gone=Gone("لا يستخدم أداة ويب هناك"),
    ),
    "tools[*].toolId": Text(
        other="يستخدم سجلّاً آخر لأداة ويب",
        now="يستخدم سجلّاً محدّداً لأداة ويب",
        gone=Gone("لا يستخدم سجلّاً محدّداً لأداة ويب"),
    ),
    "tools[*].version": Value("يستخدم الإصدار {after} من أداة ويب{instead}"),
    "tools[*].toolType": Value("يستخدم أداة ويب من النوع {after}{instead}"),
    "tools[*].nodeId": Text(
        other="يستخدم أداة ويب في خطوة أخرى من مساره",
        now="يستخدم أداة ويب في خطوة واحدة من مساره",
        gone=Gone("يستخدم أداة ويب في كل خطوة"),
    ),
    "tools[*].overrides": Hidden("يتسلّم إعدادات أداة ويب"),
    "phoneNumber.type": Value(
        "يستقبل المكالمات عبر {after}{instead}",
        Gone("لا يستقبل المكالمات عبر خط محدّد"),
        "يستقبل المكالمات عبر خط آخر",
    ),
    "phoneNumber.id": Text(
        other="يستقبل المكالمات على رقم آخر",
        now="يستقبل المكالمات على رقم خاص به",
        gone=Gone("لا يستقبل المكالمات على رقم خاص به"),
    ),
}
