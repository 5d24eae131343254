# SPDX-License-Identifier: Apache-2.0
"""The small parts: first bytes, log lines, messages between processes, tone curves, thumbnails, the public face."""

from __future__ import annotations

import inspect
import io
import json
import os
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kyodaku import media
from kyodaku.media import Limits, MediaError, MediaInfo, Sampled, Sampling, Sandbox, encode_jpeg
from kyodaku.media import _child as child
from kyodaku.media import _wire as wire
from kyodaku.media._answers import decode_document
from kyodaku.media._fault import LONGEST_MESSAGE, Fault, as_value, one_line, reason, too_large_by_log
from kyodaku.media._sniff import looks_like_media, still_format
from kyodaku.media._tone import to_standard_range
from support.media_files import number_of, numbered_frames, quadrants

if TYPE_CHECKING:
    from pathlib import Path

    from kyodaku.media._tone import Transfer

INFO = MediaInfo(container="mov", codec="h264", width=2, height=4, duration_s=1.5, fps=None, kind="video")
ENDED = Sampled(info=INFO, frames=3, skipped_packets=1, duration_s=1.5, error=None)
RECORDS = [
    INFO,
    MediaError(kind="corrupt", message="why"),
    ENDED,
    Sampled(
        info=None,
        frames=0,
        skipped_packets=0,
        duration_s=0.0,
        error=MediaError(kind="empty", message="x"),
        truncated=True,
    ),
    Sandbox(network=True, files=False, processes=True, memory=True, dies_with_parent=False),
]


def test_the_public_face_is_what_it_says() -> None:
    assert sorted(media.__all__) == media.__all__
    for name in media.__all__:
        shown = getattr(media, name)
        assert inspect.getdoc(shown), name


# --- between processes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", RECORDS)
def test_records_come_back_as_they_went(record: MediaInfo | MediaError | Sampled | Sandbox) -> None:
    assert decode_document(wire.encode_document(record)) == record


@given(body=st.binary(max_size=300))
def test_no_noise_makes_a_record(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"record|validation"):
        decode_document(body)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "fine", "message": "x"},
        {"kind": "corrupt", "message": 7},
        {"kind": "corrupt"},
        [],
        {"kind": ["corrupt"], "message": "x"},
    ],
)
def test_records_are_checked_field_by_field(fields: object) -> None:
    with pytest.raises(ValueError, match="validation"):
        decode_document(b"MediaError\n" + json.dumps(fields).encode())


def test_messages_from_the_process_are_tamed() -> None:
    wild = MediaError(kind="corrupt", message="a\x1b[31m\n\x00b" + "x" * 1000)
    tame = decode_document(wire.encode_document(wild))
    assert isinstance(tame, MediaError)
    assert tame.message.startswith("a [31m b")
    assert len(tame.message) <= LONGEST_MESSAGE
    ended = decode_document(wire.encode_document(replace(ENDED, error=wild)))
    assert isinstance(ended, Sampled)
    assert ended.error == tame


def test_requests_arrive_with_their_file(film: Path) -> None:
    ours, theirs = socket.socketpair()
    many = Sampling(mode="at", at=tuple(at / 7 for at in range(50_000)))
    with ours, theirs, film.open("rb") as file:
        for sampling in (None, Sampling(fps=3, reduced=True), many):
            sender = threading.Thread(target=wire.send_request, args=(ours, sampling, file.fileno()))
            sender.start()
            request = wire.receive_request(theirs)
            sender.join()
            assert request is not None
            assert request[0] == sampling
            assert os.path.sameopenfile(request[1], file.fileno())
            os.close(request[1])
        ours.sendall(b"\x05\x00")
        ours.shutdown(socket.SHUT_WR)
        assert wire.receive_request(theirs) is None


