"""`reconciler init --protected-plan`: no branch gets a key before someone has reviewed it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.scaffold import starter_ci
from tests.ci.expressions import Scope
from tests.ci.linters import CHAIN, PRODUCTION, VALUES
from tests.ci.runner import load
from tests.projects import Project

ENVIRONMENTS = """
environments:
  staging: { url: https://api.tryhamsa.com, api_key: { $secret: STAGING_KEY } }
  production:
    { url: https://api.tryhamsa.com, api_key: { $secret: HAMSA_API_KEY }, promote_from: staging }
"""
SOURCE = ["--source", f"o/r@{'0' * 40}", "--branch", "main"]


def jobs(folder: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Of each job on GitHub: its workflow, its id, the job."""
    for path in sorted((folder / ".github/workflows").glob("*.yml")):
        for name, job in load(path)["jobs"].items():
            yield path.stem.removeprefix("reconciler-"), name, job


def test_every_job_names_the_environment_that_has_its_key(project: Project) -> None:
    project.write("reconciler.yaml", ENVIRONMENTS)
    project.agent("desk", {"agentName": "Desk"})
    argv = ["init", "--github", "--gitlab", "--protected-plan", "--env", "production", *SOURCE]
    made = project.run(*argv)
    assert made.code == 0, made.err
    found = {
        (workflow, name): (job["environment"], job["steps"][-1]["env"])
        for workflow, name, job in jobs(project.root)
    }
    for stage, key in (("staging", "STAGING_KEY"), ("production", "HAMSA_API_KEY")):
        read = {key: f"${{{{ secrets.{key}_READ }}}}"}
        assert found["plan", f"plan-{stage}"] == (f"{stage}-plan", read)
        assert found["apply", f"plan-{stage}"] == (f"{stage}-read", read)
        assert found["drift", f"drift-{stage}"] == (f"{stage}-read", read)
        environment, env = found["apply", f"apply-{stage}"]
        assert (environment, env[key]) == (stage, f"${{{{ secrets.{key} }}}}")
    assert len(found) == 8
    text = "".join(
        path.read_text("utf-8") for path in (project.root / ".github").rglob("*plan.yml")
    )
    assert not re.search(r"secrets\.\w+(?<!_READ)\b", text), "no other key on a pull request"
    for told in (
        "staging-plan, production-plan, with required reviewers, with the secret STAGING_KEY_READ",
        "staging-read, production-read, for branch main alone",
        "none in the repository",
        "Variables, masked and protected: STAGING_KEY",
        "environment scope *-plan: STAGING_KEY_READ, HAMSA_API_KEY_READ",
    ):
        assert told in made.err.replace(" and ", ", ").replace(
            "masked, protected", "masked and protected"
        ), (
            told,
            made.err,
        )


def test_on_gitlab_the_plan_of_a_merge_request_is_started_by_who_may_deploy() -> None:
    text = starter_ci.files("gitlab", VALUES, CHAIN, protected=True)[".gitlab/reconciler.yml"]
    found = YAML(typ="safe").load(text)
    for stage, key in (("qa.1", "HAMSA_API_KEY"), ("production", "HAMSA_API_KEY")):
        job = found[f"reconciler plan {stage}"]
        assert job["environment"] == {"name": f"{stage}-plan"}
        assert [rule["when"] for rule in job["rules"]] == ["manual"]
        assert job["script"][0] == f'export {key}="${{{key}_READ-}}"'
        for name in (f"reconciler plan merged {stage}", f"reconciler drift {stage}"):
            assert "environment" not in found[name]
            assert "_READ" not in str(found[name])
    usual = starter_ci.files("gitlab", VALUES, CHAIN)[".gitlab/reconciler.yml"]
    assert "_READ" not in usual
    assert "-plan }" not in usual


def test_without_the_option_nothing_is_protected_and_the_key_has_its_own_name() -> None:
    for text in starter_ci.files("github", VALUES, CHAIN).values():
        assert "_READ" not in text
        assert not re.search("-plan #|-read #|PROTECTED", text)


@pytest.mark.parametrize("chain", [(PRODUCTION,), CHAIN], ids=["one", "two"])
def test_every_placeholder_is_filled_in(chain: tuple[starter_ci.Stage, ...]) -> None:
    """That it passes the linters `make workflows` checks."""
    for host in starter_ci.PLACES:
        for name, text in starter_ci.files(host, VALUES, chain, protected=True).items():
            assert "__" not in re.sub(r"qa__1", "", text), name


def test_a_key_that_is_not_there_is_empty_and_none_is_taken_in_its_place(tmp_path: Path) -> None:
    """A secret of the repository with the usual name reaches no plan of a pull request."""
    for name, text in starter_ci.files("github", VALUES, [PRODUCTION], protected=True).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    secrets = {"HAMSA_API_KEY": "of the repository"}
    for workflow, _, job in jobs(tmp_path):
        env = job["steps"][-1]["env"]
        given = Scope({"secrets": secrets}).text(env["HAMSA_API_KEY"])
        assert given == ("of the repository" if job["environment"] == "production" else ""), (
            workflow
        )


def test_what_cannot_be_protected_is_refused(project: Project) -> None:
    project.write("reconciler.yaml", ENVIRONMENTS)
    done = project.run("init", "--protected-plan", "--template", "reception", "--yes")
    assert (done.code, "add --github or --gitlab" in done.err) == (64, True), done.err
    twin = ENVIRONMENTS.replace("  production:", "  Staging-Plan: { url: sandbox }\n  production:")
    project.write("reconciler.yaml", twin)
    done = project.run("init", "--github", "--protected-plan", "--env", "production", *SOURCE)
    assert (done.code, "environment on the forge `staging-plan`" in done.err) == (64, True), (
        done.err
    )
