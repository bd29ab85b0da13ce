"""The content of a plan, an audit or an apply for people: the one model of all printers.

Every text here is *visible* already (see ``sanitize``): one line, harmless, secrets replaced. A
printer escapes it for its own format and decides nothing. Data; no behaviour.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field

from reconciler.errors import Problem
from reconciler.late import dataclass


@dataclass(frozen=True)
class Span:
    """A part of a line; ``marked`` if the other side does not have it."""

    text: str
    marked: bool = False


Spans = tuple[Span, ...]
OF = " · "
"""Between a project of a fleet and the key of its agent."""
Ends = tuple[str, str]
"""The meaning of ``-`` and ``+``, and of both ends of an arrow: ``live now``, ``your files``."""
Marks = tuple[str, str]
"""A digest of each side, equal only for equal whole values even if the shown text is cut.

Empty for nothing.
"""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A paragraph, heading, list item or table row of a text, or a run of unchanged ones.

    ==========  ==========  =========  =====================================================
    kind        before      after      more
    ==========  ==========  =========  =====================================================
    same        no          no         ``count`` of them
    added       no          yes        not marked
    removed     yes         no         not marked
    changed     yes         yes        marked
    moved       if changed  yes        its old place is ``old_line`` and ``moved_from``
    shared      no          no         ``count`` of them are in the change number ``shared``
    left        no          no         ``count`` more that changed, for which there is no room
    ==========  ==========  =========  =====================================================

    ``inside`` names the headings among them. ``heading`` is the one above in the new text, or the
    old one if a removed passage's section is gone. Lines count from 1; 0 if a side does not have
    it. ``odd`` names the invisible characters that only one side of a changed passage has. Of
    ``count``, so many are ``rows`` of a table, and ``lines`` of code or drawings.
    """

    kind: str
    count: int = 1
    rows: int = 0
    lines: int = 0
    inside: tuple[str, ...] = ()
    heading: str = ""
    before: Spans = ()
    after: Spans = ()
    old_line: int = 0
    new_line: int = 0
    moved_from: str = ""
    cosmetic: bool = False
    odd: tuple[str, ...] = ()
    marks: Marks = ("", "")
    shared: int = 0


@dataclass(frozen=True, kw_only=True)
class Prose:
    """The diff of a text written by people: its passages in the new text's order.

    ``size`` counts what happened to them. ``space`` names what else changed and is not shown: white
    space, and the numbers of list items. ``shared`` are the numbers of the shared changes in place
    of its passages.
    """

    passages: tuple[Passage, ...]
    size: str
    space: str = ""
    shared: tuple[int, ...] = ()

    @property
    def in_order(self) -> Iterator[tuple["Passage", str]]:
        """Each passage, and the heading above the next one."""
        following = [*(one.heading for one in self.passages[1:]), ""]
        return zip(self.passages, following, strict=False)

    @property
    def counted(self) -> str:
        """Its size, with what is counted: ``paragraphs: 1 changed, 2 added``."""
        named = any(one.rows or one.lines for one in self.passages)
        return self.size if named else f"paragraphs: {self.size}"

    @property
    def digits(self) -> int:
        """The width of a column of line numbers; 0 for a text of one line."""
        last = max((max(one.old_line, one.new_line) for one in self.passages), default=0)
        return len(str(last)) if last > 1 else 0


