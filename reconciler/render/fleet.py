"""The results of the pages of a fleet on one sheet: projects with changes first, then counts. Pure.

Made from the sheets of the pages, which are redacted: so a report that is merged from the JSON of
several machines is the same as that of one machine.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from reconciler.engine import fleet
from reconciler.engine.fleet import FAILED, NOT_STARTED, REFUSED, SKIPPED, Ended
from reconciler.engine.impact import GROUPS
from reconciler.engine.plan_digest import of_parts
from reconciler.engine.policies.declared import Limit
from reconciler.errors import Problem
from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.model import Violation
from reconciler.render.dedupe import alike, told_once
from reconciler.render.labels import Phrases, of
from reconciler.render.plans import alert
from reconciler.render.sanitize import label, one_line
from reconciler.render.view import OF, Alert, Beside, Block, Listed, Shared, Sheet

_LONG = 1000
_FIRST = "!✗?≠+~✓"
"""Signs of agents, what needs attention first."""


@dataclass(frozen=True, kw_only=True)
class PageResult:
    """What became of a project in an environment.

    ``status`` is ``done``, or why there is no result; ``message`` says more. ``sheet`` has nothing
    taken out that agents share, ``document`` is the page's own JSON, ``findings`` are problems in
    its files.
    """

    project: str
    environment: str
    status: str
    exit_code: int = 0
    message: str = ""
    hint: str = ""
    sheet: Sheet | None = None
    document: Json = None
    findings: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """Its name, as that of a page: ``clients/acme:production``."""
        return f"{self.project}:{self.environment}" if self.environment else self.project

    @property
    def digest(self) -> str:
        """The digest of its plan; empty for none."""
        return self.sheet.digest if self.sheet else ""

    @cached_property
    def verbs(self) -> Counter[str]:
        """How many agents its plan creates, updates and leaves."""
        return Counter(one["action"] for one in (self.document or {}).get("actions", ()))

    @property
    def agents(self) -> frozenset[str]:
        """The digests of the agents that its plan writes."""
        found = (self.document or {}).get("actions", ())
        return frozenset(one["digest"] for one in found if one["digest"])

    @property
    def proven(self) -> bool:
        """Whether its digest is that of exactly these agents: somebody may have edited a report."""
        found = self.document or {}
        parts = of_parts(found.get("environment", ""), found.get("url", ""), self.agents)
        return parts == self.digest and found.get("environment") == self.environment

    @property
    def writes(self) -> int:
        """How many agents its plan writes; none that its digest covers can be left out."""
        return max(self.verbs["create"] + self.verbs["update"], len(self.agents))

    @property
    def live(self) -> int:
        """How many live agents its plan knows."""
        return sum(one["id"] is not None for one in (self.document or {}).get("actions", ()))

    @property
    def refusals(self) -> list[Violation]:
        """Why policies of the fleet reject its plan."""
        found = (self.document or {}).get("violations", ())
        return [
            Violation(
                rule=one["rule"], message=one["message"], hint=one["hint"], pending=one["pending"]
            )
            for one in found
            if one["rule"].startswith(fleet.RULE)
        ]

    @property
    def ended(self) -> Ended:
        """What counts for the exit code."""
        outcomes = (self.document or {}).get("outcomes", ())
        wrote = any(one["status"] in ("done", "diverged", "unknown") for one in outcomes)
        return Ended(name=self.project, status=self.status, exit_code=self.exit_code, wrote=wrote)


@dataclass(frozen=True, kw_only=True)
class FleetResult:
    """What one command did to the pages of a fleet, or of a shard of it.

    ``shard`` is its number and count; (0, 0) for the whole. ``listing`` is a digest of the names of
    all pages that were split, ``filled`` the numbers of shards that have some. ``folder`` is that
    of the fleet file in its repository, such as ``voice/``. Only projects that changed since
    ``changed_since`` are there, unless it is empty. ``complete``: the run was not interrupted.
    ``limit`` is the fleet's ``max_changes``, ``environments`` those that were asked for, by the
    command line or the fleet file; empty for the default of each project.
    """

    command: str
    pages: tuple[PageResult, ...]
    listing: str
    commit: str = ""
    folder: str = ""
    shard: tuple[int, int] = (0, 0)
    filled: tuple[int, ...] = ()
    changed_since: str = ""
    complete: bool = True
    limit: Limit | None = None
    environments: tuple[str, ...] = ()
    language: str = "en"

    @property
    def is_whole(self) -> bool:
        """Whether it has every page that was split, each once."""
        return fleet.listing(page.name for page in self.pages) == self.listing

    @cached_property
    def digest(self) -> str:
        """The digest of the plans of all its pages; empty for other commands."""
        if self.command != "plan":
            return ""
        made = (p for p in self.pages if p.digest)
        return fleet.fleet_digest((p.project, p.environment, p.digest) for p in made)

    @cached_property
    def violations(self) -> tuple[Violation, ...]:
        """Why policies of the fleet reject its plan; ``max_changes`` of the whole only."""
        if self.command != "plan":
            return ()
        told = [
            replace(one, message=f"{page.project}: {one.message}")
            for page in self.pages
            for one in page.refusals
        ]
        pages = self.pages
        counts = (sum(p.writes for p in pages), sum(p.live for p in pages))
        projects = sum(bool(p.writes) for p in pages)
        limits = () if self.shard[1] else fleet.over(self.limit, *counts, projects)
        return (*limits, *told)

    @property
    def refused(self) -> bool:
        """Whether a policy of the fleet rejects it, that no hour and no approval lifts."""
        return any(not one.pending for one in self.violations)

    def exit_code(self, *, detailed: bool) -> int:
        """See ``engine.fleet.exit_code``; ``detailed`` counts changes of a plan."""
        ended = [page.ended for page in self.pages]
        return fleet.exit_code(self.command, ended, refused=self.refused, detailed=detailed)

    @property
    def findings(self) -> tuple[Problem, ...]:
        """Problems in the files of all pages; a page that failed has one at least."""
        return tuple(one for page in self.pages for one in _findings(page))


def findings(page: PageResult, command: str) -> Iterator[Problem]:
    """The findings of a page that text shows: not those of agents without changes.

    Why a page is refused is shown with it.
    """
    keys = {one.key for one in page.sheet.blocks} if page.sheet else set()
    for one in () if page.status == REFUSED else page.findings:
        if command == "validate" or not one.agents or not keys.isdisjoint(one.agents):
            yield replace(one, agents=())


def _findings(page: PageResult) -> Iterator[Problem]:
    yield from page.findings
    if page.status == FAILED and all(one.warning for one in page.findings):
        yield Problem(file=f"{page.project}/reconciler.yaml", message=page.message, hint=page.hint)


def sheet(found: FleetResult) -> Sheet:
    """The sheet of a fleet: a row for each project with something to report, then the agents."""
    say = of(found.language)
    title = _title(found, say)
    pages = _by_name(found.pages)
    whole = [(name, page.sheet) for name, page in pages if page.sheet]
    blocks = tuple(one for name, each in whole for one in _blocks(name, each))
    blocks, shared = (blocks, ()) if found.command == "apply" else told_once(blocks)
    return Sheet(
        kind=found.command,
        title=title,
        environment=_place(found),
        url=", ".join(dict.fromkeys(one.url for _, one in whole if one.url)),
        summary=summary(found),
        changes=any(one.changes for _, one in whole),
        blocks=blocks,
        shared=tuple(replace(one, projects=_holders(one)) for one in shared),
        lists=tuple(_lists(pages, say)),
        findings=tuple(one for page in found.pages for one in page.findings),
        alerts=tuple(_alerts(found, pages, say)),
        impacts={name: sum(one.impacts.get(name, 0) for _, one in whole) for name in GROUPS},
        language=found.language,
        digest=found.digest,
        sides=next((one.sides for _, one in whole if one.sides), None),
        beside=_table(found.command, pages, len(blocks), say),
    )


SHEETS = ("plan", "apply", "drift", "validate")
"""Commands whose results have a sheet."""


def summary(found: FleetResult) -> str:
    """The last line: projects by what became of them, agents and fields of all."""
    say = of(found.language)
    if found.command not in SHEETS:
        return f"{_title(found, say)}."
    return f"{_title(found, say)}: {_told(found, say)}."


def brief(found: Sheet) -> Sheet:
    """The sheet of an apply as text shows it: the agents that are not as planned."""
    return replace(found, blocks=tuple(one for one in found.blocks if one.sign != "✓"))


def _place(found: FleetResult) -> str:
    """What the marker of a report names: ``fleet+live``, in a shard ``fleet+live.3-of-8``.

    The environments are those that were asked for: whatever projects a commit changes, its comment
    is the same.
    """
    names = dict.fromkeys(found.environments)
    number, count = found.shard
    shard = f".{number}-of-{count}" if count else ""
    return "+".join(("fleet", *names)) + shard


def _title(found: FleetResult, say: Phrases) -> str:
    names = dict.fromkeys(page.environment for page in found.pages if page.environment)
    number, count = found.shard
    place = say.joined(
        [
            say.count(len({page.project for page in found.pages}), "project"),
            *map(one_line, names),
            say("shard {number} of {count}", number=number, count=count) if count else "",
        ]
    )
    form = {"drift": "Drift in {place}", "apply": "Apply to {place}", "plan": "Plan for {place}"}
    return say(form.get(found.command, "Check of {place}"), place=place)


def _by_name(pages: Sequence[PageResult]) -> list[tuple[str, PageResult]]:
    """The pages with their names: the project's, with the environment if some have several."""
    several = len(pages) > len({page.project for page in pages})
    named = [
        (label(f"{page.project}:{page.environment}" if several else page.project), page)
        for page in pages
    ]
    return sorted(named, key=lambda one: one[0])


