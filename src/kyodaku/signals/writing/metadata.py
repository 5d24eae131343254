# SPDX-License-Identifier: Apache-2.0
"""What goes into files: PLUS `DataMining` as a packet of XMP (a sidecar by itself); and CAWG's assertion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from kyodaku.signals.c2pa import GENERATE_ENTRY
from kyodaku.signals.writing.terms import UNSAID, Terms
from kyodaku.signals.xmp import PLUS_NAMESPACE, PLUS_VOCABULARY

__all__ = ["cawg_assertion", "plus_code", "xmp_packet"]

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


def plus_code(terms: Terms) -> str:
    """The value that says no less than the terms do."""
    words = {act: terms.of(act) for act in ("mine", "train_gen", "train_nongen")}
    if "constrained" in words.values():
        return "DMI-PROHIBITED-SEECONSTRAINT"
    if words["mine"] == "deny":
        is_found = terms.of("search") in ("allow", UNSAID)  # a no to search engines must have been said
        return "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING" if is_found else "DMI-PROHIBITED"
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


def cawg_assertion(terms: Terms) -> dict[str, Any]:
    """CAWG's training and data mining assertion, with our own entry for generating."""
    entries: dict[str, dict[str, str]] = {}
    for name, act in _ENTRIES.items():
        word = terms.of(act)
        info = {"constraint_info": terms.offers} if word == "constrained" and terms.offers else {}
        entries[name] = {"use": _USE[word], **info}
    return {"label": "cawg.training-mining", "data": {"entries": entries}}
