# SPDX-License-Identifier: Apache-2.0
"""`snapshot`, and gates that decide from one elsewhere."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support.commands import kyo
from support.studio import Studio

USE = "developer: lab\nact: train\nmodel: video-1\nterritory: [JP]\nat: {now}\n"


@pytest.fixture(scope="module")
def gate(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A developer's folder: a workspace of its own, and snapshots that the studio sent."""
    folder = tmp_path_factory.mktemp("gate")
    assert kyo("init", cwd=folder).returncode == 0
    (folder / "use.yaml").write_text(USE.format(now=datetime.now(UTC).isoformat()))  # after all was declared
    words = ("--workspace", studio.workspace, "--json")
    made = kyo("snapshot", "-o", "made", "--valid", "36h", *words, cwd=folder)
    assert made.returncode == 0
    (folder / "made.json").write_text(made.stdout)
    (folder / "studio.pub").write_text(json.loads(made.stdout)["public_key"] + "\n")
    assert kyo("snapshot", "-o", "for-lab", "--for", "lab", *words, cwd=folder).returncode == 0
    return folder


def test_check_decides_from_a_snapshot_as_the_registry_does(studio: Studio, gate: Path) -> None:
    clip = studio.manifest.parent / "yes.mp4"
    words = ("check", clip, "--use", "use.yaml", "--json")
    own = json.loads(kyo(*words, "--workspace", studio.workspace, cwd=gate).stdout)
    from_whole = kyo(*words, "--snapshot", "made", "--key", "studio.pub", cwd=gate)
    assert from_whole.returncode in {0, 3}, from_whole.stderr
    assert json.loads(from_whole.stdout) == own  # the decision's id, too
    mine = json.loads(kyo(*words, "--snapshot", "for-lab", cwd=gate).stdout)  # the key is remembered
    assert (mine["verdict"], mine["grounds"]) == (own["verdict"], own["grounds"])
    assert mine["decision_id"] != own["decision_id"]


def test_a_run_is_cleared_from_a_snapshot_and_entered_in_ones_own_ledger(studio: Studio, gate: Path) -> None:
    words = ("--use", "use.yaml", "--snapshot", "for-lab", "--key", "studio.pub", "--workers", "1")
    done = kyo("clear", studio.manifest, "-o", "out", *words, cwd=gate)
    assert done.returncode == 0, done.stderr
    assert "knows no party" not in done.stderr
    table = pq.read_table(gate / "out" / "decisions.parquet")
    found = dict(zip(table["clip_id"].to_pylist(), table["verdict"].to_pylist(), strict=True))
    assert (found["yes"], found["no"], found["silent"]) == ("permitted", "refused", "refused")
    assert kyo("ledger", "verify", cwd=gate).returncode == 0


def test_a_corpus_is_compared_by_a_snapshot_and_a_run_by_its_own(studio: Studio, gate: Path) -> None:
    corpus = gate / "few"
    corpus.mkdir()
    shutil.copy(studio.manifest.parent / "no.mp4", corpus)
    words = ("--regimes", "jp-prior,opt-out", "--use", "use.yaml", "--workers", "1")
    by = ("--snapshot", "made", "--key", "studio.pub")
    done = kyo("compare", corpus, *words, *by, "--json", cwd=gate)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["snapshot"] == json.loads((gate / "made.json").read_text())["id"]
    assert kyo("clear", corpus, "-o", "ran", "--use", "use.yaml", "--workers", "1", *by, cwd=gate).returncode == 0
    again = kyo("compare", "ran", *by, cwd=gate)
    assert (again.returncode, "leave out --snapshot" in again.stderr) == (2, True)
    assert kyo("compare", "ran", cwd=gate).returncode == 0


def test_what_cannot_be_decided_from_is_said_in_one_line(studio: Studio, gate: Path, tmp_path: Path) -> None:
    clip = studio.manifest.parent / "yes.mp4"
    other = tmp_path / "other.yaml"
    other.write_text((gate / "use.yaml").read_text().replace("lab", "other"))
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    assert kyo("init", cwd=stranger).returncode == 0
    key = ("--key", gate / "studio.pub")
    for words, cwd, code, said in (
        (("--snapshot", gate / "made"), stranger, 2, "add --key FILE"),
        (("--key", gate / "studio.pub"), gate, 2, "add --snapshot DIR"),
        (("--snapshot", "for-lab", *key, "--use", other), gate, 2, "made for 'lab', and the use is by 'other'"),
        (("--snapshot", "for-lab", *key), gate, 2, "made for 'lab'"),
        (("--snapshot", "nowhere", *key), gate, 5, "there is no snapshot"),
        (("--snapshot", "out-of-nothing"), gate, 5, "there is no snapshot"),
    ):
        done = kyo("check", clip, *words, cwd=cwd)
        assert (done.returncode, said in done.stderr, done.stderr.count("\n")) == (code, True, 1), done.stderr


def test_what_is_new_is_sent_in_the_place_of_all(studio: Studio, gate: Path) -> None:
    words = ("--workspace", studio.workspace)
    assert kyo("snapshot", "-o", "delta", "--since", "made", *words, cwd=gate).returncode == 0
    done = kyo("snapshot", "apply", "made", "delta", "-o", "new", "--key", "studio.pub", "--json", cwd=gate)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"] == json.loads((gate / "made.json").read_text())["id"]
    assert kyo("snapshot", "apply", "for-lab", "delta", "-o", "other", cwd=gate).returncode == 2
    assert "-o DIR" in kyo("snapshot", *words, cwd=gate).stderr


@pytest.mark.parametrize("valid", ["7", "d", "-1d", "1w", "0d", "9999d"])
def test_a_length_of_time_is_days_hours_or_minutes(gate: Path, valid: str) -> None:
    assert kyo("snapshot", "-o", "never", f"--valid={valid}", cwd=gate).returncode == 2
    assert not (gate / "never").exists()
