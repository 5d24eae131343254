# SPDX-License-Identifier: Apache-2.0
"""Documents that would hide something, hurt somebody or call somewhere: each is one clear refusal, and no socket."""

from __future__ import annotations

import json
import logging
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry import Registry, UnacceptableError, odrl
from kyodaku.registry.odrl import _graph, _jsonld
from kyodaku.registry.odrl._context import bundled
from kyodaku.registry.odrl.terms import KYO, ODRL, ODRL_CONTEXTS
from kyodaku.registry.problems import Problem

CONTEXTS: list[Any] = [ODRL_CONTEXTS[0], odrl.CONTEXT]
TURTLE = f"@prefix odrl: <{ODRL}> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Whoever opens a socket, or as much as asks for an address, is found out even if the failure is swallowed."""
    asked: list[str] = []

    def refuse(*arguments: Any, **_: Any) -> Any:
        asked.append(repr(arguments))
        raise OSError("no network here")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    yield asked
    assert asked == []


def policy(**changes: Any) -> dict[str, Any]:
    rule = {"assigner": "studio", "assignee": "lab", "target": "film-1", "action": "train"}
    rule["constraint"] = [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "research"}]  # type: ignore[assignment]
    rule["duty"] = [{"action": "fulfil", "text": "name the studio"}]  # type: ignore[assignment]
    return {"@context": CONTEXTS, "@type": "Agreement", "uid": "g-1", "permission": [rule], **changes}


def with_context(*contexts: Any, **changes: Any) -> dict[str, Any]:
    return policy(**{"@context": [*CONTEXTS, *contexts], **changes})


def refusals(document: Any) -> list[str]:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(UsageError) as caught:
        odrl.read(content, name="x.jsonld")
    assert str(caught.value).startswith("x.jsonld")
    problems: tuple[Problem, ...] = getattr(caught.value, "problems", ())
    return [problem.what for problem in problems] or [caught.value.what]


def refusal(document: Any) -> str:
    return refusals(document)[0]


def test_the_document_that_the_others_vary_is_sound() -> None:
    (said,) = odrl.document_of(json.dumps(policy()).encode())["permissions"]
    assert (said["acts"], said["purposes"], said["duties"]) == (["train"], ["research"], ["name the studio"])


# --- the network -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/context.jsonld",
        "http://www.w3.org/ns/odrl.jsonld?x",
        "file:///etc/passwd",
        "context.jsonld",
        "//evil.example/x",
        "",
    ],
)
def test_a_context_that_is_not_bundled_is_refused_by_its_name(address: str) -> None:
    told = refusal(with_context(address))
    assert told == f"/@context/2: the context {address!r} is not fetched"


def test_bundled_contexts_are_answered_without_asking_anybody() -> None:
    for address in (*ODRL_CONTEXTS, odrl.CONTEXT):
        assert bundled(address)
        odrl.document_of(json.dumps(with_context(address)).encode())


def test_nothing_in_a_document_is_fetched() -> None:
    """Profiles, parties, references and bases are names, whatever they look like."""
    document = with_context({"@base": "http://169.254.169.254/latest/"})
    document["permission"][0]["assignee"] = "user-data"
    (said,) = odrl.document_of(json.dumps(document).encode())["permissions"]
    assert said["to"] == ["http://169.254.169.254/latest/user-data"]
    turtle = f"@base <http://169.254.169.254/> . {TURTLE} <p> odrl:inheritFrom <q> ; odrl:permission [] ."
    assert "inheritFrom" in refusal(turtle.encode())


# --- what JSON-LD would hide -----------------------------------------------------------------------------------------
def added(path: list[Any], key: str, value: Any) -> dict[str, Any]:
    document = policy()
    place: Any = document
    for step in path:
        place = place[step]
    place[key] = value
    return document


