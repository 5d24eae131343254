# SPDX-License-Identifier: Apache-2.0
"""What a pack is filled with, gathered from a workspace: decisions with their facts, entries with their proofs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NamedTuple, Self

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.evidence._json import lines_of, written
from kyodaku.examine import Findings
from kyodaku.ledger import Checkpoint, KeyHistory, Log, PublicKey, parse_record, verify_envelope
from kyodaku.ledger.merkle import Nodes, inclusion_proof, nodes_of
from kyodaku.rights import RECORDS, Facts, canonical, decide
from kyodaku.training import PREDICATE_TYPE, Finished, Judge
from kyodaku.training.commitments import BATCH, row_leaf
from kyodaku.training.runs import RecordedRun

__all__ = [
    "Decisions",
    "Entries",
    "Shared",
    "attested",
    "attested_predicate",
    "consistency_of",
    "facts_at",
    "regime_files",
    "runs_in",
]


_OF_RUNS: Final = frozenset({"run", "clear-batch"})
"""Entries whose subject is a run; one that was killed at its end has decisions in the log and no entry of its own."""


_MARKS: Final = tuple(f'"type":"{kind}"'.encode() for kind in _OF_RUNS)
"""As canonical JSON has it: of a million other entries none need be read."""


@dataclass(frozen=True, kw_only=True)
class Entries:
    """Entries of the log, each with the proof that it is in the log as the checkpoint counts it."""

    log: Log
    size: int
    _kept: dict[int, bytes] = field(default_factory=dict)

    def add(self, indexes: Iterable[int]) -> None:
        """Have these entries in the pack."""
        for index in indexes:
            if index not in self._kept:
                self._kept[index] = self.log.entry(index)

    def written(self) -> bytes:
        """One a line, in order."""
        return lines_of(
            {"index": index, "entry": entry.decode(), "proof": _hex(self.log.inclusion_proof(index, self.size))}
            for index, entry in sorted(self._kept.items())
        )


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Works, parties, mandates and statements, each once: the facts of many decisions are mostly the same."""

    _lists: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in RECORDS})
    _numbers: dict[str, dict[Any, int]] = field(default_factory=lambda: {name: {} for name in RECORDS})

    def facts(self, facts: Facts) -> dict[str, Any]:
        """The facts in canonical JSON, with numbers in place of the records."""
        said: dict[str, Any] = json.loads(canonical(facts))
        for name in RECORDS:
            if name in said:
                records = zip(getattr(facts, name), said[name], strict=True)
                said[name] = [self._number(name, record, as_json) for record, as_json in records]
        return said

    def _number(self, name: str, record: Any, as_json: Any) -> int:
        known = self._numbers[name]
        if record not in known:
            known[record] = len(known)
            self._lists[name].append(as_json)
        return known[record]

    def written(self) -> bytes:
        """The lists of what the numbers mean."""
        return written({name: held for name, held in self._lists.items() if held})


class _Batch(NamedTuple):
    """The tree over a batch's rows, made once for all that are proven from it."""

    number: int
    size: int
    nodes: Nodes

    @classmethod
    def of(cls, run: Finished, number: int) -> Self:
        rows, first = run.rows.batch(number), number * BATCH
        leaves = [row_leaf(row, run.salts.row(place)) for place, row in enumerate(rows, first)]
        return cls(number=number, size=len(leaves), nodes=nodes_of(leaves))

    def path(self, place: int) -> list[str]:
        return _hex(inclusion_proof(place % BATCH, self.size, self.nodes))


