"""`reconciler apply --fleet`: plan all pages, ask once, then apply page by page, in waves.

With the merged report of a plan nothing is asked: each page is applied if its plan is still the one
that was reviewed.
"""

import argparse
import time
from dataclasses import field, replace

from reconciler import progress
from reconciler.cli import apply, merging, plan, signals
from reconciler.cli.over_fleet import Chosen, Ran, agreed, finish, run_all, run_page
from reconciler.cli.parsing import Arguments
from reconciler.cli.world import World
from reconciler.config.fleet import Fleet
from reconciler.engine import fleet as ends
from reconciler.engine.shards import waves
from reconciler.errors import PolicyError, Problem, RefusedError, UsageError
from reconciler.late import dataclass
from reconciler.render import fleet as views
from reconciler.render import terminal
from reconciler.render.fleet import FleetResult, PageResult
from reconciler.text import amounts
from reconciler.text.wording import count
from reconciler.workflows.fleet import Page


def run(world: World, arguments: argparse.Namespace, found: Chosen) -> int:
    """Exit 0 if all pages are as planned, 3 if some are; else why none is: 1, 4 or 5."""
    _check(arguments, found.fleet)
    if arguments.plan_digest_file:
        reviewed = _reviewed(world, arguments, found.fleet)
    else:
        reviewed = _planned(world, arguments, found)
        writes = sum(page.writes for page in reviewed.pages)
        projects = sum(bool(page.writes) for page in reviewed.pages)
        question = f"Write {count(writes, 'agent')} of {count(projects, 'project')}?"
        if writes and not agreed(world, arguments, question):
            world.stderr.write("Nothing was applied.\n")
            return 1
    run = _Run(world=world, arguments=arguments, found=found, reviewed=reviewed)
    run.all()
    results = [run.results[page] for page in found.pages]
    done = found.result(arguments, results)
    return finish(world, arguments, replace(done, complete=not run.signal))


def _check(arguments: argparse.Namespace, fleet: Fleet) -> None:
    """Raise UsageError for what does not go together."""
    if arguments.planfile:
        raise UsageError("a saved plan is of one project: --fleet does not go with it")
    if arguments.shard and not arguments.plan_digest_file:
        raise UsageError(
            "a shard is applied with the merged report of the plan, which was reviewed",
            hint="reconciler report merge shard-*.json --expect N --report json=fleet.json, "
            "then --plan-digest-file fleet.json",
        )
    if arguments.shard and fleet.entry.waves and not arguments.wave:
        raise UsageError(
            f"{fleet.path.name} has {len(fleet.entry.waves)} waves, and a shard is of one of them",
            hint="name it with --wave 1, in jobs that wait for those of the wave before",
        )


def _reviewed(world: World, arguments: argparse.Namespace, fleet: Fleet) -> FleetResult:
    """The reviewed plan in a file. Raises PolicyError if it may not be applied."""
    name = arguments.plan_digest_file
    found = merging.one(world.cwd / name, name)
    if found.command != "plan" or found.shard[1] or not (found.complete and found.is_whole):
        raise UsageError(
            f"{name} is not the whole plan of a fleet",
            hint="plan --fleet --report json=FILE, or report merge of all its shards",
        )
    planned = [page for page in found.pages if page.status == ends.DONE]
    edited = [page.project for page in planned if not page.proven]
    if edited:
        raise RefusedError(
            f"{name} is not as it was written: the digest of {edited[0]} is not that of its agents",
            hint="merge the reports of the plan again",
        )
    found = replace(found, limit=fleet.entry.policies.max_changes)
    _same(arguments, found)
    _judged(arguments, found)
    return found


def _same(arguments: argparse.Namespace, found: FleetResult) -> None:
    wanted = arguments.plan_digest
    if wanted and wanted != found.digest:
        raise RefusedError(
            f"this is not the plan that was reviewed: its digest is {found.digest}, not {wanted}",
            hint="files, state or live agents moved since; review a new plan",
        )


def _judged(arguments: argparse.Namespace, found: FleetResult) -> None:
    """Raise PolicyError if policies of the fleet reject a plan; nothing has been written."""
    if arguments.max_changes is not None:
        found = replace(found, limit=arguments.max_changes)
    told = [one for one in found.violations if not (arguments.force and _is_limit(one.rule))]
    if told:
        raise PolicyError(
            f"{count(len(told), 'rule')} of the fleet refuse{'s' * (len(told) == 1)} this plan; "
            "nothing was written",
            problems=[
                Problem(file="fleet.yaml", message=one.said, hint=one.hint, rule=one.rule)
                for one in told
            ],
        )


def _is_limit(rule: str) -> bool:
    return rule == f"{ends.RULE}max_changes"


