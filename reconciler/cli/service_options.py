"""The options of `worker` and `service`."""

import argparse

from reconciler.cli import shared_options
from reconciler.cli.parsing import Parser, digest, duration, positive, wait


def worker(parser: argparse.ArgumentParser) -> None:
    """What is served, and how."""
    _temporal(parser)
    _queue(parser)
    parser.add_argument(
        "--publish",
        choices=("github", "gitlab"),
        help="write an issue for each page that waits for an approval",
    )
    parser.add_argument(
        "--at-once",
        type=positive,
        default=4,
        metavar="N",
        help="pages at the same time (default 4)",
    )
    parser.add_argument(
        "--parallelism",
        type=positive,
        default=10,
        metavar="N",
        help="requests in flight at once for a page (default 10)",
    )
    parser.add_argument(
        "--lock-timeout",
        type=wait,
        default=60.0,
        metavar="TIME",
        help="how long to wait for a lock that CI or a person holds (default 60s)",
    )


def service(parser: argparse.ArgumentParser) -> None:
    """What people do with the service."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    scheduled = _verb(verbs, "schedule", "check pages on a schedule")
    _named(scheduled)
    _waiting(scheduled)
    scheduled.add_argument(
        "--every",
        type=duration,
        default=600,
        metavar="TIME",
        help="time between two checks (default 10m)",
    )
    scheduled.add_argument(
        "--jitter",
        type=duration,
        default=60,
        metavar="TIME",
        help="start up to this much later (default 1m)",
    )
    scheduled.add_argument("--remove", action="store_true", help="remove the schedules")
    checked = _verb(verbs, "check", "check pages now")
    _named(checked)
    _waiting(checked)
    rolled = _verb(verbs, "rollout", "plan a fleet; once approved, apply it in waves")
    _waiting(rolled)
    listed = _verb(verbs, "status", "list pages and what they wait for")
    shared_options.output(listed)
    listed.add_argument("--all", action="store_true", help="also list what has ended")
    approved = _answer(_verb(verbs, "approve", "approve a plan, which is then applied"))
    shared_options.approving(approved)
    approved.add_argument(
        "--overwrite", action="store_true", help="where files and dashboard moved, files win"
    )
    rejected = _answer(_verb(verbs, "reject", "reject a plan"))
    rejected.set_defaults(approve=[], overwrite=False)


def _verb(
    verbs: "argparse._SubParsersAction[Parser]", name: str, about: str
) -> argparse.ArgumentParser:
    parser = shared_options.verb(verbs, name, about)
    _temporal(parser)
    return parser


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "pages", nargs="*", metavar="PAGE", help="PROJECT:ENVIRONMENT (default: all)"
    )


def _temporal(parser: argparse.ArgumentParser) -> None:
    """How to reach Temporal. Certificates and keys come from variables alone."""
    group = parser.add_argument_group("Temporal")
    group.add_argument(
        "--address", metavar="HOST:PORT", help="the server (default: TEMPORAL_ADDRESS)"
    )
    group.add_argument("--namespace", metavar="NAME", help="default: TEMPORAL_NAMESPACE")


def _queue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--task-queue",
        default="reconciler",
        metavar="NAME",
        help="which workers do it (default: reconciler)",
    )


def _waiting(parser: argparse.ArgumentParser) -> None:
    _queue(parser)
    parser.add_argument(
        "--expires",
        type=duration,
        default=72 * 3600,
        metavar="TIME",
        help="how long to wait for an approval (default 72h)",
    )
    parser.add_argument(
        "--reminder",
        type=duration,
        default=24 * 3600,
        metavar="TIME",
        help="when to remind reviewers (default 24h)",
    )


def _answer(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("page", metavar="PAGE", help="PROJECT:ENVIRONMENT, or fleet:NAME")
    parser.add_argument(
        "--digest",
        type=digest,
        required=True,
        metavar="DIGEST",
        help="the digest of the plan that you read",
    )
    parser.add_argument(
        "--as", dest="who", metavar="NAME", help="who answers (default: your account)"
    )
    return parser
