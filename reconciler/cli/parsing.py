"""A command line parser with this tool's exit codes, and the types of option values.

Imports only argparse: ``--help`` must stay instant.
"""

import argparse
import re

TYPE_CHECKING = False  # importing typing would cost as much as argparse
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, NoReturn


def positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number, 1 or more, is needed")
    return int(text)


def wait(text: str) -> float:
    """How long to wait, in seconds: ``30s``, ``5m``, or a number of seconds."""
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    return duration(text)


def duration(text: str) -> int:
    """A duration in seconds: ``30s``, ``10m`` or ``72h``."""
    from reconciler.text import amounts  # noqa: PLC0415 - few commands take one

    try:
        return amounts.seconds(text)
    except ValueError as error:
        message = "a time such as 30s, 10m or 72h is needed"
        raise argparse.ArgumentTypeError(message) from error


def port(text: str) -> int:
    """A TCP port."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a number from 0 to 65535 is needed")
    return int(text)


def rate(text: str) -> float:
    """How often an API key may be used, such as ``5/s``: the seconds between two requests."""
    from reconciler.text import amounts  # noqa: PLC0415 - only where it is said

    try:
        return amounts.rate(text)
    except ValueError as error:
        message = "requests in a time are needed, such as 5/s or 300/m"
        raise argparse.ArgumentTypeError(message) from error


def shard(text: str) -> "tuple[int, int]":
    """A shard and the count of shards: ``3/8``."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count) <= MOST):
        raise argparse.ArgumentTypeError(f"N/COUNT is needed, such as 3/8; at most {MOST}")
    return int(number), int(count)


def shard_count(text: str) -> int:
    """A count of shards."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {MOST} is needed")
    return int(text)


MOST = 200
"""Shards: GitLab starts at most 200 jobs of one ``parallel``, GitHub 256 of one matrix."""


def digest(text: str) -> str:
    """A plan's digest.

    An empty one is a mistake: a forge drops an output that looks like a secret, and an apply that
    should be limited to the reviewed plan would not be.
    """
    if not re.fullmatch(r"sha256:[0-9a-f]+", text):
        given = f"{text[:80]!r} is none" if text else "none was handed on"
        raise argparse.ArgumentTypeError(f"a digest such as sha256:0f3a… is needed, and {given}")
    return text


def limit(text: str) -> int | str:
    """A count such as 5, or a percentage such as ``30%``."""
    if not re.fullmatch(r"[0-9]+%?", text):
        raise argparse.ArgumentTypeError("a count such as 5 or a share such as 30% is needed")
    return text if text.endswith("%") else int(text)


APPROVALS = ("spoken", "behaviour", "reach", "silent", "cosmetic")


def approval(text: str) -> tuple[str, ...]:
    """Groups of changes: ``spoken``, ``spoken,reach``, or ``all``."""
    names = APPROVALS if text == "all" else tuple(name.strip() for name in text.split(","))
    if not set(names) <= {*APPROVALS}:
        groups = f"{', '.join(APPROVALS)} or all"
        raise argparse.ArgumentTypeError(f"{text} is not understood; the groups: {groups}")
    return names


REPORTS = ("text", "json", "markdown", "html", "sarif", "junit", "annotations", "dotenv")


def report(text: str) -> tuple[str, str]:
    """A report's format and file: ``html=plan.html``."""
    kind, _, name = text.partition("=")
    if kind not in REPORTS or not name:
        formats = ", ".join(REPORTS)
        message = f"FORMAT=FILE is needed, such as html=plan.html; the formats: {formats}"
        raise argparse.ArgumentTypeError(message)
    return kind, name


