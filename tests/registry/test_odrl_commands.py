# SPDX-License-Identifier: Apache-2.0
"""ODRL on the command line: out with what belongs together, in like any registry file, notes on stderr."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kyodaku.errors import UsageError
from kyodaku.registry import Registry, odrl
from kyodaku.registry.odrl.terms import ODRL_CONTEXTS
from kyodaku.rights import Finding, Use, decide, load_regime
from support.commands import kyo, process

NAMES = """\
parties: [{id: studio}, {id: author}, {id: lab, kind: developer}, {id: sub, kind: developer}]
works:
  - {id: manga-1, kind: manga, shares: [{party: author}]}
  - {id: series-1, kind: series, derived_from: [manga-1], shares: [{party: studio}]}
  - {id: film-1, kind: film, part_of: [series-1], shares: [{party: studio}]}
  - {id: film-2, kind: film, shares: [{party: studio}]}
"""
STATEMENTS = """\
permissions:
  - {id: grant-1, kind: grant, by: studio, to: lab, works: film-1, acts: train, sublicence: true,
     effective_from: NEW-YEAR}
  - {id: grant-2, kind: grant, by: studio, to: lab, works: film-2, acts: train, effective_from: NEW-YEAR}
  - {id: sub-1, kind: grant, by: lab, to: sub, works: film-1, acts: train, under: grant-1, effective_from: NEW-YEAR}
  - {id: no-1, kind: refusal, by: author, works: manga-1, acts: generate, effective_from: NEW-YEAR}
  - {id: no-2, kind: reservation, by: author, works: all, effective_from: NEW-YEAR}
  - {id: gone-2, kind: revocation, by: studio, revokes: grant-2, effect: purge, effective_from: NEW-YEAR}
""".replace("NEW-YEAR", "2026-01-01T00:00:00Z")
LICENCE = {
    "@context": [ODRL_CONTEXTS[0], odrl.CONTEXT],
    "@type": "Agreement",
    "uid": "licence-7",
    "conflict": "prohibit",
    "permission": [{"assigner": "studio", "assignee": "lab", "target": "film-1", "action": "train"}],
    "prohibition": [
        {
            "assigner": "studio",
            "target": "film-1",
            "action": "generate",
            "constraint": [{"leftOperand": "count", "operator": "gt", "rightOperand": 5}],
        }
    ],
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a workspace in which the names are declared."""
    (tmp_path / "names.yaml").write_text(NAMES, encoding="utf-8")
    assert kyo("init", cwd=tmp_path).returncode == 0
    assert kyo("registry", "import", "names.yaml", cwd=tmp_path).returncode == 0
    return tmp_path


@pytest.fixture
def said(home: Path) -> Path:
    (home / "statements.yaml").write_text(STATEMENTS, encoding="utf-8")
    done = kyo("registry", "import", "statements.yaml", cwd=home)
    assert (done.returncode, done.stderr) == (0, "")
    return home


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2), encoding="utf-8")
    return path


# --- in --------------------------------------------------------------------------------------------------------------
def test_a_licence_is_imported_and_what_was_read_more_broadly_is_told(home: Path) -> None:
    written(home / "licence.jsonld", LICENCE)
    done = kyo("registry", "import", "licence.jsonld", cwd=home)
    assert (done.returncode, done.stdout) == (0, "2 new permissions\n")
    line = 1 + (home / "licence.jsonld").read_text(encoding="utf-8").splitlines().index(
        '          "leftOperand": "count",'
    )
    assert done.stderr == (
        f"kyodaku: licence.jsonld:{line}: /prohibition/0/constraint/0/leftOperand: the left operand odrl:count is not"
        " understood: left out, so the prohibition is read as broader\n"
    )
    again = kyo("registry", "import", "licence.jsonld", "--json", cwd=home)
    assert json.loads(again.stdout)["unchanged"] == {"permission": 2}
    assert len(json.loads(again.stdout)["notes"]) == 1


def test_a_file_of_any_name_is_read_as_odrl_if_asked(home: Path) -> None:
    written(home / "licence.json", LICENCE)
    assert kyo("registry", "import", "licence.json", cwd=home).returncode == 2
    assert kyo("registry", "import", "licence.json", "--format", "odrl", cwd=home).returncode == 0


def test_a_yes_that_is_not_understood_is_refused_at_its_place_and_nothing_is_recorded(home: Path) -> None:
    policy = {**LICENCE, "permission": [{**LICENCE["permission"][0], "action": "use"}]}  # type: ignore[dict-item]
    written(home / "licence.jsonld", policy)
    (home / "more.yaml").write_text("parties: [{id: someone}]", encoding="utf-8")
    done = process("registry", "import", "more.yaml", "licence.jsonld", cwd=home)
    assert (done.returncode, done.stdout) == (2, "")
    line = 1 + (home / "licence.jsonld").read_text(encoding="utf-8").splitlines().index('      "action": "use"')
    assert done.stderr == (
        f"kyodaku: licence.jsonld:{line}: /permission/0/action: the action odrl:use is not understood here"
        " (it says nothing about AI: name the acts, such as kyo:train or odrl:gen-ai)\n"
    )
    assert "nothing is declared" in kyo("registry", "show", "someone", cwd=home).stderr


def test_whose_statement_is_needed_is_told_at_the_line_of_the_assigner(home: Path) -> None:
    policy = {**LICENCE, "permission": [{**LICENCE["permission"][0], "assigner": "author"}]}  # type: ignore[dict-item]
    written(home / "licence.jsonld", policy)
    done = kyo("registry", "import", "licence.jsonld", cwd=home)
    line = 1 + (home / "licence.jsonld").read_text(encoding="utf-8").splitlines().index('      "assigner": "author",')
    assert done.returncode == 1
    assert done.stderr.startswith(f"kyodaku: licence.jsonld:{line}: 'author' has no share in 'film-1'")


