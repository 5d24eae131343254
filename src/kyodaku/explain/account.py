# SPDX-License-Identifier: Apache-2.0
"""What there is to tell of one examined medium: its matches with what they rest on, and what came near and is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kyodaku.copies import Match, QueryFingerprint, ReferenceIndex
from kyodaku.copies.evidence_record import MatchEvidence, NearestFrame, candidates, evidence_of, nearest_of_all
from kyodaku.errors import UsageError
from kyodaku.examine import Findings, Looked, WorkMatch
from kyodaku.registry import Reference, Registry, Snapshot
from kyodaku.rights import Decision, Regime, Use

__all__ = ["Account", "Nearest", "Subject", "Told", "account_of"]

MOST_TOLD: Final = 8
"""Matches that are told in full; a compilation has a dozen, and a film that is registered often has thousands."""
MOST_LISTED: Final = 200
"""Further ones that are listed in one line each."""
MOST_CANDIDATES: Final = 5
"""Works below the threshold that are named, ..."""
MOST_CANDIDATES_TOLD: Final = 2
"""... and of these told in full, where nothing was found."""
_SAME: Final = 0.5
"""A further match of a work is listed only, if one that is told covers this share of its span in the clip."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One medium that was looked at and decided on."""

    medium: Path
    looked: Looked
    decision: Decision
    use: Use
    regime: Regime
    asked: bool
    """Whether somebody stated the use; else it is training by nobody in particular."""
    snapshot: Snapshot
    registry: Registry
    document: dict[str, Any]
    """The JSON of the decision, as `check --json` prints it."""

    @property
    def findings(self) -> Findings:
        """What was found."""
        return self.looked.findings


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A span that is told in full: a match, or a candidate that is none."""

    number: int
    found: WorkMatch
    match: Match | None
    """How the search found it; None where no pictures found it."""
    evidence: MatchEvidence | None
    query: QueryFingerprint | None
    index: ReferenceIndex | None
    reference: Reference | None
    """What the registry knows of the reference."""
    is_match: bool
    rival_work: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Nearest:
    """For some frames of a clip the most alike frame of all that is registered."""

    query: QueryFingerprint
    index: ReferenceIndex
    frames: tuple[tuple[float, NearestFrame | None], ...]
    best: tuple[float, NearestFrame] | None
    """The most alike of all, and when in the clip."""
    reference: Reference | None
    """What the registry knows of the reference of the best."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """All that the page and the record tell."""

    subject: Subject
    told: tuple[Told, ...]
    listed: tuple[WorkMatch, ...]
    unlisted: int
    """Matches beyond what is listed."""
    near: tuple[Told, ...]
    """Where nothing was found: the most probable candidates, in full."""
    candidates: tuple[WorkMatch, ...]
    """Works below the threshold, the most probable span of each."""
    nearest: tuple[Nearest, ...]
    """Where nothing was found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Searched:
    """One description of the medium and what a search for it gives: matches, and every span however improbable."""

    query: QueryFingerprint
    index: ReferenceIndex
    matches: tuple[Match, ...]
    spans: tuple[Match, ...]


def account_of(subject: Subject) -> Account:
    """Search again, as the search is the same each time, and ask what each match rests on."""
    works = subject.snapshot.reference_works
    searched = [_search(query, subject) for query in subject.looked.queries if _is_searched(query, subject)]
    found = subject.findings.matches or ()
    chosen, rest = _chosen(found)
    improbable = _improbable(searched, found, works)
    told = tuple(_told(number, one, searched, subject) for number, one in enumerate(chosen, 1))
    near = (
        ()
        if found
        else tuple(
            _told(number, one, searched, subject, is_match=False)
            for number, one in enumerate(improbable[:MOST_CANDIDATES_TOLD], 1)
        )
    )
    return Account(
        subject=subject,
        told=told,
        listed=tuple(rest[:MOST_LISTED]),
        unlisted=max(0, len(rest) - MOST_LISTED),
        near=near,
        candidates=tuple(improbable[:MOST_CANDIDATES]),
        nearest=() if found else tuple(_nearest(one, subject.registry) for one in searched),
    )


