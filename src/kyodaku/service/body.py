# SPDX-License-Identifier: Apache-2.0
"""What a caller sends: forms and JSON into a request and its files, within limits, with the field that is wrong.

Nothing is trusted: lengths are counted as they come, names of files are ours, addresses are not fetched.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kyodaku.service.errors import ApiError, answer_of

__all__ = ["MAX_BODY_BYTES", "MAX_PROMPT", "Body", "BodyLimit", "read_body", "read_json"]

MAX_BODY_BYTES: Final = 512 << 20
"""A reference video of a few minutes; whoever announces or sends more is told so at once."""
MAX_JSON_BYTES: Final = 48 << 20
MAX_PROMPT: Final = 32_000
_PIECE_S: Final = 30.0
_WHOLE_BODY_S: Final = 600.0
"""A body that drips is given up: it holds a connection, and what came of it lies on the disk."""
_MOST_FIELDS, _MOST_FILES = 64, 4
_SMALL_JSON: Final = 64 << 10
"""Bytes that are read in less time than it takes to ask another thread."""
_LONGEST_FIELD: Final = 1 << 20
_SIZE: Final = re.compile(r"([1-9]\d{1,3})x([1-9]\d{1,3})")
_SECONDS: Final = re.compile(r"[1-9]\d?")
_OWNER: Final = re.compile(r"(?:self)?")
_LONGEST_NAME: Final = 200
_DATA_URL: Final = re.compile(r"data:(image|video)/[a-z0-9.+-]{1,40};base64,", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What was sent: text fields, files by field, ids of earlier videos and characters."""

    fields: Mapping[str, str]
    files: Mapping[str, UploadFile | bytes] = field(default_factory=dict)
    video: str | None = None
    characters: tuple[str, ...] = ()

    def prompt(self) -> str:
        """The prompt; ApiError unless there is one of sound Unicode and bearable length."""
        text = self.fields.get("prompt", "")
        if not text.strip():
            raise ApiError(400, "'prompt' is missing or empty.", param="prompt", code="missing_required_parameter")
        if len(text) > MAX_PROMPT:
            message = f"'prompt' has {len(text):,} characters; at most {MAX_PROMPT:,} are read."
            raise ApiError(400, message, param="prompt", code="string_above_max_length")
        return _sound(text, "prompt")

    def matching(self, name: str, pattern: re.Pattern[str], default: str, shape: str) -> str:
        """A field of this shape."""
        value = self.fields.get(name) or default
        if not pattern.fullmatch(value):
            raise ApiError(400, f"{name!r} is {shape}, not {value[:80]!r}.", param=name, code="invalid_value")
        return value

    def seconds(self, default: str = "4") -> str:
        """How long the video shall be."""
        return self.matching("seconds", _SECONDS, default, "a number of seconds from 1 to 99")

    def size(self, default: str = "720x1280") -> str:
        """Width and height."""
        return self.matching("size", _SIZE, default, "width x height, as 720x1280")

    def short(self, name: str) -> str:
        """A short printable text, or nothing."""
        value = _sound(self.fields.get(name, ""), name)
        if len(value) > _LONGEST_NAME or not value.isprintable():
            raise ApiError(
                400, f"{name!r} is at most {_LONGEST_NAME} printable letters.", param=name, code="invalid_value"
            )
        return value

    def claim(self, developer: str) -> dict[str, str]:
        """What the caller claims of what it sends, as a manifest claims it of a clip; nothing of it is believed.

        `reference_owner` is `self` for who made or holds it; `reference_licence` a licence's name or `grant:ID`.
        """
        owner = self.matching("reference_owner", _OWNER, "", "'self', of what is the caller's own") or None
        claimed = {"owner": developer if owner else "", "licence": self.short("reference_licence")}
        return {name: value for name, value in claimed.items() if value}

    def close(self) -> None:
        """Let go of files that were kept on disk meanwhile."""
        for file in self.files.values():
            if isinstance(file, UploadFile):
                file.file.close()


class BodyLimit:
    """Middleware that answers 413 to whoever announces or sends more than `limit` bytes, before more is read."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI hands it over."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced[:20]) > self._limit:
            await answer_of(self._refusal(), "")(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        read, is_whole, until = 0, False, time.monotonic() + _WHOLE_BODY_S

        async def counting() -> Message:
            nonlocal read, is_whole
            if is_whole:  # what is waited for now is that the caller goes away
                return await receive()
            try:
                async with asyncio.timeout(min(_PIECE_S, until - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                raise ApiError(408, "The body did not come in time.", code="request_timeout") from None
            is_whole = not message.get("more_body", False)
            read += len(message.get("body", b""))
            if read > self._limit:
                raise self._refusal()
            return message

        return counting

    def _refusal(self) -> ApiError:
        return ApiError(413, f"At most {self._limit:,} bytes are read.", code="request_too_large")


async def read_body(request: Request) -> Body:
    """The body of a request, as a form or as JSON; ApiError with the field when it is neither or makes no sense."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data" or kind == "application/x-www-form-urlencoded":  # noqa: PLR1714 - read aloud
        return await _from_form(request)
    if kind in ("application/json", ""):
        sent = await read_json(request)
        return await run_in_threadpool(_of_json, sent) if "input_reference" in sent else _of_json(sent)
    raise ApiError(
        415, f"A body is multipart/form-data or application/json, not {kind[:80]!r}.", code="unsupported_type"
    )


