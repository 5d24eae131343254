# SPDX-License-Identifier: Apache-2.0
"""`kyodaku ledger` as people and scripts call it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from kyodaku.ledger import SigningKey, leaf_hash, open_note, verify_checkpoint, verify_inclusion
from kyodaku.registry import Registry
from support.commands import kyo

PARTIES = "parties:\n" + "".join(f"  - {{id: p-{i}, kind: holder}}\n" for i in range(9))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a workspace of nine declarations."""
    (tmp_path / "registry.yaml").write_text(PARTIES, encoding="utf-8")
    assert kyo("init", cwd=tmp_path).returncode == 0
    assert kyo("registry", "import", "registry.yaml", cwd=tmp_path).returncode == 0
    return tmp_path


def ledger_of(home: Path) -> Path:
    return home / "kyodaku-workspace" / "ledger"


def change(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))


# --- verify ----------------------------------------------------------------------------------------------------------
def test_a_sound_ledger_is_said_to_be_sound(home: Path) -> None:
    done = kyo("ledger", "verify", cwd=home)
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "sound: 9 entries, 9 declarations, 0 references, 0 runs",
    )
    told = json.loads(kyo("ledger", "verify", "--json", cwd=home).stdout)
    assert (told["sound"], told["entries"], told["checkpoint"]) == (True, 9, None)


def test_what_is_in_no_database_is_told(home: Path) -> None:
    with Registry.open(home / "kyodaku-workspace") as registry:
        registry.import_document({"parties": [{"id": "p-0", "kind": "holder", "name": {"en": "Other"}}]})
        registry.erase(0)
    assert "erased, as the ledger says: entry 0\n" in kyo("ledger", "verify", cwd=home).stdout
    with sqlite3.connect(home / "kyodaku-workspace" / "registry.sqlite") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM declarations WHERE ledger_index IN (2, 3)")
    database.close()
    done = kyo("ledger", "verify", cwd=home)
    assert done.returncode == 0
    assert "not in the database: the declarations of entries 2, 3; an import was killed" in done.stdout


@pytest.mark.parametrize("also", [(), ("p-8",)])
def test_the_first_bad_entry_is_named_even_if_the_newest_is_bad_too(home: Path, also: tuple[str, ...]) -> None:
    for name in ("p-3", "p-5", *also):
        change(ledger_of(home) / "entries", f'"{name}"'.encode(), f'"q{name[1:]}"'.encode())
    done = kyo("ledger", "verify", cwd=home)
    assert done.returncode == 5
    assert "entry 3 at byte " in done.stderr
    assert "its bytes do not hash to its recorded hash" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_entry_changed_with_its_hash_is_narrowed_down_to_its_subtree(home: Path) -> None:
    with Registry.open(home / "kyodaku-workspace") as registry:
        entry = registry.ledger.entry(4)
    changed = entry.replace(b'"p-4"', b'"q-4"')
    change(ledger_of(home) / "entries", entry, changed)
    change(ledger_of(home) / "hashes", leaf_hash(entry), leaf_hash(changed))
    done = kyo("ledger", "verify", cwd=home)
    assert done.returncode == 5
    assert "the recorded hash of entries 4 to 5 is not theirs" in done.stderr


def test_a_kept_checkpoint_is_held_against_the_ledger(home: Path) -> None:
    assert kyo("ledger", "checkpoint", "-o", "kept.txt", cwd=home).stdout == "checkpoint of 9 entries in kept.txt\n"
    shutil.copytree(home / "kyodaku-workspace", home / "older")
    (home / "more.yaml").write_text("parties: [{id: p-10}]", encoding="utf-8")
    kyo("registry", "import", "more.yaml", cwd=home)
    key = home / "kyodaku-workspace" / "keys" / "ledger.key.pub"
    done = kyo("ledger", "verify", "--checkpoint", "kept.txt", "--key", key, cwd=home)
    assert (done.returncode, "the first 9 entries are those of the checkpoint" in done.stdout) == (0, True)
    assert json.loads(kyo("ledger", "verify", "--checkpoint", "kept.txt", "--json", cwd=home).stdout)["checkpoint"]
    newer = kyo("ledger", "checkpoint", cwd=home).stdout
    (home / "newer.txt").write_text(newer, encoding="utf-8")
    rolled = kyo("ledger", "verify", "--workspace", "older", "--checkpoint", "newer.txt", cwd=home)
    assert (rolled.returncode, "has 9 entries, but 10 were signed for" in rolled.stderr) == (5, True)


