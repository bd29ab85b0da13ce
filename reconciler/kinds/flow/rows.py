"""The keys of a node in a file, one row each. Data; no behaviour.

Types are only as strict as needed to read a value: flows from the dashboard vary, and what does not
fit a row is written under ``more``. Paths of facts begin in the node.

Source of all rows: the guides of nodes (2025 to 2026), the v2 reference, and flows that public code
read live (LLM-test, callcenter-ai).
"""

from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Final, get_args

from reconciler.kinds.flow.forms import ROUTES, TOOL, VARIABLES, VERBATIM
from reconciler.schema.shape import bare, kinds
from reconciler.schema.table import UNSET, Fact, Impact, Section

_SPOKEN, _BEHAVIOUR, _REACH, _SILENT = Impact.SPOKEN, Impact.BEHAVIOUR, Impact.REACH, Impact.SILENT
_GUIDE, _LIVE = "guides of nodes", "guides of nodes; live"

_Map = dict[str, Any]
_List = list[Any]


# fmt: off
class _Node(Section):
    type:                    Annotated[str | None, Fact(shown=("type",), complete=True, impact=_BEHAVIOUR, source=_LIVE)] = UNSET
    subType:                 Annotated[str | None, Fact(shown=("subType",), complete=True, impact=_BEHAVIOUR, source=_GUIDE, note="of a start node: `conversation`, `tool`")] = UNSET
    label:                   Annotated[str | None, Fact(shown=("label",), complete=True, impact=_SILENT, source=_LIVE, note="the name in the dashboard; of a new node its key in the file")] = UNSET
    description:             Annotated[str | None, Fact(shown=("description",), complete=True, impact=_SILENT, source=_GUIDE)] = UNSET
    messageType:             Annotated[str | None, Fact(shown=("messageType",), complete=True, impact=_SPOKEN, source=_LIVE, note="`static` is spoken as written, `prompt` is for the model")] = UNSET
    message:                 Annotated[str | None, Fact(shown=("message",), complete=True, impact=_BEHAVIOUR, prose=True, source=_LIVE)] = UNSET
    finalMessage:            Annotated[str | None, Fact(shown=("finalMessage",), complete=True, impact=_SPOKEN, prose=True, source=_GUIDE)] = UNSET
    reason:                  Annotated[str | None, Fact(shown=("reason",), complete=True, impact=_SILENT, source=_GUIDE)] = UNSET
    extractVariables:        Annotated[_Map | None, Fact(shown=("extractVariables",), complete=True, impact=_BEHAVIOUR, codec=VARIABLES, source=_LIVE, note="by name")] = UNSET
    globalExtractVariables:  Annotated[_Map | None, Fact(shown=("globalExtractVariables",), complete=True, impact=_BEHAVIOUR, source="live")] = UNSET
    staticVariables:         Annotated[_Map | None, Fact(shown=("staticVariables",), complete=True, impact=_BEHAVIOUR, source=_LIVE, note="value by name")] = UNSET
    settingsOverrides:       Annotated[_Map | None, Fact(shown=("settingsOverrides",), complete=True, impact=_BEHAVIOUR, guarded=True, source=_GUIDE)] = UNSET
    modelSettings:           Annotated[_Map | None, Fact(shown=("modelSettings",), complete=True, impact=_BEHAVIOUR, guarded=True, source=_GUIDE)] = UNSET
    voiceSettings:           Annotated[_Map | None, Fact(shown=("voiceSettings",), complete=True, impact=_SPOKEN, guarded=True, source=_GUIDE)] = UNSET
    transcriberSettings:     Annotated[_Map | None, Fact(shown=("transcriberSettings",), complete=True, impact=_BEHAVIOUR, guarded=True, source=_GUIDE)] = UNSET
    tool:                    Annotated[_Map | None, Fact(shown=("tool",), complete=True, impact=_REACH, guarded=True, codec=TOOL, source=_LIVE, note="the entry of `tools` that belongs to the node")] = UNSET
    toolId:                  Annotated[str | None, Fact(shown=("toolId",), complete=True, impact=_REACH, source="live")] = UNSET
    parameters:              Annotated[_List | None, Fact(shown=("parameters",), complete=True, impact=_REACH, guarded=True, source=_GUIDE)] = UNSET
    outputMapping:           Annotated[_Map | None, Fact(shown=("outputMapping",), complete=True, impact=_BEHAVIOUR, source=_GUIDE)] = UNSET
    onErrorBehavior:         Annotated[str | None, Fact(shown=("onErrorBehavior",), complete=True, impact=_BEHAVIOUR, source=_GUIDE)] = UNSET
    errorMessage:            Annotated[str | None, Fact(shown=("errorMessage",), complete=True, impact=_SPOKEN, prose=True, source=_GUIDE)] = UNSET
    overrideResponse:        Annotated[bool | None, Fact(shown=("overrideResponse",), complete=True, impact=_BEHAVIOUR, source=_GUIDE)] = UNSET
    customResponse:          Annotated[str | None, Fact(shown=("customResponse",), complete=True, impact=_SPOKEN, prose=True, source=_GUIDE)] = UNSET
    processingMessage:       Annotated[str | None, Fact(shown=("processingMessage",), complete=True, impact=_SPOKEN, prose=True, source=_GUIDE)] = UNSET
    processingMessageType:   Annotated[str | None, Fact(shown=("processingMessageType",), complete=True, impact=_SPOKEN, source=_GUIDE)] = UNSET
    phoneNumber:             Annotated[str | None, Fact(shown=("phoneNumber",), complete=True, impact=_REACH, source=_GUIDE, note="E.164")] = UNSET
    agentId:                 Annotated[str | None, Fact(shown=("agentId",), complete=True, impact=_REACH, source=_GUIDE)] = UNSET
    transferType:            Annotated[str | None, Fact(shown=("transferType",), complete=True, impact=_REACH, source=_GUIDE)] = UNSET
    transferMessageType:     Annotated[str | None, Fact(shown=("transferMessageType",), complete=True, impact=_SPOKEN, source=_GUIDE)] = UNSET
    transferMessage:         Annotated[str | None, Fact(shown=("transferMessage",), complete=True, impact=_SPOKEN, prose=True, source=_GUIDE)] = UNSET
    sipHeaders:              Annotated[_List | None, Fact(shown=("sipHeaders",), complete=True, impact=_REACH, guarded=True, source=_GUIDE)] = UNSET
    handoffConversation:     Annotated[bool | None, Fact(shown=("handoffConversation",), complete=True, impact=_REACH, source=_GUIDE)] = UNSET
    handoffVariables:        Annotated[bool | None, Fact(shown=("handoffVariables",), complete=True, impact=_REACH, source=_GUIDE)] = UNSET
    timeout:                 Annotated[float | None, Fact(shown=("timeout",), complete=True, impact=_BEHAVIOUR, unit="ms", source=_LIVE)] = UNSET
    skipResponse:            Annotated[bool | None, Fact(shown=("skipResponse",), complete=True, impact=_SPOKEN, source=_GUIDE)] = UNSET
    isGlobal:                Annotated[bool | None, Fact(shown=("isGlobal",), complete=True, impact=_BEHAVIOUR, source=_LIVE)] = UNSET
    globalConditionType:     Annotated[str | None, Fact(shown=("globalConditionType",), complete=True, impact=_BEHAVIOUR, source=_GUIDE)] = UNSET
    globalCondition:         Annotated[str | None, Fact(shown=("globalCondition",), complete=True, impact=_BEHAVIOUR, prose=True, source=_GUIDE)] = UNSET
    globalDtmfKey:           Annotated[str | None, Fact(shown=("globalDtmfKey",), complete=True, impact=_BEHAVIOUR, source=_GUIDE)] = UNSET
    globalReturnToSource:    Annotated[bool | None, Fact(shown=("globalReturnToSource",), complete=True, impact=_BEHAVIOUR, source=_GUIDE)] = UNSET
    requiresDoubleConfirm:   Annotated[bool | None, Fact(shown=("requiresDoubleConfirm",), complete=True, impact=_BEHAVIOUR, source=_LIVE)] = UNSET
    more:                    Annotated[_Map | None, Fact(shown=("more",), complete=True, impact=_BEHAVIOUR, guarded=True, source="live", note="keys of the API that this version does not know")] = UNSET
    verbatim:                Annotated[_Map | None, Fact(shown=("verbatim",), complete=True, raw=True, impact=_BEHAVIOUR, guarded=True, codec=VERBATIM, source="live", note="a whole node as the API has it, without its id")] = UNSET
    transitions:             Annotated[_List | None, Fact(shown=("transitions",), complete=True, impact=_BEHAVIOUR, codec=ROUTES, source=_LIVE, note="in the order of evaluation, each with its condition and `to`")] = UNSET
    on_success:              Annotated[str | None, Fact(shown=("on_success",), complete=True, impact=_BEHAVIOUR, source=_LIVE, note="the fixed exit of a tool")] = UNSET
    on_failure:              Annotated[str | None, Fact(shown=("on_failure",), complete=True, impact=_BEHAVIOUR, source=_LIVE, note="the fixed exit of a tool or transfer")] = UNSET
    next:                    Annotated[str | None, Fact(shown=("next",), complete=True, impact=_BEHAVIOUR, source=_GUIDE, note="the one exit of a node that sets something")] = UNSET
