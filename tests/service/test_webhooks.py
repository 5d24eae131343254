# SPDX-License-Identifier: Apache-2.0
"""Events go to the operator's address, signed so that the SDK's own check takes them, until they are taken."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import openai
import pytest

from kyodaku.errors import UsageError
from kyodaku.generation.job import State
from kyodaku.generation.store import JobStore
from kyodaku.service.webhooks import Webhook, event_of, new_secret, send
from support.generating import job
from support.upstream import Asked, Reply, upstream


@pytest.mark.parametrize(("state", "kind"), [("completed", "video.completed"), ("failed", "video.failed")])
def test_the_sdk_verifies_and_reads_an_event(state: State, kind: str) -> None:
    secret = new_secret()
    with upstream() as server:
        server.answers["POST /events"] = Reply(b"")
        ended = replace(job(), state=state)
        assert send(Webhook(url=f"{server.url}/events", secret=secret), ended)
        (asked,) = server.asked
    client = openai.OpenAI(api_key="-", webhook_secret=secret)
    event = client.webhooks.unwrap(asked.body, dict(asked.headers))
    assert (event.type, event.data.id) == (kind, ended.id)  # type: ignore[union-attr]
    with pytest.raises(openai.InvalidWebhookSignatureError):
        client.webhooks.unwrap(asked.body + b" ", dict(asked.headers))


def test_a_receiver_that_is_down_is_asked_again() -> None:
    answers = [500, 503, 200]

    def answer(_asked: Asked) -> Reply:
        return Reply(b"", answers.pop(0))

    with upstream() as server:
        server.answers["POST /events"] = answer
        webhook = Webhook(url=f"{server.url}/events", secret=new_secret())
        assert send(webhook, replace(job(), state="completed"), first_wait=0.001)
        assert len({asked.headers["webhook-id"] for asked in server.asked}) == 1  # the receiver can tell a repetition


def test_a_receiver_that_never_answers_well_is_given_up() -> None:
    webhook = Webhook(url="http://127.0.0.1:9/events", secret=new_secret())
    began = time.monotonic()
    assert not send(webhook, replace(job(), state="failed"), first_wait=0.001)
    assert time.monotonic() - began < 5


def test_a_redirect_is_not_followed() -> None:
    with upstream() as server:
        server.answers["POST /events"] = Reply(b"", 302, headers={"location": f"{server.url}/inside"})
        assert not send(Webhook(url=f"{server.url}/events", secret=new_secret()), job(), first_wait=0.001)
        assert {asked.path for asked in server.asked} == {"/events"}


@pytest.mark.parametrize(
    ("url", "secret"),
    [("file:///etc/passwd", new_secret()), ("https://a.example", "secret"), ("https://a.example", "whsec_!")],
)
def test_an_address_or_secret_that_is_none_is_said(url: str, secret: str) -> None:
    with pytest.raises(UsageError):
        Webhook(url=url, secret=secret)


def test_the_end_of_each_job_is_told_once(tmp_path: Path) -> None:
    store = JobStore(tmp_path)
    first, second = job(), job()
    for each in (first, second, job()):
        store.add(each)
    for each in (first, second):
        store.move(each, "failed")
    told = []
    while (ended := store.untold()) is not None:
        told.append(ended.id)
        store.tell(ended)
    assert told == [first.id, second.id]


def test_an_end_that_is_told_twice_is_known_as_the_same() -> None:
    ended, other = replace(job(), state="completed"), replace(job(), state="completed")
    assert event_of(ended)["id"] == event_of(ended)["id"]
    assert event_of(ended)["id"] != event_of(other)["id"]
    assert event_of(ended)["id"] != event_of(replace(ended, state="failed"))["id"]
