# SPDX-License-Identifier: Apache-2.0
"""Regimes compared on real, if small, video; and a finished run judged anew, with its media gone."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.examine import Examiner, Findings
from kyodaku.rights import Verdict, load_regime
from kyodaku.training import Comparison, Judge, clear, compare, load_use, use_from_json
from kyodaku.training.use import use_as_json
from kyodaku.workspace import Workspace
from support.pages import assert_stands_alone, tables, texts
from support.studio import EXPECTED, Studio

BOTH = ("jp-prior", "opt-out")


@pytest.fixture(scope="module")
def out(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared") / "out"
    with Workspace.open(studio.workspace) as workspace:
        clear(
            str(studio.manifest), folder, registry=workspace.registry, use=load_use(studio.use), also=["opt-out"],
            workers=2,
        )  # fmt: skip
    return folder


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line[65:]) for line in (out / "journal.jsonl").read_bytes().splitlines()]


def compared(studio: Studio, corpus: Path | str, regimes: tuple[str, ...] = BOTH, **options: Any) -> Comparison:
    with Workspace.open(studio.workspace) as workspace:
        return compare(str(corpus), registry=workspace.registry, regimes=regimes, **options)


def test_a_corpus_and_its_finished_run_compare_alike(studio: Studio, out: Path) -> None:
    use = load_use(studio.use)
    fresh = compared(studio, studio.manifest, use=use, workers=2).as_json()
    stored = compared(studio, out, use=use).as_json()
    assert stored["run"] == json.loads((out / "run.json").read_text())["id"]
    assert fresh.pop("run") is None
    assert stored.pop("run")
    assert fresh == stored


def test_it_counts_what_the_journal_holds(studio: Studio, out: Path) -> None:
    told = compared(studio, out).as_json()
    rows = lines(out)
    verdicts = Counter(tuple(row["decisions"][name]["verdict"] for name in BOTH) for row in rows)
    milliseconds: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        pair = tuple(row["decisions"][name]["verdict"] for name in BOTH)
        milliseconds[pair] += round(1000 * (row["findings"]["duration_s"] or 0))
    parted = {tuple(group["verdicts"].values()): (group["clips"], group["milliseconds"]) for group in told["parted"]}
    assert parted == {pair: (verdicts[pair], milliseconds[pair]) for pair in verdicts if len(set(pair)) > 1}
    assert verdicts == Counter(row[1:] for row in EXPECTED.values())
    pairs = {(pair["admits"], pair["does_not"]): pair["clips"] for pair in told["pairs"]}
    assert pairs == {("opt-out", "jp-prior"): verdicts["refused", "permitted"], ("jp-prior", "opt-out"): 0}
    assert told["all"]["clips"] == len(rows)
    assert told["regimes"]["jp-prior"]["admitted"]["clips"] == 3
    assert told["agreed"]["refused"]["clips"] == verdicts["refused", "refused"]


def test_every_clip_is_told_with_what_decided_and_whose_work_it_is(studio: Studio, out: Path) -> None:
    told = compared(studio, out).as_json()
    by_clip = {clip: alike for group in told["parted"] for alike in group["alike"] for clip in alike["first"]}
    assert set(by_clip) == {clip for clip, (_, prior, opt_out) in EXPECTED.items() if prior != opt_out}
    silent = by_clip["silent"]
    assert [(work["work"], sorted(work["holders"])) for work in silent["works"]] == [
        ("silent", ["publisher", "studio"])
    ]
    assert (silent["grounds"]["jp-prior"]["effect"], silent["grounds"]["opt-out"]["effect"]) == ("refused", "permitted")
    about = {(ground["work"], ground["party"]) for ground in silent["grounds"].values()}
    assert len(about) == 1


def test_judging_a_case_once_says_what_judging_each_clip_said(studio: Studio, out: Path) -> None:
    """A regression here would show a lawyer other reasons than the run decided by."""
    with Workspace.open(studio.workspace) as workspace:
        record = json.loads((out / "run.json").read_text())
        use = use_from_json(record["use"])
        judge = Judge.of(workspace.registry.snapshot(), use=use, regimes=[load_regime(name) for name in BOTH])
        for row in lines(out):
            case = judge.case(Findings.from_json(row["findings"]), row["claim"])
            for name, decision in zip(BOTH, judge.decisions_on(case), strict=True):
                kept = row["decisions"][name]
                assert [ground.as_json() for ground in decision.grounds] == kept["grounds"]
                assert decision.verdict.value == kept["verdict"]


def test_a_finished_run_is_judged_anew_with_its_media_gone_and_nothing_examined(
    studio: Studio, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(out, tmp_path / "elsewhere")
    record = json.loads((out / "run.json").read_text())
    assert Path(record["corpus_path"]).exists()
    monkeypatch.setattr(Examiner, "look", lambda *_: pytest.fail("examined"))
    monkeypatch.setattr("kyodaku.training.manifest.open_corpus", lambda *_: pytest.fail("the corpus was read"))
    assert compared(studio, tmp_path / "elsewhere").parting.whole.clips == len(EXPECTED)


def test_a_regime_of_ones_own_moves_the_hours(studio: Studio, out: Path, tmp_path: Path) -> None:
    text = resources.files("kyodaku.rights").joinpath("regimes/opt-out.yaml").read_text(encoding="utf-8")
    house = tmp_path / "house.yaml"
    house.write_text(text.replace("id: opt-out", "id: house", 1), encoding="utf-8")
    same = compared(studio, out, ("opt-out", str(house)))
    assert same.parting.parted == []
    assert texts(_page(same, tmp_path)).count("The regimes agree on every clip.") == 1
    stricter = text.replace("\nunidentified: permit\n", "\nunidentified: refuse\n")
    house.write_text(stricter.replace("id: opt-out", "id: house", 1), encoding="utf-8")
    moved = compared(studio, out, ("opt-out", str(house)))
    assert moved.parting.admitted["house"].seconds < moved.parting.admitted["opt-out"].seconds


def test_another_use_may_be_asked_of_the_same_findings(studio: Studio, out: Path) -> None:
    record = json.loads((out / "run.json").read_text())
    own = compared(studio, out)
    assert use_as_json(own.use) == record["use"]
    publish = use_from_json(record["use"] | {"act": "publish"})
    other = compared(studio, out, use=publish)
    assert other.as_json()["use"]["act"] == "publish"
    grounds = [ground for group in other.parting.parted for alike in group.alike for ground in alike.grounds]
    assert any(ground.work == "silent" and ground.effect == Verdict.REFUSED for ground in grounds)


def _page(comparison: Comparison, folder: Path, language: str = "en") -> str:
    comparison.write(folder / "page.html", language=language)
    return (folder / "page.html").read_text(encoding="utf-8")


def test_the_page_shows_the_numbers_of_the_journal(studio: Studio, out: Path, tmp_path: Path) -> None:
    comparison = compared(studio, out)
    page = _page(comparison, tmp_path)
    assert_stands_alone(page)
    admitted, against, *groups, agreed = tables(page)
    seconds = dict.fromkeys(BOTH, 0.0)
    clips = Counter[tuple[str, str]]()
    for row in lines(out):
        for name in BOTH:
            verdict = row["decisions"][name]["verdict"]
            clips[name, verdict] += 1
            seconds[name] += (row["findings"]["duration_s"] or 0.0) * Verdict(verdict).is_go
    rows = {row[0].split()[0]: row[1:] for row in admitted if len(row) == 6 and row[0] != "Regime"}
    for name in BOTH:
        counts = [f"{clips[name, verdict.value]}" for verdict in Verdict]
        assert [cell.split()[-2] for cell in rows[name][:4]] == counts
        assert rows[name][4].startswith(f"{seconds[name]:.1f} s")
    difference = seconds["opt-out"] - seconds["jp-prior"]
    assert [row[1:] for row in against[1:]] == [["—", "0 s 0 clips"], [f"{difference:.1f} s 2 clips", "—"]]
    assert [row[1].split() for row in groups[0][1:]] == [["refused"], ["permitted"]]
    assert [row[2] for row in agreed[1:]] == ["3", "0", "0", "2"]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "What each regime would admit"), ("ja", "各判断規則で利用できる範囲")]
)
def test_the_page_speaks_both_languages_whole(
    studio: Studio, out: Path, tmp_path: Path, language: str, words: str
) -> None:
    page = _page(compared(studio, out), tmp_path, language)
    assert f'id="language-{language}" checked' in page
    assert words in texts(page, language)
    title = {"en": "Silent", "ja": "沈黙の映画"}
    assert title[language] in texts(page, language)
    for name in BOTH:
        regime = load_regime(name)
        for text in (regime.title, regime.position, regime.disclaimer):
            assert text[language].split("“")[0].split("&")[0] in texts(page, language)
    assert {"en": "contested position", "ja": "見解の対立あり"}[language] in texts(page, language)


def test_names_that_are_no_text_reach_the_page_safely(studio: Studio, tmp_path: Path) -> None:
    manifest = studio.manifest.parent / "hostile.csv"
    manifest.write_text('clip_id,uri\n"<script>alert(1)</script>",silent.mp4\n', encoding="utf-8")
    try:
        comparison = compared(studio, manifest, use=load_use(studio.use), workers=1)
    finally:
        manifest.unlink()
    page = _page(comparison, tmp_path)
    assert_stands_alone(page)
    assert "<script>alert(1)</script>" in texts(page)


def test_what_cannot_be_compared_says_so(studio: Studio, out: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"what the use is.*--use"):
        compared(studio, studio.manifest)
    with pytest.raises(UsageError, match="two regimes or more"):
        compared(studio, out, ("jp-prior", "jp-prior"))
    text = resources.files("kyodaku.rights").joinpath("regimes/opt-out.yaml").read_text(encoding="utf-8")
    (tmp_path / "copy.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="two regimes have the same id"):
        compared(studio, out, ("opt-out", str(tmp_path / "copy.yaml")))


def test_a_run_that_did_not_end_or_was_altered_is_not_compared(studio: Studio, out: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    shutil.copytree(out, torn)
    journal = torn / "journal.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    with pytest.raises(IntegrityError, match=r"does not hold all its clips.*--resume"):
        compared(studio, torn)
    journal.write_bytes(whole.replace(b'"verdict":"refused"', b'"verdict":"permitted"', 1))
    with pytest.raises(IntegrityError, match="not of this run"):
        compared(studio, torn)
    journal.write_bytes(whole)
    record = json.loads((torn / "run.json").read_text())
    (torn / "run.json").write_text(json.dumps(record | {"use": record["use"] | {"developer": "another"}}))
    with pytest.raises(IntegrityError, match="not of this run"):
        compared(studio, torn)
    del record["finished_at"]
    (torn / "run.json").write_text(json.dumps(record))
    with pytest.raises(UsageError, match=r"has not come to its end.*--resume"):
        compared(studio, torn)


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000, '{"schema": "kyodaku/run/v9"}'])
def test_what_only_looks_like_a_run_is_told_in_one_line(studio: Studio, tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(KyodakuError, match=r"run\.json"):
        compared(studio, tmp_path)


def test_another_workspace_does_not_vouch_for_a_run(studio: Studio, out: Path, tmp_path: Path) -> None:
    with (
        Workspace.open(tmp_path / "ws", create=True) as workspace,
        pytest.raises(IntegrityError, match="not of this run"),
    ):
        compare(str(out), registry=workspace.registry, regimes=BOTH)
