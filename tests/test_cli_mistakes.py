"""What the command line says and how it ends when something is wrong, as a shell sees it."""

import io
import json
import os
import re
from argparse import Namespace

import pytest

import reconciler
from reconciler.cli import exits, main
from reconciler.cli.world import World
from reconciler.state.mutex import exclusive

PROJECT = """\
environments:
  dev: { url: sandbox }
  prod: { url: "https://api.tryhamsa.com", api_key: { $secret: HAMSA_API_KEY } }
"""
AGENT = "spec: { agentName: Front desk, lang: ar }\n"
FILES = {"reconciler.yaml": PROJECT, "agents/desk.yaml": AGENT}


class Shell:
    """A folder in which commands run, without the environment of this process."""

    def __init__(self, root):
        self.root = root
        self.env = {"PATH": os.environ["PATH"], "HOME": str(root), "COLUMNS": "80"}

    def write(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def run(self, *argv, **env):
        """Exit code, stdout and stderr of one command."""
        out, err = io.StringIO(), io.StringIO()
        world = World(
            env={**self.env, **env}, cwd=self.root, stdin=io.StringIO(), stdout=out, stderr=err
        )
        return main(argv, world), out.getvalue(), err.getvalue()


@pytest.fixture
def bare(tmp_path):
    """An empty folder."""
    return Shell(tmp_path)


@pytest.fixture
def shell(bare):
    """A project with a sandbox, a real environment and one agent."""
    bare.write(FILES)
    return bare


def in_one_line(text):
    """A text of argparse, which wraps its lines at the width of this process's terminal."""
    return " ".join(text.split())


def printed(run):
    """A run as one text, to compare with a golden one."""
    code, out, err = run
    return f"[exit {code}]\n{out}{'--- stderr' if err else ''}\n{err}".strip() + "\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (
            ["plann"],
            "argument COMMAND: invalid choice: 'plann' (choose from …)\nhint: did you mean `plan`?",
        ),
        (["destroy"], "argument COMMAND: invalid choice: 'destroy' (choose from …)"),
        (
            ["force-unlock", "production"],
            (
                "argument COMMAND: invalid choice: 'force-unlock' (choose from …)"
                "\nhint: did you mean `state unlock`?"
            ),
        ),
        (
            ["apply", "--lock-timeout", "soon"],
            "argument --lock-timeout: a time such as 30s, 10m or 72h is needed",
        ),
        (["plan", "--nope"], "unrecognized arguments: --nope"),
        (["--nope", "plan"], "unrecognized arguments: --nope"),
        (["plan", "desk"], "unrecognized arguments: desk"),
        (["apply", "a.plan.json", "b.plan.json"], "unrecognized arguments: b.plan.json"),
        (["plan", "--format", "yaml"], "argument --format: invalid choice: 'yaml' (choose from …)"),
        (
            ["plan", "--format", "jsn"],
            "argument --format: invalid choice: 'jsn' (choose from …)\nhint: did you mean `json`?",
        ),
        (["plan", "--format", "show"], "argument --format: invalid choice: 'show' (choose from …)"),
        (
            ["plan", "--parallelism", "0"],
            "argument --parallelism: a whole number, 1 or more, is needed",
        ),
        (
            ["apply", "--max-changes", "-1"],
            "argument --max-changes: a count such as 5 or a share such as 30% is needed",
        ),
        (
            ["apply", "--max-changes=some"],
            "argument --max-changes: a count such as 5 or a share such as 30% is needed",
        ),
        (["plan", "--env"], "argument --env/-e: expected one argument"),
        (["show"], "one of the arguments PLANFILE --flow is required"),
        (["sandbox"], "the following arguments are required: VERB"),
        (
            ["sandbox", "serv"],
            "argument VERB: invalid choice: 'serv' (choose from …)\nhint: did you mean `serve`?",
        ),
    ],
    ids=" ".join,
)
def test_a_command_line_that_is_off_ends_with_64_and_the_usage(bare, argv, said):
    code, out, err = bare.run(*argv)
    told, _, usage = re.sub(r"\(choose from [^)]*\)", "(choose from …)", err).partition("\n\n")
    assert (code, out, told) == (64, "", f"error: {said}")
    assert usage.startswith("usage: reconciler ")


