# SPDX-License-Identifier: Apache-2.0
"""What an examination found: the same record for every gate and desk, and its JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from kyodaku.copies import Match
from kyodaku.copies.calibration import Band
from kyodaku.copies.sound import SoundMatch
from kyodaku.examine._captures import moment_of, moment_text
from kyodaku.examine.signals import SeenSignal

__all__ = ["MOST_UNSEEN", "Findings", "Hearing", "Witness", "WorkMatch"]

Witness = Literal["picture", "sound", "both"]
Hearing = Literal["none", "silent", "indistinct", "distinct"]
"""What there is to hear: no sound track, silence, noise or hum in which nothing stands out, or something that does."""

MOST_UNSEEN: Final = 0.9
"""The share of a medium's time of which nothing need be known. Films have black in them: a second between two scenes,
titles on black, a fade at each end; of 66 clips of films, trailers and screen recordings none had it for more than two
fifths. Where a tenth shows something, that tenth was searched, and what is black holds no work. Beyond that the
findings are about next to nothing, and more likely something is too dark to be seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkMatch:
    """A time span of the medium that agrees with a time span of a reference registered for `work`.

    Spans are seconds from the first frame. `score`, between 0 and 1, is how probably this is a copy, and `band` what
    that calls for: `match` is a finding, `review` is for a person. `speed` is how fast the reference goes by. `witness`
    says whether the pictures agree, the sound, or both.
    """

    work: str
    reference: str
    q_start: float
    q_end: float
    r_start: float
    r_end: float
    score: float
    band: Band = "match"
    speed: float = 1.0
    mirrored: bool = False
    witness: Witness = "picture"

    @classmethod
    def of(cls, match: Match | SoundMatch, work: str) -> WorkMatch:
        """`match` with the work whose reference it met; times to the millisecond, scores to four places."""
        return cls(
            work=work,
            reference=match.reference,
            q_start=round(match.q_start, 3),
            q_end=round(match.q_end, 3),
            r_start=round(match.r_start, 3),
            r_end=round(match.r_end, 3),
            score=round(match.score, 4),
            band=match.band,
            speed=round(match.speed, 3),
            mirrored=isinstance(match, Match) and match.mirrored,
            witness="picture" if isinstance(match, Match) else "sound",
        )

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> WorkMatch:
        """The match that `as_json` wrote; what an earlier version did not write is as it was then."""
        return cls(**{name: record[name] for name in cls.__slots__ if name in record})

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What is known of one medium after looking at it.

    `matches` is empty when it was examined and nothing registered was found, and None when it could not be examined;
    then `error` says why. An `error` beside matches means that only a part could be read. `frames` counts the sampled
    frames, `skipped_packets` the damaged packets that were passed over; `truncated` says that the file ends early.
    `file` is the file's size, time of change (ns) and inode as it was examined. `unseen` is the share of the pictures'
    time in which there was nothing to compare (black, one colour, nearly empty): what is found says nothing of it.
    `parts_omitted` counts the pictures within the picture that were not searched for, at the moment at which they were
    most. `sound` is what there was to hear in the most distinct track; None where no reference is of sound. `signals`
    are what the medium, files beside it and places it is from say to machines; `fetched_at` is when it was fetched.
    """

    matches: tuple[WorkMatch, ...] | None
    error: str | None = None
    sha256: str | None = None
    duration_s: float | None = None
    frames: int = 0
    skipped_packets: int = 0
    truncated: bool = False
    unseen: float = 0.0
    parts_omitted: int = 0
    sound: Hearing | None = None
    file: tuple[int, int, int] | None = None
    media: Mapping[str, Any] | None = None
    signals: tuple[SeenSignal, ...] = ()
    fetched_at: datetime | None = None

    @classmethod
    def failed(cls, error: str) -> Findings:
        """The findings of a medium that nothing could be learnt of."""
        return cls(matches=None, error=error)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Findings:
        """The findings that `as_json` wrote, as a run's journal keeps them."""
        known = {name: record[name] for name in cls.__slots__ if name in record}
        matches, file = known.get("matches"), known.get("file")
        known["matches"] = None if matches is None else tuple(WorkMatch.from_json(match) for match in matches)
        known["file"] = None if file is None else tuple(file)
        known["signals"] = tuple(SeenSignal.from_json(signal) for signal in known.get("signals", ()))
        known["fetched_at"] = moment_of(known.get("fetched_at"))
        return cls(**known)

    @property
    def examined(self) -> bool:
        """Whether the whole of it was seen."""
        return self.matches is not None and self.error is None

    @property
    def unseen_s(self) -> float:
        """Seconds in which there was nothing to compare; 0 for a still picture."""
        return round(self.unseen * (self.duration_s or 0.0), 1)

    @property
    def is_hardly_seen(self) -> bool:
        """Whether (nearly) nothing of it could be seen, and its sound does not make up for that.

        Sound makes up for the time in which it is surely that of a registered work, and for no more: of a sound that
        agrees with none it is not known whose it is, since many works are registered by their pictures alone.
        """
        return self.unseen - self._heard > MOST_UNSEEN

    @property
    def _heard(self) -> float:
        """The share of its time in which its sound is surely that of a registered work."""
        heard, until = 0.0, 0.0
        for match in sorted(self.matches or (), key=lambda match: match.q_start):
            if match.band == "match" and match.witness != "picture":
                heard += max(0.0, match.q_end - max(match.q_start, until))
                until = max(until, match.q_end)
        return heard / self.duration_s if self.duration_s else 0.0

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        record = {name: getattr(self, name) for name in self.__slots__}
        record["matches"] = None if self.matches is None else [match.as_json() for match in self.matches]
        record["signals"] = [signal.as_json() for signal in self.signals]
        record["fetched_at"] = moment_text(self.fetched_at)
        record["media"] = None if self.media is None else dict(self.media)
        return record
