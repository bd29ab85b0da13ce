"""Sends spans and metrics by OTLP over HTTP. Only this module imports opentelemetry.

The SDK reads its own variables, such as OTEL_RESOURCE_ATTRIBUTES and OTEL_TRACES_SAMPLER.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from opentelemetry import context as contexts
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from reconciler import __version__, telemetry
from reconciler.telemetry import Value

_NAMES = {
    "method": "http.request.method",
    "path": "url.path",
    "status": "http.response.status_code",
    "error": "error.type",
    "exit_code": "process.exit.code",
    "env": "reconciler.environment",
}
"""Our words in OpenTelemetry's conventions; the others begin with ``reconciler.``."""
_TIMEOUT = 3.0
"""Seconds for sending, unless OTEL_EXPORTER_OTLP_TIMEOUT says it: the end of a run waits for it."""


_LABELS = {
    telemetry.REQUESTS: ("method", "status"),
    telemetry.WRITES: ("verb", "outcome"),
    telemetry.DURATION: ("step", "project", "env"),
}
"""What a metric is counted by: few values, so no keys of agents and no paths."""


def _named(known: Mapping[str, Value]) -> dict[str, Value]:
    return {_NAMES.get(name, f"reconciler.{name}"): value for name, value in known.items()}


class _Open:
    """A span that is open, and what is known of it."""

    def __init__(self, span: Span, known: Mapping[str, Value]) -> None:
        self._span, self.known = span, dict(known)

    def learn(self, **known: Value) -> None:
        """See ``telemetry.Open``."""
        self.known |= known
        self._span.set_attributes(_named(known))

    def failed(self, name: str) -> None:
        """An error ends it, which counts by its class alone: its message may quote anything."""
        self.learn(error=name)
        self._span.set_status(Status(StatusCode.ERROR))


class Otlp:
    """An observer whose spans and metrics go to a collector."""

    def __init__(self, tracer: Tracer, meter: Meter) -> None:
        self.tracer = tracer
        self._duration = meter.create_histogram(telemetry.DURATION, unit="s")
        self._drift = meter.create_gauge(telemetry.DRIFT, unit="{agent}")
        self._counters = {
            name: meter.create_counter(name)
            for name in (telemetry.REQUESTS, telemetry.RETRIES, telemetry.WRITES)
        }

    @contextmanager
    def span(self, name: str, metric: str, known: Mapping[str, Value]) -> Iterator[_Open]:
        """See ``telemetry.Observer``."""
        began = time.monotonic()
        bare = self.tracer.start_as_current_span(
            name, attributes=_named(known), record_exception=False, set_status_on_exception=False
        )
        with bare as span:
            found = _Open(span, known)
            try:
                yield found
            except BaseException as error:
                found.failed(type(error).__name__)
                raise
            finally:
                self._measured(metric, found, time.monotonic() - began)

    def _measured(self, metric: str, span: _Open, seconds: float) -> None:
        labels = _named({name: span.known[name] for name in _LABELS.get(metric, ())})
        if metric == telemetry.DURATION:
            self._duration.record(seconds, labels)
        elif metric:
            self._counters[metric].add(1, labels)

    def repeated(self) -> None:
        """See ``telemetry.Observer``."""
        self._counters[telemetry.RETRIES].add(1)

    def drifted(self, number: int, known: Mapping[str, Value]) -> None:
        """See ``telemetry.Observer``."""
        self._drift.set(number, _named(known))


class _Once(logging.Handler):
    """Tells once that nothing can be sent, in place of the SDK's own messages and traces."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell, self._told = tell, False

    def emit(self, _record: logging.LogRecord) -> None:
        """Tell it, unless that was done."""
        if not self._told:
            self._told = True
            self._tell("traces and metrics could not be sent to the collector")


@contextmanager
def observing(env: Mapping[str, str], tell: Callable[[str], None]) -> Iterator[None]:
    """Observe a block and send what it did; as a part of the trace of TRACEPARENT, if it is set."""
    log, once = logging.getLogger("opentelemetry"), _Once(tell)
    log.addHandler(once)
    log.propagate = False
    resource = Resource.create({"service.name": "reconciler", "service.version": __version__})
    traces, metrics = _providers(env, resource)
    observer = Otlp(traces.get_tracer("reconciler"), metrics.get_meter("reconciler"))
    carrier = {name: env.get(name.upper(), "") for name in ("traceparent", "tracestate")}
    outer = contexts.attach(TraceContextTextMapPropagator().extract(carrier))
    try:
        with telemetry.observed_by(observer):
            yield
    finally:
        contexts.detach(outer)
        with ThreadPoolExecutor() as pool:  # both send what is left
            pool.submit(traces.shutdown)
            pool.submit(metrics.shutdown)
        log.removeHandler(once)


def _providers(env: Mapping[str, str], resource: Resource) -> tuple[TracerProvider, MeterProvider]:
    """What makes spans and metrics; those whose exporter is ``none`` are not sent."""
    timeout = None if env.get("OTEL_EXPORTER_OTLP_TIMEOUT") else _TIMEOUT
    traces = TracerProvider(resource=resource, shutdown_on_exit=False)
    if env.get("OTEL_TRACES_EXPORTER") != "none":
        traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=timeout)))
    wanted = env.get("OTEL_METRICS_EXPORTER") != "none"
    readers = [PeriodicExportingMetricReader(OTLPMetricExporter(timeout=timeout))] if wanted else []
    return traces, MeterProvider(readers, resource=resource, shutdown_on_exit=False)
