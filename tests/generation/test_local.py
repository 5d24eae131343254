# SPDX-License-Identifier: Apache-2.0
"""A real pipeline of `diffusers`, loaded from disk in its own process: tiny, untrained, and treated like any other."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from PIL import Image

pytest.importorskip("diffusers")

from kyodaku.generation.generators import GeneratorError, Progress, TicketLost
from kyodaku.generation.generators.local import DiffusersPipeline
from support.generating import job
from support.pipelines import save_tiny_pipeline

SMALL = {"height": 64, "width": 96, "num_inference_steps": 2, "fps": 8, "max_sequence_length": 32}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_pipeline(tmp_path_factory.mktemp("pipeline"))


@pytest.fixture(scope="module")
def pipeline(weights: Path) -> Iterator[DiffusersPipeline]:
    made = DiffusersPipeline(str(weights), options=SMALL)
    yield made
    made.close()


def ended(generator: DiffusersPipeline, ticket: str) -> Progress:
    until = time.monotonic() + 60
    while (progress := generator.look(ticket)).state == "running" and time.monotonic() < until:
        time.sleep(0.05)
    return progress


def frames_of(video: Path) -> tuple[int, int, int]:
    with av.open(str(video)) as container:
        frames = list(container.decode(video=0))
    return len(frames), frames[0].width, frames[0].height


def test_a_prompt_becomes_a_video(pipeline: DiffusersPipeline, tmp_path: Path) -> None:
    ticket = pipeline.start(job(prompt="a red fox runs", seconds="4"), tmp_path, source_ticket=None)
    assert ended(pipeline, ticket) == Progress(state="done", percent=100)
    pipeline.fetch(ticket, tmp_path / "video.mp4")
    assert frames_of(tmp_path / "video.mp4") == (33, 96, 64)
    with pytest.raises(TicketLost):
        pipeline.fetch(ticket, tmp_path / "again.mp4")


def test_the_size_of_the_request_is_taken_unless_an_option_says_otherwise(weights: Path, tmp_path: Path) -> None:
    free = DiffusersPipeline(str(weights), options={name: SMALL[name] for name in ("num_inference_steps", "fps")})
    try:
        ticket = free.start(job(prompt="a cat", size="112x48", seconds="1"), tmp_path, source_ticket=None)
        assert ended(free, ticket).state == "done"
        free.fetch(ticket, tmp_path / "video.mp4")
        assert frames_of(tmp_path / "video.mp4") == (9, 112, 48)
    finally:
        free.close()


@pytest.mark.parametrize("odd", ["", "\ud800", "狐が走る", "a" * 100_000])
def test_odd_prompts_cost_their_own_job_at_most(pipeline: DiffusersPipeline, tmp_path: Path, odd: str) -> None:
    ticket = pipeline.start(job(prompt=odd, seconds="1"), tmp_path, source_ticket=None)
    assert ended(pipeline, ticket).state in ("done", "failed")
    after = pipeline.start(job(prompt="a cat", seconds="1"), tmp_path, source_ticket=None)
    assert ended(pipeline, after).state == "done"


def test_a_picture_for_a_pipeline_that_takes_none_is_said(pipeline: DiffusersPipeline, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "reference.png")
    ticket = pipeline.start(job(references=("reference.png",)), tmp_path, source_ticket=None)
    told = ended(pipeline, ticket)
    assert (told.state, "takes no reference picture" in told.message) == ("failed", True)


@pytest.mark.parametrize("operation", ["edit", "extend"])
def test_what_it_cannot_do_is_said(pipeline: DiffusersPipeline, tmp_path: Path, operation: str) -> None:
    with pytest.raises(GeneratorError, match=f"cannot {operation} videos") as raised:
        pipeline.start(job(operation=operation, source="source.mp4"), tmp_path, source_ticket=None)
    assert raised.value.is_lasting


def test_a_process_that_dies_fails_its_jobs_and_is_started_anew(weights: Path, tmp_path: Path) -> None:
    generator = DiffusersPipeline(str(weights), options=SMALL | {"num_inference_steps": 10_000})
    try:
        ticket = generator.start(job(prompt="a cat"), tmp_path, source_ticket=None)
        assert generator._process is not None
        os.kill(generator._process.pid, signal.SIGKILL)
        assert ended(generator, ticket).code == "generator_died"
        assert generator.start(job(prompt="a dog"), tmp_path, source_ticket=None)
    finally:
        generator.close()


def test_a_job_that_is_given_up_stops(weights: Path, tmp_path: Path) -> None:
    generator = DiffusersPipeline(str(weights), options=SMALL | {"num_inference_steps": 100_000})
    try:
        ticket = generator.start(job(prompt="a cat"), tmp_path, source_ticket=None)
        process = generator._process
        generator.forget(ticket)
        assert process is not None
        assert process.poll() is not None
        with pytest.raises(TicketLost):
            generator.look(ticket)
    finally:
        generator.close()


@pytest.mark.parametrize("broken", ["missing", "empty", "pickle"])
def test_a_pipeline_that_cannot_be_loaded_says_why(weights: Path, tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "pipeline"
    if broken == "empty":
        folder.mkdir()
    if broken == "pickle":  # weights that could run code are not read, even where there are no others
        save_tiny_pipeline(folder)
        for file in folder.rglob("*.safetensors"):
            file.with_name(file.name.replace(".safetensors", ".bin")).write_bytes(file.read_bytes())
            file.unlink()
    generator = DiffusersPipeline(str(folder), options=SMALL)
    try:
        with pytest.raises(GeneratorError, match=r"the pipeline cannot be loaded$"):
            generator.start(job(), tmp_path, source_ticket=None)
    finally:
        generator.close()
