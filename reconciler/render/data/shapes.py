"""The documents of history, blame, pull, import and doctor: as built and as published. Pure.

The rules of ``documents`` apply to them too.
"""

from typing import Annotated, NotRequired, TypeAlias

from typing_extensions import TypedDict

from reconciler.engine.checkup import Level
from reconciler.jsonvalues import Json
from reconciler.kinds.flow.walk import End, Kind
from reconciler.model import Cause, Status, Verb
from reconciler.render.data.documents import Environment, Key, Moment, Name, Path, Says, Version

At: TypeAlias = Annotated[str, Says("when, in UTC; empty if that is not known")]
Commit: TypeAlias = Annotated[
    str, Says("the commit that the files were at, with `+` if they had edits; empty without git")
]
Author: TypeAlias = Annotated[str, Says("who wrote that commit; empty if this clone lacks it")]
Id: TypeAlias = Annotated[str, Says("the live agent's id")]
Outside: TypeAlias = Annotated[bool, Says("whether the live value is not what was last applied")]


class PastAgent(TypedDict):
    """One agent of a past apply."""

    key: Key
    name: Name
    id: Annotated[str | None, Says("the live agent's id; null if none was created")]
    action: Annotated[Verb, Says("what was planned")]
    status: Annotated[Status | None, Says("what became of it; null if the run ended before")]
    message: Annotated[str, Says("what went wrong; may be empty")]
    fields: Annotated[list[str], Says("dotted paths of the fields that were to change")]


class PastApply(TypedDict):
    """One past apply of an environment."""

    apply: Annotated[int, Says("its number, from 1", {"minimum": 1})]
    environment: Environment
    at: At
    commit: Commit
    author: Author
    what: Annotated[str, Says("the command that it was, such as `apply`")]
    agents: list[PastAgent]


class History(TypedDict):
    """The applies recorded on this machine, newest first."""

    format_version: Version
    applies: list[PastApply]


class Applied(TypedDict):
    """When something was applied, and who changed it."""

    applied_at: At
    commit: Commit
    author: Author


class BlamedField(Applied):
    """When one field got its value."""

    path: Path
    live: Annotated[Json, Says("the live value; `(sensitive)` if it cannot be read or shown")]
    readable: Annotated[bool, Says("whether the live value can be read and shown")]
    edited_outside: Outside
    pending: Annotated[bool, Says("whether the file says something that was not applied yet")]


class BlamedLine(Applied):
    """When one line of a text became live."""

    text: Annotated[str, Says("the line")]
    edited_outside: Outside


class Blame(TypedDict):
    """When an agent's values were applied: its fields, or the lines of one text."""

    format_version: Version
    key: Key
    id: NotRequired[Id]
    updated_at: NotRequired[Moment]
    fields: NotRequired[list[BlamedField]]
    path: NotRequired[Path]
    lines: NotRequired[list[BlamedLine]]


class Edit(TypedDict):
    """One live edit, and its result."""

    key: Key
    path: Path
    cause: Annotated[Cause, Says("who changed the field")]
    taken: Annotated[bool, Says("whether it was taken into a file")]
    how: Annotated[str, Says("how: `live`, `merged`, `marked`, …; empty if it was not taken")]
    files: Annotated[list[str], Says("the files that it went into, as paths in the project")]
    also: Annotated[list[str], Says("other environments that these files feed")]
    dropped: Annotated[list[str], Says("references that plain text has replaced")]
    reason: Annotated[str, Says("why it was left; empty if it was taken")]


class Pull(TypedDict):
    """Live edits that were pulled into the files, or left."""

    format_version: Version
    edits: list[Edit]


class Imported(TypedDict):
    """One live agent, and its new files."""

    key: Annotated[str, Says("its key in the files; empty if it became none")]
    name: Name
    id: Id
    files: Annotated[list[str], Says("paths in the project, the YAML file first")]
    left_out: Annotated[
        dict[str, list[str]], Says("by reason, the paths that are live and in no file")
    ]
    secrets: Annotated[list[str], Says("the environment variables that its file refers to")]
    fixed: Annotated[list[str], Says("objects that no file can change without their secrets")]
    reason: Annotated[str, Says("why it became no file; may be empty")]


class Import(TypedDict):
    """Live agents that were imported."""

    format_version: Version
    agents: list[Imported]


class LeftField(TypedDict):
    """A field of v1 that v2 does not have, now a comment in its file."""

    path: Path
    line: Annotated[int, Says("where it was in the file")]
    environment: Annotated[str, Says("whose override it was in; empty for `spec`")]
    why: Annotated[str, Says("what it means live, or what to do")]


class ConvertedFile(TypedDict):
    """One file that was converted to v2."""

    key: Key
    file: Annotated[str, Says("its path in the project")]
    environments: Annotated[list[str], Says("those whose state knows its agent, and followed")]
    left: list[LeftField]


class Convert(TypedDict):
    """Files of v1 that were converted to v2."""

    format_version: Version
    files: list[ConvertedFile]
    added: Annotated[list[str], Says("fields that the project file names now, too, with the list")]


