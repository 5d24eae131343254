# SPDX-License-Identifier: Apache-2.0
"""The decisions in a pack, made again from its facts, its use and its table of the law, and held against the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.evidence._json import parsed, parsed_lines
from kyodaku.evidence._opened import HEX, ClearedRun, Opened, hashes_of, malformed
from kyodaku.examine import SeenSignal
from kyodaku.ledger import leaf_hash, root_of, verify_inclusion
from kyodaku.rights import Decision, Facts, Shelf, SignalFact, claimed_works, decide, facts_from_json
from kyodaku.training.commitments import BATCH
from kyodaku.training.judge import signal_fact

__all__ = ["Decided", "decided_again"]

_ROW_OF_DECISION: Final = ("verdict", "regime", "decision_id", "snapshot", "needed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """One decision of a pack that was made again and is in its run's batch."""

    run: str
    place: int
    row: Mapping[str, Any]
    decision: Decision
    works: frozenset[str]
    """What was found in the clip, or claimed for it, and all that this comes from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Leaves:
    """The leaves of batches that are in the pack as a whole, by run and number."""

    found: dict[tuple[str, int], list[bytes]] = field(default_factory=lambda: defaultdict(list))

    def add(self, run: str, place: int, leaf: bytes) -> None:
        leaves = self.found[run, place // BATCH]
        if len(leaves) != place % BATCH:
            raise IntegrityError(f"decision {place} of {run} is not where it belongs")
        leaves.append(leaf)

    def check(self, runs: Mapping[str, ClearedRun]) -> None:
        for (run, number), leaves in self.found.items():
            if (root_of(leaves).hex(), len(leaves)) != _batch(runs[run], number):
                raise IntegrityError(f"batch {number} of {run} is not the one in the log")


def decided_again(pack: Opened) -> Iterator[Decided]:
    """Each decision, once its facts led to it again and its row was found in the log; IntegrityError otherwise."""
    files = pack.sealed.files
    shelf = _shelf(files["records.json"]) if "records.json" in files else Shelf(records={})
    whole = _Leaves()
    said = parsed_lines(files.get("decisions.jsonl", b""), "decisions.jsonl")
    rows = parsed_lines(files.get("rows.jsonl", b""), "rows.jsonl")
    last: dict[str, int] = {}
    for facts, row in zip_longest(said, rows):
        if facts is None or row is None:
            raise IntegrityError("there are not as many rows as facts", where="decisions.jsonl")
        with malformed("decisions.jsonl"):
            run, place = pack.runs[facts[1]["run"]], facts[1]["place"]
            if type(place) is not int or not 0 <= place < 1 << 63 or place <= last.get(run.id, -1):
                raise IntegrityError(f"decision {place} is not where it belongs", where=run.id)
            last[run.id] = place
            _check_place(run, place, leaf_hash(row[0]), facts[1], whole)
            yield _again(run, place, facts[1]["facts"], row[1]["row"], shelf)
    whole.check(pack.runs)


def _again(run: ClearedRun, place: int, said: Any, row: Mapping[str, Any], shelf: Shelf) -> Decided:
    try:
        facts = facts_from_json(said, shelf=shelf)
        decision = decide(run.use, facts, run.regime)
    except UsageError as error:
        raise IntegrityError(f"the facts of decision {place}: {error.what}", where=run.id) from None
    if _differs(decision, row):
        raise IntegrityError(f"decision {place} is not the one that its facts lead to", where=run.id)
    if not _is_about(facts, row, run):
        raise IntegrityError(f"the facts of decision {place} are not those of its clip", where=run.id)
    return Decided(run=run.id, place=place, row=row, decision=decision, works=_works(facts))


def _differs(decision: Decision, row: Mapping[str, Any]) -> bool:
    made = decision.as_json()
    grounds = [ground | {"would_change": ground["would_change"] or None} for ground in made["grounds"]]
    return grounds != row["grounds"] or any(made[name] != row[name] for name in _ROW_OF_DECISION)


def _is_about(facts: Facts, row: Mapping[str, Any], run: ClearedRun) -> bool:
    """Whether the facts are of the row's medium, and of what the run's matcher found in it."""
    if not isinstance(row["clip_id"], str) or not (row["sha256"] is None or HEX.fullmatch(row["sha256"])):
        return False
    subject = f"sha256:{row['sha256']}" if row["sha256"] else ""
    named = (facts.subject, facts.matcher, facts.snapshot) == (subject, run.predicate["matcher"], row["snapshot"])
    matched = {(match["work"], match["reference"]) for match in row["matches"] or ()}
    examined = row["matches"] is not None and row["error"] is None
    return (
        named
        and run.predicate["snapshot"] == row["snapshot"]
        and matched == {(found.work, found.reference) for found in facts.found}
        and facts.examined == examined
        and (facts.error is None) == (row["error"] is None)
        and facts.signals == Facts(signals=_signals(row)).signals
    )


def _signals(row: Mapping[str, Any]) -> tuple[SignalFact, ...]:
    """What the row says was said of its clip; rows from before signals were read say nothing of them."""
    try:
        return tuple(signal_fact(SeenSignal.from_json(held)) for held in row.get("signals") or ())
    except UsageError as error:
        raise IntegrityError(f"the signals of a row: {error.what}", where="rows.jsonl") from None


def _works(facts: Facts) -> frozenset[str]:
    works = {work.id: work for work in facts.works}
    queue = [found.work for found in facts.found]
    queue.extend(claimed_works(facts.basis, {said.id: said for said in facts.permissions}))
    reached: set[str] = set()
    while queue:
        work = queue.pop()
        if work not in reached:
            reached.add(work)
            held = works.get(work)
            queue.extend((*held.part_of, *held.derived_from) if held is not None else ())
    return frozenset(reached)


def _check_place(run: ClearedRun, place: int, leaf: bytes, said: Mapping[str, Any], whole: _Leaves) -> None:
    root, rows = _batch(run, place // BATCH)
    if "path" in said:
        path = hashes_of(said["path"], "decisions.jsonl")
        verify_inclusion(leaf, place % BATCH, rows, path, bytes.fromhex(root))
    else:
        whole.add(run.id, place, leaf)


def _batch(run: ClearedRun, number: int) -> tuple[str, int]:
    if number not in run.batches:
        raise IntegrityError(f"the entry of batch {number} is not in the pack", where=run.id)
    return run.batches[number]


def _shelf(content: bytes) -> Shelf:
    try:
        return Shelf.from_json(parsed(content, "records.json"))
    except UsageError as error:
        raise IntegrityError(error.what, where="records.json") from None
