"""The flow that an agent's file declares, for a walk through it. Offline."""

from dataclasses import dataclass, replace

from reconciler.config import agentfile, flow_tests, load
from reconciler.config.flow_tests import Declared
from reconciler.errors import ConfigError, ReconcilerError, UsageError, listed, meant
from reconciler.workflows.session import LOOSE, Session


@dataclass(frozen=True, kw_only=True)
class Walkable:
    """The flow of one agent in one environment."""

    key: str
    environment: str
    flow: Declared


def walkable(session: Session, key: str) -> Walkable:
    """Read the flow of the agent with this key.

    Mistakes in other files are no obstacle, and neither are flow tests that fail. Raises
    ConfigError with the mistakes of this file, ReconcilerError if it declares no flow.
    """
    project, place, env = session.project, session.environment, session.context.env
    read, problems = load.files(project)
    file = next((one for one in read if one.key == key), None)
    if file is None:
        keys = [one.key for one in read]
        hint = meant(key, keys, f"keys: {listed(keys, key)}", LOOSE)
        raise UsageError(f"there is no agent `{key}`", hint=hint)
    secrets = load.secret_names(project, read)
    scope = load.scopes(project, place, env, secrets, offline=True)
    desired, mistakes = agentfile.resolve(file, scope, place.name, session.context.today)
    own = [one for one in problems if one.file == file.document.name]
    wrong = [replace(one, agents=()) for one in (*own, *mistakes) if not one.warning]
    if wrong:
        raise ConfigError(wrong)
    flow = flow_tests.declared(desired)
    if flow is None or not flow.nodes:
        hint = "reconciler import writes the flow of a live v2 agent into its file"
        raise ReconcilerError(f"{key} declares no flow in {file.document.name}", hint=hint)
    return Walkable(key=key, environment=place.name, flow=flow)