class FlowTest(TypedDict):
    """One comparison of an equation."""

    variable: Annotated[str, Says("the variable")]
    operator: Annotated[str, Says("such as `equals`")]
    value: Annotated[str, Says("what it is compared with")]


class FlowExit(TypedDict):
    """A target of a node, and its condition."""

    when: Annotated[
        str, Says("the kind of condition: `natural_language`, `dtmf`, `all`, `on_success`, …")
    ]
    detail: Annotated[str, Says("its words or key; may be empty")]
    tests: Annotated[
        list[FlowTest], Says("those of an equation, `all` or `any` of which must hold")
    ]
    to: Annotated[str | None, Says("the slug of the next node; null if it leads nowhere")]


class FlowNode(TypedDict):
    """One node of a flow."""

    slug: Annotated[str, Says("its name in this document")]
    type: Annotated[str, Says("as the API calls it, such as `conversation`")]
    label: Annotated[str, Says("its label in the dashboard; may be empty")]
    says: Annotated[str, Says("its prompt or text; may be empty")]
    static: Annotated[bool, Says("whether the text is spoken as it is")]
    sets: Annotated[list[str], Says("the variables that it sets")]
    anywhere: Annotated[FlowExit | None, Says("how a call comes here from every node, if it does")]
    exits: Annotated[list[FlowExit], Says("in the order of evaluation")]
    reached: Annotated[bool, Says("whether anything leads to it")]


class AgentFlow(TypedDict):
    """The live flow of one agent."""

    key: Key
    id: Id
    name: Name
    nodes: Annotated[list[FlowNode], Says("from the start along the transitions")]


class ShownFlow(TypedDict):
    """A live flow, node by node."""

    format_version: Version
    flow: AgentFlow


class WalkExit(FlowExit):
    """An exit that a walk can take or has taken."""

    anywhere: Annotated[bool, Says("whether it leads to a global node")]


class WalkEvent(TypedDict):
    """One thing that happened in a walk."""

    kind: Annotated[
        Kind,
        Says("what happened"),
    ]
    node: Annotated[str, Says("the slug of the node")]
    text: Annotated[
        str, Says("what is said, the prompt, the name of the variable, or the type of the node")
    ]
    value: Annotated[Json, Says("the value of the variable, or the names that are extracted")]
    exit: Annotated[WalkExit | None, Says("the exit that was taken or tested")]
    holds: Annotated[
        bool | None, Says("whether the equation holds; null if that is not known offline")
    ]
    chosen: Annotated[bool, Says("whether a step chose the exit or gave the value")]


class WalkedFlow(TypedDict):
    """A walk through the flow of one agent."""

    key: Key
    environment: Annotated[str, Says("the environment whose values the file has")]
    events: Annotated[list[WalkEvent], Says("what happened, in order")]
    node: Annotated[str, Says("the slug of the node at which the walk is")]
    end: Annotated[
        End,
        Says("why the walk has ended; empty if it waits for a choice"),
    ]
    choices: Annotated[list[WalkExit], Says("the exits that can be taken there")]
    ring: Annotated[list[str], Says("the slugs of an endless loop")]
    variables: Annotated[dict[str, Json], Says("the variables with their values")]


class Walked(TypedDict):
    """A walk through a flow, offline."""

    format_version: Version
    walk: WalkedFlow


class Check(TypedDict):
    """One check."""

    name: Annotated[str, Says("what was looked at")]
    environment: Annotated[str, Says("of which environment; empty if of none")]
    status: Annotated[Level, Says("how it ended; `fail` exits with 1")]
    said: Annotated[str, Says("what was seen")]
    remedy: Annotated[list[str], Says("what to do, and the command that does it; may be empty")]


class Checks(TypedDict):
    """The results of `doctor`."""

    format_version: Version
    checks: list[Check]


class ServicePage(TypedDict):
    """A page that the service works on, or a rollout."""

    name: Annotated[str, Says("`PROJECT:ENVIRONMENT`, or `fleet:NAME` for a rollout")]
    state: Annotated[str, Says("what it does or waits for, or how it ended")]
    ended: Annotated[bool, Says("whether it is over")]
    failed: Annotated[bool, Says("whether it ended because something kept failing")]
    digest: Annotated[str | None, Says("of the plan; null if nothing would be written")]
    writes: Annotated[int, Says("how many agents the plan writes")]
    drifted: Annotated[int, Says("how many agents drifted")]
    who: Annotated[str | None, Says("who approved or rejected it")]
    until: Annotated[str | None, Says("when the wait ends, in UTC")]
    exit_code: Annotated[int, Says("of the apply; 0 before it")]
    wave: Annotated[int, Says("the wave of a rollout, from 1; 0 for none")]
    waves: Annotated[int, Says("how many there are")]
    done: Annotated[int, Says("agents of a page, or pages of a rollout, that are done")]
    left: Annotated[int, Says("those that failed or were refused")]
    total: Annotated[int, Says("how many were to be written")]


class Service(TypedDict):
    """What the standing service does: the output of `service status`."""

    format_version: Version
    pages: list[ServicePage]
