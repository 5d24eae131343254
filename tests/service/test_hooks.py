# SPDX-License-Identifier: Apache-2.0
"""Other gateways ask in their own words, and are told nothing they could go wrong by."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from kyodaku.generation.answer import Answer
from kyodaku.service.teams import Policy
from support.generating import ScriptedGenerator, answer
from support.serving import Served, WordGate, served

REFUSED = "data:image/png;base64,cmVmdXNlZA=="  # "refused"
FINE = "data:image/png;base64,ZmluZQ=="
TOOL = {"type": "function", "function": {"name": "draw", "description": "draws a refused name"}}
FILE = {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}}
UNREADABLE = "It holds a picture that cannot be examined: send it as a data: URL."
BLOCKED = "The prompt was refused: A reason."


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("service"), ScriptedGenerator()) as serving:
        yield serving


def ask(service: Served, path: str, sent: object, **headers: str) -> httpx.Response:
    root = service.url.removesuffix("/v1")
    return httpx.post(root + path, json=sent, headers=headers or {"x-api-key": service.key})


def litellm(**sent: Any) -> dict[str, Any]:
    """A question as LiteLLM's proxy puts it."""
    more = {"input_type": "request", "litellm_call_id": "c1", "request_data": {"user_api_key_alias": "film"}}
    return {"texts": [], "images": [], "additional_provider_specific_params": {}, **more, **sent}


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ({"texts": ["a fox"]}, {"action": "NONE"}),
        ({"texts": ["a fox"], "images": [FINE]}, {"action": "NONE"}),
        ({"texts": None, "images": None}, {"action": "NONE"}),
        ({"texts": ["a fox", "a refused name"]}, {"action": "BLOCKED", "blocked_reason": BLOCKED}),
        ({"texts": ["a fox"], "tools": [TOOL]}, {"action": "BLOCKED", "blocked_reason": BLOCKED}),
        ({"tool_calls": [{"id": "a refused id", "function": {"arguments": "{}"}}]}, {"action": "NONE"}),
        (
            {"texts": ["a fox"], "structured_messages": [{"role": "user", "content": [FILE]}]},
            {"action": "BLOCKED", "blocked_reason": UNREADABLE},
        ),
        (
            {"texts": ["a fox"], "structured_messages": [{"role": "user", "content": "a fox"}]},
            {"action": "NONE"},
        ),
        ({"images": [REFUSED]}, {"action": "BLOCKED", "blocked_reason": "The reference was refused: A reason."}),
        (
            {"texts": ["a doubtful name"]},
            {"action": "BLOCKED", "blocked_reason": "The prompt waits for a person: A reason."},
        ),
    ],
)
def test_litellm_is_answered(service: Served, sent: dict[str, Any], answer: dict[str, Any]) -> None:
    assert ask(service, "/beta/litellm_basic_guardrail_api", litellm(**sent)).json() == answer


@pytest.mark.parametrize(
    "image", ["https://example.invalid/a.png", "data:image/png;base64,!", "data:text/html;base64,YQ==", ""]
)
def test_a_picture_that_cannot_be_examined_blocks(service: Served, image: str) -> None:
    told = ask(service, "/beta/litellm_basic_guardrail_api", litellm(texts=["a fox"], images=[image])).json()
    assert told["action"] == "BLOCKED"
    assert "cannot be examined" in told["blocked_reason"]


def test_a_text_too_long_to_read_blocks(service: Served) -> None:
    told = ask(service, "/beta/litellm_basic_guardrail_api", litellm(texts=["x" * 40_000])).json()
    assert told["action"] == "BLOCKED"


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"prompt": "a fox"}, True),
        ({"prompt": "a refused name"}, False),
        ({"prompt": "a fox", "input_reference": {"image_url": REFUSED}}, False),
        ({"messages": [{"role": "user", "content": "a refused name"}]}, False),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "a refused name"}]}]}, False),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": REFUSED}}]}]}, False),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": FINE}}]}]}, True),
        ({"messages": "odd"}, True),
        ({}, True),
    ],
)
def test_portkey_is_answered(service: Served, body: dict[str, Any], *, verdict: bool) -> None:
    sent = {"request": {"json": body, "text": ""}, "response": {}, "eventType": "beforeRequestHook"}
    told = ask(service, "/hooks/portkey", sent, authorization=f"Bearer {service.key}").json()
    assert told["verdict"] is verdict
    assert (told["data"] is None) == verdict


def test_portkeys_own_text_is_asked_about(service: Served) -> None:
    assert not ask(service, "/hooks/portkey", {"request": {"text": "a refused name"}}).json()["verdict"]


@pytest.mark.parametrize("path", ["/beta/litellm_basic_guardrail_api", "/hooks/portkey", "/metrics"])
def test_without_a_key_nothing_is_answered(service: Served, path: str) -> None:
    root = service.url.removesuffix("/v1")
    answer = httpx.get(root + path) if path == "/metrics" else httpx.post(root + path, json={})
    assert answer.status_code == 401


