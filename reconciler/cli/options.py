"""Every command's name, help and options. Only argparse is imported here."""

import argparse
from collections import namedtuple
from collections.abc import Callable, Container, Sequence
from functools import cache

from reconciler import __version__
from reconciler.cli import publish_options, service_options, shared_options, state_options
from reconciler.cli.parsing import (
    Arguments,
    Listed,
    Parser,
    WrongUsageError,
    digest,
    port,
    shard_count,
    variable,
)

TYPE_CHECKING = False  # importing typing would cost as much as argparse
if TYPE_CHECKING:
    from typing import IO, Any

_USAGE = 64
# Not the parser's own defaults: a command's parser would overwrite options given before it.
_UNSAID: "dict[str, Any]" = {
    "config": None,
    "fleet": None,
    "env_before": [],
    "env_after": [],
    "color": "auto",
    "quiet": False,
    "verbose": False,
    "no_cache": False,
    "target": [],
    "exclude": [],
    "parallelism": 10,
    "var": [],
    "recreate": False,
    "create_anyway": False,
}
_SEVERAL = ("plan", "validate", "service", "worker")
"""Commands that accept several environments: those that write in none of them themselves."""
_EPILOG = """\
exit codes:
  0    done; with plan --detailed-exitcode: no changes
  1    error
  2    changes (plan --detailed-exitcode), or drift (drift)
  3    applied in part
  4    refused: the plan is stale, or files and dashboard are in conflict
  5    refused by a limit, or another rule of the project
  64   usage
  130  interrupted; 129 by SIGHUP, 143 by SIGTERM
  141  whoever read the output is gone
"""

_SWITCHES = """\
switches, joined by `&`; also behind `url: sandbox?` in the project file (docs/sandbox.md has all):
  seed=v1|v2|both      the agents to start with
  shape=G1|G3          answer as the API of May 2025, or as the later v1 documents say
  v2=yes|no            whether there are v2 routes
  patch=merge|replace  what a PATCH does to nested objects
  items=full|short     items of the v2 list
  canvas=still|moves   whether each read moves the nodes of a flow
  secrets=clear|masked  whether answers show secrets
  latency=MS           wait before each answer
  store=strip,crlf     what is made of texts and numbers: strip, blanks, crlf, null, text
  max_take=N           the most agents on one page
  api_key=KEY          the one key that is let in (default: sandbox)
  fault=METHOD:KIND[:TIMES[:PATH]]  go wrong: PATCH:502-html:2, POST:drop-after, GET:429
"""

Options = Callable[[argparse.ArgumentParser], None]


# A command: `reconciler.cli.<name>` has its `run(world, arguments) -> int`.
# With --fleet it runs for each page (a project in an environment), each project, or not at all.
Command = namedtuple(  # noqa: PYI024 - typing's costs 5 ms
    "Command", "name help options takes", defaults=("",)
)


def _init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", metavar="FOLDER", help="where (default: here)")
    templates = ("reception", "survey", "reminder")
    parser.add_argument("--api", choices=("v1", "v2"), help="which API its agents use (v2)")
    parser.add_argument("--template", choices=templates, help="the first agent")
    parser.add_argument("--lang", choices=("ar", "en"), help="the first agent's language (ar)")
    parser.add_argument(
        "--agent", dest="key", metavar="KEY", help="its key (default: the template's name)"
    )
    parser.add_argument(
        "--import",
        dest="imports",
        action="append",
        default=[],
        metavar="NAME|ID",
        help="live agents in place of a template; repeatable, needs the key",
    )
    parser.add_argument(
        "--no-secrets", action="store_true", help="with --import: leave secrets to the dashboard"
    )
    parser.add_argument(
        "--minimal",
        action="store_true",
        help="of imported agents, without what a new agent gets by itself",
    )
    parser.add_argument("--url", metavar="URL", help="the API (default: https://api.tryhamsa.com)")
    parser.add_argument(
        "--key-name", metavar="NAME", help="the variable that holds the key (HAMSA_API_KEY)"
    )
    parser.add_argument("--github", action="store_true", help="also CI files for GitHub")
    parser.add_argument("--gitlab", action="store_true", help="also CI files for GitLab")
    parser.add_argument(
        "--protected-plan",
        action="store_true",
        help="CI files in which a plan of a pull request waits for a reviewer, with its own key",
    )
    parser.add_argument(
        "--shards",
        type=shard_count,
        default=4,
        metavar="N",
        help="with --fleet: into how many jobs CI splits it (default 4)",
    )
    parser.add_argument(
        "--source",
        metavar="OWNER/REPO@COMMIT",
        help="where CI installs reconciler from (default: like this installation, if known)",
    )
    parser.add_argument("--branch", metavar="NAME", help="the branch that CI applies (git's own)")
    parser.add_argument(
        "--yes", "--auto-approve", action="store_true", dest="auto_approve", help="do not ask"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be done, and write nothing"
    )


