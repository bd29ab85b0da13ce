"""The planner, as tables: declared, live and last applied values, and the plan.

A plan is printed as a line for each agent, a line for each field and the request::

    update desk 1
      silenceThreshold 800 -> 600 edit
      PATCH /v1/voice-agents/1 {"silenceThreshold": 600}
"""

import copy
import json
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine import decoding
from reconciler.engine.newcomers import Choice
from reconciler.engine.plan import plan
from reconciler.engine.undeclared import learned
from reconciler.errors import ConfigError
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import (
    Applied,
    Blocked,
    Cause,
    EnvironmentState,
    Ignore,
    Verb,
    Write,
)
from reconciler.schema import wire
from tests import build
from tests.build import SALT

ACCESS, REFRESH, AUTH = Secret("ACCESS", "a-1"), Secret("REFRESH", "r-1"), Secret("AUTH", "h-1")
NINE, ONE = {"from": "09:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}
CALENDAR = "googleCalendarSettings"


def test_a_missing_agent_is_created_again_if_the_user_confirms():
    choice = Choice(recreate=True)
    files, last = [file({"agentName": "Desk"})], known("9")
    found = plan(files, [], last, environment="test", url="sandbox", choice=choice)
    assert printed(found) == _text("""
        create desk
          (the agent that the state knows, 9, is not live any more)
          agentName null -> "Desk" edit
          POST /v1/voice-agents {"agentName": "Desk"}
    """)


FLAGS = {"googleCalendar": True, "genderDetection": False, "smartCallEnd": False}


def file(spec, key="desk", **frame):
    """A file of this spec; a name of its own unless the spec says one."""
    return build.desired(wire.flatten(AGENT_V1, spec), key, **frame)


def live(agent_id="1", name="Desk", **payload):
    """A live agent from a response's payload: of G1, without a calendar, unless it says more."""
    return build.decoded(id=agent_id, agentName=name, **{"tools": None, **payload})


def known(agent_id="1", key="desk", **spec):
    """A state file that remembers this spec as applied."""
    item = file(spec, key)
    return EnvironmentState(salt=SALT, agents={key: build.applied(item, agent_id)})


def whole(entry, agents, files):
    """An entry that also holds the live values of undeclared fields."""
    declared = {path for item in files for path in item.fields}
    found = [learned(declared, one, None) for one in agents if one.id == entry.id]
    return replace(entry, undeclared=found[0]) if found else entry


NOTHING = EnvironmentState(salt=SALT)


def made(files, agents, last=NOTHING, wanted=None):
    agents_known = {key: whole(one, agents, files) for key, one in last.agents.items()}
    return plan(
        files,
        agents,
        replace(last, agents=agents_known),
        environment="test",
        url="sandbox",
        choice=Choice(wanted=wanted),
    )


def printed(found):
    return "\n".join(line for action in found.actions for line in _lines(action))


def _lines(action):
    yield " ".join(filter(None, (action.verb.value, action.key, action.id)))
    yield from (f"  ({note})" for note in action.notes)
    if isinstance(action, Blocked):
        yield f"  ! {action.reason}"
    yield from (f"  {_change(change)}" for change in action.changes)
    yield from (f"  ignored {_change(change)}" for change in action.ignored)
    if isinstance(action, Write):
        yield f"  {action.request.method} {action.request.path} {_json(action.request.body)}"


def _change(change):
    if change.sensitive:
        return f"{change.path} (sensitive) {change.cause}"
    before = _json(change.before) if change.readable else "?"
    return f"{change.path} {before} -> {_json(change.after)} {change.cause}"


def _json(value):
    return json.dumps(value, ensure_ascii=False, default=lambda secret: f"${secret.name}")


CASES = [
    pytest.param(
        [file({"silenceThreshold": 800})],
        [live(silenceThreshold=800)],
        known(silenceThreshold=800),
        "in-sync desk 1",
        id="nothing differs",
    ),
    pytest.param(
        [file({"agentName": "Desk", "silenceThreshold": 800})],
        [live(silenceThreshold=800)],
        NOTHING,
        """
        record desk 1
          (found by its name)
        """,
        id="nothing differs, and the state does not know the agent",
    ),
    pytest.param(
        [file({"silenceThreshold": 600})],
        [live(silenceThreshold=600)],
        known(silenceThreshold=800),
        "record desk 1",
        id="file and dashboard moved to the same value",
    ),
    pytest.param(
        [file({"silenceThreshold": 800})],
        [live(silenceThreshold=800, lang="ar")],
        known(silenceThreshold=800, lang="ar"),
        "record desk 1",
        id="a field left the file",
    ),
    pytest.param(
        [file({})], [live(lang="ar")], known(), "in-sync desk 1", id="a file that names no field"
    ),
    pytest.param(
        [file({"silenceThreshold": 600})],
        [live(silenceThreshold=800)],
        known(silenceThreshold=800),
        """
        update desk 1
          silenceThreshold 800 -> 600 edit
          PATCH /v1/voice-agents/1 {"silenceThreshold": 600}
        """,
        id="an edit",
    ),
    pytest.param(
        [file({"silenceThreshold": 800})],
        [live(silenceThreshold=600)],
        known(silenceThreshold=800),
        """
        update desk 1
          silenceThreshold 600 -> 800 drift
          PATCH /v1/voice-agents/1 {"silenceThreshold": 800}
        """,
        id="drift",
    ),
    pytest.param(
        [file({"silenceThreshold": 700})],
        [live(silenceThreshold=600)],
        known(silenceThreshold=800),
        """
        update desk 1
          silenceThreshold 600 -> 700 conflict
          PATCH /v1/voice-agents/1 {"silenceThreshold": 700}
        """,
        id="a conflict",
    ),
    pytest.param(
        [file({"agentName": "Desk", "silenceThreshold": 700})],
        [live(silenceThreshold=600)],
        NOTHING,
        """
        update desk 1
          (found by its name)
          silenceThreshold 600 -> 700 untracked
          PATCH /v1/voice-agents/1 {"silenceThreshold": 700}
        """,
        id="no state",
    ),
    pytest.param(
        [file({"agentName": "Reception", "lang": "ar", "interrupt": True, "outcome": None})],
        [live(lang="en", interrupt=True, outcome="Summarise", realTime=True)],
        known(agentName="Desk", lang="en", interrupt=True, outcome="Summarise"),
        """
        update desk 1
          agentName "Desk" -> "Reception" edit
          lang "en" -> "ar" edit
          outcome "Summarise" -> null edit
          PATCH /v1/voice-agents/1 {"agentName": "Reception", "lang": "ar", "outcome": null}
        """,
        id="several edits in one request, equal and undeclared fields not in it",
    ),
    pytest.param(
        [file({"params": {"caller": "ضيفنا"}})],
        [live(params={"caller": "guest", "old": 1})],
        known(params={"caller": "guest", "old": 1}),
        """
        update desk 1
          params {"caller": "guest", "old": 1} -> {"caller": "ضيفنا"} edit
          PATCH /v1/voice-agents/1 {"params": {"caller": "ضيفنا"}}
        """,
        id="a free-form map is replaced",
    ),
    pytest.param(
        [file({"alignment": {"preamble": "rtl"}})],
        [live(alignment={"greetingMessage": "ltr", "preamble": "ltr"}, responseDelay=400)],
        known(alignment={"preamble": "ltr"}),
        """
        update desk 1
          alignment.preamble "ltr" -> "rtl" edit
          PATCH /v1/voice-agents/1 {"alignment": {"greetingMessage": "ltr", "preamble": "rtl"}}
        """,
        id="an object is sent whole",
    ),
    pytest.param(
        [file({"alignment": {"preamble": "rtl"}})],
        [live(alignment={"greetingMessage": "rtl", "preamble": "ltr"}, responseDelay=400)],
        known(alignment={"greetingMessage": "ltr", "preamble": "ltr"}),
        """
        update desk 1
          alignment.preamble "ltr" -> "rtl" edit
          PATCH /v1/voice-agents/1 {"alignment": {"greetingMessage": "rtl", "preamble": "rtl"}}
        """,
        id="a part that left the file keeps its live value",
    ),
    pytest.param(
        [file({CALENDAR: {"freeSlots": {"Monday": [NINE]}}})],
        [live(tools={"timezone": "UTC", "freeSlots": {"Monday": [[NINE]], "Friday": [[ONE]]}})],
        known(**{CALENDAR: {"freeSlots": {"Monday": [NINE], "Friday": [ONE]}}}),
        """
        blocked desk 1
          ! `googleCalendarSettings` is sent whole, and `googleCalendarSettings.calendarId`, \
`googleCalendarSettings.calendarName`, `googleCalendarSettings.accessToken`, \
`googleCalendarSettings.refreshToken`, `googleCalendarSettings.eventTitle`, \
`googleCalendarSettings.meetingDuration` cannot be read back: declare \
them too, or they could be cleared
          googleCalendarSettings.freeSlots {"Monday": [{"from": "09:00", "to": "12:00"}], \
"Friday": [{"from": "13:00", "to": "17:00"}]} -> {"Monday": [{"from": "09:00", "to": "12:00"}]} edit
        """,
        id="an object of which a payload shows a part only",
    ),
]


@pytest.mark.parametrize(("files", "agents", "last", "expected"), CASES)
def test_a_plan_is_what_files_and_live_agents_and_state_make_it(files, agents, last, expected):
    assert printed(made(files, agents, last)) == _text(expected)


def _text(block):
    """A block of a table without its indentation."""
    lines = block.strip("\n").rstrip().split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] for line in lines)


