# SPDX-License-Identifier: Apache-2.0
"""Small real media files for tests, written with PyAV and Pillow: films that can be read back frame by frame.

`numbered_frames` draws each frame's number into it as eight blocks, which survive any codec, scaling and tone mapping;
`number_of` reads it back. So a test can say which frame came out, not only that one did.
"""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

__all__ = [
    "number_of",
    "numbered_frames",
    "plain_frame",
    "quadrants",
    "write_animation",
    "write_audio",
    "write_h264_bomb",
    "write_image",
    "write_png_bomb",
    "write_video",
]

BLOCKS = 8
QUIET = {"libx265": {"x265-params": "log-level=none"}}
FAST = {
    "libx264": {"preset": "ultrafast", "bf": "0"},
    "libx265": {"preset": "ultrafast"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "12"},
}


def plain_frame(colour: tuple[int, int, int], width: int = 160, height: int = 96) -> Pixels:
    """One colour all over."""
    return np.full((height, width, 3), colour, np.uint8)


def quadrants(width: int = 160, height: int = 96) -> Pixels:
    """Red, green, blue and white quarters, in reading order: shows which way up a picture is."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (255, 0, 0)
    pixels[: height // 2, width // 2 :] = (0, 255, 0)
    pixels[height // 2 :, : width // 2] = (0, 0, 255)
    pixels[height // 2 :, width // 2 :] = (255, 255, 255)
    return pixels


def numbered_frames(count: int, width: int = 160, height: int = 96, *, noise: int = 0) -> Iterator[Pixels]:
    """Frames 0, 1, 2, ... below 256: the number in the upper half, a bar that moves in the lower."""
    texture = np.random.default_rng(7).integers(0, noise + 1, (height, width, 3), dtype=np.uint8)
    for number in range(count):
        pixels = np.full((height, width, 3), 90, np.uint8)
        for bit in range(BLOCKS):
            shade = 235 if number >> bit & 1 else 20
            pixels[: height // 2, bit * width // BLOCKS : (bit + 1) * width // BLOCKS] = shade
        at = number * 5 % width
        pixels[height // 2 :, at : at + width // 10] = (200, 60, 30)
        pixels[height // 2 :] += np.roll(texture, number, axis=1)[height // 2 :]
        yield pixels


def number_of(pixels: Pixels) -> int:
    """The number that `numbered_frames` drew."""
    height, width, _ = pixels.shape
    rows = pixels[height // 8 : height * 3 // 8].mean(axis=(0, 2))
    middles = [rows[int((bit + 0.3) * width / BLOCKS) : int((bit + 0.7) * width / BLOCKS) + 1] for bit in range(BLOCKS)]
    return sum(int(middle.mean() > 128) << bit for bit, middle in enumerate(middles))


def write_video(
    path: Path | str,
    frames: Iterator[Pixels] | Sequence[Pixels],
    *,
    fps: float | Fraction = 25,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: Mapping[str, str] | None = None,
    container_options: Mapping[str, str] | None = None,
    container: str | None = None,
    times_s: Sequence[float] | None = None,
    rotation: float = 0,
    mirrored: bool = False,
    sample_aspect: Fraction | None = None,
    colour: Mapping[str, int] | None = None,
    with_audio: bool = False,
) -> Path:
    """Encode frames of shape (h, w, 3) to a film; returns its path.

    `options` go to the encoder, `container_options` to the muxer, `colour` to the encoder's `color_trc`,
    `color_primaries`, `colorspace` and `color_range`. `times_s` gives each frame its own time instead of `fps`;
    `rotation` is what a player must turn the picture by, in clockwise degrees.
    """
    rate = Fraction(fps).limit_denominator(100_000)
    with av.open(str(path), "w", format=container, options=dict(container_options or {})) as film:
        stream: Any = film.add_stream(
            codec, rate=rate, options={**FAST.get(codec, {}), **QUIET.get(codec, {}), **(options or {})}
        )
        stream.pix_fmt = pixel_format
        stream.codec_context.thread_count = 1
        if sample_aspect:
            stream.codec_context.sample_aspect_ratio = sample_aspect
        for name, value in (colour or {}).items():
            setattr(stream.codec_context, name, value)
        if rotation or mirrored:
            stream.set_display_rotation(-rotation, hflip=mirrored)
        sound: Any = film.add_stream("aac", rate=44_100) if with_audio else None
        if times_s is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for index, pixels in enumerate(frames):
            if index == 0:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.colorspace = (colour or {}).get("colorspace", 2)
            if times_s is not None:
                frame.pts, frame.time_base = round(times_s[index] * 1000), Fraction(1, 1000)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
        if with_audio:
            _mux_tone(film, sound)
    return Path(path)


def write_audio(path: Path | str, *, seconds: float = 1, codec: str = "aac") -> Path:
    """A file of sound only."""
    with av.open(str(path), "w") as film:
        _mux_tone(film, film.add_stream(codec, rate=44_100), seconds)
    return Path(path)


def write_image(path: Path | str, pixels: Pixels, **options: Any) -> Path:
    """A picture of shape (h, w, 3) or, with transparency, (h, w, 4); the name's ending gives the format."""
    Image.fromarray(pixels).save(path, **options)
    return Path(path)


