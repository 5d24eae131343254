# SPDX-License-Identifier: Apache-2.0
"""A process that opens an index, searches it, and says as JSON how much it grew by; see `speed.index_memory`."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from kyodaku.bench._processes import mapped_bytes, resident_bytes
from kyodaku.copies import DEFAULT_DESCRIPTOR, Fingerprint, IndexWriter, descriptor_id, get_descriptor, open_index
from kyodaku.examine import SAMPLES_PER_SECOND

__all__ = ["main"]

QUERY_S = 8.0


def _random(seed: int) -> Fingerprint:
    descriptor = descriptor_id(DEFAULT_DESCRIPTOR)
    frames = round(QUERY_S * SAMPLES_PER_SECOND)
    codes = np.random.default_rng(seed).integers(0, 256, (frames, get_descriptor(descriptor).dims // 8), dtype=np.uint8)
    times = (np.arange(frames) / SAMPLES_PER_SECOND).astype(np.float32)
    quality = np.full(frames, 100, dtype=np.uint8)
    return Fingerprint(descriptor=descriptor, duration_s=QUERY_S, times=times, codes=codes, quality=quality)


def _warm_up() -> None:
    """Search a tiny index, so that libraries and their buffers are there before anything is counted."""
    with tempfile.TemporaryDirectory() as folder:
        with IndexWriter(Path(folder), descriptor=descriptor_id(DEFAULT_DESCRIPTOR)) as writer:
            writer.add("tiny", _random(0))
        open_index(Path(folder)).search(_random(1))


def main(folder: Path, searches: int) -> None:
    """Measure and print."""
    _warm_up()
    before = resident_bytes(os.getpid())
    index = open_index(folder)
    taken = []
    for seed in range(searches):
        began = time.perf_counter()
        index.search(_random(seed))
        taken.append(time.perf_counter() - began)
    measured = {
        "resident_bytes": resident_bytes(os.getpid()) - before,
        "shared_bytes": mapped_bytes(folder),
        "search_ms": 1000 * float(np.median(taken)),
    }
    sys.stdout.write(json.dumps(measured))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
