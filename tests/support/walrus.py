# SPDX-License-Identifier: Apache-2.0
"""A fictional studio's film and characters, with names in several scripts, and a lab that may use some of them."""

from __future__ import annotations

from pathlib import Path

from kyodaku.registry import Registry

__all__ = ["CLARA", "DESCRIBED", "REGISTRY", "registry_at"]

REGISTRY = """\
parties:
  - {id: studio, kind: holder, name: {en: Lantern Harbour Pictures, ja: 灯港映画}}
  - {id: agency, kind: holder, name: {en: Quillfeather Agency}}
  - {id: lab, kind: developer, name: {en: Example Lab}}
  - {id: other, kind: developer, name: {en: Other Lab}}
works:
  - id: film
    kind: film
    title: {en: The Moonlit Cannery, ja: 月夜の缶詰工場}
    shares: [{party: studio, rights: all}]
    moral: [{author: studio, consent: true}]
  - id: borro
    kind: character
    title: {en: Borro Tidewhisker}
    part_of: film
    shares: [{party: studio, rights: all}]
    names: [Borrolino, {text: ぼろすけ, lang: ja, kind: kana, distinctive: true}]
    traits:
      - {text: {en: three-eyed walrus}, weight: 3, group: body, must: true}
      - {text: {en: brass diving helmet}, weight: 2, group: dress}
      - {text: {en: accordion of whale bone}, weight: 2, group: prop}
      - {text: {en: emerald striped waistcoat}, group: dress}
    descriptions: {en: A three-eyed walrus in a brass diving helmet who plays an accordion of whale bone.}
  - id: granted
    kind: character
    title: {en: Mirelda Fogsworth}
    shares: [{party: studio, rights: all}]
    moral: [{author: studio, consent: true}]
  - {id: clara, kind: person, title: {en: Clarimonde Vexelby}, shares: [{party: agency, rights: all}]}
permissions:
  - {id: yes, kind: grant, by: studio, to: lab, works: [granted], acts: [generate], duties: [name the studio],
     effective_from: 2026-01-01T00:00:00Z}
  - {id: for-sale, kind: offer, by: studio, to: anyone, works: [borro], acts: [generate], conditions: [a fee],
     effective_from: 2026-01-01T00:00:00Z}
  - {id: elsewhere, kind: offer, by: studio, to: other, works: [borro], acts: [generate],
     effective_from: 2026-01-01T00:00:00Z}
  - {id: over, kind: offer, by: studio, to: anyone, works: [borro], acts: [generate], conditions: [less],
     effective_from: 2026-01-01T00:00:00Z}
  - {kind: revocation, by: studio, revokes: over, effective_from: 2026-01-02T00:00:00Z}
"""
"""Nothing in it is anybody's: film, characters and the person are invented."""
DESCRIBED = (
    "a three-eyed walrus with a brass diving helmet plays an accordion of whale bone in an emerald striped waistcoat"
)
CLARA = "Clarimonde Vexelby walks through the rain"


def registry_at(folder: Path) -> Registry:
    """A workspace in which all this is declared."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "registry.yaml").write_text(REGISTRY, encoding="utf-8")
    registry = Registry.open(folder / "workspace", create=True)
    registry.import_files([folder / "registry.yaml"])
    return registry
