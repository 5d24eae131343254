# SPDX-License-Identifier: Apache-2.0
"""Importing: what is recorded, what is refused and how that is said, and that refusal changes nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from kyodaku.errors import KyodakuError, NotAuthorised, UsageError
from kyodaku.registry import ImportReport, NotAllowedError, Registry, UnacceptableError
from kyodaku.registry import problems as problems_module
from kyodaku.registry._schema import near
from kyodaku.registry.documents import Document
from kyodaku.rights import Permission

Importing = Callable[[str], ImportReport]


# --- what is recorded -------------------------------------------------------------------------------------------------
def test_the_smallest_file_of_the_manual_is_recorded(registry: Registry, importing: Importing) -> None:
    report = importing("""
parties:
  - {id: studio, kind: holder, name: {en: Example Studio, ja: 例スタジオ}}
  - {id: lab, kind: developer, name: {en: Example Lab}}
works:
  - {id: film-1, kind: film, title: {en: First Film, ja: 最初の映画}, shares: [{party: studio, rights: all}]}
permissions:
  - {kind: grant, by: studio, to: lab, works: [film-1], acts: [train], effective_from: 2026-01-01T00:00:00Z}
""")
    assert report.new == {"party": 2, "work": 1, "permission": 1}
    assert report.unchanged == {}
    assert [each.ledger_index for each in report.recorded] == [0, 1, 2, 3]
    assert report.as_json()["new"] == {"party": 2, "work": 1, "permission": 1}
    assert report.as_json()["recorded"][0] == {"kind": "party", "id": "studio", "ledger_index": 0}
    record = registry.record()
    (grant,) = record.permissions.values()
    assert (grant.by, grant.to, grant.works, grant.acts) == ("studio", ("lab",), ("film-1",), ("train",))
    assert grant.effective_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert grant.recorded_at > grant.effective_from
    assert dict(record.works["film-1"].title) == {"en": "First Film", "ja": "最初の映画"}
    assert registry.verify().declarations == 4


def test_importing_again_records_nothing(studio: Registry, importing: Importing, templates: Path) -> None:
    size = studio.ledger.size
    again = studio.import_files([templates / "example.yaml"])
    assert (again.new, again.unchanged) == ({}, {"party": 4, "work": 3})
    assert studio.ledger.size == size
    reordered = yaml.safe_load((templates / "example.yaml").read_text(encoding="utf-8"))
    reordered = {key: [dict(reversed(item.items())) for item in items] for key, items in reversed(reordered.items())}
    assert importing(yaml.safe_dump(reordered)).new == {}


def test_a_statement_without_an_id_gets_one_from_what_it_says(studio: Registry, importing: Importing) -> None:
    grant = "permissions: [{kind: grant, by: studio, to: lab, works: [film-1], acts: [train, mine]}]"
    same = "permissions: [{acts: [mine, train], works: film-1, to: [lab], by: studio, kind: grant, models: all}]"
    other = grant.replace("mine", "index")
    first, again, second = importing(grant), importing(same), importing(other)
    assert [each.new for each in (*first.recorded, *again.recorded, *second.recorded)] == [True, False, True]
    assert first.recorded[0].id == again.recorded[0].id != second.recorded[0].id
    assert first.recorded[0].id.startswith("p-")


def test_a_mandate_without_an_id_gets_one_too(studio: Registry, importing: Importing) -> None:
    (recorded,) = importing("mandates: [{agent: assoc, principal: studio}]").recorded
    mandate = studio.record().mandates[recorded.id]
    assert mandate.valid_from == mandate.recorded_at
    assert "grant" not in mandate.may


def test_when_it_is_recorded_is_for_the_registrys_clock_to_say(
    studio: Registry, importing: Importing, clock: Callable[[], datetime]
) -> None:
    before = clock()
    importing("permissions: [{kind: refusal, by: studio, works: [film-1]}]")
    (refusal,) = studio.record().permissions.values()
    assert refusal.recorded_at > before
    assert refusal.effective_from == refusal.recorded_at  # none was stated


def test_several_files_are_one_import_in_any_order(registry: Registry, tmp_path: Path) -> None:
    works, parties = tmp_path / "works.json", tmp_path / "parties.yaml"
    works.write_text(json.dumps({"works": [{"id": "w", "kind": "film", "shares": [{"party": "p"}]}]}), encoding="utf-8")
    parties.write_text("parties: [{id: p}]", encoding="utf-8")
    assert registry.import_files([works, parties]).new == {"party": 1, "work": 1}
    assert registry.record().works["w"].shares[0].party == "p"


def test_every_field_of_the_file_arrives_in_the_record(studio: Registry, importing: Importing) -> None:
    importing("""