def write_animation(path: Path | str, frames: Sequence[Pixels], *, durations_ms: Sequence[int], **options: Any) -> Path:
    """A GIF, PNG, WebP or AVIF of several frames, each shown for its own time."""
    first, *rest = [Image.fromarray(pixels) for pixels in frames]
    first.save(path, save_all=True, append_images=rest, duration=list(durations_ms), loop=0, **options)
    return Path(path)


def write_png_bomb(path: Path | str, width: int, height: int) -> Path:
    """A valid black picture of any size: a thousandth of its pixels in bytes."""
    squeeze = zlib.compressobj(9)
    row = bytes(1 + width)
    body = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", body), (b"IEND", b""))
    whole = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + whole)
    return Path(path)


def write_h264_bomb(
    path: Path | str, width: int, height: int, *, pictures: int = 2, container_size: tuple[int, int] | None = None
) -> Path:
    """An H.264 film of a few hundred bytes that announces huge pictures.

    Raw, or in an MP4 whose headers claim `container_size`: then only the packets tell the true size.
    """
    start = b"\x00\x00\x00\x01"
    sps = b"\x67" + _escape(_sequence_parameters(width, height))
    pps = b"\x68" + _bits("1 1 0 0 1 1 1 0 00 1 1 1 0 0 0 1")
    picture = b"\x65" + _bits("1 0001000 1 0000 1 0 0 1") + bytes(range(1, 200))
    if container_size is None:
        Path(path).write_bytes(b"".join(start + unit for unit in (sps, pps, *[picture] * pictures)))
        return Path(path)
    with av.open(str(path), "w", format="mp4") as film:
        stream: Any = film.add_stream("libx264", rate=25)
        stream.width, stream.height = container_size
        stream.pix_fmt = "yuv420p"
        for at in range(pictures):
            packet = av.Packet(start + sps + start + pps + start + picture)
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, at, at, Fraction(1, 25)
            packet.is_keyframe = True
            film.mux(packet)
    return Path(path)


def _mux_tone(film: Any, stream: Any, seconds: float = 1) -> None:
    samples = np.sin(np.arange(int(44_100 * seconds), dtype=np.float32) * 0.06)[None]
    tone = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    tone.sample_rate = 44_100
    film.mux(stream.encode(tone))
    film.mux(stream.encode())


def _sequence_parameters(width: int, height: int) -> bytes:
    """An H.264 baseline sequence parameter set (ITU-T H.264, 7.3.2.1.1), without its header byte."""
    size = f"{_golomb(width // 16 - 1)} {_golomb(height // 16 - 1)}"
    return bytes((66, 0, 51)) + _bits(f"1 1 011 010 0 {size} 1 1 0 0 1")


def _golomb(value: int) -> str:
    code = f"{value + 1:b}"
    return "0" * (len(code) - 1) + code


def _bits(text: str) -> bytes:
    digits = text.replace(" ", "")
    return bytes(int(digits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(digits), 8))


def _escape(payload: bytes) -> bytes:
    """Emulation prevention: no three bytes in a row that could be a start code."""
    out = bytearray()
    for byte in payload:
        if len(out) > 1 and out[-1] == out[-2] == 0 and byte <= 3:
            out.append(3)
        out.append(byte)
    return bytes(out)
