# SPDX-License-Identifier: Apache-2.0
"""The Videos API over HTTP: every endpoint that the OpenAI SDKs call, with the gate behind it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, Response

from kyodaku.errors import KyodakuError
from kyodaku.generation.job import Job, is_final
from kyodaku.generation.store import Conflict
from kyodaku.service.body import Body, BodyLimit, read_body
from kyodaku.service.casting import create_character, get_character
from kyodaku.service.desk import Desk
from kyodaku.service.errors import ApiError, answer_of
from kyodaku.service.handing_out import content, delete
from kyodaku.service.hooks import litellm_guardrail, portkey_webhook
from kyodaku.service.metrics import CONTENT_TYPE, Metrics, Timed
from kyodaku.service.refusals import no_video
from kyodaku.service.shapes import POLL_AFTER_MS, deleted_object, list_object, video_object
from kyodaku.service.taking_in import create, remix
from kyodaku.service.teams import Key
from kyodaku.service.telemetry import Telemetry, Traced
from kyodaku.service.variants import spritesheet, thumbnail

__all__ = ["create_app"]

_BEARER: Final = "bearer "
_ONCE: Final = "idempotency-key"
_LONGEST_ONCE: Final = 200
_MOST_DECIDED: Final = 8
"""Requests of words alone that are decided at a time: threads take turns at computing, and more of them only wait."""
_MOST_EXAMINED: Final = 8
_MOST_SENT: Final = 16
"""Requests with media, and downloads, that are seen to at a time; the others wait, and those of words alone do not."""
_NOT_FOUND: Final = 404
_AS_IT_IS: Final = {"x-content-type-options": "nosniff"}
"""A generator's file is a video to a browser, whatever it holds."""
_NO_TELEMETRY: Final[Any] = {"auto_configure": False, "tracing": False, "metrics": False, "logs": False}
"""FastAPI's own would send paths, with videos' ids, and what is wrong with a query, wherever the environment says."""
_log = logging.getLogger(__name__)


def create_app(desk: Desk, telemetry: Telemetry | None = None) -> FastAPI:
    """The application; it answers nothing without a key but `/health`."""
    counts = Metrics(desk.store, desk.counts)
    app = FastAPI(title="Kyodaku", docs_url=None, redoc_url=None, openapi_url=None, telemetry=_NO_TELEMETRY)
    app.state.desk = desk
    app.state.metrics = counts
    app.state.deciding = CapacityLimiter(_MOST_DECIDED)
    app.state.examining, app.state.sending = CapacityLimiter(_MOST_EXAMINED), CapacityLimiter(_MOST_SENT)
    app.add_middleware(BodyLimit)
    if telemetry is not None:
        telemetry.watch(desk.store, desk.counts)
        app.add_middleware(Traced, telemetry=telemetry)
    app.add_middleware(Timed, metrics=counts)
    app.add_exception_handler(ApiError, _told)
    app.add_exception_handler(KyodakuError, _failed)
    app.add_exception_handler(OSError, _failed)  # a full disk, most of all
    app.add_exception_handler(Exception, _failed)
    app.add_exception_handler(HTTPException, _not_here)
    app.add_exception_handler(RequestValidationError, _odd_query)
    _add_routes(app)
    return app


async def key_of(request: Request) -> Key:
    """The key that the request came with; looked up here, as a thread of its own would cost more than the look."""
    desk: Desk = request.app.state.desk
    header = request.headers.get("authorization", "")
    bearer = header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else ""
    secret = bearer or request.headers.get("x-api-key", "")
    key = desk.teams.of(secret) if secret else None
    if key is None:
        message = "No valid key was sent: Authorization: Bearer kyo_..."
        raise ApiError(401, message, code="invalid_api_key", kind="authentication_error")
    return key


async def asking_key_of(request: Request) -> Key:
    """The same, if it may ask for something now; who only looks how far it is may do so at any time."""
    key = await key_of(request)
    _require_turn(request.app.state.desk, key)
    return key


def _require_turn(desk: Desk, key: Key) -> None:
    wait = desk.teams.wait_of(key)
    if wait > 0:
        message = f"This key may ask {key.policy.per_minute} times a minute."
        headers = {"retry-after": str(int(wait) + 1)}
        raise ApiError(429, message, code="rate_limit_exceeded", kind="rate_limit_error", headers=headers)


async def desk_of(request: Request) -> Desk:
    """The desk behind the application."""
    desk: Desk = request.app.state.desk
    return desk


_KEY: Final = Depends(key_of)
_ASKING: Final = Depends(asking_key_of)
_DESK: Final = Depends(desk_of)


def _add_routes(app: FastAPI) -> None:
    app.get("/health")(_health)
    app.post("/v1/videos")(_create)
    app.get("/v1/videos")(_list)
    app.post("/v1/videos/edits")(_edit)
    app.post("/v1/videos/extensions")(_extend)
    app.post("/v1/videos/characters")(_create_character)
    app.get("/v1/videos/characters/{character}")(_get_character)
    app.get("/v1/videos/{video}")(_retrieve)
    app.delete("/v1/videos/{video}")(_delete)
    app.post("/v1/videos/{video}/remix")(_remix)
    app.get("/v1/videos/{video}/content")(_content)
    app.get("/metrics")(_metrics)
    app.post("/beta/litellm_basic_guardrail_api")(_litellm)
    app.post("/hooks/portkey")(_portkey)


def _health() -> dict[str, str]:
    return {"status": "ok"}


