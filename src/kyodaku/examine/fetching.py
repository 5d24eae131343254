# SPDX-License-Identifier: Apache-2.0
"""What stands at an address on the web, fetched because a person named it: within limits, and from public places only.

Every host is looked up once, every one of its addresses is checked, and the connection goes to the address that was
checked: a name that answers with another one a moment later leads nowhere. Redirects are followed by the same rule.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.examine._captures import LARGEST, Capture
from kyodaku.examine._warc import unpacked

__all__ = ["WebCaptures", "is_public", "require_public"]

_SECONDS: Final = 30.0
"""For one address with its redirects, however slowly a server drips."""

_A_STEP: Final = 10.0
_REDIRECTS: Final = 5
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_TEXTS: Final = ("text/", "application/xhtml+xml", "application/json", "application/xml", "application/rsl+xml")
"""Of what is fetched, what can say something beyond its headers; a film is not downloaded."""
_READ_AS_TEXT: Final = (".txt", ".json", ".xml")
"""Whatever their servers call them: many a store of files calls everything `binary/octet-stream`."""

_AGENT: Final = "kyodaku-signals (reads robots.txt; asked by a person)"

Lookup = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class WebCaptures:
    """Fetches each address once; an `Archive`. `lookup` gives a host's addresses, `allowed` says which may be asked."""

    lookup: Lookup | None = None
    allowed: Callable[[str], bool] | None = None
    _kept: dict[str, list[Capture]] = field(default_factory=dict)

    def captures(self, url: str) -> list[Capture]:
        """What stands at the address now, or why it could not be had; then the replies that led there."""
        if url not in self._kept:
            self._kept[url] = self._fetched(url)
        return list(self._kept[url])

    def _fetched(self, url: str) -> list[Capture]:
        deadline, place, hops = time.monotonic() + _SECONDS, url, list[Capture]()
        is_text = urlsplit(url).path.endswith(_READ_AS_TEXT)
        try:
            for _ in range(_REDIRECTS + 1):
                capture, target = self._reply(place, deadline, is_text=is_text)
                if target is None:
                    return [capture, *hops]
                hops.append(capture)
                place = target
        except KyodakuError as error:
            return [self._failed(place, error.what), *hops]
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            return [self._failed(place, why), *hops]
        return [self._failed(place, f"more than {_REDIRECTS} redirects"), *hops]

    def _failed(self, url: str, why: str) -> Capture:
        return Capture(where=url, url=url, fault=f"it could not be fetched ({why[:120]})", fetched_at=_now())

    def _reply(self, url: str, deadline: float, *, is_text: bool) -> tuple[Capture, str | None]:
        """The reply of one server, and where it sends us instead."""
        parts = require_public(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
        with (
            self._connected(host, port, secure=parts.scheme == "https", deadline=deadline) as line,
            _cut_off_at(deadline, line),
        ):
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            wanted = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            asked = http.client.HTTPConnection(host, port)
            asked.sock = line
            asked.request("GET", wanted, headers={"User-Agent": _AGENT, "Accept": "*/*", "Accept-Encoding": "identity"})
            reply = asked.getresponse()
            location = reply.headers.get("location")
            target = urljoin(url, location) if reply.status in _MOVED and location else None
            body, fault = (b"", None) if target else _body(reply, line, deadline, is_text=is_text)
            capture = Capture(
                where=url,
                url=url,
                body=body,
                fault=fault,
                headers=tuple(reply.getheaders()),
                status=reply.status,
                fetched_at=_now(),
                moved=target is not None,
            )
            return capture, target

    def _connected(self, host: str, port: int, *, secure: bool, deadline: float) -> socket.socket:
        addresses = (self.lookup or _addresses)(host, port)
        if not addresses or not all(map(self.allowed or is_public, addresses)):
            raise UsageError(f"{host} leads to no public address")
        line = socket.create_connection((addresses[0], port), timeout=_left(deadline))
        if not secure:
            return line
        try:
            context = ssl.create_default_context()
            return context.wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
        except BaseException:
            line.close()
            raise


def require_public(url: str) -> SplitResult:
    """The parts of a plain http or https address; UsageError for any other, or one that carries a name or password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise UsageError("this is no address", where=url[:200]) from None
    odd = any(character <= " " or character == "\x7f" for character in url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or odd or not url.isascii():
        raise UsageError("only plain http and https addresses are read", where=url[:200])
    return parts


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: not of this machine, its network, or a tunnel into either."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None and not inner.is_global:
            return False
        if found.is_site_local:  # of old networks, which may still be about
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def _addresses(host: str, port: int) -> list[str]:
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


@contextmanager
def _cut_off_at(deadline: float, line: socket.socket) -> Iterator[None]:
    """Ends the connection when the time is up, also under a server that sends a byte of its headers now and then."""
    timer = threading.Timer(_left(deadline, _SECONDS), _shut, (line,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(line: socket.socket) -> None:
    with suppress(OSError):  # beneath TLS: whoever reads there now must find an end, and not another's change
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _body(
    reply: http.client.HTTPResponse, line: socket.socket, deadline: float, *, is_text: bool
) -> tuple[bytes, str | None]:
    kind = reply.headers.get("content-type", "").strip().lower()
    if kind and not kind.startswith(_TEXTS) and not is_text:
        return b"", None
    data = bytearray()
    while len(data) <= LARGEST:
        line.settimeout(_left(deadline))
        piece = reply.read1(1 << 16)
        if not piece:
            _left(deadline)
            body, fault = unpacked(bytes(data), reply.headers.get("content-encoding", ""))
            return body, fault or ("it is cut off" if reply.length else None)
        data += piece
    return unpacked(bytes(data), reply.headers.get("content-encoding", ""))


def _left(deadline: float, most: float = _A_STEP) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError(f"not within {_SECONDS:.0f} s")
    return min(left, most)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
