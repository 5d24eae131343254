# SPDX-License-Identifier: Apache-2.0
"""A sentence model that the user brings, as ONNX file and `tokenizer.json`, behind `TextEmbedder`.

No weights come with Kyodaku. What a model finds is told in band `review`; it never decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from kyodaku.errors import KyodakuError

__all__ = ["OnnxTextEmbedder"]

_MAX_TOKENS: Final = 256
_BATCH: Final = 16


class OnnxTextEmbedder:
    """Token vectors of a transformer, averaged and brought to length 1; `id` names the weights by their SHA-256."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        try:
            import onnxruntime  # noqa: PLC0415 - for those who bring a model
            from tokenizers import Tokenizer  # noqa: PLC0415
        except ImportError as fault:
            raise KyodakuError(
                "a sentence model needs onnxruntime and tokenizers", hint="pip install 'kyodaku[sentences]'"
            ) from fault
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            weights = model.read_bytes()
            self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as fault:
            # both libraries raise types of their own for a file that is none of theirs
            raise KyodakuError("not a sentence model with its tokenizer", where=str(model)) from fault
        self.id = hashlib.sha256(weights).hexdigest()
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.enable_padding()

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """The model in a folder, as such models are published: `model.onnx` and `tokenizer.json`."""
        return cls(folder / "model.onnx", folder / "tokenizer.json")

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One row of length 1 a text."""
        rows = [self._batch(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, 1), np.float32)

    def _batch(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        encoded = self._tokenizer.encode_batch([text.encode("utf-8", "replace").decode() for text in texts])
        ids = np.array([one.ids for one in encoded], np.int64)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        given: dict[str, Any] = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        vectors = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        if vectors.ndim == 3:
            vectors = (vectors * mask[..., None]).sum(axis=1) / np.maximum(mask.sum(axis=1, keepdims=True), 1)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)
