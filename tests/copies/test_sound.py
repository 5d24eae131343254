# SPDX-License-Identifier: Apache-2.0
"""Landmarks, their file, their index and their search, on sounds that are drawn: found after edits, and only then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kyodaku.copies import Fingerprint, IndexWriter, _files, _format
from kyodaku.copies import _sound_segment as segment_module
from kyodaku.copies import _sound_writer as writer_module
from kyodaku.copies import sound as sound_module
from kyodaku.copies._sound_calibration import Sample, calibrate_sound
from kyodaku.copies._sound_hash import HASHES, probed, query_triples, reference_triples, rounded
from kyodaku.copies._sound_peaks import BANDS, BLOCK_FRAMES, PeakFinder
from kyodaku.copies.sound import (
    KEPT,
    SOUND_ID,
    TRIED,
    SoundCalibration,
    SoundFingerprint,
    SoundIndex,
    SoundIndexWriter,
    SoundMaker,
    SoundMatch,
    load_fingerprints,
    load_sound_calibration,
    open_sound_index,
    query_sound,
    save_fingerprints,
    sound_fingerprint,
    with_sound_company,
)
from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from support.sounds import hum, mixed, noise, paced, resampled, ticking, transposed, tune, voice

Samples = NDArray[np.float32]
RATE = 8000
WORKS: dict[str, Callable[[], Samples]] = {
    **{f"tune-{seed}": lambda seed=seed: tune(seed, 30) for seed in range(4)},  # type: ignore[misc]
    **{f"voice-{seed}": lambda seed=seed: voice(seed, 30) for seed in range(4)},  # type: ignore[misc]
}


@pytest.fixture(scope="module")
def works() -> Mapping[str, Samples]:
    """Eight sounds of 30 s."""
    return {name: draw() for name, draw in WORKS.items()}


@pytest.fixture(scope="module")
def index(works: Mapping[str, Samples], tmp_path_factory: pytest.TempPathFactory) -> SoundIndex:
    """All of them, registered in two goes."""
    directory = tmp_path_factory.mktemp("sound")
    for some in (list(works)[:5], list(works)[5:]):
        with SoundIndexWriter(directory) as writer:
            for name in some:
                writer.add(name, sound_fingerprint([works[name]]))
    return open_sound_index(directory)


def heard(index: SoundIndex, samples: Samples) -> tuple[SoundMatch, ...]:
    return index.search(query_sound([samples]))


# --- found -----------------------------------------------------------------------------------------------------------

EDITS: dict[str, Callable[[Samples], Samples]] = {
    "as it is": lambda x: x,
    "a hundredth as loud": lambda x: 0.01 * x,
    "noise at 10 dB": lambda x: mixed(x, noise(1, len(x) / RATE), decibels=10),
    "played 4 % faster": lambda x: resampled(x, 1.04),
    "played 4 % slower": lambda x: resampled(x, 0.96),
    "another voice over it": lambda x: mixed(x, voice(99, len(x) / RATE)),
    "two semitones higher": lambda x: transposed(x, 2),
    "two semitones lower": lambda x: transposed(x, -2),
    "upside down": lambda x: -x,
    "clipped": lambda x: np.clip(4 * x, -0.5, 0.5),
    "eight bits": lambda x: (np.round(x * 127) / 127).astype(np.float32),
}


@pytest.mark.parametrize("name", ["tune-1", "voice-2"])
@pytest.mark.parametrize("edit", EDITS)
def test_eight_seconds_are_found_where_they_are(
    index: SoundIndex, works: Mapping[str, Samples], name: str, edit: str
) -> None:
    start = 9.3
    samples = EDITS[edit](works[name][int(start * RATE) : int((start + 8) * RATE)])
    best = heard(index, samples)[0]
    speed = 8 / (len(samples) / RATE)
    assert (best.reference, best.band) == (name, "match")
    assert best.speed == pytest.approx(speed, abs=0.02)
    assert (best.q_start, best.q_end) == pytest.approx((0, 8 / speed), abs=1.3)
    assert (best.r_start, best.r_end) == pytest.approx((start, start + 8), abs=1.3)
    assert best.r_start - best.q_start * best.speed == pytest.approx(start, abs=0.15)
    moved = {"two semitones higher": 2, "two semitones lower": -2}.get(edit, 12 * np.log2(speed))
    assert best.pitch == pytest.approx(moved, abs=0.5)


@pytest.mark.parametrize("name", ["tune-1", "voice-2"])
@pytest.mark.parametrize("pace", [0.7, 1.5, 2.0])
def test_a_pace_far_from_its_own_is_found_at_its_pitch(
    index: SoundIndex, works: Mapping[str, Samples], name: str, pace: float
) -> None:
    best = heard(index, paced(works[name][6 * RATE : 6 * RATE + round(8 * pace * RATE)], pace))[0]
    assert (best.reference, best.band) == (name, "match")
    assert best.speed == pytest.approx(pace, rel=0.03)
    assert best.pitch == pytest.approx(0, abs=0.5)


def test_pieces_of_several_works_are_told_apart(index: SoundIndex, works: Mapping[str, Samples]) -> None:
    parts = [
        works["tune-0"][: 6 * RATE],
        noise(5, 4),
        works["voice-1"][80_000:144_000],
        works["tune-0"][160_000:208_000],
    ]
    found = sorted(heard(index, np.concatenate(parts)), key=lambda match: match.q_start)
    told = [(match.reference, round(match.q_start), round(match.r_start)) for match in found if match.band == "match"]
    assert told == [("tune-0", 0, 0), ("voice-1", 10, 10), ("tune-0", 18, 20)]


def test_two_works_at_once_are_both_found(index: SoundIndex, works: Mapping[str, Samples]) -> None:
    both = mixed(works["tune-2"][:96_000], works["voice-3"][40_000:136_000])
    assert {match.reference for match in heard(index, both)} == {"tune-2", "voice-3"}


def test_a_query_of_minutes_is_one_match(index: SoundIndex, works: Mapping[str, Samples]) -> None:
    (match,) = heard(index, np.concatenate([noise(3, 20), works["tune-3"], noise(4, 15)]))
    assert (match.q_start, match.q_end, match.r_start, match.r_end) == pytest.approx((20, 50, 0, 30), abs=0.6)
    assert match.landmarks > 500


# --- not found -------------------------------------------------------------------------------------------------------

STRANGERS: dict[str, Callable[[float], Samples]] = {
    "silence": lambda seconds: np.zeros(int(seconds * RATE), np.float32),
    "hum": hum,
    "a clock": ticking,
    "noise": lambda seconds: noise(7, seconds),
    "another tune": lambda seconds: tune(77, seconds),
    "a tune in the same beat": lambda seconds: tune(78, seconds, tempo=120),
    "another voice": lambda seconds: voice(77, seconds),
    "dither": lambda seconds: 1e-5 * noise(8, seconds),
    "one click": lambda seconds: np.eye(1, int(seconds * RATE), RATE // 2, dtype=np.float32)[0],
}


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.5, 1, 4, 30])
@pytest.mark.parametrize("stranger", STRANGERS)
def test_what_is_of_no_work_is_not_found(index: SoundIndex, stranger: str, seconds: float) -> None:
    assert heard(index, STRANGERS[stranger](seconds)) == ()


def test_tunes_of_one_beat_are_not_one_another(tmp_path: Path) -> None:
    with SoundIndexWriter(tmp_path) as writer:
        for seed in range(6):
            writer.add(f"dance-{seed}", sound_fingerprint([tune(seed, 12, tempo=120)]))
    index = open_sound_index(tmp_path)
    for seed in range(6):
        others = index.selecting([name for name in index if name != f"dance-{seed}"])
        assert heard(others, tune(seed, 12, tempo=120)) == ()


def test_references_of_silence_hum_and_clocks_are_no_trap(tmp_path: Path, works: Mapping[str, Samples]) -> None:
    with SoundIndexWriter(tmp_path) as writer:
        for name, draw in STRANGERS.items():
            writer.add(name, sound_fingerprint([draw(30)]))
    index = open_sound_index(tmp_path)
    for samples in works.values():
        assert heard(index, samples) == ()


# --- fingerprints ----------------------------------------------------------------------------------------------------


def test_a_fingerprint_does_not_depend_on_how_the_samples_came(works: Mapping[str, Samples]) -> None:
    samples = np.concatenate([works["tune-1"], works["voice-1"]])
    whole = sound_fingerprint([samples])
    assert sound_fingerprint(np.array_split(samples, 97)) == whole
    assert sound_fingerprint([samples[:1], samples[1:]]) == whole
    assert hash(whole) == hash(SoundFingerprint.from_bytes(whole.to_bytes()))


def test_landmarks_are_few_and_bytes_are_fewer(works: Mapping[str, Samples]) -> None:
    for samples in works.values():
        made = sound_fingerprint([samples])
        assert made.bands.shape == made.moments.shape == (len(made.bands), KEPT)
        assert made.bands.nbytes + made.moments.nbytes <= 60 * (made.duration_s + 2)
        frames, bands, ranks = made.landmarks()
        assert (np.diff(frames) >= 0).all()
        assert len(made) == len(frames)
        assert frames.max() < made.duration_s * 62.5 + 4
        assert bands.max() < BANDS
        assert np.bincount(np.floor((frames + 0.5) / BLOCK_FRAMES).astype(int)).max() <= KEPT
        assert ranks.max() < KEPT


def test_a_query_holds_what_a_reference_would(works: Mapping[str, Samples]) -> None:
    query = query_sound([works["tune-0"]])
    assert query.bands.shape[1] == TRIED
    assert query.strongest(KEPT) == sound_fingerprint([works["tune-0"]])
    assert query.strongest(TRIED) is query


def test_loudness_changes_few_landmarks(works: Mapping[str, Samples]) -> None:
    loud, soft = (sound_fingerprint([gain * works["tune-0"]]).landmarks() for gain in (1.0, 0.25))
    points = [set(zip(frames.tolist(), bands.tolist(), strict=True)) for frames, bands, _ in (loud, soft)]
    assert len(points[0] & points[1]) > 0.6 * len(points[0])


@pytest.mark.parametrize(
    ("sound", "least", "most"),
    [(tune(1, 8), 3, 20), (voice(1, 8), 3, 20), (noise(1, 8), 0, 2.4), (0.1 * hum(8) + 0.01 * noise(2, 8), 0, 2.4)],
    ids=["tune", "voice", "noise", "hum under hiss"],
)
def test_what_stands_out_is_told_from_noise(sound: Samples, least: float, most: float) -> None:
    maker = SoundMaker()
    assert maker.prominence == 0
    maker.add(sound)
    maker.finished()
    assert least <= maker.prominence <= most


def test_a_finder_without_samples_finds_nothing() -> None:
    frames, bands, heights = PeakFinder(8).finished()
    assert len(frames) == len(bands) == len(heights) == 0
    assert len(sound_fingerprint([])) == 0
    assert sound_fingerprint([]).duration_s == 0


def test_a_file_holds_the_same_fingerprint(tmp_path: Path, works: Mapping[str, Samples]) -> None:
    made = sound_fingerprint([works["voice-0"]])
    made.save(tmp_path / "voice.kyf")
    assert SoundFingerprint.load(tmp_path / "voice.kyf") == made
    assert load_fingerprints(tmp_path / "voice.kyf") == (None, (made,))
    assert (tmp_path / "voice.kyf").stat().st_size < 70 * made.duration_s


def test_one_file_holds_pictures_and_several_tracks(tmp_path: Path, works: Mapping[str, Samples]) -> None:
    pictures = _pictures()
    sounds = tuple(sound_fingerprint([works[name]]) for name in ("tune-0", "voice-0"))
    path = tmp_path / "film.kyf"
    save_fingerprints(path, pictures, sounds)
    assert load_fingerprints(path) == (pictures, sounds)
    assert Fingerprint.load(path) == pictures
    save_fingerprints(path, pictures, ())
    assert load_fingerprints(path) == (pictures, ())
    assert path.read_bytes() == pictures.to_bytes()
    save_fingerprints(path, None, sounds)
    assert load_fingerprints(path) == (None, sounds)
    with pytest.raises(UsageError, match="nothing to write"):
        save_fingerprints(path, None, ())


def test_a_file_holds_two_dozen_tracks_and_no_track_is_left_out_in_silence(tmp_path: Path) -> None:
    sounds = [sound_fingerprint([noise(seed, 1)]) for seed in range(25)]
    path = tmp_path / "film.kyf"
    save_fingerprints(path, _pictures(), sounds[:24])
    assert load_fingerprints(path) == (_pictures(), tuple(sounds[:24]))
    with pytest.raises(UsageError, match="25 sound tracks do not fit, only 24"):
        save_fingerprints(path, _pictures(), sounds)


def _pictures() -> Fingerprint:
    return Fingerprint(
        descriptor="pdq-v1",
        duration_s=1.0,
        times=np.array([0, 0.5], np.float32),
        codes=np.arange(64, dtype=np.uint8).reshape(2, 32),
        quality=np.array([90, 90], np.uint8),
    )


def _packed(header: Mapping[str, object], **arrays: NDArray[np.uint8]) -> bytes:
    return _format.pack(dict(header), arrays)


SOUND = {"descriptor": SOUND_ID, "duration_us": 1_000_000}
SMALL = {"bands": np.full((1, KEPT), 255, np.uint8), "moments": np.zeros((1, KEPT), np.uint8)}
OFF: dict[str, tuple[bytes, str]] = {
    "other words": (b"nothing of the kind", "not a Kyodaku fingerprint"),
    "pictures": (_pictures().to_bytes(), "lacks"),
    "another descriptor": (_packed({**SOUND, "descriptor": "x"}, **SMALL), "not a fingerprint of sound"),
    "no duration": (_packed({"descriptor": SOUND_ID}, **SMALL), "no duration"),
    "a duration that is text": (_packed({**SOUND, "duration_us": "1"}, **SMALL), "no duration"),
    "more landmarks than time": (
        _packed(SOUND, bands=np.zeros((99, 4), np.uint8), moments=np.zeros((99, 4), np.uint8)),
        "after its end",
    ),
    "halves that differ": (_packed(SOUND, bands=SMALL["bands"], moments=np.zeros((2, KEPT), np.uint8)), "differ"),
}


@pytest.mark.parametrize("what", OFF)
def test_a_file_that_is_off_is_refused_in_one_sentence(tmp_path: Path, what: str) -> None:
    content, said = OFF[what]
    (tmp_path / "odd.kyf").write_bytes(content)
    with pytest.raises(KyodakuError, match=said) as raised:
        SoundFingerprint.load(tmp_path / "odd.kyf")
    assert raised.value.where == str(tmp_path / "odd.kyf")


@pytest.mark.parametrize(
    ("sounds", "said"),
    [
        ("two", "not sound"),
        ([SOUND] * 30, "not sound"),
        ([SOUND], "lacks"),
        ([{"descriptor": SOUND_ID}], r"lacks|duration"),
    ],
)
def test_a_list_of_tracks_that_is_off_is_refused(tmp_path: Path, sounds: object, said: str) -> None:
    header, arrays = _format.unpack(_pictures().to_bytes(), ("codes", "quality", "times"))
    (tmp_path / "odd.kyf").write_bytes(_format.pack({**header, "sounds": sounds}, arrays))
    with pytest.raises(KyodakuError, match=said):
        load_fingerprints(tmp_path / "odd.kyf")


def test_tracks_of_a_later_version_are_skipped(tmp_path: Path) -> None:
    header, arrays = _format.unpack(_pictures().to_bytes(), ("codes", "quality", "times"))
    later = [{"descriptor": "kyodaku-sound-v9", "duration_us": 1}, "whatever"]
    (tmp_path / "later.kyf").write_bytes(_format.pack({**header, "sounds": later}, arrays))
    assert load_fingerprints(tmp_path / "later.kyf") == (_pictures(), ())


@pytest.mark.parametrize("content", [None, b"x"])
def test_a_file_that_cannot_be_read_or_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = tmp_path / "odd.kyf"
    if content is not None:
        path.write_bytes(content * 9)
        monkeypatch.setattr(_format, "MAX_FILE_BYTES", 4)
    for load in (SoundFingerprint.load, load_fingerprints):
        with pytest.raises(KyodakuError, match=r"cannot be read|too large") as raised:
            load(path)
        assert raised.value.where == str(path)
    made = sound_fingerprint([noise(1, 2)])
    with pytest.raises(KyodakuError, match="cannot be written"):
        made.save(tmp_path)
    with pytest.raises(KyodakuError, match="cannot be written"):
        save_fingerprints(tmp_path, None, [made])


@pytest.mark.parametrize(
    "wrong",
    [
        {"bands": np.zeros((1, 4), np.uint16)},
        {"moments": np.zeros((1, 5), np.uint8)},
        {"duration_s": float("nan")},
        {"duration_s": -1.0},
    ],
)
def test_parts_that_do_not_belong_together_are_refused(wrong: dict[str, object]) -> None:
    parts: dict[str, object] = {
        "duration_s": 1.0, "bands": np.zeros((1, 4), np.uint8), "moments": np.zeros((1, 4), np.uint8)
    }  # fmt: skip
    with pytest.raises(KyodakuError):
        SoundFingerprint(**{**parts, **wrong})  # type: ignore[arg-type]


# --- hashes ----------------------------------------------------------------------------------------------------------

landmark_lists = st.lists(
    st.tuples(st.floats(0, 900, width=32), st.floats(0, BANDS - 1, width=32), st.integers(0, 27)),
    min_size=0,
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(landmark_lists)
def test_a_query_tries_every_hash_that_its_reference_keeps(points: list[tuple[float, float, int]]) -> None:
    rows = np.array(sorted(points), dtype=np.float64).reshape(-1, 3)
    frames, bands, ranks = rows[:, 0], rows[:, 1], rows[:, 2].astype(np.int64)
    kept = rounded(reference_triples(frames, bands, ranks))
    tried, owners, _ = probed(query_triples(frames, bands, ranks))
    assert set(kept.tolist()) <= set(tried.tolist())
    assert len(tried) == len(owners)
    assert (kept < HASHES).all()


@settings(max_examples=40, deadline=None)
@given(landmark_lists, st.floats(0.97, 1.03), st.floats(-3.5, 3.5))
def test_a_hash_outlives_another_pace_and_pitch(
    points: list[tuple[float, float, int]], pace: float, pitch: float
) -> None:
    rows = np.array(sorted(points), dtype=np.float64).reshape(-1, 3)
    frames, bands, ranks = rows[:, 0], rows[:, 1], rows[:, 2].astype(np.int64)
    inside = (bands > 5) & (bands < BANDS - 6)
    frames, bands, ranks = frames[inside], bands[inside], ranks[inside]
    kept = reference_triples(frames, bands, ranks)
    keys = rounded(kept)
    tried, owners, pitches = probed(replace(kept, band=kept.band + pitch, interval=kept.interval / pace))
    for number in range(len(keys)):
        same = (owners == number) & (tried == keys[number])
        assert same.any()
        assert np.abs(pitches[same] - pitch).max() <= 2.001


# --- the index -------------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """An index of three short references, in a directory of its own."""
    with SoundIndexWriter(tmp_path / "index") as writer:
        for seed in range(3):
            writer.add(f"tune-{seed}", sound_fingerprint([tune(seed, 8)]))
    return tmp_path / "index"


def test_what_is_added_is_there_and_what_is_removed_is_not(stored: Path) -> None:
    assert sorted(open_sound_index(stored)) == ["tune-0", "tune-1", "tune-2"]
    with SoundIndexWriter(stored) as writer:
        writer.remove("tune-1")
    index = open_sound_index(stored)
    assert sorted(index) == ["tune-0", "tune-2"]
    assert len(index) == 2
    assert "tune-1" not in index
    assert heard(index, tune(1, 8)) == ()
    assert heard(index, tune(2, 8))[0].reference == "tune-2"
    with SoundIndexWriter(stored) as writer:
        writer.add("tune-1", sound_fingerprint([tune(1, 8)]))
    assert heard(open_sound_index(stored), tune(1, 8))[0].reference == "tune-1"


def test_many_small_additions_are_merged_and_lose_nothing(tmp_path: Path) -> None:
    for seed in range(9):
        with SoundIndexWriter(tmp_path) as writer:
            writer.add(f"noise-{seed}", sound_fingerprint([noise(seed, 3)]))
            if seed == 4:
                writer.remove("noise-2")
    index = open_sound_index(tmp_path)
    assert len(index.parts) <= 4
    assert len(list((tmp_path / "segments").iterdir())) == len(index.parts)
    assert sorted(index) == [f"noise-{seed}" for seed in range(9) if seed != 2]
    for seed in (0, 8):
        assert heard(index, noise(seed, 3))[0].reference == f"noise-{seed}"


def test_segments_too_large_to_merge_stay_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "_MERGED_BLOCKS", 8)
    monkeypatch.setattr(writer_module, "_FLUSH_BLOCKS", 4)
    with SoundIndexWriter(tmp_path) as writer:
        for seed in range(4):
            writer.add(f"noise-{seed}", sound_fingerprint([noise(seed, 3)]))
    assert len(open_sound_index(tmp_path).parts) >= 3


def test_what_it_is_named_by_does_not_depend_on_segments(stored: Path, tmp_path: Path) -> None:
    for seed in (2, 0, 1):
        with SoundIndexWriter(tmp_path / "other") as writer:
            writer.add(f"tune-{seed}", sound_fingerprint([tune(seed, 8)]))
    first, second = open_sound_index(stored), open_sound_index(tmp_path / "other")
    assert first.content_id == second.content_id != first.selecting(["tune-0"]).content_id


def test_the_same_again_is_no_error_and_another_under_its_name_is(stored: Path) -> None:
    with SoundIndexWriter(stored) as writer:
        writer.add("tune-0", sound_fingerprint([tune(0, 8)]))
        with pytest.raises(UsageError, match="taken"):
            writer.add("tune-0", sound_fingerprint([tune(9, 8)]))
        with pytest.raises(UsageError, match="printable"):
            writer.add("", sound_fingerprint([tune(9, 8)]))
        with pytest.raises(UsageError, match="no such reference"):
            writer.remove("tune-9")
        with pytest.raises(KyodakuError, match="another process"), SoundIndexWriter(stored):
            pass
    with pytest.raises(UsageError, match="no such reference"):
        open_sound_index(stored).selecting(["tune-9"])


def test_nothing_is_added_when_the_work_is_broken_off(stored: Path) -> None:
    made = sound_fingerprint([tune(7, 8)])
    with suppress(RuntimeError), SoundIndexWriter(stored) as writer:
        writer.add("tune-7", made)
        raise RuntimeError
    assert "tune-7" not in open_sound_index(stored)


def test_an_index_of_sound_is_none_of_pictures(tmp_path: Path, stored: Path) -> None:
    with pytest.raises(KyodakuError, match="no index"):
        open_sound_index(tmp_path / "nowhere")
    path = stored / "manifest.json"
    before = path.read_bytes()
    path.write_bytes(before.replace(SOUND_ID.encode(), b"kyodaku-sound-v7"))
    with pytest.raises(IntegrityError):
        open_sound_index(stored)
    path.write_bytes(before)
    for pictures in (tmp_path / "pictures", tmp_path / "nothing"):
        with IndexWriter(pictures, descriptor="pdq-v1") as writer:
            if pictures.name == "pictures":
                writer.add("film", _pictures())
        with pytest.raises(UsageError, match="holds pdq-v1, not kyodaku-sound-v1"):
            open_sound_index(pictures)
    with pytest.raises(KyodakuError, match="pdq-v1"), SoundIndexWriter(pictures):
        pass


def test_sound_longer_than_a_segment_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "MOST_BLOCKS", 3)
    with SoundIndexWriter(tmp_path) as writer, pytest.raises(UsageError, match="longer"):
        writer.add("long", sound_fingerprint([noise(1, 8)]))


@pytest.mark.parametrize(
    "name", ["moments.npy", "bands.npy", "firsts.npy", "hashes.npy", "starts.npy", "places.npy", "segment.json"]
)
@pytest.mark.parametrize("harm", ["missing", "cut off", "a bit"])
def test_a_damaged_segment_is_named(stored: Path, name: str, harm: str) -> None:
    (path,) = stored.glob(f"segments/*/{name}")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:-3] if harm == "cut off" else content)
    with pytest.raises(IntegrityError, match=r"missing|bytes|altered|agree"):
        open_sound_index(stored)


def test_a_segment_with_other_arrays_is_refused(stored: Path) -> None:
    (folder,) = (stored / "segments").iterdir()
    document = json.loads((folder / "segment.json").read_bytes())
    np.save(folder / "places.npy", np.zeros(3, np.float32))
    with pytest.raises(IntegrityError, match="not the array"):
        _files.map_array(folder / "places.npy", *segment_module._ARRAYS["places.npy"])
    (folder / "places.npy").write_bytes(b"\x93NUMPY\x09\x00")
    with pytest.raises(IntegrityError, match="not the array"):
        _files.map_array(folder / "places.npy", *segment_module._ARRAYS["places.npy"])
    assert set(document["files"]) == set(segment_module._ARRAYS)


def test_an_empty_index_and_an_empty_reference_find_nothing(tmp_path: Path) -> None:
    with SoundIndexWriter(tmp_path):
        pass
    assert heard(open_sound_index(tmp_path), tune(1, 5)) == ()
    with SoundIndexWriter(tmp_path) as writer:
        writer.add("empty", sound_fingerprint([]))
        writer.add("silent", sound_fingerprint([np.zeros(80_000, np.float32)]))
    index = open_sound_index(tmp_path)
    assert len(index) == 2
    assert heard(index, tune(1, 5)) == ()


# --- bounds, company, calibration ------------------------------------------------------------------------------------


def test_more_matches_than_are_listed_are_counted(
    index: SoundIndex, works: Mapping[str, Samples], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_module, "_MOST_MATCHES", 1)
    both = np.concatenate([works["tune-0"][:80_000], works["voice-0"][:80_000]])
    result = index.find(query_sound([both]))
    assert (len(result.matches), result.matches_omitted, result.complete) == (1, 1, False)


def _match(reference: str, start: float, end: float, evidence: float = 100.0) -> SoundMatch:
    calibration = load_sound_calibration()
    score = calibration.score(evidence)
    return SoundMatch(
        reference=reference, q_start=start, q_end=end, r_start=start, r_end=end, score=score, speed=1.0, pitch=0.0,
        landmarks=9, evidence=evidence, band=calibration.band(score),
    )  # fmt: skip


def test_a_short_span_that_several_works_share_is_for_a_person() -> None:
    calibration = load_sound_calibration()
    three = [_match(name, 0, 3) for name in ("a", "b", "c")]
    told = with_sound_company(three, str, calibration)
    assert [match.band for match in told] == ["review"] * 3
    assert told[0].shared_with == ("b", "c")
    long = [_match(name, 0, 30) for name in ("a", "b", "c")]
    assert [match.band for match in with_sound_company(long, str, calibration)] == ["match"] * 3
    same = with_sound_company(three, lambda _: "one work", calibration)
    assert [match.band for match in same] == ["match"] * 3
    assert with_sound_company(three[:2], str, calibration) == tuple(three[:2])


def test_one_that_says_less_is_company_by_sound() -> None:
    surely, hardly = _match("a", 0, 3), [_match(name, 0, 3, evidence=25) for name in ("b", "c")]
    (named, *_) = with_sound_company([surely, *hardly], str, load_sound_calibration())
    assert (named.band, named.shared_with) == ("review", ("b", "c"))
    assert load_sound_calibration().band(named.score) == "review"


def test_thousands_of_matches_by_sound_at_one_moment_take_no_time() -> None:
    every = [_match(f"reference-{number}", 0, 3) for number in range(6000)]
    begun = time.process_time()
    named = with_sound_company(every, str, load_sound_calibration())
    assert time.process_time() - begun < 3
    assert {len(match.shared_with) for match in named} == {16}


def test_the_shipped_calibration_says_what_it_rests_on() -> None:
    calibration = load_sound_calibration()
    assert calibration.descriptor == SOUND_ID
    assert 0 < calibration.review < calibration.match < 1
    assert calibration.measured.false_matches == 0
    assert calibration.measured.negative_clips > 1000
    assert SoundCalibration.from_json(calibration.to_json()) == calibration
    assert [calibration.band(score) for score in (0.0, calibration.review, calibration.match)] == [
        "none",
        "review",
        "match",
    ]
    assert 0 < calibration.score(-1e9) < calibration.score(0) < calibration.score(50) < calibration.score(1e9) < 1


def test_a_calibration_stands_above_every_stranger() -> None:
    copies = [Sample(edit="as it is", seconds=4, evidence=value) for value in (5.0, 60.0, 80.0, 120.0)]
    made = calibrate_sound(copies, [0.0, 4.0, 12.0], margin=1.5, review_margin=1.2, how="a test")
    assert made.score(12.0) < made.review < made.match <= round(made.score(60.0), 4)
    assert made.measured.recall_by_edit == {"as it is": 0.75}
    assert made.measured.recall_by_seconds == {"4 s": 0.75}
    assert (made.measured.false_matches, made.measured.false_reviews) == (0, 0)
    with pytest.raises(UsageError, match="needs copies"):
        calibrate_sound(copies, [0.0], margin=1.5, review_margin=1.2, how="a test")


@pytest.mark.parametrize("text", ["{", "{}", '{"measured": {}}', "[]"])
def test_a_calibration_that_is_off_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a calibration of sound"):
        SoundCalibration.from_json(text)
    with pytest.raises(UsageError, match="out of order"):
        replace(load_sound_calibration(), match=0.1, review=0.2)
