# SPDX-License-Identifier: Apache-2.0
"""`kyodaku prove`, `verify` and `explain` as people and scripts call them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kyodaku.registry import Registry
from kyodaku.training import Cleared, clear, load_use
from kyodaku.workspace import Workspace
from support.commands import kyo, process
from support.studio import Studio, build


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return build(tmp_path_factory.mktemp("proving"))


@pytest.fixture(scope="module")
def registry(studio: Studio) -> Iterator[Registry]:
    with Workspace.open(studio.workspace) as workspace:
        yield workspace.registry


@pytest.fixture(scope="module")
def cleared(studio: Studio, registry: Registry) -> Cleared:
    return clear(str(studio.manifest), studio.root / "out", registry=registry, use=load_use(studio.use), workers=2)


@pytest.fixture
def decision_id(cleared: Cleared) -> str:
    """That of the clip `no`: a copy of the refused film."""
    rows = pq.read_table(cleared.out / "decisions.parquet").to_pylist()
    return next(str(row["decision_id"]) for row in rows if row["clip_id"] == "no")


def where(studio: Studio) -> tuple[str, Path]:
    return "--workspace", studio.workspace


def test_a_decision_is_proven_and_verified_by_a_process_that_knows_no_workspace(
    studio: Studio, tmp_path: Path, decision_id: str
) -> None:
    made = kyo("prove", decision_id, "-o", tmp_path / "pack.zip", *where(studio), cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    bare = tmp_path / "elsewhere"
    bare.mkdir()
    (tmp_path / "pack.zip").rename(bare / "pack.zip")
    key = studio.workspace / "keys" / "ledger.key.pub"
    (bare / "their.pub").write_bytes(key.read_bytes())
    done = process("verify", "pack.zip", "--key", "their.pub", cwd=bare)
    assert (done.returncode, done.stderr) == (0, "")
    told = " ".join(done.stdout.split())
    for said in (
        "1 decision made again",
        "no (sha256",
        "refused",
        "It rests on 前提となること the key that you gave",
        "指定された鍵",
        "拒",
    ):
        assert said in told
    assert [each.name for each in sorted(bare.iterdir())] == ["pack.zip", "their.pub"]


@pytest.mark.parametrize(
    ("subject", "said"), [("run", "decisions (判断): permitted 3, refused 8"), ("silent", "found, and in no")]
)
def test_a_run_and_a_work_are_proven(studio: Studio, cleared: Cleared, tmp_path: Path, subject: str, said: str) -> None:
    name = cleared.run if subject == "run" else subject
    made = kyo("prove", name, "-o", "pack.zip", "--json", *where(studio), cwd=tmp_path)
    assert json.loads(made.stdout)["subject"] == name
    done = kyo("verify", "pack.zip", cwd=tmp_path)
    assert done.returncode == 0
    assert said in done.stdout
    assert "compare it with one had from elsewhere" in done.stdout
    assert json.loads(kyo("verify", "pack.zip", "--json", cwd=tmp_path).stdout)["key_given"] is False


def test_a_pack_is_held_against_a_checkpoint(
    studio: Studio, registry: Registry, cleared: Cleared, tmp_path: Path
) -> None:
    kyo("ledger", "checkpoint", "-o", tmp_path / "kept.txt", *where(studio), cwd=tmp_path)
    registry.import_document({"parties": [{"id": "late", "kind": "holder"}]})
    held = ("--checkpoint", "kept.txt")
    assert kyo("prove", cleared.run, "-o", "one.zip", *where(studio), cwd=tmp_path).returncode == 0
    done = kyo("verify", "one.zip", *held, cwd=tmp_path)
    assert (done.returncode, "no proof about your checkpoint" in done.stderr) == (2, True)
    assert kyo("prove", cleared.run, "-o", "two.zip", *held, *where(studio), cwd=tmp_path).returncode == 0
    done = kyo("verify", "two.zip", *held, cwd=tmp_path)
    assert (done.returncode, "the log continues your checkpoint of" in done.stdout) == (0, True)


def test_an_altered_pack_is_an_integrity_failure(studio: Studio, decision_id: str, tmp_path: Path) -> None:
    kyo("prove", decision_id, "-o", "pack.zip", *where(studio), cwd=tmp_path)
    content = bytearray((tmp_path / "pack.zip").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "pack.zip").write_bytes(content)
    done = kyo("verify", "pack.zip", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (5, "", 1)
    assert kyo("verify", "none.zip", cwd=tmp_path).returncode == 2


def test_a_pack_is_held_against_the_published_log(studio: Studio, cleared: Cleared, tmp_path: Path) -> None:
    assert cleared.run
    key = ("--key", studio.workspace / "keys" / "ledger.key.pub")
    kyo("prove", "silent", "-o", "pack.zip", *where(studio), cwd=tmp_path)
    kyo("ledger", "publish", "-o", "www", *where(studio), cwd=tmp_path)
    done = kyo("verify", "pack.zip", "--log", "www", *key, cwd=tmp_path)
    assert (done.returncode, "no run that the pack is silent about" in done.stdout) == (0, True)
    told = json.loads(kyo("verify", "pack.zip", "--log", "www", *key, "--json", cwd=tmp_path).stdout)
    assert told["recorded_again"] == []
    assert kyo("verify", "pack.zip", "--log", "www", cwd=tmp_path).returncode == 2
    assert kyo("verify", "pack.zip", "--log", "nowhere", *key, cwd=tmp_path).returncode == 1


@pytest.mark.parametrize("option", ["--key", "--checkpoint"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a" * 2_000_000, b"PK\x03\x04", None])
def test_a_wrong_file_is_named_and_no_word_against_the_pack(
    studio: Studio, decision_id: str, tmp_path: Path, option: str, content: bytes | None
) -> None:
    kyo("prove", decision_id, "-o", "pack.zip", *where(studio), cwd=tmp_path)
    if content is not None:
        (tmp_path / "wrong").write_bytes(content)
    done = kyo("verify", "pack.zip", option, "wrong", cwd=tmp_path)
    assert (done.returncode in {1, 2}, done.stdout, done.stderr.count("\n")) == (True, "", 1)
    assert done.stderr.startswith("kyodaku: wrong: ")


def test_a_pipe_is_not_waited_for(studio: Studio, decision_id: str, tmp_path: Path) -> None:
    kyo("prove", decision_id, "-o", "pack.zip", *where(studio), cwd=tmp_path)
    os.mkfifo(tmp_path / "pipe")
    for words in (("pack.zip", "--checkpoint", "pipe"), ("pack.zip", "--key", "pipe"), ("pipe",)):
        done = kyo("verify", *words, cwd=tmp_path)
        assert (done.returncode in {1, 2, 5}, done.stderr.count("\n")) == (True, 1)


@pytest.mark.parametrize("name", ["a\nb", "\udcff", "\0"])
def test_a_name_that_nothing_has_is_told(studio: Studio, cleared: Cleared, tmp_path: Path, name: str) -> None:
    assert cleared.run
    for command in (("explain",), ("prove", "-o", "pack.zip")):
        done = kyo(*command, name, *where(studio), cwd=tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)


# --- explain ----------------------------------------------------------------------------------------------------------
def test_a_recorded_decision_is_made_again_in_both_languages(studio: Studio, decision_id: str, tmp_path: Path) -> None:
    done = kyo("explain", decision_id, *where(studio), cwd=tmp_path)
    assert done.returncode == 0
    for said in ("no.mp4", "refused", "the same as was recorded", "Refused", "拒まれた映画"):
        assert said in done.stdout
    told = json.loads(kyo("explain", decision_id, "--json", *where(studio), cwd=tmp_path).stdout)
    assert (told["decision_id"], told["verdict"], told["same_as_recorded"]) == (decision_id, "refused", True)
    assert told["facts"]["found"][0]["work"] == "refused"


def test_a_decision_that_nobody_made_is_told(studio: Studio, cleared: Cleared, tmp_path: Path) -> None:
    assert cleared.run
    for command in (("explain",), ("prove", "-o", "pack.zip")):
        done = kyo(*command, "sha256:" + "0" * 64, *where(studio), cwd=tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "pack.zip").exists()