TOKENS = {"accessToken": "a-1", "refreshToken": "r-1"}
SHOWN = {
    "calendarId": "c",
    "calendarName": "n",
    "eventTitle": "t",
    "meetingDuration": 30,
    "timezone": "UTC",
    "freeSlots": {"Monday": [[NINE]], "Friday": [[ONE]]},
}
OWN = {"accessToken": ACCESS, "refreshToken": REFRESH}

WHOLE = [
    pytest.param(
        [file({"tools": {"smartCallEnd": True}})],
        [live()],
        """
        blocked desk 1
          ! `tools` is sent whole, and `tools.googleCalendar`, `tools.genderDetection` cannot be \
read back: declare \
them too, or they could be cleared
          tools.smartCallEnd ? -> true untracked
        """,
        id="G1: one flag of three, none of them readable",
    ),
    pytest.param(
        [file({"tools": FLAGS})],
        [live()],
        """
        update desk 1
          tools.googleCalendar ? -> true untracked
          tools.genderDetection ? -> false untracked
          tools.smartCallEnd ? -> false untracked
          PATCH /v1/voice-agents/1 {"tools": {"googleCalendar": true, "genderDetection": false, \
"smartCallEnd": false}}
        """,
        id="G1: all three flags",
    ),
    pytest.param(
        [file({"tools": {"genderDetection": False, "smartCallEnd": True}})],
        [decoding.decode(AGENT_V1, {"id": "1", "agentName": "Desk", "webhookUrl": None})],
        """
        update desk 1
          tools.genderDetection ? -> false untracked
          tools.smartCallEnd ? -> true untracked
          PATCH /v1/voice-agents/1 {"tools": {"genderDetection": false, "smartCallEnd": true}}
        """,
        id="G2: two flags are all there are",
    ),
    pytest.param(
        [file({"tools": {"genderDetection": False}})],
        [decoding.decode(AGENT_V1, {"id": "1", "agentName": "Desk", "webhookUrl": None})],
        """
        blocked desk 1
          ! `tools` is sent whole, and `tools.smartCallEnd` cannot be read back: declare \
them too, or they could be cleared
          tools.genderDetection ? -> false untracked
        """,
        id="G2: one flag of two",
    ),
    pytest.param(
        [file({"tools": {"smartCallEnd": True}})],
        [live(tools={"genderDetection": True, "smartCallEnd": False})],
        """
        update desk 1
          tools.smartCallEnd false -> true untracked
          PATCH /v1/voice-agents/1 {"tools": {"genderDetection": true, "smartCallEnd": true}}
        """,
        id="G3: the other flag is readable, and so is carried along",
    ),
    pytest.param(
        [file({"tools": FLAGS})],
        [live(tools={"genderDetection": False, "smartCallEnd": False})],
        """
        update desk 1
          (this API answers as G3, whose documents do not have `tools.googleCalendar`)
          tools.googleCalendar ? -> true untracked
          PATCH /v1/voice-agents/1 {"tools": {"googleCalendar": true, "genderDetection": false, \
"smartCallEnd": false}}
        """,
        id="G3: a flag of an older generation is sent where the file says so",
    ),
    pytest.param(
        [file({"llmConfig": {"temperature": 0.5}})],
        [live()],
        """
        blocked desk 1
          (this API answers as G1, whose documents do not have `llmConfig`)
          ! `llmConfig` is sent whole, and `llmConfig.provider`, `llmConfig.modelName`, \
`llmConfig.baseUrl`, `llmConfig.apiKey` cannot be read back: declare \
them too, or they could be cleared
          llmConfig.temperature ? -> 0.5 untracked
        """,
        id="G1: an object of a later generation",
    ),
    pytest.param(
        [file({"llmConfig": {"temperature": 0.5}})],
        [
            live(
                llmConfig=dict.fromkeys(
                    ("provider", "modelName", "baseUrl", "apiKey", "temperature")
                )
            )
        ],
        """
        update desk 1
          llmConfig.temperature null -> 0.5 untracked
          PATCH /v1/voice-agents/1 {"llmConfig": {"temperature": 0.5}}
        """,
        id="G3: an object of nulls, the secret too",
    ),
    pytest.param(
        [file({"llmConfig": {"temperature": 0.5}})],
        [live(llmConfig=None)],
        """
        update desk 1
          llmConfig.temperature null -> 0.5 untracked
          PATCH /v1/voice-agents/1 {"llmConfig": {"temperature": 0.5}}
        """,
        id="G3: an object that is null",
    ),
    pytest.param(
        [file({"webhookAuth": {"authKey": "Token"}})],
        [live(webhookAuth=None)],
        """
        update desk 1
          webhookAuth.authKey null -> "Token" untracked
          PATCH /v1/voice-agents/1 {"webhookAuth": {"authKey": "Token"}}
        """,
        id="G2: null says that no secret would be lost",
    ),
    pytest.param(
        [file({"webhookAuth": {"authKey": "Token"}})],
        [live(webhookAuth={"authKey": "Bearer", "authSecret": "h-1"})],
        """
        blocked desk 1
          ! `webhookAuth` is sent whole, and `webhookAuth.authSecret` cannot be read back: declare \
them too, or they could be cleared
          webhookAuth.authKey "Bearer" -> "Token" untracked
        """,
        id="a live secret that the file does not declare",
    ),
    pytest.param(
        [file({CALENDAR: {"timezone": "Asia/Riyadh"}})],
        [live(tools={**SHOWN, "accessToken": "", "refreshToken": None})],
        """
        update desk 1
          googleCalendarSettings.timezone "UTC" -> "Asia/Riyadh" untracked
          PATCH /v1/voice-agents/1 {"googleCalendarSettings": {"calendarId": "c", \
"calendarName": "n", "eventTitle": "t", "meetingDuration": 30, "timezone": "Asia/Riyadh", \
"freeSlots": {"Monday": [{"from": "09:00", "to": "12:00"}], \
"Friday": [{"from": "13:00", "to": "17:00"}]}}}
        """,
        id="live secrets that are empty are not lost",
    ),
    pytest.param(
        [file({CALENDAR: {**OWN, "freeSlots": {"Monday": [NINE]}}})],
        [live(tools={**SHOWN, **TOKENS})],
        """
        update desk 1
          googleCalendarSettings.accessToken (sensitive) untracked
          googleCalendarSettings.refreshToken (sensitive) untracked
          googleCalendarSettings.freeSlots {"Monday": [{"from": "09:00", "to": "12:00"}], \
"Friday": [{"from": "13:00", "to": "17:00"}]} -> {"Monday": [{"from": "09:00", "to": "12:00"}]} \
untracked
          PATCH /v1/voice-agents/1 {"googleCalendarSettings": {"calendarId": "c", \
"calendarName": "n", "accessToken": "$ACCESS", "refreshToken": "$REFRESH", "eventTitle": "t", \
"meetingDuration": 30, "timezone": "UTC", "freeSlots": {"Monday": [{"from": "09:00", \
"to": "12:00"}], "Friday": []}}}
        """,
        id="declared secrets, and a day that closes",
    ),
    pytest.param(
        [file({"alignment": {"preamble": "rtl"}})],
        [
            live(
                alignment={"greetingMessage": "ltr", "preamble": "ltr", "font": "x"},
                responseDelay=400,
            )
        ],
        """
        update desk 1
          alignment.preamble "ltr" -> "rtl" untracked
          PATCH /v1/voice-agents/1 {"alignment": {"greetingMessage": "ltr", "preamble": "rtl", \
"font": "x"}}
        """,
        id="a live part of an object that this version does not know goes along",
    ),
    pytest.param(
        [file({"llmConfig": {"temperature": 0.5}})],
        [live(llmConfig={"temperature": 1, "proxy": {"url": "https://u:pw@x.example"}})],
        """
        blocked desk 1
          ! `llmConfig` is sent whole, and this version does not know `llmConfig.proxy`, \
which is live
          llmConfig.temperature 1 -> 0.5 untracked
        """,
        id="one that may hold a secret does not",
    ),
    pytest.param(
        [file({CALENDAR: {"timezone": "UTC"}})],
        [live(tools=None)],
        """
        update desk 1
          googleCalendarSettings.timezone null -> "UTC" untracked
          PATCH /v1/voice-agents/1 {"googleCalendarSettings": {"timezone": "UTC"}}
        """,
        id="a calendar that never was",
    ),
]


