# SPDX-License-Identifier: Apache-2.0
"""RSL-MEDIA, the Human Consent Standard (1.0 draft, May 2026): terms for works, identities, characters and marks.

It calls itself a draft that is not for production, so it is read only where that is asked for (`draft=True`). The only
standard that speaks of generating. Its own rule is ours: what is absent, unreachable or cannot be verified is
unresolved, never permission. We verify no registry, so what it permits is unknown, and what it prohibits is prohibited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from kyodaku.errors import UsageError
from kyodaku.signals._words import address
from kyodaku.signals.signal import Origin, Signal, bounded, say, unreadable
from kyodaku.signals.xml import XmlFault, parsed

__all__ = ["MEDIA_SUBJECTS", "MEDIA_USES", "RSL_MEDIA_REVISION", "read_rsl_media"]

RSL_MEDIA_REVISION: Final = "1.0-draft"
MEDIA_SUBJECTS: Final = ("work", "identity", "character", "mark")
MEDIA_USES: Final[Mapping[str, tuple[str, ...]]] = {
    "media:ai-train": ("train_gen", "train_nongen"),
    "media:ai-generate": ("generate",),
    "media:ai-all": ("train_gen", "train_nongen", "generate"),
}
_ALL: Final = ("train_gen", "train_nongen", "generate")
_ENDED: Final = ("withdrawn", "superseded")
_MAX_BYTES: Final = 2 << 20


def read_rsl_media(
    data: bytes, origin: Origin, *, draft: bool, subject: str | None = None, now: datetime | None = None
) -> list[Signal]:
    """The declarations in a document, about `subject` only if one is named; UsageError unless `draft` is set."""
    if not draft:
        raise UsageError("RSL-MEDIA is a draft and is read only when that is asked for", hint="draft=True")
    try:
        root = parsed(data, most=_MAX_BYTES)
    except XmlFault as fault:
        return unreadable("rsl-media", RSL_MEDIA_REVISION, origin, str(fault))
    subjects = [element for element in root.iter() if _name(element) in MEDIA_SUBJECTS]
    if not subjects:
        return unreadable("rsl-media", RSL_MEDIA_REVISION, origin, "there is no subject in it")
    wanted = [each for each in subjects if subject is None or _id(each) == subject]
    moment = now or datetime.now(UTC)
    signals = [signal for each in wanted for signal in _declared(each, origin, moment)]
    return bounded(signals, "rsl-media", RSL_MEDIA_REVISION, origin)


def _declared(element: etree._Element, origin: Origin, now: datetime) -> Iterator[Signal]:
    named = _id(element)
    place, about = origin.at(f"<{_name(element)}>"), f"{_name(element)} {named}".strip()
    status = (element.get("status") or "active").strip().lower()
    if status in _ENDED:
        return
    terms = next((found for each in element.iter() if (found := address(each.text, origin.url)) is not None), None)
    more = {"subject": about, "terms": terms}
    why = None if status == "active" else f"a status that the draft does not know: {status}"
    why = why or _outside(element, now)
    if why is not None:
        yield from say("unknown", _ALL, "rsl-media", RSL_MEDIA_REVISION, place, warning=why, **more)
        return
    permitted, prohibited = _acts(element, "permits"), _acts(element, "prohibits")
    yield from say("deny", prohibited, "rsl-media", RSL_MEDIA_REVISION, place, text="prohibits", **more)
    rest = [act for act in permitted if act not in prohibited]
    unresolved = "permitted, by a registry that is not verified here: unresolved"
    yield from say("unknown", rest, "rsl-media", RSL_MEDIA_REVISION, place, text="permits", warning=unresolved, **more)
    if not permitted and not prohibited:
        silent = "a declaration that neither permits nor prohibits"
        yield from say("unknown", _ALL, "rsl-media", RSL_MEDIA_REVISION, place, warning=silent, **more)


def _outside(element: etree._Element, now: datetime) -> str | None:
    """Why the declaration may not hold at this moment."""
    for name in ("valid-from", "valid-until"):
        text = element.get(name)
        if text is None:
            continue
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            return f"{name} is no moment"
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        if (now < moment) if name == "valid-from" else (now >= moment):
            return f"outside of its period ({name})"
    return None


def _acts(element: etree._Element, name: str) -> list[str]:
    """The acts named; a word that is not known prohibits all, and permits nothing."""
    acts: list[str] = []
    for each in element.iter():
        if _name(each) != name:
            continue
        for word in re.split(r"[\s,]+", (each.text or "").strip().lower()):
            acts += MEDIA_USES.get(word, _ALL if name == "prohibits" and word else ())
    return list(dict.fromkeys(acts))


def _id(element: etree._Element) -> str:
    return (element.get("id") or element.get("href") or "").strip()


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname
