"""The documents are true: examples run, tables and links are current."""

import io
import re
import runpy
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler import lint
from reconciler.cli import options, parsing
from reconciler.kinds import registry
from reconciler.lint import frame
from reconciler.render import labels
from tests.projects import Project

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def page(name: str) -> str:
    """The text of a page of the documentation."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


DOCUMENTS = sorted(
    [
        *(ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING")),
        *(ROOT / "docs").rglob("*.md"),
    ]
)
COMMANDS = [command.name for command in options.COMMANDS]

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"(?:\$ )?(?:\.venv/bin/)?reconciler (?P<argv>.*?)(?:\s+#\s.*)?")
_EXIT = re.compile(r"# exit (\d+)$")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def blocks(text: str, *kinds: str) -> list[str]:
    """The fenced blocks of these kinds."""
    return [found[2] for found in _FENCE.finditer(text) if found[1] in kinds]


@dataclass
class Step:
    """A command of a document, its exit code, and the output shown below it."""

    argv: list[str]
    code: int
    shown: list[str] = field(default_factory=list)


def steps(block: str) -> Iterator[Step]:
    step = None
    for line in block.splitlines():
        typed = _TYPED.fullmatch(line) if line.startswith("$ ") else None
        if typed or line.startswith("$ rm "):
            if step:
                yield step
            code = _EXIT.search(line)
            argv = typed["argv"] if typed else line.removeprefix("$ ")
            step = Step(shlex.split(argv), int(code[1]) if code else 0)
        else:
            assert step, f"output before any command: {line}"
            step.shown.append(line)
    if step:
        yield step


def commands(text: str) -> list[list[str]]:
    """Every command of a document: in blocks, and in code inside a sentence."""
    lines = [line for block in blocks(text, "console", "sh") for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))
    typed = [_TYPED.fullmatch(line.strip()) for line in lines]
    return [shlex.split(found["argv"]) for found in typed if found]


@pytest.fixture
def example(tmp_path: Path) -> Project:
    """A copy of the example project."""
    shutil.copytree(ROOT / "agents", tmp_path / "agents")
    shutil.copy(ROOT / "reconciler.yaml", tmp_path)
    return Project(tmp_path)


def carried_out(project: Project, block: str) -> list[Step]:
    """The steps of a block, each done and found to be as shown."""
    done = list(steps(block))
    for step in done:
        if step.argv[0] == "rm":
            lost = [path for name in step.argv[1:] for path in project.root.glob(name)]
            assert lost, step.argv
            for path in lost:
                path.unlink()
            continue
        run = project.run(*step.argv)
        assert run.code == step.code, (step.argv, run.out, run.err)
        if step.shown:
            assert (run.out or run.err).splitlines() == step.shown, f"{step.argv}\n{run.out}"
    return done


@pytest.mark.cli
def test_the_readmes_commands_do_what_it_shows(example: Project) -> None:
    done = [step for block in blocks(README, "console") for step in carried_out(example, block)]
    assert {"validate", "plan", "show", "apply"} <= {step.argv[0] for step in done}


PAGES = [
    path
    for path in DOCUMENTS
    if path.parent.name == "docs"
    and "```console" in path.read_text(encoding="utf-8")
    and path.name not in ("quick-start.md", "fleet.md")  # done by tests of their own
]


def limited(project: Project, policies: str) -> None:
    """The example project in its first state, its sandbox with these limits."""
    assert project.run("sandbox", "reset").code == 0
    shutil.copytree(ROOT / "agents", project.root / "agents", dirs_exist_ok=True)
    shutil.copy(ROOT / "reconciler.yaml", project.root)
    path = project.root / "reconciler.yaml"
    lines = "".join(f"    {line}\n" for line in policies.splitlines())
    head, url, rest = path.read_text(encoding="utf-8").partition("    url: sandbox?seed=both")
    url, rest = url + rest.partition("\n")[0] + "\n", rest.partition("\n")[2]
    path.write_text(f"{head}{url}{lines}{rest}", encoding="utf-8")


@pytest.mark.cli
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_the_commands_of_a_page_do_what_it_shows(page: Path, example: Project) -> None:
    """On the example project; `policies:` above them applies to its sandbox."""
    text = page.read_text(encoding="utf-8")
    assert blocks(text, "console")
    for found in _FENCE.finditer(text):
        if found[1] == "yaml" and found[2].startswith("policies:"):
            limited(example, found[2])
        elif found[1] == "console":
            carried_out(example, found[2])


@pytest.fixture(params=["README.md", "docs/agents.md"])
def written(tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    """The project that a page writes: a project file, agents, the prompt of the first one."""
    text = (ROOT / request.param).read_text(encoding="utf-8")
    project = Project(tmp_path)
    project_file, *agents = blocks(text, "yaml")
    (prompt,) = blocks(text, "markdown")
    project.write("reconciler.yaml", project_file)
    for agent in agents:
        name = re.search(r"^# (agents/.+)$", agent, re.MULTILINE)
        for path in re.findall(r"\$file: (\S+)", agent):
            project.write(f"agents/{path}", "Be brief, {{caller}}.\n")
        project.write(name[1] if name else "agents/visit-survey.yaml", agent)
    project.write("agents/prompts/visit-survey.md", prompt)
    return project


@pytest.mark.cli
def test_what_the_readme_writes_is_valid_in_every_environment(written: Project) -> None:
    done = written.run("validate", "--quiet")
    assert done.code == 0, done.err
    count = len(list((written.root / "agents").glob("*.yaml")))
    agents = "1 agent" if count == 1 else f"{count} agents"
    assert done.out.startswith(f"Valid: {agents} for sandbox, production.")


@pytest.mark.cli
def test_what_the_readme_writes_can_be_applied_and_stays(written: Project) -> None:
    assert "✓ visit-survey" in written.apply().out
    assert written.changes() == []


def test_what_the_pages_say_of_ignored_fields_is_valid(project: Project) -> None:
    found = blocks((ROOT / "docs/plan-and-apply.md").read_text(encoding="utf-8"), "yaml")
    lifecycle, drift = found
    project.write("reconciler.yaml", f"api: v2\n{drift}")
    project.write("agents/desk.yaml", f"spec: {{ name: Desk }}\n{lifecycle}")
    done = project.run("validate", "--quiet")
    assert (done.code, done.out) == (0, "Valid: 1 agent for default.\n"), done.err


@pytest.mark.cli
def test_the_flow_of_its_page_works_as_written(project: Project) -> None:
    """Its YAML is one agent file; the screens are what the commands print."""
    spec, tests = blocks(page("flows.md"), "yaml")
    walk, failure = blocks(page("flows.md"), "text")
    prompts = re.findall(r"\$file: (\S+)", spec)
    for name in prompts:
        project.write(f"agents/{name}", "Ask what the caller wants.\n")
    by_hand = re.sub(r"^    \$layout: .*\n", "", spec, flags=re.MULTILINE)
    project.write("reconciler.yaml", "environments: { sandbox: { url: sandbox } }\n")
    project.write("agents/front-desk.yaml", by_hand + tests)
    project.env["OPERATOR_NUMBER"] = "+966500000001"
    assert project.run("validate").out == "Valid: 1 agent for sandbox. 3 flow tests passed.\n"
    command, _, *screen, _ = walk.splitlines()
    done = project.run(*shlex.split(command)[2:])
    assert done.out.splitlines()[: len(screen)] == screen, done.out
    assert "✓ front-desk" in project.apply().out
    assert project.changes() == []
    project.write(
        "agents/front-desk.yaml", spec + tests.replace("wants to book", "wants to bok", 1)
    )
    assert failure in project.run("validate").err


def test_every_agent_of_the_readme_is_among_the_ones_tried() -> None:
    specs = [text for text in blocks(README, "yaml") if re.search("^spec:", text, re.MULTILINE)]
    assert len(specs) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert command in [argv[0] for argv in commands(README)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_a_command_or_an_option_that_does_not_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8").replace("$PLAN_DIGEST", "sha256:0")
    for argv in commands(text.replace("sha256:…", "sha256:0")):
        told = io.StringIO()
        assert options.parse(argv, told) != 64, (argv, told.getvalue())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", name).lower().replace(" ", "-") for name in headings}
    for target in _LINK.findall(_FENCE.sub("", text)):
        path, _, anchor = target.partition("#")
        if target.startswith("https://"):
            continue
        assert (document.parent / path).exists() if path else anchor in anchors, target


def test_the_table_of_fields_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    main = runpy.run_path(str(ROOT / "docs/derived.py"))["main"]
    assert main(["--check", str(ROOT / "docs/fields.md")]) == 0, capsys.readouterr().err


def test_an_outdated_table_of_fields_is_noticed_and_fixed_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = runpy.run_path(str(ROOT / "docs/derived.py"))["main"]
    old = tmp_path / "old.md"
    old.write_text("Before\n<!-- fields:begin -->\n| old |\n<!-- fields:end -->\nAfter\n")
    assert [main(["--check", str(old)]), main([str(old)]), main(["--check", str(old)])] == [1, 0, 0]
    mended = old.read_text(encoding="utf-8")
    assert main([str(old)]) == 0
    assert old.read_text(encoding="utf-8") == mended
    assert mended.startswith("Before\n<!-- fields:begin -->\n\n| Field | Allowed values")
    assert mended.endswith("|\n\n<!-- fields:end -->\nAfter\n")
    assert capsys.readouterr().err == f"{old} is out of date; run: make docs\n"


@pytest.mark.cli
@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("agent --api v1", "agent.v1.json"),
        ("agent --api v2", "agent.v2.json"),
        ("agent", "agent.v2.json"),
        ("project", "project.json"),
    ],
)
def test_the_committed_schemas_are_current(example: Project, what: str, name: str) -> None:
    assert example.run("schema", *what.split()).out == (ROOT / "schemas" / name).read_text(
        encoding="utf-8"
    )


def test_every_word_of_the_makefile_is_explained() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    words = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert words
    assert [word for word in words[1].split() if f"`make {word}`" not in contributing] == []


def test_every_set_of_rules_is_in_the_table() -> None:
    section = page("lint.md").partition("\n## Levels\n")[0]
    assert re.findall(r"^\| `([a-z]+)` \| ", section, re.MULTILINE) == [*lint.SETS]


def test_the_page_of_rules_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    main = runpy.run_path(str(ROOT / "docs/derived.py"))["main"]
    assert main(["--check", str(ROOT / "docs/lint.md")]) == 0, capsys.readouterr().err


def test_an_outdated_page_of_rules_is_noticed_and_fixed_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = runpy.run_path(str(ROOT / "docs/derived.py"))["main"]
    old = tmp_path / "old.md"
    old.write_text("Before\n<!-- rules:begin -->\nold\n<!-- rules:end -->\nAfter\n")
    assert [main(["--check", str(old)]), main([str(old)]), main(["--check", str(old)])] == [1, 0, 0]
    mended = old.read_text(encoding="utf-8")
    assert mended.startswith("Before\n<!-- rules:begin -->\n\n## `spoken`\n")
    assert mended.endswith("```\n\n<!-- rules:end -->\nAfter\n")
    assert capsys.readouterr().err == f"{old} is out of date; run: make docs\n"
    assert main([]) == 64


def test_every_rule_is_on_the_page_of_rules_with_its_examples() -> None:
    page = (ROOT / "docs/lint.md").read_text(encoding="utf-8")
    for rule in lint.RULES.values():
        section = page.partition(f"\n### `{rule.name}`\n")[2].partition("\n## ")[0]
        assert section.startswith(f"\n{rule.description}. {rule.why}. Usual level: `{rule.level}`")
        assert f"```yaml\n{frame.written(rule.bad, registry.newest('agent'))}```" in section
        assert f"```yaml\n{frame.written(rule.good, registry.newest('agent'))}```" in section


def test_what_the_page_of_rules_says_of_levels_is_valid(project: Project) -> None:
    page = (ROOT / "docs/lint.md").read_text(encoding="utf-8").partition("<!-- rules:begin")[0]
    whole, agent = blocks(page, "yaml")
    project.write("reconciler.yaml", f"environments: {{ sandbox: {{ url: sandbox }} }}\n{whole}")
    project.write("agents/desk.yaml", agent)
    done = project.run("validate")
    told = "Valid: 1 agent for sandbox. 1 finding switched off in the files.\n"
    assert (done.code, done.out, done.err) == (0, told, "")


def test_every_format_and_group_is_explained() -> None:
    assert [form for form in parsing.REPORTS if f"\n| `{form}` |" not in page("reports.md")] == []
    titles = labels.GROUP_TITLES.values()
    assert [title for title in titles if f"\n| `{title}` |" not in page("reading-a-plan.md")] == []


@pytest.mark.parametrize("name", ["Exit codes", "Environment variables", "Secrets"])
def test_the_reference_has_its_parts(name: str) -> None:
    assert f"\n## {name}\n" in page("reference.md")


def test_the_readme_is_read_in_one_sitting() -> None:
    assert len(README.splitlines()) <= 250


def test_every_exit_code_of_the_help_is_in_the_reference() -> None:
    codes = re.findall(r"^  (\d+) ", options.build().format_help(), re.MULTILINE)
    assert len(codes) > 5
    assert [code for code in codes if f"\n| {code} | " not in page("reference.md")] == []
