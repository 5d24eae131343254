# SPDX-License-Identifier: Apache-2.0
"""A registry in a folder, a clock that can be set, and fingerprints without films."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from kyodaku.copies import Fingerprint
from kyodaku.registry import ImportReport, Registry

EXAMPLE = """\
parties:
  - {id: studio, kind: holder, name: {en: Example Studio, ja: 例スタジオ}}
  - {id: author, kind: holder, name: {en: An Author, ja: 作者}}
  - {id: assoc, kind: association, name: {en: An Association}}
  - {id: lab, kind: developer, name: {en: Example Lab}}
works:
  - {id: manga-1, kind: manga, title: {ja: 漫画}, shares: [{party: author, rights: all}]}
  - {id: series-1, kind: series, derived_from: [manga-1], shares: [{party: studio, rights: all}]}
  - {id: film-1, kind: film, title: {en: First Film, ja: 最初の映画}, part_of: [series-1],
     shares: [{party: studio, rights: all}]}
"""


LONG_BEFORE = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass
class Clock:
    """Says the time it was set to, a second later each time."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace and one with the example in it, made once: making one waits for the disk a dozen times."""
    folder = tmp_path_factory.mktemp("templates")
    Registry.open(folder / "empty", create=True, clock=Clock(LONG_BEFORE)).close()
    shutil.copytree(folder / "empty", folder / "studio")
    (folder / "example.yaml").write_text(EXAMPLE, encoding="utf-8")
    with Registry.open(folder / "studio", clock=Clock(LONG_BEFORE)) as opened:
        opened.import_files([folder / "example.yaml"])
    return folder


@pytest.fixture
def registry(templates: Path, tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    """A registry in which nothing was declared."""
    with Registry.open(shutil.copytree(templates / "empty", tmp_path / "workspace"), clock=clock) as opened:
        yield opened


@pytest.fixture
def studio(templates: Path, tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    """A registry with a studio, an author, an association, a lab, and three works."""
    with Registry.open(shutil.copytree(templates / "studio", tmp_path / "workspace"), clock=clock) as opened:
        yield opened


@pytest.fixture
def importing(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], ImportReport]:
    """Import a text as the file `registry.yaml` into the test's registry."""
    into: Registry = request.getfixturevalue("studio" if "studio" in request.fixturenames else "registry")

    def import_text(text: str) -> ImportReport:
        path = tmp_path / "registry.yaml"
        path.write_text(text, encoding="utf-8")
        return into.import_files([path])

    return import_text


@pytest.fixture
def make_fingerprint() -> Callable[..., Fingerprint]:
    def make(seed: int, frames: int = 40, descriptor: str = "pdq-v1") -> Fingerprint:
        rng = np.random.default_rng(seed)
        return Fingerprint(
            descriptor=descriptor,
            duration_s=frames / 2,
            times=np.arange(frames, dtype=np.float32) * np.float32(0.5),
            codes=rng.integers(0, 256, (frames, 32), dtype=np.uint8),
            quality=np.full(frames, 100, dtype=np.uint8),
        )

    return make
