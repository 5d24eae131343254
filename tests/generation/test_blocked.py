# SPDX-License-Identifier: Apache-2.0
"""Of a blocked video its hash and its decision remain, and pictures only where the policy allows them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from kyodaku.errors import KyodakuError
from kyodaku.generation.answer import Answer
from kyodaku.generation.blocked import BlockedVideos
from support.films import write_film
from support.generating import START, answer, job

SPANS = (
    {"work": "film-1", "q_start": 1.0, "q_end": 3.0, "score": 0.9},
    {"work": "film-2", "q_start": 4.0, "q_end": 8.0, "score": 0.8},
    {"work": "film-3", "q_start": 5.5, "q_end": 6.5, "score": 0.8},
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "held.mp4", seed=6)


@pytest.fixture
def refused() -> Answer:
    return replace(answer("refused"), findings=SPANS)


def test_the_hash_the_decision_and_the_spans_remain(tmp_path: Path, film: Path, refused: Answer) -> None:
    blocked, made = BlockedVideos(tmp_path / "blocked"), job(prompt="a secret")
    sha256 = blocked.keep(made, film, refused, at=START)
    (record,) = blocked.all()
    assert sha256 == record["sha256"] == hashlib.sha256(film.read_bytes()).hexdigest()
    assert (record["video"], record["verdict"], record["thumbnails"]) == (made.id, "refused", [])
    assert [finding["q_start"] for finding in record["findings"]] == [1.0, 4.0, 5.5]
    assert record["decision_id"] == refused.decision.decision_id
    assert [path.name for path in (tmp_path / "blocked").iterdir()] == [f"{made.id}.json"]
    assert "secret" not in (tmp_path / "blocked" / f"{made.id}.json").read_text()


def test_as_many_small_pictures_as_are_allowed_are_kept(tmp_path: Path, film: Path, refused: Answer) -> None:
    blocked = BlockedVideos(tmp_path)
    blocked.keep(job(), film, refused, at=START, thumbnails=1)
    blocked.keep(job(), film, refused, at=START.replace(hour=13), thumbnails=8)
    first, second = blocked.all()
    assert [(each["at_s"], each["works"]) for each in first["thumbnails"]] == [(2.0, ["film-1"])]
    assert [each["works"] for each in second["thumbnails"]] == [["film-1"], ["film-2", "film-3"]]
    for each in (*first["thumbnails"], *second["thumbnails"]):
        with Image.open(tmp_path / each["file"]) as picture:
            assert max(picture.size) == 160


def test_a_video_without_spans_has_no_pictures(tmp_path: Path, film: Path) -> None:
    blocked = BlockedVideos(tmp_path)
    blocked.keep(job(), film, answer("refused"), at=START, thumbnails=8)
    assert next(blocked.all())["thumbnails"] == []


def test_what_cannot_be_kept_or_read_is_said(tmp_path: Path, film: Path, refused: Answer) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(KyodakuError, match="cannot be recorded"):
        BlockedVideos(tmp_path / "a file").keep(job(), film, refused, at=START)
    with pytest.raises(KyodakuError, match="cannot be recorded"):
        BlockedVideos(tmp_path).keep(job(), tmp_path / "gone.mp4", refused, at=START)
    (tmp_path / "video_0.json").write_text("[]")
    with pytest.raises(KyodakuError, match="no record of a blocked video"):
        list(BlockedVideos(tmp_path).all())
    assert list(BlockedVideos(tmp_path / "none").all()) == []
