# SPDX-License-Identifier: Apache-2.0
"""`kyodaku init`, `registry` and `ledger` as people and scripts call them, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.commands import kyo
from support.postgresql import Server, running_server

REGISTRY = {
    "parties.csv": "id,kind,name.en\nstudio,,A Studio\nauthor,,An Author\nassoc,association,\nlab,developer,\n",
    "works.csv": (
        "id,kind,title.en,title.ja,identifiers\nfilm-1,film,First [Film],最初の映画,isan:0000-0000-D07A-0090-Q\n"
    ),
    "shares.csv": "work,party,portion,acquired_from,territory\nfilm-1,studio,2/3,author,\nfilm-1,author,1/2,,JP\n",
    "mandates.csv": "id,agent,principal,may,valid_from\nm-1,assoc,studio,refusal,2025-01-01T00:00:00Z\n",
    "grants.jsonl": "\n".join(
        json.dumps({"section": "permissions", "effective_from": "2026-01-01T00:00:00Z", **said})
        for said in (
            {
                "id": "g-1",
                "kind": "grant",
                "by": "studio",
                "to": "lab",
                "works": "film-1",
                "acts": "train",
                "exclusive": True,
            },
            {"id": "n-1", "kind": "refusal", "by": "assoc", "works": "all", "acts": ["generate"], "territories": "JP"},
            {
                "id": "r-1",
                "kind": "revocation",
                "by": "studio",
                "revokes": "g-1",
                "effective_from": "2026-06-01T00:00:00Z",
            },
        )
    ),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The words that name a shared registry, or none."""
    if request.param == "sqlite":
        return ()
    server: Server = request.getfixturevalue("server")
    return ("--registry", server.url(server.new_database()))


def written(folder: Path) -> list[Path]:
    for name, text in REGISTRY.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in REGISTRY]


def test_a_work_is_shown_as_it_stood(address: tuple[str, ...], tmp_path: Path) -> None:
    assert kyo("init", *address, cwd=tmp_path).returncode == 0
    imported = kyo("registry", "import", *written(tmp_path), cwd=tmp_path)
    assert imported.stdout == "1 new mandate\n4 new parties\n3 new permissions\n1 new work\n"
    assert "works.csv:2: work 'film-1': portions come to more than the whole (7/6): author, studio" in imported.stderr
    then = kyo("registry", "show", "film-1", "--effective-at", "2026-05-01T00:00:00Z", cwd=tmp_path)
    lines = [" ".join(line.split()) for line in then.stdout.splitlines()]
    assert lines[0] == "film-1 film First [Film] / 最初の映画 ledger 4"
    assert lines[1].endswith(", in force at 2026-05-01T00:00:00Z")
    assert lines[2:] == [
        "identifiers isan:0000-0000-D07A-0090-Q",
        "shares",
        "author all 1/2 in JP",
        "studio all 2/3 acquired from author, but for Arts. 27 and 28",
        "mandates",
        "in force m-1 assoc for studio refusal all works from 2025-01-01T00:00:00Z ledger 5",
        "statements",
        "in force g-1 grant by studio to lab train about film-1 from 2026-01-01T00:00:00Z exclusive ledger 6",
        "in force n-1 refusal by assoc to anyone generate all works in JP from 2026-01-01T00:00:00Z ledger 7",
        "conflicts",
        "portions come to more than the whole (7/6): author, studio [all in JP]",
    ]
    now = kyo("registry", "show", "film-1", "--effective-at", "2026-07-01T00:00:00Z", "--json", cwd=tmp_path)
    document = json.loads(now.stdout)
    assert [(each["id"], each["standing"]) for each in document["statements"]] == [
        ("n-1", "in force"),
        ("g-1", "revoked"),
    ]
    assert [each["kind"] for each in document["conflicts"]] == ["overclaimed"]
    assert document["declarations"][0]["body"] == document["declaration"]["body"]
    before = kyo("registry", "show", "film-1", "--as-of", "2020-01-01T00:00:00Z", cwd=tmp_path)
    assert (before.returncode, "nothing is declared under 'film-1' by then" in before.stderr) == (2, True)
    history = kyo("registry", "show", "film-1", "--history", cwd=tmp_path).stdout
    assert '"kind": "film"' in history
    assert "revocation" in kyo("registry", "show", "r-1", cwd=tmp_path).stdout
    assert "sound: 9 entries, 9 declarations" in kyo("ledger", "verify", cwd=tmp_path).stdout


def test_a_work_of_which_nothing_is_known_is_shown_to_be_one(tmp_path: Path) -> None:
    kyo("init", cwd=tmp_path)
    (tmp_path / "a.yaml").write_text("works: [{id: w, kind: film}]", encoding="utf-8")
    kyo("registry", "import", "a.yaml", cwd=tmp_path)
    shown = kyo("registry", "show", "w", cwd=tmp_path).stdout
    assert "shares\n  nobody is known to hold it\nstatements\n  nothing was said\n" in shown


