# SPDX-License-Identifier: Apache-2.0
"""Files are read behind walls, and who dies of one costs that file its signals, never the run."""

from __future__ import annotations

import json
import os
import signal
from io import BytesIO
from pathlib import Path

import c2pa
import pytest

from kyodaku.examine.inside import InsideReader
from kyodaku.signals.c2pa import stamp
from support.credentials import credentials
from support.xmp_files import in_jpeg, in_png, mining


def refused(path: Path) -> Path:
    signer, out = credentials(), BytesIO()
    assertion = {"label": "cawg.training-mining", "data": {"entries": {"cawg.data_mining": {"use": "notAllowed"}}}}
    stamp(BytesIO(in_png(mining("DMI-UNSPECIFIED"))), "image/png", out, [assertion], signer.certificate, signer.key)
    path.write_bytes(out.getvalue())
    return path


def detached(data: bytes, kind: str, use: str, out: BytesIO) -> bytes:
    """A manifest that is not put into the file."""
    assertion = {"label": "cawg.training-mining", "data": {"entries": {"cawg.data_mining": {"use": use}}}}
    builder = c2pa.Builder(json.dumps({"claim_generator_info": [{"name": "test"}], "assertions": [assertion]}))
    builder.set_no_embed()
    builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
    signer = credentials()
    told = c2pa.C2paSignerInfo(b"es256", signer.certificate, signer.key, None)
    made = builder.sign(c2pa.Signer.from_info(told), kind, BytesIO(data), out)
    return bytes(made)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return refused(tmp_path / "狐.png")


def test_credentials_are_read_in_another_process(picture: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.jpg").write_bytes(in_jpeg(mining("DMI-PROHIBITED")))
    with InsideReader() as reader:
        assert len(reader.read(tmp_path / "plain.jpg")) == 3
        assert reader._held == []  # text is read here
        (found,) = reader.read(picture)
        assert (found.act, found.says, found.signature) == ("mine", "deny", "untrusted")
        assert found.origin.where.startswith("狐.png")
        assert reader._held[0].process.pid != os.getpid()
        assert reader.read(picture) == [found]


def test_a_reader_that_dies_leaves_the_file_unknown_and_is_followed_by_another(picture: Path) -> None:
    with InsideReader() as reader:
        assert [each.says for each in reader.read(picture)] == ["deny"]
        os.kill(reader._held[0].process.pid, signal.SIGKILL)
        lost = reader.read(picture)
        assert {each.says for each in lost} == {"unknown"}
        assert {each.standard for each in lost} == {"cawg", "plus"}
        assert [each.says for each in reader.read(picture)] == ["deny"]


def test_the_walls_stand(picture: Path) -> None:
    with InsideReader() as reader:
        reader.read(picture)
        status = Path(f"/proc/{reader._held[0].process.pid}/status").read_text()
        assert "Seccomp:\t2" in status


@pytest.mark.parametrize(
    ("change", "says", "signature"),
    [("none", "allow", "untrusted"), ("medium", "unknown", "invalid"), ("unknown container", "unknown", "invalid")],
)
def test_credentials_beside_a_file_are_checked_against_it(
    change: str, says: str, signature: str, tmp_path: Path
) -> None:
    picture, manifest = tmp_path / "a.png", tmp_path / "a.png.c2pa"
    data, beside = in_png(mining("DMI-UNSPECIFIED")), BytesIO()
    manifest.write_bytes(detached(data, "image/png", "allowed", beside))
    stamped = beside.getvalue()
    picture.write_bytes({"none": stamped, "medium": stamped[:-9] + b"x" + stamped[-8:]}.get(change, b"\x1aE\xdf\xa3"))
    with InsideReader() as reader:
        (found,) = reader.read_beside(picture, manifest)
        assert (found.act, found.says, found.signature) == ("mine", says, signature)
        assert found.origin.where.startswith("a.png.c2pa")
        manifest.write_bytes(detached(data, "image/png", "notAllowed", BytesIO()))
        assert [each.says for each in reader.read_beside(picture, manifest)] == ["deny"]
        manifest.write_bytes(b"no manifest")
        assert {each.says for each in reader.read_beside(picture, manifest)} == {"unknown"}
        assert reader.read_beside(picture, tmp_path / "missing.c2pa") == []


def test_what_is_no_file_says_nothing(tmp_path: Path) -> None:
    with InsideReader() as reader:
        assert reader.read(tmp_path) == []
        assert reader.read(tmp_path / "missing.mp4") == []
