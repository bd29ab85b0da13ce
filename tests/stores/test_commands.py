"""`reconciler state` as people use it: move it, look at it, replace it, edit it, lock it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.state.object_store import Bucket
from tests.projects import NOW, Project
from tests.stores.conftest import Shop

FILE = "reconciler.state.json"
PAGE = "pages/production.json"
PROJECT = """\
environments:
  production: { url: sandbox }
  sandbox: { url: sandbox }
"""


def in_store(project: Project, url: str) -> None:
    """Name a store for the state; production is no sandbox of this machine any more."""
    project.write(
        "reconciler.yaml",
        f"state: {{ url: '{url}' }}\n"
        + PROJECT.replace(
            "production: { url: sandbox }",
            "production: { url: 'http://127.0.0.1:9', api_key: { $secret: HAMSA_API_KEY } }",
        ),
    )


@pytest.fixture
def url(s3: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    return s3.url()


@pytest.fixture
def applied(project: Project) -> Project:
    """Two environments with an agent each, their state in the file."""
    project.env["HAMSA_API_KEY"] = "sandbox"
    project.write("reconciler.yaml", PROJECT)
    project.agent("desk", {"agentName": "Desk", "greetingMessage": "Hello"})
    for name in ("production", "sandbox"):
        assert project.apply("--env", name).code == 0
    return project


@pytest.fixture
def moved(applied: Project, url: str) -> Project:
    in_store(applied, url)
    done = applied.run("state", "migrate", "--yes")
    assert done.code == 0, done.err
    return applied


def test_the_state_moves_from_the_file_into_a_store_and_back(applied: Project, url: str) -> None:
    file = applied.root / FILE
    before = file.read_text("utf-8")
    refused = applied.run("state", "migrate")
    assert refused.code == 64
    assert "write `state: { url: … }` into reconciler.yaml" in refused.err

    for odd in ("https://u:planted@h.example/s", "https://h.example/s?t=planted"):
        strange = applied.run("state", "migrate", "--from", odd)
        assert (strange.code, "planted" in strange.out + strange.err) == (64, False)

    in_store(applied, url)
    stopped = applied.run("plan", "--env", "production")
    assert (stopped.code, stopped.out) == (1, "")
    assert f"error: the state is in {url}, and there is also {FILE}" in stopped.err
    asked = applied.run("state", "migrate", answer="no\n")
    assert (asked.code, asked.out) == (1, "+ desk  production\n+ desk  sandbox\n")
    assert "Nothing was changed." in asked.err
    assert file.read_text("utf-8") == before

    done = applied.run("state", "migrate", "--yes")
    assert done.code == 0, done.err
    copy = f".reconciler/backups/{NOW.replace(':', '')}-{FILE}"
    assert (applied.root / copy).read_text("utf-8") == before
    assert done.err == (
        f"Moved the state to {url}. The backup is {copy}\n"
        f"Commit the removal of {FILE}, together with reconciler.yaml.\n"
    )
    assert not file.exists()
    assert applied.run("state", "pull").out == before
    assert applied.run("plan", "--env", "sandbox", "--detailed-exitcode").code == 0
    there = Bucket(url).keys("pages")
    assert there == ["pages/production.json"], "a sandbox is of this machine alone"

    applied.write("reconciler.yaml", PROJECT)
    back = applied.run("state", "migrate", "--from", url, "--yes")
    assert back.code == 0, back.err
    assert json.loads(file.read_text("utf-8")) == json.loads(before)


def test_a_move_that_was_interrupted_is_finished_and_no_other_state_is_replaced(
    moved: Project,
) -> None:
    text = moved.run("state", "pull").out
    moved.write(FILE, text)
    assert moved.run("state", "migrate", "--yes").code == 0
    assert not (moved.root / FILE).exists()
    other = json.loads(text)
    other["environments"]["production"]["objects"]["agent/desk"]["id"] = "another"
    moved.write(FILE, json.dumps(other))
    done = moved.run("state", "migrate", "--yes")
    assert done.code == 1
    assert "already has a different state of production" in done.err
    assert moved.run("state", "pull").code == 1, "the file is still there"


def test_what_a_killed_run_left_moves_with_the_state(applied: Project, url: str) -> None:
    """The file has the former entry, and `.reconciler/state.jsonl` the newer one."""
    applied.env["HAMSA_API_KEY"] = "sandbox"
    (applied.root / FILE).rename(applied.root / "newer.json")
    newer = (applied.root / "newer.json").read_text("utf-8")
    content = json.loads(newer)
    page = content["environments"]["production"]
    row = {
        "format_version": "2.0",
        "environment": "production",
        "salt": page["salt"],
        "object": "agent/desk",
        "entry": page["objects"]["agent/desk"],
    }
    older = json.loads(newer)
    entry = older["environments"]["production"]["objects"]["agent/desk"]
    entry["digests"]["greetingMessage"] = "sha256:0"
    entry["applied_at"] = "2025-01-01T00:00:00Z"
    applied.write(FILE, json.dumps(older))
    applied.write(".reconciler/state.jsonl", json.dumps(row) + "\n")
    in_store(applied, url)
    done = applied.run("state", "migrate", "--yes")
    assert done.code == 0, done.err
    assert json.loads(applied.run("state", "pull").out) == content


def test_doctor_says_that_a_place_has_no_state_yet(moved: Project, url: str) -> None:
    in_store(moved, f"{url}-other")
    checked = moved.run("doctor", "--env", "production").out
    assert f"{url}-other: it creates a text once" in checked
    assert "no entries yet of production" in " ".join(checked.split())


def test_a_sandbox_needs_no_store(moved: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert moved.run("plan", "--env", "sandbox", "--detailed-exitcode").code == 0
    assert moved.apply("--env", "sandbox").code == 0


def test_entries_are_listed_renamed_and_forgotten(moved: Project) -> None:
    where = ("--env", "production")
    (line,) = moved.run("state", "list", *where).out.splitlines()
    assert line.startswith("agent/desk  v1  ")
    assert line.endswith("2026-01-02 03:04  no commit")
    refused = moved.run("state", "mv", "desk", "front", *where)
    assert refused.code == 64
    assert "needs confirmation" in refused.err
    assert moved.run("state", "mv", "desk", "front", *where, "--yes").code == 0
    assert moved.run("state", "list", *where).out.startswith("agent/front ")
    for odd in ("tool/x", "no-kind/x", "../x", "", "a\nb"):  # the state could not be read any more
        refused = moved.run("state", "mv", "front", odd, *where, "--yes")
        assert (refused.code, "is no key that `front` can have" in refused.err) == (64, True), odd
    wrong = moved.run("state", "rm", "front", "desk", *where, "--yes")
    assert wrong.code == 64
    assert (
        "error: the state has no entry for `desk` in production\nhint: entries: front" in wrong.err
    )
    assert moved.run("state", "rm", "front", *where, "--yes").code == 0
    empty = moved.run("state", "list", *where)
    assert (empty.out, empty.err) == ("", "The state has no entries of production.\n")


def test_a_state_is_replaced_after_a_backup_and_only_by_one_of_its_own(moved: Project) -> None:
    text = moved.run("state", "pull").out
    moved.write("copy.json", text)
    assert moved.run("state", "rm", "desk", "--env", "production", "--yes").code == 0
    done = moved.run("state", "push", "copy.json", "--yes")
    assert (done.code, done.out) == (0, "+ desk  production\n")
    assert "/backups/production/" in done.err
    assert moved.run("state", "pull").out == text
    again = moved.run("state", "push", "copy.json", "--yes")
    assert (again.code, again.out) == (0, "")
    other = json.loads(text)
    other["environments"]["production"]["salt"] = "ff" * 16
    moved.write("other.json", json.dumps(other))
    refused = moved.run("state", "push", "other.json", "--yes")
    assert refused.code == 1
    assert "other.json is not a version of the state of production" in refused.err
    assert moved.run("state", "push", "other.json", "--yes", "--force").code == 0
    assert json.loads(moved.run("state", "pull", "--env", "production").out) == {
        "format_version": "2.0",
        "environments": {"production": other["environments"]["production"]},
    }


@pytest.mark.parametrize("text", ["not a page", '{"format_version": "9.0"}'])
def test_a_damaged_page_is_restored_as_its_message_says(
    moved: Project, url: str, text: str
) -> None:
    whole = moved.run("state", "pull").out
    moved.write("copy.json", whole)
    store = Bucket(url)
    store.put(PAGE, text, store.get(PAGE).tag)
    refused = moved.run("state", "push", "copy.json", "--yes")
    assert refused.code == 1
    done = moved.run("state", "push", "copy.json", "--yes", "--force")
    if "9.0" in text:  # not damaged, but of a newer version
        assert (done.code, store.get(PAGE).text) == (1, text)
        return
    assert "reconciler state push FILE --force" in refused.err
    assert done.code == 0, done.err
    assert moved.run("state", "pull").out == whole
    (backup,) = store.keys("backups/production")
    assert store.get(backup).text == text


ODD = '{"format_version": "2.0", "environments": {"../x": {"salt": "00", "objects": {}}}}'


@pytest.mark.parametrize("text", ["", "{}", '{"format_version": "9.0"}', "\x00\xff", ODD])
def test_what_is_no_state_replaces_none(moved: Project, text: str) -> None:
    before = moved.run("state", "pull").out
    (moved.root / "odd.json").write_bytes(text.encode("latin-1"))
    done = moved.run("state", "push", "odd.json", "--yes")
    assert done.code == 1
    assert done.err.startswith("error: odd.json ")
    assert moved.run("state", "pull").out == before


def test_a_lock_by_hand_stays_until_it_is_freed(moved: Project) -> None:
    where = ("--env", "production")
    reason = "freeze\n::error::x\x1b[31m"
    done = moved.run("state", "lock", *where, "--reason", reason)
    assert done.code == 0, done.err
    refused = moved.run("state", "rm", "desk", *where, "--yes")
    assert refused.code == 1
    assert "holds it for `freeze ::error::x" in refused.err
    assert "\x1b" not in done.err + refused.err
    assert not any(line.startswith("::") for line in (done.err + refused.err).splitlines())
    twice = moved.run("state", "lock", *where)
    assert twice.code == 1
    assert "hint: it stays locked until somebody runs: reconciler state unlock" in twice.err
    here = moved.run("state", "lock", "--env", "sandbox")
    assert here.code == 1
    assert "error: sandbox is a sandbox of this machine" in here.err
    checked = moved.run("doctor", "--env", "production").out
    assert "freeze" in checked
    assert "no entries yet" not in checked
    assert moved.run("state", "unlock", *where, answer="no\n").code == 1
    freed = moved.run("state", "unlock", *where, answer="yes\n")
    assert freed.code == 0
    assert freed.err.startswith("someone@")
    assert "production is unlocked.\n" in freed.err
    assert moved.run("state", "unlock", *where).err == "production is not locked.\n"


def test_the_file_has_no_lock_that_could_stay(applied: Project) -> None:
    done = applied.run("state", "lock", "--env", "production")
    assert done.code == 1
    assert f"the state is the file {FILE}, whose lock ends with the run" in done.err
    assert applied.run("state", "unlock", "--env", "production").code == 0


def test_the_file_is_edited_by_the_same_commands(applied: Project, tmp_path: Path) -> None:
    where = ("--env", "production")
    before = (applied.root / FILE).read_text("utf-8")
    copy = tmp_path / "copy.json"
    copy.write_text(applied.run("state", "pull").out, encoding="utf-8")
    assert copy.read_text("utf-8") == before
    assert applied.run("state", "mv", "desk", "front", *where, "--yes").code == 0
    done = applied.run("state", "push", str(copy), "--yes")
    assert (done.code, done.out) == (0, "+ desk   production\n- front  production\n")
    assert (applied.root / FILE).read_text("utf-8") == before
