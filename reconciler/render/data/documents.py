"""The JSON documents, described once: the shapes as built and as published. Pure.

A minor version of the format may add keys. Removing or renaming a key, or changing its type or
allowed words, requires a new major version.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Annotated, Any, Literal, NotRequired, TypeAlias

from typing_extensions import TypedDict

from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.model import Cause, Status, Verb
from reconciler.schema.table import Impact

FORMAT = "2.0"


@dataclass(frozen=True)
class Says:
    """A schema's description of a key, and ``more`` keywords of JSON Schema for it."""

    description: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def __get_pydantic_json_schema__(
        self, source: Any, handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        """Add these words to the schema of a key."""
        return {**handler(source), "description": self.description, **self.more}


_VERSION = {"pattern": r"^2\.\d+$"}

Version: TypeAlias = Annotated[
    str, Says("major.minor of the JSON output; a minor version only adds keys", _VERSION)
]
Environment: TypeAlias = Annotated[str, Says("the environment's name in the project file")]
Url: TypeAlias = Annotated[str, Says("the address of its API, or `sandbox`")]
Summary: TypeAlias = Annotated[str, Says("the last line of the text output")]
Key: TypeAlias = Annotated[str, Says("the agent's key in the files")]
Name: TypeAlias = Annotated[str, Says("the agent's name")]
Path: TypeAlias = Annotated[str, Says("dotted path of the field, as in `spec` of the agent's file")]
Moment: TypeAlias = Annotated[
    str, Says("when the live agent was last edited, as the API says it; empty if it does not")
]
Noted: TypeAlias = Annotated[str, Says("why the file expects this change, and until when")]
Cosmetic: TypeAlias = Annotated[
    bool, Says("whether every word stays and only white space, or characters alike, change")
]
Count: TypeAlias = Annotated[int, Says("how many fields", {"minimum": 0})]


class Problem(TypedDict):
    """A mistake in the files, or a finding about them."""

    file: Annotated[str, Says("path within the project")]
    line: Annotated[int, Says("from 1; 0 if no line can be named", {"minimum": 0})]
    field: Annotated[str, Says("dotted path within the file; may be empty")]
    message: Annotated[str, Says("what is wrong")]
    found: Annotated[str, Says("the value found; may be empty")]
    allowed: Annotated[str, Says("what is allowed; may be empty")]
    hint: Annotated[str, Says("what to do; may be empty")]
    warning: Annotated[bool, Says("whether the run goes on in spite of it")]
    rule: Annotated[str, Says("the rule that found it, or that refuses a plan; may be empty")]


Findings: TypeAlias = Annotated[list[Problem], Says("warnings about the files")]


class Sentences(TypedDict):
    """The changes of an agent in words; empty if there is nothing to say."""

    en: Annotated[str, Says("in English")]
    ar: Annotated[str, Says("in Arabic")]


Item: TypeAlias = Annotated[
    Literal["added", "removed"],
    Says("of a keyed list: what becomes of the item that the field is in"),
]


class AnyChange(TypedDict):
    """The common part of every field that differs."""

    path: Path
    cause: Cause
    impact: Impact
    cosmetic: Cosmetic
    note: NotRequired[Noted]
    item: NotRequired[Item]
    readable: Annotated[bool, Says("whether the API shows the live value")]


class HiddenChange(AnyChange):
    """A field whose values are, or contain, a secret: they are never included."""

    sensitive: Annotated[bool, Says("whether the values are secret", {"const": True})]
    secret_only: NotRequired[
        Annotated[
            bool,
            Says("true where only the value of a secret moved: the digest does not count it"),
        ]
    ]
    unset: NotRequired[
        Annotated[list[str], Says("secrets of it that are not set here: apply needs them")]
    ]


class Uncompared(TypedDict):
    """A field that was not compared, because secrets of it are not set here."""

    path: Path
    impact: Impact
    sensitive: Annotated[bool, Says("whether the values are secret", {"const": True})]
    compared: Annotated[bool, Says("whether the field was compared", {"const": False})]
    unset: Annotated[list[str], Says("the secrets that are not set here")]
    note: Annotated[str, Says("the same in words")]


class OpenChange(AnyChange):
    """A field that differs, with its values."""

    sensitive: Annotated[bool, Says("whether the values are secret", {"const": False})]
    before: Annotated[Json, Says("the live value; also null if it cannot be read")]
    after: Annotated[Json, Says("the value of the files")]
    applied: NotRequired[Annotated[Json, Says("the last applied value, if it is known")]]


Change: TypeAlias = OpenChange | HiddenChange


class UndeclaredMoved(TypedDict):
    """A field that changed live and that no file names."""

    path: Annotated[str, Says("the field's dotted path; of an unknown key, that of the response")]
    impact: Impact
    cosmetic: Cosmetic
    readable: Annotated[bool, Says("whether the live value is known: not of an unknown key")]
    sensitive: Annotated[bool, Says("whether it is secret, so that its values are null")]
    live: Annotated[Json, Says("the live value")]
    applied: Annotated[Json, Says("the earlier value; null if it is unknown on this machine")]
    applied_known: Annotated[bool, Says("whether it is known what it was")]
    note: NotRequired[Noted]


class Stored(TypedDict):
    """A field that the API stores in another form than it was sent: no drift, no change."""

    path: Path
    file: Annotated[Json, Says("the value of the files, as it was sent")]
    live: Annotated[Json, Says("the value that the API made of it")]
    note: Annotated[str, Says("how they differ, and what to write in the file")]


StoredOtherwise: TypeAlias = Annotated[
    list[Stored], Says("fields that the API stores in another form than they were sent in")
]


class Request(TypedDict):
    """One write to the API, in its sent form."""

    method: Annotated[str, Says("`PATCH` or `POST`")]
    path: Annotated[str, Says("of the address")]
    body: Annotated[dict[str, Json], Says("what is sent; secrets as `(sensitive)`")]


Place: TypeAlias = Annotated[
    list[str | int], Says("the way from its action, such as `request`, `body`, `params`, `token`")
]


class SecretLeaf(TypedDict):
    """A secret in a request: its value is read again when the plan is applied."""

    at: Place
    secret: Annotated[str, Says("its name in the files")]


class RefLeaf(TypedDict):
    """The id of an object that the same plan creates."""

    at: Place
    ref: Annotated[str, Says("the address of that object, with its kind")]


class ValueLeaf(TypedDict):
    """A value next to a secret, which is sent and not shown."""

    at: Place
    value: Annotated[Json, Says("the value; null in place of secrets within it")]


Leaf: TypeAlias = SecretLeaf | RefLeaf | ValueLeaf


class ActionToApply(TypedDict):
    """What an apply of the saved plan needs of one action; only for `reconciler apply`."""

    expects: Annotated[dict[str, Json], Says("the live fields that the request replaces")]
    wants: Annotated[dict[str, Json], Says("the fields that must be live afterwards")]
    digests: Annotated[dict[str, str], Says("what the state keeps of each field")]
    known: Annotated[str, Says("a mark of the entry of the state that this was planned with")]
    timezone: Annotated[str, Says("the time zone of the live agent; may be empty")]
    formerly: Annotated[str, Says("the key that the state has, if the file has another one now")]
    place: Annotated[str, Says("the key that its keyed digests are made with; may be empty")]
    declared: Annotated[list[str], Says("every field that the files name")]
    names: Annotated[
        dict[str, str] | None, Says("the file's names of a flow's nodes by id; null without a flow")
    ]
    verbatim: Annotated[list[str], Says("the nodes that the file declares as the API has them")]
    layout: Annotated[
        dict[str, Json] | None,
        Says("ids and positions of nodes that are new; null without a flow"),
    ]
    leaves: Annotated[list[Leaf], Says("what replaces the words that are shown, in this order")]


class PlanToApply(TypedDict):
    """What an apply of the saved plan needs of the whole plan; only for `reconciler apply`."""

    tool_version: Annotated[str, Says("the version that saved the plan")]
    created_at: Annotated[str, Says("when it was saved (UTC)")]
    made_with: Annotated[list[str], Says("the command that saved it, such as `plan`, `-e`, `live`")]
    salt: Annotated[str, Says("what keys the digests of the state")]
    agents: Annotated[int, Says("how many agents are live", {"minimum": 0})]
    known: Annotated[int, Says("how many agents the state knows", {"minimum": 0})]
    needs: Annotated[
        dict[str, dict[str, str]], Says("the digests that the promotion's source must have had")
    ]


Renamed = TypedDict("Renamed", {"from": str, "to": str})


class Placeholders(TypedDict):
    """What changes for those who start calls: names of `{{placeholders}}`, without braces."""

    added: Annotated[list[str], Says("newly used")]
    filled: Annotated[list[str], Says("those of `added` that the agent's own params fill")]
    unfilled: Annotated[list[str], Says("used as before, and the own params fill them no longer")]
    removed: Annotated[list[str], Says("used no more")]
    renamed: Annotated[list[Renamed], Says("those with another name, in neither of the others")]


NodeRenamed = TypedDict(
    "NodeRenamed",
    {
        "node": Annotated[str, Says("its key in the file")],
        "from": Annotated[str, Says("its former label")],
        "to": Annotated[str, Says("its label now, or its key")],
    },
)


class UsedVariable(TypedDict):
    """A variable that is used and that nothing sets."""

    name: Annotated[str, Says("its name")]
    node: Annotated[str, Says("a node that uses it")]


Nodes: TypeAlias = list[str]


class FlowChanges(TypedDict):
    """What changes about a flow, by the keys of its nodes in the file."""

    added: Annotated[Nodes, Says("new nodes")]
    removed: Annotated[Nodes, Says("nodes that are taken out")]
    changed: Annotated[Nodes, Says("nodes that change, those with another label too")]
    renamed: Annotated[list[NodeRenamed], Says("those of `changed` that get another label")]
    unreachable: Annotated[Nodes, Says("nodes that no call can reach any more, or that are new")]
    without_exit: Annotated[Nodes, Says("nodes that led somewhere, and lead nowhere now")]
    variables_added: Annotated[list[str], Says("variables that the flow declares or sets newly")]
    variables_removed: Annotated[list[str], Says("those that it no longer declares or sets")]
    defaults: Annotated[list[str], Says("custom variables with another default value")]
    unset: Annotated[list[UsedVariable], Says("newly used variables that nothing sets")]
    exits: Annotated[list[Sentences], Says("each change of an exit as a sentence")]
    places: Annotated[dict[str, list[float]], Says("the nodes' x and y on the canvas, if known")]
    given: Annotated[list[str], Says("variables that the flow need not set")]


class Action(TypedDict):
    """What the plan does with one agent."""

    action: Verb
    kind: Annotated[str, Says("the kind of object, such as `agent`")]
    api: Annotated[str, Says("the generation of the API that it is written through")]
    key: Annotated[str, Says("the agent's key in the files; empty for an unmanaged one")]
    name: Name
    id: Annotated[str | None, Says("the live agent's id; null for one to be created")]
    changes: Annotated[list[Change], Says("the fields to be written")]
    ignored: Annotated[list[Change], Says("fields that differ and are left to the dashboard")]
    uncompared: Annotated[
        list[Uncompared], Says("fields that were not compared: secrets of them are not set here")
    ]
    undeclared: Annotated[
        list[UndeclaredMoved], Says("what was changed live and no file names: it is left as it is")
    ]
    stored_otherwise: StoredOtherwise
    placeholders: Placeholders
    flow: Annotated[FlowChanges | None, Says("what is written of a flow; null for nothing")]
    sentences: Sentences
    request: Annotated[Request | None, Says("what an apply sends; null for nothing")]
    digest: Annotated[str, Says("of what is written of it, over what; empty for nothing")]
    reason: Annotated[str, Says("why the agent is blocked; else empty")]
    notes: Annotated[list[str], Says("words for people; nothing is decided by them")]
    updated_at: Moment
    apply: NotRequired[Annotated[ActionToApply, Says("in a plan file only")]]


class Impacts(TypedDict):
    """How many fields are to be written, by what a caller notices; each is counted once."""

    spoken: Count
    behaviour: Count
    reach: Count
    silent: Count
    cosmetic: Count


class Apart(TypedDict):
    """A field that the files set differently for another environment."""

    key: Key
    path: Path
    only: Annotated[str, Says("`here` or `there` if it is set for only one of the two; else empty")]
    sensitive: Annotated[bool, Says("whether the values are secret; they are null then")]
    ignored: Annotated[
        bool, Says("whether it is left to the dashboard there: `there` is null then")
    ]
    here: Annotated[Json, Says("the value for the plan's environment; null if there is none")]
    there: Annotated[Json, Says("the value for the source; null if there is none")]


class Promotion(TypedDict):
    """The environment that must have had the changes before this one gets them."""

    source: Annotated[str, Says("its name")]
    apart: Annotated[
        list[Apart], Says("the differences of the files for the two, in the fields to be written")
    ]


class Violation(TypedDict):
    """A policy of the project that rejects the plan: an apply stops with exit code 5."""

    rule: Annotated[str, Says("its name in the project file, such as `max_changes`")]
    message: Annotated[str, Says("what it says, with the numbers and the limit")]
    until: Annotated[str, Says("what lifts it, such as a time with its zone; may be empty")]
    hint: Annotated[str, Says("what to do")]
    agents: Annotated[list[str], Says("the keys of the agents that it is about")]
    pending: Annotated[
        bool, Says("whether an hour, a person or an apply elsewhere lifts it: no error of `plan`")
    ]


class Plan(TypedDict):
    """What an apply would change: printed, or saved in a plan file."""

    format_version: Version
    environment: Environment
    url: Url
    summary: Summary
    digest: Annotated[str, Says("of all that would be written; for `apply --plan-digest`")]
    changes: Annotated[bool, Says("whether an apply would write anything")]
    causes: Annotated[dict[Cause, Count], Says("whose moves the fields of the updates are")]
    impacts: Impacts
    promotion: Annotated[Promotion | None, Says("null if the environment has no source")]
    actions: Annotated[list[Action], Says("by key; agents in sync too")]
    orphans: Annotated[list[str], Says("keys that the state knows and no file claims any more")]
    violations: Annotated[list[Violation], Says("the rules of the project that refuse it")]
    findings: Findings
    apply: NotRequired[Annotated[PlanToApply, Says("in a plan file only")]]
    checksum: NotRequired[Annotated[str, Says("of all else; in a plan file only")]]


class Other(TypedDict):
    """An environment other than the first one requested."""

    environment: Environment
    apart: Annotated[
        list[Apart],
        Says("the differences of the files from the first environment, which is `here`"),
    ]


class Plans(TypedDict):
    """What an apply would change in several environments."""

    format_version: Version
    plans: Annotated[list[Plan], Says("one for each environment, in the order asked for")]
    others: Annotated[list[Other], Says("the environments but the first")]


class AnyMoved(TypedDict):
    """The common part of every field that changed live."""

    path: Path
    cause: Cause
    impact: Impact
    cosmetic: Cosmetic
    live: Annotated[Json, Says("the live value; `(sensitive)` if it may be a secret")]
    item: NotRequired[Item]
    note: NotRequired[Noted]


class MovedSinceApply(AnyMoved):
    """A field whose live value is not the last applied one."""

    applied: Annotated[Json, Says("what was last applied")]


class MovedFromFile(AnyMoved):
    """A field whose live value is not the file's; the last applied value is not known."""

    file: Annotated[Json, Says("the value of the file")]


Moved: TypeAlias = MovedSinceApply | MovedFromFile


class AuditedAgent(TypedDict):
    """One agent of the files, and what changed live since the last apply."""

    key: Key
    name: Name
    id: Annotated[str, Says("the live agent's id, or the one that is not live any more")]
    vanished: Annotated[bool, Says("whether an agent that was applied is not live any more")]
    missing: Annotated[str, Says("why no live agent could be compared; else empty")]
    updated_at: Moment
    applied_at: Annotated[str, Says("when it was last applied (UTC); empty for never")]
    commit: Annotated[str, Says("the commit that was applied; may be empty")]
    drift: Annotated[list[Moved], Says("what moved")]
    undeclared: Annotated[list[UndeclaredMoved], Says("what moved and no file names; is drift too")]
    sentences: Sentences
    expected: Annotated[list[Moved], Says("what moved and is left to the dashboard")]
    undeclared_expected: Annotated[
        list[UndeclaredMoved], Says("what moved, no file names and is left to the dashboard")
    ]
    stored_otherwise: StoredOtherwise
    waiting: Annotated[list[str], Says("fields that moved in the file alone")]
    unchecked: Annotated[list[str], Says("fields that are secret, or that the API does not show")]
    not_known_yet: Annotated[
        list[str], Says("what no file names and no apply has remembered, so that it may have moved")
    ]


class MissingText(TypedDict):
    """A required text that a live agent does not contain."""

    key: Key
    field: Annotated[str, Says("dotted path of its field; empty where any text may hold it")]
    text: Annotated[str, Says("the sentence")]


class UnmanagedAgent(TypedDict):
    """A live agent that is in no file."""

    id: str
    name: Name
    updated_at: Moment
    looks_like: Annotated[list[str], Says("keys of agents of the files whose names look the same")]


class Drift(TypedDict):
    """What changed live since the last apply."""

    format_version: Version
    environment: Environment
    url: Url
    summary: Summary
    drift: Annotated[bool, Says("whether anything moved")]
    required_text: Annotated[list[MissingText], Says("required texts that are missing live")]
    agents: Annotated[list[AuditedAgent], Says("those of the files, by key")]
    unmanaged: Annotated[list[UnmanagedAgent], Says("live agents that are in no file")]
    accepted: Annotated[
        list[str], Says("keys of which `--accept` remembered what no file names, as it is live")
    ]
    findings: Findings


class Difference(TypedDict):
    """A field that reads back different from what was sent, or that changed unasked."""

    path: Path
    expected: Annotated[Json, Says("what was sent, or what was live before")]
    found: Annotated[Json, Says("what is live now")]
    answered: Annotated[
        Json, Says("the answer of the write itself, if it adds something; else null")
    ]
    sent: Annotated[bool, Says("whether the plan set the field; others moved unasked")]
    hidden: Annotated[bool, Says("whether the values are secret; they are null then")]


class Outcome(TypedDict):
    """The outcome of one agent."""

    key: Key
    action: Verb
    id: Annotated[str | None, Says("the live agent's id, if it is known")]
    status: Status
    message: Annotated[str, Says("what happened; empty if all went well")]
    hint: Annotated[str, Says("what to do; may be empty")]
    changes: Annotated[list[Change], Says("what was planned, whatever became of it")]
    sentences: Sentences
    conflicts: Annotated[list[Change], Says("the changes for which the agent was refused")]
    differences: Annotated[list[Difference], Says("what is not as planned")]
    unchecked: Annotated[list[str], Says("fields that were sent and cannot be read back")]


class Apply(TypedDict):
    """The outcome of each agent of an apply."""

    format_version: Version
    environment: Environment
    summary: Summary
    outcomes: list[Outcome]
    findings: Findings


class Stop(TypedDict):
    """Why a run stopped."""

    message: Annotated[str, Says("what is wrong")]
    hint: Annotated[str, Says("what to do; may be empty")]
    exit_code: Annotated[int, Says("what the process exits with")]


class Problems(TypedDict):
    """Mistakes in the files, and why a run stopped if it did."""

    format_version: Version
    problems: list[Problem]
    error: NotRequired[Stop]
