# SPDX-License-Identifier: Apache-2.0
"""One query against all parts of an index: near frames, lines among them, and what these are worth as matches."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from kyodaku.copies import _evidence, _measure
from kyodaku.copies._handed import Hands
from kyodaku.copies._near import Look, Part, Place, Weighed, look, near, promising, weighed
from kyodaku.copies._shared import with_company
from kyodaku.copies.align import Settings, Span, align
from kyodaku.copies.background import Background
from kyodaku.copies.calibration import Calibration
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.match import Match, SearchResult
from kyodaku.copies.query import KeptFrames, QueryFingerprint
from kyodaku.copies.views import VIEWS, View

__all__ = ["find"]

_LIKENESS_S: Final = 0.35
"""Seconds by which times may be off besides half a sampling step of the reference: frame rates, rounding, motion."""
_LARGEST_TOLERANCE_S: Final = 3.0
"""References sampled at key frames are minutes apart at worst; a line wider than this says nothing."""
_ABOVE: Final = 0.01
"""Nats: just above a threshold."""
_SAME_MOMENT: Final = 0.5
"""A match is dropped if a better one with the same reference covers so much of its query span."""
_DECIDED: Final = 0.98
"""The share of a query that sure matches must cover for it to be decided: all but rounding."""
_EXPLAINED: Final = 0.9
"""The likeness from which a frame shows one film and nothing else: an inset of a tenth of the area takes more off."""
_LEAST_EVIDENCE: Final = 0.5
"""Nats: nothing below is a match, whatever score is asked for."""


def find(
    query: QueryFingerprint,
    parts: Sequence[Part],
    calibration: Calibration,
    *,
    codes: int,
    least_score: float,
    background: Background | None = None,
) -> SearchResult:
    """All matches with at least this score, best first; further views are looked at while the query is undecided."""
    least = max(_LEAST_EVIDENCE, calibration.evidence_at(least_score))
    search = _Search(parts, calibration, codes, least, kept=query.kept, background=background)
    for name, fingerprint in query.views.items():
        search.look(VIEWS[name], fingerprint)
    if not search.has_decided(query.duration_s):
        for name, fingerprint in query.further.items():
            search.look(VIEWS[name], fingerprint)
    found = search.result()
    return replace(found, parts_omitted=query.parts_omitted, unseen=query.unseen(calibration.minimum_quality))


class _Search:
    """One search: what was found in the views that were looked at so far."""

    def __init__(
        self,
        parts: Sequence[Part],
        calibration: Calibration,
        codes: int,
        least: float,
        *,
        kept: KeptFrames | None,
        background: Background | None,
    ) -> None:
        self._kept, self._background = kept, background
        self._parts, self._calibration, self._codes, self._least = parts, calibration, codes, least
        self._matches: defaultdict[int, list[Match]] = defaultdict(list)
        self._places: dict[str, Place] = {}
        self._hit: set[int] = set()
        self._left_out: set[int] = set()
        self._hits_omitted = 0

    def look(self, view: View, fingerprint: Fingerprint) -> None:
        """Search for one view of the query."""
        seen = look(view, fingerprint, self._calibration)
        found = near(seen, self._parts, self._calibration, self._background)
        chosen, rest = promising(found, seen, self._parts, self._calibration, least_evidence=self._least)
        self._hit.update(np.unique(found.reference).tolist())
        self._left_out.update(rest)
        self._hits_omitted += found.omitted
        for reference in chosen:
            place = found.place(reference, self._parts)
            hits = weighed(found, reference, seen, place, self._calibration)
            self._places[place.entry.id] = place
            self._matches[reference] += _matches(hits, seen, place, self._calibration, self._codes)

    def has_decided(self, duration_s: float) -> bool:
        """Whether sure matches explain all of the picture all of the time, so that nothing else can be shown in it.

        A film that is shown around another one is found for sure, too, but is not as alike as one that is alone.
        """
        sure = sorted(
            (match.q_start, match.q_end)
            for several in self._matches.values()
            for match in several
            if match.band == "match" and match.likeness >= _EXPLAINED
        )
        covered, until = 0.0, 0.0
        for start, end in sure:
            covered += max(0.0, end - max(start, until))
            until = max(until, end)
        return covered >= _DECIDED * duration_s > 0

    def _work_of(self, reference: str) -> int:
        return self._places[reference].group

    def result(self) -> SearchResult:
        """The better of several ways of seeing the same, best first."""
        best = [
            match
            for several in self._matches.values()
            for match in _without_repetition(several)
            if match.evidence >= self._least
        ]
        best.sort(key=lambda match: (-match.evidence, match.reference, match.q_start, match.r_start))
        if self._kept is not None:
            hands = Hands(self._kept)
            best = [hands.told(match, self._places[match.reference]) for match in best]
        found = {reference for reference, several in self._matches.items() if several}
        named = with_company(best, self._work_of, self._calibration)
        named.sort(key=lambda match: (-match.evidence, match.reference, match.q_start, match.r_start))
        return SearchResult(
            matches=tuple(named),
            references_hit=len(self._hit),
            references_omitted=len(self._left_out - found),
            hits_omitted=self._hits_omitted,
        )


def _matches(hits: Weighed, seen: Look, place: Place, calibration: Calibration, codes: int) -> Iterator[Match]:
    tolerance = min(_LIKENESS_S + _evidence.usual_step(place.times) / 2, _LARGEST_TOLERANCE_S)
    settings = Settings(tolerance_s=tolerance, absence=calibration.absence)
    needed = calibration.needed(min(seen.different, len(place.times)))
    for span in align(hits.hits, seen.clock, settings):
        if calibration.nearest:
            said = _said_by_likeness(span, hits, seen, place, calibration)
        else:
            said = _Said(evidence=_evidence_of_sum(span, hits, seen, place, calibration, needed=needed))
        chance = max(0.0, _by_chance(span, hits, calibration, codes))
        said = _at_least_for_a_person(replace(said, evidence=said.evidence - chance), chance, calibration)
        if said.evidence > 0:
            yield _match(span, said, seen, place, calibration)


def _by_chance(span: Span, hits: Weighed, calibration: Calibration, codes: int) -> float:
    """Among very many codes some are near by chance: a span pays for its best frame's choice from all of them."""
    return math.log(max(codes, 1)) - calibration.rarity[int(hits.distance[span.hits].min())]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """What a span says in nats and, by the finer form, how alike its frames are and how many pictures they show."""

    evidence: float
    likeness: float = 0.0
    pictures: float = 0.0
    plain: float = 0.0
    """The evidence without regard to what other works, strangers apart, have in common with it."""


