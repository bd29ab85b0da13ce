"""Options that several commands share. Only argparse is imported here."""

import argparse

from reconciler.cli.parsing import (
    APPROVALS,
    REPORTS,
    Parser,
    approval,
    limit,
    positive,
    rate,
    report,
    shard,
    variable,
    wait,
)

TYPE_CHECKING = False  # importing typing would cost as much as argparse
if TYPE_CHECKING:
    from typing import Any


def output(parser: argparse.ArgumentParser, *more: str) -> None:
    """The format of stdout."""
    formats = ("text", "json", *more)
    parser.add_argument("--format", choices=formats, default="text", help="what stdout carries")


def reports(parser: argparse.ArgumentParser) -> None:
    """The options of a command whose result can be written to files."""
    parser.add_argument(
        "--report",
        action="append",
        default=[],
        type=report,
        metavar="FORMAT=FILE",
        help=f"also write the result to a file, as {', '.join(REPORTS)}; repeatable",
    )


def shown(parser: argparse.ArgumentParser) -> None:
    """The options of a command that shows a plan, an audit or an apply."""
    output(parser, "markdown", "html")
    reports(parser)
    language(parser, "language of the sentences that describe changes (default en)")


def language(parser: argparse.ArgumentParser, what: str) -> None:
    """The language of our own words."""
    parser.add_argument("--language", choices=("en", "ar"), default="en", help=what)


def selection(parser: argparse.ArgumentParser) -> None:
    """Which agents, and how many requests at once."""
    more: dict[str, Any] = {"action": "append", "default": [], "metavar": "KEY"}
    parser.add_argument("--target", help="only these agents: a key or glob, repeatable", **more)
    parser.add_argument("--exclude", help="all but these agents, repeatable", **more)
    parser.add_argument(
        "--parallelism",
        type=positive,
        default=10,
        metavar="N",
        help="requests in flight at once (default 10)",
    )
    limited(parser)


def limited(parser: argparse.ArgumentParser) -> None:
    """How often an API key may be used."""
    parser.add_argument(
        "--rate",
        type=rate,
        metavar="N/s",
        help="the most requests per API key, such as 5/s or 300/m",
    )


def parts(parser: argparse.ArgumentParser) -> None:
    """Which part of a fleet."""
    parser.add_argument(
        "--shard", type=shard, metavar="N/COUNT", help="with --fleet: only this shard"
    )
    since(parser)


def since(parser: argparse.ArgumentParser) -> None:
    """Which projects of a fleet, by their files."""
    parser.add_argument(
        "--changed-since",
        metavar="REV",
        help="with --fleet: only projects with changed files since REV",
    )


def wave(parser: argparse.ArgumentParser) -> None:
    """Which wave of a fleet."""
    parser.add_argument("--wave", type=positive, metavar="N", help="with --fleet: only this wave")


def variables(parser: argparse.ArgumentParser) -> None:
    """Values for variables of the environment."""
    parser.add_argument(
        "--var",
        action="append",
        default=[],
        type=variable,
        metavar="NAME=VALUE",
        help="another value for a variable in this run; repeatable",
    )


def creating(parser: argparse.ArgumentParser) -> None:
    """Which agents may be created although they may have been live before, or still are."""
    parser.add_argument(
        "--recreate",
        action="store_true",
        help="re-create agents that were removed in the dashboard",
    )
    parser.add_argument(
        "--create-anyway",
        action="store_true",
        help="create agents although one with a like name is live, or one lost its file",
    )


def writing(parser: argparse.ArgumentParser, overwrite: str) -> None:
    """The options of a command that writes agents."""
    parser.add_argument(
        "--auto-approve", "--yes", action="store_true", dest="auto_approve", help="do not ask"
    )
    parser.add_argument("--overwrite", action="store_true", help=overwrite)
    parser.add_argument(
        "--max-changes", type=limit, metavar="N|N%", help="write at most so many agents"
    )
    parser.add_argument("--force", action="store_true", help="apply even over the limit on changes")
    approving(parser)
    parser.add_argument(
        "--allow-missing",
        action="store_true",
        help="let agents of the state be in no file any more, and forget them",
    )
    waiting(parser)


def approving(parser: argparse.ArgumentParser) -> None:
    """Which groups of changes somebody has read."""
    parser.add_argument(
        "--approve",
        action="append",
        default=[],
        type=approval,
        metavar="GROUP",
        help=f"changes that were read: {', '.join(APPROVALS)} or all; repeatable",
    )


def verb(
    verbs: "argparse._SubParsersAction[Parser]", name: str, about: str
) -> argparse.ArgumentParser:
    """A verb of a command, with the options that every command has."""
    sentence = about[0].upper() + about[1:] + "."
    parser = verbs.add_parser(name, help=about, description=sentence)
    everywhere(parser, "after")
    parser.set_defaults(parser=parser)
    return parser


def waiting(parser: argparse.ArgumentParser) -> None:
    """How long to wait for another run."""
    parser.add_argument(
        "--lock-timeout",
        type=wait,
        default=0,
        metavar="TIME",
        help="how long to wait for a lock, such as 5m (default 0s)",
    )
    parser.add_argument(
        "--no-lock",
        action="store_true",
        help="do not take the lock of a shared state",
    )


def everywhere(parser: argparse.ArgumentParser, place: str) -> None:
    """The options before or after the command; ``place`` says which.

    Options after the command would overwrite those before it, and ``--env`` accumulates; so none
    has a default.
    """
    group = parser.add_argument_group("everywhere", argument_default=argparse.SUPPRESS)
    group.add_argument("--config", metavar="PATH", help="the project file or its folder")
    group.add_argument(
        "--env",
        "-e",
        action="append",
        dest=f"env_{place}",
        metavar="NAME",
        help="the environment to reconcile with; plan and validate take several",
    )
    group.add_argument("--color", choices=("auto", "always", "never"), help="default: auto")
    group.add_argument("--quiet", "-q", action="store_true", help="suppress progress and warnings")
    group.add_argument("--verbose", "-v", action="store_true", help="print every request")
    if place == "after":  # before a command it would take the command for its file
        group.add_argument(
            "--fleet",
            nargs="?",
            const="",
            metavar="FILE",
            help="all projects of FILE (default: fleet.yaml, here or above)",
        )
    group.add_argument(
        "--no-cache", action="store_true", help="read every file again, and cache nothing"
    )


def apply_number(parser: argparse.ArgumentParser, what: str) -> None:
    """The number of a past apply."""
    parser.add_argument("apply", nargs="?", type=positive, metavar="APPLY", help=what)
