# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku import edits
from kyodaku.edits import Edit, TrueSpan
from kyodaku.errors import KyodakuError, UsageError

Gray = NDArray[np.float64]

EVERY_EDIT = [family.at(level) for family in edits.EDITS.values() for level in family.levels]
SECONDS = 10
COMPOSITES = {"pip", "split"}


def pictures(path: Path | str) -> tuple[float, list[Gray]]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate
        frames = [frame.to_ndarray(format="gray").astype(float) for frame in container.decode(stream)]
        return float(stream.average_rate), frames


def light(frames: Iterable[Gray]) -> Gray:
    return np.array([frame.mean() for frame in frames])


@lru_cache
def original_light(path: str) -> tuple[float, Gray]:
    fps, frames = pictures(path)
    return fps, light(frames)


def shift_that_fits_best(copy: Path, span: TrueSpan) -> tuple[float, float]:
    """By how many seconds the source would have to be shifted, and the correlation there."""
    fps, copied = pictures(copy)
    rate, original = original_light(span.source)
    shown = np.arange(round(span.q_start * fps), round(span.q_end * fps))
    wanted = np.array([span.source_time(number / fps) for number in shown])
    levels, found = original, {}
    for shift in np.arange(-1.0, 1.01, 0.125):
        numbers = np.clip(np.floor((wanted + shift) * rate + 0.0024), 0, len(original) - 1).astype(int)
        found[float(shift)] = float(np.corrcoef(light(copied)[shown], levels[numbers])[0, 1])
    best = max(found, key=found.__getitem__)
    return best, found[best]


