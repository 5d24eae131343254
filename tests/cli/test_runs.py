# SPDX-License-Identifier: Apache-2.0
"""`kyodaku runs`, and what revoking and objecting say of what was cleared before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.commands import Done, kyo
from support.studio import Studio


@pytest.fixture(scope="module")
def before(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace in which a run was finished, and a model beside it."""
    root = tmp_path_factory.mktemp("runs")
    shutil.copytree(studio.untouched, root / "kyodaku-workspace")
    (root / "weights").mkdir()
    (root / "weights" / "0.bin").write_bytes(bytes(100))
    assert kyo("clear", studio.manifest, "-o", "out", "--use", studio.use, "--workers", "2", cwd=root).returncode == 0
    return root


def answer(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_from_a_run_to_a_model_to_a_revocation(before: Path) -> None:
    assert "no run" not in kyo("runs", "list", cwd=before).stdout
    (run,) = answer(kyo("runs", "list", "--json", cwd=before))["runs"]
    shown = kyo("runs", "show", run["run"], cwd=before).stdout
    assert "granted (1)" in shown
    assert answer(kyo("runs", "show", run["run"], "--json", cwd=before))["models"] == []
    assert kyo("runs", "show", "run-0", cwd=before).returncode == 2

    manifest = Path("out", "cleared.parquet")
    recorded = kyo("runs", "record", "--manifest", manifest, "--model", "weights", "--name", "video-1", cwd=before)
    assert recorded.returncode == 0
    assert "no OpenSSF signature" in recorded.stdout
    verified = kyo("runs", "verify", "weights", cwd=before)
    assert verified.returncode == 0
    assert verified.stdout.count("holds:") == 7

    used = kyo("runs", "using", "granted", cwd=before).stdout
    assert "video-1" in used
    assert "yes: granted" in used
    assert "no run that is recorded here cleared a clip" in kyo("runs", "using", "silent", cwd=before).stdout
    (found,) = answer(kyo("runs", "using", "granted", "--json", cwd=before))["runs"]
    assert (found["count"], found["models"][0]["name"], found["withdrawn"]) == (1, "video-1", [])

    objected = kyo("object", "--by", "studio", "--work", "granted", "--act", "train", cwd=before)
    assert "video-1" in objected.stdout
    refused = kyo("object", "--by", "studio", "--work", "refused", "--json", cwd=before)
    assert answer(refused)["affected"] == []
    (grant,) = found["clips"][0]["permissions"]
    revoked = answer(kyo("revoke", grant, "--by", "studio", "--purge", "--json", cwd=before))
    (reached,) = revoked["affected"]
    assert reached["withdrawn"] == [{"permission": grant, "revocation": revoked["id"], "effect": "purge"}]
    assert "copies and models are to go" in kyo("runs", "using", "granted", cwd=before).stdout
    told = kyo("runs", "verify", "weights", cwd=before).stdout
    assert "since withdrawn" in told
    assert "since objected to" in told
    (before / "weights" / "kyodaku-lineage.jsonl").unlink()
    anew = kyo("runs", "record", "--manifest", manifest, "--model", "weights", cwd=before).stdout
    assert ("since withdrawn" in anew, "since objected to" in anew) == (True, True)
    assert "also recorded as" in kyo("runs", "verify", "weights", cwd=before).stdout

    (before / "weights" / "0.bin").write_bytes(bytes(99))
    changed = kyo("runs", "verify", "weights", cwd=before)
    assert changed.returncode == 5
    assert changed.stderr.count("\n") == 1
    assert "0.bin" in changed.stderr


def test_a_workspace_without_runs_says_so(tmp_path: Path) -> None:
    kyo("init", cwd=tmp_path)
    assert kyo("runs", "list", cwd=tmp_path).stdout == "no run is recorded\n"
    assert answer(kyo("runs", "list", "--json", cwd=tmp_path)) == {"runs": [], "models": []}
