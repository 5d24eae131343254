# SPDX-License-Identifier: Apache-2.0
"""Small JPEG pictures for reports."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["encode_jpeg"]


def encode_jpeg(pixels: NDArray[np.uint8], quality: int = 80, max_side: int | None = None) -> bytes:
    """A picture of shape (h, w, 3) as a JPEG file, its longer side at most `max_side`; never enlarged."""
    image = Image.fromarray(pixels)
    if max_side is not None and max(image.size) > max_side:
        share = max_side / max(image.size)
        size = max(1, round(image.width * share)), max(1, round(image.height * share))
        image = image.resize(size, Image.Resampling.BOX)
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
