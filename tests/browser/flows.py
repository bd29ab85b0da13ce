"""The sheet of an edit of the sandbox's clinic flow: nodes added, removed, changed and lost."""

import copy

from reconciler.kinds.flow import canvas, form
from reconciler.kinds.flow.compared import compared
from reconciler.render import labels
from reconciler.render.exit_rows import between
from reconciler.render.flow_changes import view
from reconciler.render.view import Block, Group, Row, Sheet
from reconciler.sandbox.seed import load_seed

GREET = "flow.nodes[start_node].transitions"


def sheet(language: str) -> Sheet:
    """The plan of that edit, with a row for the start's exits."""
    (clinic,) = (one.fields for one in load_seed("v2") if len(one.fields.get("workflow", {})) > 1)
    flow = form.read(clinic["workflow"], clinic["webTools"])
    assert flow is not None
    before, after = flow.written, copy.deepcopy(flow.written)
    nodes = after["nodes"]
    exits = nodes["start_node"]["transitions"]
    exits[0]["to"] = "new_patient"
    nodes["new_patient"] = {
        "type": "conversation",
        "label": "مريض جديد؟",
        "transitions": [{"natural_language": "المتصل مريض جديد", "to": "register"}],
    }
    del nodes["emergency"]
    nodes["tool_3"]["on_failure"] = None
    say = labels.of(language)
    told = between(GREET, before["nodes"]["start_node"]["transitions"], exits, say)
    row = Row(sign="~", path=GREET, group="behaviour", node="start_node", **told)
    block = Block(
        sign="~",
        key="clinic",
        name="عيادة النور",
        id="1",
        state=say("update"),
        groups=(Group("behaviour", (row,)),),
        flow=view(compared(before, after), canvas.positions(flow.layout), say),
    )
    return Sheet(
        kind="plan",
        title=say("Plan for {place}", place="sandbox"),
        environment="sandbox",
        url="sandbox",
        summary="",
        changes=True,
        blocks=(block,),
        impacts={"behaviour": 1},
        language=language,
    )
