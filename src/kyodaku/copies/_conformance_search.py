# SPDX-License-Identifier: Apache-2.0
"""Conformance of searching: codes and drawn films whose places are known, through a real index on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from kyodaku.copies._conformance_drawing import draw_film, noise
from kyodaku.copies.descriptor import Codes, Pixels, descriptor_id, get_descriptor
from kyodaku.copies.fingerprint import Fingerprint, fingerprint
from kyodaku.copies.index import open_index
from kyodaku.copies.pdq import PDQ
from kyodaku.copies.query import QueryFingerprint, query_fingerprint
from kyodaku.copies.writer import IndexWriter

__all__ = ["FPS", "NEAR_S", "Failed", "search_codes", "search_film"]

FPS: Final = 2.0
NEAR_S: Final = 0.75
"""How far a found place may lie from the true one: half a sampling step at either end, and rounding."""


class Failed(Exception):  # noqa: N818 - a check's finding, not an error of the program
    """What a check found to be otherwise."""


def search_codes() -> str:
    """Codes that nothing but chance made: one reference in forty has some of them, with a tenth of the bits turned."""
    codes = noise("index", 40 * 50 * 32).reshape(40, 50, 32)
    turned = np.packbits(noise("index turned", 20 * 256).reshape(20, 256) < 26, axis=1)
    with tempfile.TemporaryDirectory(prefix="kyodaku-selftest-") as folder:
        with IndexWriter(Path(folder), descriptor=descriptor_id(PDQ)) as writer:
            for number, held in enumerate(codes):
                writer.add(f"film-{number}", _timed(held))
        index = open_index(Path(folder))
        found = index.search(QueryFingerprint.of(_timed(codes[7, 10:30] ^ turned)))
        strange = index.search(QueryFingerprint.of(_timed(noise("index strange", 640).reshape(20, 32))))
    _require_place([(match.reference, match.r_start, match.r_end) for match in found], "film-7", 5, 15)
    if strange:
        raise Failed("codes by chance are taken for a copy")
    return "a copy among 2,000 codes found, and nothing else"


def _timed(codes: Codes) -> Fingerprint:
    return Fingerprint(
        descriptor=descriptor_id(PDQ),
        duration_s=len(codes) / FPS,
        times=(np.arange(len(codes)) / FPS).astype(np.float32),
        codes=np.ascontiguousarray(codes),
        quality=np.full(len(codes), 100, dtype=np.uint8),
    )


def search_film(name: str) -> str:
    """Drawn films from picture to match: a smaller, lighter excerpt is found where it lies, and another film not."""
    descriptor = get_descriptor(name)
    with tempfile.TemporaryDirectory(prefix="kyodaku-selftest-") as folder:
        with IndexWriter(Path(folder), descriptor=name) as writer:
            for film in ("one", "two", "three"):
                writer.add(film, fingerprint(_at_times(draw_film(film, 64)), descriptor=descriptor))
        index = open_index(Path(folder))
        excerpt = [_edited(frame) for frame in draw_film("two", 24, first=20)]
        found = index.search(query_fingerprint(_at_times(excerpt), descriptor=descriptor))
        strange = index.search(query_fingerprint(_at_times(draw_film("strange", 24)), descriptor=descriptor))
    _require_place([(match.reference, match.r_start, match.r_end) for match in found], "two", 10, 22)
    if any(match.band == "match" for match in strange):
        raise Failed("another film is taken for a copy")
    return "an excerpt found where it lies, and another film not"


def _at_times(frames: Iterable[Pixels]) -> Iterator[tuple[float, Pixels]]:
    return ((number / FPS, frame) for number, frame in enumerate(frames))


def _edited(frame: Pixels) -> Pixels:
    """Two thirds of the size, and a little lighter."""
    size = (frame.shape[1] * 2 // 3, frame.shape[0] * 2 // 3)
    smaller = np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BILINEAR))
    return (smaller.astype(np.int64) * 15 // 16 + 16).astype(np.uint8)


def _require_place(found: list[tuple[str, float, float]], film: str, begin: float, end: float) -> None:
    if not found:
        raise Failed("the copy is not found")
    reference, start, stop = found[0]
    if reference != film or abs(start - begin) > NEAR_S or abs(stop - end) > NEAR_S:
        raise Failed(f"the copy is found in {reference} from {start:.2f} to {stop:.2f} s, not where it lies")