RULE = ["permission", 0]
HIDDEN: dict[str, tuple[dict[str, Any], str]] = {
    "a mistyped key": (added(RULE, "constrant", []), "/permission/0/constrant: no context defines 'constrant'"),
    "a null": (added(RULE, "constraint", None), "/permission/0/constraint: null, which JSON-LD would drop"),
    "a null among others": (added(RULE, "constraint", [None]), "/permission/0/constraint/0: null, which JSON-LD"),
    "an unknown keyword": (added(RULE, "@reverse", {"target": "x"}), "/permission/0/@reverse: '@reverse' is not read"),
    "an index": (added(RULE, "@index", "x"), "/permission/0/@index: '@index' is not read"),
    "a nest": (added(RULE, "@nest", {"constraint": []}), "/permission/0/@nest: '@nest' is not read"),
    "what is included": (added([], "@included", [{"@id": "x"}]), "/@included: '@included' is not read"),
    "a blank property": (added(RULE, "_:x", "y"), "/permission/0/_:x: '_:x' is not read"),
    "our own mark": (added(RULE, _jsonld.MARK, "0"), "/permission/0/urn:kyodaku:place: 'urn:kyodaku:place' is not for"),
    "a graph with a name": (added([], "@graph", []), ": a @graph with a name or properties of its own"),
    "a context within": (added(RULE, "@context", {}), "/permission/0/@context: a context within a policy"),
    "an IRI that is none": (
        added(RULE, "target", "the first film"),
        "/permission/0/target: 'the first film' is no IRI",
    ),
    "an id that is no text": (added(RULE, "uid", 5), "/permission/0/uid: an id that is no text"),
    "an id that is no IRI": (added(RULE, "@id", "a b"), "/permission/0/@id: 'a b' is no IRI"),
    "an id twice": (added([], "@id", "g-2"), "/@id: @id a second time (first as 'uid')"),
    "a type that is none": (added(RULE, "type", ["Permission", 5]), "/permission/0/type: a type that is no IRI"),
    "a list of lists": (added(RULE, "target", [["film-1"]]), "/permission/0/target/0: a list within a list"),
    "a list with a name": (
        added(RULE, "target", {"@list": [], "uid": "x"}),
        "/permission/0/target: other keys beside @list",
    ),
    "a value with a rider": (
        added([*RULE, "constraint", 0], "rightOperand", {"@value": "x", "unit": "y"}),
        "/permission/0/constraint/0/rightOperand/unit: 'unit' beside @value is not read",
    ),
    "a value that is no value": (
        added([*RULE, "constraint", 0], "rightOperand", {"@value": ["x"]}),
        "/permission/0/constraint/0/rightOperand/@value: a @value that is neither text",
    ),
    "a type that rdflib would parse": (
        added([*RULE, "constraint", 0], "rightOperand", {"@value": "<a/>", "@type": "rdf:XMLLiteral"}),
        "/permission/0/constraint/0/rightOperand/@type: values of type 'rdf:XMLLiteral' are not read",
    ),
    "a language that is none": (
        added([*RULE, "constraint", 0], "rightOperand", {"@value": "x", "@language": "ja jp"}),
        "/permission/0/constraint/0/rightOperand/@language: this is no language tag",
    ),
    "a language for a number": (
        added([*RULE, "constraint", 0], "rightOperand", {"@value": 5, "@language": "ja"}),
        "/permission/0/constraint/0/rightOperand: a @language for what is no plain text",
    ),
    "a term that means nothing": (
        with_context({"constraint": None}),
        "/@context/2/constraint: a term that means nothing",
    ),
    "a term turned round": (
        with_context({"permission": "odrl:prohibition"}),
        "/@context/2/permission: the term 'permission' gets another meaning",
    ),
    "a constraint taken for a remark": (
        with_context({"constraint": {"@id": "rdfs:comment"}}),
        "/@context/2/constraint: the term 'constraint' gets another meaning",
    ),
    "a context within a term": (
        with_context({"x": {"@id": "odrl:duty", "@context": {}}}),
        "/@context/2/x/@context: '@context' in a term is not read",
    ),
    "a container": (
        with_context({"x": {"@id": "odrl:duty", "@container": "@index"}}),
        "/@context/2/x/@container: containers other than @set are not read",
    ),
    "a type of values in a term": (
        with_context({"x": {"@id": "odrl:duty", "@type": "@json"}}),
        "/@context/2/x/@type: values of type '@json' are not read",
    ),
    "a term for a keyword": (with_context({"is": "@reverse"}), "/@context/2/is: a term whose IRI is not absolute"),
    "terms in a circle": (with_context({"a": "b:x", "b": "a:y"}), "/@context/2/a: a term whose IRI is not absolute"),
    "a term that is not absolute": (with_context({"a": "b"}), "/@context/2/a: a term whose IRI is not absolute"),
    "an import": (
        with_context({"@import": ODRL_CONTEXTS[0]}),
        "/@context/2/@import: '@import' in a context is not read",
    ),
    "a base that is none": (with_context({"@base": "here"}), "/@context/2/@base: @base is not an absolute IRI"),
    "two vocabularies": (
        with_context({"@vocab": KYO}, {"@vocab": ODRL}),
        "/@context/3/@vocab: @vocab a second time, with another value",
    ),
    "a language of the context that is none": (
        with_context({"@language": 5}),
        "/@context/2/@language: @language is not a language tag",
    ),
    "a context that is a number": (with_context(5), "/@context/2: a context that is neither an address nor an object"),
}


