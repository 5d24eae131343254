# SPDX-License-Identifier: Apache-2.0
"""What a run commits to: proofs hold for what is so, and for nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.errors import IntegrityError
from kyodaku.ledger import root_of
from kyodaku.training.commitments import (
    BATCH,
    RowProof,
    WorkProof,
    WorksRoot,
    WorksTree,
    prove_row,
    row_leaf,
    verify_absent,
    verify_present,
    verify_row,
)

SALT = bytes(range(32))
WORKS = ["film-1", "series-1", "漫画", "ost"]


def batch(size: int) -> tuple[list[dict[str, Any]], list[bytes], str]:
    rows = [{"clip_id": f"c{number}", "duration_s": number / 3, "works": None} for number in range(size)]
    salts = [bytes([number % 256]) * 16 for number in range(size)]
    root = root_of([row_leaf(row, salt) for row, salt in zip(rows, salts, strict=True)])
    return rows, salts, root.hex()


# --- rows -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100])
def test_every_row_of_a_batch_is_proven_and_in_no_other_place(size: int) -> None:
    rows, salts, root = batch(size)
    for place in range(size):
        proof = prove_row(3 * BATCH + place, rows, salts)
        verify_row(RowProof.from_json(json.loads(json.dumps(proof.as_json()))), root, size)
        assert proof.batch == 3
        elsewhere = RowProof.from_json(proof.as_json() | {"place": (place + 1) % size + 3 * BATCH})
        if size > 1:
            with pytest.raises(IntegrityError):
                verify_row(elsewhere, root, size)


@pytest.mark.parametrize(
    "change",
    [
        {"row": {"clip_id": "c1"}},
        {"salt": "00" * 16},
        {"salt": "00" * 15},
        {"salt": "zz" * 16},
        {"place": 2},
        {"place": 5},
        {"place": 1 << 62},
        {"path": []},
        {"row": {"number": 1 << 80}},
        {"row": {"number": float("nan")}},
        {"row": {"text": "\ud800"}},
    ],
    ids=str,
)
def test_a_changed_proof_of_a_row_proves_nothing(change: dict[str, Any]) -> None:
    rows, salts, root = batch(5)
    record = prove_row(1, rows, salts).as_json() | change
    with pytest.raises(IntegrityError):
        verify_row(RowProof.from_json(record), root, 5)


@pytest.mark.parametrize("rows", [-1, 0, 1, BATCH + 1])
def test_a_batch_of_another_size_is_not_the_rows(rows: int) -> None:
    held, salts, root = batch(5)
    with pytest.raises(IntegrityError):
        verify_row(prove_row(1, held, salts), root, rows)


def test_the_same_row_with_another_salt_is_another_leaf() -> None:
    assert row_leaf({"a": 1}, bytes(16)) != row_leaf({"a": 1}, bytes(15) + b"\1")


def test_a_place_that_no_batch_has_is_not_proven() -> None:
    rows, salts, _ = batch(5)
    with pytest.raises(IndexError):
        prove_row(5, rows, salts)


# --- works ------------------------------------------------------------------------------------------------------------
@settings(deadline=None, max_examples=50)
@given(works=st.sets(st.text(st.characters(codec="utf-8"), max_size=8), max_size=40), other=st.text("xyz", max_size=4))
def test_a_work_is_shown_to_be_there_or_not_and_never_both(works: set[str], other: str) -> None:
    tree = WorksTree(works, SALT)
    committed = WorksRoot.from_json(tree.committed.as_json())
    assert committed.size == len(works) + 2
    for work in [*works, other]:
        proof = WorkProof.from_json(json.loads(json.dumps(tree.prove(work).as_json())))
        assert (work in tree) is (work in works) is proof.present
        holds, fails = (verify_present, verify_absent) if work in works else (verify_absent, verify_present)
        holds(proof, committed, SALT)
        with pytest.raises(IntegrityError):
            fails(proof, committed, SALT)


def test_neighbours_of_another_work_show_nothing_of_this_one() -> None:
    tree = WorksTree(WORKS, SALT)
    for absent in ["a", "b", "c", "d", "e", "f"]:
        for present in WORKS:
            forged = WorkProof.from_json(tree.prove(absent).as_json() | {"work": present})
            with pytest.raises(IntegrityError, match="does not show"):
                verify_absent(forged, tree.committed, SALT)


def test_leaves_that_are_not_side_by_side_show_nothing() -> None:
    tree = WorksTree(WORKS, SALT)
    first, last = tree.prove("a"), WorksTree([], SALT).prove("a")
    whole = [tree._codes[0].hex(), tree._codes[-1].hex()]
    paths = [list(tree._path(0)), list(tree._path(len(tree._codes) - 1))]
    for record in [
        first.as_json() | {"codes": whole, "paths": paths, "index": 0},
        first.as_json() | {"codes": whole, "paths": paths, "index": len(tree._codes) - 2},
        last.as_json(),
    ]:
        with pytest.raises(IntegrityError):
            verify_absent(WorkProof.from_json(record), tree.committed, SALT)


def test_a_proof_under_another_salt_is_refused() -> None:
    other = WorksTree(WORKS, bytes(32))
    committed = WorksTree(WORKS, SALT).committed
    with pytest.raises(IntegrityError, match="salt"):
        verify_absent(other.prove("film-2"), committed, bytes(32))
    with pytest.raises(IntegrityError, match="salt"):
        verify_absent(other.prove("film-2"), committed, b"")


def test_codes_tell_nothing_without_the_salt() -> None:
    assert set(WorksTree(WORKS, SALT)._codes) & set(WorksTree(WORKS, bytes(32))._codes) == {bytes(32), b"\xff" * 32}


@pytest.mark.parametrize("record", [None, [], {}, {"work": 1, "index": 0, "codes": [], "paths": []}])
@pytest.mark.parametrize("kind", [RowProof, WorkProof, WorksRoot])
def test_what_is_no_proof_is_told_in_one_line(kind: Any, record: Any) -> None:
    with pytest.raises(IntegrityError):
        kind.from_json(record)


def _flips(value: Any) -> Any:
    """Every record that differs from this one in one hex digit, one number or one letter."""
    if isinstance(value, dict):
        for name, held in value.items():
            yield from (value | {name: other} for other in _flips(held))
    elif isinstance(value, list):
        for place, held in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in _flips(held))
        yield from (value[:place] + value[place + 1 :] for place in range(len(value)))
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, str):
        for place, letter in enumerate(value):
            yield value[:place] + chr(ord(letter) ^ 1) + value[place + 1 :]


@pytest.mark.parametrize("work", ["film-1", "film-2"])
def test_no_single_change_to_a_proof_of_a_work_goes_unseen(work: str) -> None:
    tree = WorksTree(WORKS, SALT)
    proof = tree.prove(work)
    verify = verify_present if proof.present else verify_absent
    changed = [record for record in _flips(proof.as_json()) if isinstance(record["work"], str)]
    assert len(changed) > 100
    for record in changed:
        if not proof.present and record["work"] != work:
            continue  # another work that is not there either
        with pytest.raises(IntegrityError):
            verify(WorkProof.from_json(record), tree.committed, SALT)
