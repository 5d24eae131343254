# SPDX-License-Identifier: Apache-2.0
"""High dynamic range and wide gamut to what an ordinary screen shows: 8 bits, BT.709 primaries, gamma 2.4.

Light is counted in units of HDR reference white (203 cd/m², ITU-R BT.2408). Up to KNEE it passes unchanged, so that
a film's high- and standard-range masters look alike; above, highlights roll off towards white. The roll-off acts on
the largest of the three colours, which keeps hues.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Transfer", "to_standard_range"]

Transfer = Literal["pq", "hlg", "sdr"]

REFERENCE_WHITE = 203.0  # cd/m²
HLG_PEAK = 1000.0  # cd/m², the nominal peak BT.2100 gives HLG, for which its system gamma is 1.2
HLG_GAMMA = 1.2
SCREEN_GAMMA = 2.4  # BT.1886
KNEE = 0.6
LEVELS = 1 << 12  # 12 bits: what PQ was made for; finer than any picture that ends in 8

# ITU-R BT.2087, linear light
_BT2020_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], dtype=np.float32
)
_BT2020_LUMA = np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)


def to_standard_range(rgb: NDArray[np.uint16], transfer: Transfer, *, wide_gamut: bool) -> NDArray[np.uint8]:
    """Full-range 16-bit R'G'B' of shape (h, w, 3), coded by `transfer`, to 8-bit R'G'B' for an ordinary screen."""
    light = _decoding(transfer)[rgb >> 4]
    if transfer == "hlg":
        scene_luma = np.maximum(light @ _BT2020_LUMA, 1e-6)
        light *= (scene_luma ** (HLG_GAMMA - 1) * (HLG_PEAK / REFERENCE_WHITE))[..., None]
    if wide_gamut:
        light = np.maximum(light @ _BT2020_TO_BT709.T, 0)
    if transfer != "sdr":
        light *= _roll_off(light.max(axis=-1))[..., None]
    codes = (np.sqrt(np.minimum(light, 1)) * (LEVELS - 1)).astype(np.uint16)
    screen: NDArray[np.uint8] = _encoding()[codes]
    return screen


def _roll_off(peak: NDArray[np.float32]) -> NDArray[np.float32]:
    """The factor that brings `peak` onto the curve: the identity up to KNEE, then an exponential towards 1."""
    peak = np.maximum(peak, np.float32(1e-6))
    rolled = 1 - (1 - KNEE) * np.exp((KNEE - peak) / (1 - KNEE))
    factor: NDArray[np.float32] = np.where(peak > KNEE, rolled / peak, 1).astype(np.float32)
    return factor


@cache
def _decoding(transfer: Transfer) -> NDArray[np.float32]:
    """Code value to light: of the display for `pq` and `sdr`, of the scene (0 to 1) for `hlg`. ITU-R BT.2100."""
    code = np.linspace(0, 1, LEVELS)
    if transfer == "pq":
        root = code ** (1 / 78.84375)
        light = (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
        light *= 10000 / REFERENCE_WHITE
    elif transfer == "hlg":
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    else:
        light = code**SCREEN_GAMMA
    return light.astype(np.float32)


@cache
def _encoding() -> NDArray[np.uint8]:
    """Square root of light to 8-bit code: the root spreads the dark end, where codes lie close."""
    root = np.linspace(0, 1, LEVELS)
    return np.rint(255 * root ** (2 / SCREEN_GAMMA)).astype(np.uint8)
