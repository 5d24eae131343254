# SPDX-License-Identifier: Apache-2.0
"""`kyodaku serve` as a lab runs it: a local pipeline behind the gate, and the real SDK before it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import c2pa
import httpx
import openai
import pytest
from PIL import Image

pytest.importorskip("diffusers")

from kyodaku.media import Decoder, Sampling
from kyodaku.registry import Registry
from kyodaku.workspace import Workspace
from support.films import write_film
from support.pipelines import save_tiny_pipeline
from support.walrus import DESCRIBED, REGISTRY

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*Sora API:DeprecationWarning"),
    pytest.mark.timeout(300),
]
SMALL = ("height=128", "width=192", "num_inference_steps=2", "fps=8", "max_sequence_length=32", "seed=7")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


@dataclass
class Lab:
    """A workspace, a film of the studio's, and the service that runs on it."""

    workspace: Path
    film: Path
    port: int
    command: list[str]
    process: subprocess.Popen[bytes]
    key: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


def kyodaku(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "kyodaku", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def started(command: list[str], port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, env=ENVIRONMENT, start_new_session=True)
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health").is_success:
                return process
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError("the service did not start")


def stopped(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=60)
    finally:
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None


def in_group(group: int) -> list[str]:
    """The processes of a group that still run, by name."""
    running = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = stat.read_text("utf-8", "replace").rpartition(")")
            state, _, of_group = rest.split()[:3]
            if state != "Z" and int(of_group) == group:
                running.append(name)
    return running


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("lab")
    write_film(root / "film.mp4", seed=1)
    (root / "registry.yaml").write_text(REGISTRY, encoding="utf-8")
    with Workspace.open(root / "workspace", create=True) as workspace:
        workspace.import_registry([root / "registry.yaml"])
        workspace.add_reference("film", root / "film.mp4")
    save_tiny_pipeline(root / "pipeline")
    where = ("--workspace", root / "workspace")
    key = kyodaku("serve", "keys", "add", "film-team", "--on-review", "refuse", "--thumbnails", "1", *where).strip()
    port = free_port()
    options = [each for option in SMALL for each in ("--generator-option", option)]
    command = [sys.executable, "-m", "kyodaku", "serve", "--generator", f"diffusers:{root / 'pipeline'}", *options]
    command += ["--developer", "lab", "--territory", "JP", "--port", str(port), *map(str, where)]
    process = started(command, port)
    made = Lab(root / "workspace", root / "film.mp4", port, command, process, key)
    try:
        yield made
    finally:
        stopped(made.process)


@pytest.fixture
def client(lab: Lab) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=lab.url, api_key=lab.key, max_retries=0) as made:
        yield made


def refused(ask: Callable[[], object]) -> dict[str, object]:
    with pytest.raises(openai.BadRequestError) as raised:
        ask()
    assert raised.value.code == "moderation_blocked"
    assert isinstance(raised.value.body, dict)
    told: dict[str, object] = raised.value.body["kyodaku"]
    return told


def test_what_nobody_holds_is_generated_checked_and_downloaded(client: openai.OpenAI) -> None:
    video = client.videos.create_and_poll(prompt="a red fox runs", seconds="4", poll_interval_ms=200)
    assert (video.status, video.error) == ("completed", None)
    content = client.videos.download_content(video.id).read()
    assert content[4:8] == b"ftyp"
    decisions = video.to_dict()["kyodaku"]["decisions"]  # type: ignore[index]
    assert [step["moment"] for step in decisions] == ["prompt", "output"]
    assert client.videos.download_content(video.id, variant="thumbnail").read()[8:12] == b"WEBP"
    assert client.videos.download_content(video.id, variant="spritesheet").read()[:2] == b"\xff\xd8"


def test_a_character_by_name_is_refused(client: openai.OpenAI) -> None:
    told = refused(lambda: client.videos.create(prompt="Borro Tidewhisker dances"))
    assert told["works"] == ["borro"]
    assert told["offers"][0]["permission"] == "for-sale"  # type: ignore[index]
    refused(lambda: client.videos.create(prompt="ぼ ろ す け が踊る"))


