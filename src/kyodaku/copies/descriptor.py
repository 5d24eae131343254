# SPDX-License-Identifier: Apache-2.0
"""What turns pictures into codes: the `Descriptor` protocol and the table of those that are known by name.

A descriptor is versioned for ever: `pdq-v1` will always give the same codes for the same picture. A better method
gets a new name or a new version, stands beside the old one in the table, and brings its own calibration file
(`kyodaku.copies.calibration`). Everything else in this room asks a descriptor only for what the protocol says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kyodaku.errors import UsageError

__all__ = [
    "Codes",
    "Described",
    "Descriptor",
    "Pixels",
    "content_of",
    "descriptor_id",
    "find_descriptor",
    "get_descriptor",
    "known_descriptors",
    "register",
]

Pixels: TypeAlias = NDArray[np.uint8]
"""One upright picture, `(height, width, 3)` RGB."""

Codes: TypeAlias = NDArray[np.uint8]
"""Binary codes, `(frames, bits // 8)`, most significant bit first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """The codes of some frames, with how much there was to see in each."""

    codes: Codes
    """`(frames, dims // 8)`."""
    quality: NDArray[np.uint8]
    """`(frames,)`, 0 (blank) to 100; below the calibration's `minimum_quality` a frame is kept but never matched."""
    fine: NDArray[np.int8] | None = None
    """`(frames, fine_dims)`, the finer form by which what codes found is measured again; None without one."""


class Descriptor(Protocol):
    """Pictures in, codes out; codes are compared by their Hamming distance."""

    @property
    def name(self) -> str:
        """Lower case, without a version, for example `pdq`."""
        ...

    @property
    def version(self) -> int:
        """Raised whenever any picture would get another code."""
        ...

    @property
    def dims(self) -> int:
        """Bits in a code, a multiple of 64."""
        ...

    @property
    def fine_dims(self) -> int:
        """Numbers in the finer form, compared by their cosine; 0 for a descriptor that has codes only."""
        ...

    @property
    def mirror_tolerant(self) -> bool:
        """Whether a mirrored picture is described nearly as the picture itself is."""
        ...

    @property
    def metric(self) -> str:
        """How codes are compared: `hamming`."""
        ...

    @property
    def max_side(self) -> int:
        """The longer side, in pixels, at which frames are best decoded for this descriptor; any size is accepted."""
        ...

    def describe(self, frames: Sequence[Pixels]) -> Described:
        """Describe each frame by itself: neither the order nor the company of the frames changes a code."""
        ...


_KNOWN: dict[str, Descriptor] = {}


def descriptor_id(descriptor: Descriptor) -> str:
    """The id under which a descriptor's codes are stored, for example `pdq-v1`."""
    return f"{descriptor.name}-v{descriptor.version}"


def register(descriptor: Descriptor) -> None:
    """Make a descriptor known by its id; the first one under an id stays."""
    if descriptor.dims % 64 or descriptor.metric != "hamming":
        raise UsageError(
            "a descriptor must give binary codes of a multiple of 64 bits, compared by Hamming distance",
            where=descriptor_id(descriptor),
        )
    _KNOWN.setdefault(descriptor_id(descriptor), descriptor)


def known_descriptors() -> tuple[str, ...]:
    """The ids of all known descriptors, sorted; those that a user brings are among them (`kyodaku.copies.brought`)."""
    return tuple(sorted({*_KNOWN, *_brought()}))


def get_descriptor(identifier: str) -> Descriptor:
    """The descriptor with this id; `UsageError` names the known ones when there is none."""
    found = find_descriptor(identifier)
    if found is None:
        raise UsageError(f"unknown descriptor {identifier!r}", hint=f"known: {', '.join(known_descriptors())}")
    return found


def find_descriptor(identifier: str) -> Descriptor | None:
    """The descriptor with this id, None when there is none."""
    return (_KNOWN if identifier in _KNOWN else _brought()).get(identifier)


def content_of(identifier: str) -> str:
    """Names what a descriptor's codes come of, where that is more than code; empty where it is not, or not known here.

    Weights under a name that is taken would give other codes: what holds codes keeps this, and compares it.
    """
    return str(getattr(find_descriptor(identifier), "content", ""))


def _brought() -> Mapping[str, Descriptor]:
    from kyodaku.copies.brought import brought  # noqa: PLC0415 - it needs what is defined here

    found = brought()
    for identifier in _KNOWN.keys() & found:
        if getattr(_KNOWN[identifier], "card", None) != found[identifier].card:
            where = str(found[identifier].path)
            raise UsageError(f"{identifier!r} is taken", where=where, hint="give yours a name of its own")
    return found
