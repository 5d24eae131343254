# SPDX-License-Identifier: Apache-2.0
"""The headers of an HTTP reply: Content-Usage, Content-Signal, TDM-Reservation, X-Robots-Tag, and links to licences.

Every line is a statement of its own. RFC 9651 would join the lines of a field, so that of two that say `train-ai=n` and
`train-ai=y` the last one counts; but the second is often put there by another server than the first, and of several
statements the most restrictive counts (draft-ietf-aipref-vocab, "Combining Preferences").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from kyodaku.signals._terms import RSL_MEDIA_TYPE, RSL_REVISION, licence_elsewhere
from kyodaku.signals.aipref import NEWEST, read_content_usage
from kyodaku.signals.content_signals import read_content_signal
from kyodaku.signals.noai import REVISION as NOAI_REVISION
from kyodaku.signals.noai import read_noai
from kyodaku.signals.signal import Origin, Signal, bounded, unreadable
from kyodaku.signals.tdmrep import HEADER, reservation

__all__ = ["read_headers"]

_MAX_HEADERS: Final = 500
"""Lines; servers and clients stop at a hundred or so."""

_VALUE_CHARACTERS: Final = 65_536
"""Of one line; a server that sends more is not understood by most clients."""

_MAX_LINKS: Final = 50
_LINK: Final = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?)*)")
_PARAMETER: Final = re.compile(r";\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*))")


def read_headers(headers: Sequence[tuple[str, str]], origin: Origin) -> list[Signal]:
    """The signals of a reply's headers: names in any case, a name as often as it was sent."""
    if len(headers) > _MAX_HEADERS:
        why = f"more than {_MAX_HEADERS} headers"
        kinds = (("aipref", NEWEST), ("tdmrep", HEADER), ("noai", NOAI_REVISION))
        said = [signal for signal in read_headers(headers[:_MAX_HEADERS], origin) if signal.says != "allow"]
        return said + [signal for standard, revision in kinds for signal in unreadable(standard, revision, origin, why)]
    signals: list[Signal] = []
    for name, value in headers:
        line = origin.at(f"header {name.strip()}", holding=_bytes(f"{name}: {value}"))
        signals += _line(name.strip().lower(), value, line)
    return bounded([*signals, *_tdm(headers, origin)], "aipref", NEWEST, origin)


def _line(name: str, value: str, origin: Origin) -> list[Signal]:
    if name == "content-usage":
        return read_content_usage(_bytes(value), origin)
    if name == "content-signal":
        return read_content_signal(value, origin)
    if name == "x-robots-tag":
        return read_noai(value, origin)
    return _linked(value, origin) if name == "link" else []


def _tdm(headers: Sequence[tuple[str, str]], origin: Origin) -> list[Signal]:
    reserved = [value for name, value in headers if name.strip().lower() == "tdm-reservation"]
    policies = [value for name, value in headers if name.strip().lower() == "tdm-policy"]
    held = _bytes("\r\n".join(f"tdm-reservation: {value}" for value in reserved))
    return reservation(reserved, policies, HEADER, origin.at("header TDM-Reservation", holding=held))


def _linked(value: str, origin: Origin) -> list[Signal]:
    """Of licences in links (RFC 8288); where there are more links than anybody sends, one may be among the rest."""
    links = list(islice(_LINK.finditer(value[:_VALUE_CHARACTERS]), _MAX_LINKS + 1))
    signals = [signal for target in _licences(links[:_MAX_LINKS]) for signal in licence_elsewhere(target, origin)]
    if len(links) <= _MAX_LINKS and len(value) <= _VALUE_CHARACTERS:
        return signals
    why = f"more than {_MAX_LINKS} links, or {_VALUE_CHARACTERS >> 10} KiB of them: the rest was not read"
    return signals + unreadable("rsl", RSL_REVISION, origin, why)


def _licences(links: Sequence[re.Match[str]]) -> Iterator[str]:
    """The targets of links that lead to an RSL document."""
    for link in links:
        said: dict[str, str] = {}
        for parameter in _PARAMETER.finditer(link[2]):
            said.setdefault(parameter[1].lower(), parameter[2] if parameter[2] is not None else parameter[3])
        media_type = said.get("type", "").partition(";")[0].strip().lower()
        if "license" in said.get("rel", "").lower().split() and media_type == RSL_MEDIA_TYPE:
            yield link[1]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
