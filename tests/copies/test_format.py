# SPDX-License-Identifier: Apache-2.0
"""Files from strangers: whatever is in them, the answer is a sentence, soon and in little memory."""

from __future__ import annotations

import hashlib
import json
import re
import struct
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.copies import Fingerprint
from kyodaku.copies._format import MAGIC, MAX_FILE_BYTES, MAX_FRAMES, MAX_HEADER_BYTES, pack, unpack
from kyodaku.errors import IntegrityError, KyodakuError

FILE = Fingerprint(
    descriptor="pdq-v1",
    duration_s=20.0,
    times=(np.arange(40) / 2).astype(np.float32),
    codes=np.random.default_rng(0).integers(0, 256, (40, 32), dtype=np.uint8),
    quality=np.full(40, 100, np.uint8),
).to_bytes()
HEADER_AT = 48


def forged(
    change: Any = None, *, body: bytes | None = None, version: int = 1, reserved: int = 0, length: int | None = None
) -> bytes:
    """A file with another header and a hash that agrees."""
    (size,) = struct.unpack_from("<I", FILE, 12)
    header = json.loads(FILE[HEADER_AT : HEADER_AT + size])
    if callable(change):
        change(header)
        raw = json.dumps(header).encode()
    else:
        raw = FILE[HEADER_AT : HEADER_AT + size] if change is None else change
    content = raw + (FILE[HEADER_AT + size :] if body is None else body)
    prefix = struct.pack(
        "<8sHHI32s", MAGIC, version, reserved, len(raw) if length is None else length, hashlib.sha256(content).digest()
    )
    return prefix + content


def array(header: dict[str, Any], name: str) -> dict[str, Any]:
    (entry,) = (entry for entry in header["arrays"] if entry["name"] == name)
    return entry  # type: ignore[no-any-return]


@pytest.mark.parametrize("length", [0, 1, 7, 8, 20, 47, 48, 60, 300, len(FILE) - 1])
def test_a_truncated_file_says_so(length: int) -> None:
    with pytest.raises(KyodakuError, match=r"truncated|cut off|not a Kyodaku fingerprint"):
        Fingerprint.from_bytes(FILE[:length])


@given(position=st.integers(0, len(FILE) - 1), bit=st.integers(0, 7))
@settings(max_examples=150, deadline=None)
def test_a_flipped_bit_anywhere_is_noticed(position: int, bit: int) -> None:
    altered = bytearray(FILE)
    altered[position] ^= 1 << bit
    with pytest.raises(KyodakuError):
        Fingerprint.from_bytes(bytes(altered))


