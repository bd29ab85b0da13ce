"""A run without a result, and checks of the files, as sheets for people. Pure."""

from collections.abc import Sequence

from reconciler.errors import Problem, ReconcilerError
from reconciler.render import labels
from reconciler.render.sanitize import label, one_line
from reconciler.render.view import Sheet
from reconciler.text.wording import count


def sheet(
    command: str,
    environment: str,
    error: ReconcilerError,
    problems: Sequence[Problem],
    language: str = "en",
) -> Sheet:
    """Why a command stopped, and the mistakes in the files."""
    hint = f" ({error.hint})" if error.hint else ""
    return Sheet(
        kind=command,
        title=labels.of(language)("{command} stopped", command=command),
        environment=one_line(environment),
        url="",
        summary=label(f"{error.message}{hint}", 1000),
        changes=False,
        findings=tuple(problems),
        stopped=True,
        language=language,
    )


def valid_summary(
    agents: int, environments: Sequence[str], silenced: int, warnings: str = "", *, tests: int = 0
) -> str:
    """The number of valid agents, of flow tests, of findings switched off, and of warnings."""
    walked = [f"{count(tests, 'flow test')} passed."] if tests else []
    off = [f"{count(silenced, 'finding')} switched off in the files."] if silenced else []
    odd = [f"{warnings}."] if warnings else []
    valid = f"Valid: {count(agents, 'agent')} for {', '.join(environments)}."
    return " ".join([valid, *walked, *off, *odd])


def valid(summary: str, findings: Sequence[Problem]) -> Sheet:
    """Valid files, and their warnings."""
    return Sheet(
        kind="validate",
        title="Check of the files",
        environment="",
        url="",
        summary=one_line(summary),
        changes=False,
        findings=tuple(findings),
    )
