# SPDX-License-Identifier: Apache-2.0
"""What a media file says of itself: its packets of XMP, and its Content Credentials."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import BinaryIO

from kyodaku.signals.boxes import Inside, look_inside
from kyodaku.signals.c2pa import CAWG_REVISION, read_c2pa
from kyodaku.signals.signal import Origin, Signal, unreadable
from kyodaku.signals.xmp import PLUS_REVISION, credentials_elsewhere, read_xmp

__all__ = ["read_embedded", "read_inside", "read_manifest_beside"]


def read_embedded(file: BinaryIO, name: str, *, fetched_at: datetime | None = None) -> list[Signal]:
    """The signals in a seekable media file called `name`; for hostile files, behind walls: C2PA is read natively."""
    return read_inside(file, look_inside(file), name, fetched_at=fetched_at)


def read_inside(file: BinaryIO, inside: Inside, name: str, *, fetched_at: datetime | None = None) -> list[Signal]:
    """The signals of what `look_inside` found in the file."""
    signals: list[Signal] = []
    for packet in inside.packets:
        signals += read_xmp(packet.data, Origin.of(packet.data, f"{name} {packet.where}", fetched_at=fetched_at))
    whole = Origin(where=name, sha256=_sha256(file), fetched_at=fetched_at) if _needs_hash(inside) else None
    if whole is not None and inside.c2pa_at is not None and inside.kind is not None:
        signals += read_c2pa(file, inside.kind, whole)
    if inside.c2pa_at is None:
        signals += _elsewhere(inside, name, fetched_at)
    if whole is not None and inside.fault is not None:
        signals += unreadable("plus", PLUS_REVISION, whole, inside.fault)
        signals += unreadable("cawg", CAWG_REVISION, whole, inside.fault, signature="none")
    return signals


def _elsewhere(inside: Inside, name: str, fetched_at: datetime | None) -> list[Signal]:
    """Credentials that the file points to and does not carry: what they say is not known."""
    for packet in inside.packets:
        if (url := credentials_elsewhere(packet.data)) is not None:
            origin = Origin.of(packet.data, f"{name} {packet.where}", fetched_at=fetched_at)
            why = "Content Credentials are kept elsewhere and were not fetched"
            return unreadable("cawg", CAWG_REVISION, origin, why, text=url, signature="none")
    return []


def read_manifest_beside(
    file: BinaryIO, manifest: bytes, name: str, *, fetched_at: datetime | None = None
) -> list[Signal]:
    """The signals in Content Credentials that lie beside a media file, in one called `name`; behind walls, too."""
    origin = Origin.of(manifest, name, fetched_at=fetched_at)
    return read_c2pa(file, look_inside(file).kind, origin, manifest=manifest)


def _needs_hash(inside: Inside) -> bool:
    return inside.c2pa_at is not None or inside.fault is not None


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()
