# SPDX-License-Identifier: Apache-2.0
"""A workspace with three drawn films, clips of them, and what explaining each of these writes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku.training import load_use
from kyodaku.workspace import Checked, Workspace
from support.films import FPS, frame, write_film
from support.media_files import write_video
from support.studio import REGISTRY, USE

Pixels = NDArray[np.uint8]
SEEDS = {"granted": 1, "refused": 2, "silent": 3}


@dataclass(frozen=True)
class Studio:
    root: Path

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    @property
    def use(self) -> Path:
        return self.root / "use.yaml"

    def film(self, work: str) -> Path:
        return self.root / "films" / f"{work}.mp4"

    def clip(self, name: str) -> Path:
        return self.root / "clips" / f"{name}.mp4"


@dataclass(frozen=True)
class Report:
    checked: Checked
    page: str
    record: dict[str, Any]

    @property
    def evidence(self) -> dict[str, Any]:
        found: dict[str, Any] = self.record["evidence"]
        return found

    @property
    def jpegs(self) -> int:
        return self.page.count("data:image/jpeg;base64,")


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """Every element of a page with its attributes."""
    parser = _Elements()
    parser.feed(page)
    return parser.found


def assert_stands_alone(page: str) -> None:
    """Nothing in it is fetched, run or sent."""
    assert "default-src 'none'" in page
    for tag, attributes in elements(page):
        assert tag not in {"script", "iframe", "object", "embed", "form", "link", "base"}, tag
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            if name in {"href", "src", "xlink:href", "action"}:
                assert (value or "").startswith(("#", "data:image/jpeg;base64,", "data:image/png;base64,")), value
    assert not re.search(r"url\(|@import", page)


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    made = Studio(tmp_path_factory.mktemp("explained"))
    made.film("x").parent.mkdir()
    made.clip("x").parent.mkdir()
    made.use.write_text(USE, encoding="utf-8")
    registry = made.root / "registry.yaml"
    registry.write_text(REGISTRY, encoding="utf-8")
    with Workspace.open(made.workspace, create=True) as workspace:
        workspace.import_registry([registry])
        for work, seed in SEEDS.items():
            assert workspace.add_reference(work, write_film(made.film(work), seed=seed, seconds=14)).error is None
    write_film(made.clip("mirrored"), seed=2, start_s=3, seconds=6, mirror=True)
    write_video(made.clip("letterboxed"), moving(1, 4, 6, around=(40, 40, 0, 0)), fps=FPS)
    write_video(made.clip("split"), beside(3, 50, 6), fps=FPS)
    write_film(made.clip("stranger"), seed=20, seconds=4)
    made.clip("empty").touch()
    return made


def moving(seed: int, start_s: float, seconds: float, *, around: tuple[int, int, int, int]) -> Iterator[Pixels]:
    """Film `seed` with black borders: above, below, left, right."""
    top, bottom, left, right = around
    for number in range(round(seconds * FPS)):
        yield np.pad(frame(seed, start_s + number / FPS), ((top, bottom), (left, right), (0, 0)))


def beside(seed: int, other: int, seconds: float) -> Iterator[Pixels]:
    """Two films side by side."""
    for number in range(round(seconds * FPS)):
        yield np.concatenate([frame(seed, number / FPS), frame(other, number / FPS)], axis=1)


@pytest.fixture(scope="session")
def explained(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Report]:
    """`explained(medium, workspace=..., reference_media=...)`: what explaining a medium writes."""

    def run(medium: Path, *, workspace: Path = studio.workspace, **how: Any) -> Report:
        out = tmp_path_factory.mktemp("out")
        with Workspace.open(workspace) as opened:
            checked, made = opened.explain(medium, out, use=load_use(studio.use), **how)
        record = json.loads(made.record.read_text(encoding="utf-8"))
        return Report(checked=checked, page=made.page.read_text(encoding="utf-8"), record=record)

    return run