@pytest.mark.parametrize("edit", EVERY_EDIT, ids=lambda edit: edit.name)
def test_every_edit_shows_what_its_true_spans_say(edit: Edit, film: Path, other: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    spans = edits.apply(film, edit, copy, seed=5, start_s=2, duration_s=7, other=other)
    assert str(film) in {span.source for span in spans}
    layers = spans_lie_within_the_films_and_cover(copy, spans)
    assert layers == (2 if edit.family in COMPOSITES else 1)
    for span in spans:
        if span.q_end - span.q_start < 0.6 or (layers == 2 and span.source == str(other)):
            continue
        shift, fit = shift_that_fits_best(copy, span)
        assert abs(shift) < 0.13, span
        assert fit > (0.2 if layers == 2 else 0.9), span


def spans_lie_within_the_films_and_cover(copy: Path, spans: Iterable[TrueSpan]) -> int:
    """How many spans there are at every moment of the copy."""
    fps, frames = pictures(copy)
    covered = np.zeros(len(frames), int)
    for span in spans:
        assert 0 <= span.r_start < span.r_end <= SECONDS + 2 / fps
        covered[round(span.q_start * fps) : round(span.q_end * fps)] += 1
    assert covered.min() == covered.max()
    return int(covered[0])


def test_a_seed_gives_the_same_bytes_and_another_seed_another_piece(film: Path, tmp_path: Path) -> None:
    hard = edits.chain(edits.edit("excerpt", "strong"), edits.edit("noise"), edits.edit("crop"), edits.edit("caption"))
    first = edits.apply(film, hard, tmp_path / "a.mp4", seed=7)
    again = edits.apply(film, hard, tmp_path / "b.mp4", seed=7)
    elsewhere = edits.apply(film, hard, tmp_path / "c.mp4", seed=8)
    assert first == again
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert first != elsewhere


def test_a_mirror_turns_left_into_right_and_says_so(film: Path, tmp_path: Path) -> None:
    spans = edits.apply(film, edits.edit("mirror", "mild"), tmp_path / "copy.mp4", seed=1, duration_s=2)
    _, frames = pictures(tmp_path / "copy.mp4")
    assert [span.mirrored for span in spans] == [True]
    assert frames[10][:, :40].mean() > frames[10][:, -40:].mean() + 20


def test_two_mirrors_undo_each_other(film: Path, tmp_path: Path) -> None:
    twice = edits.chain(edits.edit("mirror", "mild"), edits.edit("mirror", "mild"))
    spans = edits.apply(film, twice, tmp_path / "copy.mp4", seed=1, duration_s=1)
    _, frames = pictures(tmp_path / "copy.mp4")
    assert [span.mirrored for span in spans] == [False]
    assert frames[10][:, :40].mean() < frames[10][:, -40:].mean() - 20


def test_only_the_film_that_was_there_before_is_mirrored(film: Path, other: Path, tmp_path: Path) -> None:
    edit = edits.chain(edits.edit("mirror", "mild"), edits.edit("pip"))
    spans = edits.apply(film, edit, tmp_path / "copy.mp4", seed=1, duration_s=2, other=other)
    assert {span.source: span.mirrored for span in spans} == {str(film): True, str(other): False}


def test_a_chain_of_time_and_picture_edits_keeps_its_true_span(film: Path, tmp_path: Path) -> None:
    edit = edits.chain(edits.edit("speed"), edits.edit("crop", "mild"), edits.edit("colour"), edits.edit("reencode"))
    (span,) = edits.apply(film, edit, tmp_path / "copy.mkv", seed=3, start_s=1, duration_s=8)
    assert span.speed == pytest.approx(1.25)
    shift, fit = shift_that_fits_best(tmp_path / "copy.mkv", span)
    assert abs(shift) < 0.13
    assert fit > 0.9


@pytest.mark.parametrize(
    ("edit", "size"),
    [
        (edits.edit("crop", keep=0.5), (80, 44)),
        (edits.edit("rescale", share=0.5), (80, 44)),
        (edits.edit("letterbox", "medium"), (160, 160)),
        (edits.edit("letterbox", "strong"), (160, 284)),
        (edits.edit("border", share=0.1), (192, 108)),
        (edits.edit("letterbox", "blurred-tall"), (160, 284)),
        (edits.edit("portrait"), (50, 90)),
        (edits.edit("bars", above=0.2, below=0.2), (160, 126)),
        (edits.edit("screen"), (160, 90)),
        (edits.edit("pip"), (160, 90)),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_the_picture_has_the_size_that_the_edit_gives_it(
    edit: Edit, size: tuple[int, int], film: Path, other: Path, tmp_path: Path
) -> None:
    edits.apply(film, edit, tmp_path / "copy.mp4", seed=1, duration_s=1, other=other)
    _, frames = pictures(tmp_path / "copy.mp4")
    assert frames[0].shape == size[::-1]


@pytest.mark.parametrize(("strength", "share"), [("area-60", 0.6), ("area-40", 0.4), ("sides-40", 0.16)])
def test_a_crop_by_area_keeps_that_area(strength: str, share: float, film: Path, tmp_path: Path) -> None:
    edits.apply(film, edits.edit("crop", strength), tmp_path / "copy.mp4", seed=1, duration_s=1)
    _, frames = pictures(tmp_path / "copy.mp4")
    assert frames[0].size / (160 * 90) == pytest.approx(share, abs=0.015)


def test_a_tall_film_is_cut_to_a_wide_one(film: Path, tmp_path: Path) -> None:
    tall = tmp_path / "tall.mp4"
    edits.apply(film, edits.edit("letterbox", aspect=0.5), tall, seed=1, duration_s=1)
    edits.apply(tall, edits.edit("portrait", "medium"), tmp_path / "copy.mp4", seed=1)
    _, frames = pictures(tmp_path / "copy.mp4")
    assert frames[0].shape == (90, 160)


def test_a_screen_stands_askew_in_a_dark_room(film: Path, tmp_path: Path) -> None:
    edits.apply(film, edits.edit("screen", tilt=0.2, stripes=0.0), tmp_path / "copy.mp4", seed=4, duration_s=1)
    _, frames = pictures(tmp_path / "copy.mp4")
    corners = [frames[10][y, x] for y in (2, -3) for x in (2, -3)]
    assert min(corners) < 40 < frames[10][40:50, 70:90].mean()


def test_a_loop_shows_one_stretch_again_and_again(film: Path, tmp_path: Path) -> None:
    spans = edits.apply(film, edits.edit("loop"), tmp_path / "copy.mp4", seed=1)
    assert [span.q_start for span in spans] == pytest.approx([0, 2, 4, 6], abs=0.05)
    assert len({(span.r_start, span.r_end) for span in spans}) == 1


def test_copies_are_no_larger_than_asked_and_keep_their_shape(film: Path, tmp_path: Path) -> None:
    edits.apply(film, edits.edit("reencode"), tmp_path / "copy.mp4", seed=1, duration_s=1, max_side=80)
    _, frames = pictures(tmp_path / "copy.mp4")
    assert frames[0].shape == (44, 80)


def test_excerpts_of_several_films_are_joined_in_order(film: Path, other: Path, tmp_path: Path) -> None:
    copy = tmp_path / "compilation.mp4"
    spans = edits.compile_excerpts([(film, 3, 2), (other, 1, 3), (film, 8, 1.5)], copy)
    assert [(span.source, span.q_start, span.q_end, span.r_start) for span in spans] == [
        (str(film), 0, 2, 3),
        (str(other), 2, 5, 1),
        (str(film), 5, 6.5, 8),
    ]
    assert all(abs(shift_that_fits_best(copy, span)[0]) < 0.13 for span in spans)


def test_a_short_second_film_is_played_again(film: Path, other: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.mp4"
    edits.apply(other, edits.edit("reencode"), short, seed=1, duration_s=2)
    spans = edits.apply(film, edits.edit("split"), tmp_path / "copy.mp4", seed=1, duration_s=5, other=short)
    theirs = [span for span in spans if span.source == str(short)]
    assert len(theirs) == 3
    assert theirs[-1].q_end == pytest.approx(5, abs=0.05)


def test_a_film_of_another_shape_gets_bars_in_a_compilation(film: Path, tmp_path: Path) -> None:
    tall = tmp_path / "tall.mp4"
    edits.apply(film, edits.edit("letterbox", "strong"), tall, seed=1, duration_s=2)
    edits.compile_excerpts([(film, 0, 1), (tall, 0, 1)], tmp_path / "copy.mp4")
    _, frames = pictures(tmp_path / "copy.mp4")
    assert frames[0].shape == frames[-1].shape == (90, 160)
    assert frames[-1][:, :40].mean() < 25 < frames[-1][40:50, 70:90].mean()


def with_display_matrix(film: Path, out: Path, matrix: list[int]) -> None:
    """Copy an MP4 with another display matrix in its track header."""
    stored = bytearray(film.read_bytes())
    at = stored.index(b"tkhd") + 4 + 40
    stored[at : at + 36] = b"".join((value & 0xFFFFFFFF).to_bytes(4, "big") for value in matrix)
    out.write_bytes(stored)


def test_a_film_that_is_stored_sideways_is_set_upright(film: Path, tmp_path: Path) -> None:
    sideways = tmp_path / "sideways.mp4"
    with_display_matrix(film, sideways, [0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30])
    edits.apply(sideways, edits.edit("reencode", "mild"), tmp_path / "copy.mp4", seed=1, duration_s=1)
    _, frames = pictures(tmp_path / "copy.mp4")
    assert frames[0].shape == (160, 90)
    assert frames[3][-40:].mean() > frames[3][:40].mean() + 20


def test_what_cannot_be_done_is_said_in_one_line(film: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    with pytest.raises(UsageError, match="needs another film"):
        edits.apply(film, edits.edit("pip"), copy, seed=1)
    with pytest.raises(UsageError, match="there is nothing at 99 s"):
        edits.apply(film, edits.edit("crop"), copy, seed=1, start_s=99)
    with pytest.raises(UsageError, match="at least one excerpt"):
        edits.compile_excerpts([], copy)
    with pytest.raises(KyodakuError, match="cannot be read as a film"):
        edits.apply(tmp_path / "missing.mp4", edits.edit("crop"), copy, seed=1)
    assert not copy.exists()


def test_a_sound_is_no_film(tmp_path: Path) -> None:
    sound = tmp_path / "sound.wav"
    with av.open(str(sound), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(KyodakuError, match="has no pictures"):
        edits.apply(sound, edits.edit("crop"), tmp_path / "copy.mp4", seed=1)


def test_a_film_on_its_head_is_set_upright_too(film: Path, tmp_path: Path) -> None:
    turned = tmp_path / "turned.mp4"
    with_display_matrix(film, turned, [-(1 << 16), 0, 0, 0, -(1 << 16), 0, 0, 0, 1 << 30])
    edits.apply(turned, edits.edit("reencode", "mild"), tmp_path / "copy.mp4", seed=1, duration_s=1)
    _, frames = pictures(tmp_path / "copy.mp4")
    assert frames[3][:, :40].mean() > frames[3][:, -40:].mean() + 20


@pytest.mark.parametrize("suffix", ["mkv", "ts", "avi", "mov"])
def test_sources_in_other_containers_are_cut_at_the_right_place(suffix: str, film: Path, tmp_path: Path) -> None:
    source, copy = tmp_path / f"film.{suffix}", tmp_path / "copy.mp4"
    edits.apply(film, edits.edit("reencode", "mild"), source, seed=1)
    (span,) = edits.apply(source, edits.edit("crop", "mild"), copy, seed=1, start_s=4.5, duration_s=4)
    assert span.r_end - span.r_start == pytest.approx(4, abs=0.05)
    shift, fit = shift_that_fits_best(copy, span)
    assert abs(shift) < 0.13
    assert fit > 0.9