@pytest.mark.parametrize(("files", "agents", "expected"), WHOLE)
def test_objects_are_sent_whole_or_not_at_all(files, agents, expected):
    assert printed(made(files, agents, known())) == _text(expected)


def test_an_unchanged_secret_is_sent_with_its_object():
    spec = {"webhookAuth": {"authKey": "Token", "authSecret": AUTH}}
    agents = [live(webhookAuth={"authKey": "Bearer", "authSecret": "h-1"})]
    last = known(webhookAuth={"authKey": "Bearer", "authSecret": AUTH})
    assert printed(made([file(spec)], agents, last)) == _text("""
        update desk 1
          webhookAuth.authKey "Bearer" -> "Token" edit
          PATCH /v1/voice-agents/1 {"webhookAuth": {"authKey": "Token", "authSecret": "$AUTH"}}
    """)


NEW = [
    pytest.param(
        [file({"agentName": "Desk", "lang": "ar", "tools": FLAGS})],
        [],
        NOTHING,
        """
        create desk
          agentName null -> "Desk" edit
          lang null -> "ar" edit
          tools.googleCalendar null -> true edit
          tools.genderDetection null -> false edit
          tools.smartCallEnd null -> false edit
          POST /v1/voice-agents {"agentName": "Desk", "lang": "ar", "tools": \
{"googleCalendar": true, "genderDetection": false, "smartCallEnd": false}}
        """,
        id="an agent that is not live",
    ),
    pytest.param(
        [file({"agentName": "Desk", CALENDAR: {**OWN, "freeSlots": {"Monday": []}}})],
        [],
        NOTHING,
        """
        create desk
          agentName null -> "Desk" edit
          googleCalendarSettings.accessToken (sensitive) edit
          googleCalendarSettings.refreshToken (sensitive) edit
          googleCalendarSettings.freeSlots null -> {"Monday": []} edit
          POST /v1/voice-agents {"agentName": "Desk", "googleCalendarSettings": \
{"accessToken": "$ACCESS", "refreshToken": "$REFRESH", "freeSlots": {"Monday": []}}}
        """,
        id="with secrets",
    ),
    pytest.param(
        [file({"agentName": "Desk", "type": "Single Prompt"})],
        [],
        NOTHING,
        """
        create desk
          agentName null -> "Desk" edit
          type null -> "Single Prompt" edit
          POST /v1/voice-agents {"agentName": "Desk", "type": "Single Prompt"}
        """,
        id="with a field for creation only",
    ),
    pytest.param(
        [
            file(
                {"agentName": "Desk", "pokeMessages": ["Hello?"]},
                ignore=(Ignore(path="pokeMessages"),),
            )
        ],
        [],
        NOTHING,
        """
        create desk
          agentName null -> "Desk" edit
          pokeMessages null -> ["Hello?"] edit
          POST /v1/voice-agents {"agentName": "Desk", "pokeMessages": ["Hello?"]}
        """,
        id="ignored fields have their first value from the file",
    ),
    pytest.param(
        [file({"agentName": "Desk"})],
        [],
        known("9"),
        """
        blocked desk
          ! the agent that the state knows, 9, is not live any more: --recreate makes a new one; \
or pin another `id`, or remove the file
        """,
        id="an agent that the state knows and that is gone",
    ),
    pytest.param(
        [file({"agentName": "Desk", "lang": "ar"})],
        [live("2", lang="ar")],
        known("9", agentName="Desk", lang="en"),
        """
        record desk 2
          (found by its name; the id in the state, 9, is not live any more)
        """,
        id="an agent that was made anew by somebody",
    ),
    pytest.param(
        [file({"lang": "ar"})],
        [live()],
        NOTHING,
        """
        blocked desk
          ! there is no live agent to manage, and creating one needs `agentName`
        unmanaged 1
        """,
        id="no id and no name",
    ),
    pytest.param(
        [file({"agentName": "Desk"}, id="9")],
        [live()],
        NOTHING,
        """
        blocked desk 9
          ! the pinned id 9 is not live; correct or remove `id`
        unmanaged 1
          (its name looks like that of `desk`)
        """,
        id="a pinned id that is gone, although the name is live",
    ),
    pytest.param(
        [file({"lang": "ar"}, id="1")],
        [live(lang="en", type="Flow Agent")],
        NOTHING,
        """
        blocked desk 1
          ! it is a flow agent, which v1 does not describe: write its file for `api: v2`
          lang "en" -> "ar" untracked
        """,
        id="a flow agent",
    ),
    pytest.param(
        [file({"lang": "ar", "type": "Single Prompt"}, id="1")],
        [live(lang="en", type="Old Kind")],
        NOTHING,
        """
        blocked desk 1
          (this API answers as G1, whose documents do not have `type`)
          ! `type` can be set only when the agent is created
          lang "en" -> "ar" untracked
          type "Old Kind" -> "Single Prompt" untracked
        """,
        id="a field for creation only, on an agent that exists",
    ),
    pytest.param(
        [file({"lang": "ar", "type": "Single Prompt"}, id="1")],
        [live(lang="en", type="Single Prompt")],
        NOTHING,
        """
        update desk 1
          lang "en" -> "ar" untracked
          PATCH /v1/voice-agents/1 {"lang": "ar"}
        """,
        id="a field for creation only that is as declared",
    ),
]


