"""Saved plans: what comes back, what is never in them, and files that are refused."""

import json
import stat
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine.plan import plan
from reconciler.errors import Problem, ReconcilerError
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import (
    Apart,
    Applied,
    Cause,
    Change,
    Desired,
    EnvironmentState,
    Ignore,
    Plan,
    Planned,
    Promotion,
    Request,
    Verb,
    Violation,
)
from reconciler.render import data
from reconciler.render.data.saved import Saved, document
from reconciler.schema.table import Impact
from reconciler.state import planfile
from reconciler.workflows import saved_plan
from tests import build

SALT = "00112233445566778899aabbccddeeff"
NEVER = "sk-planted"
VALUES = {"ACCESS": f"{NEVER}-access", "REFRESH": f"{NEVER}-refresh", "NOTE": f"{NEVER}-note"}
CALENDAR = "googleCalendarSettings"
RICH = {
    "agentName": "مكتب",
    "preamble": "line one\nline two \u202e\n",
    "pokeMessages": ["a", "b"],
    "params": {"note": Secret("NOTE", VALUES["NOTE"]), "list": [1, {"x": None}]},
    "silenceThreshold": 600,
    "outcome": None,
    f"{CALENDAR}.accessToken": Secret("ACCESS", VALUES["ACCESS"]),
    f"{CALENDAR}.refreshToken": Secret("REFRESH", VALUES["REFRESH"]),
    f"{CALENDAR}.freeSlots": {"Sunday": [{"from": "09:00", "to": "12:00"}]},
}


EMPTY = {
    f"{CALENDAR}.{name}": None
    for name in (
        "calendarId",
        "calendarName",
        "eventTitle",
        "meetingDuration",
        "timezone",
        "freeSlots",
    )
}


def live(agent_id, name, **fields):
    return build.live(
        {"agentName": name, "interrupt": True, **EMPTY, **fields},
        agent_id,
        name=name,
        updated_at="2026-01-01T00:00:00Z",
        secrets={f"{CALENDAR}.accessToken": True},
    )


def rich():
    """A plan with every kind of action, secrets in requests, drift and ignored fields."""
    agents = [
        Desired(kind=AGENT_V1, key="create", file="a.yaml", fields=RICH),
        Desired(
            kind=AGENT_V1,
            key="update",
            file="b.yaml",
            fields={**RICH, "agentName": "two"},
            ignore=(Ignore(path="lang"),),
        ),
        Desired(kind=AGENT_V1, key="same", file="c.yaml", fields={"agentName": "three"}),
        Desired(
            kind=AGENT_V1, key="blocked", file="d.yaml", id="gone", fields={"agentName": "four"}
        ),
    ]
    known = Applied(kind=AGENT_V1, id="id-2", digests={"silenceThreshold": "sha256:0"})
    return plan(
        agents,
        [
            live("id-2", "two", silenceThreshold=800, pokeMessages=[], lang="ar"),
            live("id-3", "three"),
            live("id-5", "nobody's"),
        ],
        EnvironmentState(salt=SALT, agents={"update": known}),
        environment="production",
        url="https://hamsa.example",
    )


WHEN = {"created_at": "2026-01-02T03:04:05Z", "tool": "0.1.0"}


def kept(found, **more):
    return Saved(planned=Planned(plan=found, **more))


def saved(found):
    return data.text(planfile.sealed(document(kept(found), **WHEN)))


def loaded(text, secret=VALUES.get):
    name = "next.plan.json"
    return saved_plan.decoded(planfile.loads(text, name), name, secret).planned.plan


def test_the_rich_plan_is_rich():
    assert sorted(str(action.verb) for action in rich().actions) == [
        "blocked",
        "create",
        "record",
        "unmanaged",
        "update",
    ]


def test_a_plan_comes_back_as_it_was():
    assert loaded(saved(rich())) == rich()