@pytest.mark.parametrize(("document", "what"), HIDDEN.values(), ids=HIDDEN)
def test_what_json_ld_would_drop_or_turn_round_is_refused(document: dict[str, Any], what: str) -> None:
    told = refusals(document)
    assert any(each.startswith(what.removeprefix(": ")) for each in told), told


@pytest.mark.parametrize(
    "context",
    [
        {"@version": 1.1, "@language": "ja", "@vocab": "https://studio.example/terms#"},
        {"dct": "http://purl.org/dc/terms/", "id": "@id", "kind": {"@id": "@type"}},
        {"acts": {"@id": "odrl:action", "@type": "@vocab", "@container": ["@set"], "@protected": True}},
        {"permission": {"@id": "odrl:permission", "@type": "@id"}},
    ],
)
def test_harmless_contexts_are_read(context: dict[str, Any]) -> None:
    expected = odrl.document_of(json.dumps(policy()).encode())
    assert odrl.document_of(json.dumps(with_context(context)).encode()) == expected


@pytest.mark.parametrize("document", ["x", 5, [], None, ["x"], {"@graph": "x"}, {"@graph": [5]}, {"@graph": None}, {}])
def test_json_that_is_no_policy(document: Any) -> None:
    refusals(document)


# --- a yes does not grow ---------------------------------------------------------------------------------------------
OBJECTS = [[], RULE, [*RULE, "constraint", 0], [*RULE, "duty", 0]]
ODD_KEYS = [
    "odrl:refinement", "odrl:consequence", "odrl:remedy", "odrl:failure", "odrl:function", "odrl:relation",
    "odrl:unit", "odrl:status", "odrl:dataType", "odrl:rightOperandReference", "odrl:xone", "odrl:or",
    "odrl:andSequence", "odrl:inheritFrom", "odrl:informedParty", "odrl:output", "odrl:scope", "odrl:undefined",
    "kyo:unknown", "cc:attributionName", "dct:rights", "dct:license", "dct:valid", "schema:expires",
    "https://studio.example/terms#only",
]  # fmt: skip
ODD_VALUES = [
    "x",
    "odrl:print",
    5,
    True,
    {"@id": "https://x.example/"},
    {"@list": ["JP"]},
    {"leftOperand": "count"},
    ["x", "y"],
]


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(OBJECTS), st.sampled_from(ODD_KEYS), st.sampled_from(ODD_VALUES))
def test_whatever_is_added_to_a_permission_and_not_understood_refuses_it(path: list[Any], key: str, value: Any) -> None:
    assert refusals(added(path, key, value))


def refusing(path: list[Any], key: str, value: Any) -> dict[str, Any]:
    """The same as a prohibition, with something added."""
    document = added(path, key, value)
    document["prohibition"] = document.pop("permission")
    return {**document, "@type": "Set"}


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([RULE, [*RULE, "constraint", 0]]), st.sampled_from(ODD_KEYS), st.sampled_from(ODD_VALUES))
def test_whatever_is_added_to_a_prohibition_makes_it_no_narrower(path: list[Any], key: str, value: Any) -> None:
    (before,) = odrl.document_of(json.dumps(refusing(RULE, "dct:title", "x")).encode())["permissions"]
    try:
        reading = odrl.read(json.dumps(refusing(path, key, value)).encode())
    except UsageError:
        return  # nothing is recorded, and somebody is told
    (after,) = reading.document["permissions"]
    assert reading.notes
    assert after.keys() <= before.keys()
    assert all(set(before[name]) <= set(after[name]) for name in after.keys() - {"id", "kind", "by"})


KEYS = st.sampled_from(
    [
        "permission", "prohibition", "obligation", "duty", "constraint", "action", "target", "assigner", "assignee",
        "leftOperand", "operator", "rightOperand", "refinement", "conflict", "profile", "uid", "@type", "@id", "@value",
        "@list", "@set", "@graph", "@context", "rdf:value", "and", "consequence", "remedy", "statement", "under",
        "text", "effect", "sublicence", "partOf", "hasPolicy", "source", "odrl:uid", "dct:title", "foo", "",
    ]
)  # fmt: skip
SCALARS = st.sampled_from(
    [
        "Agreement", "Set", "Request", "train", "odrl:gen-ai", "use", "film-1", "studio", "kyo:anyone", "kyo:allWorks",
        "dateTime", "spatial", "purpose", "lteq", "eq", "isAnyOf", "JP", "2027-03-31T23:59:59+09:00", "xsd:dateTime",
        "_:b", "regardAsWithdrawn", "kyo:fulfil", "", "\x00", "a b", None, True, 1, 2.5, 10**30, "@id", "all",
    ]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(OBJECTS), KEYS, VALUES)