@pytest.mark.parametrize(
    "argv",
    [
        ["apply", "--plan-digest-file", "fleet.json", "--auto-approve"],
        ["apply", "--wave", "1", "--auto-approve"],
        ["plan", "--shard", "1/2"],
        ["validate", "--changed-since", "main"],
    ],
    ids=" ".join,
)
def test_what_limits_a_fleet_is_refused_without_one(bare, argv):
    told = f"error: {argv[1]} is about a fleet: add --fleet\n"
    assert bare.run(*argv) == (64, "", told)


@pytest.mark.parametrize(
    ("argv", "said", "usage"),
    [
        (
            ["plan", "--enviroment", "x"],
            "unrecognized arguments: --enviroment x\nhint: did you mean `--env`?",
            "plan",
        ),
        (
            ["apply", "--aprove=spoken"],
            "unrecognized arguments: --aprove=spoken\nhint: did you mean `--approve`?",
            "apply",
        ),
        (
            ["sandbox", "serve", "--prt", "1"],
            "unrecognized arguments: --prt 1\nhint: did you mean `--port`?",
            "sandbox serve",
        ),
        (
            ["publish", "digest", "--enviroment", "x"],
            "unrecognized arguments: --enviroment x\nhint: did you mean `--environment`?",
            "publish digest",
        ),
        (["plan", "more"], "unrecognized arguments: more", "plan"),
    ],
)
def test_an_unknown_option_ends_with_the_nearest_and_the_command_s_usage(bare, argv, said, usage):
    code, out, err = bare.run(*argv)
    told, _, rest = err.partition("\n\n")
    assert (code, out, told) == (64, "", f"error: {said}")
    assert in_one_line(rest).startswith(f"usage: reconciler {usage} [-h]")


def test_no_command_shows_the_help_and_ends_with_64(bare):
    code, out, err = bare.run()
    assert (code, out) == (64, "")
    assert in_one_line(err).startswith("usage: reconciler [-h]")
    assert "show what an apply would change" in in_one_line(err)


NOWHERE = {
    "no project and no key": (
        ["plan"],
        {},
        """\
[exit 1]
--- stderr
error: there is no reconciler.yaml here or above
hint: cd into the project, or make one: reconciler init
""",
    ),
    "no project, an address in clear": (
        ["plan"],
        {"HAMSA_API_KEY": "x", "HAMSA_BASE_URL": "http://hamsa.invalid"},
        """\
[exit 1]
--- stderr
error: `HAMSA_BASE_URL` must be https: the key would travel in clear
  HAMSA_BASE_URL
  found: http://hamsa.invalid
  hint: write https://; only this machine may be asked by http

error: 1 mistake; nothing was sent
""",
    ),
    "no project, and an environment of it": (
        ["plan", "-e", "production"],
        {},
        """\
[exit 64]
--- stderr
error: there is no environment `production`
hint: there is no reconciler.yaml here or above: cd into the project, or make one: reconciler init
""",
    ),
    "no project, an address and no key": (
        ["plan"],
        {"HAMSA_BASE_URL": "https://hamsa.invalid"},
        """\
[exit 1]
--- stderr
error: the environment default has no API key
  environment variables
  hint: export HAMSA_API_KEY=… with a key from the dashboard

error: 1 mistake; nothing was sent
""",
    ),
    "no agents": (
        ["validate"],
        {},
        """\
[exit 1]
--- stderr
error: there is no agent file here
  agents/
  allowed: `*.yaml` files with a `spec:`, at any depth
  hint: an empty folder is refused, so that a half-made checkout is no empty plan

error: 1 error in 1 file
""",
    ),
    "a project file that was named": (
        ["plan", "--config", "nope.yaml"],
        {},
        """\
[exit 1]
--- stderr
error: cannot be read: no such file or directory
  nope.yaml

error: 1 mistake; nothing was sent
""",
    ),
    "a plan file that is none": (
        ["show", "nope.plan.json"],
        {},
        """\
[exit 1]
--- stderr
error: nope.plan.json cannot be read: no such file or directory
""",
    ),
}


