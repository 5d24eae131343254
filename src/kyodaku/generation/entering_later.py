# SPDX-License-Identifier: Apache-2.0
"""Decisions of a service go into the ledger together, a moment after they were answered.

An entry for each alone would make every caller wait for two writes to disk. What was decided in the last moment before
a crash is not in the ledger; nothing that it allowed is lost with it, as jobs keep their decisions' ids.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from types import TracebackType
from typing import Final, Self

from kyodaku.generation.entering import MOST_ENTERED, Decided, Setting, enter_all
from kyodaku.registry import Registry

__all__ = ["Entering"]

_EVERY_S: Final = 0.5
_log = logging.getLogger(__name__)


class Entering:
    """Collects decisions and enters them every half second; close it, or use it as a context manager."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._waiting: defaultdict[Setting, list[Decided]] = defaultdict(list)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_on, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, setting: Setting, *decided: Decided) -> None:
        """One more decision, or several."""
        with self._lock:
            self._waiting[setting] += decided

    def close(self) -> None:
        """Enter what is left, and end."""
        self._stop.set()
        self._thread.join(timeout=30)
        self.flush()

    def flush(self) -> None:
        """Enter what was collected until now; what cannot be entered just now waits for the next time."""
        with self._lock:
            waiting = dict(self._waiting)
            self._waiting.clear()
        for setting, listed in waiting.items():
            for first in range(0, len(listed), MOST_ENTERED):
                self._enter(setting, listed[first : first + MOST_ENTERED])

    def _enter(self, setting: Setting, listed: list[Decided]) -> None:
        try:
            enter_all(self._registry, setting, listed)
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread goes on and the decisions are kept
            _log.error("%d decisions are not in the ledger yet: %s", len(listed), error)
            self.add(setting, *listed)

    def _keep_on(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self.flush()
