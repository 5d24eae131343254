# SPDX-License-Identifier: Apache-2.0
"""The training gate: a corpus in; decisions, the cleared manifest, a report and an attestation out."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rfc8785

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.examine import matcher_id
from kyodaku.ledger import attest, leaf_hash, parse_record, record, root_of
from kyodaku.media import Limits
from kyodaku.registry import Registry
from kyodaku.rights import Use, Verdict
from kyodaku.training.engine import Engine
from kyodaku.training.report import write_report
from kyodaku.training.run import Progress, Run, Settings, default_workers
from kyodaku.training.tables import Permitted, whole_file, write_cleared, write_decisions
from kyodaku.training.tally import Tally
from kyodaku.training.use import as_text

__all__ = ["PREDICATE_TYPE", "Cleared", "clear"]

PREDICATE_TYPE = "https://kyodaku.example/attestations/clearance/v1"
CLOCKS_DIFFER = timedelta(minutes=5)
BATCH = 1000
"""Decisions a ledger entry: few enough that a proof of one stays short, many enough that the log stays small."""


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
    resume: bool = False,
    engine: Engine | None = None,
    progress: Progress | None = None,
    language: str = "en",
) -> Cleared:
    """Decides every clip of `corpus` before it is copied; writes the tables, report and attestation into `out`.

    `regime` decides; the regimes in `also` are asked with the same facts and shown beside it, and clear nothing.
    `unidentified` (refuse, review, permit) takes the place of each regime's own policy for clips in which nothing
    registered is found and for which no basis is claimed. Raises
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
    indexes = _log_batches(run, registry, regime)
    write_decisions(run.out / "decisions.parquet", _rows(run, regime, indexes))
    cleared = write_cleared(run.out / "cleared.parquet", run.corpus, _permitted(run, regime))
    summary = {"tallies": {name: tally.as_json() for name, tally in tallies.items()}}
    _write_attestation(run, registry, regime, indexes, summary)
    run.save(finished_at=as_text(datetime.now(UTC)), log_indexes=indexes, **summary)
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
        yield _row(result, indexes[place // BATCH])


def _row(result: Mapping[str, Any], log_index: int) -> dict[str, Any]:
    findings, decision = result["findings"], result["decision"]
    matches = findings["matches"]
    return {
        "clip_id": result["clip_id"],
        "uri": result["uri"],
        "sha256": findings["sha256"],
        "duration_s": findings["duration_s"],
        "verdict": decision["verdict"],
        "works": None if matches is None else list(dict.fromkeys(match["work"] for match in matches)),
        "matches": matches,
        "grounds": [ground | {"would_change": ground["would_change"] or None} for ground in decision["grounds"]],
        "needed": decision["needed"],
        "basis": result["basis"],
        "regime": decision["regime"],
        "snapshot": decision["snapshot"],
        "decision_id": decision["decision_id"],
        "log_index": log_index,
        "error": findings["error"],
    }


def _log_batches(run: Run, registry: Registry, regime: str) -> list[int]:
    """Enters each batch of decisions into the ledger, once, and returns the entries' indexes.

    A run that was killed after an entry and before its outputs finds that entry again by its hash.
    """
    known = {
        fields["sha256"]: index
        for index, fields in _entries(registry, run.record["ledger_size"])
        if fields["type"] == "clear-batch" and fields["subject"] == run.id
    }
    indexes = []
    for number, root in enumerate(_batch_roots(run, regime)):
        if root not in known:
            known[root] = registry.ledger.append(
                record("clear-batch", time=datetime.now(UTC), subject=run.id, sha256=root, batch=number)
            )
        indexes.append(known[root])
    return indexes


def _entries(registry: Registry, start: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for index, entry in enumerate(registry.ledger.entries(start), start):
        yield index, parse_record(entry)


def _batch_roots(run: Run, regime: str) -> Iterator[str]:
    """The Merkle root over each batch's rows, in hex, so that one decision can later be proven by a short path."""
    leaves: list[bytes] = []
    for place, (_, result) in enumerate(run.under(regime)):
        row = _row(result, place // BATCH)
        del row["log_index"]
        leaves.append(leaf_hash(rfc8785.dumps(row)))
        if len(leaves) == BATCH:
            yield root_of(leaves).hex()
            leaves = []
    if leaves:
        yield root_of(leaves).hex()


def _write_attestation(
    run: Run, registry: Registry, regime: str, indexes: Sequence[int], summary: Mapping[str, Any]
) -> None:
    names = ("decisions.parquet", "cleared.parquet")
    subjects = [{"name": name, "sha256": _sha256(run.out / name)} for name in names]
    size = registry.ledger.size
    predicate = {
        "tool": f"kyodaku {version('kyodaku')}",
        "run": run.id,
        "corpus": run.record["corpus_fingerprint"],
        "use": run.record["use"],
        "regime": run.record["regimes"][0],
        "snapshot": run.snapshot.id,
        "matcher": matcher_id(run.snapshot.references),
        "clips": summary["tallies"][regime],
        "ledger": {"entries": list(indexes), "size": size, "root": registry.ledger.root(size).hex()},
    }
    envelope = attest(subjects, PREDICATE_TYPE, predicate, registry.signing_key())
    with whole_file(run.out / "attestation.jsonl") as part:
        part.write_text(json.dumps(envelope) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
