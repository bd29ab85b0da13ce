"""Required texts that the files drop, reported where the text was written."""

from collections.abc import Iterator, Sequence

from reconciler.config import agentfile
from reconciler.config.agentfile import AgentFile
from reconciler.config.project import Environment
from reconciler.engine.policies import required_text
from reconciler.errors import Problem
from reconciler.jsonvalues import lies_in
from reconciler.model import Desired
from reconciler.yamledit.document import Path_

RULE = "required_text"


def problems(
    desired: Desired,
    file: AgentFile,
    environment: Environment,
    mistakes: Sequence[Problem],
) -> Iterator[Problem]:
    """The required texts that an agent's declared texts do not contain.

    Skips texts that no file declares, that are ignored, or that have other mistakes: their content
    is not known here.
    """
    asked = [*required_text.told_once(desired.kind, environment.policies.required_text)]
    if not asked:
        return
    wrong = [problem.field for problem in mistakes if not problem.rule]
    texts = {
        path: value
        for path, value in desired.fields.items()
        if not any(entry.holds(path) for entry in desired.ignore)
        and not (
            wrong and _is_in(wrong, ".".join(map(str, _steps(file, environment, path, desired))))
        )
    }
    for required in asked:
        if (
            required.is_for(desired.key)
            and required_text.kept(desired.kind, required, texts) is False
        ):
            found = required_text.places(desired.kind, required, texts)
            path = next(iter(found), required.field.partition("[")[0])
            where = f"`{required.field}`" if required.field else "no text of the agent"
            says = "does not say" if required.field else "says"
            yield file.document.problem(
                _steps(file, environment, path, desired),
                f"{where} {says} {required_text.quoted(required)}, which `required_text` of "
                f"{environment.name} asks for",
                hint="put the sentence back; to drop it, take it out of the project file first",
                rule=RULE,
            )


def _steps(file: AgentFile, environment: Environment, path: str, desired: Desired) -> Path_:
    """A leaf's place in the file."""
    return agentfile.place_of(file, environment.name, desired.kind.place(path, desired.fields))


def _is_in(wrong: Sequence[str], place: str) -> bool:
    """Whether a place in the file contains one of these."""
    return any(lies_in(one, place) for one in wrong)
