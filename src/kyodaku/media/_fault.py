# SPDX-License-Identifier: Apache-2.0
"""How a fault travels inside the room until it becomes a `MediaError`, and how FFmpeg's complaints are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from av.error import (
    BSFNotFoundError,
    DecoderNotFoundError,
    DemuxerNotFoundError,
    FFmpegError,
    PatchWelcomeError,
    ProtocolNotFoundError,
)

from kyodaku.media._records import MIB, MediaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kyodaku.media._records import FaultKind, Limits

__all__ = ["NO_MEMORY", "SOUND_ONLY", "Fault", "LogLine", "as_value", "one_line", "reason", "too_large_by_log"]

LogLine = tuple[int, str, str]  # level, component, text: as PyAV captures them

LONGEST_MESSAGE = 200
SOUND_ONLY = "no video stream (sound only)"
NO_MEMORY = "needs more memory than the limit"  # begins the message: after that the process is replaced
LACKING = (DecoderNotFoundError, DemuxerNotFoundError, BSFNotFoundError, PatchWelcomeError, ProtocolNotFoundError)
# libavutil/imgutils.c, libavformat/utils.c; and what decoders say, and no more than that, when an allocation fails
BEYOND_LIMIT = re.compile(
    r"exceeds specified max pixel count|Picture size \d{5,}x\d{4,} is invalid|exceeds max_streams"
)
OUT_OF_MEMORY = re.compile(r"get_buffer\(\) failed|annot allocate|ould not allocate|ailed to allocate")


class Fault(Exception):  # noqa: N818 - it is not an error of the program but a fact about a file
    """Ends the reading of one file; caught where the room's answer is made."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(message)
        self.error = MediaError(kind=kind, message=one_line(message))


def one_line(text: str) -> str:
    """`text` as one printable line of bounded length: it may quote a hostile file."""
    flat = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return flat if len(flat) <= LONGEST_MESSAGE else flat[: LONGEST_MESSAGE - 1] + "…"


def reason(error: BaseException, logs: Sequence[LogLine] = ()) -> str:
    """What FFmpeg or Python said, with FFmpeg's last log line, which is usually the better half."""
    said = error.strerror if isinstance(error, (FFmpegError, OSError)) and error.strerror else str(error)
    said = said or type(error).__name__
    return f"{said} ({logs[-1][2].strip()})" if logs else said


def too_large_by_log(logs: Sequence[LogLine]) -> str | None:
    """In which words FFmpeg refused a size, if it did: its error code says but 'invalid argument' or 'invalid data'."""
    for _, _, text in logs:
        if BEYOND_LIMIT.search(text):
            return text.strip()
        if OUT_OF_MEMORY.search(text):
            return f"{NO_MEMORY} ({text.strip()})"
    return None


def as_value(error: Exception, limits: Limits) -> MediaError:
    """What a fault, or anything else that ended the reading, is to those who asked."""
    if isinstance(error, Fault):
        return error.error
    if isinstance(error, MemoryError):
        return Fault("too_large", f"{NO_MEMORY} of {limits.memory_bytes // MIB} MiB").error
    if isinstance(error, OSError) and not isinstance(error, (FFmpegError, PermissionError)):
        return MediaError(kind="corrupt", message=f"cannot be read: {error.strerror or error}")
    if isinstance(error, FFmpegError):
        return Fault("corrupt", f"cannot be decoded: {reason(error)}").error
    return Fault("crashed", f"the decoder failed: {type(error).__name__}: {error}").error