def test_secrets_are_kept_by_name_and_looked_up_again():
    bodies = [a.request.body for a in loaded(saved(rich()), {"ACCESS": "new"}.get).writes]
    assert [body[CALENDAR]["accessToken"] for body in bodies] == [Secret("ACCESS", "new")] * 2
    assert [body[CALENDAR]["accessToken"].value for body in bodies] == ["new", "new"]
    assert [body["params"]["note"].value for body in bodies] == [None, None]


def test_no_secret_s_value_is_in_the_text():
    text = saved(rich())
    assert NEVER not in text
    assert text.count('"secret": "ACCESS"') == 2
    assert loaded(text).writes[0].request.body[CALENDAR]["accessToken"].value == VALUES["ACCESS"]


def test_it_is_the_document_of_format_json_with_what_an_apply_needs():
    content = json.loads(saved(rich()))
    made_for = {name: content["apply"][name] for name in ("tool_version", "created_at")}
    assert made_for == {"tool_version": "0.1.0", "created_at": "2026-01-02T03:04:05Z"}
    del content["apply"], content["checksum"]
    for action in content["actions"]:
        del action["apply"]
    assert content == json.loads(data.text(data.plan(Planned(plan=rich()))))


def test_no_character_of_it_acts_on_a_terminal_and_none_is_lost():
    text = saved(rich())
    assert "\u202e" not in text
    assert "مكتب" in text
    assert "\u202e" in loaded(text).writes[0].request.body["preamble"]


def test_what_travels_with_a_plan_comes_back():
    apart = Apart(key="create", path="lang", here="ar", there=None, only="here", ignored=True)
    more = {
        "promotion": Promotion(source="staging", needs={"a": {"lang": "sha256:0"}}, apart=(apart,)),
        "violations": (
            Violation(rule="windows", message="no", hint="wait", pending=True, until="Friday"),
        ),
        "warnings": (Problem(file="a.yaml", line=3, message="odd", warning=True, rule="model"),),
    }
    made = Saved(planned=Planned(plan=rich(), **more), made_with=("plan", "-e", "live"))
    content = planfile.loads(data.text(planfile.sealed(document(made, **WHEN))), "x")
    assert saved_plan.decoded(content, "x", VALUES.get) == made