@pytest.mark.parametrize(("argv", "env", "expected"), NOWHERE.values(), ids=NOWHERE)
def test_without_a_project_the_error_names_what_is_missing(bare, argv, env, expected):
    assert printed(bare.run(*argv, **env)) == expected
    assert list(bare.root.iterdir()) == []


WHERE = {
    "no environment named": (
        ["plan"],
        {},
        """\
[exit 64]
--- stderr
error: which environment?
hint: name one with --env: dev, prod
""",
    ),
    "an unknown environment": (
        ["plan", "-e", "prd"],
        {},
        """\
[exit 64]
--- stderr
error: there is no environment `prd`
hint: environments: dev, prod
""",
    ),
    "an unknown environment of the process": (
        ["validate"],
        {"RECONCILER_ENV": "prd"},
        """\
[exit 64]
--- stderr
error: there is no environment `prd`
hint: environments: dev, prod
""",
    ),
    "a key that is not set": (
        ["plan", "-e", "prod"],
        {},
        """\
[exit 1]
--- stderr
error: the environment variable HAMSA_API_KEY is not set
  reconciler.yaml:3  environments.prod.api_key
  hint: set it before a plan: export HAMSA_API_KEY=…

error: 1 mistake; nothing was sent
""",
    ),
    "a target without an agent": (
        ["plan", "-e", "dev", "--target", "zzz"],
        {},
        """\
[exit 64]
--- stderr
error: --target zzz matches no agent
hint: keys: desk
""",
    ),
    "a target misspelt": (
        ["apply", "-e", "dev", "--yes", "--target", "dsk"],
        {},
        """\
[exit 64]
--- stderr
error: --target dsk matches no agent
hint: did you mean `desk`?
""",
    ),
    "an exclude without an agent": (
        ["plan", "-e", "dev", "--exclude", "zzz*"],
        {},
        """\
[exit 64]
--- stderr
error: --exclude zzz* matches no agent
hint: keys: desk
""",
    ),
    "a plan file that is none": (
        ["apply", "reconciler.yaml"],
        {},
        """\
[exit 1]
--- stderr
error: reconciler.yaml is not a plan file
hint: make one with: reconciler plan --out FILE
""",
    ),
    "a plan file that is a folder": (
        ["show", "agents"],
        {},
        """\
[exit 1]
--- stderr
error: agents cannot be read: is a directory
""",
    ),
}


@pytest.mark.parametrize(("argv", "env", "expected"), WHERE.values(), ids=WHERE)
def test_a_mistake_is_reported_with_what_to_do(shell, argv, env, expected):
    assert printed(shell.run(*argv, **env)) == expected


