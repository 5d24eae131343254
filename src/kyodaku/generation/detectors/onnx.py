# SPDX-License-Identifier: Apache-2.0
"""A detector from an ONNX file that the user brings, with a card beside it that says what it is.

`character.onnx` and `character.json`: `{"id": "our-embedder-2", "licence": "...", "trained_on": "...", "side": 224,
"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}`. The network takes (count, 3, side, side) float32 and gives
(count, size).
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from kyodaku.errors import UsageError
from kyodaku.generation.detectors.detector import Pixels, Vectors

__all__ = ["OnnxDetector"]

_FIELDS: Final = ("id", "licence", "trained_on", "side")
_MAX_BYTES: Final = 2 << 30
_MAX_SIDE: Final = 1024


class OnnxDetector:
    """The network in the file `path`; a card without licence or statement of training is refused."""

    def __init__(self, path: Path) -> None:
        card = _card(path.with_suffix(".json"))
        weights = _weights(path)
        self.id = str(card["id"])
        self.licence = str(card["licence"])
        self.trained_on = str(card["trained_on"])
        self.side = int(card["side"])
        self.weights_sha256: str | None = sha256(weights).hexdigest()
        self._mean = np.asarray(card.get("mean", [0.5] * 3), np.float32).reshape(3, 1, 1)
        self._std = np.asarray(card.get("std", [0.5] * 3), np.float32).reshape(3, 1, 1)
        self._session = _session(weights, path)

    def embed(self, pictures: Pixels) -> Vectors:
        """The network's vectors, each scaled to length one."""
        planes = (np.moveaxis(pictures, 3, 1).astype(np.float32) / 255 - self._mean) / self._std
        (vectors,) = self._session.run(None, {self._session.get_inputs()[0].name: planes})
        found = np.asarray(vectors, np.float32).reshape(len(pictures), -1)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        scaled: Vectors = found / np.maximum(lengths, 1e-9)
        return scaled


def _card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        raise UsageError(
            "a detector needs a card beside it", where=str(path), hint=f"with {', '.join(_FIELDS)}"
        ) from None
    if not isinstance(card, dict) or any(not card.get(name) for name in _FIELDS):
        raise UsageError(f"the card states {', '.join(_FIELDS)}", where=str(path))
    if not isinstance(card["side"], int) or not 8 <= card["side"] <= _MAX_SIDE:
        raise UsageError(f"'side' lies within 8 and {_MAX_SIDE}", where=str(path))
    return card


def _weights(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError("the network is larger than 2 GB", where=str(path))
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"the network cannot be read: {error.strerror}", where=str(path)) from error


def _session(weights: bytes, path: Path) -> Any:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before it is loaded: it phones home otherwise
    import onnxruntime  # noqa: PLC0415

    try:
        return onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise UsageError(f"this is no network that can be run: {type(error).__name__}", where=str(path)) from error
