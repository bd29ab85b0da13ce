"""What a run imports: what it does, and not what it could do. See docs/architecture.md."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import reconciler
from tests.projects import Project

pytestmark = [pytest.mark.process, pytest.mark.cli]

RUN = """
import sys
from reconciler.cli import main
code = main(sys.argv[1:])
print(code, *sys.modules, file=sys.__stderr__)
"""

PARSES = ("pydantic", "ruamel", "reconciler.yamledit.reading", "reconciler.config.parsing")
LINTS = ("reconciler.lint",)
SHOWS = ("reconciler.render.terminal.sheets",)
ASKS = ("httpx", "asyncio", "ssl", "subprocess", "reconciler.transport", "reconciler.engine.plan")
OTHERS = ("reconciler.kinds.agent_v2", "reconciler.render.labels.arabic")
WRITES = ("reconciler.workflows.apply", "reconciler.state.object_store", "reconciler.sandbox")

RUNS = [
    (["validate"], (*PARSES, *LINTS, *SHOWS, *ASKS, *WRITES, *OTHERS, "rich")),
    (["validate", "-q"], (*PARSES, *LINTS, *SHOWS, *ASKS, *WRITES, *OTHERS, "rich")),
    (["plan"], (*PARSES, *LINTS, *WRITES, *OTHERS, "deepdiff", "rapidfuzz", "jinja2")),
    (["plan", "--format", "json"], (*PARSES, *LINTS, *SHOWS, *WRITES, "deepdiff", "jinja2")),
]


def loaded(project, *argv):
    """The modules of a run of its own, with its exit code first."""
    usual = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(reconciler.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", RUN, *argv],
        cwd=project.root,
        env={**usual, **project.env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    return done.stderr.splitlines()[-1].split()


def test_a_run_imports_only_what_it_does(tmp_path, serve):
    project = Project(tmp_path).on(serve().url)
    for key in ("desk", "bank"):
        project.agent(key, {"agentName": key, "greetingMessage": "Say {{ name }} at http://a.b/c"})
    assert project.apply().code == 0
    for argv, _ in RUNS:
        project.run(*argv)
    for argv, unused in RUNS:
        code, *modules = loaded(project, *argv)
        assert (code, [name for name in unused if name in modules]) == ("0", []), argv


def test_a_file_that_was_edited_is_parsed_and_linted(tmp_path, serve):
    """The other half: the test above would find these."""
    project = Project(tmp_path).on(serve().url)
    project.agent("desk", {"agentName": "Desk"})
    project.run("validate")
    project.agent("desk", {"agentName": "Front desk"})
    _, *modules = loaded(project, "validate")
    assert {*PARSES[1:3], *LINTS} <= {*modules}
    assert "pydantic" not in modules  # nothing is wrong
    project.agent("desk", {"agentName": 5})
    _, *modules = loaded(project, "validate")
    assert "pydantic" in modules
