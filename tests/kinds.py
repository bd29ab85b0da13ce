"""Made-up kinds, for what no kind of the product needs yet: a keyed list, with all in its items."""

from typing import Annotated, Any

from annotated_types import Ge

from reconciler.schema.codecs import Codec
from reconciler.schema.kind import Kind, Role, Routes
from reconciler.schema.table import UNSET, Fact, Impact, Section

SOURCE = "tests"


def fact(*shown: str, **more: Any) -> Fact:
    return Fact(shown=shown, **{"impact": Impact.BEHAVIOUR, "source": SOURCE, **more})


UPPER = Codec(canonical=lambda value: value.upper() if isinstance(value, str) else value)


# fmt: off
class Exit(Section):
    """A way out of a node."""

    id:    Annotated[str, fact("id")] = UNSET
    to:    Annotated[str, fact("to", codec=UPPER)] = UNSET


class Look(Section):
    """A nested object of a node."""

    colour: Annotated[str, fact("style.tint", "look.colour", impact=Impact.SILENT)] = UNSET
    size:   Annotated[int, Ge(1), fact("look.size", unit="px", impact=Impact.SILENT)] = UNSET


class Node(Section):
    """An item of the keyed list."""

    id:      Annotated[str | int, fact("id")] = UNSET
    message: Annotated[str | None, fact("message", prose=True, impact=Impact.SPOKEN)] = UNSET
    token:   Annotated[str, fact("token", sensitive=True, impact=Impact.REACH)] = UNSET
    look:    Look = UNSET
    tool:    Annotated[str, fact("tool", refers="tool")] = UNSET
    exits:   Annotated[list[Exit], fact("exits", by="id")] = UNSET


class Call(Section):
    """A flow: a name, a nested object with a keyed list, and a keyed list at the top."""

    name:     Annotated[str, fact("name", impact=Impact.SILENT)] = UNSET
    greeting: Annotated[str, fact("greeting", prose=True, impact=Impact.SPOKEN)] = UNSET
    nodes:    Annotated[list[Node] | None, fact("nodes", by="id")] = UNSET
    tools:    Annotated[list[str], fact("tools", refers="tool")] = UNSET
    next:     Annotated[str, fact("next", refers="agent")] = UNSET


class Hook(Section):
    """An object that flows refer to, and that may refer to a flow."""

    name:     Annotated[str, fact("name", impact=Impact.SILENT)] = UNSET
    url:      Annotated[str, fact("url", impact=Impact.REACH)] = UNSET
    fallback: Annotated[str, fact("fallback", refers="agent")] = UNSET
# fmt: on


FLOW = Kind(
    name="agent",
    api="t1",
    model=Call,
    routes=Routes(collection="/t1/flows", items="flows"),
    roles={Role.NAME: "name", Role.GREETING: "greeting"},
    first_vintage="G1",
    server_managed=("updatedAt", "nodes[*].updatedAt"),
)

TOOL = Kind(
    name="tool",
    api="t1",
    model=Hook,
    routes=Routes(collection="/t1/tools", items="tools"),
    roles={Role.NAME: "name"},
    first_vintage="G1",
)
