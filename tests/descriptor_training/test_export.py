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


def test_the_background_is_repeatable_and_of_strangers(network: FrameNetwork) -> None:
    bank = export.background(network, PLAN, count=12)
    assert bank.shape == (12, DIMS)
    assert bank.dtype == np.int8
    assert (np.abs(bank.astype(int)).max(axis=1) == 127).all()
    assert np.array_equal(bank[:5], export.background(network, PLAN, count=5))
    with torch.no_grad():
        own = network(torch.from_numpy(export._seen(picture(PLAN.seed + 1, 3)))[None]).numpy()[0]
    assert np.dot(own, bank[3] / np.linalg.norm(bank[3].astype(float))) > 0.999
