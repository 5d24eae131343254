# SPDX-License-Identifier: Apache-2.0
"""Packets of XMP, and media files that carry them as editing programs do."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
PLUS = "http://ns.useplus.org/ldf/xmp/1.0/"
VOCABULARY = "http://ns.useplus.org/ldf/vocab/"


def packet(properties: str = "", elements: str = "", *, prefix: str = "plus") -> bytes:
    """A packet with these attributes and elements on its description; `prefix` stands for the PLUS namespace."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:{prefix}="{PLUS}" xmlns:tdm="http://www.w3.org/ns/tdmrep/" '
        'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'{properties}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def mining(code: str) -> bytes:
    """A packet with this value of DataMining, as the specification writes it."""
    return packet(f'plus:DataMining="{VOCABULARY}{code}"')


def in_mp4(xmp: bytes, film: bytes) -> bytes:
    """The film with a uuid box after it."""
    return film + struct.pack(">I4s", 24 + len(xmp), b"uuid") + XMP_UUID + xmp


def in_jpeg(xmp: bytes) -> bytes:
    """A picture with the packet in a segment; a long one in the pieces of an extended packet."""
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    data = out.getvalue()
    if len(xmp) < 60_000:
        body = b"http://ns.adobe.com/xap/1.0/\0" + xmp
        return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]
    pieces = b""
    for offset in range(0, len(xmp), 50_000):
        body = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">II", len(xmp), offset)
        body += xmp[offset : offset + 50_000]
        pieces += b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return data[:2] + pieces + data[2:]


def in_png(xmp: bytes, *, packed: bool = False) -> bytes:
    """A picture with the packet in a text chunk."""
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    data = out.getvalue()
    text = zlib.compress(xmp) if packed else xmp
    body = b"XML:com.adobe.xmp\0" + (b"\1\0" if packed else b"\0\0") + b"\0\0" + text
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    return data[:33] + chunk + data[33:]


def in_webp(xmp: bytes) -> bytes:
    """A picture with the packet in a chunk."""
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "WEBP", xmp=xmp)
    return out.getvalue()
