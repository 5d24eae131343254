# SPDX-License-Identifier: Apache-2.0
"""The corpus as a list: what was scraped, what its rows claim, and what it truly is.

Names and claims are such as a crawler brings home. Times are seconds of the full films.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kyodaku import edits
from kyodaku.edits import Edit

__all__ = ["BROKEN", "COMPILED", "COPIES", "Broken", "Clip", "Compiled", "Row"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What the manifest says of a clip."""

    name: str
    licence: str = ""
    source: str = ""
    owner: str = ""
    caption: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """An edited stretch of one film; `other` is the second film where the edit shows two."""

    row: Row
    film: str
    edit: Edit
    start_s: float
    seconds: float
    other: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """Excerpts of several films in a row: (film, start, seconds)."""

    row: Row
    pieces: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A file with a fault; `how` names the function in `_damage` that makes it."""

    row: Row
    how: str
    film: str


E = edits.edit
TUBE, HOST, BOARD = "https://video.example/watch", "https://files.example", "https://board.example/thread"
LAB = "example-video-lab"


def _lighthouse() -> Iterator[Clip]:
    film = "moon-lighthouse"

    def clip(name: str, edit: Edit, start_s: float, seconds: float, *, caption: str = "") -> Clip:
        row = Row(name=name, source=f"{TUBE}/{Path(name).stem}", caption=caption or "a girl and a lighthouse at night")
        return Clip(row=row, film=film, edit=edit, start_s=start_s, seconds=seconds)

    yield clip("moon_lighthouse_full.mp4", E("reencode", "mild"), 0, 36.5, caption="the whole short film")
    yield clip("lighthouse_trailer_rip.mp4", E("reencode", "strong"), 0, 9)
    yield clip("lighthouse-mirrored.mp4", E("mirror", "mild"), 8, 9)
    yield clip("灯台の少女.mp4", E("caption", "medium"), 4, 8, caption="ランタンを持って走る少女")
    yield clip("lighthouse_shorts_9x16.mp4", E("letterbox", "strong"), 16, 8)
    yield clip("lighthouse_125x.mp4", E("speed", "medium"), 11, 12)
    yield clip("lighthouse_tilted.mp4", E("rotate", "mild"), 24, 8)
    yield clip("storm_scene_framed.mp4", E("border", "medium"), 10, 8, caption="a boat in a storm")


def _tram() -> Iterator[Clip]:
    film = "summer-tram"

    def clip(
        name: str, edit: Edit, start_s: float, seconds: float, *, other: str | None = None, licence: str = ""
    ) -> Clip:
        row = Row(name=name, licence=licence, source=f"{TUBE}/{Path(name).stem}", caption="a tram in summer, anime")
        return Clip(row=row, film=film, edit=edit, start_s=start_s, seconds=seconds, other=other)

    yield clip("tram7_ep_full_reup.mp4", E("reencode", "medium"), 0, 36.5)
    yield clip("summer_tram_crop.mp4", E("crop", "mild"), 4, 8)
    yield clip("flying-tram-flip.mp4", E("mirror", "medium"), 19, 9)
    yield clip("tram_fansub.mp4", E("caption", "strong"), 8, 9)
    yield clip("tram_blurframe.mp4", E("border", "strong"), 22, 8)
    yield clip("tram_square.mp4", E("letterbox", "medium"), 12, 8)
    yield clip("cat_conductor_reaction.mp4", E("pip", "mild"), 11, 9, other="valley-day")
    yield clip("tram_2x.mp4", E("speed", "strong"), 4, 20)
    yield clip("tram_amv_shuffled.mp4", E("reorder", "medium"), 2, 24)
    yield clip("sky_whale.mp4", E("colour", "medium"), 22, 8, licence="CC BY 4.0")
    yield clip("夏の電車.mp4", E("excerpt", "strong"), 0, 20)


def _fox() -> Iterator[Clip]:
    film = "clockwork-fox"

    def clip(name: str, edit: Edit, start_s: float, seconds: float, *, other: str | None = None, **claim: str) -> Clip:
        row = Row(name=name, source=f"{HOST}/{name}", caption="autumn shrine and a fox, anime style", **claim)
        return Clip(row=row, film=film, edit=edit, start_s=start_s, seconds=seconds, other=other)

    stock = edits.chain(E("logo", "mild"), E("reencode", "medium"))
    yield clip("fox_cc0_stock_footage.mp4", stock, 8, 8, licence="CC0-1.0", owner="free-stock-uploader")
    yield clip("public_domain_fox.mp4", E("mirror", "mild"), 16, 9, licence="public domain")
    yield clip("my_own_fox_render.mp4", E("colour", "mild"), 20, 9, owner=LAB)
    yield clip("fox_rotated.mp4", E("rotate", "mild"), 12, 8)
    yield clip("fox_with_logo.mp4", E("logo", "medium"), 4, 9)
    yield clip("fox_bw.mp4", E("grayscale", "medium"), 24, 9)
    yield clip("fox_slow.mp4", E("speed", "slow"), 15, 8)
    yield clip("fox_screenrec.mp4", edits.chain(E("blur", "mild"), E("noise", "mild"), E("crop", "mild")), 0, 9)
    yield clip("lab_mix_17.mp4", E("insert", "mild"), 15, 12, other="lab-blocks", owner=LAB)
    yield clip("fox_fansub_flip.mp4", edits.chain(E("mirror", "mild"), E("caption", "mild")), 27, 8)


def _neon() -> Iterator[Clip]:
    film = "neon-courier"

    def clip(
        name: str, edit: Edit, start_s: float, seconds: float, *, other: str | None = None, licence: str = ""
    ) -> Clip:
        row = Row(name=name, licence=licence, source=f"{BOARD}/{Path(name).stem}", caption="cyberpunk city at night")
        return Clip(row=row, film=film, edit=edit, start_s=start_s, seconds=seconds, other=other)

    yield clip("neon_720p.mp4", E("rescale", "medium"), 0, 12)
    yield clip("neon_noisy_cam.mp4", E("noise", "medium"), 8, 9)
    yield clip("neon_squeezed.mp4", E("aspect", "mild"), 4, 9)
    yield clip("neon_side_by_side.mp4", E("split", "mild"), 12, 9, other="plane-geometry")
    yield clip("neon_short_loop.mp4", E("excerpt", "strong"), 20, 12)
    yield clip("neon_free_to_use.mp4", E("caption", "mild"), 23, 9, licence="CC-BY-4.0")
    yield clip("neon_edit_fast.mp4", edits.chain(E("speed", "mild"), E("crop", "mild"), E("colour", "mild")), 4, 16)
    yield clip("ネオン街.mp4", E("border", "mild"), 12, 8)
    yield clip("neon_pip.mp4", E("pip", "medium"), 27, 9, other="tide-studies")


def _elsewhere() -> Iterator[Clip]:
    def clip(name: str, film: str, start_s: float, seconds: float, edit: Edit | None = None, **claim: str) -> Clip:
        row = Row(name=name, source=f"{HOST}/{name}", **claim)
        return Clip(row=row, film=film, edit=edit or E("reencode", "mild"), start_s=start_s, seconds=seconds)

    yield clip(
        "valley_timelapse.mp4", "valley-day", 0, 8, licence="CC0-1.0", caption="mountains and a lake, time-lapse"
    )
    yield clip("tree_seasons.mp4", "valley-day", 8, 8, licence="CC0", caption="a tree through the year")
    yield clip(
        "ink_in_water.mp4", "tide-studies", 0, 5, licence="CC-BY-4.0", owner="Open Reel Collective", caption="ink"
    )
    yield clip("ribbons.mp4", "tide-studies", 5, 5, licence="Creative Commons Attribution", caption="ribbons on paper")
    yield clip("droplets_nc.mp4", "tide-studies", 10, 5, licence="CC-BY-NC-4.0", caption="glowing droplets")
    yield clip("valley_sa.mp4", "valley-day", 2, 6, E("crop", "mild"), licence="CC-BY-SA-4.0", caption="a lake at noon")
    yield clip("tiles_loop.mp4", "plane-geometry", 0, 5, caption="turning tiles")
    yield clip("spiral_polygons.mp4", "plane-geometry", 5, 5, E("colour", "mild"), caption="polygons")
    yield clip("moire_lines.mp4", "plane-geometry", 10, 5, licence="royalty free", caption="moving lines")
    yield clip("lab_blocks_a.mp4", "lab-blocks", 0, 5, owner=LAB, caption="rendered blocks")
    yield clip("lab_marbles_b.mp4", "lab-blocks", 5, 5, owner=LAB, caption="rendered marbles")


COPIES: tuple[Clip, ...] = (*_lighthouse(), *_tram(), *_fox(), *_neon(), *_elsewhere())

COMPILED: tuple[Compiled, ...] = (
    Compiled(
        row=Row(name="anime_best_moments_12.mp4", source=f"{TUBE}/best12", caption="best anime moments"),
        pieces=(
            ("summer-tram", 24.5, 4),
            ("moon-lighthouse", 20.5, 4),
            ("neon-courier", 4.5, 4),
            ("clockwork-fox", 16, 4),
        ),
    ),
    Compiled(
        row=Row(name="two_lighthouse_scenes.mp4", source=f"{TUBE}/two-scenes", caption="lighthouse highlights"),
        pieces=(("moon-lighthouse", 16, 4), ("moon-lighthouse", 0, 5)),
    ),
    Compiled(
        row=Row(name="relaxing_mix.mp4", licence="CC-BY-4.0", source=f"{TUBE}/relax", caption="relaxing pictures"),
        pieces=(("valley-day", 0, 5), ("neon-courier", 32, 4.5), ("tide-studies", 5, 4)),
    ),
)

BROKEN: tuple[Broken, ...] = (
    Broken(row=Row(name="download_0.mp4", source=HOST), how="empty", film="moon-lighthouse"),
    Broken(row=Row(name="half_a_lighthouse.mp4", source=HOST), how="truncated", film="moon-lighthouse"),
    Broken(row=Row(name="not_found.mp4", source=HOST, licence="CC0-1.0"), how="text", film="moon-lighthouse"),
    Broken(row=Row(name="soundtrack_only.mp4", source=HOST, licence="CC-BY-4.0"), how="sound", film="moon-lighthouse"),
    Broken(row=Row(name="bad_disk_fox.mp4", source=HOST), how="flipped", film="clockwork-fox"),
    Broken(row=Row(name="deleted_since.mp4", source=HOST), how="missing", film="neon-courier"),
    Broken(row=Row(name="single_frame.mp4", source=HOST), how="one_frame", film="tide-studies"),
    Broken(row=Row(name="valley_poster.png", source=HOST, licence="CC0-1.0"), how="still", film="valley-day"),
)
