# SPDX-License-Identifier: Apache-2.0
"""The room's front: files in, frames and facts out, every fault a value."""

from __future__ import annotations

import os
import stat
import weakref
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from kyodaku.media._decode import read_pictures
from kyodaku.media._fault import NO_MEMORY, Fault
from kyodaku.media._records import Frame, Limits, MediaError, MediaInfo, Sampled, Sampling, Sandbox
from kyodaku.media._worker import Worker
from kyodaku.media.sound import Heard, SoundBlock, SoundSampling, SoundStream, unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from types import TracebackType

    from kyodaku.media._decode import Picture

__all__ = ["Decoder", "FrameStream", "decode_in_process"]

_Answer = TypeVar("_Answer")

FILES_PER_PROCESS = 500  # then a fresh one, so that what libraries leak does not add up over ten thousand clips
NOT_PLAIN = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_GIVEN_UP = MediaError(kind="crashed", message="the reading was given up before its end")
_STRANGE = MediaError(kind="crashed", message="the decoder process does not keep to the protocol")
SPENT = frozenset({"timed_out", "crashed"})  # after these, or without memory, a process may be in any state


class FrameStream:
    """The frames of one file, to be iterated once; `result` says how it ended.

    Frames arrive as they are decoded; a handful wait at any time. Iterating never raises for what the file is.
    """

    def __init__(self, frames: Generator[Frame, None, Sampled]) -> None:
        self._frames = frames
        self._count = 0
        self._result: Sampled | None = None

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        try:
            frame = next(self._frames)
        except StopIteration as end:
            self._result = self._result or end.value or _unread(self._count, _GIVEN_UP)
            raise
        self._count += 1
        return frame

    @property
    def result(self) -> Sampled:
        """How the reading ended; asked for before the end, it reads on to the end first."""
        for _ in self:
            pass
        assert self._result is not None
        return self._result

    def close(self) -> None:
        """Read no further."""
        self._frames.close()


class Decoder:
    """Reads media in a child process with walls around it: see `sandbox`.

    The process starts with the first file and is replaced whenever a file crashed it, hung it or overran its limits;
    that file's answer says so and the next is read as if nothing had happened. One file at a time: a new file ends the
    reading of the one before. One thread at a time; the process ends with the thread that started it, and another takes
    its place. Close it, or use it as a context manager.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._held: list[Worker] = []
        self._turn = 0
        self._busy = False
        self._finalizer = weakref.finalize(self, _end_all, self._held)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; a later call starts another."""
        self._turn += 1
        self._end()

    @property
    def pid(self) -> int | None:
        """The process at work, if there is one."""
        return self._held[0].pid if self._held and self._held[0].usable else None

    @property
    def sandbox(self) -> Sandbox | MediaError:
        """Which walls stand, as tried from inside; starts the process."""
        try:
            return self._worker().sandbox()
        except Fault as fault:
            self._end()
            return fault.error

    def probe(self, path: str | bytes | os.PathLike[str]) -> MediaInfo | MediaError:
        """What a file is; its first frame has been decoded."""
        try:
            with closing(self._ask(path, None)) as answers:
                answer = next(answers, None)
        except Fault as fault:
            return fault.error
        return answer if isinstance(answer, (MediaInfo, MediaError)) else _STRANGE

    def sample(self, path: str | bytes | os.PathLike[str], sampling: Sampling | None = None) -> FrameStream:
        """The frames of a file that `sampling` asks for; nothing is read before the first is asked for."""
        return FrameStream(self._frames(path, sampling or Sampling()))

    def _frames(self, path: str | bytes | os.PathLike[str], sampling: Sampling) -> Generator[Frame, None, Sampled]:
        count, time_s, error = 0, 0.0, _STRANGE
        try:
            with closing(self._ask(path, sampling)) as answers:
                for answer in answers:
                    if isinstance(answer, Sampled):
                        return answer
                    if not isinstance(answer, tuple):
                        break
                    time_s, pixels = answer
                    yield Frame(time_s=time_s, pixels=pixels)
                    count += 1
        except Fault as fault:
            error = fault.error
        return _unread(count, error, time_s)

    def sound(self, path: str | bytes | os.PathLike[str], sampling: SoundSampling | None = None) -> SoundStream:
        """The sound of a file, all tracks of it; nothing is read before the first block is asked for."""
        return SoundStream(self._blocks(path, sampling or SoundSampling()))

    def _blocks(
        self, path: str | bytes | os.PathLike[str], sampling: SoundSampling
    ) -> Generator[SoundBlock, None, Heard]:
        try:
            with closing(self._tell(path, lambda worker, file: worker.hear(file, sampling))) as answers:
                for answer in answers:
                    if isinstance(answer, Heard):
                        return answer
                    track, time_s, samples = answer
                    side = samples[1] if len(samples) > 1 else None
                    yield SoundBlock(track=track, time_s=time_s, samples=samples[0], side=side)
        except Fault as fault:
            return unheard(fault.error)
        return unheard(_STRANGE)

    def _ask(
        self, path: str | bytes | os.PathLike[str], sampling: Sampling | None
    ) -> Generator[Picture | MediaInfo | MediaError | Sampled, None, None]:
        """All that the process says about one file's pictures, or its facts."""
        return self._tell(path, lambda worker, file: worker.ask(file, sampling))

    def _tell(
        self, path: str | bytes | os.PathLike[str], asked: Callable[[Worker, int], Iterator[_Answer]]
    ) -> Generator[_Answer, None, None]:
        """The answers to one question about a file. If anything goes wrong, the process does not outlive it."""
        with _opened(path, self.limits) as file:
            self._turn += 1
            turn, worker = self._turn, self._worker()
            self._busy = True
            try:
                for answer in asked(worker, file):
                    self._busy = isinstance(answer, tuple) or _spends(answer)
                    yield answer
                    if self._turn != turn:
                        raise Fault("crashed", _GIVEN_UP.message)
            finally:
                if self._busy and self._turn == turn:
                    self._end()

    def _worker(self) -> Worker:
        """A process that is free: the one there is, unless it is busy with an abandoned file, dead or old."""
        if self._held and (self._busy or not self._held[0].usable or self._held[0].served >= FILES_PER_PROCESS):
            self._end()
        if not self._held:
            self._held.append(Worker(self.limits))
        return self._held[0]

    def _end(self) -> None:
        self._busy = False
        _end_all(self._held)