def _blocks(name: str, found: Sheet) -> Iterator[Block]:
    """The agents of a page with something to report, named with their project."""
    for one in found.blocks:
        if not one.quiet:
            yield replace(one, key=f"{name}{OF}{one.key}")


def _holders(one: Shared) -> tuple[str, ...]:
    """The projects with a shared change, each with the number of its agents, or with its agent."""
    keys: dict[str, list[str]] = {}
    for key in one.agents:
        keys.setdefault(key.partition(OF)[0], []).append(key)
    return tuple(
        mine[0] if len(mine) == 1 else f"{name} ({len(mine)})" for name, mine in keys.items()
    )


def _alerts(
    found: FleetResult, pages: Sequence[tuple[str, PageResult]], say: Phrases
) -> Iterator[Alert]:
    """What failed, policies that reject the whole fleet, and those of single projects."""
    heads = {
        FAILED: say("Failed"),
        REFUSED: say("Refused"),
        NOT_STARTED: say("Not started"),
    }
    for name, page in pages:
        if page.status in heads:
            said = label(f"{name}: {page.message}" if page.message else name, _LONG)
            hint = label(page.hint, _LONG)
            yield Alert(head=heads[page.status], rule=name, said=said, hint=hint)
    for one in found.violations:
        refused = alert(one, say)
        head = say("Apply to {place} will refuse", place=say("the fleet"))
        yield replace(refused, head=say("{head} until", head=head) if one.pending else head)
    for name, page in pages:
        for told in page.sheet.alerts if page.sheet else ():
            if not told.rule.startswith(fleet.RULE):
                yield replace(told, said=label(f"{name}: {told.said}", 2 * _LONG))