works:
  - id: film-2
    kind: film
    title: {en: Second, ja: 二番目}
    part_of: series-1
    derived_from: [film-1, manga-1]
    shares:
      - {party: studio, rights: [reproduction, adaptation], portion: 1/3, territory: [JP, KR],
         valid_from: 2020-01-01T00:00:00+09:00, valid_until: 2030-01-01T00:00:00Z,
         acquired_from: author, includes_27_28: true}
      - {party: author, portion: 0.25}
    terms:
      - {until: 2070-12-31T23:59:59Z, territory: JP}
mandates:
  - {id: m-1, agent: assoc, principal: studio, may: [grant, refusal], acts: train, works: [film-2],
     valid_from: 2025-01-01T00:00:00Z, valid_until: 2027-01-01T00:00:00Z, revoked_at: 2026-12-01T00:00:00Z}
permissions:
  - {id: g-1, kind: grant, by: studio, to: [lab], works: [film-2], acts: [train, fine_tune], purposes: [research],
     territories: [JP], models: [video-1@2], media: [video], conditions: [a deposit is paid],
     duties: [name the studio], effective_from: 2026-02-01T00:00:00Z, effective_until: 2026-03-01T00:00:00Z}
  - {id: r-1, kind: revocation, by: studio, revokes: g-1, effective_from: 2026-02-15T00:00:00Z}
