# SPDX-License-Identifier: Apache-2.0
"""Any picture embedding that is an ONNX file can be a descriptor: the file, and a card that says how to use it.

```python
sscd = load_onnx_descriptor(Path("sscd.json"))        # the card, with sscd.onnx beside it
register(sscd)
made = fingerprint(frames, descriptor=sscd)           # made.descriptor == "sscd-v1"
```

The card pins the file by its hash, so that an id means the same codes for ever. An ONNX file is a program: it is run
without operators of its own, on one thread, and it can read nothing but the picture; yet nobody can bound in advance
what memory a strange one asks for. Use files from people you trust.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kyodaku.copies._onnx_card import OnnxCard
from kyodaku.copies._onnx_file import check_self_contained
from kyodaku.copies.descriptor import Described, Pixels
from kyodaku.copies.information import information
from kyodaku.errors import IntegrityError, KyodakuError, UsageError

__all__ = ["OnnxCard", "OnnxDescriptor", "load_onnx_descriptor"]

Float = NDArray[np.float32]

MAX_MODEL_BYTES: Final = 512 * 1024 * 1024
"""A large image network in 32-bit floats; SSCD has 100 MB."""
_INT8: Final = 127

_RESIZES: Final = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


class OnnxDescriptor:
    """A network behind the `Descriptor` protocol.

    The file is read, checked and made ready when the first frame is described, or by `prepare`. Frames go through the
    network one at a time: their codes do not depend on their company, which runtimes promise for no other way, and on
    one core a batch is no faster (measured: 723 frames/s one by one, 752 by sixteens). Between machines the last digit
    of a number may differ, and with it a bit whose number is nearly zero.
    """

    metric: Final = "hamming"

    def __init__(self, path: Path, card: OnnxCard, *, threads: int = 1) -> None:
        self.path = path
        self.card = card
        self._threads = threads

    def __reduce__(self) -> tuple[object, ...]:
        """Another process reads the file itself."""
        return _rebuilt, (self.path, self.card, self._threads)

    @property
    def name(self) -> str:
        """The card's."""
        return self.card.name

    @property
    def version(self) -> int:
        """The card's."""
        return self.card.version

    @property
    def content(self) -> str:
        """The card's: what codes come of."""
        return self.card.content

    @property
    def dims(self) -> int:
        """Bits in a code."""
        return self.card.bits

    @property
    def fine_dims(self) -> int:
        """Numbers in the finer form."""
        return self.card.fine_dims

    @property
    def max_side(self) -> int:
        """The card's."""
        return self.card.max_side

    @property
    def mirror_tolerant(self) -> bool:
        """The card's."""
        return self.card.mirror_tolerant

    def prepare(self) -> None:
        """Read and check the file now; `IntegrityError` when its hash is not the card's."""
        _ = self._network

    def describe(self, frames: Sequence[Pixels]) -> Described:
        """Quality is how much there is to see (`kyodaku.copies.information`), whatever the network makes of it."""
        made = [self._one(frame) for frame in frames]
        empty = np.zeros((0, max(self.dims, self.fine_dims)), dtype=np.float32)
        numbers = np.concatenate([empty, *(row[None] for row, _ in made)])
        return Described(
            codes=np.packbits(numbers[:, : self.dims] > 0, axis=1),
            quality=np.array([quality for _, quality in made], dtype=np.uint8),
            fine=_as_int8(numbers[:, : self.fine_dims]) if self.fine_dims else None,
        )

    def embed(self, frame: Pixels) -> Float:
        """What the network gives for one picture, of length 1 (or all zero)."""
        return self._numbers(self._resized(frame))

    def _one(self, frame: Pixels) -> tuple[Float, int]:
        picture = self._resized(frame)
        numbers = self._numbers(picture)
        if self.card.rotation_seed is not None:
            wanted = max(self.dims, self.fine_dims)
            numbers = rotation(self.card.rotation_seed, self.card.output_dims, wanted) @ numbers
        return numbers, information(frame)

    def _resized(self, frame: Pixels) -> Image.Image:
        picture = Image.fromarray(np.ascontiguousarray(frame))
        if picture.size == self.card.input_size:
            return picture
        return picture.resize(self.card.input_size, _RESIZES[self.card.resize])

    def _numbers(self, picture: Image.Image) -> Float:
        pixels = np.asarray(picture)
        if self.card.channels == "bgr":
            pixels = pixels[:, :, ::-1]
        values = pixels.astype(np.float32)
        if self._factor is not None:
            values = values * self._factor[0] + self._factor[1]
        batch = values[None] if self.card.layout == "nhwc" else values.transpose(2, 0, 1)[None]
        numbers = self._network.run(np.ascontiguousarray(batch))
        length = float(np.sqrt(np.square(numbers, dtype=np.float64).sum()))
        if not np.isfinite(length):
            raise KyodakuError("the network gives no numbers for a picture", where=str(self.path))
        return numbers if length == 0 else (numbers / length).astype(np.float32)

    @cached_property
    def _factor(self) -> tuple[Float, Float] | None:
        scale, mean, std = self.card.scale, np.array(self.card.mean), np.array(self.card.std)
        if scale == 1 and not mean.any() and (std == 1).all():
            return None
        return (1 / (scale * std)).astype(np.float32), (-mean / std).astype(np.float32)

    @cached_property
    def _network(self) -> _Network:
        return _Network(self.path, self.card, self._threads)


