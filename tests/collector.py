"""A collector of OpenTelemetry on this machine: what runs send it, decoded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collector:
    """``bodies`` are all bytes that arrived, so that nothing that was sent is overlooked."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    spans: list[Any] = field(default_factory=list)
    metrics: dict[str, list[Any]] = field(default_factory=dict)

    def take(self, path: str, body: bytes) -> None:
        self.bodies.append(body)
        if path == "/v1/traces":
            sent = ExportTraceServiceRequest.FromString(body)
            for one in sent.resource_spans:
                self.spans += [span for scope in one.scope_spans for span in scope.spans]
        elif path == "/v1/metrics":
            for every in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for metric in (m for scope in every.scope_metrics for m in scope.metrics):
                    kind = metric.WhichOneof("data")
                    self.metrics[metric.name] = list(getattr(metric, kind).data_points)

    def named(self, name: str) -> list[Any]:
        return [span for span in self.spans if span.name == name]

    def above(self, span: Any) -> list[str]:
        """The names of the spans around a span, from the outside."""
        by_id = {one.span_id: one for one in self.spans}
        found: list[str] = []
        while span := by_id.get(span.parent_span_id):
            found.insert(0, span.name)
        return found

    def counted(self, metric: str) -> dict[tuple[Any, ...], int]:
        """The numbers of a counter or a gauge by the values of its labels."""
        return {
            tuple(value(one.value) for one in sorted(point.attributes, key=lambda a: a.key)): int(
                point.as_int
            )
            for point in self.metrics.get(metric, ())
        }


def value(found: Any) -> Any:
    return getattr(found, found.WhichOneof("value"))


def known(span: Any) -> dict[str, Any]:
    """The attributes of a span."""
    return {one.key: value(one.value) for one in span.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.take(self.path, self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()
