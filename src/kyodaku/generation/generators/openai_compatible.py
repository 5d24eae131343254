# SPDX-License-Identifier: Apache-2.0
"""A generator behind the Videos API: any server that speaks it (vLLM-Omni, a LiteLLM proxy, a provider)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import httpx

from kyodaku.generation.generators.generator import GeneratorError, Progress, TicketLost
from kyodaku.generation.job import Job

__all__ = ["MAX_VIDEO_BYTES", "OpenAICompatible"]

MAX_VIDEO_BYTES: Final = 2_000_000_000
"""More than any generated clip has; an upstream that sends without end is cut off here."""
_MAX_ANSWER_BYTES: Final = 1_000_000
_TIMEOUT: Final = httpx.Timeout(30, connect=10)
"""Of each wait for something to come; who sends a byte now and then is cut off by the two below."""
_ANSWER_S: Final = 60.0
_VIDEO_S: Final = 1800.0
_ID: Final = 200
_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429
_CLIENT, _SERVER = 400, 500


class OpenAICompatible:
    """The server at `base_url` (`https://host/v1`), asked with its own `key`, never with the caller's."""

    def __init__(
        self, base_url: str, *, key: str | None = None, model: str | None = None, client: httpx.Client | None = None
    ) -> None:
        self.name = f"openai-compatible:{httpx.URL(base_url).host}"
        self._base = base_url.rstrip("/")
        self._model = model
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = client or httpx.Client(timeout=_TIMEOUT, headers=headers, follow_redirects=False)

    def start(self, job: Job, folder: Path, *, source_ticket: str | None) -> str:
        """Ask for the video; the same job's second try has the same idempotency key."""
        headers = {"Idempotency-Key": f"{job.id}-{job.attempts}"}
        request = job.request
        fields: dict[str, Any] = {"prompt": request.prompt}
        if request.operation == "remix":
            if source_ticket is None:
                raise GeneratorError("the video to remix is not known upstream", is_lasting=True)
            return _ticket(self._ask("POST", f"/videos/{source_ticket}/remix", json=fields, headers=headers))
        fields |= self._fields(job)
        with ExitStack() as stack:
            files = {name: stack.enter_context(_opened(folder / file)) for name, file in _files(job).items()}
            if source_ticket is not None and "video" in files:
                files.pop("video")
                body: dict[str, Any] = {"json": {**fields, "video": {"id": source_ticket}}}
            else:
                body = {"data": fields, "files": files or None}
            return _ticket(self._ask("POST", _PATHS[request.operation], headers=headers, **body))

    def look(self, ticket: str) -> Progress:
        """The upstream's own state of the job, in ours."""
        answer = self._ask("GET", f"/videos/{ticket}")
        status, percent = answer.get("status"), answer.get("progress")
        shown = percent if isinstance(percent, int) and 0 <= percent <= 100 else 0
        if status in ("queued", "in_progress"):
            return Progress(state="running", percent=shown)
        if status == "completed":
            return Progress(state="done", percent=100)
        if status == "failed":
            error = answer.get("error")
            told = error if isinstance(error, Mapping) else {}
            code, message = (
                str(told.get("code") or "generator_error"),
                str(told.get("message") or "no reason was given"),
            )
            return Progress(state="failed", code=code[:_ID], message=message[:2000])
        raise GeneratorError(f"the generator answered with an unknown status: {str(status)[:80]!r}")

    def fetch(self, ticket: str, path: Path) -> None:
        """Stream the video into the file; one that is too large or cut short is an error and leaves no file."""
        try:
            with self._client.stream("GET", f"{self._base}/videos/{ticket}/content") as answer:
                self._require(answer, lambda: _read(answer))
                with path.open("wb") as file:
                    _copy(answer, file)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            path.unlink(missing_ok=True)
            raise GeneratorError(f"the video could not be fetched: {type(error).__name__}") from error
        except GeneratorError:
            path.unlink(missing_ok=True)
            raise

    def character(self, name: str, video: Path) -> str:
        """The upstream's id of a character that it made from this video."""
        with _opened(video) as file:
            return _ticket(self._ask("POST", "/videos/characters", data={"name": name}, files={"video": file}))

    def forget(self, ticket: str) -> None:
        """Ask the upstream to delete it; whether it does is its own affair."""
        with suppress(GeneratorError):
            self._ask("DELETE", f"/videos/{ticket}")

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _fields(self, job: Job) -> dict[str, Any]:
        request = job.request
        chosen: dict[str, Any] = {
            "model": self._model or request.model,
            "seconds": request.seconds,
            "size": request.size if request.operation == "create" else "",
            "negative_prompt": request.negative_prompt,
            "characters[][id]": list(request.characters),
        }
        return {name: value for name, value in chosen.items() if value}

    def _ask(self, method: str, path: str, **options: Any) -> Mapping[str, Any]:
        try:
            with self._client.stream(method, self._base + path, **options) as answer:
                body = _read(answer)
                self._require(answer, lambda: body)
        except httpx.HTTPError as error:
            raise GeneratorError(f"the generator cannot be reached: {type(error).__name__}") from error
        try:
            decoded = httpx.Response(200, content=body).json()
        except (ValueError, RecursionError):
            raise GeneratorError("the generator's answer is no JSON") from None
        if not isinstance(decoded, Mapping):
            raise GeneratorError("the generator's answer is no JSON object")
        return decoded

    @staticmethod
    def _require(answer: httpx.Response, body: Any) -> None:
        if answer.status_code == _NOT_FOUND:
            raise TicketLost("the generator does not know this video")
        if answer.status_code >= _SERVER or answer.status_code == _TOO_MANY:
            raise GeneratorError(f"the generator answered {answer.status_code}")
        if answer.status_code >= _CLIENT:
            code, message = _told(body())
            raise GeneratorError(f"the generator refused: {message}", code=code, is_lasting=True)
        if not answer.is_success:
            raise GeneratorError(f"the generator answered {answer.status_code}", is_lasting=True)