BROKEN = {
    "a quote that is never closed": (
        {"agents/desk.yaml": 'spec:\n  agentName: "sk-planted\n'},
        """\
[exit 1]
--- stderr
error: this file is not YAML: a quote or bracket is opened here and never closed
  agents/desk.yaml:2
""",
    ),
    "a tab": (
        {"agents/desk.yaml": "spec:\n\tagentName: sk-planted\n"},
        """\
[exit 1]
--- stderr
error: this file is not YAML: a tab, where only spaces may indent
  agents/desk.yaml:2
  hint: write spaces
""",
    ),
    "no YAML in the project file": (
        {"reconciler.yaml": "environments:\n  dev: { url: sandbox\n"},
        """\
[exit 1]
--- stderr
error: this file is not YAML: a quote or bracket is opened here and never closed
  reconciler.yaml:2
""",
    ),
    "several mistakes in several files": (
        {
            "agents/desk.yaml": "spec:\n  lang: fr\n  maxCallDuration: 700\n  pokeMessage: [x]\n",
            "agents/calls/night.yaml": (
                "lifecyle: {}\n"
                "spec:\n"
                "  silenceThreshold: 0.8\n"
                "  preamble: { $file: prompts/night.md }\n"
                "  webhookAuth: { authSecret: sk-planted }\n"
            ),
            "agents/twin.yaml": "key: desk\nspec: {}\n",
        },
        """\
[exit 1]
--- stderr
error: `lifecyle` is not a known key
  agents/calls/night.yaml:1  lifecyle
  hint: did you mean `lifecycle`?

error: `silenceThreshold` must be a whole number of milliseconds, 1 or more
  agents/calls/night.yaml:3  spec.silenceThreshold
  found: 0.8
  hint: the unit is milliseconds: write `800`

error: `$file` cannot be read: no such file or directory
  agents/calls/night.yaml:4  spec.preamble
  found: prompts/night.md

error: `authSecret` is a secret, and no file may contain it
  agents/calls/night.yaml:5  spec.webhookAuth.authSecret
  found: (sensitive)
  hint: write `authSecret: { $secret: NAME }` and set NAME in the environment

error: `lang` must be `ar` or `en`
  agents/desk.yaml:2  spec.lang
  found: "fr"

error: `pokeMessage` is not a known key
  agents/desk.yaml:4  spec.pokeMessage
  hint: did you mean `pokeMessages`?

error: 2 files have the key `desk`
  agents/twin.yaml  key
  found: agents/desk.yaml, agents/twin.yaml
  hint: give one of them another `key:`
""",
    ),
}


ODD = """\
warning: `maxCallDuration` is outside what some documents of this API allow
  agents/desk.yaml:3  spec.maxCallDuration
  found: 700
  allowed: 30 to 600

"""


@pytest.mark.parametrize("argv", [["plan", "-e", "dev"], ["validate", "-e", "dev"]], ids=" ".join)
@pytest.mark.parametrize(("files", "expected"), BROKEN.values(), ids=BROKEN)
def test_mistakes_in_files_are_reported_at_once_with_their_places(shell, argv, files, expected):
    shell.write(files)
    run = shell.run(*argv)
    errors, mistakes = expected, expected.count("error: ")
    several = mistakes > 1
    if argv[0] == "validate":
        errors = errors.replace("--- stderr\n", f"--- stderr\n{ODD * several}")
        end = "7 errors, 1 warning in 3 files" if several else "1 error in 1 file"
    else:
        end = f"{mistakes} mistake{'s' * several}; nothing was sent"
        end += "\nhint: 1 warning as well: reconciler validate lists them all" * several
    assert printed(run) == f"{errors}\nerror: {end}\n"
    assert "sk-planted" not in "".join(map(str, run))


CREATE = """\
Legend: - live now → + your files

+ desk  Front desk  create, 2 fields
    “Front desk” is new: it speaks Arabic.
  spoken at once
    + lang: "ar"
  silent
    + agentName: "Front desk"

Plan for dev: 1 to create, 0 to update; 2 fields: 1 spoken, 1 silent; 0 in sync.
"""


@pytest.fixture
def saved(shell):
    """A project on an empty sandbox, and a saved plan that creates its one agent."""
    (shell.root / ".reconciler" / "sandbox" / "dev").mkdir(parents=True)
    code, _, err = shell.run("plan", "-e", "dev", "--out", "next.plan.json")
    assert (code, err) == (
        0,
        "Saved. To apply exactly this: reconciler apply next.plan.json\n",
    )
    return shell


def refusal(code, message, hint=""):
    more = f"hint: {hint}\n" if hint else ""
    return f"[exit {code}]\n\n--- stderr\nerror: {message}\n{more}".replace("]\n\n", "]\n")


