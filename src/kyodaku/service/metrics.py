# SPDX-License-Identifier: Apache-2.0
"""What the service counts, in Prometheus' text form; no prompt, name or work is ever a label."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from kyodaku.generation.job import MOVES, State
from kyodaku.generation.store import JobStore
from kyodaku.service.counts import Counts
from kyodaku.service.middleware import Told

__all__ = ["CONTENT_TYPE", "Metrics", "route_of"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The counts of one process, and the jobs of all."""

    def __init__(self, store: JobStore, counts: Counts) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_OfAll(store, counts))
        self._requests = Counter(
            "kyodaku_requests_total", "Requests answered.", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "kyodaku_request_seconds", "Time to answer.", ["route"], buckets=_BUCKETS, registry=self._registry
        )

    def begun(self, _scope: Scope) -> Told:
        """Begin to time a request; what is to be called when its answer begins counts it, by route."""
        began = time.perf_counter()

        def told(scope: Scope, status: int) -> None:
            route = route_of(scope)
            self._requests.labels(route, str(status)).inc()
            self._seconds.labels(route).observe(time.perf_counter() - began)

        return told

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)


def route_of(scope: Scope) -> str:
    """The path of a request with names for what varies in it: ids are not labels, there is no end of them."""
    return getattr(scope.get("route"), "path", "other")


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
