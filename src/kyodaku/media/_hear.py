# SPDX-License-Identifier: Apache-2.0
"""From an open file to the sound of all its tracks, in this process: what the decoder process runs.

All tracks are read in one pass and each becomes one channel at one rate (`SoundSampling`): the mean of its channels.
Two channels of which one is the other turned upside down are silent as a mean, though not to a listener: then the
louder one is taken alone. What is turned upside down in part, as some pitches only, is heard in their difference.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from av.audio.resampler import AudioResampler
from av.error import EOFError as EndOfStream
from av.error import FFmpegError
from av.stream import Discard

from kyodaku.media._fault import LACKING, Fault, as_value, reason, too_large_by_log
from kyodaku.media._open import declared_duration, open_container
from kyodaku.media._sniff import HEAD_BYTES, still_format
from kyodaku.media._sound_records import LONGEST_BLOCK, Heard, SoundSampling, SoundTrack

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import BinaryIO

    from av import AudioFrame
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from numpy.typing import NDArray

    from kyodaku.media._fault import LogLine
    from kyodaku.media._records import FaultKind, Limits, MediaError

__all__ = ["Sounding", "read_sound"]

Sounding = tuple[int, float, "NDArray[np.float32]"]
"""Number of the track, seconds at which the samples begin, samples: one row, or two with its side."""

HIGHEST_RATE = 768_000  # twice what studios record with
MOST_CHANNELS = 64  # third-order ambisonics with commentary; FFmpeg would take thousands
MOST_CHANGES = 1000  # of rate or layout within one track: each builds a resampler anew
DEMUX_TRIES = 8
LEAST_GAP_S = 0.1  # shorter ones are rounding
BLOCK = 8192  # samples gathered before they are handed on: a second costs one message, not fifty
LONGEST_GAP_S = 60.0  # longer ones are a new count that a join began
LATEST_START_S = 3600.0
ENDS_EARLY_S, ENDS_EARLY_SHARE = 1.0, 0.02
CANCELLED = 0.1  # what is left in their mean, as a share of what channels leave that have nothing to do with each other
LOUDEST = 8.0  # samples beyond it are no sound; float codecs can hold anything


def read_sound(
    file: BinaryIO,
    sampling: SoundSampling,
    limits: Limits,
    *,
    beat: Callable[[], None] = lambda: None,
    logs: list[LogLine] | None = None,
) -> Generator[Sounding, None, Heard]:
    """The sound of every track, as it comes; returns how the reading ended. Never raises for what the file is."""
    tracks: list[_Track] = []
    error: MediaError | None = None
    noted = [] if logs is None else logs
    try:
        file.seek(0)
        head = file.read(HEAD_BYTES)
        file.seek(0)
        if not head:
            raise Fault("empty", "the file holds no bytes")  # noqa: TRY301 - one place turns faults into values
        if still_format(head) is None:
            with closing(open_container(file, limits, noted)) as container:
                tracks = _tracks(container, sampling, limits)
                yield from _listened(container, tracks, beat, noted)
    except Exception as raised:  # noqa: BLE001 - every fault is an answer
        error = as_value(raised, limits)
    facts = tuple(track.facts() for track in tracks)
    return Heard(tracks=facts, error=error or _first_fault(facts))


def _first_fault(tracks: tuple[SoundTrack, ...]) -> MediaError | None:
    for number, track in enumerate(tracks, 1):
        if track.error is not None:
            return Fault(track.error.kind, f"sound track {number}: {track.error.message}").error
    return None


def _tracks(container: InputContainer, sampling: SoundSampling, limits: Limits) -> list[_Track]:
    """The tracks that are there, each ready to be decoded; too many are a fault, since none may be passed over."""
    streams = list(container.streams.audio)
    if len(streams) > sampling.max_tracks:
        raise Fault("too_large", f"{len(streams)} sound tracks is more than {sampling.max_tracks}")
    numbers = {stream.index for stream in streams}
    for other in container.streams:
        other.discard = Discard.none if other.index in numbers else Discard.all
    zero = _zero_s(container)
    return [
        _Track(
            stream=stream,
            sampling=sampling,
            limits=limits,
            zero_s=zero,
            declared_s=_own_duration_s(container, stream),
        )
        for stream in streams
    ]


def _own_duration_s(container: InputContainer, stream: AudioStream) -> float | None:
    """How long the track says it is; that the file is longer says nothing of it."""
    declared, is_its_own = declared_duration(container, stream)
    return declared if is_its_own else None


def _zero_s(container: InputContainer) -> float | None:
    """The time stamp, in seconds, from which all of a film is counted: that of its first picture, if it has any."""
    for stream in container.streams.video:
        if stream.start_time is not None and stream.time_base:
            return float(stream.start_time * stream.time_base)
    return None


def _listened(
    container: InputContainer, tracks: list[_Track], beat: Callable[[], None], logs: list[LogLine]
) -> Iterator[Sounding]:
    by_stream = {track.stream.index: (number, track) for number, track in enumerate(tracks)}
    streams = [track.stream for track in tracks if track.error is None]
    cut_off = Flag()
    for packet in _demuxed(container, streams, beat, cut_off) if streams else ():
        number, track = by_stream[packet.stream.index]
        track.take(packet, logs)
        for start, samples in track.blocks(BLOCK):
            yield number, start, samples
    cut_off.up |= any("ended prematurely" in text for _, _, text in logs)
    for number, track in enumerate(tracks):
        track.finish(logs, cut_off=cut_off.up)
        for start, samples in track.blocks(1):
            yield number, start, samples


@dataclass(kw_only=True, slots=True)
class Flag:
    """Something that may come to be said."""

    up: bool = False


def _demuxed(
    container: InputContainer, streams: list[AudioStream], beat: Callable[[], None], cut_off: Flag
) -> Iterator[Packet[Any]]:
    """Packets of these streams; a reader that fails this often without one in between has reached what there is."""
    failures = 0
    while failures < DEMUX_TRIES:
        try:
            for packet in container.demux(streams):
                beat()
                if packet.size:
                    failures = 0
                    yield packet
        except MemoryError:
            raise
        except FFmpegError:
            failures += 1
        else:
            return
    cut_off.up = True


@dataclass(kw_only=True)
class _Track:
    """One sound track while it is read; a fault in it ends it and leaves the others alone."""

    stream: AudioStream
    sampling: SoundSampling
    limits: Limits
    zero_s: float | None
    declared_s: float | None = None
    error: MediaError | None = None
    packets: int = 0
    bad: int = 0
    truncated: bool = False
    start_s: float = 0.0
    samples: int = 0
    silence: int = 0
    changes: int = 0
    last_error: Exception | None = None
    _shape: tuple[str, str, int] | None = None
    _resampler: AudioResampler | None = None
    _context: AudioCodecContext | None = None
    _waiting: list[NDArray[np.float32]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._context = getattr(self.stream, "codec_context", None)  # none where FFmpeg has no decoder
        if self._context is None:
            self.error = Fault("unsupported", "no decoder for its codec").error
            return
        self._context.thread_count = 1
        self.error = self._excess(self._context.sample_rate or 0, self._context.channels or 0)

    def facts(self) -> SoundTrack:
        """What was found out."""
        context = self._context
        return SoundTrack(
            codec=context.codec.canonical_name if context else "unknown",
            rate=min(max(0, context.sample_rate or 0), HIGHEST_RATE) if context else 0,
            channels=min(max(0, context.channels or 0), MOST_CHANNELS) if context else 0,
            start_s=self.start_s,
            duration_s=self.samples / self.rate,
            skipped_packets=self.bad,
            error=self.error,
            truncated=self.truncated,
            declared_s=self.declared_s,
            lost_s=self._lost_s(),
        )

    @property
    def rate(self) -> int:
        """Samples a second that are delivered."""
        return self.sampling.rate

    def take(self, packet: Packet[Any] | None, logs: list[LogLine]) -> None:
        """Decode one packet; None empties the decoder."""
        if self.error is not None or self._context is None:
            return
        self.packets += packet is not None
        try:
            for frame in self._context.decode(packet):
                self._place(frame)
        except MemoryError:
            raise
        except Fault as fault:
            self.error = fault.error
        except EndOfStream:
            self._context.flush_buffers()
        except (FFmpegError, ValueError) as error:
            self._count_bad(error, logs)
        del logs[:-1]

    def finish(self, logs: list[LogLine], *, cut_off: bool = False) -> None:
        """Take what decoder and resampler still hold, and judge the whole."""
        self.take(None, logs)
        if self.error is None:
            self._wait_for_more(self._through(None))
            self.error = self._judged(logs)
            end = max(0.0, self.start_s) + self.samples / self.rate
            self.truncated = cut_off or end + ENDS_EARLY_S < (self.declared_s or 0.0) * (1 - ENDS_EARLY_SHARE)

    def blocks(self, least: int) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """What has been heard and not been given out yet, once it is at least so many samples."""
        count = sum(part.shape[1] for part in self._waiting)
        if count < least:
            return
        rows = max(map(len, self._waiting))
        heard = np.concatenate([_with_rows(part, rows) for part in self._waiting], axis=1)
        self._waiting.clear()
        start = self.start_s + (self.samples - count) / self.rate
        for at in range(0, count, LONGEST_BLOCK):
            yield start + at / self.rate, heard[:, at : at + LONGEST_BLOCK]

    def _judged(self, logs: list[LogLine]) -> MediaError | None:
        if self.samples == 0 and self.last_error is not None:
            kind: FaultKind = "unsupported" if isinstance(self.last_error, LACKING) else "corrupt"
            return Fault(kind, f"nothing in it decodes: {reason(self.last_error, logs)}").error
        if self.samples == 0 and (self.packets or (self.stream.duration or 0) > 0):
            return Fault("corrupt", "nothing in it decodes: it is cut off or damaged").error
        if self.bad > self.limits.max_bad_share * max(1, self.packets):
            return Fault("corrupt", f"{self.bad} of {self.packets} packets could not be decoded").error
        return None

    def _count_bad(self, error: Exception, logs: list[LogLine]) -> None:
        self.bad += 1
        self.last_error = error
        if line := too_large_by_log(logs):
            self.error = Fault("too_large", line).error
        elif self.bad > self.limits.max_bad_packets:
            self.error = Fault("corrupt", f"more than {self.limits.max_bad_packets} packets could not be decoded").error

    def _place(self, frame: AudioFrame) -> None:
        """Take the frame's sound, after the silence that its time stamp leaves before it."""
        if fault := self._excess(frame.sample_rate or 0, frame.layout.nb_channels):
            self.error = fault
            return
        if gap := self._gap(frame):
            self.silence += gap
            self._wait_for_more([np.zeros((1, gap), dtype=np.float32)])
        frame.pts = None  # the resampler would fill gaps by rules of its own
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape:
            self._wait_for_more(self._through(None))
            self._renew(shape)
        self._wait_for_more(self._through(frame))

    def _gap(self, frame: AudioFrame) -> int:
        """Samples of silence before a frame: recordings stop and go on, and lines run through."""
        if frame.pts is None or not frame.time_base:
            return 0
        stamp = float(frame.pts * frame.time_base)
        if self.zero_s is None:
            self.zero_s = stamp
        if self.samples == 0 and self._resampler is None:
            start = stamp - self.zero_s
            self.start_s = start if abs(start) <= LATEST_START_S else 0.0
        ahead = stamp - self.zero_s - self.start_s - self.samples / self.rate
        return round(ahead * self.rate) if LEAST_GAP_S < ahead <= LONGEST_GAP_S else 0

    def _lost_s(self) -> float:
        """The packets that could not be decoded, each taken to hold as much as one that could."""
        good = self.packets - self.bad
        return self.bad * (self.samples - self.silence) / self.rate / good if good > 0 else 0.0

    def _renew(self, shape: tuple[str, str, int]) -> None:
        self.changes += 1
        if self.changes > MOST_CHANGES:
            raise Fault("corrupt", f"its rate or layout changes more than {MOST_CHANGES} times")
        self._shape = shape
        # interleaved: PyAV reads beyond its pictures of planes where there are eight or more
        self._resampler = AudioResampler("flt", shape[1], self.rate)

    def _through(self, frame: AudioFrame | None) -> list[NDArray[np.float32]]:
        if self._resampler is None:
            return []
        return [_heard(_planes(out), sides=self.sampling.sides) for out in self._resampler.resample(frame)]

    def _wait_for_more(self, parts: list[NDArray[np.float32]]) -> None:
        self._waiting += parts
        self.samples += sum(part.shape[1] for part in parts)
        if self.samples > self.limits.max_duration_s * self.rate:
            raise Fault("too_large", f"longer than {self.limits.max_duration_s:g} seconds")

    def _excess(self, rate: int, channels: int) -> MediaError | None:
        if rate > HIGHEST_RATE:
            return Fault("too_large", f"{rate} samples a second is more than {HIGHEST_RATE}").error
        if channels > MOST_CHANNELS:
            return Fault("too_large", f"{channels} channels is more than {MOST_CHANNELS}").error
        return None


def _planes(frame: AudioFrame) -> NDArray[np.float32]:
    return frame.to_ndarray().astype(np.float32, copy=False).reshape(-1, frame.layout.nb_channels).T


def _with_rows(part: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    return part if len(part) == rows else np.pad(part, ((0, rows - len(part)), (0, 0)))


def _heard(planes: NDArray[np.float32], *, sides: bool) -> NDArray[np.float32]:
    """The mean of the channels, or the loudest one where they cancel each other, and the side; always finite."""
    planes = np.clip(np.nan_to_num(planes, nan=0.0, posinf=0.0, neginf=0.0), -LOUDEST, LOUDEST)
    mean = planes.mean(axis=0)
    if len(planes) > 1:
        powers = np.square(planes, dtype=np.float64).mean(axis=1)
        if np.square(mean, dtype=np.float64).mean() < CANCELLED * powers.mean() / len(planes):
            mean = planes[int(np.argmax(powers))]
        if sides:
            return np.stack([mean, (planes[0] - planes[1]) / 2])
    one: NDArray[np.float32] = mean[None]
    return one
