"""What a worker works on: the projects below its root, and how one of their pages is opened."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.config.project import Project
from reconciler.errors import UsageError
from reconciler.service.references import Page
from reconciler.workflows import session
from reconciler.workflows.context import RunContext
from reconciler.workflows.session import Access, Session
from reconciler.workflows.this_run import this_run


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The projects that a worker serves.

    ``projects`` has their files by name, None for a project without one, each time anew. A page of
    another project is refused, and so is an environment that is not among ``environments``, if
    there are any. ``context`` makes the context of one run in a folder. ``tell`` gets a
    line for the worker's log. ``on`` is the forge to publish on, empty for none.
    """

    root: Path
    projects: Callable[[], Mapping[str, Path | None]]
    context: Callable[[Path], RunContext]
    tell: Callable[[str], None]
    environments: tuple[str, ...] = ()
    parallelism: int = 10
    lock_timeout: float = 60.0
    on: str = ""

    @contextmanager
    def opened(self, page: Page) -> Iterator[Session]:
        """A session of a page, which can be read."""
        context, project = self._project(page)
        with context.ends:
            access = Access(command="service", parallelism=self.parallelism)
            yield session.open_session(context, project, page.environment, access, given={})

    @contextmanager
    def locked(self, page: Page, digest: str) -> Iterator[Session]:
        """The same with the state locked against other runs, of CI as of people.

        ``digest`` is that of the plan to apply, for those who find the lock.
        """
        context, project = self._project(page)
        run = this_run(context.env, "service", session.commit(context, project), digest)
        held = session.locked(context, project, [page.environment], run, self.lock_timeout)
        with held, self.opened(page) as opened:
            yield opened

    def _project(self, page: Page) -> tuple[RunContext, Project]:
        """The project of a page, and a context for it.

        Raises UsageError for a page that is not served.
        """
        served = self.projects()
        other = self.environments and page.environment not in self.environments
        if other or page.project not in served:
            raise UsageError("a page was asked for that this worker does not serve")
        file = served[page.project]
        context = self.context(self.root / page.project)
        return context, session.open_project(context, str(file) if file else None)
