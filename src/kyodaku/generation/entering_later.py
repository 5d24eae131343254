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

from kyodaku.generation.entering import MOST_ENTERED, enter
from kyodaku.generation.gate import Prompted, PromptGate
from kyodaku.registry import Registry

__all__ = ["Entering"]

_EVERY_S: Final = 0.5
_log = logging.getLogger(__name__)


class Entering:
    """Collects decisions and enters them every half second; close it, or use it as a context manager."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._waiting: defaultdict[int, list[Prompted]] = defaultdict(list)
        self._gates: dict[int, PromptGate] = {}
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

    def add(self, gate: PromptGate, prompted: Prompted) -> None:
        """One more decision."""
        with self._lock:
            self._gates[id(gate)] = gate
            self._waiting[id(gate)].append(prompted)

    def close(self) -> None:
        """Enter what is left, and end."""
        self._stop.set()
        self._thread.join(timeout=30)
        self.flush()

    def flush(self) -> None:
        """Enter what was collected until now; what cannot be entered just now waits for the next time."""
        with self._lock:
            waiting = [(self._gates[key], listed) for key, listed in self._waiting.items() if listed]
            self._waiting.clear()
            self._gates.clear()
        for gate, listed in waiting:
            for first in range(0, len(listed), MOST_ENTERED):
                self._enter(gate, listed[first : first + MOST_ENTERED])

    def _enter(self, gate: PromptGate, listed: list[Prompted]) -> None:
        try:
            enter(self._registry, gate, listed)
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread goes on and the decisions are kept
            _log.error("%d decisions are not in the ledger yet: %s", len(listed), error)
            for prompted in listed:
                self.add(gate, prompted)

    def _keep_on(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self.flush()
