# SPDX-License-Identifier: Apache-2.0
"""What callers may send: always an answer in the API's own shape, never a trace, never a job, never a hang."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.errors import KyodakuError
from kyodaku.generation.answer import Answer
from kyodaku.service import body as service_body
from kyodaku.service.teams import Policy
from support.generating import ScriptedGenerator
from support.sent_files import png
from support.serving import Served, WordGate, served


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("service"), ScriptedGenerator()) as serving:
        yield serving


@pytest.fixture(scope="module")
def client(service: Served) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {service.key}"}
    with httpx.Client(base_url=service.url, headers=headers, timeout=20) as made:
        yield made


ODD_REFERENCE = ("invalid_reference", "input_reference")
PART = b"--b\r\nContent-Disposition: form-data; name=%s\r\n\r\nx\r\n"
JSON = {"content-type": "application/json"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = st.sampled_from(["prompt", "seconds", "size", "model", "input_reference", "video", "characters"])


def told(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error, once it is known to have the API's shape."""
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert isinstance(error.pop("message"), str)
    error.pop("kyodaku", None)
    assert set(error) == {"type", "param", "code"}
    assert error["code"] == code
    assert "Traceback" not in answer.text
    return error


def multipart(client: httpx.Client, body: bytes, boundary: str = "b") -> httpx.Response:
    return client.post("/videos", content=body, headers={"content-type": f"multipart/form-data; boundary={boundary}"})


@pytest.mark.parametrize(
    ("sent", "code", "param"),
    [
        ({}, "missing_required_parameter", "prompt"),
        ({"prompt": " \u3000\n"}, "missing_required_parameter", "prompt"),
        ({"prompt": ["a", "list"]}, "missing_required_parameter", "prompt"),
        ({"prompt": "x" * 1_000_000}, "string_above_max_length", "prompt"),
        ({"prompt": "half \ud800 a pair"}, "invalid_unicode", "prompt"),
        ({"prompt": "fox", "seconds": "0"}, "invalid_value", "seconds"),
        ({"prompt": "fox", "seconds": "1e9"}, "invalid_value", "seconds"),
        ({"prompt": "fox", "seconds": 10**30}, "invalid_value", "seconds"),
        ({"prompt": "fox", "seconds": "４"}, "invalid_value", "seconds"),
        ({"prompt": "fox", "size": "99999x99999"}, "invalid_value", "size"),
        ({"prompt": "fox", "size": "../x"}, "invalid_value", "size"),
        ({"prompt": "fox", "model": "m" * 300}, "invalid_value", "model"),
        ({"prompt": "fox", "model": "m\n"}, "invalid_value", "model"),
        ({"prompt": "fox", "characters": "char_1"}, "invalid_value", "characters"),
        ({"prompt": "fox", "characters": [{"id": 7}]}, "invalid_value", "characters"),
        (
            {"prompt": "fox", "input_reference": {"image_url": "http://169.254.169.254/"}},
            *ODD_REFERENCE,
        ),
        (
            {"prompt": "fox", "input_reference": {"image_url": "file:///etc/passwd"}},
            *ODD_REFERENCE,
        ),
        (
            {"prompt": "fox", "input_reference": {"image_url": "data:image/png;base64,!"}},
            *ODD_REFERENCE,
        ),
        ({"prompt": "fox", "input_reference": {"file_id": "file-1"}}, *ODD_REFERENCE),
        ({"prompt": "fox", "input_reference": 7}, *ODD_REFERENCE),
    ],
)
def test_a_field_that_makes_no_sense_is_named(
    client: httpx.Client, sent: dict[str, Any], code: str, param: str
) -> None:
    assert told(client.post("/videos", content=json.dumps(sent), headers=JSON), 400, code)["param"] == param


def test_a_prompt_of_combining_marks_is_answered(client: httpx.Client) -> None:
    told(client.post("/videos", json={"prompt": "e" + "\u0301" * 100_000}), 400, "string_above_max_length")
    assert client.post("/videos", json={"prompt": "e" + "\u0301" * 30_000}).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"prompt": NaN'])
def test_what_is_no_json_object_is_said(client: httpx.Client, body: bytes) -> None:
    told(client.post("/videos", content=body, headers=JSON), 400, "invalid_json")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b\r\n",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data; name=prompt\r\n\r\n" + b"x" * (2 << 20) + b"\r\n--b--\r\n",
        b"".join(PART % (b"f%d" % number) for number in range(500)) + b"--b--\r\n",
        b"".join(PART % (b"f%d; filename=x" % number) for number in range(50)) + b"--b--\r\n",
        b"no boundary at all",
        b"--b\r\n" + b"X: y\r\n" * 100_000 + b"\r\n\r\n--b--\r\n",
    ],
)
def test_a_form_that_makes_no_sense_is_said(client: httpx.Client, body: bytes) -> None:
    answer = multipart(client, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in ("invalid_form", "missing_required_parameter")


def test_names_of_files_lead_nowhere(client: httpx.Client, service: Served) -> None:
    answer = client.post(
        "/videos", data={"prompt": "fox"}, files={"input_reference": ("../../../etc/cron.d/x\0", png())}
    )
    folder = service.desk.folders.of(answer.json()["id"])
    assert [path.name for path in folder.iterdir() if path.suffix == ".png"] == ["reference.png"]
    assert not list(folder.parent.parent.rglob("*cron*"))


def test_a_huge_body_that_is_announced_is_refused_before_it_is_sent(service: Served) -> None:
    where = urlsplit(service.url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=10)
    connection.putrequest("POST", "/v1/videos")
    connection.putheader("authorization", f"Bearer {service.key}")
    connection.putheader("content-type", "multipart/form-data; boundary=b")
    connection.putheader("content-length", str(10 << 30))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["error"]["code"]) == (413, "request_too_large")
    connection.close()