def variable(text: str) -> tuple[str, str]:
    """A variable and its value, as text: ``clinic=Nour``."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError("NAME=VALUE is needed, such as clinic=Nour")
    return name, value


class Arguments(argparse.Namespace):
    """A parsed command line. It never changes: it does not contain what a run has done."""

    def __init__(self, **values: "Any") -> None:
        vars(self).update(values)

    def __setattr__(self, name: str, _value: object) -> "NoReturn":
        """Refuse a change."""
        raise AttributeError(f"the parsed command line is not changed: {name}")


class WrongUsageError(Exception):
    """The command line cannot be parsed; the message says why."""


class Parser(argparse.ArgumentParser):
    """An argparse parser with exit code 64: its own 2 means «changes» to CI.

    A command's parser gets its options by ``later``, when it has to parse: building those of all
    commands takes longer than anything else in a short command.
    """

    later: "Callable[[Parser], None] | None" = None

    def __init__(self, *words: "Any", **more: "Any") -> None:
        """Make an argparse parser whose help always looks the same: Python 3.14 would colour it."""
        super().__init__(*words, **more)
        self.color = False

    def filled(self) -> "Parser":
        """This parser with all its options."""
        later, self.later = self.later, None
        if later:
            later(self)
        return self

    def parse_known_args(  # type: ignore[override]
        self, args: "Sequence[str] | None" = None, namespace: "Any" = None
    ) -> "tuple[argparse.Namespace, list[str]]":
        """Parse after adding the options."""
        self.filled()
        return super().parse_known_args(args, namespace)

    def unknown(self, words: "Sequence[str]") -> "NoReturn":
        """Raise for words that are no options or arguments of this command."""
        message = f"unrecognized arguments: {' '.join(words)}"
        word = words[0].partition("=")[0]
        near = _nearest(word, self._option_string_actions)
        hint = f"\nhint: did you mean `{near}`?" if near else ""
        if near == word:  # it was before the command
            hint = f"\nhint: write `{word}` after the command"
        raise WrongUsageError(f"{message}{hint}\n\n{self.format_usage()}".rstrip())

    def error(self, message: str) -> "NoReturn":
        """Raise instead of printing and exiting."""
        raise WrongUsageError(f"{message}{_meant(message)}\n\n{self.format_usage()}".rstrip())


class _Made(dict):  # type: ignore[type-arg]
    """Parsers by name, each made on demand; until then a function in its place makes it."""

    def __getitem__(self, name: str) -> "Parser":
        """Return the parser, making it if needed."""
        found = super().__getitem__(name)
        made: Parser = found if isinstance(found, Parser) else found()
        self[name] = made
        return made


class Listed(argparse._SubParsersAction):  # type: ignore[type-arg]  # noqa: SLF001
    """Commands of a table: help shows them all, and only a chosen one gets a parser."""

    def __init__(self, *words: "Any", **more: "Any") -> None:
        """Make argparse's action, whose parsers are made later."""
        super().__init__(*words, **more)
        self._name_parser_map = self.choices = _Made()

    def add_later(self, name: str, about: str, make: "Callable[[str], Parser]") -> None:
        """List a command; ``make`` gets the start of its usage and makes its parser."""
        self._choices_actions.append(self._ChoicesPseudoAction(name, (), about))
        self._name_parser_map[name] = lambda: make(f"{self._prog_prefix} {name}")


def _nearest(wrong: str, known: "Iterable[str]") -> str:
    """The option that a typo probably means: a similar one, or one that it starts with."""
    import difflib  # noqa: PLC0415 - only where something was mistyped

    long = [name for name in known if name.startswith("--")]
    close = difflib.get_close_matches(wrong, long, 1, 0.7)
    return next(iter(close or [name for name in long if wrong.startswith(name)]), "")


def _meant(message: str) -> str:
    import difflib  # noqa: PLC0415 - only where something was mistyped

    wrong, _, rest = message.partition("invalid choice: '")[2].partition("'")
    choices = re.findall(r"[\w-]+", rest.partition("choose from")[2])
    close = difflib.get_close_matches(wrong, choices, 1, 0.6)
    elsewhere = _ELSEWHERE.get(wrong) if message.startswith("argument COMMAND") else None
    meant = elsewhere or next(iter(close), "")
    return f"\nhint: did you mean `{meant}`?" if meant else ""


_ELSEWHERE = {
    "force-unlock": "state unlock",
    "unlock": "state unlock",
    "lock": "state lock",
    "migrate": "state migrate",
    "refresh": "drift",
    "shards": "fleet shards",
    "merge": "report merge",
    "approve": "service approve",
}
"""Words that people try as commands, some of them Terraform's."""
