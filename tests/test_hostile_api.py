"""An API that answers oddly or maliciously, and plans that are old or forged. Real HTTP."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.listening import Handler as Listening
from tests.listening import address, listening, local
from tests.projects import Project

pytestmark = pytest.mark.cli

LLM = {"provider": "OpenAI", "modelName": "GPT-4.1", "baseUrl": None, "apiKey": None}
AGENT = {"id": "a1", "agentName": "Desk", "greetingMessage": "Hello"}


class Api:
    """One agent behind HTTP; ``on_patch(agent, body)`` returns status and answer of a write."""

    def __init__(self, agent: dict[str, Any]) -> None:
        self.agent = agent
        self.writes: list[tuple[str, str]] = []
        self.on_patch: Callable[[dict[str, Any], dict[str, Any]], tuple[int, Any]] = replaced
        outer = self

        class Handler(Listening):
            def do_GET(self) -> None:
                items = [outer.agent] if outer.agent else []
                listing = {"data": {"total": len(items), "filtered": 1, "voiceAgents": items}}
                self._answer(200, listing if "?" in self.path else {"data": outer.agent})

            def do_PATCH(self) -> None:
                outer.writes.append((self.command, self.path))
                length = int(self.headers["content-length"])
                self._answer(*outer.on_patch(outer.agent, json.loads(self.rfile.read(length))))

            do_POST = do_PATCH  # noqa: N815 - http.server names it

            def _answer(self, status: int, content: Any) -> None:
                text = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = local(Handler)
        self.url = address(self.server)


def replaced(agent: dict[str, Any], body: dict[str, Any]) -> tuple[int, Any]:
    agent.update(body)
    return 200, {"data": agent}


def merged(agent: dict[str, Any], body: dict[str, Any]) -> tuple[int, Any]:
    agent["llmConfig"] |= body["llmConfig"]
    return 200, {"data": agent}


def refused(status: int, content: Any) -> Callable[[Any, Any], tuple[int, Any]]:
    return lambda _agent, _body: (status, content)


@pytest.fixture
def serve_agent() -> Iterator[Callable[..., Api]]:
    with ExitStack() as running:

        def start(**more: Any) -> Api:
            api = Api({**AGENT, **more})
            running.enter_context(listening(api.server))
            return api

        yield start


Start = Callable[..., Api]


@pytest.mark.parametrize(
    ("status", "answer"), [(500, {"message": "boom"}), (200, {"success": False, "message": "no"})]
)
def test_a_refused_write_of_what_cannot_be_read_is_never_called_done(
    project: Project, serve_agent: Start, status: int, answer: Any
) -> None:
    api = serve_agent()
    api.on_patch = refused(status, answer)
    tools = {"googleCalendar": True, "genderDetection": True, "smartCallEnd": True}
    project.on(api.url).agent("desk", {"agentName": "Desk", "tools": tools})
    done = project.apply()
    assert (done.code, "outcome unknown" in done.out) == (3, True)
    assert not (project.root / "reconciler.state.json").exists()


def test_an_unknown_key_is_sent_back_in_its_object(project: Project, serve_agent: Start) -> None:
    api = serve_agent(llmConfig={**LLM, "temperature": 0.2, "maxTokens": 900})
    project.on(api.url).agent("desk", {"agentName": "Desk", "llmConfig": {"temperature": 0.5}})
    done = project.apply()
    assert done.code == 0, done.out
    assert api.agent["llmConfig"].items() >= {"temperature": 0.5, "maxTokens": 900}.items()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accessToken", "planted-secret"),
        ("proxy", {"Authorization": "planted-secret"}),
        ("proxy", "https://x.example/?api_key=planted-secret"),
        ("a.b", 1),
        ("slots[]", [1]),
    ],
)
def test_an_object_with_what_may_be_a_secret_is_not_sent(
    name: str, value: object, project: Project, serve_agent: Start
) -> None:
    """Nor is one with a key that no path can name."""
    api = serve_agent(llmConfig={**LLM, "temperature": 0.2, name: value})
    project.on(api.url).agent("desk", {"agentName": "Desk", "llmConfig": {"temperature": 0.5}})
    done = project.apply()
    assert (done.code, api.writes) == (4, [])
    assert f"this version does not know `llmConfig.{name}`" in done.out
    assert "planted" not in done.out + done.err


@pytest.mark.parametrize("later", [{"maxTokens": 800}, {"topP": 1}, {}])
def test_a_carried_key_that_changes_after_the_plan_makes_it_stale(
    later: dict[str, object], project: Project, serve_agent: Start
) -> None:
    api = serve_agent(llmConfig={**LLM, "temperature": 0.2, "maxTokens": 900})
    project.on(api.url).agent("desk", {"agentName": "Desk", "llmConfig": {"temperature": 0.5}})
    project.run("plan", "--out", "p.plan.json")
    api.agent["llmConfig"] = {**LLM, "temperature": 0.2, **later}
    done = project.run("apply", "p.plan.json")
    assert (done.code, api.writes) == (4, []), done.out
    assert "changed since the plan: `llmConfig." in done.out


def test_a_secret_that_appears_after_the_plan_makes_it_stale(
    project: Project, serve_agent: Start
) -> None:
    api = serve_agent(llmConfig={**LLM, "temperature": 0.2})
    project.on(api.url).agent("desk", {"agentName": "Desk", "llmConfig": {"temperature": 0.5}})
    project.run("plan", "--out", "p.plan.json")
    api.agent["llmConfig"]["apiKey"] = "sk-planted-by-the-dashboard"
    done = project.run("apply", "p.plan.json")
    assert (done.code, api.writes) == (4, [])
    assert "changed since the plan: `llmConfig.apiKey`" in done.out
    assert "planted" not in done.out


def test_null_that_becomes_absent_is_no_change(project: Project, serve_agent: Start) -> None:
    api = serve_agent(llmConfig={**LLM, "temperature": 0.2})
    project.on(api.url).agent("desk", {"agentName": "Desk", "llmConfig": {"temperature": 0.5}})
    done = project.apply()
    assert (done.code, "baseUrl" in api.agent["llmConfig"]) == (0, False), done.out


@pytest.mark.parametrize("host", ["http://127.0.0.1:9", ""])
def test_a_forged_plan_sends_nothing_anywhere(
    project: Project, serve_agent: Start, host: str
) -> None:
    api = serve_agent()
    project.on(api.url).agent("desk", {"agentName": "Desk", "greetingMessage": "Welcome"})
    project.run("plan", "--out", "p.plan.json")
    path = project.root / "p.plan.json"
    content = json.loads(path.read_text())
    content.pop("checksum")
    content["actions"][0]["request"]["path"] = f"{host}/v1/voice-agents/another"
    sealed = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps({**content, "checksum": f"sha256:{sealed}"}))
    done = project.run("apply", "p.plan.json")
    assert (done.code, api.writes) == (4, [])
    assert "p.plan.json holds requests that no plan makes: desk" in done.err


def test_an_old_plan_of_what_cannot_be_read_does_not_undo_a_newer_apply(
    project: Project, serve_agent: Start
) -> None:
    api = serve_agent()
    api.on_patch = refused(200, {"data": api.agent})
    tools = {"googleCalendar": True, "genderDetection": True}
    project.on(api.url)
    for end in (False, True):
        project.agent("desk", {"agentName": "Desk", "tools": {**tools, "smartCallEnd": end}})
        assert project.run("plan", "--out", f"{end}.plan.json").code == 0
        assert project.run("apply", f"{end}.plan.json").code == 0
    api.writes.clear()
    done = project.run("apply", "False.plan.json")
    assert (done.code, api.writes) == (4, [])
    assert "another apply ran between the plan and this one" in done.out


def test_a_value_that_was_a_secret_is_not_printed_when_it_is_stored_differently(
    project: Project, serve_agent: Start
) -> None:
    api = serve_agent(webhookUrl=None)
    project.on(api.url).env["HOOK"] = "https://hooks.example/planted"
    project.agent("desk", {"agentName": "Desk", "webhookUrl": {"$secret": "HOOK"}})
    assert project.apply().code == 0
    project.agent("desk", {"agentName": "Desk", "webhookUrl": "https://plain.example"})
    api.on_patch = refused(200, {"data": api.agent})
    for argv in (("apply", "--yes"), ("apply", "--yes", "--format", "json")):
        done = project.run(*argv)
        assert (done.code, "planted" in done.out + done.err) == (3, False)


def test_a_sibling_that_was_a_secret_is_not_carried_into_a_plan(
    project: Project, serve_agent: Start
) -> None:
    api = serve_agent(llmConfig={**LLM, "temperature": 0.2})
    project.on(api.url).env["BASE"] = "https://planted.example"
    api.on_patch = merged
    config = {"baseUrl": {"$secret": "BASE"}, "temperature": 0.3}
    project.agent("desk", {"agentName": "Desk", "llmConfig": config})
    assert project.apply().code == 0
    project.agent("desk", {"agentName": "Desk", "llmConfig": {"temperature": 0.4}})
    done = project.run("plan", "--format", "json", "--out", "p.plan.json")
    saved = (project.root / "p.plan.json").read_text()
    assert (done.code, "planted" in done.out + saved) == (1, False)
    assert "`llmConfig.baseUrl` held a secret when it was last applied" in done.out


def test_a_file_without_a_name_takes_no_agent_over(project: Project, serve_agent: Start) -> None:
    api = serve_agent(agentName=None)
    project.on(api.url).agent("desk", {"greetingMessage": "mine"})
    done = project.apply()
    assert (done.code, api.writes) == (4, [])
    assert "creating one needs `agentName`" in done.out


@pytest.mark.parametrize("agent_id", [None, 7, "", "a\nb", "..", "a/b", "x" * 300, "é", {}])
def test_an_id_that_fits_in_no_path_is_an_error_of_the_api(
    project: Project, serve_agent: Start, agent_id: Any
) -> None:
    project.on(serve_agent(id=agent_id).url).agent("desk", {"agentName": "Desk"})
    done = project.run("plan")
    assert (done.code, "unexpected" in done.err) == (1, False)
    assert "answered no list of agents" in done.err


def test_a_pin_that_can_be_no_id_is_a_mistake_of_the_file(project: Project) -> None:
    project.agent("desk", {"agentName": "Desk"}, id="a\nb")
    done = project.run("validate")
    assert (done.code, "`id` is no agent's id" in done.err) == (1, True)


def test_json_nested_beyond_reason_is_an_error_of_the_api(
    project: Project, serve_agent: Start
) -> None:
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"x": deep}
    project.on(serve_agent(params=deep).url).agent("desk", {"agentName": "Desk"})
    done = project.run("plan")
    assert (done.code, "answered with JSON nested beyond reason" in done.err) == (1, True)


def test_what_others_call_their_keys_and_texts_acts_in_no_log(
    project: Project, serve_agent: Start
) -> None:
    evil = "\n::error::pwned\n\x1b[31m##[error]##vso[task]\u202e"
    api = serve_agent(**{"name\n": 1}, greetingMessage=evil)
    project.on(api.url).agent("desk", {"agentName": "Desk", "greetingMessage": "Hello"})

    def answer(agent: dict[str, Any], body: dict[str, Any]) -> tuple[int, Any]:
        agent[evil] = "appeared"
        return replaced(agent, body)

    api.on_patch = answer
    plan, done = project.run("plan"), project.apply()
    assert done.code == 3
    for text in (plan.out, done.out, done.err):
        assert not [x for x in ("\x1b", "\u202e", "##[", "##vso[") if x in text]
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_an_environment_that_is_named_by_nothing_is_refused(project: Project) -> None:
    done = project.run("plan", "--env", "")
    assert (done.code, "--env names no environment" in done.err) == (64, True)


@pytest.mark.parametrize(
    ("name", "value"), [("SSL_CERT_FILE", "/nowhere.pem"), ("HTTPS_PROXY", "ftp://proxy:1")]
)
def test_a_wrong_setting_of_the_network_is_reported(
    project: Project, programs: Path, name: str, value: str
) -> None:
    project.on("https://api.invalid").agent("desk", {"agentName": "Desk"})
    env = {"PATH": os.environ["PATH"], **project.env, name: value}
    command = [programs / "reconciler", "plan"]
    done = subprocess.run(
        command, cwd=project.root, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "unexpected" in done.stderr) == (1, False)
    assert "look at the environment's `url`, and at SSL_CERT_FILE and HTTPS_PROXY" in done.stderr


@pytest.mark.parametrize(
    ("redirect", "code", "greeting"),
    [
        ("<&- 2>&-", 0, "Welcome"),
        ("<&- >&- 2>&-", 1, "Hello"),
    ],
)
def test_nothing_is_written_if_no_plan_can_be_shown(
    project: Project, serve_agent: Start, redirect: str, code: int, greeting: str
) -> None:
    api = serve_agent()
    project.on(api.url).agent("desk", {"agentName": "Desk", "greetingMessage": "Welcome"})
    env = {"PATH": os.environ["PATH"], **project.env}
    command = f"exec {sys.executable} -m reconciler apply --yes {redirect}"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=project.root, env=env, check=False)
    assert (done.returncode, api.agent["greetingMessage"]) == (code, greeting)
    assert (project.root / "reconciler.state.json").exists() is (code == 0)


def test_a_port_in_use_is_reported(project: Project, serve_agent: Start) -> None:
    port = serve_agent().url.rpartition(":")[2]
    done = project.run("sandbox", "serve", "--port", port)
    assert (done.code, f"cannot listen on 127.0.0.1:{port}" in done.err) == (1, True)
    assert project.run("sandbox", "serve", "--port", "99999").code == 64
