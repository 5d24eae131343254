# SPDX-License-Identifier: Apache-2.0
"""What a page says in its elements: TDMRep, `noai`, and licences in RSL, linked or within the page.

An allow counts in the page's head only: what stands in its body may have been written by anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from lxml import etree

from kyodaku.signals._terms import RSL_MEDIA_TYPE, RSL_REVISION, licence_elsewhere
from kyodaku.signals.agents import DATED_AGENTS
from kyodaku.signals.noai import REVISION as NOAI_REVISION
from kyodaku.signals.noai import read_noai
from kyodaku.signals.rsl import read_rsl
from kyodaku.signals.signal import STANDARD_ACTS, Origin, Signal, bounded, unreadable
from kyodaku.signals.tdmrep import PAGE, reservation

__all__ = ["read_html"]

_MAX_BYTES: Final = 4 << 20
"""A page; what is longer is a program or a dump."""

_MAX_SCRIPTS: Final = 20

_NOAI_ACTS: Final = frozenset(STANDARD_ACTS["noai"])

_ROBOTS: Final = frozenset({"robots", "x-robots-tag", *(agent.token.lower() for agent in DATED_AGENTS)})


def read_html(data: bytes, origin: Origin, path: str | None = None) -> list[Signal]:
    """The signals of a page; addresses in it are relative to `origin.url`.

    Licences within it are asked about the page itself, and about `path` (a path or an address), a medium on it.
    """
    root, problem = _parsed(data[:_MAX_BYTES])
    if len(data) > _MAX_BYTES:
        problem = f"longer than {_MAX_BYTES >> 20} MiB: the rest was not read"
    if root is None:
        return _unreadable(origin, problem) if problem else []
    elements = list(root.iter("meta", "link", "a", "script"))
    asked = list(dict.fromkeys(target for target in (origin.url or "/", path) if target))
    signals = [
        *_tdm(elements, origin),
        *_noai(elements, origin),
        *_licences(elements, origin),
        *_scripts(elements, asked, origin),
    ]
    kept = [signal for signal in signals if problem is None or signal.says != "allow"]
    return bounded(kept + (_unreadable(origin, problem) if problem else []), "tdmrep", PAGE, origin)


def _unreadable(origin: Origin, why: str) -> list[Signal]:
    return unreadable("tdmrep", PAGE, origin, why) + unreadable("noai", NOAI_REVISION, origin, why)


def _parsed(data: bytes) -> tuple[etree._Element | None, str | None]:
    """The page's tree, and why not all of it could be read; a page without any element has neither."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data if marked else data.replace(b"\0", b"")  # at which the parser would stop
    if not text.strip():
        return None, None
    # the parser of pages knows no entities but the letters' and fetches nothing
    parser = etree.HTMLParser(no_network=True, huge_tree=False, recover=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text, parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        return None, f"not a page: {error}"
    limits = [entry.message for entry in parser.error_log if entry.level_name == "FATAL"]
    return root, limits[0] if limits else None


def _tdm(elements: Sequence[etree._Element], origin: Origin) -> list[Signal]:
    head = [element for element in elements if _name(element) == "tdm-reservation" and _in_head(element)]
    body = [element for element in elements if _name(element) == "tdm-reservation" and not _in_head(element)]
    policies = [_content(element) for element in elements if _name(element) == "tdm-policy"]
    signals = reservation([_content(element) for element in head], policies, PAGE, origin.at("<meta tdm-reservation>"))
    found = reservation([_content(element) for element in body], policies, PAGE, origin.at("<meta> in the body"))
    return signals + [_by_anybody(signal) for signal in found]


def _by_anybody(signal: Signal) -> Signal:
    if signal.says != "allow":
        return signal
    return replace(signal, says="unknown", warning="outside of the page's head, where anybody may have written it")


def _noai(elements: Sequence[etree._Element], origin: Origin) -> list[Signal]:
    said = dict.fromkeys((_name(element), _content(element)) for element in elements if _name(element) in _ROBOTS)
    signals: list[Signal] = []
    for name, content in said:
        signals += read_noai(content, origin.at(f"<meta {name}>"))
        if {signal.act for signal in signals if signal.says == "deny"} == _NOAI_ACTS:  # all that it can say
            break
    return signals


def _licences(elements: Sequence[etree._Element], origin: Origin) -> list[Signal]:
    signals = []
    for element in elements:
        rel = (element.get("rel") or "").lower().split()
        if element.tag in ("link", "a") and "license" in rel and _media_type(element) == RSL_MEDIA_TYPE:
            signals += licence_elsewhere(element.get("href") or "", origin.at(f"<{element.tag} rel=license>"))
    return signals


def _scripts(elements: Sequence[etree._Element], asked: Sequence[str], origin: Origin) -> list[Signal]:
    scripts = [each for each in elements if each.tag == "script" and _media_type(each) == RSL_MEDIA_TYPE]
    signals: list[Signal] = []
    for script in scripts[:_MAX_SCRIPTS]:
        text = (script.text or "").strip().encode("utf-8", "surrogatepass")
        place = origin.at(f"<script {RSL_MEDIA_TYPE}>", holding=text)
        read = dict.fromkeys(signal for target in asked for signal in read_rsl(text, target, place))
        signals += [signal if _in_head(script) else _by_anybody(signal) for signal in read]
    if len(scripts) > _MAX_SCRIPTS:
        signals += unreadable("rsl", RSL_REVISION, origin, f"more than {_MAX_SCRIPTS} licences in a page")
    return signals


def _name(element: etree._Element) -> str:
    if element.tag != "meta":
        return ""
    return (element.get("name") or element.get("http-equiv") or "").strip().lower()


def _content(element: etree._Element) -> str:
    return element.get("content") or ""


def _in_head(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == "head"


def _media_type(element: etree._Element) -> str:
    return (element.get("type") or "").partition(";")[0].strip().lower()
