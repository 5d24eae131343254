# SPDX-License-Identifier: Apache-2.0
"""The parent's hold on one decoder process: start it, hand it files, read its answers against the clock, end it."""

from __future__ import annotations

import fcntl
import json
import math
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kyodaku.media._answers import decode_document
from kyodaku.media._fault import Fault
from kyodaku.media._records import Sandbox
from kyodaku.media._sound_records import LONGEST_BLOCK, Heard
from kyodaku.media._wire import (
    BEAT,
    DOCUMENT,
    FRAME,
    HEADER,
    LONGEST_DOCUMENT,
    REPEAT,
    SOUND,
    SOUND_AND_SIDE,
    send_request,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kyodaku.media._decode import Picture
    from kyodaku.media._hear import Sounding
    from kyodaku.media._records import Limits, MediaError, MediaInfo, Sampled, Sampling
    from kyodaku.media._sound_records import SoundSampling

__all__ = ["Worker"]

# The child finds the room's modules beside this one, and everything else where the parent finds it, without the
# parent's environment, working directory or start-up files, and without the package's public face, which would bring
# the rest of the house.
BOOTSTRAP = """
import json, sys, types
home, sys.path[:] = sys.argv[5], json.loads(sys.argv[6])
for name, path in (("kyodaku", home), ("kyodaku.media", home + "/media")):
    sys.modules[name] = package = types.ModuleType(name)
    package.__path__ = [path]
from kyodaku.media._child import main
main()
"""
KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
# One decoding thread a process; OpenBLAS and OpenMP would reserve memory for as many as there are cores. And the C
# library keeps freed pictures for the next ones: handing them back to the kernel costs a page fault for every 4 KiB of
# every frame, up to a fifth of the time that a small film takes.
ADDED_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
    "MALLOC_TOP_PAD_": str(4 << 20),
    "LC_ALL": "C.UTF-8",
}
PIPE_BYTES = 1 << 20  # what an unprivileged process may ask for: two or three pictures that wait while we work
START_S = 60.0
LAST_BREATH_S = 5.0


