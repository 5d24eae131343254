# SPDX-License-Identifier: Apache-2.0
"""Ways to have a refused film come out permitted; none of them may work."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.training import Cleared, clear, load_use, use_from_json
from kyodaku.training.use import use_as_json
from kyodaku.workspace import Workspace
from support.films import write_film
from support.studio import Studio


def run(studio: Studio, out: Path, corpus: Path | str, **options: Any) -> Cleared:
    options = {"use": load_use(studio.use), "workers": 1, **options}
    with Workspace.open(studio.workspace) as workspace:
        return clear(str(corpus), out, registry=workspace.registry, **options)


def cleared(out: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(out / "cleared.parquet").to_pylist()
    return rows


@pytest.fixture
def corpus(studio: Studio, tmp_path: Path) -> Path:
    """Two clips, both claimed as free: `a.mp4` is nobody's, `b.mp4` is of the refused film."""
    folder = tmp_path / "corpus"
    write_film(folder / "a.mp4", seed=50, seconds=4)
    write_film(folder / "b.mp4", seed=2, seconds=6, start_s=4)
    (folder / "m.csv").write_text("uri,licence\na.mp4,CC0-1.0\nb.mp4,CC0-1.0\n")
    return folder


def test_the_corpus_is_what_it_seems(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    run(studio, tmp_path / "out", corpus / "m.csv")
    assert [row["uri"] for row in cleared(tmp_path / "out")] == ["a.mp4"]


class Meanwhile:
    """Does something as soon as the first clip is finished."""

    def __init__(self, deed: Any) -> None:
        self.deed = deed

    def start(self, clips: int, finished: int) -> None:
        pass

    def step(self, clip_id: str, result: object) -> None:
        if self.deed:
            self.deed()
            self.deed = None


def test_a_file_that_lands_in_the_folder_during_the_run_moves_no_verdict(
    studio: Studio, corpus: Path, tmp_path: Path
) -> None:
    (corpus / "m.csv").unlink()
    write_film(corpus / "c.mp4", seed=1, seconds=4)  # granted
    landing = Meanwhile(lambda: write_film(corpus / "0.mp4", seed=2, seconds=4))
    run(studio, tmp_path / "out", corpus, progress=landing)
    assert [row["uri"] for row in cleared(tmp_path / "out")] == ["c.mp4"]


def test_a_manifest_rewritten_during_the_run_clears_nothing(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    swap = Meanwhile(lambda: (corpus / "m.csv").write_text("uri,licence\nb.mp4,CC0-1.0\na.mp4,CC0-1.0\n"))
    with pytest.raises(KyodakuError, match="the corpus changed while it was examined"):
        run(studio, tmp_path / "out", corpus / "m.csv", progress=swap)
    assert not (tmp_path / "out" / "cleared.parquet").exists()


def test_a_file_exchanged_after_its_examination_is_examined_again(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    exchange = Meanwhile(lambda: (corpus / "b.mp4").replace(corpus / "a.mp4"))
    run(studio, tmp_path / "during", corpus / "m.csv", progress=exchange)
    assert cleared(tmp_path / "during") == []


def test_a_file_exchanged_before_a_resume_is_examined_again(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    run(studio, tmp_path / "out", corpus / "m.csv")
    (corpus / "a.mp4").write_bytes((corpus / "b.mp4").read_bytes())
    run(studio, tmp_path / "out", corpus / "m.csv", resume=True)
    assert cleared(tmp_path / "out") == []


def test_the_same_manifest_elsewhere_is_another_corpus(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    run(studio, tmp_path / "out", corpus / "m.csv")
    (tmp_path / "m.csv").write_bytes((corpus / "m.csv").read_bytes())
    with pytest.raises(UsageError, match="corpus path changed"):
        run(studio, tmp_path / "out", tmp_path / "m.csv", resume=True)


def test_an_edited_journal_is_found_out(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    run(studio, tmp_path / "out", corpus / "m.csv")
    journal = tmp_path / "out" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"verdict":"refused"', b'"verdict":"permitted"'))
    with pytest.raises(IntegrityError, match="not of this run"):
        run(studio, tmp_path / "out", corpus / "m.csv", resume=True)


@pytest.mark.parametrize("resume", [True, False])
def test_a_journal_without_its_run_is_not_adopted(studio: Studio, corpus: Path, tmp_path: Path, resume: bool) -> None:  # noqa: FBT001
    run(studio, tmp_path / "out", corpus / "m.csv")
    (tmp_path / "out" / "run.json").unlink()
    (corpus / "m.csv").write_text("uri,licence\nb.mp4,CC0-1.0\na.mp4,CC0-1.0\n")
    with pytest.raises(IntegrityError, match="not of this run"):
        run(studio, tmp_path / "out", corpus / "m.csv", resume=resume)


@pytest.mark.parametrize("name", ["snapshot", "regimes", "use", "ledger_size"])
def test_an_edited_run_is_found_out(studio: Studio, corpus: Path, tmp_path: Path, name: str) -> None:
    run(studio, tmp_path / "out", corpus / "m.csv")
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    edits = {
        "snapshot": "sha256:../../../elsewhere",
        "regimes": [record["regimes"][0] | {"id": "opt-out"}],
        "use": record["use"] | {"at": "2020-01-01T00:00:00Z"},
        "ledger_size": 0,
    }
    (tmp_path / "out" / "run.json").write_text(json.dumps(record | {name: edits[name]}))
    with pytest.raises((IntegrityError, UsageError)):
        run(studio, tmp_path / "out", corpus / "m.csv", resume=True)


def test_a_use_in_the_future_clears_nothing_today(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    later = use_as_json(load_use(studio.use)) | {"at": (datetime.now(UTC) + timedelta(days=900)).isoformat()}
    with pytest.raises(UsageError, match="lies in the future"):
        run(studio, tmp_path / "out", corpus / "m.csv", use=use_from_json(later))


def test_a_resumed_run_says_that_declarations_came_in_since(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    """In a workspace of its own: what is declared in the studio's would be decided by in every test after it."""
    with Workspace.open(shutil.copytree(studio.untouched, tmp_path / "workspace")) as workspace:
        asked: dict[str, Any] = {"registry": workspace.registry, "use": load_use(studio.use), "workers": 1}
        assert clear(str(corpus / "m.csv"), tmp_path / "out", **asked).outdated is False
        statement = {"kind": "objection", "by": "publisher", "works": ["silent"], "id": "late-objection"}
        workspace.registry.import_document({"permissions": [statement]})
        assert clear(str(corpus / "m.csv"), tmp_path / "out", **asked, resume=True).outdated is True


def test_a_workspace_without_references_clears_nothing(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "bare", create=True) as workspace:
        workspace.import_registry([studio.registry])
        with pytest.raises(UsageError, match="no reference is registered"):
            workspace.clear(corpus / "m.csv", tmp_path / "out", use=load_use(studio.use))
        with pytest.raises(UsageError, match="no reference is registered"):
            workspace.check(corpus / "b.mp4")


def test_a_regime_file_decides_under_its_own_name_and_never_under_a_shipped_one(
    studio: Studio, corpus: Path, tmp_path: Path
) -> None:
    lax = resources.files("kyodaku.rights").joinpath("regimes/opt-out.yaml").read_text(encoding="utf-8")
    (tmp_path / "false.yaml").write_text(lax.replace("id: opt-out", "id: jp-prior", 1), encoding="utf-8")
    with pytest.raises(UsageError, match="'jp-prior' is the name of a shipped regime"):
        run(studio, tmp_path / "out", corpus / "m.csv", regime=str(tmp_path / "false.yaml"))
    assert not (tmp_path / "out").exists()
    house = tmp_path / "house.yaml"
    house.write_text(lax.replace("id: opt-out", "id: house-rules", 1), encoding="utf-8")
    run(studio, tmp_path / "out", corpus / "m.csv", regime=str(house))
    assert {row["regime"] for row in pq.read_table(tmp_path / "out" / "decisions.parquet").to_pylist()} == {
        "house-rules"
    }
    house.write_text(house.read_text(encoding="utf-8").replace("verdict: review", "verdict: refused", 1), "utf-8")
    with pytest.raises(UsageError, match="regimes changed"):
        run(studio, tmp_path / "out", corpus / "m.csv", regime=str(house), resume=True)


def test_two_licences_that_differ_claim_nothing(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    (corpus / "m.csv").write_text("uri,licence,license\na.mp4,CC0-1.0,CC-BY-NC-4.0\n")
    run(studio, tmp_path / "out", corpus / "m.csv")
    assert cleared(tmp_path / "out") == []


def test_values_without_a_form_in_python_are_carried_through(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    when = pa.array([1_700_000_000_123_456_789] * 2, pa.timestamp("ns"))
    table = pa.table({"uri": ["a.mp4", "b.mp4"], "licence": ["CC0-1.0"] * 2, "when": when, "raw": [b"\xff", b"\x00"]})
    pq.write_table(table, corpus / "m.parquet")
    run(studio, tmp_path / "out", corpus / "m.parquet")
    kept = pq.read_table(tmp_path / "out" / "cleared.parquet")
    assert kept.select(["uri", "licence", "when", "raw"]).equals(table.slice(0, 1))


def test_words_that_are_no_text_reach_the_report_safely(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    content = b"uri,source,licence\nb.mp4,caf\xe9 <script>alert(1)</script>,\na.mp4,,CC0\n"
    (corpus / "m.csv").write_bytes(content)
    run(studio, tmp_path / "out", corpus / "m.csv")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert r"caf\xe9 &lt;script&gt;" in page
    assert not re.search(r"<script", page)
