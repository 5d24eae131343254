# SPDX-License-Identifier: Apache-2.0
"""Edits applied: a film in, an edited copy out, with the spans of which it truly consists."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from os import PathLike
from pathlib import Path

import av
import numpy as np

from kyodaku.edits._graph import Board, Canvas
from kyodaku.edits._picture import COMPOSITES, PICTURE_FAMILIES, mirrors
from kyodaku.edits._reader import Film, frames_at, look
from kyodaku.edits._timeline import TIME_FAMILIES, played, retime, spans, to_frames
from kyodaku.edits._writer import DEFAULT_CRF, write_film
from kyodaku.edits.families import needs_other
from kyodaku.edits.model import Edit, Piece, TrueSpan
from kyodaku.errors import KyodakuError, UsageError

__all__ = ["MAX_SIDE", "apply", "compile_excerpts"]

MAX_SIDE = 640
"""Longer side of copies in pixels, before any edit of geometry: descriptors look at fewer."""

AnyPath = str | PathLike[str]
Counted = list[tuple[Piece, int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """All that is settled before the first frame is decoded."""

    films: dict[str, Film]
    canvas: Canvas
    rate: Fraction
    main: Counted
    beside: Counted

    @property
    def frames(self) -> int:
        return sum(count for _, count in self.main)


def apply(
    source: AnyPath,
    edit: Edit,
    out: AnyPath,
    *,
    seed: int,
    start_s: float = 0.0,
    duration_s: float | None = None,
    other: AnyPath | None = None,
    max_side: int = MAX_SIDE,
) -> tuple[TrueSpan, ...]:
    """Write an edited copy of `source`, or of `duration_s` seconds of it from `start_s`, and say what it consists of.

    The copy is H.264 without sound, in the container that `out`'s suffix names, at the source's rate but at most 30
    frames a second, its longer side at most `max_side` before the edit. What the edit leaves open (where to crop, which
    piece) the seed decides: the same call writes the same bytes. Spans name films by the paths given, `other` too where
    it is seen. Sources are trusted: they are decoded in this process.

    Raises `UsageError` for an edit that needs `other` and gets none and for a start beyond the end, `KyodakuError` for
    a source that is no film.
    """
    random = np.random.default_rng([seed, zlib.crc32(edit.name.encode())])
    if other is None and needs_other(edit):
        raise UsageError(f"the edit {edit.name} needs another film", hint="pass other=")
    paths = [str(path) for path in (source, other) if path is not None]
    films = {path: look(Path(path)) for path in paths}
    first = _within(paths[0], films[paths[0]], start_s, duration_s)
    second = Piece(source=paths[1], start_s=0.0, length_s=films[paths[1]].duration_s) if paths[1:] else None
    plan = _plan(films, edit, first, second, random, max_side=max_side)
    board = Board(plan.canvas, plan.rate)
    crf: float = DEFAULT_CRF
    for step in edit.steps:
        if step.family == "reencode":
            crf = max(crf, step["crf"])
        elif step.family not in TIME_FAMILIES:
            PICTURE_FAMILIES[step.family](board, step, random)
    write_film(Path(out), islice(_pictures(plan, board), plan.frames), board.canvas, plan.rate, crf=crf)
    return _true_spans(plan, edit)


def compile_excerpts(
    pieces: Sequence[tuple[AnyPath, float, float]], out: AnyPath, *, max_side: int = MAX_SIDE
) -> tuple[TrueSpan, ...]:
    """Write excerpts `(film, start in seconds, seconds)` one after the other; the first film sets size and rate."""
    if not pieces:
        raise UsageError("a compilation takes at least one excerpt")
    films = {str(path): look(Path(path)) for path, _, _ in pieces}
    cut = [_within(str(path), films[str(path)], start_s, length_s) for path, start_s, length_s in pieces]
    first = films[str(pieces[0][0])]
    rate = first.rate
    plan = _Plan(films=films, canvas=first.canvas(max_side), rate=rate, main=to_frames(cut, float(rate)), beside=[])
    write_film(Path(out), _pictures(plan, Board(plan.canvas, rate)), plan.canvas, rate)
    return _true_spans(plan, None)


def _plan(
    films: dict[str, Film],
    edit: Edit,
    first: Piece,
    second: Piece | None,
    random: np.random.Generator,
    *,
    max_side: int,
) -> _Plan:
    film = films[first.source]
    pieces: tuple[Piece, ...] = (first,)
    for step in edit.steps:
        if step.family in TIME_FAMILIES:
            pieces = retime(step, pieces, second, random)
    composite = any(step.family in COMPOSITES for step in edit.steps)
    beside = _beside(second, played(pieces), random) if composite and second is not None else []
    rate = film.rate
    main, around = to_frames(pieces, float(rate)), to_frames(beside, float(rate))
    return _Plan(films=films, canvas=film.canvas(max_side), rate=rate, main=main, beside=around)


def _within(source: str, film: Film, start_s: float, length_s: float | None) -> Piece:
    left = film.duration_s - start_s
    if start_s < 0 or left <= 1 / float(film.rate):
        raise UsageError(f"there is nothing at {start_s:g} s", where=source, hint=f"it lasts {film.duration_s:.1f} s")
    return Piece(source=source, start_s=float(start_s), length_s=left if length_s is None else min(length_s, left))


def _beside(second: Piece, length_s: float, random: np.random.Generator) -> list[Piece]:
    """The second film from a place of the seed's choice, again from its start when it ends."""
    start = float(random.uniform(0, max(0.0, second.length_s - length_s)))
    pieces = []
    while length_s > 1e-6:
        piece = replace(second, start_s=start, length_s=min(length_s, second.length_s - start))
        pieces.append(piece)
        length_s -= piece.length_s
        start = 0.0
    return pieces


def _pictures(plan: _Plan, board: Board) -> Iterator[av.VideoFrame]:
    beside = _shots(plan, plan.beside, board.beside_canvas, fill=True) if board.beside_canvas else iter(())
    last: av.VideoFrame | None = None
    for number, frame in enumerate(_shots(plan, plan.main, plan.canvas)):
        last = next(beside, last)
        yield from board.run(frame, number, last)
    yield from board.finish()


def _shots(plan: _Plan, counted: Counted, canvas: Canvas, *, fill: bool = False) -> Iterator[av.VideoFrame]:
    fps = float(plan.rate)
    for piece, count in counted:
        times = (piece.start_s + number / fps * piece.speed for number in range(count))
        yield from frames_at(Path(piece.source), plan.films[piece.source], times, canvas, fill=fill)


def _true_spans(plan: _Plan, edit: Edit | None) -> tuple[TrueSpan, ...]:
    """Mirroring holds for a film from where it enters: the second film of a composite comes in at its own step."""
    fps = float(plan.rate)
    steps = edit.steps if edit else ()
    flips = [mirrors(step) for step in steps]
    entry = next((i for i, step in enumerate(steps) if step.family in COMPOSITES), 0)
    mine = spans(plan.main, fps, mirrored=sum(flips) % 2 == 1)
    theirs = spans(plan.beside, fps, mirrored=sum(flips[entry:]) % 2 == 1)
    if not plan.frames:
        raise KyodakuError("the edit leaves not a single frame")
    return tuple(_shortened(span, plan.frames / fps) for span in (*mine, *theirs) if span.q_start < plan.frames / fps)


def _shortened(span: TrueSpan, end_s: float) -> TrueSpan:
    if span.q_end <= end_s:
        return span
    return replace(span, q_end=end_s, r_end=span.source_time(end_s))
