# SPDX-License-Identifier: Apache-2.0
"""Fingerprints as values and as files, and how frames become one."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kyodaku.copies import FRAME, PDQ, VIEWS, Fingerprint, IndexWriter, QueryFingerprint, fingerprint, query_fingerprint
from kyodaku.copies.descriptor import Pixels, content_of
from kyodaku.copies.sound import load_fingerprints, save_fingerprints, sound_fingerprint
from kyodaku.copies.views import WHOLE
from kyodaku.errors import KyodakuError, UsageError
from support.sounds import tune

OTHER = "5eed" * 16
"""What other codes come of."""

Film = Callable[..., list[tuple[float, Pixels]]]


@st.composite
def fingerprints(draw: st.DrawFn) -> Fingerprint:
    frames = draw(st.integers(0, 40))
    width = draw(st.sampled_from([8, 32, 64]))
    steps = draw(hnp.arrays(np.float32, frames, elements=st.floats(0, 100, width=32)))
    times = np.cumsum(steps, dtype=np.float32)
    last = float(times[-1]) if frames else 0.0
    return Fingerprint(
        descriptor=draw(st.text(max_size=20)),
        duration_s=last + draw(st.floats(0, 1000)),
        times=times,
        codes=draw(hnp.arrays(np.uint8, (frames, width))),
        quality=draw(hnp.arrays(np.uint8, frames, elements=st.integers(0, 100))),
        content=draw(st.sampled_from(["", OTHER])),
    )


@given(fingerprints())
@settings(max_examples=80, deadline=None)
def test_a_file_gives_back_what_was_put_in(made: Fingerprint) -> None:
    back = Fingerprint.from_bytes(made.to_bytes())
    assert back == made
    assert back.duration_s == made.duration_s
    np.testing.assert_array_equal(back.times, made.times)
    np.testing.assert_array_equal(back.codes, made.codes)
    np.testing.assert_array_equal(back.quality, made.quality)
    assert back.to_bytes() == made.to_bytes()


def parts(**changes: Any) -> dict[str, Any]:
    return {
        "descriptor": "pdq-v1",
        "duration_s": 2.0,
        "times": np.array([0, 0.5, 1], np.float32),
        "codes": np.arange(96, dtype=np.uint8).reshape(3, 32),
        "quality": np.array([90, 90, 90], np.uint8),
        **changes,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"descriptor": "pdq-v2"},
        {"duration_s": 2.1},
        {"times": np.array([0, 0.5, 1.25], np.float32)},
        {"codes": np.ones((3, 32), np.uint8)},
        {"quality": np.array([90, 91, 90], np.uint8)},
        {"content": OTHER},
    ],
)
def test_its_hash_names_all_of_its_content(change: dict[str, Any]) -> None:
    assert Fingerprint(**parts()).sha256 != Fingerprint(**parts(**change)).sha256
    assert Fingerprint(**parts()) != Fingerprint(**parts(**change))


def test_equal_fingerprints_are_equal_and_hash_the_same() -> None:
    assert Fingerprint(**parts()) == Fingerprint(**parts())
    assert len({Fingerprint(**parts()), Fingerprint(**parts())}) == 1
    assert Fingerprint(**parts()) != "pdq-v1"


def test_its_hash_is_the_same_on_every_machine() -> None:
    assert Fingerprint(**parts()).sha256 == "12043d3dbfd26fc886d74d6378f728d7500e5d22434451ce9d0854b843e48080"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"times": np.array([0, 0.5, 1], np.float64)}, "other types"),
        ({"codes": np.zeros((3, 32), np.int8)}, "other types"),
        ({"quality": np.array([90, 90], np.uint8)}, "differ in length"),
        ({"codes": np.zeros((2, 32), np.uint8)}, "differ in length"),
        ({"codes": np.zeros(3, np.uint8)}, "differ in length"),
        ({"codes": np.zeros((3, 12), np.uint8)}, "not whole words"),
        ({"codes": np.zeros((3, 0), np.uint8)}, "not whole words"),
        ({"quality": np.array([90, 101, 90], np.uint8)}, "above 100"),
        ({"times": np.array([0, 1, 0.5], np.float32)}, "never fall"),
        ({"times": np.array([-1, 0, 0.5], np.float32)}, "start at 0"),
        ({"times": np.array([0, 0.5, np.nan], np.float32)}, "finite"),
        ({"content": "weights"}, "told by a SHA-256"),
        ({"duration_s": float("nan")}, "out of range"),
        ({"duration_s": -1.0}, "out of range"),
        ({"duration_s": 0.5}, "go on after its end"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(KyodakuError, match=message):
        Fingerprint(**parts(**change))


def test_its_arrays_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Fingerprint(**parts()).codes[0, 0] = 1


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "film.kyf"
    Fingerprint(**parts()).save(path)
    assert Fingerprint.load(path) == Fingerprint(**parts())


def test_only_what_says_its_weights_needs_a_later_format() -> None:
    plain, told = Fingerprint(**parts()).to_bytes(), Fingerprint(**parts(content=OTHER)).to_bytes()
    assert (plain[8], told[8]) == (1, 2)
    assert (Fingerprint.from_bytes(plain).content, Fingerprint.from_bytes(told).content) == ("", OTHER)


def test_pictures_with_sound_say_their_weights_too(tmp_path: Path) -> None:
    save_fingerprints(tmp_path / "film.kyf", Fingerprint(**parts(content=OTHER)), [sound_fingerprint([tune(1, 4)])])
    pictures, sounds = load_fingerprints(tmp_path / "film.kyf")
    assert pictures == Fingerprint(**parts(content=OTHER))
    assert len(sounds) == 1
    assert (tmp_path / "film.kyf").read_bytes()[8] == 2


def test_a_fingerprint_says_of_which_weights_its_codes_come(film: Film) -> None:
    made = fingerprint(film(1, 1), descriptor=FRAME)
    assert made.content == FRAME.content == content_of("kyodaku-frame-v1")
    made.require_same_weights()
    replace(made, content="").require_same_weights()  # all that earlier files say is the descriptor's name
    replace(made, descriptor="someone-elses-v1").require_same_weights()  # which is refused for its own reason
    assert fingerprint(film(1, 1), descriptor=PDQ).content == ""


def test_codes_of_other_weights_come_into_no_index(film: Film, tmp_path: Path) -> None:
    made = replace(fingerprint(film(1, 1), descriptor=FRAME), content=OTHER)
    with pytest.raises(UsageError, match=f"another kyodaku-frame-v1 .{OTHER[:16]}. than the one here"):
        made.require_same_weights()
    with IndexWriter(tmp_path / "index") as index:
        with pytest.raises(UsageError, match="than this index's"):
            index.add("film", made)
        index.add("film", replace(made, content=""))


def test_a_path_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(KyodakuError, match=r"absent\.kyf: the fingerprint cannot be read"):
        Fingerprint.load(tmp_path / "absent.kyf")
    with pytest.raises(KyodakuError, match="cannot be written"):
        Fingerprint(**parts()).save(tmp_path / "absent" / "film.kyf")


def test_a_file_stores_no_more_than_the_codes_and_little_else(film: Film) -> None:
    made = fingerprint(film(1, 60), descriptor=PDQ)
    assert len(made.to_bytes()) <= 1.1 * made.codes.nbytes + 300


def test_a_still_scene_takes_hardly_any_room() -> None:
    still = np.repeat(np.arange(32, dtype=np.uint8)[None], 1000, axis=0)
    times = np.arange(1000, dtype=np.float32) / 2
    made = Fingerprint(**parts(duration_s=500, times=times, codes=still, quality=np.full(1000, 90, np.uint8)))
    assert len(made.to_bytes()) < 4000


def test_frames_become_codes_in_order_of_time(film: Film) -> None:
    frames = film(1, 6)
    made = fingerprint(frames, descriptor=PDQ)
    assert fingerprint(frames[::-1], descriptor=PDQ) == made
    np.testing.assert_array_equal(made.times, np.arange(12, dtype=np.float32) / 2)
    assert made.descriptor == "pdq-v1"
    np.testing.assert_array_equal(made.codes[:1], PDQ.describe([frames[0][1]]).codes)


@pytest.mark.parametrize(
    ("times", "given", "duration"),
    [
        ([], None, 0.0),
        ([0.0], None, 0.0),
        ([0.0, 0.5, 1.0], None, 1.5),
        ([0.0, 0.5], 4.0, 4.0),
        ([0.0, 5.0], 4.0, 5.0),
        ([], 3.0, 3.0),
    ],
)
def test_a_duration_is_given_or_guessed(film: Film, times: list[float], given: float | None, duration: float) -> None:
    pixels = film(1, 0.5)[0][1]
    made = fingerprint([(time, pixels) for time in times], duration_s=given, descriptor=PDQ)
    assert made.duration_s == pytest.approx(duration)
    assert len(made) == len(times)


def test_a_border_around_the_picture_leaves_the_codes_nearly_alone(film: Film) -> None:
    plain, boxed = film(3, 4), []
    for time, pixels in plain:
        canvas = np.zeros((200, 160, 3), dtype=np.uint8)
        canvas[55:145] = pixels
        boxed.append((time, canvas))
    apart = np.bitwise_count(fingerprint(plain, descriptor=PDQ).codes ^ fingerprint(boxed, descriptor=PDQ).codes).sum(
        axis=1
    )
    assert np.median(apart) <= 16


def test_a_query_sees_its_frames_in_every_view_and_the_mirror_is_one(film: Film) -> None:
    frames = film(4, 3)
    query = query_fingerprint(frames, descriptor=PDQ)
    assert set(query.views) == {"whole", "mirror"} < set(VIEWS)
    assert query.views["whole"] == fingerprint(frames, descriptor=PDQ)
    flipped = fingerprint([(time, pixels[:, ::-1]) for time, pixels in frames], descriptor=PDQ)
    assert query.views["mirror"] == flipped
    assert query.duration_s == 3.0
    assert query.descriptor == "pdq-v1"


def test_a_query_may_be_looked_at_in_fewer_views(film: Film) -> None:
    assert set(query_fingerprint(film(4, 1), views=[WHOLE], descriptor=PDQ).views) == {"whole"}


def test_the_views_of_a_query_must_belong_together(film: Film) -> None:
    one = fingerprint(film(1, 2), descriptor=PDQ)
    other = Fingerprint(
        descriptor="grid-v1", duration_s=1.0, times=one.times[:1], codes=one.codes[:1], quality=one.quality[:1]
    )
    with pytest.raises(UsageError, match="in the same way"):
        QueryFingerprint(views={"whole": one, "mirror": other})
    with pytest.raises(UsageError, match="in the same way"):
        QueryFingerprint(views={})
    with pytest.raises(UsageError, match="there is no view 'upside-down'"):
        QueryFingerprint(views={"upside-down": one})


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_not_a_picture_is_refused(pixels: Any) -> None:
    with pytest.raises(UsageError, match="a frame must be"):
        fingerprint([(0.0, pixels)], descriptor=PDQ)


def test_too_many_frames_are_refused(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kyodaku.copies._format.MAX_FRAMES", 3)
    with pytest.raises(KyodakuError, match="more than 3 frames"):
        fingerprint(film(1, 2), descriptor=PDQ)


def test_memory_does_not_grow_with_the_length_of_the_film() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (72, 128, 3), dtype=np.uint8)

    def peak(count: int) -> int:
        def endless() -> Iterator[tuple[float, Pixels]]:
            for number in range(count):
                yield number / 2, picture.copy()

        tracemalloc.start()
        fingerprint(endless(), descriptor=PDQ)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(64)
    assert peak(2000) < peak(200) + 2000 * 200


@pytest.mark.parametrize(("size", "shows"), [((90, 160), False), ((100, 100), True), ((90, 230), True)])
def test_a_cut_of_another_shape_is_continued_to_the_shape_of_most_films(size: tuple[int, int], *, shows: bool) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    view = VIEWS["widened"]
    assert view.shows_more(picture) is shows
    seen = view.look(picture)
    assert seen.shape[1] / seen.shape[0] == pytest.approx(16 / 9, abs=0.03)
    assert (
        (seen == picture).all()
        if not shows
        else any(
            (seen[y : y + size[0], x : x + size[1]] == picture).all()
            for y in range(seen.shape[0] - size[0] + 1)
            for x in range(seen.shape[1] - size[1] + 1)
        )
    )
