# SPDX-License-Identifier: Apache-2.0
"""A generator's server for measurements: the Videos API on this machine, in a process of its own.

It reads what it is sent, names a video, and never finishes one: what a gate costs is measured, not what a check of
finished videos does. No framework is in it, so that whatever stands before it is compared with something quick.
"""

from __future__ import annotations

import json
import multiprocessing
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Final

__all__ = ["upstream"]

_HEADERS: Final = [(b"content-type", b"application/json")]
_JOIN_S: Final = 10.0

Message = dict[str, Any]


@contextmanager
def upstream() -> Iterator[tuple[int, int]]:
    """Serve until the end of the block; the port, and the id of the process."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield int(ours.recv()), process.pid or 0
    finally:
        process.terminate()
        process.join(_JOIN_S)


def _serve(told: Connection) -> None:
    import uvicorn  # noqa: PLC0415 - of an extra

    # the protocol is named as asyncio turns Nagle's delay off for sockets of TCP only
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        told.send(listener.getsockname()[1])
        config = uvicorn.Config(_Videos(), log_level="error", access_log=False, lifespan="off", server_header=False)
        uvicorn.Server(config).run([listener])


class _Videos:
    """The application, as ASGI calls it: every video is being made, for ever."""

    def __init__(self) -> None:
        self._begun = 0

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """One request, its body read to the end."""
        more = True
        while more:
            more = (await receive()).get("more_body", False)
        body = json.dumps(self._answer(scope["method"], scope["path"])).encode()
        headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, method: str, path: str) -> Message:
        if path == "/begun":
            return {"begun": self._begun}
        if method == "POST":
            self._begun += 1
            path = f"/v1/videos/video_{self._begun}"
        video = {"id": path.rpartition("/")[2], "object": "video", "created_at": 0, "model": "bench"}
        return video | {"status": "in_progress", "progress": 10, "seconds": "4", "size": "720x1280"}
