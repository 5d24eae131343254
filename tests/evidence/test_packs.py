# SPDX-License-Identifier: Apache-2.0
"""Packs of real runs, verified without their workspace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq
import pytest

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.evidence import packed, prove, verify_files, verify_pack
from kyodaku.ledger import SigningKey, verify_checkpoint
from kyodaku.registry import Registry
from kyodaku.training import Cleared
from support.studio import EXPECTED

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def rows(cleared: Cleared) -> dict[str, dict[str, Any]]:
    return {row["clip_id"]: row for row in pq.read_table(cleared.out / "decisions.parquet").to_pylist()}


@pytest.mark.parametrize("clip", EXPECTED)
def test_a_decision_is_proven_with_its_grounds(registry: Registry, cleared: Cleared, clip: str) -> None:
    row = rows(cleared)[clip]
    verified = verify_pack(packed(prove(registry, row["decision_id"])), trust=registry.signing_key().public)
    (decided,) = verified.decisions
    assert (verified.kind, verified.trusted, verified.origin) == ("decision", True, registry.origin)
    assert (decided.decision.decision_id, decided.decision.verdict) == (row["decision_id"], row["verdict"])
    assert [ground.rule for ground in decided.decision.grounds] == [ground["rule"] for ground in row["grounds"]]
    assert verified.as_json()["decision"]["decision_id"] == row["decision_id"]


def test_a_run_is_proven_as_a_whole(registry: Registry, cleared: Cleared) -> None:
    verified = verify_pack(packed(prove(registry, cleared.run)))
    assert (verified.kind, verified.trusted, len(verified.decisions)) == ("run", False, len(EXPECTED))
    assert verified.verdicts == {"permitted": 3, "refused": 8}
    (run,) = verified.as_json()["runs"]
    assert (run["run"], run["regime"]["as_shipped"], run["use"]["developer"]) == (cleared.run, True, "lab")


def test_the_same_pack_is_the_same_bytes(registry: Registry, cleared: Cleared) -> None:
    one, two = (packed(prove(registry, cleared.run, now=NOW)) for _ in range(2))
    assert one == two


# --- works ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("work", "shown", "clips"),
    [("granted", ("found", "cleared"), 1), ("refused", ("found",), 2), ("silent", ("found",), 1)],
)
def test_a_work_is_shown_to_be_found_and_cleared_or_not(
    registry: Registry, cleared: Cleared, work: str, shown: tuple[str, ...], clips: int
) -> None:
    verified = verify_pack(packed(prove(registry, work)))
    (looked,) = [each for each in verified.looked if each.run == cleared.run]
    assert (looked.run, looked.references) == (cleared.run, 1)
    assert (looked.found, looked.cleared) == ("found" in shown, "cleared" in shown)
    assert len([each for each in verified.decisions if each.run == cleared.run]) == clips
    assert all(work in each.works for each in verified.decisions)


def test_of_a_work_without_references_nothing_is_shown(registry: Registry, cleared: Cleared) -> None:
    assert cleared.run
    with pytest.raises(UsageError, match="unknown work 'nowhere'"):
        prove(registry, "nowhere")


# --- what the verifier holds ------------------------------------------------------------------------------------------
def test_another_key_is_not_the_one_trusted(registry: Registry, cleared: Cleared) -> None:
    files = prove(registry, cleared.run)
    for name in (registry.origin, "another.example/log"):
        with pytest.raises(IntegrityError, match="not by a key that"):
            verify_files(files, trust=SigningKey.generate(name).public)


def test_a_checkpoint_that_was_kept_is_continued(registry: Registry, cleared: Cleared) -> None:
    key = registry.signing_key().public
    note = registry.sign_checkpoint()
    files = prove(registry, cleared.run)
    assert verify_files(files, kept=note).continues == registry.ledger.size
    registry.import_document({"parties": [{"id": f"p-{registry.ledger.size}", "kind": "holder"}]})
    later = prove(registry, cleared.run)
    with pytest.raises(UsageError, match="no proof about your checkpoint"):
        verify_files(later, kept=note)
    stated = verify_checkpoint(note, key, registry.origin)
    assert verify_files(prove(registry, cleared.run, kept=[stated]), kept=note).continues == stated.size


def test_a_checkpoint_of_another_log_is_told(registry: Registry, cleared: Cleared) -> None:
    from dataclasses import replace  # noqa: PLC0415

    from kyodaku.ledger import Checkpoint, sign_note  # noqa: PLC0415

    files = prove(registry, cleared.run)
    size = registry.ledger.size
    other = Checkpoint(origin=registry.origin, size=size, root=bytes(32))
    with pytest.raises(IntegrityError, match="is not the one of your checkpoint"):
        verify_files(files, kept=sign_note(str(other), registry.signing_key()))
    with pytest.raises(IntegrityError, match="is not one of this workspace's ledger"):
        prove(registry, cleared.run, kept=[other])
    with pytest.raises(IntegrityError, match="is not one of this workspace's ledger"):
        prove(registry, cleared.run, kept=[replace(other, size=size + 1)])


def test_what_is_not_there_is_told(registry: Registry, cleared: Cleared) -> None:
    assert cleared.run
    with pytest.raises(UsageError, match="no run whose folder is here has the decision"):
        prove(registry, "sha256:" + "0" * 64)
