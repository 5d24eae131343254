# SPDX-License-Identifier: Apache-2.0
"""What each shipped regime is: a function from where the holders stand to a verdict, written out once by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from kyodaku.errors import UsageError
from kyodaku.rights import REGIMES, Circumstances, Facts, Finding, MoralRecord, Permission, decide, load_regime
from support.law import make_statement, make_use, make_work

MET: Final = Circumstances(lawful_access="yes", source="lawful", reservation="none", retention="set")
RESERVED: Final = Circumstances(lawful_access="yes", source="lawful", reservation="before", retention="set")
RESEARCH: Final = Circumstances(actor="research_body", lawful_access="yes", source="lawful")
COMPANY: Final = Circumstances(actor="other", lawful_access="yes", source="lawful")
ENJOYED: Final = Circumstances(enjoyment="present")
STATED: Final = Circumstances(enjoyment="none", market="none")
PIRATE: Final = Circumstances(source="pirate")
UNSTATED: Final = Circumstances()

P, R, N = "permitted", "review", "refused"
POSITIONS: Final = [
    # regime, act, circumstances: nobody spoke, one refused, one objected, all granted, one of two granted
    ("jp-prior", "train", UNSTATED, (N, N, N, P, N)),
    ("jp-prior", "generate", UNSTATED, (N, N, N, P, N)),
    ("jp-prior", "train", MET, (N, N, N, P, N)),
    ("jp-statute", "train", UNSTATED, (R, R, R, P, R)),
    ("jp-statute", "train", STATED, (R, R, R, P, R)),
    ("jp-statute", "train", ENJOYED, (N, N, N, P, N)),
    ("jp-statute", "generate", UNSTATED, (R, N, N, P, R)),
    ("opt-out", "train", UNSTATED, (P, N, N, P, P)),
    ("opt-out", "generate", UNSTATED, (P, N, N, P, P)),
    ("opt-in-characters", "train", UNSTATED, (P, N, N, P, P)),
    ("opt-in-characters", "generate", UNSTATED, (N, N, N, P, N)),
    ("eu-dsm4", "mine", MET, (P, N, N, P, R)),
    ("eu-dsm4", "train", MET, (P, N, N, P, R)),
    ("eu-dsm4", "train", UNSTATED, (R, N, N, P, R)),
    ("eu-dsm4", "train", RESERVED, (N, N, N, P, R)),
    ("eu-dsm4", "generate", MET, (N, N, N, P, R)),
    ("eu-dsm3", "train", RESEARCH, (P, P, R, P, P)),
    ("eu-dsm3", "train", UNSTATED, (R, R, R, P, R)),
    ("eu-dsm3", "train", COMPANY, (N, N, N, P, N)),
    ("eu-dsm3", "generate", RESEARCH, (N, N, N, P, N)),
    ("us", "train", UNSTATED, (R, R, N, P, R)),
    ("us", "train", PIRATE, (N, N, N, P, N)),
    ("us", "generate", UNSTATED, (R, N, N, P, R)),
]


def _spoken(case: str, act: str) -> tuple[Permission, ...]:
    said = {
        "refusal": [make_statement("refusal", "ann")],
        "objection": [make_statement("objection", "ann")],
        "all": [make_statement("grant", name, acts=(act,)) for name in ("ann", "ben")],
        "some": [make_statement("grant", "ann", acts=(act,))],
    }
    return tuple(said.get(case, ()))


@pytest.mark.parametrize(("regime", "act", "stated", "verdicts"), POSITIONS)
def test_a_regime_is_the_position_that_it_names(
    regime: str, act: str, stated: Circumstances, verdicts: tuple[str, ...]
) -> None:
    work = make_work("ann", "ben", moral=(MoralRecord(author="cho", consent=True),))
    use = make_use(act=act, circumstances=stated)

    answers = [
        decide(use, Facts(works=(work,), permissions=_spoken(case, act), found=(Finding(work="film"),)), held).verdict
        for case in ("silence", "refusal", "objection", "all", "some")
        for held in [load_regime(regime)]
    ]

    assert tuple(answers) == verdicts


def test_every_shipped_regime_has_its_position_here() -> None:
    assert {regime for regime, *_ in POSITIONS} == set(REGIMES)


@pytest.mark.parametrize("regime", ["jp-statute", "us"])
@pytest.mark.parametrize("stated", [UNSTATED, STATED, MET, RESEARCH])
def test_no_limitation_that_a_person_has_to_find_permits_by_itself(regime: str, stated: Circumstances) -> None:
    for act in ("collect", "mine", "train", "fine_tune", "input", "index", "generate", "publish"):
        facts = Facts(works=(make_work("ann"),), found=(Finding(work="film"),))
        assert not decide(make_use(act=act, circumstances=stated), facts, load_regime(regime)).verdict.is_go


@pytest.mark.parametrize("regime", ["jp-statute", "eu-dsm4", "eu-dsm3", "us"])
def test_where_stating_the_truth_may_refuse_saying_nothing_cannot_be_made_to_permit(regime: str) -> None:
    with pytest.raises(UsageError, match="unstated"):
        load_regime(regime, unidentified="permit")


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("policy", ["refuse", "review"])
def test_every_shipped_regime_takes_a_stricter_policy_for_the_unidentified(regime: str, policy: str) -> None:
    verdict = decide(make_use(), Facts(), load_regime(regime, unidentified=policy)).verdict

    assert verdict == {"refuse": "refused", "review": "review"}[policy]


def test_the_example_on_the_page_about_regimes_is_one(tmp_path: Path) -> None:
    page = Path(__file__).parents[2].joinpath("docs", "regimes.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(id: house-rules\n.*?)```", page, re.DOTALL)
    assert example is not None
    mine = tmp_path / "house-rules.yaml"
    mine.write_text(example[1], encoding="utf-8")

    house = load_regime(mine)

    offered = Facts(
        works=(make_work("ann"),), permissions=(make_statement("offer", "ann"),), found=(Finding(work="film"),)
    )
    ground = decide(make_use(), offered, house).grounds[0]
    assert (ground.rule, ground.effect) == ("house-rules/offer", "refused")
    assert "signed by our legal department" in ground.would_change["en"]