def decode_in_process(
    path: str | bytes | os.PathLike[str], sampling: Sampling | None = None, limits: Limits | None = None
) -> FrameStream:
    """The same frames, decoded in this process without walls around it: for measuring, and for files one made oneself.

    A hostile file can crash, hang or take over the process.
    """
    return FrameStream(_frames_in_process(path, sampling or Sampling(), limits or Limits()))


def _frames_in_process(
    path: str | bytes | os.PathLike[str], sampling: Sampling, limits: Limits
) -> Generator[Frame, None, Sampled]:
    try:
        with _opened(path, limits) as descriptor, os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
            pictures = read_pictures(file, sampling, limits)
            while True:
                try:
                    time_s, pixels = next(pictures)
                except StopIteration as end:
                    ended: Sampled = end.value
                    return ended
                yield Frame(time_s=time_s, pixels=pixels)
    except Fault as fault:
        return _unread(0, fault.error)


@contextmanager
def _opened(path: str | bytes | os.PathLike[str], limits: Limits) -> Iterator[int]:
    """A descriptor of a plain file with something in it; raises `Fault` for all else, without ever waiting."""
    where = Path(os.fsdecode(path))
    try:
        _refuse_unless_plain(where.stat())  # before opening: to open some devices is to act on them
        descriptor = os.open(where, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        raise Fault("unsupported", f"cannot be opened: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise Fault("unsupported", f"cannot be opened: {error}") from error
    try:
        status = os.fstat(descriptor)
        _refuse_unless_plain(status)
        if status.st_size == 0:
            raise Fault("empty", "the file holds no bytes")
        if status.st_size > limits.max_bytes:
            raise Fault("too_large", f"{status.st_size} bytes is more than {limits.max_bytes}")
        yield descriptor
    finally:
        os.close(descriptor)


def _refuse_unless_plain(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        name = next((name for of_kind, name in NOT_PLAIN if of_kind(status.st_mode)), "something else")
        raise Fault("unsupported", f"not a file but {name}")


def _spends(answer: object) -> bool:
    """Whether a process that gave this last word should not be used again."""
    error = getattr(answer, "error", answer)
    return isinstance(error, MediaError) and (error.kind in SPENT or error.message.startswith(NO_MEMORY))


def _unread(frames: int, error: MediaError, reached_s: float = 0.0) -> Sampled:
    return Sampled(info=None, frames=frames, skipped_packets=0, duration_s=reached_s, error=error)


def _end_all(workers: list[Worker]) -> None:
    while workers:
        workers.pop().end()
