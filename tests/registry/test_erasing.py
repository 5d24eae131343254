# SPDX-License-Identifier: Apache-2.0
"""Entries that commit to what was declared, and contents that are erased without breaking the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import commitment, leaf_hash, new_salt, parse_record, record
from kyodaku.registry import Registry, Snapshot
from kyodaku.registry._codec import canonical
from kyodaku.registry._erasing import erase

NAMED = {"parties": [{"id": "taro", "kind": "holder", "name": {"ja": "山田太郎"}}]}
UNNAMED = {"parties": [{"id": "taro", "kind": "holder"}]}


def declared(registry: Registry) -> int:
    """Declare a person by name, then without; the ledger entry of the first."""
    registry.import_document(NAMED)
    registry.import_document(UNNAMED)
    return registry.history("taro")[0].ledger_index


def test_an_entry_commits_to_what_was_declared(registry: Registry) -> None:
    registry.import_document(NAMED)
    (first,) = registry.history("taro")
    assert first.salt is not None
    stated = parse_record(registry.ledger.entry(first.ledger_index))
    body = canonical(dict(first.body))
    assert stated["sha256"] == commitment(body, bytes.fromhex(first.salt))
    assert stated["sha256"] != first.body_sha256 == sha256(body).hexdigest()
    assert not stated.keys() & {"salt", "body"}


def test_the_same_said_twice_over_is_committed_to_differently(registry: Registry) -> None:
    registry.import_document(NAMED)
    registry.import_document(UNNAMED)
    registry.import_document(NAMED)
    first, _, last = registry.history("taro")
    assert first.body == last.body
    hashes = {parse_record(registry.ledger.entry(each.ledger_index))["sha256"] for each in (first, last)}
    assert len(hashes) == 2


def test_what_was_superseded_can_be_erased_and_everything_still_verifies(studio: Registry) -> None:
    index = declared(studio)
    before, snapshot = studio.record(), studio.snapshot().id
    said = studio.erase(index)
    entry = parse_record(studio.ledger.entry(said))
    assert (entry["type"], entry["subject"], entry["entry"]) == ("erasure", "taro", index)
    sound = studio.verify()
    assert (sound.erased, sound.orphans) == ((index,), ())
    erased, latest = studio.history("taro")
    assert (dict(erased.body), erased.body_sha256, erased.salt, erased.is_erased) == ({}, "", None, True)
    assert not latest.is_erased
    after = studio.record()
    assert (after.parties, after.works) == (before.parties, before.works)
    assert studio.snapshot().id == snapshot
    assert Snapshot.open(studio.snapshot_path(snapshot)).id == snapshot
    assert studio.import_document(UNNAMED).new == {}
    studio.import_document(NAMED)  # it may be said again
    assert studio.verify().declarations == sound.declarations + 1


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_nothing_of_what_was_erased_is_left_in_the_database(registry: Registry) -> None:
    index = declared(registry)
    folder = registry.directory
    registry.erase(index)
    registry.close()
    for path in folder.glob("registry.sqlite*"):
        assert "山田太郎".encode() not in path.read_bytes()
    for path in (folder / "ledger").iterdir():
        assert "山田".encode() not in path.read_bytes()


def test_the_state_of_a_moment_that_was_erased_is_not_made_up(studio: Registry) -> None:
    index = declared(studio)
    then = studio.history("taro")[0].recorded_at
    work = {"works": [{"id": "film-1", "kind": "film", "shares": [{"party": "taro", "rights": "all"}]}]}
    old = studio.history("film-1")[0]
    studio.import_document(work)
    studio.erase(index)
    studio.erase(old.ledger_index)
    with pytest.raises(KyodakuError, match=r"what party 'taro' stated then was erased .ask for a later moment"):
        studio.record(then)
    with pytest.raises(KyodakuError, match="what work 'film-1' stated then was erased"):
        studio.show("film-1", as_of=old.recorded_at)
    assert studio.show("film-1").shares[0]["party"] == "taro"
    assert studio.verify().erased == (old.ledger_index, index)


def test_what_still_holds_and_what_is_no_declaration_is_not_erased(studio: Registry) -> None:
    index = declared(studio)
    size = studio.ledger.size
    latest = studio.history("taro")[1].ledger_index
    with pytest.raises(UsageError, match=rf"entry {latest} is what holds of party 'taro' .declare it anew"):
        studio.erase(latest)
    with pytest.raises(UsageError, match="is no declaration"):
        studio.erase(size + 7)
    assert studio.ledger.size == size
    studio.erase(index)
    with pytest.raises(UsageError, match="was erased before"):
        studio.erase(index)
    assert studio.verify().erased == (index,)


def test_a_body_that_is_gone_without_an_erasure_is_told(registry: Registry, tamper: Callable[[str], None]) -> None:
    index = declared(registry)
    blank = "UPDATE declarations SET body = '{}', body_sha256 = '', salt = NULL"
    tamper(f"{blank} WHERE ledger_index = {index}")
    with pytest.raises(IntegrityError, match=r"party taro.: what it stated is gone, and the ledger does not say"):
        registry.verify()


def test_what_still_holds_is_not_erased_by_the_ledger_saying_so(
    registry: Registry, tamper: Callable[[str], None]
) -> None:
    """As by somebody who has database and ledger in hand, and wants a refusal gone."""
    index = declared(registry)
    latest = registry.history("taro")[-1].ledger_index
    assert latest != index
    blank = "UPDATE declarations SET body = '{}', body_sha256 = '', salt = NULL"
    tamper(f"{blank} WHERE ledger_index = {latest}")
    leaf = leaf_hash(registry.ledger.entry(latest)).hex()
    said = record("erasure", time=datetime.now(UTC), subject="taro", sha256=leaf, kind="party", entry=latest)
    registry.ledger.append(said)
    with pytest.raises(IntegrityError, match="is what still holds"):
        registry.verify()


@pytest.mark.parametrize("salt", ["'00'", f"'{'0' * 32}'", "'zz'", "NULL"])
def test_a_changed_salt_is_told(registry: Registry, tamper: Callable[[str], None], salt: str) -> None:
    registry.import_document(NAMED)
    tamper(f"UPDATE declarations SET salt = {salt}")
    with pytest.raises(IntegrityError, match="party taro"):
        registry.verify()


def test_the_database_lets_nothing_pass_but_an_erasure(registry: Registry) -> None:
    index = declared(registry)
    connection = registry._database
    for change in (
        "UPDATE declarations SET body = '{}'",
        "UPDATE declarations SET body = '{}', body_sha256 = '', salt = NULL, id = 'x'",
        "UPDATE declarations SET body = '[]', body_sha256 = '', salt = NULL",
        "DELETE FROM declarations",
    ):
        with pytest.raises(KyodakuError, match="nothing is edited or deleted"), connection.writing() as turn:
            turn.connection.exec_driver_sql(change)
    registry.erase(index)


def test_an_erasure_that_was_killed_is_finished_by_the_next(registry: Registry) -> None:
    index = declared(registry)

    def kill() -> None:
        with registry._database.writing() as turn:
            erase(turn, index, datetime.now(UTC))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kill()
    assert registry.verify().erased == ()
    registry.erase(index)
    assert registry.verify().erased == (index,)


def test_a_salt_has_its_length() -> None:
    assert len({new_salt() for _ in range(100)}) == 100
    with pytest.raises(ValueError, match="16 bytes"):
        commitment(b"x", b"short")
