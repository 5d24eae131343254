# SPDX-License-Identifier: Apache-2.0
"""`prompt`: what it prints, and that only 0 means go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.commands import Done, kyo, process
from support.walrus import CLARA, DESCRIBED, registry_at

USE = "developer: lab\nact: generate\nmodel: video-1\nterritory: [JP]\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("prompt")
    registry_at(made).close()
    (made / "use.yaml").write_text(USE)
    return made


def prompt(folder: Path, *words: str) -> Done:
    return kyo("prompt", *words, "--workspace", "workspace", cwd=folder)


@pytest.mark.parametrize(
    ("text", "code", "verdict"),
    [
        ("a heron", 0, "permitted"),
        ("Mirelda Fogsworth waves", 0, "permitted_with_duties"),
        ("Borro Tidewhisker dances", 3, "refused"),
        (DESCRIBED, 4, "review"),
        (CLARA, 4, "review"),
    ],
)
def test_the_exit_code_is_the_verdicts(folder: Path, text: str, code: int, verdict: str) -> None:
    done = prompt(folder, text, "--use", "use.yaml", "--json")
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (code, verdict)
    assert done.stderr == ""


def test_a_refusal_is_explained_for_people(folder: Path) -> None:
    done = prompt(folder, "Borro Tidewhisker [dances]\x1b[2J", "--use", "use.yaml", "--suggest")
    assert done.stdout.startswith("refused\n")
    assert "“Borro Tidewhisker” names the character “Borro Tidewhisker”." in done.stdout
    assert "→ permission needed from studio to generate borro" in done.stdout
    assert "→ studio offers a licence, for-sale: a fee" in done.stdout
    assert "instead: an original character [dances]" in done.stdout
    assert "leave out: Borro Tidewhisker" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_text_is_read_as_utf_8_in_any_locale(folder: Path) -> None:
    misread = "踊るぼろすけの絵".encode().decode("ascii", "surrogateescape")
    assert prompt(folder, misread).returncode == 3
    done = prompt(folder, b"Borro\xff".decode("ascii", "surrogateescape"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "this is not UTF-8 text" in done.stderr


def test_a_refusal_is_explained_in_japanese(folder: Path) -> None:
    done = prompt(folder, "踊るぼろすけの絵", "--language", "ja")
    assert "「ぼろすけ」はキャラクター『Borro Tidewhisker』の名称である。" in done.stdout


def test_a_batch_has_a_decision_a_line_and_the_worst_exit_code(folder: Path) -> None:
    texts = ["a heron", "\ud800 Borro Tidewhisker", DESCRIBED]
    (folder / "batch.jsonl").write_text("\n".join(["no", *(json.dumps({"text": text}) for text in texts)]))
    done = prompt(folder, "--batch", "batch.jsonl", "--use", "use.yaml", "--suggest")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["line"], line["verdict"]) for line in lines] == [
        (1, "refused"),
        (2, "permitted"),
        (3, "refused"),
        (4, "review"),
    ]
    assert lines[0]["error"].startswith("bad_line")
    assert len({line["log_index"] for line in lines[1:]}) == 1
    assert done.returncode == 3
    (folder / "good.jsonl").write_text('{"text": "a heron"}\n{"text": "Mirelda Fogsworth"}\n')
    assert prompt(folder, "--batch", "good.jsonl", "--use", "use.yaml").returncode == 0
    (folder / "empty.jsonl").write_text("")
    assert prompt(folder, "--batch", "empty.jsonl").stdout == ""


def test_standard_input_is_a_text_or_a_batch(folder: Path) -> None:
    words = ["--workspace", "workspace"]
    done = process("prompt", "-", "--json", *words, cwd=folder)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "permitted")
    assert process("prompt", "--batch", "-", *words, cwd=folder).returncode == 0


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "one text, or a --batch of them"),
        (("a", "--batch", "use.yaml"), "one text, or a --batch of them"),
        (("a", "--use", "train.yaml"), "a prompt is for generate, input, publish, and the use is to train"),
        (("a", "--regime", "no-such"), "no-such"),
        (("a", "--key", "use.yaml"), "--key is that of a snapshot's maker"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(folder: Path, words: tuple[str, ...], what: str) -> None:
    (folder / "train.yaml").write_text(USE.replace("generate", "train"))
    done = prompt(folder, *words)
    assert done.returncode == 2
    assert what in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_stranger_is_warned(folder: Path) -> None:
    (folder / "stranger.yaml").write_text(USE.replace("lab", "stranger"))
    assert "knows no party 'stranger'" in prompt(folder, "a heron", "--use", "stranger.yaml").stderr


def test_a_gate_elsewhere_decides_from_a_snapshot(folder: Path, tmp_path: Path) -> None:
    made = kyo(
        "snapshot", "-o", str(tmp_path / "made"), "--for", "lab", "--workspace", "workspace", "--json", cwd=folder
    )
    (tmp_path / "studio.pub").write_text(json.loads(made.stdout)["public_key"] + "\n")
    (tmp_path / "use.yaml").write_text(USE)
    assert kyo("init", cwd=tmp_path).returncode == 0
    words = ("--use", "use.yaml", "--snapshot", "made", "--key", "studio.pub", "--json")
    for text, code in (("Borro Tidewhisker", 3), ("Mirelda Fogsworth", 0), (DESCRIBED, 4), ("a heron", 0)):
        assert kyo("prompt", text, *words, cwd=tmp_path).returncode == code
    assert kyo("ledger", "verify", cwd=tmp_path).returncode == 0


def test_the_registry_lists_names_without_traits(folder: Path) -> None:
    for form in ((), ("--json",)):
        done = kyo("registry", "show", "borro", "--history", *form, "--workspace", "workspace", cwd=folder)
        assert "Borrolino" in done.stdout
        assert "diving helmet" not in done.stdout


def test_many_names_are_counted_in_words(tmp_path: Path) -> None:
    assert kyo("init", cwd=tmp_path).returncode == 0
    (tmp_path / "a.yaml").write_text("works: [{id: a, kind: film, names: One}]")
    (tmp_path / "b.yaml").write_text("works: [{id: b, kind: film, names: Two}, {id: c, kind: film, names: Three}]")
    assert "1 new work's names" in kyo("registry", "import", "a.yaml", cwd=tmp_path).stdout
    assert "2 new works' names" in kyo("registry", "import", "b.yaml", cwd=tmp_path).stdout


def test_a_holder_is_told_the_demand(folder: Path) -> None:
    prompt(folder, "Clarimonde Vexelby at the sea", "--use", "use.yaml")
    words = ("--workspace", "workspace")
    assert "clara" in kyo("demand", "agency", *words, cwd=folder).stdout
    told = json.loads(kyo("demand", "agency", "--json", *words, cwd=folder).stdout)
    assert [each["work"] for each in told["works"]] == ["clara"]
    assert "under yes" in kyo("demand", "studio", *words, cwd=folder).stdout
    assert kyo("demand", "lab", *words, cwd=folder).stdout == "nobody asked for any of them\n"
    assert kyo("demand", "nobody", *words, cwd=folder).returncode == 2
