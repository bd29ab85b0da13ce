"""The state that several machines share: whether it can be used, and who holds its locks."""

from collections.abc import Iterator

from reconciler.cli.doctor.context import Context
from reconciler.engine.checkup import Check, fail, ok, skipped, warn
from reconciler.errors import ReconcilerError, listed
from reconciler.state.backend import StateBackend
from reconciler.workflows import session


def state(context: Context) -> Iterator[Check]:
    """Whether the store keeps what it promises; it gets a small text of its own for that."""
    if context.project is None or context.project.state is None:
        return
    if context.arguments.offline:
        yield skipped("state", "the store is not asked offline")
        return
    backend = session.backend(context.world, context.project)
    try:
        found, _ = backend.read(context.names)
    except ReconcilerError as error:
        yield fail("state", error.message, error.hint)
        return
    lacking = [name for name in context.names if name not in found]
    yield _proven(backend, f"; no entries yet of {listed(lacking)}" if lacking else "")
    for name in context.names:
        try:
            held = backend.held(name)
        except ReconcilerError as error:  # these credentials may only read, as those of a fork
            yield warn("lock", f"{name}: {error.message}", error.hint)
            continue
        if held:
            over = ", and did not renew it in time" if held.is_over else ""
            remedy = f"if nobody needs this lock any more: reconciler state unlock --env {name}"
            yield warn("lock", f"{name}: {held.said}{over}", remedy)


def self_heal(context: Context) -> Iterator[Check]:
    """Whether the service can tell drift from what another machine applied."""
    if context.project is None or session.backend(context.world, context.project).is_shared:
        return
    places = context.project.entry.environments
    for name in (one for one in context.names if one in places):
        groups = places[name].policies.self_heal
        if groups:
            said = f"{name} may heal {', '.join(groups)}, and its state is a file of this checkout"
            yield warn("self_heal", said, "give the project a `state` that all machines share")


def _proven(backend: StateBackend, more: str) -> Check:
    try:
        return ok("state", f"{backend.name}: {backend.prove()}{more}")
    except ReconcilerError as error:
        return fail("state", error.message, error.hint)
