# SPDX-License-Identifier: Apache-2.0
"""What a use, a row and a holder may say beyond the plain case, from the file to the verdict and the page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kyodaku.rights import REGIMES
from kyodaku.training import clear, compare, load_use
from kyodaku.workspace import Workspace
from support.pages import assert_stands_alone, texts
from support.studio import Studio

LATER = """\
parties:
  - {id: rival, kind: developer, name: {en: Rival Lab, ja: 競合ラボ}}
permissions:
  - {id: sole, kind: grant, by: studio, to: rival, works: [silent], acts: [train], exclusive: true}
  - {id: second, kind: grant, by: studio, to: lab, works: [silent], acts: [train]}
  - {id: both, kind: grant, by: publisher, to: lab, works: [silent], acts: [train]}
"""
RULING = 'ruling:2026-3,silent,"50,000 yen",2026-04-01T00:00:00+09:00,2029-04-01T00:00:00+09:00'
ROWS = f"""\
clip_id,uri,source,lawful_access,licence,ruling_works,ruling_fee,ruling_from,ruling_until
plain,silent.mp4,,,,,,,
ruled,silent.mp4,,,{RULING}
half,silent.mp4,,,ruling:2026-3,silent,,,
lawful,free.mp4,lawful,yes,,,,,
pirate,free.mp4,pirate,,,,,,
no-access,free.mp4,,no,,,,,
pirated,free.mp4,pirated,,CC0-1.0,,,,
"""


def rows(out: Path) -> dict[str, dict[str, Any]]:
    return {row["clip_id"]: row for row in pq.read_table(out / "decisions.parquet").to_pylist()}


def page(out: Path) -> str:
    return (out / "report.html").read_text(encoding="utf-8")


def cleared(workspace: Path, corpus: Path, out: Path, use: str, **options: Any) -> Path:
    (out.parent / f"{out.name}.yaml").write_text(use, encoding="utf-8")
    with Workspace.open(workspace) as opened:
        asked = load_use(out.parent / f"{out.name}.yaml")
        clear(str(corpus), out, registry=opened.registry, use=asked, workers=1, **options)
    return out


@pytest.fixture(scope="module")
def several(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that may be trained on, and a plan to publish, too."""
    root = tmp_path_factory.mktemp("several")
    (root / "m.csv").write_text(f"clip_id,uri\nyes,{studio.manifest.parent / 'yes.mp4'}\n")
    use = "developer: lab\nacts: [train, {act: publish, territory: [US, JP]}]\nterritory: [JP]\nmodel: video-1\n"
    return cleared(studio.workspace, root / "m.csv", root / "out", use)


def test_a_plan_goes_ahead_only_as_a_whole(several: Path) -> None:
    row = rows(several)["yes"]
    assert row["verdict"] == "refused"
    by_act = {
        act: {ground["effect"] for ground in row["grounds"] if ground["act"] == act} for act in ("train", "publish")
    }
    assert by_act["train"] == {"permitted"}
    assert "refused" in by_act["publish"]
    assert {need["act"] for need in row["needed"]} == {"publish"}


def test_an_authors_consent_is_asked_for_what_is_published(several: Path) -> None:
    moral = [ground for ground in rows(several)["yes"]["grounds"] if "moral" in ground["rule"]]
    assert [(ground["act"], ground["effect"]) for ground in moral] == [("publish", "review")]


@pytest.mark.parametrize(
    ("language", "train", "publish"), [("en", "training a model", "publishing"), ("ja", "モデルの学習", "公衆への提供")]
)
def test_the_report_says_which_act_each_reason_is_about(several: Path, language: str, train: str, publish: str) -> None:
    text = texts(page(several), language)
    assert f"{train} · JP {publish} · JP, US" in text
    mark = {"en": ":", "ja": "："}[language]
    assert f"{train}{mark}" in text.replace(f" {mark}", mark)
    assert f"{publish}{mark}" in text.replace(f" {mark}", mark)
    for ground in rows(several)["yes"]["grounds"]:
        assert " ".join(ground["text"][language].split()) in text
        if ground["effect"] in {"review", "refused"}:
            assert ground["would_change"][language] in text


