# SPDX-License-Identifier: Apache-2.0
"""Opening a container, guarded: which formats, which stream, and what it declares.

Every guard is set twice where FFmpeg looks twice: `av.open` decodes a little to find out what it has, with the options
given here; the decoder proper (`_film`) takes only its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError
from av.stream import Discard, Disposition

from kyodaku.media._fault import LACKING, SOUND_ONLY, Fault, reason, too_large_by_log
from kyodaku.media._sniff import HEAD_BYTES, looks_like_media

if TYPE_CHECKING:
    from typing import BinaryIO

    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

    from kyodaku.media._fault import LogLine
    from kyodaku.media._records import Limits

__all__ = ["best_video", "declared_duration", "films_in", "open_container"]

# Formats that hold films and pictures, found by content, never by name; no play lists, scripts, devices or networks.
FORMATS = (
    "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,flv,asf,ogg,rm,mxf,mxf_opatom,dv,nut,gxf,wtv,ivf,obu,av1,h261,h263,"
    "h264,hevc,vvc,vc1,mjpeg,yuv4mpegpipe,gif,apng,png_pipe,bmp_pipe,tiff_pipe,j2k_pipe,pam_pipe,pbm_pipe,pgm_pipe,"
    "ppm_pipe,qoi_pipe,dpx_pipe,exr_pipe"
)
# Formats that hold sound only, let in so that the answer can say so.
SOUND_FORMATS = "mp3,aac,flac,wav,w64,aiff,ac3,eac3,dts,amr,caf,ape,tta,wv,oma,au"
READ_BYTES = 1 << 17
TILED_BRANDS = frozenset({"heic", "heix", "heim", "heis", "mif1"})
_DURATION_TAG = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def open_container(file: BinaryIO, limits: Limits, logs: list[LogLine]) -> InputContainer:
    """Open what FFmpeg knows as a film or picture, within limits; raises `Fault`."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    try:
        container = av.open(
            file,
            mode="r",
            options={"max_pixels": str(limits.max_pixels), "threads": "1"},
            container_options={
                "format_whitelist": f"{FORMATS},{SOUND_FORMATS}",
                "protocol_whitelist": "none",
                "max_streams": str(limits.max_streams + 1),  # one more, to see that there are more
            },
            buffer_size=READ_BYTES,
            metadata_errors="replace",
        )
    except MemoryError:
        raise
    except (FFmpegError, ValueError) as error:
        if line := too_large_by_log(logs):
            raise Fault("too_large", line) from error
        if isinstance(error, LACKING) or not looks_like_media(head):
            said = f"{logs[-1][1]} is not accepted" if logs and "whitelist" in logs[-1][2] else reason(error, logs)
            raise Fault("unsupported", f"not a film or picture of a known format: {said}") from error
        raise Fault("corrupt", f"cannot be opened: {reason(error, logs)}") from error
    if len(container.streams) > limits.max_streams:
        raise Fault("too_large", f"{len(container.streams)} streams is more than {limits.max_streams}")
    return container


def films_in(container: InputContainer) -> list[VideoStream]:
    """The video streams that are not cover art."""
    cover = Disposition.attached_pic | Disposition.timed_thumbnails
    return [stream for stream in container.streams.video if not stream.disposition & cover]


def best_video(container: InputContainer) -> VideoStream:
    """The stream FFmpeg holds for the main one; the others are no longer read. Raises `Fault` if there is none."""
    films = films_in(container)
    if not films:
        raise Fault("unsupported", SOUND_ONLY if container.streams.audio else "no video stream")
    if len(films) > 1 and container.metadata.get("major_brand") in TILED_BRANDS:
        raise Fault("unsupported", "a tiled HEIF picture")
    best = container.streams.best("video")
    stream = next((film for film in films if best is not None and film.index == best.index), films[0])
    if stream.codec_context is None:
        raise Fault("unsupported", "no decoder for its video codec")
    for other in container.streams:
        other.discard = Discard.none if other.index == stream.index else Discard.all
    return stream


def declared_duration(container: InputContainer, stream: Stream) -> tuple[float | None, bool]:
    """Seconds, and whether they are the stream's own rather than the longest stream's."""
    if stream.duration is not None and stream.duration > 0 and stream.time_base:
        return float(stream.duration * stream.time_base), True
    if tag := _DURATION_TAG.match(stream.metadata.get("DURATION", "")):
        hours, minutes, seconds = (float(part) for part in tag.groups())
        return hours * 3600 + minutes * 60 + seconds, True
    if container.duration is not None and container.duration > 0:
        return container.duration / av.time_base, False
    return None, False