def test_a_checkpoint_or_a_ledger_of_another_key_is_refused(home: Path) -> None:
    kyo("ledger", "checkpoint", "-o", "kept.txt", cwd=home)
    with Registry.open(home / "kyodaku-workspace") as registry:
        name = registry.origin
    SigningKey.generate(name).save(home / "other.key")
    for words in (("--key", "other.key.pub"), ("--key", "other.key.pub", "--checkpoint", "kept.txt")):
        done = kyo("ledger", "verify", *words, cwd=home)
        assert (done.returncode, "is not signed by" in done.stderr) == (5, True)


@pytest.mark.parametrize("content", [b"\xff", b"", b"x" * 2_000_000, None], ids=["bytes", "empty", "long", "none"])
def test_what_is_no_checkpoint_is_said_to_be_none(home: Path, content: bytes | None) -> None:
    if content is not None:
        (home / "kept.txt").write_bytes(content)
    done = kyo("ledger", "verify", "--checkpoint", "kept.txt", cwd=home)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "kept.txt: " in done.stderr


def test_a_damaged_kept_checkpoint_is_told(home: Path) -> None:
    (ledger_of(home) / "checkpoint").write_bytes(b"\xff")
    done = kyo("ledger", "verify", cwd=home)
    assert (done.returncode, "not a signed note" in done.stderr) == (5, True)


# --- checkpoint ------------------------------------------------------------------------------------------------------
def test_a_checkpoint_is_signed_by_the_workspaces_key(home: Path) -> None:
    note = kyo("ledger", "checkpoint", cwd=home).stdout
    with Registry.open(home / "kyodaku-workspace") as registry:
        assert verify_checkpoint(note, registry.signing_key().public).root == registry.ledger.root()
        told = json.loads(kyo("ledger", "checkpoint", "--json", cwd=home).stdout)
        assert (told["size"], told["file"]) == (9, None)
        open_note(told["note"], registry.signing_key().public)


def test_nothing_is_signed_that_contradicts_what_was_signed_before(home: Path) -> None:
    newer = shutil.copytree(home / "kyodaku-workspace", home / "newer")
    (home / "more.yaml").write_text("parties: [{id: p-10}]", encoding="utf-8")
    kyo("registry", "import", "more.yaml", "--workspace", "newer", cwd=home)
    shutil.copy(newer / "ledger" / "checkpoint", ledger_of(home) / "checkpoint")
    done = kyo("ledger", "checkpoint", cwd=home)
    assert (done.returncode, "has 9 entries, but 10 were signed for" in done.stderr) == (5, True)


def test_where_nothing_can_be_written_the_checkpoint_says_so(home: Path) -> None:
    done = kyo("ledger", "checkpoint", "-o", "no/such/folder", cwd=home)
    assert (done.returncode, "could not be written" in done.stderr) == (1, True)


# --- show ------------------------------------------------------------------------------------------------------------
def test_an_entry_is_shown_with_its_proof(home: Path) -> None:
    done = kyo("ledger", "show", "4", cwd=home)
    assert "subject  p-4\n" in done.stdout
    assert "entry 4 of 9, 4 hashes to the root " in done.stdout
    told = json.loads(kyo("ledger", "show", "4", "--json", cwd=home).stdout)
    assert told["record"]["subject"] == "p-4"
    proof = [bytes.fromhex(each) for each in told["proof"]]
    leaf = leaf_hash(bytes.fromhex(told["entry"]))
    assert leaf.hex() == told["leaf"]
    verify_inclusion(leaf, 4, told["size"], proof, bytes.fromhex(told["root"]))


def test_an_entry_that_is_not_there_is_a_fault_of_the_command(home: Path) -> None:
    done = kyo("ledger", "show", "9", cwd=home)
    assert (done.returncode, "the ledger has 9 entries (the last is 8)" in done.stderr) == (2, True)
    assert kyo("ledger", "show", "-1", cwd=home).returncode == 2


