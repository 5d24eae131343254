# SPDX-License-Identifier: Apache-2.0
"""A sentence model of the user's own: a toy that averages one vector a word."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kyodaku.errors import KyodakuError
from kyodaku.names import NamesIndex
from kyodaku.names.embedding import OnnxTextEmbedder
from kyodaku.workspace import Workspace
from support.commands import kyo
from support.networks import field, tensor

pytest.importorskip("tokenizers")
WORDS = ["[UNK]", "inventor", "owl", "an", "with", "a", "the", "sea", "car"]


def value(name: str, kind: int, sides: int) -> bytes:
    shape = b"".join(field(1, field(2, f"{name}{side}")) for side in range(sides))
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    table = np.eye(len(WORDS))
    node = field(1, "w") + field(1, "input_ids") + field(2, "y") + field(4, "Gather")
    inputs = field(11, value("input_ids", 7, 2)) + field(12, value("y", 1, 3))
    graph = field(1, node) + field(2, "net") + field(5, tensor("w", table)) + inputs
    (tmp_path / "model.onnx").write_bytes(field(1, 8) + field(7, graph) + field(8, field(2, 13)))
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "post_processor": None, "decoder": None,
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }  # fmt: skip
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    return tmp_path / "model.onnx", tmp_path / "tokenizer.json"


def test_vectors_have_length_one_and_stand_for_what_is_said(files: tuple[Path, Path]) -> None:
    embedder = OnnxTextEmbedder(*files)
    rows = embedder.embed(["an inventor with an owl", "the owl", "", "\ud800", "the car"])
    assert rows.shape == (5, len(WORDS))
    assert np.linalg.norm(rows[[0, 1, 4]], axis=1) == pytest.approx(1)
    assert rows[0] @ rows[1] > rows[0] @ rows[4]


def test_an_embedding_routes_and_never_decides(files: tuple[Path, Path], index: NamesIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "names")
    opened = NamesIndex.open(tmp_path / "names", embedder=OnnxTextEmbedder(*files))
    (found,) = opened.find("inventor with an owl")
    assert (found.work, found.how, found.band, found.name) == ("quill", "embedding", "review", "")
    assert opened.find("the sea") == []


def test_the_command_takes_a_folder_with_a_model(files: tuple[Path, Path], tmp_path: Path) -> None:
    owl = {
        "id": "quill",
        "kind": "character",
        "title": {"en": "Quill"},
        "shares": [{"party": "studio", "rights": "all"}],
    }
    words = {"descriptions": {"en": "An inventor with an owl."}}
    parties = [{"id": "studio", "kind": "holder", "name": {"en": "Studio"}}]
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        (tmp_path / "registry.json").write_text(json.dumps({"parties": parties, "works": [owl | words]}))
        workspace.import_registry([tmp_path / "registry.json"])
    command = ("prompt", "an inventor owl", "--workspace", tmp_path / "w", "--json")
    assert json.loads(kyo(*command, cwd=tmp_path).stdout)["verdict"] == "permitted"
    told = json.loads(kyo(*command, "--embedder", files[0].parent, cwd=tmp_path).stdout)
    assert (told["verdict"], [each["how"] for each in told["mentions"]]) == ("review", ["embedding"])


def test_what_is_no_model_is_told(files: tuple[Path, Path]) -> None:
    with pytest.raises(KyodakuError, match="not a sentence model"):
        OnnxTextEmbedder(files[1], files[1])
