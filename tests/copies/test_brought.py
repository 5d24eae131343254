# SPDX-License-Identifier: Apache-2.0
"""Descriptors in a user's folder: known wherever Kyodaku runs, and never in the place of one that it ships."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kyodaku.copies import (
    IndexWriter,
    calibration,
    fingerprint,
    get_descriptor,
    known_descriptors,
    load_calibration,
    open_index,
    query_fingerprint,
    register,
)
from kyodaku.copies import descriptor as table
from kyodaku.copies.brought import VARIABLE, brought
from kyodaku.copies.descriptor import Pixels
from kyodaku.copies.onnx import load_onnx_descriptor
from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from support.networks import SIDE, network

ID = "little-net-v3"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder 記述子 with one descriptor in it, named by the variable."""
    made = tmp_path / "記述子"
    made.mkdir()
    write_card(made)
    monkeypatch.setenv(VARIABLE, os.pathsep.join(["", str(made)]))
    calibration.load_calibration.cache_clear()
    yield made
    calibration.load_calibration.cache_clear()


def write_card(folder: Path, file: str = "little.card.json", **change: object) -> Path:
    data = network()
    (folder / "net.onnx").write_bytes(data)
    card = {
        "name": "little-net", "version": 3, "file": "net.onnx", "sha256": hashlib.sha256(data).hexdigest(),
        "input_size": [SIDE, SIDE], "output_dims": 64, "bits": 64, "fine_dims": 0, "licence": "CC0-1.0",
        "training": "none: drawn by chance",
    }  # fmt: skip
    (folder / file).write_text(json.dumps(card | change), encoding="utf-8")
    return folder / file


def test_a_brought_descriptor_is_known_by_its_id(folder: Path) -> None:
    assert ID in known_descriptors()
    assert "pdq-v1" in known_descriptors()
    assert get_descriptor(ID) is brought()[ID]
    with pytest.raises(UsageError, match=rf"unknown descriptor 'little-net-v4' \(known: kyodaku-frame-v1, {ID}, "):
        get_descriptor("little-net-v4")


def test_without_the_variable_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert brought() == {}


def test_it_searches_with_the_calibration_beside_it(
    folder: Path, film: Callable[..., list[tuple[float, Pixels]]], tmp_path: Path
) -> None:
    with pytest.raises(KyodakuError, match=f"there is no calibration for '{ID}'"):
        load_calibration(ID)
    text = load_calibration("pdq-v1").to_json().replace('"pdq-v1"', f'"{ID}"')
    (folder / f"{ID}.calibration.json").write_text(text, encoding="utf-8")
    descriptor = get_descriptor(ID)
    with IndexWriter(tmp_path / "index", descriptor=ID) as writer:
        for seed in range(3):
            writer.add(f"film-{seed}", fingerprint(film(seed, 20), descriptor=descriptor))
    index = open_index(tmp_path / "index")
    assert index.calibration.descriptor == ID
    index.search(query_fingerprint(film(1, 8, start=6), descriptor=descriptor))


def with_calibration(folder: Path, **change: Any) -> Path:
    folder.mkdir(exist_ok=True)
    write_card(folder, **change)
    text = load_calibration("pdq-v1").to_json().replace('"pdq-v1"', f'"{ID}"')
    (folder / f"{ID}.calibration.json").write_text(text, encoding="utf-8")
    return folder


def test_an_index_made_with_other_weights_of_the_same_name_is_refused(
    folder: Path, film: Callable[..., list[tuple[float, Pixels]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_calibration(folder)
    made = fingerprint(film(1, 8), descriptor=get_descriptor(ID))
    with IndexWriter(tmp_path / "index", descriptor=ID) as writer:
        writer.add("film", made)
    monkeypatch.setenv(VARIABLE, str(with_calibration(tmp_path / "told", licence="MIT", training="another statement")))
    assert list(open_index(tmp_path / "index")) == ["film"]  # the same network, with other words about it
    monkeypatch.setenv(VARIABLE, str(with_calibration(tmp_path / "other", scale=255.0)))
    refusal = rf"its codes were made with another {ID} \([0-9a-f]{{16}}\) than the one here \([0-9a-f]{{16}}\)"
    with pytest.raises(IntegrityError, match=refusal):
        open_index(tmp_path / "index")
    with pytest.raises(IntegrityError, match=refusal), IndexWriter(tmp_path / "index", descriptor=ID):
        pass


def test_an_index_of_before_is_bound_with_its_next_change(
    folder: Path, film: Callable[..., list[tuple[float, Pixels]]], tmp_path: Path
) -> None:
    with_calibration(folder)
    made = fingerprint(film(1, 8), descriptor=get_descriptor(ID))
    with IndexWriter(tmp_path, descriptor=ID) as writer:
        writer.add("film", made)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    bound = manifest.pop("content")
    del manifest["sha256"]
    manifest["version"] = 1
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    manifest["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert list(open_index(tmp_path)) == ["film"]
    with IndexWriter(tmp_path, descriptor=ID) as writer:
        writer.add("second", fingerprint(film(2, 8), descriptor=get_descriptor(ID)))
    again = json.loads((tmp_path / "manifest.json").read_text())
    assert (again["content"], again["version"]) == (bound, 2)
    assert bound == get_descriptor(ID).content  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "this calibration is for pdq-v1"),
        (b"\xff\xfe", "the calibration cannot be read"),
        (b"{", "calibration"),
    ],
)
def test_a_calibration_that_is_off_is_refused(folder: Path, text: bytes | None, complaint: str) -> None:
    own = load_calibration("pdq-v1").to_json().encode()
    (folder / f"{ID}.calibration.json").write_bytes(own if text is None else text)
    with pytest.raises(KyodakuError, match=complaint):
        load_calibration(ID)


def test_a_shipped_descriptor_cannot_be_replaced(folder: Path) -> None:
    write_card(folder, "second.card.json", name="pdq", version=1)
    with pytest.raises(UsageError, match=r"net\.onnx: 'pdq-v1' is taken \(give yours a name of its own\)"):
        known_descriptors()


def test_one_that_a_script_registered_may_lie_there_too(folder: Path) -> None:
    known = dict(table._KNOWN)
    try:
        register(load_onnx_descriptor(folder / "little.card.json"))
        assert ID in known_descriptors()
    finally:
        table._KNOWN.clear()
        table._KNOWN.update(known)


def test_the_same_id_twice_is_refused(folder: Path) -> None:
    write_card(folder, "twice.card.json")
    with pytest.raises(UsageError, match=rf"twice\.card\.json: there is a second '{ID}'"):
        known_descriptors()


def test_a_card_that_is_off_stops_everything(folder: Path) -> None:
    write_card(folder, "off.card.json", bits=100)
    with pytest.raises(UsageError, match=r"off\.card\.json: bits"):
        known_descriptors()


def test_a_folder_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "無い"))
    with pytest.raises(UsageError, match=rf"無い: the folder of descriptors cannot be read: .*\(correct {VARIABLE}\)"):
        known_descriptors()
