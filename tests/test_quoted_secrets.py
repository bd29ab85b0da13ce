"""What one message hides, no other one quotes: typed keys at every place, in every format."""

import pytest

from tests.projects import Project

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
