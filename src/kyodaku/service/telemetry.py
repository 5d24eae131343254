# SPDX-License-Identifier: Apache-2.0
"""Traces and metrics for an operator's own collector (OpenTelemetry, OTLP over HTTP), sent only where one is named.

A span says which route was asked, how long it took and what was answered; one within it which decision was taken: its
id, moment, verdict and regime. No prompt, name, work, key, video's id or address is in any. Nothing is registered for
the whole process, so that no library finds an exporter that it was not given.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kyodaku import __version__
from kyodaku.errors import UsageError
from kyodaku.generation.answer import Answer
from kyodaku.generation.job import MOVES
from kyodaku.generation.store import JobStore
from kyodaku.generation.video_gate import NOTHING_CLAIMED, Asker, Gate
from kyodaku.service.counts import Counts
from kyodaku.service.metrics import BUCKETS, route_of

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation
    from opentelemetry.trace import Span, Tracer

__all__ = ["ENDPOINT", "FROM_ENVIRONMENT", "Telemetry", "Traced", "TracedGate", "endpoint_of", "opened_telemetry"]

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
FROM_ENVIRONMENT: Final = "env"
"""In place of an address: the one that `ENDPOINT` names. It is not looked at unless this is said."""
_SERVICE: Final = "kyodaku"
_TIMEOUT_S: Final = 10.0
_EVERY_MS: Final = 15_000.0
_PARENT: Final = "traceparent"


def endpoint_of(asked: str | None) -> str | None:
    """The collector's address that the operator asked for; UsageError for what is none."""
    if asked is None:
        return None
    address = os.environ.get(ENDPOINT, "") if asked == FROM_ENVIRONMENT else asked
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        hint = f"such as http://127.0.0.1:4318, or {FROM_ENVIRONMENT} for what {ENDPOINT} says"
        raise UsageError(f"{address!r} is no collector's address", where="--otlp", hint=hint)
    if "@" in parts.netloc:
        raise UsageError("an address holds no key", where="--otlp", hint="set OTEL_EXPORTER_OTLP_HEADERS")
    return address.rstrip("/")


class Telemetry:
    """What is sent to one collector, in the background; close it to send what is left."""

    def __init__(self, endpoint: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
            from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415
            from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        except ModuleNotFoundError:
            hint = "pip install 'kyodaku[telemetry]'"
            raise UsageError("'--otlp' needs more than is installed", hint=hint) from None
        resource = Resource.create(
            {"service.name": os.environ.get("OTEL_SERVICE_NAME", _SERVICE), "service.version": __version__}
        )
        spans = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_TIMEOUT_S)
        metrics = OTLPMetricExporter(endpoint=f"{endpoint}/v1/metrics", timeout=_TIMEOUT_S)
        self._traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._traces.add_span_processor(BatchSpanProcessor(spans))
        reader = PeriodicExportingMetricReader(metrics, export_interval_millis=_EVERY_MS)
        self._metrics = MeterProvider(metric_readers=[reader], resource=resource, shutdown_on_exit=False)
        self.tracer: Tracer = self._traces.get_tracer(_SERVICE, __version__)
        self.meter: Meter = self._metrics.get_meter(_SERVICE, __version__)

    def close(self) -> None:
        """Send what is left, if the collector takes it soon."""
        self._traces.shutdown()
        self._metrics.shutdown(timeout_millis=1000 * _TIMEOUT_S)

    def watch(self, store: JobStore, counts: Counts) -> None:
        """Report what the databases count for all processes, as `/metrics` does."""
        from opentelemetry.metrics import Observation  # noqa: PLC0415

        def videos(_: CallbackOptions) -> Iterable[Observation]:
            return [Observation(store.in_state(state), {"state": state}) for state in MOVES]

        def answers(_: CallbackOptions) -> Iterable[Observation]:
            names = ("moment", "verdict", "regime")
            return [Observation(n, dict(zip(names, key, strict=True))) for key, n in counts.totals().items()]

        self.meter.create_observable_gauge("kyodaku.videos", [videos], description="Videos by state.")
        self.meter.create_observable_counter("kyodaku.answers", [answers], description="Decisions taken.")


@contextmanager
def opened_telemetry(endpoint: str | None) -> Iterator[Telemetry | None]:
    """Telemetry until the end of the block, or none where no endpoint is named."""
    telemetry = None if endpoint is None else Telemetry(endpoint)
    try:
        yield telemetry
    finally:
        if telemetry is not None:
            telemetry.close()


class TracedGate:
    """A gate whose decisions are spans of their own, within the request's if there is one."""

    def __init__(self, gate: Gate, tracer: Tracer) -> None:
        self._gate = gate
        self._tracer = tracer

    def prompt(self, text: str, asker: Asker) -> Answer:
        """As the gate's own."""
        return self._decided("prompt", lambda: self._gate.prompt(text, asker))

    def input(self, medium: Path, asker: Asker, claim: Mapping[str, str] = NOTHING_CLAIMED) -> Answer:
        """As the gate's own."""
        return self._decided("input", lambda: self._gate.input(medium, asker, claim))

    def output(self, medium: Path, asker: Asker) -> Answer:
        """As the gate's own."""
        return self._decided("output", lambda: self._gate.output(medium, asker))

    def snapshot_id(self) -> str:
        """As the gate's own."""
        return self._gate.snapshot_id()

    def _decided(self, moment: str, decide: Callable[[], Answer]) -> Answer:
        with _span(self._tracer, f"decide {moment}", {"kyodaku.moment": moment}) as span:
            answer = decide()
            span.set_attribute("kyodaku.decision_id", answer.decision.decision_id)
            span.set_attribute("kyodaku.verdict", answer.verdict)
            span.set_attribute("kyodaku.regime", answer.decision.regime)
            return answer


class Traced:
    """Middleware: each request is a span, and is counted and timed by its route as for Prometheus."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._tracer = telemetry.tracer
        self._requests = telemetry.meter.create_counter("kyodaku.requests", description="Requests answered.")
        self._seconds = telemetry.meter.create_histogram(
            "kyodaku.request.seconds", "s", "Time to answer.", explicit_bucket_boundaries_advisory=BUCKETS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI hands it over; the caller's own trace goes on if it names one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        method = {"http.request.method": scope["method"]}
        with _span(self._tracer, scope["method"], method, scope["headers"]) as span:
            try:
                await self._app(scope, receive, sending)
            finally:
                route = route_of(scope)
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
                self._requests.add(1, {"route": route, "status": str(status)})
                self._seconds.record(time.perf_counter() - began, {"route": route})


@contextmanager
def _span(
    tracer: Tracer, name: str, attributes: Mapping[str, Any], headers: Iterable[tuple[bytes, bytes]] | None = None
) -> Iterator[Span]:
    """A span that says of an error what kind it is, and never what was in it.

    With a request's `headers` it is a server's span, in the trace that they name.
    """
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    context, kind = None, SpanKind.INTERNAL
    if headers is not None:
        named = [value.decode("latin-1") for header, value in headers if header == _PARENT.encode()]
        context, kind = TraceContextTextMapPropagator().extract({_PARENT: named}), SpanKind.SERVER
    with tracer.start_as_current_span(
        name, context, kind, attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
