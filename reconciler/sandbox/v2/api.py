"""The nested generation, implementing `generation.Generation`.

Source: the v2 reference (2026), and findings of users of the live API.
"""

from collections.abc import Iterable

from reconciler.sandbox import patching
from reconciler.sandbox.bodies import Strict, objections, refuse
from reconciler.sandbox.generation import JsonObject
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Record, Store
from reconciler.sandbox.v2 import columns, listing, outcome, responses, validation, workflow

PATH = "/v2/voice-agents"
IDENTITY: tuple[str, ...] = ("name", "type")

page = listing.page

_MODELS: dict[str, type[Strict]] = {"POST": validation.Create, "PATCH": validation.Update}
_DONE = {"POST": "Created", "PATCH": "Updated"}


def check(method: str, settings: Settings, sent: JsonObject, fields: JsonObject | None) -> None:
    """Raise RefusedError for an invalid body."""
    extras = columns.extras(fields or {}, dashboard=settings.dashboard)
    refuse(objections(_MODELS[method], _without(sent, extras)))
    known = born(settings, {}) if fields is None else asked(settings, fields)
    refuse([*_rules(settings, sent, known, new=fields is None)])


def asked(settings: Settings, fields: JsonObject) -> JsonObject:
    """Return a stored agent in the request's form."""
    return columns.asked(fields, dashboard=settings.dashboard)


def born(settings: Settings, sent: JsonObject) -> JsonObject:
    """Return a new agent: the sent values over the published defaults, member by member."""
    fresh = columns.asked({}, dashboard=settings.dashboard)
    return _settled(settings, patching.patched(fresh, sent, deep=True), sent)


def patched(settings: Settings, known: JsonObject, sent: JsonObject) -> JsonObject:
    """Return an agent after a PATCH."""
    after = patching.patched(known, sent, deep=settings.patch == "merge")
    if "workflow" in sent:
        keep = settings.workflow == "keep" or (
            settings.workflow == "patch" and settings.patch == "merge"
        )
        after["workflow"] = workflow.patched(known["workflow"], sent["workflow"], keep=keep)
    return _settled(settings, after, sent)


def kept(
    settings: Settings, fields: JsonObject, known: JsonObject, names: Iterable[str]
) -> JsonObject:
    """Return the stored form: `fields` with these names from the request's form."""
    return columns.kept(fields, known, names, dashboard=settings.dashboard)


def stored(request: JsonObject) -> JsonObject:
    """Return the stored form of a new agent created by this request, for seeds and tests."""
    usual = Settings()
    agent = born(usual, request)
    return kept(usual, {}, agent, agent)


def seen(settings: Settings, store: Store, record: Record) -> Record:
    """Return the agent as a read shows it; a restless canvas changes it."""
    flow = record.fields.get("workflow")
    if not flow or settings.canvas == "still":
        return record
    fields = {**record.fields, "workflow": workflow.moved(flow)}
    if settings.canvas == "saves":
        return store.update(record.id, fields)
    return store.rewrite(record, fields)


def shown(settings: Settings, record: Record) -> JsonObject:
    """Return `data` of a response about one agent."""
    return responses.answer(record, settings)


def item(settings: Settings, record: Record) -> JsonObject:
    """Return an agent as the list shows it."""
    return responses.item(record, settings)


def envelope(method: str, data: JsonObject) -> JsonObject:
    """Return the body of a successful response; only writes have a message."""
    if method == "GET":
        return {"success": True, "data": data}
    done = _DONE[method]
    return {
        "success": True,
        "message": f"Voice agent {done.lower()} successfully",
        "messageKey": f"VoiceAgent{done}Successfully",
        "data": data,
    }


def _without(sent: JsonObject, extras: dict[str, JsonObject]) -> JsonObject:
    """Return the body without the dashboard's own keys, which are in no model."""
    return {
        name: (
            {key: each for key, each in value.items() if key not in extras.get(name, {})}
            if isinstance(value, dict)
            else value
        )
        for name, value in sent.items()
        if name not in extras.get("", {})
    }


def _rules(settings: Settings, sent: JsonObject, known: JsonObject, *, new: bool) -> Iterable[str]:
    """Return the errors that involve more than one field, or the stored agent."""
    if not new and sent.get("type", known["type"]) != known["type"]:
        yield "type: cannot be changed"
    if "llm" in sent:
        deep = new or settings.patch == "merge"
        yield from validation.llm_objections(
            patching.patched(known["llm"], sent["llm"], deep=True) if deep else sent["llm"]
        )
    yield from outcome.objections(sent.get("outcomeResponseShape", {}))
    if settings.flows == "checked" and "workflow" in sent:
        after = patched(settings, known, sent)
        if after["type"] != "Flow Agent":
            return
        yield from workflow.objections(after["workflow"], after["conversation"]["preamble"])


def _settled(settings: Settings, known: JsonObject, sent: JsonObject) -> JsonObject:
    """Return an agent with the server's own changes before it is stored."""
    settled = dict(known)
    if "workflow" in sent:
        settled["workflow"] = workflow.saved(known["workflow"], settings)
    forced = settings.gpt5_temperature == "forced"
    if forced and "llm" in sent and str(known["llm"].get("model")).startswith("GPT-5"):
        settled["llm"] = {**known["llm"], "temperature": 1.0}
    return settled
