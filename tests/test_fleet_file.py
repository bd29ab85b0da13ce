"""``fleet.yaml``: every mistake at once, and the pages that it names."""

import subprocess

import pytest

from reconciler.errors import ConfigError, ReconcilerError, UsageError
from reconciler.workflows.context import RunContext
from reconciler.workflows.fleet import changed, open_fleet, pages, split

PROJECT = """\
default_environment: live
environments:
  live:
    url: https://api.tryhamsa.com
    api_key: { $secret: %s }
  test:
    url: sandbox
"""


def write(root, **projects):
    for name, text in projects.items():
        folder = root / "clients" / name
        (folder / "agents").mkdir(parents=True, exist_ok=True)
        (folder / "reconciler.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def fleet(tmp_path):
    write(tmp_path, nour=PROJECT % "NOUR", olaya=PROJECT % "OLAYA", old=PROJECT % "NOUR")
    (tmp_path / "clients" / "notes").mkdir()
    for number in range(3):
        (tmp_path / f"clients/nour/agents/a{number}.yaml").write_text("spec: {}\n", "utf-8")

    def opened(text, **env):
        (tmp_path / "fleet.yaml").write_text(text, encoding="utf-8")
        context = RunContext(env=env, cwd=tmp_path / "clients" / "notes")
        return context, open_fleet(context, "")

    return opened


def told(text, fleet, **env):
    return [page.name for page in pages(*fleet(text, **env))]


NAMED = [
    (
        "projects: [clients/*]",
        ["clients/nour:live", "clients/olaya:live", "clients/old:live"],
    ),
    ("projects: [clients/*, '!clients/ol*']", ["clients/nour:live"]),
    ("projects: [clients/olaya, clients/n*]", ["clients/olaya:live", "clients/nour:live"]),
    ("projects: ['**', '!**/ol*']\nenvironment: test", ["clients/nour:test"]),
]


@pytest.mark.parametrize(("text", "expected"), NAMED)
def test_globs_name_projects_in_their_order(text, expected, fleet):
    assert told(text, fleet) == expected


def test_an_environment_is_asked_for_named_by_the_fleet_or_the_projects_own(fleet):
    text = "projects: [clients/nour]\nenvironment: test"
    assert told(text, fleet, RECONCILER_ENV="live") == ["clients/nour:live"]
    found = pages(*fleet(text), ["live", "test"])
    assert [(page.environment, page.agents) for page in found] == [("live", 3), ("test", 3)]


MISTAKES = [
    pytest.param(
        "project: [a]\nwaves: [0, rest, 1]\nrate: 5\npolicies: { max_change: 1 }",
        [
            ("project", "did you mean `projects`?"),
            ("projects", ""),
            ("waves.0", ""),
            ("rate", ""),
            ("policies.max_change", "did you mean `max_changes`?"),
        ],
        id="unknown keys and wrong values, all at once",
    ),
    pytest.param("projects: [2026-01-01]", [("projects.0", "")], id="a date, told once"),
    pytest.param("projects: [clients/*]\nwaves: [rest, 1]", [("waves.0", "")], id="rest first"),
    pytest.param("projects: ['!clients/*']", [("projects", "")], id="nothing but exclusions"),
    pytest.param(
        "projects: [clients/*]\npolicies: { protected_fields: [preambel] }",
        [("policies.protected_fields.0", "did you mean `preamble`?")],
        id="a field that is none",
    ),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_every_mistake_of_the_file_is_told_with_its_line(text, expected, fleet):
    with pytest.raises(ConfigError) as caught:
        fleet(text)
    found = {(one.field, one.hint) for one in caught.value.problems}
    assert found >= {*expected}, found
    assert all(one.line for one in caught.value.problems if one.field != "projects")


NOWHERE = [
    ("projects: [client/*]", "`client/*` names no folder with a reconciler.yaml"),
    ("projects: [../*]", "`../*` names no folder with a reconciler.yaml"),
    ("projects: [/etc]", "`/etc` names no folder with a reconciler.yaml"),
    ("projects: [clients/*, '!clients/odl']", "`clients/odl` names no folder"),
    ("projects: [clients/nour, '!clients/nour']", "every project is excluded again"),
]


@pytest.mark.parametrize(("text", "message"), NOWHERE)
def test_a_glob_that_names_nothing_leaves_out_no_project_unseen(text, message, fleet):
    with pytest.raises(ConfigError) as caught:
        told(text, fleet)
    assert message in caught.value.problems[0].message


def test_links_out_of_the_fleet_or_to_another_project_are_mistakes(fleet, tmp_path):
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "reconciler.yaml").write_text(PROJECT % "OUT", "utf-8")
    (tmp_path / "clients/out").symlink_to(outside)
    (tmp_path / "clients/twin").symlink_to(tmp_path / "clients/nour")
    with pytest.raises(ConfigError) as caught:
        told("projects: [clients/*]", fleet)
    assert [one.message for one in caught.value.problems] == [
        "`clients/out` leads out of the folder of the fleet file",
        "`clients/twin` is a link to `clients/nour`",
    ]
    without = "projects: [clients/*, '!clients/out', '!clients/twin']"
    assert len(told(without, fleet)) == 3


def test_projects_without_the_environment_are_all_told_or_skipped_if_said_so(fleet, tmp_path):
    write(tmp_path, olaya="environments:\n  test: { url: sandbox }\n")
    text = "projects: [clients/nour, clients/olaya]\nenvironment: live"
    with pytest.raises(ConfigError) as caught:
        told(text, fleet)
    assert [one.file for one in caught.value.problems] == ["clients/olaya/reconciler.yaml"]
    skipping = f"{text}\nwithout_environment: skip"
    assert told(skipping, fleet) == ["clients/nour:live"]
    with pytest.raises(ConfigError):
        pages(*fleet(skipping), ["lvie"])


def test_a_project_that_cannot_be_read_is_a_page_with_an_error(fleet, tmp_path):
    write(tmp_path, olaya="environment: {}\n")
    found = pages(*fleet("projects: [clients/*]"))
    assert [page.name for page in found if page.error] == ["clients/olaya"]


def test_two_projects_with_one_state_are_a_mistake_of_the_second(fleet, tmp_path):
    def places(**urls):
        for name, url in urls.items():
            write(tmp_path, **{name: f"{PROJECT % name.upper()}state: {{ url: '{url}' }}\n"})
        found = pages(*fleet("projects: [clients/*]\nstate: { url: s3://b/x }"), ["live", "test"])
        return [page.name for page in found if page.error]

    assert places(nour="s3://b/one", olaya="s3://b/other") == []
    assert places(nour="s3://b/one", olaya="s3://b/one/") == ["clients/olaya:live"]
    assert places(nour="s3://b/one", olaya="s3://b/x/clients/old") == ["clients/old:live"]
    assert places(nour="git:", olaya="git:") == []


def test_pages_of_one_key_are_in_one_shard_and_no_value_is_read(fleet):
    context, opened = fleet("projects: [clients/*]")
    found = pages(context, opened)
    for count in (1, 2, 8):
        parts = split(found, count)
        homes = {page.project: n for n, part in enumerate(parts) for page in part}
        assert homes["clients/nour"] == homes["clients/old"]
        assert sum(map(len, parts)) == len(found)


def git(root, *words):
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)  # noqa: S607


