# SPDX-License-Identifier: Apache-2.0
"""Regime files: the shipped ones say something in every case and both languages; faulty ones are refused by line."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from string import Formatter
from typing import Final

import pytest

from kyodaku.errors import UsageError
from kyodaku.rights import REGIMES, Verdict, load_regime
from kyodaku.rights._regime_file import parse_regime, parse_words
from kyodaku.rights._yaml import LARGEST, package_text
from kyodaku.rights.regime import NOTED, TABLES, Regime
from kyodaku.rights.vocabulary import ACTS, RIGHTS

OPT_OUT: Final = package_text("opt-out.yaml")
WORDS: Final = parse_words(package_text("words.yaml"), name="words.yaml")

GOLDEN: Final = {
    ("jp-prior", "2026.1"): "sha256:97932c48bbd94f50a8fef8cd38bce6eed28bbd479f02d81f83b168d31896308a",
    ("opt-out", "2026.1"): "sha256:e93662d9ec39a223ca388fd0af6ff5e4b6e1ce52e28a20f4aff6aceae501ed40",
}
"""What each published version of a regime says, as a digest: to change it, publish a new version."""


def _parse(text: str) -> Regime:
    return parse_regime(text, WORDS, name="mine.yaml")


def _refusal_of(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        _parse(text)
    return str(caught.value)


def _line_of(needle: str, text: str = OPT_OUT) -> int:
    return text[: text.index(needle)].count("\n") + 1


@pytest.mark.parametrize("name", REGIMES)
def test_a_shipped_regime_names_its_source_its_status_and_its_limits(name: str) -> None:
    regime = load_regime(name)

    assert (regime.id, regime.status) == (name, "contested")
    assert "27 October 2025" in regime.source
    assert "Not legal advice" in regime.disclaimer["en"]
    assert "法的助言ではなく" in regime.disclaimer["ja"]
    assert set(regime.acts) == set(ACTS)


@pytest.mark.parametrize("name", REGIMES)
def test_a_published_version_of_a_regime_never_changes(name: str) -> None:
    regime = load_regime(name)

    assert GOLDEN[name, regime.version] == regime.sha256


@pytest.mark.parametrize("name", REGIMES)
def test_japanese_sentences_are_japanese_and_english_ones_english(name: str) -> None:
    for table in load_regime(name).tables.values():
        for row in table.rows:
            assert re.search(r"[ぁ-ん]", row.text["ja"]), row.rule
            assert not re.search(r"[ぁ-んァ-ヶ]", row.text["en"]), row.rule
            assert row.text["ja"].endswith(("。", "。」")), row.rule
            assert row.text["en"].endswith("."), row.rule
            assert _names(row.text["ja"]) == _names(row.text["en"]), row.rule


def _names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name} - {"developer"}


@pytest.mark.parametrize("name", REGIMES)
def test_every_case_of_every_table_has_its_row(name: str) -> None:
    regime = load_regime(name)
    for table, facts in TABLES.items():
        cells = regime.tables[table].cells
        size = 1
        for fact in regime.tables[table].asks:
            size *= len(facts[fact])
        assert len(cells) == size


def test_silence_is_a_no_under_one_regime_and_a_yes_under_the_other() -> None:
    assert load_regime("jp-prior").unidentified is Verdict.REFUSED
    assert load_regime("opt-out").unidentified is Verdict.PERMITTED
    assert load_regime() is load_regime("jp-prior")
    assert repr(load_regime()).startswith("Regime(jp-prior 2026.1, sha256:")


def test_every_word_of_the_tables_has_a_translation() -> None:
    assert set(WORDS.groups["acts"]) == set(ACTS)
    assert set(WORDS.groups["rights"]) == set(RIGHTS)
    assert WORDS.say("duties", "send flowers", "ja") == "send flowers"


def test_comments_and_layout_do_not_change_a_regime_and_words_do() -> None:
    regime = _parse(OPT_OUT)

    assert _parse("# a comment\n\n" + OPT_OUT.replace("  medium:", "  medium: # here")).sha256 == regime.sha256
    assert _parse(OPT_OUT.replace("nobody has objected.", "no one has objected.")).sha256 != regime.sha256


def test_a_regime_of_your_own_is_loaded_from_its_file(tmp_path: Path) -> None:
    mine = tmp_path / "house.yaml"
    mine.write_text(OPT_OUT.replace("id: opt-out", "id: house"), encoding="utf-8")

    assert load_regime(mine).id == "house"
    assert load_regime(str(mine)).tables == load_regime("opt-out").tables


@pytest.mark.parametrize("name", ["jp-prio", "", "../words"])
def test_an_unknown_regime_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="unknown regime"):
        load_regime(name)


def test_an_unreadable_regime_file_is_refused(tmp_path: Path) -> None:
    not_text = tmp_path / "bytes.yaml"
    not_text.write_bytes(b"\xff\xfe\x00")

    for path in (tmp_path / "absent.yaml", tmp_path, not_text):
        with pytest.raises(UsageError, match="cannot be read"):
            load_regime(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "offer, out_of_scope, silence]",
            "offer, out_of_scope]",
            "gap in table 'holder': no row for statement: silence",
        ),
        ("offer, out_of_scope, silence]", "offer, out_of_scope, silence, refusal]", "overlap in table 'holder': lines"),
        ("{statement: refusal}", "{statement: refusel}", "unknown statement 'refusel' (did you mean refusal?)"),
        ("{statement: refusal}", "{mood: bad}", "unknown fact 'mood'"),
        ("{statement: refusal}", "{statement: {not: [refusal]}, role: {no: part}}", "unknown field 'no'"),
        ("{statement: own}", "{statement: []}", "'statement' is never so"),
        ("{statement: refusal}", "refusal", "names with values are expected here"),
        ("rule: refusal", "rule: reservation", "the rule 'reservation' stands in line"),
        ("verdict: review", "verdict: permitted", "what nobody has seen is never permitted"),
        ("verdict: noted", "verdict: maybe", "unknown verdict 'maybe'"),
        ("title:\n  en: Opt-out", "title:\n  fr: Retrait\n  en: Opt-out", ""),
        ("title:\n  en: Opt-out\n  ja: オプトアウト", "title: {en: Opt-out}", "the 'ja' text is missing"),
        ("title:\n  en: Opt-out", "title:\n  en: ''", "text is expected here"),
        ('version: "2026.1"\n', "", "'version' is missing"),
        ("status: contested", "status: sure", "unknown status 'sure'"),
        ("id: opt-out", "id: all", "the word is kept"),
        ("id: opt-out", "colour: red", "unknown field 'colour'"),
        ("id: opt-out", "id: opt-out\nid: opt-in", "'id' is given twice"),
        ("rights: [derivative_use]", "rights: []", "the act touches no right"),
        ("rights: [derivative_use]", "rights: [phonogram]", "unknown right 'phonogram'"),
        ("acts:\n  collect:", "acts:\n  steal:", "unknown field 'steal'"),
        ("    - rule: unexamined", "    rule: unexamined", "mine.yaml:"),
        ("rights: [derivative_use]", "rights: {all: yes}", "a list is expected here"),
        ("({error})", "({error!r})", "{error} takes nothing after the name"),
        ("({error})", "({error:>9})", "{error} takes nothing after the name"),
        ("({error})", "({error.__class__})", "unknown placeholder 'error.__class__'"),
        ("({error})", "({since})", "unknown placeholder 'since'"),
        ("({error})", "({error)", "the sentence cannot be filled in"),
        ("title:", "title: &t", ""),
        ('version: "2026.1"', "version: *v", "an alias hides what the row says"),
        ("title:", "title: [", "mine.yaml:"),
        ("id: opt-out", "\tid: opt-out", "mine.yaml:"),
    ],
)
def test_a_faulty_regime_file_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    assert old in OPT_OUT
    text = OPT_OUT.replace(old, new, 1)
    if not message:
        _parse(text)  # more languages, and anchors that nothing uses, do no harm
        return

    refusal = _refusal_of(text)

    assert message in refusal
    assert re.search(r"mine\.yaml:\d+: ", refusal)


def test_the_line_named_is_the_line_at_fault() -> None:
    old, new = "{statement: refusal}", "{statement: refusel}"

    assert f"mine.yaml:{_line_of(old)}: " in _refusal_of(OPT_OUT.replace(old, new))


def test_a_row_that_forgets_to_look_cannot_let_the_unexamined_through() -> None:
    text = OPT_OUT.replace("{found: unexamined}", "{found: unexamined, act: train}")

    assert "gap in table 'medium'" in _refusal_of(text)
    careless = re.sub(r"    - rule: unexamined.*?(?=    - rule: unidentified)", "", OPT_OUT, flags=re.DOTALL)
    assert "what nobody has seen is never permitted" in _refusal_of(careless.replace("{found: nothing}", "{}"))
    unknown = OPT_OUT.replace(
        "when: {record: unknown}\n      verdict: review", "when: {record: unknown}\n      verdict: noted"
    )
    assert "what nobody has seen is never permitted" in _refusal_of(unknown)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "mine.yaml: the file is empty"),
        ("- a", "mine.yaml:1: names with values are expected here"),
        ("a: " * 40, "mine.yaml:1: "),
        ("[" * 5000, "mine.yaml: nested too deeply"),
        ("x" * (LARGEST + 1), "letters are no regime"),
        ("a: \x00", "mine.yaml"),
    ],
)
def test_what_is_no_regime_at_all_is_refused(text: str, message: str) -> None:
    assert message in _refusal_of(text)


def test_effects_are_verdicts_or_notes() -> None:
    effects = {row.effect for name in REGIMES for table in load_regime(name).tables.values() for row in table.rows}

    assert effects == {*Verdict, NOTED}


def test_the_tables_are_shipped_with_the_package() -> None:
    shipped = {entry.name for entry in resources.files("kyodaku.rights").joinpath("regimes").iterdir()}

    assert {"jp-prior.yaml", "opt-out.yaml", "words.yaml", "licences.yaml"} <= shipped
