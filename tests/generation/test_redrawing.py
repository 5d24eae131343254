# SPDX-License-Identifier: Apache-2.0
"""What a generator gets is what the gate's own decoder saw, and nothing else of the file."""

from __future__ import annotations

import zipfile
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from kyodaku.generation import redrawing
from kyodaku.generation.redrawing import Unreadable, redraw
from kyodaku.media import Decoder, Sampling
from support.media_files import number_of, numbered_frames, plain_frame, quadrants, write_png_bomb, write_video

RED, BLUE = (255, 0, 0), (0, 0, 255)


def drawn(folder: Path, content: bytes) -> Any:
    """The pixels of what a picture becomes, once it is known to be a PNG of nothing but pixels."""
    (folder / "sent").write_bytes(content)
    made = redraw(folder / "sent", folder / "made")
    assert made.name == "made.png"
    with Image.open(made) as picture:
        assert (picture.format, picture.mode, getattr(picture, "n_frames", 1), picture.info) == ("PNG", "RGB", 1, {})
        return np.asarray(picture)


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def test_a_picture_is_turned_upright_and_keeps_no_metadata(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    exif[270] = "where it was taken"
    sent = saved(Image.fromarray(quadrants(64, 48)), "JPEG", exif=exif, quality=95)
    pixels = drawn(tmp_path, sent)
    assert pixels.shape == (64, 48, 3)
    assert pixels[10, 40].argmax() == 0  # red was above on the left, and is above on the right


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_transparency_hides_is_not_handed_on(tmp_path: Path, mode: str) -> None:
    hidden = Image.fromarray(quadrants(64, 48)).convert("RGBA")
    hidden.putalpha(0)
    assert (drawn(tmp_path, saved(hidden if mode == "RGBA" else hidden.convert(mode), "PNG")) == 255).all()


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_later_frames_of_an_animation_are_not_handed_on(tmp_path: Path, form: str) -> None:
    first, second = (Image.fromarray(plain_frame(colour, 64, 48)) for colour in (RED, BLUE))
    sent = saved(first, form, save_all=True, append_images=[second], duration=20, loop=0)
    pixels = drawn(tmp_path, sent).astype(int)
    assert (pixels[..., 0] - pixels[..., 2]).min() > 150


@pytest.mark.parametrize("form", ["GIF", "JPEG", "PNG"])
def test_a_picture_that_is_an_archive_too_is_only_a_picture(tmp_path: Path, form: str) -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as into:
        into.writestr("payload.txt", b"payload" * 9)
    drawn(tmp_path, saved(Image.fromarray(quadrants(64, 48)), form) + archive.getvalue())
    assert not zipfile.is_zipfile(tmp_path / "made.png")


@pytest.mark.parametrize(
    ("mode", "form"), [("CMYK", "JPEG"), ("I;16", "PNG"), ("1", "PNG"), ("L", "TIFF"), ("RGB", "AVIF")]
)
def test_other_depths_and_colours_become_plain_ones(tmp_path: Path, mode: str, form: str) -> None:
    pixels = Image.fromarray(quadrants(64, 48)).convert("L" if mode == "I;16" else mode)
    assert drawn(tmp_path, saved(pixels.convert(mode), form)).shape == (48, 64, 3)


def test_what_is_larger_than_any_generator_takes_is_scaled_down(tmp_path: Path) -> None:
    assert drawn(tmp_path, saved(Image.new("RGB", (5000, 100)), "PNG")).shape == (41, 2048, 3)


@pytest.mark.parametrize(
    "sent",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        b"no picture at all",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.7\n",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        b"",
    ],
)
def test_what_cannot_be_decoded_is_refused(tmp_path: Path, sent: bytes) -> None:
    (tmp_path / "sent").write_bytes(sent)
    with pytest.raises(Unreadable):
        redraw(tmp_path / "sent", tmp_path / "made")
    assert [path.name for path in tmp_path.iterdir()] == ["sent"]


def test_a_picture_of_huge_dimensions_is_refused(tmp_path: Path) -> None:
    write_png_bomb(tmp_path / "sent", 60_000, 60_000)
    with pytest.raises(Unreadable):
        redraw(tmp_path / "sent", tmp_path / "made")


def numbers(film: Path) -> list[int]:
    with Decoder() as decoder:
        return [number_of(frame.pixels) for frame in decoder.sample(film, Sampling(mode="all"))]


def test_a_film_keeps_its_pictures_and_their_order(tmp_path: Path) -> None:
    write_video(tmp_path / "sent", numbered_frames(30), container="mp4", with_audio=True)
    made = redraw(tmp_path / "sent", tmp_path / "made")
    assert made.name == "made.mp4"
    assert numbers(made) == list(range(30))
    with av.open(str(made)) as film:
        assert [stream.type for stream in film.streams] == ["video"]


def test_a_second_film_in_the_file_is_not_handed_on(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sent"), "w", format="mp4") as film:
        streams = [film.add_stream("libx264", rate=Fraction(25), options={"preset": "ultrafast"}) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for stream, colour in zip(streams, (RED, BLUE), strict=True):
            for _ in range(10):
                film.mux(stream.encode(av.VideoFrame.from_ndarray(plain_frame(colour), "rgb24")))
            film.mux(stream.encode())
    with av.open(str(redraw(tmp_path / "sent", tmp_path / "made"))) as film:
        assert len(film.streams) == 1


def test_a_film_that_is_too_long_or_torn_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "sent", numbered_frames(50), container="mp4")
    monkeypatch.setattr(redrawing, "MAX_REFERENCE_S", 1.0)
    with pytest.raises(Unreadable, match="longer than 1 seconds"):
        redraw(tmp_path / "sent", tmp_path / "made")
    (tmp_path / "sent").write_bytes((tmp_path / "sent").read_bytes()[:-2000])
    with pytest.raises(Unreadable):
        redraw(tmp_path / "sent", tmp_path / "made")
    assert [path.name for path in tmp_path.iterdir()] == ["sent"]
