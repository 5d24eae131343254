# SPDX-License-Identifier: Apache-2.0
"""What parent and decoder process say to each other: small headers, raw pixels, and JSON for the rest.

A request is one JSON document, its length before it, over a Unix socket, with the open file as ancillary data. The
answer comes through a pipe as messages, each a header (`HEADER`) and a body. The parent believes none of it unchecked:
whoever found a hole in a decoder speaks through this pipe.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from kyodaku.media._records import MediaError, MediaInfo, Sampled, Sampling, Sandbox
from kyodaku.media._sound_records import Heard, SoundSampling

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "BEAT",
    "DOCUMENT",
    "FRAME",
    "HEADER",
    "LONGEST_DOCUMENT",
    "REPEAT",
    "SOUND",
    "SOUND_AND_SIDE",
    "encode_document",
    "receive_request",
    "send_beat",
    "send_document",
    "send_frame",
    "send_request",
    "send_sound",
]

# kind, height or number of the track, width or length of the body or number of samples, time
HEADER = struct.Struct("<BxxxIId")
FRAME, REPEAT, BEAT, DOCUMENT, SOUND, SOUND_AND_SIDE = range(1, 7)
LONGEST_DOCUMENT = 1 << 16
LENGTH = struct.Struct("<I")


def send_frame(pipe: int, time_s: float, pixels: NDArray[np.uint8] | None) -> None:
    """One picture; None stands for the one before, again."""
    if pixels is None:
        _write(pipe, HEADER.pack(REPEAT, 0, 0, time_s))
    else:
        height, width, _ = pixels.shape
        _write(pipe, HEADER.pack(FRAME, height, width, time_s), pixels.data.cast("B"))


def send_sound(pipe: int, track: int, time_s: float, samples: NDArray[np.float32]) -> None:
    """Some samples of one track, of shape (1, samples), or (2, samples) with its side."""
    kind = SOUND if len(samples) == 1 else SOUND_AND_SIDE
    _write(pipe, HEADER.pack(kind, track, samples.shape[1], time_s), np.ascontiguousarray(samples).data.cast("B"))


def send_beat(pipe: int) -> None:
    """A sign of life."""
    _write(pipe, HEADER.pack(BEAT, 0, 0, 0.0))


def send_document(pipe: int, record: MediaInfo | MediaError | Sampled | Sandbox | Heard) -> None:
    """A record; the last word on a request."""
    body = encode_document(record)
    _write(pipe, HEADER.pack(DOCUMENT, 0, len(body), 0.0), body)


def encode_document(record: MediaInfo | MediaError | Sampled | Sandbox | Heard) -> bytes:
    """A record as JSON, its name on the line before."""
    return f"{type(record).__name__}\n{json.dumps(asdict(record), allow_nan=False)}".encode()


def send_request(line: socket.socket, sampling: Sampling | SoundSampling | None, file: int) -> None:
    """Ask for pictures or the sound of an open file, or for its facts alone; the receiver gets its own descriptor."""
    body = json.dumps(sampling and asdict(sampling)).encode()
    socket.send_fds(line, [LENGTH.pack(len(body))], [file])
    line.sendall(body)


def receive_request(line: socket.socket) -> tuple[Sampling | SoundSampling | None, int] | None:
    """The next request and its file; None when the other side has hung up."""
    length, files, _, _ = socket.recv_fds(line, LENGTH.size, 1)
    if len(length) < LENGTH.size or not files:
        return None
    body = bytearray()
    while len(body) < LENGTH.unpack(length)[0]:
        part = line.recv(LENGTH.unpack(length)[0] - len(body))
        if not part:
            return None
        body += part
    fields = json.loads(body)
    if fields is None:
        return None, files[0]
    if "at" in fields:
        return Sampling(**{**fields, "at": tuple(fields["at"])}), files[0]
    return SoundSampling(**fields), files[0]


def _write(pipe: int, *parts: bytes | memoryview) -> None:
    """Everything, in as few system calls as the pipe allows."""
    rest = [memoryview(part) for part in parts]
    while rest:
        written = os.writev(pipe, rest)
        while rest and written >= len(rest[0]):
            written -= len(rest.pop(0))
        if rest:
            rest[0] = rest[0][written:]
