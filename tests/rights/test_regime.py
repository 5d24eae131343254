# SPDX-License-Identifier: Apache-2.0
"""Regime files: the shipped ones say something in every case and both languages; faulty ones are refused by line."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from random import Random
from string import Formatter
from typing import Final

import pytest

from kyodaku.errors import UsageError
from kyodaku.rights import REGIMES, Verdict, load_regime
from kyodaku.rights._regime_file import parse_regime, parse_words
from kyodaku.rights._yaml import LARGEST, package_text
from kyodaku.rights.regime import CIRCUMSTANCE_FACTS, NOTED, STATUSES, TABLES, Regime
from kyodaku.rights.vocabulary import ACTS, RIGHTS

OPT_OUT: Final = package_text("opt-out.yaml")
WORDS: Final = parse_words(package_text("words.yaml"), name="words.yaml")

GOLDEN: Final = {
    ("jp-prior", "2026.3"): "sha256:37e3b9ca895aaddcf2165e549f9f19d31f30651b7f0f3a4c7a9cf5c180884cab",
    ("opt-out", "2026.3"): "sha256:2d93f0472d99979a5640c756b4289b3e306d6a966f1a562cb1fbe00504df1d53",
    ("eu-dsm3", "2026.2"): "sha256:697b541df103668d9e356a24e6f62344e6eee65841eeeebbf30855f719f7153f",
    ("eu-dsm4", "2026.2"): "sha256:008ced754bc8df1dce061a5725e075890aa3908b043f8f7c99b34fce80bf193b",
    ("jp-statute", "2026.2"): "sha256:544833290ec583124eeba811d4b0d448070b10c9fa5b4c849c04ffdbc5847362",
    ("opt-in-characters", "2026.2"): "sha256:4c83be3dea89c9d6db488c2b197c898bffe771a372d1426f349c6df06ed0b6f6",
    ("us", "2026.2"): "sha256:3a69d8bba4775f42a1ec9b76033bb921e029c7b5737b1eedee681c36ac4af99d",
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

    assert regime.id == name
    assert regime.status in STATUSES
    assert re.search(r"\d{4}", regime.source)
    assert "Not legal advice" in regime.disclaimer["en"]
    assert "法的助言ではなく" in regime.disclaimer["ja"]
    assert set(regime.acts) == set(ACTS)


@pytest.mark.parametrize(("name", "version"), GOLDEN)
def test_a_published_version_of_a_regime_never_changes(name: str, version: str) -> None:
    regime = load_regime(name)

    assert (regime.version, regime.sha256) == (version, GOLDEN[name, version])


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
def test_every_case_of_every_table_has_exactly_one_row(name: str) -> None:
    """By counting, where the loader measures; a thousand cases of each table."""
    random = Random(name)
    for table, facts in TABLES.items():
        for _ in range(1000):
            case = {fact: random.choice(values) for fact, values in facts.items()}
            rows = [row for row in load_regime(name).tables[table].rows if row.holds(case)]
            assert rows == [load_regime(name).tables[table].row(case)]


def test_silence_is_a_no_under_one_regime_and_a_yes_under_the_other() -> None:
    assert load_regime("jp-prior").unidentified is Verdict.REFUSED
    assert load_regime("opt-out").unidentified is Verdict.PERMITTED
    assert load_regime() is load_regime("jp-prior")
    assert repr(load_regime()).startswith("Regime(jp-prior 2026.3, sha256:")


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
        ('version: "2026.3"\n', "", "'version' is missing"),
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
        (
            '"Nothing registered was found, so nobody has objected."',
            '"{claim} {works}"',
            "the sentence has no words of its own",
        ),
        ("title:", "title: &t", ""),
        ('version: "2026.3"', "version: *v", "an alias hides what the row says"),
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


def test_a_file_of_your_own_does_not_take_the_name_of_a_shipped_regime(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(OPT_OUT, encoding="utf-8")

    assert load_regime(mine).sha256 == load_regime("opt-out").sha256
    assert load_regime(mine, unidentified="review").unidentified is Verdict.REVIEW
    mine.write_text(OPT_OUT.replace("nobody has objected.", "no one has objected."), encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine\.yaml: 'opt-out' is the name of a shipped regime"):
        load_regime(mine)


def test_a_file_that_is_no_regime_for_its_length_is_not_read_to_its_end(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    with mine.open("wb") as file:
        file.write(b"a: " + b"x" * LARGEST + b"\xff")

    with pytest.raises(UsageError, match="letters are no regime"):
        load_regime(mine)


# --- the policy for what is not identified ---------------------------------------------------------------------------


def test_the_policy_for_the_unidentified_can_be_another_and_is_part_of_the_regime() -> None:
    prior, review = load_regime("jp-prior"), load_regime("jp-prior", unidentified="review")

    assert (prior.unidentified, review.unidentified) == (Verdict.REFUSED, Verdict.REVIEW)
    assert prior.sha256 != review.sha256
    assert load_regime("jp-prior", unidentified="refuse").sha256 == prior.sha256
    assert _parse(OPT_OUT.replace("unidentified: permit", "unidentified: review")).sha256 == (
        load_regime("opt-out", unidentified="review").sha256
    )
    with pytest.raises(UsageError, match="unknown policy for the unidentified 'allow'"):
        load_regime("jp-prior", unidentified="allow")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("unidentified: permit\n", "", "'unidentified' is not stated for the regime (refuse, review or permit"),
        ("unidentified: permit\n", "unidentified: maybe\n", "unknown policy 'maybe'"),
        ("verdict: unidentified", "verdict: permitted", "no row follows a policy for the unidentified"),
        ("verdict: noted", "verdict: unidentified", "unknown verdict 'unidentified'"),
    ],
)
def test_a_policy_is_stated_if_and_only_if_a_row_follows_it(old: str, new: str, message: str) -> None:
    refusal = _refusal_of(OPT_OUT.replace(old, new, 1))

    assert message in refusal
    assert re.search(r"mine\.yaml:\d+: ", refusal)


def test_a_policy_is_not_overridden_where_no_row_follows_one() -> None:
    text = OPT_OUT.replace("unidentified: permit\n", "").replace("verdict: unidentified", "verdict: permitted")

    assert _parse(text).unidentified is None
    with pytest.raises(UsageError, match=r"mine\.yaml:\d+: no row follows a policy"):
        parse_regime(text, WORDS, name="mine.yaml", unidentified="review")


# --- what developers state -------------------------------------------------------------------------------------------


def _asking(*rows: str) -> str:
    """Opt-out, with its row for the silent in place of which these stand: (rule, facts, verdict)."""
    start = OPT_OUT.index("    - rule: silence")
    end = OPT_OUT.index("    - rule: revoked")
    row, made = OPT_OUT[start:end], []
    for number, stated in enumerate(rows):
        facts, verdict = stated.split(" -> ")
        made.append(
            row.replace("rule: silence", f"rule: silence-{number}")
            .replace("silence]}", f"silence], {facts}}}")
            .replace("verdict: permitted", f"verdict: {verdict}")
        )
    return OPT_OUT[:start] + "".join(made) + OPT_OUT[end:]


def test_a_table_may_ask_what_the_developer_states() -> None:
    regime = _parse(_asking("access: yes -> permitted", "access: [no, unstated] -> refused"))

    assert "access" in regime.tables["holder"].asks


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (("access: yes -> permitted",), "gap in table 'holder': no row for statement: conditional_grant, access: no"),
        (("access: yes -> permitted", "access: {not: [no]} -> permitted"), "both speak for"),
        (("lawful_access: yes -> permitted",), "unknown fact 'lawful_access'"),
        (("source: stolen -> permitted",), "unknown source 'stolen'"),
        (
            ("source: {not: [pirate]} -> permitted", "source: pirate -> refused"),
            "the row 'silence-0' lets 'source: unstated' through (the row 'silence-1' does not let 'source: pirate'",
        ),
        (
            (
                "access: [yes, unstated], act: train -> permitted",
                "access: no, act: train -> review",
                "act: {not: [train]} -> permitted",
            ),
            "the row 'silence-0' lets 'access: unstated' through",
        ),
    ],
)
def test_what_is_unstated_is_never_read_in_the_developers_favour(rows: tuple[str, ...], message: str) -> None:
    refusal = _refusal_of(_asking(*rows))

    assert message in refusal
    assert re.search(r"mine\.yaml:\d+: ", refusal)


def test_a_table_of_every_circumstance_is_checked_at_once() -> None:
    """Three million cells, measured and not counted."""
    best = "access: yes, source: lawful, reservation: none, actor: other, retention: set, enjoyment: none, market: none"
    facts = [held.partition(": ") for held in best.split(", ")]
    rows = [f"{best} -> permitted"]
    for number, (name, _, word) in enumerate(facts):
        before = ", ".join(f"{fact}: {value}" for fact, _, value in facts[:number])
        rows.append(f"{before + ', ' if before else ''}{name}: {{not: [{word}]}} -> refused")

    holder = _parse(_asking(*rows)).tables["holder"]

    assert len(holder.asks) == 8
    assert "gap in table 'holder': no row for" in _refusal_of(_asking(*rows[:-1]))
    case = {fact: values[0] for fact, values in TABLES["holder"].items()} | dict.fromkeys(
        CIRCUMSTANCE_FACTS, "unstated"
    )
    assert holder.helped_by({**case, "statement": "silence"}) == tuple(CIRCUMSTANCE_FACTS)
    assert holder.helped_by({**case, "statement": "refusal"}) == ()
    assert holder.helped_by({**case, "statement": "silence", "access": "no"}) == ()
    assert holder.helped_by({**case, "statement": "silence", "access": "yes", "actor": "other"}) == (
        *("source", "reservation", "retention", "enjoyment", "market"),
    )


# --- regimes that change another -------------------------------------------------------------------------------------

HOUSE: Final = """\
id: house
version: "1"
extends: jp-prior
title: {en: House rules, ja: 社内規程}
tables:
  holder:
    - rule: offer
      verdict: review
      citation: House rule 7 / 社内規程7条
  medium:
    - rule: unidentified
      text: {en: "Ask the desk.", ja: "担当部署に問い合わせる。"}
      would_change: {en: "The desk's word for {act}.", ja: "{act}について担当部署の確認がある場合。"}
"""


def _house(tmp_path: Path, text: str = HOUSE, **how: str) -> Regime:
    mine = tmp_path / "house.yaml"
    mine.write_text(text, encoding="utf-8")
    return load_regime(mine, **how)


def test_a_regime_of_your_own_may_change_rows_of_a_shipped_one(tmp_path: Path) -> None:
    house, prior = _house(tmp_path), load_regime("jp-prior")
    offer = next(row for row in house.tables["holder"].rows if row.rule == "offer")
    other = next(row for row in house.tables["medium"].rows if row.rule == "unidentified")

    assert (house.id, house.version, house.title["en"], house.source) == ("house", "1", "House rules", prior.source)
    assert (offer.effect, offer.citation) == ("review", "House rule 7 / 社内規程7条")
    assert (other.effect, other.text["en"], other.would_change) == (
        "refused",
        "Ask the desk.",
        {"en": "The desk's word for {act}.", "ja": "{act}について担当部署の確認がある場合。"},
    )
    assert (house.tables["claim"], len(house.tables["holder"].rows)) == (
        prior.tables["claim"],
        len(prior.tables["holder"].rows),
    )
    assert len({house.sha256, prior.sha256, _house(tmp_path, HOUSE.replace("7", "8")).sha256}) == 3


def test_a_regime_of_your_own_may_have_its_own_policy_for_the_unidentified(tmp_path: Path) -> None:
    review = _house(
        tmp_path, HOUSE + "unidentified: review\nposition: {en: Ours., ja: 当社の立場。}\nstatus: settled\n"
    )

    assert (review.unidentified, review.status, review.position["en"]) == (Verdict.REVIEW, "settled", "Ours.")
    assert next(row for row in review.tables["medium"].rows if row.rule == "unidentified").effect == "review"
    assert _house(tmp_path, unidentified="permit").unidentified is Verdict.PERMITTED
    assert _house(tmp_path, HOUSE.split("tables:")[0]).tables == load_regime("jp-prior").tables


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("extends: jp-prior", "extends: jp-later", "house.yaml:3: unknown regime 'jp-later'"),
        ("extends: jp-prior", "extends: house.yaml", "house.yaml:3: unknown regime 'house.yaml'"),
        ("title: {en: House rules, ja: 社内規程}\n", "", "'title' is missing"),
        (
            "title: {en: House rules, ja: 社内規程}",
            "title: {en: House rules}",
            "house.yaml:4: the 'ja' text is missing",
        ),
        ("  holder:", "  holders:", "unknown field 'holders'"),
        ("rule: offer", "rule: offers", "unknown rule of table 'holder' 'offers' (did you mean offer?)"),
        ("rule: offer", "rule: unidentified", "house.yaml:7: unknown rule of table 'holder' 'unidentified'"),
        ("      verdict: review\n", "      when: {statement: silence}\n", "house.yaml:8: unknown field 'when'"),
        ("verdict: review", "verdict: unidentified", "unknown verdict 'unidentified'"),
        ("rule: unidentified", "rule: unexamined\n      verdict: permitted", "what nobody has seen is never permitted"),
        ("  medium:", "    - rule: offer\n  medium:", "house.yaml:10: the rule 'offer' is changed twice"),
        ("{act}", "{since}", "unknown placeholder 'since'"),
    ],
)
def test_a_faulty_change_is_refused_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in HOUSE

    with pytest.raises(UsageError, match=r"house\.yaml:\d+: ") as caught:
        _house(tmp_path, HOUSE.replace(old, new, 1))

    assert message in str(caught.value)


def test_a_change_may_let_a_row_follow_the_policy_and_needs_one_for_it() -> None:
    def fixed(_: str | None) -> Regime:
        text = OPT_OUT.replace("unidentified: permit\n", "").replace("verdict: unidentified", "verdict: permitted")
        return _parse(text)

    head = 'id: mine\nversion: "1"\nextends: fixed\ntitle: {en: Mine, ja: 当社}\n'
    row = "tables: {medium: [{rule: unidentified, verdict: unidentified}]}\n"
    follows = head.replace("extends: fixed", "extends: opt-out") + row

    assert parse_regime(follows, WORDS, name="m", shipped={"opt-out": lambda _: _parse(OPT_OUT)}).unidentified
    for text, message in ((head + "unidentified: review\n", "m:5: no row"), (head + row, "m:5: 'unidentified' is not")):
        with pytest.raises(UsageError, match=message):
            parse_regime(text, WORDS, name="m", shipped={"fixed": fixed})
    with pytest.raises(UsageError, match="m:3: unknown regime 'fixed'"):
        parse_regime(head, WORDS, name="m")
    with pytest.raises(UsageError, match="m:1: no row follows"):
        parse_regime(head, WORDS, name="m", unidentified="review", shipped={"fixed": fixed})
