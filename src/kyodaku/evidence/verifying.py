# SPDX-License-Identifier: Apache-2.0
"""A pack verified: no workspace, no database, no network. What holds is said plainly, and what it rests on too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.evidence._container import unpacked
from kyodaku.evidence._deciding import Decided, decided_again
from kyodaku.evidence._json import parsed
from kyodaku.evidence._opened import ClearedRun, Opened, Sealed, malformed
from kyodaku.ledger import PublicKey, verify_checkpoint
from kyodaku.rights import REGIMES, load_regime
from kyodaku.training import WorkProof, WorksTree
from kyodaku.training.commitments import verify_absent, verify_present

__all__ = ["Looked", "Verified", "as_shipped", "verify_files", "verify_pack"]

_TREES: Final = ("found", "cleared")
_PROOF_FIELDS: Final = frozenset({"work", "references", *_TREES})


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What a run's record shows of one work: whether it is among those found, and among those cleared.

    How many `references` it had is what the pack's maker says: no entry of the log does.
    """

    run: str
    work: str
    references: int
    found: bool
    cleared: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """A pack that holds. `decisions` were made again and stand in the log; `looked` is of a work, run by run.

    `trusted` says that the key was given by the verifier, `continues` how many entries a checkpoint that the verifier
    held counts: None when none was compared. Only what was entered before it could not be made anew since: see
    `entered_later`. `left_out` are runs of which the maker says that it could show nothing.
    """

    kind: str
    subject: str
    made_at: str
    key: PublicKey
    trusted: bool
    origin: str
    size: int
    root: bytes
    """Of the log's entries, so many as `size`, that the pack's checkpoint counts."""
    continues: int | None
    runs: Mapping[str, ClearedRun]
    decisions: tuple[Decided, ...]
    looked: tuple[Looked, ...]
    left_out: tuple[Mapping[str, str], ...]

    @property
    def verdicts(self) -> Counter[str]:
        """How many decisions there are by verdict."""
        return Counter(each.decision.verdict.value for each in self.decisions)

    @property
    def entered_later(self) -> tuple[str, ...]:
        """The runs that the verifier's checkpoint says nothing of, as they were entered in the log after it."""
        return tuple(run.id for run in self.runs.values() if run.index >= (self.continues or 0))

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        later = self.entered_later
        return {
            "sound": True,
            "kind": self.kind,
            "subject": self.subject,
            "made_at": self.made_at,
            "key": str(self.key),
            "key_given": self.trusted,
            "log": {"origin": self.origin, "entries": self.size, "checkpoint_compared": self.continues},
            "runs": [{**_run_as_json(run), "in_checkpoint": run.id not in later} for run in self.runs.values()],
            "decisions": {"count": len(self.decisions), "verdicts": dict(self.verdicts)},
            "decision": self.decisions[0].decision.as_json() if self.kind == "decision" else None,
            "works": [{name: getattr(each, name) for name in each.__slots__} for each in self.looked],
            "left_out": [dict(each) for each in self.left_out],
        }


def verify_pack(content: bytes, *, trust: PublicKey | None = None, kept: str | None = None) -> Verified:
    """Verify a pack's bytes; IntegrityError names the first thing that does not hold.

    `trust` is the log's public key, had from elsewhere; without it the pack's own is used, which shows that nothing was
    changed since somebody signed it, not who. `kept` is a checkpoint (a signed note) that the verifier holds; raises
    `UsageError` when the pack has no proof about that one.
    """
    return verify_files(unpacked(content), trust=trust, kept=kept)


def verify_files(files: Mapping[str, bytes], *, trust: PublicKey | None = None, kept: str | None = None) -> Verified:
    """As `verify_pack`, of a pack that was unpacked already."""
    pack = Opened.of(Sealed.of(files, trust))
    decisions = tuple(decided_again(pack))
    looked = tuple(_looked(pack))
    _CHECKS[pack.sealed.card["kind"]](pack, decisions, looked)
    card = pack.sealed.card
    return Verified(
        kind=card["kind"],
        subject=card["subject"],
        made_at=card["made_at"],
        key=pack.sealed.keys.latest,
        trusted=trust is not None,
        origin=card["origin"],
        size=pack.checkpoint.size,
        root=pack.checkpoint.root,
        continues=None if kept is None else _continues(pack, kept),
        runs=pack.runs,
        decisions=decisions,
        looked=looked,
        left_out=_left_out(card),
    )


# --- what a pack of each kind must hold -------------------------------------------------------------------------------


def _check_decision(pack: Opened, decisions: tuple[Decided, ...], _looked: tuple[Looked, ...]) -> None:
    if [each.decision.decision_id for each in decisions] != [pack.sealed.card["subject"]]:
        raise IntegrityError("the pack does not hold the decision that it is of, and no other")


def _check_run(pack: Opened, decisions: tuple[Decided, ...], _looked: tuple[Looked, ...]) -> None:
    run = pack.runs.get(pack.sealed.card["subject"])
    if run is None or set(pack.runs) != {run.id}:
        raise IntegrityError("the pack does not hold the run that it is of, and no other")
    with malformed(run.id):
        numbers = range(len(run.predicate["ledger"]["entries"]))
        counted = {name: count for name, count in run.predicate["clips"]["clips"].items() if count}
    rows = sum(count for _, count in run.batches.values())
    if sorted(run.batches) != list(numbers) or [each.place for each in decisions] != list(range(rows)):
        raise IntegrityError("decisions of the run are missing", where=run.id)
    if Counter(each.decision.verdict.value for each in decisions) != counted:
        raise IntegrityError("the decisions are not as many as the run attested", where=run.id)
    if sum(each.row["error"] is not None for each in decisions) != run.errors:
        raise IntegrityError("the run attested another number of clips that could not be examined", where=run.id)
    _check_trees(pack, run, decisions)


