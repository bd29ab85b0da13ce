"""A parser of command lines that exits as this tool does, and the values that options take.

Only argparse is imported here: ``--help`` must stay instant.
"""

import argparse
import re

TYPE_CHECKING = False  # importing typing would cost as much as argparse
if TYPE_CHECKING:
    from typing import NoReturn


def positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number, 1 or more, is needed")
    return int(text)


def seconds(text: str) -> float:
    """A number of seconds."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise argparse.ArgumentTypeError("a number of seconds is needed")
    return float(text)


def port(text: str) -> int:
    """A TCP port."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a number from 0 to 65535 is needed")
    return int(text)


def limit(text: str) -> int | str:
    """A count such as 5, or a share such as ``30%``."""
    if not re.fullmatch(r"[0-9]+%?", text):
        raise argparse.ArgumentTypeError("a count such as 5 or a share such as 30% is needed")
    return text if text.endswith("%") else int(text)


REPORTS = ("text", "json", "markdown", "html", "sarif", "junit")


def report(text: str) -> tuple[str, str]:
    """A report's format and file: ``html=plan.html``."""
    kind, _, name = text.partition("=")
    if kind not in REPORTS or not name:
        formats = ", ".join(REPORTS)
        message = f"FORMAT=FILE is needed, such as html=plan.html; the formats: {formats}"
        raise argparse.ArgumentTypeError(message)
    return kind, name


class WrongUsageError(Exception):
    """The command line cannot be parsed; the message says why."""


class Parser(argparse.ArgumentParser):
    """argparse with exit code 64: its own 2 means «changes» to CI."""

    def error(self, message: str) -> "NoReturn":
        """Raise, in place of printing and exiting."""
        raise WrongUsageError(f"{message}{_meant(message)}\n\n{self.format_usage()}".rstrip())


def _meant(message: str) -> str:
    import difflib  # noqa: PLC0415 - only where something was mistyped

    wrong, _, rest = message.partition("invalid choice: '")[2].partition("'")
    choices = re.findall(r"[\w-]+", rest.partition("choose from")[2])
    close = difflib.get_close_matches(wrong, choices, 1, 0.6)
    return f"\nhint: did you mean `{close[0]}`?" if close else ""