""")
    record = studio.record()
    work, mandate, grant = record.works["film-2"], record.mandates["m-1"], record.permissions["g-1"]
    assert (work.part_of, work.derived_from) == (("series-1",), ("film-1", "manga-1"))
    assert {str(share.portion) for share in work.shares} == {"1/3", "1/4"}
    (share,) = [share for share in work.shares if share.party == "studio"]
    assert (share.territory, share.acquired_from, share.includes_27_28) == (("JP", "KR"), "author", True)
    assert share.valid_from == datetime(2019, 12, 31, 15, tzinfo=UTC)
    assert work.terms[0].territory == ("JP",)
    assert (mandate.may, mandate.acts, mandate.works) == (("grant", "refusal"), ("train",), ("film-2",))
    assert mandate.revoked_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert (grant.purposes, grant.territories, grant.models) == (("research",), ("JP",), ("video-1@2",))
    assert (grant.media, grant.conditions, grant.duties) == (("video",), ("a deposit is paid",), ("name the studio",))
    assert grant.effective_until == datetime(2026, 3, 1, tzinfo=UTC)
    assert record.permissions["r-1"].revokes == "g-1"


NASTY = [
    "'; DROP TABLE declarations; --",
    "<script>alert(1)</script>",
    "\" onmouseover='x' & ${HOME} {{7*7}}",
    "日本語：最初の映画 〜序〜 ①㍻",
    "עברית \u202e override",
    "👩‍👩‍👧 𠮷野家",
    "a\u0301 NFD and á NFC",
    " spaces around ",
]


@pytest.mark.parametrize("title", NASTY)
def test_a_title_is_text_whatever_it_looks_like(studio: Registry, importing: Importing, title: str) -> None:
    importing(json.dumps({"works": [{"id": "w", "kind": "film", "title": {"ja": title}}]}, ensure_ascii=False))
    assert studio.record().works["w"].title["ja"] == title
    assert studio.history("w")[0].body["title"] == {"ja": title}
    assert studio.verify().declarations == 8
    assert studio.snapshot().rights.works["w"].title["ja"] == title


def test_sections_may_be_empty(registry: Registry, importing: Importing) -> None:
    assert importing("parties: []\nworks:\npermissions: []\n").recorded == ()
    assert registry.ledger.size == 0


def test_data_from_no_file_is_imported_and_its_problems_say_where(studio: Registry) -> None:
    grant = {"kind": "grant", "by": "studio", "to": "lab", "works": ["film-1"], "acts": ["train"]}
    assert studio.import_document({"permissions": [grant]}).new == {"permission": 1}
    with pytest.raises(
        UsageError, match=r"^kyodaku grant: permissions\[0\]\.by: unknown party 'studoi' \(did you mean studio"
    ):
        studio.import_document({"permissions": [{**grant, "by": "studoi"}]}, name="kyodaku grant")
    stated = {**grant, "effective_from": datetime(2026, 5, 1, tzinfo=UTC)}
    (recorded,) = studio.import_document({"permissions": [stated]}).recorded
    assert studio.record().permissions[recorded.id].effective_from == datetime(2026, 5, 1, tzinfo=UTC)
    with pytest.raises(UsageError, match=r"permissions\[0\]\.effective_from: .* has no time zone"):
        studio.import_document({"permissions": [{**grant, "effective_from": datetime(2026, 5, 1)}]})  # noqa: DTZ001
    with pytest.raises(UsageError, match=r"^statement: nothing is declared here"):
        studio.import_document({})


# --- what is refused --------------------------------------------------------------------------------------------------
REFUSED = {
    "nothing": ("", 0, "nothing is declared here", "sections: parties"),
    "a list": ("- id: a\n", 1, "nothing is declared here", "sections: parties"),
    "unknown section": ("parties: []\nwork: []\n", 2, "unknown section 'work'", "did you mean works?"),
    "section no list": ("parties:\n  id: a\n", 1, "'parties' is not a list", "begin each item with a dash"),
    "item no fields": ("parties:\n  - a\n", 2, "a party is written as fields, not as 'a'", "fields: id, kind, name"),
    "no such offset": (
        "permissions:\n  - {kind: refusal, by: studio, works: all,\n     effective_from: 2026-01-01T00:00:00+25:00}\n",
        3,
        "'2026-01-01T00:00:00+25:00' is not a time: there is no such offset",
        "write it as 2026-01-01T00:00:00Z",
    ),
    "more shares than a work has": (
        "works:\n  - id: a\n    kind: film\n    shares:\n" + "    - {party: studio}\n" * 1001,
        4,
        "1,001 shares in one work",
        "at most 1,000",
    ),
    "unknown field": ("parties:\n  - id: a\n    nmae: {}\n", 3, "unknown field 'nmae'", "did you mean name?"),
    "unknown field in a share": (
        "works:\n  - id: w\n    kind: film\n    shares:\n      - {party: studio}\n      - {party: lab, right: all}\n",
        6,
        "unknown field 'right'",
        "did you mean rights?",
    ),
    "far from any field": ("parties:\n  - {id: a, zzz: 1}\n", 2, "unknown field 'zzz'", "one of: id, kind, name"),
    "missing": ("works:\n  - title: {}\n    kind: film\n", 2, "'id' is missing", "every work has one"),
    "missing in a share": (
        "works:\n  - id: w\n    kind: film\n    shares: [{}]\n",
        4,
        "'party' is missing",
        "every share has one",
    ),
    "a number for an id": ("parties:\n  - kind: holder\n    id: 12\n", 3, "'id' is not text: 12", "put it in quotes"),
    "a blank id": ("parties:\n  - id: ' '\n", 2, "' ' is not an id", "printable"),
    "a reserved id": ("parties:\n  - id: all\n", 2, "'all' is not an id", "kept for statements about everything"),
    "control character in an id": ('parties:\n  - id: "a\\u0007"\n', 2, "is not an id", "printable"),
    "a long id": (f"parties:\n  - id: {'x' * 300}\n", 2, "is not an id", "printable"),
    "unknown kind": ("parties:\n  - id: a\n    kind: studio\n", 3, "unknown kind of party 'studio'", "one of: holder"),
    "title no mapping": (
        "works:\n  - {id: w, kind: film, title: First}\n",
        2,
        "'title' is not text by language",
        "{en: ..., ja: ...}",
    ),
    "title a number": (
        "works:\n  - id: w\n    kind: film\n    title:\n      en: 2001\n",
        5,
        "'en' is not text: 2001",
        "quotes",
    ),
    "title blank": (
        "works:\n  - id: w\n    kind: film\n    title:\n      en: ''\n",
        5,
        "the text for 'en' is not readable text",
        "",
    ),
    "works no list": (
        "permissions:\n  - {kind: refusal, by: studio, works: {a: b}}\n",
        2,
        "'works' is not a list",
        "[one, two]",
    ),
    "a share no fields": (
        "works:\n  - id: w\n    kind: film\n    shares:\n      - studio\n",
        5,
        "a share is written as fields",
        "fields: party",
    ),
    "title with a nul": (
        'works:\n  - id: w\n    kind: film\n    title:\n      en: "a\\0b"\n',
        5,
        "a control character in a text: '\\x00'",
        "take it out",
    ),
    "name with an escape": (
        'parties:\n  - id: a\n    name: {en: "a\\e[31mb"}\n',
        3,
        "a control character in a text: '\\x1b'",
        "take it out",
    ),
    "a title as long as a book": (
        f"works:\n  - id: w\n    kind: film\n    title:\n      en: {'x' * 10_001}\n",
        5,
        "a text of 10,001 letters",
        "at most 10,000",
    ),
    "a title in ever so many languages": (
        f"works:\n  - id: w\n    kind: film\n    title: {{{', '.join(f'x-{i}: y' for i in range(10_001))}}}\n",
        4,
        "10,001 in one list",
        "at most 10,000",
    ),
    "shares without end": (
        f"works:\n  - id: w\n    kind: film\n    shares: [{'{party: studio}, ' * 10_001}]\n",
        4,
        "10,001 shares in one work",
        "at most 1,000",
    ),
    "works without end": (
        f"permissions:\n  - kind: refusal\n    by: studio\n    works: [{'film-1, ' * 10_001}]\n",
        4,
        "10,001 in one list",
        "at most 10,000; split it into several",
    ),
    "unknown act": (
        "permissions:\n  - {kind: grant, by: studio, to: lab, works: [film-1], acts: [\n      train,\n      trian]}\n",
        4,
        "unknown act 'trian'",
        "did you mean train?",
    ),
    "unknown right": (
        "works:\n  - {id: w, kind: film, shares: [{party: studio, rights: copy}]}\n",
        2,
        "unknown right 'copy'",
        "one of",
    ),
    "unknown medium": (
        "permissions:\n  - {kind: refusal, by: studio, works: all, media: films}\n",
        2,
        "unknown medium 'films'",
        "one of",
    ),
    "unknown country": (
        "permissions:\n  - {kind: refusal, by: studio, works: all, territories: [JP, UK]}\n",
        2,
        "unknown territory 'UK'",
        "the United Kingdom is GB",
    ),
    "naive time": (
        "permissions:\n  - kind: refusal\n    by: studio\n    works: all\n    effective_from: 2026-01-01T00:00:00\n",
        5,
        "2026-01-01T00:00:00 has no time zone",
        "end it with Z, or with an offset such as +09:00",
    ),
    "a date for a time": (
        "permissions:\n  - {kind: refusal, by: studio, works: all, effective_from: 2026-01-01}\n",
        2,
        "'2026-01-01' is not a time",
        "2026-01-01T00:00:00Z",
    ),
    "no such day": (
        "permissions:\n  - {kind: refusal, by: studio, works: all, effective_from: 2026-02-30T00:00:00Z}\n",
        2,
        "is not a time: day",
        "2026-01-01T00:00:00Z",
    ),
    "a number for a time": (
        "permissions:\n  - {kind: refusal, by: studio, works: all, effective_from: 5}\n",
        2,
        "5 is not a time",
        "",
    ),
    "before the calendar": (
        "permissions:\n  - {kind: refusal, by: studio, works: all, effective_from: 0001-01-01T00:00:00+09:00}\n",
        2,
        "is outside the calendar",
        "",
    ),
    "ends before it begins": (
        (
            "permissions:\n  - {kind: refusal, by: studio, works: all, effective_from: 2026-01-01T00:00:00Z,\n"
            "     effective_until: 2025-01-01T00:00:00Z}\n"
        ),
        3,
        "the period ends (2025-01-01 00:00) before it begins",
        "",
    ),
    "a portion of nothing": (
        "works:\n  - {id: w, kind: film, shares: [{party: studio, portion: 1/0}]}\n",
        2,
        "'1/0' is not a portion",
        "1/3",
    ),
    "a portion without end": (
        "works:\n  - {id: w, kind: film, shares: [{party: studio, portion: '1e999999999'}]}\n",
        2,
        "'1e999999999' is not a portion",
        "1/3",
    ),
    "a portion of many digits": (
        f"works:\n  - {{id: w, kind: film, shares: [{{party: studio, portion: 0.{'3' * 100_000}}}]}}\n",
        2,
        "is not a portion",
        "1/3",
    ),
    "a portion below nothing": (
        "works:\n  - {id: w, kind: film, shares: [{party: studio, portion: -1/3}]}\n",
        2,
        "portion -1/3 is not above 0",
        "",
    ),
    "a portion over all": (
        "works:\n  - {id: w, kind: film, shares: [{party: studio, portion: 3/2}]}\n",
        2,
        "portion 3/2 is not",
        "",
    ),
    "a portion true": (
        "works:\n  - {id: w, kind: film, shares: [{party: studio, portion: true}]}\n",
        2,
        "True is not a portion",
        "1/3",
    ),
    "neither true nor false": (
        "works:\n  - {id: w, kind: film, shares: [{party: studio, includes_27_28: yes}]}\n",
        2,
        "'includes_27_28' is neither true nor false: 'yes'",
        "write true or false",
    ),
    "recorded at": (
        "permissions:\n  - kind: refusal\n    by: studio\n    works: all\n    recorded_at: 2020-01-01T00:00:00Z\n",
        5,
        "'recorded_at' cannot be stated",
        "the registry's own clock",
    ),
    "proof": (
        "permissions:\n  - {kind: refusal, by: studio, works: all, proof: {kind: timestamp}}\n",
        2,
        "'proof' cannot be stated",
        "evidence",
    ),
    "a grant of no act": (
        "permissions:\n  - {kind: grant, by: studio, to: lab, works: [film-1]}\n",
        2,
        "grant without 'acts'",
        "say it",
    ),
    "a revocation of nothing": (
        "permissions:\n  - {kind: revocation, by: studio}\n",
        2,
        "names in 'revokes' what it withdraws",
        "",
    ),
    "a duty of two lines": (
        'permissions:\n  - {kind: refusal, by: studio, works: all, duties: ["a\\nb"]}\n',
        2,
        "is not one line of text",
        "",
    ),
    "a mandate from itself": (
        "mandates:\n  - {agent: studio, principal: studio}\n",
        2,
        "needs no mandate from itself",
        "",
    ),
    "part of itself": (
        "works:\n  - {id: w, kind: film, part_of: w}\n",
        2,
        "is not part of, or derived from, itself",
        "",
    ),
    "unknown party in a share": (
        "works:\n  - id: w\n    kind: film\n    shares:\n      - {party: studoi}\n",
        5,
        "unknown party 'studoi'",
        "did you mean studio?",
    ),
    "unknown former holder": (
        "works:\n  - id: w\n    kind: film\n    shares:\n      - party: studio\n        acquired_from: zzz\n",
        6,
        "unknown party 'zzz'",
        "one of: assoc, author, lab, studio",
    ),
    "unknown whole": (
        "works:\n  - {id: w, kind: film, part_of: [series-1, series-2]}\n",
        2,
        "unknown work 'series-2'",
        "series-1",
    ),
    "unknown speaker": (
        "permissions:\n  - kind: refusal\n    by: nobody\n    works: all\n",
        3,
        "unknown party 'nobody'",
        "",
    ),
    "unknown grantee": (
        "permissions:\n  - kind: grant\n    by: studio\n    to: [lab,\n         lob]\n    works: all\n    acts: all\n",
        5,
        "unknown party 'lob'",
        "did you mean lab?",
    ),
    "unknown work": (
        "permissions:\n  - {kind: refusal, by: studio, works: [film-9]}\n",
        2,
        "unknown work 'film-9'",
        "did you mean film-1?",
    ),
    "unknown statement": (
        "permissions:\n  - kind: revocation\n    by: studio\n    revokes: p-0\n",
        4,
        "unknown permission 'p-0'",
        "declare it in the same file, or before",
    ),
    "an unknown effect": (
        "permissions:\n  - {kind: revocation, by: studio, revokes: p-0, effect: undo}\n",
        2,
        "unknown effect 'undo'",
        "one of: forward, purge",
    ),
    "the effect of a refusal": (
        "permissions:\n  - kind: refusal\n    by: studio\n    works: all\n    effect: purge\n",
        5,
        "'effect' is said of a revocation only",
        "",
    ),
    "a refusal that is exclusive": (
        "permissions:\n  - kind: refusal\n    by: studio\n    works: all\n    exclusive: true\n",
        5,
        "'exclusive' is said of a grant or an offer only",
        "",
    ),
    "a moral record of nobody": (
        "works:\n  - id: w\n    kind: film\n    moral:\n      - {consent: true}\n",
        5,
        "'author' is missing",
        "every moral record has one",
    ),
    "an unknown field of a moral record": (
        "works:\n  - id: w\n    kind: film\n    moral:\n      - {author: a, asserted: false}\n",
        5,
        "unknown field 'asserted'",
        "",
    ),
    "consent that is no truth": (
        "works:\n  - id: w\n    kind: film\n    moral: [{author: a, consent: given}]\n",
        4,
        "'consent' is neither true nor false: 'given'",
        "write true or false",
    ),
    "a circle": (
        "works: [{id: a, kind: x, part_of: c}, {id: b, kind: x, part_of: a},\n  {id: c, kind: x, part_of: b}]\n",
        1,
        "a circle of 'part_of': a → c → b → a",
        "take one of these out",
    ),
    "a circle through what is recorded": (
        "works:\n  - {id: manga-1, kind: manga, shares: [{party: author}],\n     derived_from: series-1}\n",
        3,
        "a circle of 'derived_from': manga-1 → series-1 → manga-1",
        "take one of these out",
    ),
    "twice in a file": (
        "parties:\n  - id: a\n  - id: b\n  - id: a\n",
        4,
        "party 'a' a second time (first at",
        "keep one of them",
    ),
    "the same statement twice": (
        "permissions:\n  - {kind: refusal, by: studio, works: all}\n  - {works: all, by: studio, kind: refusal}\n",
        3,
        "a second time",
        "keep one of them, or give each an id",
    ),
}


@pytest.mark.parametrize(("text", "line", "what", "hint"), REFUSED.values(), ids=REFUSED.keys())
def test_a_problem_is_told_with_its_line_and_nothing_is_recorded(
    studio: Registry, importing: Importing, tmp_path: Path, text: str, line: int, what: str, hint: str
) -> None:
    before = studio.ledger.size, studio.snapshot().id
    with pytest.raises(UnacceptableError) as error:
        importing(text)
    (problem,) = error.value.problems
    assert (problem.file, problem.line) == (str(tmp_path / "registry.yaml"), line)
    assert what in problem.what
    assert hint in problem.hint
    place = f"{tmp_path / 'registry.yaml'}:{line}: " if line else f"{tmp_path / 'registry.yaml'}: "
    assert str(error.value).startswith(place)
    assert "\n" not in str(error.value)
    assert error.value.exit_code == 2
    assert (studio.ledger.size, studio.snapshot().id) == before
    assert studio.verify().orphans == ()


def test_all_problems_are_told_at_once_by_file_and_line(registry: Registry, tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.json"
    one.write_text(
        """\
