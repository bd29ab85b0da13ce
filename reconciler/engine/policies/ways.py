"""Command lines that resolve a violation, with the options of this run. Pure."""

import shlex
from collections.abc import Sequence

from reconciler.late import dataclass

_LISTED = 10
"""How many agents a suggested command line names at most."""

Words = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Way:
    """The command lines of a run, as words.

    ``plan`` makes the plan, up to where more options go, and ``end`` follows them; ``apply``
    applies this very plan. ``saved``: the two are separate commands, because the plan is saved to a
    file and applied as a whole.
    """

    plan: Words = ("reconciler", "apply")
    end: Words = ()
    apply: Words = ("reconciler", "apply")
    saved: bool = False

    def without(self, globs: Sequence[str], them: str = "them") -> str:
        """The way to leave some agents out."""
        head = f"plan again without {them}" if self.saved else f"leave {them} out"
        if len(globs) > _LISTED:
            return f"{head}, with --exclude"
        options = [word for glob in globs for word in ("--exclude", glob)]
        return f"{head}: {shlex.join([*self.plan, *options, *self.end])}"

    def narrowed(self, key: str) -> str:
        """The way to write fewer agents, for example this one."""
        head = "plan again for fewer" if self.saved else "narrow it"
        words = [*_without("--target", self.plan), "--target", key, *self.end]
        return f"{head}, such as: {shlex.join(words)}"

    def applied(self, *more: str) -> str:
        """The command that applies this plan, with more words."""
        return shlex.join([*self.apply, *more])

    def raised(self, number: int) -> str:
        """The command that applies this plan although it writes that many agents."""
        words = _without("--max-changes", self.apply)
        return shlex.join([*words, "--max-changes", str(number)])

    @property
    def again(self) -> str:
        """The words to add if files have to be edited: a saved plan does not see the edit."""
        return " and plan again" if self.saved else ""


def _without(option: str, words: Words) -> list[str]:
    """The words without an option and its value."""
    pairs = zip(("", *words), words, strict=False)
    return [word for before, word in pairs if option not in (before, word)]
