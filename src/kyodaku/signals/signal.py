# SPDX-License-Identifier: Apache-2.0
"""A signal: what a file or a site says, of itself, about one act; and where it says so.

Readers never raise on what they are given. What cannot be read is said to be `unknown`, with a warning, for each act of
which its standard speaks; what is not there is no signal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, Self

from kyodaku.errors import UsageError
from kyodaku.signals._words import address, clean

__all__ = [
    "MAX_SIGNALS",
    "SAYS",
    "SIGNAL_ACTS",
    "SIGNATURES",
    "STANDARDS",
    "STANDARD_ACTS",
    "Origin",
    "Signal",
    "bounded",
    "say",
    "speaks_of",
    "unreadable",
]

SIGNAL_ACTS: Final[tuple[str, ...]] = (
    "collect",
    "mine",
    "train_gen",
    "train_nongen",
    "input",
    "index",
    "search",
    "generate",
)
"""To fetch; to analyse automatically; to train a model that generates, or another; to give a model as input; to index;
to show among search results; to make output of a work or a character."""

SAYS: Final[tuple[str, ...]] = ("allow", "unknown", "constrained", "deny")
"""The more restrictive later. `constrained` is allowed under terms that the signal names."""

STANDARDS: Final[tuple[str, ...]] = (
    "aipref",
    "robots",
    "content-signals",
    "tdmrep",
    "rsl",
    "rsl-media",
    "noai",
    "ai-txt",
    "cawg",
    "c2pa",
    "plus",
    "tdm-ai",
)

STANDARD_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "aipref": ("mine", "train_gen", "train_nongen", "input", "index", "search"),
    "robots": ("collect", "train_gen", "input", "index", "search"),
    "content-signals": ("train_gen", "train_nongen", "input", "index", "search"),
    "tdmrep": ("mine",),
    "rsl": ("mine", "train_gen", "train_nongen", "input", "index", "search"),
    "rsl-media": ("train_gen", "train_nongen", "generate"),
    "noai": ("train_gen", "train_nongen", "input"),
    "ai-txt": ("mine", "train_gen", "train_nongen"),
    "cawg": ("mine", "train_gen", "train_nongen", "input"),
    "c2pa": ("mine", "train_gen", "train_nongen", "input"),
    "plus": ("mine", "train_gen", "train_nongen"),
    "tdm-ai": ("mine", "train_gen", "train_nongen", "input", "index", "search"),
}
"""The acts of which each standard speaks: what is unknown when a document of it cannot be read."""

SIGNATURES: Final[tuple[str, ...]] = ("valid", "untrusted", "invalid", "none")

MAX_SIGNALS: Final = 1000
"""From one document; every standard together says some ten things of one medium."""

_TEXT_CHARACTERS: Final = 200
_WARNING_CHARACTERS: Final = 300
_SUBJECT_CHARACTERS: Final = 300
"""They are shown in one line of a table and are part of what a decision is made from."""

_SPEAKS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "collect": ("collect", "mine"),
    "mine": ("collect", "mine"),
    "train": ("collect", "mine", "train_gen"),
    "fine_tune": ("collect", "mine", "train_gen"),
    "input": ("input",),
    "index": ("index", "search"),
    "generate": ("generate",),
    "publish": (),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a signal was found: in words, the SHA-256 (hex) of the document or header line, and when it was fetched."""

    where: str
    sha256: str
    fetched_at: datetime | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        moment = self.fetched_at
        if moment is not None and moment.tzinfo is None:
            raise UsageError("a moment needs its time zone", where="signal")
        _put(self, where=clean(self.where, _SUBJECT_CHARACTERS), url=address(self.url))
        _put(self, fetched_at=None if moment is None else moment.astimezone(UTC))

    @classmethod
    def of(cls, data: bytes, where: str, *, fetched_at: datetime | None = None, url: str | None = None) -> Self:
        """The origin of what is read from `data`."""
        return cls(where=where, sha256=hashlib.sha256(data).hexdigest(), fetched_at=fetched_at, url=url)

    def at(self, place: str, *, holding: bytes | None = None) -> Origin:
        """A place within: "line 4". `holding` are its own bytes, where it is a thing of its own, such as a header."""
        return Origin(
            where=f"{self.where} {place}".strip(),
            sha256=self.sha256 if holding is None else hashlib.sha256(holding).hexdigest(),
            fetched_at=self.fetched_at,
            url=self.url,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """One standard's word on one act.

    `revision` is that of the standard ("vocab-08", "1.0", "legacy"). `text` are the words as they stand, cut, without
    control characters. `terms` is the address of a licence, a policy or an offer: http(s) or mailto, anything else is
    dropped, and it is never fetched. `signature` is said of C2PA and TDM·AI only, `warning` tells why it is unknown (or
    what was odd), `subject` is what a declaration is about: an RSL-MEDIA subject, an ISCC.
    """

    act: str
    says: str
    standard: str
    revision: str
    origin: Origin
    text: str = ""
    terms: str | None = None
    signature: str | None = None
    warning: str | None = None
    subject: str | None = None

    def __post_init__(self) -> None:
        _one_of(self.act, SIGNAL_ACTS, "act")
        _one_of(self.says, SAYS, "word")
        _one_of(self.standard, STANDARDS, "standard")
        if self.signature is not None:
            _one_of(self.signature, SIGNATURES, "state of a signature")
        _put(
            self,
            text=clean(self.text, _TEXT_CHARACTERS),
            terms=address(self.terms),
            warning=None if self.warning is None else clean(self.warning, _WARNING_CHARACTERS),
            subject=None if self.subject is None else clean(self.subject, _SUBJECT_CHARACTERS),
        )

    def as_json(self) -> dict[str, str | None]:
        """One flat object: all fields, and those of the origin."""
        moment = self.origin.fetched_at
        mine = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "origin"}
        return mine | {
            "where": self.origin.where,
            "sha256": self.origin.sha256,
            "fetched_at": None if moment is None else moment.isoformat().replace("+00:00", "Z"),
            "url": self.origin.url,
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `as_json` wrote.

        Raises `UsageError` if it is anything else.
        """
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise UsageError("a signal is an object", where="signal")
        _check_fields(value)
        moment = value.get("fetched_at")
        origin = Origin(
            where=value["where"],
            sha256=value["sha256"],
            fetched_at=None if moment is None else _moment(moment),
            url=value.get("url"),
        )
        return cls(origin=origin, **{key: item for key, item in value.items() if key not in _OF_ORIGIN})


def say(says: str, acts: Iterable[str], standard: str, revision: str, origin: Origin, **more: Any) -> list[Signal]:
    """The same word on several acts."""
    return [
        Signal(act=act, says=says, standard=standard, revision=revision, origin=origin, **more)
        for act in dict.fromkeys(acts)
    ]


def unreadable(standard: str, revision: str, origin: Origin, warning: str, **more: Any) -> list[Signal]:
    """What a document of `standard` says that cannot be read: nothing is known, of any act of which it speaks."""
    return say("unknown", STANDARD_ACTS[standard], standard, revision, origin, warning=warning, **more)


def bounded(signals: Iterable[Signal], standard: str, revision: str, origin: Origin) -> list[Signal]:
    """The signals of one document, if they are not too many; else the most restrictive, and that there are more."""
    listed = list(signals)
    if len(listed) <= MAX_SIGNALS:
        return listed
    kept = sorted(listed, key=lambda signal: -SAYS.index(signal.says))[:MAX_SIGNALS]
    more = unreadable(standard, revision, origin, f"more than {MAX_SIGNALS} signals: the rest was not kept")
    return [signal for signal in kept if signal.says != "allow"] + more


def speaks_of(use_act: str) -> tuple[str, ...]:
    """The acts whose signals bear on a use.

    Raises `UsageError` for an act that is none of a use's.
    """
    _one_of(use_act, tuple(_SPEAKS_OF), "act")
    return _SPEAKS_OF[use_act]


_OF_ORIGIN: Final = ("where", "sha256", "fetched_at", "url")
_NEEDED: Final = ("act", "says", "standard", "revision", "where", "sha256")
_OPTIONAL: Final = ("text", "terms", "signature", "warning", "subject", "fetched_at", "url")


def _check_fields(value: Mapping[str, object]) -> None:
    unknown = sorted(set(value) - set(_NEEDED) - set(_OPTIONAL))
    if unknown:
        raise UsageError(f"unknown field '{clean(unknown[0], 40)}'", where="signal")
    for name in _NEEDED:
        if not isinstance(value.get(name), str):
            raise UsageError(f"'{name}' must be a text", where="signal")
    for name in _OPTIONAL:
        if value.get(name) is not None and not isinstance(value[name], str):
            raise UsageError(f"'{name}' must be a text or null", where="signal")
    if value.get("text", "") is None:
        raise UsageError("'text' must be a text", where="signal")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("'fetched_at' is not a moment of RFC 3339", where="signal") from None


def _one_of(value: str, allowed: tuple[str, ...], what: str) -> None:
    if value not in allowed:
        raise UsageError(f"'{clean(str(value), 40)}' is no {what} of a signal", where="signal")


def _put(record: object, **values: object) -> None:
    """Set fields of a frozen record while it is being made."""
    for name, value in values.items():
        object.__setattr__(record, name, value)
