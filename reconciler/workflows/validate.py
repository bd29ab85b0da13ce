"""Check every file for every environment, without network or credentials."""

from collections.abc import Mapping, Sequence
from operator import attrgetter

from reconciler.config import load
from reconciler.config.project import Project, environment
from reconciler.errors import ConfigError, Problem, in_order
from reconciler.late import dataclass
from reconciler.workflows.context import RunContext
from reconciler.workflows.session import remembered


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The number of agents and of flow tests, the problems, and those that files switched off."""

    agents: int = 0
    tests: int = 0
    problems: Sequence[Problem]
    silenced: Sequence[Problem] = ()


def validate(
    context: RunContext, project: Project, names: Sequence[str], given: Mapping[str, str]
) -> Checked:
    """Check a project's files, reporting each finding once for all these environments.

    Raises ConfigError if any of them is an error.
    """
    checked = [_check(context, project, name, given) for name in names]
    problems = _merged([one.problems for one in checked])
    if any(not problem.warning for problem in problems):
        raise ConfigError(problems)
    return Checked(
        agents=max(one.agents for one in checked),
        tests=max(one.tests for one in checked),
        problems=problems,
        silenced=_merged([one.silenced for one in checked]),
    )


def _check(context: RunContext, project: Project, name: str, given: Mapping[str, str]) -> Checked:
    env, today = context.env, context.today
    try:
        place = environment(project, name, env, given, offline=True)
        memory = remembered(context, project, name, offline=True)
        found = load.check(
            project,
            place,
            env,
            today=today,
            offline=True,
            memory=memory,
            tested=True,
        )
    except ConfigError as error:
        return Checked(problems=error.problems)
    return Checked(
        agents=len(found.agents),
        tests=found.tests,
        problems=found.warnings,
        silenced=found.silenced,
    )


def _merged(found: Sequence[Sequence[Problem]]) -> list[Problem]:
    """The problems of all environments, each once.

    A rule's finding may differ with the variables of an environment, such as in a number of words:
    in later environments it counts as the same finding.
    """
    if len(found) == 1:  # thousands, of which none can be that of an earlier environment
        return in_order(set(found[0]))
    told: set[Problem] = set()
    known: set[tuple[object, ...]] = set()
    for problems in found:
        new = {one for one in problems if not one.rule or _same(one) not in known}
        told |= new
        known |= {_same(one) for one in new}
    return in_order(told)


_same = attrgetter("file", "line", "field", "message", "allowed", "hint", "warning", "rule")
