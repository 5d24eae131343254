# SPDX-License-Identifier: Apache-2.0
"""The card of a network: how an ONNX file becomes a descriptor, field by field; `docs/descriptors.md` is for people."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kyodaku.errors import KyodakuError, UsageError

__all__ = ["OnnxCard", "Strangers"]

MAX_CARD_BYTES: Final = 64 * 1024
MAX_NUMBERS: Final = 4_096
"""Of an embedding: the widest in use are 2,048 and 3,072."""
MAX_FINE: Final = 256
"""A fingerprint file keeps this many numbers a frame at most."""
MAX_BITS: Final = 2_048
"""A fingerprint file keeps codes of this width at most."""
MAX_INPUT: Final = 1_024

_CODES: Final = (
    "sha256", "input_size", "channels", "layout", "scale", "mean", "std", "resize",
    "output_dims", "bits", "rotation_seed", "fine_dims",
)  # fmt: skip
"""The fields that decide what code a picture gets."""

Side = Annotated[int, Field(ge=1, le=MAX_INPUT)]
Triple = tuple[float, float, float]


class Strangers(BaseModel):
    """A bank of strangers (`kyodaku.copies.background`): `(rows, fine_dims)` of int8, an .npy file beside the card."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.npy$", max_length=128)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


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
    background: Strangers | None = None
    """What frames are held against where there are few other works; without it, a first film has no company."""
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

    @property
    def content(self) -> str:
        """Names what codes come of: the network and how pictures enter it and numbers leave it; not what is told of it.

        Two cards with the same id and another content are two descriptors of which one must get another name.
        """
        told = self.model_dump(mode="json", include=set(_CODES))
        return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

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
