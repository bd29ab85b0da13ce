"""The state: its text, what it records and forgets, and files that cannot be trusted."""

import difflib
import json
from dataclasses import replace

import pytest

from reconciler.errors import ReconcilerError
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Applied, EnvironmentState, Stamp
from reconciler.state.backend import MovedError, Pace
from reconciler.state.local import LocalFile
from reconciler.state.state import State, settle
from reconciler.state.writeahead import WriteAhead
from tests import confined

SALT = "00112233445566778899aabbccddeeff"
DESK = Applied(
    kind=AGENT_V1,
    id="id-1",
    digests={"lang": "sha256:b", "agentName": "sha256:a"},
    applied_at="2026-01-02T03:04:05Z",
    commit="abc",
    since={
        "lang": Stamp(at="2026-01-02T03:04:05Z", commit="abc"),
        "agentName": Stamp(at="2026-01-01T00:00:00Z"),
    },
    undeclared={"interrupt": "b5bea41b", "outcome": "-", "a key, =odd": "AAAAAAAA"},
)
TEXT = """\
{
  "environments": {
    "production": {
      "objects": {
        "agent/desk": {
          "api": "v1",
          "applied_at": "2026-01-02T03:04:05Z",
          "commit": "abc",
          "digests": {
            "agentName": "sha256:a",
            "lang": "sha256:b"
          },
          "id": "id-1",
          "since": {
            "agentName": "2026-01-01T00:00:00Z",
            "lang": "2026-01-02T03:04:05Z abc"
          },
          "undeclared": "a%20key%2C%20%3Dodd=AAAAAAAA interrupt=b5bea41b outcome=-"
        }
      },
      "salt": "00112233445566778899aabbccddeeff"
    }
  },
  "format_version": "2.0"
}
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "reconciler.state.json"


def load(path):
    """The state of a project's file."""
    return State.of(LocalFile(path.parent))


def numbered(count):
    return {
        f"k{n:02}": Applied(kind=AGENT_V1, id=f"id-{n}", digests={"lang": f"sha256:{n}"})
        for n in range(count)
    }


def test_the_text_is_sorted_json_with_a_version(path):
    load(path).record_all("production", SALT, {"desk": DESK})
    assert path.read_text(encoding="utf-8") == TEXT
    assert load(path).known("production") == EnvironmentState(salt=SALT, agents={"desk": DESK})


def test_the_order_of_work_does_not_show(path, tmp_path):
    there, back = load(path), load(tmp_path / "back" / path.name)
    for key, agent in numbered(9).items():
        there.record_all("production", SALT, {key: agent})
    for key, agent in reversed(numbered(9).items()):
        back.record_all("production", SALT, {key: agent})
    assert path.read_text() == (tmp_path / "back" / path.name).read_text()


def test_one_agent_that_changed_changes_its_lines_only(path):
    found = load(path)
    for key, agent in numbered(9).items():
        found.record_all("production", SALT, {key: agent})
    before = path.read_text().splitlines()
    found.record_all(
        "production",
        SALT,
        {"k04": Applied(kind=AGENT_V1, id="id-4", digests={"lang": "sha256:new"})},
    )
    diff = difflib.unified_diff(before, path.read_text().splitlines(), n=0, lineterm="")
    assert [line for line in diff if line[0] in "+-" and line[1:2] == " "] == [
        '-            "lang": "sha256:4"',
        '+            "lang": "sha256:new"',
    ]


def test_an_environment_that_was_never_applied_to_has_an_empty_page(path):
    found = load(path)
    assert found.page("staging", SALT) == EnvironmentState(salt=SALT)
    assert not path.exists()


def test_a_page_keeps_its_salt(path):
    found = load(path)
    found.record_all("production", SALT, {"desk": DESK})
    assert found.page("production", "ff" * 16).salt == SALT


def test_another_key_that_held_the_id_is_forgotten(path):
    found = load(path)
    for key, agent in {
        "old": DESK,
        "other": Applied(kind=AGENT_V1, id="id-2", digests={}),
        "new": DESK,
    }.items():
        found.record_all("production", SALT, {key: agent})
    assert load(path).page("production", SALT).agents.keys() == {"other", "new"}


def test_the_same_id_in_another_environment_stays(path):
    found = load(path)
    found.record_all("staging", SALT, {"a": DESK})
    found.record_all("production", SALT, {"b": DESK})
    assert load(path).page("staging", SALT).agents == {"a": DESK}