_PATHS: Final = {"create": "/videos", "edit": "/videos/edits", "extend": "/videos/extensions"}


def _files(job: Job) -> dict[str, str]:
    request = job.request
    files = {"input_reference": request.references[0]} if request.references else {}
    return files | ({"video": request.source} if request.source else {})


@contextmanager
def _opened(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    with path.open("rb") as file:
        yield path.name, file


def _ticket(answer: Mapping[str, Any]) -> str:
    ticket = answer.get("id")
    if (
        not isinstance(ticket, str)
        or not 0 < len(ticket) <= _ID
        or not ticket.replace("-", "").replace("_", "").isalnum()
    ):
        raise GeneratorError("the generator's answer names no video")
    return ticket


def _read(answer: httpx.Response) -> bytes:
    """An answer of bounded length, however much is sent."""
    read = bytearray()
    for piece in _in_time(answer, _ANSWER_S):
        read += piece
        if len(read) > _MAX_ANSWER_BYTES:
            raise GeneratorError("the generator's answer is too long")
    return bytes(read)


def _copy(answer: httpx.Response, file: BinaryIO) -> None:
    written = 0
    for piece in _in_time(answer, _VIDEO_S):
        written += len(piece)
        if written > MAX_VIDEO_BYTES:
            raise GeneratorError("the generator's video is too large", is_lasting=True)
        file.write(piece)
    announced = answer.headers.get("content-length", "")
    if written == 0 or ("content-encoding" not in answer.headers and announced.isdigit() and int(announced) != written):
        raise GeneratorError("the generator's video was cut short")


def _in_time(answer: httpx.Response, longest_s: float) -> Iterator[bytes]:
    """The body in pieces, given up when all of it takes longer than this."""
    until = time.monotonic() + longest_s
    for piece in answer.iter_bytes():
        if time.monotonic() > until:
            raise GeneratorError("the generator's answer takes too long")
        yield piece


def _told(body: bytes) -> tuple[str, str]:
    """The code and message of an error in the API's shape."""
    try:
        error = httpx.Response(200, content=body[:_MAX_ANSWER_BYTES]).json()["error"]
        return str(error.get("code") or "generator_error")[:_ID], str(error.get("message") or "")[:2000]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "generator_error", "no reason was given"
