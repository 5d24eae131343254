# SPDX-License-Identifier: Apache-2.0
"""What a frame looks like: upright, square, deinterlaced, in the right colours, in standard range, opaque, small."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from kyodaku.media import Decoder, Frame, MediaInfo, Sampling
from kyodaku.media._picture import Orientation, Painter, sane_aspect
from support.media_files import number_of, numbered_frames, plain_frame, quadrants, write_image, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def first(decoder: Decoder, path: Path, max_side: int = 512) -> Frame:
    stream = decoder.sample(path, Sampling(mode="all", max_side=max_side))
    frame = next(stream)
    assert stream.result.error is None
    return frame


def corners(pixels: NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """The middle of each quarter in reading order, to the nearest of full and none."""
    height, width, _ = pixels.shape
    places = [(height // 4, width // 4), (height // 4, width * 3 // 4)]
    places += [(height * 3 // 4, width // 4), (height * 3 // 4, width * 3 // 4)]
    return [tuple(255 if value > 128 else 0 for value in pixels[place]) for place in places]


@pytest.mark.parametrize(
    ("rotation", "mirrored", "expected"),
    [
        (0, False, [RED, GREEN, BLUE, WHITE]),
        (90, False, [BLUE, RED, WHITE, GREEN]),
        (180, False, [WHITE, BLUE, GREEN, RED]),
        (270, False, [GREEN, WHITE, RED, BLUE]),
        (0, True, [GREEN, RED, WHITE, BLUE]),
        (180, True, [BLUE, WHITE, RED, GREEN]),
    ],
)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_films_come_out_upright(
    decoder: Decoder, tmp_path: Path, ending: str, *, rotation: int, mirrored: bool, expected: list[tuple[int, ...]]
) -> None:
    path = write_video(tmp_path / f"f.{ending}", [quadrants()] * 3, rotation=rotation, mirrored=mirrored)
    frame = first(decoder, path)
    assert frame.pixels.shape == ((160, 96, 3) if rotation in (90, 270) else (96, 160, 3))
    assert corners(frame.pixels) == expected
    assert frame.pixels.flags.c_contiguous
    info = decoder.probe(path)
    assert isinstance(info, MediaInfo)
    assert (info.width, info.height) == (160, 96)
    assert (info.rotation, info.mirrored) == (rotation, mirrored)
    assert info.display_size == frame.pixels.shape[1::-1]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "webp"])
def test_pictures_come_out_upright(decoder: Decoder, tmp_path: Path, ending: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x112] = orientation
    path = write_image(tmp_path / f"still.{ending}", quadrants(), exif=exif, quality=95)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    assert np.abs(first(decoder, path).pixels.astype(int) - expected).mean() < 3
    info = decoder.probe(path)
    assert isinstance(info, MediaInfo)
    assert info.display_size == expected.shape[1::-1]


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_an_orientation_beside_unknown_side_data_is_still_found(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x112] = orientation
    path = write_image(tmp_path / "still.jpg", quadrants(), exif=exif, quality=95)
    with av.open(str(path)) as container:
        pixels = Painter(512).paint(next(container.decode(video=0)))
    expected = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    assert np.abs(pixels.astype(int) - expected).mean() < 3


@pytest.mark.parametrize(
    ("aspect", "shape"), [("2/1", (48, 160, 3)), ("1/2", (96, 80, 3)), ("16/11", (66, 160, 3)), ("1/1", (96, 160, 3))]
)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_pixels_come_out_square(
    decoder: Decoder, tmp_path: Path, ending: str, aspect: str, shape: tuple[int, int, int]
) -> None:
    path = write_video(tmp_path / f"f.{ending}", [quadrants()] * 3, sample_aspect=Fraction(aspect))
    frame = first(decoder, path)
    assert frame.pixels.shape == shape
    info = decoder.probe(path)
    assert isinstance(info, MediaInfo)
    assert info.sample_aspect == pytest.approx(float(Fraction(aspect)))
    assert info.display_size == shape[1::-1]


def test_a_turned_film_of_oblong_pixels_is_squared_before_it_is_turned(decoder: Decoder, tmp_path: Path) -> None:
    path = write_video(tmp_path / "f.mp4", [quadrants()] * 3, sample_aspect=Fraction(2), rotation=90)
    frame = first(decoder, path)
    assert frame.pixels.shape == (160, 48, 3)
    assert corners(frame.pixels) == [BLUE, RED, WHITE, GREEN]


@pytest.mark.parametrize("aspect", [None, 0.0, 1e-9, 100.0, 1.0])
def test_an_aspect_beyond_belief_is_taken_for_square(aspect: float | None) -> None:
    assert sane_aspect(aspect) == 1.0


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_interlaced_frames_do_not_comb(decoder: Decoder, tmp_path: Path, codec: str) -> None:
    """Each field is a film of its own here: black in one, white in the other; woven they would be grey stripes."""
    woven = np.zeros((96, 160, 3), np.uint8)
    woven[1::2] = 255
    options = {"flags": "+ildct+ilme", "bf": "0", "g": "5"} | ({"x264-params": "tff=1"} if codec == "libx264" else {})
    path = write_video(tmp_path / "f.ts", [woven] * 6, codec=codec, options=options)
    with av.open(str(path)) as check:
        assert next(check.decode(video=0)).interlaced_frame
    pixels = first(decoder, path).pixels
    assert pixels.shape == (96, 160, 3)
    assert pixels.max() < 30
    info = decoder.probe(path)
    assert isinstance(info, MediaInfo)
    assert info.interlaced


def test_interlaced_films_are_sampled_like_others(decoder: Decoder, tmp_path: Path) -> None:
    options = {"flags": "+ildct+ilme", "x264-params": "tff=1", "bf": "2", "preset": "fast"}
    path = write_video(tmp_path / "f.mkv", numbered_frames(50), options=options)
    assert [number_of(frame.pixels) for frame in decoder.sample(path, Sampling(fps=5))] == [*range(0, 50, 5)]


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize(("matrix", "name"), [(1, "bt709"), (5, "bt470bg"), (6, "smpte170m"), (9, "bt2020nc")])
@pytest.mark.parametrize("colour", [RED, GREEN, BLUE, (200, 120, 40), (16, 16, 16), WHITE])
def test_colours_follow_the_named_matrix_and_range(
    decoder: Decoder, tmp_path: Path, colour: tuple[int, int, int], *, matrix: int, name: str, full_range: bool
) -> None:
    path = tmp_path / "f.mkv"
    kr, kb = {"bt709": (0.2126, 0.0722), "bt2020nc": (0.2627, 0.0593)}.get(name, (0.299, 0.114))
    write_planes(path, to_yuv(colour, kr, kb, full_range=full_range), colorspace=matrix, color_range=1 + full_range)
    assert np.abs(first(decoder, path).pixels[30:60, 40:100].astype(int) - colour).max() <= 3


@pytest.mark.parametrize(("size", "kr", "kb"), [((640, 480), 0.299, 0.114), ((1280, 720), 0.2126, 0.0722)])
def test_unnamed_colours_go_by_the_custom_for_their_size(
    decoder: Decoder, tmp_path: Path, size: tuple[int, int], kr: float, kb: float
) -> None:
    path = tmp_path / "f.mkv"
    write_planes(path, to_yuv((200, 60, 20), kr, kb, full_range=False), size=size)
    assert np.abs(first(decoder, path).pixels[30:60, 40:100].astype(int) - (200, 60, 20)).max() <= 3


@pytest.mark.parametrize("matrix", [3, 8, 10, 11, 12, 13, 14])
def test_a_matrix_that_the_scaler_lacks_still_gives_a_picture(matrix: int) -> None:
    frame = av.VideoFrame.from_ndarray(plain_frame((128, 128, 128)), "rgb24").reformat(format="yuv420p")
    frame.colorspace = matrix
    assert np.abs(Painter(512).paint(frame).astype(int) - 128).max() <= 3


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_high_dynamic_range_becomes_a_picture_for_ordinary_screens(
    decoder: Decoder, tmp_path: Path, transfer: str
) -> None:
    """Grey at the code of 100 cd/m² and of reference white (203 cd/m², ITU-R BT.2408), black and peak."""
    named = {"smpte2084": (0.5081, 0.5807), "arib-std-b67": (0.6297, 0.75)}[transfer]
    shades = {}
    for code in (0.0, *named, 1.0):
        path = tmp_path / f"f{code}.mkv"
        luma = round(64 + 876 * code)
        options = {"x264-params": f"colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc", "qp": "1"}
        write_planes(path, (luma, 512, 512), pixel_format="yuv420p10le", options=options)
        pixels = first(decoder, path).pixels
        assert np.ptp(pixels) <= 6
        shades[code] = float(pixels.mean())
        info = decoder.probe(path)
        assert isinstance(info, MediaInfo)
        assert info.hdr == {"smpte2084": "pq", "arib-std-b67": "hlg"}[transfer]
    assert shades[0.0] <= 1
    assert shades[named[0]] == pytest.approx(255 * (100 / 203) ** (1 / 2.4), abs=4)
    assert shades[named[1]] == pytest.approx(238, abs=4)
    assert shades[1.0] >= 250


def test_wide_gamut_in_standard_range_keeps_its_colours(decoder: Decoder, tmp_path: Path) -> None:
    """BT.2020 green is beyond BT.709: it comes out as the fullest green there is; grey stays grey."""
    options = {"x264-params": "colorprim=bt2020:transfer=bt2020-10:colormatrix=bt2020nc", "qp": "1"}
    green, grey = tmp_path / "green.mkv", tmp_path / "grey.mkv"
    write_planes(green, to_yuv((0, 255, 0), 0.2627, 0.0593, full_range=False), options=options)
    write_planes(grey, to_yuv((120, 120, 120), 0.2627, 0.0593, full_range=False), options=options)
    assert np.abs(first(decoder, green).pixels.astype(int) - (0, 255, 0)).max() <= 6
    assert np.abs(first(decoder, grey).pixels.astype(int) - 120).max() <= 3


@pytest.mark.parametrize("ending", ["png", "webp", "gif", "avif"])
def test_transparency_lies_over_white_and_what_it_hides_stays_hidden(
    decoder: Decoder, tmp_path: Path, ending: str
) -> None:
    pixels = np.zeros((96, 160, 4), np.uint8)
    pixels[:, :80] = (200, 0, 0, 255)
    pixels[:, 80:] = (0, 255, 0, 0)  # transparent green
    options = {"lossless": True, "exact": True} if ending == "webp" else {}
    path = write_image(tmp_path / f"still.{ending}", pixels, **options)
    got = first(decoder, path, max_side=40).pixels.astype(int)
    assert np.abs(got[:, :18] - (200, 0, 0)).max() <= 12
    assert np.abs(got[:, 22:] - 255).max() <= 12
    assert (got[..., 1] <= got[..., 0] + 60).all()  # no green fringe


def test_half_transparency_is_blended(decoder: Decoder, tmp_path: Path) -> None:
    pixels = np.full((40, 40, 4), (0, 0, 0, 128), np.uint8)
    path = write_image(tmp_path / "half.png", pixels)
    assert np.abs(first(decoder, path).pixels.astype(int) - 127).max() <= 1


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "CMYK", "LA"])
def test_pictures_of_every_colour_model_are_read(decoder: Decoder, tmp_path: Path, mode: str) -> None:
    ramp = np.linspace(0, 255, 160).astype(np.uint8)[None].repeat(96, 0)
    image = Image.fromarray(ramp.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(ramp).convert(mode)
    path = tmp_path / ("still.jpg" if mode == "CMYK" else "still.png")
    image.save(path)
    got = first(decoder, path).pixels
    assert got.shape == (96, 160, 3)
    assert np.abs(got.mean(axis=(0, 2)) - ramp[0]).mean() < (70 if mode == "1" else 4)


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    side=st.integers(1, 400),
    aspect=st.sampled_from([1.0, 0.5, 2.0, 64 / 45, 8.0, 0.125]),
    swap=st.booleans(),
)
def test_no_picture_is_too_large_enlarged_or_empty(
    *, width: int, height: int, side: int, aspect: float, swap: bool
) -> None:
    frame = av.VideoFrame.from_ndarray(plain_frame((128, 128, 128), width, height), "rgb24").reformat(format="yuv444p")
    pixels = Painter(side).paint(frame, aspect=aspect, orientation=Orientation(swap=swap))
    down, across = (pixels.shape[1], pixels.shape[0]) if swap else pixels.shape[:2]
    assert 1 <= across <= min(side, width)
    assert 1 <= down <= min(side, height)
    assert max(across, down) == min(side, max(round(width * min(1, aspect)), round(height / max(1, aspect)), 1))
    assert np.abs(pixels.astype(int) - 128).max() <= 2


@settings(max_examples=25, deadline=None)
@given(shape=st.tuples(st.integers(2, 40), st.integers(2, 40)))
def test_all_eight_orientations_are_told_apart_and_undone(shape: tuple[int, int]) -> None:
    stored = np.arange(shape[0] * shape[1] * 3, dtype=np.uint32).astype(np.uint8).reshape(*shape, 3)
    for swap in (False, True):
        for columns in (False, True):
            for rows in (False, True):
                orientation = Orientation(swap=swap, flip_columns=columns, flip_rows=rows)
                by_name = np.rot90(stored[:, ::-1] if orientation.mirrored else stored, -orientation.rotation // 90)
                assert np.array_equal(orientation.turn(stored), by_name)


def test_scaling_averages_over_areas(decoder: Decoder, tmp_path: Path) -> None:
    checks = np.indices((160, 160)).sum(axis=0) % 2 * 255
    path = write_image(tmp_path / "checks.png", np.repeat(checks[..., None], 3, -1).astype(np.uint8))
    assert np.abs(first(decoder, path, max_side=40).pixels.astype(int) - 127).max() <= 2


def to_yuv(colour: tuple[int, int, int], kr: float, kb: float, *, full_range: bool) -> tuple[int, int, int]:
    """8-bit R'G'B' to Y'CbCr by the definition of ITU-T H.273."""
    red, green, blue = (value / 255 for value in colour)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    if full_range:
        return round(255 * luma), min(255, round(128 + 255 * cb)), min(255, round(128 + 255 * cr))
    return round(16 + 219 * luma), round(128 + 224 * cb), round(128 + 224 * cr)


def write_planes(
    path: Path,
    yuv: tuple[int, int, int],
    *,
    size: tuple[int, int] = (160, 96),
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    **named: int,
) -> None:
    """A short film of one colour, given as Y'CbCr codes that no conversion touches on the way in."""
    dtype = np.uint16 if "10" in pixel_format else np.uint8
    width, height = size
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=25, options={"qp": "1", "preset": "ultrafast"} | (options or {}))
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        for name, value in named.items():
            setattr(stream.codec_context, name, value)
        frame = av.VideoFrame(width, height, pixel_format)
        for plane, code in zip(frame.planes, yuv, strict=True):
            plane.update(np.full(plane.buffer_size // np.dtype(dtype).itemsize, code, dtype).tobytes())
        for name, value in named.items():
            setattr(frame, name, value)
        for at in range(3):
            frame.pts = at
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
