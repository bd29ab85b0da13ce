"""The options of `state`: what is done with the state itself."""

import argparse

from reconciler.cli import shared_options
from reconciler.cli.parsing import Parser

_PAGE, _PROJECT, _NEITHER = "pages", "projects", ""
"""What a verb is run for over a fleet: environments, whole projects, or nothing."""


def state(parser: argparse.ArgumentParser) -> None:
    """What can be done with the state, and the options of each."""
    verbs = parser.add_subparsers(
        dest="verb", metavar="VERB", required=True, parser_class=Parser, title="verbs"
    )
    _verb(verbs, "list", "list the entries of an environment")
    _verb(verbs, "where", "print where the state is, as a URL", _PROJECT)
    _verb(verbs, "pull", "print the state as JSON", _PROJECT)
    push = _writes(verbs, "push", "replace the state by a file, after a backup", _NEITHER)
    push.add_argument("file", metavar="FILE", help="the output of `state pull`, or - for stdin")
    push.add_argument(
        "--force", action="store_true", help="replace a damaged state, or another project's"
    )
    migrate = _writes(verbs, "migrate", "move the state to `state.url`", _PROJECT)
    migrate.add_argument(
        "--from",
        dest="source",
        metavar="URL",
        help="where it is now (default: reconciler.state.json)",
    )
    mv = _writes(verbs, "mv", "rename an entry; live agents are not changed")
    mv.add_argument("keys", nargs=1, metavar="KEY", help="the key in the state")
    mv.add_argument("new", metavar="NEW", help="its new key")
    rm = _writes(verbs, "rm", "remove entries; live agents are not changed")
    rm.add_argument("keys", nargs="+", metavar="KEY", help="the keys to remove")
    lock = _verb(verbs, "lock", "lock an environment until `state unlock`")
    lock.add_argument(
        "--reason", default="", metavar="TEXT", help="shown to everyone whose run is refused"
    )
    _agreeing(_verb(verbs, "unlock", "release the lock of an environment"))


def _verb(
    verbs: "argparse._SubParsersAction[Parser]", name: str, about: str, takes: str = _PAGE
) -> argparse.ArgumentParser:
    parser = shared_options.verb(verbs, name, about)
    parser.set_defaults(takes=takes)
    return parser


def _writes(
    verbs: "argparse._SubParsersAction[Parser]", name: str, about: str, takes: str = _PAGE
) -> argparse.ArgumentParser:
    parser = _agreeing(_verb(verbs, name, about, takes))
    shared_options.waiting(parser)
    return parser


def _agreeing(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument(
        "--auto-approve", "--yes", action="store_true", dest="auto_approve", help="do not ask"
    )
    return parser
