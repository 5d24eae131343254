# SPDX-License-Identifier: Apache-2.0
"""The training gate: a corpus in; decisions, the cleared manifest, a report and an attestation out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.examine import SignalSources
from kyodaku.media import Limits
from kyodaku.registry import Registry
from kyodaku.rights import Use, Verdict
from kyodaku.training._entering import enter_run, log_batches
from kyodaku.training._secret import RunSalts
from kyodaku.training.commitments import BATCH
from kyodaku.training.engine import Engine
from kyodaku.training.lineage import WorksInRun, works_trees
from kyodaku.training.report import write_report
from kyodaku.training.run import Progress, Run, Settings, default_workers
from kyodaku.training.tables import Permitted, row_of, write_cleared, write_decisions
from kyodaku.training.tally import Tally
from kyodaku.training.use import as_text

__all__ = ["Cleared", "clear"]

CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleared:
    """What a finished `clear` left, and what it found.

    `tallies` has one entry a regime, the run's own first; `hours_per_hour` is media examined per hour of this call,
    None when some or all of it was examined before. `outdated` says that declarations came in since the run's snapshot:
    a resumed run answers for the moment at which it began.
    """

    out: Path
    run: str
    tallies: Mapping[str, Tally]
    cleared: int
    hours_per_hour: float | None
    log_indexes: tuple[int, ...]
    outdated: bool = False

    @property
    def tally(self) -> Tally:
        """The tally under the regime that decides."""
        return next(iter(self.tallies.values()))

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready summary."""
        return {
            "out": str(self.out),
            "run": self.run,
            "regimes": {name: tally.as_json() for name, tally in self.tallies.items()},
            "cleared": self.cleared,
            "hours_per_hour": self.hours_per_hour,
            "log_indexes": list(self.log_indexes),
            "outdated": self.outdated,
        }


def clear(
    corpus: str,
    out: Path,
    *,
    registry: Registry,
    use: Use,
    regime: str = "jp-prior",
    also: Sequence[str] = (),
    unidentified: str | None = None,
    workers: int | None = None,
    limits: Limits | None = None,
    signals: SignalSources | None = None,
    resume: bool = False,
    engine: Engine | None = None,
    progress: Progress | None = None,
    language: str = "en",
) -> Cleared:
    """Decides every clip of `corpus` before it is copied; writes the tables, report and attestation into `out`.

    `regime` decides; the regimes in `also` are asked with the same facts and shown beside it, and clear nothing.
    `unidentified` (refuse, review, permit) takes the place of each regime's own policy for clips in which nothing
    registered is found and for which no basis is claimed. `signals` are captured sites and WARC files in which what the
    clips' sources say to machines is looked up. Raises
    `UsageError` for a corpus, use or folder that does not fit, and `KyodakuError` when the run cannot go on; what is
    finished is kept and `resume=True` goes on from there.
    """
    settings = Settings(
        corpus=corpus,
        use=use,
        regimes=(regime, *also),
        workers=workers or default_workers(),
        limits=limits or Limits(),
        unidentified=unidentified,
        signals=signals or SignalSources(),
    )
    _require_now(use)
    run = Run.start(out, settings, registry, resume=resume)
    try:
        before, started = len(run.journal), time.monotonic()
        run.examine(settings.workers, engine=engine, progress=progress)
        elapsed = time.monotonic() - started if len(run.journal) > before else None
        return _finish(run, registry, elapsed=elapsed, skipped=before, language=language)
    except OSError as error:
        hint = "what is finished is kept: make room and go on with --resume"
        raise KyodakuError(f"cannot write: {error.strerror or error}", where=str(out), hint=hint) from error
    finally:
        run.close()


def _finish(run: Run, registry: Registry, *, elapsed: float | None, skipped: int, language: str) -> Cleared:
    run.require_unchanged_corpus()
    regime = run.regimes[0]
    tallies = run.tallies()
    salts = RunSalts.of(registry, run.id)
    indexes = log_batches(run, registry, regime, salts)
    write_decisions(run.out / "decisions.parquet", _rows(run, regime, indexes))
    cleared = write_cleared(run.out / "cleared.parquet", run.corpus, _permitted(run, regime))
    summary = {"tallies": {name: tally.as_json() for name, tally in tallies.items()}}
    works = WorksInRun.of((result for _, result in run.under(regime)), run.judge())
    trees = works_trees(works, run.snapshot.rights, salts)
    kept = enter_run(run, registry, indexes=indexes, works=works, trees=trees, summary=summary)
    run.save(finished_at=as_text(datetime.now(UTC)), log_indexes=indexes, run_index=kept.ledger_index, **summary)
    write_report(run, registry, tallies, log_indexes=indexes, language=language)
    hours = None if elapsed is None else next(iter(tallies.values())).seconds / max(elapsed, 1e-9)
    return Cleared(
        out=run.out,
        run=run.id,
        tallies=tallies,
        cleared=cleared,
        hours_per_hour=None if hours is None or skipped else round(hours, 1),
        log_indexes=tuple(indexes),
        outdated=registry.snapshot().id != run.snapshot.id,
    )


def _require_now(use: Use) -> None:
    """A gate decides on a copy that is about to be made: a grant that only will be effective permits nothing today."""
    if use.at > datetime.now(UTC) + CLOCKS_DIFFER:
        hint = "leave 'at' out; 'kyodaku compare' and 'check' answer what would be"
        raise UsageError(f"the use lies in the future ({use.at:%Y-%m-%d %H:%M} UTC)", where="use: at", hint=hint)


def _permitted(run: Run, regime: str) -> Iterator[Permitted]:
    """The clips that may go, in the order of the corpus."""
    for index, result in run.under(regime):
        decision = result["decision"]
        if Verdict(decision["verdict"]).is_go:
            yield Permitted(
                index=index,
                uri=result["uri"],
                path=result["path"],
                sha256=result["findings"]["sha256"],
                verdict=decision["verdict"],
                decision=decision["decision_id"],
            )


def _rows(run: Run, regime: str, indexes: Sequence[int]) -> Iterator[dict[str, Any]]:
    for place, (_, result) in enumerate(run.under(regime)):
        yield row_of(result) | {"log_index": indexes[place // BATCH]}
