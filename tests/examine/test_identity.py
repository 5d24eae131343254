# SPDX-License-Identifier: Apache-2.0
"""ISCC codes: the same as the standard's reference implementation makes, from our own reading and decoding."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from kyodaku.errors import KyodakuError
from kyodaku.examine.identity import identify
from kyodaku.media import Decoder
from support.films import write_film


def drawn(path: Path, *, border: int = 0, side: int = 256) -> Path:
    picture = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((side // 8, side // 6, side // 2, side // 2), fill="#336699")
    pen.rectangle((0, side * 3 // 4, side, side), fill="#aa3311")
    pen.rectangle((0, 0, side // 8, side // 8), fill="#118833")  # no border of one colour to be cut off
    framed = Image.new("RGB", (side + 2 * border, side + 2 * border), "black")
    framed.paste(picture, (border, border))
    framed.save(path)
    return path


def bits(one: str, two: str) -> int:
    bare = [code.removeprefix("ISCC:") for code in (one, two)]
    first, second = (base64.b32decode(code + "=" * (-len(code) % 8))[2:] for code in bare)
    return sum((a ^ b).bit_count() for a, b in zip(first, second, strict=True))


def test_the_codes_are_those_of_the_reference_implementation(tmp_path: Path) -> None:
    core = pytest.importorskip("iscc_core")
    film = tmp_path / "film.mp4"
    write_film(film, seed=1)
    identity = identify(film, title="最初の映画")
    meta, data, instance = identity.units
    with film.open("rb") as file:
        assert data == core.gen_data_code_v0(file)["iscc"]
    with film.open("rb") as file:
        assert instance == core.gen_instance_code_v0(file)["iscc"]
    assert meta == core.gen_meta_code_v0("最初の映画")["iscc"]
    assert identity.iscc == core.gen_iscc_code_v0(list(identity.units))["iscc"]


def test_a_picture_keeps_its_code_when_it_is_saved_anew_or_framed(tmp_path: Path) -> None:
    with Decoder() as decoder:
        png = identify(drawn(tmp_path / "a.png"), decoder=decoder)
        jpeg = identify(drawn(tmp_path / "a.jpg"), decoder=decoder)
        small = identify(drawn(tmp_path / "b.png", side=200), decoder=decoder)
        framed = identify(drawn(tmp_path / "c.png", border=24), decoder=decoder)
    assert len(png.units) == 3
    for other in (jpeg, small, framed):
        assert bits(png.units[0], other.units[0]) <= 10  # of 64
        assert png.units[2] != other.units[2]


def test_a_film_has_no_image_code(tmp_path: Path) -> None:
    write_film(tmp_path / "film.mp4", seed=1)
    with Decoder() as decoder:
        assert len(identify(tmp_path / "film.mp4", decoder=decoder).units) == 2


def test_bytes_that_mostly_agree_have_codes_that_do(tmp_path: Path) -> None:
    write_film(tmp_path / "film.mp4", seed=1)
    whole = (tmp_path / "film.mp4").read_bytes() * 20
    (tmp_path / "a").write_bytes(whole)
    (tmp_path / "b").write_bytes(whole[: len(whole) * 95 // 100])
    one, two = identify(tmp_path / "a"), identify(tmp_path / "b")
    assert bits(one.units[0], two.units[0]) < 16
    assert bits(one.units[1], two.units[1]) > 16


@pytest.mark.parametrize("content", [b"", b"text"])
def test_any_file_has_an_identity(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert identify(tmp_path / "x", title=" ").iscc.startswith("ISCC:")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(KyodakuError, match="it cannot be read"):
        identify(tmp_path)