def test_a_comparison_of_a_plan_tells_the_act_that_decides(studio: Studio, several: Path, tmp_path: Path) -> None:
    with Workspace.open(studio.workspace) as workspace:
        compared = compare(str(several), registry=workspace.registry, regimes=["jp-prior", "opt-out"])
    (group,) = compared.parting.parted
    assert [ground.act for ground in group.alike[0].grounds] == ["publish", "publish"]
    compared.write(tmp_path / "c.html")
    assert "publishing" in texts((tmp_path / "c.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stated(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips of which their rows say how they were come by, and a film with an exclusive grant and a ruling."""
    root = tmp_path_factory.mktemp("stated")
    shutil.copytree(studio.untouched, root / "workspace")
    (root / "later.yaml").write_text(LATER, encoding="utf-8")
    with Workspace.open(root / "workspace") as workspace:
        workspace.import_registry([root / "later.yaml"])
    corpus = studio.manifest.parent / "law.csv"
    corpus.write_text(ROWS, encoding="utf-8")
    try:
        use = "{developer: lab, act: train, territory: [JP], circumstances: {lawful_access: yes, source: lawful}}"
        return cleared(
            root / "workspace", corpus, root / "out", use, also=[name for name in REGIMES if name != "jp-prior"]
        )
    finally:
        corpus.unlink()


def test_a_grant_that_an_exclusive_one_stands_against_is_for_a_person(stated: Path) -> None:
    row = rows(stated)["plain"]
    assert row["verdict"] == "review"
    conflict = [ground for ground in row["grounds"] if ground["effect"] == "review"]
    assert [(ground["party"], ground["permission"]) for ground in conflict] == [("studio", "second")]


def test_a_ruling_never_speaks_against_what_a_holder_said(stated: Path) -> None:
    row = rows(stated)["ruled"]
    assert row["basis"] == {"kind": "ruling", "detail": "ruling:2026-3", "source": "2026-3"}
    assert row["verdict"] == "review"
    assert any("2026-3" in ground["text"]["en"] for ground in row["grounds"])


def test_half_a_ruling_is_an_error_of_its_row(stated: Path) -> None:
    row = rows(stated)["half"]
    assert (row["verdict"], row["error"]) == ("refused", "bad_row: a ruling is claimed without 'ruling_fee'")


def test_the_stricter_word_of_use_and_row_counts(stated: Path) -> None:
    """The use says that access and source are lawful; two rows say that they are not."""
    lines = (json.loads(line[65:]) for line in (stated / "journal.jsonl").read_bytes().splitlines())
    found = {line["clip_id"]: line["decisions"]["eu-dsm4"] for line in lines}
    verdicts = {clip: found[clip]["verdict"] for clip in ("lawful", "pirate", "no-access")}
    assert verdicts == {"lawful": "review", "pirate": "refused", "no-access": "refused"}
    rules = {clip: found[clip]["grounds"][0]["rule"] for clip in verdicts}
    assert len(set(rules.values())) == 3
    assert "source" in rules["pirate"]
    assert "access" in rules["no-access"]


def test_a_comparison_judges_what_rows_state(stated: Path) -> None:
    with Workspace.open(stated.parent / "workspace") as workspace:
        told = compare(str(stated), registry=workspace.registry, regimes=["jp-prior", "eu-dsm4"]).as_json()
        from_run = {
            clip: alike["grounds"]["eu-dsm4"]["rule"]
            for group in told["parted"]
            for alike in group["alike"]
            for clip in alike["first"]
        }
    lines = (json.loads(line[65:]) for line in (stated / "journal.jsonl").read_bytes().splitlines())
    kept = {line["clip_id"]: [ground["rule"] for ground in line["decisions"]["eu-dsm4"]["grounds"]] for line in lines}
    assert "lawful" in from_run
    assert all(rule in kept[clip] for clip, rule in from_run.items())


def test_an_unknown_word_costs_its_row_alone(stated: Path) -> None:
    row = rows(stated)["pirated"]
    assert row["verdict"] == "refused"
    assert row["error"].startswith("bad_row: the column 'source' holds 'pirated'; write 'pirate'")


def test_what_was_stated_stands_on_the_page_as_stated(stated: Path) -> None:
    assert_stands_alone(page(stated))
    assert "Stated by the developer, not proven lawful access : yes" in texts(page(stated)).replace(
        ": ", " : "
    ).replace("  ", " ")
    assert "開発者の申告（未確認）" in texts(page(stated), "ja")
