# SPDX-License-Identifier: Apache-2.0
"""The report on one medium: what was found and on what it rests, for matches, for none, and for what cannot be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from kyodaku.errors import UsageError
from kyodaku.explain.words import likelihood
from kyodaku.workspace import Workspace
from support import films
from support.commands import kyo
from support.media_files import write_video

from .conftest import Report, Studio, assert_stands_alone, elements

Explained = Callable[..., Report]


@pytest.fixture(scope="module")
def mirrored(studio: Studio, explained: Explained) -> Report:
    return explained(studio.clip("mirrored"))


def test_a_mirrored_copy_is_shown_beside_its_film(mirrored: Report) -> None:
    (match,) = mirrored.evidence["matches"]
    assert (match["work"], match["mirrored"], match["band"]) == ("refused", True, "match")
    assert match["r_start"] == pytest.approx(3.0, abs=0.5)
    assert mirrored.jpegs == 12  # four pairs, each with the picture turned back
    assert "turned back" in mirrored.page
    assert likelihood(match["score"])["en"] in mirrored.page
    assert_stands_alone(mirrored.page)


def test_both_languages_are_on_the_page(mirrored: Report) -> None:
    for word in [
        "Refused",
        "拒まれた映画",
        "Test Studio",
        "試験スタジオ",
        "照合結果報告書",
        "左右反転",
        "mirrored",
        "％",
    ]:
        assert word in mirrored.page
    texts = [attributes.get("lang") for tag, attributes in elements(mirrored.page) if attributes.get("class") == "t"]
    assert texts.count("en") == texts.count("ja") > 50


def test_the_record_tells_machines_the_same(mirrored: Report) -> None:
    (match,) = mirrored.evidence["matches"]
    assert match["sampled"] == len(match["frames"])
    assert match["agreeing"] == sum(frame["agrees"] for frame in match["frames"]) >= 10
    for frame in match["frames"]:
        on_line = match["line"]["speed"] * frame["q_time"] + match["line"]["offset_s"]
        assert frame["line_time"] == pytest.approx(on_line, abs=0.01)
        assert abs(frame["r_time"] - on_line) <= match["line"]["tolerance_s"] + 0.01
        assert frame["other"]["likeness"] < frame["likeness"]
    assert mirrored.record["verdict"] == "refused"
    assert mirrored.record["matches"][0]["work"] == "refused"
    assert mirrored.evidence["medium"]["sha256"] == mirrored.record["sha256"]
    searched = mirrored.evidence["searched"]
    assert searched["snapshot"] == mirrored.record["snapshot"]
    assert searched["works"] == 3
    assert searched["descriptors"][0]["measured"]["negative_clips"] > 0


def test_the_borders_of_a_letterboxed_copy_are_dimmed(studio: Studio, explained: Explained) -> None:
    report = explained(studio.clip("letterboxed"))
    assert [match["work"] for match in report.evidence["matches"]] == ["granted"]
    assert report.record["verdict"] == "permitted"
    boxes = [attributes for tag, attributes in elements(report.page) if attributes.get("class") == "box"]
    assert len(boxes) == 4
    assert [float(box["height"] or 0) for box in boxes] == pytest.approx([108] * 4, abs=6)  # of 188 lines
    assert [float(box["y"] or 0) for box in boxes] == pytest.approx([40] * 4, abs=4)
    assert "shown inside borders" in report.page


def test_a_split_screen_is_told_whatever_is_found_in_it(studio: Studio, explained: Explained) -> None:
    report = explained(studio.clip("split"))
    assert {match["work"] for match in report.evidence["matches"]} <= {"silent"}
    assert [match["work"] for match in report.record["matches"]] == [
        match["work"] for match in report.evidence["matches"]
    ]
    assert_stands_alone(report.page)


def test_a_clip_of_nobody_says_what_was_searched_and_how_near_it_came(studio: Studio, explained: Explained) -> None:
    report = explained(studio.clip("stranger"))
    assert report.evidence["matches"] == []
    assert "Nothing registered was found in this clip" in report.page
    assert "登録作品は見つかりませんでした" in report.page
    assert all(span["band"] == "none" for span in report.evidence["candidates"])
    (nearest,) = report.evidence["nearest_frames"]
    alike = [frame["nearest"]["likeness"] for frame in nearest["frames"] if frame["nearest"]]
    assert f"{max(alike):.2f}" in report.page
    assert 'id="match-1"' not in report.page
    assert_stands_alone(report.page)


def test_a_near_miss_is_named_with_its_probability_and_is_no_match(
    studio: Studio, explained: Explained, tmp_path: Path
) -> None:
    stranger = [films.frame(21, number / films.FPS) for number in range(6 * films.FPS)]
    half_a_second = [films.frame(3, 6 + number / films.FPS) for number in range(films.FPS // 2)]
    clip = write_video(tmp_path / "spliced.mp4", [*stranger, *half_a_second, *stranger], fps=films.FPS)
    report = explained(clip, workspace=fingerprinted(studio, tmp_path, "silent", "--descriptor", "pdq-v1"))
    assert report.evidence["matches"] == []
    (candidate,) = report.evidence["candidates"]
    assert (candidate["work"], candidate["band"]) == ("silent", "none")
    assert candidate["q_start"] == pytest.approx(6.0, abs=0.6)
    assert 'id="candidate-1"' in report.page
    assert ">no match<" in report.page
    assert f"{100 * candidate['score']:.1f} %" in report.page


@pytest.mark.parametrize(
    ("name", "kind", "advice"),
    [("empty", "empty", "Get it again from its source"), ("missing", "unsupported", "See that it is the right file")],
)
def test_what_cannot_be_examined_is_said_with_what_to_do(
    studio: Studio, explained: Explained, name: str, kind: str, advice: str
) -> None:
    report = explained(studio.clip(name))
    assert report.record["matches"] is None
    assert report.record["error"].startswith(kind)
    assert report.evidence["matches"] == []
    for words in [
        "It could not be examined",
        "確認できませんでした",
        advice,
        "What cannot be examined is never permitted",
    ]:
        assert words in report.page
    assert "Nothing registered was found in" not in report.page
    assert_stands_alone(report.page)


def test_many_matches_are_bounded_and_counted(studio: Studio, explained: Explained, tmp_path: Path) -> None:
    assert kyo("fingerprint", studio.film("refused"), "-o", tmp_path / "refused.kyf", cwd=tmp_path).returncode == 0
    works = "\n".join(f"  - {{id: w{n}, kind: film, title: {{en: W{n}}}}}" for n in range(12))
    (tmp_path / "r.yaml").write_text(f"works:\n{works}\n", encoding="utf-8")
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        workspace.import_registry([tmp_path / "r.yaml"])
        for number in range(12):
            workspace.add_reference(f"w{number}", tmp_path / "refused.kyf")
    report = explained(studio.clip("mirrored"), workspace=tmp_path / "w")
    assert len(report.record["matches"]) == 12
    assert len(report.evidence["matches"]) == 8
    assert len(report.evidence["further_matches"]) == 4
    assert "Further matches" in report.page
    assert report.evidence["matches"][0]["rival"]["work"] != report.evidence["matches"][0]["work"]


# --- reference media ------------------------------------------------------------------------------------------------


def fingerprinted(studio: Studio, folder: Path, work: str = "refused", *how: str) -> Path:
    """A workspace that knows one film, by its fingerprint alone."""
    made = kyo("fingerprint", studio.film(work), "-o", folder / f"{work}.kyf", *how, cwd=folder)
    assert made.returncode == 0
    with Workspace.open(folder / "w", create=True) as workspace:
        workspace.import_registry([studio.root / "registry.yaml"])
        workspace.add_reference(work, folder / f"{work}.kyf")
    return folder / "w"


def test_a_reference_of_which_only_a_fingerprint_is_known_shows_no_picture_and_says_why(
    studio: Studio, explained: Explained, tmp_path: Path
) -> None:
    report = explained(studio.clip("mirrored"), workspace=fingerprinted(studio, tmp_path))
    assert report.jpegs == 8
    assert report.page.count("not at hand") == 4
    assert "registered as a fingerprint, which holds no pictures" in report.page
    assert report.evidence["matches"][0]["agreeing"] >= 10


@pytest.mark.parametrize("given", ["film", "folder"])
def test_a_film_that_is_given_for_a_fingerprint_is_shown_if_its_pictures_agree(
    studio: Studio, explained: Explained, tmp_path: Path, given: str
) -> None:
    media = studio.film("refused") if given == "film" else studio.film("refused").parent
    report = explained(studio.clip("mirrored"), workspace=fingerprinted(studio, tmp_path), reference_media=media)
    assert report.jpegs == 12
    assert "was compared with the registered fingerprint and agrees with it" in report.page


def test_another_film_that_is_given_for_a_fingerprint_is_not_shown(
    studio: Studio, explained: Explained, tmp_path: Path
) -> None:
    workspace = fingerprinted(studio, tmp_path)
    report = explained(studio.clip("mirrored"), workspace=workspace, reference_media=studio.film("silent"))
    assert report.jpegs == 8
    assert "do not agree with the registered fingerprint" in re.sub(r"\s+", " ", report.page)


def test_a_reference_whose_file_was_changed_or_is_gone_is_not_shown_unless_given(
    studio: Studio, explained: Explained, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(studio.film("refused").read_bytes())
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        workspace.import_registry([studio.root / "registry.yaml"])
        workspace.add_reference("refused", film)
    film.write_bytes(studio.film("silent").read_bytes())
    changed = explained(studio.clip("mirrored"), workspace=tmp_path / "w")
    assert changed.jpegs == 8
    assert "has been changed since" in changed.page
    film.unlink()
    assert "not where it was" in explained(studio.clip("mirrored"), workspace=tmp_path / "w").page
    found = explained(studio.clip("mirrored"), workspace=tmp_path / "w", reference_media=studio.film("x").parent)
    assert found.jpegs == 12  # by its hash, whatever its name
    assert "not the recorded one" not in found.page
    (tmp_path / "none").mkdir()
    missed = explained(studio.clip("mirrored"), workspace=tmp_path / "w", reference_media=tmp_path / "none")
    assert "None of the given files is this reference" in missed.page


def test_reference_media_that_are_not_there_are_named(studio: Studio, explained: Explained, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        explained(studio.clip("mirrored"), reference_media=tmp_path / "nowhere")


# --- hostile names --------------------------------------------------------------------------------------------------


def test_names_cannot_write_on_the_page_or_turn_it(studio: Studio, explained: Explained, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202egpj.\u2066"
    registry = {
        "parties": [{"id": "p", "kind": "holder", "name": {"en": evil, "ja": evil}}],
        "works": [{"id": "w", "kind": "film", "title": {"en": evil}, "shares": [{"party": "p", "rights": "all"}]}],
    }
    (tmp_path / "r.json").write_text(json.dumps(registry), encoding="utf-8")
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        workspace.import_registry([tmp_path / "r.json"])
        workspace.add_reference("w", studio.film("refused"))
    clip = tmp_path / '"><b onclick=x>&amp;\u202e<svg onload=y>\n.mp4'
    clip.write_bytes(studio.clip("mirrored").read_bytes())
    report = explained(clip, workspace=tmp_path / "w")
    assert_stands_alone(report.page)
    assert "b" not in {tag for tag, attributes in elements(report.page) if "onclick" in attributes}
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", report.page)
    assert "&lt;script&gt;alert(1)" in report.page
    assert "\\u202e" in report.page


def test_a_name_that_is_no_text_is_written_out(studio: Studio, explained: Explained, tmp_path: Path) -> None:
    clip = tmp_path / "caf\udce9.mp4"
    try:
        clip.write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes names that are text alone")
    report = explained(clip)
    assert "caf\\udce9.mp4" in report.page
    assert report.evidence["medium"]["name"] == "caf\\udce9.mp4"


# --- the command line -----------------------------------------------------------------------------------------------


def test_the_command_writes_page_and_record_and_prints_the_record_on_request(studio: Studio, tmp_path: Path) -> None:
    words = ("check", studio.clip("mirrored"), "--workspace", studio.workspace, "--use", studio.use)
    told = kyo(*words, "--report", "out", "--language", "ja", cwd=tmp_path)
    assert told.returncode == 3
    assert "out/evidence.html" in told.stdout
    assert "out/evidence.json" in told.stdout
    page = (tmp_path / "out" / "evidence.html").read_text(encoding="utf-8")
    assert '<html lang="ja">' in page
    assert re.search(r'id="language-ja" checked', page)
    again = kyo(*words, "--report", "out", "--json", cwd=tmp_path)
    printed = json.loads(again.stdout)
    assert printed == json.loads((tmp_path / "out" / "evidence.json").read_text(encoding="utf-8"))
    assert printed["evidence"]["matches"][0]["work"] == "refused"


def test_reference_media_without_a_report_are_a_mistake(studio: Studio, tmp_path: Path) -> None:
    words = ("check", studio.clip("mirrored"), "--workspace", studio.workspace, "--reference-media", studio.root)
    done = kyo(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert "--report" in done.stderr


def test_a_folder_that_cannot_be_written_is_named(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = ("check", studio.clip("empty"), "--workspace", studio.workspace, "--report", tmp_path / "file" / "out")
    done = kyo(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
