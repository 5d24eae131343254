# SPDX-License-Identifier: Apache-2.0
"""A folder of eight small drawn films with an index, and one copy of the first that somebody is said to have made."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyodaku.bench.collection import Collection, load_collection
from kyodaku.bench.drawing import draw_film
from kyodaku.edits import EDITS

WORKS = ("first_a", "first_b", "second", "third", "fourth", "made_1", "made_2")
SECONDS = 9.0


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    lines = ["file\twork_id\trole\tduration_s\tnote"]
    for seed, work in enumerate(WORKS):
        draw_film(folder / f"{work}.mp4", seed=seed, seconds=SECONDS)
        role = "generated" if work.startswith("made") else "work"
        lines.append(f"{work}.mp4\t{work}\t{role}\t{SECONDS}\tdrawn")
    draw_film(folder / "copy.mp4", seed=0, seconds=6.0, size=(320, 180))
    lines.append("copy.mp4\tfirst_a\tnatural_copy\t6\tdrawn larger")
    (folder / "INDEX.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "NATURAL_COPIES.tsv").write_text(
        "query\treference\tq_start\tq_end\tr_start\tr_end\ncopy.mp4\tfirst_a.mp4\t0\t6\t0\t6\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="session")
def collection(media: Path) -> Collection:
    return load_collection(media)


@pytest.fixture
def few_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole runs ask about some families only: what is measured is the run."""
    some = ("reencode", "crop", "pip", "speed", "insert")
    monkeypatch.setattr("kyodaku.bench.plan.EDITS", {name: EDITS[name] for name in some})