def test_an_entry_that_is_no_record_is_shown_as_bytes(home: Path) -> None:
    with Registry.open(home / "kyodaku-workspace") as registry:
        registry.ledger.append(b"\x1b[31m")
    assert "bytes  1b5b33316d" in kyo("ledger", "show", "9", cwd=home).stdout


# --- publish ---------------------------------------------------------------------------------------------------------
def test_a_published_ledger_is_verified_without_the_workspace(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert kyo("ledger", "publish", "-o", "www", cwd=home).stdout == "9 entries published in www\n"
    kyo("ledger", "checkpoint", "-o", "kept.txt", cwd=home)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(home / "www", elsewhere / "www")
    shutil.copy(home / "kept.txt", elsewhere)
    shutil.copy(home / "kyodaku-workspace" / "keys" / "ledger.key.pub", elsewhere)
    words = ("ledger", "verify", "--published", "www", "--key", "ledger.key.pub")
    done = kyo(*words, "--checkpoint", "kept.txt", cwd=elsewhere)
    assert (done.returncode, "sound: 9 entries" in done.stdout, "first 9 entries" in done.stdout) == (0, True, True)
    assert json.loads(kyo(*words, "--json", cwd=elsewhere).stdout)["origin"].startswith("kyodaku/")
    change(elsewhere / "www" / "tile" / "entries" / "000.p" / "9", b'"p-6"', b'"q-6"')
    done = kyo(*words, cwd=elsewhere)
    assert (done.returncode, "entry 6 at byte" in done.stderr) == (5, True)


def test_a_published_ledger_is_verified_only_by_a_key(home: Path) -> None:
    assert json.loads(kyo("ledger", "publish", "-o", "www", "--json", cwd=home).stdout)["size"] == 9
    done = kyo("ledger", "verify", "--published", "www", cwd=home)
    assert (done.returncode, "--key ledger.key.pub" in done.stderr) == (2, True)


# --- rotate ----------------------------------------------------------------------------------------------------------
def test_after_a_rotation_the_first_key_still_verifies_everything(home: Path) -> None:
    shutil.copy(home / "kyodaku-workspace" / "keys" / "ledger.key.pub", home / "first.pub")
    kyo("ledger", "checkpoint", "-o", "before.txt", cwd=home)
    told = json.loads(kyo("ledger", "rotate", "--json", cwd=home).stdout)
    assert (told["index"], told["old"]) == (9, (home / "first.pub").read_text(encoding="utf-8").strip())
    assert "ledger entry 10\npublic key kyodaku/" in kyo("ledger", "rotate", cwd=home).stdout
    kyo("ledger", "checkpoint", "-o", "after.txt", cwd=home)
    (home / "more.yaml").write_text("parties: [{id: p-10}]", encoding="utf-8")
    assert kyo("registry", "import", "more.yaml", cwd=home).returncode == 0
    for words in ((), ("--key", "first.pub"), ("--key", home / "kyodaku-workspace" / "keys" / "ledger.key.pub")):
        assert kyo("ledger", "verify", *words, cwd=home).returncode == 0
    for note in ("before.txt", "after.txt"):
        done = kyo("ledger", "verify", "--key", "first.pub", "--checkpoint", note, cwd=home)
        assert (done.returncode, done.stderr) == (0, "")
    kyo("ledger", "publish", "-o", "www", cwd=home)
    done = kyo("ledger", "verify", "--published", "www", "--key", "first.pub", cwd=home)
    assert (done.returncode, "12 entries" in done.stdout) == (0, True)


def test_a_key_that_the_ledger_does_not_name_is_told(home: Path) -> None:
    kyo("ledger", "rotate", cwd=home)
    path = home / "kyodaku-workspace" / "keys" / "ledger.key"
    with Registry.open(home / "kyodaku-workspace") as registry:
        name = registry.origin
    path.unlink()
    SigningKey.generate(name).save(path)
    done = kyo("ledger", "verify", cwd=home)
    assert (done.returncode, "signs, but the ledger's is kyodaku/" in done.stderr) == (5, True)
