# SPDX-License-Identifier: Apache-2.0
"""A medium that shows nothing is not the same as one that shows nothing registered, and its findings say so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku.examine import matcher_id
from kyodaku.workspace import Workspace
from support import films
from support.sounds import tune, write_film

REGISTRY = """
parties: [{id: studio, kind: holder, name: {en: Studio}}]
works:
  - {id: film-1, kind: film, title: {en: First}, shares: [{party: studio, rights: all}]}
"""
BLACK = np.zeros((films.SIZE[1], films.SIZE[0], 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("unseen")
    (folder / "registry.yaml").write_text(REGISTRY)
    with Workspace.open(folder / "workspace", create=True) as held:
        held.import_registry([folder / "registry.yaml"])
        added = held.add_reference("film-1", films.write_film(folder / "film.mp4", seed=1, seconds=8))
        assert added.error is None
        yield held


def clip(path: Path, black_s: float, seconds: float = 6.0) -> Path:
    """So many seconds of black, then another film."""
    shown = (films.frame(50, number / 10) for number in range(1000))
    pictures: list[NDArray[np.uint8]] = [BLACK] * round(10 * black_s)
    return write_film(path, [], frames=[*pictures, *islice(shown, round(10 * (seconds - black_s)))])


@pytest.mark.parametrize(("black_s", "unseen"), [(0.0, 0.0), (2.0, 1 / 3), (6.0, 1.0)])
def test_the_share_of_time_without_anything_to_compare_is_told(
    workspace: Workspace, tmp_path: Path, black_s: float, unseen: float
) -> None:
    findings = workspace.check(clip(tmp_path / "clip.mp4", black_s)).findings
    assert findings.matches == ()
    assert findings.error is None
    assert findings.unseen == pytest.approx(unseen, abs=0.06)


def test_a_sound_without_pictures_hides_none(workspace: Workspace, tmp_path: Path) -> None:
    sound = write_film(tmp_path / "song.m4a", [tune(3, 4, rate=16_000)])
    assert workspace.check(sound).findings.unseen == 0.0


def test_other_strangers_match_differently(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from kyodaku.copies import FRAME  # noqa: PLC0415

    references = workspace.registry.snapshot().references
    before = matcher_id(references)
    monkeypatch.setattr(FRAME, "card", FRAME.card.model_copy(update={"background": None}))
    assert matcher_id(references) != before
