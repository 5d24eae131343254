# SPDX-License-Identifier: Apache-2.0
"""The drawn pictures of one training run, on disk, and batches of their views."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kyodaku.descriptor_training.pictures import FAMILY, SIDE, Picture, Rng, picture
from kyodaku.descriptor_training.pictures._canvas import chance
from kyodaku.descriptor_training.views import mild_view, strong_view
from kyodaku.errors import UsageError

__all__ = ["Collection", "draw_collection", "view_batches"]

Collection = NDArray[np.uint8]
"""`(pictures, SIDE, SIDE, 3)` RGB, mapped; pictures 4n to 4n+3 resemble each other."""

_CHUNK: Final = 2048  # pictures drawn in one go: a whole stock of surfaces
_MIXED: Final = 0.12  # the share of pictures that are made from two: a new one each time
_PLAIN: Final = 0.85  # the share of first views that are nearly the picture


def draw_collection(
    path: Path, *, seed: int, count: int, workers: int = 1, progress: Callable[[int, int], None] | None = None
) -> Collection:
    """Draw `count` pictures of the endless collection `seed` into a file, unless it is there already."""
    if count < FAMILY or count % FAMILY:
        raise UsageError(f"pictures come in families of {FAMILY}", hint=f"ask for a multiple of {FAMILY}")
    shape = (count, SIDE, SIDE, 3)
    if not path.exists():
        part = path.with_suffix(".part")
        np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=shape).flush()
        jobs = [(part, seed, first, min(_CHUNK, count - first)) for first in range(0, count, _CHUNK)]
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            for done, _ in enumerate(pool.imap_unordered(_draw, jobs), start=1):
                if progress is not None:
                    progress(min(done * _CHUNK, count), count)
        part.rename(path)
    drawn: Collection = np.load(path, mmap_mode="r", allow_pickle=False)
    if drawn.shape != shape or drawn.dtype != np.uint8:
        raise UsageError(f"this file holds {drawn.shape[0]} pictures, not {count}", where=str(path), hint="remove it")
    return drawn


def _draw(job: tuple[Path, int, int, int]) -> None:
    path, seed, first, count = job
    cv2.setNumThreads(1)
    pictures = np.load(path, mmap_mode="r+", allow_pickle=False)
    for index in range(first, first + count):
        pictures[index] = picture(seed, index)
    pictures.flush()


def view_batches(pictures: Collection, *, seed: int, stream: int, first: int, batch: int) -> Iterator[Collection]:
    """Batches without end: `batch` first views and then as many second views of the same pictures, NCHW.

    Batch number `first` and all that follow depend on nothing but `seed` and `stream`, so that a run that is taken up
    again sees what it would have seen.
    """
    number = first
    while True:
        yield _batch(np.random.default_rng([seed, stream, number, 4]), pictures, batch)
        number += 1


def _batch(rng: Rng, pictures: Collection, batch: int) -> Collection:
    families = rng.choice(len(pictures) // FAMILY, batch // FAMILY, replace=False)
    shown = [_prepared(rng, pictures, int(family) * FAMILY + member) for family in families for member in range(FAMILY)]
    first = [(mild_view if chance(rng, _PLAIN) else strong_view)(rng, each, _any(rng, pictures)) for each in shown]
    second = [strong_view(rng, each, _any(rng, pictures)) for each in shown]
    return np.ascontiguousarray(np.stack(first + second).transpose(0, 3, 1, 2))


def _prepared(rng: Rng, pictures: Collection, index: int) -> Picture:
    """A picture, at times mirrored, at times made into a new one with another's help."""
    shown = np.asarray(pictures[index])
    if chance(rng, _MIXED):
        shown = _mixed(rng, shown, _any(rng, pictures))
    return np.ascontiguousarray(shown[:, ::-1]) if chance(rng, 0.5) else shown


def _mixed(rng: Rng, shown: Picture, other: Picture) -> Picture:
    if chance(rng, 0.5):
        share = rng.uniform(0.3, 0.7)
        return np.asarray(cv2.addWeighted(shown, share, other, 1 - share, 0), np.uint8)
    at, mixed = int(rng.integers(30, 160)), shown.copy()
    if chance(rng, 0.5):
        mixed[:, at:] = other[:, at:]
    else:
        mixed[at:] = other[at:]
    return mixed


def _any(rng: Rng, pictures: Collection) -> Picture:
    return np.asarray(pictures[rng.integers(len(pictures))])
