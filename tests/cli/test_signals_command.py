# SPDX-License-Identifier: Apache-2.0
"""`kyodaku signals`, and signals in `check`: what a person is shown, and what a script gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.commands import kyo
from support.studio import Studio

HEADERS = {"fetched_at": "2026-03-01T00:00:00Z", "headers": [["Content-Usage", "train-ai=n"]]}
USE = """\
developer: lab
act: train
model: video-1
territory: [JP]
circumstances: {lawful_access: yes, source: lawful, reservation: none, retention: set}
"""


@pytest.fixture
def clip(studio: Studio, tmp_path: Path) -> Path:
    """A clip in which nothing registered is shown, with the reply that the crawler kept."""
    path = tmp_path / "corpus" / "clip.mp4"
    path.parent.mkdir()
    path.write_bytes((studio.manifest.parent / "free.mp4").read_bytes())
    path.with_name("clip.mp4.headers.json").write_text(json.dumps(HEADERS))
    return path


def test_a_files_signals_are_shown_and_printed(clip: Path, tmp_path: Path) -> None:
    shown = kyo("signals", clip, cwd=tmp_path)
    assert shown.returncode == 0
    assert "train gen" in shown.stdout
    assert "deny" in shown.stdout
    assert "aipref vocab-08" in shown.stdout
    printed = json.loads(kyo("signals", clip, "--json", cwd=tmp_path).stdout)
    assert printed["combined"] == {"train_gen": "deny"}
    assert printed["signals"][0]["where"] == "clip.mp4.headers.json header Content-Usage"


def test_what_was_printed_is_a_column_that_clears_by(clip: Path, tmp_path: Path) -> None:
    printed = json.loads(kyo("signals", clip, "--json", cwd=tmp_path).stdout)
    row = {"uri": "film.mp4", "signals": printed["signals"]}
    (tmp_path / "list.jsonl").write_text(json.dumps(row) + "\n")

    (told,) = json.loads(kyo("signals", "list.jsonl", "--json", cwd=tmp_path).stdout)["media"]
    assert told["combined"] == {"train_gen": "deny"}


def test_a_folder_and_captured_sites(clip: Path, tmp_path: Path) -> None:
    site = tmp_path / "captures" / "example.org"
    site.mkdir(parents=True)
    (site / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    (tmp_path / "list.csv").write_text(
        "uri,source\ncorpus/clip.mp4,https://example.org/clip.mp4\nhttps://example.org/b,\n"
    )

    (alone,) = json.loads(kyo("signals", clip.parent, "--json", cwd=tmp_path).stdout)["media"]
    both = json.loads(kyo("signals", "list.csv", "--site-captures", "captures", "--json", cwd=tmp_path).stdout)["media"]
    assert alone["combined"] == {"train_gen": "deny"}
    assert [told["combined"].get("collect") for told in both] == ["deny", "deny"]


def test_what_says_nothing_is_told(studio: Studio, tmp_path: Path) -> None:
    told = kyo("signals", studio.manifest.parent / "free.mp4", cwd=tmp_path)
    assert "nothing is said to machines here" in told.stdout


@pytest.mark.parametrize(
    ("subject", "says"),
    [("absent.mp4", "there is no such corpus"), ("https://me:secret@example.org/", "only plain http")],
)
def test_what_cannot_be_asked_is_said_in_one_line(subject: str, says: str, tmp_path: Path) -> None:
    told = kyo("signals", subject, cwd=tmp_path)
    assert told.returncode == 2
    assert says in told.stderr


def test_an_address_of_this_machine_is_asked_for_nothing(tmp_path: Path) -> None:
    told = kyo("signals", "http://127.0.0.1:9/film.mp4", "--json", cwd=tmp_path)
    assert {signal["says"] for signal in json.loads(told.stdout)["signals"]} == {"unknown"}
    assert "no public address" in told.stdout


def test_check_decides_by_signals_and_shows_them(studio: Studio, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "use.yaml").write_text(USE)
    words = ("check", clip, "--use", "use.yaml", "--regime", "eu-dsm4", "--workspace", studio.workspace)

    shown = kyo(*words, cwd=tmp_path)
    assert shown.returncode == 3
    assert "aipref vocab-08 says deny to train gen (clip.mp4.headers.json header Content-Usage)" in shown.stdout
    printed = json.loads(kyo(*words, "--json", cwd=tmp_path).stdout)
    assert printed["grounds"][0]["rule"] == "eu-dsm4/material-reserved"
    assert [signal["says"] for signal in printed["signals"]] == ["deny"]
    clip.with_name("clip.mp4.headers.json").unlink()
    assert kyo(*words, cwd=tmp_path).returncode == 0

    clip.with_name("clip.mp4.headers.json").write_text(json.dumps(HEADERS))
    assert kyo(*words, "--report", "report", cwd=tmp_path).returncode == 3
    page = (tmp_path / "report" / "evidence.html").read_text(encoding="utf-8")
    assert "header Content-Usage" in page
    assert "生成モデルの学習" in page
