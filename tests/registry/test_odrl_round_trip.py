# SPDX-License-Identifier: Apache-2.0
"""Every statement becomes a policy that says the same, and comes back as the statement that it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic
from rdflib.plugins.parsers.jsonld import to_rdf

from kyodaku.registry import Registry, odrl
from kyodaku.registry._codec import record_of
from kyodaku.registry._schema import checked
from kyodaku.registry.odrl._context import bundled
from kyodaku.registry.odrl.terms import KYO, ODRL, ODRL_CONTEXTS, short
from kyodaku.rights import ACTS, ALL, ANYONE, MEDIA, PERMISSION_KINDS, WORLD, Permission, Proof, RightsRecord
from kyodaku.rights._territories import COUNTRIES

RECORDED = datetime(2026, 4, 1, tzinfo=UTC)
LICENCES = ("grant", "offer")

# --- any statement there can be --------------------------------------------------------------------------------------
_RESERVED = {ALL, ANYONE, WORLD}
WORDS = st.text(st.characters(categories=["L", "M", "N", "P", "S"]), min_size=1, max_size=12)
LINES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
IDS = st.one_of(
    st.sampled_from(
        [
            "film-1",
            "スタジオ・例",
            "漫画 第二巻",
            "..",
            ".",
            "a/b",
            "statement/film-1",
            "a%20b",
            "kyo:anyone",
            "https://studio.example/works/1?v=2#part",
            "https://kyodaku.example/id/film-1",
            "https://kyodaku.example/ns#allWorks",
            "urn:isan:0000-0000-D07A-0090-Q-0000-0000-X",
            "http://[",
            "http:no-host",
            "_:b0",
            "@id",
            "<x>",
            "not all",
        ]
    ),
    LINES,
).filter(lambda text: text not in _RESERVED)


def several(items: st.SearchStrategy[str], everything: str) -> st.SearchStrategy[tuple[str, ...]]:
    some = st.lists(items, min_size=1, max_size=3, unique=True).map(tuple)
    return st.just((everything,)) | some


INSTANTS = st.integers(-600_000_000, 7_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
INSTANTS |= st.integers(1, 10**15).map(lambda micro: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=micro))


@st.composite
def statements(draw: st.DrawFn) -> Permission:
    kind = draw(st.sampled_from(PERMISSION_KINDS))
    since, until = sorted(draw(st.lists(INSTANTS, min_size=2, max_size=2, unique=True)))
    key, *others = draw(st.lists(IDS, min_size=3, max_size=3, unique=True))
    licence: dict[str, Any] = {}
    if kind in LICENCES:
        licence = {"sublicence": draw(st.booleans()), "exclusive": draw(st.booleans())}
        licence["under"] = draw(st.none() | st.just(others[0]))
    elif kind == "revocation":
        licence = {"revokes": others[1], "effect": draw(st.sampled_from([None, "purge"]))}
    return Permission(
        id=key,
        kind=kind,
        by=draw(IDS),
        to=draw(several(IDS, ANYONE)),
        works=draw(several(IDS, ALL)),
        acts=draw(several(st.sampled_from(ACTS), ALL)),
        purposes=draw(several(IDS, ALL)),
        territories=draw(several(st.sampled_from(sorted(COUNTRIES)), WORLD)),
        models=draw(several(IDS, ALL)),
        media=draw(several(st.sampled_from(MEDIA), ALL)),
        conditions=tuple(draw(st.lists(LINES, max_size=2))),
        duties=tuple(draw(st.lists(LINES, max_size=2))),
        recorded_at=RECORDED,
        effective_from=since,
        effective_until=draw(st.none() | st.just(until)),
        **licence,
    )


def written(*said: Permission) -> bytes:
    return json.dumps(odrl.policies(said), ensure_ascii=False).encode()


def recorded(document: dict[str, Any]) -> list[Permission]:
    """What the registry would record: the shape checked, the law's records made."""
    assert document.keys() == {"permissions"}
    found = []
    for item in document["permissions"]:
        fields, complaints = checked("permissions", item)
        assert fields is not None, complaints
        made = record_of("permission", fields, RECORDED)
        assert isinstance(made, Permission)
        found.append(made)
    return found


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(statements())
def test_a_statement_comes_back_as_it_was(said: Permission) -> None:
    reading = odrl.read(written(said))
    assert recorded(reading.document) == [said]
    assert reading.notes == ()


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(statements(), min_size=2, max_size=5, unique_by=lambda said: said.id))
def test_statements_do_not_run_into_each_other(said: list[Permission]) -> None:
    assert recorded(odrl.document_of(written(*said))) == sorted(said, key=lambda each: each.id)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(statements())
