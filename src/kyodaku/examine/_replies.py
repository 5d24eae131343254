# SPDX-License-Identifier: Apache-2.0
"""What one reply that was kept says of a medium: the reply it came in, or a file of its site."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from kyodaku.examine._captures import Capture
from kyodaku.signals import (
    STANDARD_ACTS,
    Origin,
    Signal,
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
from kyodaku.signals.rsl_media import MEDIA_REVISION

__all__ = ["DRAFTS", "SITE_FILES", "is_answered", "is_told", "read_licence", "read_reply"]

_HTML: Final = ("text/html", "application/xhtml+xml")


def _origin(capture: Capture) -> Origin:
    return Origin.of(capture.body, capture.where, fetched_at=capture.fetched_at, url=capture.url)


def read_reply(capture: Capture) -> list[Signal]:
    """Of the reply in which the medium (or the page it is on) came; of another reply (an error) no yes counts."""
    origin = _origin(capture)
    signals = read_headers(capture.headers, origin)
    kind = next((value for name, value in capture.headers if name.lower() == "content-type"), "")
    if kind.partition(";")[0].strip().lower() in _HTML and not capture.moved:
        signals += _as_far_as_it_goes(capture, read_html, "noai", "legacy")
    elif capture.fault and not capture.headers:
        signals += unreadable("aipref", "vocab-08", origin, capture.fault)
    return signals if _is_had(capture) else [signal for signal in signals if signal.says != "allow"]


def _as_far_as_it_goes(
    capture: Capture, read: Callable[[bytes, Origin], list[Signal]], standard: str, revision: str
) -> list[Signal]:
    """Of what was cut off, what stands in its whole lines speaks against a use, not for it."""
    origin = _origin(capture)
    if capture.fault is None:
        return read(capture.body, origin)
    lines = capture.body[: capture.body.rfind(b"\n") + 1]
    said = [signal for signal in (read(lines, origin) if lines else []) if signal.says != "allow"]
    return said + unreadable(standard, revision, origin, capture.fault)


def _robots(capture: Capture, url: str) -> list[Signal]:
    read = partial(read_robots, status=capture.status)
    return _as_far_as_it_goes(capture, lambda data, origin: read(data, url, origin), "robots", "RFC 9309")


def _tdmrep(capture: Capture, url: str) -> list[Signal]:
    return _of_file(capture, lambda data, origin: read_tdmrep(data, url, origin), "tdmrep", "2024-05 file")


def _ai_txt(capture: Capture, url: str) -> list[Signal]:
    return _of_file(capture, lambda data, origin: read_ai_txt(data, url, origin), "ai-txt", "2023-05")


def read_licence(capture: Capture, url: str) -> list[Signal]:
    return _of_file(capture, lambda data, origin: read_rsl(data, url, origin), "rsl", RSL_REVISION)


def _rsl_media(capture: Capture, url: str) -> list[Signal]:  # noqa: ARG001 - as all readers of a site's files
    read = partial(read_rsl_media, draft=True)
    return _of_file(capture, read, "rsl-media", MEDIA_REVISION)


def _of_file(
    capture: Capture, read: Callable[[bytes, Origin], list[Signal]], standard: str, revision: str
) -> list[Signal]:
    """Of a file that most sites lack, and stores of files answer for with 403: 4xx is silence, and no more than that.

    Where the server was out of reach (429, 5xx), or sent us to what is not here, nobody knows.
    """
    status = capture.status or 200
    if capture.fault is not None or 200 <= status < 300:
        return _as_far_as_it_goes(capture, read, standard, revision)
    if 400 <= status < 500 and status != 429:
        return []
    return unreadable(standard, revision, _origin(capture), f"it was not to be had (status {status})")


def _is_had(capture: Capture) -> bool:
    return capture.status is None or 200 <= capture.status < 300


def is_answered(capture: Capture, _signals: Iterable[Signal]) -> bool:
    """Whether the medium came with this reply, so that its headers are all that was said; it need not be whole."""
    return bool(capture.headers) and _is_had(capture)


def is_told(standard: str, capture: Capture, signals: Iterable[Signal]) -> bool:
    """Whether a capture of a file in this standard, read, shows what the site said, be it nothing.

    A page in place of a robots.txt, or a file that is broken, tells no more than none that could be had.
    """
    unknown = {signal.act for signal in signals if signal.standard == standard and signal.says == "unknown"}
    return capture.is_told() and not unknown.issuperset(STANDARD_ACTS[standard])


DRAFTS: Final = ("/.well-known/rsl-media.xml", "/rsl-media.xml")
SITE_FILES: Final[Mapping[str, tuple[str, Callable[..., list[Signal]]]]] = {
    "/robots.txt": ("robots", _robots),
    "/.well-known/tdmrep.json": ("tdmrep", _tdmrep),
    "/ai.txt": ("ai-txt", _ai_txt),
    "/license.xml": ("rsl", read_licence),
    **dict.fromkeys(DRAFTS, ("rsl-media", _rsl_media)),
}
"""Where each lies, in which standard it is, and what reads it."""