def test_turtle_is_imported(home: Path) -> None:
    turtle = """@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
    <licence-8> a odrl:Agreement ; odrl:permission [ odrl:assigner <studio> ; odrl:assignee <lab> ;
        odrl:target <film-2> ; odrl:action odrl:gen-ai ] ."""
    (home / "licence.ttl").write_text(turtle, encoding="utf-8")
    assert kyo("registry", "import", "licence.ttl", cwd=home).stdout == "1 new permission\n"
    assert "licence-8" in kyo("registry", "show", "licence-8", cwd=home).stdout


# --- out -------------------------------------------------------------------------------------------------------------
def exported(home: Path, *names: str) -> list[str]:
    done = kyo("registry", "export-odrl", *names, "-o", "out.jsonld", cwd=home)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads((home / "out.jsonld").read_text(encoding="utf-8"))
    return [policy["uid"].removeprefix("statement/") for policy in document["@graph"]]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], ["gone-2", "grant-1", "grant-2", "no-1", "no-2", "sub-1"]),
        (["film-1"], ["grant-1", "no-1", "no-2", "sub-1"]),
        (["manga-1"], ["no-1", "no-2"]),
        (["grant-2"], ["gone-2", "grant-2"]),
        (["gone-2"], ["gone-2", "grant-2"]),
        (["sub-1"], ["grant-1", "sub-1"]),
        (["film-2", "no-1"], ["gone-2", "grant-2", "no-1"]),
    ],
    ids=lambda value: "+".join(value) or "all",
)
def test_what_belongs_together_is_exported_together(said: Path, names: list[str], expected: list[str]) -> None:
    assert exported(said, *names) == expected


def test_an_export_says_how_much_it_is_and_comes_back(said: Path) -> None:
    done = kyo("registry", "export-odrl", "grant-1", "-o", "out.jsonld", cwd=said)
    assert done.stdout == "1 policy in out.jsonld\n"
    done = kyo("registry", "export-odrl", "-o", "out.jsonld", "--json", cwd=said)
    assert json.loads(done.stdout) == {"file": "out.jsonld", "policies": 6}
    assert kyo("registry", "import", "out.jsonld", cwd=said).stdout == "6 unchanged\n"


def test_an_export_goes_to_stdout_with_another_base_and_as_of_earlier(said: Path) -> None:
    base = "https://registry.studio.example/id/"
    done = kyo("registry", "export-odrl", "-o", "-", "--base", base, cwd=said)
    assert json.loads(done.stdout)["@context"][-1] == {"@base": base}
    early = kyo("registry", "export-odrl", "-o", "-", "--as-of", "2001-01-01T00:00:00Z", cwd=said)
    assert json.loads(early.stdout)["@graph"] == []


def test_what_cannot_be_exported_is_told_in_one_line(said: Path) -> None:
    for words, what in (
        (["film-3"], "there is no work and no statement 'film-3' (did you mean film-"),
        (["--base", "here"], "'here' does not make ids into IRIs"),
        (["--base", "http://a b/"], "'http://a b/' does not make ids into IRIs"),
        (["-o", "no/such/folder/x.jsonld"], "No such file or directory"),
    ):
        done = kyo("registry", "export-odrl", "-o", "x.jsonld", *words, cwd=said)
        assert done.returncode in (1, 2)
        assert what in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_work_of_which_nobody_said_anything_has_no_policies(studio: Registry) -> None:
    assert odrl.select_statements(studio.record(), ["film-1"]) == []
    with pytest.raises(UsageError, match="no work and no statement"):
        odrl.select_statements(studio.record(), ["nothing like it"])


def test_the_help_has_an_example(tmp_path: Path) -> None:
    assert "Example:" in kyo("registry", "export-odrl", "--help", cwd=tmp_path).stdout


# --- and what the gate makes of it -----------------------------------------------------------------------------------
def verdict(registry: Registry, act: str) -> str:
    use = Use(developer="lab", act=act, model="video-1", territory=("JP",), at=datetime(2027, 1, 1, tzinfo=UTC))
    facts = registry.record().facts([Finding(work="film-2", score=1.0)])
    return decide(use, facts, load_regime("jp-prior")).verdict


def test_a_gate_decides_by_what_a_licence_permits_and_prohibits(home: Path) -> None:
    rule = {"assigner": "studio", "assignee": "lab", "target": "film-2"}
    policy = {
        "@context": [ODRL_CONTEXTS[0], odrl.CONTEXT],
        "@type": "Agreement",
        "conflict": "prohibit",
        "permission": [{**rule, "action": ["train", "index", "odrl:data-mining"]}],
        "prohibition": [{**rule, "action": "index"}],
        "obligation": [{"action": "fulfil", "text": "name the studio"}],
    }
    written(home / "licence.jsonld", policy)
    with Registry.open(home / "kyodaku-workspace") as registry:
        assert verdict(registry, "train") == "refused"
        registry.import_files([home / "licence.jsonld"])
        assert verdict(registry, "train") == "permitted_with_duties"
        assert verdict(registry, "mine") == "permitted_with_duties"
        assert verdict(registry, "index") == "refused"
        assert verdict(registry, "fine_tune") == "refused"
        written(
            home / "fee.jsonld",
            {**policy, "permission": [{**rule, "action": "generate", "duty": {"action": "compensate"}}]},
        )
        registry.import_files([home / "fee.jsonld"])
        assert verdict(registry, "generate") == "review"
