# SPDX-License-Identifier: Apache-2.0
"""What surrounds every answer: an id that callers can quote, and what is told when it begins.

Written for ASGI itself: Starlette's base class for middleware takes a group of tasks and a stream for each request and
layer, which costs more than a decision does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeAlias

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Answering", "RequestIds", "Told"]

Told: TypeAlias = Callable[[Scope, int], None]
"""Called when an answer begins, with its status."""


class RequestIds:
    """Gives each request an id, and its answer the same in `x-request-id`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI hands it over."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {})["id"] = f"req_{secrets.token_hex(12)}"

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("x-request-id", request_id)
            await send(message)

        await self._app(scope, receive, named)


class Answering:
    """Tells of each request when it began, and of its answer when that begins: what is sent afterwards takes its time.

    `begun` is called with the scope and gives what is called with scope and status.
    """

    def __init__(self, app: ASGIApp, begun: Callable[[Scope], Told]) -> None:
        self._app = app
        self._begun = begun

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI hands it over."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = self._begun(scope)

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                told(scope, message["status"])
            await send(message)

        await self._app(scope, receive, telling)
