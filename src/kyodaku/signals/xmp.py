# SPDX-License-Identifier: Apache-2.0
"""Packets of XMP: PLUS `DataMining` with all its nine values (IPTC Photo and Video Metadata 2023.1), and TDMRep.

Names count by their namespace, whatever prefix they have, and as attributes as well as elements (ISO 16684-1, 7).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from kyodaku.signals._words import address, address_in
from kyodaku.signals.boxes import MAX_XMP
from kyodaku.signals.signal import Origin, Signal, bounded, say, unreadable
from kyodaku.signals.tdmrep import CONTENT, reservation
from kyodaku.signals.xml import XmlFault, parsed

__all__ = ["PLUS_NAMESPACE", "PLUS_REVISION", "PLUS_VALUES", "PLUS_VOCABULARY", "credentials_elsewhere", "read_xmp"]

PLUS_REVISION: Final = "LDF 2.0.1"
PLUS_NAMESPACE: Final = "http://ns.useplus.org/ldf/xmp/1.0/"
PLUS_VOCABULARY: Final = "http://ns.useplus.org/ldf/vocab/"
_TDM: Final = "http://www.w3.org/ns/tdmrep/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RIGHTS: Final = "http://ns.adobe.com/xap/1.0/rights/"
_DUBLIN_CORE: Final = "http://purl.org/dc/terms/"
_IPTC: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"

_TRAINING: Final = ("train_gen", "train_nongen")
_ALL: Final = ("mine", *_TRAINING)
PLUS_VALUES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "DMI-UNSPECIFIED": ("", ()),  # neither allowed nor prohibited: silence
    "DMI-ALLOWED": ("allow", _ALL),
    "DMI-PROHIBITED-AIMLTRAINING": ("deny", _TRAINING),
    "DMI-PROHIBITED-GENAIMLTRAINING": ("deny", ("train_gen",)),
    "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING": ("deny", _ALL),
    "DMI-PROHIBITED": ("deny", _ALL),
    "DMI-PROHIBITED-SEECONSTRAINT": ("constrained", _ALL),
    "DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR": ("constrained", _ALL),
    "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR": ("constrained", _ALL),
}
"""What each value says, and of which acts; https://ns.useplus.org/LDF/ldf-XMPSpecification, "Data Mining"."""
_MOST: Final = 100
_LONGEST: Final = 500


def read_xmp(data: bytes, origin: Origin) -> list[Signal]:
    """The signals of one packet, or of a sidecar."""
    try:
        root = parsed(data, most=MAX_XMP)
    except XmlFault as fault:
        return unreadable("plus", PLUS_REVISION, origin, f"XMP that cannot be read: {fault}")
    signals = [*_plus(root, origin), *_tdm(root, origin)]
    return bounded(signals, "plus", PLUS_REVISION, origin)


def credentials_elsewhere(data: bytes) -> str | None:
    """The address at which the packet says that Content Credentials are kept (C2PA 2.2, 11.5); it is not fetched."""
    try:
        root = parsed(data, most=MAX_XMP)
    except XmlFault:
        return None
    return next((found for each in _values(root, _DUBLIN_CORE, "provenance") if (found := address(each))), None)


def _plus(root: etree._Element, origin: Origin) -> Iterator[Signal]:
    values = _values(root, PLUS_NAMESPACE, "DataMining")
    if len(values) > _MOST:
        yield from unreadable("plus", PLUS_REVISION, origin, f"DataMining more than {_MOST} times")
        return
    for value in dict.fromkeys(values):
        yield from _of_value(value, root, origin.at("plus:DataMining"))


def _of_value(value: str, root: etree._Element, origin: Origin) -> list[Signal]:
    code, is_exact = _code(value)
    known = PLUS_VALUES.get(code)
    if known is None or (known[0] == "allow" and not is_exact):
        return unreadable("plus", PLUS_REVISION, origin, "DataMining holds no value of the vocabulary", text=value)
    says, acts = known
    if not says:
        return []
    constraint = " ".join(_values(root, PLUS_NAMESPACE, "OtherConstraints"))[:_LONGEST] if says == "constrained" else ""
    text = f"{code}: {constraint}" if constraint else code
    terms = _terms(root, constraint) if says == "constrained" else None
    return say(says, acts, "plus", PLUS_REVISION, origin, text=text, terms=terms)


def _code(value: str) -> tuple[str, bool]:
    """The code that was meant, and whether it is written as the vocabulary has it: an address, or the code alone."""
    said = value.strip()
    code = said.removeprefix(PLUS_VOCABULARY)
    if code in PLUS_VALUES:
        return code, True
    return said.rstrip("/#").replace("#", "/").rpartition("/")[2].upper(), False


def _terms(root: etree._Element, constraint: str) -> str | None:
    """Where the terms are, if there is an address of them: in the constraint, or among the rights."""
    named = [constraint, *_values(root, _IPTC, "LinkedEncRightsExpr"), *_values(root, _RIGHTS, "WebStatement")]
    return next((found for each in named if (found := address_in(each)) is not None), None)


def _tdm(root: etree._Element, origin: Origin) -> list[Signal]:
    """TDMRep in metadata, as EPUB and PDF have it; a film's XMP may have it too."""
    reservations, policies = _values(root, _TDM, "reservation"), _values(root, _TDM, "policy")
    if not reservations:
        return []
    return reservation(reservations[:_MOST], policies[:_MOST], CONTENT, origin.at("tdm:reservation"))


def _values(root: etree._Element, namespace: str, name: str) -> list[str]:
    """What a property holds wherever it stands: an attribute, an element's text, its resource, or a list's items."""
    qualified = f"{{{namespace}}}{name}"
    found: list[str] = []
    for element in root.iter():
        if qualified in element.attrib:
            found.append(str(element.attrib[qualified]))
        if element.tag == qualified:
            found += _of_element(element)
    return found


def _of_element(element: etree._Element) -> list[str]:
    items = [each for each in element.iter() if each.tag in (f"{{{_RDF}}}li", f"{{{_RDF}}}value")]
    return [said for each in (items or [element]) for said in _told(each)] + (_resources(element) if items else [])


def _told(element: etree._Element) -> list[str]:
    """Its resource and its text, where somebody wrote both; an empty text where nobody wrote any."""
    text = "".join(part for part in element.itertext() if isinstance(part, str)).strip()
    resources = _resources(element)
    return [*resources, text] if text or not resources else resources


def _resources(element: etree._Element) -> list[str]:
    return [str(said) for name in ("resource", "value") if (said := element.get(f"{{{_RDF}}}{name}"))]
