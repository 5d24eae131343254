# SPDX-License-Identifier: Apache-2.0
"""What a medium, the files beside it and the places it is from say to machines; read from what is here, never fetched.

```python
reader = SignalReader(SignalSources(site_captures=Path("captures")))
seen = reader.read("clip.mp4", {"source": "https://example.org/clip.mp4"})
[(each.signal.act, each.signal.says, each.signal.origin.where) for each in seen.signals]
```

The site's files that count are those as they were when the medium was fetched (AIPREF, draft-ietf-aipref-attach, and
RFC 9309 know no retroactive rule): of several captures the last one before the fetch that can be read. A no that a
capture *after* the fetch still lacks came later (`not_before`); where nothing shows that, it counts as having stood.

What lies beside a medium, in it, or in its row is handed over with it, by whom it may concern: it adds to what the site
says, and takes nothing back. Where it says two things (two addresses, two moments of the fetch), both count.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urljoin, urlsplit

from kyodaku.examine._captures import Archive, Capture, FolderCaptures, moment_of, moment_text, read_small
from kyodaku.examine._columns import SIGNAL_COLUMNS, column_signals, urls_of
from kyodaku.examine._replies import DRAFTS, SITE_FILES, is_answered, is_told, read_licence, read_reply
from kyodaku.examine._sidecars import read_beside
from kyodaku.examine._warc import WarcCaptures
from kyodaku.examine.inside import InsideReader
from kyodaku.signals import SAYS, SIGNAL_ACTS, Origin, Signal, in_force, unreadable
from kyodaku.signals.c2pa import CAWG_REVISION

__all__ = ["SIGNAL_COLUMNS", "SeenSignal", "SignalReader", "SignalSources", "SignalsSeen"]

MOST_SEEN: Final = 300
"""Signals kept of one medium: all standards together have a few dozen. Every act has its share of them, the most
restrictive first, so that no number of noes to one act crowds out the no to another."""
_SHARE: Final = MOST_SEEN // len(SIGNAL_ACTS)

_CLOCKS_DIFFER: Final = timedelta(days=1)
"""What is dated later than this after now is dated wrongly: nobody has fetched it yet."""

_MANIFEST_SUFFIX: Final = ".c2pa"

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
        told, plain = (list(filter(_is_usable, urls_of(stated, guessed=bare))) for bare in (True, False))
        besides = [read_beside(place, told, drafts=self._drafts) for place in _places(path)]
        named = [each.url for each in besides if each.url is not None and _is_usable(each.url)]
        own = self._captures([*told, *named])
        fetched = _fetched([moment_of(stated.get("fetched_at")), *(each.fetched_at for each in besides)], own)
        here = [*self._inside.read(path), *column_signals(stated, [*plain, *named])]
        for place, beside in zip(_places(path), besides, strict=True):
            here += [*self._manifest_beside(path, place), *beside.signals]
        seen = [*(SeenSignal(signal=signal) for signal in here), *_dated(own, read_reply, fetched, is_answered)]
        for url in _addresses([*told, *named, *(capture.url for capture in own)]):
            seen += self._of_site(url, seen, fetched)
        return SignalsSeen(
            signals=_in_force(seen, frozenset(here)), fetched_at=None if fetched is None else fetched.latest
        )

    def _manifest_beside(self, path: str | os.PathLike[str], place: str) -> list[Signal]:
        """Of Content Credentials in a file of their own."""
        file = f"{place}{_MANIFEST_SUFFIX}"
        found = read_small(file)
        if found is None:
            return []
        data, why = found
        if why is not None and not data:
            return unreadable("cawg", CAWG_REVISION, Origin.of(data, Path(file).name), why)
        return self._inside.read_beside(path, file)

    def of_address(self, url: str) -> SignalsSeen:
        """The signals at an address and, where it leads elsewhere, at that one; as far as the sources have them."""
        own = self._captures([url])
        seen = list(_dated(own, read_reply, None, is_answered))
        for place in _addresses([url, *(capture.url for capture in own)]):
            seen += self._of_site(place, (), None)
        latest = max((moment for capture in own if (moment := capture.fetched_at) is not None), default=None)
        return SignalsSeen(signals=_in_force(seen), fetched_at=latest)

    def _of_site(self, url: str, seen: Iterable[SeenSignal], fetched: _Fetched | None) -> list[SeenSignal]:
        """What the site's own files say of an address, and the licences to which these, or what was seen, point."""
        found = [
            each
            for name, (standard, read) in SITE_FILES.items()
            if self._drafts or name not in DRAFTS
            for each in _dated(
                self._site_file(urljoin(url, name)), partial(read, url=url), fetched, partial(is_told, standard)
            )
        ]
        if self._follows:
            said = (each.signal for each in (*seen, *found))
            named = dict.fromkeys(
                signal.terms
                for signal in said
                if signal.standard == "rsl" and signal.says == "unknown" and signal.terms
            )
            for terms in list(named)[:_FOLLOWED]:
                captures = self._site_file(terms)
                found += _dated(captures, partial(read_licence, url=url), fetched, partial(is_told, "rsl"))
        return found

    def _captures(self, urls: Iterable[str]) -> list[Capture]:
        asked = dict.fromkeys(urls)
        return [capture for url in asked for archive in self._archives for capture in archive.captures(url)]

    def _site_file(self, url: str) -> list[Capture]:
        """What stood at an address; a reply that only leads there says nothing of its own."""
        return [capture for capture in self._captures([url]) if not capture.moved]