async def _from_form(request: Request) -> Body:
    try:
        form = await request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD)
    except (MultiPartException, HTTPException, UnicodeDecodeError, ValueError) as error:
        detail = getattr(error, "detail", None) or getattr(error, "message", None) or "it cannot be read"
        raise ApiError(400, f"The form cannot be read: {str(detail)[:200]}", code="invalid_form") from None
    return _sorted_out(form)


def _sorted_out(form: FormData) -> Body:
    fields: dict[str, str] = {}
    files: dict[str, UploadFile | bytes] = {}
    characters: list[str] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files[name.removesuffix("[]")] = value
        elif name in ("characters[][id]", "characters[id]"):
            characters.append(value)
        elif name in ("input_reference[image_url]", "input_reference[file_id]"):
            files |= _reference({name[16:-1]: value})
        elif name == "video[id]":
            fields["video_id"] = value
        else:
            fields[name] = value
    return Body(fields=fields, files=files, video=fields.get("video_id"), characters=tuple(characters))


async def read_json(request: Request) -> Mapping[str, Any]:
    """The JSON object that was sent; a large one is read in another thread, as everybody else would wait for it."""
    body = await _whole(request)
    return await run_in_threadpool(_decoded, body) if len(body) > _SMALL_JSON else _decoded(body)


def _decoded(body: bytes) -> Mapping[str, Any]:
    try:
        sent = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise ApiError(400, "The body is no JSON.", code="invalid_json") from None
    if not isinstance(sent, dict):
        raise ApiError(400, "The body is no JSON object.", code="invalid_json")
    return sent


def _of_json(sent: Mapping[str, Any]) -> Body:
    fields = {name: str(value) for name, value in sent.items() if isinstance(value, (str, int)) and value is not True}
    files = _reference(sent["input_reference"]) if sent.get("input_reference") is not None else {}
    return Body(fields=fields, files=files, video=_id_of(sent.get("video")), characters=_ids(sent.get("characters")))


def _reference(sent: object) -> dict[str, UploadFile | bytes]:
    """A reference that is named instead of sent."""
    named = sent if isinstance(sent, Mapping) else {}
    url = named.get("image_url")
    if isinstance(url, Mapping):
        url = url.get("url")
    if isinstance(url, str) and (start := _DATA_URL.match(url)):
        try:
            return {"input_reference": base64.b64decode(url[start.end() :], validate=True)}
        except binascii.Error:
            raise _odd_reference("its base64 is broken") from None
    if isinstance(url, str):
        raise _odd_reference("addresses are not fetched: send the picture itself, or a data: URL")
    if "file_id" in named:
        raise _odd_reference("no files are kept here: send the picture itself, or a data: URL")
    raise _odd_reference('send a file, or {"image_url": "data:image/png;base64,..."}')


def _odd_reference(why: str) -> ApiError:
    return ApiError(400, f"'input_reference' cannot be used: {why}.", param="input_reference", code="invalid_reference")


def _id_of(sent: object) -> str | None:
    if sent is None:
        return None
    found = sent.get("id") if isinstance(sent, Mapping) else sent
    if not isinstance(found, str):
        raise ApiError(400, '\'video\' is a file, or {"id": "video_..."}.', param="video", code="invalid_value")
    return found


def _ids(sent: object) -> tuple[str, ...]:
    if sent is None:
        return ()
    if not isinstance(sent, list) or len(sent) > _MOST_FIELDS:
        raise ApiError(400, '\'characters\' is a list of {"id": "char_..."}.', param="characters", code="invalid_value")
    named = [each.get("id") if isinstance(each, Mapping) else each for each in sent]
    found = tuple(each for each in named if isinstance(each, str))
    if len(found) < len(named):
        raise ApiError(400, '\'characters\' is a list of {"id": "char_..."}.', param="characters", code="invalid_value")
    return found


def _sound(text: str, name: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ApiError(400, f"{name!r} holds half of a surrogate pair.", param=name, code="invalid_unicode") from None
    return text


async def _whole(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_JSON_BYTES:
            raise ApiError(413, f"At most {MAX_JSON_BYTES:,} bytes of JSON are read.", code="request_too_large")
    return bytes(body)
