# SPDX-License-Identifier: Apache-2.0
"""Files are read behind walls, and who dies of one costs that file its signals, never the run."""

from __future__ import annotations

import os
import signal
from io import BytesIO
from pathlib import Path

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


def test_what_is_no_file_says_nothing(tmp_path: Path) -> None:
    with InsideReader() as reader:
        assert reader.read(tmp_path) == []
        assert reader.read(tmp_path / "missing.mp4") == []
