"""The table of fields checks itself, and states the allowed values of each field."""

from typing import Annotated

import pytest
from annotated_types import Ge
from pydantic import ValidationError

from reconciler.kinds.agent_v1 import AGENT_V1, Agent
from reconciler.schema.codecs import PLAIN
from reconciler.schema.describe import describe
from reconciler.schema.kind import Kind, Role, Routes
from reconciler.schema.table import UNSET, Fact, Impact, Section

# The request fields by the generation that first documents them, copied from the pages.
G1 = """
agentName greetingMessage preamble lang voiceId pokeMessages params realTime silenceThreshold
interrupt outcome tools.googleCalendar tools.genderDetection tools.smartCallEnd
googleCalendarSettings.calendarId googleCalendarSettings.calendarName
googleCalendarSettings.accessToken googleCalendarSettings.refreshToken
googleCalendarSettings.eventTitle googleCalendarSettings.meetingDuration
googleCalendarSettings.timezone googleCalendarSettings.freeSlots
"""
GONE_IN_G2 = {
    name for name in G1.split() if name.startswith("googleCal") or name == "tools.googleCalendar"
}
G2 = "outcomeResponseShape webhookUrl webhookAuth.authKey webhookAuth.authSecret"
G3 = """
greetingMessageType description icon isTemplate type alignment.greetingMessage alignment.preamble
knowledgeBaseItemsIds webToolsIds voiceDictionaryIds webToolsOverrides userInactivityTimeout
maxCallDuration responseDelay minInterruptionDuration vadActivationThreshold
waitForUserToSpeakFirst backgroundNoise thinkingVoice speakerIdentification agenticRag
languageDialectSwitcher enableAutoGainControl sendDenoisedToStt noiseCancellation cancelNoisePer
llmConfig.provider llmConfig.modelName llmConfig.baseUrl llmConfig.apiKey llmConfig.temperature
"""

ALLOWED = {
    "agentName": "text, not empty",
    "greetingMessage": "text",
    "lang": "`ar` or `en`",
    "type": "`Single Prompt`",
    "voiceId": "text, not empty, or `null` to clear it",
    "outcome": "text, or `null` to clear it",
    "pokeMessages": "a list of texts",
    "params": "a mapping",
    "outcomeResponseShape": "a mapping",
    "realTime": "`true` or `false`",
    "silenceThreshold": "a whole number of milliseconds, 1 or more",
    "googleCalendarSettings.meetingDuration": "a number of minutes, 0 or more",
    "googleCalendarSettings.timezone": "one of 348 names",
    "googleCalendarSettings.freeSlots": "a mapping",
    "maxCallDuration": "a number of seconds, 30 to 3600",
    "minInterruptionDuration": "a number of seconds, 0.2 to 1.5",
    "waitForUserToSpeakFirst": "a whole number, 0 to 2",
    "llmConfig.temperature": "a number, 0 to 1",
}

DESCRIBED = [
    # JSON Schema, in words
    ({}, "any value"),
    ({"$ref": "#/$defs/Slot"}, "a mapping"),
    ({"description": "a time", "type": "string"}, "a time"),
    ({"enum": ["a"]}, "`a`"),
    ({"enum": ["a", "b", "c"]}, "`a`, `b` or `c`"),
    (
        {"enum": list("abcdefghijkl")},
        "`a`, `b`, `c`, `d`, `e`, `f`, `g`, `h`, `i`, `j`, `k` or `l`",
    ),
    ({"enum": list(range(13))}, "one of 13 names"),
    ({"type": "array", "items": {"type": "string"}}, "a list of texts"),
    ({"type": "array", "items": {"type": "number"}}, "a list"),
    ({"type": "array"}, "a list"),
    ({"type": "null"}, "any value"),
    ({"anyOf": [{"type": "string"}, {"type": "number"}]}, "text or a number"),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "a whole number, or `null` to clear it"),
    ({"type": "number", "minimum": 0}, "a number, 0 or more"),
]


def fact(**more):
    return Fact(impact=Impact.SILENT, source="a page", **more)


def table(model):
    return Kind(
        name="thing",
        api="v0",
        model=model,
        routes=Routes(collection="/things", items="items"),
        roles={Role.NAME: "name"},
    )


def test_the_rows_are_the_documented_request_fields_no_more_and_no_fewer():
    paths = [field.path for field in AGENT_V1]
    assert sorted(paths) == sorted([*G1.split(), *G2.split(), *G3.split()])
    assert len(paths) == len(set(paths)) == len(AGENT_V1.fields)


@pytest.mark.parametrize(
    ("generation", "documented"),
    [
        ("G1", {*G1.split()}),
        ("G2", {*G1.split(), *G2.split()} - GONE_IN_G2),
        ("G3", {*G1.split(), *G2.split(), *G3.split()} - GONE_IN_G2),
    ],
)
def test_each_generation_has_the_fields_of_its_page(generation, documented):
    found = {field.path for field in AGENT_V1 if AGENT_V1.in_generation(field, generation)}
    assert found == documented


