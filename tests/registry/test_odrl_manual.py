# SPDX-License-Identifier: Apache-2.0
"""The page on ODRL and the profile say what is true: examples are read, tables are the program's."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rdflib
import yaml
from rdflib.namespace import RDF, RDFS, SKOS

import kyodaku.registry.odrl as package
from kyodaku.registry import odrl
from kyodaku.registry._codec import record_of
from kyodaku.registry._schema import checked
from kyodaku.registry.odrl import _graph, _jsonld, terms
from kyodaku.registry.odrl._context import bundled
from kyodaku.registry.odrl.terms import ACTION_OF, KYO, NO, ODRL, ODRL_CONTEXTS, OPERANDS, YES, short

MANUAL = (Path(__file__).parents[2] / "docs" / "odrl.md").read_text(encoding="utf-8")
PROFILE = rdflib.Graph().parse(Path(package.__file__).parent / "contexts" / "profile.ttl")


def rows_of(title: str) -> list[list[str]]:
    """The cells of the tables under a heading."""
    _, _, section = MANUAL.partition(f"\n## {title}\n")
    lines = section.partition("\n## ")[0].splitlines()
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("| ")]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", MANUAL, flags=re.MULTILINE | re.DOTALL)


def test_the_example_is_read_as_the_page_says() -> None:
    (example,), (expected,) = blocks("json"), blocks("yaml")
    found = odrl.document_of(example.encode())["permissions"]
    said = yaml.load(expected, yaml.BaseLoader)["permissions"]
    assert [statement(item) for item in found] == [statement(item) for item in said]


def statement(item: object) -> object:
    fields, complaints = checked("permissions", item)
    assert fields is not None, complaints
    return record_of("permission", fields, datetime(2030, 1, 1, tzinfo=UTC))


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_table_of_actions_is_the_programs() -> None:
    rows = {action: row for row in rows_of("Actions") for action in words(row[0]) if ":" in action}
    assert rows.keys() == {*map(short, {*YES, *NO}), "odrl:ai-training"}
    for iri, acts in NO.items():
        name = short(iri)
        assert words(rows[name][2]) == sorted(acts), name
        if iri in YES:
            assert words(rows[name][1]) == sorted(YES[iri]), name
        else:
            assert rows[name][1].startswith("refused"), name


@pytest.mark.parametrize("operand", [*OPERANDS, f"{ODRL}dateTime"])
def test_every_left_operand_is_in_the_table(operand: str) -> None:
    assert any(words(row[0]) == [short(operand)] for row in rows_of("Constraints"))


@pytest.mark.parametrize(
    "term", sorted({str(subject) for subject in PROFILE.subjects() if str(subject).startswith(KYO)})
)
def test_every_term_of_the_profile_is_explained(term: str) -> None:
    node = rdflib.URIRef(term)
    assert (node, RDF.type, SKOS.Concept) in PROFILE
    assert {label.language for label in PROFILE.objects(node, RDFS.label) if isinstance(label, rdflib.Literal)} == {
        "en",
        "ja",
    }
    if short(term) not in ("kyo:Statement", "kyo:Effect"):  # classes of the others
        assert f"`{short(term)}`" in MANUAL


def test_every_term_of_ours_is_in_the_profile() -> None:
    used = {
        iri for name in terms.__all__ for iri in strings(getattr(terms, name)) if iri.startswith(KYO) and iri != KYO
    }
    context = bundled(odrl.CONTEXT)
    assert context is not None
    for value in context.values():
        word = value if isinstance(value, str) else value["@id"]
        if word.startswith("kyo:"):
            used.add(KYO + word.removeprefix("kyo:"))
    defined = {str(subject) for subject in PROFILE.subjects()}
    assert used <= defined
    assert (rdflib.URIRef(odrl.PROFILE), None, None) in PROFILE


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [each for pair in value.items() for part in pair for each in strings(part)]
    return [each for part in value for each in strings(part)] if isinstance(value, tuple | frozenset) else []


def test_our_actions_are_included_in_what_the_vocabularies_have() -> None:
    """ODRL, 2.4: every action but `use` and `transfer` is included in another."""
    included = rdflib.URIRef(f"{ODRL}includedIn")
    for iri in [*ACTION_OF.values(), terms.FULFIL, terms.MEET_BEFORE, terms.WITHDRAWN]:
        if iri.startswith(KYO):
            assert list(PROFILE.objects(rdflib.URIRef(iri), included)), iri


def test_the_bundled_contexts_do_not_contradict_each_other() -> None:
    theirs, ours = bundled(ODRL_CONTEXTS[0]), bundled(odrl.CONTEXT)
    assert theirs is not None
    assert ours is not None
    assert theirs.keys() & ours.keys() == {"xsd"}
    assert theirs["xsd"] == ours["xsd"]
    assert all(f"`{address}`" in MANUAL for address in (ODRL_CONTEXTS[0], odrl.CONTEXT))


def test_the_limits_are_the_ones_of_the_page() -> None:
    assert f"| {odrl.MAX_BYTES // 1_000_000} MB |" in MANUAL
    assert f"| {_jsonld.MAX_DEPTH} lists and objects within each other |" in MANUAL
    assert _jsonld.MAX_VALUES == _graph.MAX_TRIPLES
    assert f"| {_jsonld.MAX_VALUES:,} |" in MANUAL


def test_the_json_of_the_page_is_json() -> None:
    assert all(json.loads(block) for block in blocks("json"))