def _lists(
    pages: Sequence[tuple[str, PageResult]], say: Phrases
) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """The lists of all pages, each told once: which projects have how many items."""
    counts: dict[str, list[tuple[str, str]]] = {}
    for name, page in pages:
        for title, items in page.sheet.lists if page.sheet else ():
            counts.setdefault(title, []).append((name, say.count(len(items), "agent")))
    for title, told in counts.items():
        yield title, alike(told, say)
    left = alike(((name, page.message) for name, page in pages if page.status == SKIPPED), say)
    if left:
        yield say("Skipped"), left


def _table(
    command: str, pages: Sequence[tuple[str, PageResult]], telling: int, say: Phrases
) -> Beside:
    rows = {name: _cells(page, say) for name, page in pages if page.status != SKIPPED}
    told = {name: cells for name, cells in rows.items() if cells[0]}
    quiet = len(rows) - len(told)
    columns = (say("result"), say("what callers notice"))
    shown = 1 if command == "validate" else len(columns)
    return Beside(
        columns=columns[:shown],
        rows=tuple((name, cells[:shown]) for name, cells in _worst_first(told)),
        telling=telling,
        quiet=tuple(name for name in rows if name not in told),
        first=say("project"),
        rest=say(_QUIET[command], projects=say.count(quiet, "project")),
    )


