"""What a worker works on: the projects below its root, and how one of their pages is opened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from reconciler.config.project import Project
from reconciler.errors import UsageError
from reconciler.late import dataclass
from reconciler.service.references import Page
from reconciler.workflows import session
from reconciler.workflows.context import RunContext
from reconciler.workflows.session import Access, Session
from reconciler.workflows.this_run import this_run


@dataclass(frozen=True, kw_only=True)
class Served:
    """A project that is served: the context of one run, and its file, None without one."""

    context: RunContext
    file: Path | None


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The projects that a worker serves.

    ``project`` finds one by its name, each time anew; None refuses it. An environment that is not
    among ``environments`` is refused too, if there are any. ``tell`` gets a line for the worker's
    log. ``on`` is the forge to publish on, empty for none.
    """

    project: Callable[[str], Served | None]
    tell: Callable[[str], None]
    environments: tuple[str, ...] = ()
    parallelism: int = 10
    lock_timeout: float = 60.0
    on: str = ""

    @contextmanager
    def opened(self, page: Page, digest: str = "") -> Iterator[Session]:
        """A session of a page, for reading.

        With the ``digest`` of a plan, which those see who find the lock, its state is locked
        against runs of CI and of people, so that the plan can be applied.
        """
        context, project = self._project(page)
        access = Access(command="service", parallelism=self.parallelism)
        run = this_run(context.env, "service", session.commit(context, project), digest)
        names, wait = [page.environment], self.lock_timeout
        locked = session.locked(context, project, names, run, wait) if digest else nullcontext()
        with locked, context.ends:
            yield session.open_session(context, project, page.environment, access, given={})

    def _project(self, page: Page) -> tuple[RunContext, Project]:
        """The project of a page. Raises UsageError for a page that is not served."""
        other = self.environments and page.environment not in self.environments
        found = None if other else self.project(page.project)
        if found is None:
            raise UsageError("a page was asked for that this worker does not serve")
        config = str(found.file) if found.file else None
        return found.context, session.open_project(found.context, config)
