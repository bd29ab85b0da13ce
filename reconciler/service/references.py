"""What is sent through Temporal, which keeps it: names, digests and counts. No IO, no temporalio.

Nothing here may hold a text of an agent, a secret, or the message of an error.
"""

from collections.abc import Mapping
from enum import StrEnum

from reconciler.jsonvalues import Json
from reconciler.late import dataclass

MEMO = "reconciler"
"""The name under which a workflow's status is shown in lists of workflows."""
SELF_HEAL = "policy self_heal"
"""Who approves a plan that undoes nothing but drift of groups that heal by themselves."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """The unit of work: a project, as a folder below the worker's root, and an environment."""

    project: str
    environment: str

    @property
    def name(self) -> str:
        """Its name on the command line, such as ``clients/nour:production``."""
        return f"{self.project}:{self.environment}"

    @property
    def id(self) -> str:
        """The id of its workflow, which is its lock: Temporal runs one at a time."""
        return f"page:{self.name}"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long things are waited for, in seconds.

    ``expires``: an approval; ``reminder``: until it is asked for again; ``again``: an hour or
    another approval that a policy wants; ``heartbeat``: a sign of life of a worker.
    """

    expires: float = 3 * 86400.0
    reminder: float = 86400.0
    again: float = 900.0
    heartbeat: float = 30.0


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Who allows a plan to be applied, by its digest.

    ``groups`` are those of ``--approve``; ``overwrite``: also where files and dashboard moved.
    """

    digest: str
    who: str
    groups: tuple[str, ...] = ()
    overwrite: bool = False


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The input of a page's workflow: to look, and to apply what is approved.

    ``approval``: it was given already, for a rollout. The others go from one run of a long wait to
    the next: what was asked about, until when, when to ask again (both Unix time), and the plan
    that was rejected.
    """

    page: Page
    patience: Patience = Patience()
    approval: Approval | None = None
    asked: str = ""
    until: float = 0.0
    again: float = 0.0
    rejected: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a look at a page found, in numbers of agents.

    ``digest`` is that of the plan, ``parts`` are those of its writes, and ``agents`` counts what is
    live. ``subject`` is the digest of what people are asked about: the plan if it writes anything,
    or drift that no plan undoes; empty if there is nothing. ``heals``: it may be applied without
    an approval. ``refused``: a policy rejects it whatever anybody approves; ``fleet_refuses``: one
    of the fleet does.
    """

    digest: str = ""
    subject: str = ""
    parts: tuple[str, ...] = ()
    agents: int = 0
    writes: int = 0
    drifted: int = 0
    blocked: int = 0
    heals: bool = False
    refused: bool = False
    fleet_refuses: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to apply: an approved plan, and the digests of its writes."""

    page: Page
    approval: Approval
    parts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Applied:
    """How an apply ended: its exit code, and numbers of agents.

    ``pending``: a policy refused it, and will allow it at another hour, or with an approval.
    """

    exit_code: int
    done: int = 0
    left: int = 0
    pending: bool = False


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What to publish about a page. ``closed``: nothing waits for anybody any more."""

    page: Page
    digest: str = ""
    closed: bool = False
    reminder: bool = False
    until: float = 0.0


class State(StrEnum):
    """What a workflow is doing, or how it ended."""

    LOOKING = "looking"
    WAITING = "waiting for approval"
    HELD = "approved, held by a policy"
    APPLYING = "applying"
    IN_SYNC = "in sync"
    DRIFTED = "drifted"
    APPLIED = "applied"
    PART = "applied in part"
    FAILED = "not applied"
    REFUSED = "refused"
    REJECTED = "rejected"
    EXPIRED = "expired"
    YIELDED = "left to a rollout"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class Status:
    """The status of a workflow, and its result when it ends. ``until`` is Unix time, 0 for none.

    ``done`` and ``failed`` count agents of a page, or pages of a rollout; ``total`` is how many
    there are. ``wave`` counts from 1, 0 for none.
    """

    state: State = State.LOOKING
    digest: str = ""
    writes: int = 0
    drifted: int = 0
    who: str = ""
    until: float = 0.0
    exit_code: int = 0
    wave: int = 0
    waves: int = 0
    done: int = 0
    failed: int = 0
    total: int = 0

    @classmethod
    def of(cls, found: Mapping[str, Json]) -> "Status":
        """The status in a memo; fields of a newer worker are left out."""
        known = {name: found[name] for name in cls.__dataclass_fields__ if name in found}
        return cls(**known)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A workflow in a list: the name that commands take, and what it does or did."""

    name: str
    status: Status
    ended: bool = False
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """The input of a fleet's workflow.

    ``waves`` are counts, shares such as ``10%``, and ``rest``, of the pages with changes; ``pause``
    is in seconds between two of them; ``most_failures`` a count or a share of a wave's pages, and
    ``most_changes`` one of all agents, empty for no limit.
    """

    pages: tuple[Page, ...]
    waves: tuple[str, ...] = ("1", "10%", "rest")
    pause: float = 0.0
    most_failures: str = "0"
    most_changes: str = ""
    patience: Patience = Patience()
