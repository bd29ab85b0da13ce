"""`flow_tests` of an agent file: written walks through its flow, played by `validate`.

No model is called: a test says what the caller says and which values are extracted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from reconciler.config import agentfile, numerals, origins, steps
from reconciler.config.agentfile import AgentFile
from reconciler.config.problems import from_validation
from reconciler.config.references import Scope
from reconciler.config.steps import ExpectEntry, StepEntry
from reconciler.engine import views
from reconciler.errors import Problem
from reconciler.jsonvalues import Json
from reconciler.kinds.flow import exits, trials, walk
from reconciler.kinds.flow.trials import Trial
from reconciler.kinds.flow.values import Variables
from reconciler.late import dataclass
from reconciler.model import Desired
from reconciler.schema.kind import Role
from reconciler.schema.shape import Field, Shape
from reconciler.schema.view import Names

if TYPE_CHECKING:
    from reconciler.yamledit.document import Path_

KEY = agentfile.FLOW_TESTS


class FlowTest(Shape):
    """A walk through the flow, and what it must reach."""

    name: Annotated[str, Field(min_length=1, description="a name for the walk, in words")]
    start: Annotated[
        dict[str, Json],
        Field(description="a mapping of variables to their values at the start of the call"),
    ] = {}
    take: Annotated[
        list[str | StepEntry],
        Field(
            description="a list of steps: words of a condition, a fixed exit's name, or a mapping"
        ),
    ] = []
    expect: Annotated[
        ExpectEntry, Field(description="a mapping of what is expected at the end")
    ] = ExpectEntry()

    def trial(self) -> Trial:
        """The same for a run."""
        return Trial(
            name=self.name,
            start=self.start,
            take=[*map(steps.taken, self.take)],
            expect=self.expect.expected(),
        )


class FlowTests(Shape):
    """The tests of a file."""

    flow_tests: Annotated[
        list[FlowTest], Field(description="walks through the flow, which `validate` plays")
    ]


@dataclass(frozen=True)
class Declared:
    """The flow that an agent declares: its nodes, and the values of variables at its start."""

    nodes: Mapping[str, exits.Shape]
    variables: Variables


def declared(desired: Desired) -> Declared | None:
    """The flow that an agent declares, in its written form or as the API has it; None for none."""
    written = _written(desired)
    if written is None:
        return None
    params = desired.fields.get(desired.kind.role(Role.PARAMS))
    given = params if isinstance(params, dict) else {}
    return Declared(walk.nodes_of(written), {**given, **walk.defaults_of(written)})


def _written(desired: Desired) -> Mapping[str, Json] | None:
    """The flow in its written form; one that has no such form is none."""
    view = desired.kind.view
    if view is None:
        return None
    if views.is_declared(desired.kind, desired.fields):
        return views.unfolded(desired.kind, desired.fields)
    whole = desired.fields.get(view.whole)
    opened = view.opened({view.whole: whole}, Names()) if isinstance(whole, dict) else None
    return opened[0].get(view.top) if opened else None


def problems(
    file: AgentFile, flow: Declared | None, scope: Scope, mistakes: Sequence[Problem]
) -> Iterator[Problem]:
    """The mistakes in an agent's flow tests, and those that fail, all of the rule ``KEY``.

    Nothing is played if the agent has other ``mistakes``: its flow is not known then.
    """
    for one in _problems(file, flow, scope, mistakes) if file.entry.flow_tests else ():
        yield replace(one, rule=KEY)


def _problems(
    file: AgentFile, flow: Declared | None, scope: Scope, mistakes: Sequence[Problem]
) -> Iterator[Problem]:
    if flow is None:
        yield file.document.problem(
            (KEY,),
            f"`{KEY}` walk through a flow, and this agent declares none",
            hint="take the tests out, or declare the flow: reconciler import writes it",
        )
        return
    tests, found = read(file, scope)
    yield from found
    if tests and not any(not one.warning for one in (*mistakes, *found)):
        yield from _played(file, tests, flow)


def read(file: AgentFile, scope: Scope) -> tuple[FlowTests | None, list[Problem]]:
    """The tests of a file with their references resolved, and the mistakes in them."""
    document, written = file.document, {KEY: file.entry.flow_tests}
    data = scope.resolve(written)
    found = [
        origins.problem(one, scope, document, one.path, origins.raw(written, one.path), one.found)
        for one in scope.troubles
    ]
    for place, _ in numerals.places({}, written):
        wrong = numerals.problem(document, place, free=True)
        found += [wrong] if wrong else []
    error = FlowTests.error(data)
    if error:
        found += from_validation(
            error,
            FlowTests,
            locate=lambda path: (document, path),
            hidden=lambda _dotted: False,
            told=found,
        )
        return None, found
    tests = FlowTests.of(data)
    return tests, [*found, *_faults(file, tests)]


def _faults(file: AgentFile, tests: FlowTests) -> Iterator[Problem]:
    """Steps that cannot be taken in any flow, and names that two tests have."""
    seen: set[str] = set()
    for number, test in enumerate(tests.flow_tests):
        at: Path_ = (KEY, number)
        if test.name in seen:
            message = f"two flow tests have the name `{test.name}`"
            yield file.document.problem((*at, "name"), message, hint="give one of them another")
        seen.add(test.name)
        for index, step in enumerate(test.take):
            for place, message, more in steps.faults(step):
                yield file.document.problem((*at, "take", index, *place), message, **more)


def _played(file: AgentFile, tests: FlowTests, flow: Declared) -> Iterator[Problem]:
    for number, test in enumerate(tests.flow_tests):
        for one in trials.failures(flow.nodes, flow.variables, test.trial()):
            yield file.document.problem(
                (KEY, number, *one.place),
                f"flow test `{test.name}`: {one.message}",
                found=one.found,
                allowed=one.allowed,
                hint=one.hint,
            )
