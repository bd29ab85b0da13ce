"""Secrets in one variable: given to the `$secret` of their name, and to nothing else."""

import pytest

from reconciler.config import bundle
from reconciler.errors import UsageError
from tests.projects import Project

pytestmark = pytest.mark.cli

LIST = "HOOK=from=the list 100% \r\n\n  \nKEY=k-listed-5f2d9c\nEMPTY=\n"


def test_a_variable_that_is_set_wins_and_nothing_else_changes() -> None:
    env = {"RECONCILER_SECRETS": LIST, "KEY": "own", "HOOK": "", "OTHER": ""}
    found = bundle.unpacked(env)
    assert {name: found[name] for name in ("HOOK", "KEY", "EMPTY", "OTHER")} == {
        "HOOK": "from=the list 100% ",
        "KEY": "own",
        "EMPTY": "",
        "OTHER": "",
    }
    assert bundle.unpacked({"KEY": "own"}) == {"KEY": "own"}
    assert bundle.names(env) == {"HOOK", "KEY", "EMPTY"}


@pytest.mark.parametrize("line", ["value-alone", "1A=planted", "A B=planted", "=planted"])
def test_a_line_that_is_no_secret_is_told_by_its_number(line: str) -> None:
    with pytest.raises(UsageError) as stopped:
        bundle.unpacked({"RECONCILER_SECRETS": f"A=1\n\n{line}"})
    assert str(stopped.value) == "line 3 of RECONCILER_SECRETS is not NAME=value"


@pytest.mark.parametrize("name", ["RECONCILER_ALLOWED_HOSTS", "HAMSA_BASE_URL", "CI", "github_sha"])
def test_what_controls_the_tool_is_no_secret(name: str) -> None:
    with pytest.raises(UsageError) as stopped:
        bundle.unpacked({"RECONCILER_SECRETS": f"{name}=planted"})
    told = f"line 1 of RECONCILER_SECRETS sets {name}, which is no secret of a file"
    assert str(stopped.value) == told


def test_a_secret_of_the_list_is_sent_and_no_other_reference_gets_it(project: Project) -> None:
    project.write(
        "reconciler.yaml",
        "environments: { live: { url: https://api.tryhamsa.com, api_key: { $secret: KEY } } }\n",
    )
    hook = {"authKey": "Token", "authSecret": {"$secret": "HOOK"}}
    project.agent("desk", {"agentName": "Desk", "webhookAuth": hook})
    project.env["RECONCILER_SECRETS"] = LIST
    told = project.run("doctor", "--offline").out
    assert "KEY is set" in told
    assert "HOOK: set here" in told
    project.agent("desk", {"agentName": {"$env": "EMPTY"}})
    done = project.run("plan")
    assert "`$env` would show EMPTY, which is a secret" in done.err
    project.env["RECONCILER_SECRETS"] = "k-planted-5f2d9c"
    done = project.run("plan")
    assert (done.code, "planted" in done.err) == (64, False)