@pytest.mark.parametrize(("files", "agents", "last", "expected"), NEW)
def test_agents_are_created_found_again_or_left_alone_with_a_reason(files, agents, last, expected):
    assert printed(made(files, agents, last)) == _text(expected)


TOLD = [
    # the file's further values, the generation of another live agent, the note
    ({"lang": "ar"}, {"responseDelay": 400}, ""),
    ({CALENDAR: {"timezone": "UTC"}}, {}, ""),
    ({CALENDAR: {"timezone": "UTC"}}, {"webhookUrl": None}, "G2 `googleCalendarSettings`"),
    ({"responseDelay": 400, "webhookUrl": "u"}, {"webhookUrl": None}, "G2 `responseDelay`"),
    (
        {"tools": FLAGS, "llmConfig": {"provider": "OpenAI", "temperature": 0}},
        {"webhookUrl": None},
        "G2 `tools.googleCalendar`, `llmConfig`",
    ),
]


@pytest.mark.parametrize(("spec", "payload", "note"), TOLD)
def test_fields_that_the_api_s_generation_does_not_document_are_reported(spec, payload, note):
    found = made([file({"agentName": "New", **spec})], [live("2", "Other", **payload)])
    generation, _, names = note.partition(" ")
    text = f"this API answers as {generation}, whose documents do not have {names}"
    assert found.actions[0].notes == ((text,) if note else ())


