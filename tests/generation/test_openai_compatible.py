# SPDX-License-Identifier: Apache-2.0
"""A server that speaks the Videos API as a generator: asked in its words, believed in nothing that makes no sense."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kyodaku.generation.generators import GeneratorError, Progress, TicketLost, openai_compatible
from kyodaku.generation.generators import openai_compatible as subject
from kyodaku.generation.generators.openai_compatible import OpenAICompatible
from support.generating import job
from support.upstream import Asked, Reply, Upstream, upstream


@pytest.fixture
def server() -> Iterator[Upstream]:
    with upstream() as serving:
        yield serving


@pytest.fixture
def generator(server: Upstream) -> Iterator[OpenAICompatible]:
    made = OpenAICompatible(server.url, key="upstream-key", model="wan-2")
    yield made
    made.close()


def form_of(asked: Asked) -> str:
    return asked.body.decode(errors="replace")


def test_a_prompt_is_asked_with_the_gates_own_key_and_model(
    server: Upstream, generator: OpenAICompatible, tmp_path: Path
) -> None:
    server.answers["POST /videos"] = Reply({"id": "video_1", "status": "queued"})
    one = job(model="sora-2", seconds="8", size="1280x720", negative_prompt="letters")
    assert generator.start(one, tmp_path, source_ticket=None) == "video_1"
    (asked,) = server.asked
    assert asked.headers["authorization"] == "Bearer upstream-key"
    assert asked.headers["idempotency-key"] == f"{one.id}-0"
    for name in ("wan-2", "1280x720", "letters"):
        assert name in form_of(asked)
    assert "sora-2" not in form_of(asked)


def test_a_reference_picture_goes_along(server: Upstream, generator: OpenAICompatible, tmp_path: Path) -> None:
    (tmp_path / "reference.png").write_bytes(b"\x89PNG picture")
    server.answers["POST /videos"] = Reply({"id": "video_1"})
    generator.start(job(references=("reference.png",)), tmp_path, source_ticket=None)
    (asked,) = server.asked
    assert asked.headers["content-type"].startswith("multipart/form-data")
    assert b"\x89PNG picture" in asked.body
    assert 'name="input_reference"' in form_of(asked)


def test_a_remix_names_the_upstreams_own_video(server: Upstream, generator: OpenAICompatible, tmp_path: Path) -> None:
    server.answers["POST /videos/up_7/remix"] = Reply({"id": "video_2"})
    assert generator.start(job(operation="remix"), tmp_path, source_ticket="up_7") == "video_2"
    assert json.loads(server.asked[0].body) == {"prompt": "a fox runs 狐"}
    with pytest.raises(GeneratorError, match="not known upstream") as raised:
        generator.start(job(operation="remix"), tmp_path, source_ticket=None)
    assert raised.value.is_lasting


def test_an_edit_sends_the_video_or_names_it(server: Upstream, generator: OpenAICompatible, tmp_path: Path) -> None:
    (tmp_path / "source.mp4").write_bytes(b"the video")
    server.answers["POST /videos/edits"] = Reply({"id": "video_3"})
    generator.start(job(operation="edit", source="source.mp4"), tmp_path, source_ticket=None)
    assert b"the video" in server.asked[0].body
    generator.start(job(operation="edit", source="source.mp4"), tmp_path, source_ticket="up_7")
    assert json.loads(server.asked[1].body)["video"] == {"id": "up_7"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": "queued"}, Progress(state="running")),
        ({"status": "in_progress", "progress": 42}, Progress(state="running", percent=42)),
        ({"status": "in_progress", "progress": 1e9}, Progress(state="running")),
        ({"status": "completed"}, Progress(state="done", percent=100)),
        (
            {"status": "failed", "error": {"code": "content_policy", "message": "no"}},
            Progress(state="failed", code="content_policy", message="no"),
        ),
        (
            {"status": "failed", "error": "broken"},
            Progress(state="failed", code="generator_error", message="no reason was given"),
        ),
    ],
)
def test_the_upstreams_state_is_read(
    server: Upstream, generator: OpenAICompatible, answer: dict[str, object], expected: Progress
) -> None:
    server.answers["GET /videos/video_1"] = Reply(answer)
    assert generator.look("video_1") == expected


@pytest.mark.parametrize(
    ("reply", "error", "is_lasting"),
    [
        (Reply({"status": "dreaming"}), GeneratorError, False),
        (Reply(b"<html>"), GeneratorError, False),
        (Reply(b"[]"), GeneratorError, False),
        (Reply(b'{"a":' * 5000), GeneratorError, False),
        (Reply(b"", 500), GeneratorError, False),
        (Reply(b"", 429), GeneratorError, False),
        (Reply(b"", 404), TicketLost, False),
        (Reply(b"", 302, headers={"location": "http://169.254.169.254/"}), GeneratorError, True),
        (Reply({"error": {"code": "invalid", "message": "bad size"}}, 400), GeneratorError, True),
        (Reply(b'{"x":"' + b"y" * 2_000_000 + b'"}'), GeneratorError, False),
        (Reply(b'{"status":', announced=1000), GeneratorError, False),
    ],
)
def test_answers_that_make_no_sense_are_errors(
    server: Upstream, generator: OpenAICompatible, reply: Reply, error: type[GeneratorError], *, is_lasting: bool
) -> None:
    server.answers["GET /videos/video_1"] = reply
    with pytest.raises(GeneratorError) as raised:
        generator.look("video_1")
    assert (type(raised.value), raised.value.is_lasting) == (error, is_lasting)


@pytest.mark.parametrize("ticket", ["", "../keys", "a/b", "a?b", "x" * 300, 7, None, {"a": 1}])
def test_an_id_that_would_lead_elsewhere_is_not_taken(
    server: Upstream, generator: OpenAICompatible, tmp_path: Path, ticket: object
) -> None:
    server.answers["POST /videos"] = Reply({"id": ticket})
    with pytest.raises(GeneratorError, match="names no video"):
        generator.start(job(), tmp_path, source_ticket=None)


def test_a_server_that_is_not_there_is_an_error_for_now(tmp_path: Path) -> None:
    nowhere = OpenAICompatible("http://127.0.0.1:9/v1")
    with pytest.raises(GeneratorError, match="cannot be reached") as raised:
        nowhere.start(job(), tmp_path, source_ticket=None)
    assert not raised.value.is_lasting
    nowhere.forget("video_1")
    nowhere.close()


def test_a_video_is_fetched_whole(server: Upstream, generator: OpenAICompatible, tmp_path: Path) -> None:
    server.answers["GET /videos/video_1/content"] = Reply(b"v" * 3_000_000)
    generator.fetch("video_1", tmp_path / "video.mp4")
    assert (tmp_path / "video.mp4").stat().st_size == 3_000_000


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b""),
        Reply(b"half", announced=100),
        Reply(b"x" * 2000),
        Reply({"error": {"message": "expired"}}, 410),
        Reply(b"", 500),
    ],
)
def test_a_video_that_is_cut_short_or_too_large_leaves_no_file(
    server: Upstream, generator: OpenAICompatible, tmp_path: Path, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "MAX_VIDEO_BYTES", 1000)
    server.answers["GET /videos/video_1/content"] = reply
    with pytest.raises(GeneratorError):
        generator.fetch("video_1", tmp_path / "video.mp4")
    assert list(tmp_path.iterdir()) == []


def test_deleting_asks_the_upstream_and_never_fails(server: Upstream, generator: OpenAICompatible) -> None:
    generator.forget("video_1")
    assert [(asked.method, asked.path) for asked in server.asked] == [("DELETE", "/videos/video_1")]


def test_the_key_is_in_no_error(server: Upstream, generator: OpenAICompatible) -> None:
    server.answers["GET /videos/video_1"] = Reply(b"", 500)
    with pytest.raises(GeneratorError) as raised:
        generator.look("video_1")
    assert "upstream-key" not in str(raised.value) + repr(raised.value)


def test_an_answer_that_drips_is_given_up(server: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_compatible, "_ANSWER_S", 0.0)
    monkeypatch.setattr(openai_compatible, "_VIDEO_S", 0.0)
    server.answers["GET /videos/t"] = Reply({"status": "completed"})
    server.answers["GET /videos/t/content"] = Reply(b"x" * 10_000)
    generator = OpenAICompatible(server.url)
    with pytest.raises(GeneratorError, match="takes too long"):
        generator.look("t")
    with pytest.raises(GeneratorError, match="takes too long"):
        generator.fetch("t", tmp_path / "video")
    assert list(tmp_path.iterdir()) == []
    generator.close()
