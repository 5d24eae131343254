# SPDX-License-Identifier: Apache-2.0
"""Each clip whose only evidence is a signal is refused for it, and would have gone ahead without it."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow.parquet as pq
import pytest

from kyodaku import demo
from kyodaku.evidence import prove, read_pack, verify_files, write_pack
from kyodaku.examine import SignalSources
from kyodaku.rights import Circumstances, Use
from kyodaku.signals import STANDARDS
from kyodaku.workspace import Workspace

Rendered = tuple[Path, demo.DemoPaths]
MINING = Circumstances(lawful_access="yes", source="lawful", reservation="none", retention="set")


@pytest.fixture(scope="module")
def workspace(rendered: Rendered, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    _, paths = rendered
    made = Workspace.open(tmp_path_factory.mktemp("workspace") / "workspace", create=True)
    made.import_registry([paths.registry])
    made.add_reference("summer-tram", paths.works["summer-tram"])
    return made


def signalled(paths: demo.DemoPaths) -> dict[str, dict[str, Any]]:
    clips = json.loads(paths.truth.read_text(encoding="utf-8"))["clips"]
    return {clip["signal"]: clip for clip in clips if "signal" in clip}


def listed(paths: demo.DemoPaths, manifest: Path, folder: Path) -> Path:
    """A manifest of these clips alone, which lie in `folder`."""
    names = {clip["clip_id"] for clip in signalled(paths).values()}
    with paths.manifest.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["clip_id"] in names]
    with manifest.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, demo.COLUMNS)
        writer.writeheader()
        writer.writerows(row | {"uri": str(folder / row["uri"])} for row in rows)
    return manifest


def cleared(workspace: Workspace, manifest: Path, out: Path, regime: str, sources: SignalSources) -> dict[str, Any]:
    use = Use(developer="example-video-lab", act="train", model="video-1", at=datetime.now(UTC), circumstances=MINING)
    workspace.clear(manifest, out, use=use, regime=regime, workers=1, signals=sources)
    rows = cast("list[dict[str, Any]]", pq.read_table(out / "decisions.parquet").to_pylist())
    return {row["clip_id"]: row for row in rows}


def test_there_is_a_clip_for_every_standard(rendered: Rendered) -> None:
    assert set(signalled(rendered[1])) == set(STANDARDS)


def test_each_is_refused_for_its_signal_and_the_proof_holds(
    rendered: Rendered, workspace: Workspace, tmp_path: Path
) -> None:
    _, paths = rendered
    sources = SignalSources(site_captures=paths.captures, drafts=True)
    manifest = listed(paths, tmp_path / "manifest.csv", paths.corpus)
    rows = cleared(workspace, manifest, tmp_path / "out", "eu-dsm4", sources)

    for standard, clip in signalled(paths).items():
        row = rows[clip["clip_id"]]
        assert row["error"] is None, row
        assert {signal["standard"] for signal in row["signals"] if signal["says"] != "allow"} == {standard}
        ground = row["grounds"][0]
        assert (row["verdict"], ground["rule"]) == ("refused", "eu-dsm4/material-reserved"), standard
        assert "What files and sites say of themselves" in ground["text"]["en"]
        assert "機械可読な表示" in ground["text"]["ja"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert all(clip["clip_id"] in page for clip in signalled(paths).values())
    assert "Content-Usage" in page
    pack = tmp_path / "proof.zip"
    write_pack(pack, prove(workspace.registry, rows["says_no_aipref.mp4"]["decision_id"]))
    assert verify_files(read_pack(pack), trust=workspace.registry.keys().first).as_json()


def test_without_its_signal_each_would_go_ahead(rendered: Rendered, workspace: Workspace, tmp_path: Path) -> None:
    """What stands within a film cannot be taken away from it: all others are left without what is beside them."""
    _, paths = rendered
    for clip in signalled(paths).values():
        shutil.copy(paths.corpus / clip["uri"], tmp_path)
    manifest = listed(paths, tmp_path / "manifest.csv", tmp_path)
    rows = cleared(workspace, manifest, tmp_path / "out", "eu-dsm4", SignalSources())

    for standard, clip in signalled(paths).items():
        within = standard in {"cawg", "c2pa", "plus"}
        assert rows[clip["clip_id"]]["verdict"] == ("refused" if within else "permitted"), standard


def test_under_the_statute_of_japan_a_person_looks_at_each(
    rendered: Rendered, workspace: Workspace, tmp_path: Path
) -> None:
    _, paths = rendered
    sources = SignalSources(site_captures=paths.captures, drafts=True)
    manifest = listed(paths, tmp_path / "manifest.csv", paths.corpus)
    rows = cleared(workspace, manifest, tmp_path / "out", "jp-statute", sources)

    assert {(row["verdict"], row["grounds"][0]["rule"]) for row in rows.values()} == {
        ("review", "jp-statute/material-barred")
    }