def test_a_moment_outside_the_calendar_and_an_id_that_is_no_text_are_told_in_one_line(tmp_path: Path) -> None:
    kyo("init", cwd=tmp_path)
    for moment in ("0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-09:00"):
        done = kyo("registry", "show", "film-1", "--as-of", moment, cwd=tmp_path)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert f"'{moment}' is outside the calendar" in done.stderr
    done = kyo("registry", "show", "film-\udcff", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "nothing is declared under 'film-" in done.stderr


def test_an_id_that_nobody_declared_is_an_error_that_says_where_to_look(tmp_path: Path) -> None:
    kyo("init", cwd=tmp_path)
    (tmp_path / "a.yaml").write_text("works: [{id: film-1, kind: film}]", encoding="utf-8")
    empty = kyo("registry", "show", "film-1", cwd=tmp_path)
    assert (empty.returncode, "registry import" in empty.stderr) == (2, True)
    kyo("registry", "import", "a.yaml", cwd=tmp_path)
    for words in (["Film-1"], ["film-1 ", "--json"]):
        done = kyo("registry", "show", *words, cwd=tmp_path)
        assert (done.returncode, done.stdout, "did you mean film-1?" in done.stderr) == (2, "", True)
    early = kyo("registry", "show", "film-1", "--as-of", "2020-01-01T00:00:00Z", cwd=tmp_path)
    assert (early.returncode, "leave --as-of out" in early.stderr) == (2, True)


def test_upgrade_says_what_it_did(address: tuple[str, ...], tmp_path: Path) -> None:
    if address:
        assert kyo("registry", "upgrade", *address, cwd=tmp_path).stdout == "schema none → 0004\n"
    kyo("init", *address, cwd=tmp_path)
    assert kyo("registry", "upgrade", cwd=tmp_path).stdout == "schema 0004: nothing to do\n"
    told = json.loads(kyo("registry", "upgrade", "--json", cwd=tmp_path).stdout)
    assert told == {"before": "0004", "after": "0004"}


def test_upgrade_needs_something_to_upgrade(tmp_path: Path) -> None:
    done = kyo("registry", "upgrade", cwd=tmp_path)
    assert (done.returncode, "there is no workspace here" in done.stderr) == (2, True)


@pytest.mark.parametrize("words", [("init",), ("registry", "upgrade")])
def test_a_password_on_the_command_line_is_refused_and_not_repeated(tmp_path: Path, words: tuple[str, ...]) -> None:
    for url in ("postgresql://u:hunter22@127.0.0.1:1/db", "postgresql://u@127.0.0.1:1/db?password=hunter22"):
        done = kyo(*words, "--registry", url, cwd=tmp_path)
        assert done.returncode == 2
        assert "a password on the command line is read by everyone on this machine (put it in PGPASSFILE" in done.stderr
        assert "hunter22" not in done.stderr + done.stdout


def test_the_shared_registry_may_be_named_by_the_environment(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KYODAKU_REGISTRY", server.url(server.new_database()))
    assert kyo("init", cwd=tmp_path).returncode == 0
    assert (tmp_path / "kyodaku-workspace" / "registry.url").is_file()
    monkeypatch.setenv("KYODAKU_REGISTRY", "postgresql://u:hunter22@127.0.0.1:1/db")
    done = kyo("init", "--workspace", "other", cwd=tmp_path)
    assert (done.returncode, "Connection refused" in done.stderr, "hunter22" in done.stderr) == (1, True, False)
    assert len(done.stderr.splitlines()) == 1


def test_what_was_superseded_is_erased_and_shown_to_be(tmp_path: Path) -> None:
    kyo("init", cwd=tmp_path)
    for text in ("parties: [{id: taro, name: {ja: 山田太郎}}]", "parties: [{id: taro}]"):
        (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
        kyo("registry", "import", "a.yaml", cwd=tmp_path)
    assert kyo("registry", "erase", "1", cwd=tmp_path).returncode == 2
    assert kyo("registry", "erase", "0", cwd=tmp_path).stdout == "erased; ledger entry 2 says so\n"
    shown = kyo("registry", "show", "taro", cwd=tmp_path).stdout
    assert ("erased" in shown, "山田" in shown) == (True, False)
    assert json.loads(kyo("ledger", "verify", "--json", cwd=tmp_path).stdout)["erased"] == [0]
    kyo("registry", "import", "a.yaml", cwd=tmp_path)
    (tmp_path / "a.yaml").write_text("parties: [{id: taro, kind: developer}]", encoding="utf-8")
    kyo("registry", "import", "a.yaml", cwd=tmp_path)
    assert json.loads(kyo("registry", "erase", "1", "--json", cwd=tmp_path).stdout) == {"erased": 1, "ledger_index": 4}
