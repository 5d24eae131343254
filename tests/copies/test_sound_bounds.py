# SPDX-License-Identifier: Apache-2.0
"""No crowd hides a copy, be it of loops, look-alikes or removed references; or it is said what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku.copies import _sound_hits as hits_module
from kyodaku.copies import _sound_votes as votes_module
from kyodaku.copies.sound import (
    SoundFingerprint,
    SoundIndex,
    SoundIndexWriter,
    SoundMatch,
    open_sound_index,
    query_sound,
    sound_fingerprint,
)
from support.sounds import mixed, noise, tune, voice

Samples = NDArray[np.float32]
RATE = 8000
BLOCKS = 10
"""Of 1.024 s: what the loops repeat."""


@pytest.fixture(scope="module")
def film() -> Samples:
    """Half a minute of a tune."""
    return tune(1, 30)


@pytest.fixture(scope="module")
def clip(film: Samples) -> SoundFingerprint:
    """Ten seconds of the film, a little noisy."""
    return query_sound([hissing(film[10 * RATE : 20 * RATE], 0.1, 77)])


def hissing(samples: Samples, share: float, seed: int) -> Samples:
    hiss = np.random.default_rng(seed).standard_normal(len(samples)) * share * samples.std()
    return (samples + hiss).astype(np.float32)


def looped(samples: Samples, times: int) -> SoundFingerprint:
    """The fingerprint of a reference that plays these ten seconds again and again."""
    once = sound_fingerprint([samples])
    moments, bands = (np.tile(array[:BLOCKS], (times, 1)) for array in (once.moments, once.bands))
    return SoundFingerprint(duration_s=1.024 * BLOCKS * times + 5, moments=moments, bands=bands)


def opened(directory: Path, references: Mapping[str, SoundFingerprint]) -> SoundIndex:
    with SoundIndexWriter(directory) as writer:
        for name, made in references.items():
            writer.add(name, made)
    return open_sound_index(directory)


def of(matches: tuple[SoundMatch, ...], reference: str) -> list[SoundMatch]:
    return [match for match in matches if match.reference == reference]


def test_a_reference_that_loops_hides_no_other(tmp_path: Path, film: Samples, clip: SoundFingerprint) -> None:
    loop = looped(film[10 * RATE : 20 * RATE + 1], 1200)
    index = opened(tmp_path, {"loop": loop, "film": sound_fingerprint([hissing(film, 0.3, 1)])})
    result = index.find(clip)
    (found,) = of(result.matches, "film")
    assert found.band == "match"
    assert (found.r_start, found.r_end) == pytest.approx((10, 20), abs=0.6)
    assert of(result.matches, "loop")
    assert result.complete


def test_loops_that_fill_all_moments_hide_no_other(
    tmp_path: Path, film: Samples, clip: SoundFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hits_module, "_MANY", 1000)
    monkeypatch.setattr(hits_module, "_MOST_COARSE", 64)
    loops = {f"loop-{seed}": looped(hissing(film[10 * RATE :], 0.02, seed), 40) for seed in range(3)}
    result = opened(tmp_path, {**loops, "film": sound_fingerprint([hissing(film, 0.5, 1)])}).find(clip)
    assert of(result.matches, "film")[0].band == "match"
    assert result.complete
    monkeypatch.setattr(hits_module, "_MOST_COARSE", 16)
    assert not open_sound_index(tmp_path).find(clip).complete


def test_nearer_ones_do_not_hide_a_copy(tmp_path: Path, film: Samples, clip: SoundFingerprint) -> None:
    excerpt = film[5 * RATE : 25 * RATE]
    near = {f"near-{seed}": sound_fingerprint([hissing(excerpt, 0.02, seed)]) for seed in range(40)}
    result = opened(tmp_path, {**near, "film": sound_fingerprint([hissing(film, 1.0, 1)])}).find(clip)
    assert of(result.matches, "film")[0].band == "match"
    assert {match.reference for match in result.matches} == {*near, "film"}
    assert result.complete


@pytest.mark.parametrize("crowd", ["loop", "near"])
def test_a_removed_reference_takes_no_place(
    tmp_path: Path, film: Samples, clip: SoundFingerprint, monkeypatch: pytest.MonkeyPatch, crowd: str
) -> None:
    monkeypatch.setattr(votes_module, "_MOST_MEASURED", 4)
    monkeypatch.setattr(votes_module, "_MOST_CELLS", 16)
    excerpt = film[10 * RATE : 20 * RATE + 1]
    if crowd == "loop":
        others = {"loop": looped(excerpt, 300)}
    else:
        others = {f"near-{seed}": sound_fingerprint([hissing(excerpt, 0.02, seed)]) for seed in range(8)}
    made = sound_fingerprint([hissing(film, 0.5, 1)])
    alone = opened(tmp_path / "alone", {"film": made}).find(clip)
    beside = opened(tmp_path / "beside", {**others, "film": made})
    assert beside.selecting(["film"]).find(clip) == alone
    assert alone.matches


def test_a_crowd_of_hits_leaves_the_true_line(
    tmp_path: Path, film: Samples, clip: SoundFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hits_module, "_MANY", 10)
    monkeypatch.setattr(hits_module, "_MOST_COARSE", 3)
    strangers = {f"voice-{seed}": sound_fingerprint([voice(seed, 30)]) for seed in range(3)}
    assert opened(tmp_path, {**strangers, "film": sound_fingerprint([film])}).search(clip)[0].reference == "film"


def test_hashes_that_all_references_have_are_passed_over_and_it_is_said(
    tmp_path: Path, film: Samples, clip: SoundFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = opened(tmp_path, {"film": sound_fingerprint([film])})
    monkeypatch.setattr(hits_module, "_COMMON", 0)
    monkeypatch.setattr(hits_module, "_COMMON_TIMES", 0)
    result = index.find(clip)
    assert result.matches == ()
    assert result.hits_omitted > 0
    assert result.seconds_omitted == pytest.approx(10, abs=0.1)
    assert not result.complete


def test_common_hashes_are_looked_at_by_reference_as_far_as_time_allows(
    tmp_path: Path, film: Samples, clip: SoundFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixes = {f"mix-{seed}": sound_fingerprint([mixed(film, noise(seed, 30), decibels=20)]) for seed in range(3)}
    index = opened(tmp_path, mixes)
    monkeypatch.setattr(hits_module, "_COMMON", 4)
    monkeypatch.setattr(hits_module, "_COMMON_TIMES", 0)
    result = index.find(clip)
    assert {match.reference for match in result.matches} == set(mixes)
    assert result.hits_omitted > 0
    assert result.complete
    monkeypatch.setattr(hits_module, "_COMMON", 0)
    monkeypatch.setattr(hits_module, "_COMMON_TIMES", 2)
    monkeypatch.setattr(hits_module, "_MOST_PAIRS", 0)
    assert index.find(clip).hits_omitted > result.hits_omitted


def test_an_opening_that_very_many_share_is_found_in_all_or_said_to_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = noise(1, 4)
    episodes = {f"episode-{number}": np.concatenate([opening, noise(100 + number, 2)]) for number in range(40)}
    index = opened(tmp_path, {name: sound_fingerprint([samples]) for name, samples in episodes.items()})
    result = index.find(query_sound([opening]))
    assert {match.reference for match in result.matches} == set(index)
    assert result.complete
    monkeypatch.setattr(votes_module, "_MOST_MEASURED", 30)
    omitted = index.find(query_sound([opening]))
    assert (len(omitted.matches), omitted.lines_omitted, omitted.complete) == (30, 10, False)
    monkeypatch.setattr(votes_module, "_MOST_MEASURED", 256)
    monkeypatch.setattr(votes_module, "_MOST_CELLS", 30)
    assert not index.find(query_sound([opening])).complete
