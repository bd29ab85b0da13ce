"""The cache: with it and without it every command prints the same, whatever changed."""

import hashlib
import json
import os
import shutil
import stat
from contextlib import contextmanager
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.config import load
from reconciler.config.project import environment, load_project
from reconciler.errors import ReconcilerError
from reconciler.schema import digest
from reconciler.state.cache import Cache
from tests.projects import SALT, Project

pytestmark = pytest.mark.cli

PROJECT = """\
vars: { city: { default: Rimal } }
lint: { prompt-budget: { limit: 20 } }
default_environment: here
environments:
  here: { url: sandbox, vars: { city: Rimal } }
  there: { url: sandbox, vars: { city: Olaya }, policies: { required_text: [{ text: Be kind }] } }
"""
AGENTS = {
    "desk": "spec:\n  agentName: Desk ${var.city}\n  preamble: { $file: ../prompts/a.md }\n",
    "bank": "spec:\n  agentName: Bank\n  preamble: { $file: [../prompts/a.md, ../prompts/b.md] }\n"
    "environments:\n  there: { preamble: Be kind }\n",
    "shop": "lifecycle: { ignore: [{ field: lang, until: 2026-01-02 }] }\n"
    "spec:\n  agentName: Shop\n  lang: ar\n  params: { a: 1, b: x }\n",
    "till": "lint: { spoken-url: { level: off, reason: x } }\n"
    "spec:\n  agentName: Till\n  greetingMessage: Hi {{b}} **x**\n",
    "safe": "spec:\n  agentName: Safe\n  webhookUrl: https://a.example\n"
    "  webhookAuth: { authKey: Token, authSecret: { $secret: HOOK } }\n",
    "area": "spec:\n  agentName: Area\n  description: { $env: AREA }\n",
}
PROMPTS = {"a": "Greet the caller of ${var.city}.\n", "b": "Be kind. Say {{name}} once.\n"}

TEXTS = [
    "Greet the caller.\n",
    "Be kind to ${var.city}, {{ who }} of {{a b}}.\n",
    "ألو {{name}} ٣ 3\n",
    "\n",
    "word " * 30,
    "the-hook-value-is-here\n",
    "a.md",
    "<<<<<<< mine\nx\n=======\ny\n>>>>>>> theirs\n",
]
SPECS = [
    "spec:\n  agentName: Desk\n",
    "spec:\n  agentName: Desk\n  nope: 1\n  lang: fr\n",
    "spec:\n  agentName: Desk\n  preamble: { $file: ../prompts/none.md }\n",
    "spec:\n  agentName: Desk\n  preamble: { $file: ../prompts/b.md }\n  silenceThreshold: 0800\n",
    "key: bank\nspec:\n  agentName: Other\n",
    "spec: [\n",
    "id: { gone: x }\nspec:\n  agentName: ''\n",
    "lint: { prompt-budget: { limit: 3 }, secrets: off }\nspec:\n  preamble: one two three four\n",
    "spec:\n  preamble: 'the-hook-value-is-here, and ${var.none}'\n",
]
edits = st.one_of(
    st.tuples(st.just("prompt"), st.sampled_from("ab"), st.sampled_from(TEXTS)),
    st.tuples(st.just("agent"), st.sampled_from([*AGENTS]), st.sampled_from(SPECS)),
    st.tuples(st.just("agent"), st.sampled_from([*AGENTS, "new"]), st.just("")),
    st.tuples(
        st.just("project"),
        st.sampled_from(["limit: 20", "Rimal", "Be kind", "Olaya", "prompt-budget", "policies:"]),
        st.sampled_from(
            ["limit: 4", "Malaz", "Be quick", "3", "long-greeting", "secrets", "limits:"]
        ),
    ),
    st.tuples(st.just("env"), st.sampled_from(["HOOK", "AREA"]), st.sampled_from(["", "x" * 9])),
    st.tuples(st.just("env"), st.just("HOOK"), st.just("the-hook-value-is-here")),
    st.tuples(st.just("var"), st.just("city"), st.sampled_from(["Quds", "Wadi"])),
    st.tuples(st.just("day"), st.just(""), st.sampled_from(["2026-01-03", "2026-01-01"])),
    st.tuples(st.just("link"), st.sampled_from("ab"), st.just("/etc/hostname")),
    st.tuples(st.just("damage"), st.sampled_from([None, *range(6)]), st.integers(0, 4000)),
)
AGENT = st.sampled_from(["Desk", "Bank", "Shop", "Till"])
LIVE = [{"lang": "en"}, {"description": "Edited"}, {"agentName": "Desk Rimal"}, {"realTime": True}]
later_edits = st.one_of(
    edits,
    st.tuples(st.just("live"), AGENT, st.sampled_from(LIVE)),
    st.tuples(st.just("entry"), AGENT, st.sampled_from(["", "other", "shop"])),
    st.tuples(st.just("digest"), AGENT, st.sampled_from(["agentName", "lang"])),
    st.tuples(st.just("apply"), st.just(""), st.just("")),
)


