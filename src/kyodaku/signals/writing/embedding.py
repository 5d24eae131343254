# SPDX-License-Identifier: Apache-2.0
"""PLUS put into pictures: a JPEG or PNG keeps its bytes, and a packet of XMP that it has keeps what else it says."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Final

from lxml import etree

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.signals.boxes import MAX_XMP, look_inside
from kyodaku.signals.xml import XmlFault, parsed
from kyodaku.signals.xmp import PLUS_NAMESPACE

__all__ = ["with_xmp"]

_JPEG: Final = b"\xff\xd8"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_PNG_XMP: Final = b"XML:com.adobe.xmp\0\0\0\0\0"
_JPEG_SEGMENT: Final = 65_502
"""What a segment holds of XMP (ISO 16684-3); longer packets are told in pieces, which are not rewritten here."""
_PNG_HEAD: Final = len(_PNG) + 25
"""The chunk IHDR is the first and has 13 bytes."""
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_OURS: Final = tuple(f"{{{PLUS_NAMESPACE}}}{name}" for name in ("DataMining", "OtherConstraints"))


def with_xmp(picture: bytes, packet: bytes) -> bytes:
    """The JPEG or PNG with what `packet` says of data mining, in the place of what it said of that before.

    Raises UsageError for another kind of file, and KyodakuError for one whose metadata cannot be changed safely.
    """
    if not picture.startswith((_JPEG, _PNG)):
        raise UsageError("XMP is put into JPEG and PNG; a film gets a sidecar, or is stamped")
    inside = look_inside(BytesIO(picture))
    if inside.fault is not None:
        raise KyodakuError(f"its metadata cannot be read: {inside.fault}")
    if inside.c2pa_at is not None:
        hint = "stamp it with --certificate and --key"
        raise KyodakuError("it has Content Credentials, which a change would make invalid", hint=hint)
    if len(inside.packets) > 1:
        raise KyodakuError("it has several packets of XMP", hint="put the sidecar in with your editing program")
    if not inside.packets:
        at = 2 if picture.startswith(_JPEG) else _PNG_HEAD
        return picture[:at] + _held(picture, packet) + picture[at:]
    there = inside.packets[0]
    return picture[: there.at] + _held(picture, _merged(there.data, packet)) + picture[_end(picture, there.at) :]


def _held(picture: bytes, packet: bytes) -> bytes:
    """The packet as a segment, or as a chunk."""
    if picture.startswith(_PNG):
        body = b"iTXt" + _PNG_XMP + packet
        return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    if len(packet) > _JPEG_SEGMENT:
        raise KyodakuError("its XMP is too long for one segment", hint="put the sidecar in with your editing program")
    return b"\xff\xe1" + struct.pack(">H", 2 + len(_JPEG_XMP) + len(packet)) + _JPEG_XMP + packet


def _end(picture: bytes, at: int) -> int:
    if picture.startswith(_PNG):
        length: int = struct.unpack_from(">I", picture, at)[0]
        return at + 12 + length
    size: int = struct.unpack_from(">H", picture, at + 2)[0]
    return at + 2 + size


def _merged(there: bytes, packet: bytes) -> bytes:
    """The packet that is there, with the new one's properties of data mining in place of its own."""
    try:
        root, new = parsed(there, most=MAX_XMP), parsed(packet, most=MAX_XMP)
    except XmlFault as fault:
        raise KyodakuError(f"its XMP cannot be read: {fault}") from None
    if next(root.iter(*_OURS), None) is not None:
        for element in list(root.iter(*_OURS)):
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
    descriptions = list(root.iter(f"{{{_RDF}}}Description"))
    if not descriptions:
        raise KyodakuError("its XMP describes nothing", hint="put the sidecar in with your editing program")
    for description in descriptions:
        for name in _OURS:
            description.attrib.pop(name, "")
    (source,) = new.iter(f"{{{_RDF}}}Description")
    for name in _OURS:
        if name in source.attrib:
            descriptions[0].set(name, source.attrib[name])
    body: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n' + body + b'\n<?xpacket end="w"?>'
