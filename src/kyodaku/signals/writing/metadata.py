# SPDX-License-Identifier: Apache-2.0
"""What goes into files: PLUS `DataMining` as a packet of XMP, in pictures and beside films; and CAWG's assertion."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from kyodaku.errors import UsageError
from kyodaku.signals.c2pa import GENERATE_ENTRY
from kyodaku.signals.writing.terms import Terms
from kyodaku.signals.xmp import PLUS_NAMESPACE, PLUS_VOCABULARY

__all__ = ["cawg_assertion", "plus_code", "with_xmp", "xmp_packet"]

_META: Final = "adobe:ns:meta/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_ENTRIES: Final[Mapping[str, str]] = {
    "cawg.data_mining": "mine",
    "cawg.ai_inference": "input",
    "cawg.ai_training": "train_nongen",
    "cawg.ai_generative_training": "train_gen",
    GENERATE_ENTRY: "generate",
}
_USE: Final = {"allow": "allowed", "constrained": "constrained", "deny": "notAllowed"}
_JPEG_SEGMENT: Final = 65_000


def plus_code(terms: Terms) -> str:
    """The value that says no less than the terms do."""
    words = {act: terms.of(act) for act in ("mine", "train_gen", "train_nongen")}
    if "constrained" in words.values():
        return "DMI-PROHIBITED-SEECONSTRAINT"
    if words["mine"] == "deny":
        search = terms.of("search") == terms.of("index") == "allow"
        return "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING" if search else "DMI-PROHIBITED"
    if words["train_nongen"] == "deny":
        return "DMI-PROHIBITED-AIMLTRAINING"
    return "DMI-PROHIBITED-GENAIMLTRAINING" if words["train_gen"] == "deny" else "DMI-ALLOWED"


def xmp_packet(terms: Terms) -> bytes:
    """A packet, as it stands in files; on its own it is a sidecar."""
    root = etree.Element(f"{{{_META}}}xmpmeta", nsmap={"x": _META})
    rdf = etree.SubElement(root, f"{{{_RDF}}}RDF", nsmap={"rdf": _RDF})
    description = etree.SubElement(rdf, f"{{{_RDF}}}Description", nsmap={"plus": PLUS_NAMESPACE})
    description.set(f"{{{_RDF}}}about", "")
    code = plus_code(terms)
    description.set(f"{{{PLUS_NAMESPACE}}}DataMining", PLUS_VOCABULARY + code)
    if code.endswith("SEECONSTRAINT") and terms.offers is not None:
        description.set(f"{{{PLUS_NAMESPACE}}}OtherConstraints", f"A licence is to be had beforehand: {terms.offers}")
    body: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False, pretty_print=True)
    return b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n' + body + b'<?xpacket end="w"?>\n'


def with_xmp(picture: bytes, packet: bytes) -> bytes:
    """The JPEG or PNG with the packet in it, before any that it has; UsageError for another kind of file."""
    if picture.startswith(b"\xff\xd8"):
        body = b"http://ns.adobe.com/xap/1.0/\0" + packet
        if len(body) > _JPEG_SEGMENT:
            raise UsageError("the packet is too long for a segment")
        return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + picture[2:]
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        body = b"iTXt" + b"XML:com.adobe.xmp\0\0\0\0\0" + packet
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        return picture[:33] + chunk + picture[33:]
    raise UsageError("XMP is put into JPEG and PNG; a film gets a sidecar, or is stamped")


def cawg_assertion(terms: Terms) -> dict[str, Any]:
    """CAWG's training and data mining assertion, with our own entry for generating."""
    entries: dict[str, dict[str, str]] = {}
    for name, act in _ENTRIES.items():
        word = terms.of(act)
        info = {"constraint_info": terms.offers} if word == "constrained" and terms.offers else {}
        entries[name] = {"use": _USE[word], **info}
    return {"label": "cawg.training-mining", "data": {"entries": entries}}
