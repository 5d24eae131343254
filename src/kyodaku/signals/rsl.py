# SPDX-License-Identifier: Apache-2.0
"""Really Simple Licensing 1.0 (RSL-SPEC-1.0, December 2025): what an XML licence says of an asset.

Of the `content` elements whose `url` matches, the longest counts (section 4.9: the narrower before the broader). Each
`license` in it is an offer of its own. Within one: what is prohibited is denied; where uses are permitted, no other is;
and what is permitted only against payment, for some users or countries, with duties, or by a licence from a server is
constrained. Of several offers an act is as free as the freest lets it be, but never more than constrained unless all
agree. Documents of 0.9 (commas between words, `train-ai`) are read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from kyodaku.signals._paths import Pattern, request_path
from kyodaku.signals._terms import RSL_REVISION
from kyodaku.signals._words import address
from kyodaku.signals.signal import SAYS, Origin, Signal, bounded, say, unreadable
from kyodaku.signals.xml import XmlFault, parsed

__all__ = ["RSL_NAMESPACE", "RSL_USES", "read_rsl"]

RSL_NAMESPACE: Final = "https://rslstandard.org/rsl"
_MAX_BYTES: Final = 2 << 20
_TRAINING: Final = ("train_gen", "train_nongen")
_EVERYTHING: Final = ("mine", *_TRAINING, "input", "index", "search")
RSL_USES: Final[Mapping[str, tuple[str, ...]]] = {
    "all": _EVERYTHING,
    "ai-all": (*_TRAINING, "input", "index"),
    "ai-train": _TRAINING,
    "ai-input": ("input",),
    "ai-index": ("index",),
    "search": ("index", "search"),
    "train-ai": _TRAINING,  # 0.9
    "train-genai": ("train_gen",),  # 0.9
    "ai-use": ("input",),  # 0.9
}
"""Which acts each word of usage is about."""
_FREE: Final = ("free",)
_SPEAKING: Final = ("custom", "standard", "legal")
"""Elements whose text may be where the terms are."""
_DUTIES: Final = ("reporting",)
"""Elements that a client who cannot meet them is without a licence for."""


def read_rsl(data: bytes, path: str, origin: Origin) -> list[Signal]:
    """What a licence document says of `path` (a path or an address)."""
    try:
        root = parsed(data, most=_MAX_BYTES)
    except XmlFault as fault:
        return unreadable("rsl", RSL_REVISION, origin, str(fault))
    if _name(root) != "rsl":
        return unreadable("rsl", RSL_REVISION, origin, "its root is no <rsl>")
    odd = None if etree.QName(root).namespace == RSL_NAMESPACE else "not in RSL's namespace"
    contents = [element for element in root if _name(element) == "content"]
    if not contents:
        return unreadable("rsl", RSL_REVISION, origin, "there is no <content> in it")
    asked = request_path(path)
    matching = [(pattern.length, each) for each in contents if (pattern := _pattern(each)).matches(asked)]
    longest = max((length for length, _ in matching), default=0)
    signals = [signal for length, each in matching if length == longest for signal in _content(each, origin, odd)]
    return bounded(signals, "rsl", RSL_REVISION, origin)


def _pattern(content: etree._Element) -> Pattern:
    """Where the content is; one without an address is about all of the site."""
    return Pattern.of((content.get("url") or "/").strip() or "/")


def _content(content: etree._Element, origin: Origin, odd: str | None) -> Iterator[Signal]:
    place = origin.at(f"<content url={content.get('url') or '/'}>")
    server = address(content.get("server"), origin.url)
    needs_licence = server is not None or content.get("server") is not None or content.get("encrypted") == "true"
    licences = [element for element in content if _name(element) == "license"]
    if not licences:
        yield from unreadable("rsl", RSL_REVISION, place, "a <content> without a <license>")
        return
    offers = [_offer(each, needs_licence=needs_licence) for each in licences]
    terms = server or next((found for each in licences if (found := _address_of(each, origin)) is not None), None)
    for act in _EVERYTHING:
        says = [offer[act] for offer in offers if act in offer]
        if says:
            yield from _said(act, _together(says), place, terms, odd)


def _together(says: list[str]) -> str:
    """The freest of several offers; where they differ, no more than constrained."""
    freest = min(says, key=SAYS.index)
    return "constrained" if freest == "allow" and len(set(says)) > 1 else freest


def _said(act: str, says: str, origin: Origin, terms: str | None, odd: str | None) -> list[Signal]:
    if odd is not None and says == "allow":
        return say("unknown", [act], "rsl", RSL_REVISION, origin, warning=odd)
    if says == "unknown":
        odd = odd or "a word of usage that the standard does not know"
    offered = terms if says in ("constrained", "deny") else None
    return say(says, [act], "rsl", RSL_REVISION, origin, text=f"{act}: {says}", terms=offered, warning=odd)


def _offer(licence: etree._Element, *, needs_licence: bool) -> dict[str, str]:
    """What one licence says of each act; of acts of which it does not speak, nothing."""
    permitted, prohibited = _uses(licence, "permits"), _uses(licence, "prohibits")
    conditioned = needs_licence or _has_conditions(licence)
    said: dict[str, str] = {}
    for act in _EVERYTHING:
        if permitted is not None:
            said[act] = ("constrained" if conditioned else "allow") if act in permitted else "deny"
        elif prohibited is None:
            said[act] = "constrained" if conditioned else "allow"
        if prohibited is not None and (act in prohibited or None in prohibited):
            said[act] = "deny" if act in prohibited else max(said.get(act, "unknown"), "unknown", key=SAYS.index)
    return said


def _uses(licence: etree._Element, name: str) -> set[str | None] | None:
    """The acts of all words of usage; with None among them where a word is not known; None where there are none."""
    elements = [each for each in licence if _name(each) == name and (each.get("type") or "usage") == "usage"]
    if not elements:
        return None
    words = [word for each in elements for word in re.split(r"[\s,]+", (each.text or "").strip().lower()) if word]
    acts: set[str | None] = {act for word in words for act in RSL_USES.get(word, ())}
    return acts | ({None} if any(word not in RSL_USES for word in words) else set())


def _has_conditions(licence: etree._Element) -> bool:
    """Whether it is only for some, somewhere, or against something."""
    for element in licence:
        name, kind = _name(element), (element.get("type") or "").lower()
        if name in ("permits", "prohibits") and kind in ("user", "geo"):
            return True
        if name in _DUTIES or (name == "payment" and kind not in _FREE):
            return True
    return False


def _address_of(licence: etree._Element, origin: Origin) -> str | None:
    """Where the licence is to be had, or whom to ask."""
    for element in licence.iter():
        found = address(element.text, origin.url) if _name(element) in _SPEAKING else None
        if found is not None:
            return found
    return None


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname
