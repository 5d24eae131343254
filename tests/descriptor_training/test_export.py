# SPDX-License-Identifier: Apache-2.0
"""The files that leave a run: the graph computes what the network does, and its card is read by the product."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2")
torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from kyodaku.copies.onnx import OnnxCard, load_onnx_descriptor  # noqa: E402
from kyodaku.descriptor_training import export  # noqa: E402
from kyodaku.descriptor_training.checkpoint import Plan  # noqa: E402
from kyodaku.descriptor_training.network import DIMS, FrameNetwork  # noqa: E402
from kyodaku.descriptor_training.pictures import picture  # noqa: E402
from kyodaku.descriptor_training.strangers import stranger  # noqa: E402

PLAN = Plan(seed=7, pictures=96, views=9_600)


@pytest.fixture(scope="module")
def network() -> FrameNetwork:
    """As after some training: the normalisation has seen pictures."""
    torch.manual_seed(3)
    made = FrameNetwork()
    made.train()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
        for _ in range(3):
            made(torch.rand(16, 3, 128, 128) * 255)
    return made.eval()


@pytest.fixture(scope="module")
def written(network: FrameNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "kyodaku-frame-v1.onnx"
    export.write_onnx(network, path)
    export.write_card(
        path.with_suffix(".card.json"), path, plan=PLAN, step=25, commit="abc1234", history="Stopped once."
    )
    return path


def test_the_graph_computes_what_the_network_does(network: FrameNetwork, written: Path) -> None:
    shown = np.random.default_rng(0).uniform(0, 255, (5, 3, 128, 128)).astype(np.float32)
    shown[4] = 0
    session = onnxruntime.InferenceSession(written, providers=["CPUExecutionProvider"])
    (described,) = session.run(None, {"pictures": shown})
    with torch.no_grad():
        expected = network(torch.from_numpy(shown)).numpy()
    assert described.shape == (5, DIMS)
    assert np.abs(described - expected).max() < 1e-4


def test_the_same_weights_are_the_same_bytes(network: FrameNetwork, written: Path, tmp_path: Path) -> None:
    export.write_onnx(network, tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == written.read_bytes()


def test_the_file_is_small(written: Path) -> None:
    assert written.stat().st_size < 8_000_000


def test_the_card_is_what_the_product_reads(written: Path) -> None:
    path = written.with_suffix(".card.json")
    card = OnnxCard.load(path)
    assert card.sha256 == hashlib.sha256(written.read_bytes()).hexdigest()
    assert (card.name, card.version, card.licence) == ("kyodaku-frame", 1, "Apache-2.0")
    described = load_onnx_descriptor(path).describe([picture(1, 0), picture(1, 5)])
    assert described.codes.shape == (2, DIMS // 8)


def test_the_card_says_what_was_done(written: Path) -> None:
    told = OnnxCard.load(written.with_suffix(".card.json")).training
    assert "no photograph, film, font or drawing of others" in told
    assert "kyodaku-train-descriptor --seed 7 --pictures 96 --views 9600 --out DIR" in told
    assert re.search(r"9,600 views \(25 of 25 steps\)", told)
    assert "--out DIR. Stopped once. Code: abc1234." in told


def test_the_background_is_repeatable_and_as_frames_are_described(written: Path) -> None:
    card = written.with_suffix(".card.json")
    bank = export.background(card, PLAN, count=12)
    assert bank.shape == (12, DIMS)
    assert bank.dtype == np.int8
    assert np.array_equal(bank[:5], export.background(card, PLAN, count=5))
    own = load_onnx_descriptor(card).embed(picture(PLAN.seed + 1, 4))  # every fourth is a picture as in training
    assert np.dot(own, bank[4] / np.linalg.norm(bank[4].astype(float))) > 0.999


def test_the_card_names_the_strangers_and_their_hash(written: Path, tmp_path: Path) -> None:
    bank = tmp_path / "kyodaku-frame-v1.background.npy"
    np.save(bank, export.background(written.with_suffix(".card.json"), PLAN, count=4))
    export.write_card(tmp_path / "card.json", written, plan=PLAN, step=25, strangers=bank)
    named = OnnxCard.load(tmp_path / "card.json").background
    assert named is not None
    assert (named.file, named.sha256) == (bank.name, hashlib.sha256(bank.read_bytes()).hexdigest())


def test_strangers_are_repeatable_and_each_is_another_picture() -> None:
    drawn = [stranger(5, number) for number in range(16)]
    assert all(np.array_equal(one, stranger(5, number)) for number, one in enumerate(drawn))
    assert all(one.dtype == np.uint8 and one.ndim == 3 and one.std() > 0 for one in drawn)
    assert len({one.tobytes() for one in drawn}) == 16
    assert len(drawn[1]) < len(drawn[0])
