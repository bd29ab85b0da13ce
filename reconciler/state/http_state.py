"""The state behind Terraform's HTTP backend protocol: GitLab's managed state, Gitea's, others.

```
GET    URL           the state; 404 or 204 if there is none
POST   URL?ID=lock   replace it, under the lock
LOCK   URL           lock it: 200, or 409 or 423 with the holder (GitLab: POST URL/lock)
UNLOCK URL           free it (GitLab: DELETE URL/lock)
```

There is one text for all environments, and one lock, which has no end. The protocol has no
condition for a write, so nothing is written without the lock: a run that does not lock takes it for
each write. The text is at the same time a state of Terraform, without resources: GitLab reads its
``serial``, which must grow, and keeps the text of each.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from reconciler import __version__, plain
from reconciler.errors import ReconcilerError
from reconciler.late import dataclass
from reconciler.state import files, mutex, statefile
from reconciler.state.backend import Environments, Held, MovedError, Pace, Run
from reconciler.state.http_client import Answer, HttpClient
from reconciler.state.local import LocalFile
from reconciler.state.store import StoreError
from reconciler.state.writeahead import WriteAhead

_TRIES = 3
"""Attempts at a request whose answer did not come."""
_PAUSE = 0.3
_LOOK = 1.0
"""Seconds between two looks at a lock that is held."""
_BRIEF = 30.0
"""How long a write of a run that does not lock waits for the lock."""
_EARLIER = 20
_HELD = (409, 423)
_KEPT = "held"
_WHOLE = "all environments"


@dataclass(frozen=True, kw_only=True)
class Document:
    """The state as the server has it. Without a ``serial`` there is none."""

    environments: Environments
    serial: int = 0
    lineage: str = ""
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds the lock, as far as the server says."""

    id: str
    said: str


