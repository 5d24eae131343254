# SPDX-License-Identifier: Apache-2.0
"""RSL-MEDIA, the Human Consent Standard 1.0 (draft, May 2026): consent for works, identities, characters and marks.

The only standard that speaks of making output (`media:ai-generate`). It is a draft not meant for production, so it is
read only where that is asked for (`draft=True`). We know its words (subjects, usages, status, period, the statements
that are required) and not its grammar: elements count by their names, in whatever namespace.

By the draft, what is absent, stale, withdrawn, in conflict or not verified is unresolved, never permission. Nothing
here asks a registry, so that what a declaration permits is unknown, and why says what else speaks against it. What it
prohibits is denied, unless it was withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from kyodaku.errors import UsageError
from kyodaku.signals._words import address
from kyodaku.signals.signal import Origin, Signal, bounded, say, unreadable
from kyodaku.signals.xml import XmlFault, parsed

__all__ = ["MEDIA_REVISION", "MEDIA_USAGES", "SUBJECTS", "read_rsl_media"]

MEDIA_REVISION: Final = "1.0 draft"
SUBJECTS: Final = ("work", "identity", "character", "mark")

_TRAINING: Final = ("train_gen", "train_nongen")
MEDIA_USAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "media:ai-train": _TRAINING,
    "media:ai-generate": ("generate",),
}
_EVERYTHING: Final = (*_TRAINING, "generate")
_NAMES: Final = ("id", "isrd", "url", "href", "name")
_ALL: Final = ("media:ai-all", "media:all", "ai-all", "all")
"""None of the draft's words as we know it; a prohibition of all is understood all the same."""

_MAX_BYTES: Final = 1 << 20
_MAX_SUBJECTS: Final = 300
"""Three acts each: what one document may say is bounded by `MAX_SIGNALS`."""
_TOKENS: Final = 100


def read_rsl_media(data: bytes, origin: Origin, *, draft: bool, at: datetime | None = None) -> list[Signal]:
    """The signals of an `rsl-media.xml`, each with its subject, as of `at` (default: when it was fetched).

    Raises UsageError unless `draft` says that a draft may be read.
    """
    if not draft:
        raise UsageError("RSL-MEDIA is a draft", where="signals", hint="say draft=True to read it all the same")
    try:
        root = parsed(data, most=_MAX_BYTES)
    except XmlFault as fault:
        return unreadable("rsl-media", MEDIA_REVISION, origin, f"a declaration that cannot be read: {fault}")
    subjects = list(_subjects(root))
    if not subjects:
        return unreadable("rsl-media", MEDIA_REVISION, origin, "no subject of RSL-MEDIA in it")
    if len(subjects) > _MAX_SUBJECTS:
        return unreadable("rsl-media", MEDIA_REVISION, origin, f"more than {_MAX_SUBJECTS} subjects")
    moment = at or origin.fetched_at
    signals = [signal for each in subjects for signal in _of_subject(each, origin, moment)]
    return bounded(signals, "rsl-media", MEDIA_REVISION, origin)


def _subjects(root: etree._Element) -> Iterator[etree._Element]:
    for element in root.iter():
        if _name(element) in SUBJECTS or (_name(element) == "subject" and element.get("type") in SUBJECTS):
            yield element


def _of_subject(element: etree._Element, origin: Origin, moment: datetime | None) -> list[Signal]:
    kind = _name(element) if _name(element) in SUBJECTS else str(element.get("type"))
    subject = f"{kind}: {next((found for name in _NAMES if (found := element.get(name))), '?')}"
    place = origin.at(f"<{kind}> line {element.sourceline}")
    ended, terms = _ended(element), _contact(element, origin)
    doubt = ended or _doubt(element, kind, moment)
    lists = [child for child in element.iter() if _name(child) in ("permits", "prohibits") and _is_usage(child)]
    if not lists:
        why = "a declaration that neither permits nor prohibits"
        return unreadable("rsl-media", MEDIA_REVISION, place, why, terms=terms, subject=subject)
    return [signal for child in lists for signal in _uses(child, doubt, ended, terms, place, subject)]


def _is_usage(element: etree._Element) -> bool:
    return (element.get("type") or "usage").strip().lower() == "usage"


def _uses(  # noqa: PLR0917 - one sentence: who says what of which subject, where, and what speaks against it
    child: etree._Element, doubt: str, ended: str | None, terms: str | None, origin: Origin, subject: str
) -> Iterator[Signal]:
    more = {"text": f"{_name(child)} {' '.join(_text(child).split())}", "terms": terms, "subject": subject}
    tokens = _text(child).replace(",", " ").split()
    permits = _name(child) == "permits"
    for token in tokens[:_TOKENS]:
        acts = MEDIA_USAGES.get(token.lower(), _EVERYTHING if token.lower() in _ALL else ())
        if acts and not permits and ended is None:
            yield from say("deny", acts, "rsl-media", MEDIA_REVISION, origin, **more)
        elif acts:
            why = doubt if permits else ended
            yield from say("unknown", acts, "rsl-media", MEDIA_REVISION, origin, warning=why, **more)
        else:
            why = f"'{token[:40]}' is no usage of the draft"
            yield from unreadable("rsl-media", MEDIA_REVISION, origin, why, **more)
    if len(tokens) > _TOKENS:
        yield from unreadable("rsl-media", MEDIA_REVISION, origin, f"more than {_TOKENS} usages", **more)


# --- whether a declaration is operative ------------------------------------------------------------------------------


def _ended(element: etree._Element) -> str | None:
    """Why the declaration does not stand any more."""
    status = (_inherited(element, "status") or "active").strip().lower()
    return None if status == "active" else f"the declaration's status is {status[:40]}"


def _doubt(element: etree._Element, kind: str, moment: datetime | None) -> str:
    """Why what it permits is no permission; at the least, nobody has asked its registry."""
    reasons = [_not_now(element, moment)]
    if kind == "identity" and (element.get("minor") or "false").strip().lower() != "false":
        reasons.append("a minor's identity")
    statements = {child.get("type") for child in _within(element, "legal")}
    reasons += [f"it lacks its {name}" for name in ("attestation", "contact") if name not in statements]
    return "; ".join(reason for reason in reasons if reason) or "not verified with its registry: unresolved"


def _not_now(element: etree._Element, moment: datetime | None) -> str | None:
    for name in ("valid-from", "valid-until"):
        text = _inherited(element, name)
        if text is None:
            continue
        limit = _moment(text)
        if limit is None or moment is None:
            return f"{name} cannot be compared with when it was fetched"
        if (moment < limit) if name == "valid-from" else (moment >= limit):
            return f"it was fetched outside of its period ({name} {text[:40]})"
    return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _inherited(element: etree._Element, name: str) -> str | None:
    """An attribute of the subject, or of what it stands in."""
    above = (each.get(name) for each in (element, *element.iterancestors()))
    return next((str(value) for value in above if value is not None), None)


def _within(element: etree._Element, name: str) -> list[etree._Element]:
    """The subject's own, and what its parents hold for all of theirs."""
    own = [child for child in element.iter() if _name(child) == name]
    return own + [child for above in element.iterancestors() for child in above if _name(child) == name]


def _contact(element: etree._Element, origin: Origin) -> str | None:
    texts = [_text(child) for child in _within(element, "clearance")]
    texts += [_text(child) for child in _within(element, "legal") if child.get("type") == "contact"]
    return next((found for text in texts if (found := address(text, origin.url))), None)


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _text(element: etree._Element) -> str:
    return "".join(part for part in element.itertext() if isinstance(part, str))