def test_a_changed_plan_file_is_refused(saved):
    path = saved.root / "next.plan.json"
    path.write_text(path.read_text().replace('"ar"', '"en"'))
    assert printed(saved.run("apply", "next.plan.json")) == refusal(
        1,
        "next.plan.json was changed after it was written",
        "make a new one with: reconciler plan --out FILE",
    )


def test_a_plan_file_of_a_newer_format_is_refused(saved):
    path = saved.root / "next.plan.json"
    path.write_text(path.read_text().replace('"format_version": "2.0"', '"format_version": "3.0"'))
    assert printed(saved.run("apply", "next.plan.json")) == refusal(
        1,
        "next.plan.json has format 3.0, and this version reads up to 2.0",
        "update reconciler",
    )


def test_a_plan_of_another_environment_is_refused(saved):
    assert printed(saved.run("apply", "next.plan.json", "-e", "prod")) == refusal(
        64, "next.plan.json was made for dev, not for prod"
    )


def test_a_plan_of_another_address_is_refused(saved):
    live = 'url: "https://api.tryhamsa.com", api_key: { $secret: K }'
    elsewhere = f"environments: {{ dev: {{ {live} }} }}\n"
    saved.write({"reconciler.yaml": elsewhere})
    assert printed(saved.run("apply", "next.plan.json", K="x")) == refusal(
        4, "next.plan.json was made for sandbox, and dev is now elsewhere", "plan again"
    )


def test_a_saved_plan_is_not_narrowed(saved):
    assert printed(saved.run("apply", "next.plan.json", "--target", "desk")) == refusal(
        64, "a saved plan is applied whole: --target, --exclude and --var go with `plan`"
    )


def test_apply_without_a_terminal_writes_nothing(saved):
    assert printed(saved.run("apply", "-e", "dev")) == (
        f"[exit 64]\n{CREATE}--- stderr\n"
        "error: apply needs confirmation, and there is no terminal to ask on\n"
        "hint: review the plan, then: reconciler apply --auto-approve -e dev, "
        "or apply a saved plan\n"
    )
    assert not (saved.root / "reconciler.state.json").exists()


@pytest.mark.parametrize("how", [["-e", "dev", "--yes"], ["next.plan.json"]], ids=" ".join)
def test_a_limit_of_no_changes_allows_none(saved, how):
    again = "-e dev --auto-approve" if "--yes" in how else "next.plan.json"
    code, _, err = saved.run("apply", *how, "--max-changes", "0")
    assert (code, err.splitlines()[1:]) == (
        5,
        [
            "  --max-changes",
            f"  hint: if it was reviewed: reconciler apply {again} --max-changes 1",
            "",
            "error: 1 rule of dev refuses this plan; nothing was written",
        ],
    )
    assert "; `max_changes: 0` allows 0  [" in err
    assert not (saved.root / "reconciler.state.json").exists()


def test_a_second_apply_is_refused_while_one_runs(saved):
    with exclusive(saved.root):
        assert printed(saved.run("apply", "next.plan.json")) == refusal(
            1,
            "another run of this project is writing on this machine",
            "wait for it with --lock-timeout 5m, or run this again later",
        )
    assert saved.run("apply", "next.plan.json")[0] == 0


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "{",
            "reconciler.state.json is damaged: it is not what this tool writes",
            (
                "restore it (git checkout reconciler.state.json), or delete it: "
                "agents are then found by name"
            ),
        ),
        (
            "{\n<<<<<<< HEAD\n",
            "reconciler.state.json holds the markers of an unfinished merge",
            (
                "take either side (git checkout --theirs reconciler.state.json): "
                "the next apply mends it"
            ),
        ),
        (
            '{"format_version": "3.0"}',
            "reconciler.state.json has format 3.0, and this version reads up to 2.0",
            "update reconciler",
        ),
    ],
    ids=["damaged", "half merged", "newer"],
)
def test_a_state_that_cannot_be_trusted_stops_a_plan(shell, text, message, hint):
    shell.write({"reconciler.state.json": text})
    assert printed(shell.run("plan", "-e", "dev")) == refusal(1, message, hint)


