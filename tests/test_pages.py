"""Claims of the pages on security and on the API that no other test covers."""

import hashlib
import json
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Serve
from tests.listening import Handler, address, listening, local
from tests.projects import Project

pytestmark = pytest.mark.cli

ROOT = Path(__file__).parent.parent
PAGES = ["api-notes", "security"]
AUTH = {"authKey": "Token", "authSecret": {"$secret": "HOOK"}}


@pytest.mark.process
@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)+\w+\.py)`", text))
    assert len(named) > 10
    missing = [
        n for n in named if not (ROOT / n).is_file() and not (ROOT / "reconciler" / n).is_file()
    ]
    assert missing == []


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_who_may_read_what_a_run_leaves(project: Project, serve: Serve) -> None:
    project.on(serve().url).agent("desk", {"agentName": "Desk", "preamble": "Be brief."})
    project.run("plan", "--out", "p.plan.json", "--report", "html=plan.html")
    assert project.run("apply", "p.plan.json").code == 0
    (history,) = (project.root / ".reconciler/history").iterdir()
    (project.root / "usual").touch()
    usual = mode(project.root / "usual")
    names = ("p.plan.json", "plan.html", "reconciler.state.json")
    assert [mode(project.root / name) for name in names] == [0o600, usual, usual]
    assert [mode(history), *map(mode, history.iterdir())] == [0o700, 0o600]


def test_an_embedded_sandbox_keeps_no_real_secret(project: Project) -> None:
    project.write("reconciler.yaml", 'environments: { s: { url: "sandbox?shape=G3" } }\n')
    project.env["HOOK"] = "planted-token"
    project.agent("desk", {"agentName": "Desk", "webhookAuth": AUTH})
    assert project.apply().code == 0
    kept = [path.read_text("utf-8") for path in project.root.rglob("*") if path.is_file()]
    assert any("sandbox:HOOK" in text for text in kept)
    assert not any("planted" in text for text in kept)


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy, and the requested addresses."""
    asked: list[str] = []

    class Proxy(Handler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(502)

        do_CONNECT = do_GET  # noqa: N815 - http.server names it

    with listening(local(Proxy)) as server:
        yield address(server), asked


def test_a_proxy_never_sees_a_request_to_this_machine(
    project: Project, serve: Serve, proxy: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = proxy
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, address)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    project.on(serve().url).agent("desk", {"agentName": "Desk"})
    assert (project.apply().code, asked) == (0, [])


def forge(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the only action of a plan file, and seal it again: its checksum has no key."""
    content = json.loads(path.read_text())
    content.pop("checksum")
    change(content["actions"][0])
    sealed = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps({**content, "checksum": f"sha256:{sealed}"}))


FORGED: dict[str, list[Any]] = {
    "in another field": [["greetingMessage"], "HAMSA_API_KEY"],
    "beside the fields of an object": [["webhookAuth", "evil"], "HAMSA_API_KEY"],
    "in place of another secret": [["webhookAuth", "authSecret"], "HAMSA_API_KEY"],
}


@pytest.mark.parametrize("place", FORGED)
def test_a_forged_plan_sends_no_secret_that_was_not_planned(
    project: Project, serve: Serve, place: str
) -> None:
    server = serve("shape=G3&api_key=planted-key")
    project.on(server.url, "planted-key").env["HOOK"] = "planted-hook"
    spec = {"agentName": "Desk", "greetingMessage": "Hello", "webhookAuth": AUTH}
    project.agent("desk", spec)
    project.run("plan", "--out", "p.plan.json")

    def change(action: dict[str, Any]) -> None:
        way, name = FORGED[place]
        action["apply"]["leaves"].append({"at": ["request", "body", *way], "secret": name})
        if place == "in another field":
            action["apply"]["digests"]["greetingMessage"] = "scrypt:" + "0" * 32
        if place == "beside the fields of an object":
            action["request"]["body"]["webhookAuth"]["evil"] = None

    forge(project.root / "p.plan.json", change)
    done = project.run("apply", "p.plan.json")
    methods = {request.method for request in server.app.state.requests}
    assert (done.code, methods - {"GET"}) == (4, set()), done.out + done.err


def test_an_object_that_holds_more_than_fields_is_not_planned(
    project: Project, serve: Serve
) -> None:
    server = serve("shape=G3")
    project.on(server.url).agent("desk", {"agentName": "Desk", "alignment": {"preamble": "rtl"}})
    project.run("plan", "--out", "p.plan.json")

    def change(action: dict[str, Any]) -> None:
        action["request"]["body"]["alignment"]["more"] = "x"

    forge(project.root / "p.plan.json", change)
    done = project.run("apply", "p.plan.json")
    assert (done.code, "holds requests that no plan makes: desk" in done.err) == (4, True)


@pytest.mark.parametrize(("patch", "code"), [("merge", 3), ("replace", 0)])
def test_a_key_of_params_that_the_api_keeps_is_reported(
    project: Project, serve: Serve, patch: str, code: int
) -> None:
    project.on(serve(f"patch={patch}").url)
    for params in ({"caller": "guest", "city": "Riyadh"}, {"caller": "guest"}):
        project.agent("desk", {"agentName": "Desk", "params": params})
        done = project.apply()
    assert done.code == code
    assert ("accepted, but stored differently: params" in done.out) is (code == 3)


def test_what_is_attached_to_the_agent_is_drift_whether_or_not_the_file_names_it(
    project: Project, serve: Serve
) -> None:
    server = serve("shape=G3")
    project.on(server.url).agent("desk", {"agentName": "Desk", "webToolsIds": []})
    project.agent("night", {"agentName": "Night"})
    assert project.apply().code == 0
    for record in server.app.state.store.records():
        server.app.state.store.update(record.id, {**record.fields, "webToolsIds": ["w1"]})
    found = [project.run("drift", "--target", key) for key in ("desk", "night")]
    named = ["declared in no file" in done.out for done in found]
    assert ([done.code for done in found], named) == ([2, 2], [False, True])
