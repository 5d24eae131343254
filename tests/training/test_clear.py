# SPDX-License-Identifier: Apache-2.0
"""The training gate on real, if small, video: real decoding, real matching, real processes."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.ledger import verify_envelope
from kyodaku.training import Cleared, clear, journal, load_use
from kyodaku.workspace import Workspace
from support.films import write_film
from support.studio import EXPECTED, Studio


def run(studio: Studio, out: Path, corpus: Path | str | None = None, **options: Any) -> Cleared:
    with Workspace.open(studio.workspace) as workspace:
        return clear(
            str(corpus or studio.manifest), out, registry=workspace.registry, use=load_use(studio.use), **options
        )


def decisions(out: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(out / "decisions.parquet").to_pylist()
    return rows


def journal_lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line[65:]) for line in (out / "journal.jsonl").read_bytes().splitlines()]


@pytest.fixture(scope="module")
def finished(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished") / "out"
    run(studio, out, also=["opt-out"], workers=2)
    return out


def test_every_clip_gets_the_verdict_it_deserves(finished: Path) -> None:
    found = {row["clip_id"]: (row["works"], row["verdict"]) for row in decisions(finished)}
    assert found == {clip: (works, prior) for clip, (works, prior, _) in EXPECTED.items()}


def test_the_same_facts_under_opt_out_stand_in_the_journal(finished: Path) -> None:
    verdicts = {row["clip_id"]: row["decisions"]["opt-out"]["verdict"] for row in journal_lines(finished)}
    assert verdicts == {clip: opt_out for clip, (_, _, opt_out) in EXPECTED.items()}


def test_matches_are_spans_in_both_media(finished: Path) -> None:
    rows = {row["clip_id"]: row for row in decisions(finished)}
    (match,) = rows["no"]["matches"]
    assert match["work"] == "refused"
    assert match["q_start"] == pytest.approx(0, abs=0.6)
    assert match["q_end"] == pytest.approx(6, abs=0.6)
    assert match["r_start"] == pytest.approx(5, abs=0.6)
    assert match["r_end"] == pytest.approx(11, abs=0.6)
    assert [match["mirrored"] for match in rows["mirrored"]["matches"]] == [True]
    assert rows["free"]["matches"] == []
    assert rows["text"]["matches"] is None


def test_every_error_is_named_and_never_permitted(finished: Path) -> None:
    errors = {row["clip_id"]: row["error"] for row in decisions(finished) if row["error"]}
    kinds = {clip: error.split(":")[0] for clip, error in errors.items()}
    assert kinds == {
        "empty": "empty",
        "text": "unsupported",
        "missing": "unsupported",
        "yes#row-11": "duplicate_id",
    }
    assert all(row["verdict"] == "refused" for row in decisions(finished) if row["error"])


def test_the_cleared_manifest_keeps_its_columns(finished: Path) -> None:
    table = pq.read_table(finished / "cleared.parquet")
    assert table.column_names == [
        "clip_id", "uri", "licence", "owner", "caption",
        "kyodaku_verdict", "kyodaku_decision", "kyodaku_path", "kyodaku_sha256",
    ]  # fmt: skip
    for path, sha256 in zip(table["kyodaku_path"].to_pylist(), table["kyodaku_sha256"].to_pylist(), strict=True):
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256
    assert table["clip_id"].to_pylist() == ["yes", "free", "own"]


def test_the_claim_against_a_match_is_named_in_both_languages(finished: Path) -> None:
    (row,) = [row for row in decisions(finished) if row["clip_id"] == "no"]
    texts = [ground["text"] for ground in row["grounds"]]
    assert any("CC0" in text["en"] and "CC0" in text["ja"] for text in texts)
    assert row["needed"] == [{"party": "studio", "work": "refused", "act": "train"}]


def test_the_attestation_binds_the_tables_to_the_ledger(studio: Studio, finished: Path) -> None:
    envelope = json.loads((finished / "attestation.jsonl").read_text())
    with Workspace.open(studio.workspace) as workspace:
        statement = verify_envelope(envelope, workspace.registry.signing_key().public)
        workspace.registry.ledger.verify()
    assert [subject["name"] for subject in statement["subject"]] == ["decisions.parquet", "cleared.parquet"]
    assert {row["log_index"] for row in decisions(finished)} == set(statement["predicate"]["ledger"]["entries"])


def test_the_report_stands_alone_and_speaks_both_languages(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page.replace("https://coda-cj.jp", "").replace("http-equiv", "")
    assert page.count("data:image/jpeg;base64,") >= 6
    for word in ["拒まれた映画", "Refused", "試験スタジオ", "opt-out", "duplicate_id"]:
        assert word in page


def test_any_number_of_workers_gives_the_same_decisions(studio: Studio, tmp_path: Path) -> None:
    use = studio.use.read_text() + "at: 2026-11-22T00:00:00Z\n"
    pinned = tmp_path / "use.yaml"
    pinned.write_text(use)
    tables = []
    for workers in [1, 3]:
        with Workspace.open(studio.workspace) as workspace:
            clear(
                str(studio.manifest), tmp_path / str(workers), registry=workspace.registry, use=load_use(pinned),
                workers=workers,
            )  # fmt: skip
        tables.append(pq.read_table(tmp_path / str(workers) / "decisions.parquet").drop_columns(["log_index"]))
    assert tables[0].equals(tables[1])


def test_a_folder_that_holds_a_run_is_not_written_over(studio: Studio, finished: Path) -> None:
    with pytest.raises(UsageError, match=r"already holds a run.*--resume"):
        run(studio, finished)


def test_resuming_a_finished_run_examines_nothing_and_logs_nothing_new(studio: Studio, finished: Path) -> None:
    before = pq.read_table(finished / "decisions.parquet")
    cleared = run(studio, finished, also=["opt-out"], resume=True)
    assert cleared.hours_per_hour is None
    assert pq.read_table(finished / "decisions.parquet").equals(before)


def test_resuming_with_another_corpus_or_use_is_refused(studio: Studio, finished: Path, tmp_path: Path) -> None:
    other = tmp_path / "manifest.csv"
    other.write_text("uri\na.mp4\n")
    with pytest.raises(UsageError, match="corpus path changed"):
        run(studio, finished, other, also=["opt-out"], resume=True)
    with pytest.raises(UsageError, match="regimes changed"):
        run(studio, finished, resume=True)


@pytest.mark.slow
def test_kill_minus_9_at_any_moment_loses_and_repeats_no_clip(studio: Studio, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    for number in range(24):
        write_film(corpus / f"{number:02d}.mp4", seed=1 + number % 5, seconds=4, start_s=number / 3)
    out = tmp_path / "out"
    command = [
        sys.executable, "-m", "kyodaku", "clear", str(corpus), "-o", str(out), "--use", str(studio.use),
        "--workspace", str(studio.workspace), "--workers", "2", "--resume",
    ]  # fmt: skip
    for _ in range(4):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        held = _finished_clips(out)
        _wait_until(lambda held=held, process=process: _finished_clips(out) > held + 2 or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert sorted(line["index"] for line in journal_lines(out)) == list(range(24))
    assert [row["clip_id"] for row in decisions(out)] == [f"{number:02d}.mp4" for number in range(24)]


def test_a_full_disk_ends_the_run_with_one_line_and_resume_goes_on(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, written = journal.Journal._write, []

    def fill(self: journal.Journal, line: bytes) -> None:
        written.append(line)
        if len(written) > 3:
            raise OSError(28, "No space left on device")
        real(self, line)

    monkeypatch.setattr(journal.Journal, "_write", fill)
    with pytest.raises(KyodakuError, match=r"No space left on device.*--resume"):
        run(studio, tmp_path / "out", workers=1)
    monkeypatch.undo()
    cleared = run(studio, tmp_path / "out", resume=True)
    assert cleared.tally.total == len(EXPECTED)


def test_only_one_run_writes_a_folder(studio: Studio, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    for number in range(6):
        write_film(corpus / f"{number}.mp4", seed=number, seconds=6)
    out = tmp_path / "out"

    class Second:
        error: Exception | None = None

        def start(self, clips: int, finished: int) -> None:
            try:
                run(studio, out, corpus, resume=True)
            except KyodakuError as error:
                self.error = error

        def step(self, clip_id: str, result: object) -> None:
            pass

    second = Second()
    run(studio, out, corpus, workers=1, progress=second)
    assert "another run is writing here" in str(second.error)


def _finished_clips(out: Path) -> int:
    path = out / "journal.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _wait_until(condition: Any, patience_s: float = 60.0) -> None:
    deadline = time.monotonic() + patience_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_a_cleared_manifest_can_be_cleared_again_with_its_types(studio: Studio, tmp_path: Path, kind: str) -> None:
    rows = [
        {"uri": str(studio.manifest.parent / "yes.mp4"), "tags": ["夏", "海"], "frames": 72, "kyodaku_verdict": "old"}
    ]
    manifest = tmp_path / f"m.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), manifest)
    else:
        manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run(studio, tmp_path / "out", manifest)
    (row,) = pq.read_table(tmp_path / "out" / "cleared.parquet").to_pylist()
    tags, frames = (["夏", "海"], 72) if kind == "parquet" else ('["夏", "海"]', "72")
    assert (row["tags"], row["frames"], row["kyodaku_verdict"]) == (tags, frames, "permitted")
