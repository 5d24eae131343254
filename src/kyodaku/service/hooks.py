# SPDX-License-Identifier: Apache-2.0
"""The gate as a guardrail of other gateways: LiteLLM's Generic Guardrail API, and Portkey's webhook.

They ask about texts and pictures before a request goes on. None of them asks about finished videos, whatever guards are
set: only the Videos API of this service holds a video until it is checked.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from kyodaku.generation.answer import Answer
from kyodaku.service.body import MAX_PROMPT
from kyodaku.service.desk import Desk
from kyodaku.service.errors import ApiError
from kyodaku.service.teams import Key

__all__ = ["litellm_guardrail", "portkey_webhook"]

_DATA_URL: Final = re.compile(r"data:(?:image|video)/[a-z0-9.+-]{1,40};base64,", re.IGNORECASE)
_MOST: Final = 64
"""Texts and pictures in one question; more than any prompt has."""
_UNREADABLE: Final = "It holds a picture that cannot be examined: send it as a data: URL."


async def litellm_guardrail(request: Request, key: Key, desk: Desk) -> Response:
    """Answer `{"action": "NONE"}`, or `BLOCKED` with the reason, to `{"texts": [...], "images": [...], ...}`."""
    asked = await _object(request)
    texts, images = _texts(asked.get("texts")), _texts(asked.get("images"))
    reason = await run_in_threadpool(_refused, desk, key, texts, images)
    if reason is None:
        return JSONResponse({"action": "NONE"})
    return JSONResponse({"action": "BLOCKED", "blocked_reason": reason})


async def portkey_webhook(request: Request, key: Key, desk: Desk) -> Response:
    """Answer `{"verdict": true}` or `false` with the reason to a `beforeRequestHook`.

    Portkey goes on with `true` when it has waited longer than its timeout: set that generously.
    """
    asked = await _object(request)
    sent = asked.get("request")
    body = sent.get("json") if isinstance(sent, Mapping) else None
    texts, images = _of_request(body if isinstance(body, Mapping) else {})
    if isinstance(sent, Mapping) and isinstance(sent.get("text"), str):
        texts.append(sent["text"])
    reason = await run_in_threadpool(_refused, desk, key, texts, images)
    return JSONResponse({"verdict": reason is None, "data": None if reason is None else {"reason": reason}})


def _refused(desk: Desk, key: Key, texts: Iterable[str], images: Iterable[str]) -> str | None:
    """Why it may not go ahead; what is doubtful may not either, as nobody can hold it here."""
    try:
        for answer in _answers(desk, key, texts, images):
            desk.counts.add(answer)
            if not answer.is_permitted and not key.policy.dry_run:
                return answer.fault().message
    except ApiError as error:
        return error.message
    return None


def _answers(desk: Desk, key: Key, texts: Iterable[str], images: Iterable[str]) -> Iterator[Answer]:
    asker = desk.defaults.asker(key)
    for text in texts:
        if len(text) > MAX_PROMPT:
            raise ApiError(400, f"A text has {len(text):,} characters; at most {MAX_PROMPT:,} are read.")
        if text.strip():
            yield desk.gate.prompt(text.encode(errors="replace").decode(), asker)
    for image in images:
        with tempfile.TemporaryDirectory(prefix="kyodaku-hook-") as folder:
            path = Path(folder) / "reference"
            path.write_bytes(_picture(image))
            yield desk.gate.input(path, asker)


def _picture(url: str) -> bytes:
    start = _DATA_URL.match(url)
    if start is None:
        raise ApiError(400, _UNREADABLE)
    try:
        return base64.b64decode(url[start.end() :], validate=True)
    except binascii.Error:
        raise ApiError(400, _UNREADABLE) from None


def _of_request(body: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The texts and pictures of a request in the words of the chat, image and video APIs."""
    texts = [body[name] for name in ("prompt", "input", "negative_prompt") if isinstance(body.get(name), str)]
    images: list[str] = []
    for part in _parts(body):
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping):
            text, url = part.get("text"), part.get("image_url")
            url = url.get("url") if isinstance(url, Mapping) else url
            texts += [text] if isinstance(text, str) else []
            images += [url] if isinstance(url, str) else []
    return texts, images


def _parts(body: Mapping[str, Any]) -> Iterator[object]:
    reference = body.get("input_reference")
    if reference is not None:
        yield reference
    messages = body.get("messages")
    for message in messages[:_MOST] if isinstance(messages, list) else []:
        content = message.get("content") if isinstance(message, Mapping) else None
        yield from content[:_MOST] if isinstance(content, list) else [content]


def _texts(sent: object) -> list[str]:
    if sent is None:
        return []
    if not isinstance(sent, list) or len(sent) > _MOST or not all(isinstance(each, str) for each in sent):
        raise ApiError(400, f"'texts' and 'images' are lists of up to {_MOST} texts.", code="invalid_value")
    return list(sent)


async def _object(request: Request) -> Mapping[str, Any]:
    try:
        sent = json.loads(await request.body())
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise ApiError(400, "The body is no JSON object.", code="invalid_json")
    return sent