def made(root):
    project = Project(root, env={"AREA": "north"})
    project.write("reconciler.yaml", PROJECT)
    for key, text in AGENTS.items():
        project.write(f"agents/{key}.yaml", text)
    for key, text in PROMPTS.items():
        project.write(f"prompts/{key}.md", text)
    return project


def edited(project, edit, words):
    """Do one edit; the words of a command line may change with it."""
    what, name, to = edit
    if what in EDITS:
        EDITS[what](project, name, to)
    elif what == "var":
        words += ["--var", f"{name}={to}"]
    else:
        project.run("apply", "--yes", *words)


def edit_file(project, name, to):
    if to:
        project.write(f"agents/{name}.yaml", to)
    else:
        (project.root / "agents" / f"{name}.yaml").unlink(missing_ok=True)


def edit_project(project, name, to):
    path = project.root / "reconciler.yaml"
    path.write_text(path.read_text().replace(name, to))


def edit_link(project, name, to):
    path = project.root / "prompts" / f"{name}.md"
    path.unlink()
    path.symlink_to(to)


def edit_live(project, name, fields):
    """Edit an agent where the embedded sandbox keeps it."""
    for path in (project.root / ".reconciler" / "sandbox" / "here").glob("*.json"):
        agent = json.loads(path.read_text())
        if agent["fields"]["agentName"].startswith(name):
            agent["fields"] |= fields
            path.write_text(json.dumps(agent))


def edit_entry(project, name, to):
    """Rename or remove the entry of an agent in the state."""
    with entries_of(project) as found:
        entry = found.pop(f"agent/{name.lower()}", None)
        if entry and to:
            found[f"agent/{to}"] = entry


def edit_digest(project, name, path):
    """Change the digest of a field in the state."""
    with entries_of(project) as found:
        if entry := found.get(f"agent/{name.lower()}"):
            entry["digests"][path] = "sha256:" + "0" * 32


@contextmanager
def entries_of(project):
    """The entries of the state, to be edited."""
    path = project.root / "reconciler.state.json"
    state = json.loads(path.read_text()) if path.exists() else {"environments": {}}
    yield state["environments"].get("here", {"objects": {}})["objects"]
    if path.exists():
        path.write_text(json.dumps(state))


def kept(project):
    return sorted((project.root / ".reconciler" / "cache").glob("*.entries"))


def damage(project, number, at):
    """Damage all that is kept, or one file of it."""
    paths = kept(project)
    for path in paths if number is None else paths[number : number + 1]:
        data = bytearray(path.read_bytes())
        if data:
            data[at % len(data)] ^= 0x21
        path.write_bytes(data)


EDITS = {
    "prompt": lambda project, name, to: project.write(f"prompts/{name}.md", to),
    "agent": edit_file,
    "project": edit_project,
    "env": lambda project, name, to: project.env.update({name: to}),
    "day": lambda project, _, to: setattr(project, "now", f"{to}T00:00:00Z"),
    "link": edit_link,
    "live": edit_live,
    "entry": edit_entry,
    "digest": edit_digest,
    "damage": damage,
}


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    """A folder whose projects are removed one by one."""
    top = tmp_path_factory.mktemp("cache")
    numbers = iter(range(10**9))
    return lambda: top / str(next(numbers))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=8, deadline=None)
