# SPDX-License-Identifier: Apache-2.0
"""After a revocation or an objection: which clips, runs and models it reaches, and what was promised."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kyodaku.errors import UsageError
from kyodaku.registry import Registry
from kyodaku.training import affected_by, clear, finished_run, load_use, runs_using
from kyodaku.workspace import Workspace
from support.studio import Studio, clear_beside

LATER = """\
works:
  - {id: manga, kind: manga, shares: [{party: publisher, rights: all}]}
  - {id: series, kind: series, derived_from: [manga], shares: [{party: studio, rights: all}]}
  - {id: granted, kind: film, title: {en: Granted, ja: 許諾された映画}, part_of: [series],
     shares: [{party: studio, rights: all}]}
  - {id: ost, kind: music, part_of: [granted], shares: [{party: publisher, rights: all}]}
"""


@pytest.fixture(scope="module")
def before(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a finished run, whose folder is `out` beside it."""
    root = tmp_path_factory.mktemp("affected")
    clear_beside(studio, root)
    with Workspace.open(root / "workspace") as workspace:
        workspace.registry.keep_run("model", "model-1", {"name": "video-1", "datasets": [{"run": _run(workspace)}]})
    return root


def _run(workspace: Workspace) -> str:
    (kept,) = workspace.registry.kept_runs("run")
    return kept.id


@pytest.fixture
def registry(before: Path, tmp_path: Path) -> Iterator[Registry]:
    with Workspace.open(shutil.copytree(before / "workspace", tmp_path / "workspace")) as opened:
        yield opened.registry


def declare(registry: Registry, **stated: Any) -> str:
    (recorded,) = registry.import_document({"permissions": [stated]}).recorded
    return recorded.id


def grant_of(registry: Registry) -> str:
    return next(said.id for said in registry.record().permissions.values() if said.kind == "grant")


def test_a_work_leads_to_the_clips_runs_and_models_that_it_is_in(registry: Registry, before: Path) -> None:
    (used,) = runs_using(registry, "granted")
    assert used.clips is not None
    assert [(clip["clip_id"], clip["works"]) for clip in used.clips] == [("yes", ["granted"])]
    assert used.works == {"granted": "found"}
    assert used.run.out == before / "out"
    assert [model.name for model in used.models] == ["video-1"]
    assert used.withdrawn == ()
    assert used.as_json()["clips"][0]["permissions"] == [grant_of(registry)]
    assert runs_using(registry, "refused") == runs_using(registry, "silent") == ()
    with pytest.raises(UsageError, match="unknown work"):
        runs_using(registry, "never-heard-of")


@pytest.mark.parametrize(("work", "relation"), [("series", "part"), ("manga", "derived"), ("ost", "whole")])
def test_wholes_sources_and_parts_lead_there_too(registry: Registry, tmp_path: Path, work: str, relation: str) -> None:
    (tmp_path / "later.yaml").write_text(LATER, encoding="utf-8")
    registry.import_files([tmp_path / "later.yaml"])
    (used,) = runs_using(registry, work)
    assert used.works == {"granted": relation}
    assert used.count == 1


@pytest.mark.parametrize("effect", ["forward", "purge"])
def test_a_revocation_reaches_what_was_cleared_on_it_and_says_what_was_promised(
    registry: Registry, effect: str
) -> None:
    grant = grant_of(registry)
    revocation = declare(registry, kind="revocation", by="studio", revokes=grant, effect=effect)
    (reached,) = affected_by(registry, revocation)
    assert reached.count == 1
    assert [each.as_json() for each in reached.withdrawn] == [
        {"permission": grant, "revocation": revocation, "effect": effect}
    ]
    (used,) = runs_using(registry, "granted")
    assert used.withdrawn == reached.withdrawn


def test_a_revocation_of_what_no_clip_rests_on_reaches_nothing(registry: Registry) -> None:
    refusal = next(said.id for said in registry.record().permissions.values() if said.kind == "refusal")
    assert affected_by(registry, declare(registry, kind="revocation", by="studio", revokes=refusal)) == ()


@pytest.mark.parametrize(
    ("stated", "count"),
    [
        ({"works": ["granted"]}, 1),
        ({"works": ["granted"], "to": ["lab"], "acts": ["train"]}, 1),
        ({"works": "all"}, 1),
        ({"works": ["granted"], "acts": ["publish"]}, 0),
        ({"works": ["granted"], "to": ["publisher"]}, 0),
        ({"works": ["refused"]}, 0),
    ],
    ids=str,
)
def test_an_objection_reaches_the_runs_that_it_is_about(registry: Registry, stated: dict[str, Any], count: int) -> None:
    objection = declare(registry, kind="objection", by="studio", **stated)
    assert sum(each.count for each in affected_by(registry, objection)) == count


def test_where_the_runs_folder_is_gone_what_was_recorded_still_tells(registry: Registry, before: Path) -> None:
    (before / "out").rename(before / "away")
    try:
        (used,) = runs_using(registry, "granted")
        assert (used.clips, used.count) == (None, 1)
        revocation = declare(registry, kind="revocation", by="studio", revokes=grant_of(registry))
        (reached,) = affected_by(registry, revocation)
        assert reached.clips is None
        assert [each.effect for each in reached.withdrawn] == ["forward"]
    finally:
        (before / "away").rename(before / "out")


def test_an_unknown_statement_is_told(registry: Registry) -> None:
    with pytest.raises(UsageError, match="unknown statement"):
        affected_by(registry, "nothing")


def test_a_gate_that_decided_from_anothers_snapshot_answers_too(
    studio: Studio, registry: Registry, tmp_path: Path
) -> None:
    registry.export(tmp_path / "snapshot")
    with Workspace.open(tmp_path / "gate", create=True) as gate:
        gate.registry.decide_from(tmp_path / "snapshot", key=registry.signing_key().public)
        (tmp_path / "corpus").mkdir()
        shutil.copy(studio.manifest.parent / "yes.mp4", tmp_path / "corpus")
        use = load_use(studio.use)
        cleared = clear(str(tmp_path / "corpus"), tmp_path / "out", registry=gate.registry, use=use, workers=1)
        assert cleared.cleared == 1
    with Workspace.open(tmp_path / "gate") as gate:
        (used,) = runs_using(gate.registry, "granted")
        assert [clip["clip_id"] for clip in used.clips or ()] == ["yes.mp4"]
        with finished_run(tmp_path / "out", gate.registry) as run:
            assert "granted" in run.works()["cleared"]
        with pytest.raises(UsageError, match="unknown work"):
            runs_using(gate.registry, "never-heard-of")
