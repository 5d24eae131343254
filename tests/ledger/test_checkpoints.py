# SPDX-License-Identifier: Apache-2.0
"""Signed checkpoints: read like those of other implementations, and impossible to bend."""

from __future__ import annotations

import threading
from base64 import b64encode
from pathlib import Path

import pytest

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.ledger import (
    EMPTY_ROOT,
    MAX_NOTE_BYTES,
    Checkpoint,
    Log,
    PublicKey,
    SigningKey,
    check_log,
    checkpoint,
    kept_note,
    open_note,
    sign_note,
    verify_checkpoint,
    write_checkpoint,
)
from kyodaku.ledger.checkpoints import read_note

# From golang.org/x/mod/sumdb/note, note_test.go.
GO_SIGNING = SigningKey.parse("PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")
GO_PUBLIC = PublicKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
GO_NOTE = f"{GO_TEXT}\n{GO_SIGNATURE}"

KEY = SigningKey.generate("kyodaku.example/log/1")
WITNESS = SigningKey.generate("witness.example/w1")


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log(tmp_path / "ledger")
    log.append_many([b"one", b"two", b"three"])
    return log


# --- notes -----------------------------------------------------------------------------------------------------------
def test_a_note_of_the_go_implementation_is_opened_and_written_the_same() -> None:
    assert open_note(GO_NOTE, GO_PUBLIC) == GO_TEXT
    assert sign_note(GO_TEXT, GO_SIGNING) == GO_NOTE


def test_signatures_of_others_are_not_judged() -> None:
    cosigned = GO_NOTE + sign_note(GO_TEXT, WITNESS).rpartition("\n\n")[2]
    assert open_note(cosigned, GO_PUBLIC) == open_note(cosigned, WITNESS.public) == GO_TEXT
    namesake = PublicKey(name="PeterNeumann", raw=WITNESS.public.raw)
    with pytest.raises(IntegrityError, match="not signed by PeterNeumann with key"):
        open_note(GO_NOTE, namesake)


def test_every_flipped_bit_of_a_note_is_detected() -> None:
    note = GO_NOTE.encode()
    for position in range(len(note)):
        for bit in range(8):
            bent = note[:position] + bytes([note[position] ^ (1 << bit)]) + note[position + 1 :]
            with pytest.raises((IntegrityError, UnicodeDecodeError)):
                pytest.fail(f"byte {position}: {open_note(bent.decode(), GO_PUBLIC)}")


def test_every_truncated_note_is_refused() -> None:
    for length in range(len(GO_NOTE)):
        with pytest.raises(IntegrityError):
            open_note(GO_NOTE[:length], GO_PUBLIC)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        GO_TEXT,
        GO_NOTE.replace("— ", "- "),
        GO_NOTE.replace("— PeterNeumann ", "— PeterNeumann"),
        GO_NOTE.replace("— PeterNeumann", "— Peter+Neumann"),
        GO_NOTE.replace("AM=\n", "AM\n"),
        GO_NOTE.replace("x08go/ZJ", "x08g*/ZJ"),
        GO_NOTE.replace(" x08go", "\tx08go"),
        GO_NOTE + "\n",
        GO_NOTE + "— PeterNeumann x08goA==\n",
        f"{GO_TEXT}\n— PeterNeumann x08goA==\n",
        f"{GO_TEXT}\n— PeterNeumann {b64encode(GO_PUBLIC.id + bytes(65)).decode()}\n",
        f"{GO_TEXT}\n— PeterNeumann x08g\n",
        f"{GO_TEXT}\n" + GO_SIGNATURE * 101,
        "x" * 1_000_000 + GO_NOTE,
    ],
)
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(IntegrityError):
        open_note(note, GO_PUBLIC)


@pytest.mark.parametrize("text", ["no newline at the end", "a\ttab\n", "a\rreturn\n", "\x00\n", ""])
def test_a_text_that_a_note_cannot_carry_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="ends in a newline"):
        sign_note(text, KEY)


# --- checkpoints -----------------------------------------------------------------------------------------------------
def test_a_checkpoint_says_origin_size_and_root(log: Log) -> None:
    note = checkpoint(log, KEY)
    lines = note.split("\n")
    assert lines[:4] == ["kyodaku.example/log/1", "3", b64encode(log.root()).decode(), ""]
    assert verify_checkpoint(note, KEY.public) == Checkpoint(origin=KEY.name, size=3, root=log.root())


def test_an_empty_log_has_a_checkpoint_too(tmp_path: Path) -> None:
    assert verify_checkpoint(checkpoint(Log(tmp_path), KEY), KEY.public).root == EMPTY_ROOT


