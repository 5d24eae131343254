# SPDX-License-Identifier: Apache-2.0
"""Works in runs: of parts and originals, of works that nothing was compared with, and of runs that are gone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kyodaku.errors import UsageError
from kyodaku.evidence import Looked, Verified, packed, prove, verify_pack
from kyodaku.registry import Registry
from kyodaku.workspace import Workspace
from support.many import run_over
from support.studio import Studio

FAMILY = {
    "parties": [{"id": "house", "kind": "holder"}, {"id": "lab", "kind": "developer"}],
    "works": [
        {"id": "manga", "kind": "manga", "shares": [{"party": "house"}]},
        {"id": "series", "kind": "series", "derived_from": ["manga"], "shares": [{"party": "house"}]},
        {"id": "episode", "kind": "episode", "part_of": ["series"], "shares": [{"party": "house"}]},
        {"id": "song", "kind": "music", "part_of": ["episode"], "shares": [{"party": "house"}]},
        {"id": "stranger", "kind": "film", "shares": [{"party": "house"}]},
    ],
}


@pytest.fixture(scope="module")
def registry(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Two runs in which a series' only episode was found in every second clip; then two works were registered."""
    folder = tmp_path_factory.mktemp("family")
    with Workspace.open(folder / "workspace", create=True) as workspace:
        workspace.registry.import_document(FAMILY)
        assert workspace.add_reference("episode", studio.film("granted")).error is None
        for name in ("one", "two"):
            (folder / name).mkdir()
            run_over(6, folder / name, workspace.registry, studio.use)
        workspace.registry.import_document({"works": [{"id": "late", "kind": "film"}]})
        workspace.add_reference("stranger", studio.film("refused"))
        yield workspace.registry


def proven(registry: Registry, work: str) -> Verified:
    return verify_pack(packed(prove(registry, work)))


@pytest.mark.parametrize(
    ("work", "parts"),
    [("manga", ["manga"]), ("series", ["series", "episode", "song"]), ("episode", ["episode", "song"])],
)
def test_what_a_work_comes_from_and_is_part_of_is_found_with_it(
    registry: Registry, work: str, parts: list[str]
) -> None:
    verified = proven(registry, work)
    first: list[Looked] = [each for each in verified.looked if each.run == verified.looked[0].run]
    assert [each.work for each in first] == parts
    assert {each.work: each.found for each in first} == {part: part != "song" for part in parts}
    assert {each.work: each.references for each in first} == {part: int(part == "episode") for part in parts}
    assert not any(each.cleared for each in first)
    assert len(verified.decisions) == 6


@pytest.mark.parametrize(
    ("work", "why"),
    [
        ("song", "no reference of it was registered then"),
        ("stranger", "no reference of it was registered then"),
        ("late", "it was not registered then"),
    ],
)
def test_nothing_is_shown_of_a_work_that_nothing_was_compared_with(registry: Registry, work: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        prove(registry, work)


def test_a_run_that_is_gone_is_named(registry: Registry, tmp_path: Path) -> None:
    run = proven(registry, "series").looked[0].run
    out = Path(registry.kept_runs("run", run)[0].body["out"])
    shutil.move(out, tmp_path / "out")
    try:
        verified = proven(registry, "series")
        assert [left["run"] for left in verified.left_out] == [run]
        assert run not in {each.run for each in verified.looked}
    finally:
        shutil.move(tmp_path / "out", out)