def test_a_character_by_description_is_refused_without_its_traits(client: openai.OpenAI) -> None:
    told = refused(lambda: client.videos.create(prompt=DESCRIBED))
    assert told["verdict"] == "review"
    assert "waistcoat" not in str(told["grounds"])


def test_what_was_granted_is_generated_with_its_duties(client: openai.OpenAI) -> None:
    video = client.videos.create_and_poll(prompt="Mirelda Fogsworth walks", poll_interval_ms=200)
    decisions = video.to_dict()["kyodaku"]["decisions"]  # type: ignore[index]
    assert (video.status, decisions[0]["verdict"]) == ("completed", "permitted_with_duties")
    assert decisions[0]["permissions"] == ["yes"]
    content = client.videos.download_content(video.id).read()
    with c2pa.Reader("video/mp4", BytesIO(content)) as reader:
        told = json.loads(reader.json())
        assert reader.get_validation_state() == "Valid"
    manifest = told["manifests"][told["active_manifest"]]
    said = {each["label"]: each["data"] for each in manifest["assertions"]}["jp.kyodaku.permission"]
    assert (said["video"], said["licences"]) == (video.id, ["yes"])
    assert [each["decision_id"] for each in said["decisions"]] == [each["decision_id"] for each in decisions]


def test_a_picture_out_of_a_registered_film_is_refused(client: openai.OpenAI, lab: Lab, tmp_path: Path) -> None:
    with Decoder() as decoder:
        (frame,) = decoder.sample(lab.film, Sampling(mode="at", at=(2.0,)))
    Image.fromarray(frame.pixels).save(tmp_path / "frame.png")
    told = refused(lambda: client.videos.create(prompt="it moves", input_reference=tmp_path / "frame.png"))
    assert told["moment"] == "input"
    assert "film" in told["works"]  # type: ignore[operator]


def test_a_video_that_copies_a_registered_work_is_blocked_after_it_was_made(
    client: openai.OpenAI, lab: Lab, tmp_path: Path
) -> None:
    first = client.videos.create_and_poll(prompt="the sea", poll_interval_ms=200)
    (tmp_path / "theirs.mp4").write_bytes(client.videos.download_content(first.id).read())
    kyodaku("reference", "add", "film", tmp_path / "theirs.mp4", "--workspace", lab.workspace)
    time.sleep(2.5)  # so fresh is what the gate knows
    second = client.videos.create_and_poll(prompt="the sea", poll_interval_ms=200)
    assert (second.status, second.error and second.error.code) == ("failed", "moderation_blocked")
    with pytest.raises(openai.NotFoundError):
        client.videos.download_content(second.id)
    refused(lambda: client.videos.download_content(first.id))  # and what was made before is not shown any more
    told = json.loads(kyodaku("serve", "blocked", "--json", "--workspace", lab.workspace))["blocked"]
    assert [each["video"] for each in told] == [second.id, first.id]
    assert {work for each in told for work in each["works"]} >= {"film"}
    assert [len(each["thumbnails"]) for each in told] == [1, 1]


def test_jobs_survive_a_restart(client: openai.OpenAI, lab: Lab) -> None:
    waiting = client.videos.create(prompt="a lighthouse keeper walks", size="112x48")
    lab.process.kill()  # its worker and the pipeline have to find out by themselves
    lab.process.wait()
    until = time.monotonic() + 20
    while (left := in_group(lab.process.pid)) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == []
    lab.process = started(lab.command, lab.port)
    ended = client.videos.poll(waiting.id, poll_interval_ms=500)
    assert ended.status in ("completed", "failed")
    assert ended.error is None or ended.error.code == "moderation_blocked"


def test_what_was_decided_is_in_the_ledger(client: openai.OpenAI, lab: Lab) -> None:
    refused(lambda: client.videos.create(prompt="Borro Tidewhisker sleeps"))
    time.sleep(1.5)
    with Registry.open(lab.workspace) as registry:
        kinds = [entry for entry in registry.ledger.entries() if b'"generation-batch"' in entry]
    assert kinds
    assert "sound" in kyodaku("ledger", "verify", "--workspace", lab.workspace)
    assert "borro" in kyodaku("demand", "studio", "--workspace", lab.workspace)
