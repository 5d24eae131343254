# SPDX-License-Identifier: Apache-2.0
"""A real HTTP server on this machine that speaks the Videos API, or misbehaves as a test asks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass
class Reply:
    """What is sent back; `announced` is a Content-Length that may lie."""

    body: bytes | dict[str, Any] = b""
    status: int = 200
    announced: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Upstream:
    """Where it listens, what it was asked, and what it does: `answers` by "METHOD /path"."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, Reply | Callable[[Asked], Reply]] = field(default_factory=dict)


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Serve until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    known = server.known = Upstream(f"http://127.0.0.1:{server.server_address[1]}/v1")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """A test is quiet."""

    def _answer(self) -> None:
        known: Upstream = self.server.known  # type: ignore[attr-defined]
        length = int(self.headers.get("content-length") or 0)
        asked = Asked(self.command, self.path.removeprefix("/v1"), self.headers, self.rfile.read(length))
        known.asked.append(asked)
        reply = known.answers.get(f"{asked.method} {asked.path}", Reply({"error": {"message": "not here"}}, 404))
        if callable(reply):
            reply = reply(asked)
        body = json.dumps(reply.body).encode() if isinstance(reply.body, dict) else reply.body
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body) if reply.announced is None else reply.announced))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True