def test_rdflib_alone_finds_the_same_triples_and_turtle_says_the_same(said: Permission) -> None:
    """Without our preparation of the document, with the contexts that others would use."""
    document = odrl.policies([said])
    theirs = rdflib_alone(document)
    assert recorded(odrl.document_of(theirs.serialize(format="turtle").encode())) == [said]
    again = rdflib.Graph().parse(data=theirs.serialize(format="turtle"), format="turtle")
    assert isomorphic(theirs, again)


def rdflib_alone(document: dict[str, Any]) -> rdflib.Graph:
    first, second, own = document["@context"]
    inlined = {**document, "@context": [bundled(first), bundled(second), own]}
    graph: Any = to_rdf(inlined, rdflib.Graph())
    assert isinstance(graph, rdflib.Graph)
    return graph


# --- the policies are what ODRL calls valid --------------------------------------------------------------------------
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(statements())
def test_every_policy_has_what_odrl_demands(said: Permission) -> None:
    """The cardinalities of the information model, 2.1 to 2.6."""
    graph = rdflib_alone(odrl.policies([said]))
    vocabulary = rdflib.Namespace(ODRL)
    (policy,) = {
        subject
        for predicate in (vocabulary.permission, vocabulary.prohibition, vocabulary.obligation)
        for subject in graph.subjects(predicate)
    }
    assert isinstance(policy, rdflib.URIRef)
    assert len(set(graph.objects(policy, vocabulary.conflict))) == 1
    rules = [*graph.objects(policy, vocabulary.permission), *graph.objects(policy, vocabulary.prohibition)]
    for rule in rules:
        assert set(graph.objects(rule, vocabulary.target))
        assert set(graph.objects(rule, vocabulary.action))
    if said.kind in LICENCES:
        (permission,) = graph.objects(policy, vocabulary.permission)
        assert len(set(graph.objects(permission, vocabulary.assigner))) == 1
        assert set(graph.objects(permission, vocabulary.assignee))
    for constraint in graph.objects(None, vocabulary.constraint):
        for needed in (vocabulary.leftOperand, vocabulary.operator):
            assert len(set(graph.objects(constraint, needed))) == 1
        assert set(graph.objects(constraint, vocabulary.rightOperand))
    assert not [node for node in graph.all_nodes() if isinstance(node, rdflib.URIRef) and " " in node]


@pytest.mark.parametrize(
    ("kind", "type_", "property_"),
    [
        ("grant", "Agreement", "permission"),
        ("offer", "Offer", "permission"),
        ("refusal", "Set", "prohibition"),
        ("reservation", "Set", "prohibition"),
        ("objection", "Set", "prohibition"),
        ("revocation", "Set", "obligation"),
    ],
)
def test_each_kind_has_its_form(kind: str, type_: str, property_: str) -> None:
    said = a_statement(kind)
    policy = odrl.policy(said)
    assert policy["@type"] == type_
    assert [name for name in ("permission", "prohibition", "obligation") if name in policy] == [property_]
    assert policy["conflict"] == "prohibit"


def a_statement(kind: str, **changes: Any) -> Permission:
    fields: dict[str, Any] = {"id": "s-1", "kind": kind, "by": "studio", "to": ("lab",), "works": ("film-1",)}
    fields |= {"acts": ("train",), "recorded_at": RECORDED, "effective_from": RECORDED}
    fields |= {"revokes": "s-0"} if kind == "revocation" else {}
    return Permission(**{**fields, **changes})