@given(first=st.lists(edits, max_size=2), later=st.lists(later_edits, min_size=1, max_size=3))
def test_with_and_without_a_cache_every_command_prints_the_same(roots, first, later):
    root = roots()
    try:
        project, words = made(root), []
        for edit in first:
            edited(project, edit, words)
        for command in (["validate"], ["apply", "--yes"], ["plan"]):
            project.run(*command, *words)
        for edit in later:
            edited(project, edit, words)
        for command in (["validate"], ["plan", "--format", "json"], ["plan", "--target", "d*"]):
            found = project.run(*command, *words)
            assert found == project.run(*command, *words, "--no-cache"), command
            assert found == project.run(*command, *words), command
    finally:
        shutil.rmtree(root)


@pytest.fixture
def project(tmp_path):
    return made(tmp_path / "p")


def texts(project):
    return b"\n".join(path.read_bytes() for path in kept(project)).decode()


def test_what_was_read_is_kept_for_its_owner_alone(project):
    assert project.run("validate").code == 0
    folder = project.root / ".reconciler" / "cache"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert "Desk Rimal" in texts(project)
    assert len(kept(project)) == 5  # two for each environment, one for the project file


def test_no_cache_is_made_and_none_is_used_if_it_is_off(project):
    project.run("plan", "--no-cache")
    assert not kept(project)


def forge(cache, old, new):
    """Replace a text in all entries, with the key of this machine."""
    for key in [*cache._found]:
        cache.keep(key, cache.get(key).replace(old, new))
    assert cache.changed()
    cache.save()


def test_the_cache_is_used(project):
    """A complete entry is trusted: its content is printed."""
    project.run("plan")
    forge(Cache(project.root, "here False fields"), b"Desk Rimal", b"Desk Cached")
    assert "Desk Cached" in project.run("plan", "--format", "json").out
    assert "Desk Cached" not in project.run("plan", "--format", "json", "--no-cache").out


@pytest.mark.parametrize("fault", ["deleted", "garbage", "of another run"])
def test_what_specs_declare_is_read_again_if_it_was_lost(project, fault):
    """It is asked for late, when the rest of the entry has been believed."""
    project.run("plan")
    cache = Cache(project.root, "here False fields")
    path = kept(project)[0].parent / cache._name
    whole = path.read_bytes()
    if fault == "deleted":
        path.unlink()
    elif fault == "garbage":
        path.write_bytes(os.urandom(500))
    else:
        cache.keep("other", b"{}")
        cache.save()
    plain = project.run("plan", "--format", "json", "--no-cache")
    assert plain == project.run("plan", "--format", "json")
    assert plain == project.run("plan", "--format", "json")
    assert path.read_bytes() == whole


@pytest.mark.parametrize("path", ["agents/desk.yaml", "prompts/a.md", None])
def test_what_was_lost_is_not_read_from_a_file_that_was_edited_since(project, path):
    """Its values would be kept as those of the file as it was."""
    project.run("plan")
    opened = load_project(project.root / "reconciler.yaml", project.env)
    place = environment(opened, "here", project.env, {})
    cache = Cache(project.root, "here False")
    (kept(project)[0].parent / cache.beside("fields")._name).unlink()
    found, _ = load.agents(opened, place, project.env, memory=cache)
    desk = next(one for one in found if one.key == "desk")
    assert desk.source
    if path is None:
        assert desk.fields["agentName"] == "Desk Rimal"
        return
    (project.root / path).write_text((project.root / path).read_text().replace("r", "R"))
    with pytest.raises(ReconcilerError, match="was edited while it was read"):
        _ = desk.fields


def test_a_key_that_became_a_secret_is_looked_for_in_what_is_kept(project):
    """Once: as long as the secrets are the same, that they were not found is remembered."""
    project.write("agents/quoted.yaml", "spec:\n  description: my hook-planted value\n")
    for key in ("", "another-planted-key", "another-planted-key", "hook-planted", "hook-planted"):
        project.env["HAMSA_API_KEY"] = key
        found = project.run("validate")
        assert found == project.run("validate", "--no-cache")
        assert ("hook-planted" in texts(project)) == (key != "hook-planted")
    searched = Cache(project.root, "here True").get("searched")
    assert searched
    assert b"hook-planted" not in searched


def test_it_is_written_only_if_something_changed(project):
    def inodes():
        return {path: path.stat().st_ino for path in kept(project)}

    first = project.run("validate")
    before = inodes()
    assert project.run("validate") == first
    assert inodes() == before
    project.write("prompts/a.md", "Another text.\n")
    project.run("validate")
    assert inodes() != before


