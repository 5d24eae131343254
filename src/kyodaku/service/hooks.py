# SPDX-License-Identifier: Apache-2.0
"""The gate as a guardrail of other gateways: LiteLLM's Generic Guardrail API, and Portkey's webhook.

They ask about texts and pictures before a request goes on. None of them asks about finished videos, whatever guards are
set: only the Videos API of this service holds a video until it is checked.
"""

from __future__ import annotations

import base64
import binascii
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from kyodaku.generation.answer import Answer
from kyodaku.service.body import MAX_PROMPT, read_json
from kyodaku.service.desk import Desk
from kyodaku.service.errors import ApiError
from kyodaku.service.teams import Key

__all__ = ["litellm_guardrail", "portkey_webhook"]

_DATA_URL: Final = re.compile(r"data:(?:image|video)/[a-z0-9.+-]{1,40};base64,", re.IGNORECASE)
_MOST: Final = 1000
"""Texts and pictures in one question: a long conversation. Of more than this nothing is known, and so it is refused."""
_SEAM: Final = 200
"""Letters on both sides of a seam: a name must not pass because it is sent in two parts."""
_SENT_AS: Final = "b64_json data file file_data file_id image image_url images input_image input_reference mask"
_PICTURES: Final = frozenset(f"{_SENT_AS} reference_images url video video_url".split())
"""Names under which the chat, image and video APIs send pictures and films; what stands there is no text."""
_PLUMBING: Final = frozenset(("role", "model", "type", "id", "tool_call_id"))
"""Names of what steers the API and is shown to no model."""
_SAID_OF: Final = frozenset(("detail", "media_type", "mime_type", "name", "filename", "format", "fps"))
"""Names of what is said about a picture beside it."""
_BESIDE: Final = ("structured_messages", "tools", "tool_calls")
"""What LiteLLM shows beside texts and images, and hands on: what tools are told, and files, are nowhere else."""
_UNREADABLE: Final = "It holds a picture that cannot be examined: send it as a data: URL."


async def litellm_guardrail(request: Request, key: Key, desk: Desk) -> Response:
    """Answer `{"action": "NONE"}`, or `BLOCKED` with the reason, to `{"texts": [...], "images": [...], ...}`."""
    asked = await read_json(request)
    texts, images = _texts(asked.get("texts")), _texts(asked.get("images"))
    more, files = _of_request({name: asked.get(name) for name in _BESIDE})
    texts += [text for text in dict.fromkeys(more) if text not in texts]
    images += [file for file in dict.fromkeys(files) if file not in images]
    reason = await run_in_threadpool(_refused, desk, key, texts, images)
    if reason is None:
        return JSONResponse({"action": "NONE"})
    return JSONResponse({"action": "BLOCKED", "blocked_reason": reason})


async def portkey_webhook(request: Request, key: Key, desk: Desk) -> Response:
    """Answer `{"verdict": true}` or `false` with the reason to a `beforeRequestHook`.

    Portkey goes on with `true` when it has waited longer than its timeout: set that generously.
    """
    asked = await read_json(request)
    sent = asked.get("request")
    body = sent.get("json") if isinstance(sent, Mapping) else None
    texts, images = _of_request(body)
    if isinstance(sent, Mapping) and isinstance(sent.get("text"), str):
        texts.append(sent["text"])
    reason = await run_in_threadpool(_refused, desk, key, texts, images)
    return JSONResponse({"verdict": reason is None, "data": None if reason is None else {"reason": reason}})


def _refused(desk: Desk, key: Key, texts: Sequence[str], images: Sequence[str]) -> str | None:
    """Why it may not go ahead; what is doubtful may not either, as nobody can hold it here."""
    try:
        _require_few(len(texts) + len(images))
        with desk.turn(key):
            reason = _first_refusal(desk, key, _of_texts(desk, key, texts))
        return reason or _first_refusal(desk, key, _of_pictures(desk, key, images))
    except ApiError as error:
        return None if key.policy.dry_run else error.message


def _require_few(parts: int) -> None:
    if parts > _MOST:
        raise ApiError(400, f"It holds more than {_MOST:,} texts and pictures.")


def _first_refusal(desk: Desk, key: Key, answers: Iterable[Answer]) -> str | None:
    for answer in answers:
        desk.told(key, answer)
        if not answer.is_permitted and not key.policy.dry_run:
            return answer.fault().message
    return None


def _of_texts(desk: Desk, key: Key, texts: Sequence[str]) -> Iterator[Answer]:
    asker = desk.defaults.asker(key)
    for text in (*texts, *_seams(texts)):
        if len(text) > MAX_PROMPT:
            raise ApiError(400, f"A text has {len(text):,} characters; at most {MAX_PROMPT:,} are read.")
        if text.strip():
            yield desk.gate.prompt(text.encode(errors="replace").decode(), asker)


def _of_pictures(desk: Desk, key: Key, images: Sequence[str]) -> Iterator[Answer]:
    asker = desk.defaults.asker(key)
    for image in images:
        with tempfile.TemporaryDirectory(prefix="kyodaku-hook-") as folder:
            path = Path(folder) / "reference"
            path.write_bytes(_picture(image))
            yield desk.gate.input(path, asker)


def _seams(texts: Sequence[str]) -> Iterator[str]:
    """Where one text ends and the next begins: a model reads on."""
    for before, after in pairwise(text for text in texts if text.strip()):
        yield f"{before[-_SEAM:]} {after[:_SEAM]}"


def _picture(url: str) -> bytes:
    start = _DATA_URL.match(url)
    if start is None:
        raise ApiError(400, _UNREADABLE)
    try:
        return base64.b64decode(url[start.end() :], validate=True)
    except binascii.Error:
        raise ApiError(400, _UNREADABLE) from None


def _of_request(body: object) -> tuple[list[str], list[str]]:
    """The texts and pictures of a request, wherever in it they stand: no API's list of fields is ever complete."""
    texts: list[str] = []
    images: list[str] = []
    waiting: list[tuple[bool, object]] = [(False, body)]
    while waiting:
        is_picture, part = waiting.pop()
        if isinstance(part, Mapping):
            within = [
                (name in _PICTURES or (is_picture and name not in _SAID_OF), part[name])
                for name in part
                if name not in _PLUMBING
            ]
            waiting += reversed(within)
        elif isinstance(part, list):
            waiting += [(is_picture, value) for value in reversed(part)]
        elif isinstance(part, str):
            if part.startswith("data:") or is_picture:
                images.append(part)
            else:
                texts.append(part)
    return texts, images


def _texts(sent: object) -> list[str]:
    if sent is None:
        return []
    if not isinstance(sent, list) or len(sent) > _MOST or not all(isinstance(each, str) for each in sent):
        raise ApiError(400, f"'texts' and 'images' are lists of up to {_MOST} texts.", code="invalid_value")
    return list(sent)
