"""The backend for a URL. Each one is imported only where a project names it."""

from collections.abc import Collection
from pathlib import Path

from reconciler.state.backend import StateBackend
from reconciler.state.http_client import HttpClient, Login, Place
from reconciler.state.local import LocalFile
from reconciler.state.remote import Remote
from reconciler.state.split import Split
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
    if url.startswith("http"):
        from reconciler.state.http_state import HttpState  # noqa: PLC0415 - only where it is named

        client = HttpClient(Place.of(url, login))
        shared: HttpState | Remote = HttpState(
            root=root, client=client, locked=locked, migrating=migrating
        )
    else:
        shared = Remote(
            root=root,
            store=_store(root, url),
            lease=lease or None,
            locked=locked,
            migrating=migrating,
        )
    return Split(shared=shared, own=frozenset(own)) if own else shared


def mend(backend: StateBackend) -> None:
    """Let a backend take damaged pages for empty ones, so that they can be replaced."""
    there = backend.shared if isinstance(backend, Split) else backend
    if isinstance(there, Remote):
        there.mending = True


def _store(root: Path, url: str) -> Store:
    if url.startswith("git:"):
        from reconciler.state.git_ref import GitRef  # noqa: PLC0415 - only where it is named

        return GitRef(root, url.removeprefix("git:") or "origin")
    from reconciler.state.object_store import Bucket  # noqa: PLC0415 - only where it is named

    return Bucket(url)
