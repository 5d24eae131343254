# SPDX-License-Identifier: Apache-2.0
"""What every exchange format is made of: hashes, qualities and times as text, and the fingerprints made of them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from kyodaku.copies._format import MAX_FRAMES
from kyodaku.copies.descriptor import Described
from kyodaku.copies.fingerprint import Fingerprint, assembled
from kyodaku.copies.pdq import PDQ
from kyodaku.errors import UsageError

__all__ = [
    "HEX",
    "MAX_ENTRIES",
    "Frame",
    "Imported",
    "Skipped",
    "entry",
    "fault",
    "frame_of",
    "hash_of",
    "name_of",
    "picture",
    "quality_of",
    "seconds_of",
    "video",
]

Kind: TypeAlias = Literal["video", "picture"]

MAX_ENTRIES: Final = 100_000
"""Each becomes a reference with a file and an entry in the ledger; more than that is a registry of its own."""
_LONGEST_S: Final = 1_000_000.0
"""As in fingerprints: beyond eleven days a time is a mistake."""
_LONGEST_NAME: Final = 1_024
"""Characters; a name is for people."""
_UNKNOWN_QUALITY: Final = 100
"""A list without qualities was made to be matched: ThreatExchange leaves out hashes of quality below 50."""

HEX: Final = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?[0-9.]{1,32}([eE][+-]?[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One hash of a video."""

    seconds: float
    quality: int
    code: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """One medium's hashes, as a fingerprint."""

    name: str
    """What the file calls the medium; empty when it does not."""
    kind: Kind
    line: int
    """Where it stands in the file: a line, or in JSON the number of the record; from 1."""
    fingerprint: Fingerprint


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """An entry that was left out, and why."""

    line: int
    why: str


def fault(what: str, where: str, line: int, hint: str | None = None) -> UsageError:
    """An error that names the file and the line."""
    return UsageError(what, where=f"{where}:{line}", hint=hint)


def hash_of(text: str, where: str, line: int) -> bytes:
    """The 32 bytes of a hash, in the order of its text: that is the order of our codes."""
    stripped = text.strip()
    if not HEX.fullmatch(stripped):
        raise fault(f"a PDQ hash has 64 hexadecimal digits, not {_cut(stripped)}", where, line)
    return bytes.fromhex(stripped)


def quality_of(text: str, where: str, line: int) -> int:
    """0 to 100."""
    stripped = text.strip()
    if not _WHOLE.fullmatch(stripped) or int(stripped) > 100:
        raise fault(f"a quality is a whole number from 0 to 100, not {_cut(stripped)}", where, line)
    return int(stripped)


def seconds_of(text: str, where: str, line: int) -> float:
    """Seconds from the start of the video."""
    stripped = text.strip()
    try:
        seconds = float(stripped) if _DECIMAL.fullmatch(stripped) else math.nan
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _LONGEST_S:
        raise fault(f"a time is a number of seconds from 0 to {_LONGEST_S:,.0f}, not {_cut(stripped)}", where, line)
    return seconds


def frame_of(parts: Sequence[str], where: str, line: int) -> Frame:
    """`hash, quality, seconds`, in this order."""
    code, quality, seconds = parts
    return Frame(
        code=hash_of(code, where, line),
        quality=quality_of(quality, where, line),
        seconds=seconds_of(seconds, where, line),
    )


def name_of(text: object) -> str:
    """A name for people: one line, not too long, text."""
    return " ".join(str(text).split())[:_LONGEST_NAME]


def video(frames: Sequence[Frame], where: str, line: int) -> Fingerprint:
    """Frames in whatever order, as a fingerprint."""
    if not frames:
        raise fault("there are no hashes here", where, line)
    if len(frames) > MAX_FRAMES:
        raise fault(f"there are more than {MAX_FRAMES:,} hashes of one video", where, line)
    return _made([frame.seconds for frame in frames], frames)


def picture(code: bytes, quality: int | None = None) -> Fingerprint:
    """The hash of a picture: a fingerprint of one frame and no length."""
    known = _UNKNOWN_QUALITY if quality is None else quality
    return _made([0.0], [Frame(seconds=0.0, quality=known, code=code)])


def entry(found: Fingerprint, line: int, name: object = "") -> Imported:
    """A fingerprint with its name and place; one frame without length is a picture."""
    kind: Kind = "picture" if len(found) == 1 and not found.duration_s else "video"
    return Imported(name=name_of(name), kind=kind, line=line, fingerprint=found)


def _made(times: Sequence[float], frames: Sequence[Frame]) -> Fingerprint:
    codes = np.frombuffer(b"".join(frame.code for frame in frames), dtype=np.uint8).reshape(len(frames), -1)
    quality = np.array([frame.quality for frame in frames], dtype=np.uint8)
    return assembled(PDQ, times, [Described(codes=codes, quality=quality)], None)


def _cut(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