@dataclass(kw_only=True)
class HttpState:
    """The state of a project at an address. ``locked`` says whether runs lock it while they run.

    ``migrating`` says that the project's file may be there.
    """

    root: Path
    client: HttpClient
    locked: bool = True
    migrating: bool = False
    is_shared = True
    pace = Pace(least=0.0, share=5)
    _run: Run | None = field(default=None, init=False)
    _lock: str = field(default="", init=False)
    _lost: ReconcilerError | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """Its address."""
        return self.client.place.address

    @cached_property
    def ahead(self) -> WriteAhead:
        """See ``StateBackend.ahead``."""
        return WriteAhead(self.root)

    def read(self, _only: Collection[str] | None = None) -> tuple[Environments, str]:
        """See ``StateBackend.read``. Raises ReconcilerError if the project still has a file."""
        if not self.migrating:
            statefile.refuse_left(self.root, self.name)
        found = self._document()
        return found.environments, found.version

    def write(self, environments: Environments, if_version: str) -> str:
        """See ``StateBackend.write``; raises ReconcilerError if this run has lost its lock."""
        with self._writing() as lock:
            found = self._document()
            if found.version != if_version:
                raise MovedError
            if found.serial and dict(found.environments) == dict(environments):
                return if_version
            if not found.serial:
                self._prove(lock)
            return self._replace(found, environments, lock)

    @contextmanager
    def lock(self, _environments: Collection[str], run: Run, wait: float = 0) -> Iterator[None]:
        """One run at a time for all environments, and one at a time in this folder."""
        end = time.monotonic() + wait
        with mutex.exclusive(self.root, wait):
            self._run, self._lost = run, None
            try:
                with self._locking(run, end) if self.locked else nullcontext():
                    yield
            finally:
                self._run = None

    @contextmanager
    def _locking(self, run: Run, end: float) -> Iterator[None]:
        self._lock = self._take(run, max(0.0, end - time.monotonic()))
        try:
            yield
        except BaseException:
            with suppress(ReconcilerError):
                self._release()
            raise
        self._release()

    def held(self, environment: str) -> Held | None:
        """See ``StateBackend.held``. The protocol has no question for it: this takes the lock."""
        if self._lock:
            return None
        info = _info(Run(who="reconciler", what=f"look at the lock of {environment}"))
        holder = self._asked(info)
        if holder:
            return Held(id=holder.id, said=holder.said)
        self._free(info["ID"])
        return None

    def hold(self, _environment: str, run: Run) -> Held:
        """See ``StateBackend.hold``; the lock is one for all environments."""
        info = _info(run)
        holder = self._asked(info)
        if holder:
            raise self._taken(holder)
        return Held(id=info["ID"], said=f"{_said(info, self.client.clean)}, {_WHOLE}")

    def unlock(self, environment: str, held: Held) -> None:
        """See ``StateBackend.unlock``."""
        answer = self._free(held.id)
        if answer.status in _HELD:
            message = f"the lock of {environment} has changed"
            raise ReconcilerError(message, hint="look again: reconciler state unlock")

    def back_up(self, environments: Collection[str], now: str) -> str:
        """See ``StateBackend.back_up``; the copy is in the tool's folder."""
        found, _ = self.read()
        kept = {name: page for name, page in found.items() if name in environments}
        if not kept:
            return ""
        copy = files.own_folder(self.root) / "backups" / f"{now.replace(':', '')}-state.json"
        files.write(copy, statefile.dumps(kept), mode=0o600)
        return copy.relative_to(self.root).as_posix()

    def prove(self) -> str:
        """See ``StateBackend.prove``."""
        info = _info(Run(who="reconciler", what="doctor"))
        holder = self._asked(info)
        if not holder:
            try:
                self._prove(info["ID"])
            finally:
                self._free(info["ID"])
        return "it gives its lock to one run at a time"

    def check(self) -> None:
        """See ``StateBackend.check``."""
        if self._lost:
            raise self._lost

    def earlier(self) -> Iterator[Environments]:
        """Earlier states that GitLab has by their serial, then what git has of a former file."""
        serial = self._document().serial
        for one in range(serial - 1, max(0, serial - _EARLIER), -1):
            answer = self._get(f"{self.name}/versions/{one}")
            if not answer.is_done:
                break
            with suppress(ReconcilerError):
                yield self._parsed(answer.text).environments
        yield from LocalFile(self.root).earlier()

    def commits_with(self, digest: str) -> list[str]:
        """The commits that added a digest to the file that the project had before."""
        return LocalFile(self.root).commits_with(digest)

    def _document(self) -> Document:
        answer = self._get(self.name)
        hidden = answer.status == 404 and "project not found" in answer.text.lower()  # GitLab's
        if answer.status in (204, 404) and not hidden:
            return Document(environments={})
        if answer.is_done and not answer.text.strip():
            return Document(environments={})
        if not answer.is_done:
            raise self._refused("GET", answer)
        return self._parsed(answer.text)

    def _get(self, url: str) -> Answer:
        """An answer to a question, which may be asked again."""
        for left in reversed(range(_TRIES)):
            try:
                answer = self.client.ask("GET", url)
            except StoreError:
                if not left:
                    raise
            else:
                if not (left and answer.is_passing):
                    return answer
            time.sleep(_PAUSE)
        raise AssertionError

    def _parsed(self, text: str) -> Document:
        restore = "reconciler state push FILE, with a copy of reconciler state pull"
        try:
            content = json.loads(text)
            serial, lineage = content["serial"], str(content.get("lineage") or "")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise statefile.damaged(self.name, "it is no state of Terraform", restore) from error
        if type(serial) is not int or serial < 0:
            raise statefile.damaged(self.name, "its serial is no number", restore)
        if "environments" not in content:
            raise ReconcilerError(
                f"{self.name} has a state of another program, such as Terraform",
                hint="choose another name at the end of the address",
            )
        pages = statefile.pages(content, self.name, restore)
        return Document(
            environments=pages, serial=serial, lineage=lineage, version=_version(content)
        )

    def _replace(self, found: Document, environments: Environments, lock: str) -> str:
        """Write a state under a lock; after an answer that says nothing, look what is there."""
        content = _content(found, environments)
        text, wanted = statefile.text_of(content), _version(content)
        for left in reversed(range(_TRIES)):
            try:
                answer = self.client.ask(self.client.place.update, self.name, text, ID=lock)
                failure = self._refused(self.client.place.update, answer)
            except StoreError as error:
                answer, failure = Answer(status=0), error
            if answer.is_done:
                return wanted
            if answer.status in _HELD:
                self._lost = self._unlocked()
                raise self._lost
            now = self._document()
            if now.version == wanted:
                return wanted
            if now.version != found.version:
                raise MovedError
            if not (left and (answer.is_passing or not answer.status)):
                raise failure
            time.sleep(_PAUSE)
        raise AssertionError

    @contextmanager
    def _writing(self) -> Iterator[str]:
        """The id of the lock: that of the run, or of one for this write."""
        self.check()
        if self._lock:
            yield self._lock
            return
        lock = self._take(self._run or Run(who="reconciler", what="one write"), _BRIEF)
        try:
            yield lock
        finally:
            self._free(lock)
            self._keep("")

    def _take(self, run: Run, wait: float) -> str:
        """Lock the state for a run.

        The lock of an earlier try of the same CI job, and that of a run that died in this folder,
        are freed: neither can still be running. Raises ReconcilerError if it is still held after
        ``wait`` seconds.
        """
        info, end, left_here = _info(run), time.monotonic() + wait, self._kept()
        self._keep(info["ID"])
        while holder := self._asked(info):
            if holder.id and (holder.id == left_here or _is_again(holder.id, run)):
                self._free(holder.id)
                continue
            left = end - time.monotonic()
            if left <= 0:
                raise self._taken(holder)
            time.sleep(min(_LOOK, left))
        return info["ID"]

    def _kept(self) -> str:
        """The id of a lock that a run in this folder asked for and did not free."""
        try:
            return plain.read(self.root / files.OWN_FOLDER / _KEPT).decode(errors="replace")
        except OSError:
            return ""

    def _keep(self, lock: str) -> None:
        """Remember the id of a lock before it is asked for; this folder has one run at a time."""
        if self._run:
            files.write(files.own_folder(self.root) / _KEPT, lock, mode=0o600)

    def _asked(self, info: Mapping[str, str]) -> Holder | None:
        """Ask for the lock once: None if it was given, else who holds it.

        If the answer is lost, the second one says that this run holds it.
        """
        method, url = self.client.place.lock
        for left in reversed(range(_TRIES)):
            try:
                answer = self.client.ask(method, url, json.dumps(info))
            except StoreError:
                if not left:
                    raise
                time.sleep(_PAUSE)
                continue
            if answer.is_done:
                return None
            if answer.status in _HELD:
                holder = self._holder(answer.text)
                return None if holder.id == info["ID"] else holder
            if not (left and answer.is_passing):
                raise self._refused(method, answer)
            time.sleep(_PAUSE)
        raise AssertionError

    def _holder(self, text: str) -> Holder:
        """The holder in an answer. GitLab's has id, user and time of the holder alone."""
        try:
            found = json.loads(text)
            info = {key: str(found.get(key) or "") for key in ("ID", "Who", "Created")}
        except (ValueError, AttributeError, RecursionError):
            info = {"ID": "", "Who": "", "Created": ""}
        return Holder(id=info["ID"], said=_said(info, self.client.clean))

    def _free(self, lock: str) -> Answer:
        """Free a lock, whoever holds it now; a lock that is gone is free."""
        method, url = self.client.place.unlock
        for left in reversed(range(_TRIES)):
            try:
                answer = self.client.ask(method, url, json.dumps({"ID": lock, **_EMPTY}))
            except StoreError:
                if not left:
                    raise
            else:
                if answer.is_done or answer.status in (404, *_HELD):
                    return answer
                if not (left and answer.is_passing):
                    raise self._refused(method, answer)
            time.sleep(_PAUSE)
        raise AssertionError

    def _release(self) -> None:
        """Free the lock at the end of a run. It has no end: that it is still held must be said."""
        lock, self._lock = self._lock, ""
        if self._lost:
            return
        try:
            self._free(lock)
            self._keep("")
        except ReconcilerError as error:
            raise ReconcilerError(
                f"the lock of the state is still held: {error.message}",
                hint=f"the run has ended; free it: reconciler state unlock (lock {lock})",
            ) from error

    def _prove(self, lock: str) -> None:
        """Raise if the server gives the lock, which ``lock`` holds, to somebody else as well."""
        other = _info(Run(who="reconciler", what="a second lock, which must be refused"))
        holder = self._asked(other)
        if holder is None:
            self._free(other["ID"])
            raise ReconcilerError(
                f"{self.name} cannot keep a state: it gives its lock to two runs at once",
                hint="its address for locks may be another one: set TF_HTTP_LOCK_ADDRESS and "
                "TF_HTTP_LOCK_METHOD as for Terraform, or take another place",
            )
        if holder.id and holder.id != lock:
            raise self._unlocked()

    def _taken(self, holder: Holder) -> ReconcilerError:
        return ReconcilerError(
            f"the state of {_WHOLE} is locked in {self.name}: {holder.said}",
            hint="wait with --lock-timeout 5m; this lock does not expire: if its run is dead, "
            "reconciler state unlock",
        )

    def _unlocked(self) -> ReconcilerError:
        message = f"the lock of {_WHOLE} was taken from this run"
        return ReconcilerError(message, hint="let the other run finish, then plan again")

    def _refused(self, method: str, answer: Answer) -> ReconcilerError:
        """The error for a status that no try changes."""
        what, hint = _STATUSES.get(answer.status, ("", "is this the address of a state?"))
        if answer.status in (401, 403) and self.client.place.missing:
            hint = f"export {self.client.place.missing}=…, which `state.password` names"
        if 300 <= answer.status < 400:
            what, hint = "a redirect, which is not followed with a password", "write its target"
        if answer.is_passing:
            what, hint = "it is busy or broken", "try again; what became of this is not known"
        told = what or self.client.clean(answer.text)
        message = f"{self.name} answered {method} with {answer.status}{f': {told}' if told else ''}"
        return StoreError(message, hint=hint)


