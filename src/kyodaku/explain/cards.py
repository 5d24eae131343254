# SPDX-License-Identifier: Apache-2.0
"""Each match as a card: what was found, on what it rests, and what else it could be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from kyodaku.copies import QueryFingerprint
from kyodaku.copies.evidence_record import MatchEvidence, similarity_matrix
from kyodaku.copies.layout import Region
from kyodaku.copies.part_seen import Box
from kyodaku.examine import WorkMatch
from kyodaku.explain import words
from kyodaku.explain.account import Account, Nearest, Told
from kyodaku.explain.drawing import curve, likeness_chart
from kyodaku.explain.matrix import FoundLine, drawn
from kyodaku.explain.names import PlainNamer
from kyodaku.explain.pictures import Pairs, Picture, PicturePair, Pictures
from kyodaku.training.report.timeline import clock, timeline

__all__ = ["cards", "nearest_matrix", "pairs_shown", "row"]

WHOLE_CLIP_S: Final = 180.0
"""A clip up to so long is drawn from start to end; of a longer one the neighbourhood of what was found."""
WHOLE_REFERENCE_S: Final = 120.0
"""The same for a reference."""
AROUND_S: Final = 10.0
"""Seconds before and after what was found, at least, ..."""
AROUND: Final = 0.5
"""... and the share of its length."""
MOST_LINES: Final = 64
"""In one matrix."""
BORDERED: Final = 0.93
"""A picture that fills less than this share of its frame has borders; a dark strip of sky is no border."""
MOST_ROWS: Final = 60
"""Of the table of frames; the record has more."""


def cards(several: Sequence[Told], account: Account, pictures: Pictures, namer: PlainNamer) -> list[dict[str, Any]]:
    """The cards of several spans; what is of one reference is drawn in one matrix, with the first of them."""
    drawn_before: dict[str, int] = {}
    made: list[dict[str, Any]] = []
    for told in several:
        card = _card(told, account, pictures, namer)
        card["matrix_in"] = drawn_before.get(told.found.reference)
        if card["matrix_in"] is None:
            card["matrix"] = _matrix(told, several, account)
            drawn_before[told.found.reference] = told.number
        card["is_first"] = not made
        made.append(card)
    return made


def _card(told: Told, account: Account, pictures: Pictures, namer: PlainNamer) -> dict[str, Any]:
    found, evidence, reference = told.found, told.evidence, told.reference
    pairs = pictures.of(told)
    r_length = reference.duration_s if reference is not None else found.r_end
    length = account.subject.findings.duration_s or found.q_end
    shared = () if told.match is None else told.match.shared_with
    works = account.subject.snapshot.reference_works
    return {
        **row(found, namer),
        "number": told.number,
        "is_match": told.is_match,
        "holders": namer.holders(found.work),
        "band_text": words.band(found.band, is_match=told.is_match),
        "changes": words.changes(found, bordered=_is_bordered(pairs), view=_view(told)),
        "view": None if told.match is None else words.view(told.match.view, _region(told)),
        "witness": words.witness(found),
        "descriptor": None if told.match is None else told.match.descriptor,
        "evidence": None if evidence is None else _evidence(evidence),
        "rival": None if evidence is None else _rival(told, namer),
        "other_work": None if evidence is None else _other_work(evidence, works, namer),
        "shared": [namer.work(work) for work in dict.fromkeys(works[other] for other in shared)],
        **pairs_shown(pairs),
        "timeline": timeline((found.q_start, found.q_end, length), (found.r_start, found.r_end, r_length)),
        "curve": _curve(told),
        "thresholds": None if told.index is None else words.thresholds(told.index.calibration),
        "chart": None
        if evidence is None or not evidence.frames
        else likeness_chart(evidence.frames, (found.q_start, found.q_end)),
        "matrix": None,
        "matrix_in": None,
    }


def pairs_shown(pairs: Pairs) -> dict[str, Any]:
    """Pairs of pictures, and what is to be said of them."""
    return {
        "pairs": [_pair(pair) for pair in pairs.pairs],
        "about_pictures": words.missing_pictures(pairs),
        "has_compared": any(pair.compared is not None for pair in pairs.pairs),
    }


def row(found: WorkMatch, namer: PlainNamer) -> dict[str, Any]:
    """A span in one line."""
    return {
        "work": words.plain(found.work),
        "title": namer.work(found.work),
        "reference": found.reference,
        "q": f"{clock(found.q_start)}–{clock(found.q_end)}",
        "r": f"{clock(found.r_start)}–{clock(found.r_end)}",
        "sure": found.band == "match",
        "mirrored": found.mirrored,
        "likelihood": words.likelihood(found.score),
    }


def _is_bordered(pairs: Pairs) -> bool:
    """Whether most of the clip's frames have borders to speak of, and the reference's have not."""
    bordered = [
        pair
        for pair in pairs.pairs
        if pair.box is not None and pair.box.width * pair.box.height < BORDERED and pair.reference_box is None
    ]
    return 2 * len(bordered) > len(pairs.pairs)


def _view(told: Told) -> str:
    return "" if told.match is None else told.match.view


def _region(told: Told) -> Region | None:
    if told.query is None or told.match is None:
        return None
    placed = told.query.regions.get(told.match.view, ())
    return placed[0].region if placed else None


def _evidence(evidence: MatchEvidence) -> dict[str, Any]:
    alike = [frame.likeness for frame in evidence.frames if frame.likeness is not None]
    other = [frame.other.likeness for frame in evidence.frames if frame.other is not None]
    return {
        "sampled": evidence.sampled,
        "agreeing": evidence.agreeing,
        "blank": evidence.blank,
        "finer": evidence.finer,
        "nats": f"{evidence.match.evidence:.1f}",
        "line": f"{evidence.match.speed:.3f} × t {evidence.offset_s:+.2f} s",
        "tolerance": f"{evidence.tolerance_s:.2f}",
        "least": f"{evidence.least_likeness:.2f}",
        "median": _median(alike),
        "other_median": _median(other),
        "frames": [
            {
                "q": clock(frame.q_time),
                "r": "—" if frame.r_time is None else clock(frame.r_time),
                "likeness": "—" if frame.likeness is None else f"{frame.likeness:.2f}",
                "agrees": frame.agrees,
                "other": "—" if frame.other is None else f"{frame.other.likeness:.2f}",
            }
            for frame in evidence.frames[:MOST_ROWS]
        ],
        "more_frames": max(0, evidence.sampled - MOST_ROWS),
    }


def _median(values: Sequence[float]) -> str | None:
    return f"{sorted(values)[len(values) // 2]:.2f}" if values else None


def _rival(told: Told, namer: PlainNamer) -> dict[str, Any] | None:
    rival = told.evidence.rival if told.evidence is not None else None
    if rival is None or told.rival_work is None:
        return None
    return {
        "title": namer.work(told.rival_work),
        "likelihood": words.likelihood(rival.score),
        "q": f"{clock(rival.q_start)}–{clock(rival.q_end)}",
        "r": f"{clock(rival.r_start)}–{clock(rival.r_end)}",
    }


def _other_work(evidence: MatchEvidence, works: Mapping[str, str], namer: PlainNamer) -> dict[str, Any] | None:
    """The single frame of another work that comes nearest."""
    frames = [(frame, frame.other) for frame in evidence.frames if frame.other is not None]
    if not frames:
        return None
    frame, other = max(frames, key=lambda each: each[1].likeness)
    title = namer.work(works[other.reference])
    return {"title": title, "likeness": f"{other.likeness:.2f}", "q": clock(frame.q_time), "r": clock(other.time_s)}


def _pair(pair: PicturePair) -> dict[str, Any]:
    frame = pair.frame
    return {
        "clip": pair.clip,
        "box": None if pair.box is None or pair.clip is None else _pixels(pair.box, pair.clip),
        "compared": pair.compared,
        "reference": pair.reference,
        "reference_box": None
        if pair.reference_box is None or pair.reference is None
        else _pixels(pair.reference_box, pair.reference),
        "q": clock(frame.q_time),
        "r": clock(frame.line_time if frame.r_time is None else frame.r_time),
        "likeness": None if frame.likeness is None else f"{frame.likeness:.2f}",
        "agrees": frame.agrees,
    }


def _pixels(box: Box, picture: Picture) -> dict[str, str]:
    """A box in the pixels of a picture."""
    return {
        "x": f"{box.x * picture.width:.1f}",
        "y": f"{box.y * picture.height:.1f}",
        "width": f"{box.width * picture.width:.1f}",
        "height": f"{box.height * picture.height:.1f}",
    }


def _curve(told: Told) -> Markup | None:
    if told.index is None or told.match is None:
        return None
    return curve(told.index.calibration, told.match.evidence)


def _matrix(told: Told, several: Sequence[Told], account: Account) -> Markup | None:
    """Of a span and the others that are told of the same reference."""
    if told.query is None or told.index is None or told.match is None:
        return None
    same = [one for one in several if one.found.reference == told.found.reference and one.match is not None]
    listed = [one for one in account.listed if one.reference == told.found.reference] if told.is_match else []
    lines = [_line(one.found, one.number) for one in same] + [_line(one, None) for one in listed]
    matrix = similarity_matrix(
        told.found.reference,
        [one.match.view for one in same if one.match is not None],
        told.query,
        told.index,
        q_span=_span([(line.q_start, line.q_end) for line in lines], _length(told.query, account), WHOLE_CLIP_S),
        r_span=_span([(line.r_start, line.r_end) for line in lines], _reference_length(told), WHOLE_REFERENCE_S),
    )
    return drawn(matrix, lines[:MOST_LINES])


def nearest_matrix(nearest: Nearest, account: Account) -> Markup | None:
    """Of a clip in which nothing was found, with the reference that shows the frame that came nearest."""
    if nearest.best is None:
        return None
    time, best = nearest.best
    r_length = max(best.time_s, nearest.reference.duration_s if nearest.reference is not None else 0.0)
    matrix = similarity_matrix(
        best.reference,
        list(nearest.query.views),
        nearest.query,
        nearest.index,
        q_span=_span([(time, time)], _length(nearest.query, account), WHOLE_CLIP_S),
        r_span=_span([(best.time_s, best.time_s)], r_length, WHOLE_REFERENCE_S),
    )
    return drawn(matrix, [])


def _line(found: WorkMatch, number: int | None) -> FoundLine:
    return FoundLine(number=number, q_start=found.q_start, q_end=found.q_end, r_start=found.r_start, r_end=found.r_end)


def _length(query: QueryFingerprint, account: Account) -> float:
    return max(query.duration_s, account.subject.findings.duration_s or 0.0)


def _reference_length(told: Told) -> float:
    return max(told.found.r_end, told.reference.duration_s if told.reference is not None else 0.0)


def _span(found: Sequence[tuple[float, float]], length: float, whole: float) -> tuple[float, float]:
    """What is drawn of an axis: all of it if that is short, else what was found and some of what lies around it."""
    if length <= whole:
        return 0.0, max(length, 0.1)
    start, end = min(one for one, _ in found), max(one for _, one in found)
    around = max(AROUND_S, AROUND * (end - start))
    return max(0.0, start - around), min(length, end + around)
