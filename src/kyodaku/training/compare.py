# SPDX-License-Identifier: Apache-2.0
"""The same facts under several regimes, side by side: every clip is examined once and judged under each."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kyodaku.errors import UsageError
from kyodaku.media import Limits
from kyodaku.registry import Registry
from kyodaku.rights import Use
from kyodaku.training.report.gather import Group, gather
from kyodaku.training.run import Progress, Run, Settings, default_workers
from kyodaku.training.tally import Tally

__all__ = ["Comparison", "compare", "compare_results"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """How much each regime would admit, and where they part.

    `parted` maps the verdicts, in the order of `tallies`, to the clips that got just these; clips on which all regimes
    agree are not in it.
    """

    tallies: Mapping[str, Tally]
    parted: Mapping[tuple[str, ...], Group]

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        parted = [
            {"verdicts": dict(zip(self.tallies, verdicts, strict=True)), "clips": group.clips, "first": group.ids}
            for verdicts, group in self.parted.items()
        ]
        return {"regimes": {name: tally.as_json() for name, tally in self.tallies.items()}, "parted": parted}


def compare(
    corpus: str,
    *,
    registry: Registry,
    use: Use,
    regimes: Sequence[str],
    workers: int | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Judges every clip of `corpus` under each of `regimes`; nothing is kept and nothing enters the ledger."""
    names = tuple(dict.fromkeys(regimes))
    if len(names) < 2:
        raise UsageError("give two regimes or more", hint="e.g. --regimes jp-prior,opt-out")
    settings = Settings(
        corpus=corpus, use=use, regimes=names, workers=workers or default_workers(), limits=limits or Limits()
    )
    with tempfile.TemporaryDirectory(prefix="kyodaku-compare-") as folder:
        run = Run.start(Path(folder) / "run", settings, registry, resume=False)
        try:
            run.examine(settings.workers, progress=progress)
            return compare_results(run)
        finally:
            run.close()


def compare_results(run: Run) -> Comparison:
    """The comparison that a finished run holds."""
    return Comparison(tallies=run.tallies(), parted=gather((result for _, result in run.results()), run.regimes).parted)