@pytest.mark.parametrize("sent", [[], 7, "x", {"texts": "a"}, {"texts": [1]}, {"texts": ["a"] * 2000}])
def test_a_question_that_makes_no_sense_is_not_answered_with_yes(service: Served, sent: object) -> None:
    answer = ask(service, "/beta/litellm_basic_guardrail_api", sent)
    assert answer.status_code == 400
    assert "action" not in answer.json()


def test_a_dry_run_refuses_nothing_and_counts_everything(tmp_path: Path) -> None:
    policy = Policy(team="new", dry_run=True)
    with served(tmp_path, ScriptedGenerator(video=b"refused"), policy=policy) as service:
        told = ask(service, "/beta/litellm_basic_guardrail_api", litellm(texts=["a refused name"])).json()
        assert told == {"action": "NONE"}
        headers = {"authorization": f"Bearer {service.key}"}
        made = httpx.post(f"{service.url}/videos", json={"prompt": "a refused name"}, headers=headers).json()
        job = service.wait(made["id"], "completed", "failed")
        assert (job.state, [step.verdict for step in job.steps]) == ("completed", ["refused", "refused"])
        counts = httpx.get(service.url.removesuffix("/v1") + "/metrics", headers=headers).text
        assert 'kyodaku_answers_total{moment="prompt",regime="jp-prior",verdict="refused"} 2.0' in counts
        assert 'kyodaku_videos{state="completed"} 1.0' in counts
        assert made["id"] not in counts


def test_counts_go_by_route_and_never_by_id(service: Served) -> None:
    headers = {"authorization": f"Bearer {service.key}"}
    httpx.get(f"{service.url}/videos/video_{'0' * 32}", headers=headers)
    counts = httpx.get(service.url.removesuffix("/v1") + "/metrics", headers=headers).text
    assert 'kyodaku_requests_total{route="/v1/videos/{video}",status="404"}' in counts
    assert "0" * 32 not in counts


REFUSED_TEXT = "a refused name"


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": "fox"}] * 80 + [{"role": "user", "content": REFUSED_TEXT}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "fox"}] * 80 + [REFUSED_TEXT]}]},
        {"prompt": ["a fox", REFUSED_TEXT]},
        {"input": [{"role": "user", "content": [{"type": "input_text", "text": REFUSED_TEXT}]}]},
        {"contents": [{"parts": [{"text": REFUSED_TEXT}]}]},
        {"system": REFUSED_TEXT, "messages": []},
        {"instances": [{"prompt": REFUSED_TEXT}]},
        {"prompt": "a fox", "image": REFUSED},
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": REFUSED}]}]},
        {"prompt": "a fox", "image": "https://example.invalid/a.png"},
        {"prompt": "a fox", "input_reference": {"file_id": "file-1"}},
        {"messages": [{"content": [{"source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]}]},
        [{"text": "fox"}] * 3000,
    ],
)
def test_nothing_in_a_request_is_passed_over(service: Served, body: object) -> None:
    answer = ask(service, "/hooks/portkey", {"eventType": "beforeRequestHook", "request": {"json": body}})
    assert answer.json()["verdict"] is False


def test_a_name_in_two_parts_is_one_name(service: Served) -> None:
    parts = [{"type": "text", "text": "x" * 500 + " a refu"}, {"type": "text", "text": "sed name" + "x" * 500}]
    seen = len(service.gate.asked)
    ask(service, "/hooks/portkey", {"request": {"json": {"messages": [{"role": "user", "content": parts}]}}})
    assert any("a refu sed name" in text for _, text in service.gate.asked[seen:])


def test_who_comes_near_again_and_again_waits_here_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    near = replace(answer("review", "prompt"), is_near=True)
    monkeypatch.setattr(WordGate, "prompt", lambda *_: near)
    with served(tmp_path, ScriptedGenerator()) as slowed:
        told = [ask(slowed, "/beta/litellm_basic_guardrail_api", litellm(texts=["a"])).json() for _ in range(12)]
    assert "ask again later" in told[-1]["blocked_reason"]


def test_many_at_once_are_no_way_round_the_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    near = replace(answer("review", "prompt"), is_near=True)

    def slowly(*_: object) -> Answer:
        time.sleep(0.02)
        return near

    monkeypatch.setattr(WordGate, "prompt", slowly)
    with served(tmp_path, ScriptedGenerator()) as slowed, ThreadPoolExecutor(24) as pool:
        tries = [pool.submit(ask, slowed, "/beta/litellm_basic_guardrail_api", litellm(texts=["a"])) for _ in range(24)]
        told = [each.result().json()["blocked_reason"] for each in tries]
    assert sum("ask again later" in reason for reason in told) > 12
