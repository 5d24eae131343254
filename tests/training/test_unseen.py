# SPDX-License-Identifier: Apache-2.0
"""What nobody could see is for a person, whoever granted what: black clips, walls of more films than are searched."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from PIL import Image

from kyodaku.examine import MOST_UNSEEN, Findings, WorkMatch
from kyodaku.rights import load_regime
from kyodaku.training import Judge, clear, compare, load_use
from kyodaku.workspace import Workspace
from support import films
from support.pages import texts
from support.sounds import tune, write_film

Pixels = NDArray[np.uint8]

REGISTRY = """
parties:
  - {id: studio, kind: holder, name: {en: Studio}}
  - {id: lab, kind: developer, name: {en: Lab}}
works:
  - {id: granted, kind: film, title: {en: Granted}, shares: [{party: studio, rights: all}]}
permissions:
  - {id: yes, kind: grant, by: studio, to: lab, works: [granted], acts: [train], effective_from: 2026-01-01T00:00:00Z}
"""
USE = "{developer: lab, act: train, territory: [JP]}"
MANIFEST = """\
clip_id,uri,licence
black,black.mp4,CC0-1.0
black-granted,black.mp4,grant:yes
black-unclaimed,black.mp4,
mostly,mostly.mp4,CC0-1.0
sung,sung.mp4,
hummed,hummed.mp4,CC0-1.0
wall,wall.mp4,CC0-1.0
"""
BLACK = np.zeros((films.SIZE[1], films.SIZE[0], 3), dtype=np.uint8)
SECONDS = 8


def shown(seed: int, seconds: float) -> list[Pixels]:
    return [films.frame(seed, number / 10) for number in range(round(10 * seconds))]


def wall() -> Iterator[Pixels]:
    """Six by four films at once, as in a conference: twice as many as are searched."""
    for number in range(10 * 6):
        picture = Image.new("RGB", (6 * 108 + 8, 4 * 72 + 8), (30, 30, 30))
        for place in range(24):
            part = Image.fromarray(films.frame(100 + place, number / 10 + 0.37 * place)).resize((100, 64))
            picture.paste(part, (8 + 108 * (place % 6), 8 + 72 * (place // 6)))
        yield np.asarray(picture)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("unseen")
    corpus = root / "corpus"
    corpus.mkdir()
    (root / "registry.yaml").write_text(REGISTRY)
    (root / "use.yaml").write_text(USE)
    (corpus / "list.csv").write_text(MANIFEST)
    black = [BLACK] * (10 * SECONDS)
    song, other = tune(3, 16, rate=16_000), tune(4, SECONDS, rate=16_000)
    write_film(corpus / "black.mp4", [], frames=black)
    write_film(corpus / "mostly.mp4", [], frames=[*shown(50, 9), *islice(black, 10)])
    write_film(corpus / "sung.mp4", [song[3 * 16_000 : (3 + SECONDS) * 16_000]], frames=black)
    write_film(corpus / "hummed.mp4", [other], frames=black)
    write_film(corpus / "wall.mp4", [], frames=list(wall()))
    with Workspace.open(root / "workspace", create=True) as workspace:
        workspace.import_registry([root / "registry.yaml"])
        film = write_film(root / "film.mp4", [song], frames=shown(1, 16))
        assert workspace.add_reference("granted", film).error is None
        use = load_use(root / "use.yaml")
        clear(str(corpus / "list.csv"), root / "out", registry=workspace.registry, use=use, also=["opt-out"], workers=1)
    return root


@pytest.fixture(scope="module")
def rows(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["clip_id"]: row for row in pq.read_table(folder / "out" / "decisions.parquet").to_pylist()}


@pytest.mark.parametrize(
    ("clip", "verdict"),
    [
        ("black", "review"),
        ("black-granted", "review"),
        ("black-unclaimed", "refused"),
        ("mostly", "permitted"),
        ("sung", "permitted"),
        ("hummed", "review"),
        ("wall", "review"),
    ],
)
def test_what_could_not_be_seen_is_never_cleared(rows: dict[str, dict[str, Any]], clip: str, verdict: str) -> None:
    row = rows[clip]
    assert (row["verdict"], row["error"]) == (verdict, None)
    unseen = [ground for ground in row["grounds"] if ground["rule"] == "jp-prior/unseen"]
    assert len(unseen) == (verdict != "permitted")
    for ground in unseen:
        assert ("more pictures than were searched" in ground["text"]["en"]) == (clip == "wall")
        assert ("黒画面" in ground["text"]["ja"]) == (clip != "wall")
        assert "a copy of which all can be seen" in ground["would_change"]["en"]


def test_only_what_was_seen_or_settled_by_its_sound_may_be_copied(folder: Path) -> None:
    assert pq.read_table(folder / "out" / "cleared.parquet")["clip_id"].to_pylist() == ["mostly", "sung"]


def test_opt_out_lets_nothing_unseen_through_either(folder: Path) -> None:
    with Workspace.open(folder / "workspace") as workspace:
        told = compare(str(folder / "out"), registry=workspace.registry, regimes=["opt-out", "us"])
    assert told.tallies["opt-out"].clips == {"permitted": 2, "permitted_with_duties": 0, "review": 5, "refused": 0}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_report_names_them_with_their_seconds(folder: Path, language: str) -> None:
    page = texts((folder / "out" / "report.html").read_text(encoding="utf-8"), language)
    wanted = {
        "en": ("Clips that could not be seen as a whole", "Of its 8.0 s, 8.0 s show nothing that could be compared"),
        "ja": ("全体を見ることができなかった素材", "全8.0秒のうち8.0秒は、比較できる映像がありません"),
    }
    assert all(text in page for text in wanted[language])
    assert ("were left out" if language == "en" else "件が照合されていません") in page


def findings(*heard: tuple[float, float], unseen: float = 1.0, band: Any = "match", **fields: Any) -> Findings:
    matches = tuple(
        WorkMatch(
            work="granted",
            reference="r",
            q_start=start,
            q_end=end,
            r_start=start,
            r_end=end,
            score=0.9,
            band=band,
            witness="sound",
        )
        for start, end in heard
    )
    return Findings(matches=matches, unseen=unseen, duration_s=10.0, **fields)


@pytest.mark.parametrize(
    ("found", "hardly"),
    [
        (findings(unseen=0.1), False),
        (findings(unseen=MOST_UNSEEN), False),
        (findings(unseen=MOST_UNSEEN + 0.01), True),
        (findings((0, 10)), False),
        (findings((0, 5), (2, 6)), False),
        (findings((0, 0.5)), True),
        (findings((0, 0.6), (0.2, 0.8)), True),
        (findings((0, 10), band="review"), True),
        (Findings(matches=(), unseen=1.0), True),
    ],
)
def test_sound_makes_up_for_the_time_in_which_it_is_known(found: Findings, *, hardly: bool) -> None:
    assert found.is_hardly_seen == hardly


def test_pictures_that_agree_make_up_for_nothing_that_was_not_seen() -> None:
    (match,) = findings((0, 10)).matches or ()
    seen = Findings(
        matches=(WorkMatch.from_json({**match.as_json(), "witness": "picture"}),), unseen=0.95, duration_s=10.0
    )
    assert seen.is_hardly_seen


@pytest.mark.parametrize(
    ("found", "unseen"),
    [
        (findings(parts_omitted=2), ("time", "parts")),
        (findings(unseen=0.0, parts_omitted=1), ("parts",)),
        (findings(parts_omitted=2, error="corrupt: cut off"), ()),
        (findings(unseen=0.0), ()),
    ],
)
def test_what_is_judged_tells_what_was_not_seen(folder: Path, found: Findings, unseen: tuple[str, ...]) -> None:
    with Workspace.open(folder / "workspace") as workspace:
        snapshot = workspace.registry.snapshot()
        judge = Judge.of(snapshot, use=load_use(folder / "use.yaml"), regimes=[load_regime()])
    case = judge.case(found, {})
    assert case.unseen == unseen
    (alone,), (grouped,) = (
        judge.decisions(found, {"licence": "CC0-1.0"}),
        judge.decisions_on(judge.case(found, {"licence": "CC0-1.0"})),
    )
    assert alone.verdict == grouped.verdict
    assert alone.verdict.is_go == (not unseen and found.error is None)
