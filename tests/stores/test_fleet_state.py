"""The state of a fleet: each project has its own path below the place that the fleet names."""

import os

import pytest
from obstore.store import S3Store

from reconciler.config.fleet import load_fleet
from reconciler.errors import ConfigError
from tests import fleets
from tests.stores.conftest import BUCKET, Shop


@pytest.mark.cli
@pytest.mark.socket
@pytest.mark.process
def test_projects_that_name_no_state_have_it_below_the_fleets(tmp_path, s3: Shop, monkeypatch):
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    place, own = s3.url(), s3.url()
    server, tenants = fleets.served()
    with server:
        fleet = fleets.made(tmp_path, server.url, 3, 1, f"state: {{ url: '{place}/' }}\n")
        text = fleets.client(server.url, "c01", f"state: {{ url: '{own}' }}\n")
        fleet.write("clients/c01/reconciler.yaml", text)
        assert fleet.run("apply", "--fleet", "--yes").code == 0
        assert not list(tmp_path.rglob("reconciler.state.json"))
        assert stored(place) == ["clients/c00/pages/live.json", "clients/c02/pages/live.json"]
        assert stored(own) == ["pages/live.json"]
        before = tenants.requests("PATCH", "POST")
        assert fleet.run("apply", "--fleet", "--yes").code == 0
        assert tenants.requests("PATCH", "POST") == before
        assert fleet.run("state", "list", "--fleet").out.count("agent/a00") == 3


def test_the_verbs_of_the_state_take_the_environment_of_the_fleet(tmp_path, s3: Shop, monkeypatch):
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    more = f"environment: live\nstate: {{ url: '{s3.url()}' }}\n"
    fleet = fleets.made(tmp_path, "http://127.0.0.1:9", 2, 1, more)
    for path in tmp_path.glob("clients/*/reconciler.yaml"):
        text = path.read_text("utf-8").replace(
            "default_environment: live", "default_environment: own"
        )
        path.write_text(text.replace("ments:\n", "ments:\n  own: { url: sandbox }\n"), "utf-8")
    done = fleet.run("state", "lock", "--fleet", "--reason", "freeze")
    assert (done.code, done.err.count("live is locked: ")) == (0, 2), done.err
    done = fleet.run("state", "unlock", "--fleet", "--yes")
    assert (done.code, done.err.count("live is unlocked.")) == (0, 2), done.err
    assert fleet.run("state", "push", "copy.json", "--fleet").code == 64


def stored(url):
    """The pages below a place of a bucket."""
    prefix = url.removeprefix(f"s3://{BUCKET}/")
    http = {"allow_http": True}
    store = S3Store(
        BUCKET, prefix=prefix, endpoint=os.environ["AWS_ENDPOINT_URL"], client_options=http
    )
    paths = [one["path"] for batch in store.list() for one in batch]
    return sorted(path for path in paths if "pages/" in path)


@pytest.mark.parametrize("url", ["ftp://x", "s3://", "nowhere"])
def test_a_place_that_no_state_can_have_is_a_mistake_of_the_fleet_file(tmp_path, url):
    (tmp_path / "fleet.yaml").write_text(f"projects: [a]\nstate: {{ url: '{url}' }}\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_fleet(tmp_path / "fleet.yaml", {})
    (found,) = caught.value.problems
    assert (found.file, found.line, found.field) == ("fleet.yaml", 2, "state.url")