def _is_searched(query: QueryFingerprint, subject: Subject) -> bool:
    return query.descriptor in subject.snapshot.references.indexes


def _search(query: QueryFingerprint, subject: Subject) -> _Searched:
    index = subject.snapshot.references.indexes[query.descriptor]
    return _Searched(query=query, index=index, matches=index.search(query), spans=candidates(query, index))


def _chosen(found: Sequence[WorkMatch]) -> tuple[list[WorkMatch], list[WorkMatch]]:
    """The matches that tell something new, best first, and the others."""
    chosen: list[WorkMatch] = []
    rest: list[WorkMatch] = []
    for one in found:
        known = any(other.work == one.work and _covered(one, other) >= _SAME for other in chosen)
        (rest if known or len(chosen) == MOST_TOLD else chosen).append(one)
    return chosen, rest


def _covered(one: WorkMatch, other: WorkMatch | Match) -> float:
    """The share of a span in the clip that another covers."""
    shared = min(one.q_end, other.q_end) - max(one.q_start, other.q_start)
    return max(0.0, shared) / max(one.q_end - one.q_start, 1e-9)


def _improbable(searched: Sequence[_Searched], found: Sequence[WorkMatch], works: Any) -> list[WorkMatch]:
    """The most probable span of each work in which none was found."""
    known = {one.work for one in found}
    spans = sorted((span for one in searched for span in one.spans), key=lambda span: (-span.score, span.reference))
    best: dict[str, WorkMatch] = {}
    for span in spans:
        work = works[span.reference]
        if work not in known and work not in best:
            best[work] = WorkMatch.of(span, work)
    return list(best.values())


def _told(
    number: int, found: WorkMatch, searched: Sequence[_Searched], subject: Subject, *, is_match: bool = True
) -> Told:
    how, match = _how(found, searched)
    evidence = None if how is None or match is None else evidence_of(match, how.query, how.index, others=how.spans)
    rival = evidence.rival if evidence is not None else None
    return Told(
        number=number,
        found=found,
        match=match,
        evidence=evidence,
        query=None if how is None else how.query,
        index=None if how is None else how.index,
        reference=_reference(found.reference, subject.registry),
        is_match=is_match,
        rival_work=None if rival is None else subject.snapshot.reference_works[rival.reference],
    )


def _how(found: WorkMatch, searched: Sequence[_Searched]) -> tuple[_Searched | None, Match | None]:
    """The span of the search that became this finding: the one that shares most of it."""
    best: tuple[float, _Searched, Match] | None = None
    for one in searched:
        for match in (*one.matches, *one.spans):
            if match.reference == found.reference:
                shared = _agreement(found, match)
                if shared >= _SAME and (best is None or shared > best[0]):
                    best = (shared, one, match)
    return (None, None) if best is None else best[1:]


def _agreement(found: WorkMatch, match: Match) -> float:
    """Intersection over union, on the clip's side and the reference's; 1 for the same."""
    return min(
        _overlap(found.q_start, found.q_end, match.q_start, match.q_end),
        _overlap(found.r_start, found.r_end, match.r_start, match.r_end),
    )


def _overlap(start: float, end: float, other_start: float, other_end: float) -> float:
    either = max(end, other_end) - min(start, other_start)
    return max(0.0, min(end, other_end) - max(start, other_start)) / either if either > 0 else 1.0


def _nearest(one: _Searched, registry: Registry) -> Nearest:
    frames = tuple(nearest_of_all(one.query, one.index))
    known = [(time, found) for time, found in frames if found is not None]
    best = max(known, key=lambda each: each[1].likeness, default=None)
    reference = None if best is None else _reference(best[1].reference, registry)
    return Nearest(query=one.query, index=one.index, frames=frames, best=best, reference=reference)


def _reference(reference: str, registry: Registry) -> Reference | None:
    try:
        return registry.reference(reference)
    except UsageError:
        return None
