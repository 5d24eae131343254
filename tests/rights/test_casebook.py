# SPDX-License-Identifier: Apache-2.0
"""The casebook: cases that a lawyer can read, decided under every regime they name.

Each file in `cases/` has what is `given` to all its cases (parties, works, mandates, statements in the words of a
registry file) and the `cases`: more that is given, the `use` (its acts as `act: train`, or as
`acts: [train, {act: publish, territory: US}]`, its circumstances under `circumstances`), the works `found`, the `claim`
of the manifest or the `basis`, the `circumstances` of the medium, a policy for the `unidentified`, and what to `expect`
from each regime: the verdict, the rules of its grounds, and whose grant is needed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from kyodaku.rights import (
    DEFAULT_REGIME,
    REGIMES,
    AlsoAct,
    Basis,
    Circumstances,
    Finding,
    Mandate,
    MoralRecord,
    Party,
    Permission,
    Proof,
    RightsRecord,
    Share,
    Term,
    Use,
    Work,
    basis_from_claim,
    decide,
    load_regime,
)

FILES: Final = sorted(Path(__file__).parent.joinpath("cases").glob("*.yaml"))
USE: Final = {
    "developer": "lab",
    "act": "train",
    "purpose": "commercial",
    "model": "video-1",
    "territory": "JP",
    "at": date(2026, 6, 1),
}


def _read(path: Path) -> list[dict[str, Any]]:
    book = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [case | {"common": book["given"]} for case in book["cases"]]


CASES: Final = [case for path in FILES for case in _read(path)]
DECIDED: Final = [(case, regime) for case in CASES for regime in REGIMES if regime in case["expect"]]
ALWAYS: Final = frozenset({DEFAULT_REGIME, "opt-out"})
"""The regimes that every case is told under; the others where they are of interest."""


def _moments(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        key: datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else value
        for key, value in fields.items()
    }


def _work(fields: dict[str, Any]) -> Work:
    shares = [_moments(share) for share in fields.pop("shares", ())]
    for share in shares:
        if "portion" in share:
            share["portion"] = Fraction(share["portion"])
    terms = tuple(Term(**_moments(term)) for term in fields.pop("terms", ()))
    moral = tuple(MoralRecord(**record) for record in fields.pop("moral", ()))
    return Work(**fields, shares=tuple(Share(**share) for share in shares), terms=terms, moral=moral)


def _statement(number: int, fields: dict[str, Any]) -> Permission:
    fields = _moments(fields)
    if "proof" in fields:
        fields["proof"] = Proof(**_moments(fields["proof"]))
    return Permission(**({"id": f"s-{number}", "recorded_at": fields["effective_from"]} | fields))


def _mandate(number: int, fields: dict[str, Any]) -> Mandate:
    fields = _moments(fields)
    return Mandate(**({"id": f"m-{number}", "recorded_at": fields["valid_from"]} | fields))


def _record(case: dict[str, Any]) -> RightsRecord:
    given = [case["common"], case.get("given", {})]
    works = {fields["id"]: _work(dict(fields)) for part in given for fields in part.get("works", ())}
    return RightsRecord(
        parties=[Party(**fields) for part in given for fields in part.get("parties", ())],
        works=works.values(),
        mandates=[_mandate(n, fields) for part in given for n, fields in enumerate(part.get("mandates", ()))],
        permissions=[_statement(n, fields) for part in given for n, fields in enumerate(part.get("statements", ()))],
    )


def _basis(case: dict[str, Any], developer: str) -> Basis | None:
    if "basis" in case:
        return Basis(**_moments(case["basis"]))
    claim = case.get("claim", {})
    return basis_from_claim(claim.get("licence"), claim.get("owner"), claim.get("source"), developer)


def _use(case: dict[str, Any]) -> Use:
    fields = _moments(USE | case.get("use", {}))
    acts = [held if isinstance(held, dict) else {"act": held} for held in fields.pop("acts", ())]
    if acts:
        first, *also = acts
        fields |= first | {"also": [AlsoAct(**held) for held in also]}
    return Use(**(fields | {"circumstances": Circumstances(**fields.pop("circumstances", {}))}))


@pytest.mark.parametrize(("case", "regime"), DECIDED, ids=[f"{regime}-{case['case']}" for case, regime in DECIDED])
def test_the_case_is_decided_as_the_casebook_says(case: dict[str, Any], regime: str) -> None:
    use = _use(case)
    facts = _record(case).facts(
        [Finding(**(work if isinstance(work, dict) else {"work": work})) for work in case.get("found", ())],
        basis=_basis(case, use.developer),
        error=case.get("error"),
        circumstances=Circumstances(**case.get("circumstances", {})),
        developer=use.developer,
    )
    expected = case["expect"][regime]

    decision = decide(use, facts, load_regime(regime, unidentified=case.get("unidentified")))

    assert decision.verdict == expected["verdict"], decision.grounds
    assert sorted({ground.rule for ground in decision.grounds}) == sorted(
        f"{regime}/{rule}" for rule in expected["rules"]
    )
    if "needed" in expected:
        assert {need.party for need in decision.needed} == set(expected["needed"])
    if decision.verdict.is_go:
        assert not decision.needed


def test_every_case_has_its_own_name_and_is_told_in_both_languages() -> None:
    names = [case["case"] for case in CASES]

    assert len(names) == len(set(names))
    assert all(case["en"].strip() and case["ja"].strip() for case in CASES)
    assert all(set(case["expect"]) >= ALWAYS for case in CASES)
    assert all(set(case["expect"]) <= set(REGIMES) for case in CASES)


def test_the_casebook_fires_every_rule_of_the_default_regime() -> None:
    fired = {rule for case in CASES for rule in case["expect"]["jp-prior"]["rules"]}
    rules = {row.rule for table in load_regime("jp-prior").tables.values() for row in table.rows}

    assert rules <= fired