def _metrics(request: Request, key: Key = _KEY) -> Response:  # noqa: ARG001 - whoever has a key may count
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.text(), media_type=CONTENT_TYPE)


async def _litellm(request: Request, key: Key = _ASKING, desk: Desk = _DESK) -> Response:
    return await litellm_guardrail(request, key, desk)


async def _portkey(request: Request, key: Key = _ASKING, desk: Desk = _DESK) -> Response:
    return await portkey_webhook(request, key, desk)


async def _create(request: Request, key: Key = _ASKING, desk: Desk = _DESK) -> Response:
    return await _asked(request, lambda body, once: create(desk, key, body, once=once))


async def _edit(request: Request, key: Key = _ASKING, desk: Desk = _DESK) -> Response:
    return await _asked(request, lambda body, once: create(desk, key, body, once=once, operation="edit"))


async def _extend(request: Request, key: Key = _ASKING, desk: Desk = _DESK) -> Response:
    return await _asked(request, lambda body, once: create(desk, key, body, once=once, operation="extend"))


async def _remix(request: Request, video: str, key: Key = _ASKING, desk: Desk = _DESK) -> Response:
    return await _asked(request, lambda body, once: remix(desk, key, video, body, once=once))


def _retrieve(video: str, key: Key = _KEY, desk: Desk = _DESK) -> Response:
    return _shown(desk.get(key, video))


def _list(
    key: Key = _KEY,
    desk: Desk = _DESK,
    after: str | None = None,
    limit: int = Query(20, ge=1, le=100),
    order: Literal["asc", "desc"] = "desc",
) -> Response:
    page = desk.page(key, after=after, limit=limit, newest_first=order == "desc")
    return JSONResponse(list_object(page, more=page.more))


def _delete(video: str, key: Key = _KEY, desk: Desk = _DESK) -> Response:
    return JSONResponse(deleted_object(delete(desk, key, video)))


async def _content(
    request: Request,
    video: str,
    key: Key = _KEY,
    desk: Desk = _DESK,
    variant: Literal["video", "thumbnail", "spritesheet"] = "video",
) -> Response:
    if variant != "video":  # which has to be decoded: that is more than to look
        _require_turn(desk, key)
    return await to_thread.run_sync(_content_of, desk, key, video, variant, limiter=request.app.state.sending)


def _content_of(desk: Desk, key: Key, video: str, variant: str) -> Response:
    path = content(desk, key, video)
    try:
        if variant == "video":
            return _file(path, video)
        picture = thumbnail(path) if variant == "thumbnail" else spritesheet(path)
    except FileNotFoundError:
        raise no_video(video) from None  # it was deleted just now
    kind = "image/webp" if variant == "thumbnail" else "image/jpeg"
    return Response(picture, media_type=kind, headers=_AS_IT_IS)


def _file(path: Path, video: str) -> Response:
    """The video, if it is there; what is deleted from here on ends the transfer."""
    stat = path.stat()
    return FileResponse(path, headers=_AS_IT_IS, media_type="video/mp4", filename=f"{video}.mp4", stat_result=stat)


async def _create_character(request: Request, key: Key = _ASKING, desk: Desk = _DESK) -> Response:
    body = await read_body(request)
    try:
        made = await to_thread.run_sync(create_character, desk, key, body, limiter=request.app.state.examining)
    finally:
        body.close()
    return _character(made)


def _get_character(character: str, key: Key = _KEY, desk: Desk = _DESK) -> Response:
    return _character(get_character(desk, key, character))


def _character(made: Any) -> Response:
    return JSONResponse({"id": made.id, "name": made.name, "created_at": int(made.created_at.timestamp())})


async def _asked(request: Request, do: Callable[[Body, str | None], Job]) -> Response:
    once = request.headers.get(_ONCE)
    if once is not None and not 0 < len(once) <= _LONGEST_ONCE:
        raise ApiError(400, f"An idempotency key has 1 to {_LONGEST_ONCE} letters.", code="invalid_idempotency_key")
    body = await read_body(request)
    try:
        state = request.app.state
        limiter = state.examining if body.files or body.video else state.deciding
        return _shown(await to_thread.run_sync(do, body, once, limiter=limiter))
    finally:
        body.close()


def _shown(job: Job) -> Response:
    headers = {} if is_final(job.state) else {"openai-poll-after-ms": str(POLL_AFTER_MS)}
    return JSONResponse(video_object(job), headers=headers)


def _id(request: Request) -> str:
    return str(getattr(request.state, "id", ""))


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return answer_of(error, _id(request))


def _failed(request: Request, error: Exception) -> Response:
    """Whatever the rooms could not do: nothing was shown; paths and queries stay in the log."""
    if isinstance(error, Conflict):
        return answer_of(ApiError(409, "The video changed meanwhile; ask again.", code="conflict"), _id(request))
    _log.error("%s: %s: %s", _id(request), type(error).__name__, error)
    message = "The gate could not decide, and so nothing goes ahead."
    return answer_of(ApiError(503, message, code="gate_unavailable", kind="server_error"), _id(request))


def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = "There is nothing here." if error.status_code == _NOT_FOUND else str(error.detail)
    code = "not_found" if error.status_code == _NOT_FOUND else "invalid_request"
    headers: Mapping[str, str] = error.headers or {}
    return answer_of(ApiError(error.status_code, message, code=code, headers=headers), _id(request))


def _odd_query(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = str(first["loc"][-1])
    return answer_of(ApiError(400, f"{name!r}: {first['msg']}.", param=name, code="invalid_value"), _id(request))
