# SPDX-License-Identifier: Apache-2.0
"""Files beside a medium that speak of it: what the crawler kept of the reply, metadata and licences."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kyodaku.examine._captures import moment_of, read_small
from kyodaku.signals import (
    Origin,
    Signal,
    read_headers,
    read_html,
    read_rsl,
    read_rsl_media,
    read_tdm_ai,
    unreadable,
)
from kyodaku.signals._terms import RSL_REVISION
from kyodaku.signals.aipref import NEWEST
from kyodaku.signals.rsl_media import MEDIA_REVISION
from kyodaku.signals.tdm_ai import REVISION as TDM_AI_REVISION
from kyodaku.signals.xmp import PLUS_REVISION, read_xmp

__all__ = ["HEADERS_SUFFIX", "Beside", "read_beside"]

HEADERS_SUFFIX: Final = ".headers.json"
"""`{"url": ..., "fetched_at": ..., "headers": [[name, value], ...], "html": the page}`; each may be left out."""

_FIELDS: Final = frozenset({"url", "fetched_at", "status", "headers", "html"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """What lies beside a medium: signals, and where and when the crawler got the medium."""

    signals: tuple[Signal, ...] = ()
    url: str | None = None
    fetched_at: datetime | None = None


def read_beside(path: str | os.PathLike[str], urls: Sequence[str] = (), *, drafts: bool = False) -> Beside:
    """What the sidecars of the medium at `path`, from these addresses, say of it; nothing where there are none."""
    try:
        medium = Path(path)
        reply = _reply(medium.with_name(medium.name + HEADERS_SUFFIX))
        places = [*urls, *([reply.url] if reply.url is not None else [])]
        asked = [suffix for suffix in _TEXTS if drafts or suffix != _DRAFT]
        texts = [signal for suffix in asked for signal in _text(medium, suffix, places, reply.fetched_at)]
    except ValueError:  # a name that no file can have
        return Beside()
    return Beside(signals=(*reply.signals, *texts), url=reply.url, fetched_at=reply.fetched_at)


def _text(medium: Path, suffix: str, urls: Sequence[str], fetched_at: datetime | None) -> list[Signal]:
    """Of a text that speaks of the medium: beside its name, or in place of the name's ending."""
    read, standard, revision = _TEXTS[suffix]
    signals = []
    for name in dict.fromkeys((medium.name + suffix, medium.stem + suffix)):
        found = read_small(medium.with_name(name))
        if found is not None:
            data, fault = found
            origin = Origin.of(data, name, fetched_at=fetched_at, url=next(iter(urls), None))
            signals += unreadable(standard, revision, origin, fault) if fault else read(data, urls, medium.name, origin)
    return signals


def _xmp(data: bytes, _urls: Sequence[str], _name: str, origin: Origin) -> list[Signal]:
    return read_xmp(data, origin)


def _rsl(data: bytes, urls: Sequence[str], name: str, origin: Origin) -> list[Signal]:
    """A licence that somebody put beside a medium is meant for it: one that speaks of other places only is unclear."""
    why = "nothing in it is known to be about this medium"
    found = dict.fromkeys(signal for place in urls or (f"/{name}",) for signal in read_rsl(data, place, origin))
    return list(found) or unreadable("rsl", RSL_REVISION, origin, why)


def _rsl_media(data: bytes, _urls: Sequence[str], _name: str, origin: Origin) -> list[Signal]:
    return read_rsl_media(data, origin, draft=True)


def _tdm_ai(data: bytes, _urls: Sequence[str], _name: str, origin: Origin) -> list[Signal]:
    return read_tdm_ai(data, origin)


_Read = Callable[[bytes, Sequence[str], str, Origin], list[Signal]]
_DRAFT: Final = ".rsl-media.xml"
_TEXTS: Final[Mapping[str, tuple[_Read, str, str]]] = {
    ".xmp": (_xmp, "plus", PLUS_REVISION),
    ".rsl.xml": (_rsl, "rsl", RSL_REVISION),
    ".tdm-ai.json": (_tdm_ai, "tdm-ai", TDM_AI_REVISION),
    _DRAFT: (_rsl_media, "rsl-media", MEDIA_REVISION),
}
"""By the ending of the name: what reads it, and as what it is unknown where it cannot be read."""


def _reply(file: Path) -> Beside:
    found = read_small(file)
    if found is None:
        return Beside()
    data, fault = found
    origin = Origin.of(data, file.name)
    if fault is None:
        try:
            return _told(json.loads(data, object_pairs_hook=_object), origin)
        except (ValueError, RecursionError) as error:
            fault = str(error) if isinstance(error, _Odd) else "it is not JSON"
    return Beside(signals=tuple(_unknown(origin, fault)))


class _Odd(ValueError):  # noqa: N818 - the reason, for the signal that says it cannot be read
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Names that stand twice, as those of headers do, keep all that they hold."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        held = value if isinstance(value, list) else [value]
        found[name] = (
            [*(found[name] if isinstance(found[name], list) else [found[name]]), *held] if name in found else value
        )
    return found


def _told(kept: Any, origin: Origin) -> Beside:
    """All of it that can be read: where one field is odd, another may hold a no, or the address whose site has one."""
    if not isinstance(kept, dict):
        raise _Odd(f"it is no object of {', '.join(sorted(_FIELDS))}")
    url = kept.get("url") if isinstance(kept.get("url"), str) else None
    moment = moment_of(kept.get("fetched_at"))
    read = Origin(where=origin.where, sha256=origin.sha256, fetched_at=moment, url=url)
    signals: list[Signal] = []
    faults = [] if set(kept) <= _FIELDS else [f"it holds more than {', '.join(sorted(_FIELDS))}"]
    try:
        signals += read_headers(_headers(kept.get("headers", [])), read)
    except _Odd as odd:
        faults.append(str(odd))
    page = kept.get("html")
    if isinstance(page, str):
        signals += read_html(page.encode("utf-8", "replace"), read.at("page"))
    elif page is not None:
        faults.append("'html' is no text")
    if kept.get("url") is not None and url is None:
        faults.append("'url' is no text")
    if "fetched_at" in kept and moment is None:
        faults.append("'fetched_at' is no moment of RFC 3339 with a time zone")
    if faults:
        signals = [signal for signal in signals if signal.says != "allow"] + _unknown(read, "; ".join(faults))
    return Beside(signals=tuple(signals), url=url, fetched_at=moment)


def _headers(held: Any) -> list[tuple[str, str]]:
    if isinstance(held, dict):
        held = [
            [name, value]
            for name, values in held.items()
            for value in (values if isinstance(values, list) else [values])
        ]
    if not isinstance(held, list):
        raise _Odd("'headers' is no list of names and values")
    pairs = [tuple(pair) if isinstance(pair, list) else () for pair in held]
    if not all(len(pair) == 2 and all(isinstance(part, str) for part in pair) for pair in pairs):
        raise _Odd("'headers' is no list of names and values")
    return [(name, value) for name, value in pairs]


def _unknown(origin: Origin, why: str) -> list[Signal]:
    return unreadable("aipref", NEWEST, origin, why) + unreadable("robots", "RFC 9309", origin, why)
