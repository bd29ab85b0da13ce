"""`reconciler validate`: check every file, without network or credentials."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.cli import trust
from reconciler.cli.reports import Report, write
from reconciler.cli.session import LOOSE, open_project
from reconciler.config import load
from reconciler.config.project import Project, choose, environment
from reconciler.errors import ConfigError, Problem, UsageError, meant
from reconciler.kinds import registry
from reconciler.lint import RULES, SETS
from reconciler.render import data, error_report, rules, terminal, warnings
from reconciler.workflows.context import World


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """How many agents an environment has, what is wrong or odd, and what files switched off."""

    agents: int = 0
    problems: list[Problem]
    silenced: list[Problem] = field(default_factory=list)


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 where every file is right, for every environment or for the one of ``--env``."""
    if arguments.explain is not None:
        return _explain(world, arguments)
    try:
        return _validated(world, arguments)
    except ConfigError as error:
        raise ConfigError(error.problems, warnings.counted(error.problems)) from error


def _validated(world: World, arguments: argparse.Namespace) -> int:
    project = open_project(world, arguments)
    trust.warn(world, arguments, project.root)
    asked = arguments.environments or list(filter(None, (world.env.get("RECONCILER_ENV"),)))
    names = [choose(project, name) for name in asked] or project.environments
    checked = [_check(world, project, name, dict(arguments.var)) for name in names]
    problems = _merged([one.problems for one in checked])
    if any(not problem.warning for problem in problems):
        raise ConfigError(problems)
    if arguments.format == "text" and not arguments.quiet:
        terminal.show_problems(terminal.console(world.stderr, arguments.color, world.env), problems)
    silenced = len(_merged([one.silenced for one in checked]))
    agents = max(one.agents for one in checked)
    summary = error_report.valid_summary(agents, names, silenced, warnings.counted(problems))
    report = Report(
        make_sheet=lambda: error_report.valid(summary, problems),
        make_document=lambda: data.problems(problems),
        findings=problems,
    )
    write(world, arguments, report)
    return 0


def _check(world: World, project: Project, name: str, given: Mapping[str, str]) -> _Checked:
    try:
        place = environment(project, name, world.env, given, offline=True)
        found = load.check(project, place, world.env, today=world.now()[:10], offline=True)
    except ConfigError as error:
        return _Checked(problems=list(error.problems))
    return _Checked(agents=len(found.agents), problems=found.warnings, silenced=found.silenced)


def _merged(found: Sequence[Sequence[Problem]]) -> list[Problem]:
    """The problems of all environments, each once.

    What a rule found may differ with the variables of an environment, such as a number of words:
    in later environments it is the same finding.
    """
    told: set[Problem] = set()
    known: set[Problem] = set()
    for problems in found:
        new = {one for one in problems if not one.rule or _same(one) not in known}
        told |= new
        known |= {_same(one) for one in new}
    return sorted(told)


def _same(problem: Problem) -> Problem:
    return replace(problem, found="")


def _explain(world: World, arguments: argparse.Namespace) -> int:
    """One rule in full, or a line for each rule of a set or of all."""
    asked: str = arguments.explain
    sets = [one for one in SETS.values() if asked in (one.name, "all")]
    chosen = [RULES[asked]] if asked in RULES else [rule for one in sets for rule in one.rules]
    if not chosen:
        hint = meant(asked, (*RULES, *SETS), "`--explain all` lists them", LOOSE)
        raise UsageError(f"there is no lint rule or set `{asked}`", hint=hint)
    kind = registry.kind("agent", "v1")
    if arguments.format == "json":
        world.stdout.write(data.document(rules=[rules.data(rule, kind) for rule in chosen]))
        return 0
    out = terminal.console(world.stdout, arguments.color, world.env)
    if asked in RULES:
        terminal.show_rule(out, rules.explained(RULES[asked], kind))
    else:
        terminal.show_rules(out, [rules.listed(one) for one in sets])
    return 0
