"""The options of `state`: what is done with the state itself."""

import argparse

from reconciler.cli import shared_options
from reconciler.cli.parsing import Parser


def state(parser: argparse.ArgumentParser) -> None:
    """What can be done with the state, and the options of each."""
    verbs = parser.add_subparsers(
        dest="verb", metavar="VERB", required=True, parser_class=Parser, title="verbs"
    )
    _verb(verbs, "list", "list what the state knows of an environment")
    _verb(verbs, "pull", "print the whole state")
    push = _writes(verbs, "push", "replace the state by a file, after a backup")
    push.add_argument("file", metavar="FILE", help="what `state pull` printed")
    push.add_argument("--force", action="store_true", help="also with the state of another project")
    migrate = _writes(verbs, "migrate", "move the state to where `state.url` says")
    migrate.add_argument(
        "--from", dest="source", metavar="URL", help="where it is now (default: the file)"
    )
    mv = _writes(verbs, "mv", "rename an entry of the state")
    mv.add_argument("keys", nargs=1, metavar="KEY", help="the key that the state has")
    mv.add_argument("new", metavar="NEW", help="the key that its file has now")
    rm = _writes(verbs, "rm", "forget entries; live agents are not touched")
    rm.add_argument("keys", nargs="+", metavar="KEY", help="the keys to forget")
    lock = _verb(verbs, "lock", "lock an environment until it is unlocked")
    lock.add_argument("--reason", default="", metavar="TEXT", help="why, for whoever waits")
    _agreeing(_verb(verbs, "unlock", "free the lock of a run that is dead"))


def _verb(
    verbs: "argparse._SubParsersAction[Parser]", name: str, about: str
) -> argparse.ArgumentParser:
    sentence = about[0].upper() + about[1:] + "."
    parser = verbs.add_parser(name, help=about, description=sentence)
    shared_options.everywhere(parser, "after")
    parser.set_defaults(parser=parser)
    return parser


def _writes(
    verbs: "argparse._SubParsersAction[Parser]", name: str, about: str
) -> argparse.ArgumentParser:
    parser = _agreeing(_verb(verbs, name, about))
    shared_options.waiting(parser)
    return parser


def _agreeing(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument(
        "--auto-approve", "--yes", action="store_true", dest="auto_approve", help="do not ask"
    )
    return parser
