# SPDX-License-Identifier: Apache-2.0
"""Licences in XML: RSL 1.0 for an asset at an address, and the RSL-MEDIA draft for a work or character anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from kyodaku.signals.rsl import RSL_NAMESPACE
from kyodaku.signals.writing.terms import UNSAID, Terms

__all__ = ["rsl_document", "rsl_media_document"]

_MAX_AGE: Final = "7"
"""Days for which a client may keep the document: a withdrawal should be heard within a week."""
_USES: Final[Mapping[str, tuple[str, ...]]] = {
    "ai-train": ("train_gen", "train_nongen"),
    "ai-input": ("input",),
    "ai-index": ("index",),
    "search": ("search",),
}
_MEDIA_USES: Final[Mapping[str, tuple[str, ...]]] = {
    "media:ai-train": ("train_gen", "train_nongen"),
    "media:ai-generate": ("generate",),
}


def rsl_document(terms: Terms) -> bytes:
    """One content with one licence: where anything is only on offer, all that is permitted is.

    Readers differ in whether a second licence is an alternative to the first or a limit on it, so there is none. Beside
    a list of what is permitted RSL leaves nothing unsaid: searching, if that is unsaid, is then not permitted.
    """
    root = etree.Element(_named("rsl"), nsmap={None: RSL_NAMESPACE})  # type: ignore[dict-item]
    root.set("max-age", _MAX_AGE)
    content = etree.SubElement(root, _named("content"), url=terms.path)
    refused = [use for use, acts in _USES.items() if _strictest(terms, acts) == "deny"]
    offered = [use for use, acts in _USES.items() if _strictest(terms, acts) == "constrained"]
    allowed = [use for use, acts in _USES.items() if _strictest(terms, acts) == "allow"]
    licence = _licence(content, terms, permits=[*allowed, *offered], prohibits=refused)
    if offered:
        payment = etree.SubElement(licence, _named("payment"), type="purchase")
        if terms.offers is not None:
            etree.SubElement(payment, _named("custom")).text = terms.offers
    if terms.holder:
        rights = etree.SubElement(content, _named("copyright"), type="organization")
        rights.text = terms.holder
        for name, value in _whom_to_ask(terms):
            rights.set(name, value)
    return _written(root)


def _whom_to_ask(terms: Terms) -> Iterator[tuple[str, str]]:
    """RSL 1.0, section 3.12: an address of the web, one of mail, or both."""
    contact = terms.contact or ""
    if contact.startswith("mailto:"):
        yield "contactEmail", contact.removeprefix("mailto:").partition("?")[0]
    page = terms.offers if not contact or contact.startswith("mailto:") else contact
    if page is not None:
        yield "contactUrl", page


def rsl_media_document(terms: Terms) -> bytes:
    """A declaration about the work or character itself; its draft wants an attestation and a contact."""
    root = etree.Element(_named("rsl"), nsmap={None: RSL_NAMESPACE})  # type: ignore[dict-item]
    subject = etree.SubElement(root, _named(terms.kind), id=terms.work, status="active")
    licence = etree.SubElement(subject, _named("license"))
    words = {use: _strictest(terms, acts) for use, acts in _MEDIA_USES.items()}
    for element, uses in (
        ("permits", [use for use, word in words.items() if word == "allow"]),
        ("prohibits", [use for use, word in words.items() if word != "allow"]),
    ):
        if uses:
            etree.SubElement(licence, _named(element), type="usage").text = " ".join(uses)
    etree.SubElement(licence, _named("legal"), type="attestation").text = terms.holder or terms.work
    if terms.contact is not None:
        etree.SubElement(licence, _named("legal"), type="contact").text = terms.contact
    return _written(root)


def _licence(content: etree._Element, terms: Terms, *, permits: list[str], prohibits: list[str]) -> etree._Element:
    licence = etree.SubElement(content, _named("license"))
    if permits:
        etree.SubElement(licence, _named("permits"), type="usage").text = " ".join(permits)
    if prohibits:
        etree.SubElement(licence, _named("prohibits"), type="usage").text = " ".join(prohibits)
    if terms.contact is not None:
        etree.SubElement(licence, _named("legal"), type="contact").text = terms.contact
    return licence


def _strictest(terms: Terms, acts: tuple[str, ...]) -> str:
    return max((terms.of(act) for act in acts), key=(UNSAID, "allow", "constrained", "deny").index)


def _named(name: str) -> str:
    return f"{{{RSL_NAMESPACE}}}{name}"


def _written(root: etree._Element) -> bytes:
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written
