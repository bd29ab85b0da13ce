"""The backend for a URL. Each one is imported only where a project names it."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.state.backend import Login, StateBackend
from reconciler.state.local import LocalFile

if TYPE_CHECKING:
    from reconciler.state.http_state import HttpState
    from reconciler.state.remote import Remote
    from reconciler.state.store import Store

_NONE = Login()


def opened(
    root: Path,
    url: str,
    *,
    lease: float = 120.0,
    locked: bool = True,
    own: Collection[str] = (),
    migrating: bool = False,
    login: Login = _NONE,
) -> StateBackend:
    """The backend of a project; without a URL the file of the project.

    ``own`` are environments whose objects are on this machine alone: their state stays here too.
    Unless ``migrating``, a project with a URL must not have the file any more. ``login`` has the
    credentials of a server that is asked over HTTP; the other stores have their own ways.
    """
    if not url:
        return LocalFile(root)
    http = url.startswith("http")
    shared = _http(root, url, login) if http else _remote(root, url, lease)
    shared.locked, shared.migrating = locked, migrating
    if not own:
        return shared
    from reconciler.state.split import Split  # noqa: PLC0415 - only where it is needed

    return Split(shared=shared, own=frozenset(own))


def _http(root: Path, url: str, login: Login) -> "HttpState":
    from reconciler.state.http_client import HttpClient, Place  # noqa: PLC0415 - as above
    from reconciler.state.http_state import HttpState  # noqa: PLC0415

    return HttpState(root=root, client=HttpClient(Place.of(url, login)))


def _remote(root: Path, url: str, lease: float) -> "Remote":
    from reconciler.state.remote import Remote  # noqa: PLC0415 - as above

    return Remote(root=root, store=_store(root, url), lease=lease or None)


def mend(backend: StateBackend) -> None:
    """Let a backend take damaged pages for empty ones, so that they can be replaced."""
    from reconciler.state.remote import Remote  # noqa: PLC0415 - few commands mend
    from reconciler.state.split import Split  # noqa: PLC0415

    there = backend.shared if isinstance(backend, Split) else backend
    if isinstance(there, Remote):
        there.mending = True


def _store(root: Path, url: str) -> "Store":
    if url.startswith("git:"):
        from reconciler.state.git_ref import GitRef  # noqa: PLC0415 - only where it is named

        return GitRef(root, url.removeprefix("git:") or "origin")
    from reconciler.state.object_store import Bucket  # noqa: PLC0415 - only where it is named

    return Bucket(url)
