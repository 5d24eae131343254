# SPDX-License-Identifier: Apache-2.0
"""Networks that people bring: cards, files that are not what they say, and codes that do not depend on company."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyodaku.copies import PDQ, Fingerprint, fingerprint
from kyodaku.copies import onnx as module
from kyodaku.copies._onnx_file import check_self_contained
from kyodaku.copies.descriptor import Pixels
from kyodaku.copies.onnx import OnnxCard, OnnxDescriptor, load_onnx_descriptor, rotation
from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from support.networks import DIMS, SIDE, field, kernel, network, tensor

Made = Callable[..., OnnxDescriptor]


@pytest.fixture
def brought(tmp_path: Path) -> Made:
    """`brought(data=network(), **card)`: a card and a file in a folder, loaded."""

    def make(data: bytes | None = None, **card: object) -> OnnxDescriptor:
        data = network() if data is None else data
        (tmp_path / "net.onnx").write_bytes(data)
        path = tmp_path / "許諾 カード.json"
        path.write_text(json.dumps(document(data) | card), encoding="utf-8")
        return load_onnx_descriptor(path)

    return make


def document(data: bytes) -> dict[str, object]:
    return {
        "name": "little-net",
        "version": 3,
        "file": "net.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "input_size": [SIDE, SIDE],
        "output_dims": DIMS,
        "bits": DIMS,
        "fine_dims": DIMS,
        "licence": "CC0-1.0",
        "training": "drawn by chance; nobody had to be asked",
    }


@pytest.fixture(scope="module")
def frames() -> list[Pixels]:
    rng = np.random.default_rng(5)
    sizes = [(SIDE, SIDE), (36, 64), (64, 36), (1, 1), (144, 256)]
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


# --- what it computes -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("channels", ["rgb", "bgr"])
@pytest.mark.parametrize(
    ("scale", "mean", "std"), [(1.0, [0] * 3, [1] * 3), (255.0, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
)
def test_the_numbers_are_the_network_s(
    brought: Made, frames: list[Pixels], channels: str, scale: float, mean: list[float], std: list[float]
) -> None:
    made = brought(channels=channels, scale=scale, mean=mean, std=std)
    pixels = frames[0][:, :, :: -1 if channels == "bgr" else 1].astype(np.float64)
    pixels = (pixels / scale - mean) / std
    wanted = np.einsum("ochw,hwc->o", kernel().astype(np.float32), pixels)
    wanted /= np.linalg.norm(wanted)
    np.testing.assert_allclose(made.embed(frames[0]), wanted, atol=1e-5)
    described = made.describe([frames[0]])
    sure = np.abs(wanted) > 1e-4
    assert (np.unpackbits(described.codes[0]) == (wanted > 0))[sure].all()
    assert described.fine is not None
    fine = described.fine[0].astype(np.float64)
    assert fine @ wanted / np.linalg.norm(fine) > 0.9999
    assert np.abs(described.fine).max() == 127


def test_a_network_that_wants_channels_last_gets_them_last(brought: Made) -> None:
    made = brought(layout="nhwc")
    with pytest.raises(UsageError, match=r"net\.onnx: the network refuses a picture"):
        made.describe([np.zeros((SIDE, SIDE, 3), dtype=np.uint8)])


def test_a_frame_is_described_by_itself(brought: Made, frames: list[Pixels]) -> None:
    made = brought()
    together = made.describe(frames)
    alone = [made.describe([frame]) for frame in frames]
    np.testing.assert_array_equal(together.codes, np.concatenate([one.codes for one in alone]))
    np.testing.assert_array_equal(together.fine, np.concatenate([one.fine for one in alone if one.fine is not None]))
    np.testing.assert_array_equal(together.quality, np.concatenate([one.quality for one in alone]))


def test_no_frames_give_no_codes(brought: Made) -> None:
    described = brought(fine_dims=0).describe([])
    assert described.codes.shape == (0, DIMS // 8)
    assert described.fine is None


def test_quality_is_pdq_s_measure(brought: Made, scene: Callable[..., Pixels]) -> None:
    made = brought()
    blank = np.full((90, 160, 3), 200, dtype=np.uint8)
    full = scene(1, 90, 160)
    quality = made.describe([blank, full]).quality
    assert quality[0] == 0
    assert quality[1] > 0
    assert int(PDQ.describe([full]).quality[0]) > 50


def test_a_window_of_a_larger_picture_is_described_like_a_copy_of_it(brought: Made, frames: list[Pixels]) -> None:
    made, window = brought(), frames[4][11:90, 200:7:-1]
    np.testing.assert_array_equal(made.describe([window]).codes, made.describe([window.copy()]).codes)


def test_a_fingerprint_of_it_goes_through_a_file(
    brought: Made, film: Callable[..., list[tuple[float, Pixels]]]
) -> None:
    made = fingerprint(film(1, 4), descriptor=brought())
    assert made.descriptor == "little-net-v3"
    again = Fingerprint.from_bytes(made.to_bytes())
    assert again == made
    np.testing.assert_array_equal(again.fine, made.fine)


def test_another_process_reads_the_file_itself(brought: Made, frames: list[Pixels]) -> None:
    made = brought()
    again = pickle.loads(pickle.dumps(made))
    np.testing.assert_array_equal(again.describe(frames).codes, made.describe(frames).codes)


# --- rotations ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("bits", [64, 128, 512])
def test_a_rotation_gives_as_many_bits_as_the_card_says_and_keeps_angles(
    brought: Made, frames: list[Pixels], bits: int
) -> None:
    plain, turned = brought(), brought(bits=bits, rotation_seed=11)
    made = turned.describe(frames)
    assert made.codes.shape == (len(frames), bits // 8)
    assert made.fine is not None
    wanted = plain.embed(frames[1]) @ plain.embed(frames[2])
    left, right = made.fine[1].astype(float), made.fine[2].astype(float)
    assert left @ right / np.linalg.norm(left) / np.linalg.norm(right) == pytest.approx(wanted, abs=0.02)


def test_a_rotation_is_the_same_for_ever() -> None:
    matrix = rotation(7, 64, 128)
    np.testing.assert_allclose(matrix[:64] @ matrix[:64].T, np.eye(64), atol=1e-6)
    np.testing.assert_allclose(matrix[0, :3], [-0.00636016, 0.14181818, 0.11979831], atol=1e-6)
    assert not np.allclose(matrix, rotation(8, 64, 128))


def test_fewer_numbers_may_be_kept_than_there_are(brought: Made, frames: list[Pixels]) -> None:
    made = brought(fine_dims=32, rotation_seed=0).describe(frames)
    assert made.fine is not None
    assert made.fine.shape == (len(frames), 32)


# --- cards that are off ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": "Little Net"}, "name"),
        ({"name": "../net"}, "name"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"file": "../net.onnx"}, "file"),
        ({"file": "/etc/passwd"}, "file"),
        ({"file": "net.pkl"}, "file"),
        ({"input_size": [8, 100_000]}, r"input_size\.1"),
        ({"input_size": [8]}, "input_size"),
        ({"bits": 100}, "bits"),
        ({"bits": 128}, "64 numbers have as many signs"),
        ({"bits": 4096, "rotation_seed": 1}, "bits"),
        ({"fine_dims": 65}, "fine_dims"),
        ({"std": [1, 0, 1]}, "std must not be 0"),
        ({"mean": [1, float("nan"), 1]}, r"mean\.1"),
        ({"scale": -1}, "scale"),
        ({"licence": ""}, "licence"),
        ({"training": None}, "training"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_card_that_is_off_is_told_by_its_field(brought: Made, change: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError, match=rf"カード\.json: .*{complaint}"):
        brought(**change)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 50_000, b" " * 70_000])
def test_what_is_no_card_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "card.json").write_bytes(text)
    with pytest.raises(UsageError, match=r"card\.json: "):
        OnnxCard.load(tmp_path / "card.json")


def test_missing_files_are_named(tmp_path: Path, brought: Made) -> None:
    with pytest.raises(KyodakuError, match=r"none\.json: the card cannot be read"):
        load_onnx_descriptor(tmp_path / "none.json")
    with pytest.raises(KyodakuError, match=r"other\.onnx: the network cannot be read"):
        brought(file="other.onnx")


# --- files that are off ---------------------------------------------------------------------------------------------
def test_a_file_must_be_the_one_that_its_card_names(brought: Made) -> None:
    with pytest.raises(IntegrityError, match=r"net\.onnx: this is not the network that its card names"):
        brought(sha256="0" * 64)


def test_a_file_is_only_read_up_to_a_limit(brought: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MODEL_BYTES", 1000)
    with pytest.raises(UsageError, match="too large"):
        brought()


@pytest.mark.parametrize(
    "more", [field(14, 1), field(13, field(1, "location") + field(2, "/etc/passwd")), field(14, 1) + field(14, 0)]
)
@pytest.mark.parametrize("place", ["initializer", "constant", "nested", "sparse", "function"])
def test_weights_outside_of_the_file_are_refused_wherever_they_are_named(
    brought: Made, more: bytes, place: str
) -> None:
    away = tensor("w", kernel(), more)
    constant = field(1, field(4, "Constant") + field(5, field(1, "value") + field(5, away)))
    data = {
        "initializer": network(away),
        "constant": network(graph=constant),
        "nested": network(graph=field(1, field(5, field(6, constant)))),
        "sparse": network(graph=field(15, field(1, away))),
        "function": network() + field(25, field(7, field(5, field(5, away)))),
    }[place]
    with pytest.raises(UsageError, match=r"net\.onnx: this ONNX file keeps weights outside of itself"):
        brought(data)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "not an ONNX file"),
        (b"\x08\x08", "holds no graph"),
        (b"ORTM" * 8, "not an ONNX file"),
        (b"<html>", "not an ONNX file"),
        (network()[:-9], "cut off"),
        (b"\xff" * 40, "cut off"),
        (field(7, b"\x0b"), "cut off"),
        (network(op="Explode"), "cannot be used"),
        (network(domain="com.example"), "cannot be used"),
        (field(7, field(2, "empty")), "cannot be used|must take one batch"),
    ],
)
def test_what_is_no_network_is_refused(brought: Made, data: bytes, complaint: str) -> None:
    with pytest.raises(UsageError, match=rf"net\.onnx: .*({complaint})"):
        brought(data)


def test_graphs_within_graphs_end_somewhere() -> None:
    graph = field(2, "innermost")
    for _ in range(40):
        graph = field(1, field(5, field(6, graph)))
    with pytest.raises(UsageError, match="too deeply"):
        check_self_contained(field(7, graph))


def test_parts_without_end_are_refused() -> None:
    with pytest.raises(UsageError, match="too many parts"):
        check_self_contained(field(7, field(10, "") * 2_000_001))


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_walk(data: bytes) -> None:
    for candidate in (data, field(7, data), field(7, field(5, data))):
        with suppress(UsageError):
            check_self_contained(candidate)


def test_a_network_of_another_width_than_the_card_says_is_refused(brought: Made, frames: list[Pixels]) -> None:
    made = brought(output_dims=128, bits=128, fine_dims=0)
    with pytest.raises(UsageError, match=r"gives \(1, 64, 1, 1\) of float32, where the card says 128 numbers"):
        made.describe(frames[:1])


def test_numbers_that_are_none_end_in_an_error_and_not_in_a_code(brought: Made, frames: list[Pixels]) -> None:
    weights = kernel()
    weights[3] = struct.unpack("<f", b"\x00\x00\xc0\x7f")[0]
    made = brought(network(tensor("w", weights)))
    with pytest.raises(KyodakuError, match="gives no numbers for a picture"):
        made.describe(frames[:1])


def test_a_network_that_says_nothing_gives_zeros(brought: Made, frames: list[Pixels]) -> None:
    described = brought(network(tensor("w", np.zeros((DIMS, 3, SIDE, SIDE))))).describe(frames)
    assert not described.codes.any()
    assert described.fine is not None
    assert not described.fine.any()


def test_describing_leaves_nothing_in_the_home_folder_and_asks_nobody(tmp_path: Path) -> None:
    asked = """
import os
import numpy as np
from kyodaku.copies import get_descriptor
get_descriptor("kyodaku-frame-v1").describe([np.zeros((120, 160, 3), np.uint8)])
links = [os.readlink(entry.path) for entry in os.scandir("/proc/self/fd") if os.path.exists(entry.path)]
print([link for link in links if "onnxruntime" in link])
"""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "CI", "GITHUB"))}
    done = subprocess.run(
        [sys.executable, "-c", asked], env=clean | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert not list(tmp_path.rglob("*"))
