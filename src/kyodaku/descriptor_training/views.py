# SPDX-License-Identifier: Apache-2.0
"""What editors do to a film, done to a drawn picture: two views of one picture must be described alike.

The families and their ranges are those that re-uploads show (copy detection challenges of 2021 and 2022); the code
shares nothing with `kyodaku.edits`, on which the descriptor is measured.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kyodaku.descriptor_training._geometry import INPUT, placed
from kyodaku.descriptor_training.pictures import Picture, Rng
from kyodaku.descriptor_training.pictures._canvas import chance, clip8, fixed
from kyodaku.descriptor_training.pictures._shapes import shape
from kyodaku.descriptor_training.pictures._writing import lettering, make_script, write

__all__ = ["INPUT", "mild_view", "strong_view"]

_BANK_SEED: Final = 77
_TEXTS: Final = 600
_FORMS: Final = 1500

Mask = NDArray[np.uint8]


def mild_view(rng: Rng, picture: Picture, other: Picture) -> Picture:
    """Nearly the picture: cut a little, compressed; `INPUT` pixels square."""
    view = placed(rng, picture, other, strong=False)
    if chance(rng, 0.5):
        view = _toned(rng, view, 0.3)
    return _degraded(rng, view, 0.35)


def strong_view(rng: Rng, picture: Picture, other: Picture) -> Picture:
    """A copy as edited as re-uploads are; `other` is another picture that may lie around or upon it."""
    view = placed(rng, picture, other, strong=True)
    if chance(rng, 0.5):
        view = _overlaid(rng, _toned(rng, view, 1.0), other)
    else:
        view = _toned(rng, _overlaid(rng, view, other), 1.0)
    return _degraded(rng, view, 1.0)


def _toned(rng: Rng, view: Picture, force: float) -> Picture:
    """Brightness, contrast, gamma, tint; hue and saturation, grey, mixed channels."""
    if chance(rng, 0.75):
        view = np.asarray(cv2.LUT(view, _tones(rng, force)), np.uint8)
    if chance(rng, 0.22 * force):
        view = _recoloured(rng, view)
    elif chance(rng, 0.16 * force):
        view = np.asarray(cv2.cvtColor(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    elif chance(rng, 0.05 * force):
        view = np.asarray(cv2.transform(view, np.clip(np.eye(3) + rng.normal(0, 0.25, (3, 3)), -1, 1.5)), np.uint8)
    return view


def _tones(rng: Rng, force: float) -> Picture:
    gamma, contrast = math.exp(rng.normal(0, 0.25 * force)), math.exp(rng.normal(0, 0.22 * force))
    curve = (((np.arange(256) / 255) ** gamma - 0.5) * contrast + 0.5) * 255 + rng.normal(0, 18 * force)
    if chance(rng, 0.3):
        tints = [curve * math.exp(rng.normal(0, 0.15 * force)) + rng.normal(0, 8 * force) for _ in range(3)]
        return clip8(np.stack(tints, axis=-1))[:, None, :]
    return clip8(curve)


def _recoloured(rng: Rng, view: Picture) -> Picture:
    hsv = np.asarray(cv2.cvtColor(view, cv2.COLOR_RGB2HSV), np.uint8)
    every = np.arange(256)
    hsv[..., 0] = ((every + rng.integers(0, 180)) % 180).astype(np.uint8)[hsv[..., 0]]
    hsv[..., 1] = clip8(every * math.exp(rng.normal(0, 0.4)))[hsv[..., 1]]
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def _overlaid(rng: Rng, view: Picture, other: Picture) -> Picture:
    """Captions and large words, emblems and stickers, a foreign inset."""
    view = view.copy()
    if chance(rng, 0.3):
        _caption(rng, view)
    if chance(rng, 0.28):
        view = _stickers(rng, view)
    if chance(rng, 0.12):
        width, height = (int(INPUT * share) for share in rng.uniform(0.2, 0.5, 2))
        x, y = int(rng.uniform(0, INPUT - width)), int(rng.uniform(0, INPUT - height))
        view[y : y + height, x : x + width] = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)
    return view


def _caption(rng: Rng, view: Picture) -> None:
    face, back = _texts()[rng.integers(_TEXTS)]
    if chance(rng, 0.3):
        face, back = face[:, ::-1], back[:, ::-1]
    view[back > 127] = 0 if chance(rng, 0.6) else rng.integers(0, 256, 3)
    view[face > 127] = int(rng.integers(200, 256)) if chance(rng, 0.7) else rng.integers(0, 256, 3)


def _stickers(rng: Rng, view: Picture) -> Picture:
    for _ in range(rng.integers(1, 4)):
        size = INPUT * 2 ** rng.uniform(-4, -1.4)
        form = _forms()[rng.integers(_FORMS)] * size + rng.uniform(0, 1, 2) * INPUT
        tint = [int(value) for value in rng.integers(0, 256, 3)]
        laid = cv2.fillPoly(view.copy(), [fixed(form)], tint, cv2.LINE_AA, 4)
        if chance(rng, 0.4):
            centre = _forms()[rng.integers(_FORMS)] * size * 0.5 + form.mean(axis=0)
            cv2.fillPoly(laid, [fixed(centre)], [int(value) for value in rng.integers(0, 256, 3)], cv2.LINE_AA, 4)
        opacity = rng.uniform(0.2, 0.9) if chance(rng, 0.3) else 1.0
        view = np.asarray(cv2.addWeighted(laid, opacity, view, 1 - opacity, 0), np.uint8)
    return view


def _degraded(rng: Rng, view: Picture, force: float) -> Picture:
    """Blur or fewer pixels, noise, JPEG."""
    if chance(rng, 0.2 * force):
        view = np.asarray(cv2.GaussianBlur(view, (0, 0), rng.uniform(0.4, 2.2)), np.uint8)
    elif chance(rng, 0.2 * force):
        side = int(INPUT * rng.uniform(0.25, 0.7))
        small = cv2.resize(view, (side, side), interpolation=cv2.INTER_AREA)
        view = np.asarray(cv2.resize(small, (INPUT, INPUT), interpolation=int(rng.integers(0, 3))), np.uint8)
    if chance(rng, 0.18 * force):
        y, x = rng.integers(0, 2 * INPUT, 2)
        noise = _noise()[y : y + INPUT, x : x + INPUT] * np.float32(rng.uniform(3, 22))
        view = clip8(view + (noise if chance(rng, 0.5) else noise[..., :1]))
    if chance(rng, 0.4 * force):
        _, data = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(6, 70))])
        view = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return view


@lru_cache(maxsize=1)
def _texts() -> tuple[tuple[Mask, Mask], ...]:
    """Masks of words: their face, and what lies behind it (an outline, a band, or nothing)."""
    rng = np.random.default_rng([_BANK_SEED, 1])
    return tuple(_text(rng) for _ in range(_TEXTS))


def _text(rng: Rng) -> tuple[Mask, Mask]:
    face = np.zeros((INPUT, INPUT, 3), np.uint8)
    script, how = make_script(rng, int(rng.integers(5, 24))), lettering(rng, INPUT)
    state = rng.bit_generator.state
    write(face, rng, script, how, tint=(255.0,) * 3)
    back, kind = np.zeros_like(face), rng.random()
    if kind < 0.5:
        rng.bit_generator.state = state
        write(back, rng, script, how, tint=(255.0,) * 3, edge=(255.0,) * 3)
    elif kind > 0.8:
        rows = np.flatnonzero(face[..., 0].any(axis=1))
        if rows.size:
            back[max(0, int(rows[0]) - 3) : int(rows[-1]) + 4] = 255
    return np.ascontiguousarray(face[..., 0]), np.ascontiguousarray(back[..., 0])


@lru_cache(maxsize=1)
def _forms() -> tuple[NDArray[np.float64], ...]:
    rng = np.random.default_rng([_BANK_SEED, 2])
    return tuple(shape(rng) for _ in range(_FORMS))


@lru_cache(maxsize=1)
def _noise() -> NDArray[np.float32]:
    rng = np.random.default_rng([_BANK_SEED, 3])
    return rng.standard_normal((3 * INPUT, 3 * INPUT, 3)).astype(np.float32)
