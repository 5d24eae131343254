# SPDX-License-Identifier: Apache-2.0
"""The families of edits and their strengths.

The groups and ranges follow what the winners of the Video Similarity Challenge 2022 report (colour, quality, geometry,
time, overlay, composite), at strengths that re-uploads really show; each family says what its numbers mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from kyodaku.edits.model import Edit
from kyodaku.errors import UsageError

__all__ = ["EDITS", "Family", "Group", "chain", "edit", "needs_other", "random_chain"]

Group = Literal["quality", "colour", "geometry", "overlay", "composite", "time"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A way of editing, its parameters at each strength, and whether it needs a second film."""

    name: str
    group: Group
    about: str
    levels: Mapping[str, Mapping[str, float]]
    needs_other: bool = False

    def at(self, strength: str, **changed: float) -> Edit:
        """The edit at one of the `levels`, with single parameters changed if need be."""
        if strength not in self.levels:
            known = ", ".join(self.levels)
            raise UsageError(f"the edit {self.name!r} has no strength {strength!r}", hint=f"one of: {known}")
        parameters = {**self.levels[strength], **changed}
        return Edit(family=self.name, strength=strength, parameters=tuple(parameters.items()))


def _three(name: str, values: tuple[float, float, float]) -> dict[str, dict[str, float]]:
    return {level: {name: value} for level, value in zip(("mild", "medium", "strong"), values, strict=True)}


def _table(*families: Family) -> Mapping[str, Family]:
    return MappingProxyType({family.name: family for family in families})


EDITS: Mapping[str, Family] = _table(
    Family(name="reencode", group="quality", about="x264 constant rate factor", levels=_three("crf", (28, 34, 40))),
    Family(name="rescale", group="quality", about="share of the sides kept", levels=_three("share", (0.75, 0.5, 0.3))),
    Family(name="blur", group="quality", about="sigma / height", levels=_three("sigma", (0.004, 0.008, 0.016))),
    Family(name="noise", group="quality", about="grain, 0 to 100", levels=_three("grain", (8, 18, 32))),
    Family(
        name="colour",
        group="colour",
        about="brightness added (of 255), contrast and saturation multiplied; the seed picks lighter or darker",
        levels={
            "mild": {"brightness": 12, "contrast": 1.1, "saturation": 1.2},
            "medium": {"brightness": 26, "contrast": 1.25, "saturation": 1.6},
            "strong": {"brightness": 44, "contrast": 1.5, "saturation": 2.2},
        },
    ),
    Family(
        name="grayscale",
        group="colour",
        about="saturation left, contrast multiplied",
        levels={
            "mild": {"saturation": 0.3, "contrast": 1.0},
            "medium": {"saturation": 0.0, "contrast": 1.0},
            "strong": {"saturation": 0.0, "contrast": 1.35},
        },
    ),
    Family(
        name="crop",
        group="geometry",
        about="share of the sides kept; `area-60` and `area-40` keep that much of the area, `sides-40` of the sides",
        levels={
            **_three("keep", (0.9, 0.8, 0.6)),
            "area-60": {"keep": 0.6**0.5},
            "area-40": {"keep": 0.4**0.5},
            "sides-40": {"keep": 0.4},
        },
    ),
    Family(
        name="portrait",
        group="geometry",
        about="a wide film cut to a width / height of (a tall one to the reverse), off the middle by up to a share",
        levels={
            "mild": {"aspect": 4 / 5, "off": 0.0},
            "medium": {"aspect": 9 / 16, "off": 0.0},
            "strong": {"aspect": 9 / 16, "off": 1.0},
        },
    ),
    Family(
        name="mirror",
        group="geometry",
        about="left becomes right; stronger ones also crop to the share kept",
        levels=_three("keep", (1.0, 0.94, 0.86)),
    ),
    Family(name="rotate", group="geometry", about="degrees", levels=_three("degrees", (2, 4, 8))),
    Family(name="aspect", group="geometry", about="one side squeezed to", levels=_three("squeeze", (0.9, 0.8, 0.66))),
    Family(
        name="border",
        group="geometry",
        about="frame on each side as a share; style 0 black, 1 coloured, 2 the film itself, blurred",
        levels={
            "mild": {"share": 0.05, "style": 0},
            "medium": {"share": 0.1, "style": 1},
            "strong": {"share": 0.16, "style": 2},
            "blurred": {"share": 0.08, "style": 2},
            "blurred-deep": {"share": 0.3, "style": 2},
            "deep": {"share": 0.3, "style": 0},
        },
    ),
    Family(
        name="letterbox",
        group="geometry",
        about="bars to a width / height of; style 0 black, 2 the film itself, enlarged and blurred",
        levels={
            "mild": {"aspect": 4 / 3, "style": 0},
            "medium": {"aspect": 1.0, "style": 0},
            "strong": {"aspect": 9 / 16, "style": 0},
            "blurred": {"aspect": 1.0, "style": 2},
            "blurred-tall": {"aspect": 9 / 16, "style": 2},
        },
    ),
    Family(
        name="bars",
        group="overlay",
        about="bars with words that stay, outside the picture: height above and below as shares of the picture's",
        levels={
            "mild": {"above": 0.18, "below": 0.0},
            "medium": {"above": 0.2, "below": 0.2},
            "strong": {"above": 0.4, "below": 0.3},
        },
    ),
    Family(
        name="screen",
        group="quality",
        about="filmed off a screen: corners moved by up to a share of the sides, stripes and gamma; the rest is dark",
        levels={
            "mild": {"tilt": 0.03, "stripes": 0.04, "gamma": 0.9},
            "medium": {"tilt": 0.06, "stripes": 0.08, "gamma": 0.8},
            "strong": {"tilt": 0.12, "stripes": 0.14, "gamma": 0.65},
        },
    ),
    Family(
        name="caption",
        group="overlay",
        about="subtitles: letter height as a share of the picture's, lines, opacity of the band behind",
        levels={
            "mild": {"size": 0.06, "lines": 1, "band": 0.0},
            "medium": {"size": 0.08, "lines": 1, "band": 0.6},
            "strong": {"size": 0.1, "lines": 2, "band": 1.0},
        },
    ),
    Family(
        name="logo",
        group="overlay",
        about="an emblem in a corner: width as a share, opacity",
        levels={
            "mild": {"share": 0.12, "opacity": 0.6},
            "medium": {"share": 0.2, "opacity": 0.85},
            "strong": {"share": 0.3, "opacity": 1.0},
        },
    ),
    Family(
        name="pip",
        group="composite",
        about="picture in picture: the copy's share of the area, inside another film",
        levels={**_three("area", (0.6, 0.45, 0.3)), "area-50": {"area": 0.5}, "area-15": {"area": 0.15}},
        needs_other=True,
    ),
    Family(
        name="split",
        group="composite",
        about="split screen with another film: the copy beside it (0), above it (1), or as one of four (2)",
        levels=_three("style", (0, 1, 2)),
        needs_other=True,
    ),
    Family(
        name="speed",
        group="time",
        about="times as fast",
        levels={
            **_three("factor", (1.1, 1.25, 2.0)),
            "slow": {"factor": 0.8},
            "half": {"factor": 0.5},
            "quarter": {"factor": 0.25},
            "fourfold": {"factor": 4.0},
        },
    ),
    Family(
        name="excerpt",
        group="time",
        about="seconds kept, from where the seed says",
        levels={**_three("seconds", (16, 8, 4)), "extreme": {"seconds": 2}, "second": {"seconds": 1}},
    ),
    Family(
        name="loop",
        group="time",
        about="an excerpt of so many seconds, played so many times",
        levels={
            "mild": {"seconds": 4, "times": 2},
            "medium": {"seconds": 2, "times": 4},
            "strong": {"seconds": 1, "times": 8},
        },
    ),
    Family(name="reorder", group="time", about="pieces cut and shuffled", levels=_three("pieces", (3, 5, 8))),
    Family(
        name="compilation",
        group="time",
        about="excerpts of both films in turn: how many of each, and seconds of each",
        levels={
            "mild": {"each": 2, "seconds": 8},
            "medium": {"each": 2, "seconds": 5},
            "strong": {"each": 3, "seconds": 3},
        },
        needs_other=True,
    ),
    Family(
        name="insert",
        group="time",
        about="a piece of the film within another: its share of the copy",
        levels=_three("share", (0.5, 0.3, 0.15)),
        needs_other=True,
    ),
)


