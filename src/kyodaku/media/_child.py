# SPDX-License-Identifier: Apache-2.0
"""The decoder process: takes open files from its parent one by one and answers each with pictures and a last word.

Started by `_worker`. It imports all it will ever need, raises the walls of `_sandbox`, and then only reads what it is
handed and writes to one pipe.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import av
import av.logging
from PIL import AvifImagePlugin

from kyodaku.media._decode import probe_file, read_pictures
from kyodaku.media._hear import read_sound
from kyodaku.media._records import Limits
from kyodaku.media._sandbox import allow_cpu, die_with_parent, enter
from kyodaku.media._sound_records import SoundSampling
from kyodaku.media._wire import receive_request, send_beat, send_document, send_frame, send_sound

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from kyodaku.media._decode import Picture
    from kyodaku.media._hear import Sounding
    from kyodaku.media._records import MediaError, MediaInfo, Sampled
    from kyodaku.media._sound_records import Heard

__all__ = ["main", "serve"]

BEAT_S = 0.5


def main() -> None:  # pragma: no cover - behind the walls, where coverage cannot write
    """Run as `python -I -S -c ... REQUEST_FD PIPE_FD PARENT_PID LIMITS`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    requests, pipe, parent, limits_json = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    die_with_parent(parent)
    limits = Limits(**json.loads(limits_json))
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)  # it would swallow what this file shares with the one before
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # within the walls there are no others
    with suppress(BrokenPipeError, ConnectionError), socket.socket(fileno=requests) as line:
        _import_the_rest()
        gc.freeze()
        send_document(pipe, enter(limits.memory_bytes))
        serve(line, pipe, limits)


def _import_the_rest() -> None:  # pragma: no cover - behind the walls, where coverage cannot write
    """What PyAV imports only when it meets it: within the walls nothing can be imported any more."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if module.name not in ("av.__main__", "av.datasets"):
            importlib.import_module(module.name)


def serve(line: socket.socket, pipe: int, limits: Limits) -> None:
    """Answer requests until the parent hangs up."""
    while request := receive_request(line):
        sampling, descriptor = request
        allow_cpu(limits.cpu_s)
        with os.fdopen(descriptor, "rb", buffering=0) as file, av.logging.Capture() as logs:
            if sampling is None:
                answer: MediaInfo | MediaError | Sampled | Heard = probe_file(file, limits, beat=_beat(pipe), logs=logs)
            elif isinstance(sampling, SoundSampling):
                answer = _send_sound(read_sound(file, sampling, limits, beat=_beat(pipe), logs=logs), pipe)
            else:
                answer = _send_pictures(read_pictures(file, sampling, limits, beat=_beat(pipe), logs=logs), pipe)
        gc.collect()  # PyAV's containers and streams hold each other
        send_document(pipe, answer)


def _send_pictures(pictures: Generator[Picture, None, Sampled], pipe: int) -> Sampled:
    last = None
    while True:
        try:
            time_s, pixels = next(pictures)
        except StopIteration as end:
            ended: Sampled = end.value
            return ended
        send_frame(pipe, time_s, None if pixels is last else pixels)
        last = pixels


def _send_sound(blocks: Generator[Sounding, None, Heard], pipe: int) -> Heard:
    while True:
        try:
            track, time_s, samples = next(blocks)
        except StopIteration as end:
            heard: Heard = end.value
            return heard
        send_sound(pipe, track, time_s, samples)


def _beat(pipe: int) -> Callable[[], None]:
    due = time.monotonic() + BEAT_S

    def beat() -> None:
        nonlocal due
        if (now := time.monotonic()) >= due:
            due = now + BEAT_S
            send_beat(pipe)

    return beat
