# SPDX-License-Identifier: Apache-2.0
"""ISCC codes (ISO 24138) of media: open identifiers that anybody computes again from the same or nearly the same bytes.

Computed are the Instance-Code (these very bytes), the Data-Code (alike where the bytes mostly are), for still pictures
the Image-Code (alike where the picture is), and with a title the Meta-Code. The Video-Code is not: it is made of MPEG-7
frame signatures, for which there is no library that may be used here (see `kyodaku.copies.iscc`). Our own fingerprints
find copies of films.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import iscc_lib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from kyodaku.errors import KyodakuError
from kyodaku.media import Decoder, Sampling

__all__ = ["Identity", "identify"]

_PIECE: Final = 1 << 20
_SIDE: Final = 32
"""Pixels of the picture's sides that an Image-Code is made of (ISO 24138, 7.3)."""
_LONGEST_TITLE: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """A medium's ISCC-CODE and the units that it is made of, `ISCC:...` each."""

    iscc: str
    units: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {"iscc": self.iscc, "units": list(self.units)}


def identify(path: str | os.PathLike[str], *, decoder: Decoder | None = None, title: str | None = None) -> Identity:
    """The codes of a file; with a `decoder`, also that of a still picture's contents; with a `title`, also its.

    Raises KyodakuError for a file that cannot be read.
    """
    try:
        data, instance = _sums(Path(path))
    except OSError as error:
        raise KyodakuError(f"it cannot be read: {error.strerror}", where=os.fspath(path)) from error
    units = [*_meta(title), *(_image(path, decoder) if decoder is not None else ()), data, instance]
    return Identity(iscc=iscc_lib.gen_iscc_code_v0(units).iscc, units=tuple(units))


def _sums(path: Path) -> tuple[str, str]:
    hasher = iscc_lib.SumHasher()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            hasher.update(piece)
    made = hasher.finalize(add_units=True)
    data, instance = map(str, made.units or ())
    return data, instance


def _meta(title: str | None) -> list[str]:
    if title is None or not title.strip() or len(title) > _LONGEST_TITLE:
        return []
    return [str(iscc_lib.gen_meta_code_v0(title.encode(errors="replace").decode()).iscc)]


def _image(path: str | os.PathLike[str], decoder: Decoder) -> list[str]:
    """Of a still picture only, upright as it is shown."""
    stream = decoder.sample(path, Sampling(mode="at", at=(0.0,), max_side=1 << 12))
    frames = list(stream)
    info = stream.result.info
    if not frames or stream.result.error is not None or info is None or info.kind != "image":
        return []
    return [str(iscc_lib.gen_image_code_v0(_normalised(frames[0].pixels).tobytes()).iscc)]


def _normalised(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Borders of one colour cut off, grey, 32 by 32: as the standard wants it."""
    picture = Image.fromarray(pixels)
    corner = Image.new(picture.mode, picture.size, picture.getpixel((0, 0)))
    within = ImageChops.difference(picture, corner).getbbox()
    trimmed = picture.crop(within) if within else picture
    return np.asarray(trimmed.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BICUBIC))