def test_if_no_agent_is_live_no_generation_is_known():
    (action,) = made([file({"agentName": "New", "llmConfig": {"temperature": 0}})], []).actions
    assert action.notes == ()


G3 = {"responseDelay": 400, "alignment": {"greetingMessage": "ltr", "preamble": "ltr"}}

IGNORED = [
    pytest.param(
        {"lang": "ar", "pokeMessages": ["a"]},
        ("pokeMessages",),
        live(lang="en", pokeMessages=["b"]),
        """
        update desk 1
          lang "en" -> "ar" untracked
          ignored pokeMessages ["b"] -> ["a"] untracked
          PATCH /v1/voice-agents/1 {"lang": "ar"}
        """,
        id="listed and not written",
    ),
    pytest.param(
        {"pokeMessages": ["a"]},
        ("pokeMessages",),
        live(pokeMessages=["b"]),
        """
        in-sync desk 1
          ignored pokeMessages ["b"] -> ["a"] untracked
        """,
        id="nothing else differs",
    ),
    pytest.param(
        {"pokeMessages": ["a"]},
        ("pokeMessages", "lang"),
        live(pokeMessages=["a"], lang="en"),
        "in-sync desk 1",
        id="nothing differs",
    ),
    pytest.param(
        {"alignment": {"greetingMessage": "rtl", "preamble": "rtl"}},
        ("alignment",),
        live(**G3),
        """
        in-sync desk 1
          ignored alignment.greetingMessage "ltr" -> "rtl" untracked
          ignored alignment.preamble "ltr" -> "rtl" untracked
        """,
        id="a whole object",
    ),
    pytest.param(
        {"alignment": {"greetingMessage": "rtl", "preamble": "rtl"}},
        ("alignment.preamble",),
        live(**G3),
        """
        update desk 1
          alignment.greetingMessage "ltr" -> "rtl" untracked
          ignored alignment.preamble "ltr" -> "rtl" untracked
          PATCH /v1/voice-agents/1 {"alignment": {"greetingMessage": "rtl", "preamble": "ltr"}}
        """,
        id="a part of an object keeps its live value",
    ),
    pytest.param(
        {"params": {"a": 1}},
        ("param", "params.a"),
        live(params={}),
        """
        update desk 1
          params {} -> {"a": 1} untracked
          PATCH /v1/voice-agents/1 {"params": {"a": 1}}
        """,
        id="neither the beginning of a name nor a key below a leaf",
    ),
]


