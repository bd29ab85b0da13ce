"""The results of the pages of a fleet as a JSON document, and back. Pure.

A page has the document that its command prints for one project, and its redacted sheet, from which
`reconciler report merge` makes every format.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from reconciler.engine import fleet
from reconciler.engine.impact import GROUPS
from reconciler.engine.policies.agents import allowance
from reconciler.errors import ReconcilerError
from reconciler.jsonvalues import Json
from reconciler.model import Status, Verb
from reconciler.model import Violation as Rejection
from reconciler.render.data import documents, pieces
from reconciler.render.data.documents import (
    FORMAT,
    Problem,
    Says,
    Summary,
    Version,
    Violation,
)
from reconciler.render.data.shapes import Check
from reconciler.render.fleet import FleetResult, PageResult
from reconciler.render.sanitize import one_line
from reconciler.render.view import FlowView, Sheet


class Shard(TypedDict):
    """Which shard of a fleet this is."""

    number: Annotated[int, Says("from 1", {"minimum": 1})]
    count: Annotated[int, Says("how many shards there are", {"minimum": 1})]
    filled: Annotated[list[int], Says("the numbers of those that have pages")]


class FleetPage(TypedDict):
    """What became of one project in one environment."""

    project: Annotated[str, Says("its folder, from that of the fleet file")]
    environment: Annotated[str, Says("the environment; empty if none could be chosen")]
    status: Annotated[
        str,
        Says("`done`, `failed`, `refused`, `skipped` or `not started`"),
    ]
    exit_code: Annotated[int, Says("what a run of the page alone exits with", {"minimum": 0})]
    message: Annotated[str, Says("why it has no result; may be empty")]
    hint: Annotated[str, Says("what to do; may be empty")]
    digest: Annotated[str, Says("the digest of its plan; empty for none")]
    result: Annotated[
        dict[str, Json] | None,
        Says("the document of the command for it alone, but without findings; null without one"),
    ]
    findings: Annotated[list[Problem], Says("problems in its files, by paths from the fleet file")]
    sheet: NotRequired[
        Annotated[dict[str, Json], Says("the redacted report; only for `reconciler report merge`")]
    ]


class Pages(TypedDict):
    """What a command did to the projects of a fleet, or to those of a shard."""

    format_version: Version
    command: Annotated[str, Says("`plan`, `drift`, `apply`, `validate` or `doctor`")]
    fleet: Annotated[str, Says("a digest of the names of all pages that were split")]
    commit: Annotated[str, Says("the commit of the fleet file; empty without git")]
    folder: Annotated[str, Says("its folder in the repository, such as `voice/`; empty at the top")]
    changed_since: Annotated[
        str, Says("what `--changed-since` named: only projects that changed are there; else empty")
    ]
    environments: Annotated[
        list[str], Says("those that were asked for; empty for the default of each project")
    ]
    shard: Annotated[Shard | None, Says("null for the whole fleet")]
    complete: Annotated[bool, Says("false if the run was interrupted")]
    max_changes: Annotated[int | str | None, Says("the limit of the fleet; null for none")]
    language: Annotated[str, Says("of the sentences: `en` or `ar`")]
    summary: Summary
    digest: Annotated[str, Says("of the plans of all pages; empty for other commands")]
    exit_code: Annotated[int, Says("what the process exits with", {"minimum": 0})]
    violations: Annotated[list[Violation], Says("policies of the fleet that reject the plan")]
    pages: Annotated[list[FleetPage], Says("by project and environment")]


def document(found: FleetResult, summary: str, exit_code: int) -> Pages:
    """The document of a result; ``summary`` is that of its sheet."""
    number, count = found.shard
    return {
        "format_version": FORMAT,
        "command": found.command,
        "fleet": found.listing,
        "commit": found.commit,
        "changed_since": found.changed_since,
        "folder": found.folder,
        "environments": list(found.environments),
        "shard": {"number": number, "count": count, "filled": list(found.filled)}
        if count
        else None,
        "complete": found.complete,
        "max_changes": found.limit,
        "language": found.language,
        "summary": summary,
        "digest": found.digest,
        "exit_code": exit_code,
        "violations": [_violation(one) for one in found.violations],
        "pages": [_page(one) for one in sorted(found.pages, key=_name)],
    }


def _name(page: PageResult) -> tuple[str, str]:
    return page.project, page.environment


def _violation(one: Rejection) -> documents.Violation:
    return {
        "rule": one.rule,
        "message": one.message,
        "until": one.until,
        "hint": one.hint,
        "agents": list(one.agents),
        "pending": one.pending,
    }


def _page(one: PageResult) -> FleetPage:
    made: FleetPage = {
        "project": one.project,
        "environment": one.environment,
        "status": one.status,
        "exit_code": one.exit_code,
        "message": one.message,
        "hint": one.hint,
        "digest": one.digest,
        "result": _bare(one.document),
        "findings": [pieces.problem(item) for item in one.findings],
    }
    if one.sheet:
        made["sheet"] = _SHEET.dump_python(one.sheet, mode="json", exclude_defaults=True)
    return made


def _bare(document: Mapping[str, Json] | None) -> dict[str, Json] | None:
    """A page's document without findings, which the page has: a large fleet has very many."""
    if document is None:
        return None
    return {name: [] if name == "findings" else found for name, found in document.items()}