def test_no_document_ends_in_a_traceback(path: list[Any], key: str, value: Any) -> None:
    assert told_or_read(json.dumps(added(path, key, value)).encode())


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_text_ends_in_a_traceback(data: st.DataObject) -> None:
    """Sound documents, with pieces cut out and others put in."""
    pieces = [b"<", b'"', b"[", b"]", b"(", b".", b"^^", b"_:x", b"\\u0041", b"<!ENTITY", b"{", b"@base <file:///x> .",
              b"\xff", b"\x00", b"\xe3\x81\x82", b"'''", b"\\ud800"]  # fmt: skip
    content = bytearray(data.draw(st.sampled_from([json.dumps(policy()).encode(), LICENCE_IN_TURTLE])))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 20))] = data.draw(st.sampled_from(pieces))
    assert told_or_read(bytes(content))


def told_or_read(content: bytes) -> str | list[Any]:
    """What is wrong with it, or the statements in it; any other exception is a fault of ours."""
    try:
        found: list[Any] = odrl.document_of(content)["permissions"]
    except UsageError as error:
        return str(error)
    return found


LICENCE_IN_TURTLE = (
    TURTLE
    + """
<g-1> a odrl:Agreement ; odrl:permission [
    odrl:assigner <studio> ; odrl:assignee <lab> ; odrl:target <film-1> ; odrl:action odrl:gen-ai ;
    odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isAnyOf ; odrl:rightOperand ("a" "b") ] ] .
"""
).encode()


# --- limits ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xff\xfe{}", "this is not UTF-8 text"),
        (b"", "no ODRL policy is in here"),
        (b'{"a": 1,\n "a": 2}', "'a' a second time"),
        (b'{"a": NaN}', "this is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "this is not JSON"),
        (b'{"a": "\\ud800"}', "half of a letter"),
        (b'{"a": 1', "this is not JSON"),
        (b"[" * 100_000, "lists and objects more than 20 deep"),
        (b"[[" * 30 + b"]]" * 30, "this is not a JSON-LD object"),
        (b'{"odrl:x":' * 5000 + b"1" + b"}" * 5000, "deep"),
        (b"[" * 2000 + b"]", "lists and objects more than 20 deep"),
        (b"<a> <b> " + b"(" * 5000, "brackets too deep"),
        (b"<a> <b> <c>", "this is neither JSON nor Turtle"),
        (b"\n\n<a> <b> ] .", "this is neither JSON nor Turtle"),
        (b"permissions:\n  - kind: grant\n", "this is neither JSON nor Turtle"),
        (b"<a> <b> '\\u0041' .", "\\u is not read"),
        (b"<a> <b> '''<!DOCTYPE x [<!ENTITY y 'z'>]>''' .", "<!ENTITY is not read"),
    ],
)  # fmt: skip
def test_what_is_no_document_at_all(content: bytes, what: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert what in refusal(content)
    assert capfd.readouterr() == ("", "")


def test_depth_is_limited_where_json_still_reads_it() -> None:
    value: Any = "x"
    for _ in range(40):
        value = {"odrl:duty": [value]}
    assert any("more than 20 deep" in told for told in refusals(with_context() | {"odrl:duty": value}))


def test_a_document_that_is_too_large_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_graph, "MAX_BYTES", 1_000_000)
    assert refusal(b" " * 1_000_001) == "larger than 1 MB"
    monkeypatch.setattr(_jsonld, "MAX_VALUES", 1000)
    assert "more than 1,000 values" in refusal(b"[" + b"1," * 1000 + b"1]")
    monkeypatch.setattr(_graph, "MAX_TRIPLES", 10)
    assert "more than 10 statements of RDF" in refusal(policy())


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonld"
    with path.open("wb") as file:
        file.truncate(10_000_000_000)  # of holes
    started = time.monotonic()
    with pytest.raises(UsageError, match="larger than 16 MB"):
        odrl.read_file(path)
    assert time.monotonic() - started < 5
    with pytest.raises(KyodakuError, match="cannot be read"):
        odrl.read_file(tmp_path / "none.jsonld")