@pytest.mark.parametrize(("spec", "ignore", "agent", "expected"), IGNORED)
def test_ignored_fields_are_listed_and_never_written(spec, ignore, agent, expected):
    assert printed(
        made([file(spec, ignore=tuple(Ignore(path=one) for one in ignore))], [agent], known())
    ) == _text(expected)


def test_an_agent_that_was_just_created_is_in_sync_ignored_fields_and_all():
    item = file(
        {"agentName": "Desk", "lang": "ar", "pokeMessages": []},
        ignore=(Ignore(path="pokeMessages"),),
    )
    (action,) = made([item], []).actions
    last = EnvironmentState(
        salt=SALT, agents={"desk": Applied(kind=AGENT_V1, id="1", digests=action.digests)}
    )
    again = made([item], [live(lang="ar", pokeMessages=["moved"])], last)
    assert [found.verb for found in again.actions] == [Verb.IN_SYNC]


def test_agents_of_no_file_are_listed_last_by_name_and_id():
    agents = [live("3", "B"), live("2", "A"), live("1", "B"), live("9", "Desk")]
    found = made([file({"agentName": "Desk"}, "z")], agents)
    assert [(a.verb.value, a.key, a.name, a.id) for a in found.actions] == [
        ("record", "z", "Desk", "9"),
        ("unmanaged", "", "A", "2"),
        ("unmanaged", "", "B", "1"),
        ("unmanaged", "", "B", "3"),
    ]
    assert (found.environment, found.url, found.salt, found.agents) == ("test", "sandbox", SALT, 4)


def test_a_plan_for_some_keys_leaves_the_others_out_and_still_identifies_them():
    files = [file({"agentName": name}, name.lower()) for name in ("A", "B", "C")]
    agents = [live("1", "A"), live("2", "B"), live("3", "Other")]
    assert printed(made(files, agents, wanted={"a"})) == _text("""
        record a 1
          (found by its name)
    """)
    assert made(files, agents, wanted=set()).pending == ()
    with pytest.raises(ConfigError):
        made([*files, file({"agentName": "A"}, "twin")], agents, wanted={"b"})