def _runtime() -> Any:
    """The runtime, which reports to nobody: since 1.29 it would keep a device id in the home folder and send events.

    The variables must stand before it begins (its pull requests 27379 and 29843: the names of different versions).
    """
    os.environ |= dict.fromkeys(("ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED"), "1")
    import onnxruntime  # noqa: PLC0415 - a fifth of a second that only those who describe frames should wait for

    onnxruntime.disable_telemetry_events()  # where somebody had begun it before
    return onnxruntime


class _Network:
    """A file that was checked, in the runtime."""

    def __init__(self, path: Path, card: OnnxCard, threads: int) -> None:
        onnxruntime = _runtime()
        self._where, self._dims = str(path), card.output_dims
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.add_session_config_entry("session.load_model_format", "ONNX")
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(_read(path, card), options, providers=["CPUExecutionProvider"])
        except (KyodakuError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - the runtime's errors share no other class
            raise UsageError(f"the network cannot be used: {_first_line(error)}", where=self._where) from None
        inputs, outputs = session.get_inputs(), session.get_outputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:
            raise UsageError("the network must take one batch of pictures as 32-bit floats", where=self._where)
        self._session, self._input, self._output = session, inputs[0].name, outputs[0].name

    def run(self, batch: Float) -> Float:
        """The numbers of a batch of one."""
        try:
            (made,) = self._session.run([self._output], {self._input: batch})
        except Exception as error:  # noqa: BLE001 - as above
            raise UsageError(f"the network refuses a picture: {_first_line(error)}", where=self._where) from None
        numbers = np.asarray(made)
        if numbers.size != self._dims or numbers.dtype != np.float32:
            raise UsageError(
                f"the network gives {numbers.shape} of {numbers.dtype}, where the card says {self._dims} numbers",
                where=self._where,
            )
        return numbers.reshape(-1)


def load_onnx_descriptor(card: Path, *, threads: int = 1) -> OnnxDescriptor:
    """The descriptor of a card and the file that it names, which lies beside it; both are checked at once."""
    read = OnnxCard.load(card)
    descriptor = OnnxDescriptor(card.with_name(read.file), read, threads=threads)
    descriptor.prepare()
    return descriptor


@lru_cache(maxsize=4)
def rotation(seed: int, dims: int, wanted: int) -> Float:
    """A `(wanted, dims)` matrix of random directions, at right angles as far as there is room; the same for ever.

    Its entries are drawn with SHAKE-256, which no release of a library will ever draw differently, and then made
    orthogonal block by block.
    """
    blocks = []
    for number in range(-(-wanted // dims)):
        drawn = hashlib.shake_256(f"kyodaku rotation {seed} {number}".encode()).digest(2 * dims * dims)
        q, r = np.linalg.qr(np.frombuffer(drawn, dtype="<u2").reshape(dims, dims) - 32767.5)
        blocks.append((q * np.where(np.diag(r) < 0, -1.0, 1.0)).T)
    matrix: Float = np.concatenate(blocks)[:wanted].astype(np.float32)
    matrix.setflags(write=False)
    return matrix


def _rebuilt(path: Path, card: OnnxCard, threads: int) -> OnnxDescriptor:
    return OnnxDescriptor(path, card, threads=threads)


def _read(path: Path, card: OnnxCard) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MODEL_BYTES + 1)
    except OSError as error:
        raise KyodakuError(f"the network cannot be read: {error.strerror}", where=str(path)) from None
    if len(data) > MAX_MODEL_BYTES:
        raise UsageError("this network is too large", where=str(path))
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise IntegrityError("this is not the network that its card names: their hashes differ", where=str(path))
    try:
        check_self_contained(data)
    except UsageError as error:
        raise UsageError(error.what, where=str(path), hint=error.hint) from None
    return data


def _as_int8(numbers: Float) -> NDArray[np.int8]:
    """Each row as large as it fits; its direction is what counts."""
    largest = np.abs(numbers).max(axis=1, keepdims=True, initial=0)
    scaled: NDArray[np.int8] = np.rint(numbers * (_INT8 / np.where(largest > 0, largest, 1))).astype(np.int8)
    return scaled


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0][:200]
