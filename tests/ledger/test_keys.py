# SPDX-License-Identifier: Apache-2.0
"""Keys in the text forms that other tools write, and on disk for their owner only."""

from __future__ import annotations

import os
import threading
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import PublicKey, SigningKey, read_note

# From golang.org/x/mod/sumdb/note, note_test.go.
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SIGNING = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
# The key of Go's own checksum database, as built into the go command.
GO_SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


def with_key_id(name: str, blob: bytes) -> str:
    """A line whose key id fits, so that only the rest can be at fault."""
    key_id = sha256(name.encode() + b"\n" + blob).digest()[:4]
    return f"{name}+{key_id.hex()}+{b64encode(blob).decode()}"


def test_keys_of_the_go_implementation_are_read_and_written_the_same() -> None:
    assert str(PublicKey.parse(GO_PUBLIC)) == GO_PUBLIC
    assert PublicKey.parse(GO_SUMDB).id.hex() == "033de0ae"
    assert SigningKey.parse(GO_SIGNING).public == PublicKey.parse(GO_PUBLIC)


def test_no_part_and_no_alteration_of_a_key_is_a_key() -> None:
    parts = [GO_PUBLIC[i:j] for i in range(len(GO_PUBLIC)) for j in range(i, len(GO_PUBLIC) + 1)]
    raised = [GO_PUBLIC[:i] + chr(ord(GO_PUBLIC[i]) + 1) + GO_PUBLIC[i + 1 :] for i in range(len(GO_PUBLIC))]
    for text in [part for part in parts if part != GO_PUBLIC] + raised:
        with pytest.raises(UsageError, match="not a"):
            PublicKey.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        with_key_id("name", b"\x01" + bytes(33)),
        with_key_id("name", b"\x02" + bytes(32)),
        with_key_id("na me", b"\x01" + bytes(32)),
        with_key_id("na\x07me", b"\x01" + bytes(32)),
        with_key_id("", b"\x01" + bytes(32)),
        "name+key",
        "",
    ],
)
def test_what_is_no_ed25519_key_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a Ed25519 key in the signed-note form"):
        PublicKey.parse(text)


@pytest.mark.parametrize(
    "text", [GO_PUBLIC, GO_SIGNING[:-1] + "a", GO_SIGNING.replace("c74f20a3", "c74f20a4"), "PRIVATE+KEY+"]
)
def test_a_malformed_signing_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(UsageError) as error:
        SigningKey.parse(text)
    assert text[-20:] not in str(error.value) or not text.startswith("PRIVATE+KEY+PeterNeumann")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "全 角"])
def test_a_name_that_a_note_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a key"):
        SigningKey.generate(name)


def test_a_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        PublicKey(name="short", raw=bytes(31))


def test_a_japanese_name_is_a_name(tmp_path: Path) -> None:
    key = SigningKey.generate("例スタジオ/台帳")
    key.save(tmp_path / "key")
    assert SigningKey.load(tmp_path / "key") == key


def test_a_signature_is_by_one_key_over_one_message() -> None:
    key, other = SigningKey.generate("a"), SigningKey.generate("a")
    signature = key.sign(b"message")
    key.public.verify(b"message", signature)
    for public, message, tried in [
        (key.public, b"massage", signature),
        (other.public, b"message", signature),
        (key.public, b"message", signature[:-1]),
        (key.public, b"message", b""),
    ]:
        with pytest.raises(IntegrityError, match="not one by a"):
            public.verify(message, tried)


def test_a_signing_key_never_shows_its_secret() -> None:
    key = SigningKey.generate("a")
    assert repr(key) == "SigningKey(name='a')"


# --- on disk ---------------------------------------------------------------------------------------------------------
def test_a_saved_key_is_its_owners_only_and_the_public_key_lies_beside_it(tmp_path: Path) -> None:
    key = SigningKey.generate("kyodaku.example/log/1")
    path = tmp_path / "keys" / "ledger.key"
    key.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SigningKey.load(path) == key
    assert PublicKey.load(tmp_path / "keys" / "ledger.key.pub") == key.public
    assert sorted(each.name for each in path.parent.iterdir()) == ["ledger.key", "ledger.key.pub"]


def test_a_key_is_never_written_over_another(tmp_path: Path) -> None:
    first = SigningKey.at(tmp_path / "key", name="a")
    with pytest.raises(FileExistsError):
        SigningKey.generate("a").save(tmp_path / "key")
    assert SigningKey.at(tmp_path / "key", name="a") == first
    assert PublicKey.load(tmp_path / "key.pub") == first.public
    assert len(list(tmp_path.iterdir())) == 2


def test_many_who_make_the_key_at_once_get_the_same(tmp_path: Path) -> None:
    keys: list[SigningKey] = []
    barrier = threading.Barrier(6)

    def make() -> None:
        barrier.wait()
        keys.append(SigningKey.at(tmp_path / "key", name="a"))

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 6
    assert len(set(keys)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_a_key_that_others_could_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    SigningKey.generate("a").save(path)
    path.chmod(mode)
    with pytest.raises(UsageError, match=r"others can read this signing key .*chmod 600"):
        SigningKey.load(path)


def test_a_key_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(KyodakuError, match="No such file"):
        SigningKey.load(tmp_path / "none")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(KyodakuError, match="not UTF-8"):
        PublicKey.load(tmp_path / "bytes")


def test_a_file_that_holds_no_key_is_named_and_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "wrong.pub").write_text("no key\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"wrong.pub: this is not a Ed25519 key"):
        PublicKey.load(tmp_path / "wrong.pub")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="pipe: this is no file with a key"):
        PublicKey.load(tmp_path / "pipe")
    with pytest.raises(KyodakuError, match="pipe: cannot be read: it is no plain file"):
        read_note(tmp_path / "pipe")