def test_a_request_cut_off_is_none(film: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, film.open("rb") as file:
        socket.send_fds(ours, [wire.LENGTH.pack(50)], [file.fileno()])
        ours.sendall(b"half")
        ours.shutdown(socket.SHUT_WR)
        assert wire.receive_request(theirs) is None


def test_the_process_serves_until_its_parent_hangs_up(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's own loop, in a thread of this one."""
    monkeypatch.setattr(child, "BEAT_S", 0.0)
    monkeypatch.setattr(child, "allow_cpu", lambda _: None)
    ours, theirs = socket.socketpair()
    read, write = os.pipe()
    server = threading.Thread(target=child.serve, args=(theirs, write, Limits()))
    server.start()
    kinds, pixels = [], 0
    with ours, film.open("rb") as file, os.fdopen(read, "rb") as pipe:
        wire.send_request(ours, None, file.fileno())
        wire.send_request(ours, Sampling(fps=50, max_side=64), file.fileno())
        documents: list[object] = []
        while len(documents) < 2:
            kind, height, width, _ = wire.HEADER.unpack(pipe.read(wire.HEADER.size))
            kinds.append(kind)
            if kind == wire.FRAME:
                pixels += len(pipe.read(height * width * 3))
            if kind == wire.DOCUMENT:
                documents.append(decode_document(pipe.read(width)))
        ours.shutdown(socket.SHUT_WR)
        server.join()
    theirs.close()
    os.close(write)
    assert isinstance(documents[0], MediaInfo)
    assert isinstance(documents[1], Sampled)
    assert documents[1].frames == 200 == kinds.count(wire.FRAME) + kinds.count(wire.REPEAT)
    assert pixels == kinds.count(wire.FRAME) * 64 * 38 * 3
    assert kinds.count(wire.BEAT) >= 100


# --- words -----------------------------------------------------------------------------------------------------------


@given(text=st.text(max_size=500))
def test_a_message_is_one_printable_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= LONGEST_MESSAGE


def test_reasons_carry_what_ffmpeg_logged() -> None:
    assert reason(OSError(5, "Input/output error")) == "Input/output error"
    assert reason(ValueError()) == "ValueError"
    assert reason(ValueError("bad"), [(16, "h264", "no frame!\n")]) == "bad (no frame!)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Picture size 16000x16000 exceeds specified max pixel count 9, see the documentation\n", "Picture size 16000"),
        ("Picture size 65535x65535 is invalid\n", "Picture size 65535"),
        ("get_buffer() failed\n", "needs more memory"),
        ("Picture size 0x0 is invalid\n", None),
        ("error while decoding MB 1 4\n", None),
    ],
)
def test_sizes_that_ffmpeg_refused_are_found_in_its_log(text: str, said: str | None) -> None:
    found = too_large_by_log([(16, "h264", "fine\n"), (16, "IMGUTILS", text)])
    assert found is None if said is None else (found or "").startswith(said)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Fault("empty", "x"), "empty"),
        (MemoryError(), "too_large"),
        (OSError(5, "Input/output error"), "corrupt"),
        (PermissionError(1, "refused"), "crashed"),
        (KeyError("bug"), "crashed"),
    ],
)
def test_every_exception_is_one_of_the_six_kinds(error: Exception, kind: str) -> None:
    assert as_value(error, Limits()).kind == kind


# --- first bytes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "media", "still"),
    [
        (b"\x00\x00\x00\x18ftypisom" + bytes(40), True, None),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1", True, "AVIF"),
        (b"\x1aE\xdf\xa3", True, None),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X", True, "WEBP"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", True, None),
        (b"\xff\xd8\xff\xe0", True, "JPEG"),
        (b"G" + bytes(187) + b"G", True, None),
        (b"G'day" + bytes(200), False, None),
        (b"hello", False, None),
        (b"", False, None),
    ],
)
def test_first_bytes_tell_media_from_the_rest(*, head: bytes, media: bool, still: str | None) -> None:
    assert looks_like_media(head) is media
    assert still_format(head) == still


# --- tone ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transfer", ["pq", "hlg", "sdr"])
@pytest.mark.parametrize("wide", [False, True])
def test_tone_curves_rise_from_black_to_white(*, transfer: Transfer, wide: bool) -> None:
    ramp = np.linspace(0, 65535, 4096).astype(np.uint16)[None, :, None].repeat(3, -1)
    shades = to_standard_range(ramp, transfer, wide_gamut=wide)[0].astype(int)
    assert shades[0].max() == 0
    assert shades[-1].min() >= 250
    assert (np.diff(shades, axis=0) >= -1).all()
    assert np.ptp(shades, axis=1).max() <= 2  # grey stays grey


def test_standard_range_passes_unchanged() -> None:
    codes = np.arange(256, dtype=np.uint16)
    shades = to_standard_range((codes * 257)[None, :, None].repeat(3, -1), "sdr", wide_gamut=False)
    assert np.abs(shades[0, :, 0].astype(int) - codes).max() <= 1


@settings(max_examples=30)
@given(colour=st.tuples(*[st.integers(0, 65535)] * 3), transfer=st.sampled_from(["pq", "hlg"]))
def test_roll_off_keeps_the_order_of_the_colours(colour: tuple[int, int, int], transfer: Transfer) -> None:
    shade = to_standard_range(np.array([[colour]], np.uint16), transfer, wide_gamut=False)[0, 0]
    order = np.argsort(colour, kind="stable")
    assert (np.diff(shade[order].astype(int)) >= 0).all()


# --- thumbnails ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("max_side", "size"), [(None, (160, 96)), (400, (160, 96)), (80, (80, 48)), (1, (1, 1))])
def test_thumbnails_are_jpeg_pictures_of_the_size_asked_for(max_side: int | None, size: tuple[int, int]) -> None:
    body = encode_jpeg(quadrants(), 90, max_side)
    picture = Image.open(io.BytesIO(body))
    assert (picture.format, picture.size) == ("JPEG", size)


def test_thumbnails_show_the_picture() -> None:
    *_, last = numbered_frames(200)
    picture = Image.open(io.BytesIO(encode_jpeg(last, max_side=80)))
    assert number_of(np.asarray(picture)) == 199
    assert len(encode_jpeg(last, 20)) < len(encode_jpeg(last, 95))
