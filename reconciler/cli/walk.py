"""`reconciler walk`: play the flow of an agent's file at a terminal. Offline, without a model."""

import argparse
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from reconciler.cli.opening import open_session
from reconciler.cli.output import Report, documents, write
from reconciler.cli.world import World
from reconciler.config import steps
from reconciler.errors import ReconcilerError, UsageError
from reconciler.kinds.flow import trials, walk
from reconciler.kinds.flow.steps import Step
from reconciler.kinds.flow.trials import Failure
from reconciler.kinds.flow.walk import Walk
from reconciler.late import dataclass
from reconciler.render import labels, terminal, walks
from reconciler.workflows.walk import Walkable, walkable


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 wherever the walk ends; 64 for a step that cannot be taken, 1 for an endless ring."""
    session = open_session(world, arguments, offline=True)
    found = walkable(session, arguments.agent, arguments.test)
    start = {**found.trial.start, **dict(arguments.set)}
    begun = trials.started(found.flow.nodes, found.flow.variables, start)
    if isinstance(begun, Failure):
        raise ReconcilerError(f"{found.key}: {begun.message}", hint=begun.hint)
    tested = [one.step for one in found.trial.take]
    asks = world.interactive and not (arguments.take or arguments.test)
    if asks and arguments.format == "text":
        _Talk(world, arguments, found).play(begun)
        return 0
    given = arguments.take or (() if arguments.test else _lines(world))
    now, stopped = _played(begun, chain(tested, given))
    _write(world, arguments, found, now)
    if stopped:
        raise stopped
    if now.end == "loop":
        raise ReconcilerError(
            f"the walk from `{now.ring[0]}` runs in a ring in which no exit needs a choice",
            hint="a call would never end: let a node of the ring wait for the caller",
        )
    return 0


def _lines(world: World) -> Iterator[str]:
    """The steps that are piped in, one a line."""
    while not world.stdin.isatty() and (line := world.answer()):
        if line.strip():
            yield line


def _played(now: Walk, given: Iterable[str | Step]) -> tuple[Walk, ReconcilerError | None]:
    """The walk after these steps, up to the first that cannot be taken, and why."""
    for number, one in enumerate(given):
        try:
            step = one if isinstance(one, Step) else steps.typed(one)
            after = trials.played(now, step, number)
        except ReconcilerError as error:
            return now, UsageError(f"step {number + 1}: {error.message}", hint=error.hint)
        if isinstance(after, Failure):
            return now, _refused(after)
        now = after
    return now, None


def _refused(failure: Failure) -> UsageError:
    possible = f"possible there: {failure.allowed}" if failure.allowed else ""
    return UsageError(failure.message, hint="; ".join(filter(None, (failure.hint, possible))))


def _write(world: World, arguments: argparse.Namespace, found: Walkable, now: Walk) -> None:
    say = labels.of(arguments.language)

    def show(out: Any) -> None:
        told = (
            walks.events(now.events, say, whole=arguments.verbose),
            walks.choices(now, say),
            walks.variables(now, say),
        )
        terminal.show_flow(out, chain.from_iterable(told))

    report = Report(
        make_document=lambda: documents().past.walked(found.key, found.environment, now),
        show=show,
    )
    write(world, arguments, report)


@dataclass
class _Talk:
    """A walk at a terminal: what happens is shown at once, and each choice is asked for."""

    world: World
    arguments: argparse.Namespace
    found: Walkable

    def play(self, now: Walk) -> None:
        """Play until the walk has ended, or the user quits."""
        past = [now]
        shown = 0
        while True:
            now = past[-1]
            whole = self.arguments.verbose
            self._show(walks.events(now.events[shown:], self._say, whole=whole))
            self._show(walks.choices(now, self._say))
            before = past[-2] if len(past) > 1 else None
            after = self._next(now, before) if now.choices else None
            if after is None:
                self._show(walks.variables(now, self._say))
                return
            if after is before:
                past.pop()
                shown = _entered(after)
            else:
                past.append(after)
                shown = len(now.events)

    @property
    def _say(self) -> labels.Phrases:
        return labels.of(self.arguments.language)

    def _show(self, lines: Iterable[walks.Line]) -> None:
        world = self.world
        out = terminal.console(world.stdout, self.arguments.color, world.env)
        terminal.show_flow(out, lines)

    def _next(self, now: Walk, before: Walk | None) -> Walk | None:
        """The walk after the next step that can be taken, or before the last; None to quit."""
        while True:
            self.world.stderr.write(walks.asked(self._say))
            self.world.stderr.flush()
            line = self.world.answer()
            text = line.strip()
            if not line or text in ("q", "quit"):
                return None
            if text == "b" and before is not None:
                return before
            if text == "?":
                self._show(walks.variables(now, self._say))
            elif text:
                after = self._taken(now, text)
                if after is not None:
                    return after

    def _taken(self, now: Walk, text: str) -> Walk | None:
        number = int(text) if text.isdecimal() and len(text) < 4 else 0
        if 0 < number <= len(now.choices):
            return walk.take(now, now.choices[number - 1])
        try:
            if number or text == "0":
                raise UsageError(f"there is no choice {text}", hint="`key 0` is a key")
            before = sum(one.chosen and one.kind == "goes" for one in now.events)
            after = trials.played(now, steps.typed(text), before)
        except ReconcilerError as error:
            self._tell(error)
            return None
        if isinstance(after, Failure):
            self._tell(_refused(after))
            return None
        return after

    def _tell(self, error: ReconcilerError) -> None:
        world = self.world
        err = terminal.console(world.stderr, self.arguments.color, world.env)
        terminal.show_error(err, error.message, error.hint)


def _entered(now: Walk) -> int:
    """The number of the event with which the node of a walk was entered."""
    return max(n for n, one in enumerate(now.events) if one.kind in ("enters", "returns"))