def _planned(world: World, arguments: argparse.Namespace, found: Chosen) -> FleetResult:
    """Plan all pages, show that as one plan, and judge it."""
    more = {"command": "plan", "out": None, "max_changes": None}
    planning = Arguments(**{**vars(arguments), **more})
    ran = run_all(world, planning, plan.run, found)
    made = found.result(planning, (one.result for one in ran))
    if arguments.format == "text":
        out = terminal.console(world.stdout, arguments.color, world.env)
        terminal.show_sheet(out, views.sheet(made))
        out.print()
    _same(arguments, made)
    _judged(arguments, made)
    return made


@dataclass(kw_only=True)
class _Run:
    """The pages of an apply, and what became of each; ``signal`` is the code of one that came."""

    world: World
    arguments: argparse.Namespace
    found: Chosen
    reviewed: FleetResult
    results: dict[Page, PageResult] = field(default_factory=dict)
    signal: int = 0

    def all(self) -> None:
        """Apply the pages in waves; what is not started is a result too."""
        try:
            stop = self._waves()
        except KeyboardInterrupt as interrupt:
            self.signal = signals.code_of(interrupt)
            stop = signals.said(self.signal)
        for page in self.found.pages:
            if page not in self.results:
                self.results[page] = _result(page, ends.NOT_STARTED, message=stop)
                if self.signal:
                    self.results[page] = replace(self.results[page], exit_code=self.signal)

    def _waves(self) -> str:
        """Run wave after wave; returns why it stopped, empty if it did not."""
        entry = self.found.fleet.entry
        sizes = () if self.arguments.wave else entry.waves
        every = waves(self.found.pages, sizes)
        for number, wave in enumerate(every, 1):
            if len(every) > 1:
                self._tell(f"Wave {number} of {len(every)}: {count(len(wave), 'project')}.")
            for page in progress.each("Applying projects", wave):
                self.results[page] = self._page(page)
                if self.results[page].exit_code > signals.SIGNALLED:
                    self.signal = self.results[page].exit_code
                    return signals.said(self.signal)
            failed = sum(bool(self.results[page].exit_code) for page in wave)
            if failed > amounts.share(entry.max_failures, len(wave)) and number < len(every):
                return f"wave {number} of {len(every)}: {failed} of {len(wave)} projects failed"
            if number < len(every) and any(self.results[page].ended.wrote for page in wave):
                self._pause(number + 1)
        return ""

    def _pause(self, following: int) -> None:
        pause = self.found.fleet.entry.pause
        if seconds := amounts.seconds(pause):
            self._tell(f"Waiting {pause} before wave {following}.")
            time.sleep(seconds)

    def _tell(self, line: str) -> None:
        if not self.arguments.quiet:
            progress.hide()
            self.world.stderr.write(f"{line}\n")
            self.world.stderr.flush()

    def _page(self, page: Page) -> PageResult:
        """Apply one page, if its plan is the one that was reviewed."""
        known = {(one.project, one.environment): one for one in self.reviewed.pages}
        planned = known.get((page.project, page.environment))
        if planned is None and (since := self.reviewed.changed_since):
            return _result(page, ends.SKIPPED, message=f"not changed since {since}")
        if planned is None:
            return _refused(page, "it is not in the plan that was reviewed")
        if planned.status != ends.DONE:
            if not self.arguments.plan_digest_file:
                return replace(planned, document=None, sheet=None)
            return _refused(page, "it was not read when the fleet was planned")
        if not _has_work(self.arguments, planned):
            return _result(page, ends.DONE)
        return _applied(self.world, self.arguments, self.found.fleet, page, planned).result


def _result(page: Page, status: str, **more: int | str) -> PageResult:
    bare = PageResult(project=page.project, environment=page.environment, status=status)
    return replace(bare, **more)  # type: ignore[arg-type]


def _refused(page: Page, why: str) -> PageResult:
    """A page that may not be applied: nobody has reviewed a plan of it."""
    more = {"message": why, "hint": "plan the fleet again"}
    return _result(page, ends.REFUSED, exit_code=4, **more)


def _has_work(arguments: argparse.Namespace, planned: PageResult) -> bool:
    """Whether an apply of the page does, or refuses, anything."""
    verbs = planned.verbs
    orphans = (planned.document or {}).get("orphans", ())
    forgets = arguments.allow_missing and orphans
    return bool(planned.writes or verbs["record"] or verbs["blocked"] or forgets)


def _applied(
    world: World, arguments: argparse.Namespace, fleet: Fleet, page: Page, planned: PageResult
) -> Ran:
    return run_page(
        world,
        arguments,
        apply.run,
        fleet,
        page,
        auto_approve=True,
        max_changes=None,
        force=False,
        plan_digest=planned.digest,
        reviewed_agents=planned.agents,
    )
