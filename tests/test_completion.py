"""A shell completes commands, options and the project's own names."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.parsing import REPORTS
from reconciler.lint import RULES, SETS
from tests.projects import OURS, Project

_BASH = """
eval "$(reconciler completion bash)"
COMP_TYPE=9
for line; do
  COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=()
  _python_argcomplete reconciler
  printf '%s\\n' "${COMPREPLY[@]}" ::
done
"""

_ZSH = """
autoload -Uz compinit && compinit -u
eval "$(reconciler completion zsh)"
_describe() { print -l -- "${completions[@]}" }
for line; do
  BUFFER=$line CURSOR=${#line} words=(${(z)line})
  _python_argcomplete
  print ::
done
"""

_FISH = """
reconciler completion fish | source
for line in $argv
  complete --do-complete $line
  echo ::
end
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


def shell(
    project: Project, programs: Path, name: str, script: str, *lines: str
) -> list[tuple[str, list[str]]]:
    """Each line, and the words that a shell offers behind it."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"there is no {name} here")
    argv = [program, "-c", script, *([name] if name != "fish" else []), *lines]
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(project.root), "TERM": "dumb"}
    done = subprocess.run(
        argv, cwd=project.root, env=env, capture_output=True, text=True, check=True, timeout=120
    )
    *parts, rest = done.stdout.split("::\n")
    assert rest == ""
    found = [[word.strip() for word in part.splitlines() if word.strip()] for part in parts]
    return list(zip(lines, found, strict=True))


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
    ("reconciler pull --field sil", ["silenceThreshold"]),
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
# What each shell has its own ways with: options, values, names, `,` and what ends in `=`.
_SHELLS_OWN = ("r pl", "--detail", "--target ", "plan -e ", "spoken,s", "--report ht")
EVERYWHERE = [case for case in CASES if case[0].endswith(_SHELLS_OWN)]


def test_bash(made: Project, programs: Path) -> None:
    assert shell(made, programs, "bash", _BASH, *(line for line, _ in CASES)) == CASES


def test_zsh(made: Project, programs: Path) -> None:
    found = shell(made, programs, "zsh", _ZSH, *(line for line, _ in EVERYWHERE))
    names = [(line, [word.partition(":")[0] for word in words]) for line, words in found]
    assert names == EVERYWHERE


def test_fish(made: Project, programs: Path) -> None:
    found = shell(made, programs, "fish", _FISH, *(line for line, _ in EVERYWHERE))
    names = [(line, sorted(word.partition("\t")[0] for word in words)) for line, words in found]
    assert names == [(line, sorted(words)) for line, words in EVERYWHERE]


def test_the_installed_program_completes_too(made: Project) -> None:
    """The shells above ask one that has imported everything already."""
    ((_, found),) = shell(made, OURS.parent, "bash", _BASH, "reconciler plan -e pr")
    assert found == ["production"]


def test_the_project_is_the_one_that_is_named(made: Project, programs: Path) -> None:
    other = Project(made.root / "other")
    other.write("reconciler.yaml", "environments: { here: { url: sandbox } }\n")
    line = "reconciler --config other plan -e "
    assert shell(made, programs, "bash", _BASH, line) == [(line, ["here"])]


def test_a_project_with_mistakes_completes_no_name_and_says_nothing(
    made: Project, programs: Path
) -> None:
    made.write("reconciler.yaml", "environments: [")
    cases = [("reconciler plan -e ", []), ("reconciler pl", ["plan"])]
    assert shell(made, programs, "bash", _BASH, *(line for line, _ in cases)) == cases


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_is_printed(project: Project, name: str) -> None:
    done = project.run("completion", name)
    assert (done.code, done.err) == (0, "")
    assert "reconciler" in done.out


def test_another_shell_is_refused(project: Project) -> None:
    assert project.run("completion", "tcsh").code == 64


@pytest.mark.process
def test_no_other_run_loads_what_completes() -> None:
    code = "import sys; from reconciler.cli import main; main(['version'])"
    code += "; print(*[n for n in sys.modules if n.startswith('argcomplete')])"
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == [""]
