# SPDX-License-Identifier: Apache-2.0
"""What a run's record says, and that nothing altered is believed."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kyodaku.disclosure import Facts, facts_of
from kyodaku.disclosure._gathering import COLLECTED, collected_in, host_of
from kyodaku.errors import IntegrityError, UsageError
from kyodaku.workspace import Workspace
from support.studio import Studio


def test_amounts_are_those_of_the_clips_that_were_cleared(facts: Facts) -> None:
    assert {verdict: held.clips for verdict, held in facts.verdicts.items() if held.clips} == {
        "permitted": 3,
        "refused": 3,
    }
    assert facts.cleared.clips == 3
    assert facts.cleared.seconds == pytest.approx(18, abs=0.5)
    assert {kind: held.clips for kind, held in facts.media.items()} == {"video": 3}
    assert facts.examined.clips == 6
    assert facts.unreadable == 1


def test_each_clip_stands_on_one_ground(facts: Facts) -> None:
    assert {(held.kind, held.licence): held.amount.clips for held in facts.bases} == {
        ("grant", None): 1,
        ("open_licence", "CC0-1.0"): 1,
        ("own_work", None): 1,
    }


def test_holders_are_those_whose_permissions_cleared_a_clip(facts: Facts) -> None:
    (holder,) = facts.holders
    assert holder.party == "studio"
    assert holder.name == {"en": "Test Studio", "ja": "試験スタジオ"}
    assert holder.amount.clips == 1
    assert len(holder.permissions) == 1
    assert facts.granted.clips == 1
    assert facts.works_found == 1


def test_sources_are_hosts_of_cleared_clips_only(facts: Facts) -> None:
    assert {host: held.clips for host, held in facts.domains} == {"video.example": 1, "files.example": 1}
    assert facts.without_address.clips == 1


def test_statements_that_kept_a_clip_out_are_counted_by_kind(facts: Facts) -> None:
    assert facts.refusals == {"refusal": 1}
    assert facts.left_out_for_statements == 1
    assert facts.stated_sources == {"pirate": 1}
    assert sum(facts.reserved.values()) == 1


def test_days_of_collection_are_of_the_rows_that_say_one(facts: Facts) -> None:
    assert (facts.collected.first, facts.collected.last, facts.collected.rows) == ("2026-03-01", "2026-04-02", 2)


def test_hashes_are_those_of_the_files(finished: Path, facts: Facts) -> None:
    for name, digest in facts.attested.files.items():
        assert hashlib.sha256((finished / name).read_bytes()).hexdigest() == digest
    assert set(facts.attested.files) == {"decisions.parquet", "cleared.parquet"}


@pytest.mark.parametrize(
    ("source", "host"),
    [
        ("https://Video.Example:8443/x", "video.example"),
        ("http://files.example.", "files.example"),
        ("https://動画.example/一", "動画.example"),
        ("ftp://files.example/x", None),
        ("lawful", None),
        ("https://", None),
        ("https://[::1/x", None),
        ("https://" + "a" * 300, None),
        ("", None),
    ],
)
def test_a_host_is_taken_from_an_address_on_the_web_only(source: str, host: str | None) -> None:
    assert host_of(source) == host


@pytest.mark.parametrize(
    ("values", "days"),
    [
        (pa.array([date(2026, 1, 2), None]), ("2026-01-02", "2026-01-02", 1)),
        (pa.array([datetime(2026, 1, 2, 23, tzinfo=UTC)], pa.timestamp("ms", "UTC")), ("2026-01-02", "2026-01-02", 1)),
        (pa.array(["2026-05-01", "2025-05-01", "", "soon"]), ("2025-05-01", "2026-05-01", 2)),
        (pa.array([3, 4]), (None, None, 0)),
    ],
)
def test_collection_is_read_from_text_dates_and_times(
    tmp_path: Path, values: pa.Array, days: tuple[object, ...]
) -> None:
    pq.write_table(pa.table({COLLECTED: values}), tmp_path / "cleared.parquet")
    collected, columns = collected_in(tmp_path / "cleared.parquet")
    assert (collected.first, collected.last, collected.rows) == days
    assert [name for name, _ in columns] == [COLLECTED]


@pytest.fixture
def copied(studio: Studio, finished: Path, tmp_path: Path) -> Path:
    """A copy of the run, to be spoilt."""
    assert studio.workspace.is_dir()
    return Path(shutil.copytree(finished, tmp_path / "out"))


@pytest.mark.parametrize("name", ["decisions.parquet", "cleared.parquet", "attestation.jsonl", "journal.jsonl"])
def test_a_changed_file_is_refused(studio: Studio, copied: Path, name: str) -> None:
    contents = bytearray((copied / name).read_bytes())
    contents[len(contents) // 2] ^= 1
    (copied / name).write_bytes(contents)
    with Workspace.open(studio.workspace) as workspace, pytest.raises(IntegrityError):
        facts_of(copied, workspace.registry)


@pytest.mark.parametrize("name", ["decisions.parquet", "cleared.parquet", "attestation.jsonl"])
def test_a_missing_file_is_refused(studio: Studio, copied: Path, name: str) -> None:
    (copied / name).unlink()
    with Workspace.open(studio.workspace) as workspace, pytest.raises(IntegrityError):
        facts_of(copied, workspace.registry)


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", "[" * 100_000, '{"payload": 3}'])
def test_what_is_no_attestation_is_refused(studio: Studio, copied: Path, text: str) -> None:
    (copied / "attestation.jsonl").write_text(text)
    with Workspace.open(studio.workspace) as workspace, pytest.raises(IntegrityError):
        facts_of(copied, workspace.registry)


def test_a_run_outlives_the_key_that_signed_it(studio: Studio, copied: Path, tmp_path: Path) -> None:
    shutil.copytree(studio.workspace, tmp_path / "workspace")
    with Workspace.open(tmp_path / "workspace") as workspace:
        signed = facts_of(copied, workspace.registry).attested.signed_by
        rotation = workspace.registry.rotate_key()
        assert facts_of(copied, workspace.registry).attested.signed_by == signed == str(rotation.old)


def test_a_run_that_has_not_ended_is_refused(studio: Studio, copied: Path) -> None:
    record = json.loads((copied / "run.json").read_text())
    del record["finished_at"]
    (copied / "run.json").write_text(json.dumps(record))
    with Workspace.open(studio.workspace) as workspace, pytest.raises(UsageError, match="not come to its end"):
        facts_of(copied, workspace.registry)