def test_an_environment_can_be_forgotten(path):
    found = load(path)
    found.record_all("staging", SALT, {"desk": DESK})
    found.record_all("production", SALT, {"desk": DESK})
    found.restore("staging", None)
    assert path.read_text() == TEXT


def test_forgetting_an_unknown_agent_writes_nothing(path):
    load(path).drop("staging", ["desk"])
    assert not path.exists()


def refused(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ReconcilerError) as raised:
        load(path)
    return f"{raised.value.message} | {raised.value.hint}"


RESTORE = (
    "restore it (git checkout reconciler.state.json), or delete it: agents are then found by name"
)
DAMAGED = f"reconciler.state.json is damaged: it is not what this tool writes | {RESTORE}"


def page(**change):
    content = json.loads(TEXT)
    content["environments"]["production"] |= change
    return json.dumps(content)


def entry(**change):
    return page(
        objects={
            "agent/desk": {
                **json.loads(TEXT)["environments"]["production"]["objects"]["agent/desk"],
                **change,
            }
        }
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "3",
        "{}",
        '{"format_version": "1.0"}',
        '{"environments": []}',
        '{"environments": {"a": null}}',
        '{"environments": {"a": {"agents": {}}}}',
        TEXT[:-20],
        "\ufeff" + TEXT,
        "[" * 100_000,
        page(salt="no hex"),
        page(salt=3),
        page(objects=[]),
        page(objects={"agent/desk": {}}),
        page(objects={"agent/desk": {"id": "x", "api": "v1"}}),
        page(objects={"agent/desk": {"id": "x", "digests": {}}}),
        page(objects={"spaceship/desk": {"id": "x", "digests": {}, "api": "v1"}}),
        entry(id=3),
        entry(digests=[]),
        entry(digests={"lang": 3}),
        entry(applied_at=None),
    ],
    ids=lambda text: text[:40].strip() or "nothing",
)
def test_a_damaged_file_is_refused(path, text):
    assert refused(path, text) == DAMAGED
    assert path.exists()


@pytest.mark.parametrize("text", [b"\xff\xfe", TEXT.encode("utf-16")], ids=["binary", "UTF-16"])
def test_a_file_that_is_no_text_is_refused(path, text):
    assert refused(path, text) == (
        f"reconciler.state.json is damaged: it cannot be read | {RESTORE}"
    )


def test_a_folder_in_its_place_is_refused(path):
    path.mkdir()
    with pytest.raises(ReconcilerError, match="is damaged: it cannot be read"):
        load(path)


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", "=======", ">>>>>>> theirs"])
def test_the_markers_of_a_merge_are_reported_by_name(path, marker):
    lines = TEXT.splitlines()
    text = "\n".join([*lines[:7], marker, *lines[7:]])
    assert refused(path, text) == (
        "reconciler.state.json holds the markers of an unfinished merge"
        " | take either side (git checkout --theirs reconciler.state.json): the next apply mends it"
    )


@pytest.mark.parametrize("version", ["3.0", "3", "10.1"])
def test_a_newer_major_is_refused_by_name(path, version):
    assert refused(path, TEXT.replace('"2.0"', f'"{version}"')) == (
        f"reconciler.state.json has format {version}, and this version reads up to 2.0"
        " | update reconciler"
    )


def test_agents_of_the_former_format_are_read_and_written_in_this_one(path):
    former = TEXT.replace('"objects"', '"agents"').replace('"agent/desk"', '"desk"')
    path.write_text(former.replace('"2.0"', '"1.1"').replace('          "api": "v1",\n', ""))
    known = load(path)
    assert known.page("production", SALT).agents == {"desk": DESK}
    known.record_all("production", SALT, {"desk": DESK})
    assert path.read_text() == TEXT


def test_what_a_newer_minor_adds_is_passed_over(path):
    content = json.loads(entry(by="somebody"))
    content["environments"]["production"]["note"] = "new"
    path.write_text(json.dumps({**content, "format_version": "2.7", "more": []}))
    assert load(path).page("production", SALT).agents == {"desk": DESK}


RECORD = """\
import sys
from pathlib import Path
from reconciler.errors import ReconcilerError
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Applied
from reconciler.state.state import State
from reconciler.state.local import LocalFile
path, salt = sys.argv[1:]
try:
    entry = Applied(kind=AGENT_V1, id="id-2", digests={})
    State.of(LocalFile(Path(path).parent)).record_all("production", salt, {"other": entry})
except ReconcilerError as error:
    print(error.message)
"""