_STATUSES = {
    401: (
        "no credentials, or wrong ones",
        "set TF_HTTP_USERNAME and TF_HTTP_PASSWORD, or `password: { $secret: NAME }` of `state`",
    ),
    403: (
        "these credentials may not do that",
        "on GitLab, reading needs the role Developer, locking and writing the role Maintainer",
    ),
    404: (
        "there is no such address",
        "is the project right, and may these credentials see it? For locks: TF_HTTP_LOCK_ADDRESS",
    ),
    405: (
        "the server does not know this method here",
        "set TF_HTTP_LOCK_ADDRESS and TF_HTTP_LOCK_METHOD as for Terraform",
    ),
    412: ("a condition is not met", "plan again"),
    413: ("the state is too large", "on GitLab an administrator sets the limit for states"),
    422: ("the server does not accept this state", "see what it logged"),
    501: (
        "the server does not know this method",
        "set TF_HTTP_LOCK_ADDRESS and TF_HTTP_LOCK_METHOD as for Terraform",
    ),
}
_EMPTY = {"Operation": "", "Info": "", "Who": "", "Version": "", "Created": "", "Path": ""}


def _info(run: Run) -> dict[str, str]:
    """A lock as Terraform describes one. GitLab requires all of it, and keeps the id."""
    parts = [run.who, f"`{run.what}`", run.url]
    parts += [f"commit {run.commit[:12]}"] if run.commit else []
    parts += [f"plan {run.digest}"] if run.digest else []
    return {
        "ID": f"{_job(run)}-{_attempt(run)}-{str(uuid.uuid4())[19:]}",
        "Operation": run.what,
        "Info": "",
        "Who": ", ".join(filter(None, parts)),
        "Version": __version__,
        "Created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Path": "",
    }


