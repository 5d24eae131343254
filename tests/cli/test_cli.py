# SPDX-License-Identifier: Apache-2.0
"""The command line as a person or a script meets it: real processes, exit codes, one line of error."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import kyodaku
from kyodaku.rights import REGIMES
from support.commands import kyo, process
from support.media_files import plain_frame, write_video
from support.pages import assert_stands_alone, texts
from support.studio import Studio

COMMANDS = [
    ("bench",), ("casebook",), ("check",), ("clear",), ("compare",), ("demo",), ("disclose",), ("explain",),
    ("demand",), ("fingerprint",), ("grant",), ("init",), ("iscc",), ("ledger", "checkpoint"),
    ("ledger", "publish"), ("ledger", "rotate"), ("ledger", "show"), ("ledger", "verify"), ("object",),
    ("prompt",), ("prove",), ("publish",), ("reference", "add"), ("reference", "export-hashes"),
    ("reference", "import-hashes"), ("refuse",), ("registry", "erase"), ("registry", "export-odrl"),
    ("registry", "import"), ("registry", "show"), ("revoke",), ("runs", "list"), ("runs", "record"),
    ("runs", "show"), ("runs", "using"), ("runs", "verify"), ("selftest",), ("serve",), ("serve", "blocked"),
    ("serve", "held"), ("serve", "keys", "add"), ("serve", "keys", "list"), ("serve", "keys", "revoke"),
    ("serve", "sheet"), ("signals",), ("snapshot",), ("snapshot", "apply"), ("verify",),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(command: tuple[str, ...], tmp_path: Path) -> None:
    help_text = kyo(*command, "--help", cwd=tmp_path)
    assert help_text.returncode == 0
    assert command == ("bench",) or "Example:" in help_text.stdout


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    assert process("--version", cwd=tmp_path).stdout == f"kyodaku {kyodaku.__version__}\n"


def test_a_first_walk_from_init_to_a_verified_ledger(studio: Studio, tmp_path: Path) -> None:
    assert kyo("init", cwd=tmp_path).returncode == 0
    assert "3 new parties" in kyo("registry", "import", studio.registry, cwd=tmp_path).stdout
    assert kyo("registry", "import", studio.registry, cwd=tmp_path).stdout == "8 unchanged\n"
    assert kyo("fingerprint", studio.film("refused"), "-o", "refused.kyf", cwd=tmp_path).returncode == 0
    added = kyo("reference", "add", "refused", "refused.kyf", "--json", cwd=tmp_path)
    assert json.loads(added.stdout)["references"][0]["error"] is None
    checked = kyo("check", studio.manifest.parent / "mirrored.mp4", "--use", studio.use, "--json", cwd=tmp_path)
    decision = json.loads(checked.stdout)
    assert checked.returncode == 3
    assert decision["verdict"] == "refused"
    assert [match["work"] for match in decision["matches"]] == ["refused"]
    assert set(decision) >= {
        "verdict", "decision_id", "regime", "matches", "mentions", "signals", "grounds", "needed", "snapshot", "error",
    }  # fmt: skip
    verified = kyo("ledger", "verify", "--json", cwd=tmp_path)
    assert json.loads(verified.stdout)["sound"] is True


def test_a_film_that_shows_nothing_is_no_reference(studio: Studio, tmp_path: Path) -> None:
    kyo("init", cwd=tmp_path)
    kyo("registry", "import", studio.registry, cwd=tmp_path)
    black = write_video(tmp_path / "黒.mp4", [plain_frame((0, 0, 0))] * 24)
    added = kyo("reference", "add", "refused", black, cwd=tmp_path)
    assert added.returncode == 1
    assert "黒.mp4" in added.stdout + added.stderr
    assert "no frame in it to recognise" in added.stdout + added.stderr


def test_grant_refuse_object_and_revoke_change_what_check_says(studio: Studio, tmp_path: Path) -> None:
    def verdict(regime: str) -> str:
        clip = studio.manifest.parent / "silent.mp4"
        done = kyo("check", clip, "--use", studio.use, "--regime", regime, "--json", cwd=tmp_path)
        said: str = json.loads(done.stdout)["verdict"]
        assert done.returncode == {"permitted": 0, "review": 4, "refused": 3}[said]
        return said

    kyo("init", cwd=tmp_path)
    kyo("registry", "import", studio.registry, cwd=tmp_path)
    kyo("reference", "add", "silent", studio.film("silent"), cwd=tmp_path)
    assert (verdict("jp-prior"), verdict("opt-out")) == ("refused", "permitted")
    one = kyo("grant", "--by", "studio", "--to", "lab", "--work", "silent", "--act", "train", "--json", cwd=tmp_path)
    assert verdict("jp-prior") == "refused"  # a co-owner has not spoken
    kyo("grant", "--by", "publisher", "--to", "lab", "--work", "silent", "--act", "train", cwd=tmp_path)
    assert verdict("jp-prior") == "permitted"
    kyo("revoke", json.loads(one.stdout)["id"], "--by", "studio", cwd=tmp_path)
    assert (verdict("jp-prior"), verdict("opt-out")) == ("refused", "refused")
    kyo("object", "--by", "publisher", "--work", "silent", "--act", "train", cwd=tmp_path)
    assert verdict("opt-out") == "refused"  # any one co-owner may object
    assert kyo("refuse", "--by", "studio", "--work", "silent", cwd=tmp_path).returncode == 0


def test_a_grant_may_be_exclusive_and_passed_on_and_a_revocation_may_ask_for_more(
    studio: Studio, tmp_path: Path
) -> None:
    def said(*words: str) -> dict[str, Any]:
        recorded = json.loads(kyo(*words, "--json", cwd=tmp_path).stdout)
        shown = json.loads(kyo("registry", "show", recorded["id"], "--json", cwd=tmp_path).stdout)
        body: dict[str, Any] = shown["declarations"][0]["body"]
        return body | {"id": recorded["id"]}

    kyo("init", cwd=tmp_path)
    kyo("registry", "import", studio.registry, cwd=tmp_path)
    what = ("--work", "granted", "--act", "train", "--media", "video")
    first = said("grant", "--by", "studio", "--to", "publisher", *what, "--sublicence", "--exclusive")
    assert (first["sublicence"], first["exclusive"], first["media"]) == (True, True, ["video"])
    under = said("grant", "--by", "publisher", "--to", "lab", *what, "--under", first["id"])
    assert under["under"] == first["id"]
    assert not {"sublicence", "exclusive"} & set(under)
    assert said("revoke", first["id"], "--by", "studio", "--purge")["effect"] == "purge"
    assert "effect" not in said("revoke", under["id"], "--by", "publisher")


def test_a_policy_for_the_unidentified_takes_the_place_of_the_regimes_own(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(f"uri\n{studio.manifest.parent / 'free.mp4'}\n")
    common = ("--use", studio.use, "--workspace", studio.workspace)
    codes = {}
    for policy in ("refuse", "review", "permit"):
        done = kyo("check", studio.manifest.parent / "free.mp4", *common, "--unidentified", policy, cwd=tmp_path)
        codes[policy] = done.returncode
    assert codes == {"refuse": 3, "review": 4, "permit": 0}
    words = ("m.csv", "-o", "out", *common, "--unidentified", "review", "--json")
    assert json.loads(kyo("clear", *words, cwd=tmp_path).stdout)["regimes"]["jp-prior"]["clips"]["review"] == 1
    assert "review, as set for this run" in texts((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert kyo("clear", *words, "--resume", cwd=tmp_path).returncode == 0
    other = kyo("clear", *words[:-2], "permit", "--resume", cwd=tmp_path)
    assert (other.returncode, "regimes changed" in other.stderr) == (2, True)
    told = json.loads(kyo("compare", "out", *common[2:], "--unidentified", "refuse", "--json", cwd=tmp_path).stdout)[
        "regimes"
    ]
    assert {name: (regime["unidentified"], regime["clips"]["refused"]) for name, regime in told.items()} == {
        "jp-prior": ("refused", 1),
        "opt-out": ("refused", 1),
    }


def test_a_regime_of_ones_own_can_be_explained(studio: Studio, tmp_path: Path) -> None:
    text = resources.files("kyodaku.rights").joinpath("regimes/opt-out.yaml").read_text(encoding="utf-8")
    (tmp_path / "house.yaml").write_text(text.replace("id: opt-out", "id: house", 1), encoding="utf-8")
    clip = studio.manifest.parent / "silent.mp4"
    words = ("--workspace", studio.workspace, "--regime", "house.yaml", "--report", "why")
    assert kyo("check", clip, *words, cwd=tmp_path).returncode == 0
    assert "house" in (tmp_path / "why" / "evidence.html").read_text(encoding="utf-8")


def test_clear_and_compare_say_what_they_did(studio: Studio, tmp_path: Path) -> None:
    common = ("--use", studio.use, "--workspace", studio.workspace, "--json")
    done = process("clear", studio.manifest, "-o", "out", "--also", "opt-out", *common, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout)["cleared"] == 3
    again = kyo(
        "clear",
        studio.manifest,
        "-o",
        "out",
        "--also",
        "opt-out",
        "--resume",
        "--fail-on",
        "review",
        *common,
        cwd=tmp_path,
    )
    assert again.returncode == 3
    words = ("--workspace", studio.workspace)
    stored = kyo("compare", "out", *words, "-o", "compare.html", "--language", "ja", cwd=tmp_path)
    assert stored.returncode == 0, stored.stderr
    assert "無許諾" in stored.stdout
    assert "許諾は得られていない" in stored.stdout or "許諾していない" in stored.stdout
    assert stored.stdout.splitlines()[-1].strip() == "compare.html"
    page = (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert_stands_alone(page)
    told = json.loads(kyo("compare", "out", *words, "--json", cwd=tmp_path).stdout)
    regimes = told["regimes"]
    assert regimes["jp-prior"]["clips"]["permitted"] < regimes["opt-out"]["clips"]["permitted"]
    fresh = json.loads(kyo("compare", studio.manifest, *common, cwd=tmp_path).stdout)
    assert fresh["regimes"] == regimes
    every = json.loads(kyo("compare", "out", "--regimes", "all", *words, "--json", cwd=tmp_path).stdout)
    assert set(every["regimes"]) == set(REGIMES)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("check", "x.mp4"), 2, "there is no workspace here"),
        (("clear", "absent", "-o", "out", "--use", "USE", "--workspace", "WS"), 2, "there is no such corpus"),
        (("clear", "CORPUS", "-o", "out", "--use", "missing.yaml", "--workspace", "WS"), 2, "missing.yaml"),
        (("clear", "CORPUS", "-o", "out", "--use", "USE", "--regime", "jp-pior", "--workspace", "WS"), 2, "jp-prior"),
        (("compare", "CORPUS", "--regimes", "jp-prior", "--use", "USE", "--workspace", "WS"), 2, "two regimes"),
        (("compare", "CORPUS", "--regimes", " , ", "--use", "USE", "--workspace", "WS"), 2, "no regime is named"),
        (("compare", "CORPUS", "--workspace", "WS"), 2, "--use FILE"),
        (("compare", "CORPUS", "--use", "USE", "-o", "film.mp4", "--workspace", "WS"), 2, ".html"),
        (("compare", "CORPUS", "--use", "USE", "-o", "no/where.html", "--workspace", "WS"), 2, "no folder"),
        (("reference", "add", "refusd", "x.mp4", "--workspace", "WS"), 2, "refused"),
        (("reference", "add", "refused", "x.mp4", "--workspace", "WS"), 1, "x.mp4"),
        (("registry", "import", "missing.yaml", "--workspace", "WS"), 1, "missing.yaml"),
        (
            ("grant", "--by", "lab", "--to", "lab", "--work", "silent", "--act", "train", "--workspace", "WS"),
            1,
            "studio",
        ),
        (
            ("grant", "--by", "studio", "--to", "lab", "--work", "silent", "--act", "trian", "--workspace", "WS"),
            2,
            "train",
        ),
        (("revoke", "no-such", "--by", "studio", "--workspace", "WS"), 2, "no-such"),
        (("refuse", "--by", "studio", "--work", "silent", "--from", "2026-01-01", "--workspace", "WS"), 2, "time zone"),
        (("check", "x.mp4", "--no-such-option"), 2, "No such option"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    words: tuple[str, ...], code: int, says: str, studio: Studio, tmp_path: Path
) -> None:
    places = {"USE": studio.use, "WS": studio.workspace, "CORPUS": studio.manifest}
    done = kyo(*(places.get(word, word) for word in words), cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert says in done.stderr
    errors = [line for line in done.stderr.splitlines() if not re.match(r"Usage:|Try |$", line)]
    assert len(errors) == 1


def test_an_altered_ledger_is_an_integrity_failure(studio: Studio, tmp_path: Path) -> None:
    kyo("init", cwd=tmp_path)
    kyo("registry", "import", studio.registry, cwd=tmp_path)
    entries = max((tmp_path / "kyodaku-workspace" / "ledger").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(entries.read_bytes())
    content[len(content) // 2] ^= 1
    entries.write_bytes(content)
    done = process("ledger", "verify", cwd=tmp_path)
    assert done.returncode == 5
    assert re.search(r"entry \d+", done.stderr)


def test_a_hostile_medium_is_checked_without_a_traceback(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "loop.mp4").symlink_to(tmp_path / "loop.mp4")
    for name in ["empty.mp4", "pipe.mp4", "loop.mp4", "absent.mp4", "."]:
        done = kyo("check", name, "--workspace", studio.workspace, "--json", cwd=tmp_path)
        decision = json.loads(done.stdout)
        assert (done.returncode, decision["verdict"], decision["matches"]) == (3, "refused", None)
        assert decision["error"]


WITHOUT_FASTAPI = "import sys; sys.modules['fastapi'] = None; from kyodaku.cli import main; main()"


def test_a_command_whose_extra_is_missing_says_which(tmp_path: Path) -> None:
    def told(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", WITHOUT_FASTAPI, *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    for words in (("serve", "--generator", "x"), ("serve", "--help"), ("serve", "keys", "list")):
        done = told(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "kyodaku: 'serve' needs more than is installed (pip install 'kyodaku[service]')\n"
    assert "Needs kyodaku[service]" in told("--help").stdout
