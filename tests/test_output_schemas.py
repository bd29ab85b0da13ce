"""The published schemas: every document that is printed fits, and what does not fit is refused."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.cli import service
from reconciler.engine import checkup
from reconciler.engine.blame import Blamed, BlamedLine
from reconciler.engine.drift import Audit, Audited
from reconciler.engine.history import Apply, Written
from reconciler.engine.policies.declared import RequiredText
from reconciler.engine.policies.required_text import Unkept
from reconciler.engine.pull import Decision, Pulled
from reconciler.errors import ConfigError, Problem, ReconcilerError
from reconciler.jsonvalues import Ref, Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.kinds.agent_v2 import AGENT_V2
from reconciler.kinds.flow.outline import Exit, Node
from reconciler.kinds.flow.walk import Event, Turn, Walk
from reconciler.model import (
    Apart,
    Backdrop,
    Cause,
    Change,
    Contract,
    Difference,
    Live,
    Outcome,
    Plan,
    Planned,
    Promotion,
    Request,
    Stamp,
    Status,
    Uncompared,
    Verb,
    Violation,
)
from reconciler.render import data
from reconciler.render.conversions import ConvertedAgent, LeftField
from reconciler.render.data import documents, fleets, past, saved, schemas
from reconciler.render.fleet import FleetResult, PageResult
from reconciler.render.imports import ImportedAgent
from reconciler.sandbox.server import RunningServer
from reconciler.schema.table import Impact
from reconciler.service import references
from reconciler.state import planfile
from tests import build
from tests.projects import Project, Run, Terminal
from tests.samples import planned
from tests.seed_fields import FULL, SECRETS, with_value

ROOT = Path(__file__).parent.parent
NAMES = (
    *("plan", "plans", "drift", "apply"),
    *("history", "blame", "pull", "import", "convert", "flow", "walk", "doctor"),
    *("service", "pages"),
    "problems",
)
PUBLISHED = {
    name: json.loads((ROOT / f"schemas/{name}.json").read_text(encoding="utf-8")) for name in NAMES
}
PAGE = (ROOT / "docs/json-output.md").read_text(encoding="utf-8")


few = settings(max_examples=min(15, settings.default.max_examples))
VALIDATORS = {name: Draft202012Validator(one) for name, one in PUBLISHED.items()}


def wrong(name: str, document: Any) -> list[str]:
    """The places at which a document does not fit its published schema."""
    found = VALIDATORS[name].iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in found]


def printed(document: Any) -> Any:
    """A document as a reader gets it."""
    return json.loads(data.text(document))


# What is published


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_schema_is_current(project: Project, name: str) -> None:
    done = project.run("schema", name)
    assert (done.code, done.err) == (0, "")
    assert done.out == (ROOT / f"schemas/{name}.json").read_text(encoding="utf-8")


def test_every_document_is_published_and_made_by_make_docs() -> None:
    assert tuple(schemas.DOCUMENTS) == NAMES
    made = re.findall(r"> schemas/(.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert sorted(made) == sorted(path.name for path in (ROOT / "schemas").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_and_says_what_it_is_about(name: str) -> None:
    schema = PUBLISHED[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert schema["description"].endswith(".")
    closed = [node for node in nodes(schema) if node.get("additionalProperties") is False]
    assert closed == []


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for item in node if isinstance(node, list) else ():
        yield from nodes(item)


def objects() -> dict[str, dict[str, Any]]:
    """Every object of the schemas by its name."""
    found = {}
    for name, schema in PUBLISHED.items():
        shapes = {**schema["$defs"], schemas.DOCUMENTS[name][0].__name__: schema}
        found |= {key: shape for key, shape in shapes.items() if "properties" in shape}
    return found


# What the page says


HEADINGS = {
    "Change": ("OpenChange", "HiddenChange"),
    "Moved": ("MovedSinceApply", "MovedFromFile"),
    "Document": ("Problems",),
    "Leaf": ("SecretLeaf", "RefLeaf", "ValueLeaf"),
}


def sections() -> dict[str, list[str]]:
    """The keys that the page lists, by heading."""
    parts = re.findall(r"^### (\w+)\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return {
        name: [
            key
            for row in re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
            for key in re.findall(r"`(\w+)`", row)
        ]
        for name, text in parts
    }


def test_the_page_lists_every_key_of_every_object() -> None:
    shapes = objects()
    told = sections()
    for heading, keys in told.items():
        known = [list(shapes[one]["properties"]) for one in HEADINGS.get(heading, (heading,))]
        assert sorted(keys) == sorted({key for shape in known for key in shape}), heading
    meant = {one for heading in told for one in HEADINGS.get(heading, (heading,))}
    small = {"Renamed", "NodeRenamed", "UsedVariable"}
    assert shapes.keys() - meant == small
    assert all(f"`{key}`" in PAGE for one in small for key in shapes[one]["properties"])


def test_the_page_lists_every_word_and_the_version_of_today() -> None:
    words = {word for node in nodes(PUBLISHED) for word in node.get("enum", ())}
    assert len(words) > 15
    assert [word for word in words if f"`{word}`" not in PAGE] == []
    assert f"now `{documents.FORMAT}`" in PAGE
    assert documents.FORMAT == planfile.FORMAT, "a plan file is such a document"


# Real runs


Deed = Callable[[Project, RunningServer], object]
SPEC = {"agentName": "Desk", "greetingMessage": "Hello {{caller}}", "params": {"caller": "you"}}


def applied(project: Project, server: RunningServer) -> None:
    project.agent("desk", SPEC)
    assert project.apply().code == 0


def live(server: RunningServer, **fields: Any) -> None:
    """What the dashboard does to the only agent."""
    (record,) = server.app.state.store.records()
    server.app.state.store.update(record.id, {**record.fields, **fields})


def all_fields(project: Project, server: RunningServer) -> None:
    project.env |= {**SECRETS, "OTHER_TOKEN": "another"}
    project.agent("desk", FULL)


def other_fields(project: Project, server: RunningServer) -> None:
    all_fields(project, server)
    assert project.apply().code == 0
    project.agent("desk", with_value("preamble", "# Role\nYou listen.\u202e"))
    live(server, pokeMessages=["x"], silenceThreshold=3)


def both_moved(project: Project, server: RunningServer) -> None:
    applied(project, server)
    project.agent("desk", {**SPEC, "greetingMessage": "Hey {{caller}}"})
    live(server, greetingMessage="Salam {{caller}}")


def both_moved_and_forgotten(project: Project, server: RunningServer) -> None:
    both_moved(project, server)
    shutil.rmtree(project.root / ".reconciler/history")


def state_lost(project: Project, server: RunningServer) -> None:
    both_moved(project, server)
    (project.root / "reconciler.state.json").unlink()


def left_to_the_dashboard(project: Project, server: RunningServer) -> None:
    applied(project, server)
    entry = {"field": "greetingMessage", "reason": "Ramadan", "until": "2027-01-01"}
    project.agent("desk", SPEC, lifecycle={"ignore": [entry]})
    live(server, greetingMessage="Ramadan Kareem {{caller}}")


def white_space(project: Project, server: RunningServer) -> None:
    applied(project, server)
    project.agent("desk", {**SPEC, "greetingMessage": "Hello  {{caller}}"})


def placeholder_renamed(project: Project, server: RunningServer) -> None:
    applied(project, server)
    project.agent("desk", {**SPEC, "greetingMessage": "Hello {{guest}}"})


def gone(project: Project, server: RunningServer) -> None:
    applied(project, server)
    server.app.state.store.reset()


def of_nobody(project: Project, server: RunningServer) -> None:
    server.app.state.store.add({"agentName": "Other"})


SITUATIONS = [
    pytest.param(lambda p, s: p.agent("desk", SPEC), id="an agent to be created"),
    pytest.param(applied, id="in sync"),
    pytest.param(lambda p, s: [applied(p, s), live(s, interrupt=True)], id="a field of nobody"),
    pytest.param(
        lambda p, s: [applied(p, s), live(s, greetingMessage="Hey")], id="the dashboard moved"
    ),
    pytest.param(white_space, id="white space moved"),
    pytest.param(placeholder_renamed, id="a placeholder was renamed"),
    pytest.param(both_moved, id="both moved"),
    pytest.param(both_moved_and_forgotten, id="both moved, and what was applied is forgotten"),
    pytest.param(state_lost, id="the state is lost"),
    pytest.param(left_to_the_dashboard, id="a field is left to the dashboard"),
    pytest.param(gone, id="the agent vanished"),
    pytest.param(lambda p, s: p.agent("desk", SPEC, id="none"), id="a pinned id that is not live"),
    pytest.param(all_fields, id="every field, with secrets"),
    pytest.param(other_fields, id="every field, and some moved"),
    pytest.param(
        lambda p, s: [of_nobody(p, s), p.agent("desk", SPEC)], id="an agent that is in no file"
    ),
]


def fits(name: str, run: Run) -> Any:
    """The document of a run, which must be of this kind."""
    assert wrong(name, run.json) == [], run.out
    assert not set(SECRETS.values()) & set(re.findall(r'[^"]+', run.out))
    return run.json


@pytest.mark.parametrize("deed", SITUATIONS)
def test_what_a_run_prints_fits(project: Project, serve: Any, deed: Deed) -> None:
    server = serve("shape=G3")
    project.on(server.url)
    deed(project, server)
    plan = fits("plan", project.run("plan", "--format", "json", "--out", "a.plan.json"))
    shown = fits("plan", project.run("show", "a.plan.json", "--format", "json"))
    assert shown == plan
    fits("drift", project.run("drift", "--format", "json"))
    fits("problems", project.run("validate", "--format", "json"))
    done = fits("apply", project.run("apply", "--yes", "--format", "json"))
    planned = {action["key"]: action["changes"] for action in plan["actions"]}
    assert all(one["changes"] == planned[one["key"]] for one in done["outcomes"])
    fits("plan", project.run("plan", "--format", "json"))
    fits("drift", project.run("drift", "--format", "json"))


STATUSES = [
    pytest.param("", "done", id="done"),
    pytest.param("fault=PATCH:400:*", "failed", id="refused by the API"),
    pytest.param("fault=PATCH:ignore:*", "diverged", id="stored otherwise"),
    pytest.param("fault=POST:500:*", "unknown", id="nobody knows"),
]


@pytest.mark.parametrize(("switches", "status"), STATUSES)
def test_whatever_becomes_of_an_agent_the_result_fits(
    project: Project, serve: Any, switches: str, status: str
) -> None:
    project.on(serve(switches).url).agent("desk", SPEC)
    fits("apply", project.run("apply", "--yes", "--format", "json"))
    project.agent("desk", {**SPEC, "greetingMessage": "Hey {{caller}}"})
    found = fits("apply", project.run("apply", "--yes", "--format", "json"))
    assert [one["status"] for one in found["outcomes"]] == [status]


def test_a_stale_plan_and_a_refused_agent_fit(project: Project, serve: Any) -> None:
    server = serve()
    both_moved(project.on(server.url), server)
    refused = fits("apply", project.run("apply", "--yes", "--format", "json"))
    live(server, **SPEC)
    assert project.run("plan", "--out", "a.plan.json").code == 0
    live(server, greetingMessage="Moved {{caller}}")
    stale = fits("apply", project.run("apply", "a.plan.json", "--format", "json"))
    assert [one["status"] for one in refused["outcomes"]] == ["refused"]
    assert [one["status"] for one in stale["outcomes"]] == ["stale"]
    assert [item["path"] for item in refused["outcomes"][0]["conflicts"]] == ["greetingMessage"]


def test_the_way_back_fits(project: Project, serve: Any) -> None:
    server = serve()
    applied(project.on(server.url), server)
    project.agent("desk", {**SPEC, "greetingMessage": "Hey {{caller}}"})
    assert project.apply().code == 0
    fits("plan", project.run("rollback", "--format", "json", "--out", "a.plan.json"))
    fits("apply", project.run("rollback", "--yes", "--format", "json"))


def test_a_run_without_agents_fits_or_stops(project: Project) -> None:
    of_none = fits("problems", project.run("plan", "--format", "json"))
    assert of_none["error"]["exit_code"] == 1


def embedded(project: Project) -> None:
    project.write("reconciler.yaml", "environments: { dev: { url: sandbox } }\n")
    project.agent("desk", SPEC)


BAD = "spec: { agentName: 3, zzz: 1, greetingMessage: { $file: none.md } }\n"

STOPS = [
    pytest.param(lambda p: p.write("agents/odd.yaml", BAD), ["plan"], 1, id="mistakes in files"),
    pytest.param(
        lambda p: p.write("agents/odd.yaml", BAD), ["validate"], 1, id="mistakes, looked for"
    ),
    pytest.param(
        lambda p: p.write("reconciler.yaml", "zzz: 1\n"), ["drift"], 1, id="a bad project file"
    ),
    pytest.param(lambda p: None, ["plan", "-e", "zzz"], 64, id="no such environment"),
    pytest.param(lambda p: None, ["plan", "--target", "zzz"], 64, id="no such agent"),
    pytest.param(lambda p: None, ["apply"], 64, id="nobody to ask"),
    pytest.param(lambda p: None, ["apply", "--yes", "--max-changes", "0"], 5, id="over a limit"),
    pytest.param(lambda p: None, ["show", "none.plan.json"], 1, id="no such plan file"),
    pytest.param(
        lambda p: p.write(
            "reconciler.yaml", "environments: { dev: { url: 'sandbox?fault=GET:401' } }"
        ),
        ["plan"],
        1,
        id="the API refuses",
    ),
]


@pytest.mark.parametrize(("deed", "argv", "code"), STOPS)
def test_what_a_run_prints_that_stops_fits(
    project: Project, deed: Any, argv: list[str], code: int
) -> None:
    embedded(project)
    deed(project)
    done = project.run(*argv, "--format", "json")
    found = fits("problems", done)
    assert (done.code, found["error"]["exit_code"]) == (code, code)
    assert wrong("plan", found) != []


def test_a_question_that_is_not_answered_with_yes_prints_nothing(project: Project) -> None:
    embedded(project)
    done = project.run("apply", "--format", "json", answer=Terminal("no\n"))
    assert (done.code, done.out) == (1, "")


# Made-up documents


TEXT = st.text(max_size=5)
TEXTS = st.lists(TEXT, max_size=2).map(tuple)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=3,
)
SENT = st.recursive(JSON | st.just(Secret("N", "planted")), st.lists, max_leaves=3)
FINDINGS = st.lists(
    st.builds(
        Problem,
        file=TEXT,
        line=st.integers(0, 9),
        field=TEXT,
        message=TEXT,
        found=TEXT,
        allowed=TEXT,
        hint=TEXT,
        warning=st.booleans(),
        rule=TEXT,
    ),
    max_size=2,
)


NO, YES = map(st.just, (False, True))


def change(**more: Any) -> st.SearchStrategy[Change]:
    frame = {"path": TEXT, "cause": st.sampled_from(Cause), "impact": st.sampled_from(Impact)}
    return st.builds(Change, **frame, note=TEXT, prose=st.booleans(), **more)


CHANGES = st.lists(
    change(before=JSON, after=JSON, applied=JSON, applied_known=st.booleans())
    | change(after=JSON, readable=NO)
    | change(sensitive=YES, readable=st.booleans()),
    max_size=3,
).map(tuple)
REQUESTS = st.none() | st.builds(
    Request, method=TEXT, path=TEXT, body=st.dictionaries(TEXT, SENT, max_size=2)
)
ACTIONS = st.builds(
    build.made,
    verb=st.sampled_from(Verb),
    kind=st.just(AGENT_V1),
    key=TEXT,
    name=TEXT,
    id=st.none() | TEXT,
    changes=CHANGES,
    ignored=CHANGES,
    uncompared=st.lists(
        st.builds(Uncompared, path=TEXT, impact=st.sampled_from(Impact), secrets=TEXTS),
        max_size=2,
    ).map(tuple),
    undeclared=CHANGES,
    otherwise=CHANGES,
    request=REQUESTS,
    reason=TEXT,
    notes=TEXTS,
    updated_at=TEXT,
    contract=st.builds(
        Contract,
        added=TEXTS,
        filled=TEXTS,
        unfilled=TEXTS,
        removed=TEXTS,
        renamed=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    ),
)
PLANS = st.builds(
    Plan,
    environment=TEXT,
    url=TEXT,
    salt=TEXT,
    actions=st.lists(ACTIONS, max_size=3).map(tuple),
    agents=st.integers(0, 9),
)
OUTCOMES = st.lists(
    st.builds(
        Outcome,
        status=st.sampled_from(Status),
        action=ACTIONS,
        id=st.none() | TEXT,
        message=TEXT,
        hint=TEXT,
        differences=st.lists(
            st.builds(
                Difference,
                path=TEXT,
                expected=JSON,
                found=JSON,
                sent=st.booleans(),
                hidden=st.booleans(),
            ),
            max_size=2,
        ).map(tuple),
        unchecked=TEXTS,
    ),
    max_size=3,
)
MOVED = st.lists(change(before=JSON, after=JSON, applied_known=st.booleans()), max_size=2).map(
    tuple
)
AUDITS = st.builds(
    Audit,
    environment=TEXT,
    url=TEXT,
    agents=st.lists(
        st.builds(
            Audited,
            kind=st.just(AGENT_V1),
            key=TEXT,
            name=TEXT,
            id=TEXT,
            missing=TEXT,
            vanished=st.booleans(),
            updated_at=TEXT,
            applied_at=TEXT,
            commit=TEXT,
            drift=MOVED,
            expected=MOVED,
            waiting=TEXTS,
            unchecked=TEXTS,
            undeclared=MOVED,
            otherwise=MOVED,
            left=MOVED,
            unlearned=TEXTS,
        ),
        max_size=3,
    ).map(tuple),
    unmanaged=st.lists(
        st.builds(
            Live,
            kind=st.just(AGENT_V1),
            id=TEXT,
            name=TEXT,
            generation=st.just("v1"),
            updated_at=TEXT,
            fields=st.just({}),
            secrets=st.just({}),
            rest=st.just({}),
        ),
        max_size=2,
    ).map(tuple),
)


@pytest.mark.slow
@few
@given(PLANS, FINDINGS)
def test_any_plan_fits(plan: Plan, findings: list[Problem]) -> None:
    found = printed(data.plan(planned(plan, findings)))
    assert wrong("plan", found) == []
    written = sum(len(action.changes) for action in plan.writes)
    assert sum(found["impacts"].values()) == written


@pytest.mark.slow
@few
@given(AUDITS, FINDINGS)
def test_any_audit_fits(audit: Audit, findings: list[Problem]) -> None:
    assert wrong("drift", printed(data.audit(audit, findings))) == []


@pytest.mark.slow
@few
@given(TEXT, OUTCOMES, FINDINGS)
def test_any_result_fits(name: str, outcomes: list[Outcome], findings: list[Problem]) -> None:
    assert wrong("apply", printed(data.results(name, outcomes, findings))) == []


@given(FINDINGS, st.none() | st.builds(ReconcilerError, TEXT, hint=TEXT))
def test_any_mistakes_fit(findings: list[Problem], stop: ReconcilerError | None) -> None:
    found = data.error(stop, findings) if stop else data.problems(findings)
    assert wrong("problems", printed(found)) == []


# What is refused


SOME = (Problem(file="a.yaml", message="odd", warning=True),)
CHANGED = (
    Change(
        path="lang",
        before="en",
        after="ar",
        cause=Cause.CONFLICT,
        impact=Impact.SPOKEN,
        applied="fr",
        applied_known=True,
        note="until May",
        item="removed",
    ),
    Change(
        path="auth",
        cause=Cause.EDIT,
        impact=Impact.REACH,
        sensitive=True,
        readable=False,
        secret_only=True,
        unset=("HOOK",),
        item="added",
    ),
)
UPDATE = build.made(
    kind=AGENT_V1,
    verb=Verb.UPDATE,
    key="desk",
    name="Desk",
    id="1",
    changes=CHANGED,
    ignored=CHANGED,
    uncompared=(Uncompared(path="auth", impact=Impact.REACH, secrets=("HOOK",)),),
    undeclared=CHANGED[:1],
    otherwise=CHANGED[:1],
    request=Request(
        method="PATCH",
        path="/",
        body={"auth": [Secret("HOOK", "x"), 1], "voice": Ref("voice", "warm")},
    ),
    notes=("a note",),
    contract=Contract(added=("a",), filled=("a",), removed=("b",), renamed=(("c", "d"),)),
)
HELLO: dict[str, Any] = {"type": "start", "label": "Hi", "message": "{{x}}", "next": None}
FLOW = build.made(
    kind=AGENT_V2,
    verb=Verb.UPDATE,
    key="clinic",
    name="Clinic",
    changes=[
        *(build.change(f"flow.nodes[greet].{name}", None, value) for name, value in HELLO.items()),
        build.change("flow.nodes[]", ["greet", "old"], ["greet"]),
        build.change("flow.nodes[old].next", "greet", None, item="removed"),
        build.change("flow.customVariables", {"day": "1"}, {"night": "2"}),
    ],
    expects={
        "flow.customVariables": {"day": "1"},
        "flow.nodes[]": ["greet", "old"],
        "flow.nodes[greet].label": "Greet",
        "flow.nodes[greet].next": "old",
        "flow.nodes[old].next": "greet",
    },
    request=Request(method="PATCH", path="/", body={"flow": {"nodes": {"greet": HELLO}}}),
    backdrop=Backdrop(places={"greet": (1.5, -2.0)}, given=("call_id",)),
)
AUDITED = Audited(
    kind=AGENT_V1,
    key="desk",
    name="Desk",
    drift=CHANGED[:1],
    expected=(Change(path="lang", cause=Cause.UNTRACKED, impact=Impact.SPOKEN),),
    waiting=("outcome",),
    unchecked=("tools",),
    undeclared=CHANGED[:1],
    otherwise=CHANGED[:1],
    left=(Change(path="lang", cause=Cause.DRIFT, impact=Impact.SPOKEN),),
)
STRANGER = Live(
    kind=AGENT_V1, id="2", name="Other", generation="v1", fields={}, secrets={}, rest={}
)
APART = Apart(key="desk", path="silenceThreshold", here=600, there=800)
PLAN = Plan(
    environment="test",
    url="sandbox",
    salt="",
    actions=(UPDATE, FLOW),
    agents=1,
)
GONE = (Unkept(key="desk", required=RequiredText(text="Bye")),)
AUDIT = Audit(
    environment="test",
    url="sandbox",
    agents=(AUDITED,),
    unmanaged=(STRANGER,),
    required_text=GONE,
    namesakes={"2": ["desk"]},
)
REFUSED = Outcome(
    status=Status.REFUSED,
    action=UPDATE,
    differences=(Difference(path="lang", expected="ar", found="en", sent=True),),
    unchecked=("auth",),
)
SAID_NO = (Violation(rule="windows", message="no", hint="later", agents=("a",), pending=True),)
TOLD = Planned(
    plan=PLAN,
    promotion=Promotion(source="staging", needs={"desk": {"lang": "sha256:0"}}, apart=(APART,)),
    violations=SAID_NO,
    warnings=tuple(SOME),
)
KEPT = saved.Saved(planned=TOLD, made_with=("plan",))
NOTED = Stamp(at="2026-01-02T03:04:05Z", commit="abc")
PAST = Apply(
    number=1,
    environment="test",
    at=NOTED.at,
    commit="abc",
    agents=(
        Written(
            kind=AGENT_V1,
            key="desk",
            name="Desk",
            verb=Verb.UPDATE,
            id="1",
            before={},
            changes=UPDATE.changes,
            status=Status.DONE,
        ),
    ),
)
TAKEN = Pulled(
    decision=Decision(action=UPDATE, change=UPDATE.changes[0]),
    files=("agents/desk.yaml",),
    also=("staging",),
    dropped=("${var.x}",),
)
MADE = ImportedAgent(
    key="desk",
    name="Desk",
    id="1",
    files=("agents/desk.yaml",),
    left_out={"a secret": ("auth",)},
    secrets=("TOKEN",),
    fixed=("tools",),
)
TURNED = ConvertedAgent(
    key="desk",
    file="agents/desk.yaml",
    before="",
    after="",
    left=(LeftField(path="outcome", line=7, environment="", why="it is lost"),),
    environments=("test",),
)
ON_KEY = Exit(when="dtmf", detail="0", tests=(("count", "equals", "1"),), to="bye")
STEP = Node(
    slug="greet",
    type="start",
    label="Greet",
    says="Hi",
    static=True,
    sets=("intent",),
    anywhere=ON_KEY,
    exits=(ON_KEY,),
    reached=True,
)
BY_KEY = Turn(when="dtmf", detail="0", tests=(("count", "equals", 1),), to="bye")
WALK = Walk(
    views={},
    at="greet",
    variables={"count": 1},
    events=(Event(kind="sets", node="greet", text="count", value=1, turn=BY_KEY, holds=True),),
    choices=(BY_KEY,),
    end="loop",
    ring=("greet",),
)
WHOLE = planfile.sealed(saved.document(KEPT, created_at=NOTED.at, tool="1.0"))
REJECTED = {**WHOLE, "violations": [{**WHOLE["violations"][0], "rule": "fleet.protected_agents"}]}
ALONE = PageResult(
    project="clients/a", environment="live", status="done", document=REJECTED, findings=SOME
)
FLEET = FleetResult(command="plan", pages=(ALONE,), listing="sha256:0", shard=(1, 2), filled=(1,))


def of_fleet() -> Any:
    """A document of a fleet, without those of its pages."""
    found = printed(fleets.document(FLEET, "all", 5))
    return {**found, "pages": [{**found["pages"][0], "result": {}, "sheet": {}}]}


ASKED = references.Status(state=references.State.WAITING, digest="sha256:0f", who="amal", until=1.0)

FULL_DOCUMENTS = {
    "plan": printed(WHOLE),
    "plans": printed({**data.plans([TOLD], {"production": [APART]}, SOME), "plans": [WHOLE]}),
    "drift": printed(data.audit(AUDIT, SOME)),
    "apply": printed(data.results("test", [REFUSED], SOME)),
    "history": printed(past.history([PAST], {"abc": "Salma"})),
    "blame": printed(
        past.blamed_lines("desk", "lang", [BlamedLine("Hi", NOTED)], {})
        | past.blamed_fields("desk", build.live(), [Blamed(path="lang", since=NOTED)], {})
    ),
    "pull": printed(past.pulled([TAKEN])),
    "import": printed(past.imported([MADE])),
    "flow": printed(past.flow("desk", "1", "Desk", [STEP])),
    "walk": printed(past.walked("desk", "test", WALK)),
    "convert": printed(past.converted([TURNED], ["drift.ignore: llm"])),
    "doctor": printed(past.checks([checkup.warn("clock", "it is late", "set it")])),
    "pages": of_fleet(),
    "service": printed(
        data.document(pages=[service.document(references.Row(name="nour:live", status=ASKED))])
    ),
    "problems": printed(data.error(ConfigError(SOME), SOME)),
}

Way = tuple[str | int, ...]
_CHANGE = ("changes", "ignored", "conflicts")
_VALUES = {(place, name) for place in _CHANGE for name in ("before", "after", "applied")}
_VALUES |= {
    (place, name)
    for place in ("drift", "expected", "undeclared", "undeclared_expected")
    for name in ("live", "applied", "file")
}
_VALUES |= {("differences", name) for name in ("expected", "found", "answered")}
_VALUES |= {("apart", "here"), ("apart", "there"), ("fields", "live")}
_VALUES |= {
    ("events", "value"),
    ("leaves", "value"),
    ("stored_otherwise", "file"),
    ("stored_otherwise", "live"),
}
_MAPS = (
    *(("body",), ("causes",), ("left_out",)),
    *(("expects",), ("wants",), ("digests",), ("needs",), ("variables",)),
    ("places",),
)
"""Whose keys are any words."""
_EITHER = ("id", "updated_at", "fields", "path", "lines")
"""Of the two shapes of a blame."""
_OPTIONAL = (
    "note",
    "sheet",
    "applied",
    "error",
    "secret_only",
    "unset",
    "item",
    "apply",
    "checksum",
)


def keys(node: Any, way: Way = ()) -> Iterator[Way]:
    """The path of every key that the format defines for a document."""
    if isinstance(node, dict) and way[-1:] not in _MAPS:
        for name, item in node.items():
            yield (*way, name)
            if not is_any_value((*way, name)):
                yield from keys(item, (*way, name))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from keys(item, (*way, index))


def own(name: str) -> Iterator[Way]:
    """The ways to the keys of a document, but for those of a whole plan within it."""
    within = {"plans": ("plans", 0)}.get(name)
    return (way for way in keys(FULL_DOCUMENTS[name]) if way[:2] != within or len(way) == 2)


def test_a_plan_among_several_is_a_plan() -> None:
    plan, plans = PUBLISHED["plan"], PUBLISHED["plans"]
    one = plans["$defs"]["Plan"]
    assert {key: plan[key] for key in one} == one | {"description": plan["description"]}
    assert {key: plans["$defs"][key] for key in plan["$defs"]} == plan["$defs"]
    assert plans["properties"]["plans"]["items"] == {"$ref": "#/$defs/Plan"}


def is_any_value(way: Way) -> bool:
    """Whether any JSON is allowed there."""
    return len(way) > 2 and (way[-3], way[-1]) in _VALUES


def put(node: Any, way: Way, value: Any, *, drop: bool = False) -> Any:
    """A copy of a document with another value in one place, or without that."""
    if not way:
        return value
    first, *rest = way
    if isinstance(node, list):
        return [
            put(x, tuple(rest), value, drop=drop) if i == first else x for i, x in enumerate(node)
        ]
    kept = {name: item for name, item in node.items() if name != first}
    if drop and not rest:
        return kept
    return {**kept, first: put(node.get(first), tuple(rest), value, drop=drop)}


def around(node: Any, way: Way) -> tuple[Any, Way]:
    """A document without all items of lists that are not on the way: it still fits."""
    if not way:
        return node, way
    first, *rest = way
    if isinstance(node, list):
        item, more = around(node[int(first)], tuple(rest))
        return [item], (0, *more)
    item, more = around(node[first], tuple(rest))
    others = {key: [] if isinstance(one, list) else one for key, one in node.items()}
    return {**others, first: item}, (first, *more)


@pytest.mark.parametrize("name", NAMES)
def test_the_documents_below_hold_every_key_there_is(name: str) -> None:
    assert wrong(name, FULL_DOCUMENTS[name]) == []
    shapes = [node for node in nodes(PUBLISHED[name]) if "properties" in node and "type" in node]
    known = {key for shape in shapes for key in shape["properties"]}
    assert {way[-1] for way in keys(FULL_DOCUMENTS[name])} == known


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_document_without_a_key_is_refused(name: str) -> None:
    whole = FULL_DOCUMENTS[name]
    places = {way: around(whole, way) for way in own(name)}
    assert all(accepts(name, document) for document, _ in places.values())
    accepted = [way for way, at in places.items() if accepts(name, put(*at, None, drop=True))]
    optional = [(key,) for key in _EITHER] if name == "blame" else []
    assert [way for way in accepted if way[-1] not in _OPTIONAL and way not in optional] == []
    assert accepted or name != "plan"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_another_type_is_refused(name: str) -> None:
    for way in own(name):
        found = [
            value
            for value in ("x", ["x", 1], {"x": 1}, 1.5, True, None)
            if fits_in(name, way, value)
        ]
        assert len(found) == 6 if is_any_value(way) else len(found) <= 2, (way, found)


def fits_in(name: str, way: Way, value: Any) -> bool:
    document, way = around(FULL_DOCUMENTS[name], way)
    return accepts(name, put(document, way, value))


def accepts(name: str, document: Any) -> bool:
    """Whether there is no mistake; stops at the first."""
    return bool(VALIDATORS[name].is_valid(document))


WORDS = [
    pytest.param("plan", ("actions", 0, "action"), "delete", id="an action that does not exist"),
    pytest.param("plan", ("actions", 0, "changes", 0, "cause"), "me", id="a cause"),
    pytest.param("plan", ("actions", 0, "changes", 0, "impact"), "cosmetic", id="an impact"),
    pytest.param("plan", ("actions", 0, "changes", 0, "sensitive"), 0, id="a flag as a number"),
    pytest.param("plan", ("actions", 0, "id"), 7, id="a number as an id"),
    pytest.param("plan", ("causes",), {"me": 1}, id="a count of another cause"),
    pytest.param("plan", ("causes",), {"edit": -1}, id="less than none"),
    pytest.param("plan", ("impacts", "spoken"), -1, id="less than no field"),
    pytest.param("plan", ("format_version",), "3.0", id="the next major version"),
    pytest.param("plan", ("format_version",), "11.0", id="a later major version"),
    pytest.param("plan", ("format_version",), "1", id="a version without a minor"),
    pytest.param("drift", ("agents", 0, "drift", 0, "cause"), "", id="no cause"),
    pytest.param("apply", ("outcomes", 0, "status"), "fine", id="a status"),
    pytest.param("problems", ("problems", 0, "line"), -1, id="a line before the first"),
    pytest.param("problems", ("error", "exit_code"), "1", id="a text as an exit code"),
]


@pytest.mark.parametrize(("name", "way", "value"), WORDS)
def test_a_word_or_number_that_cannot_be_is_refused(name: str, way: Way, value: Any) -> None:
    assert not fits_in(name, way, value)


@pytest.mark.parametrize("name", NAMES)
def test_no_document_passes_for_another(name: str) -> None:
    others = [other for other in NAMES if not wrong(other, FULL_DOCUMENTS[name])]
    assert others == [name]


@pytest.mark.parametrize("name", NAMES)
def test_a_later_minor_version_with_more_keys_is_accepted(name: str) -> None:
    later = put(FULL_DOCUMENTS[name], ("format_version",), "2.27")
    places = {way[:-1] for way in keys(later)}
    assert len(places) > 1
    for way in sorted(places, key=str):
        later = put(later, (*way, "later"), {"more": [1]})
    assert wrong(name, later) == []


# The page's examples


JQ = re.findall(r"^reconciler (\w+) .*?\| jq (-\w) '(.+)'$", PAGE, re.MULTILINE)
ANSWERS = [
    "desk\n",
    "false\n",
    "".join(f"{one['sentences']['ar']}\n" for one in FULL_DOCUMENTS["plan"]["actions"]),
    "desk\tlang\n",
    "desk\trefused\t\t\n",
]


def test_the_page_has_examples() -> None:
    assert len(JQ) == len(ANSWERS) == PAGE.count("```bash\n")


@pytest.mark.process
@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed here")
@pytest.mark.parametrize(("example", "answer"), list(zip(JQ, ANSWERS, strict=True)))
def test_the_pages_examples_work(example: tuple[str, str, str], answer: str) -> None:
    name, option, program = example
    done = subprocess.run(
        ["jq", option, program],  # noqa: S607 - the one that people have
        input=json.dumps(FULL_DOCUMENTS[name]),
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert (done.stderr, done.stdout) == ("", answer)