def test_only_its_owner_can_read_a_plan_file(tmp_path):
    path = tmp_path / "deep" / "next.plan.json"
    saved_plan.keep(path, kept(rich()), **WHEN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    saved_plan.keep(path, kept(rich()), **WHEN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert saved_plan.read(path, VALUES.get) == kept(rich())
    assert list(path.parent.iterdir()) == [path]


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
LEAF = VALUE | st.builds(Secret, st.sampled_from(sorted(VALUES)))
BODY = st.dictionaries(
    st.text(), LEAF | st.lists(LEAF, max_size=3) | st.dictionaries(st.text(), LEAF, max_size=3)
)


def named(value):
    """A body with each secret's value filled in, as a load would do it."""
    match value:
        case Secret():
            return Secret(value.name, VALUES[value.name])
        case dict():
            return {name: named(item) for name, item in value.items()}
        case list():
            return [named(item) for item in value]
        case _:
            return value


@pytest.mark.slow
@given(body=BODY, before=VALUE, after=VALUE, key=st.text())
def test_any_plan_comes_back_as_it_was(body, before, after, key):
    change = Change(path="x", before=before, after=after, cause=Cause.DRIFT, impact=Impact.SPOKEN)
    made = Plan(
        environment=key,
        url="https://x",
        salt=SALT,
        agents=3,
        actions=(
            build.made(
                kind=AGENT_V1,
                verb=Verb.UPDATE,
                key=key,
                name=key,
                id="1",
                changes=(change,),
                request=Request(method="PATCH", path="/x", body=named(body)),
                expects={"x": before},
                wants={"x": after},
                digests={"x": "sha256:0"},
                notes=("a", "b"),
            ),
        ),
    )
    assert loaded(saved(made)) == made
    assert NEVER not in saved(made)


def refused(text):
    with pytest.raises(ReconcilerError) as raised:
        loaded(text)
    return f"{raised.value.message} | {raised.value.hint}"


def altered(**change):
    return json.dumps({**json.loads(saved(rich())), **change})


@pytest.mark.parametrize("text", ["", "hello", "{}", "[]", "3", "null", '"x"', "[" * 100_000])
def test_other_files_are_refused_as_plan_files(text):
    assert refused(text) == (
        "next.plan.json is not a plan file | make one with: reconciler plan --out FILE"
    )


@pytest.mark.parametrize("version", ["3.0", "3", "11.3"])
def test_a_newer_major_is_refused_by_name(version):
    assert refused(altered(format_version=version)) == (
        f"next.plan.json has format {version}, and this version reads up to 2.0 | update reconciler"
    )


CHANGED = {
    "a value": ("600", "6000"),
    "the environment": ('"production"', '"staging"'),
    "an id": ("id-2", "id-5"),
    "a secret's name": ('"ACCESS"', '"REFRESH"'),
    "the time": {"created_at": "later"},
    "no checksum": {"checksum": None},
    "another checksum": {"checksum": "sha256:0"},
    "another key": {"more": 1},
    "the minor version": {"format_version": "1.2"},
    "no version": {"format_version": None},
    "nothing else": None,
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_changed_plan_file_is_refused(change):
    match change:
        case None:
            text = '{"format_version": "2.0"}'
        case old, new:
            text = saved(rich()).replace(old, new, 1)
        case _:
            text = altered(**change)
    assert text != saved(rich())
    assert refused(text) == (
        "next.plan.json was changed after it was written"
        " | make a new one with: reconciler plan --out FILE"
    )


def test_another_layout_of_the_same_content_is_no_change():
    assert loaded(json.dumps(json.loads(saved(rich())), indent=4)) == rich()


def resigned(content):
    """A changed file with a valid signature: its shape is still checked."""
    content.pop("checksum", None)
    return json.dumps({**content, "checksum": planfile._checksum(content)})


def put_leaves(plan, leaves):
    plan["actions"][0]["apply"]["leaves"] = leaves


def unplanned(change):
    content = json.loads(saved(rich()))
    change(content)
    return resigned(content)


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan.pop("url"),
        lambda plan: plan.pop("apply"),
        lambda plan: plan["apply"].update(agents="many"),
        lambda plan: plan.update(actions={}),
        lambda plan: plan.update(actions=[3]),
        lambda plan: plan["actions"][0].pop("action"),
        lambda plan: plan["actions"][0].update(action="delete"),
        lambda plan: plan["actions"][0].update(kind="nobody"),
        lambda plan: plan["actions"][0].pop("apply"),
        lambda plan: plan["actions"][0].update(request={"method": "PATCH"}),
        lambda plan: put_leaves(plan, [3]),
        lambda plan: put_leaves(plan, [{"at": ["name"], "secret": "ACCESS"}]),
        lambda plan: put_leaves(plan, [{"at": ["apply", "wants"], "value": 1}]),
        lambda plan: put_leaves(plan, [{"at": ["request", "body", "no"], "secret": "ACCESS"}]),
    ],
)
def test_a_plan_of_another_shape_is_refused(change):
    assert refused(unplanned(change)) == "next.plan.json is not a plan file of this version | "


def test_a_file_that_cannot_be_read_is_reported(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    said = []
    for name in ("none", "binary", "."):
        with pytest.raises(ReconcilerError) as raised:
            planfile.load(tmp_path / name)
        said.append(raised.value.message.removeprefix(tmp_path.name))
    assert said == [
        "none cannot be read: no such file or directory",
        "binary cannot be read: it is not text",
        " cannot be read: is a directory",
    ]


def test_a_plan_without_requests_has_no_secrets():
    empty = replace(rich(), actions=tuple(a for a in rich().actions if a not in rich().writes))
    assert len(empty.actions) == 3
    assert loaded(saved(empty), pytest.fail) == empty
