"""A shell completes commands, options and the project's own names."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.parsing import REPORTS
from reconciler.lint import RULES, SETS
from tests.projects import Project

BIN = Path(sys.executable).parent

_BASH = """
eval "$(reconciler completion bash)"
COMP_LINE="$1"; COMP_POINT=${#1}; COMP_TYPE=9
_python_argcomplete reconciler
printf '%s\\n' "${COMPREPLY[@]}"
"""

_ZSH = """
autoload -Uz compinit && compinit -u
eval "$(reconciler completion zsh)"
_describe() { print -l -- "${completions[@]}" }
BUFFER="$1"; CURSOR=${#1}; words=(${(z)1})
_python_argcomplete
"""

_FISH = """
reconciler completion fish | source
complete --do-complete "$argv[1]"
"""


@pytest.fixture
def made(project: Project) -> Project:
    (project.root / "agents").rmdir()
    assert project.run("init").code == 0
    project.write("agents/more/b.yaml", "key: night-desk\nspec: { agentName: Night }\n")
    project.write("agents/odd.yaml", "spec: [\n")
    project.write("saved.plan.json", "{}")
    head, _, rest = (project.root / "reconciler.yaml").read_text("utf-8").partition("environments:")
    declared = "vars: { clinic: { default: Nour }, branch: { default: Olaya } }\n"
    project.write("reconciler.yaml", f"{head}{declared}environments:{rest}")
    return project


def shell(project: Project, name: str, script: str, line: str) -> list[str]:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"there is no {name} here")
    argv = [program, "-c", script, *([name] if name != "fish" else []), line]
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(project.root), "TERM": "dumb"}
    done = subprocess.run(
        argv, cwd=project.root, env=env, capture_output=True, text=True, check=True, timeout=120
    )
    return [word.strip() for word in done.stdout.splitlines() if word.strip()]


SECRETS = [name for name in ("all", *SETS, *RULES) if name.startswith("secret")]
CASES = [
    ("reconciler pl", ["plan"]),
    ("reconciler plan --detail", ["--detailed-exitcode"]),
    ("reconciler plan --format ", ["text", "json", "markdown", "html"]),
    ("reconciler plan --target ", ["night-desk", "reception"]),
    ("reconciler apply --exclude re", ["reception"]),
    ("reconciler plan -e ", ["sandbox", "production"]),
    ("reconciler --env=pro", ["production"]),
    ("reconciler -e pr", ["production"]),
    ("reconciler blame n", ["night-desk"]),
    ("reconciler blame reception greetingMessageT", ["greetingMessageType"]),
    ("reconciler adopt --field sil", ["silenceThreshold"]),
    ("reconciler completion z", ["zsh"]),
    ("reconciler init --lang ", ["ar", "en"]),
    ("reconciler sandbox se", ["serve"]),
    ("reconciler show sa", ["saved.plan.json"]),
    ("reconciler apply --approve ", ["spoken", "behaviour", "reach", "silent", "cosmetic", "all"]),
    ("reconciler apply --approve s", ["spoken", "silent"]),
    ("reconciler apply --approve spoken,s", ["spoken,silent"]),
    ("reconciler validate --explain secret", SECRETS),
    ("reconciler validate --explain al", ["all"]),
    ("reconciler plan --report ", [f"{name}=" for name in REPORTS]),
    ("reconciler plan --report ht", ["html="]),
    ("reconciler plan --report json=sa", ["saved.plan.json"]),
    ("reconciler plan --var ", ["clinic=", "branch="]),
    ("reconciler apply --max-changes ", []),
    ("reconciler plan --out sa", ["saved.plan.json"]),
]
_CLOSED = ("--approve", "--explain", "--report ht", "--var")
EVERYWHERE = CASES[:6] + [case for case in CASES if any(word in case[0] for word in _CLOSED)]


@pytest.mark.parametrize(("line", "words"), CASES, ids=[line for line, _ in CASES])
def test_bash(made: Project, line: str, words: list[str]) -> None:
    assert shell(made, "bash", _BASH, line) == words


@pytest.mark.parametrize(("line", "words"), EVERYWHERE, ids=[line for line, _ in EVERYWHERE])
def test_zsh(made: Project, line: str, words: list[str]) -> None:
    assert [word.partition(":")[0] for word in shell(made, "zsh", _ZSH, line)] == words


@pytest.mark.parametrize(("line", "words"), EVERYWHERE, ids=[line for line, _ in EVERYWHERE])
def test_fish(made: Project, line: str, words: list[str]) -> None:
    found = shell(made, "fish", _FISH, line)
    assert sorted(word.partition("\t")[0] for word in found) == sorted(words)


def test_a_project_with_mistakes_completes_no_name_and_says_nothing(made: Project) -> None:
    made.write("reconciler.yaml", "environments: [")
    assert shell(made, "bash", _BASH, "reconciler plan -e ") == []
    assert shell(made, "bash", _BASH, "reconciler pl") == ["plan"]


def test_the_project_is_the_one_that_is_named(made: Project) -> None:
    other = Project(made.root / "other")
    other.write("reconciler.yaml", "environments: { here: { url: sandbox } }\n")
    assert shell(made, "bash", _BASH, "reconciler --config other plan -e ") == ["here"]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_is_printed(project: Project, name: str) -> None:
    done = project.run("completion", name)
    assert (done.code, done.err) == (0, "")
    assert "reconciler" in done.out


def test_another_shell_is_refused(project: Project) -> None:
    assert project.run("completion", "tcsh").code == 64


def test_no_other_run_loads_what_completes() -> None:
    code = "import sys; from reconciler.cli import main; main(['version'])"
    code += "; print(*[n for n in sys.modules if n.startswith('argcomplete')])"
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == [""]