@pytest.mark.process
def test_a_write_that_fails_leaves_the_old_text_and_no_rubbish(path):
    load(path).record_all("production", SALT, {"desk": DESK})
    done = confined.python("-c", RECORD, str(path), SALT, cwd=path.parent, largest_file=100)
    assert (done.stdout, done.stderr) == (
        "reconciler.state.json cannot be written: file too large\n",
        "",
    )
    assert path.read_text() == TEXT
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_an_impossible_folder_is_reported(tmp_path):
    (tmp_path / "file").touch()
    found = State(LocalFile(tmp_path / "file"))
    with pytest.raises(ReconcilerError, match="json cannot be written: "):
        found.record_all("production", SALT, {"desk": DESK})
    assert (tmp_path / "file").read_bytes() == b""


def test_a_folder_that_is_missing_is_made(tmp_path):
    found = load(tmp_path / "new" / "reconciler.state.json")
    found.record_all("production", SALT, {"desk": DESK})
    assert found.backend.path.read_text() == TEXT


def test_changes_of_another_run_are_kept(path):
    ours, theirs = load(path), load(path)
    theirs.record_all("production", SALT, {"desk": DESK})
    ours.record_all("staging", SALT, {"desk": DESK})
    ours.record_all("production", SALT, {"other": replace(DESK, id="id-2")})
    theirs.drop("production", ["desk"])
    found = load(path)
    assert [list(found.page(name, SALT).agents) for name in ("production", "staging")] == [
        ["other"],
        ["desk"],
    ]


def test_a_change_of_nothing_writes_nothing(path):
    load(path).record_all("production", SALT, {"desk": DESK})
    before = path.stat()
    known = load(path)
    known.drop("production", ["nobody"])
    known.rename("production", {"nobody": "somebody"})
    known.record_all("production", SALT, {})
    assert path.stat() == before


class Shelf:
    """A backend without a file, to which somebody else writes first, a few times."""

    name = "the shelf"
    is_shared = False
    pace = LocalFile.pace

    def __init__(self, root, rivals=0):
        self.kept, self.count, self.rivals = {}, 0, rivals
        self.ahead = WriteAhead(root)

    def read(self, _only=None):
        return self.kept, str(self.count)

    def write(self, environments, if_version):
        if self.rivals:
            self.rivals -= 1
            rival = replace(DESK, id=f"rival-{self.rivals}")
            page = self.kept.get("production") or EnvironmentState(salt=SALT)
            agents = {**page.agents, f"r{self.rivals}": rival}
            self.kept = {**self.kept, "production": replace(page, agents=agents)}
            self.count += 1
        if if_version != str(self.count):
            raise MovedError
        self.kept, self.count = environments, self.count + 1
        return str(self.count)


@pytest.mark.parametrize("rivals", [0, 1, 3])
def test_any_backend_that_compares_versions_loses_nothing(tmp_path, rivals):
    shelf = Shelf(tmp_path, rivals)
    State.of(shelf).record_all("production", SALT, {"desk": DESK})
    keys = {"desk", *(f"r{one}" for one in range(rivals))}
    assert shelf.kept["production"].agents.keys() == keys


def test_a_backend_that_never_rests_is_an_error(tmp_path):
    with pytest.raises(ReconcilerError, match="the shelf is written by other programs"):
        State.of(Shelf(tmp_path, rivals=1000)).record_all("production", SALT, {"desk": DESK})


def test_an_object_is_kept_at_once_and_the_state_is_written_at_the_end(tmp_path):
    """The text written for each agent does not grow with their number."""
    shelf = Shelf(tmp_path)
    found = State.of(shelf)
    for key, agent in numbered(99).items():
        found.record("production", SALT, key, agent)
    assert (shelf.count, len(list(shelf.ahead.entries()))) == (0, 99)
    assert State.of(shelf).page("production", SALT).agents == numbered(99)
    found.write()
    assert (shelf.count, list(shelf.ahead.entries())) == (1, [])
    assert shelf.kept["production"].agents == numbered(99)
    found.write()
    assert shelf.count == 1, "there was nothing to write"


@pytest.mark.parametrize(("share", "writes"), [(0, 99), (1_000_000, 1)])
def test_the_state_is_written_as_often_as_its_backend_allows(tmp_path, share, writes):
    """A share of the run's time: all of it, or next to nothing after the first write."""
    shelf = Shelf(tmp_path)
    shelf.pace = Pace(least=0.0, share=share)
    found = State.of(shelf)
    for key, agent in numbered(99).items():
        found.record("production", SALT, key, agent)
    assert shelf.count == writes
    found.write()
    assert shelf.kept["production"].agents == numbered(99)


