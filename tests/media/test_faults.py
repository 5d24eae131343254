# SPDX-License-Identifier: Apache-2.0
"""What cannot be read: each kind of fault is a value, says why, and leaves the decoder ready for the next file."""

from __future__ import annotations

import os
import socket
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from kyodaku.media import Decoder, Limits, MediaError, MediaInfo, Sampled, Sampling, decode_in_process
from support.media_files import (
    number_of,
    numbered_frames,
    plain_frame,
    write_animation,
    write_audio,
    write_h264_bomb,
    write_image,
    write_png_bomb,
    write_video,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def fault(decoder: Decoder, path: Path | bytes | str, sampling: Sampling | None = None) -> MediaError:
    """The fault of a file of which nothing can be read, as every way of asking gives it."""
    stream = decoder.sample(path, sampling)
    assert list(stream) == []
    error = stream.result.error
    assert error is not None
    assert error.message == " ".join(error.message.split())
    assert str(error) == f"{error.kind}: {error.message}"
    if sampling is None:
        probed = decoder.probe(path)
        assert isinstance(probed, MediaError)
        assert probed.kind == error.kind
    return error


def test_a_file_of_no_bytes_is_empty(decoder: Decoder, tmp_path: Path) -> None:
    (tmp_path / "nothing.mp4").touch()
    assert fault(decoder, tmp_path / "nothing.mp4").kind == "empty"


def test_a_film_without_frames_is_empty(decoder: Decoder, tmp_path: Path) -> None:
    path = write_video(tmp_path / "one.mp4", numbered_frames(1))
    bare = path.read_bytes()
    table = bare.index(b"stsz") + 12
    sizes = bare.index(b"stts") + 8
    chunks = bare.index(b"stsc") + 8
    offsets = bare.index(b"stco") + 8
    void = bytearray(bare)
    for at in (table, sizes, chunks, offsets):
        void[at : at + 4] = bytes(4)
    path.write_bytes(void)
    assert fault(decoder, path).kind in ("empty", "corrupt")


def test_sound_alone_is_unsupported(decoder: Decoder, tmp_path: Path) -> None:
    for path in (write_audio(tmp_path / "a.m4a"), write_audio(tmp_path / "a.mp3", codec="libmp3lame")):
        assert str(fault(decoder, path)) == "unsupported: no video stream (sound only)"


def test_cover_art_does_not_make_sound_a_film(decoder: Decoder, tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.mp3", codec="libmp3lame")
    image = write_image(tmp_path / "cover.png", plain_frame((9, 9, 9))).read_bytes()
    body = b"\x00image/png\x00\x03\x00" + image
    frame = b"APIC" + len(body).to_bytes(4, "big") + b"\x00\x00" + body
    size = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\x00\x00" + size + frame + path.read_bytes())
    assert fault(decoder, path).kind == "unsupported"


@pytest.mark.parametrize(
    "text",
    [
        "This is a text file.\n" * 50,
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile /etc/passwd\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>',
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["text", "hls", "concat", "dash", "sdp", "svg"],
)
@pytest.mark.parametrize("ending", ["mp4", "m3u8"])
def test_text_and_scripts_are_no_media_whatever_their_name(
    decoder: Decoder, tmp_path: Path, text: str, ending: str
) -> None:
    path = tmp_path / f"file.{ending}"
    path.write_text(text)
    assert fault(decoder, path).kind == "unsupported"


def test_a_wrong_ending_does_not_matter(decoder: Decoder, tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", numbered_frames(3))
    renamed = path.rename(tmp_path / "film.jpg")
    assert isinstance(decoder.probe(renamed), MediaInfo)


@pytest.mark.parametrize("name", ["映画.mp4", "a b\nc.mp4", os.fsdecode(b"\xff\xfe\x80.mp4"), "-i.mp4"])
def test_any_name_that_the_file_system_takes_will_do(decoder: Decoder, film: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    os.link(film, path)
    assert isinstance(decoder.probe(path), MediaInfo)
    assert isinstance(decoder.probe(os.fsencode(path)), MediaInfo)
    assert decoder.sample(str(path)).result.error is None


def test_what_is_not_there_says_so(decoder: Decoder, tmp_path: Path) -> None:
    assert str(fault(decoder, tmp_path / "no.mp4")) == "unsupported: cannot be opened: No such file or directory"
    assert fault(decoder, "a\0b").kind == "unsupported"
    assert fault(decoder, tmp_path / ("x" * 300)).kind == "unsupported"


def test_a_circle_of_links_ends(decoder: Decoder, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").symlink_to(tmp_path / "b.mp4")
    (tmp_path / "b.mp4").symlink_to(tmp_path / "a.mp4")
    assert "symbolic links" in fault(decoder, tmp_path / "a.mp4").message


def test_a_link_to_a_film_is_the_film(decoder: Decoder, film: Path, tmp_path: Path) -> None:
    (tmp_path / "link.mp4").symlink_to(film)
    assert isinstance(decoder.probe(tmp_path / "link.mp4"), MediaInfo)


def test_an_unreadable_file_says_so(decoder: Decoder, film: Path, tmp_path: Path) -> None:
    path = tmp_path / "locked.mp4"
    path.write_bytes(film.read_bytes())
    path.chmod(0)
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)  # the superuser reads everything
    try:
        assert str(fault(decoder, path)) == "unsupported: cannot be opened: Permission denied"
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("what", ["directory", "pipe", "socket", "device"])
def test_only_plain_files_are_opened_and_nothing_waits(decoder: Decoder, tmp_path: Path, what: str) -> None:
    path = tmp_path / "film.mp4"
    if what == "directory":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "device":
        path = Path("/dev/zero")
    begun = time.monotonic()
    with socket.socket(socket.AF_UNIX) as listener:
        if what == "socket":
            os.chdir(tmp_path)
            listener.bind("film.mp4")
        assert fault(decoder, path).message.startswith("not a file but a ")
    assert time.monotonic() - begun < 2


def test_a_codec_that_is_not_known_is_unsupported(decoder: Decoder, tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", numbered_frames(3), options={"flags": "+global_header"})
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzz9"))
    assert fault(decoder, path).kind == "unsupported"


# --- too large -------------------------------------------------------------------------------------------------------


def peak_bytes(pid: int) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


@pytest.fixture(params=["png", "h264", "mp4"])
def bomb(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "png":
        return write_png_bomb(tmp_path / "bomb.png", 9000, 9000)
    size = (320, 240) if request.param == "mp4" else None
    return write_h264_bomb(tmp_path / f"bomb.{request.param}", 16000, 16000, container_size=size)


def test_a_decompression_bomb_is_refused_before_it_takes_memory(bomb: Path) -> None:
    with Decoder() as decoder:
        stream = decoder.sample(bomb)
        peaks = []
        ended = False
        while not ended:
            ended = next(stream, None) is None
            peaks.append(peak_bytes(decoder.pid) if decoder.pid else 0)
        assert stream.result.error is not None
        assert stream.result.error.kind == "too_large"
        assert max(peaks) < 200 << 20


def test_a_bomb_within_the_pixel_limit_meets_the_memory_limit(tmp_path: Path, film: Path) -> None:
    bomb = write_h264_bomb(tmp_path / "bomb.h264", 16000, 16000)
    with Decoder(Limits(max_pixels=1 << 30, memory_bytes=256 << 20)) as decoder:
        assert fault(decoder, bomb).kind == "too_large"
        assert decoder.sample(film).result.error is None
        assert decoder.pid is not None
        assert peak_bytes(decoder.pid) < 400 << 20


def test_a_film_that_turns_into_a_bomb_is_read_but_for_the_bomb(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.h264", numbered_frames(50), container="h264")
    path.write_bytes(path.read_bytes() + write_h264_bomb(tmp_path / "bomb.h264", 16000, 16000).read_bytes())
    with Decoder() as decoder:
        stream = decoder.sample(path, Sampling(mode="all"))
        assert [number_of(frame.pixels) for frame in stream] == [*range(50)]
        assert stream.result.error is None
        assert stream.result.skipped_packets >= 1
        assert decoder.pid is not None
        assert peak_bytes(decoder.pid) < 200 << 20


def test_a_picture_of_eight_thousand_lines_is_read(decoder: Decoder, tmp_path: Path) -> None:
    path = write_h264_bomb(tmp_path / "8k.h264", 8192, 4320)
    assert [frame.pixels.shape for frame in decoder.sample(path)] == [(270, 512, 3)]


TOO_LARGE: dict[str, tuple[Limits, Callable[[Path], Path]]] = {
    "pixels": (Limits(max_pixels=5000), lambda at: write_video(at / "f.mp4", numbered_frames(3))),
    "pixels of a still": (Limits(max_pixels=5000), lambda at: write_image(at / "f.jpg", plain_frame((1, 2, 3)))),
    "declared frames": (Limits(max_frames=20), lambda at: write_video(at / "f.mp4", numbered_frames(30))),
    "declared seconds": (Limits(max_duration_s=1), lambda at: write_video(at / "f.mp4", numbered_frames(30))),
    "bytes": (Limits(max_bytes=999), lambda at: write_video(at / "f.mp4", numbered_frames(3))),
    "frames of a still": (
        Limits(max_frames=2),
        lambda at: write_animation(at / "f.webp", [*numbered_frames(4)], durations_ms=[100] * 4),
    ),
    "streams": (
        Limits(max_streams=1),
        lambda at: write_video(at / "f.mkv", numbered_frames(3), with_audio=True),
    ),
}


@pytest.mark.parametrize("case", TOO_LARGE)
def test_what_exceeds_a_limit_by_its_headers_is_too_large_at_once(
    limited: Callable[[Limits], Decoder], tmp_path: Path, case: str
) -> None:
    limits, write = TOO_LARGE[case]
    assert fault(limited(limits), write(tmp_path)).kind == "too_large"


@pytest.mark.parametrize(
    ("limits", "ending"),
    [(Limits(max_frames=20), "h264"), (Limits(max_duration_s=0.8), "h264"), (Limits(max_duration_s=0.8), "webp")],
)
def test_what_exceeds_a_limit_on_the_way_ends_there(
    limited: Callable[[Limits], Decoder], tmp_path: Path, limits: Limits, ending: str
) -> None:
    if ending == "webp":
        path = write_animation(tmp_path / "f.webp", [*numbered_frames(30)], durations_ms=[40] * 30)
    else:
        path = write_video(tmp_path / "f.h264", numbered_frames(30), container="h264")
    stream = limited(limits).sample(path, Sampling(mode="all"))
    count = len(list(stream))
    assert 15 <= count <= 21
    assert stream.result.frames == count
    assert stream.result.error is not None
    assert stream.result.error.kind == "too_large"


def test_a_hundred_thousand_frames_are_read_in_constant_memory(tmp_path: Path) -> None:
    """Of 16 x 16 pixels, so that the test is about their number."""
    one = write_video(tmp_path / "one.avi", [plain_frame((9, 9, 9), 16, 16)], codec="mjpeg", pixel_format="yuvj420p")
    path = tmp_path / "long.mkv"
    with av.open(str(one)) as source, av.open(str(path), "w") as film:
        packet = bytes(next(source.demux(video=0)))
        stream = film.add_stream_from_template(source.streams.video[0])
        for at in range(100_000):
            copy = av.Packet(packet)
            copy.stream, copy.pts, copy.dts, copy.time_base, copy.is_keyframe = stream, at, at, Fraction(1, 100), True
            film.mux(copy)
    with Decoder() as decoder:
        frames = decoder.sample(path, Sampling(fps=1))
        assert sum(1 for _ in frames) == 1000
        assert frames.result.error is None
        assert decoder.pid is not None
        assert peak_bytes(decoder.pid) < 150 << 20


# --- damage ----------------------------------------------------------------------------------------------------------


def test_damage_in_the_middle_skips_packets_and_the_rest_is_read(decoder: Decoder, film: Path, tmp_path: Path) -> None:
    body = bytearray(film.read_bytes())
    middle = body.index(b"mdat") + 4 + len(body) // 3
    body[middle : middle + 400] = b"\xff" * 400
    path = tmp_path / "damaged.mp4"
    path.write_bytes(body)
    stream = decoder.sample(path, Sampling(mode="all"))
    numbers = [number_of(frame.pixels) for frame in stream]
    assert stream.result.error is None
    assert stream.result.skipped_packets >= 1
    assert len(numbers) > 80
    assert numbers[-25:] == [*range(75, 100)]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi"])
def test_a_film_cut_off_yields_what_is_there_and_says_so(
    decoder: Decoder, tmp_path: Path, ending: str, share: float
) -> None:
    codec = "mpeg4" if ending == "avi" else "libx264"
    options = {"movflags": "faststart"} if ending == "mp4" else {}
    whole = write_video(
        tmp_path / f"f.{ending}",
        numbered_frames(100, noise=30),
        codec=codec,
        options={"g": "1"},
        container_options=options,
    ).read_bytes()
    path = tmp_path / f"cut.{ending}"
    path.write_bytes(whole[: int(len(whole) * share)])
    stream = decoder.sample(path, Sampling(mode="all"))
    numbers = [number_of(frame.pixels) for frame in stream]
    assert stream.result.error is None
    assert stream.result.truncated
    assert numbers[:-1] == [*range(len(numbers) - 1)]
    assert 5 < len(numbers) < 100
    assert stream.result.duration_s == pytest.approx(len(numbers) / 25, abs=0.1)


def test_a_film_that_lost_its_index_is_corrupt(decoder: Decoder, film: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(film.read_bytes()[:4000])
    assert str(fault(decoder, path)).startswith("corrupt: cannot be opened: ")
    assert "moov atom not found" in fault(decoder, path).message


def test_a_whole_film_is_not_called_truncated(decoder: Decoder, film: Path, tmp_path: Path) -> None:
    longer_sound = write_video(tmp_path / "f.mkv", numbered_frames(5), with_audio=True)
    for path in (film, longer_sound):
        for mode in ("interval", "keyframes", "all", "at"):
            assert not decoder.sample(path, Sampling(mode=mode, at=(0.1,))).result.truncated


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "avif"])
def test_a_picture_cut_off_is_corrupt(decoder: Decoder, tmp_path: Path, ending: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (96, 160, 3), dtype=np.uint8)
    path = write_image(tmp_path / f"f.{ending}", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    stream = decoder.sample(path)
    list(stream)
    assert stream.result.error is not None or stream.result.truncated


def write_half_bad(path: Path, *, every: int) -> Path:
    """An AVI of Motion JPEG, of which every so many frames are noise."""
    write_video(path, numbered_frames(60), codec="mjpeg", pixel_format="yuvj420p")
    body = bytearray(path.read_bytes())
    at, frame = body.index(b"movi"), 0
    while (at := body.find(b"\xff\xd8\xff", at + 1)) > 0:
        if frame % every == 0:
            body[at : at + 300] = bytes(300)
        frame += 1
    path.write_bytes(body)
    return path


def test_bad_packets_are_bounded_by_number(limited: Callable[[Limits], Decoder], tmp_path: Path) -> None:
    path = write_half_bad(tmp_path / "f.avi", every=3)
    stream = limited(Limits(max_bad_packets=5)).sample(path, Sampling(mode="all"))
    assert len(list(stream)) < 20
    assert str(stream.result.error) == "corrupt: more than 5 packets could not be decoded"


@pytest.mark.parametrize(("share", "whole"), [(0.2, False), (0.5, True)])
def test_bad_packets_are_bounded_by_share(
    limited: Callable[[Limits], Decoder], tmp_path: Path, *, share: float, whole: bool
) -> None:
    path = write_half_bad(tmp_path / "f.avi", every=3)
    stream = limited(Limits(max_bad_share=share)).sample(path, Sampling(mode="all"))
    assert len(list(stream)) == 40
    assert stream.result.skipped_packets == 20
    assert (stream.result.error is None) is whole


def test_inside_this_process_faults_are_values_too(tmp_path: Path, film: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("no film")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    for path, kind in ((text, "unsupported"), (empty, "empty"), (tmp_path / "none", "unsupported")):
        result = decode_in_process(path).result
        assert isinstance(result, Sampled)
        assert result.error is not None
        assert result.error.kind == kind
    assert decode_in_process(film).result.error is None


def test_an_animation_cut_off_yields_its_whole_frames(decoder: Decoder, tmp_path: Path) -> None:
    frames = list(numbered_frames(12, noise=60))
    path = write_animation(tmp_path / "f.webp", frames, durations_ms=[100] * 12, lossless=True)
    body = bytearray(path.read_bytes())
    last = body.rindex(b"VP8L")
    body[last + 12 : last + 60] = bytes(48)  # the last frame is there, but cannot be decoded
    path.write_bytes(body)
    stream = decoder.sample(path, Sampling(mode="all"))
    assert [number_of(frame.pixels) for frame in stream] == [*range(11)]
    assert stream.result.error is None
    assert (stream.result.skipped_packets, stream.result.truncated) == (1, True)


@pytest.mark.parametrize(
    "head", [b"RIFF\x40\x00\x00\x00WEBPVP8X", b"\xff\xd8\xff\xe0\x00", b"\x00\x00\x00\x18ftypavif"]
)
def test_a_picture_that_is_only_a_beginning_is_corrupt(decoder: Decoder, tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "f.jpg"
    path.write_bytes(head + bytes(40))
    assert fault(decoder, path).kind == "corrupt"


def test_a_broken_note_beside_a_sound_picture_does_no_harm(decoder: Decoder, tmp_path: Path) -> None:
    path = write_image(tmp_path / "f.jpg", next(numbered_frames(1)), exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert [number_of(frame.pixels) for frame in decoder.sample(path)] == [0]


def test_a_photograph_is_reduced_while_it_is_decoded(decoder: Decoder, tmp_path: Path) -> None:
    path = write_image(tmp_path / "f.jpg", [*numbered_frames(38, 1600, 960)][-1])
    stream = decoder.sample(path, Sampling(max_side=160, reduced=True))
    assert [(number_of(frame.pixels), frame.pixels.shape) for frame in stream] == [(37, (96, 160, 3))]
    assert stream.result.info is not None
    assert (stream.result.info.width, stream.result.info.height) == (1600, 960)
