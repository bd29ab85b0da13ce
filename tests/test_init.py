"""`init` makes a project that works at once, shows it first, and overwrites nothing."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from jinja2 import UndefinedError
from ruamel.yaml import YAML

from reconciler.cli import installed
from reconciler.config.project import load_project
from reconciler.render import starting
from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.scaffold import starter, starter_ci
from reconciler.state import git as git_store
from reconciler.text import templates
from tests.projects import Project, Run, Terminal

pytestmark = pytest.mark.cli

ROOT = Path(__file__).parent.parent
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SOURCE = f"example/reconciler@{COMMIT}"
CI = ["--source", SOURCE]
WELCOME = """\
A new project in new/. Enter takes the answer in [ ]; nothing is written before you say so.
"""
PLAIN = [
    "reconciler.yaml",
    "agents/reception.yaml",
    "agents/prompts/reception.md",
    "schemas/agent.v2.json",
    "schemas/project.json",
    ".vscode/settings.json",
    ".vscode/extensions.json",
    ".gitignore",
]


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """An empty folder."""
    project = Project(tmp_path / "new")
    (project.root / "agents").rmdir()
    return project


def git(project: Project, *argv: str) -> None:
    subprocess.run(["git", "-C", str(project.root), *argv], check=True, capture_output=True)  # noqa: S607


def there(project: Project) -> dict[str, str]:
    """Every file of the folder but git's and the tool's own, and its text."""
    found = [path for path in project.root.rglob("*") if path.is_file()]
    names = {path.relative_to(project.root).as_posix(): path for path in found}
    own = (".git/", ".reconciler/")
    return {n: p.read_text(encoding="utf-8") for n, p in names.items() if not n.startswith(own)}


def listed(run: Run) -> list[tuple[str, str]]:
    """The signs and names of the list."""
    return re.findall(r"^([+~=]) (\S+)", run.out, re.MULTILINE)


def test_without_a_terminal_defaults_are_taken_and_what_is_listed_is_written(
    empty: Project,
) -> None:
    done = empty.run("init")
    assert (done.code, listed(done)) == (0, [("+", name) for name in PLAIN])
    assert sorted(there(empty)) == sorted(PLAIN)
    assert done.err.startswith("8 files written.\nNext\n  git init\n  reconciler plan ")
    assert "  reconciler apply\n  git add . && git commit\n" in done.err
    assert "export HAMSA_API_KEY=...\n  reconciler plan -e production\n" in done.err


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("template", starter.TEMPLATES)
def test_every_template_is_planned_applied_and_stays(
    empty: Project, template: str, language: str
) -> None:
    assert empty.run("init", "--template", template, "--lang", language).code == 0
    checked = empty.run("validate")
    assert (checked.code, checked.out) == (0, "Valid: 1 agent for sandbox, production.\n")
    assert "[" not in checked.err, "no finding of a rule"
    actions = [a["action"] for a in empty.plan()["actions"] if a["action"] != "unmanaged"]
    assert actions == ["create"]
    assert empty.apply().code == 0
    assert empty.changes() == []


@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("template", starter.TEMPLATES)
def test_what_a_template_says_can_be_spoken(template: str, language: str, api: str) -> None:
    texts = starter.agent(template, language, "front-desk", "agents", api)
    spec = YAML(typ="safe").load(texts["agents/front-desk.yaml"])["spec"]
    if api == "v2":
        spec |= {**spec["conversation"], **spec["voice"], "agentName": spec["name"]}
    spoken = [spec["greetingMessage"], *spec["pokeMessages"], *spec["params"].values()]
    odd = re.compile(r"[0-9٠-٩#*_`<>\[\]|]|https?:")
    assert [text for text in spoken if odd.search(re.sub(r"\{\{\w+\}\}", "", text))] == []
    assert (spec["agentName"], spec["lang"]) == ("Front desk", language)
    prompt = texts["agents/prompts/front-desk.md"]
    used = set(re.findall(r"\{\{(\w+)\}\}", " ".join([prompt, *spoken])))
    assert used == set(spec["params"])
    assert not re.search(r"__|<%|#%", prompt + texts["agents/front-desk.yaml"])


def test_a_value_is_filled_in_as_it_is_and_every_name_has_one() -> None:
    text = (
        "a: <%= name %> ${{ x }} {% y %} # z\n#% for one in many %#\n- <%= one %>\n#% endfor %#\n\n"
    )
    hostile = "<%= one %> {{ 7*7 }} &<b>"
    filled = templates.filled(text, name=hostile, many=["1", "2"])
    assert filled == f"a: {hostile} ${{{{ x }}}} {{% y %}} # z\n- 1\n- 2\n\n"
    with pytest.raises(UndefinedError, match="'name' is undefined"):
        templates.filled(text, many=[])


def test_the_templates_are_the_ones_of_the_package_in_both_languages() -> None:
    for language in ("ar", "en"):
        folder = starter.FOLDER / "agents" / language
        assert {path.stem for path in folder.glob("*.yaml")} == set(starter.TEMPLATES)
        assert {path.stem for path in folder.glob("v2/*.yaml")} == set(starter.TEMPLATES)
        assert {path.stem for path in folder.glob("prompts/*.md")} == set(starter.TEMPLATES)


def test_a_project_for_v2(empty: Project) -> None:
    """Its templates plan, apply and settle on the sandbox, and its schema is that of v2."""
    assert empty.run("init", "--api", "v2", "--lang", "en", "--github", *CI).code == 0
    found = there(empty)
    assert "schemas/agent.v2.json" in found
    assert "schemas/agent.v1.json" not in found
    assert "agent.v2.json" in found[".vscode/settings.json"]
    assert "\napi: v2 " in found["reconciler.yaml"]
    assert "[voice.voiceId]" in found["reconciler.yaml"]
    for template in ("survey", "reminder"):
        assert empty.run("init", "--template", template, "--lang", "ar").code == 0
    first = there(empty)["agents/survey.yaml"].splitlines()[0]
    assert first == "# yaml-language-server: $schema=../schemas/agent.v2.json"
    done = empty.run("validate")
    assert (done.code, done.err) == (0, "")
    assert empty.run("fmt", "--check").code == 0
    assert empty.apply().code == 0
    assert empty.changes() == []
    (checked,) = [
        one
        for one in empty.run("doctor", "--format", "json").json["checks"]
        if one["name"] == "schemas"
    ]
    assert checked["status"] == "ok"
    done = empty.run("init", "--api", "v1", "--template", "survey", "--agent", "other")
    assert (done.code, "--api: the project here is for v2" in done.err) == (64, True)


def test_a_new_project_imports_agents_of_v2(empty: Project, served: RunningServer) -> None:
    served.app.state.store.add({"agentName": "Front", "greetingMessage": "Hello"})
    empty.env["HAMSA_API_KEY"] = "sandbox"
    done = empty.run("init", "--api", "v2", "--url", served.url, "--import", "Front")
    assert done.code == 0, done.err
    assert "conversation:" in there(empty)["agents/front.yaml"]
    assert empty.changes("-e", "production") == []


def test_options_say_everything(empty: Project, tmp_path: Path) -> None:
    options = ["--template", "survey", "--lang", "en", "--agent", "visit.survey"]
    options += ["--url", "http://127.0.0.1:8399/", "--key-name", "CLINIC_KEY", "-e", "live"]
    done = Project(tmp_path).run("init", "new", *options)
    assert done.code == 0, done.err
    written = there(empty)
    assert written["agents/visit.survey.yaml"].startswith(
        "# yaml-language-server: $schema=../schemas/agent.v2.json\n"
    )
    assert "  name: Visit survey\n" in written["agents/visit.survey.yaml"]
    place = YAML(typ="safe").load(written["reconciler.yaml"])["environments"]["live"]
    assert place["url"] == "http://127.0.0.1:8399"
    assert place["api_key"] == {"$secret": "CLINIC_KEY"}
    assert "  cd new\n" in done.err


@pytest.fixture
def served() -> Iterator[RunningServer]:
    """A sandbox with the sample agents on a socket."""
    store = Store(None)
    store.seed(load_seed())
    with RunningServer(store, Settings.parse("")) as server:
        yield server


def test_a_served_api_is_planned_with(empty: Project, served: RunningServer) -> None:
    assert empty.run("init", "--url", served.url).code == 0
    empty.env["HAMSA_API_KEY"] = "sandbox"
    assert len(empty.changes("-e", "production")) == 9
    assert empty.apply("-e", "production").code == 0
    assert empty.changes("-e", "production") == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--url", "http://api.example.com"], "must be https: the key would travel in clear"),
        (["--url", "ftp://example.com"], "`url` is no address"),
        (["--url", "https://a b"], "is no address"),
        (["--key-name", "sk-live-1234"], "--key-name: the name of an environment variable"),
        (["--agent", "../x"], "--agent: `../x` cannot be a key"),
        (["--github"], "--source: OWNER/REPO@COMMIT is needed, the commit in full"),
        (["--github", "--source", "a/b@main"], "--source: OWNER/REPO@COMMIT is needed"),
        (["--gitlab", *CI, "--branch", "a b"], "--branch: `a b` is no branch"),
        (["--config", "x"], "--config is not for it"),
        (["reconciler"], ""),
        (["--template", "nurse"], "invalid choice: 'nurse'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    empty: Project, options: list[str], said: str
) -> None:
    if options == ["reconciler"]:
        empty.write("reconciler", "a file")
        said = "reconciler is no folder"
    before = there(empty)
    done = empty.run("init", *options)
    assert done.code == 64, done.err
    assert said in done.err
    assert there(empty) == before


def test_at_a_terminal_each_question_has_an_answer_that_enter_accepts(empty: Project) -> None:
    done = empty.run("init", answer="\n" * 7)
    assert done.code == 0, done.err
    asked = [
        WELCOME,
        "First agent: reception, survey, reminder, or import [reception]: ",
        "Its language, ar or en [ar]: ",
        "Its key, which names its file [reception]: ",
        "Address of the API [https://api.tryhamsa.com]: ",
        "Environment variable that will hold the API key [HAMSA_API_KEY]: ",
        "CI files: github, gitlab, both or none [none]: ",
        "Write these 8 files? [yes]: ",
    ]
    assert done.err.startswith("".join(asked) + "8 files written.\n")
    assert sorted(there(empty)) == sorted(PLAIN)


def test_answers_are_checked_and_asked_again(empty: Project) -> None:
    typed = [
        "nurse",
        "survey",
        "fr",
        "en",
        "a/b",
        "desk",
        "",
        "sk-1",
        "K",
        "both",
        "x",
        SOURCE,
        "",
        "y",
    ]
    done = empty.run("init", answer="".join(f"{line}\n" for line in typed))
    assert done.code == 0, done.err
    assert "  one of these is needed: reception, survey, reminder, import\n" in done.err
    assert "  one of these is needed: ar, en\n" in done.err
    assert "  `a/b` cannot be a key: letters, digits, `.`, `_`, `-`\n" in done.err
    assert "  OWNER/REPO@COMMIT is needed, the commit in full (40 hexadecimal digits)\n" in done.err
    written = there(empty)
    assert {"agents/desk.yaml", ".gitlab-ci.yml"} <= written.keys()
    assert any(name.startswith(".github/workflows/") for name in written)


@pytest.mark.parametrize("lines", range(7))
def test_an_input_that_ends_early_writes_nothing(empty: Project, lines: int) -> None:
    done = empty.run("init", answer="\n" * lines)
    assert (done.code, there(empty)) == (1, {})
    assert "the input ended before the last answer" in done.err
    assert "nothing was written" in done.err


class Interrupted(Terminal):
    """A person who presses Ctrl-C at the second question."""

    def readline(self, *_size: int) -> str:
        if self.tell():
            raise KeyboardInterrupt
        return super().readline()


def test_ctrl_c_writes_nothing(empty: Project) -> None:
    done = empty.run("init", answer=Interrupted("\n\n"))
    assert (done.code, there(empty)) == (130, {})


def test_no_writes_nothing(empty: Project) -> None:
    done = empty.run("init", answer="\n" * 6 + "no\n")
    assert (done.code, there(empty)) == (1, {})
    assert "Nothing was written.\n" in done.err


def test_a_dry_run_shows_and_writes_nothing(empty: Project) -> None:
    done = empty.run("init", "--dry-run")
    assert (done.code, listed(done)) == (0, [("+", name) for name in PLAIN])
    assert done.err.startswith("Nothing was written: this is a dry run.\n")
    assert there(empty) == {}


def test_yes_asks_nothing_at_a_terminal(empty: Project) -> None:
    done = empty.run("init", "--yes", answer="")
    assert (done.code, sorted(there(empty))) == (0, sorted(PLAIN))


def test_a_second_run_finds_nothing_missing(empty: Project) -> None:
    empty.run("init")
    before = there(empty)
    done = empty.run("init")
    assert (done.code, done.err) == (0, "Nothing is missing.\n")
    assert {sign for sign, _ in listed(done)} == {"="}
    assert there(empty) == before


def test_nothing_is_overwritten_and_lines_to_add_are_listed(empty: Project) -> None:
    for name in (*PLAIN[1:], ".gitlab-ci.yml"):
        empty.write(name, "stages: [test]\n" if name.endswith("ci.yml") else "mine\n")
    mine = there(empty)
    done = empty.run("init", "--template", "reception", "--gitlab", *CI)
    assert done.code == 0, done.err
    written = there(empty)
    merged = mine[".gitignore"] + written[".gitignore"].removeprefix("mine\n")
    assert {name: written[name] for name in mine} == {**mine, ".gitignore": merged}
    assert ".reconciler/\n*.plan.json\n.env\n" in written[".gitignore"]
    assert set(written) - set(mine) == {
        "reconciler.yaml",
        *(name for name in written if name.startswith(".gitlab/")),
    }
    assert "~ .gitignore" in done.out
    assert "3 lines added: .reconciler/, *.plan.json, .env\n" in done.out
    assert (
        "schemas/agent.v2.json is not of this version: reconciler schema agent --api v2 > "
        in done.err
    )
    assert (
        'Add to .vscode/settings.json, which stays as it is:\n  {\n    "yaml.schemas": {'
        in done.err
    )
    assert (
        "Add to .gitlab-ci.yml, which stays as it is:\n  include:\n    - local: .gitlab/"
        in done.err
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ".reconciler/\n*.plan.json\n.env\n"),
        ("a", "a\n# n\n.reconciler/\n*.plan.json\n.env\n"),
        ("a\r\n", "a\r\n# n\r\n.reconciler/\r\n*.plan.json\r\n.env\r\n"),
        ("/.reconciler\n.env\n", "/.reconciler\n.env\n# n\n*.plan.json\n"),
        (".env\n*.plan.json\n.reconciler\n", ".env\n*.plan.json\n.reconciler\n"),
    ],
)
def test_lines_are_added_to_gitignore_once(before: str, after: str) -> None:
    text, _ = starter.ignoring(before)
    found = re.sub(r"# reconciler: [^\r\n]+", "# n", text)
    assert found == after if before else found == f"# n\n{after}"
    assert starter.ignoring(text) == (text, [])


def test_missing_files_are_added_to_a_project(empty: Project) -> None:
    own = "agents: voices/\nenvironments:\n  production:\n    url: https://api.tryhamsa.com\n"
    own += "    api_key: { $secret: HAMSA_API_KEY }\n"
    empty.write("reconciler.yaml", own)
    desk = {"agentName": "Desk", "webhookAuth": {"authSecret": {"$secret": "HOOK_SECRET"}}}
    empty.write("voices/desk.yaml", json.dumps({"spec": desk}))
    done = empty.run("init", "--github", *CI, "--branch", "release/v2")
    assert done.code == 0, done.err
    written = there(empty)
    assert written["reconciler.yaml"] == own
    assert not [name for name in written if name.startswith("agents/")]
    workflows = "".join(text for name, text in written.items() if name.startswith(".github/"))
    for part in (
        "HAMSA_API_KEY: ${{ secrets.HAMSA_API_KEY }}",
        "secrets: ${{ secrets.RECONCILER_SECRETS }}",
        "paths-ignore",
        "RECONCILER_PUSH_TOKEN",
    ):
        assert part in workflows, "this project has its state in a file"
    assert "release/v2" in workflows
    assert COMMIT in workflows
    assert "/voices/**/*.yaml" in written[".vscode/settings.json"]
    assert "New repository secret: HAMSA_API_KEY\n" in done.err
    assert "also RECONCILER_SECRETS, with lines NAME=value: HOOK_SECRET\n" in done.err
    assert "Secret RECONCILER_PUSH_TOKEN" in done.err


def test_a_rerun_for_ci_does_not_plan_on_the_sandbox_again(empty: Project) -> None:
    git(empty, "init", "--quiet")
    assert "on the sandbox" in empty.run("init").err
    done = empty.run("init", "--github", *CI)
    assert done.code == 0, done.err
    assert "on the sandbox" not in done.err
    assert "Next\n  git add . && git commit\n" in done.err
    assert "on the sandbox" in empty.run("init", "--template", "survey").err


def test_another_agent_is_added_to_a_project_where_its_agents_are(empty: Project) -> None:
    empty.write(
        "reconciler.yaml", "agents: voices/new/\nenvironments: { sandbox: { url: sandbox } }\n"
    )
    assert empty.run("init").code == 0
    assert empty.run("init", "--template", "survey", "--lang", "en").code == 0
    first = there(empty)["voices/new/survey.yaml"].splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/agent.v1.json"
    assert empty.run("validate").out == "Valid: 2 agents for sandbox.\n"


def test_a_key_of_another_file_is_refused(empty: Project) -> None:
    empty.run("init")
    empty.write("agents/other.yaml", "key: survey\nspec: { agentName: Other }\n")
    done = empty.run("init", "--template", "survey")
    assert done.code == 64
    assert "--agent: `survey` is the key of agents/other.yaml" in done.err


def test_a_project_with_mistakes_is_reported_and_left_alone(empty: Project) -> None:
    empty.write("reconciler.yaml", "agent: x\n")
    done = empty.run("init")
    assert (done.code, there(empty)) == (1, {"reconciler.yaml": "agent: x\n"})
    assert "reconciler.yaml:1  agent" in done.err


def test_ci_files_hold_no_token_and_are_yaml(empty: Project) -> None:
    git(empty, "init", "--quiet", "--initial-branch", "trunk")
    done = empty.run("init", "--github", "--gitlab", *CI)
    assert done.code == 0, done.err
    made = {n: t for n, t in there(empty).items() if n.startswith((".github/", ".gitlab"))}
    assert len(made) >= 3
    for name, text in made.items():
        assert not re.search(r"__[A-Z]+__", text), name
        YAML(typ="safe").load(text)
        assert not re.search("paths-ignore|skip ci|state.sh|PUSH_TOKEN }}", text), name
    assert load_project(empty.root / "reconciler.yaml", {}, required=True).state.url == "git:"
    entry = YAML(typ="safe").load(made[".gitlab-ci.yml"])
    assert {item["local"] for item in entry["include"]} == {
        n for n in made if n.startswith(".gitlab/")
    }
    assert "trunk" in "".join(made.values())
    assert "git init" not in done.err
    assert "CI/CD > Variables, masked: HAMSA_API_KEY\n" in done.err
    assert "Environments: production, with required reviewers, for branch trunk alone\n" in done.err


CHAIN = """\
environments:
  qa.1: { url: sandbox }
  staging:
    url: https://api.tryhamsa.com
    api_key: { $secret: STAGING_KEY }
    promote_from: qa.1
  production:
    url: https://api.tryhamsa.com
    api_key: { $secret: HAMSA_API_KEY }
    promote_from: staging
    policies: { approvals: [spoken] }
