# SPDX-License-Identifier: Apache-2.0
"""An endless collection of drawn pictures, made by formulas and chance alone: no photograph, font or drawing of others.

`picture(seed, index)` is the same on every machine with the same versions of NumPy and OpenCV.
"""

from __future__ import annotations

from kyodaku.descriptor_training.pictures._camera import SIDE
from kyodaku.descriptor_training.pictures._canvas import Picture, Rng
from kyodaku.descriptor_training.pictures._families import FAMILY, picture

__all__ = ["FAMILY", "SIDE", "Picture", "Rng", "picture"]