def test_no_two_rows_are_read_from_one_place_of_a_response():
    shown = [path for field in AGENT_V1 for path in field.fact.shown]
    assert len(shown) == len(set(shown))


def test_every_row_has_a_source_and_a_span_of_generations():
    for field in AGENT_V1:
        assert field.fact.source.strip(), field.path
        assert field.fact.since in ("G1", "G2", "G3"), field.path
        assert field.fact.until in ("", "G1", "G2"), field.path
        assert not field.fact.until or field.fact.since <= field.fact.until, field.path


def test_the_object_that_shows_emptiness_is_above_the_value():
    for field in AGENT_V1:
        above = field.fact.empty_with
        assert not above or all(path.startswith(f"{above}.") for path in field.fact.shown)


def test_the_usual_values_lie_inside_the_limits():
    for field in AGENT_V1:
        match field.fact.usual:
            case (int() | float() as low, int() | float() as high):
                assert field.schema["minimum"] <= low < high <= field.schema["maximum"]
            case usual:
                assert all(isinstance(value, str) and value for value in usual), field.path


def test_only_one_field_is_never_shown_and_secrets_are_marked():
    assert [f.path for f in AGENT_V1 if not f.fact.shown] == ["tools.googleCalendar"]
    assert {f.path for f in AGENT_V1 if f.fact.sensitive} == {
        "googleCalendarSettings.accessToken",
        "googleCalendarSettings.refreshToken",
        "webhookAuth.authSecret",
        "webToolsOverrides",
        "llmConfig.apiKey",
    }


def test_null_is_allowed_only_if_the_api_documents_it():
    assert [field.path for field in AGENT_V1 if field.nullable] == [
        "greetingMessageType",
        "voiceId",
        "outcome",
        "webhookUrl",
        "webhookAuth.authKey",
        "webhookAuth.authSecret",
    ]


@pytest.mark.parametrize("path", list(AGENT_V1.fields))
def test_an_explicit_null_is_accepted_only_for_fields_that_it_clears(path):
    spec = None
    for name in reversed(path.split(".")):
        spec = {name: spec}
    if AGENT_V1[path].nullable:
        Agent.pydantic_model().model_validate(spec)
        return
    with pytest.raises(ValidationError, match=r"should be|must be"):
        Agent.pydantic_model().model_validate(spec)


def test_a_group_is_carried_together_under_one_key():
    names = [field.path for field in AGENT_V1.group("tools")]
    assert names == ["tools.googleCalendar", "tools.genderDetection", "tools.smartCallEnd"]
    assert [field.path for field in AGENT_V1.group("params")] == ["params"]
    assert {f.top for f in AGENT_V1 if f.grouped} == {
        "tools",
        "googleCalendarSettings",
        "webhookAuth",
        "alignment",
        "llmConfig",
    }


def test_groups_together_are_the_whole_table():
    tops = list(dict.fromkeys(field.top for field in AGENT_V1))
    assert [field for top in tops for field in AGENT_V1.group(top)] == list(AGENT_V1)


@pytest.mark.parametrize(("path", "words"), ALLOWED.items(), ids=list(ALLOWED))
def test_a_field_says_in_words_what_is_allowed_there(path, words):
    assert AGENT_V1[path].allowed == words


def test_every_field_finds_words():
    assert [field.path for field in AGENT_V1 if "any value" in field.allowed] == []


@pytest.mark.parametrize(("schema", "words"), DESCRIBED, ids=[words for _, words in DESCRIBED])
def test_a_schema_in_words(schema, words):
    assert describe(schema) == words


def test_a_unit_is_written_in_full_if_it_has_a_longer_name():
    kind = {"type": "number", "minimum": 2, "maximum": 3}
    assert describe(kind, "ms") == "a number of milliseconds, 2 to 3"
    assert describe(kind, "minutes") == "a number of minutes, 2 to 3"


def test_a_row_without_a_fact_is_refused():
    class Bare(Section):
        name: Annotated[str, Ge(1)] = UNSET

    with pytest.raises(TypeError, match="the row `name` needs one Fact, has 0"):
        table(Bare)


def test_a_row_with_two_facts_is_refused():
    class Inner(Section):
        name: Annotated[str, fact(), fact()] = UNSET

    class Outer(Section):
        group: Inner = UNSET

    with pytest.raises(TypeError, match=r"the row `group.name` needs one Fact, has 2"):
        table(Outer)


def test_a_section_with_a_fact_of_its_own_is_one_leaf_and_without_one_a_group():
    class Inner(Section):
        x: Annotated[int, fact()] = UNSET

    class Outer(Section):
        leaf: Annotated[Inner, fact(shown=("leaf",))] = UNSET
        group: Inner = UNSET

    made = table(Outer)
    assert [(f.path, f.top, f.grouped) for f in made] == [
        ("leaf", "leaf", False),
        ("group.x", "group", True),
    ]
    assert made["leaf"].allowed == "a mapping"
    assert made["leaf"].fact.codec is PLAIN


