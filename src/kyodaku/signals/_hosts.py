# SPDX-License-Identifier: Apache-2.0
"""Whose site an address is of, however it is spelt: capitals, IDN or punycode, a dot at the end, a port, a name."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

__all__ = ["host_of", "site_of"]

_USUAL_PORTS: Final = frozenset({None, 80, 443})
"""http and https alike: what a site says on one of them is hardly meant to be taken back on the other."""


def host_of(url: str) -> str:
    """The host in small letters, as it goes over the line; "" where there is none."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    try:
        return host.encode("idna").decode().lower().rstrip(".")
    except UnicodeError:  # a name that the older IDNA does not know, or a label that is too long
        return host


def site_of(url: str) -> str:
    """The host and, unless it is the usual one, the port; "" where there is no host."""
    host = host_of(url)
    try:
        port = urlsplit(url).port
    except ValueError:
        return ""
    return host if port in _USUAL_PORTS or not host else f"{host}:{port}"
