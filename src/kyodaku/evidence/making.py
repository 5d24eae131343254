# SPDX-License-Identifier: Apache-2.0
"""Packs made from a workspace: of one decision, of a whole run, or of a work in every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.evidence._gathering import (
    Decisions,
    Entries,
    attested,
    consistency_of,
    regime_files,
    runs_in,
)
from kyodaku.evidence._json import written
from kyodaku.evidence.wording import DOES_NOT_PROVE, PROVES, Kind
from kyodaku.ledger import Checkpoint, attest, verify_checkpoint
from kyodaku.registry import Registry
from kyodaku.rights import Work, rfc3339
from kyodaku.training import Finished, finished_run
from kyodaku.training.lineage import ancestry, in_clip
from kyodaku.training.runs import RecordedRun, find_decision, recorded_runs, run_named

__all__ = ["FORMAT", "PACK_PREDICATE", "prove", "prove_decision", "prove_run", "prove_work"]

FORMAT: Final = "kyodaku/pack/v1"
PACK_PREDICATE: Final = "https://kyodaku.example/attestations/pack/v1"
SIGNATURE: Final = "signature.dsse.json"

Files = dict[str, bytes]


def prove(registry: Registry, subject: str, *, kept: Sequence[Checkpoint] = (), now: datetime | None = None) -> Files:
    """The pack of a decision (`sha256:...`), of a run, or of a work.

    `kept` are checkpoints that the reader holds: the pack then shows that the log continues them.
    """
    if not subject.isprintable():  # nor can a database be asked for it
        raise UsageError(f"no decision, run or work is called {subject!r}")
    if subject.startswith("sha256:"):
        return prove_decision(registry, subject, kept=kept, now=now)
    if registry.kept_runs("run", subject):
        return prove_run(registry, subject, kept=kept, now=now)
    return prove_work(registry, subject, kept=kept, now=now)


def prove_decision(
    registry: Registry, decision_id: str, *, kept: Sequence[Checkpoint] = (), now: datetime | None = None
) -> Files:
    """The pack of one decision; UsageError when no run whose folder is here has it."""
    recorded, place = find_decision(registry, decision_id)
    pack = _Pack(registry=registry, kind="decision", subject=decision_id)
    with finished_run(recorded.out, registry) as run:
        pack.add(recorded, run)
        pack.decide(run, [place])
    return pack.files(kept, now)


def prove_run(
    registry: Registry, run_id: str, *, kept: Sequence[Checkpoint] = (), now: datetime | None = None
) -> Files:
    """The pack of all decisions of a run; UsageError when there is none of that name."""
    recorded = run_named(registry, run_id)
    pack = _Pack(registry=registry, kind="run", subject=run_id)
    with finished_run(recorded.out, registry) as run:
        pack.add(recorded, run)
        pack.decide(run, range(len(run.rows)), whole=True)
        pack.carried["works.json"] = written({"salt": run.salts.works.hex()})
    return pack.files(kept, now)


def prove_work(registry: Registry, work: str, *, kept: Sequence[Checkpoint] = (), now: datetime | None = None) -> Files:
    """The pack of what every run found of a work and its parts; UsageError when no run can say anything of it."""
    registry.require_work(work)
    pack = _Pack(registry=registry, kind="work", subject=work)
    for recorded in recorded_runs(registry):
        try:
            pack.look_for(recorded, work)
        except KyodakuError as error:
            if isinstance(error, IntegrityError):
                raise
            pack.left_out.append({"run": recorded.id, "why": str(error.what)})
    pack.left_out.extend(_unrecorded(registry))
    if not pack.looked:
        why = pack.left_out[0]["why"] if pack.left_out else "no run is recorded"
        raise UsageError(f"nothing can be shown of {work!r}: {why}", where=str(registry.directory))
    return pack.files(kept, now)


@dataclass(frozen=True, kw_only=True)
class _Pack:
    """A pack on the way."""

    registry: Registry
    kind: Kind
    subject: str
    decisions: Decisions = field(default_factory=Decisions)
    entries: set[int] = field(default_factory=set)
    sizes: set[int] = field(default_factory=set)
    carried: Files = field(default_factory=dict)
    looked: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)

    def add(self, recorded: RecordedRun, run: Finished) -> None:
        """The run itself: its entry, its attestation and the law that it decided by."""
        content, predicate = attested(recorded, self.registry.keys())
        self.carried[f"runs/{recorded.id}/attestation.jsonl"] = content
        self.carried.update(regime_files(run))
        self.entries.add(recorded.ledger_index)
        self.sizes.add(predicate["ledger"]["size"])

    def decide(self, run: Finished, places: Sequence[int], *, whole: bool = False) -> None:
        """Decisions of the run, with the entries of their batches."""
        self.decisions.add(run, places, whole=whole)
        self.entries.update({run.rows.log_index(place) for place in places})

    def look_for(self, recorded: RecordedRun, work: str) -> None:
        """What the run found of the work and its parts, or that it found nothing."""
        with finished_run(recorded.out, self.registry) as run:
            parts = parts_of(work, run.snapshot.rights.works)
            counted = Counter(run.snapshot.reference_works.values())
            trees = run.works()
            present = [part for part in parts if part in trees["found"]]
            if not present and not any(counted[part] for part in parts):
                raise UsageError("no reference of it was registered then, so nothing was compared with it")
            self.add(recorded, run)
            self.decide(run, list(places_of(run, work, parts)))
        proofs = [
            {
                "work": part,
                "references": counted[part],
                **{name: _of_tree(trees[name].prove(part).as_json()) for name in ("found", "cleared")},
            }
            for part in parts
        ]
        self.looked.append({"run": recorded.id, "salt": trees["found"].salt.hex(), "works": proofs})

    def files(self, kept: Sequence[Checkpoint], now: datetime | None) -> Files:
        """The files of the pack, signed."""
        key, made_at = self.registry.signing_key(), (now or datetime.now(UTC)).astimezone(UTC)
        note = self.registry.sign_checkpoint()
        stated = verify_checkpoint(note, key.public, self.registry.origin)
        entries = Entries(log=self.registry.ledger, size=stated.size)
        keys = self.registry.keys()
        entries.add({*self.entries, *(rotation.size for rotation in keys.rotations)})
        olds = {*self.sizes, *self._continued(kept, stated)}
        files = {
            **self.carried,
            **self.decisions.files(),
            "checkpoint": note.encode(),
            "consistency.json": consistency_of(self.registry.ledger, olds, stated),
            "entries.jsonl": entries.written(),
            "keys/1.pub": f"{keys.first}\n".encode(),
            **{f"keys/{rotation.size}.note": rotation.note.encode() for rotation in keys.rotations},
            "pack.json": written(self._card(rfc3339(made_at))),
        }
        if self.looked:
            files["absence.json"] = written(self.looked)
        subjects = [{"name": name, "sha256": sha256(files[name]).hexdigest()} for name in sorted(files)]
        card = {"format": FORMAT, "kind": self.kind, "subject": self.subject}
        return {**files, SIGNATURE: written(attest(subjects, PACK_PREDICATE, card, key))}

    def _card(self, made_at: str) -> Mapping[str, Any]:
        return {
            "format": FORMAT,
            "kind": self.kind,
            "subject": self.subject,
            "made_at": made_at,
            "origin": self.registry.origin,
            "left_out": self.left_out,
            "proves": {language: list(texts) for language, texts in PROVES[self.kind].items()},
            "does_not_prove": {language: list(texts) for language, texts in DOES_NOT_PROVE[self.kind].items()},
        }

    def _continued(self, kept: Iterable[Checkpoint], now: Checkpoint) -> Iterator[int]:
        for each in kept:
            if each.size > now.size or self.registry.ledger.root(each.size) != each.root:
                what = f"the checkpoint of {each.size} entries is not one of this workspace's ledger"
                raise IntegrityError(what, where=str(self.registry.directory))
            yield each.size


def parts_of(work: str, registered: Mapping[str, Work]) -> list[str]:
    """The work, then all its registered parts and theirs, in order; UsageError when it was not registered then."""
    if work not in registered:
        raise UsageError("it was not registered then, so nothing was compared with it")
    below: dict[str, list[str]] = {}
    for each in registered.values():
        for whole in each.part_of:
            below.setdefault(whole, []).append(each.id)
    reached, queue = {work}, [work]
    while queue:
        for part in below.get(queue.pop(), ()):
            if part not in reached:
                reached.add(part)
                queue.append(part)
    return [work, *sorted(reached - {work})]


def places_of(run: Finished, work: str, parts: Sequence[str]) -> Iterator[int]:
    """The clips in which the work was found: itself, a part of it, or what is made from it."""
    judge, wanted = run.judge(), {work, *parts}
    registered = run.snapshot.rights.works
    for place, (_, result) in enumerate(run.journal):
        if not wanted.isdisjoint(ancestry(in_clip(result, judge), registered)):
            yield place


def _unrecorded(registry: Registry) -> Iterator[dict[str, str]]:
    """The runs that the log has decisions of and the registry no record: killed at their end, or removed since."""
    known = {recorded.id for recorded in recorded_runs(registry)}
    for _, _, run in runs_in(registry.ledger.entries()):
        if run not in known:
            known.add(run)
            yield {
                "run": run,
                "why": "the ledger has decisions of it, and the registry no record that it came to its end",
            }


def _of_tree(proof: Mapping[str, Any]) -> dict[str, Any]:
    """A proof without the work, which stands beside it."""
    return {name: held for name, held in proof.items() if name != "work"}
