# SPDX-License-Identifier: Apache-2.0
"""Characters drawn anew: found by their holder's sheet, at a threshold measured on clips that show someone else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.generation.detectors import Calibration, PlainDetector, Sheet, SheetFolder, detect, make_sheet
from kyodaku.generation.detectors.detector import Pixels
from kyodaku.generation.detectors.onnx import OnnxDetector
from kyodaku.media import Frame

DETECTOR = PlainDetector()
FOX = ("#d94f1e", "#ffffff", "#2d6cdf")
OTHERS = [("#2d8f4e", "#f2e205", "#7a1fa2"), ("#404040", "#d0d0d0", "#101010"), ("#e91e63", "#00bcd4", "#ffc107")]


def drawing(colours: tuple[str, str, str], *, shift: int = 0, turn: int = 0) -> Pixels:
    """A figure of a head, a body and a scarf, a little moved and turned."""
    picture = Image.new("RGB", (96, 96), "#c8d8e8")
    pen = ImageDraw.Draw(picture)
    fur, face, scarf = colours
    pen.ellipse((28 + shift, 12, 68 + shift, 52), fill=fur)
    pen.ellipse((38 + shift, 28, 58 + shift, 48), fill=face)
    pen.rectangle((30 + shift, 52, 66 + shift, 60), fill=scarf)
    pen.polygon([(24 + shift, 92), (72 + shift, 92), (48 + shift, 58)], fill=fur)
    return np.asarray(picture.rotate(turn, fillcolor="#c8d8e8")).copy()


def clip(colours: tuple[str, str, str], *, seed: int, frames: int = 8) -> list[Frame]:
    rng = np.random.default_rng(seed)
    pictures = [drawing(colours, shift=int(rng.integers(-6, 7)), turn=int(rng.integers(-8, 9))) for _ in range(frames)]
    return [Frame(time_s=number / 2, pixels=picture) for number, picture in enumerate(pictures)]


def pixels(frames: list[Frame]) -> Pixels:
    return np.stack([frame.pixels for frame in frames])


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    pictures = [drawing(FOX, shift=shift, turn=turn) for shift in (-6, 0, 6) for turn in (-8, 0, 8)]
    others = [pixels(clip(colours, seed=seed)) for colours in OTHERS for seed in range(40)]
    return make_sheet("fox-1", pictures, others, DETECTOR)


def test_a_character_drawn_anew_is_found(sheet: Sheet) -> None:
    hits = [detect(clip(FOX, seed=seed), [sheet], DETECTOR) for seed in range(100, 120)]
    assert sum(bool(found) for found in hits) == 20
    (hit,) = hits[0]
    assert (hit.work, hit.detector) == ("fox-1", "plain-v1")
    assert hit.likeness >= hit.threshold == sheet.calibration.threshold
    assert 0 <= hit.start < hit.end <= 3.5


def test_others_are_not(sheet: Sheet) -> None:
    clips = [clip(colours, seed=seed) for colours in OTHERS for seed in range(500, 530)]
    false = sum(bool(detect(each, [sheet], DETECTOR)) for each in clips)
    assert false <= 2  # of 90 that it was not calibrated on
    assert sheet.calibration.false_per_clip <= 0.01
    assert sheet.calibration.found == 1.0


def test_one_frame_of_a_character_is_not_enough(sheet: Sheet) -> None:
    frames = clip(OTHERS[0], seed=1)
    frames[3] = Frame(time_s=1.5, pixels=drawing(FOX))
    assert detect(frames, [sheet], DETECTOR) == []


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_a_clip_shorter_than_a_run_counts_as_a_whole(sheet: Sheet, frames: int) -> None:
    assert bool(detect(clip(FOX, seed=7, frames=frames), [sheet], DETECTOR)) == (frames > 0)


def test_nothing_to_compare_with_is_no_calibration() -> None:
    with pytest.raises(UsageError, match="nothing to calibrate against"):
        make_sheet("fox-1", [drawing(FOX), drawing(FOX, shift=3)], [], DETECTOR)
    with pytest.raises(UsageError, match="a sheet has 2 to"):
        make_sheet("fox-1", [drawing(FOX)], [pixels(clip(OTHERS[0], seed=1))], DETECTOR)


def test_sheets_come_back_as_they_were(tmp_path: Path, sheet: Sheet) -> None:
    folder = SheetFolder(tmp_path / "sheets")
    folder.add(sheet)
    folder.add(sheet)
    (kept,) = folder.all(DETECTOR)
    assert kept.calibration == sheet.calibration
    assert np.array_equal(kept.vectors, sheet.vectors)
    assert SheetFolder(tmp_path / "none").all(DETECTOR) == []


@pytest.mark.parametrize("damage", ["truncated", "pickled", "no card", "other detector"])
def test_a_sheet_that_is_off_is_said_and_never_skipped(tmp_path: Path, sheet: Sheet, damage: str) -> None:
    folder = SheetFolder(tmp_path)
    folder.add(sheet)
    (vectors,) = tmp_path.glob("*.npy")
    (card,) = tmp_path.glob("*.json")
    if damage == "truncated":
        vectors.write_bytes(vectors.read_bytes()[:100])
    elif damage == "pickled":
        np.save(vectors, np.array([{"code": "runs"}], dtype=object), allow_pickle=True)
    elif damage == "no card":
        card.write_text("{")
    else:
        card.write_text(card.read_text().replace("plain-v1", "another-v1"))
    with pytest.raises(IntegrityError):
        folder.all(DETECTOR)


def test_a_users_network_is_a_detector(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    node = onnx.helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)
    graph = onnx.helper.make_graph(
        [node],
        "mean",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 3, 32, 32])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 3])],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    (tmp_path / "mean.onnx").write_bytes(model.SerializeToString())
    card = '{"id": "mean-1", "licence": "CC0-1.0", "trained_on": "nothing", "side": 32}'
    (tmp_path / "mean.json").write_text(card)
    detector = OnnxDetector(tmp_path / "mean.onnx")
    vectors = detector.embed(np.stack([np.full((32, 32, 3), value, np.uint8) for value in (0, 255)]))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert vectors[0] @ vectors[1] == pytest.approx(-1, abs=0.01)
    assert len(detector.weights_sha256 or "") == 64


CARD = '{"id": "x", "licence": "l", "trained_on": "t", "side": %d}'


@pytest.mark.parametrize("card", [None, "{", "[]", '{"id": "x", "side": 32}', CARD % 99999])
def test_weights_without_a_statement_of_what_they_are_made_from_are_not_used(tmp_path: Path, card: str | None) -> None:
    (tmp_path / "x.onnx").write_bytes(b"weights")
    if card is not None:
        (tmp_path / "x.json").write_text(card)
    with pytest.raises(UsageError):
        OnnxDetector(tmp_path / "x.onnx")


def test_a_file_that_is_no_network_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"weights")
    (tmp_path / "x.json").write_text(CARD % 32)
    with pytest.raises(UsageError, match="no network that can be run"):
        OnnxDetector(tmp_path / "x.onnx")


def test_a_calibration_of_nothing_is_none() -> None:
    with pytest.raises(UsageError):
        Calibration(
            detector="x",
            work="w",
            threshold=0,
            frames=3,
            false_per_clip=0,
            found=1,
            negatives=1,
            positives=2,
            made_at=datetime.now(UTC),
        )