def _validate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--explain",
        metavar="RULE",
        help="explain a lint rule, or a set of rules; `all` lists them",
    )
    shared_options.variables(parser)
    shared_options.output(parser, "markdown", "html")
    shared_options.reports(parser)
    shared_options.parts(parser)


def _plan(parser: argparse.ArgumentParser) -> None:
    shared_options.selection(parser)
    shared_options.variables(parser)
    shared_options.creating(parser)
    shared_options.shown(parser)
    parser.add_argument("--out", metavar="FILE", help="save the plan, to apply it later")
    parser.add_argument(
        "--detailed-exitcode", action="store_true", help="exit 2 if there are changes"
    )
    shared_options.parts(parser)


def _apply(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "planfile",
        nargs="?",
        metavar="PLANFILE",
        help="a saved plan: applied exactly, without a question",
    )
    shared_options.selection(parser)
    shared_options.variables(parser)
    shared_options.creating(parser)
    shared_options.shown(parser)
    shared_options.writing(parser, "where files and dashboard moved, files win")
    parser.add_argument(
        "--plan-digest",
        type=digest,
        metavar="DIGEST",
        help="only the plan that was reviewed: refuse any other",
    )
    parser.add_argument(
        "--plan-digest-file",
        metavar="FILE",
        help="with --fleet: only the plans of this reviewed JSON report",
    )
    shared_options.parts(parser)
    shared_options.wave(parser)


def _fmt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a file is not formatted"
    )


def _drift(parser: argparse.ArgumentParser) -> None:
    shared_options.selection(parser)
    shared_options.variables(parser)
    shared_options.shown(parser)
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="[KEY:]FIELD[,until=DATE][,reason=TEXT]",
        help="expected drift: listed apart, and no reason for exit 2; repeatable",
    )
    parser.add_argument(
        "--accept",
        action="store_true",
        help="remember what no file names as it is live now: it is no drift any more",
    )
    shared_options.waiting(parser)
    shared_options.parts(parser)


def _import(parser: argparse.ArgumentParser) -> None:
    more: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("--id", help="the agent with this id; repeatable", metavar="ID", **more)
    parser.add_argument("--name", help="agents of this name, or glob", metavar="NAME", **more)
    parser.add_argument("--all", action="store_true", help="every agent that is in no file yet")
    parser.add_argument("--key", metavar="KEY", help="the key of one agent (default: by its name)")
    much = parser.add_mutually_exclusive_group()
    much.add_argument(
        "--minimal", action="store_true", help="without what a new agent gets by itself"
    )
    much.add_argument("--full", action="store_true", help="also fields that are null")
    parser.add_argument(
        "--no-secrets",
        action="store_true",
        help="leave secrets to the dashboard; objects that contain them cannot be changed then",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be done, and write nothing"
    )
    shared_options.output(parser)
    shared_options.waiting(parser)
    shared_options.limited(parser)


