# SPDX-License-Identifier: Apache-2.0
"""Callers with a key who try to get what the gate did not permit, or more than is theirs."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from kyodaku.errors import UsageError
from kyodaku.generation.answer import Answer
from kyodaku.generation.generators import Progress
from kyodaku.generation.job import Job
from kyodaku.service import body as service_body
from kyodaku.service import desk as service_desk
from kyodaku.service.assembling import require_generator
from kyodaku.service.refusals import refusal
from kyodaku.service.reviewing import settle
from kyodaku.service.teams import Policy
from support.generating import ScriptedGenerator, answer
from support.sent_files import mp4, png
from support.serving import Served, WordGate, served

RUNNING = Progress(state="running", percent=1)


@dataclass
class Watching(ScriptedGenerator):
    """Keeps what it is handed."""

    handed: list[tuple[Job, dict[str, bytes]]] = field(default_factory=list)

    def start(self, job: Job, folder: Path, *, source_ticket: str | None) -> str:
        files = [*job.request.references, *([job.request.source] if job.request.source else [])]
        self.handed.append((job, {name: (folder / name).read_bytes() for name in files}))
        return super().start(job, folder, source_ticket=source_ticket)


@pytest.fixture
def generator() -> Watching:
    return Watching()


@pytest.fixture
def service(tmp_path: Path, generator: Watching) -> Iterator[Served]:
    with served(tmp_path, generator) as serving:
        yield serving


@pytest.fixture
def client(service: Served) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {service.key}"}
    with httpx.Client(base_url=service.url, headers=headers, timeout=20) as made:
        yield made


def made(client: httpx.Client, service: Served, **sent: Any) -> str:
    """A video that is done."""
    video = str(client.post("/videos", json={"prompt": "a fox", **sent}).json()["id"])
    service.wait(video, "completed")
    return video


def code_of(reply: httpx.Response) -> str | None:
    code: str | None = (reply.json().get("error") or {}).get("code")
    return code


# --- what a video rests on ------------------------------------------------------------------------------------------


def test_a_prompt_that_is_refused_by_now_ends_the_download(
    client: httpx.Client, service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = made(client, service)
    service.gate.state = "snapshot-2"
    monkeypatch.setattr(WordGate, "prompt", lambda self, *_: answer("refused", "prompt", self.state))
    assert code_of(client.get(f"/videos/{video}/content")) == "moderation_blocked"
    assert client.get(f"/videos/{video}").json()["status"] == "failed"
    assert client.get(f"/videos/{video}/content").status_code == 404


def test_a_reference_that_is_refused_by_now_ends_the_download(
    client: httpx.Client, service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = client.post("/videos", data={"prompt": "a fox"}, files={"input_reference": ("a.png", png())})
    service.wait(reply.json()["id"], "completed")
    service.gate.state = "snapshot-2"
    monkeypatch.setattr(WordGate, "input", lambda self, *_: answer("refused", "input", self.state))
    assert code_of(client.get(f"/videos/{reply.json()['id']}/content")) == "moderation_blocked"


def test_a_prompt_refused_while_the_video_is_made_is_not_completed(
    client: httpx.Client, service: Served, generator: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator.script = [RUNNING]
    video = client.post("/videos", json={"prompt": "a fox"}).json()["id"]
    service.wait(video, "generating")
    service.gate.state = "snapshot-2"
    monkeypatch.setattr(WordGate, "prompt", lambda self, *_: answer("refused", "prompt", self.state))
    generator.script = [Progress(state="done", percent=100)]
    assert service.wait(video, "failed", "completed").state == "failed"


def with_permission(given: Answer) -> Answer:
    (ground,) = given.decision.grounds
    return replace(given, decision=replace(given.decision, grounds=(replace(ground, permission="grant-1"),)))


def test_a_permission_that_ends_by_its_date_ends_the_download(
    client: httpx.Client, service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    permitted = lambda self, *_: with_permission(answer("permitted", "prompt", self.state))  # noqa: E731
    monkeypatch.setattr(WordGate, "prompt", permitted)
    video = made(client, service)
    monkeypatch.setattr(WordGate, "prompt", lambda self, *_: answer("refused", "prompt", self.state))
    assert client.get(f"/videos/{video}/content").status_code == 200  # a moment ago it held
    monkeypatch.setattr(service_desk, "_PERMISSION_HOLDS", service_desk.timedelta(0))
    assert code_of(client.get(f"/videos/{video}/content")) == "moderation_blocked"


def test_what_a_person_released_stays_released_until_there_is_more_to_look_at(
    client: httpx.Client, service: Served, generator: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator.video = b"doubtful frames"
    video = client.post("/videos", json={"prompt": "a fox"}).json()["id"]
    service.wait(video, "held_output")
    settle(service.desk, video, release=True, by="reviewer-1")
    service.wait(video, "completed")
    service.gate.state = "snapshot-2"
    assert client.get(f"/videos/{video}/content").status_code == 200
    assert "reviewer-1" not in client.get(f"/videos/{video}").text
    assert [step.by for step in service.wait(video, "completed").steps if step.by] == ["reviewer-1"]
    (ground,) = answer("review").decision.grounds
    other = replace(answer("review").decision, grounds=(replace(ground, work="film-2"),), snapshot="snapshot-3")
    monkeypatch.setattr(WordGate, "output", lambda *_: replace(answer("review"), decision=other))
    service.gate.state = "snapshot-3"
    assert code_of(client.get(f"/videos/{video}/content")) == "moderation_blocked"
    assert service.wait(video, "held_output").state == "held_output"  # and a person looks again
    assert client.get(f"/videos/{video}/content").status_code == 404


def test_a_video_that_holds_more_than_it_shows_is_not_shown(
    client: httpx.Client, service: Served, generator: Watching
) -> None:
    film = mp4(50)
    at = film.index(b"elst") + 12
    generator.video = film[:at] + struct.pack(">Ii", 400, 0) + film[at + 8 :]
    video = client.post("/videos", json={"prompt": "a fox"}).json()["id"]
    fault = service.wait(video, "failed", "completed").fault
    assert fault is not None
    assert fault.code == "check_failed"


def test_who_refused_is_not_told(client: httpx.Client, service: Served) -> None:
    video = client.post("/videos", json={"prompt": "a doubtful fox"}).json()["id"]
    settle(service.desk, video, release=False, by="reviewer-1")
    told = client.get(f"/videos/{video}")
    assert (told.json()["status"], "reviewer-1" in told.text) == ("failed", False)
    with pytest.raises(UsageError):
        settle(service.desk, video, release=True, by="reviewer-2")


def test_a_doubtful_video_of_a_key_that_refuses_doubt_is_refused(tmp_path: Path) -> None:
    generator, policy = Watching(video=b"doubtful"), Policy(team="film", on_review="refuse")
    with served(tmp_path, generator, policy=policy) as service:
        headers = {"authorization": f"Bearer {service.key}"}
        video = httpx.post(f"{service.url}/videos", json={"prompt": "a fox"}, headers=headers).json()["id"]
        assert service.wait(video, "failed", "held_output").state == "failed"


# --- remixes, edits, characters -------------------------------------------------------------------------------------


def test_a_video_that_may_be_shown_and_not_be_put_in_is_not_remixed(
    client: httpx.Client, service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = made(client, service)
    monkeypatch.setattr(WordGate, "input", lambda self, *_: answer("refused", "input", self.state))
    for path, sent in ((f"/videos/{video}/remix", {}), ("/videos/edits", {"video": {"id": video}})):
        assert code_of(client.post(path, json={"prompt": "at night", **sent})) == "moderation_blocked"


@pytest.mark.parametrize("state", ["held", "held_output", "failed"])
def test_what_is_held_or_blocked_is_made_into_nothing_else(
    client: httpx.Client, service: Served, generator: Watching, state: str
) -> None:
    generator.video = {"held_output": b"doubtful", "failed": b"refused"}.get(state, b"")
    prompt = "doubtful" if state == "held" else "a fox"
    video = client.post("/videos", json={"prompt": prompt}).json()["id"]
    service.wait(video, state)
    asks = [("/videos/edits", {"video": {"id": video}}), ("/videos/extensions", {"video": {"id": video}})]
    for path, sent in [*asks, (f"/videos/{video}/remix", {})]:
        assert client.post(path, json={"prompt": "at night", **sent}).status_code == 404
    for variant in ("video", "thumbnail", "spritesheet"):
        reply = client.get(f"/videos/{video}/content", params={"variant": variant}, headers={"range": "bytes=0-0"})
        assert reply.status_code == 404
    assert client.head(f"/videos/{video}/content").status_code == 405


def test_a_character_registered_since_is_used_no_more(
    client: httpx.Client, service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"data": {"name": "Momo"}, "files": {"video": ("a.mp4", mp4())}}
    character = client.post("/videos/characters", **sent).json()["id"]
    use = {"prompt": "it runs", "characters": [{"id": character}]}
    service.gate.state = "snapshot-2"
    assert client.post("/videos", json=use).status_code == 200
    service.gate.state = "snapshot-3"
    monkeypatch.setattr(WordGate, "input", lambda self, *_: answer("refused", "input", self.state))
    assert code_of(client.post("/videos", json=use)) == "moderation_blocked"


def test_the_generator_gets_what_was_drawn_anew(client: httpx.Client, service: Served, generator: Watching) -> None:
    polyglot = png("a comment") + b"PK\x03\x04 payload"
    sent = client.post("/videos", data={"prompt": "a fox"}, files={"input_reference": ("a.png", polyglot)})
    service.wait(sent.json()["id"], "completed")
    film = mp4() + b"payload"
    sent = client.post("/videos/edits", data={"prompt": "at night"}, files={"video": ("a.mp4", film)})
    service.wait(sent.json()["id"], "completed")
    (_, picture), (_, edited) = generator.handed
    assert list(picture) == ["reference.png"]
    assert list(edited) == ["source.mp4"]
    for content in (*picture.values(), *edited.values()):
        assert b"payload" not in content
        assert b"comment" not in content
    left = [path.name for path in service.desk.folders.root.rglob("*.sent")]
    assert left == []


@pytest.mark.parametrize("sent", [b"<svg/>", b"no picture", png()[:60]])
def test_a_reference_that_is_not_decoded_here_is_handed_to_nobody(
    client: httpx.Client, service: Served, generator: Watching, sent: bytes
) -> None:
    reply = client.post("/videos", data={"prompt": "a fox"}, files={"input_reference": ("a.png", sent)})
    assert (reply.status_code, code_of(reply)) == (400, "invalid_reference")
    assert list(service.desk.folders.root.iterdir()) == []
    assert generator.handed == []


def test_the_model_that_is_decided_on_is_the_one_that_is_asked(tmp_path: Path) -> None:
    generator = Watching()
    with served(tmp_path, generator, policy=Policy(team="film", model="licensed-1")) as service:
        headers = {"authorization": f"Bearer {service.key}"}
        sent = {"prompt": "a fox", "model": "other"}
        service.wait(httpx.post(f"{service.url}/videos", json=sent, headers=headers).json()["id"], "completed")
    assert generator.handed[0][0].request.model == "licensed-1"


# --- more than is theirs --------------------------------------------------------------------------------------------


def test_many_requests_at_once_get_no_more_videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = WordGate.prompt

    def slow(self: WordGate, *rest: Any) -> Answer:
        time.sleep(0.2)
        return asked(self, *rest)

    monkeypatch.setattr(WordGate, "prompt", slow)
    policy = Policy(team="film", at_once=2, seconds_a_day=100)
    with served(tmp_path, Watching(script=[RUNNING]), policy=policy) as service:
        headers = {"authorization": f"Bearer {service.key}"}

        def ask(number: int) -> int:
            sent = {"prompt": f"fox {number}"}
            return httpx.post(f"{service.url}/videos", json=sent, headers=headers, timeout=30).status_code

        with ThreadPoolExecutor(10) as pool:
            codes = list(pool.map(ask, range(10)))
        assert sorted(codes) == [200] * 2 + [429] * 8
        left = 100 - 2 * 4  # what was refused cost nothing
        assert service.desk.teams.spend(service.desk.teams.all()[0], left)
        assert not service.desk.teams.spend(service.desk.teams.all()[0], 1)


def test_the_same_idempotency_key_of_two_teams_are_two(client: httpx.Client, service: Served) -> None:
    _, secret = service.desk.teams.add(Policy(team="other"))
    once = {"idempotency-key": "k1"}
    mine = client.post("/videos", json={"prompt": "a fox"}, headers=once)
    theirs = client.post("/videos", json={"prompt": "a fox"}, headers=once | {"authorization": f"Bearer {secret}"})
    assert mine.json()["id"] != theirs.json()["id"]
    assert code_of(client.post("/videos", json={"prompt": "a dog"}, headers=once)) == "idempotency_key_reused"


def test_pictures_of_a_video_count_as_requests(tmp_path: Path) -> None:
    with served(tmp_path, Watching(), policy=Policy(team="film", per_minute=2)) as service:
        headers = {"authorization": f"Bearer {service.key}"}
        with httpx.Client(base_url=service.url, headers=headers) as client:
            video = made(client, service)
            codes = [client.get(f"/videos/{video}/content?variant=spritesheet").status_code for _ in range(3)]
            assert codes[-1] == 429
            assert client.get(f"/videos/{video}/content").status_code == 200


def test_a_clock_that_is_put_back_locks_nobody_out(service: Served) -> None:
    (key,) = service.desk.teams.all()
    key = replace(key, policy=replace(key.policy, per_minute=60))
    now = service.desk.teams._clock()
    service.desk.teams._clock = lambda: now
    assert service.desk.teams.wait_of(key) == 0
    service.desk.teams._clock = lambda: now - service_desk.timedelta(days=1)
    assert service.desk.teams.wait_of(key) == 0


def test_a_body_that_drips_is_given_up(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_body, "_PIECE_S", 0.3)
    where = urlsplit(service.url)
    head = f"POST /v1/videos HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {service.key}\r\n"
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=5) as slow:
        slow.sendall(head.encode() + b"content-type: application/json\r\ncontent-length: 1000\r\n\r\n{")
        assert b" 408 " in slow.recv(4096)


# --- what is told ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["https://例え.example/", 'https://a.example/"><x', "https://a.example/" + "x" * 9000])
def test_an_address_that_fits_no_header_breaks_no_answer(link: str) -> None:
    told = replace(answer("refused", "prompt"), offers=({"terms": [link, "https://b.example/"]},))
    assert refusal(told).headers == {"link": '<https://b.example/>; rel="license"'}


def test_a_fault_that_nobody_foresaw_is_told_in_the_apis_own_shape(
    service: Served, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fault in (OSError(28, "No space left on device", "/srv/secret"), ZeroDivisionError("secret")):

        def failing(*_: object, fault: Exception = fault) -> Answer:
            raise fault

        monkeypatch.setattr(WordGate, "prompt", failing)
        reply = client.post("/videos", json={"prompt": "a fox"})
        assert (reply.status_code, code_of(reply), "secret" in reply.text) == (503, "gate_unavailable", False)


def test_labels_of_metrics_are_few_whatever_is_asked(client: httpx.Client, service: Served) -> None:
    for number in range(20):
        client.get(f"/videos/video_{number:032x}")
        client.get(f"/nothing/{number}")
        client.request(f"ODD{number}", "/videos")
    text = client.get(service.url.removesuffix("/v1") + "/metrics").text
    requests = [line for line in text.splitlines() if line.startswith("kyodaku_requests_total")]
    assert len(requests) < 10
    assert "ODD" not in text


def test_an_address_with_a_key_in_it_is_refused() -> None:
    with pytest.raises(UsageError, match="holds no key"):
        require_generator("https://user:secret@host/v1")
