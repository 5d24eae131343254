# SPDX-License-Identifier: Apache-2.0
"""Drawings say what they are given, at the right places; words from outside steer nothing."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kyodaku.copies import load_calibration
from kyodaku.copies.evidence_record import FrameEvidence, NearestFrame, SimilarityMatrix
from kyodaku.explain.drawing import curve, likeness_chart, nearest_chart, ticks
from kyodaku.explain.matrix import FoundLine, drawn
from kyodaku.explain.words import likelihood, plain


@given(st.floats(0, 50_000), st.floats(0.001, 50_000), st.integers(2, 12))
def test_ticks_are_few_and_within(start: float, length: float, most: int) -> None:
    found = ticks(start, start + length, most)
    assert len(found) <= most + 1
    assert all(start - 1e-3 * length - 1e-3 <= tick <= start + length + 1e-3 * length + 1e-3 for tick in found)


@given(st.text())
def test_plain_text_has_nothing_that_steers(text: str) -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", plain(text))


@pytest.mark.parametrize(
    ("score", "said"), [(1.0, "over 99.9 %"), (0.9994, "99.9 %"), (0.5, "50.0 %"), (0.0, "under 0.1 %")]
)
def test_a_probability_is_never_certain(score: float, said: str) -> None:
    assert likelihood(score)["en"] == said


def test_the_curve_shows_where_a_match_stands() -> None:
    used = load_calibration("pdq-v1")
    for evidence in (0.0, 3.0, used.evidence_at(used.match), 500.0):
        drawing = ET.fromstring(curve(used, evidence))
        dot = drawing.find("circle")
        assert dot is not None
        assert 0 <= float(dot.get("cx", "")) <= 320
        assert float(dot.get("cy", "")) == pytest.approx(14 + (1 - used.score(evidence)) * 142, abs=0.1)
    assert "500 →" in curve(used, 500.0)
    assert ET.fromstring(curve(replace(used, match=1.0, review=1.0), 3.0)) is not None


def frame(time: float, likeness: float | None, *, other: float | None = None) -> FrameEvidence:
    near = None if other is None else NearestFrame(reference="r", time_s=0.0, likeness=other)
    agrees = likeness is not None and likeness > 0.5
    return FrameEvidence(
        q_time=time, line_time=time, r_time=time, likeness=likeness, least=0.5, agrees=agrees, other=near
    )


def test_the_chart_has_a_dot_for_each_frame_and_a_cross_for_each_other() -> None:
    frames = [frame(1.0, 0.9, other=0.2), frame(1.5, 0.3), frame(2.0, None, other=-0.4), frame(2.5, 1.0)]
    drawing = ET.fromstring(likeness_chart(frames, (1.0, 3.0)))
    dots = drawing.findall("circle")
    assert [dot.get("class") for dot in dots] == ["dot", "dot hollow", "dot"]
    assert len(drawing.findall("path[@class='cross']")) == 2
    heights = [float(dot.get("cy", "")) for dot in dots]
    assert heights[2] < heights[0] < heights[1]
    assert ET.fromstring(nearest_chart([(0.0, None)], 0.5, 0.0)) is not None


def cells(matrix: SimilarityMatrix) -> np.ndarray:
    picture = ET.fromstring(drawn(matrix, [])).find("image")
    assert picture is not None
    data = picture.get("href", "").removeprefix("data:image/png;base64,")
    return np.asarray(Image.open(BytesIO(b64decode(data))))


def test_the_matrix_runs_right_with_the_clip_and_up_with_the_reference() -> None:
    values = np.full((5, 8), 0.1)
    values[1, 6] = 1.0
    values[4, 0] = np.nan
    matrix = SimilarityMatrix(q_start=0.0, q_step=0.5, r_start=0.0, r_step=0.5, values=values)
    picture = cells(matrix)
    assert picture.shape == (8, 5, 4)
    darkest = np.unravel_index(picture[..., :3].sum(axis=2).argmin(), (8, 5))
    assert darkest == (8 - 1 - 6, 1)
    assert (picture[7, 4, 3], picture[0, 0, 3]) == (0, 255)


def test_found_lines_run_from_their_beginning_to_their_end() -> None:
    matrix = SimilarityMatrix(q_start=0.0, q_step=0.5, r_start=0.0, r_step=0.5, values=np.zeros((20, 20)))
    line = FoundLine(number=3, q_start=2.0, q_end=8.0, r_start=1.0, r_end=7.0)
    drawing = ET.fromstring(drawn(matrix, [line, replace(line, number=None)]))
    found = drawing.findall("path[@class='found']")
    assert len(found) == 2
    places = [float(value) for value in re.findall(r"-?\d+\.\d+", found[0].get("d", ""))]
    first, second = np.reshape(places, (2, 2, 2))
    middle = (first + second) / 2
    # 420 pixels for ten seconds, from 64 to the right and from 428 upwards
    assert middle[0] == pytest.approx((64 + 2 * 42, 428 - 1 * 42), abs=0.2)
    assert middle[1] == pytest.approx((64 + 8 * 42, 428 - 7 * 42), abs=0.2)
    assert [mark.text for mark in drawing.findall("text[@class='mark-number']")] == ["3"]


@pytest.mark.parametrize("values", [np.full((1, 1), np.nan), np.ones((3, 400)), np.full((2, 2), -1.0)])
def test_matrices_without_contrast_are_drawn(values: np.ndarray) -> None:
    matrix = SimilarityMatrix(q_start=0.0, q_step=0.5, r_start=100.0, r_step=0.5, values=values)
    drawing = ET.fromstring(drawn(matrix, []))
    assert float((drawing.get("viewBox") or "").split()[2]) <= 520
