# SPDX-License-Identifier: Apache-2.0
"""What the service counts, in Prometheus' text form; no prompt, name or work is ever a label."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kyodaku.generation.job import MOVES, State
from kyodaku.generation.store import JobStore
from kyodaku.service.counts import Counts

__all__ = ["BUCKETS", "CONTENT_TYPE", "Metrics", "Timed", "route_of"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_NO_ANSWER: Final = 499
"""What nginx counts who left before the answer as."""
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Seconds to answer, at which requests are counted apart."""


class Metrics:
    """The counts of one process, and the jobs of all."""

    def __init__(self, store: JobStore, counts: Counts) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_OfAll(store, counts))
        self._requests = Counter(
            "kyodaku_requests_total", "Requests answered.", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "kyodaku_request_seconds", "Time to answer.", ["route"], buckets=BUCKETS, registry=self._registry
        )

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request by its route, and how long it took."""
        route = route_of(scope)
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)


class Timed:
    """Middleware that gives each request an id, counts it, and times it until its last byte."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI hands it over."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), _NO_ANSWER
        request_id = scope.setdefault("state", {})["id"] = f"req_{secrets.token_hex(12)}"

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).setdefault("x-request-id", request_id)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._metrics.answered(scope, status, time.perf_counter() - began)


def route_of(scope: Scope) -> str:
    """The path of a request with names for what varies in it: ids are not labels, there is no end of them."""
    return str(getattr(scope.get("route"), "path", "other"))


class _OfAll(Collector):
    """What the databases count for all processes, when it is asked: jobs by state, and answers."""

    def __init__(self, store: JobStore, counts: Counts) -> None:
        self._store = store
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """A gauge of jobs and a counter of answers."""
        gauge = GaugeMetricFamily("kyodaku_videos", "Videos by state.", labels=["state"])
        states: Sequence[State] = tuple(MOVES)
        for state in states:
            gauge.add_metric([state], self._store.in_state(state))
        yield gauge
        answers = CounterMetricFamily("kyodaku_answers", "Decisions taken.", labels=["moment", "verdict", "regime"])
        for labels, times in self._counts.totals().items():
            answers.add_metric(labels, times)
        yield answers
