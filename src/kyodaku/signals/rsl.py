# SPDX-License-Identifier: Apache-2.0
"""RSL 1.0, Really Simple Licensing (RSL-SPEC-1.0, December 2025, errata to August 2026): licences as XML.

The contents that name our path are looked for; of several the narrowest counts, and all of the same breadth. Licences
of one content are alternatives: what one of them permits may be licensed by it. But what any of them prohibits is
denied, and so is what none of those permits that list what they permit (sections 3.4 and 4.9: in doubt the more
restrictive). What no licence mentions is not said.

A use that is permitted on terms (a payment, a class of users, a country, a report to be made, a licence server) is
`constrained`, with the address of the terms. Stricter than the standard: what a document outside of the namespace, or
one that speaks of a site that is not known to be ours, permits is unknown; its prohibitions count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from kyodaku.signals._hosts import host_of
from kyodaku.signals._paths import Pattern, request_path
from kyodaku.signals._terms import RSL_REVISION
from kyodaku.signals._words import address
from kyodaku.signals.signal import SAYS, Origin, Signal, bounded, say, unreadable
from kyodaku.signals.xml import XmlFault, parsed

__all__ = ["RSL_NAMESPACE", "USAGES", "read_rsl"]

RSL_NAMESPACE: Final = "https://rslstandard.org/rsl"
LEGACY: Final = "0.9"

_MAX_BYTES: Final = 1 << 20
"""A site's licences; a document of a thousand contents has some 500 kB."""
_MAX_CONTENTS: Final = 2000
_MAX_LICENCES: Final = 100
_TOKENS: Final = 100
"""In one list; there are six."""

_TRAINING: Final = ("train_gen", "train_nongen")
_EVERYTHING: Final = ("mine", *_TRAINING, "input", "index", "search")
USAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "all": _EVERYTHING,
    "ai-all": (*_TRAINING, "input", "index"),
    "ai-train": _TRAINING,
    "ai-input": ("input",),
    "ai-index": ("index",),
    "search": ("search",),
}
"""Section 3.4.1.1."""
_OLDER: Final[Mapping[str, tuple[str, ...]]] = {
    "train-ai": _TRAINING,
    "train-genai": ("train_gen",),
    "ai-use": ("input",),
    "ai-include": ("input",),
    "ai-summarize": ("input",),
}
"""Of the drafts before 1.0 and their guides."""
_FREE: Final = ("free",)
_TERMS_CHILDREN: Final = ("custom", "standard", "accepts")


def read_rsl(data: bytes, path: str, origin: Origin) -> list[Signal]:
    """What a licence document says of `path` (a path or an address).

    A content without an address of its own is the page in which it stands, if `path` is that page's (`origin.url`).
    """
    try:
        root = parsed(data, most=_MAX_BYTES)
    except XmlFault as fault:
        return unreadable("rsl", RSL_REVISION, origin, f"a licence that cannot be read: {fault}")
    contents = [element for element in root.iter() if _name(element) == "content" and _is_ours(element, root)]
    if _name(root) != "rsl" and not contents:
        return unreadable("rsl", RSL_REVISION, origin, "no document of RSL: its root is no <rsl>")
    if len(contents) > _MAX_CONTENTS:
        return unreadable("rsl", RSL_REVISION, origin, f"more than {_MAX_CONTENTS} contents")
    if not contents:
        return unreadable("rsl", RSL_REVISION, origin, "a document of RSL without contents")
    return bounded(_nearest(contents, path, origin), "rsl", RSL_REVISION, origin)


# --- which contents speak of the path --------------------------------------------------------------------------------


def _nearest(contents: Sequence[etree._Element], path: str, origin: Origin) -> list[Signal]:
    reached = [(found, content) for content in contents if (found := _reach(content, path, origin)) is not None]
    longest = max((length for (length, _), _ in reached), default=0)
    signals: list[Signal] = []
    for (length, doubt), content in reached:
        if length == longest:
            signals += _of_content(content, doubt, origin.at(_place(content)))
    return list(dict.fromkeys(signals))


