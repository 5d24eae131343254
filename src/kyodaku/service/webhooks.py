# SPDX-License-Identifier: Apache-2.0
"""Tells a team's server that a video is ready or failed, signed after Standard Webhooks (as the SDKs verify).

The addresses are the operator's, never a caller's: a caller could have the gate knock on doors inside.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import httpx

from kyodaku.errors import UsageError
from kyodaku.generation.job import Job

__all__ = ["Webhook", "event_of", "headers_of", "new_secret", "send"]

_PREFIX: Final = "whsec_"
_TRIES: Final = 4
_FIRST_WAIT: Final = 0.5
_TIMEOUT: Final = httpx.Timeout(10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """Where events go, and the secret that signs them (`whsec_` and base64)."""

    url: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        with suppress(httpx.InvalidURL):
            if (url := httpx.URL(self.url)).scheme in ("http", "https") and url.host:
                _key_of(self.secret)
                return
        raise UsageError("a webhook's address begins with https://", where="webhook")


def new_secret() -> str:
    """A secret for a webhook."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def event_of(job: Job, *, at: float | None = None) -> dict[str, Any]:
    """The event `video.completed` or `video.failed`; the same end has the same id, so that a repetition can be told."""
    kind = "video.completed" if job.state == "completed" else "video.failed"
    created = int(time.time() if at is None else at)
    return {
        "id": f"evt_{sha256(f'{kind} {job.id}'.encode()).hexdigest()[:32]}",
        "object": "event",
        "created_at": created,
        "type": kind,
        "data": {"id": job.id},
    }


def headers_of(event_id: str, body: bytes, secret: str, *, at: float | None = None) -> dict[str, str]:
    """The three headers by which the receiver knows that it is ours and new."""
    stamp = str(int(time.time() if at is None else at))
    signed = hmac.digest(_key_of(secret), f"{event_id}.{stamp}.".encode() + body, sha256)
    signature = f"v1,{base64.b64encode(signed).decode()}"
    return {"webhook-id": event_id, "webhook-timestamp": stamp, "webhook-signature": signature}


def send(webhook: Webhook, job: Job, *, client: httpx.Client | None = None, first_wait: float = _FIRST_WAIT) -> bool:
    """Deliver the event of a job that ended; whether the receiver took it. Tries a few times, ever more slowly."""
    event = event_of(job)
    body = json.dumps(event).encode()
    with client or httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as asking:
        for number in range(_TRIES):
            if number:
                time.sleep(first_wait * 2 ** (number - 1))
            headers = {"content-type": "application/json", **headers_of(event["id"], body, webhook.secret)}
            try:
                if asking.post(webhook.url, content=body, headers=headers).is_success:
                    return True
            except httpx.HTTPError:
                continue
    return False


def _key_of(secret: str) -> bytes:
    with suppress(binascii.Error):
        if secret.startswith(_PREFIX):
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    raise UsageError(f"a webhook's secret is {_PREFIX} and base64", where="webhook")
