# SPDX-License-Identifier: Apache-2.0
"""Time edits as pure functions on a list of pieces: which stretch of which film is played when, and how fast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from kyodaku.edits.model import Edit, Piece, TrueSpan
from kyodaku.errors import UsageError

__all__ = ["TIME_FAMILIES", "played", "retime", "spans", "to_frames"]

MIN_PIECE_S = 0.5
"""Shorter pieces are no longer told apart by an eye, nor by anything that samples twice a second."""

TIME_FAMILIES = frozenset({"speed", "excerpt", "reorder", "compilation", "insert", "loop"})


def played(pieces: Iterable[Piece]) -> float:
    """Seconds that the pieces last when played."""
    return sum(piece.played_s for piece in pieces)


def cut(pieces: Sequence[Piece], start_s: float, length_s: float) -> tuple[Piece, ...]:
    """What is played from `start_s` for `length_s` seconds."""
    kept = []
    at = 0.0
    for piece in pieces:
        first, last = max(start_s, at), min(start_s + length_s, at + piece.played_s)
        if last - first > 1e-6:
            kept.append(
                Piece(
                    source=piece.source,
                    start_s=piece.start_s + (first - at) * piece.speed,
                    length_s=(last - first) * piece.speed,
                    speed=piece.speed,
                )
            )
        at += piece.played_s
    return tuple(kept)


def retime(
    step: Edit, pieces: tuple[Piece, ...], other: Piece | None, random: np.random.Generator
) -> tuple[Piece, ...]:
    """The pieces after one time edit."""
    match step.family:
        case "speed":
            return _faster(pieces, step["factor"])
        case "excerpt":
            return _excerpt(pieces, step["seconds"], random)
        case "loop":
            return _excerpt(pieces, step["seconds"], random) * round(step["times"])
        case "reorder":
            return _reorder(pieces, round(step["pieces"]), random)
        case "compilation":
            return _compilation(pieces, _needed(other, step), round(step["each"]), step["seconds"], random)
        case "insert":
            return _insert(pieces, _needed(other, step), step["share"], random)
    raise UsageError(f"{step.family!r} is not an edit of time")


def _needed(other: Piece | None, step: Edit) -> tuple[Piece, ...]:
    if other is None:
        raise UsageError(f"the edit {step.name} needs another film", hint="pass other=")
    return (other,)


def _faster(pieces: tuple[Piece, ...], factor: float) -> tuple[Piece, ...]:
    return tuple(Piece(source=p.source, start_s=p.start_s, length_s=p.length_s, speed=p.speed * factor) for p in pieces)


def _excerpt(pieces: tuple[Piece, ...], seconds: float, random: np.random.Generator) -> tuple[Piece, ...]:
    room = max(0.0, played(pieces) - seconds)
    return cut(pieces, float(random.uniform(0, room)), seconds)


def _reorder(pieces: tuple[Piece, ...], count: int, random: np.random.Generator) -> tuple[Piece, ...]:
    total = played(pieces)
    count = max(1, min(count, int(total / MIN_PIECE_S)))
    inner = (np.arange(1, count) + random.uniform(-0.3, 0.3, count - 1)) * total / count
    marks = [0.0, *inner.tolist(), total]
    parts = [cut(pieces, a, b - a) for a, b in pairwise(marks)]
    order = _shuffled(count, random)
    return tuple(piece for index in order for piece in parts[index])


def _shuffled(count: int, random: np.random.Generator) -> list[int]:
    """An order in which no two neighbours were neighbours before, where there is one."""
    order = random.permutation(count)
    for _ in range(200):
        if not np.any(np.diff(order) == 1):
            break
        order = random.permutation(count)
    else:
        order = order[::-1]
    return [int(index) for index in order]


def _compilation(
    pieces: tuple[Piece, ...], other: tuple[Piece, ...], each: int, seconds: float, random: np.random.Generator
) -> tuple[Piece, ...]:
    mine, theirs = _excerpts(pieces, each, seconds, random), _excerpts(other, each, seconds, random)
    return tuple(piece for pair in zip(theirs, mine, strict=True) for part in pair for piece in part)


def _excerpts(
    pieces: tuple[Piece, ...], each: int, seconds: float, random: np.random.Generator
) -> list[tuple[Piece, ...]]:
    """`each` excerpts that do not overlap, in shuffled order."""
    room = played(pieces) / each
    length = min(seconds, room)
    starts = [room * i + float(random.uniform(0, room - length)) for i in range(each)]
    return [cut(pieces, starts[i], length) for i in random.permutation(each)]


def _insert(
    pieces: tuple[Piece, ...], other: tuple[Piece, ...], share: float, random: np.random.Generator
) -> tuple[Piece, ...]:
    """A piece as long as the share of a copy that lasts as long as the film did, with the other film around it."""
    total = played(pieces)
    length = max(share * total, min(total, 2.0))
    around = min(played(other), max(total - length, 1.0))
    before = float(random.uniform(0.25, 0.75)) * around
    middle = cut(pieces, float(random.uniform(0, max(0.0, total - length))), length)
    return (*cut(other, 0, before), *middle, *cut(other, before, around - before))


def to_frames(pieces: Iterable[Piece], fps: float) -> list[tuple[Piece, int]]:
    """Each piece with the whole number of frames it is played for; pieces that round to none fall away."""
    counted = [(piece, round(piece.played_s * fps)) for piece in pieces]
    return [(piece, count) for piece, count in counted if count > 0]


def spans(counted: Iterable[tuple[Piece, int]], fps: float, *, mirrored: bool) -> list[TrueSpan]:
    """The true spans of counted pieces that are played one after the other."""
    found = []
    at = 0
    for piece, count in counted:
        found.append(
            TrueSpan(
                source=piece.source,
                q_start=at / fps,
                q_end=(at + count) / fps,
                r_start=piece.start_s,
                r_end=piece.start_s + count / fps * piece.speed,
                mirrored=mirrored,
            )
        )
        at += count
    return found