@pytest.mark.parametrize(
    "cells",
    [
        "rdf:first <film-1> ; rdf:rest _:l",
        "rdf:first <film-1> ; rdf:rest <film-2>",
        "rdf:first <film-1>, <film-2> ; rdf:rest ()",
        "rdf:first <film-1> ; rdf:rest (), (<film-2>)",
        "rdf:first <film-1>",
        "rdf:first <film-1> ; rdf:rest () ; odrl:refinement [ odrl:leftOperand odrl:count ]",
    ],
)
def test_a_list_that_is_none_or_hides_something(cells: str) -> None:
    turtle = f"{TURTLE} _:l {cells} . <g-1> a odrl:Agreement ; odrl:permission ["
    turtle += " odrl:assigner <s> ; odrl:assignee <lab> ; odrl:action odrl:gen-ai ; odrl:target _:l ] ."
    assert any("rdf:" in told or "no IRI" in told for told in refusals(turtle.encode()))


def test_a_limit_among_what_only_describes_belongs_to_nothing() -> None:
    limit = {"constraint": {"leftOperand": "count", "operator": "eq", "rightOperand": 1}}
    for key in ("dct:description", "foaf:maker", "rdfs:comment"):
        assert all("belongs to no policy" in told for told in refusals(added(RULE, key, limit)))


def test_a_work_that_is_a_policy_too_hides_no_limit() -> None:
    other = {"uid": "p-2", "assigner": "studio", "prohibition": [{"target": "film-3", "action": "train"}]}
    document = policy(**{"@graph": None})
    document["permission"][0]["target"] = "p-2"
    del document["@context"], document["@graph"]
    sound = {"@context": CONTEXTS, "@graph": [document, other]}
    assert len(odrl.document_of(json.dumps(sound).encode())["permissions"]) == 2
    limited = {**other, "refinement": [{"leftOperand": "count", "operator": "eq", "rightOperand": 1}]}
    assert any("odrl:refinement" in told for told in refusals({"@context": CONTEXTS, "@graph": [document, limited]}))


def test_a_logical_constraint_without_an_end() -> None:
    turtle = f"{TURTLE} _:c odrl:and _:c . <g-1> a odrl:Agreement ; odrl:permission [ odrl:constraint _:c ;"
    turtle += " odrl:assigner <s> ; odrl:assignee <lab> ; odrl:action odrl:gen-ai ; odrl:target <film-1> ] ."
    assert "is not in this document" in refusal(turtle.encode())


def test_logging_is_as_it_was() -> None:
    logger = logging.getLogger("rdflib")
    before = (logger.propagate, list(logger.handlers), logger.disabled)
    refusal(b"<a> <b> 'x'^^<http://www.w3.org/2001/XMLSchema#dateTime> .")
    assert (logger.propagate, list(logger.handlers), logger.disabled) == before


def test_without_rdflib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdflib", None)
    for content in (json.dumps(policy()).encode(), LICENCE_IN_TURTLE):
        with pytest.raises(KyodakuError, match=r"kyodaku\[odrl\]"):
            odrl.read(content)


# --- in the registry -------------------------------------------------------------------------------------------------
def test_what_the_registry_refuses_is_told_at_the_line_of_the_odrl_file(studio: Registry, tmp_path: Path) -> None:
    document = policy(prohibition=[{"assigner": "nobody", "target": "film-9", "action": "generate"}])
    path = tmp_path / "licence.jsonld"
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    found = odrl.read_file(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    places = found.lines([("permissions", 1, "by"), ("permissions", 1, "works", 0), ("permissions", 0, "purposes"), ()])
    assert '"assigner": "nobody"' in lines[places["permissions", 1, "by"] - 1]
    assert '"target": "film-9"' in lines[places["permissions", 1, "works", 0] - 1]
    assert places["permissions", 0, "purposes"] < places["permissions", 1, "by"]
    assert places[()] == 1
    with pytest.raises(UnacceptableError, match="unknown work 'film-9'"):
        studio.import_document(found.value)
    assert not studio.record().permissions


def test_injection_in_ids_is_an_id_like_any_other() -> None:
    name = "film'); DROP TABLE declarations;--"
    document = policy(uid="x")
    document["permission"][0]["target"] = {"uid": f"https://kyodaku.example/id/{name}".replace(" ", "%20")}
    (said,) = odrl.document_of(json.dumps(document).encode())["permissions"]
    assert said["works"] == [name]


def test_an_id_that_encodes_no_text() -> None:
    document = policy()
    document["permission"][0]["target"] = "%ff%fe"
    assert "/permission/0/target: it has no IRI" in refusal(document)
