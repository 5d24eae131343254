# SPDX-License-Identifier: Apache-2.0
"""Errors in the shape of the Videos API: `{"error": {"message", "type", "param", "code"}}`, with what the gate adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

__all__ = ["ApiError", "answer_of"]


class ApiError(Exception):
    """What the caller is told: a status, a code for machines, one sentence for people, and the field it is about."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.kind = kind
        self.more = dict(more or {})
        self.headers = dict(headers or {})


def answer_of(error: ApiError, request_id: str) -> JSONResponse:
    """The response; `kyodaku` beside the four fields holds the decision, which clients find in the error's body."""
    told = {"message": error.message, "type": error.kind, "param": error.param, "code": error.code}
    if error.more:
        told["kyodaku"] = error.more  # type: ignore[assignment]
    return JSONResponse({"error": told}, error.status, {"x-request-id": request_id, **error.headers})