def _at_least_for_a_person(said: _Said, chance: float, calibration: Calibration) -> _Said:
    """What would match if other works were not as alike is a person's to judge, however many these are.

    Else whoever registers look-alikes, or works that share an opening, would make the film that they are like vanish.
    """
    review = calibration.evidence_at(calibration.review) + _ABOVE
    if said.plain - chance >= calibration.evidence_at(calibration.match) and said.evidence < review:
        return replace(said, evidence=review)
    return said


def _said_by_likeness(span: Span, hits: Weighed, seen: Look, place: Place, calibration: Calibration) -> _Said:
    """How alike the frames are, each picture once, and how many pictures there are.

    Frames of one scene err together: the same figures on the same meadow in another episode are moderately like this
    one in every frame. So frames are not added up; their mean says whether it is a copy, and their number how sure
    that mean is.
    """
    shown = _evidence.shares(seen.codes[span.frames], calibration.alike)
    found = _evidence.shares(place.some_codes(hits.rows[span.hits]), calibration.alike)
    cosine = 1 - hits.distance[span.hits] / _measure.STEPS
    likeness = float((shown * cosine).sum() / shown.sum())
    pictures = min(float(shown.sum()), float(found.sum()))
    lifted = float((shown * hits.shared[span.frames]).sum() / shown.sum())
    return _Said(
        evidence=calibration.evidence_of_likeness(likeness, pictures),
        likeness=likeness,
        pictures=pictures,
        plain=calibration.evidence_of_likeness(likeness + lifted, pictures),
    )


def _evidence_of_sum(
    span: Span, hits: Weighed, seen: Look, place: Place, calibration: Calibration, *, needed: float
) -> float:
    """What a span says: each picture once on either side, less what is missing, and less if few pictures agree."""
    evidence = hits.evidence[span.hits]
    shown = _evidence.shares(seen.codes[span.frames], calibration.alike)
    found = _evidence.shares(place.some_codes(hits.rows[span.hits]), calibration.alike)
    absent = int(span.frames[-1] - span.frames[0]) + 1 - len(span.frames)
    said = min(float((shown * evidence).sum()), float((found * evidence).sum()))
    missing = calibration.absence * absent * float(shown.mean())
    few = min(1.0, float(shown.sum()) / needed, float(found.sum()) / needed)
    return (said - missing) * few


def _match(span: Span, said: _Said, seen: Look, place: Place, calibration: Calibration) -> Match:
    """A frame stands for half a step on either side of it; spans end with their media."""
    line, end = span.line, place.entry.duration_s
    first, last = (float(time) for time in seen.clock.times[span.frames[[0, -1]]])
    after = seen.duration_s - last if last + seen.step_s >= seen.duration_s else seen.step_s / 2
    q_start, q_end = max(0.0, first - seen.step_s / 2), last + after
    r_start, r_end = 0.0, end
    if not place.is_still:
        q_start = max(q_start, min(-line.offset / line.speed, first))
        q_end = min(q_end, max((end - line.offset) / line.speed, last))
        r_start, r_end = line.at(q_start), line.at(q_end)
    return Match(
        reference=place.entry.id,
        q_start=round(q_start, 3),
        q_end=round(q_end, 3),
        r_start=round(min(max(r_start, 0.0), end), 3),
        r_end=round(min(max(r_end, 0.0), end), 3),
        score=round(calibration.score(said.evidence), 6),
        speed=round(line.speed, 4),
        mirrored=seen.view.mirrored,
        frames=len(span.frames),
        view=seen.view.name,
        evidence=round(said.evidence, 4),
        band=calibration.band(calibration.score(said.evidence)),
        descriptor=calibration.descriptor,
        likeness=round(said.likeness, 4),
        pictures=round(said.pictures, 2),
    )


def _without_repetition(matches: Sequence[Match]) -> Iterator[Match]:
    """The better of two ways of seeing the same moment of the query in one reference."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda match: -match.evidence):
        covered = sum(max(0.0, min(match.q_end, one.q_end) - max(match.q_start, one.q_start)) for one in kept)
        if not kept or covered < _SAME_MOMENT * (match.q_end - match.q_start):
            kept.append(match)
            yield match