def test_what_it_looks_like() -> None:
    said = a_statement(
        "grant",
        territories=("JP",),
        models=("video-1@2",),
        effective_until=datetime(2028, 4, 1, tzinfo=UTC),
        conditions=("after the last episode was broadcast",),
        duties=("名義を表示する",),
        sublicence=True,
    )
    assert odrl.policy(said) == {
        "@type": "Agreement",
        "uid": "statement/s-1",
        "profile": odrl.PROFILE,
        "conflict": "prohibit",
        "recordedAt": "2026-04-01T00:00:00Z",
        "permission": [
            {
                "assigner": "studio",
                "assignee": "lab",
                "target": "film-1",
                "action": "kyo:train",
                "constraint": [
                    {
                        "leftOperand": "dateTime",
                        "operator": "gteq",
                        "rightOperand": {"@value": "2026-04-01T00:00:00Z", "@type": "xsd:dateTime"},
                    },
                    {
                        "leftOperand": "dateTime",
                        "operator": "lt",
                        "rightOperand": {"@value": "2028-04-01T00:00:00Z", "@type": "xsd:dateTime"},
                    },
                    {"leftOperand": "spatial", "operator": "eq", "rightOperand": {"@id": "iso3166:JP"}},
                    {"leftOperand": "model", "operator": "eq", "rightOperand": "video-1@2"},
                ],
                "duty": [{"action": "kyo:meetBefore", "text": "after the last episode was broadcast"}],
                "sublicence": True,
            }
        ],
        "obligation": [{"action": "kyo:fulfil", "text": "名義を表示する"}],
    }


def test_no_act_is_written_in_a_word_that_permits_another() -> None:
    """The AI vocabulary includes training in `data-mining` and fine-tuning in `gen-ai`: a yes would grow."""
    policy = odrl.policy(a_statement("grant", acts=("mine", "train")))
    assert policy["permission"][0]["action"] == ["kyo:mine", "kyo:train"]


def test_a_proof_and_the_time_of_recording_do_not_travel() -> None:
    proof = Proof(kind="timestamp", reference="t-1", at=datetime(2025, 1, 1, tzinfo=UTC))
    said = a_statement("grant", proof=proof)
    assert recorded(odrl.document_of(written(said))) == [replace(said, proof=None)]


def test_other_bases_work_both_ways() -> None:
    base = "https://registry.studio.example/"
    said = a_statement("grant", works=("film-1", "https://kyodaku.example/id/film-1"))
    content = json.dumps(odrl.policies([said], base=base)).encode()
    assert recorded(odrl.document_of(content, base=base)) == [said]
    (elsewhere,) = odrl.document_of(content)["permissions"]
    assert elsewhere["works"] == ["film-1", f"{base}film-1"]
    assert elsewhere["by"] == f"{base}studio"


# --- with a real registry --------------------------------------------------------------------------------------------
PARTIES_AND_WORKS = """
parties: [{id: studio}, {id: author}, {id: lab, kind: developer}]
works:
  - {id: manga-1, kind: manga, shares: [{party: author}]}
  - {id: film-1, kind: film, derived_from: [manga-1], shares: [{party: studio}]}
"""


def test_a_registry_can_be_carried_to_another(studio: Registry, clock: Callable[[], datetime], tmp_path: Path) -> None:
    studio.import_document(
        {
            "permissions": [
                {"id": "g", "kind": "grant", "by": "studio", "to": "lab", "works": ["film-1"], "acts": ["train"]},
                {"id": "r", "kind": "refusal", "by": "author", "works": "all", "acts": ["generate"]},
                {"id": "o", "kind": "objection", "by": "studio", "works": ["film-1"]},
            ]
        }
    )
    studio.import_document(
        {"permissions": [{"id": "w", "kind": "revocation", "by": "studio", "revokes": "g", "effect": "purge"}]}
    )
    file = tmp_path / "all.jsonld"
    file.write_text(json.dumps(odrl.policies(studio.record())), encoding="utf-8")
    (tmp_path / "names.yaml").write_text(PARTIES_AND_WORKS, encoding="utf-8")
    with Registry.open(tmp_path / "other", create=True, clock=clock) as other:
        other.import_files([tmp_path / "names.yaml"])
        assert other.import_document(odrl.read_file(file).value).new == {"permission": 4}
        ours, theirs = studio.record().permissions, other.record().permissions
        assert {key: replace(said, recorded_at=RECORDED) for key, said in theirs.items()} == {
            key: replace(said, recorded_at=RECORDED) for key, said in ours.items()
        }
        assert other.import_document(odrl.read_file(file).value).new == {}


def test_a_record_is_written_in_the_order_of_ids() -> None:
    record = RightsRecord()
    assert odrl.policies(record)["@graph"] == []
    said = [a_statement("refusal", id="b"), a_statement("refusal", id="a")]
    assert [policy["uid"] for policy in odrl.policies(said)["@graph"]] == ["statement/a", "statement/b"]


def test_the_names_of_terms_are_short() -> None:
    assert short(f"{KYO}train") == "kyo:train"
    assert short("https://studio.example/x") == "https://studio.example/x"
    assert ODRL_CONTEXTS[0] == "http://www.w3.org/ns/odrl.jsonld"
