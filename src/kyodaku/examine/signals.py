# SPDX-License-Identifier: Apache-2.0
"""What a medium, the files beside it and the places it is from say to machines; read from what is here, never fetched.

```python
reader = SignalReader(SignalSources(site_captures=Path("captures")))
seen = reader.read("clip.mp4", {"source": "https://example.org/clip.mp4"})
[(each.signal.act, each.signal.says, each.signal.origin.where) for each in seen.signals]
```

The site's files that count are those as they were when the medium was fetched (AIPREF, draft-ietf-aipref-attach, and
RFC 9309 know no retroactive rule): of several captures the last one before the fetch. A no that a capture *after* the
fetch still lacks came later (`not_before`); where nothing shows that, it counts as having stood.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urljoin, urlsplit

from kyodaku.examine._captures import Archive, Capture, FolderCaptures, moment_of, moment_text, read_small
from kyodaku.examine._columns import SIGNAL_COLUMNS, column_signals, url_of
from kyodaku.examine._sidecars import read_beside
from kyodaku.examine._warc import WarcCaptures
from kyodaku.examine.inside import InsideReader
from kyodaku.signals import (
    SAYS,
    Origin,
    Signal,
    in_force,
    read_ai_txt,
    read_headers,
    read_html,
    read_robots,
    read_rsl,
    read_rsl_media,
    read_tdmrep,
    unreadable,
)
from kyodaku.signals._terms import RSL_REVISION
from kyodaku.signals.c2pa import CAWG_REVISION
from kyodaku.signals.rsl_media import MEDIA_REVISION

__all__ = ["SIGNAL_COLUMNS", "SeenSignal", "SignalReader", "SignalSources", "SignalsSeen"]

MOST_SEEN: Final = 300
"""Signals kept of one medium, the most restrictive first: all standards together have a few dozen."""

_MANIFEST_SUFFIX: Final = ".c2pa"

_HTML: Final = ("text/html", "application/xhtml+xml")
_FOLLOWED: Final = 20
"""Addresses of licences that are looked up among the captures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalSources:
    """Where, beside media themselves, signals on them are looked for: captured sites, and WARC files of the crawl.

    With `drafts` RSL-MEDIA, which is one, is read as well.
    """

    site_captures: Path | None = None
    warcs: tuple[Path, ...] = ()
    drafts: bool = False

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record, with absolute paths."""
        folder = self.site_captures
        return {
            "site_captures": None if folder is None else str(folder.absolute()),
            "warcs": [str(path.absolute()) for path in self.warcs],
            "drafts": self.drafts,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any] | None) -> Self:
        """What `as_json` wrote; of None, no sources."""
        if kept is None:
            return cls()
        folder = kept["site_captures"]
        return cls(
            site_captures=None if folder is None else Path(folder),
            warcs=tuple(Path(path) for path in kept["warcs"]),
            drafts=kept["drafts"],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenSignal:
    """A signal, and a moment at which it is shown not to have stood where it stands now, if any is known."""

    signal: Signal
    not_before: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The signal's own record, with `not_before`."""
        return {**self.signal.as_json(), "not_before": moment_text(self.not_before)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """What `as_json` wrote."""
        own = {name: value for name, value in kept.items() if name != "not_before"}
        return cls(signal=Signal.from_json(own), not_before=moment_of(kept.get("not_before")))


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalsSeen:
    """The signals in force on a medium, most restrictive first, and when it was fetched, if that is known."""

    signals: tuple[SeenSignal, ...] = ()
    fetched_at: datetime | None = None


class SignalReader:
    """Reads the signals on media from the same sources; UsageError where one of these cannot be read at all."""

    def __init__(self, sources: SignalSources | None = None, *, web: Archive | None = None) -> None:
        asked = sources or SignalSources()
        self._inside = InsideReader()
        self._drafts = asked.drafts
        self._archives: list[Archive] = [] if web is None else [web]
        self._follows = web is None  # only what a person named is fetched, and never where that points
        if asked.site_captures is not None:
            self._archives.append(FolderCaptures.open(asked.site_captures))
        if asked.warcs:
            self._archives.append(WarcCaptures.open(asked.warcs))

    def close(self) -> None:
        """Ends the process that reads inside files, if there is one."""
        self._inside.close()

    def read(self, path: str | os.PathLike[str], claim: Mapping[str, str] | None = None) -> SignalsSeen:
        """The signals on the medium at `path`, of which its manifest claims this; never raises for what they say."""
        stated = claim or {}
        told = url_of(stated)
        beside = read_beside(path, told if _is_usable(told) else None, drafts=self._drafts)
        url = next(filter(_is_usable, (told, beside.url)), None)
        own = self._captures(url)
        fetched = moment_of(stated.get("fetched_at")) or beside.fetched_at or _last(own)
        here = [*self._inside.read(path), *self._manifest_beside(path), *beside.signals, *column_signals(stated, url)]
        seen = [*(SeenSignal(signal=signal) for signal in here), *_dated(own, _read_reply, fetched)]
        if url is not None:
            seen += self._of_site(url, seen, fetched)
        return SignalsSeen(signals=_in_force(seen), fetched_at=fetched)

    def _manifest_beside(self, path: str | os.PathLike[str]) -> list[Signal]:
        """Of Content Credentials in a file of their own."""
        file = f"{os.fspath(path)}{_MANIFEST_SUFFIX}"
        found = read_small(file)
        if found is None:
            return []
        why = found[1] or "there is nothing in it that can be read"
        return self._inside.read_beside(path, file) or unreadable(
            "cawg", CAWG_REVISION, Origin.of(found[0], Path(file).name), why
        )

    def of_address(self, url: str) -> SignalsSeen:
        """The signals at an address and, where it leads elsewhere, at that one; as far as the sources have them."""
        own = self._captures(url)
        seen = list(_dated(own, _read_reply, None))
        for place in dict.fromkeys([url, *(capture.url for capture in own)]):
            seen += self._of_site(place, (), None)
        return SignalsSeen(signals=_in_force(seen), fetched_at=_last(own))

    def _of_site(self, url: str, seen: Iterable[SeenSignal], fetched: datetime | None) -> list[SeenSignal]:
        """What the site's own files say of an address, and the licences to which these, or what was seen, point."""
        found = [
            each
            for name, read in _SITE_FILES.items()
            if self._drafts or name != _DRAFT
            for each in _dated(self._captures(urljoin(url, name)), partial(read, url=url), fetched)
        ]
        if self._follows:
            said = (each.signal for each in (*seen, *found))
            named = dict.fromkeys(signal.terms for signal in said if signal.standard == "rsl" and _is_pointer(signal))
            for terms in list(named)[:_FOLLOWED]:
                found += _dated(self._captures(terms), partial(_rsl, url=url), fetched)
        return found

    def _captures(self, url: str | None) -> list[Capture]:
        if url is None:
            return []
        return [capture for archive in self._archives for capture in archive.captures(url)]


def _is_usable(url: str | None) -> bool:
    try:
        return url is not None and bool(urlsplit(url).hostname)
    except ValueError:
        return False


_ReadAt = Callable[..., list[Signal]]


# --- one capture ------------------------------------------------------------------------------------------------------
def _origin(capture: Capture) -> Origin:
    return Origin.of(capture.body, capture.where, fetched_at=capture.fetched_at, url=capture.url)


def _read_reply(capture: Capture) -> list[Signal]:
    """Of the reply in which the medium (or the page it is on) came."""
    origin = _origin(capture)
    signals = read_headers(capture.headers, origin)
    kind = next((value for name, value in capture.headers if name.lower() == "content-type"), "")
    if kind.partition(";")[0].strip().lower() in _HTML:
        signals += (
            unreadable("noai", "legacy", origin, capture.fault) if capture.fault else read_html(capture.body, origin)
        )
    elif capture.fault and not capture.headers:
        signals += unreadable("aipref", "vocab-08", origin, capture.fault)
    return signals


def _robots(capture: Capture, url: str) -> list[Signal]:
    if capture.fault:
        return unreadable("robots", "RFC 9309", _origin(capture), capture.fault)
    return read_robots(capture.body, url, _origin(capture), status=capture.status)


def _tdmrep(capture: Capture, url: str) -> list[Signal]:
    if capture.fault:
        return unreadable("tdmrep", "2024-05 file", _origin(capture), capture.fault)
    return read_tdmrep(capture.body, url, _origin(capture)) if _is_there(capture) else []


def _ai_txt(capture: Capture, url: str) -> list[Signal]:
    if capture.fault:
        return unreadable("ai-txt", "2023-05", _origin(capture), capture.fault)
    return read_ai_txt(capture.body, url, _origin(capture)) if _is_there(capture) else []


def _is_there(capture: Capture) -> bool:
    return capture.status is None or 200 <= capture.status < 300


def _rsl(capture: Capture, url: str) -> list[Signal]:
    if capture.fault:
        return unreadable("rsl", RSL_REVISION, _origin(capture), capture.fault)
    return read_rsl(capture.body, url, _origin(capture)) if _is_there(capture) else []


def _rsl_media(capture: Capture, url: str) -> list[Signal]:  # noqa: ARG001 - as all readers of a site's files
    if capture.fault:
        return unreadable("rsl-media", MEDIA_REVISION, _origin(capture), capture.fault)
    return read_rsl_media(capture.body, _origin(capture), draft=True) if _is_there(capture) else []


def _is_pointer(signal: Signal) -> bool:
    return signal.says == "unknown" and signal.terms is not None


_DRAFT: Final = "/rsl-media.xml"
_SITE_FILES: Final[Mapping[str, _ReadAt]] = {
    "/robots.txt": _robots,
    "/.well-known/tdmrep.json": _tdmrep,
    "/ai.txt": _ai_txt,
    "/license.xml": _rsl,
    _DRAFT: _rsl_media,
}


# --- several captures of one address ----------------------------------------------------------------------------------
def _dated(
    captures: Iterable[Capture], read: Callable[[Capture], list[Signal]], fetched: datetime | None
) -> Iterator[SeenSignal]:
    """What captures of one address say of a medium fetched then; what the last before the fetch supersedes is left."""
    kept = list(captures)
    for capture in kept:
        if capture.fetched_at is None:
            yield from (SeenSignal(signal=signal) for signal in read(capture))
    dated = [(moment, read(capture)) for capture in kept if (moment := capture.fetched_at) is not None]
    dated.sort(key=lambda each: each[0])
    stood = max((moment for moment, _ in dated if fetched is not None and moment <= fetched), default=None)
    for number, (moment, signals) in enumerate(dated):
        if stood is None or moment >= stood:
            earlier = dated[:number]
            yield from (SeenSignal(signal=signal, not_before=_lacking(signal, earlier)) for signal in signals)


def _lacking(signal: Signal, earlier: Sequence[tuple[datetime, list[Signal]]]) -> datetime | None:
    """The last earlier capture in which nothing but an allow was said of the act."""
    lacking = [
        moment for moment, said in earlier if all(held.act != signal.act or held.says == "allow" for held in said)
    ]
    return lacking[-1] if lacking else None


def _last(captures: Iterable[Capture]) -> datetime | None:
    return max((moment for capture in captures if (moment := capture.fetched_at) is not None), default=None)


def _in_force(seen: Iterable[SeenSignal]) -> tuple[SeenSignal, ...]:
    """Those that their own standards do not set aside, the most restrictive first, and no more than can be kept."""
    listed = list(dict.fromkeys(seen))
    standing = set(in_force(each.signal for each in listed))
    kept = [each for each in listed if each.signal in standing]
    return tuple(sorted(kept, key=lambda each: -SAYS.index(each.signal.says))[:MOST_SEEN])
