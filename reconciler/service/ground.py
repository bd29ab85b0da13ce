"""What a worker works on: the projects below its root, and how one of their pages is opened."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.service.references import Page
from reconciler.workflows import session
from reconciler.workflows.context import RunContext
from reconciler.workflows.session import Access, Session
from reconciler.workflows.this_run import this_run


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The projects that a worker serves.

    ``projects`` lists their folders below ``root`` each time anew: what a request names and is not
    among them is refused, and so is an environment that is not among ``environments``, if there
    are any. ``context`` makes the context of one run in a folder. ``tell`` gets a
    line for the worker's log. ``on`` is the forge to publish on, empty for none.
    """

    root: Path
    projects: Callable[[], Collection[str]]
    context: Callable[[Path], RunContext]
    tell: Callable[[str], None]
    environments: tuple[str, ...] = ()
    parallelism: int = 10
    lock_timeout: float = 60.0
    on: str = ""

    @contextmanager
    def opened(self, page: Page) -> Iterator[Session]:
        """A session of a page, which can be read."""
        folder = self._folder(page)
        context = self.context(folder)
        with context.ends:
            project = session.open_project(context, str(folder))
            access = Access(command="service", parallelism=self.parallelism)
            yield session.open_session(context, project, page.environment, access, given={})

    @contextmanager
    def locked(self, page: Page, digest: str) -> Iterator[Session]:
        """The same with the state locked against other runs, of CI as of people.

        ``digest`` is that of the plan to apply, for those who find the lock.
        """
        folder = self._folder(page)
        context = self.context(folder)
        project = session.open_project(context, str(folder))
        run = this_run(context.env, "service", session.commit(context, project), digest)
        held = session.locked(context, project, [page.environment], run, self.lock_timeout)
        with held, self.opened(page) as opened:
            yield opened

    def _folder(self, page: Page) -> Path:
        """The folder of a page's project. Raises UsageError for a page that is not served."""
        other = self.environments and page.environment not in self.environments
        if other or page.project not in self.projects():
            raise UsageError("a page was asked for that this worker does not serve")
        return self.root / page.project
