# SPDX-License-Identifier: Apache-2.0
"""Aligned frames, side by side: the clip's with what was compared of it outlined, that part, and the reference's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kyodaku.copies import Match, QueryFingerprint
from kyodaku.copies.descriptor import Pixels
from kyodaku.copies.evidence_record import FrameEvidence, NearestFrame, likeness_to_stored
from kyodaku.copies.part_seen import Box, part_seen, picture_in
from kyodaku.copies.views import WHOLE
from kyodaku.examine import Findings, file_state
from kyodaku.explain.account import Told
from kyodaku.explain.reference_media import Absence, Medium, ReferenceMedia
from kyodaku.media import Decoder
from kyodaku.registry import Reference
from kyodaku.training.report.pictures import data_url, frames_at

__all__ = ["Pairs", "Picture", "PicturePair", "Pictures"]

PAIRS: Final = 4
"""Of each match: its beginning, its end and two moments between."""
SIDE: Final = 300
"""Pixels of the longer side of a picture on the page."""
_SAME_FILM: Final = 0.8
"""As alike as this a frame of the reference's own film is to what was registered of it, however it was encoded."""
_DECODED: Final = 512
"""The longer side at which media are examined: borders are found as they were found then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture as a data URL, with its size in the page's pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PicturePair:
    """A frame of the clip and the one of the reference that it was aligned with."""

    frame: FrameEvidence
    clip: Picture | None
    box: Box | None
    compared: Picture | None
    """What was described of the clip's frame, where it is not all of it, or turned."""
    reference: Picture | None
    reference_box: Box | None = None
    """Where in the reference's frame its picture lies, if it has borders."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """The pairs of a match, and why pictures are missing, where they are."""

    pairs: tuple[PicturePair, ...] = ()
    clip_missing: bool = False
    absence: Absence | None = None
    proven: bool = True
    """Whether the reference's medium has the recorded hash; else its pictures were compared with the fingerprint."""
    unlike: int = 0
    """Pictures of a medium that was given for the reference, and that do not agree with its fingerprint."""


class Pictures:
    """Takes pictures out of a clip and out of references' media, through one sandboxed decoder."""

    def __init__(self, decoder: Decoder, medium: Path, findings: Findings, references: ReferenceMedia) -> None:
        self._decoder = decoder
        self._medium = medium
        self._unchanged = findings.file is not None and file_state(medium) == findings.file
        self._references = references

    def of(self, told: Told) -> Pairs:
        """The pairs of one span, at moments that are spread over it."""
        if told.evidence is None or told.query is None:
            return Pairs()
        frames = _moments(told.evidence.frames)
        shown = self._frames(self._medium if self._unchanged else None, [frame.q_time for frame in frames])
        medium = self._references.of(told.reference)
        known = self._frames(medium.path, [_r_time(frame) for frame in frames])
        checked = [self._checked(told, frame, one, medium) for frame, one in zip(frames, known, strict=True)]
        unreadable = medium.path is not None and bool(frames) and not any(one is not None for one in known)
        return Pairs(
            pairs=tuple(
                _pair(*each, query=told.query, match=told.match) for each in zip(frames, shown, checked, strict=True)
            ),
            clip_missing=bool(frames) and not any(one is not None for one in shown),
            absence="unreadable" if unreadable else medium.absence,
            proven=medium.proven or medium.path is None,
            unlike=sum(one is not None and kept is None for one, kept in zip(known, checked, strict=True)),
        )

    def at(self, near: NearestFrame, q_time: float, query: QueryFingerprint, reference: Reference | None) -> Pairs:
        """One pair: a moment of the clip, and the frame that is most like it, which proves nothing by itself.

        Shown only from a medium with the recorded hash.
        """
        (shown,) = self._frames(self._medium if self._unchanged else None, [q_time])
        medium = self._references.of(reference)
        (known,) = self._frames(medium.path if medium.proven else None, [near.time_s])
        frame = FrameEvidence(
            q_time=q_time,
            line_time=near.time_s,
            r_time=near.time_s,
            likeness=near.likeness,
            least=1.0,
            agrees=False,
            other=None,
        )
        pair = _pair(frame, shown, known, query=query, match=None)
        return Pairs(pairs=(pair,), clip_missing=shown is None, absence=medium.absence)

    def _frames(self, path: Path | None, times: Sequence[float]) -> list[Pixels | None]:
        return [None] * len(times) if path is None else frames_at(self._decoder, path, times, max_side=_DECODED)

    def _checked(self, told: Told, frame: FrameEvidence, pixels: Pixels | None, medium: Medium) -> Pixels | None:
        """The picture, unless it is of a medium that nobody vouches for and unlike what was registered."""
        if pixels is None or medium.proven or told.index is None:
            return pixels
        likeness = likeness_to_stored(told.found.reference, _r_time(frame), pixels, told.index)
        return pixels if likeness is not None and likeness >= _SAME_FILM else None


def _moments(frames: Sequence[FrameEvidence]) -> list[FrameEvidence]:
    """Some of the frames that agree; of any, where none does."""
    agreeing = [frame for frame in frames if frame.agrees] or list(frames)
    count = min(PAIRS, len(agreeing))
    return [agreeing[round(number * (len(agreeing) - 1) / max(count - 1, 1))] for number in range(count)]


def _r_time(frame: FrameEvidence) -> float:
    return max(0.0, frame.line_time if frame.r_time is None else frame.r_time)


def _pair(
    frame: FrameEvidence, shown: Pixels | None, known: Pixels | None, *, query: QueryFingerprint, match: Match | None
) -> PicturePair:
    """With what of the clip's frame was compared, turned back if the copy is mirrored; without a match, its picture."""
    box, compared = None, None
    turned = match is not None and match.mirrored
    if shown is not None:
        seen = part_seen(query, WHOLE.name if match is None else match.view, frame.q_time, shown)
        box = None if seen.box.is_all else seen.box
        compared = _picture(seen.picture[:, ::-1] if turned else seen.picture) if box is not None or turned else None
    inner = None if known is None else picture_in(known)
    return PicturePair(
        frame=frame,
        clip=None if shown is None else _picture(shown),
        box=box,
        compared=compared,
        reference=None if known is None else _picture(known),
        reference_box=None if inner is None or inner.is_all else inner,
    )


def _picture(pixels: Pixels) -> Picture:
    height, width = pixels.shape[:2]
    share = min(1.0, SIDE / max(height, width))
    return Picture(
        url=data_url(pixels, side=SIDE), width=max(1, round(share * width)), height=max(1, round(share * height))
    )
