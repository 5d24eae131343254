# SPDX-License-Identifier: Apache-2.0
"""Entries as canonical records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kyodaku.errors import IntegrityError
from kyodaku.ledger import parse_record, record

NOW = datetime(2026, 1, 1, 9, 30, tzinfo=timezone(timedelta(hours=9)))
SHA = "ab" * 32


def test_a_record_is_canonical_json_in_utc() -> None:
    entry = record("declaration", time=NOW, subject="最初の映画", sha256=SHA, seq=3, kind="work")
    expected = (
        f'{{"kind":"work","seq":3,"sha256":"{SHA}","subject":"最初の映画",'
        '"time":"2026-01-01T00:30:00Z","type":"declaration"}'
    )
    assert entry.decode() == expected
    assert parse_record(entry)["subject"] == "最初の映画"


def test_microseconds_are_kept() -> None:
    entry = record("x", time=datetime(2026, 1, 1, microsecond=5, tzinfo=UTC), subject="s", sha256=SHA)
    assert parse_record(entry)["time"] == "2026-01-01T00:00:00.000005Z"


def test_metadata_cannot_replace_what_every_record_has() -> None:
    assert parse_record(record("x", time=NOW, subject="s", sha256=SHA, type="other"))["type"] == "x"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        record("x", time=datetime(2026, 1, 1), subject="s", sha256=SHA)  # noqa: DTZ001


@pytest.mark.parametrize("sha256", ["", "ab" * 31, "AB" * 32, "zz" * 32, "ab" * 33])
def test_a_malformed_hash_is_refused(sha256: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        record("x", time=NOW, subject="s", sha256=sha256)


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"type":"x"}',
        b" " + record("x", time=NOW, subject="s", sha256=SHA),
        record("x", time=NOW, subject="s", sha256=SHA).replace(b'"s"', b"5"),
        b"[" * 60_000,
    ],
)
def test_what_is_no_record_is_refused(entry: bytes) -> None:
    with pytest.raises(IntegrityError, match="not a record"):
        parse_record(entry)
