# SPDX-License-Identifier: Apache-2.0
"""How a run goes on, live on a terminal: clips, hours, hours per hour, verdicts. Silent elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kyodaku.cli._output import err
from kyodaku.training import Tally

__all__ = ["COLOURS", "LiveProgress"]

COLOURS = {"permitted": "green", "permitted_with_duties": "cyan", "review": "yellow", "refused": "red"}


class LiveProgress:
    """Draws `kyodaku.training.Progress` on stderr."""

    def __init__(self, regime: str) -> None:
        self._regime = regime
        self._tally = Tally()
        self._started = time.monotonic()
        console = err()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[facts]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("examining", total=None, facts="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, clips: int, finished: int) -> None:
        """See `kyodaku.training.Progress`."""
        self._started = time.monotonic()
        self._bar.update(self._task, total=clips, completed=finished)

    def step(self, clip_id: str, result: Mapping[str, Any]) -> None:  # noqa: ARG002 - the protocol's signature
        """See `kyodaku.training.Progress`."""
        self._tally.add(result["decisions"][self._regime]["verdict"], result["findings"])
        self._bar.update(self._task, advance=1, facts=self._facts())

    def _facts(self) -> str:
        hours = self._tally.seconds / 3600
        rate = self._tally.seconds / max(time.monotonic() - self._started, 1e-9)
        counts = " ".join(
            f"[{COLOURS[name]}]{count} {name.replace('_', ' ')}[/]"
            for name, count in self._tally.clips.items()
            if count
        )
        return f"{hours:.2f} hours, {rate:.0f} an hour  {counts}"