def test_no_secret_is_kept_and_no_value_of_the_environment(project):
    project.env |= {"HOOK": "hook-planted", "AREA": "area-planted", "HAMSA_API_KEY": "key-planted"}
    project.write("agents/typed.yaml", "spec:\n  description: sk-proj-aBcD1234eFgH5678iJkL9012\n")
    project.write("agents/quoted.yaml", "spec:\n  description: my hook-planted value\n")
    project.write(
        "agents/bare.yaml", "spec:\n  webhookAuth: { authKey: a, authSecret: typed-planted }\n"
    )
    for command in ("validate", "plan"):
        project.run(command)
        project.run(command, "-e", "there")
    assert "Desk" in texts(project)
    for value in ("planted", "sk-proj"):
        assert value not in texts(project)


@pytest.mark.parametrize("value", ["hook-planted", "sk-proj-aBcD1234eFgH5678iJkL9012"])
def test_a_project_file_with_a_secret_is_not_kept(project, value):
    """It is kept as long as nobody says that a value in it is a secret, and then no longer."""
    project.write("reconciler.yaml", PROJECT.replace("Olaya", value))
    known = "sk-proj" in value
    for hook in ("", "hook-planted"):
        project.env["HOOK"] = hook
        project.run("validate")
        assert (value in texts(project)) == (not known and not hook)


@pytest.mark.parametrize("written", ['"hook\\x2Dplanted value"', "hook-planted\n      value"])
def test_a_secret_that_only_the_data_of_a_project_file_show_is_not_kept(project, written):
    """An escape, or a folded line, hides it in the text."""
    project.write("reconciler.yaml", PROJECT.replace("Olaya", written))
    for hook in ("", "hook-planted value", ""):
        project.env["HOOK"] = hook
        assert project.run("validate") == project.run("validate", "--no-cache")
        assert ("hook-planted value" in texts(project)) == (not hook)


@pytest.mark.parametrize("until", ["until", '"\\u0075ntil"', '? "unt\\\n      il"\n      '])
def test_a_file_with_a_last_day_is_read_again_on_another_day(project, until):
    shop = "lifecycle:\n  ignore:\n    - field: lang\n      {}: 2026-01-02\nspec: {{ lang: ar }}\n"
    project.write("agents/shop.yaml", shop.format(until))
    found = []
    for day in ("2026-01-01", "2026-01-05"):
        project.now = f"{day}T00:00:00Z"
        found.append(project.run("validate"))
        assert found[-1] == project.run("validate", "--no-cache")
    assert found[0] != found[1]


@pytest.mark.parametrize(
    "spec",
    [
        "spec: { description: %s }\n",
        "spec: { params: { %s: 1 } }\n",
        "lifecycle: { ignore: [{ field: lang, reason: %s }] }\nspec: { lang: ar }\n",
    ],
)
def test_a_key_that_escapes_hide_in_the_file_is_not_kept(project, spec):
    key = "sk-proj-aBcD1234eFgH5678iJkL9012"
    project.write(
        "agents/q.yaml", spec % ('"' + "".join(f"\\x{ord(one):02x}" for one in key) + '"')
    )
    found = project.run("validate")
    assert found == project.run("validate", "--no-cache")
    assert found.code == ("ignore" not in spec)
    assert key not in found.out + found.err + texts(project)
    project.env["HOOK"] = key
    assert key not in project.run("plan").out + texts(project)


def test_one_file_in_the_place_of_another_is_not_believed(project):
    """Both are signed on this machine: a digest is of a name, too."""
    project.run("plan")
    plain = project.run("plan", "--format", "json", "--no-cache")
    files = {path: path.read_bytes() for path in kept(project)}
    for path, other in permutations(files, 2):
        path.write_bytes(files[other])
        assert project.run("plan", "--format", "json") == plain
        for one, data in files.items():
            one.write_bytes(data)