# The edge of an update: what must still be live when it is applied, and what must be live then.
SLOTS = f"{CALENDAR}.freeSlots"
EDGES = [
    pytest.param(
        {"lang": "ar", "interrupt": True},
        live(lang="en", interrupt=True, outcome="x"),
        {"lang": "en"},
        {"lang": "ar"},
        id="only what is written",
    ),
    pytest.param(
        {"outcome": "x", "lang": "ar"},
        live(outcome=None),
        {"outcome": None},
        {"lang": "ar", "outcome": "x"},
        id="a field that cannot be read is expected by nobody",
    ),
    pytest.param(
        {"alignment": {"preamble": "rtl"}},
        live(**G3),
        {"alignment.greetingMessage": "ltr", "alignment.preamble": "ltr"},
        {"alignment.preamble": "rtl"},
        id="an object whole",
    ),
    pytest.param(
        {"tools": FLAGS},
        live(),
        {},
        {f"tools.{name}": value for name, value in FLAGS.items()},
        id="nothing that could be read",
    ),
    pytest.param(
        {"webhookAuth": {"authKey": Secret("K", "k-1"), "authSecret": AUTH}},
        live(webhookAuth={"authKey": "k-1", "authSecret": "h-1"}),
        {},
        {},
        id="nothing for which a secret is declared",
    ),
    pytest.param(
        {CALENDAR: {**OWN, "freeSlots": {"Monday": [NINE], "Tuesday": [NINE]}}},
        live(tools={"freeSlots": {"Monday": [[ONE]]}, **TOKENS, **dict.fromkeys(SHOWN)}),
        dict.fromkeys(f"{CALENDAR}.{name}" for name in SHOWN),
        {SLOTS: {"Monday": [NINE], "Tuesday": [NINE]}},
        id="a live object without values",
    ),
    pytest.param(
        {CALENDAR: {**OWN, "freeSlots": {"Monday": [NINE], "Tuesday": [NINE]}}},
        live(tools={**SHOWN, **TOKENS}),
        {
            **{f"{CALENDAR}.{name}": value for name, value in SHOWN.items()},
            SLOTS: {"Monday": [NINE], "Friday": [ONE]},
        },
        {SLOTS: {"Monday": [NINE], "Tuesday": [NINE]}},
        id="a day that the update opens",
    ),
]


@pytest.mark.parametrize(("spec", "agent", "expects", "wants"), EDGES)
def test_an_update_carries_what_it_expects_and_wants(spec, agent, expects, wants):
    (action,) = made([file(spec)], [agent], known()).actions
    assert action.verb is Verb.UPDATE
    assert (dict(action.expects), dict(action.wants)) == (expects, wants)


def test_an_agent_s_date_goes_with_its_action():
    agents = [live(updatedAt="2025-05-12"), live("2", "Other", updatedAt="2025-05-13")]
    found = made([file({"lang": "ar"})], agents, known())
    assert [action.updated_at for action in found.actions] == ["2025-05-12", "2025-05-13"]


def test_a_former_secret_is_neither_shown_nor_restored():
    last = known(greetingMessage=Secret("GREETING", "hush"))
    found = made([file({"greetingMessage": "Hello"})], [live(greetingMessage="hush")], last)
    assert printed(found) == _text("""
        update desk 1
          greetingMessage (sensitive) edit
          PATCH /v1/voice-agents/1 {"greetingMessage": "Hello"}
    """)
    assert "hush" not in repr(found)


def test_a_sibling_that_was_once_a_secret_is_not_sent_in_plain_text():
    agents = [live(webhookAuth={"authKey": "hush", "authSecret": "h-1"})]
    last = known(webhookAuth={"authKey": Secret("KEY", "hush"), "authSecret": Secret("A", "old")})
    found = made([file({"webhookAuth": {"authSecret": AUTH}})], agents, last)
    assert printed(found) == _text("""
        blocked desk 1
          ! `webhookAuth.authKey` held a secret when it was last applied: declare it again
          webhookAuth.authSecret (sensitive) edit
    """)
    assert "hush" not in repr(found)


def test_an_action_marks_the_state_s_entry_that_it_was_planned_with():
    files = [file({"agentName": "Desk", "lang": "ar"})]
    marks = [
        made(files, agents, last).actions[0].known
        for agents in ([live()], [])
        for last in (NOTHING, known(lang="ar"), known(lang="en"))
    ]
    assert marks[0] == ""
    assert len({*marks[:3]}) == 3
    assert marks[3:] == ["", "", ""]  # nothing is written: it is blocked


def test_conflicts_writes_and_pending_are_views_of_the_actions():
    files = [file({"agentName": name, "lang": "ar"}, name) for name in "abcd"]
    agents = [live("1", "a", lang="ar"), live("2", "b", lang="en"), live("3", "c", lang="x")]
    last = known("3", "c", agentName="c", lang="en")
    last = replace(last, agents={**last.agents, **known("2", "b", agentName="b").agents})
    found = made(files, agents, last)
    assert [a.key for a in found.writes] == ["b", "c", "d"]
    assert [a.key for a in found.pending] == ["a", "b", "c", "d"]
    assert [(a.key, [c.path for c in a.conflicts]) for a in found.actions if a.conflicts] == [
        ("c", ["lang"])
    ]
    assert found.actions[1].changes[0].cause is Cause.UNTRACKED


