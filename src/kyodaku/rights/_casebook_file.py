# SPDX-License-Identifier: Apache-2.0
"""Casebook files: what is given, what is asked and what each regime is to answer, read into the records of the law.

Each file has what is `given` to all its cases (parties, works, mandates and statements in the words of a registry
file) and the `cases`: more that is given, the `use` (its acts as `act: train`, or as
`acts: [train, {act: publish, territory: US}]`, its circumstances under `circumstances`), the works `found`, the `claim`
of a manifest or the `basis`, what was `unseen`, the `circumstances` of the medium, the `signals` on it and when it was
`fetched_at`, a policy for the `unidentified`, and what to `expect` from each regime: the verdict, the rules of its
grounds, and whose grant is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from importlib import resources
from typing import Any, Final

import yaml

from kyodaku.rights.basis import basis_from_claim
from kyodaku.rights.facts import Basis, Facts, Finding, SignalFact
from kyodaku.rights.record import RightsRecord
from kyodaku.rights.statements import Mandate, Permission, Proof
from kyodaku.rights.uses import AlsoAct, Circumstances, Use
from kyodaku.rights.vocabulary import Verdict
from kyodaku.rights.works import MoralRecord, Party, Share, Term, Work

__all__ = ["Case", "Expected", "package_file", "read_cases", "read_labels", "read_subjects"]

SUBJECTS: Final = "subjects.yaml"
"""The file that says which questions the casebook must answer."""

LABELS: Final = "labels.yaml"
"""The file that says what the page calls things; all others are chapters."""

COMMON_USE: Final = {
    "developer": "lab",
    "act": "train",
    "purpose": "commercial",
    "model": "video-1",
    "territory": "JP",
    "at": date(2026, 6, 1),
}
"""What a case's use is, as far as the case does not say otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What a regime is to answer; `needed` is None where the case does not say."""

    verdict: Verdict
    rules: tuple[str, ...]
    needed: tuple[str | None, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One case: what is registered, what somebody wants to do, and what each regime is to answer.

    `told` is the case in a sentence, `chapter` the title of its file, `subjects` the questions it answers, `number` its
    place in the book.
    """

    name: str
    number: int
    chapter: Mapping[str, str]
    told: Mapping[str, str]
    subjects: tuple[str, ...]
    record: RightsRecord
    use: Use
    facts: Facts
    unidentified: str | None
    expect: Mapping[str, Expected]


class _Loader(yaml.SafeLoader):
    """YAML in which yes and no are words, as they are in a use file; only true and false are truth values."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or letter in "tTfF"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_cases() -> Iterator[Case]:
    """Every case of every shipped chapter, in the order of the files."""
    books = [_load(name) for name in sorted(_names())]
    pages = [(case, book) for book in books for case in book["cases"]]
    for number, (case, book) in enumerate(pages, start=1):
        yield _case(number, case, book)


def read_subjects() -> dict[str, dict[str, str]]:
    """The questions that the casebook must answer: id → language → text."""
    return {name: dict(texts) for name, texts in _load(SUBJECTS).items()}


def read_labels() -> dict[str, dict[str, str]]:
    """What the page calls things: label → language → text."""
    return {name: dict(texts) for name, texts in _load(LABELS).items()}


def _names() -> list[str]:
    files = resources.files("kyodaku.rights").joinpath("cases").iterdir()
    return [entry.name for entry in files if entry.name.endswith(".yaml") and entry.name not in {SUBJECTS, LABELS}]


def package_file(name: str) -> str:
    """The text of one of the casebook's files."""
    return resources.files("kyodaku.rights").joinpath("cases", name).read_text(encoding="utf-8")


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(package_file(name), _Loader)  # noqa: S506 - a SafeLoader with fewer words
    return loaded


def _case(number: int, fields: dict[str, Any], book: dict[str, Any]) -> Case:
    use = _use(fields.get("use", {}))
    record = _record([book["given"], fields.get("given", {})])
    facts = record.facts(
        [Finding(**(work if isinstance(work, dict) else {"work": work})) for work in fields.get("found", ())],
        basis=_basis(fields, use.developer),
        error=fields.get("error"),
        unseen=tuple(fields.get("unseen", ())),
        circumstances=Circumstances(**fields.get("circumstances", {})),
        signals=[SignalFact(**_moments(held)) for held in fields.get("signals", ())],
        fetched_at=_moments(fields).get("fetched_at"),
    )
    return Case(
        name=fields["case"],
        number=number,
        chapter=book["title"],
        told={"en": fields["en"], "ja": fields["ja"]},
        subjects=tuple(fields.get("about", ())),
        record=record,
        use=use,
        facts=replace(facts, parties=tuple(record.parties.values())),  # so that the developer is named, too
        unidentified=fields.get("unidentified"),
        expect={regime: _expected(held) for regime, held in fields["expect"].items()},
    )


def _expected(fields: dict[str, Any]) -> Expected:
    needed = fields.get("needed")
    return Expected(
        verdict=Verdict(fields["verdict"]),
        rules=tuple(sorted(fields["rules"])),
        needed=None if needed is None else tuple(needed),
    )


# --- the records ------------------------------------------------------------------------------------------------------
def _moments(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        key: datetime(value.year, value.month, value.day, tzinfo=UTC) if type(value) is date else value
        for key, value in fields.items()
    }


def _use(fields: dict[str, Any]) -> Use:
    stated = _moments(COMMON_USE | fields)
    acts = [held if isinstance(held, dict) else {"act": held} for held in stated.pop("acts", ())]
    if acts:
        first, *also = acts
        stated |= first | {"also": tuple(AlsoAct(**held) for held in also)}
    return Use(**(stated | {"circumstances": Circumstances(**stated.pop("circumstances", {}))}))


def _basis(case: dict[str, Any], developer: str) -> Basis | None:
    if "basis" in case:
        return Basis(**_moments(case["basis"]))
    claim = case.get("claim", {})
    return basis_from_claim(claim.get("licence"), claim.get("owner"), claim.get("source"), developer)


def _record(given: list[dict[str, Any]]) -> RightsRecord:
    works = {fields["id"]: _work(dict(fields)) for part in given for fields in part.get("works", ())}
    return RightsRecord(
        parties=[Party(**fields) for part in given for fields in part.get("parties", ())],
        works=works.values(),
        mandates=[_mandate(n, fields) for part in given for n, fields in enumerate(part.get("mandates", ()))],
        permissions=[_statement(n, fields) for part in given for n, fields in enumerate(part.get("statements", ()))],
    )


def _work(fields: dict[str, Any]) -> Work:
    return Work(
        **(
            fields
            | {
                "shares": tuple(_share(_moments(share)) for share in fields.get("shares", ())),
                "terms": tuple(Term(**_moments(term)) for term in fields.get("terms", ())),
                "moral": tuple(MoralRecord(**held) for held in fields.get("moral", ())),
            }
        )
    )


def _share(fields: dict[str, Any]) -> Share:
    return Share(**(fields | ({"portion": Fraction(str(fields["portion"]))} if "portion" in fields else {})))


def _statement(number: int, fields: dict[str, Any]) -> Permission:
    stated = _moments(fields)
    if "proof" in stated:
        stated["proof"] = Proof(**_moments(stated["proof"]))
    return Permission(**({"id": f"s-{number}", "recorded_at": stated["effective_from"]} | stated))


def _mandate(number: int, fields: dict[str, Any]) -> Mandate:
    stated = _moments(fields)
    return Mandate(**({"id": f"m-{number}", "recorded_at": stated["valid_from"]} | stated))
