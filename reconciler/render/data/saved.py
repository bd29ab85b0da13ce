"""A plan file's document: that of ``--format json``, plus what an apply needs. Pure.

It contains prompts and live values, but no secrets: these are included by name, and read from the
environment again when the plan is applied.
"""

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.jsonvalues import Json, Ref, Secret
from reconciler.kinds import registry
from reconciler.late import dataclass
from reconciler.model import (
    ACTIONS,
    Action,
    Address,
    Apart,
    Cause,
    Change,
    Contract,
    Plan,
    Planned,
    Promotion,
    Request,
    Uncompared,
    Update,
    Verb,
    Violation,
    Write,
)
from reconciler.render.data import documents, flows, masks, pieces
from reconciler.render.data.plans import plan as shown_plan
from reconciler.schema.kind import Kind
from reconciler.schema.table import Impact
from reconciler.schema.view import Names

Secrets = Callable[[str], str | None]
"""The value of a secret by its name; None if it is not set here."""


@dataclass(frozen=True, kw_only=True)
class Saved:
    """The content of a plan file.

    ``made_with`` are the words of the command that saved it, such as ``plan -e live``: for people.
    Besides the plan it keeps the promotion, the warnings, and the violations at that time, which
    are shown, and checked again.
    """

    planned: Planned
    made_with: tuple[str, ...] = ()


def document(saved: Saved, *, created_at: str, tool: str) -> documents.Plan:
    """The document of a plan to save. ``tool`` is the version that saves it."""
    plan, promotion = saved.planned.plan, saved.planned.promotion
    found = shown_plan(saved.planned)
    for shown, action in zip(found["actions"], plan.actions, strict=True):
        shown["apply"] = _to_apply(action)
    needs = promotion.needs if promotion else {}
    found["apply"] = {
        "tool_version": tool,
        "created_at": created_at,
        "made_with": list(saved.made_with),
        "salt": plan.salt,
        "agents": plan.agents,
        "known": plan.known,
        "needs": {key: dict(digests) for key, digests in needs.items()},
    }
    return found


def _to_apply(action: Action) -> documents.ActionToApply:
    leaves: list[documents.Leaf] = []
    masks.body(action, leaves)
    for number, change in enumerate(action.changes):
        masks.words(change.after, ("changes", number, "after"), leaves)
    return {
        "expects": dict(action.expects) if isinstance(action, Update) else {},
        "wants": masks.words(_wants(action), ("apply", "wants"), leaves),
        "digests": dict(action.digests),
        "known": action.known,
        "timezone": action.timezone,
        "formerly": action.formerly,
        "place": action.place,
        "declared": list(action.declared),
        "names": dict(action.names.by_id) if action.names else None,
        "verbatim": sorted(action.names.verbatim) if action.names else [],
        "layout": action.layout if isinstance(action, Write) else None,
        "leaves": leaves,
    }


def _wants(action: Action) -> dict[str, Json]:
    return dict(action.wants) if isinstance(action, Write) else {}


def revived(
    content: Mapping[str, Any], secret: Secrets, kind: Callable[[str, str], Kind] = registry.kind
) -> Saved:
    """Read the document of a plan file, looking up its secrets and kinds by name.

    Raises ValueError, LookupError, TypeError or AttributeError if it has another shape.
    """
    rest = content["apply"]
    plan = Plan(
        environment=content["environment"],
        url=content["url"],
        salt=rest["salt"],
        actions=tuple(_action(one, secret, kind) for one in content["actions"]),
        agents=rest["agents"],
        known=rest["known"],
        orphans=tuple(content["orphans"]),
    )
    planned = Planned(
        plan=plan,
        promotion=_promotion(content["promotion"], rest["needs"]),
        violations=tuple(map(_violation, content["violations"])),
        warnings=tuple(map(pieces.problem_of, content["findings"])),
    )
    return Saved(planned=planned, made_with=tuple(rest["made_with"]))


def _action(
    shown: Mapping[str, Any], secret: Secrets, kind_of: Callable[[str, str], Kind]
) -> Action:
    for leaf in shown["apply"]["leaves"]:
        shown = masks.placed(shown, leaf["at"], _leaf(leaf, secret))
    kind, rest = kind_of(shown["kind"], shown["api"]), shown["apply"]
    return ACTIONS[Verb(shown["action"])](
        **_own(shown),
        kind=kind,
        key=shown["key"],
        name=shown["name"],
        id=shown["id"],
        changes=_changes(kind, shown["changes"]),
        ignored=_changes(kind, shown["ignored"]),
        uncompared=tuple(map(_uncompared, shown["uncompared"])),
        contract=_contract(shown["placeholders"]),
        digests=rest["digests"],
        known=rest["known"],
        updated_at=shown["updated_at"],
        notes=tuple(shown["notes"]),
        timezone=rest["timezone"],
        formerly=rest["formerly"],
        place=rest["place"],
        declared=tuple(rest["declared"]),
        names=_names(rest),
        undeclared=tuple(_undeclared(kind, one) for one in shown["undeclared"]),
        otherwise=tuple(_otherwise(kind, one) for one in shown["stored_otherwise"]),
    )


