"""Every command explains itself, and at once: help imports nothing heavy."""

import argparse
import importlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import reconciler
from reconciler.cli import exits, options, parsing
from reconciler.config import policies
from reconciler.engine.impact import GROUPS
from reconciler.scaffold import starter

NAMES = [command.name for command in options.COMMANDS]
QUESTIONS = [["--help"], *([name, "--help"] for name in NAMES)]
QUESTIONS += [["sandbox", "serve", "--help"], ["sandbox", "reset", "--help"]]
PUBLISHED = ("comment", "issue", "pull-request", "digest")
QUESTIONS += [["publish", what, "--help"] for what in PUBLISHED]
SERVICE = ("schedule", "check", "rollout", "status", "approve", "reject")
FLEET = ("fleet shards", "report merge")
STATE = ("list", "where", "pull", "push", "migrate", "mv", "rm", "lock", "unlock")
QUESTIONS += [["state", verb, "--help"] for verb in STATE]
QUESTIONS += [["service", verb, "--help"] for verb in SERVICE]
HEAVY = ("deepdiff", "filelock", "httpx", "hypercorn", "pydantic", "rapidfuzz", "rich", "ruamel")
HEAVY += ("anyascii", "argcomplete", "jinja2", "starlette", "tenacity", "asyncio", "ssl")

LOADED = """
import sys
from reconciler.cli import main
code = main(sys.argv[1:])
print(code, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def python(*argv, **env):
    """Run Python without the environment of this process."""
    usual = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(reconciler.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, *argv],
        env={**usual, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )


def test_names_that_help_repeats_to_import_nothing_are_those_of_the_code():
    assert parsing.APPROVALS == get_args(policies.Group) == GROUPS
    (template,) = [
        action
        for action in options.build()._subparsers._group_actions[0].choices["init"]._actions
        if action.dest == "template"
    ]
    assert template.choices == starter.TEMPLATES


def test_help_has_no_colour_of_a_newer_python():
    """Python 3.14 colours help at a terminal, whatever `--color` is."""
    commands = options.build()._subparsers._group_actions[0].choices
    assert not any(parser.color for parser in commands.values())


@pytest.mark.process
@pytest.mark.parametrize("argv", QUESTIONS, ids=" ".join)
def test_help_is_printed_without_a_heavy_import(argv):
    done = python("-c", LOADED, *argv)
    code, *loaded = done.stderr.split()
    assert (code, [name for name in HEAVY if name in loaded]) == ("0", [])
    assert done.stdout.startswith(f"usage: reconciler {' '.join(argv[:-1])}".rstrip())


@pytest.mark.process
def test_version_is_printed_without_a_heavy_import():
    done = python("-c", LOADED, "version")
    code, *loaded = done.stderr.split()
    assert (code, [name for name in HEAVY if name in loaded]) == ("0", [])
    assert done.stdout == f"reconciler {reconciler.__version__}\n"


@pytest.mark.process
def test_the_version_is_one_whoever_asks():
    runs = [python("-m", "reconciler", question) for question in ("version", "--version")]
    assert {(run.returncode, run.stdout, run.stderr) for run in runs} == {
        (0, f"reconciler {reconciler.__version__}\n", "")
    }


@pytest.mark.process
def test_the_help_lists_every_command_with_its_sentence_and_every_exit_code():
    text = python("-m", "reconciler", "--help", COLUMNS="80").stdout
    for command in options.COMMANDS:
        assert f"    {command.name:<20}{command.help}\n" in text
    codes = text.partition("exit codes:\n")[2]
    assert [line.split()[0] for line in codes.splitlines()] == "0 1 2 3 4 5 64 130 141".split()  # noqa: SIM905


def parsers(parser):
    """A parser and those of its commands and verbs."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from parsers(inner)


def test_every_option_of_every_command_has_a_help_text():
    found = list(parsers(options.build()))
    assert len(found) == 1 + len(NAMES) + 2 + len(PUBLISHED) + len(SERVICE) + len(STATE) + len(
        FLEET
    )
    for parser in found:
        options_only = [a for a in parser._actions if not isinstance(a, argparse._SubParsersAction)]
        assert [action.dest for action in options_only if not action.help] == [], parser.prog


def test_every_command_says_what_it_does_in_its_own_help():
    for parser in list(parsers(options.build()))[1:]:
        assert parser.description, parser.prog
        assert parser.description.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_a_module_that_runs_it(name):
    module = importlib.import_module(exits.module_of(name))
    assert callable(module.run)
    assert module.__doc__.startswith(f"`reconciler {name}")


def parsed(*argv):
    arguments = options.parse(argv, io.StringIO())
    names = ("command", "config", "env", "color", "quiet", "verbose")
    return tuple(getattr(arguments, name) for name in names)


SHARED = ["--config", "p", "-e", "dev", "--color", "never", "-q", "-v"]


@pytest.mark.parametrize("command", ["plan", "apply", "validate", "schema", "demo", "version"])
def test_what_goes_everywhere_may_precede_and_follow_the_command(command):
    expected = (command, "p", "dev", "never", True, True)
    assert parsed(*SHARED, command) == expected
    assert parsed(command, *SHARED) == expected
    assert parsed(*SHARED[:4], command, *SHARED[4:]) == expected
    assert parsed(command) == (command, None, None, "auto", False, False)


def test_after_a_verb_too():
    assert parsed("sandbox", "reset", *SHARED) == ("sandbox", "p", "dev", "never", True, True)
    assert parsed(*SHARED, "sandbox", "reset") == ("sandbox", "p", "dev", "never", True, True)
    assert parsed("sandbox", *SHARED, "reset") == ("sandbox", "p", "dev", "never", True, True)


def test_environments_before_and_after_the_command_add_up():
    found = options.parse(["-e", "dev", "plan", "-e", "prod", "-e", "dev"], io.StringIO())
    assert found.environments == ["dev", "prod"]


def test_the_list_of_commands_is_what_each_command_says_of_itself():
    _, listed = options._outline()
    made = options.build()._subparsers._group_actions[0].choices
    assert [one.dest for one in listed._choices_actions] == [*made]
    for one in listed._choices_actions:
        parser = made[one.dest]
        assert parser.prog == f"reconciler {one.dest}"
        assert parser.description == f"{one.help[0].upper()}{one.help[1:]}."
        assert parser.get_default("command") == one.dest
