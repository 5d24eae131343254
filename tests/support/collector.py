# SPDX-License-Identifier: Apache-2.0
"""A real OTLP/HTTP receiver on this machine: what it is sent is decoded, and kept as it came too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Collector:
    """Where it listens, and the bodies that came, by path."""

    url: str
    received: list[tuple[str, bytes]] = field(default_factory=list)

    def spans(self) -> list[dict[str, Any]]:
        """Every span: name, attributes, ids, and the number of its kind and status."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: PLC0415

        found = []
        for _, body in [each for each in self.received if each[0] == "/v1/traces"]:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for span in (span for scope in resource.scope_spans for span in scope.spans):
                    told = {"name": span.name, "id": span.span_id, "parent": span.parent_span_id}
                    told |= {"trace": span.trace_id, "status": span.status.code, "events": len(span.events)}
                    told |= {"seconds": (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9}
                    found.append(told | _values(span.attributes))
        return found

    def points(self) -> dict[str, list[dict[str, Any]]]:
        """The points of the last export, by the metric's name: attributes, and `value` or `count`."""
        from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2  # noqa: PLC0415

        read = metrics_service_pb2.ExportMetricsServiceRequest.FromString
        bodies = [body for path, body in self.received if path == "/v1/metrics"]
        found: dict[str, list[dict[str, Any]]] = {}
        for resource in read(bodies[-1]).resource_metrics if bodies else ():
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                points = getattr(metric, metric.WhichOneof("data")).data_points
                found[metric.name] = [
                    {"value": getattr(point, "as_int", 0), "count": getattr(point, "count", 0)}
                    | _values(point.attributes)
                    for point in points
                ]
        return found


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@contextmanager
def collector() -> Iterator[Collector]:
    """Receive until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    known = server.known = Collector(f"http://127.0.0.1:{server.server_address[1]}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.known.received.append((self.path, body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """A test is quiet."""
