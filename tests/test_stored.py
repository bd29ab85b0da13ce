"""Servers that store a value in another form: reported once, and known from then on."""

from typing import Any

import pytest

from reconciler.engine.stored import reshaped
from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve
from tests.projects import Project
from tests.seed_fields import SECRETS, with_value

SPEC: dict[str, Any] = {"agentName": "Desk", "lang": "ar"}


def live(server: RunningServer) -> dict[str, Any]:
    (record,) = server.app.state.store.records()
    fields: dict[str, Any] = record.fields
    return fields


def edit_live(server: RunningServer, **fields: Any) -> None:
    (record,) = server.app.state.store.records()
    server.app.state.store.update(record.id, {**record.fields, **fields})


def patches(server: RunningServer) -> int:
    return sum(request.method == "PATCH" for request in server.app.state.requests)


FORMS = {
    "a last line end": ("strip", "preamble", "Be brief.\n", "Be brief.", "last line end"),
    "two last line ends": ("strip", "outcome", "Sum up.\n\n", "Sum up.", "last line end"),
    "blanks at the end": ("strip", "greetingMessage", "Hello  ", "Hello", "blanks at the ends"),
    "blanks at line ends": (
        "blanks",
        "preamble",
        "One.  \nTwo.",
        "One.\nTwo.",
        "blanks at the ends",
    ),
    "line ends": ("crlf", "preamble", "One.\nTwo.", "One.\r\nTwo.", "CRLF"),
    "line ends, the last one gone": (
        "strip,crlf",
        "preamble",
        "One.\nTwo.\n",
        "One.\r\nTwo.",
        "CRLF",
    ),
    "a number": ("text", "silenceThreshold", 600, "600", "stored as text"),
    "a number in a map": ("text", "params", {"floor": 3}, {"floor": "3"}, "stored as text"),
    "an empty text": ("null", "greetingMessage", "", None, "kept as null"),
    "an empty text that may be null": ("null", "outcome", "", None, "kept as null"),
    "a text in a list": ("strip", "pokeMessages", ["Yes?\n"], ["Yes?"], "last line end"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_value_stored_in_another_form_is_named_and_sent_once(
    project: Project, serve: Serve, form: str
) -> None:
    ways, path, sent, stored, told = FORMS[form]
    server = serve(f"store={ways}")
    project.on(server.url).agent("desk", SPEC)
    assert project.apply().code == 0
    project.agent("desk", {**SPEC, path: sent})
    done = project.apply()
    assert (done.code, live(server)[path]) == (3, stored)
    assert told in done.out
    assert patches(server) == 1
    planned = project.run("plan", "--detailed-exitcode")
    assert (planned.code, told in planned.out) == (0, True), planned.out
    drift = project.run("drift")
    assert (drift.code, told in drift.out, "wait for an apply" in drift.out) == (0, True, False)
    assert project.apply().code == 0
    assert patches(server) == 1


@pytest.mark.parametrize("form", FORMS)
def test_pull_writes_the_equal_form(project: Project, serve: Serve, form: str) -> None:
    ways, path, sent, stored, _ = FORMS[form]
    server = serve(f"store={ways}")
    project.on(server.url).agent("desk", {**SPEC, path: sent})
    assert project.apply().code == 3
    done = project.run("pull", "--yes")
    text = (project.root / "agents/desk.yaml").read_text("utf-8")
    if path == "silenceThreshold":  # no file may say a number as text there
        assert (done.code, "must be" in done.out or "left" in done.out) == (4, True)
        return
    assert done.code == 0, done.out
    assert (path in text) is (stored is not None or path == "outcome")
    assert project.changes() == []
    for command in ("plan", "drift"):
        out = project.run(command).out
        assert "Stored in another form" not in out, out
    assert project.run("drift").code == 0


def test_an_edit_of_the_file_is_one_again_and_so_is_one_in_the_dashboard(
    project: Project, serve: Serve
) -> None:
    server = serve("store=strip")
    project.on(server.url).agent("desk", {**SPEC, "preamble": "Be brief.\n"})
    project.apply()
    project.agent("desk", {**SPEC, "preamble": "Be kind.\n"})
    assert project.changes() == ['desk: preamble "Be brief." -> "Be kind.\\n" (edit)']
    project.agent("desk", {**SPEC, "preamble": "Be brief.\n"})
    assert project.changes() == []
    edit_live(server, preamble="Be loud.")
    assert project.changes() == ['desk: preamble "Be loud." -> "Be brief.\\n" (drift)']
    assert project.run("drift").code == 2
    project.agent("desk", {**SPEC, "preamble": "Be kind.\n"})
    assert project.changes() == ['desk: preamble "Be loud." -> "Be kind.\\n" (conflict)']
    assert project.apply().code == 4


def test_a_sibling_that_is_sent_along_is_no_new_difference(project: Project, serve: Serve) -> None:
    server = serve("store=strip")
    calendar = with_value("googleCalendarSettings.eventTitle", "Visit ")["googleCalendarSettings"]
    project.env |= SECRETS
    project.on(server.url).agent("desk", {**SPEC, "googleCalendarSettings": calendar})
    assert project.apply().code == 3
    longer = {**calendar, "meetingDuration": 20}
    project.agent("desk", {**SPEC, "googleCalendarSettings": longer})
    assert project.apply().code == 0
    assert project.run("plan").out.count("Stored in another form") == 1


def test_a_write_that_was_ignored_is_not_taken_for_a_form(project: Project, serve: Serve) -> None:
    server = serve("fault=PATCH:ignore:*")
    project.on(server.url).agent("desk", SPEC)
    project.apply()
    project.agent("desk", {**SPEC, "preamble": "Be kind."})
    assert project.apply().code == 3
    assert len(project.changes()) == 1


def test_a_live_value_that_becomes_equal_to_the_file_is_no_longer_recorded_as_a_form(
    project: Project, serve: Serve
) -> None:
    server = serve("store=strip")
    project.on(server.url).agent("desk", {**SPEC, "preamble": "Be brief.\n"})
    project.apply()
    edit_live(server, preamble="Be brief.\n")
    assert project.apply().code == 0
    edit_live(server, preamble="Be brief.")
    assert project.changes() == ['desk: preamble "Be brief." -> "Be brief.\\n" (drift)']


SAID = {"type": "string", "description": "What was said"}
KEPT = {
    "a key of v1": ("v1", "params", {"a": 1, "b": 2}, {"a": 1}, "`b`"),
    "of v2, at any depth": (
        "v2",
        "conversation.params",
        {"a": {"x": 1, "y": 2}, "b": 2},
        {"a": {"x": 1}},
        "`a.y`, `b`",
    ),
    "another one along with it": ("v2", "conversation.params", {"a": 1, "b": 2}, {"a": 3}, "`b`"),
    "all of them": ("v2", "conversation.params", {"a": 1}, {}, "`a`"),
    "a property of an outcome": (
        "v2",
        "outcomeResponseShape",
        {"type": "object", "properties": {"a": SAID, "b": SAID}},
        {"type": "object", "properties": {"a": SAID}},
        "`properties.b`",
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_keys_that_a_merging_server_keeps_are_named_with_what_to_do(
    project: Project, serve: Serve, case: str
) -> None:
    """No loop: the apply that shows it fails, and the next plan is empty and reports it."""
    api, path, first, then, keys = KEPT[case]
    server = serve()
    names = {"v1": "agentName", "v2": "name"}

    def spec(value: Any) -> dict[str, Any]:
        nested = value
        for name in reversed(path.split(".")):
            nested = {name: nested}
        return {names[api]: "Desk", **nested}

    project.on(server.url).agent("desk", spec(first), api=api)
    assert project.apply().code == 0
    project.agent("desk", spec(then), api=api)
    done = project.apply()
    told = f"{path} (the API keeps what was left out, {keys}: remove it in the dashboard, or write"
    assert (done.code, told in done.out) == (3, True), done.out
    for command in (["plan", "--detailed-exitcode"], ["drift"], ["apply", "--yes"]):
        again = project.run(*command)
        assert (again.code, told in again.out) == (0, True), again.out
    assert patches(server) == 1
    arabic = project.run("plan", "--language", "ar").out
    assert "the API keeps" not in arabic
    assert project.run("pull", "--yes").code == 0
    assert project.changes() == []
    assert "keeps" not in project.run("plan").out

    project.agent("desk", spec(then), api=api)
    edit_live(server, **{path.rpartition(".")[2]: then})
    assert project.changes() == []
    assert "keeps" not in project.run("plan").out


def test_a_write_that_was_ignored_is_not_taken_for_a_merge(project: Project, serve: Serve) -> None:
    server = serve("fault=PATCH:ignore:*")
    spec = {"name": "Desk", "conversation": {"params": {"a": 1, "b": 2}}}
    project.on(server.url).agent("desk", spec, api="v2")
    project.apply()
    spec = {"name": "Desk", "conversation": {"params": {"a": 1}, "greetingMessage": "Hi"}}
    project.agent("desk", spec, api="v2")
    done = project.apply()
    assert (done.code, "keeps" in done.out) == (3, False)
    assert len(project.changes()) == 2


PAIRS = [
    ("a\n", "a", "without its last line end"),
    ("a\r\n", "a", "without its last line end"),
    ("a \nb", "a\nb", "blanks at the ends of its lines"),
    (" a", "a", "white space around it"),
    ("a  b", "a b", "other white space"),
    ("cafe\u0301", "caf\u00e9", "NFC"),
    ("Desk", "desk", "capital or small"),
    ("a \r\nb\n", "a\nb", "CRLF or LF) and"),
    (5, "5", "stored as text"),
    (1.5, "1.50", "stored as text"),
    (True, "true", "stored as text"),
    ("0600", 600, "the value that it spells"),
    (0.1, 0.10000000149, "rounded"),
    ("", None, "kept as null"),
    ([], None, "kept as null"),
    ({}, None, "kept as null"),
    (None, "", "kept as an empty value"),
    ({"a": "x\n", "b": 1}, {"a": "x", "b": "1"}, "stored as text"),
    ({"a": ""}, {}, "kept as null"),
    ("a", "b", ""),
    ("a", None, ""),
    (True, "1", ""),
    (True, 1, ""),
    (5, "6", ""),
    (0, None, ""),
    (["a"], ["a", "b"], ""),
    ({"a": "x\n", "b": "c"}, {"a": "x", "b": "d"}, ""),
    ("must", "must not", ""),
]


@pytest.mark.parametrize(("sent", "stored", "told"), PAIRS)
def test_only_a_difference_of_form_has_a_name(sent: Any, stored: Any, told: str) -> None:
    found = reshaped(sent, stored)
    assert (found is None) is not told
    assert told in str(found)