def _own(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that only actions of this verb have. Raises ValueError if one is missing."""
    verb, rest = Verb(shown["action"]), shown["apply"]
    if (shown["id"] is None) != (verb is Verb.CREATE) and verb is not Verb.BLOCKED:
        raise ValueError
    if verb is Verb.BLOCKED:
        return {"reason": shown["reason"]}
    if verb not in (Verb.CREATE, Verb.UPDATE):
        return {}
    sent = shown["request"]
    request = Request(method=sent["method"], path=sent["path"], body=sent["body"])
    expects = {"expects": rest["expects"]} if verb is Verb.UPDATE else {}
    layout = rest.get("layout")
    behind = flows.backdrop(shown.get("flow"))
    sent = {"request": request, "wants": rest["wants"], "layout": layout, "backdrop": behind}
    return {**sent, **expects}


def _names(rest: Mapping[str, Any]) -> Names | None:
    """The file's names in a part that has a written form; plan files of 2.0 may have none."""
    known = rest.get("names")
    if known is None:
        return None
    return Names(by_id=dict(known), verbatim=frozenset(rest["verbatim"]))


def _leaf(leaf: Mapping[str, Any], secret: Secrets) -> Json:
    """The leaf that the document's words replace; a secret is allowed only in a request."""
    if "ref" in leaf:
        return Ref(*Address.parse(leaf["ref"]))
    if leaf["at"][:2] != ["request", "body"]:
        raise ValueError
    return Secret(leaf["secret"], secret(leaf["secret"])) if "secret" in leaf else leaf["value"]


def _changes(kind: Kind, shown: list[Mapping[str, Any]]) -> tuple[Change, ...]:
    return tuple(_change(kind, one) for one in shown)


def _change(kind: Kind, shown: Mapping[str, Any], **more: Any) -> Change:
    """A change as it was made: unit and prose come from the field's row."""
    field = kind.find(shown["path"])
    values = {name: shown[name] for name in ("before", "after", "applied") if name in shown}
    made = {
        "path": shown["path"],
        "cause": Cause(shown.get("cause", Cause.DRIFT)),
        "impact": Impact(shown["impact"]),
        "readable": shown["readable"],
        "sensitive": shown["sensitive"],
        "unit": field.fact.unit if field else "",
        "prose": bool(field and field.fact.prose),
        "note": shown.get("note", ""),
        "applied_known": "applied" in shown,
        "item": shown.get("item", ""),
        "unset": tuple(shown.get("unset", ())),
        "secret_only": shown.get("secret_only", False),
    }
    return Change(**{**made, **values, **more})


def _undeclared(kind: Kind, shown: Mapping[str, Any]) -> Change:
    known = shown["applied_known"]
    moved = {"before": shown["applied"], "after": shown["live"], "applied": None}
    return _change(kind, shown, **moved, applied_known=known)


def _otherwise(kind: Kind, shown: Mapping[str, Any]) -> Change:
    field = kind[shown["path"]]
    facts = {"impact": field.fact.impact, "readable": True, "sensitive": False}
    return _change(kind, {**shown, **facts}, before=shown["live"], after=shown["file"])


def _uncompared(shown: Mapping[str, Any]) -> Uncompared:
    impact = Impact(shown["impact"])
    return Uncompared(path=shown["path"], impact=impact, secrets=tuple(shown["unset"]))


def _contract(shown: Mapping[str, Any]) -> Contract:
    names = {name: tuple(shown[name]) for name in ("added", "filled", "unfilled", "removed")}
    renamed = tuple((one["from"], one["to"]) for one in shown["renamed"])
    return Contract(**names, renamed=renamed)


def _promotion(
    shown: Mapping[str, Any] | None, needs: Mapping[str, Mapping[str, str]]
) -> Promotion | None:
    if shown is None:
        return None
    apart = tuple(map(_apart, shown["apart"]))
    return Promotion(source=shown["source"], needs=needs, apart=apart)


def _apart(shown: Mapping[str, Any]) -> Apart:
    names = ("key", "path", "only", "ignored", "here", "there")
    return Apart(**{name: shown[name] for name in names}, hidden=shown["sensitive"])


def _violation(shown: Mapping[str, Any]) -> Violation:
    names = ("rule", "message", "hint", "pending", "until")
    return Violation(**{name: shown[name] for name in names}, agents=tuple(shown["agents"]))
