"""What one message hides, no other one quotes: typed keys at every place, in every format."""

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9" * 2
FORMS = ("json", "sarif", "junit", "annotations", "markdown", "html")
PLAIN = "environments: { here: { url: sandbox } }\n"
PLACES = {
    "a value": (PLAIN, "agents/a.yaml", f"spec: {{ agentName: A, lang: {TOKEN} }}\n"),
    "a long value": (PLAIN, "agents/a.yaml", f"spec: {{ lang: {'a ' * 25}{TOKEN} }}\n"),
    "a key": (PLAIN, "agents/a.yaml", f"spec: {{ agentName: A, {TOKEN}: 1 }}\n"),
    "a file": (PLAIN, f"agents/{TOKEN}.yaml", "spec: { lang: x, odd: 1 }\n"),
    "an agent's key": (PLAIN, "agents/a.yaml", f"key: {TOKEN}\nspec: {{ odd: 1 }}\n"),
    "a path": (PLAIN, "agents/a.yaml", f"spec: {{ preamble: {{ $file: {TOKEN}.md }} }}\n"),
    "a variable": (PLAIN, "agents/a.yaml", f"spec: {{ preamble: {{ $var: {TOKEN} }} }}\n"),
    "a variable of the job": (PLAIN, "agents/a.yaml", f"spec: {{ lang: {{ $env: {TOKEN} }} }}\n"),
    "an environment": (PLAIN, "agents/a.yaml", f"spec: {{ odd: 1 }}\nenvironments: {{ {TOKEN}: {{}} }}\n"),  # noqa: E501
    "the project file": (f"{PLAIN}default_environment: {TOKEN}\n", "agents/a.yaml", "spec: {}\n"),
    "a key of the project file": (f"{PLAIN}{TOKEN}: 1\n", "agents/a.yaml", "spec: {}\n"),
}  # fmt: skip


KINDS = {
    "GitHub": TOKEN,
    "GitHub, fine": "github_pat_" + "11ABCDEFG0aBcDeFgHiJ_kLmN",
    "GitLab": "glpat-" + "a1B2c3D4e5F6g7H8i9J0",
    "Slack": "xoxb-" + "123456789012-abcdefABCDEF",
    "Google": "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "Google OAuth": "ya29." + "a0AfH6SMBx1y2z3",
    "AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "live": "sk_live_" + "4eC39HqLyjWDarjtT1",
    "model": "sk-" + "proj-A1b2C3d4E5f6G7h8I9j0",
    "SendGrid": "SG." + "a1B2c3D4e5F6g7H8i9.j0K1l2M3n4O5p6Q7r8S9",
    "Hugging Face": "hf_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6",
    "Telegram": "123456789:AA" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q",
    "Twilio": "SK" + "0123456789abcdef" * 2,
    "web token": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NSJ9.aB3dE5fG7hI9",
    "bearer": "Bearer " + "a1B2c3D4e5F6g7H8i9J0",
    "password": "https://u:" + "kD93mfJw@x.example",
}


@pytest.mark.parametrize("token", KINDS.values(), ids=list(KINDS))
def test_no_kind_of_key_is_quoted(project: Project, token: str) -> None:
    """At places that a second message also names, in every format at once."""
    project.write("reconciler.yaml", f"{PLAIN}default_environment: '{token}'\n")
    project.write(
        "agents/a.yaml",
        f"key: '{token}'\nlint: {{ '{token}': off }}\nlifecycle: {{ ignore: ['{token}'] }}\n"
        f"spec: {{ agentName: A, lang: '{token}', '{token}': 1, preamble: {{ $var: '{token}' }},"
        f" outcome: {{ $file: '{token}' }}, voiceId: {{ $secret: '{token}' }} }}\n"
        f"environments: {{ '{token}': {{}} }}\n",
    )
    secret = token.removeprefix("https://u:").removeprefix("Bearer ")[:16].partition("@")[0]
    words = [word for form in FORMS for word in ("--report", f"{form}=report.{form}")]
    for settings in (None, PLAIN):
        if settings:
            project.write("reconciler.yaml", settings)
        for argv in (("validate", *words), ("plan", *words), ("plan", "--env", token), (token,)):
            done = project.run(*argv)
            assert done.code, argv
            reports = [path.read_text("utf-8") for path in project.root.glob("report.*")]
            assert all(secret not in one for one in (done.out, done.err, *reports)), done.err


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (f"agents/{TOKEN}.yaml", "a"),
        ("agents/a.yaml", TOKEN),
        ("agents/x-planted-hook-1.yaml", "a"),
    ],
)
def test_a_name_that_is_a_secret_reaches_no_plan(project: Project, name: str, key: str) -> None:
    project.env["HOOK"] = "planted-hook-1"
    project.write("reconciler.yaml", f"lint: {{ secrets: off }}\n{PLAIN}")
    project.write(
        name,
        f"key: {key}\nspec:\n  agentName: A\n"
        "  webhookAuth: { authKey: T, authSecret: { $secret: HOOK } }\n",
    )
    words = [word for form in FORMS for word in ("--report", f"{form}=report.{form}")]
    done = project.run("plan", *words)
    assert done.code == 1
    assert "of this file holds a secret" in done.err
    told = [done.out, done.err, *((project.root / f"report.{form}").read_text() for form in FORMS)]
    assert all(TOKEN[:16] not in one and "planted-hook" not in one for one in told), done.err


@pytest.mark.parametrize(("settings", "name", "text"), PLACES.values(), ids=list(PLACES))
def test_a_typed_key_is_quoted_nowhere(
    project: Project, settings: str, name: str, text: str
) -> None:
    project.write("reconciler.yaml", settings)
    project.write(name, text)
    words = [word for form in FORMS for word in ("--report", f"{form}=report.{form}")]
    done = project.run("validate", *words)
    assert done.code
    told = [done.out, done.err, *((project.root / f"report.{form}").read_text() for form in FORMS)]
    assert all(TOKEN[:16] not in one for one in told), done.err
