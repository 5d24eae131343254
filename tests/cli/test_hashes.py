# SPDX-License-Identifier: Apache-2.0
"""Banks of other programs become references that copies are found in, and our references go out as hashes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kyodaku.copies import Fingerprint
from kyodaku.copies.interchange import FORMATS, load_hashes
from support.commands import kyo
from support.studio import Studio

HASH = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"


@pytest.fixture
def registered(studio: Studio, tmp_path: Path) -> Path:
    """A folder with a workspace that has works and no references, and a fingerprint of a film in PDQ codes."""
    assert kyo("init", cwd=tmp_path).returncode == 0
    assert kyo("registry", "import", studio.registry, cwd=tmp_path).returncode == 0
    return tmp_path


def test_a_film_that_only_its_vpdq_hash_stands_for_is_found(studio: Studio, registered: Path) -> None:
    vpdq = pytest.importorskip("vpdq")
    features = vpdq.computeHash(str(studio.film("refused")), seconds_per_hash=1.0)
    lines = [f"{one.frame_number},{one.quality},{one.hex},{one.timestamp:.3f}\n" for one in features]
    (registered / "銀行.txt").write_text("".join(lines), encoding="utf-8")
    done = kyo("reference", "import-hashes", "refused", "銀行.txt", cwd=registered)
    assert (done.returncode, done.stdout) == (0, "銀行.txt  1 video now stands for refused\n")
    clip = studio.manifest.parent / "no.mp4"
    checked = json.loads(kyo("check", clip, "--use", studio.use, "--json", cwd=registered).stdout)
    assert checked["verdict"] == "refused"
    (match, *_) = checked["matches"]
    assert match["work"] == "refused"
    assert match["r_start"] == pytest.approx(5, abs=0.6)


def test_a_bank_is_told_entry_by_entry(registered: Path) -> None:
    records = [
        {"id": 1, "signals": {"pdq": HASH}},
        {"id": 2, "signals": {"vpdq": json.dumps([f"{HASH},100,0.0", f"{HASH[::-1]},100,1.0"])}},
        {"id": 3, "signals": {"pdq": HASH[::-1]}, "disable_until_ts": 0},
    ]
    (registered / "bank.json").write_text(json.dumps(records), encoding="utf-8")
    (registered / "off.txt").write_text(f"{HASH}\n{HASH[1:]}\n", encoding="utf-8")
    done = kyo("reference", "import-hashes", "silent", "bank.json", "off.txt", "none.txt", cwd=registered)
    assert done.returncode == 1
    assert done.stdout == (
        "bank.json  1 video and 1 picture now stand for silent; 1 left out: its bank has disabled it\n"
    )
    assert "off.txt:2: a PDQ hash has 64 hexadecimal digits" in done.stderr
    assert "none.txt: the hashes cannot be read" in done.stderr
    told = json.loads(kyo("reference", "import-hashes", "silent", "bank.json", "--json", cwd=registered).stdout)
    assert [(one["kind"], one["name"], one["frames"]) for one in told["files"][0]["references"]] == [
        ("picture", "1", 1),
        ("video", "2", 2),
    ]
    verified = json.loads(kyo("ledger", "verify", "--json", cwd=registered).stdout)
    assert verified["references"] == 2


def test_an_unknown_work_is_told_before_anything_is_read(registered: Path) -> None:
    done = kyo("reference", "import-hashes", "silemt", "none.txt", cwd=registered)
    assert done.returncode == 2
    assert "silemt" in done.stderr


@pytest.mark.parametrize("form", FORMATS)
def test_a_reference_goes_out_and_comes_in_again(registered: Path, form: str) -> None:
    text = "".join(f"{number},80,{number:064x},{number / 2:.3f}\n" for number in range(1, 60))
    (registered / "film.txt").write_text(text, encoding="utf-8")
    told = json.loads(kyo("reference", "import-hashes", "silent", "film.txt", "--json", cwd=registered).stdout)
    reference = told["files"][0]["references"][0]["reference"]
    assert (
        kyo("reference", "export-hashes", reference, "--format", form, "-o", "出.txt", cwd=registered).returncode == 0
    )
    (first, *others) = load_hashes(registered / "出.txt").entries
    assert len(others) == (58 if form == "pdq" else 0)
    assert first.fingerprint.codes[0].tobytes().hex() == f"{1:064x}"
    assert (registered / "出.txt").read_text() == kyo(
        "reference", "export-hashes", reference, "--format", form, cwd=registered
    ).stdout


def test_a_fingerprint_s_file_goes_out_without_a_registry(tmp_path: Path) -> None:
    (tmp_path / "film.txt").write_text(f"0,80,{HASH},0.000\n", encoding="utf-8")
    load_hashes(tmp_path / "film.txt").entries[0].fingerprint.save(tmp_path / "film.kyf")
    assert Fingerprint.load(tmp_path / "film.kyf").descriptor == "pdq-v1"
    done = kyo("reference", "export-hashes", "film.kyf", cwd=tmp_path)
    assert done.stdout == f"0,80,{HASH},0.000\n"
    assert kyo("reference", "export-hashes", "none.kyf", cwd=tmp_path).returncode == 1
    assert kyo("reference", "export-hashes", "film.kyf", "-o", "film.kyf", cwd=tmp_path).returncode == 2
    assert kyo("reference", "export-hashes", "film.kyf", "-o", "no/where.txt", cwd=tmp_path).returncode == 1


def test_a_film_is_fingerprinted_for_programs_that_know_pdq(studio: Studio, tmp_path: Path) -> None:
    words = ("fingerprint", studio.film("silent"), "--descriptor", "pdq-v1", "-o", "沈黙.kyf")
    assert kyo(*words, cwd=tmp_path).returncode == 0
    done = kyo("reference", "export-hashes", "沈黙.kyf", "-o", "沈黙.txt", cwd=tmp_path)
    assert done.returncode == 0
    (held,) = load_hashes(tmp_path / "沈黙.txt").entries
    assert held.fingerprint.codes.tolist() == Fingerprint.load(tmp_path / "沈黙.kyf").codes.tolist()
    unknown = kyo("fingerprint", studio.film("silent"), "--descriptor", "pdq-v9", "-o", "x.kyf", cwd=tmp_path)
    assert unknown.returncode == 2
    assert "known: " in unknown.stderr
