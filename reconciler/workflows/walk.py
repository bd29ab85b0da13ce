"""The flow that an agent's file declares, for a walk through it. Offline."""

from collections.abc import Sequence

from reconciler.config import agentfile, flow_tests, load, reader, references
from reconciler.config.agentfile import AgentFile
from reconciler.config.flow_tests import Declared
from reconciler.config.references import Scope
from reconciler.errors import ConfigError, Problem, ReconcilerError, UsageError, listed, meant
from reconciler.kinds.flow.trials import Trial
from reconciler.late import dataclass
from reconciler.workflows.session import LOOSE, Session


@dataclass(frozen=True, kw_only=True)
class Walkable:
    """The flow of one agent in one environment, and the flow test that is to be played."""

    key: str
    environment: str
    flow: Declared
    trial: Trial


def walkable(session: Session, key: str, test: str | None = None) -> Walkable:
    """Read the flow of the agent with this key, and one of its flow tests.

    Mistakes in other files are no obstacle, and neither are flow tests that fail. Raises
    ConfigError with the mistakes of this file, ReconcilerError if it declares no flow.
    """
    project, place, env = session.project, session.environment, session.context.env
    file, frame = load.named(project, key)
    if file is None:
        raise _unknown(session, key, frame)
    secrets = load.secret_names(project, [file, *_others(session, file)])
    scope = reader.scopes(project, place, env, secrets, offline=True)
    desired, mistakes = agentfile.resolve(file, scope, place.name, session.context.today)
    wrong = [one for one in (*frame, *mistakes) if not one.warning]
    if wrong:
        raise ConfigError(wrong)
    flow = flow_tests.declared(desired)
    if flow is None or not flow.nodes:
        hint = "reconciler import writes the flow of a live v2 agent into its file"
        raise ReconcilerError(f"{key} declares no flow in {file.document.name}", hint=hint)
    trial = _test(file, scope(file.folder), test) if test is not None else Trial(name="")
    return Walkable(key=key, environment=place.name, flow=flow, trial=trial)


def _test(file: AgentFile, scope: Scope, name: str) -> Trial:
    """The flow test with this name; ConfigError with the mistakes in the tests of the file."""
    tests, problems = flow_tests.read(file, scope)
    wrong = [one for one in problems if not one.warning]
    if tests is None or wrong:
        raise ConfigError(wrong)
    names = [one.name for one in tests.flow_tests]
    if name not in names:
        hint = meant(name, names, f"its tests: {listed(names, name)}", LOOSE)
        raise UsageError(f"{file.document.name} has no flow test `{name}`", hint=hint)
    return tests.flow_tests[names.index(name)].trial()


def _unknown(session: Session, key: str, frame: Sequence[Problem]) -> ReconcilerError:
    """The error if no file has a key, or if the file that may have it is not readable."""
    if frame:
        return ConfigError(frame)
    keys = [one.key for one in load.files(session.project)[0]]
    hint = meant(key, keys, f"keys: {listed(keys, key)}", LOOSE)
    return UsageError(f"there is no agent `{key}`", hint=hint)


def _others(session: Session, file: AgentFile) -> Sequence[AgentFile]:
    """All files, if this one shows values of the environment: others name the secrets in it."""
    kinds = {kind for _, kind, _ in references.referred(file.document.data)}
    return load.files(session.project)[0] if "$env" in kinds else ()
