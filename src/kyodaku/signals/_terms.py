# SPDX-License-Identifier: Apache-2.0
"""Where a licence is said to be that has not been read: an address is all that a line or a link tells."""

from __future__ import annotations

from typing import Final

from kyodaku.signals._words import address
from kyodaku.signals.signal import Origin, Signal, unreadable

__all__ = ["RSL_MEDIA_TYPE", "RSL_REVISION", "licence_elsewhere"]

RSL_MEDIA_TYPE: Final = "application/rsl+xml"
RSL_REVISION: Final = "1.0"


def licence_elsewhere(target: str, origin: Origin) -> list[Signal]:
    """The signals of a pointer to an RSL document: there are terms, and nobody has read them yet.

    When the document itself is read, `in_force` drops the pointer.
    """
    terms = address(target, origin.url)
    warning = "the licence at this address has not been read" if terms else "a licence at no address that can be read"
    return unreadable("rsl", RSL_REVISION, origin, warning, text=target, terms=terms)