def test_an_altered_body_is_an_integrity_failure() -> None:
    with pytest.raises(IntegrityError, match="truncated or was altered"):
        Fingerprint.from_bytes(FILE[:-1] + bytes([FILE[-1] ^ 1]))


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(KyodakuError):
        Fingerprint.from_bytes(data)
    with pytest.raises(KyodakuError):
        Fingerprint.from_bytes(MAGIC + data)
    with pytest.raises(KyodakuError):
        Fingerprint.from_bytes(forged(data))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a Kyodaku fingerprint"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not a Kyodaku fingerprint"),
        (forged(version=3), "format 3, and only formats 1 and 2"),
        (forged(reserved=1), "only formats 1 and 2"),
        (forged(length=MAX_HEADER_BYTES + 1), "too long"),
        (forged(length=len(FILE)), "not JSON|not sound"),
        (forged(b"[" * 100_000), "not JSON"),
        (forged(b"[]"), "not sound"),
        (forged(b"{}"), "not sound"),
        (forged(b'{"arrays": 5}'), "not sound"),
        (forged(b'{"arrays": [1]}'), "not sound"),
        (forged(lambda h: h["arrays"].extend([h["arrays"][0]] * 100)), "not sound"),
        (forged(lambda h: array(h, "codes").update(name=5)), "not sound"),
        (forged(lambda h: array(h, "codes").update(dtype="|O8")), "not sound"),
        (forged(lambda h: array(h, "codes").update(shape=[40, -32])), "not sound"),
        (forged(lambda h: array(h, "codes").update(shape=[40, 1 << 40])), "not sound"),
        (forged(lambda h: array(h, "codes").update(shape=[MAX_FRAMES + 1, 32])), "not sound"),
        (forged(lambda h: array(h, "codes").update(shape=[True, 32])), "not sound"),
        (forged(lambda h: array(h, "codes").update(shape=[40, 8, 4])), "not sound"),
        (forged(lambda h: array(h, "codes").update(shape=[])), "not sound"),
        (forged(lambda h: array(h, "codes").update(bytes=-1)), "not sound"),
        (forged(lambda h: array(h, "codes").update(bytes=MAX_FILE_BYTES + 1)), "not sound"),
        (forged(lambda h: array(h, "codes").update(bytes=3)), "cannot be unpacked|another size"),
        (forged(lambda h: array(h, "codes").update(shape=[41, 32])), "another size"),
        (forged(lambda h: array(h, "codes").update(shape=[39, 32])), "another size"),
        (forged(lambda h: array(h, "codes").update(shape=[20, 64])), "differ in length"),
        (forged(lambda h: array(h, "codes").update(dtype="<f4", shape=[40, 8])), "other types"),
        (forged(lambda h: array(h, "quality").update(name="codes")), "lacks 'quality'"),
        (forged(lambda h: h["arrays"].pop()), "do not add up"),
        (forged(lambda h: h.update(arrays=[])), "do not add up"),
        (forged(lambda h: h.update(arrays=[]), body=b""), "lacks 'codes'"),
        (forged(lambda h: h.pop("descriptor")), "names no descriptor"),
        (forged(lambda h: h.update(descriptor=1)), "names no descriptor"),
        (forged(lambda h: h.update(content=5)), "told by a SHA-256"),
        (forged(lambda h: h.update(content="F" * 64)), "told by a SHA-256"),
        (forged(lambda h: h.update(content="ab"), version=2), "told by a SHA-256"),
        (forged(lambda h: h.update(duration_us=1.5)), "no duration"),
        (forged(lambda h: h.update(duration_us=-1)), "no duration"),
        (forged(lambda h: h.update(duration_us=10**30)), "no duration"),
        (forged(lambda h: h.update(duration_us=0)), "go on after its end"),
        (forged(body=b"\0" * 2000), "cannot be unpacked"),
    ],
)
def test_a_forged_file_is_answered_with_what_is_wrong_with_it(data: bytes, message: str) -> None:
    with pytest.raises(KyodakuError, match=message):
        Fingerprint.from_bytes(data)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(b"\0" * 80_000_000, 9)
    data = forged(
        lambda h: h.update(arrays=[{"name": "codes", "dtype": "|u1", "shape": [10, 32], "bytes": len(bomb)}]), body=bomb
    )
    tracemalloc.start()
    started = time.monotonic()
    with pytest.raises(KyodakuError, match="another size"):
        Fingerprint.from_bytes(data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4_000_000
    assert time.monotonic() - started < 2


def test_arrays_that_a_later_version_adds_are_skipped() -> None:
    arrays = {"codes": np.ones((2, 8), np.uint8), "novel": np.zeros((2, 5), np.uint8)}
    header, found = unpack(pack({"descriptor": "x-v1"}, arrays), ["codes"])
    assert header == {"descriptor": "x-v1"}
    assert list(found) == ["codes"]


def test_every_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "broken.kyf"
    path.write_bytes(FILE[:-5])
    with pytest.raises(IntegrityError, match=r"broken\.kyf: .*truncated or was altered"):
        Fingerprint.load(path)


def test_a_file_that_is_too_large_is_not_read_on(tmp_path: Path) -> None:
    path = tmp_path / "large.kyf"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 2)
    with pytest.raises(KyodakuError, match="too large to be a fingerprint"):
        Fingerprint.load(path)


def test_there_are_no_pixels_in_a_file() -> None:
    (size,) = struct.unpack_from("<I", FILE, 12)
    header = json.loads(FILE[HEADER_AT : HEADER_AT + size])
    assert {entry["name"] for entry in header["arrays"]} == {"codes", "quality", "times"}
    assert set(header) == {"arrays", "descriptor", "duration_us"}


def test_the_file_in_the_documentation_is_read_as_it_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "fingerprint-file.md").read_text(encoding="utf-8")
    (dump,) = re.findall(r"```text\n([0-9a-f \n]+)```", page)
    example = Fingerprint.from_bytes(bytes.fromhex(dump))
    assert example.times.tolist() == [0.0, 0.5, 1.0]
    assert example.quality.tolist() == [90, 90, 91]
    assert example.codes.tolist() == [list(range(32))] * 3
    assert (example.descriptor, example.duration_s) == ("pdq-v1", 1.5)
    assert f"name is `{example.sha256}`" in page
