# SPDX-License-Identifier: Apache-2.0
"""The Video-Code of ISO 24138 (ISCC), as a peer: 64 bits for a whole video, and no word of where.

The code is computed by `iscc-core`, the standard's reference implementation, from MPEG-7 signatures of five frames a
second, which FFmpeg's filter `signature` writes; `iscc-sdk` does the same, with an FFmpeg that it downloads. Here it
comes from the package `imageio-ffmpeg`.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from kyodaku.bench.systems import Found, Index, Unreadable

__all__ = ["IsccVideo"]

BITS: Final = 64
"""ISCC's own default."""
DISTANCE: Final = 10
"""Bits of 64 by which two codes may differ. The standard names no threshold; other video hashes of 64 bits use this."""
FRAMES_PER_SECOND: Final = 5
_LONGEST_S: Final = 600
"""For one film, by the clock."""
_SIGNATURE: Final = re.compile(r"<FrameSignature>([012\s]+)</FrameSignature>")


@dataclass(frozen=True, slots=True)
class _Codes:
    references: Mapping[str, int]

    @property
    def stored_bytes(self) -> int:
        return len(self.references) * BITS // 8

    @property
    def fine_bytes(self) -> int:
        return 0

    def search(self, query: int) -> Sequence[Found]:
        return [Found(name, 1 - (query ^ code).bit_count() / BITS) for name, code in self.references.items()]


class IsccVideo:
    """One code a video."""

    name = "iscc"
    threshold = 1 - DISTANCE / BITS

    def __init__(self) -> None:
        self._hashed = import_module("iscc_core").soft_hash_video_v0  # both are optional
        self._ffmpeg = import_module("imageio_ffmpeg").get_ffmpeg_exe()

    def describe(self, path: Path, *, query: bool) -> int:
        """The code as a number; `query` makes no difference."""
        del query
        signatures = [tuple(map(int, text.split())) for text in _SIGNATURE.findall(self._signatures(path))]
        if not signatures:
            raise Unreadable(f"{path}: no frame has a signature")
        return int.from_bytes(self._hashed(signatures, bits=BITS), "big")

    def index(self, references: Mapping[str, Any], directory: Path) -> Index:
        """All codes in memory."""
        del directory
        return _Codes(references)

    def _signatures(self, path: Path) -> str:
        with tempfile.TemporaryDirectory(prefix="kyodaku-bench-") as folder:
            wanted = f"fps={FRAMES_PER_SECOND},signature=format=xml:filename=signatures.xml"
            command = [self._ffmpeg, "-v", "error", "-nostdin", "-threads", "1", "-i", str(path.resolve())]
            command += ["-an", "-sn", "-dn", "-vf", wanted, "-f", "null", "-"]
            try:
                subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_LONGEST_S)  # noqa: S603
            except (subprocess.SubprocessError, OSError) as error:
                raise Unreadable(str(error)) from error
            written = Path(folder) / "signatures.xml"
            return written.read_text(encoding="ascii") if written.is_file() else ""
