# SPDX-License-Identifier: Apache-2.0
"""A film or animation opened with FFmpeg, guarded: its facts, and its frames in order on one time line.

The decoder runs in one thread: the machine's cores are shared out by files, and what is skipped is skipped at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from av.codec.context import ThreadType
from av.error import EOFError as EndOfStream
from av.error import FFmpegError

from kyodaku.media._clock import Clock
from kyodaku.media._fault import LACKING, Fault, reason, too_large_by_log
from kyodaku.media._open import best_video, declared_duration, films_in, open_container
from kyodaku.media._picture import hdr_of, orientation_of, sane_aspect
from kyodaku.media._records import MediaInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    import av
    from av.packet import Packet
    from av.video.stream import VideoStream

    from kyodaku.media._fault import LogLine
    from kyodaku.media._picture import Orientation
    from kyodaku.media._records import Limits

__all__ = ["Film", "Shot"]

ANIMATIONS = frozenset({"gif", "apng"})
FALLBACK_FPS = 25.0
FASTEST_FPS = 1000.0
DEMUX_TRIES = 8  # a reader that fails this often without one packet in between has reached the end
ENDS_EARLY_S = 1.0
ENDS_EARLY_SHARE = 0.02
LOWRES_CODECS = frozenset({"mpeg1video", "mpeg2video", "mpeg4", "h263", "mjpeg", "msmpeg4v3", "msmpeg4v2", "wmv1"})
PROGRESSIVE_FIELD_ORDERS = (0, 1)  # AVFieldOrder: unknown, progressive


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """One decoded frame and the time it is on screen, [time_s, end_s)."""

    frame: av.VideoFrame
    time_s: float
    end_s: float


class Film:
    """One file's best video stream; raises `Fault` for what ends the reading.

    `beat` is called for every packet, so that a watcher sees progress. `logs` is the list into which PyAV captures
    FFmpeg's log, if it does; it is kept short.
    """

    orientation: Orientation | None = None  # each frame carries its own

    def __init__(
        self, file: BinaryIO, limits: Limits, *, beat: Callable[[], None], logs: list[LogLine], small: int | None = None
    ) -> None:
        self.limits = limits
        self.packets = self.tried = self.bad = self.decoded = 0
        self.truncated = False
        self.end_s = 0.0
        self._file = file
        self._small = small
        self._beat = beat
        self._logs = logs
        self._too_large: str | None = None
        self._last_error: Exception | None = None
        self._last_packet_corrupt = False
        self._may_skip = False
        self._begin()

    def _begin(self) -> None:
        self._container = open_container(self._file, self.limits, self._logs)
        self._stream = best_video(self._container)
        self._context = self._stream.codec_context
        self._time_base = float(self._stream.time_base or 0)
        self._declared_s, self._declared_exactly = declared_duration(self._container, self._stream)
        self.info = self._facts()
        self._refuse_excess()
        self.clock = Clock(step_s=1 / (self.info.fps or FALLBACK_FPS), declared_s=self.info.duration_s)
        self._prepare_decoder()

    def restart(self) -> None:
        """Open the file anew and stand before its first frame; what was counted stays."""
        self.close()
        self._file.seek(0)
        self._begin()

    def close(self) -> None:
        """Free what FFmpeg holds."""
        self._container.close()

    def shots(self, *, keys_only: bool = False, grid_fps: float | None = None) -> Iterator[Shot]:
        """The frames from here on, each with its time.

        With `keys_only`, packets that are no key frames are passed over (the decoder's own skip_frame=NONKEY is
        ignored by VP9 and others). With `grid_fps`, frames that no other frame refers to and that are not on screen at
        any multiple of 1/grid_fps may be left out; no other pixel changes by that.
        """
        for packet in self._demux():
            if keys_only and not packet.is_keyframe and self.clock.started:
                continue
            if grid_fps is not None and self._may_skip:
                self._skip_unless_on_grid(packet, grid_fps)
            yield from self._decode(packet)
        yield from self._decode(None)
        self._judge_end(whole=not keys_only)

    def seek(self, position: float) -> bool:
        """Go to the key frame at or before a position; False if the format or the file cannot."""
        stamp = int(self.clock.stamp(max(0.0, position)) / self._time_base) if self._time_base else 0
        try:
            depth = self._context.reorder_depth
            self._container.seek(stamp, stream=self._stream, backward=True)
            self._context.reorder_depth = depth  # flushing forgets it, and the first frames would come out of order
        except (FFmpegError, OverflowError):
            return False
        self.clock.jump()
        return True

    # --- reading ---------------------------------------------------------------------------------------------------

    def _demux(self) -> Iterator[Packet[VideoStream]]:
        failures = 0
        while failures < DEMUX_TRIES:
            try:
                for packet in self._container.demux(self._stream):
                    if not packet.size:  # PyAV's end mark, and void packets that would put the decoder into draining
                        continue
                    failures = 0
                    self._count(packet)
                    yield packet
            except MemoryError:
                raise
            except FFmpegError as error:
                failures += 1
                self.count_bad(error)
            else:
                return
        self.truncated = True

    def _count(self, packet: Packet[VideoStream]) -> None:
        self._beat()
        self.packets += 1
        self._last_packet_corrupt = packet.is_corrupt
        if self.packets > self.limits.max_frames:
            raise Fault("too_large", f"more than {self.limits.max_frames} frames")
        if self._logs:
            self._note_logs()

    def _decode(self, packet: Packet[VideoStream] | None) -> Iterator[Shot]:
        self.tried += 1
        try:
            frames = self._context.decode(packet)
        except MemoryError:
            raise
        except EndOfStream:  # the decoder fell into draining; wake it, this packet is lost
            self._context.flush_buffers()
            return
        except (FFmpegError, ValueError) as error:
            self.count_bad(error)
            return
        for frame in frames:
            yield self._place(frame)

    def _place(self, frame: av.VideoFrame) -> Shot:
        stamp = frame.pts if frame.pts is not None else frame.dts
        time = self.clock.place(None if stamp is None else stamp * self._time_base)
        lasts = (frame.duration or 0) * self._time_base or self.clock.step_s
        if self._declared_s and time + lasts > self._declared_s:  # the last frame does not outlast the film
            lasts = max(self._declared_s - time, min(lasts, self.clock.step_s))
        if time + lasts > self.limits.max_duration_s:
            raise Fault("too_large", f"longer than {self.limits.max_duration_s:g} seconds")
        if not self.decoded:
            self._learn(frame)
        self.decoded += 1
        self.end_s = max(self.end_s, time + lasts)
        return Shot(frame=frame, time_s=time, end_s=time + lasts)

    def count_bad(self, error: Exception) -> None:
        """One more packet or frame that could not be made into a picture; too many end the reading."""
        self.bad += 1
        self._last_error = error
        self._note_logs()
        if self.bad > self.limits.max_bad_packets:
            raise Fault("corrupt", f"more than {self.limits.max_bad_packets} packets could not be decoded")

    def _note_logs(self) -> None:
        self._too_large = self._too_large or too_large_by_log(self._logs)
        self.truncated |= any("ended prematurely" in text for _, _, text in self._logs)
        del self._logs[:-1]

    def _skip_unless_on_grid(self, packet: Packet[VideoStream], fps: float) -> None:
        """Spare the decoder an unreferenced frame that no sample falls on, judging by the packet's own stamps."""
        skip = False
        if packet.pts is not None and packet.duration and self.clock.started:
            start = self.clock.position(packet.pts * self._time_base)
            span = 2 * max(packet.duration * self._time_base, self.clock.step_s)  # twice: stamps may be uneven
            first = -int(-(start - ENDS_EARLY_S / 1000) * fps // 1)  # the first multiple at or after the start
            skip = first / fps >= start + span
        self._context.skip_frame = "NONREF" if skip else "DEFAULT"

    def _judge_end(self, *, whole: bool) -> None:
        """What the end of the stream tells: nothing read, too much lost, or cut short."""
        self._note_logs()
        if self._too_large and not self.decoded:
            raise Fault("too_large", self._too_large)
        if not self.decoded:
            raise self._nothing_read()
        if self.bad > self.limits.max_bad_share * self.tried:
            raise Fault("corrupt", f"{self.bad} of {self.tried} packets could not be decoded")
        declared = self._declared_s if self._declared_exactly else None
        short = whole and declared is not None and self.end_s + ENDS_EARLY_S < declared * (1 - ENDS_EARLY_SHARE)
        self.truncated |= self._last_packet_corrupt or short

    def _nothing_read(self) -> Fault:
        if self._last_error is not None:
            lacking = isinstance(self._last_error, LACKING)
            return Fault(
                "unsupported" if lacking else "corrupt", f"no frame decodes: {reason(self._last_error, self._logs)}"
            )
        if self.packets or self._stream.frames or self.truncated:
            return Fault("corrupt", "no frame decodes: the file is cut off or damaged")
        return Fault("empty", "the video stream holds no frames")

    # --- facts -----------------------------------------------------------------------------------------------------

    def _facts(self) -> MediaInfo:
        """What the headers say; `_learn` adds what only a frame tells."""
        name = self._container.format.name.split(",")[0]
        kind: Literal["video", "image", "animation"] = "animation" if name in ANIMATIONS else "video"
        if name.endswith("_pipe"):
            name, kind = name.removesuffix("_pipe"), "image"
        context = self._context
        rate = float(self._stream.average_rate or self._stream.guessed_rate or 0)
        return MediaInfo(
            container=name,
            codec=context.codec.canonical_name,
            width=context.width,
            height=context.height,
            duration_s=0.0 if kind == "image" else self._declared_s,
            fps=rate if kind != "image" and 0 < rate <= FASTEST_FPS else None,
            kind=kind,
            has_audio=bool(self._container.streams.audio),
            video_streams=len(films_in(self._container)),
        )

    def _learn(self, frame: av.VideoFrame) -> None:
        orientation = orientation_of(frame)
        self._may_skip = self._may_skip and not frame.interlaced_frame
        self.info = replace(
            self.info,
            width=frame.width if not self._lowres else self.info.width,
            height=frame.height if not self._lowres else self.info.height,
            rotation=orientation.rotation,
            mirrored=orientation.mirrored,
            sample_aspect=self.aspect,
            interlaced=frame.interlaced_frame,
            hdr=hdr_of(frame),
        )

    @property
    def aspect(self) -> float:
        """A pixel's width by its height: the container's word before the codec's."""
        context = self._context
        return sane_aspect(float(self._stream.sample_aspect_ratio or context.sample_aspect_ratio or 1))

    def _refuse_excess(self) -> None:
        limits, info = self.limits, self.info
        if info.width * info.height > limits.max_pixels:
            raise Fault("too_large", f"{info.width}x{info.height} is more than {limits.max_pixels} pixels")
        if (info.duration_s or 0) > limits.max_duration_s:
            raise Fault("too_large", f"{info.duration_s:g} seconds is more than {limits.max_duration_s:g}")
        if self._stream.frames > limits.max_frames:
            raise Fault("too_large", f"{self._stream.frames} frames is more than {limits.max_frames}")

    def _prepare_decoder(self) -> None:
        context, small = self._context, self._small
        context.thread_count, context.thread_type = 1, ThreadType.NONE
        context.options = {"max_pixels": str(self.limits.max_pixels), "flags": "+bitexact"}
        self._lowres = 0
        if small is not None:
            context.options |= {"skip_loop_filter": "all", "flags2": "+fast"}
            if context.codec.name in LOWRES_CODECS:
                while self._lowres < 3 and max(context.width, context.height) >> (self._lowres + 1) >= small:
                    self._lowres += 1
                context.options |= {"lowres": str(self._lowres)}
        self._may_skip = context.field_order in PROGRESSIVE_FIELD_ORDERS
