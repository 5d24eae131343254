# SPDX-License-Identifier: Apache-2.0
"""Strangers' XML: a tree of elements, or why there is none. No entities, no document types, nothing fetched."""

from __future__ import annotations

from typing import Final

from lxml import etree

__all__ = ["MAX_ELEMENTS", "XmlFault", "parsed"]

MAX_ELEMENTS: Final = 20_000
"""A licence has some ten, a packet of XMP of a long edit some thousand."""
_UTF_16: Final = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))


class XmlFault(Exception):  # noqa: N818 - a fault of what was given, told in one line
    """Why this is no XML that is read."""


def parsed(data: bytes, *, most: int) -> etree._Element:
    """The root element of at most `most` bytes; XmlFault for anything that is not plain, well-formed XML."""
    if len(data) > most:
        raise XmlFault(f"longer than {most:,} bytes")
    try:
        root = etree.fromstring(_decoded(data), _parser())
    except (etree.LxmlError, ValueError, LookupError) as error:
        raise XmlFault(f"not well-formed: {error}") from None
    if root is None:
        raise XmlFault("it is empty")
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise XmlFault("it has a document type, which is not read")
    for number, element in enumerate(root.iter(), 1):
        if number > MAX_ELEMENTS:
            raise XmlFault(f"more than {MAX_ELEMENTS:,} elements")
        if not isinstance(element.tag, str):  # what is left where an entity stood
            raise XmlFault("it has entities, which are not read")
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def _decoded(data: bytes) -> bytes:
    """XML in UTF-16 without a mark as UTF-8, which packets of XMP may be in; whatever else the parser tells itself."""
    text = data.lstrip(b" \t\r\n")
    for start, encoding in _UTF_16:
        if text.startswith(start):
            return text.decode(encoding).rstrip("\0").encode()
    return text if text.startswith((b"\xff\xfe", b"\xfe\xff")) else text.rstrip(b"\0 \t\r\n")