def test_a_huge_body_that_is_not_announced_is_cut_off(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_body, "MAX_JSON_BYTES", 1 << 20)

    def pieces() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * (1 << 16)

    headers = {"authorization": f"Bearer {service.key}", "content-type": "application/json"}
    try:
        answer = httpx.post(f"{service.url}/videos", content=pieces(), headers=headers)
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        pass  # who goes on sending may find the connection closed before the answer is read
    else:
        told(answer, 413, "request_too_large")
    assert httpx.get(f"{service.url}/videos", headers=headers).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "image/png"])
def test_another_type_of_body_is_said(client: httpx.Client, kind: str) -> None:
    told(client.post("/videos", content=b"x", headers={"content-type": kind}), 415, "unsupported_type")


@pytest.mark.parametrize(
    "path",
    [
        "/videos/..",
        "/videos/%2e%2e%2fkeys",
        "/videos/video_0",
        "/videos/" + "x" * 5000,
        "/videos/'; DROP TABLE jobs; --",
    ],
)
def test_ids_that_are_none_are_not_found(client: httpx.Client, path: str) -> None:
    for ask in (client.get, client.delete):
        answer = ask(path)
        assert answer.status_code in (404, 405), answer.text
        assert "error" in answer.json()


@pytest.mark.parametrize("query", ["limit=0", "limit=1000", "limit=x", "order=sideways"])
def test_odd_queries_are_said(client: httpx.Client, query: str) -> None:
    told(client.get(f"/videos?{query}"), 400, "invalid_value")
    told(client.get("/videos?after=video_0"), 404, "not_found")


def test_a_connection_that_never_ends_its_body_holds_nobody_up(service: Served, client: httpx.Client) -> None:
    where = urlsplit(service.url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=5) as slow:
        slow.sendall(b"POST /v1/videos HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{")
        assert client.get("/videos").status_code == 200


def test_a_key_in_a_query_is_no_key(service: Served) -> None:
    told(httpx.get(f"{service.url}/videos?authorization=Bearer+{service.key}"), 401, "invalid_api_key")
    told(httpx.get(f"{service.url}/videos", headers={"authorization": service.key}), 401, "invalid_api_key")
    told(httpx.get(f"{service.url}/videos", headers={b"authorization": b"Bearer kyo_\xe9"}), 401, "invalid_api_key")


@given(sent=st.dictionaries(FIELDS, VALUES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_json_is_answered_by_a_fault_of_ours(client: httpx.Client, sent: dict[str, Any]) -> None:
    answer = client.post("/videos", content=json.dumps(sent), headers=JSON)
    assert answer.status_code in (200, 400, 429), answer.text


@given(body=st.binary(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_form_is_answered_by_a_fault_of_ours(client: httpx.Client, body: bytes) -> None:
    assert multipart(client, b"--b\r\nContent-Disposition: form-data; name=prompt\r\n" + body).status_code == 400


def test_limits_of_a_key_are_told(tmp_path: Path) -> None:
    policy = Policy(team="small", per_minute=4, at_once=1, seconds_a_day=12)
    generator = ScriptedGenerator(video=b"doubtful")  # it waits for a person, and so for long
    with served(tmp_path, generator, policy=policy) as service:
        headers = {"authorization": f"Bearer {service.key}"}
        with httpx.Client(base_url=service.url, headers=headers) as client:
            made = client.post("/videos", json={"prompt": "fox", "seconds": "8"}).json()["id"]
            told(client.post("/videos", json={"prompt": "fox"}), 429, "too_many_at_once")
            client.delete(f"/videos/{made}")
            told(client.post("/videos", json={"prompt": "fox", "seconds": "8"}), 429, "budget_exceeded")
            answer = client.post("/videos", json={"prompt": "fox"})
            while (answer.json()["error"] or {}).get("code") != "rate_limit_exceeded":
                answer = client.post("/videos", json={"prompt": "fox"})
            assert client.get("/videos").status_code == 200  # looking is free
            told(answer, 429, "rate_limit_exceeded")
            assert int(answer.headers["retry-after"]) >= 1


def test_a_gate_that_fails_lets_nothing_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> Answer:
        raise KyodakuError("/secret/path is broken")

    monkeypatch.setattr(WordGate, "prompt", failing)
    generator = ScriptedGenerator()
    with served(tmp_path, generator) as service:
        headers = {"authorization": f"Bearer {service.key}"}
        answer = httpx.post(f"{service.url}/videos", json={"prompt": "fox"}, headers=headers)
        told(answer, 503, "gate_unavailable")
        assert "/secret/path" not in answer.text
        assert generator.starts == []