"""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("staging", [("staging", "", ("STAGING_KEY",), ())]),
        (
            "production",
            [
                ("staging", "", ("STAGING_KEY",), ()),
                ("production", "staging", ("HAMSA_API_KEY",), ("spoken",)),
            ],
        ),
        ("qa.1", [("qa.1", "", (), ())]),
    ],
)
def test_ci_follows_promotions_up_to_the_embedded_sandbox(
    empty: Project, environment: str, expected: list[tuple[Any, ...]]
) -> None:
    empty.write("reconciler.yaml", CHAIN)
    project = load_project(empty.root / "reconciler.yaml", {}, required=True)
    found = starter_ci.stages(project, environment)
    assert [(s.environment, s.after, s.secrets, s.approvals) for s in found] == expected


def test_ci_applies_to_each_environment_after_the_one_that_feeds_it(empty: Project) -> None:
    empty.write("reconciler.yaml", CHAIN)
    done = empty.run("init", "--github", "--gitlab", *CI, "--branch", "main")
    assert done.code == 0, done.err
    written, read = there(empty), YAML(typ="safe").load
    jobs = read(written[".github/workflows/reconciler-apply.yml"])["jobs"]
    assert [(name, job.get("needs")) for name, job in jobs.items()] == [
        ("plan-staging", None),
        ("apply-staging", "plan-staging"),
        ("plan-production", "apply-staging"),
        ("apply-production", "plan-production"),
    ]
    given = {name: job["steps"][-1] for name, job in jobs.items()}
    assert [name for name, step in given.items() if "arguments" in step["with"]] == [
        "apply-production"
    ]
    assert [[*step["env"]] for step in given.values()] == [
        *[["STAGING_KEY"]] * 2,
        *[["HAMSA_API_KEY"]] * 2,
    ]
    for kind in ("plan", "drift"):
        jobs = read(written[f".github/workflows/reconciler-{kind}.yml"])["jobs"]
        assert list(jobs) == [f"{kind}-staging", f"{kind}-production"]
    jobs = read(written[".gitlab/reconciler.yml"])
    kinds = ("plan", "plan merged", "apply", "drift")
    names = [f"reconciler {kind} {name}" for name in ("staging", "production") for kind in kinds]
    assert [name for name in jobs if name.startswith("reconciler")] == names
    for name in ("staging", "production"):
        job = jobs[f"reconciler apply {name}"]
        assert (job["environment"], job["rules"][0]["when"]) == ({"name": name}, "manual")
        assert ("approve=--approve=all" in job["script"]) == (name == "production")
    assert jobs["reconciler plan merged production"]["needs"] == ["reconciler apply staging"]
    assert "needs" not in jobs["reconciler plan merged staging"]
    assert "New repository secret: STAGING_KEY, HAMSA_API_KEY\n" in done.err
    assert "Environments: staging, production, with required reviewers, for" in done.err
    assert "without required reviewers in the environment, a merge goes live at once" in done.err


def test_templates_of_ci_are_yaml_as_they_are() -> None:
    paths = sorted((starter.FOLDER / "ci").rglob("*.yml"))
    assert len(paths) == 8
    for path in paths:
        assert YAML(typ="safe").load(path.read_text(encoding="utf-8")), path.name


def test_ci_files_belong_to_the_top_of_a_repository(empty: Project) -> None:
    git(empty, "init", "--quiet")
    done = empty.run("init", "inside", "--github", *CI)
    assert (done.code, there(empty)) == (64, {})
    assert "CI files belong to the top of the repository, and inside is inside it" in done.err


def test_ci_files_are_for_an_environment_of_the_project(empty: Project) -> None:
    empty.write("reconciler.yaml", "environments: { sandbox: { url: sandbox } }\n")
    done = empty.run("init", "--github", *CI)
    assert done.code == 64
    assert "there is no environment `production` that CI could work with" in done.err


def test_live_agents_are_imported_before_anything_is_written(
    empty: Project, served: RunningServer
) -> None:
    empty.env["HAMSA_API_KEY"] = "sandbox"
    names = ["--import", "Clinic front desk", "--import", "a84c2f1b-05d9-4e36-8b71-2f9e60d7c3a5"]
    done = empty.run("init", "--api", "v1", "--url", served.url, *names)
    assert done.code == 0, done.err
    written = there(empty)
    assert {"agents/clinic-front-desk.yaml", "agents/clinic-reminders.yaml"} <= written.keys()
    assert "reconciler.state.json" in written
    names = re.findall(r"  export (CLINIC\w+)=\.\.\.", done.err)
    assert len(names) == 2, "the secrets that the files name"
    plan = empty.plan("-e", "production", "--target", "clinic-reminders")
    assert plan["actions"][0]["action"] == "in-sync"


def test_what_was_imported_moves_to_the_ref_that_ci_pushes_to(
    empty: Project, served: RunningServer, tmp_path: Path
) -> None:
    """Nothing is forgotten: an import has a state, and the folder may have no remote yet."""
    git(empty, "init", "--quiet", "--initial-branch", "main")
    empty.env["HAMSA_API_KEY"] = "sandbox"
    words = ["--api", "v1", "--url", served.url, "--github", *CI, "--branch", "main"]
    done = empty.run("init", *words, "--import", "Clinic front desk")
    assert done.code == 0, done.err
    assert "  reconciler state migrate           to a ref of the remote" in done.err
    git(empty, "init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    git(empty, "remote", "add", "origin", str(tmp_path / "origin.git"))
    assert "reconciler state migrate" in empty.run("plan", "-e", "production").err
    moved = empty.run("state", "migrate", "--yes")
    assert moved.code == 0, moved.err
    assert "reconciler.state.json" not in there(empty)
    (action,) = empty.plan("-e", "production", "--target", "clinic-front-desk")["actions"]
    assert action["action"] == "in-sync"


def test_a_live_agent_that_is_not_there_is_asked_for_again(
    empty: Project, served: RunningServer
) -> None:
    empty.env["HAMSA_API_KEY"] = "sandbox"
    gone = "https://hamsa.invalid"
    empty.env["RECONCILER_ALLOWED_HOSTS"] = "hamsa.invalid"
    typed = [
        "import",
        "clinic front desk",
        gone,
        "",
        "none",
        "",
        "",
        served.url,
        "",
        "",
        "Clinic f*",
    ]
    typed += ["", "", "", "yes"]
    done = empty.run("init", answer="".join(f"{line}\n" for line in typed))
    assert done.code == 0, done.err
    assert "the name of the host is not known\n  is https://hamsa.invalid reachable" in done.err
    assert "Errno" not in done.err
    assert "  there is no live agent `clinic front desk`\n  did you mean `Clinic front desk`?" in (
        done.err
    )
    which = "Live agent: its name, names as a glob such as Clinic*, or an id"
    assert done.err.count(f"{which} [clinic front desk]: ") == 2
    assert done.err.count("CI files:") == 1
    assert "agents/clinic-front-desk.yaml" in there(empty)


def test_without_a_key_a_template_can_be_taken_in_place_of_a_live_agent(empty: Project) -> None:
    typed = ["import", "Clinic*", "", "", "none", "survey", "", "", "", "", "yes"]
    done = empty.run("init", answer="".join(f"{line}\n" for line in typed))
    assert done.code == 0, done.err
    assert "  --import: the environment variable HAMSA_API_KEY is not set\n" in done.err
    assert "agents/survey.yaml" in there(empty)


def test_an_address_that_cannot_be_is_asked_for_again(empty: Project) -> None:
    typed = ["", "", "", "http://hamsa.example", "", "", "", "yes"]
    done = empty.run("init", answer="".join(f"{line}\n" for line in typed))
    assert done.code == 0, done.err
    assert "  `url` must be https: the key would travel in clear: write https://" in done.err


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("agents/prompts/desk.md", "its prompt"),
        ("agents/prompts/desk.outcome.md", "its outcome"),
        ("agents/prompts/desk.night.md", "its prompt"),
        ("agents/prompts/desk.night.outcome.md", "its outcome"),
    ],
)
def test_a_text_is_called_by_its_field(name: str, word: str) -> None:
    names = ["agents/desk.yaml", "agents/desk.night.yaml", name]
    rows = starting.rows([starting.Draft(name=one, text="", state="new") for one in names])
    assert rows[-1] == (f"+ {name}", word)


def test_live_agents_of_the_sandbox_need_no_key(empty: Project) -> None:
    assert empty.run("init", "--import", "Bank*", "-e", "sandbox").code == 0
    assert "agents/bank-card-support.yaml" in there(empty)
    assert empty.changes() == []


@pytest.mark.parametrize(
    ("key", "name", "code", "said"),
    [
        ("", "Clinic*", 1, "--import: the environment variable HAMSA_API_KEY is not set"),
        ("sandbox", "Nobody", 1, "there is no live agent `Nobody`"),
        ("wrong", "Clinic*", 1, "answered 401"),
    ],
)
def test_an_import_that_fails_writes_nothing(
    empty: Project, served: RunningServer, key: str, name: str, code: int, said: str
) -> None:
    empty.env |= {"HAMSA_API_KEY": key} if key else {}
    done = empty.run("init", "--url", served.url, "--import", name)
    assert (done.code, there(empty)) == (code, {})
    assert said in done.err


def test_an_import_can_leave_secrets_to_the_dashboard(
    empty: Project, served: RunningServer
) -> None:
    tokens = {"accessToken": "planted-access-token", "refreshToken": "planted-refresh-token"}
    calendar = {**tokens, "timezone": "Asia/Riyadh"}
    served.app.state.store.add({"agentName": "Cal", "googleCalendarSettings": calendar})
    empty.env["HAMSA_API_KEY"] = "sandbox"
    argv = ["init", "--api", "v1", "--url", served.url, "--import", "Cal"]
    told = empty.run(*argv, "--dry-run")
    assert "import --no-secrets leaves them to the dashboard" in told.err
    done = empty.run(*argv, "--no-secrets")
    assert done.code == 0, done.err
    assert "nothing in `googleCalendarSettings` can be changed: it is sent whole" in done.out
    assert "$secret" not in there(empty)["agents/cal.yaml"]
    assert empty.run("plan", "-e", "production").code == 0
    assert "planted" not in done.out + done.err + str(there(empty))


def test_a_project_imports_with_its_own_command(empty: Project) -> None:
    empty.run("init")
    done = empty.run("init", "--import", "Clinic*")
    assert done.code == 64
    assert "reconciler import takes live agents into it" in done.err


def test_if_one_file_cannot_be_written_none_is(empty: Project) -> None:
    empty.write("agents/prompts", "a file where a folder should be")
    empty.write(".gitignore", "mine\n")
    before = there(empty)
    done = empty.run("init", "--template", "reception")
    assert done.code == 1
    assert "cannot be written" in done.err
    assert there(empty) == before
    assert not (empty.root / "schemas").exists()


def test_no_file_is_written_through_a_link_out_of_the_folder(
    empty: Project, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (empty.root / ".vscode").symlink_to(tmp_path / "elsewhere")
    done = empty.run("init")
    assert (done.code, there(empty)) == (1, {})
    assert "leads out of the folder, through a symbolic link" in done.err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_branch_is_the_default_of_what_was_cloned(tmp_path: Path) -> None:
    first = Project(tmp_path / "first")
    git(first, "init", "--quiet", "--initial-branch", "stable")
    git(first, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--allow-empty", "-m", "x")
    git(first, "clone", "--quiet", str(first.root), str(tmp_path / "second"))
    second = Project(tmp_path / "second")
    git(second, "checkout", "--quiet", "-b", "mine")
    assert [git_store.branch(one.root) for one in (first, second)] == ["", "stable"]
    assert git_store.branches(second.root) == ["mine", "stable"]
    assert (git_store.branch(tmp_path), git_store.branches(tmp_path)) == ("", [])


GUESS = "CI applies the branch {}, for no git remote says which one it is.\n"
BRANCHES = {
    # branches of a repository without a remote, the last one checked out; the chosen branch
    "no repository": ([], [], "main"),
    "one without a commit": (["trunk"], [], "trunk"),
    "work beside main": (["main", "feature"], [], "main"),
    "work beside master": (["master", "feature"], [], "master"),
    "work beside another": (["stable", "feature"], [], "main"),
    "an option": (["main", "feature"], ["--branch", "feature"], "feature"),
}


@pytest.mark.parametrize(("branches", "options", "taken"), BRANCHES.values(), ids=BRANCHES)
def test_without_a_remote_the_branch_is_guessed_and_reported(
    empty: Project, branches: list[str], options: list[str], taken: str
) -> None:
    if branches:
        git(empty, "init", "--quiet", "--initial-branch", branches[0])
    for name in branches[1:]:
        git(
            empty, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--allow-empty", "-m", "x"
        )
        git(empty, "checkout", "--quiet", "-b", name)
    done = empty.run("init", "--github", *CI, *options)
    assert done.code == 0, done.err
    assert f"with required reviewers, for branch {taken} alone\n" in done.err
    assert re.search(rf"branches: \[\W*{taken}\W*\]", "".join(there(empty).values()))
    assert (GUESS.format(taken) in done.err) == (not options)


def test_at_a_terminal_the_branch_is_asked_with_the_guess(empty: Project) -> None:
    git(empty, "init", "--quiet", "--initial-branch", "main")
    git(empty, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--allow-empty", "-m", "x")
    git(empty, "checkout", "--quiet", "-b", "feature")
    done = empty.run("init", "--github", *CI, answer="\n" * 5 + "release\nyes\n")
    assert "Branch that is applied [main]: " in done.err
    assert "with required reviewers, for branch release alone\n" in done.err
    assert "no git remote" not in done.err


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://github.com/o/r.git", f"o/r@{COMMIT}"),
        ("https://github.com/o/r", f"o/r@{COMMIT}"),
        ("ssh://git@github.com/o/r/", f"o/r@{COMMIT}"),
        ("git@github.com:o/r.git", f"o/r@{COMMIT}"),
        ("file:///r", ""),
    ],
)
def test_the_source_is_where_the_package_came_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, found: str
) -> None:
    info = tmp_path / "hamsa_reconciler-9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hamsa-reconciler\nVersion: 9\n")
    direct = {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}}
    (info / "direct_url.json").write_text(json.dumps(direct))
    monkeypatch.syspath_prepend(tmp_path)
    assert installed.source() == found
    (info / "direct_url.json").write_text(json.dumps({"url": url, "dir_info": {}}))
    assert installed.source() == ""


def test_the_wheel_holds_what_the_package_reads(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(tmp_path), "."]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("hamsa_reconciler-*.whl")
    held = set(ZipFile(wheel).namelist())
    files = (path for path in (ROOT / "reconciler").rglob("*") if path.is_file())
    wanted = {
        path.relative_to(ROOT).as_posix() for path in files if path.suffix not in {".py", ".pyc"}
    }
    assert len([path for path in wanted if "scaffold/templates" in path]) > 12
    assert "reconciler/kinds/data/timezones.txt" in wanted
    assert wanted <= held
