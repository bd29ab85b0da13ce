"""History, blame, pull, import and doctor as documents. Pure, without values of secrets."""

from collections.abc import Sequence

from reconciler.engine.blame import Blamed, BlamedLine
from reconciler.engine.checkup import Check
from reconciler.engine.history import Apply, Written
from reconciler.engine.pull import Pulled
from reconciler.jsonvalues import Json, Secret, map_leaves
from reconciler.kinds.flow.outline import Exit, Node
from reconciler.kinds.flow.values import text_of
from reconciler.kinds.flow.walk import Event, Turn, Walk
from reconciler.model import Live, Stamp
from reconciler.render.conversions import ConvertedAgent
from reconciler.render.data import shapes
from reconciler.render.data.documents import FORMAT
from reconciler.render.history import Authors
from reconciler.render.imports import ImportedAgent
from reconciler.render.rows import SENSITIVE
from reconciler.render.sanitize import one_line


def history(applies: Sequence[Apply], authors: Authors) -> shapes.History:
    """Past applies."""
    return {"format_version": FORMAT, "applies": [_apply(one, authors) for one in applies]}


def _apply(apply: Apply, authors: Authors) -> shapes.PastApply:
    return {
        "apply": apply.number,
        "environment": apply.environment,
        "at": apply.at,
        "commit": apply.commit,
        "author": authors.get(apply.commit, ""),
        "what": apply.what,
        "agents": [_written(one) for one in apply.agents],
    }


def _written(one: Written) -> shapes.PastAgent:
    return {
        "key": one.key,
        "name": one.name,
        "id": one.id,
        "action": one.verb,
        "status": one.status,
        "message": one.message,
        "fields": [change.path for change in one.changes],
    }


def blamed_fields(key: str, live: Live, found: Sequence[Blamed], authors: Authors) -> shapes.Blame:
    """Which apply set each field of an agent."""
    return {
        "format_version": FORMAT,
        "key": key,
        "id": live.id,
        "updated_at": live.updated_at,
        "fields": [_blamed(one, authors) for one in found],
    }


def blamed_lines(
    key: str, path: str, found: Sequence[BlamedLine], authors: Authors
) -> shapes.Blame:
    """Which apply set each line of a text."""
    return {
        "format_version": FORMAT,
        "key": key,
        "path": path,
        "lines": [_line(one, authors) for one in found],
    }


def _blamed(item: Blamed, authors: Authors) -> shapes.BlamedField:
    return {
        "path": item.path,
        **_stamp(item.since, authors),
        "live": item.live if item.readable else SENSITIVE,
        "readable": item.readable,
        "edited_outside": item.outside,
        "pending": item.pending,
    }


def _line(line: BlamedLine, authors: Authors) -> shapes.BlamedLine:
    return {
        "text": line.text,
        **_stamp(line.since, authors),
        "edited_outside": line.since is None,
    }


def _stamp(stamp: Stamp | None, authors: Authors) -> shapes.Applied:
    commit = stamp.commit if stamp else ""
    return {
        "applied_at": stamp.at if stamp else "",
        "commit": commit,
        "author": authors.get(commit, ""),
    }


def pulled(found: Sequence[Pulled]) -> shapes.Pull:
    """Live edits that were pulled into the files, or left."""
    return {"format_version": FORMAT, "edits": [_edit(item) for item in found]}


def _edit(item: Pulled) -> shapes.Edit:
    return {
        "key": item.decision.action.key,
        "path": item.decision.change.path,
        "cause": item.decision.change.cause,
        "taken": not item.reason,
        "how": item.decision.how if not item.reason else "",
        "files": [one_line(name) for name in item.files],
        "also": list(item.also),
        "dropped": [one_line(name) for name in item.dropped],
        "reason": item.reason,
    }


def imported(found: Sequence[ImportedAgent]) -> shapes.Import:
    """Live agents that were imported."""
    return {"format_version": FORMAT, "agents": [_imported(one) for one in found]}


def _imported(one: ImportedAgent) -> shapes.Imported:
    return {
        "key": one.key,
        "name": one.name,
        "id": one.id,
        "files": list(one.files),
        "left_out": {reason: list(paths) for reason, paths in one.left_out.items()},
        "secrets": list(one.secrets),
        "fixed": list(one.fixed),
        "reason": one.reason,
    }


def converted(found: Sequence[ConvertedAgent], added: Sequence[str]) -> shapes.Convert:
    """Files that were converted to v2."""
    return {
        "format_version": FORMAT,
        "files": [_converted(one) for one in found],
        "added": list(added),
    }


def _converted(one: ConvertedAgent) -> shapes.ConvertedFile:
    return {
        "key": one.key,
        "file": one.file,
        "environments": list(one.environments),
        "left": [
            {
                "path": left.path,
                "line": left.line,
                "environment": left.environment,
                "why": left.why,
            }
            for left in one.left
        ],
    }


def flow(key: str, agent_id: str, name: str, nodes: Sequence[Node]) -> shapes.ShownFlow:
    """A live flow, node by node."""
    found: shapes.AgentFlow = {
        "key": key,
        "id": agent_id,
        "name": name,
        "nodes": [_node(one) for one in nodes],
    }
    return {"format_version": FORMAT, "flow": found}


def _node(one: Node) -> shapes.FlowNode:
    return {
        "slug": one.slug,
        "type": one.type,
        "label": one.label,
        "says": one.says,
        "static": one.static,
        "sets": list(one.sets),
        "anywhere": _exit(one.anywhere) if one.anywhere else None,
        "exits": [_exit(item) for item in one.exits],
        "reached": one.reached,
    }


def _exit(one: Exit) -> shapes.FlowExit:
    return {
        "when": one.when,
        "detail": one.detail,
        "tests": [{"variable": a, "operator": b, "value": c} for a, b, c in one.tests],
        "to": one.to,
    }


def walked(key: str, environment: str, now: Walk) -> shapes.Walked:
    """A walk through the flow of a file."""
    found: shapes.WalkedFlow = {
        "key": key,
        "environment": environment,
        "events": [_event(one) for one in now.events],
        "node": now.at,
        "end": now.end,
        "choices": [_turn(one) for one in now.choices],
        "ring": list(now.ring),
        "variables": {name: _open(value) for name, value in now.variables.items()},
    }
    return {"format_version": FORMAT, "walk": found}


def _event(one: Event) -> shapes.WalkEvent:
    return {
        "kind": one.kind,
        "node": one.node,
        "text": one.text,
        "value": _open(one.value),
        "exit": _turn(one.turn) if one.turn else None,
        "holds": one.holds,
        "chosen": one.chosen,
    }


def _turn(one: Turn) -> shapes.WalkExit:
    return {
        "when": one.when,
        "detail": one.detail,
        "tests": [{"variable": a, "operator": b, "value": text_of(c)} for a, b, c in one.tests],
        "to": one.to,
        "anywhere": one.anywhere,
    }


def _open(value: Json) -> Json:
    """A value without secrets."""
    return map_leaves(value, lambda leaf: SENSITIVE if isinstance(leaf, Secret) else leaf)


def checks(found: Sequence[Check]) -> shapes.Checks:
    """The results of doctor."""
    return {"format_version": FORMAT, "checks": [_check(one) for one in found]}


def _check(check: Check) -> shapes.Check:
    return {
        "name": check.name,
        "environment": check.environment,
        "status": check.level,
        "said": check.said,
        "remedy": [one for one in check.remedy if one],
    }
