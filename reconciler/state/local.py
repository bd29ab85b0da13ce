"""The state in a file of the project, kept in git with the agents' files."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from os.path import lexists
from pathlib import Path

from reconciler import plain
from reconciler.errors import ReconcilerError
from reconciler.late import dataclass
from reconciler.state import files, git, mutex, statefile
from reconciler.state.backend import Environments, Held, MovedError, Pace, Run
from reconciler.state.writeahead import WriteAhead


@dataclass(frozen=True)
class LocalFile:
    """The state in ``reconciler.state.json`` of a project's root."""

    root: Path
    is_shared = False
    pace = Pace(least=3.0, share=20)

    @property
    def name(self) -> str:
        """The name of the file."""
        return statefile.FILE_NAME

    @property
    def path(self) -> Path:
        """Its path: under its former name until the first write."""
        return self._former if self._is_former else self.root / self.name

    @property
    def _former(self) -> Path:
        return self.root / statefile.FORMER_NAME

    @property
    def _is_former(self) -> bool:
        return lexists(self._former) and not lexists(self.root / self.name)

    @cached_property
    def ahead(self) -> WriteAhead:
        """See ``StateBackend.ahead``."""
        return WriteAhead(self.root)

    def read(self, _only: Collection[str] | None = None) -> tuple[Environments, str]:
        """See ``StateBackend.read``."""
        version = self._version()
        if lexists(self._former) and not self._is_former:
            raise ReconcilerError(
                f"there are two state files: {self.name}, and {self._former.name} of before",
                hint=f"{self.name} is the newer one: delete {self._former.name} if no branch that "
                "was just merged wrote it",
            )
        try:
            text = plain.read(self.path).decode("utf-8")
        except FileNotFoundError:
            return {}, ""
        except (OSError, UnicodeDecodeError) as error:
            raise statefile.damaged(self.path.name, "it cannot be read") from error
        return statefile.loads(text, self.path.name), version

    def write(self, environments: Environments, if_version: str) -> str:
        """See ``StateBackend.write``; a state without environments has no file.

        No file system compares and writes atomically: a program that ignores the lock can still
        write between the two.
        """
        if self._version() != if_version:
            raise MovedError
        if self._is_former:  # first, so that a run killed here leaves one file
            self._former.replace(self.root / self.name)
        if environments:
            files.write(self.path, statefile.dumps(environments))
        else:
            self.path.unlink(missing_ok=True)
        return self._version()

    def lock(
        self, _environments: Collection[str], _run: Run, wait: float = 0
    ) -> AbstractContextManager[None]:
        """One run at a time on this machine, for any environment: all share the file."""
        return mutex.exclusive(self.root, wait)

    def held(self, _environment: str) -> Held | None:
        """Nobody that could be named: the lock belongs to a process of this machine."""
        return None

    def hold(self, _environment: str, _run: Run) -> Held:
        """Refuse: the lock of a process ends with it."""
        message = f"the state is the file {self.name}, whose lock ends with the run that holds it"
        raise ReconcilerError(
            message, hint="for a lock that stays, keep the state in a shared place: docs/state.md"
        )

    def unlock(self, environment: str, _held: Held) -> None:
        """See ``hold``."""
        raise ReconcilerError(f"nobody has locked {environment}")

    def back_up(self, _environments: Collection[str], now: str) -> str:
        """See ``StateBackend.back_up``; the copy is in the tool's folder."""
        if not self.path.exists():
            return ""
        copy = files.own_folder(self.root) / "backups" / f"{now.replace(':', '')}-{self.name}"
        files.write(copy, plain.read(self.path).decode(errors="replace"), mode=0o600)
        return copy.relative_to(self.root).as_posix()

    def prove(self) -> str:
        """Nothing needs a proof: git shows what others have written."""
        return "a file of the project"

    def check(self) -> None:
        """The system releases the lock when its holder dies, and never before."""

    def earlier(self) -> Iterator[Environments]:
        """The versions of the file in git; unreadable ones are skipped."""
        for name in self._names:
            for text in git.versions(self.root, name):
                with suppress(ReconcilerError):
                    yield statefile.loads(text, name)

    def commits_with(self, digest: str) -> list[str]:
        """See ``StateBackend.commits_with``."""
        return [one for name in self._names for one in git.having(self.root, name, digest)]

    @property
    def _names(self) -> tuple[str, str]:
        """Its names in git, the newer one first."""
        return self.name, statefile.FORMER_NAME

    def _version(self) -> str:
        """A version that changes with the file: every write replaces it by another file."""
        try:
            found = self.path.lstat()
        except OSError:
            return ""
        return f"{found.st_ino}:{found.st_mtime_ns}:{found.st_size}"
