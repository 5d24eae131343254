# SPDX-License-Identifier: Apache-2.0
"""The first bytes of a file: whether it sets out to be a film or a picture at all, and which way it is read."""

from __future__ import annotations

__all__ = ["HEAD_BYTES", "looks_like_media", "still_format"]

HEAD_BYTES = 512

_SIGNATURES: tuple[tuple[int, bytes], ...] = (
    (4, b"ftyp"),
    (4, b"moov"),
    (4, b"mdat"),
    (4, b"moof"),
    (4, b"styp"),
    (4, b"jP  "),
    (0, b"\x1aE\xdf\xa3"),  # Matroska, WebM
    (0, b"RIFF"),
    (0, b"OggS"),
    (0, b"FLV\x01"),
    (0, b"\x30\x26\xb2\x75"),  # ASF, WMV
    (0, b".RMF"),
    (0, b"\x06\x0e\x2b\x34"),  # MXF
    (0, b"DKIF"),
    (0, b"YUV4MPEG2"),
    (0, b"\x00\x00\x01"),  # MPEG program and elementary streams
    (0, b"\x00\x00\x00\x01"),
    (0, b"\x89PNG"),
    (0, b"GIF8"),
    (0, b"\xff\xd8\xff"),
    (0, b"II*\x00"),
    (0, b"MM\x00*"),
    (0, b"ID3"),
    (0, b"fLaC"),
)
_TRANSPORT_PACKET = 188
_AVIF_BRANDS = (b"avif", b"avis")


def looks_like_media(head: bytes) -> bool:
    """Whether the bytes carry the mark of a film, picture or sound format (then what fails to open is damaged)."""
    if head[:1] == b"G" and head[_TRANSPORT_PACKET : _TRANSPORT_PACKET + 1] == b"G":
        return True
    return any(head[offset : offset + len(mark)] == mark for offset, mark in _SIGNATURES)


def still_format(head: bytes) -> str | None:
    """`JPEG`, `WEBP` or `AVIF`: picture formats of which FFmpeg or PyAV read only a part.

    FFmpeg knows no animated WebP, no tiles and no transparency in AVIF; PyAV 18 loses mirrored JPEG orientations.
    """
    if head[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and any(brand in head[8:64] for brand in _AVIF_BRANDS):
        return "AVIF"
    return None
