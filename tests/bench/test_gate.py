# SPDX-License-Identifier: Apache-2.0
"""The gate on drawn films: real registry, real `clear`, real decisions."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from kyodaku.bench.collection import Collection
from kyodaku.bench.copies import Trial, trials
from kyodaku.bench.gate import Case, GateReport, cases, gate_markdown, run_gate
from kyodaku.bench.plan import Sizes, plan_questions
from kyodaku.bench.queries import make_queries
from kyodaku.errors import KyodakuError


@pytest.fixture(scope="module")
def asked(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trial, ...]:
    sizes = Sizes(per_edit=2, chains=0, compilations=0, clips=2, strangers=1)
    questions = [
        question
        for question in plan_questions(collection, sizes, untouched=True)
        if question.family in {"exact", "clip", "split"} or (question.family, question.strength) == ("speed", "mild")
    ]
    return trials(collection, make_queries(collection, questions, tmp_path_factory.mktemp("queries")))


@pytest.fixture(scope="module")
def corpus(collection: Collection, asked: tuple[Trial, ...]) -> tuple[Case, ...]:
    return (*cases(collection, asked, "A"), *cases(collection, asked, "B"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gate")


@pytest.fixture(scope="module")
def report(collection: Collection, asked: tuple[Trial, ...], folder: Path) -> GateReport:
    return run_gate(collection, [trial for trial in asked if trial.query.family != "split"], folder, workers=1)


def test_the_corpus_has_granted_works_ungranted_works_and_strangers(corpus: tuple[Case, ...]) -> None:
    copies = [case for case in corpus if case.works]
    strangers = [case for case in corpus if not case.works]
    assert {case.expected for case in copies} == {"go", "no go"}
    assert all(case.licence for case in copies)
    assert {(bool(case.licence), case.expected) for case in strangers} == {(True, "go"), (False, "no go")}


def test_a_granted_work_beside_an_ungranted_one_is_not_judged(corpus: tuple[Case, ...]) -> None:
    granted = {work for case in corpus if case.expected == "go" and not case.beside for work in case.works}
    assert all(case.beside <= granted for case in corpus if case.works and case.expected == "go")


def test_the_gate_stops_what_it_must_and_lets_go_what_may(report: GateReport) -> None:
    assert report.slipped.total > 0
    assert report.held_back.total > 0
    assert report.slipped.hits == 0
    assert report.held_back.hits == 0
    assert report.errors == 0
    assert all(row.wrong.hits == 0 for row in report.rows)
    assert all(row.verdicts.hits == row.verdicts.total for row in report.rows)


def test_whole_films_are_found_by_name(report: GateReport) -> None:
    row = next(row for row in report.rows if row.family == "exact")
    assert row.found.hits == row.found.total == row.clips
    assert report.references == 7
    assert report.hours_per_hour is not None
    assert report.hours_per_hour > 0


def test_the_tables_name_every_family(report: GateReport) -> None:
    text = gate_markdown(report)
    assert [row.family for row in report.rows][-1].startswith("stranger")
    assert all(f"| {row.family} | {row.clips} |" in text for row in report.rows)
    assert "| — |" not in gate_markdown(dataclasses.replace(report, hours_per_hour=12.0, rows=report.rows[:1]))


def test_a_second_run_in_the_same_folder_is_refused(
    collection: Collection, asked: tuple[Trial, ...], report: GateReport, folder: Path
) -> None:
    with pytest.raises(KyodakuError, match="a run is there already"):
        run_gate(collection, asked, folder)
