# SPDX-License-Identifier: Apache-2.0
"""One decoder for all tests that do it no harm: as it is, and again without the process, where coverage sees it."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, cast

import av.logging
import pytest

from kyodaku.media import Decoder, Frame, FrameStream, Limits, MediaError, MediaInfo, Sampled, Sampling
from kyodaku.media._decode import probe_file, read_pictures
from kyodaku.media._decoder import _opened, _unread
from kyodaku.media._fault import Fault
from support.media_files import numbered_frames, write_video

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path
    from typing import BinaryIO


class InThisProcess:
    """What a `Decoder` has its process do, done here."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()

    @contextmanager
    def _open(self, path: Path) -> Iterator[BinaryIO]:
        with _opened(path, self.limits) as opened, os.fdopen(opened, "rb", buffering=0, closefd=False) as file:
            yield file

    def probe(self, path: Path) -> MediaInfo | MediaError:
        try:
            with self._open(path) as file, av.logging.Capture() as logs:
                return probe_file(file, self.limits, logs=logs)
        except Fault as fault:
            return fault.error

    def sample(self, path: Path, sampling: Sampling | None = None) -> FrameStream:
        return FrameStream(self._frames(path, sampling or Sampling()))

    def _frames(self, path: Path, sampling: Sampling) -> Generator[Frame, None, Sampled]:
        try:
            with self._open(path) as file, av.logging.Capture() as logs:
                pictures = read_pictures(file, sampling, self.limits, logs=logs)
                while True:
                    try:
                        time_s, pixels = next(pictures)
                    except StopIteration as end:
                        return cast("Sampled", end.value)
                    yield Frame(time_s=time_s, pixels=pixels)
        except Fault as fault:
            return _unread(0, fault.error)


@pytest.fixture
def captured_logs() -> Iterator[None]:
    """FFmpeg's log goes where it is captured, as in the decoder process."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)
    yield
    av.logging.set_level(before)
    av.logging.set_skip_repeated(True)


@pytest.fixture(scope="session")
def _process() -> Iterator[Decoder]:
    with Decoder() as decoder:
        yield decoder


@pytest.fixture(params=["own process", "this process"])
def decoder(request: pytest.FixtureRequest, _process: Decoder, captured_logs: None) -> Decoder:
    """A decoder with ordinary limits."""
    return _process if request.param == "own process" else cast("Decoder", InThisProcess())


@pytest.fixture(params=["own process", "this process"])
def limited(request: pytest.FixtureRequest, captured_logs: None) -> Iterator[Callable[[Limits], Decoder]]:
    """Makes a decoder with limits of its own."""
    with ExitStack() as stack:
        if request.param == "own process":
            yield lambda limits: stack.enter_context(Decoder(limits))
        else:
            yield lambda limits: cast("Decoder", InThisProcess(limits))


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 numbered frames at 25 a second, a key frame each second."""
    path = tmp_path_factory.mktemp("media") / "film.mp4"
    return write_video(path, numbered_frames(100), options={"g": "25", "sc_threshold": "0"})
