# SPDX-License-Identifier: Apache-2.0
"""A small studio for tests of the gate: a registry, three registered films, a corpus of their copies and of others."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from kyodaku.training import load_use
from kyodaku.workspace import Workspace
from support.films import write_film

REGISTRY = """\
parties:
  - {id: studio, kind: holder, name: {en: Test Studio, ja: 試験スタジオ}}
  - {id: publisher, kind: holder, name: {en: Test Publisher, ja: 試験出版}}
  - {id: lab, kind: developer, name: {en: Test Lab, ja: 試験ラボ}}
works:
  - {id: granted, kind: film, title: {en: Granted, ja: 許諾された映画}, shares: [{party: studio, rights: all}]}
  - {id: refused, kind: film, title: {en: Refused, ja: 拒まれた映画}, shares: [{party: studio, rights: all}]}
  - id: silent
    kind: film
    title: {en: Silent, ja: 沈黙の映画}
    shares: [{party: studio, rights: all}, {party: publisher, rights: all}]
permissions:
  - {kind: grant, by: studio, to: lab, works: [granted], acts: [train], effective_from: 2026-01-01T00:00:00Z}
  - {kind: refusal, by: studio, works: [refused], effective_from: 2026-01-01T00:00:00Z}
"""

USE = "developer: lab\nact: train\nmodel: video-1\nterritory: [JP]\n"

MANIFEST = """\
clip_id,uri,licence,owner,caption
yes,yes.mp4,,,a permitted copy
no,no.mp4,CC0-1.0,,a refused work that claims to be free
silent,silent.mp4,,,nobody asked
mirrored,mirrored.mp4,,,a mirrored copy of the refused work
free,free.mp4,CC0-1.0,,nothing registered; a free licence
own,own.mp4,,lab,the lab's own work
無許諾,日本語の名前.mp4,,,nothing registered; no ground
empty,empty.mp4,CC0-1.0,,zero bytes
text,text.mp4,CC0-1.0,,not media
missing,missing.mp4,CC0-1.0,,no such file
yes,again.mp4,CC0-1.0,,an id that is taken
"""

EXPECTED = {
    # clip id: (works found, jp-prior, opt-out); None: it could not be examined
    "yes": (["granted"], "permitted", "permitted"),
    "no": (["refused"], "refused", "refused"),
    "silent": (["silent"], "refused", "permitted"),
    "mirrored": (["refused"], "refused", "refused"),
    "free": ([], "permitted", "permitted"),
    "own": ([], "permitted", "permitted"),
    "無許諾": ([], "refused", "permitted"),
    "empty": (None, "refused", "review"),
    "text": (None, "refused", "review"),
    "missing": (None, "refused", "review"),
    "yes#row-11": (None, "refused", "review"),
}

_SEEDS = {"granted": 1, "refused": 2, "silent": 3}


@dataclass(frozen=True)
class Studio:
    """Where everything lies."""

    root: Path

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    @property
    def untouched(self) -> Path:
        """The workspace as it was built, to be copied: tests of a session clear and declare in the other."""
        return self.root / "untouched"

    @property
    def manifest(self) -> Path:
        return self.root / "corpus" / "manifest.csv"

    @property
    def use(self) -> Path:
        return self.root / "use.yaml"

    @property
    def registry(self) -> Path:
        return self.root / "registry.yaml"

    def film(self, work: str) -> Path:
        return self.root / "films" / f"{work}.mp4"


def build(root: Path) -> Studio:
    """Draws the films and the corpus, and makes the workspace."""
    studio = Studio(root)
    studio.manifest.parent.mkdir(parents=True)
    studio.registry.write_text(REGISTRY, encoding="utf-8")
    studio.use.write_text(USE, encoding="utf-8")
    studio.manifest.write_text(MANIFEST, encoding="utf-8")
    _draw(studio)
    with Workspace.open(studio.workspace, create=True) as workspace:
        workspace.import_registry([studio.registry])
        for work in _SEEDS:
            added = workspace.add_reference(work, studio.film(work))
            assert added.error is None
    shutil.copytree(studio.workspace, studio.untouched)
    return studio


def clear_beside(studio: Studio, root: Path) -> None:
    """A workspace in `root` as the studio's was built, with a finished run whose folder is `out` beside it."""
    shutil.copytree(studio.untouched, root / "workspace")
    with Workspace.open(root / "workspace") as workspace:
        workspace.clear(str(studio.manifest), root / "out", use=load_use(studio.use), workers=2)


def _draw(studio: Studio) -> None:
    corpus = studio.manifest.parent
    for work, seed in _SEEDS.items():
        write_film(studio.film(work), seed=seed, seconds=16)
    write_film(corpus / "yes.mp4", seed=1, start_s=3, seconds=6)
    write_film(corpus / "no.mp4", seed=2, start_s=5, seconds=6)
    write_film(corpus / "silent.mp4", seed=3, start_s=2, seconds=6)
    write_film(corpus / "mirrored.mp4", seed=2, start_s=1, seconds=6, mirror=True)
    for seed, name in enumerate(["free.mp4", "own.mp4", "日本語の名前.mp4"], 10):
        write_film(corpus / name, seed=seed, seconds=6)
    (corpus / "empty.mp4").touch()
    (corpus / "text.mp4").write_text("not a film", encoding="utf-8")
