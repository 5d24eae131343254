# SPDX-License-Identifier: Apache-2.0
"""Families of four pictures that resemble each other, so that training has to tell near things apart.

What a family has in common is decided by which sources of chance its members share: the look (colours, manner), the
backdrop, the objects and the cast (who is in the picture). What is not shared is drawn anew for each member.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import cv2
import numpy as np

from kyodaku.descriptor_training.pictures._backdrops import animated, ground, near_empty, perspective, rooms
from kyodaku.descriptor_training.pictures._camera import photograph
from kyodaku.descriptor_training.pictures._canvas import (
    CANVAS,
    Field,
    Picture,
    Rng,
    chance,
    clip8,
    colour,
    one_of,
    palette,
)
from kyodaku.descriptor_training.pictures._cast import character, draw, pose
from kyodaku.descriptor_training.pictures._shapes import Look, paint, scatter, shape, strokes
from kyodaku.descriptor_training.pictures._textures import TexturePool, clouds, flow
from kyodaku.descriptor_training.pictures._writing import Lettering, lettering, make_script, write

__all__ = ["FAMILY", "picture"]

FAMILY: Final = 4  # pictures in a family
_POOL_FAMILIES: Final = 512  # families that draw on one stock of surfaces: a stock costs as much as 60 pictures
_ATTEMPTS: Final = 5  # at a picture that shows enough
_PLAIN: Final = 0.12  # the share of pictures that may be dark or nearly empty

Kind = Literal["leaves", "perspective", "animated", "rooms", "blend", "strokes", "flow", "card", "sparse"]
_KINDS: Final[tuple[tuple[Kind, float], ...]] = (
    ("leaves", 0.25),
    ("perspective", 0.18),
    ("animated", 0.2),
    ("rooms", 0.1),
    ("blend", 0.08),
    ("strokes", 0.05),
    ("flow", 0.04),
    ("card", 0.07),
    ("sparse", 0.03),
)

# What the members share, how often, and which kinds of picture it makes sense for (None: all).
_BONDS: Final[tuple[tuple[tuple[str, ...], float, tuple[Kind, ...] | None], ...]] = (
    ((), 0.4, None),  # strangers
    (("kind", "look", "backdrop", "objects"), 0.3, None),  # one place, other things
    (("kind", "cast"), 0.07, ("animated",)),  # same characters elsewhere
    (("kind", "cast", "look"), 0.07, ("animated",)),  # same characters in the colours of one series
    (("kind", "look", "backdrop"), 0.1, ("animated", "perspective")),  # one place, other characters
    (("kind", "look", "backdrop", "script"), 0.06, ("card", "sparse")),  # one title design, other words
)  # fmt: skip
_STREAMS: Final = ("kind", "look", "backdrop", "objects", "cast", "script", "member")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sources:
    """The sources of chance of one picture; `share` is how many of the objects come from `objects`."""

    kind: Rng
    look: Rng
    backdrop: Rng
    objects: Rng
    cast: Rng
    script: Rng
    member: Rng
    share: float
    kinds: tuple[Kind, ...] | None


def picture(seed: int, index: int) -> Picture:
    """Picture number `index` of the endless collection `seed`: 192x192 RGB, the same on every call.

    Pictures 4n to 4n+3 are a family.
    """
    family, member = divmod(index, FAMILY)
    pool = _pool(seed, family // _POOL_FAMILIES)
    drawn: Picture | None = None
    for attempt in range(_ATTEMPTS):
        drawn = _draw(_sources(seed, family, member, attempt), pool)
        if _shows_enough(drawn, plain=chance(np.random.default_rng([seed, index, 5]), _PLAIN)):
            break
    assert drawn is not None
    return drawn


@lru_cache(maxsize=2)
def _pool(seed: int, number: int) -> TexturePool:
    return TexturePool(np.random.default_rng([seed, number, 1]))


def _sources(seed: int, family: int, member: int, attempt: int) -> _Sources:
    rng = np.random.default_rng([seed, family, 2])
    bond, _, kinds = _BONDS[one_of(rng, tuple(weight for _, weight, _ in _BONDS))]
    share = rng.uniform(0.2, 0.7) if "objects" in bond else 0.0
    streams = {
        name: np.random.default_rng([seed, family, 3, number, 0 if name in bond else 1 + member, attempt])
        for number, name in enumerate(_STREAMS)
    }
    return _Sources(**streams, share=share, kinds=kinds)


def _shows_enough(drawn: Picture, *, plain: bool) -> bool:
    """Whether enough is left at 24x24: most pictures must be full, a few need only not be empty."""
    grey = cv2.resize(cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY), (24, 24), interpolation=cv2.INTER_AREA).astype(
        np.float32
    )
    slopes = float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())
    contrast, detail = (3.5, 0.7) if plain else (11.0, 4.0)
    return bool(grey.std() > contrast and slopes > detail)


def _draw(sources: _Sources, pool: TexturePool) -> Picture:
    kinds = [(kind, weight) for kind, weight in _KINDS if sources.kinds is None or kind in sources.kinds]
    kind = kinds[one_of(sources.kind, tuple(weight for _, weight in kinds))][0]
    look = _look(sources.look, pool, kind)
    canvas = _compose(kind, sources, look)
    if kind not in ("card", "sparse"):
        _additions(canvas, sources.member, look)
    return photograph(sources.member, canvas)


def _look(rng: Rng, pool: TexturePool, kind: Kind) -> Look:
    cartoon = kind == "animated"
    manners: tuple[Literal["mixed", "flat", "surface"], ...] = ("mixed", "flat", "surface")
    return Look(
        colours=palette(rng),
        pool=pool,
        manner=manners[one_of(rng, (0.25, 0.75, 0.0) if cartoon else (0.55, 0.25, 0.2))],
        outline=one_of(rng, (0.35, 0.4, 0.15, 0.1) if cartoon else (0.4, 0.2, 0.2, 0.2)),
    )


def _compose(kind: Kind, sources: _Sources, look: Look) -> Picture:
    rng = sources.member
    if kind == "animated":
        return _animated(sources, look)
    if kind == "perspective":
        canvas = perspective(sources.backdrop, look)
        _scatter_some(canvas, sources, look, int(rng.integers(1, 10)), (0.03, 0.3))
    elif kind == "rooms":
        canvas = rooms(sources.backdrop, look, int(sources.backdrop.integers(2, 7)))
        _scatter_some(canvas, sources, look, int(2 ** rng.uniform(0, 5)), (0.03, 0.3))
    elif kind == "flow":
        canvas = flow(rng, look.colours)
    elif kind == "card":
        canvas = _card(sources, look)
    elif kind == "sparse":
        canvas = _sparse(sources, look)
    else:
        canvas = ground(sources.backdrop, look)
        if kind == "leaves":
            _scatter_some(canvas, sources, look, int(2 ** rng.uniform(2, 6.6)), (0.015, rng.uniform(0.1, 0.5)))
        elif kind == "strokes":
            strokes(canvas, rng, look.colours, int(2 ** rng.uniform(2, 6)))
        else:
            canvas = _blend(canvas, rng, look)
    return canvas


def _scatter_some(canvas: Picture, sources: _Sources, look: Look, count: int, radii: tuple[float, float]) -> None:
    scatter(
        canvas, sources.member, look,
        count=count, radii=(CANVAS * radii[0], CANVAS * radii[1]), common=sources.objects, share=sources.share,
    )  # fmt: skip


def _animated(sources: _Sources, look: Look) -> Picture:
    """A drawn scene: one to three characters, of whom not all need be seen."""
    canvas, rng = animated(sources.backdrop, look), sources.member
    wardrobe = palette(sources.cast)
    cast = [character(sources.cast, wardrobe) for _ in range(sources.cast.integers(1, 4))]
    seen = [who for who in cast if chance(rng, 0.75)] or cast[:1]
    for who, how in sorted(((who, pose(rng)) for who in seen), key=lambda pair: pair[1].scale):
        draw(canvas, who, how)
    return canvas


def _card(sources: _Sources, look: Look) -> Picture:
    """A title, a caption over a scene, or a page of signs."""
    rng = sources.member
    plain = chance(sources.backdrop, 0.6)
    canvas = near_empty(sources.backdrop, look) if plain else ground(sources.backdrop, look)
    script = make_script(sources.script, int(sources.script.integers(8, 40)))
    size = CANVAS * 2 ** sources.script.uniform(-4.3, -1.2)
    lines = min(8, int(rng.integers(1, 1 + max(1, int(CANVAS * 0.9 / (size * 1.4))))))
    how = Lettering(
        size=size,
        lines=lines,
        top=max(0.0, (CANVAS - lines * size * 1.4) * rng.uniform(0.2, 0.8)),
        centred=chance(sources.script, 0.7),
        weight=sources.script.uniform(0.06, 0.18),
    )
    dark = canvas.mean() < 128
    tint = (
        colour(sources.script, look.colours) if chance(sources.script, 0.4) else ((245.0,) * 3 if dark else (15.0,) * 3)
    )
    edge = ((0.0,) * 3 if chance(sources.script, 0.5) else (255.0,) * 3) if chance(sources.script, 0.3) else None
    write(canvas, rng, script, how, tint=tint, edge=edge)
    if chance(rng, 0.4):
        scatter(canvas, rng, look, count=int(rng.integers(1, 4)), radii=(CANVAS * 0.03, CANVAS * 0.15))
    return canvas


def _sparse(sources: _Sources, look: Look) -> Picture:
    """Next to nothing on a dark or pale ground: a small thing, a small figure, a line or two."""
    canvas, rng = near_empty(sources.backdrop, look), sources.member
    kind = one_of(rng, (0.45, 0.3, 0.25))
    if kind == 0:
        for _ in range(rng.integers(1, 4)):
            place = rng.uniform(0.15, 0.85, 2) * CANVAS
            paint(canvas, shape(rng) * CANVAS * rng.uniform(0.04, 0.18) + place, rng, look)
    elif kind == 1:
        draw(canvas, character(sources.cast, look.colours), pose(rng))
    else:
        strokes(canvas, rng, look.colours, int(rng.integers(1, 5)))
    return canvas


def _blend(canvas: Picture, rng: Rng, look: Look) -> Picture:
    """Surfaces laid over one another through soft or hard masks."""
    for _ in range(rng.integers(1, 5)):
        over = look.pool.take(rng, look.colours)
        through = clouds(rng, look.colours) if chance(rng, 0.5) else look.pool.take(rng, look.colours)
        mask: Field = through[..., 1].astype(np.float32)
        mask = np.clip((mask - mask.mean()) * 2 ** rng.uniform(-4, 1) / 20 + 0.5, 0, 1)[..., None]
        canvas = clip8(canvas * (1 - mask) + over * mask)
    return canvas


def _additions(canvas: Picture, rng: Rng, look: Look) -> None:
    """What may turn up in any picture."""
    if chance(rng, 0.22):
        scatter(canvas, rng, look, count=int(rng.integers(1, 8)), radii=(CANVAS * 0.05, CANVAS * 0.35))
    if chance(rng, 0.1):
        draw(canvas, character(rng, look.colours), pose(rng))
    if chance(rng, 0.1):
        strokes(canvas, rng, look.colours, int(rng.integers(1, 10)))
    if chance(rng, 0.08):
        script = make_script(rng, int(rng.integers(5, 16)))
        write(canvas, rng, script, lettering(rng, CANVAS), tint=colour(rng, look.colours))