def test_a_checkpoint_of_another_log_is_refused(log: Log) -> None:
    note = checkpoint(log, KEY, origin="kyodaku.example/log/2")
    assert verify_checkpoint(note, KEY.public, origin="kyodaku.example/log/2").size == 3
    with pytest.raises(IntegrityError, match=r"of the log 'kyodaku.example/log/2', not 'kyodaku.example/log/1'"):
        verify_checkpoint(note, KEY.public)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n3\n",
        "origin\n3\nAAAA\n",
        f"origin\n03\n{b64encode(bytes(32)).decode()}\n",
        f"origin\n+3\n{b64encode(bytes(32)).decode()}\n",
        f"origin\n-3\n{b64encode(bytes(32)).decode()}\n",
        f"origin\nthree\n{b64encode(bytes(32)).decode()}\n",
        f"\n3\n{b64encode(bytes(32)).decode()}\n",
        f"origin\n3\n{b64encode(bytes(32)).decode()[:-2]}B=\n",
        f"origin\n3\n{b64encode(bytes(33)).decode()}\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(IntegrityError, match="not a checkpoint"):
        verify_checkpoint(sign_note(text, KEY), KEY.public, origin="origin")


def test_extension_lines_are_allowed(log: Log) -> None:
    text = str(Checkpoint(origin="o", size=3, root=log.root())) + "an extension\n"
    assert verify_checkpoint(sign_note(text, KEY), KEY.public, origin="o").size == 3


def test_a_kept_checkpoint_stays_beside_the_log(log: Log) -> None:
    note = write_checkpoint(log, KEY)
    assert (log.directory / "checkpoint").read_text(encoding="utf-8") == note
    log.append(b"four")
    assert write_checkpoint(log, KEY) != note


def test_checkpoints_written_side_by_side_leave_the_last_one(log: Log) -> None:
    def append_and_sign() -> None:
        for i in range(5):
            log.append(str(i).encode())
            write_checkpoint(log, KEY)

    threads = [threading.Thread(target=append_and_sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = (log.directory / "checkpoint").read_text(encoding="utf-8")
    assert verify_checkpoint(kept, KEY.public) == Checkpoint(origin=KEY.name, size=23, root=log.root())


# --- what a kept checkpoint shows ------------------------------------------------------------------------------------
def test_a_log_that_only_grew_agrees_with_every_checkpoint_kept_of_it(log: Log) -> None:
    kept = [verify_checkpoint(checkpoint(log, KEY), KEY.public)]
    for entry in (b"four", b"five", b"six"):
        log.append(entry)
        kept.append(verify_checkpoint(checkpoint(log, KEY), KEY.public))
    for each in kept:
        check_log(log, each)


def test_a_past_rewritten_in_all_files_is_seen_by_who_kept_a_checkpoint(log: Log, tmp_path: Path) -> None:
    kept = verify_checkpoint(checkpoint(log, KEY), KEY.public)
    forged = Log(tmp_path / "forged")
    forged.append_many([b"one", b"TWO", b"three", b"four"])
    assert forged.verify() == 4  # sound in itself
    with pytest.raises(IntegrityError, match="the past was changed"):
        check_log(forged, kept)


def test_a_log_rolled_back_is_seen_by_who_kept_a_checkpoint(log: Log, tmp_path: Path) -> None:
    kept = verify_checkpoint(checkpoint(log, KEY), KEY.public)
    older = Log(tmp_path / "older")
    older.append_many([b"one", b"two"])
    with pytest.raises(IntegrityError, match="has 2 entries, but 3 were signed for"):
        check_log(older, kept)


@pytest.mark.parametrize("content", [b"\xff", b"x" * (MAX_NOTE_BYTES + 1)], ids=["bytes", "long"])
def test_a_kept_file_that_is_no_note_is_told(log: Log, content: bytes) -> None:
    assert kept_note(log) is None
    (log.directory / "checkpoint").write_bytes(content)
    with pytest.raises(IntegrityError, match="not a signed note"):
        write_checkpoint(log, KEY)


def test_nothing_is_signed_that_contradicts_what_was_signed_last(log: Log, tmp_path: Path) -> None:
    write_checkpoint(log, KEY)
    other = Log(tmp_path / "other")
    other.append_many([b"one", b"TWO", b"three"])
    (other.directory / "checkpoint").write_bytes((log.directory / "checkpoint").read_bytes())
    with pytest.raises(IntegrityError, match="the past was changed"):
        write_checkpoint(other, KEY)


def test_a_note_that_the_disk_cannot_give_is_a_fault_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(KyodakuError, match="cannot be read: File name too long"):
        read_note(tmp_path / ("x" * 300))
