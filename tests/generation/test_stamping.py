# SPDX-License-Identifier: Apache-2.0
"""Permitted videos carry a manifest with their decisions and licences, put in behind walls."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import c2pa
import pytest

from kyodaku.errors import KyodakuError
from kyodaku.generation.job import Job, Step
from kyodaku.generation.stamping import ASSERTION, Stamper, own_credentials
from kyodaku.media import Decoder, Sampling
from kyodaku.signals.c2pa import stamp
from support.credentials import credentials
from support.films import write_film
from support.generating import job

STEPS = (
    Step(moment="prompt", verdict="permitted_with_duties", decision_id="sha256:1", permissions=("b", "a")),
    Step(moment="output", verdict="permitted", decision_id="sha256:2", snapshot="s", works=("film",)),
)


def done(**request: object) -> Job:
    return replace(job(**request), steps=STEPS)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "held.mp4"
    write_film(path, seed=4)
    return path


@pytest.fixture
def stamper() -> Stamper:
    return Stamper(signer=credentials(), ledger="lab/1")


def report(path: Path) -> tuple[str, dict[str, Any]]:
    with c2pa.Reader("video/mp4", BytesIO(path.read_bytes())) as reader:
        return str(reader.get_validation_state()), json.loads(reader.json())


def active(path: Path) -> dict[str, Any]:
    state, told = report(path)
    assert state == "Valid"
    return {each["label"]: each["data"] for each in told["manifests"][told["active_manifest"]]["assertions"]}


def test_a_video_carries_its_decisions_and_licences_and_still_plays(film: Path, stamper: Stamper) -> None:
    made = done(prompt="a secret 狐")
    stamped = stamper.stamp(made, film)
    said = active(stamped)
    assert said[ASSERTION] == {
        "version": 1,
        "video": made.id,
        "ledger": "lab/1",
        "licences": ["a", "b"],
        "decisions": [
            {"moment": "prompt", "verdict": "permitted_with_duties", "decision_id": "sha256:1", "snapshot": ""},
            {"moment": "output", "verdict": "permitted", "decision_id": "sha256:2", "snapshot": "s"},
        ],
    }
    (action,) = said["c2pa.actions.v2"]["actions"]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    content = stamped.read_bytes()
    assert b"secret" not in content
    assert credentials().key not in content
    with Decoder() as decoder:
        before, after = (list(decoder.sample(path, Sampling(mode="at", at=(1.0,)))) for path in (film, stamped))
    assert (before[0].pixels == after[0].pixels).all()


def test_what_was_changed_afterwards_is_told(film: Path, stamper: Stamper) -> None:
    stamped = stamper.stamp(done(), film)
    content = bytearray(stamped.read_bytes())
    at = content.rindex(b"mdat") + 2000
    content[at] ^= 1
    stamped.write_bytes(content)
    assert report(stamped)[0] == "Invalid"


def test_what_the_generator_said_of_its_video_stays_its_history(tmp_path: Path, film: Path, stamper: Stamper) -> None:
    theirs = BytesIO()
    label = {"label": "cawg.training-mining", "data": {"entries": {"cawg.data_mining": {"use": "notAllowed"}}}}
    stamp(BytesIO(film.read_bytes()), "video/mp4", theirs, [label], credentials(), is_generated=True)
    (tmp_path / "held.mp4").write_bytes(theirs.getvalue())
    stamped = stamper.stamp(done(), tmp_path / "held.mp4")
    assert ASSERTION in active(stamped)
    _, told = report(stamped)
    assert len(told["manifests"]) == 2
    assert told["manifests"][told["active_manifest"]]["ingredients"][0]["relationship"] == "parentOf"


def test_a_long_video_is_stamped_too(tmp_path: Path, film: Path, stamper: Stamper) -> None:
    """The library hashes and holds what is longer than 256 MiB otherwise: with a thread, and with a file."""
    size = 300 << 20
    long = tmp_path / "held.mp4"
    with long.open("wb") as file:
        file.write(film.read_bytes() + struct.pack(">I4sQ", 1, b"mdat", 16 + size))
        file.truncate(file.tell() + size)
    stamped = stamper.stamp(done(), long)
    assert stamped.stat().st_size > size
    stamped.unlink()


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x1a\x45\xdf\xa3" + bytes(100), b"\0\0\0\x18ftypisom"])
def test_what_cannot_be_stamped_is_said_and_leaves_nothing(tmp_path: Path, stamper: Stamper, content: bytes) -> None:
    (tmp_path / "held.mp4").write_bytes(content)
    with pytest.raises(KyodakuError):
        stamper.stamp(done(), tmp_path / "held.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["held.mp4"]


def test_a_video_that_is_gone_and_a_key_that_is_none_are_said(tmp_path: Path, film: Path, stamper: Stamper) -> None:
    with pytest.raises(KyodakuError, match="cannot be stamped: No such file"):
        stamper.stamp(done(), tmp_path / "held.mp4")
    without = replace(stamper, signer=replace(credentials(), key=b"no key"))
    with pytest.raises(KyodakuError, match="private key cannot be read"):
        without.stamp(done(), film)


def test_a_service_makes_its_own_credentials_once(tmp_path: Path, film: Path) -> None:
    made = own_credentials(tmp_path, "lab")
    assert own_credentials(tmp_path, "another") == made
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o600"}
    assert "PRIVATE" not in repr(made)
    stamped = Stamper(signer=made, ledger="lab/1").stamp(done(), film)
    _, told = report(stamped)
    assert told["manifests"][told["active_manifest"]]["signature_info"]["issuer"] == "lab"
    stamped.unlink()
