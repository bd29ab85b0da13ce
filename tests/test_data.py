"""Plans, results and mistakes as JSON: their keys, their escapes, and no secret in them."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine.drift import Audit, Audited
from reconciler.engine.plan_digest import action_digest, plan_digest
from reconciler.errors import PolicyError, Problem, ReconcilerError, RefusedError, UsageError
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import (
    Cause,
    Change,
    Contract,
    Difference,
    Live,
    Outcome,
    Plan,
    Request,
    Status,
    Uncompared,
    Verb,
)
from reconciler.render import data
from reconciler.render.sentences import paragraph
from reconciler.schema.table import Impact
from tests import build
from tests.samples import planned

HUSH = "planted-secret"
KEY = Secret("KEY", HUSH)

CHANGES = (
    Change(path="lang", before="en", after="ar", cause=Cause.DRIFT, impact=Impact.SPOKEN),
    Change(
        path="outcome",
        before="Sum up.",
        after="Sum  up.",
        cause=Cause.CONFLICT,
        impact=Impact.SILENT,
        applied="Sum.",
        applied_known=True,
        note="until May",
        prose=True,
    ),
    Change(
        path="webhookAuth.authSecret",
        cause=Cause.UNTRACKED,
        impact=Impact.REACH,
        readable=False,
        sensitive=True,
    ),
    Change(
        path="webToolsOverrides",
        before={"t": HUSH},
        after={"t": HUSH},
        cause=Cause.EDIT,
        impact=Impact.REACH,
        readable=False,
        sensitive=True,
    ),
)
BODY = {
    "lang": "ar",
    "webhookAuth": {"authKey": "Token", "authSecret": KEY},
    "webToolsOverrides": {"t": HUSH},
    "params": {"list": [{"a": KEY}, 1, None]},
}
CONTRACT = Contract(
    added=("caller", "city"), filled=("city",), removed=("old",), renamed=(("name", "guest"),)
)
UPDATE = build.made(
    kind=AGENT_V1,
    verb=Verb.UPDATE,
    key="desk",
    name="Desk",
    id="1",
    changes=CHANGES,
    contract=CONTRACT,
    ignored=(Change(path="tools", before="x", cause=Cause.UNTRACKED, impact=Impact.SILENT),),
    uncompared=(Uncompared(path="llmConfig.apiKey", impact=Impact.REACH, secrets=("LLM_KEY",)),),
    request=Request(method="PATCH", path="/v1/voice-agents/1", body=BODY),
    notes=("found by its name",),
    updated_at="2025-05-12",
)
PLAN = Plan(
    environment="test",
    url="sandbox",
    salt="5a17",
    actions=(UPDATE, build.made(kind=AGENT_V1, verb=Verb.UNMANAGED, key="", name="Other", id="2")),
    agents=2,
)

PROBLEM = Problem(
    file="agents/a.yaml", line=3, field="spec.lang", message="wrong", found='"fr"', rule="a-rule"
)
PROBLEM_JSON = {
    "file": "agents/a.yaml",
    "line": 3,
    "field": "spec.lang",
    "message": "wrong",
    "found": '"fr"',
    "allowed": "",
    "hint": "",
    "warning": False,
    "rule": "a-rule",
}

SENTENCES = {
    language: paragraph(AGENT_V1, "update", "Desk", CHANGES, CONTRACT, language=language)
    for language in ("en", "ar")
}
CHANGES_JSON = [
    {
        "path": "lang",
        "cause": "drift",
        "impact": "spoken",
        "cosmetic": False,
        "readable": True,
        "sensitive": False,
        "before": "en",
        "after": "ar",
    },
    {
        "path": "outcome",
        "cause": "conflict",
        "impact": "silent",
        "cosmetic": True,
        "note": "until May",
        "readable": True,
        "sensitive": False,
        "before": "Sum up.",
        "after": "Sum  up.",
        "applied": "Sum.",
    },
    {
        "path": "webhookAuth.authSecret",
        "cause": "untracked",
        "impact": "reach",
        "cosmetic": False,
        "readable": False,
        "sensitive": True,
    },
    {
        "path": "webToolsOverrides",
        "cause": "edit",
        "impact": "reach",
        "cosmetic": False,
        "readable": False,
        "sensitive": True,
    },
]
EXPECTED = {
    "format_version": "2.0",
    "environment": "test",
    "url": "sandbox",
    "summary": "Plan for test: 0 to create, 1 to update (1 edit, 1 drift, "
    "1 conflict, 1 untracked); 4 fields: 1 spoken, 2 reach, 1 cosmetic; "
    "0 in sync, secrets of 1 not compared, 1 unmanaged.",
    "digest": plan_digest(PLAN),
    "promotion": None,
    "changes": True,
    "causes": {"edit": 1, "drift": 1, "conflict": 1, "untracked": 1},
    "impacts": {"spoken": 1, "behaviour": 0, "reach": 2, "silent": 0, "cosmetic": 1},
    "actions": [
        {
            "action": "update",
            "kind": "agent",
            "api": "v1",
            "key": "desk",
            "name": "Desk",
            "id": "1",
            "changes": CHANGES_JSON,
            "ignored": [
                {
                    "path": "tools",
                    "cause": "untracked",
                    "impact": "silent",
                    "cosmetic": False,
                    "readable": True,
                    "sensitive": False,
                    "before": "x",
                    "after": None,
                }
            ],
            "uncompared": [
                {
                    "path": "llmConfig.apiKey",
                    "impact": "reach",
                    "sensitive": True,
                    "compared": False,
                    "unset": ["LLM_KEY"],
                    "note": "(sensitive), not set here: not compared",
                }
            ],
            "undeclared": [],
            "stored_otherwise": [],
            "placeholders": {
                "added": ["caller", "city"],
                "filled": ["city"],
                "unfilled": [],
                "removed": ["old"],
                "renamed": [{"from": "name", "to": "guest"}],
            },
            "flow": None,
            "sentences": SENTENCES,
            "request": {
                "method": "PATCH",
                "path": "/v1/voice-agents/1",
                "body": {
                    "lang": "ar",
                    "webhookAuth": {"authKey": "Token", "authSecret": "(sensitive)"},
                    "webToolsOverrides": "(sensitive)",
                    "params": {"list": [{"a": "(sensitive)"}, 1, None]},
                },
            },
            "digest": action_digest(PLAN, UPDATE),
            "reason": "",
            "notes": ["found by its name"],
            "updated_at": "2025-05-12",
        },
        {
            "action": "unmanaged",
            "kind": "agent",
            "api": "v1",
            "key": "",
            "name": "Other",
            "id": "2",
            "changes": [],
            "ignored": [],
            "uncompared": [],
            "undeclared": [],
            "stored_otherwise": [],
            "placeholders": {
                "added": [],
                "filled": [],
                "unfilled": [],
                "removed": [],
                "renamed": [],
            },
            "flow": None,
            "sentences": {"en": "", "ar": ""},
            "request": None,
            "digest": "",
            "reason": "",
            "notes": [],
            "updated_at": "",
        },
    ],
    "orphans": [],
    "violations": [],
    "findings": [PROBLEM_JSON],
}


def test_a_plan_has_exactly_these_keys():
    assert data.plan(planned(PLAN, [PROBLEM])) == EXPECTED
    assert json.loads(data.text(data.plan(planned(PLAN, [PROBLEM])))) == EXPECTED


def test_without_findings_there_are_none():
    assert data.plan(planned(PLAN)) == {**EXPECTED, "findings": []}
    assert data.results("test", [])["findings"] == []


def test_an_agent_is_described_in_both_languages():
    assert "speaks Arabic instead of English" in SENTENCES["en"]
    assert "العربية" in SENTENCES["ar"]


def test_neither_a_secret_nor_the_salt_is_in_a_plan():
    printed = data.text(data.plan(planned(PLAN)))
    assert HUSH not in printed
    assert "5a17" not in printed


def test_a_plan_without_writes_has_no_changes():
    empty = Plan(environment="test", url="", salt="", actions=(), agents=0)
    found = data.plan(planned(empty))
    assert (found["changes"], found["actions"]) == (False, [])


def test_a_null_that_clears_a_secret_stays_null():
    body = {"webhookAuth": {"authSecret": None}}
    request = Request(method="PATCH", path="/", body=body)
    action = build.made(
        kind=AGENT_V1, verb=Verb.UPDATE, key="k", name="n", changes=CHANGES, request=request
    )
    found = data.plan(planned(Plan(environment="", url="", salt="", actions=(action,), agents=1)))
    assert found["actions"][0]["request"]["body"] == body


def test_results_have_exactly_these_keys():
    item = Difference(path="lang", expected="ar", found="en", sent=True)
    outcomes = [
        Outcome(status=Status.DONE, action=UPDATE, id="1", unchecked=("webhookAuth.authSecret",)),
        Outcome(
            status=Status.DIVERGED,
            action=UPDATE,
            id="1",
            message="stored otherwise",
            hint="look",
            differences=(item,),
        ),
    ]
    found = data.results("test", outcomes, [PROBLEM])
    assert found == {
        "format_version": "2.0",
        "environment": "test",
        "summary": "Apply: 1 done, 1 diverged.",
        "outcomes": [
            {
                "key": "desk",
                "action": "update",
                "id": "1",
                "status": "done",
                "message": "",
                "hint": "",
                "changes": CHANGES_JSON,
                "sentences": SENTENCES,
                "conflicts": [],
                "differences": [],
                "unchecked": ["webhookAuth.authSecret"],
            },
            {
                "key": "desk",
                "action": "update",
                "id": "1",
                "status": "diverged",
                "message": "stored otherwise",
                "hint": "look",
                "changes": CHANGES_JSON,
                "sentences": {"en": "", "ar": ""},
                "conflicts": [],
                "differences": [
                    {
                        "path": "lang",
                        "expected": "ar",
                        "found": "en",
                        "answered": None,
                        "sent": True,
                        "hidden": False,
                    }
                ],
                "unchecked": [],
            },
        ],
        "findings": [PROBLEM_JSON],
    }
    assert HUSH not in data.text(found)


def test_an_audit_has_exactly_these_keys():
    unknown = Change(
        path="voiceId", before="a", after="b", cause=Cause.UNTRACKED, impact=Impact.SPOKEN
    )
    agent = Audited(
        kind=AGENT_V1,
        key="desk",
        name="Desk",
        id="1",
        updated_at="2025-05-12",
        applied_at="2025-05-11",
        commit="abc",
        drift=(replace(CHANGES[1], before="Sum up.", after="Sum  up."), unknown),
        expected=(unknown,),
        waiting=("lang",),
        unchecked=("tools",),
    )
    stranger = Live(
        kind=AGENT_V1, id="2", name="Other", generation="v1", fields={}, secrets={}, rest={}
    )
    found = Audit(
        environment="test",
        url="sandbox",
        agents=(agent,),
        unmanaged=(stranger,),
        namesakes={"2": ["desk"]},
    )
    moved = {
        "path": "voiceId",
        "cause": "untracked",
        "impact": "spoken",
        "cosmetic": False,
        "file": "a",
        "live": "b",
    }
    assert json.loads(data.text(data.audit(found, [PROBLEM]))) == {
        "format_version": "2.0",
        "environment": "test",
        "url": "sandbox",
        "summary": "Drift in test: 2 fields of 1 agent (1 spoken, 1 cosmetic); 0 as applied, "
        "1 expected, 1 field cannot be checked, 1 unmanaged.",
        "drift": True,
        "required_text": [],
        "agents": [
            {
                "key": "desk",
                "name": "Desk",
                "id": "1",
                "vanished": False,
                "missing": "",
                "updated_at": "2025-05-12",
                "applied_at": "2025-05-11",
                "commit": "abc",
                "drift": [
                    {
                        "path": "outcome",
                        "cause": "conflict",
                        "impact": "silent",
                        "cosmetic": True,
                        "applied": "Sum up.",
                        "live": "Sum  up.",
                        "note": "until May",
                    },
                    moved,
                ],
                "sentences": {
                    language: paragraph(AGENT_V1, "drift", "Desk", agent.drift, language=language)
                    for language in ("en", "ar")
                },
                "undeclared": [],
                "expected": [moved],
                "undeclared_expected": [],
                "stored_otherwise": [],
                "waiting": ["lang"],
                "unchecked": ["tools"],
                "not_known_yet": [],
            }
        ],
        "accepted": [],
        "unmanaged": [{"id": "2", "name": "Other", "updated_at": "", "looks_like": ["desk"]}],
        "findings": [PROBLEM_JSON],
    }


def test_mistakes_have_exactly_these_keys():
    assert data.problems([PROBLEM]) == {"format_version": "2.0", "problems": [PROBLEM_JSON]}
    assert data.problems([])["problems"] == []


@pytest.mark.parametrize(
    ("kind", "code"), [(ReconcilerError, 1), (RefusedError, 4), (PolicyError, 5), (UsageError, 64)]
)
def test_a_stop_is_json_too_with_its_exit_code(kind, code):
    assert data.error(kind("too many", hint="use --force"), [PROBLEM]) == {
        "format_version": "2.0",
        "problems": [PROBLEM_JSON],
        "error": {"message": "too many", "hint": "use --force", "exit_code": code},
    }


ESCAPES = [
    ("\x1b[2J", "\\u001b[2J"),
    ("\x7f\x85\x9b", "\\u007f\\u0085\\u009b"),
    ("\u202eevil\u2066", "\\u202eevil\\u2066"),
    ("\u200b\u200f\u061c\ufeff", "\\u200b\\u200f\\u061c\\ufeff"),
    ("\u2028\u2029", "\\u2028\\u2029"),
    ("\ud83d", "\\ud83d"),
    ("a\nb\r\tc", "a\\nb\\r\\tc"),
    ("##[error]x ##vso[y]", "##\\u005berror]x ##vso\\u005by]"),
    ("أهلاً 👋 é", "أهلاً 👋 é"),
    ('"\\', '\\"\\\\'),
]


@pytest.mark.parametrize(("value", "escaped"), ESCAPES, ids=[escaped for _, escaped in ESCAPES])
def test_what_would_act_on_a_terminal_is_escaped(value, escaped):
    assert data.text(value) == f'"{escaped}"\n'


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


FLEET = st.dictionaries(st.sampled_from(["pages", "a", "z"]), st.lists(ANY) | ANY)


@given(ANY | FLEET)
def test_json_text_is_lossless_and_ends_its_last_line(value):
    printed = data.text(value)
    assert json.loads(printed) == value
    assert "##[" not in printed
    assert printed.endswith("\n")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed)
    assert len(printed.splitlines()) == printed.count("\n")


@given(st.text(st.characters(categories=["Cs"]), max_size=1), st.text())
def test_half_a_character_is_escaped_so_that_any_stream_can_carry_it(half, rest):
    printed = data.text([half, rest])
    printed.encode()
    assert json.loads(printed) == [half, rest]


@given(ANY, st.sampled_from(["params", "outcome", "webhookUrl"]))
def test_a_body_without_secrets_is_shown_as_it_is_sent(value, top):
    request = Request(method="POST", path="/", body={top: value})
    action = build.made(kind=AGENT_V1, verb=Verb.CREATE, key="k", name="n", request=request)
    found = data.plan(planned(Plan(environment="", url="", salt="", actions=(action,), agents=1)))
    assert found["actions"][0]["request"]["body"] == {top: value}


def planted(value, hidden):
    """The value with a secret at each text that is to be hidden."""
    match value:
        case str() if value in hidden:
            return Secret("N", HUSH)
        case dict():
            return {name: planted(item, hidden) for name, item in value.items()}
        case list():
            return [planted(item, hidden) for item in value]
        case _:
            return value


@given(ANY)
def test_a_secret_anywhere_in_a_body_is_not_printed(value):
    request = Request(method="POST", path="/", body={"params": planted([value, "x"], {"x", ""})})
    action = build.made(kind=AGENT_V1, verb=Verb.CREATE, key="k", name="n", request=request)
    found = data.plan(planned(Plan(environment="", url="", salt="", actions=(action,), agents=1)))
    printed = data.text(found)
    assert HUSH not in printed
    assert "(sensitive)" in printed