def edit(family: str, strength: str = "medium", **changed: float) -> Edit:
    """The edit of a family in `EDITS`; raises `UsageError` for an unknown family or strength."""
    if family not in EDITS:
        raise UsageError(f"there is no edit {family!r}", hint=f"one of: {', '.join(EDITS)}")
    return EDITS[family].at(strength, **changed)


def needs_other(wanted: Edit) -> bool:
    """Whether `apply` must be given a second film."""
    return any(EDITS[step.family].needs_other for step in wanted.steps)


def chain(*edits: Edit) -> Edit:
    """Several edits as one, encoded once: pictures are altered in the order given, time before pictures.

    At most one of them may need a second film.
    """
    joined = Edit(family="chain", strength=str(len(edits)), parts=edits)
    if not edits or sum(needs_other(step) for step in joined.steps) > 1:
        raise UsageError("a chain takes one or more edits, of which one may need another film")
    return joined


def random_chain(seed: int, *, length: int | None = None, composites: bool = False) -> Edit:
    """A chain of `length` (2 to 4 unless given) edits, each of another group, mild or medium, as the seed says.

    None needs a second film unless `composites` are wanted.
    """
    random = np.random.default_rng([seed, 0xC4A1])
    groups = [group for group in get_args(Group) if composites or group != "composite"]
    count = int(random.integers(2, 5)) if length is None else length
    steps = []
    for group in random.permutation(groups)[:count]:
        fit = [f for f in EDITS.values() if f.group == group and (f.group == "composite" or not f.needs_other)]
        steps.append(fit[int(random.integers(len(fit)))].at(("mild", "medium")[int(random.integers(2))]))
    return chain(*steps)