# fmt: on

_ELSE = Fact(
    shown=("else",),
    complete=True,
    impact=_BEHAVIOUR,
    source=_LIVE,
    note="the fallback of a router",
)


class Node(_Node):
    """One node of the flow, by the key that the file gives it."""


# A keyword of Python cannot be annotated.
Node.__annotations__["else"] = Annotated[str | None, _ELSE]
setattr(Node, "else", UNSET)


NODES: Final = Fact(
    shown=("flow.nodes",),
    by="key",
    mapped=True,
    impact=_BEHAVIOUR,
    source=_LIVE,
    note="the nodes by key",
)


class Flow(Section):
    """The conversation as a graph: a form of `workflow` that people read."""

    customVariables: Annotated[
        _Map | _List | str | None,
        Fact(
            shown=("flow.customVariables",),
            complete=True,
            impact=_BEHAVIOUR,
            source="v2 reference; live",
            note="default value by name",
        ),
    ] = UNSET
    nodes: Annotated[dict[str, Node], NODES] = UNSET


def _types(annotation: Any) -> tuple[type, ...]:
    found = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    plain = [getattr(one, "__origin__", one) for one in found if one is not NoneType]
    return (int, float) if float in plain else tuple(plain)


TYPES: Final = MappingProxyType({name: _types(bare(kind)) for name, kind in kinds(Node).items()})
"""The types of the values that a row takes, null apart, by key."""


_OURS = {"more", "verbatim", "tool", "transitions", "on_success", "on_failure", "next", "else"}
"""Rows that are not keys of the API, or have another form there."""


def fits(name: str, value: Any) -> bool:
    """Whether a key of the API's node has a row, and the row takes the value."""
    if name in _OURS or name not in TYPES:
        return False
    odd = isinstance(value, bool) and bool not in TYPES[name]
    return value is None or (isinstance(value, TYPES[name]) and not odd)