def _pull(parser: argparse.ArgumentParser) -> None:
    shared_options.selection(parser)
    shared_options.variables(parser)
    shared_options.output(parser)
    more: dict[str, Any] = {"action": "append", "default": [], "metavar": "FIELD"}
    parser.add_argument("--field", help="only this field, such as preamble; repeatable", **more)
    parser.add_argument(
        "--auto-approve", "--yes", action="store_true", dest="auto_approve", help="do not ask"
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="where files and dashboard moved, or it is not known which, the dashboard wins",
    )
    parser.add_argument(
        "--undeclared",
        action="store_true",
        help="declare what was changed live and no file names, too",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be done, and write nothing"
    )
    shared_options.waiting(parser)


def _convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("keys", nargs="*", metavar="KEY", help="agents: keys or globs")
    parser.add_argument("--all", action="store_true", help="every agent whose file is for v1")
    parser.add_argument("--dry-run", action="store_true", help="show the diff, and write nothing")
    shared_options.output(parser)
    shared_options.waiting(parser)


def _history(parser: argparse.ArgumentParser) -> None:
    shared_options.apply_number(parser, "show this one in full")
    shared_options.output(parser)


def _rollback(parser: argparse.ArgumentParser) -> None:
    shared_options.apply_number(parser, "its number in `history` (default: the last one)")
    shared_options.selection(parser)
    shared_options.shown(parser)
    parser.add_argument("--out", metavar="FILE", help="save the plan, to apply it later")
    parser.add_argument("--dry-run", action="store_true", help="show the plan, and write nothing")
    parser.add_argument(
        "--detailed-exitcode",
        action="store_true",
        help="with --dry-run or --out: exit 2 if there are changes",
    )
    shared_options.writing(parser, "if an agent was edited since, the old value wins")


def _blame(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("agent", metavar="AGENT", help="a key")
    parser.add_argument("field", nargs="?", metavar="FIELD", help="of a text: line by line")
    shared_options.output(parser)
    shared_options.limited(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("planfile", nargs="?", metavar="PLANFILE", help="a saved plan")
    what.add_argument("--flow", metavar="KEY", help="the live flow of this agent, node by node")
    shared_options.shown(parser)
    shared_options.limited(parser)


def _walk(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("agent", metavar="KEY", help="the agent whose flow is walked")
    more: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument(
        "--set",
        type=variable,
        metavar="NAME=VALUE",
        help="the value of a variable of the flow at the start; repeatable",
        **more,
    )
    parser.add_argument(
        "--take",
        metavar="STEP",
        help="take this step without asking: words of a condition, on_success, `key 0`, "
        "NAME=VALUE, or a mapping as in flow_tests; repeatable, and may also be piped in",
        **more,
    )
    parser.add_argument(
        "--test", metavar="NAME", help="play the start and the steps of this flow test of the file"
    )
    shared_options.variables(parser)
    shared_options.output(parser)
    shared_options.language(parser, "language of the words around the flow's own (default en)")


def _schema(parser: argparse.ArgumentParser) -> None:
    results = (
        "plan",
        "plans",
        "drift",
        "apply",
        "history",
        "blame",
        "pull",
        "import",
        "convert",
        "flow",
        "walk",
        "doctor",
        "service",
        "pages",
    )
    what = ("agent", "project", "fleet", *results, "problems")
    about = "of which file (default: agent), or of which JSON output"
    parser.add_argument("what", nargs="?", choices=what, default="agent", help=about)
    about = "of which generation (default: the project's, v2 outside of a project)"
    parser.add_argument("--api", choices=("v1", "v2"), help=about)


def _sandbox(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    serve: Parser = verbs.add_parser(
        "serve",
        help="answer on a local address until Ctrl-C",
        description="Answer on a local address until Ctrl-C. Nothing is kept.",
        epilog=_SWITCHES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shared_options.everywhere(serve, "after")
    serve.add_argument("--host", default="127.0.0.1", help="address (default 127.0.0.1)")
    serve.add_argument("--port", type=port, default=8399, help="port, 0 for any (default 8399)")
    serve.add_argument("--empty", action="store_true", help="start without the sample agents")
    serve.add_argument(
        "--switches", default="", metavar="QUERY", help="such as patch=replace&shape=G3&latency=20"
    )
    serve.set_defaults(parser=serve)
    reset: Parser = verbs.add_parser(
        "reset",
        help="back to the sample agents",
        description="Forget what the embedded sandbox of an environment holds.",
    )
    shared_options.everywhere(reset, "after")
    reset.set_defaults(parser=reset)


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder", metavar="PATH", help="keep the copy, here (default: thrown away)"
    )


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--offline", action="store_true", help="ask no server")
    shared_options.output(parser)
    shared_options.limited(parser)


def _fleet(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    shards: Parser = verbs.add_parser(
        "shards",
        help="print the matrix of jobs for CI",
        description="Split the projects of a fleet into shards, the same on every machine.",
    )
    shared_options.everywhere(shards, "after")
    shards.add_argument(
        "--count",
        type=shard_count,
        required=True,
        metavar="N",
        help="number of shards, at most 200",
    )
    shared_options.since(shards)
    shared_options.wave(shards)
    formats = ("text", "json", "github", "gitlab")
    shards.add_argument("--format", choices=formats, default="text", help="what stdout carries")
    shards.set_defaults(parser=shards, fleet="")


def _report(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    merge: Parser = verbs.add_parser(
        "merge",
        help="one report of all shards of a fleet",
        description="Merge the JSON reports of a fleet's shards into one, in every format.",
    )
    shared_options.everywhere(merge, "after")
    merge.add_argument("files", nargs="+", metavar="FILE", help="reports as JSON, one for a shard")
    merge.add_argument(
        "--expect",
        type=shard_count,
        required=True,
        metavar="N",
        help="number of shards of the fleet",
    )
    merge.add_argument(
        "--detailed-exitcode", action="store_true", help="exit 2 if a plan has changes"
    )
    shared_options.output(merge, "markdown", "html")
    shared_options.reports(merge)
    merge.set_defaults(parser=merge, fleet="")


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell to write for")


def _none(_parser: argparse.ArgumentParser) -> None:
    pass


_PAGES, _PROJECTS = "pages", "projects"

COMMANDS = (
    Command("init", "make a project: files, schemas, editor settings, CI", _init),
    Command("validate", "check every file, offline", _validate, _PROJECTS),
    Command("fmt", "tidy the white space of the YAML files", _fmt, _PROJECTS),
    Command("plan", "show what an apply would change; cannot write", _plan, _PAGES),
    Command("apply", "apply a plan, read back and verify", _apply, _PAGES),
    Command("drift", "show what changed live since the last apply", _drift, _PAGES),
    Command("show", "show a saved plan, or a live flow", _show),
    Command("walk", "walk through a flow offline, without a model", _walk),
    Command("import", "write live agents as files", _import, _PAGES),
    Command("pull", "take edits of the dashboard into the files", _pull, _PAGES),
    Command("convert", "turn v1 agent files into v2 files, in place", _convert, _PROJECTS),
    Command("history", "list the applies that this machine remembers", _history, _PAGES),
    Command("rollback", "restore what was live before an apply", _rollback),
    Command("blame", "show when each value was applied, and at which commit", _blame),
    Command(
        "state", "list, move, edit, back up or lock the state", state_options.state, "projects"
    ),
    Command("fleet", "divide the projects of a fleet among CI jobs", _fleet),
    Command("report", "merge the reports of these jobs", _report),
    Command("publish", "post a report for reviewers", publish_options.publish),
    Command("service", "schedule checks, approve plans, start rollouts", service_options.service),
    Command("worker", "run the standing service, on Temporal", service_options.worker),
    Command("schema", "print the JSON Schema of a file", _schema),
    Command("sandbox", "run or reset the embedded sandbox", _sandbox),
    Command("demo", "plan, apply and drift on a copy of the example project", _demo),
    Command("doctor", "check what a run needs, and say what to do", _doctor, _PROJECTS),
    Command("completion", "print shell completion for commands and keys", _completion),
    Command("version", "print the version", _none),
)


_FORMER = {"adopt": "pull"}
"""Commands with former names, which still work."""


def _former(argv: Sequence[str], commands: Container[str]) -> int | None:
    """The position of a command's former name, if there is one."""
    for place, word in enumerate(argv):
        if place and argv[place - 1] in _WITH_VALUES:
            continue
        if word in commands:
            break
        if word in _FORMER:
            return place
    return None


_OF_FLEETS = ("plan_digest_file", "shard", "wave", "changed_since")
"""Options that limit a run over a fleet; without one they would be silently ignored."""
_WITH_VALUES = ("-e", "--env", "--config", "--color")
"""The options before a command that take a value."""


def parse(argv: Sequence[str], stderr: "IO[str]") -> argparse.Namespace | int:
    """The parsed command line, or the exit code if nothing is left to do."""
    parser, commands = _outline()
    argv = list(argv)
    former = _former(argv, commands.choices)
    if former is not None:
        name = _FORMER[argv[former]]
        stderr.write(f"note: `{argv[former]}` is called `{name}` now\n")
        argv[former] = name
    try:
        arguments, unknown = parser.parse_known_args(argv, argparse.Namespace(**_UNSAID))
        owner: Parser = vars(arguments).pop("parser", parser)
        if unknown:
            owner.unknown(unknown)
    except WrongUsageError as error:
        from reconciler.text import tokens  # noqa: PLC0415 - only when something is wrong

        stderr.write(f"error: {tokens.struck(str(error))}\n")
        return _USAGE
    except SystemExit as done:  # --help and --version have printed
        return int(done.code or 0)
    if "command" not in arguments:
        stderr.write(parser.format_help())
        return _USAGE
    names = list(dict.fromkeys((*arguments.env_before, *arguments.env_after)))
    single = arguments.command not in _SEVERAL and arguments.fleet is None
    if len(names) > 1 and single:
        stderr.write(f"error: {arguments.command} takes one --env, and here are {len(names)}\n")
        return _USAGE
    alone = [one for one in _OF_FLEETS if getattr(arguments, one, None) is not None]
    if alone and arguments.fleet is None:
        stderr.write(f"error: --{alone[0].replace('_', '-')} is about a fleet: add --fleet\n")
        return _USAGE
    first = names[0] if names else None
    return Arguments(**{**vars(arguments), "environments": names, "env": first})


def build() -> Parser:
    """The whole parser, with the options of every command."""
    parser, commands = _outline()
    for name in commands.choices:
        commands.choices[name].filled()
    return parser


@cache
def _outline() -> "tuple[Parser, argparse._SubParsersAction[Parser]]":
    """The parser and its commands, each of which gets its own parser when it is chosen."""
    parser = Parser(
        prog="reconciler",
        description="Voice agents as code: plan, apply, prove.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shared_options.everywhere(parser, "before")
    parser.add_argument("--version", action="version", version=f"reconciler {__version__}")
    parser.register("action", "parsers", Listed)
    commands: Any = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for command in COMMANDS:
        commands.add_later(command.name, command.help, _made(command))
    return parser, commands


def _made(command: Command) -> "Callable[[str], Parser]":
    """A function that makes a command's parser, without options, given the start of its usage."""

    def make(prog: str) -> Parser:
        sentence = command.help[0].upper() + command.help[1:] + "."
        one = Parser(prog=prog, description=sentence)
        one.set_defaults(command=command.name, parser=one, takes=command.takes)
        one.later = _later(command)
        return one

    return make


def _later(command: Command) -> Callable[[Parser], None]:
    """A function that adds the options to a command's parser."""

    def fill(parser: Parser) -> None:
        shared_options.everywhere(parser, "after")
        command.options(parser)

    return fill
