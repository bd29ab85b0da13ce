"""What a person gets to see of a plan, an audit or an apply: the one model that printers walk.

Every text in here is *visible* already (see ``safe``): one line, nothing in it acts, secrets are
replaced. A printer escapes it for its own format and decides nothing. Data; no behaviour.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.errors import Problem


@dataclass(frozen=True)
class Span:
    """A stretch of a line; ``marked`` where the other side does not have it."""

    text: str
    marked: bool = False


Spans = tuple[Span, ...]
Ends = tuple[str, str]
"""What ``-`` and ``+`` are, and what an arrow leads from and to: ``live now``, ``your files``."""
Marks = tuple[str, str]
"""Of both sides a digest that is the same for the same whole value alone, also if what is shown of
it is cut; empty for nothing."""


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
    moved       if changed  yes        ``old_line`` and ``moved_from`` tell where it stood
    shared      no          no         ``count`` of them are in the change number ``shared``
    left        no          no         ``count`` more that changed, for which there is no room
    ==========  ==========  =========  =====================================================

    ``inside`` names the headings among them. ``heading`` is the one above in the new text, or the
    old one's where a removed passage's section is gone. Lines count from 1; 0 where a side does
    not have it. ``odd`` names the characters that only one side of a changed passage has and
    nobody sees. Of ``count`` so many are ``rows`` of a table, and ``lines`` of code or drawings.
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
    """The diff of a text that people wrote: its passages in the new text's order.

    ``size`` counts what became of them. ``space`` names what else changed and is not shown: white
    space, and the numbers of list items.
    ``shared`` are the numbers of the shared changes that stand in place of its passages.
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
    """One difference inside a list or mapping; an absent side is None.

    ``prose`` shows the words that differ, where both are texts of some length.
    """

    path: str
    before: str | None
    after: str | None
    prose: Prose | None = None


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the values of a conflict, or what one side made of the last one."""

    label: str
    value: str | None = None
    prose: Prose | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """One field of one agent. Of ``prose``, ``parts``, ``sides`` and before/after one is filled.

    ``sign`` is ``+`` set, ``~`` changed, ``?`` cannot be read back, ``!`` conflict, ``·`` ignored,
    ``-`` of an item that is taken out.
    ``whole`` is all of a new text of some length, of which ``after`` tells the size.
    ``group`` is one of ``GROUPS``. ``odd`` names characters that changed and that nobody sees.
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


@dataclass(frozen=True)
class Group:
    """The rows of one agent of which a caller notices the same; ``name`` is one of ``GROUPS``."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Block:
    """One agent: what is or was done with it, and its fields.

    ``sign``: ``+`` create, ``~`` update or drifted, ``!`` blocked or vanished, ``=`` nothing,
    ``✓`` done, ``≠`` stored otherwise, ``?`` unknown, ``✗`` failed or refused. ``state`` says the
    same in words, ``facts`` add to it in a few words each; ``status`` is an outcome's in English.
    ``reason`` tells why nothing was or will be done, ``hint`` the remedy. ``told`` is the change as
    a sentence or two, in ``language``. ``breaking`` tells what callers must do otherwise.
    ``shared`` are the numbers of the shared changes that this agent has too. ``everywhere``: of
    several environments it is the same in all, and can be folded.
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

    @property
    def rows(self) -> tuple[Row, ...]:
        """All its rows, what callers notice most first."""
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def elsewhere(self) -> tuple[int, ...]:
        """The shared changes that stand in place of whole rows."""
        told = {n for row in self.rows if row.prose for n in row.prose.shared}
        return tuple(number for number in self.shared if number not in told)

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to be said of it but that it is as it should be."""
        return self.sign == "=" and not (self.groups or self.reason)

    @property
    def covered(self) -> bool:
        """Whether the shared changes say all that is to be said of this agent."""
        own = self.groups or self.breaking or self.reason or self.notes or self.facts
        return bool(self.shared) and not own


@dataclass(frozen=True, kw_only=True)
class Shared:
    """One change that several agents have: shown once. ``row`` shows only what they share.

    ``odd`` are agents whose change at the same place is another one. ``places``: what
    has it are agents in environments.
    """

    number: int
    row: Row
    agents: tuple[str, ...]
    odd: tuple[str, ...] = ()
    places: bool = False


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An item of a list below the agents: an agent, and a field with a note, or some words."""

    who: str
    field: str = ""
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Agents in several environments: a row for a key, a cell for each of ``columns``."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    telling: int
    """How many of the agents have something to say."""
    quiet: tuple[str, ...] = ()
    """Agents that are in sync in all of them, and in no row."""
    digests: tuple[str, ...] = ()
    """Of each environment's plan."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What to know before all else: a rule that rejects a plan, a required text that is gone.

    ``head`` is a title of ours that several share, ``rule`` what they come from, ``said`` the
    sentence and ``hint`` the way out. ``pending``: it passes without another plan.
    """

    head: str
    rule: str
    said: str
    hint: str = ""
    pending: bool = False


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a report comes from: ``at`` in UTC as ISO text, the files' ``commit``, the ``tool``."""

    at: str
    commit: str
    tool: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A whole plan, audit or apply, ready to print.

    ``kind`` is ``plan``, ``drift`` or ``apply``; ``title`` names it with its environment.
    ``impacts`` counts the changed fields by ``GROUPS``. ``changes``: whether there is something
    to review. ``language`` is that of ``told``: ``en`` or ``ar``. ``stopped``: the command, which
    is then the ``kind``, came to no result; ``summary`` says why. ``digest`` stands for all that
    a plan writes. ``beside``: there are several environments, and each block's key names its own.
    ``sides`` are what is compared. ``origin`` is told by reports that are kept.
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
        """How many agents have something to say."""
        return self.beside.telling if self.beside else len(self.blocks)

    @property
    def legend(self) -> Ends | None:
        """What is compared, if there is a difference to look at."""
        rows = (*(row for one in self.blocks for row in one.rows), *(s.row for s in self.shared))
        return self.sides if any(row.sign != "·" for row in rows) else None

    @property
    def alarms(self) -> Mapping[str, list[Alert]]:
        """The alerts by their heads, in order."""
        heads = dict.fromkeys(alert.head for alert in self.alerts)
        return {head: [one for one in self.alerts if one.head == head] for head in heads}

    @property
    def gist(self) -> str:
        """The summary for who has read the title."""
        return self.summary.removeprefix(f"{self.title}: ")