LENIENT = [
    ({"silenceThreshold": "800"}, "valid integer"),
    ({"silenceThreshold": 800.5}, "valid integer"),
    ({"silenceThreshold": True}, "valid integer"),
    ({"silenceThreshold": 0}, "greater than or equal to 1"),
    ({"realTime": 1}, "valid boolean"),
    ({"realTime": "yes"}, "valid boolean"),
    ({"agentName": ""}, "at least 1 character"),
    ({"agentname": "x"}, "Extra inputs"),
    ({"tools": {"calendar": True}}, "Extra inputs"),
    ({"pokeMessages": "hello"}, "valid list"),
    ({"pokeMessages": [1]}, "valid string"),
    ({"maxCallDuration": 3601}, "less than or equal to 3600"),
    ({"responseDelay": float("nan")}, "finite number"),
    ({"lang": "fr"}, "'ar' or 'en'"),
    ({"type": "Flow Agent"}, "'Single Prompt'"),
    ({"googleCalendarSettings": {"freeSlots": {"Someday": []}}}, "Extra inputs"),
    ({"googleCalendarSettings": {"freeSlots": {"Monday": [{"from": "9:00"}]}}}, "match pattern"),
    ({"googleCalendarSettings": {"timezone": "Asia/Kuwait"}}, r"not in the API's list; .*`Asia/"),
    ({"googleCalendarSettings": {"timezone": "Riyad"}}, "not in the API's list"),
    ({"googleCalendarSettings": {"timezone": ""}}, r"not in the API's list \["),
]


@pytest.mark.parametrize(("spec", "message"), LENIENT, ids=[str(spec) for spec, _ in LENIENT])
def test_values_are_taken_as_written_and_never_bent_into_a_type(spec, message):
    with pytest.raises(ValidationError, match=message):
        Agent.pydantic_model().model_validate(spec)


def test_what_was_found_is_not_in_the_error_because_it_may_be_a_secret():
    with pytest.raises(ValidationError) as caught:
        Agent.pydantic_model().model_validate({"webhookAuth": {"authSecret": ["planted-secret"]}})
    assert "planted-secret" not in str(caught.value)


def test_only_the_type_is_fixed_when_an_agent_is_created():
    assert [field.path for field in AGENT_V1 if field.fact.create_only] == ["type"]


def test_a_whole_number_may_replace_a_fraction():
    Agent.pydantic_model().model_validate({"maxCallDuration": 60, "llmConfig": {"temperature": 1}})


TEXT = {"type": "string", "description": "d"}

SHAPES = [
    # the shape, the mistake
    ({}, "the root's `type` must be `object`"),
    ({"type": "array", "items": {"type": "string"}}, "the root's `type` must be `object`"),
    ({"type": "object"}, "the shape needs `properties`"),
    ({"type": "object", "properties": {}}, "the shape needs `properties`"),
    ({"type": "object", "properties": {"a": 1}}, "a must be a mapping"),
    ({"type": "object", "properties": {"a": {"type": "text"}}}, "a: `type` must be one of string,"),
    ({"type": "object", "properties": {"a": {"type": "string"}}}, "a needs a `description`"),
    (
        {"type": "object", "properties": {"a": TEXT}, "required": ["a", "b", "c"]},
        "the shape: `required` names no property: b, c",
    ),
    (
        {"type": "object", "properties": {"a": TEXT}, "required": True},
        "the shape: `required` must be a list of texts",
    ),
    (
        {"type": "object", "properties": {"a": TEXT}, "required": "a"},
        "the shape: `required` must be a list of texts",
    ),
    (
        {"type": "object", "properties": {"a": TEXT}, "required": [["a"], 1]},
        "the shape: `required` must be a list of texts",
    ),
    (
        {"type": "object", "properties": {"a": {**TEXT, "type": "number", "enum": [1]}}},
        "a: `enum` goes with `type: string`",
    ),
    (
        {"type": "object", "properties": {"a": {**TEXT, "type": "array"}}},
        "a.items must be a mapping",
    ),
    (
        {"type": "object", "properties": {"a": {**TEXT, "type": "object"}}},
        "a needs `properties`",
    ),
    (
        {
            "type": "object",
            "properties": {
                "ok": TEXT,
                "a": {**TEXT, "type": "object", "properties": {"b": {"type": "string"}}},
            },
        },
        "a.b needs a `description`",
    ),
]


@pytest.mark.parametrize(("shape", "fault"), SHAPES, ids=[fault for _, fault in SHAPES])
def test_the_first_rule_that_an_outcome_shape_breaks_is_named(shape, fault):
    with pytest.raises(ValidationError) as caught:
        Agent.pydantic_model().model_validate({"outcomeResponseShape": shape})
    assert fault in caught.value.errors()[0]["msg"]


def test_a_good_outcome_shape_may_nest_objects_and_lists():
    visit = {"type": "object", "description": "d", "properties": {"day": TEXT}, "required": ["day"]}
    shape = {
        "type": "object",
        "properties": {
            "kind": {**TEXT, "enum": ["new", "old"]},
            "visits": {"type": "array", "description": "d", "items": visit},
            "names": {"type": "array", "description": "d", "items": {"type": "string"}},
        },
        "required": ["kind"],
    }
    Agent.pydantic_model().model_validate({"outcomeResponseShape": shape})
