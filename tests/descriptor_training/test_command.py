# SPDX-License-Identifier: Apache-2.0
"""The command: from nothing to the files, and one line for what goes wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from kyodaku.descriptor_training import command

SMALL = ["--seed", "3", "--pictures", "16", "--views", "32", "--batch", "8", "--processes", "1", "--eager"]


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["kyodaku-train-descriptor", *words])
    monkeypatch.setenv("KYODAKU_TRAIN_EAGER", "1")  # so that what the command sets is taken back
    try:
        command.main()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def test_a_small_run_leaves_its_files(monkeypatch, tmp_path: Path, capsys) -> None:
    for needed in ("cv2", "torch", "onnx"):
        pytest.importorskip(needed)
    monkeypatch.setattr("kyodaku.descriptor_training.export.BACKGROUND", 4)
    monkeypatch.setattr("kyodaku.descriptor_training.export.background", lambda *_: np.zeros((4, 256), np.int8))
    assert run(monkeypatch, *SMALL, "--out", str(tmp_path)) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "checkpoint.npz", "pictures.npy",
        "kyodaku-frame-v1.onnx", "kyodaku-frame-v1.card.json", "kyodaku-frame-v1.background.npy",
    }  # fmt: skip
    assert "after 2 of 2 steps" in capsys.readouterr().out
    assert run(monkeypatch, *SMALL, "--out", str(tmp_path)) == 1
    assert "there is a run already" in capsys.readouterr().err
    assert run(monkeypatch, *SMALL, "--out", str(tmp_path), "--export-only") == 0


def test_there_must_be_something_to_go_on_from(monkeypatch, tmp_path: Path, capsys) -> None:
    for needed in ("cv2", "torch"):
        pytest.importorskip(needed)
    assert run(monkeypatch, *SMALL, "--out", str(tmp_path), "--resume") == 1
    assert capsys.readouterr().err.endswith("there is no checkpoint to go on from\n")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--pictures", "3", "3 is not in the range"),
        ("--views", "many", "not a valid integer"),
        ("--rate", "0", "range"),
        ("--batch", "6", "families of four"),
        ("--seed", "-1", "range"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(monkeypatch, tmp_path, capsys, option, value, said) -> None:
    if option == "--batch":
        pytest.importorskip("torch")
    assert run(monkeypatch, *SMALL, "--out", str(tmp_path / "run"), option, value) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_is_refused_in_one_line(monkeypatch, tmp_path: Path, capsys) -> None:
    pytest.importorskip("torch")
    (tmp_path / "file").write_text("")
    assert run(monkeypatch, *SMALL, "--out", str(tmp_path / "file" / "run")) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_what_is_not_installed_is_named(monkeypatch, tmp_path: Path, capsys) -> None:
    monkeypatch.setitem(sys.modules, "kyodaku.descriptor_training.checkpoint", None)
    assert run(monkeypatch, *SMALL, "--out", str(tmp_path)) == 1
    assert "pip install 'kyodaku[descriptor-training]'" in capsys.readouterr().err
