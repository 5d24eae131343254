# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's own proxy, as it is, with this service as its guardrail: what is refused here reaches no model there.

It needs another major version of the OpenAI SDK than the other tests and half a gigabyte, so it lives in an environment
of its own: KYODAKU_LITELLM names its `litellm`, and without that these tests are skipped.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kyodaku.service.teams import Policy
from support.generating import ScriptedGenerator
from support.serving import Served, served
from support.upstream import Reply, Upstream, upstream

PROXY = os.environ.get("KYODAKU_LITELLM")
pytestmark = pytest.mark.skipif(PROXY is None, reason="KYODAKU_LITELLM names no litellm")
MASTER = "sk-of-this-test"
STARTING_S = 120
REFUSED = "data:image/png;base64,cmVmdXNlZA=="  # "refused"
FINE = "data:image/png;base64,ZmluZQ=="
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "fake",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "A fox."}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
VIDEO = {"id": "video_1", "object": "video", "created_at": 1, "status": "queued", "model": "fake", "progress": 0}


@dataclass
class Gateway:
    """The proxy that runs, what guards it, and the model behind it."""

    url: str
    service: Served
    model: Upstream

    def ask(self, path: str, sent: dict[str, object]) -> httpx.Response:
        self.model.asked.clear()
        heads = {"authorization": f"Bearer {MASTER}"}
        return httpx.post(self.url + path, json={"model": "fake", **sent}, headers=heads, timeout=60)

    def chat(self, *parts: object) -> httpx.Response:
        content = parts[0] if len(parts) == 1 else list(parts)
        return self.ask("/v1/chat/completions", {"messages": [{"role": "user", "content": content}]})


def config(model: str, service: Served, key: str) -> dict[str, object]:
    """As docs/videos.md says."""
    guard = {
        "guardrail": "generic_guardrail_api",
        "mode": "pre_call",
        "api_base": service.url.removesuffix("/v1"),
        "api_key": key,
        "unreachable_fallback": "fail_closed",
        "default_on": True,
    }
    fake = {"model": "openai/fake", "api_base": model, "api_key": "none"}
    return {
        "model_list": [{"model_name": "fake", "litellm_params": fake}],
        "guardrails": [{"guardrail_name": "kyodaku", "litellm_params": guard}],
        "general_settings": {"master_key": MASTER},
    }


def started(folder: Path, settings: dict[str, object]) -> tuple[subprocess.Popen[bytes], str]:
    assert PROXY is not None
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    (folder / "config.yaml").write_text(json.dumps(settings))  # JSON is YAML
    quiet = {"LITELLM_TELEMETRY": "False", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONPATH": ""}
    command = [PROXY, "--config", str(folder / "config.yaml"), "--port", str(port), "--host", "127.0.0.1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **quiet}, cwd=folder)
    until = time.monotonic() + STARTING_S
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/liveliness", timeout=5).status_code == 200:
                return process, f"http://127.0.0.1:{port}"
        except httpx.HTTPError:
            time.sleep(0.5)
    process.kill()
    raise AssertionError((folder / "log").read_text()[-3000:])


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("litellm")
    policy = Policy(team="gateway", per_minute=None)
    with upstream() as model, served(folder / "service", ScriptedGenerator(), policy=policy) as service:
        model.answers = {"POST /chat/completions": Reply(ANSWER), "POST /videos": Reply(VIDEO)}
        process, url = started(folder, config(model.url, service, service.key))
        try:
            yield Gateway(url, service, model)
        finally:
            process.terminate()
            process.wait(30)


def test_what_is_permitted_reaches_the_model(gateway: Gateway) -> None:
    told = gateway.chat("a fox runs")
    assert told.json()["choices"][0]["message"]["content"] == "A fox."
    assert gateway.service.gate.asked[-1] == ("prompt", "a fox runs")
    assert [asked.path for asked in gateway.model.asked] == ["/chat/completions"]


@pytest.mark.parametrize("word", ["refused", "doubtful"])
def test_what_is_not_permitted_reaches_no_model(gateway: Gateway, word: str) -> None:
    told = gateway.chat(f"a {word} name")
    assert told.status_code == 400
    assert "A reason." in told.text
    assert gateway.model.asked == []


@pytest.mark.parametrize(("picture", "status"), [(FINE, 200), (REFUSED, 400), ("https://example.invalid/a.png", 400)])
def test_pictures_are_asked_about(gateway: Gateway, picture: str, status: int) -> None:
    told = gateway.chat({"type": "text", "text": "a fox"}, {"type": "image_url", "image_url": {"url": picture}})
    assert told.status_code == status
    assert bool(gateway.model.asked) == (status == 200)


def test_what_tools_are_told_is_asked_about(gateway: Gateway) -> None:
    tool = {"type": "function", "function": {"name": "draw", "description": "a refused name", "parameters": {}}}
    sent = {"messages": [{"role": "user", "content": "a fox"}], "tools": [tool]}
    assert gateway.ask("/v1/chat/completions", sent).status_code == 400
    assert gateway.model.asked == []


@pytest.mark.parametrize(("prompt", "status"), [("a fox", 200), ("a refused name", 400)])
def test_prompts_for_videos_are_asked_about(gateway: Gateway, prompt: str, status: int) -> None:
    told = gateway.ask("/v1/videos", {"prompt": prompt, "seconds": "4"})
    assert told.status_code == status, told.text
    assert [asked.path for asked in gateway.model.asked] == (["/videos"] if status == 200 else [])
    assert gateway.service.gate.asked[-1] == ("prompt", prompt)


@pytest.mark.parametrize("path", ["/v1/videos/edits", "/v1/videos/extensions"])
def test_prompts_for_changes_are_asked_about(gateway: Gateway, path: str) -> None:
    sent: dict[str, object] = {"prompt": "a refused name", "seconds": "4", "video": {"id": "video_1"}}
    assert gateway.ask(path, sent).status_code == 400
    assert gateway.model.asked == []


def test_references_pass_it_by(gateway: Gateway) -> None:
    heads = {"authorization": f"Bearer {MASTER}"}
    sent = {"model": "fake", "prompt": "a fox"}
    files = {"input_reference": ("a.png", b"refused", "image/png")}
    gateway.model.asked.clear()
    told = httpx.post(f"{gateway.url}/v1/videos", data=sent, files=files, headers=heads, timeout=60)
    assert told.status_code == 200  # the day that this fails, docs/videos.md has better news to tell
    assert gateway.service.gate.asked[-1] == ("prompt", "a fox")
    assert b"refused" in gateway.model.asked[-1].body


def test_a_guard_that_does_not_answer_lets_nothing_through(gateway: Gateway, tmp_path: Path) -> None:
    process, url = started(tmp_path, config(gateway.model.url, gateway.service, "kyo_wrong"))
    try:
        told = Gateway(url, gateway.service, gateway.model).chat("a fox")
    finally:
        process.terminate()
        process.wait(30)
    assert told.status_code >= 400
    assert gateway.model.asked == []