def _reach(content: etree._Element, path: str, origin: Origin) -> tuple[int, str | None] | None:
    """How narrowly a content names our path, and why it may not; None if it does not."""
    target = (content.get("url") or _link_beside(content) or "").strip()
    if not target:
        is_page = origin.url is not None and origin.url == path
        return 0, None if is_page else "a content without an address"
    target = f"https:{target}" if target.startswith("//") else target
    there, here = _host(target), _host(path) or _host(origin.url or "")
    if there and here and there != here:
        return None
    pattern = Pattern.of(target)
    if not pattern.matches(request_path(path)):
        return None
    if there and not here:
        return pattern.length, "it speaks of a site, and this may be another's"
    return pattern.length, None


def _host(target: str) -> str:
    try:
        return host_of(target) if urlsplit(target).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _link_beside(content: etree._Element) -> str | None:
    """The address of the item of a feed in which a content stands (section 4.5)."""
    parent = content.getparent()
    if parent is None or _name(parent) not in ("item", "entry"):
        return None
    links = [child for child in parent if _name(child) == "link"]
    return next((found for link in links if (found := (link.text or link.get("href") or "").strip())), None)


def _place(content: etree._Element) -> str:
    return f'<content url="{content.get("url") or ""}"> line {content.sourceline}'


# --- what a content says ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Licence:
    """What one licence says: acts that it permits with the words, those it prohibits, and on which terms."""

    permitted: dict[str, str] = field(default_factory=dict)
    prohibited: dict[str, str] = field(default_factory=dict)
    unclear: dict[str, str] = field(default_factory=dict)
    lists: bool = False
    conditions: list[str] = field(default_factory=list)
    terms: str | None = None
    older: bool = False


def _of_content(content: etree._Element, doubt: str | None, origin: Origin) -> list[Signal]:
    elements = [child for child in content if _name(child) == "license"]
    if len(elements) > _MAX_LICENCES:
        return unreadable("rsl", RSL_REVISION, origin, f"more than {_MAX_LICENCES} licences of one content")
    if not _in_namespace(content):
        doubt = doubt or "not in RSL's namespace"
    general = _Licence()
    _conditions_of_content(content, general)
    licences = [_licence(element, general, origin) for element in elements]
    if not licences and not general.conditions:
        return unreadable("rsl", RSL_REVISION, origin, "a content without a licence", terms=general.terms)
    if not licences:
        text = "; ".join(general.conditions)
        return say("constrained", _EVERYTHING, "rsl", RSL_REVISION, origin, text=text, terms=general.terms)
    return [signal for act in _EVERYTHING for signal in _of_act(act, licences, doubt, origin)]


def _of_act(act: str, licences: Sequence[_Licence], doubt: str | None, origin: Origin) -> Iterator[Signal]:
    revision = LEGACY if any(each.older for each in licences) else RSL_REVISION
    for each in licences:
        if act in each.prohibited:
            yield from say("deny", [act], "rsl", revision, origin, text=each.prohibited[act], terms=each.terms)
            return
    said: list[tuple[str, str, str | None, str | None]] = []
    for each in licences:
        if act in each.unclear:
            said.append(("unknown", each.unclear[act], each.unclear[act], None))
        elif act in each.permitted:
            said.append(_permitted(act, each, doubt))
        elif each.conditions and not each.lists:
            said.append(("constrained", "; ".join(each.conditions), None, each.terms))
        elif each.lists and act != "mine":  # of which the vocabulary has no word of its own
            said.append(("deny", "not among what is permitted", None, each.terms))
    if said:  # licences are alternatives: the loosest may be taken, unless one may prohibit it
        unclear = [each for each in said if each[0] == "unknown"]
        says, text, why, terms = min(unclear or said, key=lambda each: SAYS.index(each[0]))
        yield from say(says, [act], "rsl", revision, origin, text=text, warning=why, terms=terms)


def _permitted(act: str, licence: _Licence, doubt: str | None) -> tuple[str, str, str | None, str | None]:
    text = licence.permitted[act]
    if doubt is not None:
        return "unknown", text, doubt, licence.terms
    if licence.conditions:
        return "constrained", "; ".join((text, *licence.conditions)), None, licence.terms
    return "allow", text, None, None


