"""`reconciler validate`: check every file, without network or credentials."""

import argparse

from reconciler.cli.opening import open_project, usual_kind
from reconciler.cli.output import Report, documents, warn_of_distrust, write
from reconciler.cli.world import World
from reconciler.config.project import choose
from reconciler.errors import ConfigError, UsageError, meant
from reconciler.render import error_report, terminal, warnings
from reconciler.workflows.session import LOOSE
from reconciler.workflows.validate import validate


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 if every file is valid, for every environment or for the one of ``--env``."""
    if arguments.explain is not None:
        return _explain(world, arguments)
    try:
        return _validated(world, arguments)
    except ConfigError as error:
        raise ConfigError(error.problems, warnings.counted(error.problems)) from error


def _validated(world: World, arguments: argparse.Namespace) -> int:
    project = open_project(world, arguments)
    warn_of_distrust(world, arguments, project.root)
    asked = arguments.environments or list(filter(None, (world.env.get("RECONCILER_ENV"),)))
    names = [choose(project, name) for name in asked] or project.environments
    found = validate(world, project, names, dict(arguments.var))
    problems, silenced = found.problems, len(found.silenced)
    if arguments.format == "text" and not arguments.quiet:
        terminal.show_problems(terminal.console(world.stderr, arguments.color, world.env), problems)
    told = warnings.counted(problems)
    summary = error_report.valid_summary(found.agents, names, silenced, told, tests=found.tests)
    report = Report(
        make_sheet=lambda: error_report.valid(summary, problems),
        make_document=lambda: documents().problems(problems),
        findings=problems,
    )
    write(world, arguments, report)
    return 0


def _explain(world: World, arguments: argparse.Namespace) -> int:
    """One rule in full, or a line for each rule of a set or of all."""
    from reconciler.lint import RULES, SETS  # noqa: PLC0415 - only for who asks
    from reconciler.render import rules  # noqa: PLC0415

    asked: str = arguments.explain
    sets = [one for one in SETS.values() if asked in (one.name, "all")]
    chosen = [RULES[asked]] if asked in RULES else [rule for one in sets for rule in one.rules]
    if not chosen:
        hint = meant(asked, (*RULES, *SETS), "`--explain all` lists them", LOOSE)
        raise UsageError(f"there is no lint rule or set `{asked}`", hint=hint)
    kind = usual_kind(world, arguments)
    result = Report(
        make_document=lambda: documents().document(
            rules=[rules.data(rule, kind) for rule in chosen]
        ),
        show=lambda out: (
            terminal.show_rule(out, rules.explained(RULES[asked], kind))
            if asked in RULES
            else terminal.show_rules(out, [rules.listed(one) for one in sets])
        ),
    )
    write(world, arguments, result)
    return 0
