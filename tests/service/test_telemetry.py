# SPDX-License-Identifier: Apache-2.0
"""What an operator's collector gets: which decision, when, with what verdict; and never what was asked, or by whom."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.generation.answer import Answer
from kyodaku.generation.video_gate import Asker
from kyodaku.service.teams import Policy
from kyodaku.service.telemetry import ENDPOINT, Telemetry, endpoint_of
from support.collector import Collector, collector
from support.generating import ScriptedGenerator
from support.serving import Served, WordGate, served

pytest.importorskip("opentelemetry.sdk.trace")
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = bytes.fromhex("0af7651916cd43dd8448eb211c80319c")


@dataclass
class Seen:
    """What a collector had got when the service had ended, and what must not be in it."""

    collector: Collector
    video: str
    secret: str
    key: str
    prometheus: str


def ask(service: Served, prompt: str, **headers: str) -> httpx.Response:
    heads = {"authorization": f"Bearer {service.key}", **headers}
    return httpx.post(f"{service.url}/videos", json={"prompt": prompt}, headers=heads)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("service")
    with collector() as receiver:
        telemetry = Telemetry(receiver.url)
        policy = Policy(team="the-fox-team", per_minute=None)
        with served(folder, ScriptedGenerator(), policy=policy, telemetry=telemetry) as service:
            made = ask(service, "a vermilion fox", traceparent=PARENT).json()["id"]
            service.wait(made, "completed")
            assert ask(service, "a refused zeppelin").status_code == 400
            heads = {"authorization": f"Bearer {service.key}"}
            httpx.get(f"{service.url}/videos/{made}?after=vermilion", headers=heads)
            httpx.get(f"{service.url}/nowhere/vermilion", headers=heads)
            counted = httpx.get(service.url.removesuffix("/v1") + "/metrics", headers=heads).text
            (key,) = service.desk.teams.all()
            telemetry.close()  # while the counts can still be read
        yield Seen(collector=receiver, video=made, secret=service.key, key=key.id, prometheus=counted)


def test_each_request_is_a_span_with_its_decision_within(seen: Seen) -> None:
    spans = seen.collector.spans()
    creates = [span for span in spans if span["name"] == "POST /v1/videos"]
    assert sorted(span["http.response.status_code"] for span in creates) == [200, 400]
    prompts = {span["kyodaku.verdict"]: span for span in spans if span["name"] == "decide prompt"}
    for verdict, status in (("permitted", 200), ("refused", 400)):
        (request,) = (span for span in creates if span["http.response.status_code"] == status)
        decision = prompts[verdict]
        assert (decision["parent"], decision["trace"]) == (request["id"], request["trace"])
        assert decision["kyodaku.decision_id"].startswith("sha256:")
        assert (decision["kyodaku.moment"], decision["kyodaku.regime"]) == ("prompt", "jp-prior")
        assert 0 <= decision["seconds"] <= request["seconds"]


def test_the_check_of_a_finished_video_is_a_span_of_its_own(seen: Seen) -> None:
    (output,) = (span for span in seen.collector.spans() if span["name"] == "decide output")
    assert (output["kyodaku.verdict"], output["parent"]) == ("permitted", b"")


def test_a_callers_trace_goes_on(seen: Seen) -> None:
    (request,) = (span for span in seen.collector.spans() if span["trace"] == TRACE and span["name"].startswith("POST"))
    assert request["parent"] == bytes.fromhex("b7ad6b7169203331")


def test_no_prompt_key_name_or_id_is_sent(seen: Seen) -> None:
    sent = b"".join(body for _, body in seen.collector.received)
    assert len(sent) > 1000
    for private in ("vermilion", "zeppelin", seen.video, seen.secret, seen.key, "fox-team", "film-1", "authorization"):
        assert private.encode() not in sent, private


def test_the_counts_are_those_of_prometheus(seen: Seen) -> None:
    points = seen.collector.points()
    answers = {(each["moment"], each["verdict"]): each["value"] for each in points["kyodaku.answers"]}
    assert answers == {("prompt", "permitted"): 1, ("prompt", "refused"): 1, ("output", "permitted"): 1}
    for (moment, verdict), times in answers.items():
        line = f'kyodaku_answers_total{{moment="{moment}",regime="jp-prior",verdict="{verdict}"}} {times}.0'
        assert line in seen.prometheus
    requests = {(each["route"], each["status"]): each["value"] for each in points["kyodaku.requests"]}
    assert requests["/v1/videos", "200"] == requests["/v1/videos", "400"] == requests["other", "404"] == 1
    assert {each["state"]: each["value"] for each in points["kyodaku.videos"]}["completed"] == 1
    assert sum(each["count"] for each in points["kyodaku.request.seconds"]) == sum(requests.values())


def test_an_error_is_told_by_its_kind_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_gate: WordGate, text: str, _asker: Asker) -> Answer:
        raise KyodakuError(f"no index for {text}", where="/secret/place")

    monkeypatch.setattr(WordGate, "prompt", broken)
    with collector() as receiver:
        with (
            closing(Telemetry(receiver.url)) as telemetry,
            served(tmp_path, ScriptedGenerator(), telemetry=telemetry) as service,
        ):
            assert ask(service, "a vermilion fox").status_code == 503
        (decision,) = (span for span in receiver.spans() if span["name"] == "decide prompt")
        assert (decision["error.type"], decision["status"], decision["events"]) == ("KyodakuError", 2, 0)
        sent = b"".join(body for _, body in receiver.received)
        assert b"vermilion" not in sent
        assert b"secret" not in sent


def test_nothing_is_sent_unless_the_operator_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as receiver:
        monkeypatch.setenv(ENDPOINT, receiver.url)
        monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")  # which FastAPI itself would heed
        with served(tmp_path, ScriptedGenerator()) as service:
            assert ask(service, "a fox").status_code == 200
        assert receiver.received == []


def test_a_collector_that_is_down_disturbs_nobody(tmp_path: Path) -> None:
    with (
        closing(Telemetry("http://127.0.0.1:9")) as telemetry,
        served(tmp_path, ScriptedGenerator(), telemetry=telemetry) as service,
    ):
        assert ask(service, "a fox").status_code == 200


@pytest.mark.parametrize(
    ("asked", "environment", "endpoint"),
    [
        (None, "http://collector:4318", None),
        ("https://collector:4318/", "", "https://collector:4318"),
        ("env", "http://collector:4318", "http://collector:4318"),
    ],
)
def test_the_endpoint_is_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, asked: str | None, environment: str, endpoint: str | None
) -> None:
    monkeypatch.setenv(ENDPOINT, environment)
    assert endpoint_of(asked) == endpoint


@pytest.mark.parametrize("asked", ["env", "collector:4318", "ftp://collector", "http://", "http://key@collector"])
def test_what_is_no_endpoint_is_refused(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.delenv(ENDPOINT, raising=False)
    with pytest.raises(UsageError):
        endpoint_of(asked)


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(UsageError, match="more than is installed") as raised:
        Telemetry("http://127.0.0.1:9")
    assert raised.value.hint == "pip install 'kyodaku[telemetry]'"
