# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from kyodaku import demo
from kyodaku.demo.render import Task, _Counter, _run
from kyodaku.errors import KyodakuError
from kyodaku.registry import Registry
from kyodaku.rights import Facts, Finding, RightsRecord, Use, basis_from_claim, decide, load_regime

Rendered = tuple[Path, demo.DemoPaths]


SIGNED = {"cawg", "c2pa"}
"""Clips whose signature is another each time."""


def truth(paths: demo.DemoPaths) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", json.loads(paths.truth.read_text(encoding="utf-8"))["clips"])


def manifest(paths: demo.DemoPaths) -> list[dict[str, str]]:
    with paths.manifest.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def frames(path: Path) -> list[NDArray[np.float64]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray").astype(float) for frame in container.decode(video=0)]


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_four_registered_films_and_four_others_are_there(rendered: Rendered) -> None:
    root, paths = rendered
    assert sorted(paths.works) == ["clockwork-fox", "moon-lighthouse", "neon-courier", "summer-tram"]
    assert {path.name for path in paths.films.iterdir()} == {f"{work}.mp4" for work in paths.works}
    assert len(list((root / "films-elsewhere").iterdir())) == 4
    for film in demo.FILMS.values():
        seconds = sum(scene.seconds for scene in film.scenes)
        assert len(frames(root / film.file)) == pytest.approx(seconds * 12 * 0.2, abs=len(film.scenes))


def test_another_run_with_another_number_of_workers_writes_the_same_bytes(rendered: Rendered, tmp_path: Path) -> None:
    root, _ = rendered
    reported: list[tuple[int, int, str]] = []
    first = json.loads((root / ".rendered.json").read_text(encoding="utf-8"))["detail"]
    demo.render(tmp_path, workers=1, detail=demo.Detail(**first), progress=lambda *now: reported.append(now))
    one, other = files(tmp_path), files(root)
    signed = {f"corpus/{clip['clip_id']}" for clip in truth(demo.DemoPaths.of(root)) if clip.get("signal") in SIGNED}
    assert one.keys() == other.keys()
    assert {name for name in one if one[name] != other[name]} - {".rendered.json"} == signed
    assert [done for done, _, _ in reported] == list(range(1, len(reported) + 1))
    assert reported[-1][:2] == (len(demo.FILMS) + len(truth(demo.DemoPaths.of(root))),) * 2


def test_what_is_there_already_is_left_alone(rendered: Rendered) -> None:
    root, paths = rendered
    before = paths.truth.stat().st_mtime_ns
    said = json.loads((root / ".rendered.json").read_text(encoding="utf-8"))
    assert demo.render(root, detail=demo.Detail(**said["detail"])) == paths
    assert paths.truth.stat().st_mtime_ns == before


@pytest.mark.parametrize("marker", ["", "no json", '{"version": 0, "sizes": {}}', '{"version": 1, "sizes": 3}'])
def test_a_marker_of_another_version_counts_for_nothing(marker: str, tmp_path: Path) -> None:
    (tmp_path / ".rendered.json").write_text(marker, encoding="utf-8")
    assert not demo.render.__globals__["_is_done"](tmp_path, demo.FULL)


def test_a_lost_film_makes_it_be_drawn_again(rendered: Rendered) -> None:
    root, paths = rendered
    said = json.loads((root / ".rendered.json").read_text(encoding="utf-8"))
    is_done = demo.render.__globals__["_is_done"]
    assert is_done(root, demo.Detail(**said["detail"]))
    assert not is_done(root, demo.FULL)
    film = paths.works["summer-tram"]
    moved = film.rename(film.with_suffix(".gone"))
    assert not is_done(root, demo.Detail(**said["detail"]))
    moved.rename(film)


def test_a_killed_worker_is_told_in_one_line() -> None:
    tasks: list[tuple[str, Task]] = [("film", cast("Task", partial(os._exit, 9)))]
    with (
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool,
        pytest.raises(KyodakuError, match="was killed"),
    ):
        list(_run(tasks, pool, _Counter(1, None)))


# --- the corpus ----------------------------------------------------------------------------------------------------


def test_the_corpus_has_every_kind_of_clip_that_the_story_needs(rendered: Rendered) -> None:
    _, paths = rendered
    rows, known = manifest(paths), truth(paths)
    assert tuple(rows[0]) == demo.COLUMNS
    assert [row["clip_id"] for row in rows] == [clip["clip_id"] for clip in known]
    assert 56 <= len(rows) <= 76
    assert len({row["clip_id"] for row in rows}) == len(rows)
    used = {part.rsplit("-", 1)[0] for clip in known for part in clip["edit"].split("+")}
    assert used >= {
        "reencode",
        "crop",
        "mirror",
        "caption",
        "border",
        "letterbox",
        "pip",
        "speed",
        "reorder",
        "compiled",
    }
    assert used >= {"empty", "truncated", "text", "sound", "flipped", "missing", "one_frame", "still"}
    assert any(not row["uri"].isascii() for row in rows)
    assert {row["licence"] for row in rows} >= {"", "CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0"}
    refused_but_free = [
        c for c in known if "clockwork-fox" in c["works"] and c["licence"] in {"CC0-1.0", "public domain"}
    ]
    assert len(refused_but_free) >= 2


def test_every_file_is_there_but_the_one_that_is_not(rendered: Rendered) -> None:
    _, paths = rendered
    missing = [clip["edit"] for clip in truth(paths) if not (paths.corpus / clip["uri"]).exists()]
    assert missing == ["missing"]


def test_spans_lie_within_clip_and_film(rendered: Rendered) -> None:
    _, paths = rendered
    lengths = {work: len(frames(film)) / 12 for work, film in paths.works.items()}
    for clip in truth(paths):
        for span in clip["spans"]:
            assert 0 <= span["q_start"] < span["q_end"] <= clip["seconds"] + 0.01
            assert 0 <= span["r_start"] < span["r_end"] <= lengths[span["work"]] + 0.2
        assert {span["work"] for span in clip["spans"]} == set(clip["works"])


def test_a_mirrored_clip_shows_the_film_mirrored_where_the_truth_says(rendered: Rendered) -> None:
    _, paths = rendered
    (clip,) = [clip for clip in truth(paths) if clip["clip_id"] == "lighthouse-mirrored.mp4"]
    (span,) = clip["spans"]
    assert span["mirrored"]
    copy, film = frames(paths.corpus / clip["uri"]), frames(paths.works[span["work"]])
    for number in range(2, len(copy) - 2, 5):
        original = film[round(span["r_start"] * 12) + number]
        fits = np.corrcoef(copy[number][:, ::-1].ravel(), original.ravel())[0, 1]
        assert fits > 0.95
        assert fits > np.corrcoef(copy[number].ravel(), original.ravel())[0, 1]


@pytest.mark.parametrize("how", ["empty", "truncated", "text", "sound", "flipped"])
def test_broken_files_have_no_pictures(how: str, rendered: Rendered) -> None:
    _, paths = rendered
    (clip,) = [clip for clip in truth(paths) if clip["edit"] == how]
    with pytest.raises((av.FFmpegError, IndexError)):
        frames(paths.corpus / clip["uri"])


def test_odd_but_whole_files_can_be_read(rendered: Rendered) -> None:
    _, paths = rendered
    for how in ("one_frame", "still"):
        (clip,) = [clip for clip in truth(paths) if clip["edit"] == how]
        assert len(frames(paths.corpus / clip["uri"])) == 1


# --- the registry and the law --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def record(rendered: Rendered, tmp_path_factory: pytest.TempPathFactory) -> RightsRecord:
    registry = Registry.open(tmp_path_factory.mktemp("workspace") / "ws", create=True)
    registry.import_files([rendered[1].registry])
    return registry.record()


def test_the_registry_file_is_accepted_by_the_registry(record: RightsRecord) -> None:
    works = dict(record.works)
    assert len(works["summer-tram"].shares) == 3
    assert works["neon-courier"].derived_from == ("neon-courier-manga",)
    assert all({"en", "ja"} <= set(party.name) for party in record.parties.values())


@pytest.mark.parametrize("regime", ["jp-prior", "opt-out"])
def test_what_the_truth_expects_is_what_the_law_says(regime: str, rendered: Rendered, record: RightsRecord) -> None:
    _, paths = rendered
    stated = yaml.safe_load(paths.use.read_text(encoding="utf-8"))
    use = Use(**{**stated, "territory": tuple(stated["territory"]), "at": datetime.now(UTC)})
    rows = {row["clip_id"]: row for row in manifest(paths)}
    for clip in truth(paths):
        row = rows[clip["clip_id"]]
        facts: Facts = record.facts(
            findings=[Finding(work=work) for work in clip["works"]],
            basis=basis_from_claim(row["licence"], row["owner"], row["source"], use.developer),
            examined=clip["kind"] != "broken",
            error="corrupt: test" if clip["kind"] == "broken" else None,
        )
        assert decide(use, facts, load_regime(regime)).verdict in clip["expected"][regime], clip["clip_id"]