def _job(run: Run) -> str:
    """The start of the ids of a CI job's locks: all that every server says of a holder."""
    named = f"{run.job}\n{run.what}" if run.job else uuid.uuid4().hex
    digest = hashlib.sha256(named.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}"


def _attempt(run: Run) -> str:
    """The third group of these ids: jobs of a matrix run at once, in one attempt."""
    return hashlib.sha256(run.attempt.encode()).hexdigest()[:4]


def _is_again(lock: str, run: Run) -> bool:
    """Whether a lock's id is that of an earlier try of the same CI job, which has ended."""
    return lock.startswith(f"{_job(run)}-") and lock[14:18] != _attempt(run)


def _said(info: Mapping[str, str], clean: Callable[[str], str]) -> str:
    """Who holds a lock, since when, and its id."""
    since = f" since {clean(info['Created'])}" if info["Created"] else ""
    return f"{clean(info['Who']) or 'somebody'} holds it{since}, lock {clean(info['ID']) or '?'}"


def _content(found: Document, environments: Environments) -> dict[str, Any]:
    """A state of this tool that is a state of Terraform without resources, too."""
    return {
        **statefile.content(environments),
        "version": 4,
        "terraform_version": "1.0.0",
        "serial": found.serial + 1,
        "lineage": found.lineage or str(uuid.uuid4()),
        "outputs": {},
        "resources": [],
    }


def _version(content: Mapping[str, Any]) -> str:
    """The version of a state, however the server writes its JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"{content['serial']}:{hashlib.sha256(text.encode()).hexdigest()}"