parties:
  - {id: studio, kind: holdr, nam: {}}
  - {id: lab, kind: developer}
works:
  - {id: film-1, kind: film, part_of: [film-2], shares: [{party: studio}]}
  - {id: film-2, kind: film, part_of: [film-1], shares: [{party: studoi}]}
""",
        encoding="utf-8",
    )
    two.write_text(
        """\
{"permissions": [
  {"kind": "grant", "by": "studio", "to": "lab", "works": ["film-1"], "acts": ["trian"]},
  {"kind": "grant", "by": "lab", "to": "lab", "works": ["film-1"], "acts": ["train"]}
]}
""",
        encoding="utf-8",
    )
    with pytest.raises(UnacceptableError) as error:
        registry.import_files([two, one])
    told = [(Path(problem.file).name, problem.line, problem.what) for problem in error.value.problems]
    assert told == [
        ("one.yaml", 2, "unknown field 'nam'"),
        ("one.yaml", 2, "unknown kind of party 'holdr'"),
        ("one.yaml", 5, "a circle of 'part_of': film-1 → film-2 → film-1"),
        ("one.yaml", 6, "unknown party 'studoi'"),
        ("two.json", 2, "unknown act 'trian'"),
        ("two.json", 3, "'lab' has no share in 'film-1', and no holder's mandate for this grant"),
    ]
    assert str(error.value).count("\n") == 5
    assert registry.record().parties == {}


def test_good_items_beside_bad_ones_are_not_recorded_either(studio: Registry, importing: Importing) -> None:
    with pytest.raises(UsageError):
        importing("parties: [{id: good}, {id: bad, kind: bad}]")
    assert "good" not in studio.record().parties


def test_of_a_thousand_problems_a_few_are_told(
    registry: Registry, importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems_module, "MAX_SHOWN", 10)
    with pytest.raises(UnacceptableError) as error:
        importing("parties:\n" + "".join(f"  - {{id: {i}}}\n" for i in range(1000)))
    assert len(error.value.problems) == 1000
    assert str(error.value).count("\n") == 10
    assert str(error.value).endswith("and 990 more problems")


def test_a_file_that_is_no_document_is_refused_with_its_line(
    studio: Registry, importing: Importing, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"registry\.yaml:2: anchors and aliases"):
        importing("parties:\n  - &a {id: a}\n")
    with pytest.raises(KyodakuError, match="cannot be read"):
        studio.import_files([tmp_path / "nowhere.yaml"])


def test_a_long_chain_of_works_is_checked_without_recursion(registry: Registry, importing: Importing) -> None:
    works = [{"id": f"w-{i}", "kind": "part", "part_of": [f"w-{i + 1}"] if i < 3000 else []} for i in range(3001)]
    before = time.monotonic()
    importing(json.dumps({"works": works}))
    assert time.monotonic() - before < 60
    works[-1]["part_of"] = ["w-0"]
    with pytest.raises(UnacceptableError, match="a circle of 'part_of': w-3000 → w-0 → w-1"):
        importing(json.dumps({"works": works}))


HUGE = {
    "a list of a million works": (
        "a.jsonl",
        lambda: json.dumps(
            {"section": "permissions", "kind": "refusal", "by": "studio", "works": [f"w-{i}" for i in range(10**6)]}
        ).encode(),
        r"a\.jsonl:1: 1,000,000 in one list \(at most 10,000; split it into several\)",
    ),
    "a hundred megabytes": ("a.yaml", lambda: b"a: [" + b" " * 100_000_000, r"a\.yaml: larger than 64 MB \(split the"),
    "a bomb of a hundred megabytes": (
        "a.yaml",
        lambda: b"a: &a [x, x]\n" + b"".join(b"b%d: [*a, *a]\n" % i for i in range(4_000_000)),
        r"a\.yaml:1: anchors and aliases|a\.yaml: larger than 64 MB",
    ),
    "a million lines that are no items": ("a.jsonl", lambda: b"[]\n" * 10**6, r"a\.jsonl:1: the line does not say"),
    "a million columns of one name": ("works.csv", lambda: b"," * 10**6, r"works\.csv:1: two columns are called ''"),
    "a million columns": (
        "works.csv",
        lambda: ",".join(map(str, range(10**6))).encode(),
        r"works\.csv:1: unknown column '0'",
    ),
    "a section with a very long name": (
        "a.json",
        lambda: json.dumps({"x" * 10**7: []}).encode(),
        r"a\.json:1: unknown section 'x+\.\.\.x+' ",
    ),
    "a field with a very long name": (
        "a.jsonl",
        lambda: json.dumps({"section": "parties", "id": "a", "x" * 10**7: ""}).encode(),
        r"a\.jsonl:1: unknown field 'x+\.\.\.x+' ",
    ),
    "a key with a very long name": (
        "a.yaml",
        lambda: b"? " + b"x" * 10**7 + b"\n: 1",
        r"a\.yaml:1: a key of 10,000,000",
    ),
    "a very long identifier": (
        "works.csv",
        lambda: b"id,kind,identifiers\nw,film,eidr:" + b"0" * 10**5,
        r"works\.csv:2: an identifier of 100,005 letters",
    ),
}


@pytest.mark.parametrize(("name", "content", "what"), HUGE.values(), ids=HUGE.keys())
def test_what_is_made_to_exhaust_is_refused_in_one_line(
    studio: Registry, tmp_path: Path, name: str, content: Callable[[], bytes], what: str
) -> None:
    (tmp_path / name).write_bytes(content())
    before = studio.ledger.size, time.monotonic()
    with pytest.raises(UsageError, match=what) as error:
        studio.import_files([tmp_path / name])
    assert "\n" not in str(error.value)
    assert (studio.ledger.size, time.monotonic() - before[1] < 30) == (before[0], True)


# --- edits ------------------------------------------------------------------------------------------------------------
GRANT = "permissions: [{id: g-1, kind: grant, by: studio, to: lab, works: [film-1], acts: [train]}]"
MANDATE = "mandates: [{id: m-1, agent: assoc, principal: studio, may: all, valid_from: 2026-01-01T00:00:00Z}]"
REVOKED = MANDATE.replace("}]", ", revoked_at: 2026-06-01T00:00:00Z}]")


def test_a_statement_is_final(studio: Registry, importing: Importing) -> None:
    importing(GRANT)
    with pytest.raises(UsageError, match=r"permission 'g-1' is recorded, since 2026-01-01, with other contents"):
        importing(GRANT.replace("train", "mine"))
    assert studio.record().permissions["g-1"].acts == ("train",)


def test_a_mandate_can_be_revoked_once_and_changed_in_nothing_else(studio: Registry, importing: Importing) -> None:
    importing(MANDATE)
    given = studio.record().mandates["m-1"]
    with pytest.raises(UsageError, match="is recorded"):
        importing(MANDATE.replace("may: all", "may: grant"))
    assert importing(REVOKED).new == {"mandate": 1}
    revoked = studio.record().mandates["m-1"]
    assert revoked.recorded_at == given.recorded_at  # it was known since then
    assert (given.revoked_at, revoked.revoked_at) == (None, datetime(2026, 6, 1, tzinfo=UTC))
    assert importing(MANDATE).new == {}  # the old file again: it stays revoked
    assert studio.record().mandates["m-1"] == revoked
    with pytest.raises(UsageError, match="is recorded"):
        importing(REVOKED.replace("2026-06", "2026-07"))


def test_a_work_declared_anew_takes_the_place_of_the_old_one_which_is_kept(
    studio: Registry, importing: Importing
) -> None:
    importing("works: [{id: film-1, kind: film, title: {en: Renamed}, shares: [{party: author}]}]")
    assert studio.record().works["film-1"].title == {"en": "Renamed"}
    old, new = studio.history("film-1")
    assert (old.body["title"]["en"], new.body["title"]["en"]) == ("First Film", "Renamed")
    assert old.recorded_at < new.recorded_at


# --- errors as values -------------------------------------------------------------------------------------------------
def test_statements_that_are_not_theirs_to_make_are_not_authorised(studio: Registry, importing: Importing) -> None:
    with pytest.raises(NotAuthorised) as error:
        importing("permissions:\n  - kind: objection\n    by: lab\n    works: [film-1]\n")
    assert isinstance(error.value, NotAllowedError)
    assert error.value.exit_code == 1
    assert "registry.yaml:3: 'lab' has no share in 'film-1', and no holder's mandate for this objection" in str(
        error.value
    )
    assert "(needed: a statement by studio)" in str(error.value)


def test_a_record_made_in_python_is_declared(studio: Registry, clock: Callable[[], datetime]) -> None:
    long_ago = datetime(1990, 1, 1, tzinfo=UTC)
    refusal = Permission(
        id="n-1", kind="refusal", by="studio", works=("film-1",), recorded_at=long_ago, effective_from=long_ago
    )
    recorded, again = studio.declare(refusal), studio.declare(refusal)
    assert (recorded.new, again.new, recorded.ledger_index) == (True, False, again.ledger_index)
    kept = studio.record().permissions["n-1"]
    assert (kept.effective_from, kept.works) == (long_ago, ("film-1",))
    assert kept.recorded_at > datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(NotAuthorised, match=r"^statement: by: 'lab' has no share"):
        studio.declare(
            Permission(
                id="n-2", kind="refusal", by="lab", works=("film-1",), recorded_at=long_ago, effective_from=long_ago
            )
        )


def test_half_a_character_in_a_fields_name_is_a_problem_with_its_line(studio: Registry, tmp_path: Path) -> None:
    path = tmp_path / "works.json"
    path.write_text(
        '{"works": [\n{"id": "a", "kind": "film", "\\ud83d": 1},\n{"id": "b", "kind": "film",\n "shares":'
        ' [{"\\ud83d": 1}]}]}'
    )
    with pytest.raises(UnacceptableError) as error:
        studio.import_files([path])
    assert [problem.line for problem in error.value.problems] == [2, 4]
    assert {problem.what for problem in error.value.problems} == {r"unknown field '\ud83d'"}


ENDING = """
mandates:
  - {id: m-short, agent: assoc, principal: studio, valid_until: 2027-01-01T00:00:00Z}
