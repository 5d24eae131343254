# SPDX-License-Identifier: Apache-2.0
"""Signals among the facts: evidence that moves a decision to the stricter side, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.errors import UsageError
from kyodaku.rights import (
    REGIMES,
    Circumstances,
    Facts,
    SignalFact,
    Use,
    Verdict,
    canonical,
    facts_from_json,
    load_regime,
)
from kyodaku.rights import decide as decide_under
from kyodaku.rights._regime_file import parse_regime, parse_words
from kyodaku.rights._yaml import package_text
from kyodaku.rights.regime import Regime
from kyodaku.rights.vocabulary import SIGNAL_ACTS, SIGNAL_SAYS
from support.law import make_use
from support.worlds import uses, worlds

ARTICLE_4: Final = Circumstances(lawful_access="yes", source="lawful", reservation="none", retention="set")
FETCHED: Final = datetime(2026, 3, 1, tzinfo=UTC)
WORDS: Final = package_text("words.yaml")
moderately: Final = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
moments: Final = st.one_of(st.none(), st.integers(-400, 400).map(lambda days: FETCHED + timedelta(days=days)))
signals: Final = st.builds(
    SignalFact,
    act=st.sampled_from(SIGNAL_ACTS),
    says=st.sampled_from(SIGNAL_SAYS),
    standard=st.sampled_from(["aipref", "robots", "plus"]),
    where=st.text(max_size=20),
    fetched_at=moments,
    not_before=moments,
)


def signal(says: str = "deny", act: str = "train_gen", **more: Any) -> SignalFact:
    held: dict[str, Any] = {
        "standard": "aipref",
        "revision": "vocab-08",
        "where": "header Content-Usage",
        "fetched_at": FETCHED,
    }
    return SignalFact(act=act, says=says, **(held | more))


def mined(*held: SignalFact, regime: str = "eu-dsm4", **facts: Any) -> Any:
    """Of a clip in which nothing was found, with all that Art. 4 asks for stated."""
    use = make_use(act=facts.pop("act", "train"), circumstances=facts.pop("circumstances", ARTICLE_4))
    return decide_under(use, Facts(signals=held, **facts), load_regime(regime))


@moderately
@given(worlds(), uses, st.sampled_from(REGIMES), st.lists(signals, max_size=4), signals, moments)
def test_a_signal_never_loosens(
    facts: Facts, use: Use, regime: str, held: list[SignalFact], added: SignalFact, at: Any
) -> None:
    rules = load_regime(regime)
    before = replace(facts, signals=tuple(held), fetched_at=at)

    after = decide_under(use, replace(before, signals=(*held, added)), rules)

    assert after.verdict >= decide_under(use, before, rules).verdict
    assert after.verdict >= decide_under(use, facts, rules).verdict


@pytest.mark.parametrize("policy", ["review", "refuse"])
@pytest.mark.parametrize("says", SIGNAL_SAYS)
@pytest.mark.parametrize("name", ["jp-prior", "jp-statute", "eu-dsm4", "us"])
def test_a_signal_never_loosens_what_a_policy_for_the_unidentified_says(name: str, says: str, policy: str) -> None:
    regime, use = load_regime(name, unidentified=policy), make_use(act="train")

    with_signal = decide_under(use, Facts(signals=(signal(says, not_before=FETCHED),), fetched_at=FETCHED), regime)

    assert with_signal.verdict >= decide_under(use, Facts(), regime).verdict
    assert decide_under(use, Facts(signals=(signal(says),)), regime).verdict >= with_signal.verdict


@pytest.mark.parametrize(
    ("says", "act", "verdict", "rule"),
    [
        ("deny", "train_gen", Verdict.REFUSED, "material-reserved"),
        ("deny", "mine", Verdict.REFUSED, "material-reserved"),
        ("deny", "collect", Verdict.REFUSED, "material-reserved"),
        ("constrained", "train_gen", Verdict.REFUSED, "material-reserved"),
        ("unknown", "train_gen", Verdict.REVIEW, "material-unclear"),
        ("allow", "train_gen", Verdict.PERMITTED, "material-mining-for-training"),
        ("deny", "train_nongen", Verdict.PERMITTED, "material-mining-for-training"),
        ("deny", "search", Verdict.PERMITTED, "material-mining-for-training"),
        ("deny", "generate", Verdict.PERMITTED, "material-mining-for-training"),
    ],
)
def test_a_signal_bears_on_the_acts_of_which_it_speaks(says: str, act: str, verdict: Verdict, rule: str) -> None:
    decision = mined(signal(says, act))

    assert (decision.verdict, decision.grounds[0].rule) == (verdict, f"eu-dsm4/{rule}")


def test_the_reason_quotes_standard_place_and_date() -> None:
    (ground,) = mined(signal()).grounds

    assert "AIPREF vocab-08 (header Content-Usage, 2026-03-01): training of generative models: no" in ground.text["en"]
    assert "AIPREF vocab-08(header Content-Usage、2026年3月1日)において生成モデルの学習は不可" in ground.text["ja"]


def test_under_prior_permission_a_no_adds_to_the_reasons_and_a_yes_changes_nothing() -> None:
    without, no, yes = (mined(*held, regime="jp-prior") for held in ((), (signal(),), (signal("allow"),)))

    assert without.verdict == no.verdict == yes.verdict == Verdict.REFUSED
    assert "AIPREF" in no.grounds[0].text["en"]
    assert yes.grounds == without.grounds


@pytest.mark.parametrize(
    ("fetched_at", "not_before", "verdict"),
    [
        (FETCHED, None, Verdict.REFUSED),  # nobody knows since when
        (None, FETCHED, Verdict.REFUSED),  # nor when the medium was fetched
        (FETCHED, FETCHED - timedelta(days=1), Verdict.REFUSED),  # it may have come between
        (FETCHED, FETCHED, Verdict.PERMITTED),
        (FETCHED, FETCHED + timedelta(days=1), Verdict.PERMITTED),
    ],
)
def test_a_reservation_counts_as_prior_unless_it_is_shown_to_be_later(
    fetched_at: Any, not_before: Any, verdict: Verdict
) -> None:
    assert mined(signal(not_before=not_before), fetched_at=fetched_at).verdict == verdict


def test_a_later_reservation_states_nothing_that_the_developer_did_not() -> None:
    stated = replace(ARTICLE_4, reservation="unstated")
    decision = mined(signal(not_before=FETCHED), fetched_at=FETCHED, circumstances=stated)

    assert decision.grounds[0].rule == "eu-dsm4/unidentified-reservation"


def test_many_signals_are_quoted_in_part() -> None:
    held = [signal(where=f"line {number}") for number in range(9)]

    assert "6 more" in mined(*held).grounds[0].text["en"]


def test_what_a_site_wrote_is_told_and_never_taken_for_a_placeholder() -> None:
    assert "{party} {0}" in mined(signal(where="{party} {0}")).grounds[0].text["en"]


@moderately
@given(st.lists(signals, max_size=5), moments)
def test_signals_read_back_are_the_same_bytes(held: list[SignalFact], at: Any) -> None:
    facts = Facts(signals=tuple(held), fetched_at=at)

    assert canonical(facts_from_json(json.loads(canonical(facts)))) == canonical(facts)


def test_facts_without_signals_have_the_spelling_that_they_had() -> None:
    assert canonical(Facts(subject="sha256:00")) == b'{"subject":"sha256:00"}'


@pytest.mark.parametrize("faulty", [{"act": "sing"}, {"says": "perhaps"}, {"fetched_at": FETCHED.replace(tzinfo=None)}])
def test_a_signal_of_unknown_words_is_refused(faulty: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        signal(**({"says": "deny"} | faulty))


# --- tables from before -----------------------------------------------------------------------------------------------
def _older(text: str) -> Regime:
    """A table in which no word was known for a reservation that cannot be read, with the words of its time."""
    rows, skipped = [], False
    for line in text.splitlines():
        if line.lstrip().startswith("- rule:"):
            skipped = line.endswith("unclear")
        if not skipped:
            rows.append(line.replace("[before, unclear]", "[before]"))
    head, _, rest = WORDS.partition("\nsignals:\n")
    words = parse_words(head + rest[rest.index("\nphrases:") :], name="words.yaml")
    return parse_regime("\n".join(rows), words, name="older.yaml")


def test_a_table_from_before_takes_what_cannot_be_read_for_a_reservation() -> None:
    use, unclear = make_use(act="train", circumstances=ARTICLE_4), Facts(signals=(signal("unknown"),))
    regime = _older(package_text("eu-dsm4.yaml"))

    assert decide_under(use, Facts(), regime).verdict == Verdict.PERMITTED
    assert decide_under(use, unclear, regime).grounds[0].rule == "eu-dsm4/material-reserved"
