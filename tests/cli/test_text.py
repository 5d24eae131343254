# SPDX-License-Identifier: Apache-2.0
"""What the commands tell people, in words."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from kyodaku.cli import demo as demo_command
from kyodaku.copies import Fingerprint
from kyodaku.demo import Detail, render
from support.commands import kyo
from support.pages import texts
from support.sounds import write_film
from support.studio import Studio


@pytest.mark.parametrize(("language", "word"), [("en", "refused"), ("ja", "拒")])
def test_check_says_what_it_found_and_what_would_clear_it(
    studio: Studio, tmp_path: Path, language: str, word: str
) -> None:
    clip = studio.manifest.parent / "mirrored.mp4"
    done = kyo(
        "check", clip, "--use", studio.use, "--workspace", studio.workspace, "--language", language, cwd=tmp_path
    )
    assert done.returncode == 3
    assert "shows refused: 0.0" in done.stdout
    assert "mirrored" in done.stdout
    assert word in done.stdout
    assert "permission needed from studio to train refused" in done.stdout


def test_a_plan_of_several_acts_is_told_act_by_act(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "use.yaml").write_text("developer: lab\nacts: [train, publish]\nterritory: [JP]\nmodel: video-1\n")
    words = (studio.manifest.parent / "yes.mp4", "--use", "use.yaml", "--workspace", studio.workspace)
    done = kyo("check", *words, "--report", "why", cwd=tmp_path)
    assert done.returncode == 3
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    acts = [line.split()[1] for line in lines if line.startswith("•")]
    assert set(acts) == {"train:", "publish:"}
    decision = json.loads(kyo("check", *words, "--json", cwd=tmp_path).stdout)
    refused = [ground for ground in decision["grounds"] if ground["effect"] == "refused"]
    assert {ground["act"] for ground in refused} == {"publish"}
    assert all(ground["would_change"]["en"] in lines and ground["would_change"]["ja"] for ground in refused)
    page = (tmp_path / "why" / "evidence.html").read_text(encoding="utf-8")
    assert "training a model, publishing" in texts(page)
    assert "モデルの学習、公衆への提供" in texts(page, "ja")
    assert refused[0]["would_change"]["ja"] in texts(page, "ja")


def test_check_names_the_error_of_what_it_could_not_read(studio: Studio, tmp_path: Path) -> None:
    done = kyo("check", studio.manifest.parent / "empty.mp4", "--workspace", studio.workspace, cwd=tmp_path)
    assert done.stdout.splitlines()[1].strip() == "empty: the file holds no bytes"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "Of its 3.0 s, 3.0 s show nothing that could be compared: they are black, of one colour, or the like.",
        ),
        ("ja", "全3.0秒のうち3.0秒は、比較できる映像がありません（黒画面、単色の画面など）。"),
    ],
)
def test_check_says_what_it_could_not_see(studio: Studio, tmp_path: Path, language: str, said: str) -> None:
    black = np.zeros((72, 128, 3), dtype=np.uint8)
    write_film(tmp_path / "black.mp4", [], frames=[black] * 30)
    words = ("black.mp4", "--use", studio.use, "--workspace", studio.workspace, "--regime", "opt-out")
    done = kyo("check", *words, "--language", language, "--report", "why", cwd=tmp_path)
    assert done.returncode == 4
    assert done.stdout.splitlines()[1].strip() == said
    assert said in texts((tmp_path / "why" / "evidence.html").read_text(encoding="utf-8"), language)
    record = json.loads((tmp_path / "why" / "evidence.json").read_text(encoding="utf-8"))
    assert (record["verdict"], record["unseen_s"], record["parts_omitted"]) == ("review", 3.0, 0)
    assert record["evidence"]["medium"]["unseen_s"] == 3.0
    assert record["grounds"][0]["rule"] == "opt-out/unseen"


def test_limits_can_be_set_for_one_run(studio: Studio, tmp_path: Path) -> None:
    clip = studio.manifest.parent / "no.mp4"
    limits = ("--max-hours", "0.001", "--clip-seconds", "30")
    done = kyo("check", clip, "--workspace", studio.workspace, *limits, "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["error"].startswith("too_large: ")


def test_clear_says_where_its_results_lie(studio: Studio, tmp_path: Path) -> None:
    words = ("--use", studio.use, "--also", "opt-out", "--workspace", studio.workspace)
    done = kyo("clear", studio.manifest, "-o", "out", *words, cwd=tmp_path)
    assert "11 clips, 3 cleared, 4 could not be examined" in done.stdout
    for name in ["decisions.parquet", "cleared.parquet", "report.html", "attestation.jsonl"]:
        assert f"out/{name}" in done.stdout
        assert (tmp_path / "out" / name).is_file()


def test_init_import_show_and_verify_speak_plainly(studio: Studio, tmp_path: Path) -> None:
    assert "public key kyodaku/" in kyo("init", cwd=tmp_path).stdout
    assert json.loads(kyo("init", "--json", cwd=tmp_path).stdout)["workspace"] == "kyodaku-workspace"
    imported = kyo("registry", "import", studio.registry, cwd=tmp_path).stdout
    assert imported == "3 new parties\n2 new permissions\n3 new works\n"
    shown = kyo("registry", "show", "silent", cwd=tmp_path).stdout
    assert "沈黙の映画" in shown
    assert (
        json.loads(kyo("registry", "show", "silent", "--json", cwd=tmp_path).stdout)["declarations"][0]["kind"]
        == "work"
    )
    unknown = kyo("registry", "show", "nobody", cwd=tmp_path)
    assert (unknown.returncode, unknown.stdout, "nothing is declared under 'nobody'" in unknown.stderr) == (2, "", True)
    assert kyo("refuse", "--by", "studio", "--work", "silent", cwd=tmp_path).stdout.startswith("refusal ")
    assert "sound: 9 entries, 9 declarations, 0 references" in kyo("ledger", "verify", cwd=tmp_path).stdout


def test_a_registry_file_with_several_faults_is_told_line_by_line(tmp_path: Path) -> None:
    kyo("init", cwd=tmp_path)
    (tmp_path / "bad.yaml").write_text("parties:\n  - {id: a, kind: hodler}\n  - {id: b, knid: holder}\n")
    done = kyo("registry", "import", "bad.yaml", cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert [line.split(": ")[1] for line in lines] == ["bad.yaml:2", "bad.yaml:3"]


def test_fingerprints_of_several_media_go_into_a_folder(studio: Studio, tmp_path: Path) -> None:
    films = [studio.film("granted"), studio.film("silent"), studio.manifest.parent / "text.mp4"]
    done = kyo("fingerprint", *films, "-o", "prints", cwd=tmp_path)
    assert done.returncode == 1
    assert [line.split("  ")[0] for line in done.stdout.splitlines()] == [
        "prints/granted.mp4.kyf",
        "prints/silent.mp4.kyf",
    ]
    assert "text.mp4: unsupported: " in done.stderr
    kyo("init", cwd=tmp_path)
    kyo("registry", "import", studio.registry, cwd=tmp_path)
    added = kyo("reference", "add", "silent", "prints/silent.mp4.kyf", "prints/none.kyf", cwd=tmp_path)
    assert added.returncode == 1
    assert "is now reference" in added.stdout
    assert "none.kyf" in added.stderr


def test_a_fingerprint_made_by_other_weights_is_refused(studio: Studio, tmp_path: Path) -> None:
    kyo("init", cwd=tmp_path)
    kyo("registry", "import", studio.registry, cwd=tmp_path)
    kyo("fingerprint", studio.film("granted"), "-o", "new.kyf", cwd=tmp_path)
    made = Fingerprint.load(tmp_path / "new.kyf")
    replace(made, content="5eed" * 16).save(tmp_path / "other.kyf")
    replace(made, content="").save(tmp_path / "old.kyf")
    done = kyo("reference", "add", "granted", "other.kyf", "old.kyf", cwd=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "kyodaku: other.kyf: made with another kyodaku-frame-v1 (5eed5eed5eed5eed) than the one here ("
    )
    assert line.endswith("(fingerprint the medium again with this version of Kyodaku)")
    assert done.stdout.startswith("old.kyf  16.0 s is now reference r-")


def test_a_fingerprint_never_overwrites_something_else(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"a master")
    done = kyo("fingerprint", studio.film("granted"), "-o", "film.mp4", cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "film.mp4").read_bytes() == b"a master"


def test_the_demo_tells_its_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = Detail(width=192, height=108, fps=6, pace=0.3)
    monkeypatch.setattr(demo_command, "render", partial(render, detail=small))
    told = kyo("demo", "-o", "d", "--workers", "2", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "silence counts as a yes" in told.stdout
    assert "d/out/report.html" in told.stdout
    assert "1 decision made again from the pack's facts" in told.stdout
    assert kyo("verify", "d/proof.zip", "--key", "d/proof.pub", cwd=tmp_path).returncode == 0
    again = json.loads(kyo("demo", "-o", "d", "--json", cwd=tmp_path).stdout)
    clips = again["regimes"]["jp-prior"]["clips"]
    assert sum(clips.values()) == 72
    assert (again["proof"]["sound"], again["proof"]["decision"]["verdict"]) == (True, "refused")
    assert [each["verdict"] for each in again["prompts"]] == [
        *("permitted", "permitted_with_duties", "refused", "refused", "refused", "review")
    ]
    assert clips["permitted"] < again["regimes"]["opt-out"]["clips"]["permitted"]
    compared = kyo("compare", "d/out", "--workspace", "d/workspace", "-o", "compare.html", "--json", cwd=tmp_path)
    told = json.loads(compared.stdout)
    assert {name: regime["clips"] for name, regime in told["regimes"].items()} == {
        name: regime["clips"] for name, regime in again["regimes"].items()
    }
    more, less = (told["regimes"][name]["admitted"]["hours"] for name in ("opt-out", "jp-prior"))
    assert more > 1.5 * less > 0
    against = {pair["admits"]: pair["hours"] for pair in told["pairs"]}
    assert (against["opt-out"], against["jp-prior"]) == (pytest.approx(more - less, abs=1e-5), 0)
    named = {work["work"] for group in told["parted"] for alike in group["alike"] for work in alike["works"]}
    assert {"summer-tram", "neon-courier"} <= named
    assert "Tram 7 to the Summer Sky" in texts((tmp_path / "compare.html").read_text(encoding="utf-8"))


def test_the_demo_leaves_other_folders_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert kyo("demo", "-o", "mine", cwd=tmp_path).returncode == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_developer_nobody_knows_is_pointed_out(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "use.yaml").write_text("developer: labb\nact: train\n")
    words = ("--use", tmp_path / "use.yaml", "--workspace", studio.workspace)
    done = kyo("clear", studio.manifest, "-o", "out", *words, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == "kyodaku: the registry knows no party 'labb', so that no grant can name it\n"


def test_a_name_cannot_steer_the_terminal(studio: Studio, tmp_path: Path) -> None:
    done = kyo("check", "a\x1b[2J[red]b.mp4", "--workspace", studio.workspace, cwd=tmp_path)
    assert r"a\x1b[2J[red]b.mp4" in done.stdout
    assert "\x1b[2J" not in done.stdout
