"""Traces and metrics of runs, as a collector gets them; and what a run costs without one."""

import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.sandbox.server import RunningServer
from tests.collector import Collector, collecting, known
from tests.conftest import Serve
from tests.projects import Project, Run

PLANTED = ("planted-prompt", "planted-secret", "planted-live", "planted-name", "planted-key")
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

pytestmark = pytest.mark.process


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    """It answers the first write with an error that is worth another try."""
    return serve("fault=PATCH:502-html:1&api_key=planted-key")


@pytest.fixture
def project(project: Project, server: RunningServer, programs: Path) -> Project:
    project.on(server.url, "planted-key").program = programs / "reconciler"
    project.env["WORD"] = "planted-secret"
    for key in ("desk", "other"):
        project.agent(key, {"agentName": f"planted-name {key}", "greetingMessage": "Hello"})
    assert project.apply("--quiet").code == 0
    record = server.app.state.store.records()[1]
    server.app.state.store.update(record.id, {**record.fields, "greetingMessage": "planted-live"})
    spec = {"agentName": "planted-name desk", "greetingMessage": "planted-prompt"}
    project.agent("desk", {**spec, "outcome": {"$secret": "WORD"}})
    return project


def ran(project: Project, *argv: str, **env: str) -> Run:
    """A run in a process of its own."""
    done = subprocess.run(
        [project.program, *argv],
        cwd=project.root,
        env={"PATH": "/usr/bin:/bin", **project.env, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def told(project: Project, to: Collector, *argv: str, **env: str) -> Run:
    return ran(project, *argv, OTEL_EXPORTER_OTLP_ENDPOINT=to.url, **env)


def test_the_spans_of_an_apply_are_nested_and_say_no_content(project: Project) -> None:
    with collecting() as collector:
        parent = f"00-{TRACE}-{PARENT}-01"
        done = told(project, collector, "apply", "--auto-approve", TRACEPARENT=parent)
    assert (done.code, done.err) == (0, ""), done.err
    (run,) = collector.named("reconciler apply")
    assert (run.trace_id.hex(), run.parent_span_id.hex()) == (TRACE, PARENT)
    assert known(run) == {"process.exit.code": 0}
    patches = collector.named("PATCH")
    assert sorted(known(one)["http.response.status_code"] for one in patches) == [200, 200, 502]
    assert {tuple(collector.above(one)) for one in patches} == {
        ("reconciler apply", "write", "update agent")
    }
    agents = {known(one)["reconciler.key"]: known(one) for one in collector.named("update agent")}
    assert {key: one["reconciler.outcome"] for key, one in agents.items()} == {
        "desk": "done",
        "other": "done",
    }
    (plan,) = collector.named("plan")
    assert known(plan)["reconciler.environment"] == "default"
    assert collector.counted("reconciler.requests")["PATCH", 200] == 2
    assert collector.counted("reconciler.retries") == {(): 1}
    assert collector.counted("reconciler.writes") == {("done", "update"): 2}
    assert {int(point.count) for point in collector.metrics["reconciler.page.duration"]} == {1}
    hides(collector)


def test_drift_is_a_metric_and_an_error_has_its_class_alone(project: Project) -> None:
    with collecting() as collector:
        assert told(project, collector, "drift").code == 2
        assert collector.counted("reconciler.drift") == {("default", "project"): 1}
        project.write("agents/desk.yaml", "spec: { greetingMessage: [planted-prompt] }\n")
        assert told(project, collector, "plan").code == 1
    failed = [span for span in collector.spans if span.status.code == 2]
    assert [(one.name, known(one)["error.type"]) for one in failed] == [
        ("plan", "ConfigError"),
        ("reconciler plan", "ConfigError"),
    ]
    assert not any(one.events for one in collector.spans)
    hides(collector)


def hides(collector: Collector) -> None:
    """Nothing planted was sent, in whatever field."""
    assert collector.bodies
    for word in PLANTED:
        assert not any(word.encode() in body for body in collector.bodies), word


@pytest.mark.parametrize(
    ("env", "warning"),
    [
        (
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
                "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
            },
            "could not be sent",
        ),
        (
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            },
            "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
            "",
        ),
    ],
)
def test_a_collector_that_is_away_is_one_warning(
    programs: Path, tmp_path: Path, env: dict[str, str], warning: str
) -> None:
    project = Project(tmp_path / "project", program=programs / "reconciler")
    project.write("reconciler.yaml", "environments:\n  sandbox: { url: sandbox }\n")
    project.agent("desk", {"agentName": "Desk"})
    done = ran(project, "plan", **env)
    assert done.code == 0, done.err
    assert len(done.err.splitlines()) == bool(warning), done.err
    assert warning in done.err


ALONE = """
import io, os, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"opentelemetry", "temporalio"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])
sys.meta_path.insert(0, Missing())
import importlib, pkgutil, reconciler.cli
from reconciler.cli import main
for module in pkgutil.walk_packages(reconciler.cli.__path__, "reconciler.cli."):
    importlib.import_module(module.name)
assert not any(name.startswith("reconciler.service") for name in sys.modules)
for words in ("plan --quiet", "worker --help", "worker", "service status", "plan --quiet"):
    print(">", words, file=sys.stderr, flush=True)
    print("<", main(words.split()), file=sys.stderr, flush=True)
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
"""


def test_without_the_extras_everything_else_works(project: Project) -> None:
    """The commands of the service name the extra; a run to be observed says what it lacks."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        cwd=project.root,
        env={**project.env, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    parts = [part.rpartition("\n< ") for part in done.stderr.split("\n> ")]
    assert [part[2].strip() for part in parts] == ["0", "0", "1", "1", "0"], done.stderr
    for part, name in ((parts[2], "worker"), (parts[3], "service")):
        assert f"error: `{name}` needs the package temporalio, which is not installed" in part[0]
        assert '-m pip install "hamsa-reconciler[temporal]"' in part[0]
    (line,) = parts[4][0].splitlines()[1:]
    assert line.startswith("warning: no traces and metrics are sent: the package opentelemetry")
    assert '"hamsa-reconciler[otel]"' in line
