# SPDX-License-Identifier: Apache-2.0
"""`kyodaku-frame-v1`: our own network for frames, trained on nothing but pictures that our own code drew.

256 numbers for a picture: their signs are the code, and eight bits of each the finer form. A mirrored picture is
described nearly as the picture itself. The card beside the weights says how they were made
(`data/kyodaku-frame-v1.card.json`, `docs/descriptor-training.md`); how it compares is in `docs/benchmarks.md`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kyodaku.copies.descriptor import register
from kyodaku.copies.onnx import OnnxCard, OnnxDescriptor

__all__ = ["DEFAULT_DESCRIPTOR", "FRAME"]

_CARD: Final = Path(__file__).parent / "data" / "kyodaku-frame-v1.card.json"


def _shipped() -> OnnxDescriptor:
    card = OnnxCard.load(_CARD)
    return OnnxDescriptor(_CARD.with_name(card.file), card)


FRAME: Final = _shipped()
"""Our own; the weights are read when the first frame is described."""

DEFAULT_DESCRIPTOR: Final = FRAME
"""The descriptor by which Kyodaku fingerprints and examines, wherever none is named."""

register(FRAME)
