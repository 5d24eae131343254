# SPDX-License-Identifier: Apache-2.0
"""An address that a person named: fetched from public places only, within limits; else it is unknown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kyodaku.errors import UsageError
from kyodaku.examine import SignalReader
from kyodaku.examine._captures import LARGEST
from kyodaku.examine.fetching import WebCaptures, is_public, require_public


class _Site(BaseHTTPRequestHandler):
    """A site whose robots.txt says no; some of its pages lead elsewhere."""

    def do_GET(self) -> None:
        match self.path:
            case "/robots.txt":
                self._answer(b"User-Agent: *\nContent-Usage: train-ai=n\n", "text/plain")
            case "/film.mp4":
                self._answer(b"film", "video/mp4", ("TDM-Reservation", "1"))
            case "/to-film":
                self._moved("/film.mp4")
            case "/to-inside":
                self._moved("http://inside.test/secret")
            case "/to-file":
                self._moved("file:///etc/passwd")
            case "/round":
                self._moved("/round")
            case "/huge":
                self._answer(b"x" * (LARGEST + 1), "text/html")
            case _:
                self.send_error(404)

    def _answer(self, body: bytes, kind: str, *headers: tuple[str, str]) -> None:
        self.send_response(200)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _moved(self, location: str) -> None:
        self.send_response(302)
        self.send_header("Location", location)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://example.test:{server.server_port}"
        server.shutdown()


@pytest.fixture
def web() -> WebCaptures:
    """The web, in which the test's own server is the one public place."""
    asked = {"example.test": "127.0.0.1", "inside.test": "10.0.0.1"}
    return WebCaptures(lookup=lambda host, _: [asked[host]], allowed=lambda address: address == "127.0.0.1")


def test_an_address_is_read_with_its_sites_files(site: str, web: WebCaptures) -> None:
    seen = SignalReader(web=web).of_address(f"{site}/film.mp4")

    said = {(each.signal.act, each.signal.says, each.signal.standard) for each in seen.signals}
    assert {("mine", "deny", "tdmrep"), ("train_gen", "deny", "aipref")} <= said
    assert all(each.signal.origin.fetched_at is not None for each in seen.signals)


def test_a_redirect_is_followed(site: str, web: WebCaptures) -> None:
    capture, hop = web.captures(f"{site}/to-film")

    assert capture.url == f"{site}/film.mp4"
    assert capture.status == 200
    assert (hop.url, hop.status, hop.moved) == (f"{site}/to-film", 302, True)


@pytest.mark.parametrize("path", ["/to-inside", "/to-file", "/round", "/huge"])
def test_where_it_may_not_lead_nothing_is_read(site: str, web: WebCaptures, path: str) -> None:
    capture, *hops = web.captures(f"{site}{path}")

    assert capture.fault
    assert path == "/huge" or not capture.body
    assert all(hop.moved for hop in hops)


def test_what_cannot_be_fetched_is_unknown(web: WebCaptures) -> None:
    seen = SignalReader(web=web).of_address("http://example.test:9/film.mp4")

    assert {each.signal.says for each in seen.signals} == {"unknown"}


def test_the_address_that_was_checked_is_the_one_that_is_asked(site: str) -> None:
    """A name that answers with a public address first and a private one later is asked for once only."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    web = WebCaptures(lookup=lambda *_: next(answers), allowed=lambda address: address == "127.0.0.1")

    assert web.captures(f"{site}/film.mp4")[0].status == 200
    assert web.captures(f"{site}/robots.txt")[0].fault


def test_one_private_address_among_a_names_addresses_is_enough(site: str) -> None:
    web = WebCaptures(lookup=lambda *_: ["93.184.216.34", "10.0.0.1"])

    assert "no public address" in str(web.captures(f"{site}/film.mp4")[0].fault)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8%lo",
        "64:ff9b::10.0.0.1",
        "2002:7f00:1::",
        "2001:0:0:0:0:0:f5ff:fffe",
        "no address",
        "",
    ],
)
def test_addresses_that_are_asked_for_nothing(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https://me:secret@example.org/",
        "https://a b/",
        "x",
        "http://[::1",
        "http://example.org:port/",
        "https://例.jp/",
        "https://example.org/\r\nHost: inside",
    ],
)
def test_only_plain_addresses_are_read(url: str) -> None:
    with pytest.raises(UsageError):
        require_public(url)
