"""Secrets whose values this run knows: refused in every text, and hidden under every name."""

import base64
from urllib.parse import quote

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

VALUE = "kD93/mfJw+Q2"
ENCODED = base64.b64encode(VALUE.encode()).decode()
ENV = {"HOOK_SECRET": VALUE, "LIVE_KEY": "live-key-4711", "SHORT": "abc"}
PROJECT = (
    "environments:\n  dev: { url: 'sandbox?shape=G3' }\n"
    "  live: { url: 'https://api.example.com', api_key: { $secret: LIVE_KEY } }\n"
    "default_environment: dev\n"
)
HOOK = "  webhookAuth: { authKey: Token, authSecret: { $secret: HOOK_SECRET } }\n"
DESK = f"spec:\n  agentName: Desk\n  lang: en\n{HOOK}"


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path, env=dict(ENV))
    made.write("reconciler.yaml", PROJECT)
    made.write("agents/desk.yaml", DESK)
    return made


@pytest.mark.parametrize(
    ("files", "name", "place"),
    [
        ({"agents/b.yaml": f"# {VALUE}\nspec: {{}}\n"}, "HOOK_SECRET", "agents/b.yaml:1"),
        (
            {"agents/b.yaml": f"spec:\n  agentName: B {VALUE} b\n"},
            "HOOK_SECRET",
            "agents/b.yaml:2  spec.agentName",
        ),
        (
            {"agents/b.yaml": f"spec: {{ params: {{ a: [x, '{VALUE}'] }} }}\n"},
            "HOOK_SECRET",
            "b.yaml:1",
        ),
        ({"agents/b.yaml": f"spec: {{ params: {{ '{VALUE}': x }} }}\n"}, "HOOK_SECRET", "b.yaml:1"),
        ({"agents/b.yaml": 'spec: { outcome: "kD93\\u002fmfJw+Q2" }\n'}, "HOOK_SECRET", "b.yaml:1"),
        (
            {"agents/b.yaml": f"spec: {{ webhookUrl: 'https://x/?k={quote(VALUE, safe='')}' }}\n"},
            "HOOK_SECRET",
            "b.yaml:1",
        ),
        (
            {"agents/b.yaml": f"spec: {{ outcome: {ENCODED} }}\n"},
            "HOOK_SECRET",
            "b.yaml:1",
        ),
        (
            {
                "agents/b.yaml": "spec: { preamble: { $file: [p.md, q.md] } }\n",
                "agents/p.md": "one\n",
                "agents/q.md": f"two\n\nthe key is {VALUE}, keep it\n",
            },
            "HOOK_SECRET",
            "agents/q.md:3  spec.preamble",
        ),
        (
            {"agents/b.yaml": "spec: { preamble: the key is live-key-4711 }\n"},
            "LIVE_KEY",
            "agents/b.yaml:1",
        ),
        ({"reconciler.yaml": f"{PROJECT}# {VALUE}\n"}, "HOOK_SECRET", "reconciler.yaml:5"),
        (
            {
                "reconciler.yaml": PROJECT.replace(
                    "shape=G3'", f"shape=G3', vars: {{ a: '{VALUE}' }}"
                )
            },
            "HOOK_SECRET",
            "reconciler.yaml:2",
        ),
    ],
)
def test_the_value_of_a_known_secret_is_refused_in_every_text(project, files, name, place):
    for path, text in files.items():
        project.write(path, text)
    for command in ("plan", "validate", "apply", "drift"):
        done = project.run(command)
        assert done.code == 1, done.err
        assert f"error: the value of {name} is in a text  [typed-secret]" in done.err
        assert place in done.err
        assert ENV[name] not in done.err + done.out


def test_no_switch_lets_it_pass(project):
    project.write("reconciler.yaml", f"{PROJECT}lint: {{ typed-secret: off, secrets: off }}\n")
    off = "lint:\n  typed-secret: { level: off, reason: sample keys }\n"
    project.write("agents/b.yaml", f"{off}spec:\n  preamble: x {VALUE}\n")
    assert "the value of HOOK_SECRET" in project.run("plan").err


