"""The way out of a violation as a command line that works, in the words of this run. Pure."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

_LISTED = 10
"""Agents that a command line names: more, and nobody types it."""

Words = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Way:
    """The command lines of a run, as words.

    ``plan`` makes the plan, up to where more options go, and ``end`` follows them; ``apply``
    applies this very plan. ``saved``: these are two commands, for the plan is kept in a file, and
    that is applied whole.
    """

    plan: Words = ("reconciler", "apply")
    end: Words = ()
    apply: Words = ("reconciler", "apply")
    saved: bool = False

    def without(self, globs: Sequence[str], them: str = "them") -> str:
        """How to leave some agents out."""
        head = f"plan again without {them}" if self.saved else f"leave {them} out"
        if len(globs) > _LISTED:
            return f"{head}, with --exclude"
        options = [word for glob in globs for word in ("--exclude", glob)]
        return f"{head}: {shlex.join([*self.plan, *options, *self.end])}"

    def narrowed(self, key: str) -> str:
        """How to write fewer agents, for example this one."""
        head = "plan again for fewer" if self.saved else "narrow it"
        words = [*_without("--target", self.plan), "--target", key, *self.end]
        return f"{head}, such as: {shlex.join(words)}"

    def applied(self, *more: str) -> str:
        """The command that applies this plan, with more words."""
        return shlex.join([*self.apply, *more])

    def raised(self, number: int) -> str:
        """The command that applies this plan though it writes so many agents."""
        words = _without("--max-changes", self.apply)
        return shlex.join([*words, "--max-changes", str(number)])

    @property
    def again(self) -> str:
        """What is to be said where files are mended: a saved plan does not see it."""
        return " and plan again" if self.saved else ""


def _without(option: str, words: Words) -> list[str]:
    """The words without an option and what follows it."""
    pairs = zip(("", *words), words, strict=False)
    return [word for before, word in pairs if option not in (before, word)]