def test_a_run_that_is_killed_leaves_nothing_that_it_dropped(project):
    """The file with what specs declare is written first: else no run would look into it again."""

    class Killed(Cache):
        def save(self):
            raise KeyboardInterrupt

    project.write("agents/quoted.yaml", "spec:\n  description: my hook-planted value\n")
    loaded = load_project(project.root / "reconciler.yaml", {})
    place = environment(loaded, "here", {}, offline=True)
    load.check(loaded, place, {}, offline=True, memory=Cache(project.root, "killed"))
    assert "hook-planted" in texts(project)
    env = {"HOOK": "hook-planted"}
    with pytest.raises(KeyboardInterrupt):
        load.check(loaded, place, env, offline=True, memory=Killed(project.root, "killed"))
    assert "hook-planted" not in texts(project)


def test_a_name_that_is_a_secret_is_told_in_each_run(project):
    project.write("agents/sk-proj-aBcD1234eFgH5678iJkL9012.yaml", "spec:\n  agentName: Key\n")
    first = project.run("validate")
    assert "of this file holds a secret" in first.err
    for more in ([], [], ["--no-cache"]):
        assert project.run("validate", *more) == first


def test_a_project_file_that_is_unchanged_is_not_parsed(project):
    assert project.run("validate").code == 0
    forge(Cache(project.root, "project"), b"Rimal", b"Cached")
    assert "Desk Cached" in project.run("plan", "--format", "json").out
    assert "Desk Cached" not in project.run("plan", "--format", "json", "--no-cache").out
    project.write("reconciler.yaml", PROJECT + "# edited\n")
    assert "Desk Cached" not in project.run("plan", "--format", "json").out


def test_a_cache_of_another_checkout_is_not_believed(project, tmp_path):
    """Copied with its key, as a commit would bring it: inode and time of the key are others."""
    project.run("validate")
    other = made(tmp_path / "other")
    shutil.copytree(project.root / ".reconciler", other.root / ".reconciler")
    assert Cache(project.root, "here True")._found
    assert not Cache(other.root, "here True")._found


def test_a_key_that_others_can_read_is_none(project):
    project.run("validate")
    path = project.root / ".reconciler" / "cache" / "key"
    path.chmod(0o644)
    before = path.read_bytes()
    project.run("validate")
    assert path.read_bytes() != before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("obstacle", ["file", "link", "folder", "readonly", "garbage", "emptied"])
def test_a_cache_that_cannot_be_had_stops_nothing(project, tmp_path, obstacle):
    plain = project.run("validate", "--no-cache")
    folder = project.root / ".reconciler" / "cache"
    folder.parent.mkdir()
    if obstacle == "file":
        folder.write_text("x")
    elif obstacle == "link":
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        project.run("validate")
        for path in kept(project):
            path.unlink()
            if obstacle == "folder":
                path.mkdir()
            elif obstacle != "readonly":
                path.write_bytes(b"" if obstacle == "emptied" else os.urandom(500) + b"\n\x00 a b")
        if obstacle == "readonly":
            folder.chmod(0o500)
    for _ in range(2):
        assert project.run("validate") == plain
    if obstacle == "link":
        assert not list((tmp_path / "elsewhere").iterdir())


def test_two_that_write_at_once_leave_a_whole_one(project):
    caches = [Cache(project.root, "one") for _ in range(2)]
    for number, cache in enumerate(caches):
        cache.keep("a", f"entry {number}".encode())
    for cache in caches:
        cache.save()
    assert Cache(project.root, "one").get("a") in (b"entry 1", None)
    again = Cache(project.root, "one")
    again.keep("a", b"entry 2")
    again.save()
    assert Cache(project.root, "one").get("a") == b"entry 2"


VALUES = {"HOOK": "hook-planted-value", "SAY": "say-planted-value"}


@pytest.fixture
def hidden(tmp_path, serve):
    """An applied project with a secret of its own, one in a map, and what no API shows."""
    project = Project(tmp_path / "hidden", env={**VALUES}).on(serve("shape=G3").url)
    spec = {
        "agentName": "Desk",
        "webhookUrl": "https://a.example.com",
        "webhookAuth": {"authKey": "Token", "authSecret": {"$secret": "HOOK"}},
        "params": {"a": {"$secret": "SAY"}, "b": "beside"},
        "tools": {"googleCalendar": True},
    }
    project.agent("desk", spec)
    project.agent("bank", {"agentName": "Bank", "outcome": {"$secret": "SAY"}})
    done = project.apply("--create-anyway")
    assert done.code == 0, done.out + done.err
    return project


