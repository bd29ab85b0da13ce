"""What people do with the state itself: look at it, replace it, move it, edit its entries."""

from collections.abc import Collection, Sequence

from reconciler.config.agentfile import is_key
from reconciler.errors import ReconcilerError, UsageError, listed, meant
from reconciler.late import dataclass
from reconciler.model import Address, EnvironmentState
from reconciler.state import statefile
from reconciler.state.backend import Environments, StateBackend
from reconciler.state.state import State


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a new page of an environment differs from the current one: keys of entries."""

    environment: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    is_other: bool = False
    """Whether the pages have different salts: they are not versions of one state."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.added or self.removed or self.changed or self.is_other)


def differences(before: Environments, after: Environments) -> list[Difference]:
    """How each environment of a new state differs from the current one, if it does."""
    names = sorted({*before, *after})
    found = (_difference(name, before.get(name), after.get(name)) for name in names)
    return [one for one in found if not one.is_empty]


def _difference(
    name: str, before: EnvironmentState | None, after: EnvironmentState | None
) -> Difference:
    was, now = (dict(page.agents) if page else {} for page in (before, after))
    return Difference(
        environment=name,
        added=tuple(sorted(now.keys() - was.keys())),
        removed=tuple(sorted(was.keys() - now.keys())),
        changed=tuple(sorted(key for key in was.keys() & now.keys() if was[key] != now[key])),
        is_other=bool(before and after and before.agents and before.salt != after.salt),
    )


def replaced(backend: StateBackend, environments: Environments, now: str) -> str:
    """Replace the whole state; returns where the copy of the former one is.

    The caller holds the lock. Raises ReconcilerError if it is written meanwhile.
    """
    before, _ = backend.read()
    copy = backend.back_up(sorted({*before, *environments}), now)  # a damaged page, too
    state = State.of(backend)
    for name in sorted({*before, *environments}):
        if before.get(name) != environments.get(name):
            state.restore(name, environments.get(name))
    found, _ = backend.read()
    if found != dict(environments):
        message = f"{backend.name} was written by another run at the same time"
        raise ReconcilerError(message, hint=f"look at it, and do it again; the copy: {copy}")
    return copy


def refuse_other(found: Sequence[Difference], name: str) -> None:
    """Raise if a state is not a version of the current one."""
    others = [one.environment for one in found if one.is_other]
    if others:
        raise ReconcilerError(
            f"{name} is not a version of the state of {listed(others)}: it has another salt",
            hint="is it the state of another project? --force replaces the current one anyway",
        )


def refuse_used(found: Sequence[Difference], name: str) -> None:
    """Raise if a move of the state would change or remove something where it goes."""
    used = [one.environment for one in found if one.removed or one.changed or one.is_other]
    if used:
        raise ReconcilerError(
            f"{name} already has a different state of {listed(used)}",
            hint="compare the two with reconciler state pull; reconciler state push replaces one",
        )


def move(state: State, environment: str, key: str, new: str) -> None:
    """Rename an entry. Raises UsageError if it does not exist, or if the new key cannot have it."""
    if not is_key(Address.parse(new).key) or Address.parse(new).kind != Address.parse(key).kind:
        hint = "a key is as the name of a file, for an object of the same kind"
        raise UsageError(f"`{new}` is no key that `{key}` can have", hint=hint)
    if new in known(state, environment, [key]):
        raise UsageError(f"the state already has an entry for `{new}` in {environment}")
    state.rename(environment, {key: new})


def forget(state: State, environment: str, keys: Sequence[str]) -> None:
    """Remove entries. Raises UsageError if one does not exist."""
    known(state, environment, keys)
    state.drop(environment, keys)


def known(state: State, environment: str, keys: Sequence[str]) -> Collection[str]:
    """All keys of the state; raises UsageError if these are not among them."""
    page = state.known(environment)
    found = page.agents if page else {}
    for key in keys:
        if key not in found:
            hint = meant(key, found, f"entries: {listed(found, key)}")
            raise UsageError(f"the state has no entry for `{key}` in {environment}", hint=hint)
    return found.keys()


def text(environments: Environments) -> str:
    """The whole state as a text, in the format of the file."""
    return statefile.dumps(environments)