@dataclass(frozen=True)
class Part:
    """One difference inside a list or mapping; None for a missing side.

    ``prose`` shows the words that differ, if both are longer texts.
    """

    path: str
    before: str | None
    after: str | None
    prose: Prose | None = None


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the values of a conflict, or one side's change to the last applied one."""

    label: str
    value: str | None = None
    prose: Prose | None = None
    parts: tuple[Part, ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """One field of one agent, with one of ``prose``, ``parts``, ``sides`` and before/after.

    ``sign`` is ``+`` set, ``~`` changed, ``?`` cannot be read back, ``!`` conflict, ``·`` ignored,
    ``-`` of an item that is removed. ``whole`` is all of a longer new text, whose size is in
    ``after``. ``group`` is one of ``GROUPS``. ``odd`` names invisible characters that changed.
    ``told`` says in sentences what changed, in place of values, of a field of the flow's ``node``.
    """

    sign: str
    path: str
    group: str
    cause: str = ""
    before: str | None = None
    after: str | None = None
    whole: Prose | None = None
    prose: Prose | None = None
    parts: tuple[Part, ...] = ()
    sides: tuple[Side, ...] = ()
    note: str = ""
    odd: tuple[str, ...] = ()
    marks: Marks = ("", "")
    told: tuple[str, ...] = ()
    node: str = ""


@dataclass(frozen=True)
class Group:
    """The rows of one agent with the same effect for callers; ``name`` is one of ``GROUPS``."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A node in the picture of a flow, at ``x`` and ``y`` of its left upper corner.

    ``status`` is ``same``, ``added``, ``removed`` or ``changed``, ``type`` the API's word.
    ``lost``: no call can reach it. ``anywhere``: the condition that leads here from every node.
    """

    slug: str
    name: str
    type: str
    x: int
    y: int
    status: str = "same"
    lost: bool = False
    anywhere: str = ""


@dataclass(frozen=True, kw_only=True)
class Link:
    """Exits of one box that lead to another: their places in the list of boxes, and conditions."""

    start: int
    end: int
    words: tuple[str, ...]
    status: str = "same"


@dataclass(frozen=True, kw_only=True)
class FlowView:
    """A changed flow: what changed in sentences, what to look at, and the picture of all nodes.

    ``new``: nothing of it is live yet, so that nothing in the picture is marked. Its nodes are
    then ``listed``, a line for each, for printers that do not show all that they have.
    """

    told: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    links: tuple[Link, ...] = ()
    new: bool = False


@dataclass(frozen=True, kw_only=True)
class Block:
    """One agent: what is or was done with it, and its fields.

    ``sign``: ``+`` create, ``~`` update or drifted, ``!`` blocked or vanished, ``=`` nothing, ``✓``
    done, ``≠`` stored differently, ``?`` unknown, ``✗`` failed or refused. ``state`` is the same in
    words, ``facts`` add to it in a few words each; ``status`` is an outcome's in English.
    ``reason`` says why nothing was or will be done, ``hint`` how to fix it. ``told`` is the change
    as a sentence or two, in ``language``. ``breaking`` says what callers must do differently.
    ``shared`` are the numbers of the shared changes that this agent has too. ``everywhere``: it is
    the same in all of several environments, and can be collapsed.
    """

    sign: str
    key: str
    name: str
    id: str
    state: str
    status: str = ""
    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    hint: str = ""
    told: str = ""
    breaking: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    shared: tuple[int, ...] = ()
    everywhere: bool = False
    flow: FlowView | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """All its rows, by what callers notice, strongest first."""
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def elsewhere(self) -> tuple[int, ...]:
        """The shared changes in place of whole rows."""
        told = {n for row in self.rows if row.prose for n in row.prose.shared}
        return tuple(number for number in self.shared if number not in told)

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to report except that it is as it should be."""
        return self.sign == "=" and not (self.groups or self.reason)

    @property
    def covered(self) -> bool:
        """Whether the shared changes cover everything about this agent."""
        own = self.groups or self.breaking or self.reason or self.notes or self.facts
        return bool(self.shared) and not own


@dataclass(frozen=True, kw_only=True)
class Shared:
    """One change that several agents have: shown once. ``row`` shows only what they share.

    ``odd`` are agents with another change at the same place. ``places``: they are agents in
    environments. ``projects`` says of a fleet how many agents of which projects they are.
    """

    number: int
    row: Row
    agents: tuple[str, ...]
    odd: tuple[str, ...] = ()
    places: bool = False
    projects: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Who has it: agents, or projects of a fleet."""
        return self.projects or self.agents


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An item of a list below the agents: an agent, and a field with a note, or some words."""

    who: str
    field: str = ""
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Agents in several environments: a row per key, a cell for each of ``columns``."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    telling: int
    """The number of agents with something to report."""
    quiet: tuple[str, ...] = ()
    """Agents that are in sync in all of them, and in no row."""
    digests: tuple[str, ...] = ()
    """The digest of each environment's plan."""
    first: str = ""
    """The head of the first column, if a row is not an agent but a project of a fleet."""
    rest: str = ""
    """What is said of ``quiet``, if these are projects of a fleet."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """The most important to know: a policy that rejects a plan, a missing required text.

    ``head`` is a title of ours that several share, ``rule`` their origin, ``said`` the sentence and
    ``hint`` how to fix it. ``pending``: it passes without another plan.
    """

    head: str
    rule: str
    said: str
    hint: str = ""
    pending: bool = False


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The origin of a report: ``at`` in UTC as ISO text, the files' ``commit``, the ``tool``."""

    at: str
    commit: str
    tool: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A whole plan, audit or apply, ready to print.

    ``kind`` is ``plan``, ``drift`` or ``apply``; ``title`` names it with its environment.
    ``impacts`` counts the changed fields by ``GROUPS``. ``changes``: whether there is something to
    review. ``language`` is that of ``told``: ``en`` or ``ar``. ``stopped``: the command, then in
    ``kind``, has no result; ``summary`` says why. ``digest`` is of everything that a plan writes.
    ``beside``: there are several environments, and each block's key names its own. ``sides`` are
    what is compared. ``origin`` is shown in reports that are kept.
    """

    kind: str
    title: str
    environment: str
    url: str
    summary: str
    changes: bool
    blocks: tuple[Block, ...] = ()
    shared: tuple[Shared, ...] = ()
    lists: tuple[tuple[str, tuple[Listed, ...]], ...] = ()
    findings: tuple[Problem, ...] = ()
    alerts: tuple[Alert, ...] = ()
    impacts: Mapping[str, int] = field(default_factory=dict)
    language: str = "en"
    stopped: bool = False
    beside: Beside | None = None
    digest: str = ""
    sides: Ends | None = None
    origin: Origin | None = None

    @property
    def telling(self) -> int:
        """The number of agents with something to report."""
        return self.beside.telling if self.beside else len(self.blocks)

    @property
    def legend(self) -> Ends | None:
        """What is compared, if there is a difference to show."""
        rows = (*(row for one in self.blocks for row in one.rows), *(s.row for s in self.shared))
        return self.sides if any(row.sign != "·" for row in rows) else None

    @property
    def alarms(self) -> Mapping[str, list[Alert]]:
        """The alerts by their heads, in order."""
        heads = dict.fromkeys(alert.head for alert in self.alerts)
        return {head: [one for one in self.alerts if one.head == head] for head in heads}

    @property
    def gist(self) -> str:
        """The summary without the title."""
        return self.summary.removeprefix(f"{self.title}: ")
