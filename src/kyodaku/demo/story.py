# SPDX-License-Identifier: Apache-2.0
"""Which films there are: four in the registry, four by makers whom no registry knows. Every name is invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kyodaku.demo.art.kit import Scene
from kyodaku.demo.films import clockwork_fox, lighthouse, neon_courier, studies, summer_tram

__all__ = ["FILMS", "Film"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """A film of the demo; a registered one has its work's id as its own."""

    id: str
    title: Mapping[str, str]
    scenes: tuple[Scene, ...]
    registered: bool

    @property
    def file(self) -> str:
        """Where it lies in the demo's folder."""
        return f"{'films' if self.registered else 'films-elsewhere'}/{self.id}.mp4"


def _film(key: str, en: str, ja: str, scenes: tuple[Scene, ...], *, registered: bool = True) -> Film:
    return Film(id=key, title={"en": en, "ja": ja}, scenes=scenes, registered=registered)


FILMS: Mapping[str, Film] = MappingProxyType(
    {
        film.id: film
        for film in (
            _film("moon-lighthouse", "The Moon Lighthouse", "月の灯台", lighthouse.SCENES),
            _film("summer-tram", "Tram 7 to the Summer Sky", "夏空行き七番電車", summer_tram.SCENES),
            _film("clockwork-fox", "The Clockwork Fox", "からくり狐", clockwork_fox.SCENES),
            _film("neon-courier", "Neon Courier", "ネオン便", neon_courier.SCENES),
            _film("tide-studies", "Tide Studies", "潮のための習作", studies.TIDES, registered=False),
            _film("valley-day", "A Valley in a Day", "谷の一日", studies.VALLEY, registered=False),
            _film("plane-geometry", "Plane Geometry", "平面幾何", studies.GEOMETRY, registered=False),
            _film("lab-blocks", "Blocks and Marbles", "積み木とビー玉", studies.BLOCKS, registered=False),
        )
    }
)
