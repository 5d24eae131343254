# SPDX-License-Identifier: Apache-2.0
"""Which frames are delivered, and at which time: the four modes of `Sampling`."""

from __future__ import annotations

from itertools import chain, count, islice
from typing import TYPE_CHECKING

from kyodaku.media._film import Film

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kyodaku.media._album import Album
    from kyodaku.media._film import Shot
    from kyodaku.media._records import Sampling

__all__ = ["select"]

SAME_TIME_S = 1e-6  # stamps are counts of a time base: what lies closer is the rounding of floats
SEEK_AHEAD_S = 5.0  # nearer than this, decoding on is cheaper than going to a key frame and decoding from there
SEEK_BACK_S = (0.0, 10.0)  # some indexes find the key frame after; then try from before


def select(source: Film | Album, sampling: Sampling) -> Iterator[tuple[float, Shot]]:
    """The frames that `sampling` asks for, with the times to deliver them under."""
    if sampling.mode == "at":
        positions = iter(sorted(set(sampling.at)))
        if isinstance(source, Film) and source.info.kind == "video":
            return _seek_each(source, positions)
        return _on_screen(source.shots(), positions, past_end=True)
    if sampling.mode == "interval" and source.info.kind != "image":
        return _on_grid(source.shots(grid_fps=sampling.fps), sampling.fps, alone=source.info.kind == "animation")
    return ((shot.time_s, shot) for shot in source.shots(keys_only=sampling.mode == "keyframes"))


def _on_grid(shots: Iterator[Shot], fps: float, *, alone: bool) -> Iterator[tuple[float, Shot]]:
    """The shot on screen at each multiple of 1/fps; just once where it is `alone`: an animation of one frame."""
    beginning = list(islice(shots, 2))
    if alone and len(beginning) == 1:
        return iter([(0.0, beginning[0])])
    return _on_screen(chain(beginning, shots), (index / fps for index in count()), past_end=False)


def _on_screen(shots: Iterator[Shot], positions: Iterator[float], *, past_end: bool) -> Iterator[tuple[float, Shot]]:
    """The shot on screen at each rising position, until the film ends or, with `past_end`, the positions do."""
    position = next(positions, None)
    shown = None
    for shot in shots:
        while shown and position is not None and position < shot.time_s - SAME_TIME_S:
            yield position, shown
            position = next(positions, None)
        shown = shot
        if position is None:
            return
    while shown and position is not None and (past_end or position < shown.end_s - SAME_TIME_S):
        yield position, shown
        position = next(positions, None)


def _seek_each(film: Film, positions: Iterator[float]) -> Iterator[tuple[float, Shot]]:
    """The shot on screen at each rising position, by seeking; on from the start where seeking misses."""
    reader = _Reader(film)
    for position in positions:
        if reader.behind(position) > SEEK_AHEAD_S and not reader.seek(position):
            film.restart()
            yield from _on_screen(film.shots(), chain((position,), positions), past_end=True)
            return
        yield position, reader.walk(position)


class _Reader:
    """A film being read with one shot of foresight."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._shots = film.shots()
        self._shown = next(self._shots)  # a film without frames raises its fault here
        self._ahead = next(self._shots, None)

    def behind(self, position: float) -> float:
        return position - (self._ahead or self._shown).time_s

    def walk(self, position: float) -> Shot:
        """Read on until `position` is on screen."""
        while self._ahead and self._ahead.time_s <= position + SAME_TIME_S:
            self._shown, self._ahead = self._ahead, next(self._shots, None)
        return self._shown

    def seek(self, position: float) -> bool:
        """Go near `position`, not beyond it; False where that fails."""
        within = min(position, self._film.info.duration_s or position)
        for back in SEEK_BACK_S:
            if not self._film.seek(within - back):
                return False
            shots = self._film.shots()
            landed = next(shots, None)
            if landed and landed.time_s <= position + SAME_TIME_S:
                self._shots, self._shown, self._ahead = shots, landed, next(shots, None)
                return True
        return False
