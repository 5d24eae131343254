# SPDX-License-Identifier: Apache-2.0
"""One run over a corpus: what was asked is in `run.json`, what is finished in the journal; nothing is done twice."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import rfc8785

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.examine import Findings, SignalSources, file_state, require_references
from kyodaku.media import Limits
from kyodaku.registry import Registry, Snapshot
from kyodaku.rights import Use, load_regime
from kyodaku.training._record import RECORD, SCHEMA, keep_regimes, open_journal, read_record, write_record
from kyodaku.training._rows import readable
from kyodaku.training.engine import Done, Engine, LocalEngine
from kyodaku.training.journal import Journal
from kyodaku.training.judge import Judge
from kyodaku.training.manifest import Clip, Corpus, open_corpus
from kyodaku.training.tally import Tally
from kyodaku.training.use import as_text, use_as_json
from kyodaku.training.worker import judge_from

__all__ = ["Progress", "Run", "Settings", "default_workers"]

STUCK_FACTOR = 1.5
"""A worker gets this many times its decoder's wall-clock limit before it is taken to be stuck itself."""
DRAIN_S = 60.0


class Progress(Protocol):
    """Hears how a run goes on; both methods return at once."""

    def start(self, clips: int, finished: int) -> None:
        """The run has `clips` clips, `finished` of them from before."""
        ...

    def step(self, clip_id: str, result: Mapping[str, Any]) -> None:
        """One more clip is finished."""
        ...


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What was asked of a run; the part that decisions depend on is kept in `run.json` and may not change on resume."""

    corpus: str
    use: Use
    regimes: tuple[str, ...]
    workers: int
    limits: Limits
    unidentified: str | None = None
    signals: SignalSources = field(default_factory=SignalSources)


def default_workers() -> int:
    """As many workers as this process may use processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


