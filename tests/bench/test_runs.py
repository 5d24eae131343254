# SPDX-License-Identifier: Apache-2.0
"""Whole runs: through the library, and through the command line."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from kyodaku.bench.plan import Sizes
from kyodaku.bench.runs import USUAL, open_systems, run_copies
from kyodaku.bench.systems import Unreadable
from kyodaku.cli.bench import bench
from kyodaku.errors import UsageError

SIZES = Sizes(per_edit=1, chains=1, compilations=1, clips=1, strangers=1)


@pytest.mark.usefixtures("few_edits")
def test_every_system_answers_in_one_run(media: Path, tmp_path: Path) -> None:
    heard: set[str] = set()
    report = run_copies(
        media, tmp_path, sizes=SIZES, untouched=True, progress=lambda what, done, of: heard.add(what) if of else None
    )
    assert len(report.summaries) + len(report.missing) == len(USUAL)
    assert report.summaries[0].system.startswith("kyodaku")
    assert report.summaries[0].segment_ap is not None
    rows = {row.family: row for row in report.summaries[0].families if row.strength is None}
    assert rows["exact"].recall["as shipped"].value == 1.0
    assert rows["exact"].iou is not None
    assert min(rows["exact"].iou) > 0.8
    assert {"rendering queries", "asking kyodaku"} <= heard
    systems = set(pq.read_table(tmp_path / "answers.parquet", columns=["system"]).column(0).to_pylist())
    assert systems == {summary.system for summary in report.summaries}
    document = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert document["counts"]["works"] == 5
    assert all(name in (tmp_path / "summary.md").read_text(encoding="utf-8") for name in systems)
    again = run_copies(media, tmp_path, sizes=SIZES, untouched=True, systems=["kyodaku"])
    assert again.summaries[0].points == report.summaries[0].points


def test_a_package_that_is_not_installed_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vpdq", None)
    opened, missing = open_systems()
    assert opened[0].name.startswith("kyodaku")
    assert missing["vpdq"].startswith("not installed")
    assert [system.name for system in open_systems(["kyodaku-pdq"])[0]] == ["kyodaku, pdq-v1"]
    with pytest.raises(UsageError, match="none of the systems is installed"):
        open_systems(["vpdq"])
    with pytest.raises(UsageError, match="there is no system 'vdpq'"):
        open_systems(["vdpq"])


def test_iscc_gives_one_code_for_a_video(media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a program in FFmpeg's place that writes two frame signatures, and a hash that adds them up."""
    writes = "<FrameSignature>0 1 2</FrameSignature>\n<FrameSignature>2  1  0</FrameSignature>"
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\ncase $7 in *third*) exit 1;; esac\nprintf '%s' '{writes}' > signatures.xml\n")
    program.chmod(0o755)
    core = SimpleNamespace(soft_hash_video_v0=lambda rows, bits: bytes(map(sum, zip(*rows, strict=True))) + bytes(5))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", SimpleNamespace(get_ffmpeg_exe=lambda: str(program)))
    monkeypatch.setitem(sys.modules, "iscc_core", core)
    (system,), _ = open_systems(["iscc"])
    described = system.describe(media / "second.mp4", query=True)
    assert described == int.from_bytes(bytes([2, 2, 2, 0, 0, 0, 0, 0]), "big")
    index = system.index({"second": described, "other": described ^ 0b111}, tmp_path)
    assert [(found.reference, found.score) for found in index.search(described)] == [
        ("second", 1),
        ("other", 1 - 3 / 64),
    ]
    assert (index.stored_bytes, index.fine_bytes) == (16, 0)
    with pytest.raises(Unreadable):
        system.describe(media / "third.mp4", query=True)


@pytest.mark.skipif(
    None in map(importlib.util.find_spec, ("iscc_core", "imageio_ffmpeg")),
    reason="iscc-core and an FFmpeg are optional",
)
def test_iscc_finds_what_it_is_known_to_find(media: Path, tmp_path: Path) -> None:
    (system,), _ = open_systems(["iscc"])
    index = system.index(
        {name: system.describe(media / f"{name}.mp4", query=False) for name in ("second", "third")}, tmp_path
    )
    best = max(index.search(system.describe(media / "second.mp4", query=True)), key=lambda found: found.score)
    assert (best.reference, best.score) == ("second", 1.0)


@pytest.mark.skipif(importlib.util.find_spec("vpdq") is None, reason="vpdq is built from source")
def test_vpdq_finds_what_it_is_known_to_find(media: Path, tmp_path: Path) -> None:
    (system,), _ = open_systems(["vpdq"])
    described = system.describe(media / "second.mp4", query=False)
    index = system.index({"second": described, "third": system.describe(media / "third.mp4", query=False)}, tmp_path)
    best = max(index.search(system.describe(media / "second.mp4", query=True)), key=lambda found: found.score)
    assert (best.reference, best.score) == ("second", 1.0)
    assert index.stored_bytes % 37 == 0


@pytest.mark.usefixtures("few_edits")
def test_the_commands_print_tables_or_json(media: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    little = ["--per-edit", "0", "--clips", "1", "--untouched", "--workers", "1"]
    told = runner.invoke(bench, ["copies", str(media), "-o", str(tmp_path), "--system", "kyodaku", *little])
    assert told.exit_code == 0, told.output
    assert "| clip | " in told.stdout
    as_json = runner.invoke(bench, ["gate", str(media), "-o", str(tmp_path), "--json", *little])
    assert as_json.exit_code == 0, as_json.output
    document = json.loads(as_json.stdout)
    assert document["slipped"]["total"] > 0
    assert document == json.loads((tmp_path / "gate.json").read_text(encoding="utf-8"))


def test_the_speed_command_draws_its_own_films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kyodaku.cli.bench.DRAWN_FILMS", 1)
    monkeypatch.setattr("kyodaku.cli.bench.DRAWN_S", 4.0)
    arguments = ["speed", "-o", str(tmp_path), "--count", "4", "--rounds", "1", "--hours", "1", "--workers", "1"]
    told = CliRunner().invoke(bench, arguments)
    assert told.exit_code == 0, told.output
    assert "| 4 |" in told.stdout
    assert json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))["clear"][0]["clips"] == 4