@pytest.fixture
def stretched(monkeypatch):
    """A function that counts the values derived since its last call."""
    made = []
    once = digest._stretched  # what was derived before is remembered, and counted all the same
    monkeypatch.setattr(digest, "_stretched", lambda *both: made.append(1) or once(*both))

    def count():
        found = len(made)
        made.clear()
        return found

    return count


def test_a_secret_that_is_as_it_was_is_stretched_once_on_a_machine(hidden, stretched):
    plan = hidden.run("plan", "--format", "json")
    assert stretched() == 0
    assert hidden.run("plan", "--format", "json", "--no-cache") == plan
    assert stretched() >= 5
    hidden.plan("--target", "desk")
    hidden.plan()
    assert stretched() == 0
    hidden.env["HOOK"] = "another-planted-value"
    changed = hidden.changes()
    assert changed == ["desk: webhookAuth.authSecret (sensitive) (edit)"]
    assert stretched() >= 1
    assert hidden.changes() == changed
    assert stretched() == 0
    assert hidden.apply().code == 0
    assert hidden.changes() == []
    assert stretched() == 0


def test_nothing_of_a_secret_is_in_any_file(hidden):
    hidden.plan()
    values = [value.encode() for value in VALUES.values()]
    salted = [hashlib.scrypt(b'"%s"' % one, salt=bytes.fromhex(SALT), **COST) for one in values]
    hashes = [hashlib.new(name, one).digest() for name in ("sha256", "blake2b") for one in values]
    told = [*values, *salted, *hashes]
    found = b"".join(path.read_bytes() for path in hidden.root.rglob("*") if path.is_file())
    assert not [one for one in told if one in found or one.hex().encode() in found]
    kept_digests = (hidden.root / "reconciler.state.json").read_text()
    for line in secret_lines(hidden):
        _, _, made = line.split(" ")
        assert made in kept_digests  # the state has it, too


COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def secret_lines(project):
    name = Cache(project.root, "default secrets")._name
    *lines, _ = (project.root / ".reconciler" / "cache" / name).read_text().splitlines()
    return lines


def test_a_memory_of_secrets_that_is_not_this_machines_is_none(hidden, stretched, tmp_path):
    plan = hidden.run("plan", "--format", "json")
    folder = hidden.root / ".reconciler" / "cache"
    path = folder / Cache(hidden.root, "default secrets")._name
    lines = secret_lines(hidden)

    def copied():
        shutil.copytree(hidden.root, tmp_path / "other")
        return Project(tmp_path / "other", env=hidden.env)

    faults = {
        "damaged": lambda: path.write_text(path.read_text().translate({48: 49, 49: 48})),
        "forged": lambda: path.write_text("\n".join(f"{one[:-32]}{'0' * 32}" for one in lines)),
        "garbage": lambda: path.write_bytes(b"\xff\x00 a b\n" * 9),
        "deleted": lambda: shutil.rmtree(folder),
        "read by others": lambda: (folder / "key").chmod(0o640),
        "copied to another machine": copied,
    }
    for fault, cause in faults.items():
        stretched()
        project = cause()
        project = project if isinstance(project, Project) else hidden
        assert project.run("plan", "--format", "json") == plan, fault
        assert stretched() > 1, fault
        assert project.run("plan", "--format", "json") == plan, fault
        assert stretched() == 0, fault


def test_what_was_not_compared_for_want_of_a_secret_is_compared_once_it_is_set(hidden):
    """A result without a secret is kept, and not used where that has a value, right or wrong."""
    hook, _ = hidden.env.pop("HOOK"), hidden.env.pop("SAY")
    hidden.plan()
    kept = (
        hidden.root / ".reconciler" / "cache" / Cache(hidden.root, "default compared")._name
    ).read_bytes()
    assert (kept.count(b"\n"), kept.count(b"webhookAuth.authSecret")) == (3, 3)
    for value in (None, None, hook, "another-value", None):
        if value:
            hidden.env["HOOK"] = value
        else:
            hidden.env.pop("HOOK", None)
        found = hidden.run("plan", "--format", "json")
        assert found == hidden.run("plan", "--format", "json", "--no-cache")
        changed = json.loads(found.out)["changes"]
        assert changed is (value == "another-value")
