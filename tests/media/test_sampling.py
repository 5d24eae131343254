# SPDX-License-Identifier: Apache-2.0
"""Which frames come out, and when: every mode, on real files, by the numbers drawn into the frames."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kyodaku.media import Decoder, FrameStream, MediaInfo, Sampling, decode_in_process
from support.media_files import number_of, numbered_frames, write_animation, write_image, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from kyodaku.media._records import Mode


def seen(stream: FrameStream) -> list[tuple[float, int]]:
    """Time and number of each frame, once the reading has ended well."""
    frames = [(round(frame.time_s, 4), number_of(frame.pixels)) for frame in stream]
    assert stream.result.error is None
    assert stream.result.frames == len(frames)
    return frames


def test_interval_shows_what_is_on_screen_at_each_multiple(decoder: Decoder, film: Path) -> None:
    assert seen(decoder.sample(film, Sampling(fps=2))) == [
        (0.0, 0),
        (0.5, 12),  # frame 12 is on screen from 0.48 to 0.52
        (1.0, 25),
        (1.5, 37),
        (2.0, 50),
        (2.5, 62),
        (3.0, 75),
        (3.5, 87),
    ]


@pytest.mark.parametrize("fps", [0.3, 1, 3, 7.5, 25, 40])
def test_interval_times_are_exact_multiples_until_the_end(decoder: Decoder, film: Path, fps: float) -> None:
    frames = seen(decoder.sample(film, Sampling(fps=fps)))
    assert [time for time, _ in frames] == [round(at / fps, 4) for at in range(int(np.ceil(4 * fps)))]
    assert all(number == int(time * 25 + 1e-3) for time, number in frames)


def test_keyframes_come_at_their_own_times(decoder: Decoder, film: Path) -> None:
    assert seen(decoder.sample(film, Sampling(mode="keyframes"))) == [(0.0, 0), (1.0, 25), (2.0, 50), (3.0, 75)]


@pytest.mark.parametrize(("codec", "ending"), [("libvpx-vp9", "webm"), ("libvpx", "webm"), ("libsvtav1", "mp4")])
def test_keyframes_are_taken_by_packet_where_decoders_ignore_skipping(
    decoder: Decoder, tmp_path: Path, codec: str, ending: str
) -> None:
    path = write_video(tmp_path / f"film.{ending}", numbered_frames(30), codec=codec, options={"g": "10"})
    frames = seen(decoder.sample(path, Sampling(mode="keyframes")))
    assert [number for _, number in frames[:2]] == [0, 10]
    assert len(frames) < 6


def test_all_frames_come_in_order(decoder: Decoder, film: Path) -> None:
    frames = seen(decoder.sample(film, Sampling(mode="all")))
    assert frames == [(round(at / 25, 4), at) for at in range(100)]


def test_at_positions_come_sorted_and_end_with_the_last_frame(decoder: Decoder, film: Path) -> None:
    sampling = Sampling(mode="at", at=(3.97, 0.0, 0.5, 99.0, 0.5))
    assert seen(decoder.sample(film, sampling)) == [(0.0, 0), (0.5, 12), (3.97, 99), (99.0, 99)]


def test_at_agrees_with_interval_when_it_seeks(decoder: Decoder, tmp_path: Path) -> None:
    options = {"g": "24", "bf": "3", "preset": "fast"}
    film = write_video(tmp_path / "long.mp4", numbered_frames(250), fps=10, options=options)
    wanted = (0.0, 7.3, 8.1, 14.95, 23.0, 24.94)
    by_seeking = seen(decoder.sample(film, Sampling(mode="at", at=wanted)))
    assert by_seeking == [(at, int(at * 10 + 1e-3)) for at in wanted]


def test_at_reads_on_from_the_start_where_seeking_misses(decoder: Decoder, tmp_path: Path) -> None:
    film = write_video(tmp_path / "film.h264", numbered_frames(250), fps=25, container="h264")
    assert seen(decoder.sample(film, Sampling(mode="at", at=(0.2, 6.04, 9.0)))) == [(0.2, 5), (6.04, 151), (9.0, 225)]


def test_at_without_positions_yields_the_facts_alone(decoder: Decoder, film: Path) -> None:
    stream = decoder.sample(film, Sampling(mode="at"))
    assert list(stream) == []
    assert stream.result.info is not None


@pytest.mark.parametrize("b_frames", ["0", "3"])
@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg4", "mpeg2video"])
def test_leaving_out_unreferenced_frames_changes_no_sampled_pixel(
    decoder: Decoder, tmp_path: Path, codec: str, b_frames: str
) -> None:
    options = {"bf": b_frames, "g": "40"} | ({"preset": "medium"} if codec.startswith("lib") else {})
    path = write_video(tmp_path / "film.mkv", numbered_frames(80, noise=40), codec=codec, options=options)
    every = {round(frame.time_s, 4): frame.pixels for frame in decoder.sample(path, Sampling(mode="all"))}
    for frame in decoder.sample(path, Sampling(fps=4)):
        shown = max(time for time in every if time <= frame.time_s + 1e-4)
        assert np.array_equal(frame.pixels, every[shown])


def test_a_film_of_uneven_frames_is_sampled_by_its_real_times(decoder: Decoder, tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.2, 2.3, 2.4, 3.05]
    path = write_video(tmp_path / "vfr.mkv", numbered_frames(6), times_s=times)
    frames = seen(decoder.sample(path, Sampling(fps=2)))
    assert frames[:7] == [(0.0, 0), (0.5, 2), (1.0, 2), (1.5, 2), (2.0, 2), (2.5, 4), (3.0, 4)]
    assert [time for time, _ in seen(decoder.sample(path, Sampling(mode="all")))] == times


def test_a_picture_shown_again_is_the_same_array(decoder: Decoder, tmp_path: Path) -> None:
    path = write_video(tmp_path / "still.mkv", numbered_frames(2), times_s=[0.0, 3.0])
    first, second, *_ = decoder.sample(path, Sampling(fps=2))
    assert first.pixels is second.pixels


@pytest.mark.parametrize("first", [0.0, 1.4, 3600.0])
def test_positions_count_from_the_first_frame(decoder: Decoder, tmp_path: Path, first: float) -> None:
    path = write_video(tmp_path / "late.mkv", numbered_frames(5), times_s=[first + at / 5 for at in range(5)])
    assert [time for time, _ in seen(decoder.sample(path, Sampling(mode="all")))] == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert seen(decoder.sample(path, Sampling(mode="at", at=(0.5,)))) == [(0.5, 2)]


def test_sound_before_the_picture_does_not_shift_it(decoder: Decoder, tmp_path: Path) -> None:
    times = [0.5 + at / 10 for at in range(5)]
    path = write_video(tmp_path / "sound.mkv", numbered_frames(5), times_s=times, with_audio=True)
    stream = decoder.sample(path, Sampling(mode="all"))
    assert [time for time, _ in seen(stream)] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert stream.result.info is not None
    assert stream.result.info.has_audio


def test_streams_joined_end_to_end_go_on_counting(decoder: Decoder, tmp_path: Path) -> None:
    part = write_video(tmp_path / "part.ts", numbered_frames(40), codec="mpeg2video")
    joined = tmp_path / "joined.ts"
    joined.write_bytes(part.read_bytes() * 3)
    stream = decoder.sample(joined, Sampling(mode="all"))
    times = [frame.time_s for frame in stream]
    assert stream.result.error is None
    assert all(later > earlier for earlier, later in pairwise(times))
    assert len(times) >= 3 * 40 - 6  # a join may cost a frame or two
    assert stream.result.duration_s == pytest.approx(4.8, abs=0.3)


def test_a_film_without_stamps_counts_by_its_frame_rate(decoder: Decoder, tmp_path: Path) -> None:
    path = write_video(tmp_path / "raw.h264", numbered_frames(20), fps=10, container="h264", options={"bf": "0"})
    times = [time for time, _ in seen(decoder.sample(path, Sampling(mode="all")))]
    steps = {round(later - earlier, 3) for earlier, later in pairwise(times)}
    assert len(steps) == 1
    assert times[0] == 0


@pytest.mark.parametrize("fps", [Fraction(24000, 1001), Fraction(30000, 1001), 60, 5])
def test_one_second_is_one_second_at_any_frame_rate(decoder: Decoder, tmp_path: Path, fps: Fraction) -> None:
    count = round(2 * float(fps))
    path = write_video(tmp_path / "film.mp4", numbered_frames(count), fps=fps)
    stream = decoder.sample(path, Sampling(fps=1))
    assert [time for time, _ in seen(stream)][:2] == [0.0, 1.0]
    assert stream.result.duration_s == pytest.approx(count / float(fps), abs=0.002)


@pytest.mark.parametrize("ending", ["gif", "png", "webp", "avif"])
def test_an_animation_is_sampled_by_the_time_each_frame_is_shown(decoder: Decoder, tmp_path: Path, ending: str) -> None:
    durations = [200, 200, 600, 200] if ending != "avif" else [200] * 4
    frames = list(numbered_frames(4))
    path = write_animation(tmp_path / f"moving.{ending}", frames, durations_ms=durations)
    starts = [0.0, 0.2, 0.4, 1.0 if ending != "avif" else 0.6]
    assert seen(decoder.sample(path, Sampling(mode="all"))) == list(zip(starts, range(4), strict=True))
    assert seen(decoder.sample(path, Sampling(fps=2)))[:2] == [(0.0, 0), (0.5, 2)]
    assert seen(decoder.sample(path, Sampling(mode="at", at=(0.25, 50.0)))) == [(0.25, 1), (50.0, 3)]
    info = decoder.probe(path)
    assert isinstance(info, MediaInfo)
    assert info.kind == "animation"


@pytest.mark.parametrize("ending", ["gif", "png", "webp", "avif", "jpg", "bmp", "tiff", "jp2", "ppm"])
@pytest.mark.parametrize("mode", ["interval", "keyframes", "all"])
def test_a_picture_is_one_frame_at_zero(decoder: Decoder, tmp_path: Path, ending: str, mode: Mode) -> None:
    path = write_image(tmp_path / f"still.{ending}", next(numbered_frames(1)))
    stream = decoder.sample(path, Sampling(mode=mode, fps=1000))
    assert seen(stream) == [(0.0, 0)]
    assert stream.result.duration_s == 0
    assert stream.result.info is not None
    assert stream.result.info.kind == "image"


def test_a_film_of_one_frame_yields_it(decoder: Decoder, tmp_path: Path) -> None:
    path = write_video(tmp_path / "one.mp4", numbered_frames(1))
    for mode in ("interval", "keyframes", "all"):
        assert seen(decoder.sample(path, Sampling(mode=mode))) == [(0.0, 0)]


def test_reduced_decoding_sees_the_same_film(decoder: Decoder, tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.avi", numbered_frames(30, 640, 384), codec="mpeg4")
    exact = list(decoder.sample(path, Sampling(max_side=160)))
    reduced = list(decoder.sample(path, Sampling(max_side=160, reduced=True)))
    assert [number_of(frame.pixels) for frame in reduced] == [number_of(frame.pixels) for frame in exact]
    assert reduced[0].pixels.shape == exact[0].pixels.shape == (96, 160, 3)
    assert np.abs(reduced[0].pixels.astype(int) - exact[0].pixels).mean() < 12


def test_in_this_process_the_frames_are_the_same(decoder: Decoder, film: Path) -> None:
    inside = [(frame.time_s, frame.pixels.tobytes()) for frame in decode_in_process(film, Sampling(fps=5))]
    assert inside == [(frame.time_s, frame.pixels.tobytes()) for frame in decoder.sample(film, Sampling(fps=5))]


def test_probing_tells_what_a_film_is(decoder: Decoder, tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.webm", numbered_frames(10, 320, 180), fps=5, codec="libvpx-vp9")
    assert decoder.probe(path) == MediaInfo(
        container="matroska", codec="vp9", width=320, height=180, duration_s=2.0, fps=5.0
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "some"},
        {"fps": 0},
        {"fps": float("nan")},
        {"fps": 1e9},
        {"max_side": 0},
        {"max_side": 1 << 16},
        {"mode": "at", "at": (-1.0,)},
        {"mode": "at", "at": (float("inf"),)},
    ],
)
def test_a_sampling_that_makes_no_sense_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"mode|fps|max_side|positions"):
        Sampling(**wrong)
