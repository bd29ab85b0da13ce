"""Workflows without a command line: a context and frozen options go in, a result comes out."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from reconciler.cli import options
from reconciler.errors import PolicyError, UsageError
from reconciler.model import Outcome, Plan, Planned
from reconciler.state import history
from reconciler.workflows.context import RunContext
from reconciler.workflows.execute import ApplyOptions, execute
from reconciler.workflows.plan import PlanOptions, plan
from reconciler.workflows.session import Access, Selection, Session, open_project, open_session

pytestmark = pytest.mark.slow  # the sandbox is loaded

DESK = "spec:\n  agentName: Desk\n  lang: en\n  greetingMessage: Hello.\n  preamble: Be brief.\n"


@dataclass
class Person:
    """A user who confirms, with a log of what an apply shows to them, in order."""

    answer: bool = True
    seen: list[str] = field(default_factory=list)
    stops: bool = False

    def ask(self, made: Plan) -> bool:
        self.seen.append(f"asked about {len(made.writes)}")
        return self.answer

    def note(self, text: str) -> None:
        self.seen.append(text)

    @contextmanager
    def writing(self, total: int, stop: asyncio.Event) -> Iterator[None]:
        self.seen.append(f"writing {total}")
        if self.stops:
            stop.set()
        yield

    def finished(self, outcome: Outcome) -> None:
        self.seen.append(f"{outcome.action.key} {outcome.status}")


def session(root: Path, policies: str = "{}", **files: str) -> Session:
    (root / "agents").mkdir(exist_ok=True)
    (root / "reconciler.yaml").write_text(
        f"environments: {{ test: {{ url: 'sandbox?', policies: {policies} }} }}\n"
    )
    for name, text in (files or {"desk": DESK}).items():
        (root / "agents" / f"{name}.yaml").write_text(text)
    context = RunContext(
        env={}, cwd=root, now=lambda: "2026-01-02T03:04:05Z", salt=lambda: "00" * 16
    )
    access = Access(command="test")
    return open_session(context, open_project(context, None), None, access, given={})


def planned(opened: Session, **more: object) -> Planned:
    return asyncio.run(plan(opened, PlanOptions(**more)))  # type: ignore[arg-type]


def carried_out(opened: Session, person: Person) -> list[Outcome] | None:
    return execute(
        opened,
        planned(opened),
        ApplyOptions(what="test", undo="undo"),
        ask=person.ask,
        progress=person,
        run=asyncio.run,
    )


def test_a_run_from_plan_to_proof_needs_no_command_line(tmp_path: Path) -> None:
    opened, person = session(tmp_path), Person()
    outcomes = carried_out(opened, person)
    assert outcomes is not None
    assert person.seen == ["asked about 1", "writing 1", "desk done"]
    assert [apply.what for apply in history.applies(opened.history_folder)] == ["test"]
    after = planned(session(tmp_path))
    assert not after.plan.pending
    assert after.seen.page.agents["desk"].id == outcomes[0].id


def test_without_a_yes_nothing_is_written(tmp_path: Path) -> None:
    person = Person(answer=False)
    assert carried_out(session(tmp_path), person) is None
    assert person.seen == ["asked about 1"]
    assert planned(session(tmp_path)).plan.writes
    assert not (tmp_path / "reconciler.state.json").exists()


def test_a_run_that_is_stopped_starts_no_agent(tmp_path: Path) -> None:
    person = Person(stops=True)
    carried_out(session(tmp_path), person)
    assert person.seen == ["asked about 1", "writing 1", "desk not started"]


def test_a_plan_that_a_policy_rejects_is_not_confirmed(tmp_path: Path) -> None:
    person = Person()
    with pytest.raises(PolicyError):
        carried_out(session(tmp_path, "{ allow_create: false }"), person)
    assert person.seen == []


def test_rules_are_asked_again_because_an_answer_takes_time(tmp_path: Path) -> None:
    """The window closes while the user thinks: 2026-01-02 is a Friday."""
    window = "{ days: [Friday], from: '06:00', to: '07:00' }"
    opened = session(tmp_path, f"{{ timezone: Asia/Riyadh, windows: [{window}] }}")
    person = Person()

    def now() -> str:
        return "2026-01-02T04:00:01Z" if person.seen else "2026-01-02T03:59:59Z"

    with pytest.raises(PolicyError):
        carried_out(replace(opened, context=replace(opened.context, now=now)), person)
    assert person.seen == ["asked about 1"]


def test_options_narrow_a_plan_and_a_pattern_without_an_agent_is_a_mistake(tmp_path: Path) -> None:
    opened = session(tmp_path, one=DESK, two=DESK.replace("Desk", "Two"))
    found = planned(opened, selection=Selection(target=("t*",)))
    assert [action.key for action in found.plan.actions] == ["two"]
    assert found.seen.wanted == {"two"}
    with pytest.raises(UsageError, match="--exclude x matches no agent"):
        planned(opened, selection=Selection(exclude=("x",)))


def test_a_rule_refuses_in_the_result_and_the_plan_is_the_same_without_it(tmp_path: Path) -> None:
    free = planned(session(tmp_path))
    bound = planned(session(tmp_path, "{ allow_create: false }"))
    assert [refusal.rule for refusal in bound.violations] == ["allow_create"]
    assert free.violations == ()
    assert free.plan == bound.plan


def test_the_parsed_command_line_is_not_changed() -> None:
    parsed = options.parse(["plan", "--format", "json"], io.StringIO())
    assert not isinstance(parsed, int)
    with pytest.raises(AttributeError, match="format"):
        parsed.format = "text"
    assert parsed.format == "json"


def test_what_the_journal_cannot_keep_is_not_sent(tmp_path: Path) -> None:
    opened, person = session(tmp_path), Person()
    opened.history_folder.parent.mkdir(parents=True)
    opened.history_folder.write_text("in the way")
    carried_out(opened, person)
    assert person.seen[-1] == "desk failed"
    assert planned(opened).plan.writes