def left(path, *entries, salt=SALT):
    """What a run left that was killed after these."""
    found = load(path)
    for key, agent in entries:
        found.record("production", salt, key, agent)


def test_what_a_killed_run_left_is_in_the_next_reading_and_in_the_next_write(path):
    load(path).record_all("production", SALT, {"other": replace(DESK, id="id-2")})
    left(path, ("desk", DESK))
    assert load(path).page("production", SALT).agents.keys() == {"other", "desk"}
    assert "id-1" not in path.read_text(), "who only reads writes nothing"
    settle(LocalFile(path.parent), ["production"])
    assert load(path).page("production", SALT).agents.keys() == {"other", "desk"}
    assert "id-1" in path.read_text()
    assert sorted(one.name for one in (path.parent / ".reconciler").iterdir()) == [".gitignore"]


def test_a_swap_that_a_kill_cut_in_two_is_as_if_nothing_had_been(path):
    """Two files changed names: the entry of the other one waits under the key that is free."""
    other = replace(DESK, id="id-2")
    load(path).record_all("production", SALT, {"a": DESK, "b": other})
    left(path, ("b", DESK))
    settle(LocalFile(path.parent), ["production"])
    assert load(path).page("production", SALT).agents == {
        "a": replace(other, place="b"),
        "b": DESK,
    }


CUT = [
    pytest.param(lambda text: text[:-9], id="a line that is cut"),
    pytest.param(lambda text: text + "\n{}", id="an object of something else"),
    pytest.param(lambda text: text.replace('"agent/desk"', '"tent/desk"'), id="an unknown kind"),
    pytest.param(lambda text: "\ud800" + text + "[]\nnull\n3", id="rubbish"),
]


@pytest.mark.parametrize("broken", CUT)
def test_a_line_that_cannot_be_read_hides_no_other(path, broken):
    left(path, ("desk", DESK))
    ahead = path.parent / ".reconciler" / "state.jsonl"
    text = broken(ahead.read_text(encoding="utf-8"))
    ahead.write_text(text, encoding="utf-8", errors="surrogatepass")
    left(path, ("other", replace(DESK, id="id-2")))
    assert "other" in load(path).page("production", SALT).agents


def test_what_a_newer_version_left_is_not_lost(path):
    left(path, ("desk", DESK))
    ahead = path.parent / ".reconciler" / "state.jsonl"
    ahead.write_text(ahead.read_text().replace('"2.0"', '"3.0"'))
    with pytest.raises(ReconcilerError, match=r"state\.jsonl has format 3\.0"):
        load(path)


def test_what_was_applied_since_then_stays(path):
    """Another machine applied, and its state came by git."""
    left(path, ("desk", DESK))
    newer = replace(DESK, applied_at="2026-02-02T00:00:00Z", digests={"lang": "sha256:c"})
    ahead = (path.parent / ".reconciler" / "state.jsonl").read_bytes()
    load(path).record_all("production", SALT, {"desk": newer})
    (path.parent / ".reconciler" / "state.jsonl").write_bytes(ahead)
    assert load(path).page("production", SALT).agents == {"desk": newer}


def test_digests_of_another_salt_are_not_taken_over(path):
    left(path, ("desk", DESK), salt="ff" * 16)
    ahead = (path.parent / ".reconciler" / "state.jsonl").read_bytes()
    (path.parent / ".reconciler" / "state.jsonl").unlink()
    load(path).record_all("production", SALT, {"other": replace(DESK, id="id-2")})
    (path.parent / ".reconciler" / "state.jsonl").write_bytes(ahead)
    found = load(path).page("production", SALT)
    assert (found.salt, found.agents.keys()) == (SALT, {"other"})


def test_entries_are_for_their_owner_alone(path):
    left(path, ("desk", DESK))
    assert (path.parent / ".reconciler" / "state.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_read_is_not_taken_for_nothing(path):
    """A folder in its place: a killed run may have left something in it, so it is not removed."""
    left(path, ("desk", DESK))
    ahead = path.parent / ".reconciler" / "state.jsonl"
    ahead.unlink()
    ahead.mkdir()
    with pytest.raises(ReconcilerError, match=r"state\.jsonl cannot be read: is a directory"):
        load(path)
