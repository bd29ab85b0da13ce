"""The live flow of one agent, from start to end. Read-only."""

from reconciler.engine import views
from reconciler.errors import ReconcilerError
from reconciler.kinds.flow.form import Flow
from reconciler.kinds.flow.outline import Node, outline
from reconciler.late import dataclass
from reconciler.schema.view import Names
from reconciler.workflows import chosen
from reconciler.workflows.refresh import refresh
from reconciler.workflows.session import Session


@dataclass(frozen=True, kw_only=True)
class LiveFlow:
    """The live nodes of an agent's flow."""

    key: str
    id: str
    name: str
    nodes: tuple[Node, ...]


async def live_flow(session: Session, key: str) -> LiveFlow:
    """Read the flow of the agent with this key.

    1. Read the files, the state, and the live agents.
    2. Find the live agent of the key in the list.
    3. Read it by its id, and no other: the list may leave flows out.
    4. Name its nodes as the file does, in reading order.
    """
    desired, _ = session.agents()
    chosen.check_key(desired, key)
    seen = await refresh(session, desired, session.page(), wanted=frozenset())
    file, live = chosen.live_agent(seen, key)
    async with session.reader() as reader:
        payload = await reader.agent(live.kind, live.id) or {}
    view = live.kind.view
    if view is None or not payload.get(view.whole):
        raise ReconcilerError(f"{key} has no flow", hint="only flow agents of v2 have one")
    opened = view.opened(payload, views.named(file, payload) or Names())
    if opened is None:
        hint = (
            "two nodes have the same id, or it has a shape that is unknown here; see the dashboard"
        )
        raise ReconcilerError(f"the flow of {key} has no readable form", hint=hint)
    flow = Flow(written=opened[0][view.top])
    return LiveFlow(key=key, id=live.id, name=live.name, nodes=outline(flow))
