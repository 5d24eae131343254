# SPDX-License-Identifier: Apache-2.0
"""Pictures and films as callers send them, with words in them where a gate of words reads."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from support.media_files import numbered_frames, quadrants, write_video


def png(text: str = "", **options: Any) -> bytes:
    """Red, green, blue and white quarters, with a comment."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text)
    out = BytesIO()
    Image.fromarray(quadrants(64, 48)).save(out, "PNG", pnginfo=info, **options)
    return out.getvalue()


def pixels_of(content: bytes) -> Any:
    """The picture in a file, as a careless reader sees it."""
    with Image.open(BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGB"))


def mp4(count: int = 12) -> bytes:
    """A second of film."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        write_video(path, numbered_frames(count))
        return path.read_bytes()