class Run:
    """A run in the folder `out`; open it with `Run.start`, then `examine`, then read `results`."""

    def __init__(
        self,
        *,
        out: Path,
        corpus: Corpus,
        clips: int,
        record: dict[str, Any],
        snapshot: Snapshot,
        journal: Journal,
    ) -> None:
        self.out = out
        self.corpus = corpus
        self.record = record
        self.snapshot = snapshot
        self.journal = journal
        self.clips = clips

    @classmethod
    def start(cls, out: Path, settings: Settings, registry: Registry, *, resume: bool) -> Run:
        """Begins a run, or with `resume` goes on with the one that `out` holds.

        Raises `UsageError` when `out` holds a run and `resume` is not set, or when what was asked has changed.
        """
        corpus = open_corpus(settings.corpus)
        asked = _asked(settings, corpus)
        out.mkdir(parents=True, exist_ok=True)
        kept = read_record(out / RECORD)
        if kept and not resume:
            hint = "go on with it by --resume, or name another folder"
            raise UsageError("this folder already holds a run", where=str(out), hint=hint)
        if kept:
            _require_same(kept, asked, out)
            snapshot = Snapshot.open(registry.snapshot_path(kept["snapshot"]))
        else:
            snapshot = registry.snapshot()
        require_references(snapshot)
        record = kept or _new_record(asked, settings, snapshot, registry)
        clips = sum(1 for _ in corpus)
        journal = open_journal(out, record, registry, clips=clips)
        if not kept:
            keep_regimes(out, record["regimes"])
            write_record(out / RECORD, record)
        return cls(out=out, corpus=corpus, clips=clips, record=record, snapshot=snapshot, journal=journal)

    @property
    def id(self) -> str:
        """The run's name in the ledger."""
        return str(self.record["id"])

    @property
    def regimes(self) -> tuple[str, ...]:
        """The ids of the regimes asked; the first decides."""
        return tuple(regime["id"] for regime in self.record["regimes"])

    def judge(self) -> Judge:
        """The judge of this run, in this process."""
        return judge_from(self._setup(), self.snapshot)

    def examine(self, workers: int, *, engine: Engine | None = None, progress: Progress | None = None) -> None:
        """Examines and judges every clip that the journal does not hold yet."""
        limits = Limits(**self.record["limits"])
        engine = engine or LocalEngine(workers=workers, clip_s=limits.wall_s * STUCK_FACTOR + DRAIN_S)
        judge = self.judge()
        if progress:
            progress.start(self.clips, len(self.journal))

        def keep(clip: dict[str, Any], result: dict[str, Any]) -> None:
            self._record(clip, result)
            if progress:
                progress.step(clip["clip_id"], result)

        def work_through(again: set[int]) -> None:
            for done in engine.run(self._setup(), self._tasks(judge, keep, again)):
                keep(done.task, done.result or _fault_result(done, judge))

        work_through(self._changed())
        if changed := self._changed():  # in the meantime
            work_through(changed)

    def require_unchanged_corpus(self) -> None:
        """Raises `KyodakuError` unless the corpus still names, row by row, what was examined."""
        hint = "its verdicts cannot be put to its rows: start anew in another folder"
        changed = KyodakuError("the corpus changed while it was examined", where=self.record["corpus"], hint=hint)
        if self.corpus.fingerprint() != self.record["corpus_fingerprint"]:
            raise changed
        results = iter(self.journal)
        for clip in self.corpus:
            index, result = next(results, (-1, {}))
            if index != clip.index or any(result[name] != value for name, value in _kept(_task(clip)).items()):
                raise changed

    def _changed(self) -> set[int]:
        """Finished clips whose files are not as they were when they were examined."""
        return {
            index
            for index, result in self.journal
            if (known := result["findings"]["file"]) and file_state(result["path"]) != tuple(known)
        }

    def under(self, regime: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each result with the decision under `regime` as its `decision`."""
        for index, result in self.journal:
            yield index, result | {"decision": result["decisions"][regime]}

    def tallies(self) -> dict[str, Tally]:
        """The tally under each regime, the one that decides first."""
        return {name: Tally.of(result for _, result in self.under(name)) for name in self.regimes}

    def results(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Index and result of every clip, in the order of the corpus."""
        yield from self.journal

    def save(self, **more: Any) -> None:
        """Adds fields to `run.json`."""
        self.record.update(more)
        write_record(self.out / RECORD, self.record)

    def close(self) -> None:
        """Closes the journal and lets another process have the folder."""
        self.journal.close()

    def _tasks(self, judge: Judge, keep: Any, again: set[int]) -> Iterator[dict[str, Any]]:
        for clip in self.corpus:
            if clip.index in self.journal and clip.index not in again:
                continue
            task = _task(clip)
            if clip.error is None:
                yield task
            else:
                keep(task, judge.result(Findings.failed(clip.error), clip.claim))

    def _record(self, task: dict[str, Any], result: dict[str, Any]) -> None:
        try:
            self.journal.add(task["index"], _kept(task) | result)
        except OSError as error:
            hint = "what is finished is kept: make room and go on with --resume"
            raise KyodakuError(f"cannot write: {error.strerror}", where=str(self.out), hint=hint) from error

    def _setup(self) -> dict[str, Any]:
        names = ("use", "regimes", "limits")
        asked = {name: self.record[name] for name in names}
        return {"snapshot": str(self.snapshot.path), "signals": self.record.get("signals"), **asked}


def _task(clip: Clip) -> dict[str, Any]:
    return {
        "index": clip.index,
        "clip_id": clip.clip_id,
        "uri": clip.uri,
        "path": clip.path,
        "claim": dict(clip.claim),
    }


def _kept(task: Mapping[str, Any]) -> dict[str, Any]:
    return {name: task[name] for name in ("clip_id", "uri", "path", "claim")}


def _fault_result(done: Done, judge: Judge) -> dict[str, Any]:
    return judge.result(Findings.failed(done.fault or "crashed: no result"), done.task["claim"])


def _asked(settings: Settings, corpus: Corpus) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "corpus": readable(settings.corpus),
        "corpus_path": readable(str(Path(settings.corpus).absolute())),
        "corpus_fingerprint": corpus.fingerprint(),
        "use": use_as_json(settings.use),
        "regimes": _regimes(settings.regimes, settings.unidentified),
        "limits": dataclasses.asdict(settings.limits),
        **({} if settings.signals == SignalSources() else {"signals": settings.signals.as_json()}),
    }


def _regimes(names: Sequence[str], unidentified: str | None) -> list[dict[str, str]]:
    """What names each regime for good; two files with one id would be told apart by nobody."""
    regimes = [(name, load_regime(name, unidentified=unidentified)) for name in dict.fromkeys(names)]
    if len({regime.id for _, regime in regimes}) < len(regimes):
        raise UsageError("two regimes have the same id", hint="give each its own")
    policy = {} if unidentified is None else {"unidentified": unidentified}
    return [
        {"name": name, "id": regime.id, "version": regime.version, "sha256": regime.sha256, **policy}
        for name, regime in regimes
    ]


def _new_record(asked: dict[str, Any], settings: Settings, snapshot: Snapshot, registry: Registry) -> dict[str, Any]:
    now = as_text(datetime.now(UTC))
    record = asked | {"snapshot": snapshot.id, "started_at": now, "ledger_size": registry.ledger.size}
    digest = hashlib.sha256(rfc8785.dumps(record | {"workers": settings.workers})).hexdigest()
    return {"id": f"run-{digest[:16]}", **record}


def _require_same(kept: Mapping[str, Any], asked: Mapping[str, Any], out: Path) -> None:
    """A resumed run keeps its first moment; everything else that was asked must be as it was."""
    hint = "start anew in another folder"
    for name in ("schema", "corpus_path", "corpus_fingerprint", "regimes", "limits", "signals"):
        if kept.get(name) != asked.get(name):
            raise UsageError(f"the {name.replace('_', ' ')} changed since this run began", where=str(out), hint=hint)
    use, before = dict(asked["use"]), dict(kept["use"])
    if use | {"at": ""} != before | {"at": ""}:
        raise UsageError("the use changed since this run began", where=str(out), hint=hint)
