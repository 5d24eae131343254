# SPDX-License-Identifier: Apache-2.0
"""The OpenAI SDK as it is, pointed at the gate: every method works, and every refusal arrives as clients know it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import openai
import pytest

from kyodaku.generation.generators import Progress
from kyodaku.service.reviewing import settle
from kyodaku.service.teams import Policy
from support.generating import ScriptedGenerator
from support.sent_files import mp4, pixels_of, png
from support.serving import Served, served

pytestmark = pytest.mark.filterwarnings("ignore:.*Sora API:DeprecationWarning")
PICTURE, FILM = png(), mp4()


@pytest.fixture
def generator() -> ScriptedGenerator:
    return ScriptedGenerator(script=[Progress(state="running", percent=40), Progress(state="done", percent=100)])


@pytest.fixture
def service(tmp_path: Path, generator: ScriptedGenerator) -> Iterator[Served]:
    with served(tmp_path, generator) as serving:
        yield serving


@pytest.fixture
def client(service: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=service.url, api_key=service.key, max_retries=0) as made:
        yield made


def test_the_version_is_the_one_that_is_to_be_tested() -> None:
    assert openai.__version__.startswith(os.environ.get("KYODAKU_OPENAI", ""))


def test_a_video_is_created_waited_for_and_downloaded(client: openai.OpenAI, service: Served) -> None:
    video = client.videos.create_and_poll(prompt="a fox runs 狐", seconds="8", size="1280x720", poll_interval_ms=20)
    assert (video.status, video.progress, video.seconds, video.size) == ("completed", 100, "8", "1280x720")
    assert video.prompt == "a fox runs 狐"
    assert video.completed_at is not None
    assert client.videos.download_content(video.id).read() == b"a video"
    assert [moment for moment, _ in service.gate.asked] == ["prompt", "output"]


def test_the_server_says_how_often_to_ask(client: openai.OpenAI, generator: ScriptedGenerator) -> None:
    generator.script = [Progress(state="running", percent=40)]
    made = client.videos.with_raw_response.create(prompt="a fox")
    assert made.headers["openai-poll-after-ms"] == "1000"
    assert made.headers["x-request-id"].startswith("req_")


def test_a_refused_prompt_is_a_bad_request_with_our_reasons(
    client: openai.OpenAI, generator: ScriptedGenerator
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.videos.create(prompt="a refused name")
    error = raised.value
    assert (error.code, error.param, error.type) == ("moderation_blocked", "prompt", "invalid_request_error")
    assert "The prompt was refused: A reason." in error.message
    assert isinstance(error.body, dict)
    assert error.body["kyodaku"]["works"] == ["film-1"]
    assert error.body["kyodaku"]["grounds"][0]["text"]["ja"] == "理由。"
    assert error.response.headers["link"] == '<https://studio.example/offer>; rel="license"'
    assert error.request_id is not None
    assert list(client.videos.list()) == []
    assert generator.starts == []


@pytest.mark.parametrize("sent", [BytesIO(b"refused"), ("a.png", b"refused", "image/png")])
def test_a_refused_reference_is_a_bad_request(client: openai.OpenAI, service: Served, sent: object) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.videos.create(prompt="a fox", input_reference=sent)  # type: ignore[arg-type]
    assert (raised.value.code, raised.value.param) == ("moderation_blocked", "input_reference")
    assert list(service.desk.folders.root.iterdir()) == []  # nothing of it is kept


def test_a_permitted_reference_reaches_the_generator(client: openai.OpenAI, service: Served) -> None:
    video = client.videos.create_and_poll(prompt="a fox", input_reference=("a.png", PICTURE), poll_interval_ms=20)
    assert video.status == "completed"
    assert service.gate.asked[1] == ("input", PICTURE.decode("latin-1"))
    handed_on = (service.desk.folders.of(video.id) / "reference.png").read_bytes()
    assert handed_on != PICTURE
    assert np.array_equal(pixels_of(handed_on), pixels_of(PICTURE))


def test_a_reference_by_data_url_is_a_reference(client: openai.OpenAI, service: Served) -> None:
    sent = {"prompt": "a fox", "input_reference": {"image_url": "data:image/png;base64,cmVmdXNlZA=="}}
    with pytest.raises(openai.BadRequestError) as raised:
        client.post("/videos", body=sent, cast_to=object)
    assert raised.value.code == "moderation_blocked"
    assert service.gate.asked[-1] == ("input", "refused")


def test_a_video_that_may_not_be_shown_is_failed_and_not_sent(
    client: openai.OpenAI, generator: ScriptedGenerator
) -> None:
    generator.video = b"refused frames"
    video = client.videos.create_and_poll(prompt="a fox", poll_interval_ms=20)
    assert (video.status, video.error and video.error.code) == ("failed", "moderation_blocked")
    with pytest.raises(openai.NotFoundError):
        client.videos.download_content(video.id)


def test_a_doubtful_video_waits_for_a_person(
    client: openai.OpenAI, service: Served, generator: ScriptedGenerator
) -> None:
    generator.video = b"doubtful frames"
    video = client.videos.create(prompt="a fox")
    service.wait(video.id, "held_output")
    assert client.videos.retrieve(video.id).status == "in_progress"
    with pytest.raises(openai.NotFoundError):
        client.videos.download_content(video.id)
    settle(service.desk, video.id, release=True, by="a person")
    service.wait(video.id, "completed")
    assert client.videos.download_content(video.id).read() == b"doubtful frames"


@pytest.mark.parametrize(("release", "status"), [(True, "completed"), (False, "failed")])
def test_a_doubtful_prompt_waits_for_a_person(
    client: openai.OpenAI, service: Served, generator: ScriptedGenerator, *, release: bool, status: str
) -> None:
    video = client.videos.create(prompt="a doubtful name")
    assert (video.status, generator.starts) == ("queued", [])
    settle(service.desk, video.id, release=release, by="a person")
    assert client.videos.poll(video.id, poll_interval_ms=20).status == status


def test_a_permission_that_ends_ends_the_download(client: openai.OpenAI, service: Served) -> None:
    video = client.videos.create_and_poll(prompt="a fox", poll_interval_ms=20)
    service.gate.state = "snapshot-2"
    assert client.videos.download_content(video.id).read() == b"a video"
    service.gate.state, service.gate.refuses_output = "snapshot-3", True
    with pytest.raises(openai.BadRequestError) as raised:
        client.videos.download_content(video.id)
    assert raised.value.code == "moderation_blocked"
    assert client.videos.retrieve(video.id).status == "failed"
    assert not service.desk.folders.shown(video.id).exists()


def test_videos_are_listed_page_by_page(client: openai.OpenAI) -> None:
    made = [client.videos.create(prompt=f"fox {number}").id for number in range(5)]
    assert [video.id for video in client.videos.list(limit=2)] == made[::-1]
    assert [video.id for video in client.videos.list(order="asc", limit=3)] == made


def test_a_deleted_video_is_gone(client: openai.OpenAI, service: Served, generator: ScriptedGenerator) -> None:
    video = client.videos.create_and_poll(prompt="a fox", poll_interval_ms=20)
    assert client.videos.delete(video.id).deleted
    assert generator.forgotten == ["ticket-1"]
    for ask in (client.videos.retrieve, client.videos.delete, client.videos.download_content):
        with pytest.raises(openai.NotFoundError):
            ask(video.id)
    assert list(service.desk.folders.root.iterdir()) == []


def test_a_remix_is_asked_about_and_made_from_the_first(client: openai.OpenAI, generator: ScriptedGenerator) -> None:
    first = client.videos.create_and_poll(prompt="a fox", poll_interval_ms=20)
    second = client.videos.remix(first.id, prompt="the same at night")
    assert second.remixed_from_video_id == first.id
    assert client.videos.poll(second.id, poll_interval_ms=20).status == "completed"
    assert generator.starts[1] == (second.id, "ticket-1")
    with pytest.raises(openai.BadRequestError):
        client.videos.remix(first.id, prompt="a refused name")


def test_a_caller_may_claim_a_reference_as_its_own_or_licensed(client: openai.OpenAI, service: Served) -> None:
    for more, claim in [
        ({}, {}),
        ({"reference_owner": "self"}, {"owner": "lab"}),
        ({"reference_licence": "grant:yes"}, {"licence": "grant:yes"}),
    ]:
        video = client.videos.create(prompt="a fox", input_reference=("p.png", PICTURE, "image/png"), extra_body=more)
        assert service.gate.claims.pop() == claim
        job = service.desk.store.get(video.id)
        assert job is not None
        assert job.request.claimed == claim
    with pytest.raises(openai.BadRequestError, match="'reference_owner' is 'self'"):
        client.videos.create(prompt="a fox", extra_body={"reference_owner": "somebody"})


def test_a_video_that_came_out_of_the_gate_is_the_developers_own(client: openai.OpenAI, service: Served) -> None:
    video = client.videos.create_and_poll(prompt="a fox", poll_interval_ms=20)
    client.post("/videos/edits", body={"prompt": "by night", "video": {"id": video.id}}, cast_to=object)
    assert service.gate.claims == [{"owner": "lab"}]


@pytest.mark.parametrize("method", ["edit", "extend"])
def test_a_video_that_is_sent_is_examined_like_any_input(client: openai.OpenAI, service: Served, method: str) -> None:
    more = {"seconds": "8"} if method == "extend" else {}
    made = getattr(client.videos, method)(prompt="at night", video=BytesIO(FILM), **more)
    assert client.videos.poll(made.id, poll_interval_ms=20).status == "completed"
    assert ("input", FILM.decode("latin-1")) in service.gate.asked
    with pytest.raises(openai.BadRequestError) as raised:
        getattr(client.videos, method)(prompt="at night", video=BytesIO(b"refused frames"), **more)
    assert raised.value.code == "moderation_blocked"


@pytest.mark.parametrize("path", ["/videos/edits", "/videos/extensions"])
def test_an_earlier_video_is_named_by_its_id(client: openai.OpenAI, service: Served, path: str) -> None:
    first = client.videos.create_and_poll(prompt="a fox", poll_interval_ms=20)
    made = client.post(path, body={"prompt": "at night", "video": {"id": first.id}, "seconds": "4"}, cast_to=object)
    assert service.wait(made["id"], "completed").request.source_job == first.id  # type: ignore[index]
    assert ("input", "a video") in service.gate.asked
    with pytest.raises(openai.NotFoundError):
        client.post(path, body={"prompt": "at night", "video": {"id": "video_" + "0" * 32}}, cast_to=object)


def test_a_character_is_let_in_and_used(client: openai.OpenAI, service: Served, generator: ScriptedGenerator) -> None:
    made = client.videos.create_character(name="Momo 桃", video=BytesIO(FILM))
    assert made.id is not None
    assert client.videos.get_character(made.id).name == "Momo 桃"
    video = client.videos.create(prompt="Momo runs", extra_body={"characters": [{"id": made.id}]})
    assert service.wait(video.id, "completed").request.characters == ("character-ticket",)
    with pytest.raises(openai.NotFoundError):
        client.videos.create(prompt="Momo runs", extra_body={"characters": [{"id": "char_1"}]})
    for name, frames in (("a refused name", b"frames"), ("Momo", b"refused"), ("Momo", b"doubtful")):
        with pytest.raises(openai.BadRequestError):
            client.videos.create_character(name=name, video=BytesIO(frames))


def test_the_same_idempotency_key_makes_one_video(client: openai.OpenAI, generator: ScriptedGenerator) -> None:
    once = {"Idempotency-Key": "k1"}
    made = {client.videos.create(prompt="a fox", extra_headers=once).id for _ in range(3)}
    assert len(made) == 1
    with pytest.raises(openai.ConflictError) as raised:
        client.videos.create(prompt="a dog", extra_headers=once)
    assert raised.value.code == "idempotency_key_reused"


def test_another_teams_videos_are_not_there(client: openai.OpenAI, service: Served) -> None:
    mine = client.videos.create_and_poll(prompt="a fox", poll_interval_ms=20)
    _, secret = service.desk.teams.add(Policy(team="other"))
    with openai.OpenAI(base_url=service.url, api_key=secret, max_retries=0) as other:
        assert list(other.videos.list()) == []
        for ask in (other.videos.retrieve, other.videos.download_content, other.videos.delete):
            with pytest.raises(openai.NotFoundError):
                ask(mine.id)
        with pytest.raises(openai.NotFoundError):
            other.videos.remix(mine.id, prompt="at night")


def test_the_asynchronous_client_works_too(service: Served) -> None:
    async def ask() -> bytes:
        async with openai.AsyncOpenAI(base_url=service.url, api_key=service.key) as client:
            video = await client.videos.create_and_poll(prompt="a fox", poll_interval_ms=20)
            return (await client.videos.download_content(video.id)).read()

    assert asyncio.run(ask()) == b"a video"


def test_a_key_that_is_wrong_is_an_authentication_error(service: Served) -> None:
    for key in ("kyo_wrong", "sk-other", "x"):
        client = openai.OpenAI(base_url=service.url, api_key=key, max_retries=0)
        with client, pytest.raises(openai.AuthenticationError):
            client.videos.list()
