# SPDX-License-Identifier: Apache-2.0
"""A character's sheet: vectors of the pictures that its holder gave, and from which likeness on a clip shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.generation.detectors.detector import Calibration, CharacterHit, Detector, Pixels, Vectors
from kyodaku.media import Decoder, Frame, Sampling

__all__ = ["Sheet", "SheetFolder", "calibrate", "clip_frames", "detect", "make_sheet", "named"]

FRAMES: Final = 3
"""Frames in a row that must agree: the maximum over 50 single frames errs in two clips of five, at 1 % each."""
FPS: Final = 2.0
_TARGET: Final = 0.01
_LEAST_PICTURES: Final = 2
_MAX_SHEET: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """The vectors (count, size) of one character's pictures under one detector."""

    calibration: Calibration
    vectors: Vectors


class SheetFolder:
    """The sheets of a service in a folder: a file of vectors and a card for each character."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, sheet: Sheet) -> None:
        """Keep a sheet in place of the one that there was."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = self._name(sheet.calibration.work)
        np.save(self.folder / f"{name}.draft.npy", sheet.vectors, allow_pickle=False)
        (self.folder / f"{name}.draft.npy").replace(self.folder / f"{name}.npy")
        card = json.dumps(sheet.calibration.as_json(), ensure_ascii=False, indent=1)
        (self.folder / f"{name}.json").write_text(card, "utf-8")

    def all(self, detector: Detector) -> list[Sheet]:
        """Every sheet; IntegrityError for one that was made with another detector: it would find nothing."""
        return [self._read(path, detector) for path in sorted(self.folder.glob("*.json"))]

    def _read(self, path: Path, detector: Detector) -> Sheet:
        try:
            calibration = Calibration.from_json(json.loads(path.read_text("utf-8")))
            vectors = np.load(path.with_suffix(".npy"), allow_pickle=False)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise IntegrityError("a character's sheet cannot be read", where=str(path)) from error
        if calibration.detector != named(detector) or vectors.ndim != 2:
            hint = "make the sheet anew with the detector in use"
            raise IntegrityError(f"this sheet is of the detector {calibration.detector}", where=str(path), hint=hint)
        return Sheet(calibration=calibration, vectors=vectors.astype(np.float32))

    @staticmethod
    def _name(work: str) -> str:
        return sha256(work.encode()).hexdigest()


def make_sheet(work: str, pictures: Sequence[Pixels], others: Iterable[Pixels], detector: Detector) -> Sheet:
    """The sheet of a character from its pictures, calibrated against clips (frames each) that do not show it."""
    if not _LEAST_PICTURES <= len(pictures) <= _MAX_SHEET:
        hint = "several views of the character, cropped to it"
        raise UsageError(f"a sheet has {_LEAST_PICTURES} to {_MAX_SHEET:,} pictures", where=work, hint=hint)
    vectors = detector.embed(np.concatenate([_squared(each[None], detector.side) for each in pictures]))
    calibration = calibrate(work, vectors, [detector.embed(_squared(clip, detector.side)) for clip in others], detector)
    return Sheet(calibration=calibration, vectors=vectors)


def calibrate(work: str, vectors: Vectors, others: Sequence[Vectors], detector: Detector) -> Calibration:
    """The threshold above all but the allowed share of other clips; of the positives each is held against the rest.

    Raises UsageError when there are no other clips: likeness without anything to compare it with means nothing.
    """
    if not others:
        hint = "give clips that show other characters, look-alikes above all"
        raise UsageError("nothing to calibrate against", where=work, hint=hint)
    false = np.sort([_in_a_row(_likeness(clip, vectors), FRAMES) for clip in others])[::-1]
    allowed = int(len(false) * _TARGET)
    threshold = min(1.0, max(0.05, float(false[allowed]) + 1e-4)) if allowed < len(false) else 1.0
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1)
    return Calibration(
        detector=named(detector),
        work=work,
        threshold=round(threshold, 4),
        frames=FRAMES,
        false_per_clip=round(float((false >= threshold).mean()), 4),
        found=round(float((likeness.max(axis=1) >= threshold).mean()), 4),
        negatives=len(others),
        positives=len(vectors),
        made_at=datetime.now(UTC),
    )


def clip_frames(path: Path, decoder: Decoder) -> list[Frame]:
    """The frames of a clip that are looked at, twice a second."""
    return list(decoder.sample(path, Sampling(mode="interval", fps=FPS, max_side=512)))


def detect(frames: Sequence[Frame], sheets: Sequence[Sheet], detector: Detector) -> list[CharacterHit]:
    """The characters whose sheets the clip agrees with, surest first."""
    if not frames or not sheets:
        return []
    pictures = np.concatenate([_squared(frame.pixels[None], detector.side) for frame in frames])
    vectors = detector.embed(pictures)
    times = [frame.time_s for frame in frames]
    hits = [hit for sheet in sheets if (hit := _hit(vectors, times, sheet)) is not None]
    return sorted(hits, key=lambda hit: (hit.threshold - hit.likeness, hit.work))


def _hit(vectors: Vectors, times: Sequence[float], sheet: Sheet) -> CharacterHit | None:
    """The best run of frames in a row, if all of them are like enough; a clip shorter than that counts as a whole."""
    likeness = _likeness(vectors, sheet.vectors)
    length = min(sheet.calibration.frames, len(likeness))
    runs = np.lib.stride_tricks.sliding_window_view(likeness, length).min(axis=1)
    best = int(runs.argmax())
    if runs[best] < sheet.calibration.threshold:
        return None
    return CharacterHit(
        work=sheet.calibration.work,
        start=round(times[best], 3),
        end=round(times[best + length - 1], 3),
        likeness=round(float(runs[best]), 4),
        threshold=sheet.calibration.threshold,
        detector=sheet.calibration.detector,
    )


def _likeness(vectors: Vectors, sheet: Vectors) -> NDArray[np.float32]:
    """Of each frame, its cosine with the picture of the sheet that it is most like."""
    nearest: NDArray[np.float32] = (vectors @ sheet.T).max(axis=1)
    return nearest


def _in_a_row(likeness: NDArray[np.float32], length: int) -> float:
    length = min(length, len(likeness))
    return float(np.lib.stride_tricks.sliding_window_view(likeness, length).min(axis=1).max()) if length else -1.0


def _squared(pictures: Pixels, side: int) -> Pixels:
    """Pictures (count, height, width, 3) at the size that a detector takes."""
    resized = [
        np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR)) for picture in pictures
    ]
    return np.stack(resized).astype(np.uint8)


def named(detector: Detector) -> str:
    """The detector with the hash of its weights, as calibrations and decisions state it."""
    weights = detector.weights_sha256
    return detector.id if weights is None else f"{detector.id} {weights[:16]}"
