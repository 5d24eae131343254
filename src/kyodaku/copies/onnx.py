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
import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kyodaku.copies import _pdq
from kyodaku.copies._onnx_file import check_self_contained
from kyodaku.copies.descriptor import Described, Pixels
from kyodaku.errors import IntegrityError, KyodakuError, UsageError

__all__ = ["OnnxCard", "OnnxDescriptor", "load_onnx_descriptor"]

Float = NDArray[np.float32]

MAX_MODEL_BYTES: Final = 512 * 1024 * 1024
"""A large image network in 32-bit floats; SSCD has 100 MB."""
MAX_CARD_BYTES: Final = 64 * 1024
MAX_NUMBERS: Final = 4_096
"""Of an embedding: the widest in use are 2,048 and 3,072."""
MAX_FINE: Final = 256
"""A fingerprint file keeps this many numbers a frame at most."""
MAX_BITS: Final = 2_048
"""A fingerprint file keeps codes of this width at most."""
MAX_INPUT: Final = 1_024

_QUALITY_SIDE: Final = 64
"""PDQ's quality is a sum over the steps between 64 x 64 samples."""
_INT8: Final = 127

_RESIZES: Final = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}

Side = Annotated[int, Field(ge=1, le=MAX_INPUT)]
Triple = tuple[float, float, float]


class OnnxCard(BaseModel):
    """How an ONNX file becomes a descriptor. `(pixel / scale - mean) / std` enters the network, channel by channel."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
    """Lower case, for example `sscd-disc-mixup`; with the version it is the descriptor's id."""
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.onnx$", max_length=128)]
    """The file's name; it lies beside the card."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    input_size: Annotated[tuple[Side, Side], Field(strict=False)]
    """Width and height."""
    channels: Literal["rgb", "bgr"] = "rgb"
    layout: Literal["nchw", "nhwc"] = "nchw"
    scale: Annotated[float, Field(gt=0)] = 1.0
    """What pixels of 0 to 255 are divided by first."""
    mean: Annotated[Triple, Field(strict=False)] = (0.0, 0.0, 0.0)
    """In the network's order of channels, after `scale`."""
    std: Annotated[Triple, Field(strict=False)] = (1.0, 1.0, 1.0)
    resize: Literal["box", "bilinear", "bicubic"] = "bilinear"
    """How a frame is brought to the input's size; all three average over the pixels that a sample stands for. With
    `box` a film and its copy of another size differ more, as whole pixels fall in or out (docs/descriptors.md)."""
    output_dims: Annotated[int, Field(ge=8, le=MAX_NUMBERS)]
    """Numbers that the network gives for a picture."""
    bits: Annotated[int, Field(ge=64, le=MAX_BITS, multiple_of=64)]
    """Of a code: one a number, or any when there is a `rotation_seed`."""
    rotation_seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """The numbers are turned by a drawn rotation before their signs are taken; without one, they are taken as is."""
    fine_dims: Annotated[int, Field(ge=0, le=MAX_FINE)]
    """Numbers that are kept of the finer form; 0 for codes only."""
    max_side: Annotated[int, Field(ge=64, le=4_096)] = 512
    """The longer side at which frames are best decoded."""
    mirror_tolerant: bool = False
    """Whether a picture and its mirror image are meant to have nearly the same numbers."""
    licence: Annotated[str, Field(min_length=1, max_length=4_000)]
    """Of the weights."""
    training: Annotated[str, Field(min_length=1, max_length=4_000)]
    """What the network was trained on, and whether its makers were asked."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.rotation_seed is None and self.bits != self.output_dims:
            raise ValueError(f"{self.output_dims} numbers have as many signs; for {self.bits} bits give rotation_seed")
        if self.fine_dims > self.output_dims:
            raise ValueError(f"there are {self.output_dims} numbers for fine_dims to keep")
        if 0 in self.std:
            raise ValueError("std must not be 0")
        return self

    @classmethod
    def load(cls, path: Path) -> OnnxCard:
        """Read a card from JSON; `UsageError` names the file and the first field that is off."""
        try:
            with path.open("rb") as file:
                text = file.read(MAX_CARD_BYTES + 1)
        except OSError as error:
            raise KyodakuError(f"the card cannot be read: {error.strerror}", where=str(path)) from None
        if len(text) > MAX_CARD_BYTES:
            raise UsageError("this file is too large to be a descriptor's card", where=str(path))
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            what = f"{field}: {first['msg']}" if field else first["msg"]
            raise UsageError(re.sub(r"\s+", " ", what), where=str(path)) from None


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
        """Quality is PDQ's measure, so that it means the same for every descriptor."""
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
        return numbers, _quality(picture)

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


class _Network:
    """A file that was checked, in the runtime."""

    def __init__(self, path: Path, card: OnnxCard, threads: int) -> None:
        import onnxruntime  # noqa: PLC0415 - a fifth of a second that only those who describe frames should wait for

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


def _quality(picture: Image.Image) -> int:
    samples = picture.convert("L").resize((_QUALITY_SIDE, _QUALITY_SIDE), Image.Resampling.BOX)
    return _pdq.quality_of(np.asarray(samples, dtype=np.float32))


def _as_int8(numbers: Float) -> NDArray[np.int8]:
    """Each row as large as it fits; its direction is what counts."""
    largest = np.abs(numbers).max(axis=1, keepdims=True, initial=0)
    scaled: NDArray[np.int8] = np.rint(numbers * (_INT8 / np.where(largest > 0, largest, 1))).astype(np.int8)
    return scaled


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0][:200]
