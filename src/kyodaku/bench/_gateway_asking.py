# SPDX-License-Identifier: Apache-2.0
"""Requests at fixed moments, whatever became of the earlier ones, and how long each took from its moment on.

Who waits for an answer before asking again measures too little: nobody then asks while the server is busy. Here a
request that comes late, because connections or the server are, has its waiting counted. The client is as small as HTTP
allows, since what asks shares the processors with what is asked.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from kyodaku.errors import KyodakuError

__all__ = ["Answered", "ask_at_rate", "form"]

_AHEAD_S: Final = 0.2
"""From making the plan to its first request."""
_PATIENCE_S: Final = 60.0
_MOST_HEADERS: Final = 64 << 10
_BOUNDARY: Final = "kyodaku-bench-4f1c9a"

Lane = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """One answer: its status (0: there was none), milliseconds from the moment it was due, and when it was there."""

    status: int
    ms: float
    at: float


def form(path: str, port: int, fields: dict[str, str], *, key: str = "") -> bytes:
    """A POST as the OpenAI SDKs send it: fields in multipart/form-data."""
    parts = (
        f'--{_BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    body = ("".join(parts) + f"--{_BOUNDARY}--\r\n").encode()
    heads = {
        "host": f"127.0.0.1:{port}",
        "authorization": f"Bearer {key}",
        "content-type": f"multipart/form-data; boundary={_BOUNDARY}",
        "content-length": str(len(body)),
    }
    return f"POST {path} HTTP/1.1\r\n{_lines(heads)}\r\n".encode() + body


def _lines(heads: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in heads.items())


def ask_at_rate(port: int, requests: Sequence[bytes], *, rate: float) -> list[Answered]:
    """Send these to a port of this machine, the n-th at n / `rate` seconds; the answers in the same order."""
    return asyncio.run(_ask(port, requests, rate))


async def _ask(port: int, requests: Sequence[bytes], rate: float) -> list[Answered]:
    idle: deque[Lane] = deque()
    loop = asyncio.get_running_loop()
    first = loop.time() + _AHEAD_S
    asked = []
    for number, request in enumerate(requests):
        due = first + number / rate
        if (early := due - loop.time()) > 0:
            await asyncio.sleep(early)
        asked.append(asyncio.create_task(_one(port, request, due, idle)))
    answers = await asyncio.gather(*asked)
    for _, writer in idle:
        writer.close()
    return answers


async def _one(port: int, request: bytes, due: float, idle: deque[Lane]) -> Answered:
    """One request over a connection that is free, or a new one."""
    loop = asyncio.get_running_loop()
    status, lane = 0, None
    with suppress(OSError, EOFError, asyncio.LimitOverrunError, ValueError, TimeoutError, KyodakuError):
        async with asyncio.timeout(_PATIENCE_S):
            lane = await _lane(port, idle)
            lane[1].write(request)
            status = await _status(lane[0])
    now = loop.time()
    if lane is not None and status:
        idle.append(lane)
    elif lane is not None:
        lane[1].close()
    return Answered(status=status, ms=1000 * (now - due), at=now)


async def _lane(port: int, idle: deque[Lane]) -> Lane:
    while idle:
        lane = idle.pop()
        if not lane[0].at_eof():  # servers close what is idle for some seconds
            return lane
        lane[1].close()
    return await asyncio.open_connection("127.0.0.1", port, limit=_MOST_HEADERS)


async def _status(reader: asyncio.StreamReader) -> int:
    """The status of an answer that is read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    if not length:
        raise KyodakuError("an answer without a length")
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])
