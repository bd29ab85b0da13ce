"""The state behind Terraform's HTTP protocol, on a server that speaks it strictly."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests import races, terraform
from tests.conftest import Serve
from tests.projects import Project, Run
from tests.terraform import AWAY, DEAF, Terraform

pytestmark = pytest.mark.cli

KEYS = [f"agent-{number}" for number in range(4)]
SECRET = "pass-word-0123456789"


@pytest.fixture
def api(serve: Serve) -> RunningServer:
    return serve()


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Iterator[Terraform]:
    with terraform.served(**getattr(request, "param", {})) as found:
        yield found


@pytest.fixture
def project(tmp_path: Path, api: RunningServer, place: Terraform) -> Project:
    """Four agents, of which one was applied."""
    made = races.project_on(tmp_path / "project", api, {"url": place.url}, Path("reconciler"))
    races.declare(made, KEYS)
    return made


def begun(project: Project, api: RunningServer, place: Terraform) -> None:
    done = project.apply("--target", KEYS[0])
    assert done.code == 0, done.err
    api.app.state.requests.clear()
    place.asked.clear()


BOTH = pytest.mark.parametrize("place", [{}, {"gitlab": True}], indirect=True)


@BOTH
def test_a_state_is_written_under_the_lock_and_is_one_of_terraform(
    project: Project, place: Terraform
) -> None:
    place.login = ("bot", SECRET)
    project.env |= {"TF_HTTP_USERNAME": "bot", "TF_HTTP_PASSWORD": SECRET}
    assert project.apply().code == 0
    content = place.content
    objects = content["environments"][races.ENVIRONMENT]["objects"]
    assert sorted(objects) == [f"agent/{key}" for key in KEYS]
    assert (content["version"], content["serial"] >= 2, place.lock) == (4, True, None)
    assert {login for _, _, login in place.asked} == {terraform.basic("bot", SECRET)}
    assert "No changes" in project.apply().out
    assert place.content == content
    races.declare(project, KEYS, silence=600)
    assert project.apply().code == 0
    assert place.content["lineage"] == content["lineage"]
    assert place.content["serial"] > content["serial"]


def on(where: str, what: int | str) -> Callable[[str, str], int | str | None]:
    """Go wrong at requests of a method, or ``lock`` and ``unlock`` of either kind of server."""

    def fault(method: str, path: str) -> int | str | None:
        lock = path.endswith("/lock")
        names = {"LOCK": "lock", "UNLOCK": "unlock"}
        name = {"POST": "lock", "DELETE": "unlock"}[method] if lock else names.get(method, method)
        return what if where in (name, "any") else None

    return fault


ABOUT = {
    "away": (on("any", AWAY), "cannot be used: Server disconnected", 1),
    "no lock for us": (on("lock", 403), "with 403: these credentials may not do that", 1),
    "no such lock": (on("lock", 405), "with 405: the server does not know this method", 1),
    "no lock there": (on("lock", 404), "with 404: there is no such address", 1),
    "not ours": (on("GET", 401), "GET with 401: no credentials, or wrong ones", 1),
    "a redirect": (on("GET", 302), "with 302: a redirect, which is not followed", 1),
    "broken": (on("GET", 502), "GET with 502: it is busy or broken", 1),
    "too large": (on("POST", 413), "POST with 413: the state is too large", 1),
    "not accepted": (on("POST", 422), "POST with 422: the server does not accept", 1),
    "full": (on("POST", 503), "POST with 503: it is busy or broken", 1),
    "the lock is lost": (on("POST", 423), "was taken from this run", 1),
}


@pytest.mark.parametrize("what", ABOUT)
def test_a_server_that_refuses_stops_a_first_run_before_it_writes(
    project: Project, place: Terraform, api: RunningServer, what: str
) -> None:
    place.fault, said, code = ABOUT[what]
    done = project.apply()
    assert (done.code, said in done.err, races.writes(api)) == (code, True, []), done.err
    assert "Traceback" not in done.err
    assert "\nhint: " in done.err


def test_doctor_says_what_credentials_that_only_read_cannot_do(
    project: Project, place: Terraform
) -> None:
    place.fault = on("lock", 403)
    checks = project.run("doctor", "--format", "json").json["checks"]
    found = {one["name"]: one["status"] for one in checks if "with 403" in one["said"]}
    assert found == {"state": "fail", "lock": "warn"}


CONTENTS = {
    "of Terraform": ('{"version":4,"serial":3,"lineage":"x","resources":[]}', "of another program"),
    "no JSON": ("<html>sign in</html>", "is no state of Terraform"),
    "no object": ("[]", "is no state of Terraform"),
    "no serial": ('{"version":4,"environments":{}}', "is no state of Terraform"),
    "an odd serial": ('{"serial":true,"environments":{}}', "its serial is no number"),
    "newer": (
        '{"serial":1,"format_version":"9.0","environments":{}}',
        "has format 9.0, and this version reads up to",
    ),
}


@pytest.mark.parametrize("what", CONTENTS)
def test_a_text_that_is_no_state_of_this_tool_is_left_alone(
    project: Project, place: Terraform, api: RunningServer, what: str
) -> None:
    place.state, said = CONTENTS[what]
    done = project.apply()
    assert (done.code, said in done.err, races.writes(api)) == (1, True, []), done.err
    assert (place.posts, place.lock) == (0, None)


@BOTH
@pytest.mark.parametrize("where", ["GET", "POST", "lock", "unlock"])
def test_a_lost_answer_is_noticed(
    project: Project, place: Terraform, api: RunningServer, where: str
) -> None:
    """Each second request of a kind is done, and its answer does not come."""
    counts = dict.fromkeys(["GET", "POST", "lock", "unlock"], 0)
    lost = on(where, DEAF)

    def fault(method: str, path: str) -> int | str | None:
        counts[where] += lost(method, path) is not None
        return lost(method, path) if counts[where] % 2 else None

    place.fault = fault
    done = project.apply()
    assert (done.code, place.lock) == (0, None), done.err
    races.nothing_twice(api)
    assert len(place.content["environments"][races.ENVIRONMENT]["objects"]) == len(KEYS)


@pytest.mark.parametrize("place", [{"is_lying": True}], indirect=True)
def test_a_server_that_gives_its_lock_twice_is_refused(
    project: Project, place: Terraform, api: RunningServer
) -> None:
    done = project.apply()
    assert (done.code, races.writes(api), place.posts) == (1, [], 0)
    assert "cannot keep a state: it gives its lock to two runs at once" in done.err


@pytest.mark.parametrize("place", [{"is_tidy": True}], indirect=True)
def test_a_server_may_write_its_json_otherwise(project: Project, place: Terraform) -> None:
    assert project.apply().code == 0
    posts = place.posts
    races.declare(project, KEYS, silence=600)
    assert project.apply().code == 0
    assert place.posts > posts
    assert "No changes" in project.apply().out


OTHER = {
    "ID": "0d5a3f0e-other",
    "Operation": "apply",
    "Info": "",
    "Who": "noor@laptop, `apply`\x1b[2J",
    "Version": "1",
    "Created": "2026-01-02T03:04:05Z",
    "Path": "",
}


@BOTH
def test_a_held_lock_says_whose_it_is_and_is_freed_by_a_person(
    project: Project, place: Terraform, api: RunningServer
) -> None:
    place.lock = dict(OTHER)
    done = project.apply()
    assert (done.code, races.writes(api), place.posts) == (1, [], 0)
    assert "noor@laptop, `apply`␛[2J holds it since 2026-01-02T03:04:05Z, lock 0d5a" in done.err
    assert "reconciler state unlock" in done.err
    assert project.run("plan").code == 0  # reading needs no lock
    freed = project.run("state", "unlock", "--auto-approve")
    assert (freed.code, place.lock) == (0, None), freed.err
    assert "noor@laptop" in freed.err
    assert project.apply().code == 0
    assert project.run("state", "lock", "--reason", "freeze").code == 0
    assert "`freeze`" in place.lock["Who"]  # type: ignore[index]
    assert project.apply().code == 1


def middle(place: Terraform, what: Callable[[], int | str | None]) -> None:
    """Let something happen at the first write of the state, after that of an agent, and later."""
    seen = False

    def fault(method: str, path: str) -> int | str | None:
        nonlocal seen
        seen = seen or (method == "POST" and not path.endswith("/lock"))
        return what() if seen else None

    place.fault = fault


@BOTH
def test_a_server_that_goes_away_in_the_run_stops_it_and_the_next_one_goes_on(
    project: Project, api: RunningServer, place: Terraform
) -> None:
    begun(project, api, place)
    middle(place, lambda: AWAY)
    first = project.apply("--parallelism", "1", "--format", "json")
    sent = len(races.writes(api))
    assert (first.code, sent) == (1, 1), first.out
    assert "the lock of the state is still held" in first.err
    place.fault = lambda _method, _path: None
    assert place.lock is not None
    second = project.apply()  # the run that died in this folder held it
    assert (second.code, place.lock) == (0, None), second.err
    races.nothing_twice(api)
    races.all_in_sync([project])


def test_a_lock_that_is_taken_from_a_run_stops_it(
    project: Project, api: RunningServer, place: Terraform
) -> None:
    begun(project, api, place)

    def taken() -> None:
        place.lock = dict(OTHER)

    middle(place, taken)
    done = project.apply("--parallelism", "1")
    assert (done.code, len(races.writes(api))) == (3, 1), done.out
    assert "was taken from this run" in done.out + done.err
    assert place.lock == OTHER
    place.lock = None
    place.fault = lambda _method, _path: None
    assert project.apply().code == 0
    races.nothing_twice(api)


STRANGE = "https://evil.invalid/api/v4/projects/7/terraform/state/voice"
WAYS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "of Terraform": ({"TF_HTTP_PASSWORD": SECRET}, {}),
    "of the project": ({"VOICE_STATE": SECRET}, {"password": {"$secret": "VOICE_STATE"}}),
    "of the API": ({}, {"password": {"$secret": "HAMSA_API_KEY"}}),
    "of GitLab's job": (
        {"CI_JOB_TOKEN": SECRET, "CI_SERVER_HOST": "gitlab.invalid", "TF_HTTP_PASSWORD": SECRET},
        {},
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_file_cannot_send_a_password_to_a_strange_host(
    tmp_path: Path, api: RunningServer, way: str
) -> None:
    env, entry = WAYS[way]
    project = races.project_on(tmp_path, api, {"url": STRANGE, **entry}, Path("reconciler"))
    races.declare(project, KEYS)
    project.env |= env
    for command in ("plan", "apply --auto-approve", "state list", "doctor"):
        done = project.run(*command.split())
        said = done.out + done.err
        assert (done.code, SECRET in said) == (1, False)
        assert "would be sent to a host that is not allowed: evil.invalid" in said, said
    assert project.run("validate").code == 0  # which sends nothing


def test_who_runs_the_tool_can_allow_a_host(tmp_path: Path, api: RunningServer) -> None:
    project = races.project_on(tmp_path, api, {"url": STRANGE}, Path("reconciler"))
    races.declare(project, KEYS)
    allowed = {"TF_HTTP_PASSWORD": SECRET, "RECONCILER_ALLOWED_HOSTS": "evil.invalid"}
    project.env |= allowed
    done = project.run("plan")
    assert (done.code, "cannot be used" in done.err, SECRET in done.err) == (1, True, False)


LOGINS: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "of GitLab's job": (
        {"CI_SERVER_HOST": "127.0.0.1", "CI_JOB_TOKEN": SECRET},
        {},
        terraform.basic("gitlab-ci-token", SECRET),
    ),
    "of another host's job": ({"CI_SERVER_HOST": "gitlab.invalid", "CI_JOB_TOKEN": SECRET}, {}, ""),
    "of the project first": (
        {"TF_HTTP_USERNAME": "x", "TF_HTTP_PASSWORD": "y", "VOICE": SECRET},
        {"username": "bot", "password": {"$secret": "VOICE"}},
        terraform.basic("bot", SECRET),
    ),
    "none": ({}, {}, ""),
    "of the project, not set": ({}, {"password": {"$secret": "VOICE"}}, ""),
}


@pytest.mark.parametrize("way", LOGINS)
def test_which_credentials_are_sent(project: Project, place: Terraform, way: str) -> None:
    env, entry, sent = LOGINS[way]
    config = json.loads((project.root / "reconciler.yaml").read_text())
    config["state"] |= entry
    project.write("reconciler.yaml", json.dumps(config))
    project.env |= env
    assert project.run("plan").code == 0
    assert {login for _, _, login in place.asked} == {sent}
    place.login = ("somebody", "else")
    refused = project.run("plan")
    assert (refused.code, "no credentials, or wrong ones" in refused.err) == (1, True)
    assert ("export VOICE=" in refused.err) == (way == "of the project, not set")


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "a user in the address": ({"url": f"https://u:{SECRET}@h.example/s"}, "is not a place"),
    "a query": ({"url": f"https://h.example/s?x={SECRET}"}, "is not a place for a state"),
    "in clear": ({"url": "http://h.example/s"}, "is not a place for a state"),
    "a variable that holds a key": (
        {"url": {"$env": "HAMSA_API_KEY"}},
        "is not a place for a state",
    ),
    "a typed password": ({"url": "https://h.example/s", "password": {"x": SECRET}}, "`$secret`"),
    "a token of CI": (
        {"url": "https://h.example/s", "password": {"$secret": "CI_JOB_TOKEN"}},
        "takes no token of a forge or of CI",
    ),
    "a password for git": (
        {"url": "git:", "password": {"$secret": "VOICE"}},
        "are for a state at https://",
    ),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_mistakes_in_the_project_file_are_named(
    tmp_path: Path, api: RunningServer, what: str
) -> None:
    state, said = MISTAKES[what]
    project = races.project_on(tmp_path, api, state, Path("reconciler"))
    project.env |= {"HAMSA_API_KEY": SECRET}
    done: Run = project.run("plan")
    assert (done.code, said in done.err, SECRET in done.err) == (1, True, False), done.err
    assert "reconciler.yaml:" in done.err