@pytest.mark.process
def test_what_changed_since_a_commit_counts_new_files_and_the_fleet_file(fleet, tmp_path):
    context, opened = fleet("projects: [clients/*]")
    with pytest.raises(UsageError, match="git cannot compare"):
        changed(opened, pages(context, opened), "HEAD")
    git(tmp_path, "init", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "all")

    def moved(since="HEAD"):
        return [page.project for page in changed(opened, pages(context, opened), since)]

    assert moved() == []
    (tmp_path / "clients/nour/agents/new one.yaml").write_text("spec: {}\n", "utf-8")
    (tmp_path / "README.md").write_text("\n", "utf-8")
    assert moved() == ["clients/nour"]
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "new")
    assert (moved(), moved("HEAD~1")) == ([], ["clients/nour"])
    (tmp_path / "fleet.yaml").write_text("projects: [clients/*] # all\n", "utf-8")
    assert len(moved()) == 3
    for unknown in ("nowhere", "--help", ""):
        with pytest.raises(UsageError, match="git cannot compare"):
            moved(unknown)


def test_without_a_file_the_message_says_what_to_write(tmp_path):
    with pytest.raises(ReconcilerError, match=r"fleet\.yaml does not exist here or above"):
        open_fleet(RunContext(env={}, cwd=tmp_path), "")