def test_a_short_value_is_in_many_words_and_passes(project):
    project.write(
        "agents/b.yaml",
        "spec:\n  agentName: abc\n  webhookAuth: { authSecret: { $secret: SHORT } }\n",
    )
    assert "the value of" not in project.run("validate").err


def test_no_other_mistake_quotes_it(project):
    project.write("agents/b.yaml", f"spec: {{ lang: '{VALUE}', interrupt: '{VALUE}' }}\n")
    done = project.run("validate")
    assert done.code == 1
    assert VALUE not in done.err


@pytest.mark.parametrize("order", ["a", "z"])
@pytest.mark.parametrize("command", ["validate", "plan", "plan --format json", "apply --yes"])
def test_env_of_a_name_that_is_a_secret_elsewhere_is_refused(project, order, command):
    name = f"agents/{order}.yaml"
    project.write(name, "spec:\n  agentName: B\n  outcome: { $env: HOOK_SECRET }\n")
    done = project.run(*command.split())
    assert done.code == 1
    assert VALUE not in done.out + done.err
    assert "`$env` would show HOOK_SECRET, which is a secret" in done.err
    assert f"{name}:3  spec.outcome" in done.err
    assert "write { $secret: HOOK_SECRET }" in done.err


FORGE = (
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "CI_JOB_TOKEN",
    "GH_TOKEN",
    "CI_JOB_JWT_V2",
    "github_token",
)
FORGE += ("ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "RECONCILER_SECRETS")


@pytest.mark.parametrize("name", FORGE)
@pytest.mark.parametrize("kind", ["$secret", "$env"])
def test_a_token_of_the_forge_is_no_secret_of_a_project(project, name, kind):
    """Whoever may push a file could make the tool send it to any address in the file."""
    project.env[name] = f"LISTED={VALUE}" if name == "RECONCILER_SECRETS" else VALUE
    project.write("agents/b.yaml", f"spec:\n  agentName: B\n  outcome: {{ {kind}: {name} }}\n")
    done = project.run("plan")
    assert (done.code, VALUE in done.out + done.err) == (1, False)
    assert f"`{kind}` takes no token of a forge or of CI" in done.err
    project.write("agents/b.yaml", "spec: { agentName: B }\n")
    key = f"environments:\n  live: {{ url: 'http://127.0.0.1:9', api_key: {{ {kind}: {name} }} }}\n"
    project.write("reconciler.yaml", key)
    done = project.run("plan")
    assert (done.code, VALUE in done.out + done.err) == (1, False)


def test_env_in_the_project_file_may_not_show_one(project):
    project.write(
        "reconciler.yaml",
        PROJECT.replace("shape=G3'", "shape=G3', vars: { a: { $env: HOOK_SECRET } }"),
    )
    done = project.run("plan")
    assert "`$env` would show HOOK_SECRET, which is a secret" in done.err
    assert "reconciler.yaml:2  environments.dev.vars.a" in done.err


def test_pull_takes_none_into_a_file(project):
    project.write("agents/desk.yaml", f"{DESK}  greetingMessage: Hello\n  outcome: x\n")
    assert project.apply().code == 0
    edit(project, '"Hello"', f'"Hello {VALUE}"')
    edit(project, '"x"', '"after"')
    done = project.run("pull")
    assert "it holds the value of HOOK_SECRET" in done.out
    assert done.code == 4
    text = (project.root / "agents/desk.yaml").read_text()
    assert "outcome: after" in text
    assert VALUE not in text


def edit(project, old, new):
    """An edit in the dashboard."""
    for path in (project.root / ".reconciler/sandbox").rglob("*.json"):
        path.write_text(path.read_text().replace(old, new))
