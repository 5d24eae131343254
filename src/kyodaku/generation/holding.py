# SPDX-License-Identifier: Apache-2.0
"""Holding on to a job while a step takes longer than a claim lasts: a slow upload is no reason to do it twice."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from kyodaku.errors import KyodakuError
from kyodaku.generation.job import Job
from kyodaku.generation.store import LEASE, Conflict, JobStore

__all__ = ["holding_on"]

_EVERY_S: Final = LEASE.total_seconds() / 3
_log = logging.getLogger(__name__)


@contextmanager
def holding_on(
    store: JobStore,
    job: Job,
    worker: str,
    *,
    longest: timedelta,
    hung: Callable[[], None],
    every_s: float = _EVERY_S,
) -> Iterator[None]:
    """Renew the claim for as long as the block lasts; `hung` is called when that is longer than `longest`."""
    ended = threading.Event()
    until = time.monotonic() + longest.total_seconds()

    def renew() -> None:
        while not ended.wait(every_s):
            if time.monotonic() > until:
                _log.error("%s: one step of it took longer than %s", job.id, longest)
                hung()
                return
            try:
                store.renew(job, worker)
            except Conflict:  # the step has moved it on, or it was deleted: there is nothing to hold
                return
            except KyodakuError as error:
                _log.warning("%s: its claim could not be renewed: %s", job.id, error)

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
