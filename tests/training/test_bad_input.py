# SPDX-License-Identifier: Apache-2.0
"""A corpus of everything that crawls produce: one clear error a clip, never permitted, and the run goes on.

Every row claims CC0, so that a file taken for harmless would be permitted and show.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow.parquet as pq
import pytest

from kyodaku.media import Limits
from kyodaku.training import clear, load_use
from kyodaku.workspace import Workspace
from support.films import frame, write_film
from support.media_files import (
    numbered_frames,
    plain_frame,
    write_audio,
    write_h264_bomb,
    write_image,
    write_png_bomb,
    write_video,
)
from support.studio import Studio

Row = dict[str, Any]

EXPECTED = {
    "empty.mp4": "empty",
    "text.mp4": "unsupported",
    "playlist.mp4": "unsupported",
    "sound.mp4": "unsupported",
    "folder.mp4": "unsupported",
    "pipe.mp4": "unsupported",
    "loop.mp4": "unsupported",
    "absent.mp4": "unsupported",
    "../outside-that-is-not-there.mp4": "unsupported",
    "headless.mp4": "corrupt",
    "cut-to-nothing.mp4": "corrupt",
    "noise.mp4": "unsupported",
    "picture-bomb.png": "too_large",
    "film-bomb.mp4": "too_large",
    "long.mp4": "too_large",
    "s3://bucket/film.mp4": "unsupported",
}
HEALTHY = ("one-frame.mp4", "wrong-ending.txt", "still.jpg", "日本語.mp4", "twin-a.mp4", "twin-b.mp4")
BLANK = ("one-red-frame.mp4", "green.jpg")


@pytest.fixture(scope="module")
def rows(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    root = tmp_path_factory.mktemp("hostile")
    _make(root / "corpus", studio)
    manifest = root / "corpus" / "manifest.csv"
    with manifest.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["uri", "licence"])
        writer.writerows([name, "CC0-1.0"] for name in [*EXPECTED, *HEALTHY, *BLANK])
    with Workspace.open(studio.workspace) as workspace:
        clear(
            str(manifest),
            root / "out",
            registry=workspace.registry,
            use=load_use(studio.use),
            workers=2,
            limits=Limits(max_duration_s=60, wall_s=30),
        )
    found: list[Row] = pq.read_table(root / "out" / "decisions.parquet").to_pylist()
    assert len(found) == len(EXPECTED) + len(HEALTHY) + len(BLANK)
    return {row["clip_id"]: row for row in found}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_cannot_be_examined_has_one_clear_error_and_is_never_permitted(rows: dict[str, Row], name: str) -> None:
    row = rows[name]
    kind, _, message = row["error"].partition(": ")
    assert kind == EXPECTED[name], row["error"]
    assert message
    assert "\n" not in message
    assert row["verdict"] == "refused"


@pytest.mark.parametrize("name", HEALTHY)
def test_what_only_looks_odd_is_examined(rows: dict[str, Row], name: str) -> None:
    assert rows[name]["error"] is None
    assert rows[name]["matches"] == []
    assert rows[name]["verdict"] == "permitted"


@pytest.mark.parametrize("name", BLANK)
def test_what_shows_nothing_goes_to_a_person_whatever_it_claims(rows: dict[str, Row], name: str) -> None:
    assert rows[name]["error"] is None
    assert rows[name]["matches"] == []
    assert rows[name]["verdict"] == "review"


def test_clips_with_the_same_bytes_are_decided_alike(rows: dict[str, Row]) -> None:
    one, other = rows["twin-a.mp4"], rows["twin-b.mp4"]
    assert one["sha256"] == other["sha256"]
    assert one["decision_id"] == other["decision_id"]


def test_damage_in_the_middle_of_a_refused_film_does_not_hide_it(studio: Studio, tmp_path: Path) -> None:
    content = bytearray(studio.film("refused").read_bytes())
    random = np.random.default_rng(5)
    for position in random.integers(len(content) // 4, len(content) * 3 // 4, 12):
        content[position] ^= 0xFF
    (tmp_path / "damaged.mp4").write_bytes(content)
    with Workspace.open(studio.workspace) as workspace:
        checked = workspace.check(tmp_path / "damaged.mp4", use=load_use(studio.use))
    assert checked.decision.verdict == "refused"
    assert "refused" in {match.work for match in checked.findings.matches or ()}


def _make(corpus: Path, studio: Studio) -> None:
    corpus.mkdir()
    film = studio.film("granted").read_bytes()
    (corpus / "empty.mp4").touch()
    (corpus / "text.mp4").write_text("<html>not a film</html>")
    (corpus / "playlist.mp4").write_text("#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n")
    write_audio(corpus / "sound.mp4")
    (corpus / "folder.mp4").mkdir()
    os.mkfifo(corpus / "pipe.mp4")
    (corpus / "loop.mp4").symlink_to(corpus / "loop.mp4")
    (corpus / "headless.mp4").write_bytes(film[:32] + bytes(len(film) - 32))
    (corpus / "cut-to-nothing.mp4").write_bytes(film[:200])
    (corpus / "noise.mp4").write_bytes(np.random.default_rng(1).bytes(50_000))
    write_png_bomb(corpus / "picture-bomb.png", 60_000, 60_000)
    write_h264_bomb(corpus / "film-bomb.mp4", 16_384, 16_384)
    write_video(corpus / "long.mp4", numbered_frames(100), fps=1)
    write_video(corpus / "one-frame.mp4", [frame(33, 0.0)])
    write_image(corpus / "still.jpg", frame(34, 0.0))
    write_video(corpus / "one-red-frame.mp4", [plain_frame((200, 40, 40))])
    write_image(corpus / "green.jpg", plain_frame((30, 90, 30)))
    write_film(corpus / "日本語.mp4", seed=31, seconds=3)
    write_film(corpus / "twin-a.mp4", seed=32, seconds=3)
    (corpus / "twin-b.mp4").write_bytes((corpus / "twin-a.mp4").read_bytes())
    (corpus / "wrong-ending.txt").write_bytes((corpus / "日本語.mp4").read_bytes())


def test_a_file_that_holds_several_films_is_not_taken_for_examined(studio: Studio, tmp_path: Path) -> None:
    two = tmp_path / "two.mkv"
    with av.open(str(two), "w") as container:
        streams = [container.add_stream("libx264", rate=12, width=192, height=108) for _ in range(2)]
        for number in range(24):
            for seed, stream in enumerate(streams, 40):
                picture = av.VideoFrame.from_ndarray(frame(seed, number / 12), format="rgb24")
                container.mux(stream.encode(picture))
        for stream in streams:
            container.mux(stream.encode())
    with Workspace.open(studio.workspace) as workspace:
        checked = workspace.check(two, use=load_use(studio.use))
    assert checked.findings.error == "unsupported: the file holds 2 films and only the first was examined; split it"
    assert checked.decision.verdict == "refused"