class Worker:
    """One decoder process. Every fault is raised as `Fault`; after one, the process is of no further use."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.served = 0
        self._owner = os.getpid()
        self._patience, self._waited = START_S, 0.0
        self._sandbox: Sandbox | None = None
        self._start()

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        answers, pipe = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
                self._command(theirs.fileno(), pipe),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), pipe),
                env={name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ} | ADDED_ENVIRONMENT,
                cwd="/",
                process_group=0,  # out of reach of the terminal's Ctrl-C
            )
        except OSError as error:
            ours.close()
            os.close(answers)
            raise Fault("crashed", f"the decoder process cannot be started: {error.strerror}") from error
        finally:
            theirs.close()
            os.close(pipe)
        self._line, self._answers = ours, answers
        self._poll = select.poll()
        self._poll.register(answers, select.POLLIN)
        with suppress(OSError, AttributeError):  # a small pipe costs switches, nothing else
            fcntl.fcntl(answers, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def _command(self, requests: int, pipe: int) -> list[str]:
        home = Path(__file__).resolve().parent.parent
        path = [entry for entry in sys.path if Path(entry).is_absolute()]
        arguments = [str(requests), str(pipe), str(os.getpid()), json.dumps(asdict(self.limits))]
        return [sys.executable, "-I", "-S", "-B", "-c", BOOTSTRAP, *arguments, str(home), json.dumps(path)]

    @property
    def pid(self) -> int:
        """The process's number, while it lives."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether the process lives and is this process's own, not one that a fork inherited."""
        return self._owner == os.getpid() and self._process.poll() is None

    def end(self) -> None:
        """End the process at once and let go of everything; may be called again."""
        if self._owner == os.getpid():
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):  # stuck in the kernel, on a disk that does not answer
                self._process.wait(LAST_BREATH_S)
        if self._answers >= 0:
            self._line.close()
            os.close(self._answers)
            self._answers = -1

    def sandbox(self) -> Sandbox:
        """What the process reported of its walls, before it read anything."""
        if self._sandbox is None:
            self._patience, self._waited = START_S, 0.0
            kind, _, length, _ = self._header()
            first = self._document(length) if kind == DOCUMENT else None
            if not isinstance(first, Sandbox):
                raise self._nonsense()
            self._sandbox = first
        return self._sandbox

    def ask(self, file: int, sampling: Sampling | None) -> Iterator[Picture | MediaInfo | MediaError | Sampled]:
        """The pictures of an open file, then the last word on it; with no `sampling`, only the word."""
        self._begin(sampling, file)
        side, most = (sampling.max_side, _most_frames(sampling, self.limits)) if sampling else (0, 0)
        pixels: NDArray[np.uint8] | None = None
        while True:
            kind, height, width, time_s = self._header()
            if kind == DOCUMENT:
                yield self._last_word(width)
                return
            if kind == BEAT:
                continue
            if kind == FRAME and 1 <= height <= side and 1 <= width <= side:
                pixels = np.empty((height, width, 3), np.uint8)
                self._fill(pixels.data.cast("B"))
            elif kind != REPEAT:
                raise self._nonsense()
            most -= 1
            if pixels is None or most < 0 or not 0 <= time_s < math.inf:
                raise self._nonsense()
            yield time_s, pixels

    def hear(self, file: int, sampling: SoundSampling) -> Iterator[Sounding | Heard]:
        """The sound of an open file, then the last word on it."""
        self._begin(sampling, file)
        left = sampling.max_tracks * int(self.limits.max_duration_s * sampling.rate + 1)
        while True:
            kind, track, length, time_s = self._header()
            if kind == BEAT:
                continue
            if kind == DOCUMENT:
                word = self._document(length)
                if not isinstance(word, Heard):
                    raise self._nonsense()
                yield word
                return
            left -= length
            known = kind == SOUND or (kind == SOUND_AND_SIDE and sampling.sides)
            if not known or track >= sampling.max_tracks or not 1 <= length <= LONGEST_BLOCK or left < 0:
                raise self._nonsense()
            samples = np.empty((1 if kind == SOUND else 2, length), np.float32)
            self._fill(samples.data.cast("B"))
            if not (math.isfinite(time_s) and np.isfinite(samples).all()):
                raise self._nonsense()
            yield track, time_s, samples

    def _begin(self, sampling: Sampling | SoundSampling | None, file: int) -> None:
        self.sandbox()
        self.served += 1
        self._patience, self._waited = self.limits.stall_s, 0.0
        try:
            send_request(self._line, sampling, file)
        except OSError as error:
            raise self._death() from error

    def _last_word(self, length: int) -> MediaInfo | MediaError | Sampled:
        word = self._document(length)
        if isinstance(word, Sandbox | Heard):
            raise self._nonsense()
        return word

    # --- the pipe and the clock ------------------------------------------------------------------------------------

    def _header(self) -> tuple[int, int, int, float]:
        header = bytearray(HEADER.size)
        self._fill(memoryview(header))
        kind, first, second, time_s = HEADER.unpack(header)
        return kind, first, second, time_s

    def _document(self, length: int) -> MediaInfo | MediaError | Sampled | Sandbox | Heard:
        if length > LONGEST_DOCUMENT:
            raise self._nonsense()
        body = bytearray(length)
        self._fill(memoryview(body))
        try:
            return decode_document(bytes(body))
        except ValueError as error:
            raise self._nonsense() from error

    def _fill(self, buffer: memoryview) -> None:
        while buffer:
            self._wait()
            count = os.readv(self._answers, [buffer])
            if count == 0:
                raise self._death()
            buffer = buffer[count:]

    def _wait(self) -> None:
        """Until the process has written something. Only waiting counts: a caller may take its time in between."""
        begun = time.monotonic()
        longest = min(self._patience, self.limits.wall_s - self._waited)
        ready = self._poll.poll(max(0.0, longest) * 1000)
        self._waited += time.monotonic() - begun
        if not ready:
            raise Fault("timed_out", f"the decoder gave no sign for {longest:.3g} seconds, {self._waited:.3g} in all")

    # --- ends ------------------------------------------------------------------------------------------------------

    def _death(self) -> Fault:
        """What the end of the pipe means: the process ended, and how."""
        try:
            status = self._process.wait(LAST_BREATH_S)
        except subprocess.TimeoutExpired:
            return self._nonsense()
        if status == -signal.SIGXCPU:
            return Fault("timed_out", f"more than {self.limits.cpu_s:g} seconds of processor time")
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        return Fault("crashed", f"the decoder process {how}")

    def _nonsense(self) -> Fault:
        return Fault("crashed", "the decoder process does not keep to the protocol")


def _most_frames(sampling: Sampling, limits: Limits) -> int:
    """More than any file within limits can yield."""
    if sampling.mode == "at":
        return len(sampling.at)
    return max(limits.max_frames, int(limits.max_duration_s * sampling.fps) + 1)
