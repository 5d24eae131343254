# SPDX-License-Identifier: Apache-2.0
"""How the weights of `kyodaku-frame-v1` are made: from pictures drawn by this package, and from nothing else.

Nothing else of Kyodaku imports this room; it needs the extra `descriptor-training`. `kyodaku-train-descriptor` draws
the pictures, trains the network and writes the ONNX file and its card (`docs/descriptor-training.md`).
"""

from __future__ import annotations

__all__: list[str] = []
