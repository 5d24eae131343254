# SPDX-License-Identifier: Apache-2.0
"""Fingerprint files with pictures and sound: one `.kyf` for all of a medium.

A file with pictures is one that older readers know; the sound is in arrays that they skip, named `sound1_bands`,
`sound1_moments`, `sound2_bands`, ... by track, with the duration of each in the header's `sounds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from kyodaku.copies import _format
from kyodaku.copies._sound_print import SOUND_ID, SoundFingerprint
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.errors import KyodakuError, UsageError

__all__ = ["load_fingerprints", "save_fingerprints"]

_MOST_TRACKS: Final = 24
"""Four arrays are the pictures' and a file has at most 64: room for a few more kinds."""


def save_fingerprints(path: Path, pictures: Fingerprint | None, sounds: Sequence[SoundFingerprint]) -> None:
    """Write all that there is of a medium; an existing file is replaced. `UsageError` for nothing, or too much."""
    if pictures is None and not sounds:
        raise UsageError("there is nothing to write", where=str(path))
    if len(sounds) > _MOST_TRACKS:
        hint = "write the others to files of their own"
        raise UsageError(f"{len(sounds)} sound tracks do not fit, only {_MOST_TRACKS}", where=str(path), hint=hint)
    _format.write_file(path, _packed(pictures, sounds))


def load_fingerprints(path: Path) -> tuple[Fingerprint | None, tuple[SoundFingerprint, ...]]:
    """What a file holds: pictures, sound or both; every error names it."""
    return _format.read_file(path, _unpacked)


def _packed(pictures: Fingerprint | None, sounds: Sequence[SoundFingerprint]) -> bytes:
    if pictures is not None and not sounds:
        return pictures.to_bytes()
    if pictures is None and len(sounds) == 1:
        return sounds[0].to_bytes()
    header, arrays = ({}, {}) if pictures is None else _format.unpack(pictures.to_bytes(), *_PICTURES)
    tracks = [{"descriptor": SOUND_ID, "duration_us": _format.microseconds(sound.duration_s)} for sound in sounds]
    for number, sound in enumerate(sounds, 1):
        arrays |= {f"sound{number}_bands": sound.bands, f"sound{number}_moments": sound.moments}
    return _format.pack({**header, "sounds": tracks}, arrays)


_PICTURES: Final = (("codes", "quality", "times"), ("fine",))


def _unpacked(data: bytes) -> tuple[Fingerprint | None, tuple[SoundFingerprint, ...]]:
    header, _ = _format.unpack(data, ())
    if header.get("descriptor") == SOUND_ID:
        return None, (SoundFingerprint.from_bytes(data),)
    tracks = header.get("sounds", [])
    if not isinstance(tracks, list) or len(tracks) > _MOST_TRACKS:
        raise KyodakuError("this fingerprint's list of sound tracks is not sound")
    known = [(number, track) for number, track in enumerate(tracks, 1) if _is_known(track)]
    names = [f"sound{number}_{part}" for number, _ in known for part in ("bands", "moments")]
    _, arrays = _format.unpack(data, names)
    sounds = tuple(
        SoundFingerprint(
            duration_s=_duration(track), bands=arrays[f"sound{number}_bands"], moments=arrays[f"sound{number}_moments"]
        )
        for number, track in known
    )
    return (Fingerprint.from_bytes(data) if "descriptor" in header or not sounds else None), sounds


def _is_known(track: Any) -> bool:
    """Sound of another version is skipped, as arrays with other names are."""
    return isinstance(track, dict) and track.get("descriptor") == SOUND_ID


def _duration(track: dict[str, Any]) -> float:
    duration = _format.duration_from(track)
    if duration is None:
        raise KyodakuError("this fingerprint's header names no duration of its sound")
    return duration
