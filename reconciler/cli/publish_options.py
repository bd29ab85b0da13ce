"""The options of `publish`: what is posted where, on which forge."""

import argparse

from reconciler.cli import shared_options
from reconciler.cli.parsing import Parser, positive


def publish(parser: argparse.ArgumentParser) -> None:
    """What can be published, and the options of each."""
    what = parser.add_subparsers(
        dest="what", metavar="WHAT", required=True, parser_class=Parser, title="what"
    )
    _comment(_post(what, "comment", "one comment on the pull request, updated in place"))
    _issue(_post(what, "issue", "one open issue, updated in place"))
    _request(_post(what, "pull-request", "the pull request of a branch that was pushed"))
    _reviewed(_post(what, "digest", "print the digest of the plan that a merge was reviewed with"))


def _post(
    what: "argparse._SubParsersAction[Parser]", name: str, about: str
) -> argparse.ArgumentParser:
    parser = shared_options.verb(what, name, about)
    parser.add_argument(
        "--on",
        choices=("github", "gitlab"),
        help="where to publish (default: from the variables of this job)",
    )
    shared_options.output(parser)
    return parser


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a Markdown report")
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be done, without asking"
    )


def _comment(parser: argparse.ArgumentParser) -> None:
    _file(parser)
    parser.add_argument(
        "--number",
        type=positive,
        metavar="N",
        help="the pull request (default: the one of this job)",
    )
    parser.add_argument("--if-exists", action="store_true", help="only over an older comment")


def _issue(parser: argparse.ArgumentParser) -> None:
    _file(parser)
    parser.add_argument("--title", required=True, metavar="TEXT", help="its title")
    parser.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="NAME",
        help="a label for a new one; repeatable",
    )
    parser.add_argument("--close", action="store_true", help="update and close it, if one is open")


def _request(parser: argparse.ArgumentParser) -> None:
    _file(parser)
    parser.add_argument("--branch", required=True, metavar="NAME", help="the branch; push it first")
    parser.add_argument("--title", required=True, metavar="TEXT", help="its title")
    parser.add_argument(
        "--base", default="", metavar="NAME", help="into which branch (default: the main one)"
    )


def _reviewed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--environment",
        action="append",
        dest="env_after",
        default=argparse.SUPPRESS,
        metavar="NAME",
        help="of which environment; the same as --env",
    )
    parser.add_argument(
        "--sha", metavar="COMMIT", help="the merge's commit (default: the one of this job)"
    )