_NO_BATCH: Final = _Batch(-1, 0, nodes_of([]))


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Decisions of runs: each row as it was committed to, and beside it what it was made from."""

    shared: Shared = field(default_factory=Shared)
    _rows: list[bytes] = field(default_factory=list)
    _facts: list[Any] = field(default_factory=list)

    def add(self, run: Finished, places: Sequence[int], *, whole: bool = False) -> None:
        """Have the decisions at these places in the pack; `whole` batches need no path for each row."""
        judge, batch = run.judge(), _NO_BATCH
        for place in places:
            facts = facts_at(run, judge, place)
            row, salt = _same_row(run, place, facts, judge), run.salts.row(place)
            said: dict[str, Any] = {"run": run.id, "place": place, "facts": self.shared.facts(facts)}
            if not whole:
                batch = batch if batch.number == place // BATCH else _Batch.of(run, place // BATCH)
                said["path"] = batch.path(place)
            self._facts.append(said)
            self._rows.append(written({"row": row, "salt": salt.hex()}) + b"\n")

    def files(self) -> dict[str, bytes]:
        """The files that hold them."""
        return {
            "decisions.jsonl": lines_of(self._facts),
            "records.json": self.shared.written(),
            "rows.jsonl": b"".join(self._rows),
        }


def facts_at(run: Finished, judge: Judge, place: int) -> Facts:
    """What was known of the clip at this place of the run, from its journal and the snapshot of its time."""
    result = run.journal[place]
    return judge.facts_of(Findings.from_json(result["findings"]), result["claim"])


def _same_row(run: Finished, place: int, facts: Facts, judge: Judge) -> Mapping[str, Any]:
    """The row, if it says what these facts lead to: a pack that would not verify is never made."""
    row = run.rows.row(place)
    if decide(judge.use, facts, judge.regimes[0]).decision_id != row["decision_id"]:
        what = f"the decision on clip {place} is not the one that its facts lead to"
        raise IntegrityError(what, where=str(run.out), hint="the run, its snapshot or Kyodaku's law was changed")
    return row


def attested(recorded: RecordedRun, keys: PublicKey | KeyHistory) -> tuple[bytes, dict[str, Any]]:
    """The run's attestation as it was recorded, and what it states; IntegrityError if it is another."""
    path = recorded.out / "attestation.jsonl"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KyodakuError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if sha256(content).hexdigest() != recorded.body["attestation"]:
        raise IntegrityError("this is not the run's attestation as it was recorded", where=str(path))
    return content, attested_predicate(content, keys, str(path))


def attested_predicate(content: bytes, keys: PublicKey | KeyHistory, where: str) -> dict[str, Any]:
    """What the attestation of a run states, if one of these keys signed it."""
    try:
        envelope = json.loads(content)
    except (ValueError, RecursionError):
        envelope = {}
    with suppress(IntegrityError, KeyError, TypeError):
        statement = verify_envelope(envelope, keys)
        if statement["predicateType"] == PREDICATE_TYPE:
            predicate: dict[str, Any] = statement["predicate"]
            return predicate
    raise IntegrityError("this is no attestation of a run by a key of the log", where=where)


def regime_files(run: Finished) -> dict[str, bytes]:
    """The files of the regime that the run decided by, as it was then."""
    folder = f"regimes/{run.record['regimes'][0]['sha256'].removeprefix('sha256:')}"
    return {f"{folder}/{name}": content for name, content in run.regime_files().files.items()}


def consistency_of(log: Log, olds: Iterable[int], now: Checkpoint) -> bytes:
    """Proofs that the log as it was at these sizes is the beginning of the log that the checkpoint counts."""
    proofs = [
        {"size": old, "root": log.root(old).hex(), "proof": _hex(log.consistency_proof(old, now.size))}
        for old in sorted(set(olds))
    ]
    return written(proofs)


def runs_in(entries: Iterable[bytes]) -> Iterator[tuple[int, str, str]]:
    """Which entries of a log, from its beginning, are about runs: each with its type and the run."""
    for index, entry in enumerate(entries):
        if not any(each in entry for each in _MARKS):
            continue
        try:
            stated = parse_record(entry)
        except IntegrityError:
            continue  # no record, so that no run can be meant
        if stated["type"] in _OF_RUNS:
            yield index, stated["type"], stated["subject"]


def _hex(hashes: Iterable[bytes]) -> list[str]:
    return [each.hex() for each in hashes]
