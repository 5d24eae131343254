# SPDX-License-Identifier: Apache-2.0
"""`pdq-v1`: the PDQ hash of Meta's ThreatExchange, 256 bits, vectorised.

The published tolerance for an implementation (facebook/ThreatExchange, `pdq/README.md`, "Writing Your Own"): the same
hash for the same pixels, and a distance of at most 10 bits where the quality is 80 or more and pictures were read by
other libraries. Measured against PyPI `pdqhash` on the same pixels: see `docs/fingerprint-file.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from kyodaku.copies import _pdq
from kyodaku.copies.descriptor import Described, Pixels, register

__all__ = ["PDQ", "PdqDescriptor"]


class PdqDescriptor:
    """PDQ: robust to re-encoding, scaling and light overlays; views and trimming add mirrors and borders."""

    name: Final = "pdq"
    version: Final = 1
    dims: Final = 256
    fine_dims: Final = 0
    mirror_tolerant: Final = False
    metric: Final = "hamming"
    max_side: Final = 512

    def describe(self, frames: Sequence[Pixels]) -> Described:
        """About 0.2 ms a frame of 512 x 288 on one core; a side below 5 pixels gives quality 0."""
        codes = np.zeros((len(frames), self.dims // 8), dtype=np.uint8)
        quality = np.zeros(len(frames), dtype=np.uint8)
        for number, pixels in enumerate(frames):
            codes[number], quality[number] = _pdq.code_and_quality(pixels)
        return Described(codes=codes, quality=quality)


PDQ: Final = PdqDescriptor()
"""The descriptor that is used where none is given."""

register(PDQ)