class _Action(TypedDict):
    action: Verb
    id: str | None
    digest: str


class _Outcome(TypedDict):
    status: Status


class _Result(TypedDict, total=False):
    """What is read of the document of a page; all else in it is passed on."""

    environment: str
    url: str
    actions: list[_Action]
    outcomes: list[_Outcome]
    orphans: list[str]
    violations: list[Violation]
    checks: list[Check]


_CODES = range(256)
"""What a process can exit with."""
_STATUSES = (fleet.DONE, fleet.FAILED, fleet.REFUSED, fleet.SKIPPED, fleet.NOT_STARTED)
_LANGUAGES = ("en", "ar")
_SIGNS, _ROW_SIGNS = frozenset("+~!=✓≠?✗·-"), frozenset("+~?!·-")
"""What an agent's block, and a row, may begin with: see ``view``."""
_MADE = frozenset(("same", "added", "removed", "changed"))
"""What became of a box or a link."""
_APART = 1000
"""More than there is between two boxes of a picture, across or down."""
_AS_WRITTEN = ("result", "project", "environment")
"""What is compared, so that it must stay as it is; it is made harmless where it is shown."""


def read(content: Json) -> FleetResult:
    """The result in a document. Raises ReconcilerError if it is none of ours, or damaged."""
    if not isinstance(content, Mapping) or not isinstance(content.get("pages"), list):
        raise ReconcilerError("it is no report of a fleet", hint="plan --fleet --report json=FILE")
    version = str(content.get("format_version", ""))
    if not re.fullmatch(rf"{FORMAT.partition('.')[0]}\.\d+", version):
        raise ReconcilerError(
            f"its format is {one_line(version)[:80] or 'not named'}, not {FORMAT}"
        )
    try:
        found = _read(_harmless(_PAGES.validate_python(content)))
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise ReconcilerError("it is damaged: no report of ours looks like that") from error
    if found.digest != content["digest"]:
        raise ReconcilerError("it was edited: its digest is not that of its pages")
    return found


def _harmless(content: Json) -> Any:
    """What is shown of a document, with every text visible, whoever has edited it."""
    if isinstance(content, str):
        return one_line(content)
    if isinstance(content, list):
        return [_harmless(item) for item in content]
    if isinstance(content, Mapping):
        return {k: item if k in _AS_WRITTEN else _harmless(item) for k, item in content.items()}
    return content


def _read(content: Mapping[str, Any]) -> FleetResult:
    shard = content["shard"] or {"number": 0, "count": 0, "filled": []}
    allowance(content["max_changes"] or 0, 0)
    _expect(content["language"] in _LANGUAGES)
    return FleetResult(
        command=content["command"],
        pages=tuple(_result(page, content["command"]) for page in content["pages"]),
        listing=content["fleet"],
        commit=content["commit"],
        changed_since=content["changed_since"],
        folder=content["folder"],
        environments=tuple(content["environments"]),
        shard=(shard["number"], shard["count"]),
        filled=tuple(shard["filled"]),
        complete=content["complete"],
        limit=content["max_changes"],
        language=content["language"],
    )


def _result(page: Mapping[str, Any], command: str) -> PageResult:
    sheet, status, code = page.get("sheet"), page["status"], page["exit_code"]
    _RESULT.validate_python(page["result"] or {})
    _expect(status in _STATUSES, code in _CODES)
    _expect(code or status not in (fleet.FAILED, fleet.REFUSED))
    _expect(page["result"] is not None or status != fleet.DONE or command != "plan")
    return PageResult(
        project=page["project"],
        environment=page["environment"],
        status=status,
        exit_code=code,
        message=page["message"],
        hint=page["hint"],
        document=page["result"],
        findings=tuple(map(pieces.problem_of, page["findings"])),
        sheet=None if sheet is None else _sheet(sheet),
    )


def _sheet(content: Json) -> Sheet:
    """A sheet of which every printer can show all. Raises ValueError for any other."""
    sheet: Sheet = _SHEET.validate_python(content)
    groups = [one for block in sheet.blocks for one in block.groups]
    rows = [*(row for one in groups for row in one.rows), *(one.row for one in sheet.shared)]
    _expect(
        {one.sign for one in sheet.blocks} <= _SIGNS,
        {one.sign for one in rows} <= _ROW_SIGNS,
        {one.name for one in groups} | {one.group for one in rows} <= {*GROUPS},
        *(_is_drawable(one.flow) for one in sheet.blocks if one.flow),
    )
    return sheet


def _is_drawable(flow: FlowView) -> bool:
    """Whether links lead to boxes, and these are as near as boxes of ours."""
    boxes, room = range(len(flow.boxes)), range(_APART * len(flow.boxes))
    ends = all(one.start in boxes and one.end in boxes for one in flow.links)
    made = {one.status for one in flow.boxes} | {one.status for one in flow.links}
    return ends and made <= _MADE and all(one.x in room and one.y in room for one in flow.boxes)


def _expect(*so: object) -> None:
    if not all(so):
        raise ValueError


_SHEET = TypeAdapter(Sheet)
_PAGES, _RESULT = TypeAdapter(Pages), TypeAdapter(_Result)