def _is_usable(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _places(path: str | os.PathLike[str]) -> list[str]:
    """Where the medium's sidecars may be: beside its name, and beside the file to which a link of this name leads."""
    name = os.fspath(path)
    try:
        return list(dict.fromkeys((name, os.path.realpath(name)))) if Path(name).is_symlink() else [name]
    except (OSError, ValueError):
        return [name]


def _addresses(urls: Iterable[str]) -> list[str]:
    """Each once, and without doubled slashes too: most servers give the same file under both."""
    return list(dict.fromkeys(place for url in urls if _is_usable(url) for place in (url, _single(url))))


def _single(url: str) -> str:
    path = re.match(r"[^:/?#]*://[^?#]*", url)
    if path is None:
        return url
    scheme, mark, rest = path[0].partition("://")
    return f"{scheme}{mark}{re.sub('/{2,}', '/', rest)}{url[path.end() :]}"


# --- when it was fetched ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True, slots=True)
class _Fetched:
    """Between which moments: one and the same, unless two things are said."""

    earliest: datetime
    latest: datetime


def _fetched(stated: Iterable[datetime | None], own: Sequence[Capture]) -> _Fetched | None:
    """As it is stated, and as the capture nearest to that has it; if it is not stated, as all captures have it."""
    moments = [moment for moment in stated if moment is not None and not _is_to_come(moment)]
    kept = [moment for each in own if (moment := each.fetched_at) is not None and not _is_to_come(moment)]
    if moments and kept:
        moments.append(min(kept, key=lambda moment: abs(moment - moments[0])))
    both = moments or kept
    return _Fetched(earliest=min(both), latest=max(both)) if both else None


def _is_to_come(moment: datetime) -> bool:
    return moment > datetime.now(UTC) + _CLOCKS_DIFFER


# --- several captures of one address ----------------------------------------------------------------------------------
def _dated(
    captures: Iterable[Capture],
    read: Callable[[Capture], list[Signal]],
    fetched: _Fetched | None,
    is_told: Callable[[Capture, list[Signal]], bool],
) -> Iterator[SeenSignal]:
    """What captures of one address say of a medium fetched then.

    Those are left out that the last before the fetch supersedes; one that tells nothing supersedes none.
    """
    kept = list(captures)
    for capture in kept:
        if _moment(capture) is None:
            yield from (SeenSignal(signal=signal) for signal in read(capture))
    dated = sorted(((moment, each) for each in kept if (moment := _moment(each))), key=lambda pair: pair[0])
    said = [(moment, each, read(each)) for moment, each in _changes(dated)]
    told = [is_told(each, signals) for _, each, signals in said]
    before = [
        moment
        for (moment, each, _), tells in zip(said, told, strict=True)
        if tells and fetched and moment + each.lasts <= fetched.earliest
    ]
    lacking: dict[str, datetime] = {}  # by act, the last capture so far in which nothing but an allow was said of it
    for (moment, _, signals), tells in zip(said, told, strict=True):
        if not before or moment >= before[-1]:
            yield from (SeenSignal(signal=signal, not_before=lacking.get(signal.act)) for signal in signals)
        if tells:
            spoken = {signal.act for signal in signals if signal.says != "allow"}
            lacking |= {act: moment for act in SIGNAL_ACTS if act not in spoken}


def _moment(capture: Capture) -> datetime | None:
    """When it was taken; not known if that is still to come."""
    return None if capture.fetched_at is None or _is_to_come(capture.fetched_at) else capture.fetched_at


_SPEAKING: Final = frozenset(
    {"content-type", "content-usage", "content-signal", "link", "tdm-reservation", "tdm-policy", "x-robots-tag"}
)
"""Names of the headers that are read: others, such as the date, differ each time."""


def _changes(dated: Sequence[tuple[datetime, Capture]]) -> list[tuple[datetime, Capture]]:
    """Without those that say what the one before and the one after them say: a daily crawl keeps hundreds."""
    told = [
        (each.body, each.status, each.fault, each.url, [line for line in each.headers if line[0].lower() in _SPEAKING])
        for _, each in dated
    ]
    middle = {number for number in range(1, len(told) - 1) if told[number - 1] == told[number] == told[number + 1]}
    return [pair for number, pair in enumerate(dated) if number not in middle]


def _in_force(seen: Iterable[SeenSignal], stated: Collection[Signal] = frozenset()) -> tuple[SeenSignal, ...]:
    """Those that their own standards do not set aside, the most restrictive first, and no more than can be kept."""
    listed = list(dict.fromkeys(seen))
    standing = set(in_force((each.signal for each in listed), stated=stated))
    kept = [each for each in listed if each.signal in standing]
    kept.sort(key=_rank)
    shared = (each for act in SIGNAL_ACTS for each in [one for one in kept if one.signal.act == act][:_SHARE])
    return tuple(sorted(shared, key=_rank))


def _rank(seen: SeenSignal) -> tuple[int, bool]:
    return -SAYS.index(seen.signal.says), seen.not_before is not None