def _check_trees(pack: Opened, run: ClearedRun, decisions: tuple[Decided, ...]) -> None:
    """The trees of works, made again from all decisions, are those that the run committed to."""
    with malformed("works.json"):
        salt = bytes.fromhex(parsed(pack.sealed.files["works.json"], "works.json")["salt"])
        found = frozenset[str]().union(*(each.works for each in decisions))
        went = frozenset[str]().union(*(each.works for each in decisions if each.decision.verdict.is_go))
        made = {"found": WorksTree(found, salt).committed, "cleared": WorksTree(went, salt).committed}
    if made != run.works:
        raise IntegrityError("the works that the run committed to are not those of its decisions", where=run.id)


def _check_work(pack: Opened, decisions: tuple[Decided, ...], looked: tuple[Looked, ...]) -> None:
    """Every run says something of the work; what was decided on it agrees with what its record shows."""
    subject = pack.sealed.card["subject"]
    said = {(each.run, each.work): each for each in looked}
    if not pack.runs or {run for run, work in said if work == subject} != set(pack.runs):
        raise IntegrityError("the pack does not say of each of its runs whether the work was found")
    for each in decisions:
        wholly = [held for (run, work), held in said.items() if run == each.run and work in each.works]
        if not wholly or not all(held.found for held in wholly):
            raise IntegrityError(f"decision {each.place} is on a work that the run's record does not hold")
        if each.decision.verdict.is_go and not all(held.cleared for held in wholly):
            raise IntegrityError(f"decision {each.place} cleared a work that the run's record does not hold as cleared")
    for held in looked:
        met = [each for each in decisions if each.run == held.run and held.work in each.works]
        if held.found != bool(met) or held.cleared != any(each.decision.verdict.is_go for each in met):
            raise IntegrityError(f"a decision on {held.work!r} is missing", where=held.run)
        if not held.found and held.work == subject and not _references(looked, held.run):
            raise IntegrityError("nothing was compared with the work", where=held.run)


_CHECKS: Final = {"decision": _check_decision, "run": _check_run, "work": _check_work}


def _references(looked: Iterable[Looked], run: str) -> int:
    return sum(each.references for each in looked if each.run == run)


def _looked(pack: Opened) -> Iterable[Looked]:
    name = "absence.json"
    if name not in pack.sealed.files:
        return
    with malformed(name):
        for each in parsed(pack.sealed.files[name], name):
            run, salt = pack.runs[each["run"]], bytes.fromhex(each["salt"])
            for proof in each["works"]:
                if set(proof) != _PROOF_FIELDS or type(proof["references"]) is not int or proof["references"] < 0:
                    raise IntegrityError("this is no proof of a work", where=name)
                present = {tree: _present(proof, tree, run, salt) for tree in _TREES}
                yield Looked(run=run.id, work=proof["work"], references=proof["references"], **present)


def _present(said: Mapping[str, Any], tree: str, run: ClearedRun, salt: bytes) -> bool:
    proof = WorkProof.from_json({**said[tree], "work": said["work"]})
    (verify_present if proof.present else verify_absent)(proof, run.works[tree], salt)
    return proof.present


def _left_out(card: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    with malformed("pack.json"):
        return tuple({"run": str(each["run"]), "why": str(each["why"])} for each in card["left_out"])


def _continues(pack: Opened, note: str) -> int:
    """How many entries the verifier's checkpoint counts, if the pack's log begins with just those."""
    try:
        kept = verify_checkpoint(note, pack.sealed.signers, pack.checkpoint.origin)
    except IntegrityError as error:  # which is no word against the pack, unless it is the right one
        hint = "is it one of the log that the pack is about, by the key that you trust?"
        raise IntegrityError(error.what, where="your checkpoint", hint=hint) from None
    known = {**pack.proven, pack.checkpoint.size: pack.checkpoint.root.hex()}
    if kept.size not in known:
        what = f"the pack has no proof about your checkpoint of {kept.size} entries"
        raise UsageError(what, hint="ask for a pack made with it: kyodaku prove ... --checkpoint FILE")
    if known[kept.size] != kept.root.hex():
        raise IntegrityError(f"the log of the pack is not the one of your checkpoint of {kept.size} entries")
    return kept.size


def as_shipped(run: ClearedRun) -> bool:
    """Whether the run's table of the law is one that this version of Kyodaku ships, to the word."""
    if run.regime.id not in REGIMES:
        return False
    try:
        return load_regime(run.regime.id, unidentified=run.unidentified).sha256 == run.regime.sha256
    except KyodakuError:
        return False


def _run_as_json(run: ClearedRun) -> dict[str, Any]:
    names = ("use", "snapshot", "matcher", "clips")
    named = {name: getattr(run.regime, name) for name in ("id", "version", "sha256")}
    regime = {**named, "unidentified": run.unidentified, "as_shipped": as_shipped(run)}
    stated = {name: run.predicate[name] for name in names}
    return {"run": run.id, "entry": run.index, **stated, "regime": regime}
