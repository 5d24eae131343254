# SPDX-License-Identifier: Apache-2.0
"""Keys that replace each other: who trusts one can follow to the next, and no kill leaves two or none."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import (
    KeyHistory,
    Log,
    PublishedLog,
    Rotation,
    SigningKey,
    attest,
    checkpoint,
    holding_key,
    load_history,
    parse_record,
    publish,
    read_notes,
    rotate,
    sign_note,
    verify_checkpoint,
    verify_envelope,
)
from support.dying import killed_at_every_step

NAME = "kyodaku.example/log/1"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "ledger")
    made.append_many([b"one", b"two"])
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    SigningKey.generate(NAME).save(tmp_path / "keys" / "ledger.key")
    return tmp_path / "keys" / "ledger.key"


def test_a_rotation_is_in_the_log_and_the_old_signing_key_is_gone(log: Log, path: Path) -> None:
    old = SigningKey.load(path)
    done = rotate(path, log, time=NOW)
    new = SigningKey.load(path)
    assert (done.old, done.new, done.size, log.size) == (old.public, new.public, 2, 3)
    assert new.name == old.name
    stated = parse_record(log.entry(2))
    assert (stated["type"], stated["subject"], stated["old"]) == ("key", new.public.label, old.public.label)
    files = {each.name: each for each in path.parent.rglob("*") if each.is_file()}
    assert set(files) == {"ledger.key", "ledger.key.pub", f"ledger.key.{old.public.id.hex()}.pub", "2.note"}
    assert files["ledger.key.pub"].read_text(encoding="utf-8") == f"{new.public}\n"
    secret = old._text().rpartition("+")[2]
    assert not any(secret in each.read_text(encoding="utf-8") for each in files.values())


def test_who_trusts_any_key_follows_to_the_last(log: Log, path: Path) -> None:
    keys, notes = [SigningKey.load(path)], {log.size: checkpoint(log, SigningKey.load(path))}
    for number in range(3):
        rotate(path, log, time=NOW)
        keys.append(SigningKey.load(path))
        notes[log.size] = checkpoint(log, keys[-1])
        log.append(f"after {number}".encode())
        notes[log.size] = checkpoint(log, keys[-1])
    for number, key in enumerate(keys):
        history = load_history(path, key.public)
        history.check_entries(log)
        assert (history.latest, history.name, len(history.keys)) == (keys[-1].public, NAME, 4 - number)
        for size, note in notes.items():
            if size >= history.since:
                assert verify_checkpoint(note, history).size == size
            else:
                with pytest.raises(IntegrityError, match="the trusted key signs from"):
                    verify_checkpoint(note, history)
    assert load_history(path) == load_history(path, keys[0].public)
    assert [since for since, _ in load_history(path).keys] == [0, 3, 5, 7]


def test_each_key_signs_for_its_own_time_alone(log: Log, path: Path) -> None:
    old = SigningKey.load(path)
    early = log.size
    rotate(path, log, time=NOW)
    history, new = load_history(path), SigningKey.load(path)
    with pytest.raises(IntegrityError, match="not signed by"):  # who stole the old key, or finds it in a backup
        verify_checkpoint(checkpoint(log, old), history)
    younger = Log(path.parent / "younger")
    younger.append_many([b"one", b"two"])
    assert younger.size == early
    with pytest.raises(IntegrityError, match="not signed by"):
        verify_checkpoint(checkpoint(younger, new), history)


def test_attestations_of_every_key_are_verified(log: Log, path: Path) -> None:
    subject = [{"name": "a", "sha256": "ab" * 32}]
    old = attest(subject, "t", {}, SigningKey.load(path))
    rotate(path, log, time=NOW)
    new = attest(subject, "t", {}, SigningKey.load(path))
    history = load_history(path)
    for envelope in (old, new):
        assert verify_envelope(envelope, history)["predicateType"] == "t"
    with pytest.raises(IntegrityError, match="not an attestation by"):
        verify_envelope(attest(subject, "t", {}, SigningKey.generate(NAME)), history)
    with pytest.raises(IntegrityError, match="not an attestation by"):
        verify_envelope(old, history.latest)


def test_a_published_log_carries_the_keys(log: Log, path: Path, tmp_path: Path) -> None:
    first = SigningKey.load(path)
    publish(log, tmp_path / "www", first)
    rotate(path, log, time=NOW)
    for _ in range(2):
        publish(log, tmp_path / "www", SigningKey.load(path), history=load_history(path))
    history = KeyHistory.follow(first.public, read_notes(tmp_path / "www" / "keys"))
    published = PublishedLog(tmp_path / "www", trust=history)
    assert published.verify() == 3
    history.check_entries(published)
    with pytest.raises(IntegrityError, match="not signed by"):
        PublishedLog(tmp_path / "www", trust=first.public)


# --- what does not convince ------------------------------------------------------------------------------------------
def made(old: SigningKey, new: SigningKey, size: int = 2, origin: str = NAME) -> Rotation:
    return Rotation.between(old, new, origin=origin, size=size, time=NOW)


A, B, C = (SigningKey.generate(NAME) for _ in range(3))


def test_every_flipped_bit_of_a_rotation_is_detected() -> None:
    note = made(A, B).note.encode()
    for position in range(len(note)):
        for bit in range(8):
            bent = note[:position] + bytes([note[position] ^ (1 << bit)]) + note[position + 1 :]
            with pytest.raises((IntegrityError, UnicodeDecodeError)):
                pytest.fail(f"byte {position}: {Rotation.parse(bent.decode())}")


@pytest.mark.parametrize(
    "note",
    [
        "",
        sign_note(made(A, B).text, A),
        sign_note(made(A, B).text, B),
        sign_note(made(A, B).text, A, C),
        sign_note(made(A, B).text, A, B, C),
        sign_note(made(A, B).text.replace("2026-01-01T00:00:00Z", "2026-01-01T00:00:00"), A, B),
        sign_note(made(A, B).text.replace("\n2\n", "\n02\n"), A, B),
        sign_note(made(A, B).text.replace("\n2\n", "\n-2\n"), A, B),
        sign_note(made(A, B).text.replace("2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"), A, B),
        sign_note(made(A, B).text.replace("v1", "v2"), A, B),
        sign_note(made(A, B).text + "more\n", A, B),
        sign_note(made(A, B).text.replace(str(B.public), str(A.public)), A, A),
        sign_note(made(A, B).text.replace(str(B.public), "no key"), A, B),
    ],
)
def test_what_is_no_rotation_by_both_keys_is_refused(note: str) -> None:
    with pytest.raises(IntegrityError):
        Rotation.parse(note)


def test_keys_of_different_names_do_not_follow_each_other() -> None:
    with pytest.raises(IntegrityError, match="not a note by which"):
        made(A, SigningKey.generate("another"))


@pytest.mark.parametrize(
    "chain",
    [
        [made(A, B, 2), made(A, C, 5)],
        [made(A, B, 2), made(C, A, 5)],
        [made(A, B, 2), made(B, C, 2)],
        [made(A, B, 2), made(B, C, 5, "another log")],
    ],
)
def test_notes_that_are_no_chain_are_refused(chain: list[Rotation]) -> None:
    with pytest.raises(IntegrityError, match="is not the one that hands over"):
        KeyHistory.follow(A.public, [each.note for each in chain])


def test_a_chain_that_does_not_begin_with_the_trusted_key_adds_nothing_to_it() -> None:
    alone = KeyHistory.follow(C.public, [made(A, B).note])
    assert (alone.latest, alone.rotations, alone.at(99), alone.since) == (C.public, (), C.public, 0)
    assert A.public.named("anything") == A.public


def test_a_rotation_that_is_not_in_the_log_is_told(log: Log) -> None:
    for size in (1, 2):
        with pytest.raises(IntegrityError, match=f"entry {size} is not the rotation to the key"):
            KeyHistory.follow(A.public, [made(A, B, size).note]).check_entries(log)


# --- killed ----------------------------------------------------------------------------------------------------------
def test_a_rotation_killed_at_any_step_happened_or_did_not(tmp_path: Path, log: Log, path: Path) -> None:
    first = SigningKey.load(path).public
    rotate(path, log, time=NOW)
    before = tmp_path / "before"
    for each in (log.directory, path.parent):
        shutil.copytree(each, before / each.name)
    deaths, outcomes = 0, set()
    for deaths in killed_at_every_step(lambda _: rotate(path, log, time=NOW)):
        outcomes.add(log.size)
        if deaths % 2:  # somebody else writes before the key is asked for again
            log.append(b"another")
        with holding_key(path, log) as key:
            note = checkpoint(log, key)
        history = load_history(path)
        history.check_entries(log)
        assert (log.verify(), history.first, history.latest) == (log.size, first, key.public)
        assert verify_checkpoint(note, history).size == log.size
        left = {each.name for each in path.parent.iterdir() if "next" in each.name and each.suffix != ".new"}
        assert left <= {"ledger.key.next.pub"}
        done = rotate(path, log, time=NOW)
        assert load_history(path).latest == done.new == SigningKey.load(path).public
        for each in (log.directory, path.parent):
            shutil.rmtree(each)
            shutil.copytree(before / each.name, each)
    assert (deaths > 20, outcomes) == (True, {3, 4})


def test_a_disk_that_refuses_leaves_the_old_key(log: Log, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = SigningKey.load(path)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "hardlink_to", refuse)
        with pytest.raises(KyodakuError, match="could not be replaced: No space left on device"):
            rotate(path, log, time=NOW)
    assert (SigningKey.load(path), log.size) == (old, 2)
    rotate(path, log, time=NOW)
    assert log.size == 3


def test_without_a_key_there_is_nothing_to_replace(log: Log, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    with pytest.raises(KyodakuError, match="could not be read"):
        rotate(tmp_path / "keys" / "ledger.key", log, time=NOW)
    with pytest.raises((KyodakuError, UsageError)):
        load_history(tmp_path / "keys" / "ledger.key")
    assert list(pairwise(log.entries())) == [(b"one", b"two")]
