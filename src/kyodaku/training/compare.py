# SPDX-License-Identifier: Apache-2.0
"""The same facts under several regimes, side by side: every clip is examined once and judged under each.

A finished run need not be examined again: its journal keeps what was found in each clip, and the snapshot from which it
decided is kept too. So a regime can be changed and the hours be seen to move in seconds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kyodaku.errors import UsageError
from kyodaku.examine import Findings, SignalSources
from kyodaku.media import Limits
from kyodaku.registry import Registry, Snapshot
from kyodaku.rights import Regime, Use, load_regime
from kyodaku.training._finished import finished_run, holds_run
from kyodaku.training._rows import readable
from kyodaku.training.judge import Judge
from kyodaku.training.parting import Alike, Judged, Parted, Parting
from kyodaku.training.report import write_comparison
from kyodaku.training.report.names import holders_of
from kyodaku.training.run import Progress, Run, Settings, default_workers
from kyodaku.training.tally import Tally
from kyodaku.training.use import use_as_json, use_from_json

__all__ = ["Comparison", "compare"]

CASES = 50_000
"""Cases whose decisions are remembered; most clips of a corpus are one of a few hundred. About 10 kB each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """How much each regime would admit, and where they part; `run` is the run whose findings were judged anew."""

    corpus: str
    use: Use
    regimes: tuple[Regime, ...]
    snapshot: Snapshot
    parting: Parting
    run: str | None = None

    @property
    def tallies(self) -> Mapping[str, Tally]:
        """The tally under each regime, by its id."""
        return self.parting.tallies

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record of all of it; lengths in whole milliseconds, and in hours for people."""
        return {
            "corpus": self.corpus,
            "run": self.run,
            "use": use_as_json(self.use),
            "snapshot": self.snapshot.id,
            "all": self.parting.whole.as_json(),
            "regimes": {regime.id: self._regime(regime) for regime in self.regimes},
            "pairs": [
                {"admits": one, "does_not": other, **weight.as_json()}
                for (one, other), weight in self.parting.admitted_against.items()
            ],
            "parted": [self._parted(group) for group in self.parting.parted],
            "agreed": {verdict.value: weight.as_json() for verdict, weight in self.parting.agreed.items()},
        }

    def write(self, path: Path, *, language: str = "en") -> None:
        """Writes the comparison as one self-contained page, which opens in `language`, `en` or `ja`."""
        write_comparison(self, path, language=language)

    def _regime(self, regime: Regime) -> dict[str, Any]:
        return {
            "version": regime.version,
            "sha256": regime.sha256,
            "status": regime.status,
            "unidentified": None if regime.unidentified is None else regime.unidentified.value,
            "title": dict(regime.title),
            "position": dict(regime.position),
            "disclaimer": dict(regime.disclaimer),
            "source": regime.source,
            "admitted": self.parting.admitted[regime.id].as_json(),
            **self.tallies[regime.id].as_json(),
        }

    def _parted(self, group: Parted) -> dict[str, Any]:
        ids = self.parting.regimes
        return {
            "verdicts": {name: verdict.value for name, verdict in zip(ids, group.verdicts, strict=True)},
            **group.weight.as_json(),
            "alike": [self._alike(alike) for alike in group.alike],
            "untold": group.untold.clips,
        }

    def _alike(self, alike: Alike) -> dict[str, Any]:
        works = self.snapshot.rights.works
        return {
            **alike.weight.as_json(),
            "grounds": {
                name: ground.as_json() for name, ground in zip(self.parting.regimes, alike.grounds, strict=True)
            },
            "works": [
                {"work": work, "holders": holders_of(works.get(work)), **weight.as_json()}
                for work, weight in alike.works.items()
            ],
            "first": alike.first,
        }


def compare(
    corpus: str,
    *,
    registry: Registry,
    use: Use | None = None,
    regimes: Sequence[str],
    unidentified: str | None = None,
    workers: int | None = None,
    limits: Limits | None = None,
    signals: SignalSources | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Judges every clip of `corpus` under each of `regimes`; nothing is kept and nothing enters the ledger.

    `corpus` may also be the folder of a finished `clear`: its findings are judged anew and nothing is examined. The
    use is then the run's own if none is given. Raises `UsageError` for fewer than two regimes, or two with one id.
    """
    loaded = _loaded(regimes, unidentified)
    if holds_run(Path(corpus)):
        return _of_run(Path(corpus), registry, use, loaded, progress)
    if use is None:
        raise UsageError("it is not said what the use is", hint="--use FILE, or compare the folder of a finished run")
    settings = Settings(
        corpus=corpus,
        use=use,
        regimes=(regimes[0],),
        workers=workers or default_workers(),
        limits=limits or Limits(),
        unidentified=unidentified,
        signals=signals or SignalSources(),
    )
    with tempfile.TemporaryDirectory(prefix="kyodaku-compare-") as folder:
        run = Run.start(Path(folder) / "run", settings, registry, resume=False)
        try:
            run.examine(settings.workers, progress=progress)
            parting = _parting(run.snapshot, use, loaded, run.results())
        finally:
            run.close()
    return Comparison(corpus=readable(corpus), use=use, regimes=loaded, snapshot=run.snapshot, parting=parting)


def _of_run(
    out: Path, registry: Registry, use: Use | None, regimes: tuple[Regime, ...], progress: Progress | None
) -> Comparison:
    with finished_run(out, registry) as run:
        asked = use or use_from_json(run.record["use"])
        if progress:
            progress.start(len(run.journal), 0)
        parting = _parting(run.snapshot, asked, regimes, run.journal, progress)
        return Comparison(
            corpus=run.record["corpus"],
            use=asked,
            regimes=regimes,
            snapshot=run.snapshot,
            parting=parting,
            run=run.record["id"],
        )


def _parting(
    snapshot: Snapshot,
    use: Use,
    regimes: tuple[Regime, ...],
    results: Iterable[tuple[int, Mapping[str, Any]]],
    progress: Progress | None = None,
) -> Parting:
    judge = Judge.of(snapshot, use=use, regimes=regimes)
    parting = Parting([regime.id for regime in regimes])
    for judged in _judged(judge, results):
        parting.add(judged)
        if progress:
            first = {regimes[0].id: {"verdict": judged.decisions[0].verdict.value}}
            progress.step(judged.clip_id, {"decisions": first, "findings": judged.findings})
    return parting


def _judged(judge: Judge, results: Iterable[tuple[int, Mapping[str, Any]]]) -> Iterator[Judged]:
    decisions_on = lru_cache(maxsize=CASES)(judge.decisions_on)
    for _, result in results:
        case = judge.case(Findings.from_json(result["findings"]), result["claim"])
        yield Judged(clip_id=result["clip_id"], findings=result["findings"], decisions=decisions_on(case))


def _loaded(names: Sequence[str], unidentified: str | None) -> tuple[Regime, ...]:
    regimes = tuple(load_regime(name, unidentified=unidentified) for name in dict.fromkeys(names))
    if len(regimes) < 2:
        raise UsageError("give two regimes or more", hint="e.g. --regimes jp-prior,opt-out")
    if len({regime.id for regime in regimes}) < len(regimes):
        raise UsageError("two regimes have the same id", hint="give each its own")
    return regimes