def _worst_first(rows: Mapping[str, tuple[str, str]]) -> Iterable[tuple[str, tuple[str, str]]]:
    return sorted(rows.items(), key=lambda row: "✗·!?≠+~✓".find(row[1][0][:1]))


def _cells(page: PageResult, say: Phrases) -> tuple[str, str]:
    """A page in a few words, after its worst sign, and what callers notice; empty for nothing."""
    if page.status in (FAILED, REFUSED, NOT_STARTED):
        return f"{'·' if page.status == NOT_STARTED else '✗'} {say(page.status)}", "–"
    if page.sheet is None:
        return "", ""
    told = _counted(page.sheet, say)
    alerts = len(page.sheet.alerts)
    told += [say.count(alerts, "alert")] if alerts else []
    if page.sheet.kind == "validate" and page.findings:
        told += [say.count(len(page.findings), "finding")]
    if not told:
        return "", ""
    signs = [one.sign for one in page.sheet.blocks if one.sign in _FIRST]
    sign = "!" if alerts else min(signs, key=_FIRST.index, default="!")
    return f"{sign} {say.joined(told)}", _noticed(page.sheet.impacts, say) or "–"


def _counted(found: Sheet, say: Phrases) -> list[str]:
    """The agents of a page by what is or was done with them."""
    if found.kind == "apply":
        outcomes = Counter(one.status for one in found.blocks)
        return [say.told(f"{n} {status}") for status, n in outcomes.items()]
    signs = Counter(one.sign for one in found.blocks)
    words = {
        "plan": {"+": "{n} to create", "~": "{n} to update", "!": "{n} blocked"},
        "drift": {"~": "{n} drifted", "!": "{n} vanished"},
    }
    return [
        say(word, n=signs[sign]) for sign, word in words.get(found.kind, {}).items() if signs[sign]
    ]


def _noticed(impacts: Mapping[str, int], say: Phrases) -> str:
    return say.joined(say.told(f"{n} {name}") for name in GROUPS if (n := impacts.get(name, 0)))


def _told(found: FleetResult, say: Phrases) -> str:
    """The numbers of projects by what became of them, and of agents and fields."""
    pages = found.pages
    cells = [_cells(page, say)[0] for page in pages]
    status = Counter(page.status for page in pages)
    without = sum(status[one] for one in _NO_RESULT)
    telling = sum(bool(cell) for cell in cells) + status[SKIPPED] - without
    projects = say.joined(
        [
            say(_WITH[found.command][0], n=telling),
            say(_WITH[found.command][1], n=len(pages) - telling - without),
            *(say.told(f"{status[one]} {one}") for one in _NO_RESULT if status[one]),
        ]
    )
    return say.semicolon.join(filter(None, (projects, *_totals(found, say))))


_WITH = {
    "plan": ("{n} with changes", "{n} without changes"),
    "drift": ("{n} with drift", "{n} without drift"),
    "apply": ("{n} with something to do", "{n} with nothing to do"),
    "validate": ("{n} with findings", "{n} without findings"),
}
_QUIET = {
    "plan": "{projects} without changes",
    "drift": "{projects} without drift",
    "apply": "{projects} with nothing to do",
    "validate": "{projects} without findings",
}
_NO_RESULT = (FAILED, REFUSED, NOT_STARTED, SKIPPED)


def _totals(found: FleetResult, say: Phrases) -> Iterator[str]:
    """The agents of all pages by what is or was done with them, and what callers notice."""
    sheets = [page.sheet for page in found.pages if page.sheet]
    blocks = tuple(one for each in sheets for one in each.blocks)
    if sheets:
        yield say.joined(_counted(replace(sheets[0], blocks=blocks), say))
    impacts = {name: sum(one.impacts.get(name, 0) for one in sheets) for name in GROUPS}
    fields = say.count(sum(impacts.values()), "field")
    noticed = _noticed(impacts, say)
    yield f"{fields}: {noticed}" if noticed else ""
