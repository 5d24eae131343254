# SPDX-License-Identifier: Apache-2.0
"""What the columns of a manifest hold of the signals that stood where a clip was fetched: stated, and never a grant."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from kyodaku.errors import UsageError
from kyodaku.signals import SIGNAL_ACTS, Origin, Signal, read_headers, read_robots, say, unreadable
from kyodaku.signals.aipref import NEWEST

__all__ = ["SIGNAL_COLUMNS", "URL_COLUMNS", "column_signals", "urls_of"]

URL_COLUMNS: Final = ("url", "source_url", "source")
"""Columns that may hold the address a clip was fetched from: of a mirror in one, of its source in another."""

_HEADER_COLUMNS: Final = {
    "content_usage": "Content-Usage",
    "content_signal": "Content-Signal",
    "tdm_reservation": "TDM-Reservation",
    "tdm_policy": "TDM-Policy",
    "x_robots_tag": "X-Robots-Tag",
}

SIGNAL_COLUMNS: Final = (*_HEADER_COLUMNS, "robots", "signals", "fetched_at", "url", "source_url")
"""Columns that are read for signals; `source` is older and may hold the address too."""

_MOST: Final = 1000
_LONGEST: Final = 1 << 20


_WITHOUT_SCHEME: Final = re.compile(r"(?://)?(?:[\w-]+\.)+[\w-]{2,}\.?(?::\d+)?/\S*")


def urls_of(claim: Mapping[str, str], *, guessed: bool = False) -> list[str]:
    """The web addresses that the row names as where its clip is from; if `guessed`, `example.org/clip.mp4` too."""
    values = [claim.get(name, "").strip() for name in URL_COLUMNS]
    if guessed:
        values = [f"https://{each.removeprefix('//')}" if _WITHOUT_SCHEME.fullmatch(each) else each for each in values]
    return list(dict.fromkeys(each for each in values if each.lower().startswith(("https://", "http://"))))


def column_signals(claim: Mapping[str, str], urls: Sequence[str]) -> list[Signal]:
    """The signals that the row's columns hold, for a clip from these addresses."""
    url = next(iter(urls), None)
    headers = [(name, claim[column]) for column, name in _HEADER_COLUMNS.items() if column in claim]
    joined = "\n".join(f"{name}: {value}" for name, value in headers)
    signals = read_headers(headers, _origin("the manifest's", joined, url))
    if robots := claim.get("robots"):
        signals += _robots(robots, urls)
    if stated := claim.get("signals"):
        signals += _listed(stated, url)
    return signals


def _robots(text: str, urls: Sequence[str]) -> list[Signal]:
    origin = _origin("the manifest's column robots,", text, next(iter(urls), None))
    if not urls:
        return unreadable("robots", "RFC 9309", origin, "of which address it speaks is not stated")
    data = text.encode("utf-8", "replace")
    return list(dict.fromkeys(signal for url in urls for signal in read_robots(data, url, origin)))


def _listed(text: str, url: str | None) -> list[Signal]:
    origin = _origin("the manifest's column signals", text, url)
    if len(text) > _LONGEST:
        return _unknown(origin, "it is too long")
    try:
        listed = json.loads(text)
        if isinstance(listed, list) and len(listed) <= _MOST:
            return [Signal.from_json(_undated(held)) for held in listed]
        why = f"it holds no list of at most {_MOST} signals"
    except (UsageError, ValueError, OverflowError, RecursionError) as error:
        why = error.what if isinstance(error, UsageError) else "it is not JSON"
    return _unknown(origin, why)


def _undated(held: object) -> object:
    """A signal as it was printed, without what says that it came later: a row may not state that."""
    return {name: value for name, value in held.items() if name != "not_before"} if isinstance(held, dict) else held


def _unknown(origin: Origin, why: str) -> list[Signal]:
    """Nothing is known of any act: which standards they are of cannot be told, either."""
    return say("unknown", SIGNAL_ACTS, "aipref", NEWEST, origin, warning=why)


def _origin(where: str, text: str, url: str | None) -> Origin:
    return Origin.of(text.encode("utf-8", "replace"), where, url=url)