def _licence(element: etree._Element, general: _Licence, origin: Origin) -> _Licence:
    licence = _Licence(conditions=list(general.conditions))
    for child in element:
        name = _name(child)
        if name in ("permits", "prohibits"):
            _uses(child, name, licence)
        elif name == "payment":
            _payment(child, licence, origin)
        elif name == "reporting":
            licence.conditions.append(f"reporting: {child.get('type') or '?'}")
    licence.terms = licence.terms or general.terms or _legal_contact(element, origin)
    return licence


def _uses(element: etree._Element, name: str, licence: _Licence) -> None:
    """A list of uses; one of users or countries restricts all that is permitted."""
    kind = (element.get("type") or "usage").strip().lower()
    text = " ".join(_text(element).split())
    if kind != "usage":
        licence.conditions.append(f"{name} {kind}: {text}")
        return
    tokens = text.replace(",", " ").split()
    licence.lists |= name == "permits"
    for token in tokens[:_TOKENS]:
        acts = USAGES.get(token) or _OLDER.get(token) or USAGES.get(token.lower()) or ()
        licence.older |= token in _OLDER or "," in text
        into = licence.permitted if name == "permits" else licence.prohibited
        plain = token in USAGES or token in _OLDER
        for act in acts if plain or name == "prohibits" else ():
            into.setdefault(act, f"{name} {text}")
        if not plain and not (acts and name == "prohibits"):
            _odd(token, name, acts, licence)
    if len(tokens) > _TOKENS or (not tokens and name == "prohibits"):
        _odd("…" if tokens else "", name, (), licence)


def _odd(token: str, name: str, acts: tuple[str, ...], licence: _Licence) -> None:
    """A word that is none of the standard's: what it prohibits may be anything, what it permits is nothing known."""
    if name == "prohibits" or acts:
        for act in acts or _EVERYTHING:
            licence.unclear.setdefault(act, f"{name} '{token[:40]}', which is no usage")


def _payment(element: etree._Element, licence: _Licence, origin: Origin) -> None:
    kind = (element.get("type") or "free").strip().lower()
    amounts = [_text(child).strip() for child in element if _name(child) == "amount"]
    asked = [amount for amount in amounts if amount.strip("0., ")]
    if kind not in _FREE or asked:
        licence.conditions.append(f"payment {kind}")
    for child in element:
        if _name(child) in _TERMS_CHILDREN:
            licence.conditions += [] if kind not in _FREE or asked else [f"payment {kind} under {_name(child)} terms"]
            licence.terms = licence.terms or address(_text(child), origin.url)


def _conditions_of_content(content: etree._Element, general: _Licence) -> None:
    server = content.get("server")
    if server is not None:
        general.conditions.append("a licence from its server")
        general.terms = address(server)
    if (content.get("encrypted") or "").strip().lower() == "true":
        general.conditions.append("encrypted")
    for child in content:
        if _name(child) == "terms":
            general.terms = general.terms or address(_text(child))
        elif _name(child) == "copyright":
            general.terms = general.terms or address(child.get("contactUrl")) or _mail(child.get("contactEmail"))


def _mail(text: str | None) -> str | None:
    return address(f"mailto:{text}") if text else None


def _legal_contact(element: etree._Element, origin: Origin) -> str | None:
    contacts = [child for child in element if _name(child) == "legal" and child.get("type") == "contact"]
    return next((found for child in contacts if (found := address(_text(child), origin.url))), None)


# --- elements --------------------------------------------------------------------------------------------------------


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _in_namespace(element: etree._Element) -> bool:
    return etree.QName(element).namespace == RSL_NAMESPACE


def _is_ours(element: etree._Element, root: etree._Element) -> bool:
    """In a document of RSL by name, whatever its namespace; in a feed only by namespace."""
    return _in_namespace(element) or _name(root) == "rsl"


def _text(element: etree._Element) -> str:
    return "".join(part for part in element.itertext() if isinstance(part, str))