permissions:
  - {kind: grant, by: studio, to: lab, works: [film-1], acts: [train], effective_until: 2027-01-01T00:00:00Z}
  - {kind: grant, by: studio, to: lab, works: [series-1], acts: [train], effective_until: 2027-01-01T00:00:00Z}
"""


def test_what_has_ended_since_may_be_imported_again_and_its_mandate_revoked(
    studio: Registry, importing: Importing, clock: Any
) -> None:
    assert importing(ENDING).new == {"mandate": 1, "permission": 2}
    clock.now = datetime(2028, 1, 1, tzinfo=UTC)
    again = importing(ENDING)
    assert (again.new, again.unchanged) == ({}, {"mandate": 1, "permission": 2})
    revoked = ENDING.replace("2027-01-01T00:00:00Z}", "2027-01-01T00:00:00Z, revoked_at: 2026-06-01T00:00:00Z}", 1)
    assert importing(revoked).new == {"mandate": 1}
    (mandate,) = studio.record().mandates.values()
    assert (mandate.revoked_at, mandate.valid_from.year) == (datetime(2026, 6, 1, tzinfo=UTC), 2026)


def test_what_ends_before_it_is_first_recorded_is_refused(studio: Registry, importing: Importing, clock: Any) -> None:
    clock.now = datetime(2028, 1, 1, tzinfo=UTC)
    with pytest.raises(UnacceptableError) as error:
        importing(ENDING)
    assert [problem.line for problem in error.value.problems] == [3, 5, 6]
    for problem in error.value.problems:
        assert problem.what == "the period ends (2027-01-01 00:00) before it begins"
        assert "it begins when it is recorded, unless" in problem.hint
    assert studio.ledger.size == 7


def test_many_unknown_ids_among_many_known_ones_do_not_keep_everyone_waiting(
    studio: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def counting(word: str, known: Sequence[str], *, listing: bool = True) -> str:
        looked.append(word)
        return near(word, known, listing=listing)

    monkeypatch.setattr("kyodaku.registry._checks.near", counting)
    said = {"kind": "refusal", "by": "studio"}
    with pytest.raises(UnacceptableError) as error:
        studio.import_document({"permissions": [{**said, "works": [f"flim-{i}"]} for i in range(1000)]})
    assert len(error.value.problems) == 1000
    assert len(looked) == 10
    assert any(problem.hint == "did you mean film-1?" for problem in error.value.problems)
    assert {problem.hint for problem in error.value.problems} >= {"declare it in the same file, or before"}


def test_notes_are_placed_by_looking_through_a_file_once(
    studio: Registry, importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[None] = []
    places = Document.places

    def counting(document: Document, paths: Iterable[Any]) -> Any:
        walks.append(None)
        return places(document, paths)

    monkeypatch.setattr(Document, "places", counting)
    shares = "[{party: studio, portion: 2/3}, {party: author, portion: 2/3}]"
    notes = importing(
        "works:\n" + "".join(f"  - {{id: w-{i}, kind: film, shares: {shares}}}\n" for i in range(50))
    ).notes
    assert [note.partition(": ")[0].rpartition(":")[2] for note in notes] == [str(line) for line in range(2, 52)]
    assert len(walks) == 1
