# SPDX-License-Identifier: Apache-2.0
"""A text's findings for the law: sure, only possible, or none because it could not be read."""

from __future__ import annotations

import json

import pytest

from kyodaku.errors import IntegrityError
from kyodaku.examine import MAX_TEXT, mention_json, read_text
from kyodaku.names import Entry, Mention, Name, NamesIndex

NAMES = NamesIndex.build(
    [
        Entry(work="borro", kind="character", names=(Name(text="Borro Tidewhisker"),)),
        Entry(work="clara", kind="person", names=(Name(text="Clarimonde Vexelby"),)),
    ]
)


class Broken(NamesIndex):
    def __init__(self) -> None:
        """An index whose files went away."""

    def find(self, text: str) -> list[Mention]:
        raise IntegrityError("gone")


def found(*mentions: Mention) -> list[tuple[str, str]]:
    class Told(Broken):
        def find(self, text: str) -> list[Mention]:
            return list(mentions)

    return [(each.work, each.how) for each in read_text("x", Told()).findings()]


def mention(work: str, **stated: object) -> Mention:
    usual: dict[str, object] = {
        "work": work,
        "kind": "character",
        "start": 0,
        "end": 1,
        "quoted": "x",
        "how": "exact",
        "confidence": 1.0,
        "band": "match",
        "name": "x",
    }
    return Mention(**{**usual, **stated})  # type: ignore[arg-type]


def test_a_name_is_found_and_a_person_is_only_possible() -> None:
    findings = read_text("Borro Tidewhisker meets Clarimonde Vexelby", NAMES)
    assert [(each.work, each.how) for each in findings.findings()] == [("borro", "mention"), ("clara", "possible")]
    assert findings.examined


@pytest.mark.parametrize(
    ("mentions", "expected"),
    [
        ([], []),
        ([mention("a")], [("a", "mention")]),
        ([mention("a", band="review")], [("a", "possible")]),
        ([mention("a", band="review"), mention("a")], [("a", "mention")]),
        ([mention("a", kind="person")], [("a", "possible")]),
        ([mention("b", band="review"), mention("a")], [("a", "mention"), ("b", "possible")]),
    ],
)
def test_of_each_work_the_surest_finding_counts(mentions: list[Mention], expected: list[tuple[str, str]]) -> None:
    assert found(*mentions) == expected


def test_a_text_that_is_too_long_is_not_read() -> None:
    assert read_text("x" * MAX_TEXT, NAMES).examined
    findings = read_text("x" * (MAX_TEXT + 1), NAMES)
    assert (findings.mentions, findings.examined, list(findings.findings())) == (None, False, [])


def test_what_goes_wrong_in_searching_is_no_permission() -> None:
    findings = read_text("a heron", Broken())
    assert (findings.mentions, findings.error) == (None, "not_read: IntegrityError")


def test_halves_of_characters_can_be_written_down() -> None:
    findings = read_text("\ud800", NAMES)
    assert len(findings.sha256) == 64
    json.dumps(mention_json(mention("a", quoted="\ud800")), ensure_ascii=False).encode()


@pytest.mark.parametrize("how", ["description", "embedding"])
def test_of_a_description_neither_name_nor_confidence_is_told(how: str) -> None:
    record = mention_json(mention("a", how=how, confidence=0.7, name=""))
    assert (record["name"], record["confidence"]) == (None, None)