def test_switches_of_a_sandbox_that_do_not_exist_are_reported(shell):
    shell.write({"reconciler.yaml": 'environments: { dev: { url: "sandbox?shap=G3" } }\n'})
    code, out, err = shell.run("plan")
    assert (code, out) == (64, "")
    assert err.startswith("error: the sandbox of dev: sandbox option `shap` (`G3`) is not known")


@pytest.mark.parametrize(
    ("argv", "code", "problems", "error"),
    [
        (["plan", "-e", "zzz"], 64, [], "there is no environment `zzz`"),
        (["plan", "-e", "dev", "--target", "b"], 64, [], "--target b matches no agent"),
        (["show", "nope"], 1, [], "nope cannot be read: no such file or directory"),
        (
            ["plan", "-e", "prod"],
            1,
            ["reconciler.yaml:3 environments.prod.api_key"],
            "1 mistake; nothing was sent",
        ),
        (
            ["validate"],
            1,
            ["agents/odd.yaml:1 spec.lang"],
            "1 error in 1 file",
        ),
        (
            ["apply", "-e", "dev", "--yes", "--max-changes", "0", "--exclude", "odd"],
            1,
            ["agents/odd.yaml:1 spec.lang"],
            "1 mistake; nothing was sent",
        ),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else None,
)
def test_with_json_a_stop_is_json_on_stdout_and_words_on_stderr(shell, argv, code, problems, error):
    if "odd" in "".join(problems):
        shell.write({"agents/odd.yaml": "spec: { lang: fr }\n"})
    ended, out, err = shell.run(*argv, "--format", "json")
    told = json.loads(out)
    assert (ended, told["error"]["exit_code"], told["error"]["message"]) == (code, code, error)
    assert [f"{p['file']}:{p['line']} {p['field']}" for p in told["problems"]] == problems
    assert told["format_version"] == "2.0"
    assert err.splitlines()[-1 - bool(told["error"]["hint"])] == f"error: {error}"


@pytest.mark.parametrize("how", [["-e", "dev", "--yes"], ["next.plan.json"]], ids=" ".join)
def test_a_refusal_by_the_limit_is_the_only_json(saved, how):
    ended, out, _ = saved.run("apply", *how, "--max-changes", "0", "--format", "json")
    found = json.loads(out)
    assert (ended, found["error"]["exit_code"]) == (5, 5)
    (refusal,) = found["problems"]
    assert (refusal["file"], refusal["rule"]) == ("--max-changes", "max_changes")
    assert refusal["hint"].startswith("if it was reviewed: reconciler apply ")


class Failing(io.StringIO):
    """A stream that cannot be written, whose error contains a secret."""

    def write(self, text):
        raise RuntimeError(f"sk-planted {text}")


def crash(cwd):
    """A command that fails as no command should."""
    err = io.StringIO()
    world = World(env={}, cwd=cwd, stdin=io.StringIO(), stdout=Failing(), stderr=err)
    arguments = Namespace(command="version", color="never", quiet=False)
    return exits.guarded(world, arguments), err.getvalue()


def test_the_unexpected_is_one_line_and_a_report_without_values(tmp_path):
    assert crash(tmp_path) == (
        1,
        (
            "error: unexpected RuntimeError\n"
            "hint: this is a bug; please report it with .reconciler/crash.txt\n"
        ),
    )
    report = (tmp_path / ".reconciler" / "crash.txt").read_text()
    assert report.startswith(f"reconciler {reconciler.__version__}, version: RuntimeError\n")
    assert re.search(r"^  version\.py:\d+ run$", report, re.MULTILINE)
    assert "sk-planted" not in report


def test_if_no_report_can_be_written_that_is_reported_in_place(tmp_path):
    (tmp_path / ".reconciler").touch()
    code, said = crash(tmp_path)
    assert code == 1
    assert re.search(
        r"report it with reconciler \S+, version: RuntimeError; .*version\.py:\d+ run", said
    )
    assert "sk-planted" not in said