TEXTS = st.sampled_from(["", "one", "two"])
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "greetingMessage": TEXTS,
        "lang": st.sampled_from(["ar", "en"]),
        "silenceThreshold": st.integers(1, 3),
        "outcome": st.none() | TEXTS,
        "params": st.dictionaries(TEXTS, TEXTS),
        "pokeMessages": st.lists(TEXTS, max_size=2),
    },
)


@given(
    st.lists(SPECS, max_size=4),
    st.lists(SPECS, max_size=4),
    st.integers(0, 4),
    st.randoms(use_true_random=False),
)
def test_same_input_same_plan_whatever_the_order_and_nothing_is_changed(
    specs, payloads, remembered, random
):
    files = [file({"agentName": f"A{i}", **spec}, f"a{i}") for i, spec in enumerate(specs)]
    agents = [live(str(i), f"A{i}", **payload) for i, payload in enumerate(payloads)]
    pages = [known(str(i), f"a{i}", **spec).agents for i, spec in enumerate(payloads[:remembered])]
    last = EnvironmentState(
        salt=SALT, agents={key: page for one in pages for key, page in one.items()}
    )
    before = copy.deepcopy((files, agents, last))
    found = made(files, agents, last)
    assert (files, agents, last) == before
    assert repr(made(files, agents, last)) == repr(found)
    shuffled = random.sample(files, len(files)), random.sample(agents, len(agents))
    assert repr(made(*shuffled, last)) == repr(found)


@given(SPECS, SPECS, st.none() | SPECS)
def test_after_its_request_is_stored_a_plan_is_empty(spec, payload, applied):
    item = file(spec)
    last = known(**(applied or {}))
    (action,) = made([item], [live(**payload)], last).actions
    stored = {**payload, **(action.request.body if isinstance(action, Write) else {})}
    remembered = EnvironmentState(
        salt=SALT, agents={"desk": Applied(kind=AGENT_V1, id="1", digests=action.digests)}
    )
    again = made([item], [live(**stored)], remembered)
    assert [found.verb for found in again.actions] == [Verb.IN_SYNC]


def secrets_in(value, path="plan"):
    """The places of secrets in a value: those of all Secret leaves."""
    if isinstance(value, Secret):
        yield path
    elif is_dataclass(value):
        for one in fields(value):
            yield from secrets_in(getattr(value, one.name), f"{path}.{one.name}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from secrets_in(item, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets_in(item, path)


HUSH = "planted-secret"
HIDEABLE = {
    "greetingMessage": (HUSH, {"greetingMessage": HUSH}),
    "params": ({"a": {"b": [HUSH]}}, {"params": {"a": {"b": [HUSH]}}}),
    "webhookUrl": (HUSH, {"webhookUrl": HUSH}),
    "webhookAuth": (
        {"authKey": HUSH, "authSecret": HUSH},
        {"webhookAuth": {"authKey": HUSH, "authSecret": HUSH}},
    ),
    "webToolsOverrides": ({"t": HUSH}, {"webToolsOverrides": {"t": HUSH}}),
    "llmConfig": (
        dict.fromkeys(("provider", "modelName", "baseUrl", "apiKey"), HUSH),
        {"llmConfig": dict.fromkeys(("provider", "modelName", "baseUrl", "apiKey"), HUSH)},
    ),
    CALENDAR: (
        dict.fromkeys(("accessToken", "refreshToken", "calendarId"), HUSH),
        {"tools": dict.fromkeys(("accessToken", "refreshToken", "calendarId"), HUSH)},
    ),
}


def as_secret(value):
    """A spec in which each planted text is a secret."""
    match value:
        case str() if value == HUSH:
            return Secret("NAME", HUSH)
        case dict():
            return {name: as_secret(item) for name, item in value.items()}
        case list():
            return [as_secret(item) for item in value]
        case _:
            return value


@pytest.mark.slow
@given(
    declared=st.sets(st.sampled_from(sorted(HIDEABLE)), min_size=1),
    shown=st.sets(st.sampled_from(sorted(HIDEABLE))),
    remembered=st.sampled_from(["nothing", "the same", "others"]),
    exists=st.booleans(),
)
def test_secrets_are_in_requests_alone_and_there_as_secrets(declared, shown, remembered, exists):
    spec = {name: as_secret(HIDEABLE[name][0]) for name in declared}
    payload = {key: value for name in shown for key, value in HIDEABLE[name][1].items()}
    applied = {"nothing": {}, "the same": spec, "others": {"greetingMessage": Secret("O", "o")}}
    agents = [live(**payload)] if exists else []
    unmanaged = {key for name in shown - declared for key in HIDEABLE[name][1]}
    found = made([file({"agentName": "Desk", **spec})], agents, known(**applied[remembered]))
    places = [*secrets_in(found)]
    assert all(place.startswith("plan.actions.request.body.") for place in places)
    if not unmanaged:
        assert HUSH not in repr(found)
        assert HUSH not in printed(found)
