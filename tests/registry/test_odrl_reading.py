# SPDX-License-Identifier: Apache-2.0
"""What becomes of the policies that others write: a yes whole or not at all, a no in doubt broader."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rdflib
from rdflib.plugins.parsers.jsonld import to_rdf

from kyodaku.errors import UsageError
from kyodaku.registry import UnacceptableError, odrl
from kyodaku.registry.odrl._context import bundled
from kyodaku.registry.odrl.terms import DUTY_ACTIONS, NO, ODRL, ODRL_CONTEXTS, YES
from kyodaku.rights import ACTS, ALL

CONTEXTS: list[Any] = [ODRL_CONTEXTS[0], odrl.CONTEXT]
STUDIO, LAB, FILM = "https://studio.example/", "https://lab.example/", "https://studio.example/films/1"
IDS = {"assigner": STUDIO, "assignee": LAB, "target": FILM}
NAMES = {"by": STUDIO, "to": [LAB], "works": [FILM]}


def rule(**changes: Any) -> dict[str, Any]:
    """A rule by the studio to the lab about the film; None takes a key out."""
    return {key: value for key, value in {**IDS, "action": "odrl:gen-ai", **changes}.items() if value is not None}


def constraint(left: str, operator: str, right: Any, **more: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right, **more}


def agreement(*permissions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = {"@context": CONTEXTS, "@type": "Agreement", "uid": "https://studio.example/policy/1"}
    return {**made, **({"permission": list(permissions)} if permissions else {}), **changes}


def no(*prohibitions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return agreement(**{"@type": "Set", "prohibition": list(prohibitions), **changes})


def read(document: Any) -> odrl.Reading:
    return odrl.read(json.dumps(document, ensure_ascii=False, indent=2).encode(), name="licence.jsonld")


def statements(document: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(document).document["permissions"]
    return found


def one(document: Any) -> dict[str, Any]:
    (found,) = statements(document)
    return found


def refusals(document: Any) -> list[str]:
    """What each problem says, without the file and its line."""
    with pytest.raises(UnacceptableError) as caught:
        read(document)
    assert all(problem.file == "licence.jsonld" and problem.line for problem in caught.value.problems)
    return [problem.what for problem in caught.value.problems]


def refusal(document: Any) -> str:
    (what,) = refusals(document)
    return what


def notes(document: Any) -> list[str]:
    return [f"{note.place}: {note.what}" for note in read(document).notes]


# --- policies like those in the Recommendation, about films ----------------------------------------------------------
def test_an_agreement_grants() -> None:
    assert one(agreement(rule())) == {
        "id": "https://studio.example/policy/1",
        "kind": "grant",
        **NAMES,
        "acts": ["train"],
    }


@pytest.mark.parametrize("type_", ["Set", "Policy", None])
def test_a_set_is_no_more_than_an_offer_to_anyone(type_: str | None) -> None:
    document = agreement(rule(assignee=None), **{"@type": type_})
    if type_ is None:
        del document["@type"]
    assert one(document) == {
        "id": "https://studio.example/policy/1",
        "kind": "offer",
        **NAMES,
        "to": ["anyone"],
        "acts": ["train"],
    }


def test_an_offer_stays_an_offer_even_to_a_named_party() -> None:
    assert one(agreement(rule(), **{"@type": "Offer"}))["kind"] == "offer"


def test_a_prohibition_is_a_refusal() -> None:
    said = one(no(rule(action="odrl:ai-augment", assignee=None)))
    assert (said["kind"], said["by"], said["to"], said["acts"]) == ("refusal", STUDIO, ["anyone"], ["input"])


@pytest.mark.parametrize("kind", ["refusal", "reservation", "objection"])
def test_a_no_can_say_which_kind_it_is(kind: str) -> None:
    assert one(no(rule(), statement=kind.capitalize()))["kind"] == kind


def test_permission_and_prohibition_of_one_policy_are_two_statements() -> None:
    document = agreement(rule(action="train"), prohibition=[rule(action="generate")])
    first, second = statements(document)
    assert (first["kind"], first["acts"]) == ("grant", ["train"])
    assert (second["kind"], second["acts"]) == ("refusal", ["generate"])
    assert first["id"].startswith("https://studio.example/policy/1#")
    assert first["id"] != second["id"]
    assert statements(document) == [first, second]


def test_a_rule_with_a_uid_gives_its_statement_that_id() -> None:
    document = agreement(rule(uid="https://studio.example/rule/a"), rule(action="index"))
    first, second = statements(document)
    assert first["id"] == "https://studio.example/rule/a"
    assert second["id"].startswith("https://studio.example/policy/1#")


def test_a_policy_without_uid_gives_no_id() -> None:
    document = agreement(rule())
    del document["uid"]
    assert "id" not in one(document)


def test_several_targets_actions_and_assignees_are_one_statement() -> None:
    works, parties = [FILM, "https://studio.example/films/2"], [LAB, "https://other.example/"]
    said = one(agreement(rule(target=works, assignee=parties, action=["odrl:gen-ai", "odrl:index"])))
    assert (said["works"], said["to"], said["acts"]) == (works, sorted(parties), ["index", "train"])


def test_several_assigners_are_several_statements() -> None:
    first, second = statements(agreement(rule(assigner=[STUDIO, "https://author.example/"])))
    assert {first["by"], second["by"]} == {STUDIO, "https://author.example/"}
    assert first["id"] != second["id"]


def test_what_a_policy_states_holds_for_all_its_rules() -> None:
    document = agreement({"assignee": LAB}, {"assignee": "https://other.example/"})
    document |= {"assigner": STUDIO, "target": FILM, "action": "odrl:gen-ai"}
    assert [(said["to"], said["works"]) for said in statements(document)] == [
        ([LAB], [FILM]),
        (["https://other.example/"], [FILM]),
    ]


def test_a_work_or_party_may_say_of_itself_what_the_policy_is_to_it() -> None:
    policy = agreement({"action": "odrl:gen-ai"})
    key = policy["uid"]
    around = [
        {"@id": FILM, "dct:title": "最初の映画", "hasPolicy": key},
        {"@id": STUDIO, "assignerOf": key},
        {"@id": LAB, "vcard:fn": "Example Lab", "assigneeOf": key},
    ]
    del policy["@context"]
    assert one({"@context": CONTEXTS, "@graph": [policy, *around]}) == {"id": key, "kind": "grant", **NAMES} | {
        "acts": ["train"]
    }


def test_descriptions_of_parties_and_works_restrict_nothing() -> None:
    described = rule(
        assigner={"@type": ["Party", "vcard:Organization"], "uid": STUDIO, "vcard:fn": "例スタジオ"},
        assignee={"@type": "Party", "uid": LAB, "foaf:name": "Example Lab"},
        target={"@type": "Asset", "uid": FILM, "dct:title": {"@value": "最初の映画", "@language": "ja"}},
    )
    document = agreement(
        described, **{"dct:creator": "Example Studio", "dct:issued": "2026-04-01", "dct:description": "x"}
    )
    assert one(document)["works"] == [FILM]


# --- time ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("operator", "field", "expected"),
    [
        ("gteq", "effective_from", "2027-03-31T14:59:59Z"),
        ("gt", "effective_from", "2027-03-31T14:59:59.000001Z"),
        ("lt", "effective_until", "2027-03-31T14:59:59Z"),
        ("lteq", "effective_until", "2027-03-31T14:59:59.000001Z"),
    ],
)
@pytest.mark.parametrize("type_", ["xsd:dateTime", "xsd:dateTimeStamp", None])
def test_moments_bound_the_period(operator: str, field: str, expected: str, type_: str | None) -> None:
    value = {"@value": "2027-03-31T23:59:59+09:00", "@type": type_} if type_ else "2027-03-31T23:59:59+09:00"
    for document in (agreement(rule(constraint=constraint("dateTime", operator, value))),
                     no(rule(constraint=[constraint("dateTime", operator, value)]))):  # fmt: skip
        assert one(document)[field] == expected


def test_the_narrowest_of_several_periods_holds() -> None:
    times = [("gteq", "2026-01-01T00:00:00Z"), ("gteq", "2026-06-01T00:00:00Z"), ("lt", "2028-01-01T00:00:00Z"),
             ("lt", "2027-01-01T00:00:00Z")]  # fmt: skip
    said = one(agreement(rule(constraint=[constraint("dateTime", operator, value) for operator, value in times])))
    assert (said["effective_from"], said["effective_until"]) == ("2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z")


@pytest.mark.parametrize("make", [agreement, no])
def test_a_period_that_ends_before_it_begins_is_refused(make: Any) -> None:
    times = [
        constraint("dateTime", "gteq", "2027-01-01T00:00:00Z"),
        constraint("dateTime", "lt", "2026-01-01T00:00:00Z"),
    ]
    assert "ends before it begins" in refusal(make(rule(constraint=times)))


@pytest.mark.parametrize(
    "value",
    [
        {"@value": "2027-03-31", "@type": "xsd:date"},
        "2027-03-31T23:59:59",
        {"@value": "2027-02-30T00:00:00Z", "@type": "xsd:dateTime"},
        {"@value": "soon", "@type": "xsd:dateTime"},
        {"@value": "9999-12-31T23:59:59.999999Z", "@type": "xsd:dateTime"},
        {"@value": "0001-01-01T00:00:00+14:00", "@type": "xsd:dateTime"},
        {"@id": "https://studio.example/release"},
        ["2027-03-31T00:00:00Z", "2027-04-30T00:00:00Z"],
        2027,
    ],
)
def test_a_time_of_which_nobody_knows_when_it_is(value: Any, caplog: pytest.LogCaptureFixture) -> None:
    limited = rule(constraint=[constraint("dateTime", "lteq", value)])
    assert refusal(agreement(limited)).startswith("/permission/0/constraint/0/rightOperand: ")
    assert "effective_until" not in one(no(limited))
    assert notes(no(limited))
    assert not caplog.records


# --- places, purposes, models, media ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("eq", "JP", ["JP"]),
        ("isPartOf", {"@id": "iso3166:JP"}, ["JP"]),
        ("isAnyOf", ["JP", "KR"], ["JP", "KR"]),
        ("isAnyOf", {"@list": ["JP", {"@id": "iso3166:KR"}]}, ["JP", "KR"]),
        ("isAnyOf", "https://www.iso.org/obp/ui/#iso:code:3166:JP", ["JP"]),
        ("eq", {"@id": "http://www.itu.int/tML/tML-ISO-3166:jp"}, ["JP"]),
    ],
)
def test_places(operator: str, value: Any, expected: list[str]) -> None:
    assert one(agreement(rule(constraint=[constraint("spatial", operator, value)])))["territories"] == expected


@pytest.mark.parametrize(
    ("left", "value", "expected"),
    [
        ("purpose", "research", {"purposes": ["research"]}),
        ("purpose", {"@id": "https://w3id.org/dpv#Research"}, {"purposes": ["https://w3id.org/dpv#Research"]}),
        ("purpose", {"@id": "research"}, {"purposes": ["research"]}),
        ("model", ["video-1@2", "video-1@3"], {"models": ["video-1@2", "video-1@3"]}),
        ("kyo:media", ["video", "animation"], {"media": ["animation", "video"]}),
        ("purpose", {"@value": "研究", "@language": "ja"}, {"purposes": ["研究"]}),
    ],
)
def test_dimensions(left: str, value: Any, expected: dict[str, Any]) -> None:
    said = one(agreement(rule(constraint=[constraint(left, "isAnyOf", value)])))
    assert said == {**one(agreement(rule())), **expected}


def test_a_yes_keeps_what_two_constraints_both_allow_and_a_no_what_either_names() -> None:
    both = [constraint("purpose", "isAnyOf", ["a", "b"]), constraint("purpose", "isAnyOf", ["b", "c"])]
    assert one(agreement(rule(constraint=both)))["purposes"] == ["b"]
    assert one(no(rule(constraint=both)))["purposes"] == ["a", "b", "c"]
    assert "either is enough" in notes(no(rule(constraint=both)))[0]
    nothing = [constraint("purpose", "eq", "a"), constraint("purpose", "eq", "b")]
    assert "leave nothing" in refusal(agreement(rule(constraint=nothing)))


def test_constraints_that_are_joined_by_and_hold_together() -> None:
    joined = {"and": {"@list": [constraint("purpose", "eq", "research"), constraint("spatial", "eq", "JP")]}}
    said = one(agreement(rule(constraint=[joined])))
    assert (said["purposes"], said["territories"]) == (["research"], ["JP"])


def test_who_receives_what_comes_of_it_is_for_a_person_to_see_to() -> None:
    limited = rule(constraint=[constraint("recipient", "isAnyOf", [{"@id": LAB}, {"@id": "lab-2"}])])
    assert one(agreement(limited)) == {
        **one(agreement(rule())),
        "conditions": [f"odrl:recipient isAnyOf {LAB}, lab-2"],
    }
    assert "is not understood" in notes(no(limited))[0]
    assert one(no(limited)) == one(no(rule()))
    for right in ({"dct:title": "them"}, "x" * 1000, "a\nb", 5):
        assert (
            "/rightOperand: recipients that"
            in refusals(agreement(rule(constraint=constraint("recipient", "eq", right))))[0]
        )
    assert "operator" in refusal(agreement(rule(constraint=[constraint("recipient", "isNoneOf", {"@id": LAB})])))


# --- what is not understood ------------------------------------------------------------------------------------------
NOT_UNDERSTOOD: dict[str, tuple[dict[str, Any], str]] = {
    "an operand of ODRL's that is none of ours": (
        {"constraint": [constraint("count", "lteq", 5)]},
        "/constraint/0/leftOperand: the left operand odrl:count is not understood",
    ),
    "a type of its own": ({"@type": "ex:TrialRule"}, "/@type: the type ex:TrialRule is not understood here"),
    "a type of its constraint": (
        {"constraint": [{"@type": "ex:Trial", **constraint("purpose", "eq", "research")}]},
        "/constraint/0/@type: the type ex:Trial is not understood here",
    ),
    "a limit of constraints that are joined": (
        {"constraint": [{"and": [constraint("purpose", "eq", "research")], "unit": "https://x.example/unit"}]},
        "/constraint/0/unit: odrl:unit is not understood here",
    ),
    "an operator that a time has no use for": (
        {"constraint": [constraint("dateTime", "isAnyOf", "2027-01-01T00:00:00Z")]},
        "/constraint/0/operator: the operator odrl:isAnyOf is not understood here",
    ),
    "a place that is a number": (
        {"constraint": [constraint("spatial", "eq", 81)]},
        "/constraint/0/rightOperand: '81' is not understood as one of 'territories'",
    ),
    "an operand of another vocabulary": (
        {"constraint": [constraint("foaf:age", "gt", 17)]},
        "/constraint/0/leftOperand: the left operand http://xmlns.com/foaf/0.1/age is not understood",
    ),
    "an operator that a word has no order for": (
        {"constraint": [constraint("purpose", "gt", "research")]},
        "/constraint/0/operator: the operator odrl:gt is not understood here",
    ),
    "a negation": (
        {"constraint": [constraint("spatial", "isNoneOf", ["US"])]},
        "/constraint/0/operator: the operator odrl:isNoneOf is not understood here",
    ),
    "one of several things said to be equal": (
        {"constraint": [constraint("spatial", "eq", ["JP", "US"])]},
        "/constraint/0/operator: the operator odrl:eq is not understood here",
    ),
    "a region": (
        {"constraint": [constraint("spatial", "eq", {"@id": "https://www.wikidata.org/entity/Q458"})]},
        "/constraint/0/rightOperand: 'https://www.wikidata.org/entity/Q458' is not understood as one of 'territories'",
    ),
    "a word that would mean everything": (
        {"constraint": [constraint("purpose", "eq", "all")]},
        "/constraint/0/rightOperand: 'all' is not understood as one of 'purposes'",
    ),
    "a medium that is none": (
        {"constraint": [constraint("kyo:media", "eq", "hologram")]},
        "/constraint/0/rightOperand: 'hologram' is not understood as one of 'media'",
    ),
    "a value that would have to be fetched": (
        {"constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperandReference": "https://x.example/p"}]},
        "/constraint/0/rightOperandReference: a constraint with odrl:rightOperandReference is not understood",
    ),
    "a unit": (
        {"constraint": [constraint("purpose", "eq", "research", unit="https://x.example/unit")]},
        "/constraint/0/unit: a constraint with odrl:unit is not understood",
    ),
    "a count that has begun": (
        {"constraint": [constraint("purpose", "eq", "research", status="5")]},
        "/constraint/0/status: a constraint with odrl:status is not understood",
    ),
    "an alternative": (
        {"constraint": [{"xone": {"@list": [constraint("spatial", "eq", "JP"), constraint("spatial", "eq", "KR")]}}]},
        "/constraint/0/xone: a constraint with odrl:xone is not understood",
    ),
    "a constraint that is elsewhere": (
        {"constraint": "https://studio.example/constraint/1"},
        "/constraint: the constraint 'https://studio.example/constraint/1' is not in this document",
    ),
    "a constraint without an operator": (
        {"constraint": [{"leftOperand": "purpose", "rightOperand": "research"}]},
        "/constraint/0: no value of odrl:operator, not one",
    ),
    "a constraint with two operators": (
        {"constraint": [constraint("purpose", ["eq", "isAnyOf"], "research")]},  # type: ignore[arg-type]
        "/constraint/0/operator: 2 values of odrl:operator, not one",
    ),
    "a constraint that compares with nothing": (
        {"constraint": [{"leftOperand": "purpose", "operator": "eq"}]},
        "/constraint/0: a constraint without odrl:rightOperand",
    ),
    "a constraint in words": (
        {"http://www.w3.org/ns/odrl/2/constraint": "only on Sundays"},
        "/http:~1~1www.w3.org~1ns~1odrl~12~1constraint: the constraint 'only on Sundays' is not in this document",
    ),
    "a refinement of the action": (
        {"action": {"rdf:value": {"@id": "odrl:gen-ai"}, "refinement": [constraint("resolution", "lteq", 480)]}},
        "/action/refinement: odrl:refinement is not understood here",
    ),
    "a party with another function": (
        {"informedParty": STUDIO},
        "/informedParty: odrl:informedParty is not understood here",
    ),
    "what comes of it": ({"output": "https://x.example/o"}, "/output: odrl:output is not understood here"),
    "a property of somebody's own": (
        {"https://studio.example/terms#only": "on Sundays"},
        "/https:~1~1studio.example~1terms#only: https://studio.example/terms#only is not understood here",
    ),
}


@pytest.mark.parametrize(("restriction", "what"), NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
def test_a_permission_is_read_whole_or_not_at_all(restriction: dict[str, Any], what: str) -> None:
    assert refusals(agreement(rule(**restriction)))[0] == f"/permission/0{what}"


@pytest.mark.parametrize(("restriction", "what"), NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
def test_a_prohibition_is_read_as_broader_and_that_is_noted(restriction: dict[str, Any], what: str) -> None:
    document = no(rule(**restriction))
    assert one(document) == one(no(rule()))
    told = f"/prohibition/0{what}: left out, so the prohibition is read as broader"
    assert notes(document)[0] == told
    (note, *_) = read(document).notes
    assert str(note).startswith(f"licence.jsonld:{note.line}: /prohibition/0/")


@pytest.mark.parametrize(("restriction", "what"), NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
def test_what_is_not_understood_never_makes_an_offer_either(restriction: dict[str, Any], what: str) -> None:
    refusals(agreement(rule(**restriction), **{"@type": "Offer"}))


def test_a_restricted_collection_of_works() -> None:
    part = {"@type": "AssetCollection", "source": FILM, "refinement": [constraint("odrl:language", "eq", "ja")]}
    assert "/permission/0/target/refinement: odrl:refinement" in refusals(agreement(rule(target=part)))[0]
    assert one(no(rule(target=part)))["works"] == [FILM]
    whole = {"@type": "AssetCollection", "source": FILM}
    assert one(agreement(rule(target=whole)))["works"] == [FILM]


def test_a_collection_with_two_names() -> None:
    named = {"@type": "AssetCollection", "uid": FILM, "source": "https://studio.example/films/2"}
    assert "/permission/0/target/source: a source beside" in refusals(agreement(rule(target=named)))[0]


def test_a_group_of_parties() -> None:
    group = {"@type": "PartyCollection", "uid": LAB}
    assert one(agreement(rule(assignee=group)))["to"] == [LAB]
    assert one(no(rule(assignee=group)))["to"] == ["anyone"]
    adults = {"@type": "PartyCollection", "source": LAB, "refinement": [constraint("foaf:age", "gt", 17)]}
    assert "refinement" in refusals(agreement(rule(assignee=adults)))[0]
    assert one(no(rule(assignee=adults)))["to"] == ["anyone"]


def test_members_that_the_document_names_are_prohibited_and_not_permitted() -> None:
    parts = [{"@id": "https://studio.example/scene/1", "partOf": FILM}]
    parts += [{"@id": "https://studio.example/shot/1", "partOf": "https://studio.example/scene/1"}]
    for document, works in (
        (agreement(rule()), [FILM]),
        (no(rule()), [FILM, "https://studio.example/scene/1", "https://studio.example/shot/1"]),
    ):
        del document["@context"]
        assert one({"@context": CONTEXTS, "@graph": [document, *parts]})["works"] == works


@pytest.mark.parametrize("name", ["assigner", "assignee", "target"])
def test_a_party_or_work_without_an_iri(name: str) -> None:
    """Or with one that stands for no one thing."""
    assert f"/permission/0/{name}" in refusals(agreement(rule(**{name: None, f"odrl:{name}": "x y"})))[0].replace(
        "odrl:", ""
    )
    if name == "assigner":
        assert "stands for no one" in " ".join(refusals(agreement(rule(assigner="kyo:anyone"))))
    assert f"/permission/0/{name}" in refusals(agreement(rule(**{name: {"dct:title": "the first film"}})))[0]
    assert f"/permission/0/{name}" in refusals(agreement(rule(**{name: "the first film"})))[0]


def test_whom_a_no_names_without_an_iri_is_anyone_and_what_is_everything() -> None:
    said = one(no(rule(assignee={"dct:title": "that lab"}, target={"dct:title": "the first film"})))
    assert (said["to"], said["works"]) == (["anyone"], ["all"])


# --- actions ---------------------------------------------------------------------------------------------------------
AI_VOCABULARY = {
    "data-mining": (["mine"], ["fine_tune", "input", "mine", "train"]),
    "ai-training": (None, ["fine_tune", "train"]),
    "gen-ai": (["train"], ["fine_tune", "train"]),
    "ai-augment": (["input"], ["input"]),
    "index": (["index"], ["index"]),
    "search": (["index"], ["index"]),
}
OUR_OWN = {act: ([act], [act]) for act in ACTS if act not in ("input", "index")}


@pytest.mark.parametrize(("action", "acts"), AI_VOCABULARY.items(), ids=AI_VOCABULARY)
def test_the_ai_vocabulary_is_read_narrowly_in_a_yes_and_widely_in_a_no(
    action: str, acts: tuple[list[str] | None, list[str]]
) -> None:
    permitted, prohibited = acts
    assert one(no(rule(action=f"odrl:{action}")))["acts"] == prohibited
    assert not notes(no(rule(action=f"odrl:{action}")))
    if permitted is None:
        assert "/permission/0/action: the action odrl:ai-training" in refusal(agreement(rule(action=f"odrl:{action}")))
    else:
        assert one(agreement(rule(action=f"odrl:{action}")))["acts"] == permitted


@pytest.mark.parametrize("act", OUR_OWN)
def test_our_own_actions_mean_one_act(act: str) -> None:
    name = {"fine_tune": "fineTune"}.get(act, act)
    assert one(agreement(rule(action=name)))["acts"] == [act]
    assert one(no(rule(action=f"kyo:{name}")))["acts"] == [act]


@pytest.mark.parametrize("action", ["use", "reproduce", "derive", "odrl:ai-training", "grantUse", "gen-ai", "ex:view"])
def test_a_permitted_action_that_is_none_of_ours_is_refused(action: str) -> None:
    assert refusal(agreement(rule(action=action))).startswith("/permission/0/action: the action ")


@pytest.mark.parametrize(
    ("action", "acts", "count"),
    [("use", ["all"], 0), ("distribute", ["publish"], 0), ("print", ["all"], 1), ("ex:view", ["all"], 1)],
)
def test_a_prohibited_action_is_read_as_every_act_it_could_be(action: str, acts: list[str], count: int) -> None:
    document = no(rule(action=action))
    assert one(document)["acts"] == acts
    assert len(notes(document)) == count


def test_a_no_reaches_at_least_as_far_as_the_same_yes() -> None:
    assert set(YES) <= set(NO)
    for action, acts in YES.items():
        assert set(acts) <= set(NO[action]) or ALL in NO[action]


def test_a_missing_action_or_target() -> None:
    assert refusal(agreement(rule(action=None))) == "/permission/0: no action"
    assert refusal(agreement(rule(target=None))) == "/permission/0: no target"
    assert one(no(rule(action=None)))["acts"] == ["all"]
    assert one(no(rule(target=None)))["works"] == ["all"]


def test_an_action_that_is_text() -> None:
    word = rule(**{"action": None, "odrl:action": {"@value": "train"}})
    assert "/permission/0/odrl:action: the action 'train' is no IRI" in refusals(agreement(word))
    assert one(no(word))["acts"] == ["all"]


def test_nobody_says_it() -> None:
    for document in (agreement(rule(assigner=None)), no(rule(assigner=None))):
        assert "nobody says this" in refusal(document)


def test_an_agreement_has_an_assignee() -> None:
    assert refusal(agreement(rule(assignee=None))) == "/permission/0: no assignee"
    assert one(agreement(rule(assignee="kyo:anyone")))["to"] == ["anyone"]


# --- duties ----------------------------------------------------------------------------------------------------------
PAYMENT = {
    "rdf:value": {"@id": "odrl:compensate"},
    "refinement": [constraint("payAmount", "eq", {"@value": "500.00", "@type": "xsd:decimal"}, unit="https://x.example/EUR")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("duty", "field", "line"),
    [
        ({"action": "compensate"}, "conditions", "odrl:compensate"),
        ({"action": [PAYMENT]}, "conditions", "odrl:compensate (payAmount eq 500.00 in https://x.example/EUR)"),
        (
            {"action": "obtainConsent", "consentingParty": STUDIO},
            "conditions",
            f"odrl:obtainConsent (odrl:consentingParty {STUDIO})",
        ),
        (
            {"action": "attribute", "attributedParty": STUDIO},
            "duties",
            f"odrl:attribute (odrl:attributedParty {STUDIO})",
        ),
        (
            {"action": "inform", "constraint": [constraint("event", "lt", {"@id": "odrl:policyUsage"})]},
            "duties",
            "odrl:inform (event lt policyUsage)",
        ),
        ({"action": "delete", "target": FILM}, "conditions", f"odrl:delete (odrl:target {FILM})"),
        ({"action": "meetBefore", "text": "放送の後"}, "conditions", "放送の後"),
        ({"action": "fulfil", "text": "name the studio"}, "duties", "name the studio"),
    ],
)
def test_a_duty_comes_before_the_use_unless_it_can_only_come_with_it(
    duty: dict[str, Any], field: str, line: str
) -> None:
    assert one(agreement(rule(duty=[duty]))) == {**one(agreement(rule())), field: [line]}


def test_an_obligation_is_a_duty_of_every_grant() -> None:
    obligations = [{"action": [PAYMENT], "assignee": LAB}, {"action": "kyo:fulfil", "text": "年次報告"}]
    document = agreement(rule(action="train"), rule(action="index"), obligation=obligations)
    lines = [
        f"odrl:compensate (odrl:assignee {LAB}; payAmount eq 500.00 in https://x.example/EUR)",
        "年次報告",
    ]
    assert [said["duties"] for said in statements(document)] == [lines, lines]


@pytest.mark.parametrize(
    ("duty", "what"),
    [
        ({"action": "attribute", "consequence": [{"action": "acceptTracking"}]}, "/consequence: odrl:consequence"),
        ({"action": "ex:dance"}, "/action: the duty ex:dance is not understood"),
        ({"action": "odrl:attributee"}, "/action: the duty odrl:attributee is not understood"),
        ({"action": ["attribute", "inform"]}, ": a duty with 2 actions, not one"),
        ({"attributedParty": STUDIO}, ": a duty with no actions, not one"),
        ({"action": "fulfil"}, ": no value of kyo:text, not one"),
        ({"action": "fulfil", "text": "a\nb"}, ": 'a\\nb' is not one line"),
        ({"action": "fulfil", "text": "x" * 1001}, ": 'xxxx"),
        ({"action": "fulfil", "kyo:text": {"@id": "https://x.example/terms"}}, "/kyo:text: kyo:text is no text"),
        ({"action": "fulfil", "text": "pay", "constraint": []}, None),
        ({"action": "inform", "informedParty": {"dct:title": "us"}}, "/informedParty: odrl:informedParty has no IRI"),
        ({"action": "inform", "constraint": [{"xone": []}]}, "/constraint/0: a constraint without odrl:leftOperand"),
        ({"@type": "Permission", "action": "inform"}, "/@type: the type odrl:Permission is not understood here"),
        ({"action": {"rdf:value": {"@id": "kyo:fulfil"}, "refinement": []}, "text": "pay"}, None),
        (
            {
                "action": {"rdf:value": {"@id": "kyo:fulfil"}, "refinement": [constraint("count", "eq", 1)]},
                "text": "pay",
            },
            "/action/refinement: odrl:refinement is not understood here",
        ),
        ({"action": {"@id": "odrl:inform", "ex:only": "once"}}, "/action/ex:only: ex:only is not understood here"),
        ({"action": "inform", "constraint": "https://x.example/c"}, ": the constraint 'https://x.example/c' is not in"),
        ("https://studio.example/duty/1", ": the duty 'https://studio.example/duty/1' is not in this document"),
    ],
)
def test_a_duty_that_cannot_be_told_in_full(duty: Any, what: str | None) -> None:
    document = agreement(rule(duty=[duty] if isinstance(duty, dict) else duty))
    if what is None:
        assert one(document)["duties"] == ["pay"]
        return
    start = "/permission/0/duty" + ("/0" if isinstance(duty, dict) else "")
    assert any(told.startswith(f"{start}{what}") for told in refusals(document))


def test_a_remedy_does_not_make_a_no_smaller() -> None:
    document = no(rule(remedy=[{"action": "anonymize", "target": FILM}], duty=[{"action": "compensate"}]))
    assert one(document) == one(no(rule()))
    assert [told.partition(": ")[0] for told in notes(document)] == ["/prohibition/0/remedy", "/prohibition/0/duty"]


def test_every_duty_of_odrl_can_be_told() -> None:
    for action in DUTY_ACTIONS:
        said = one(agreement(rule(duty=[{"action": action}])))
        assert said.get("conditions") or said.get("duties")


# --- our own terms ---------------------------------------------------------------------------------------------------
def test_sublicence_exclusivity_and_the_grant_it_rests_on() -> None:
    said = one(agreement(rule(sublicence=True, exclusive=True, under="statement/parent")))
    assert said == {**one(agreement(rule())), "sublicence": True, "exclusive": True, "under": "parent"}
    assert one(agreement(rule(sublicence=False))) == one(agreement(rule()))


@pytest.mark.parametrize(
    ("term", "what"),
    [
        ({"kyo:sublicence": "yes"}, "/kyo:sublicence: kyo:sublicence is neither true nor false"),
        ({"kyo:exclusive": [True, False]}, "/kyo:exclusive: 2 values of kyo:exclusive, not one"),
        ({"kyo:under": "the other one"}, "/kyo:under: kyo:under is not the IRI of a statement"),
        ({"kyo:undre": "x"}, "/kyo:undre: kyo:undre is not understood here"),
    ],
)
def test_our_own_terms_are_read_exactly(term: dict[str, Any], what: str) -> None:
    assert refusal(agreement(rule(**term))) == f"/permission/0{what}"


def withdrawal(**changes: Any) -> dict[str, Any]:
    said = {"assigner": STUDIO, "target": "statement/g-1", "action": "regardAsWithdrawn", **changes}
    return agreement(**{"@type": "Set", "obligation": [{key: held for key, held in said.items() if held is not None}]})


def test_a_withdrawal_is_a_revocation() -> None:
    since = constraint("dateTime", "gteq", "2027-01-01T00:00:00Z")
    assert one(withdrawal(effect="purge", constraint=[since], statedCondition="x")) == {
        "id": "https://studio.example/policy/1",
        "kind": "revocation",
        "by": STUDIO,
        "to": ["anyone"],
        "revokes": "g-1",
        "effect": "purge",
        "conditions": ["x"],
        "effective_from": "2027-01-01T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"target": None}, ": a withdrawal names one earlier statement"),
        ({"target": ["a", "b"]}, "/target: a withdrawal names one earlier statement"),
        ({"effect": "kyo:gently"}, "/effect: the effect https://kyodaku.example/ns#gently is not understood"),
        ({"constraint": [constraint("count", "eq", 1)]}, "/constraint/0/leftOperand: the left operand odrl:count"),
        ({"action": ["regardAsWithdrawn", "train"]}, "/action: the action kyo:train beside kyo:regardAsWithdrawn"),
        ({"constraint": [constraint("act", "eq", "dance")]}, "/constraint/0/rightOperand: 'dance' is not understood"),
    ],
)
def test_a_withdrawal_is_read_whole_too(changes: dict[str, Any], what: str) -> None:
    """What it withdraws may be a yes or a no, so that neither reading is the careful one."""
    assert refusal(withdrawal(**changes)).startswith(f"/obligation/0{what}")


# --- the policy as a whole -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [agreement, no])
@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"inheritFrom": "https://studio.example/policy/0"}, "/inheritFrom: inheritFrom makes it depend"),
        ({"dct:isReplacedBy": {"@id": "https://x.example/p"}}, "/dct:isReplacedBy: isReplacedBy makes it depend"),
        ({"dct:replaces": {"@id": "https://x.example/p"}}, "/dct:replaces: replaces makes it depend"),
        ({"@type": "Request"}, "/@type: a policy of the type Request is no statement"),
        ({"@type": "Ticket"}, "/@type: a policy of the type Ticket is no statement"),
        ({"@type": ["Agreement", "Offer"]}, "/@type: an Agreement that is an Offer too"),
        (
            {"permission": [], "prohibition": "https://x.example/rule"},
            "/prohibition: the rule 'https://x.example/rule'",
        ),
    ],
)
def test_a_policy_that_is_not_read_for_itself(make: Any, changes: dict[str, Any], what: str) -> None:
    assert any(told.startswith(what) for told in refusals(make(rule(), **changes)))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"profile": "https://studio.example/profile"}, "/profile: the profile https://studio.example/profile"),
        ({"dct:coverage": {"@id": "iso3166:JP"}}, "/dct:coverage: http://purl.org/dc/terms/coverage is not understood"),
        ({"constraint": [constraint("spatial", "eq", "JP")]}, "/constraint: odrl:constraint is not understood here"),
    ],
)
def test_what_a_policy_says_and_is_not_understood(changes: dict[str, Any], what: str) -> None:
    assert refusal(agreement(rule(), **changes)).startswith(what)
    assert one(no(rule(), **changes)) == one(no(rule()))
    assert notes(no(rule(), **changes))[0].startswith(what)


@pytest.mark.parametrize(
    "document",
    [
        agreement(rule(), statement="Refusal"),
        agreement(rule(), statement="Revocation"),
        agreement(rule(), statement=["Refusal", "Objection"]),
        agreement(rule(), **{"kyo:statement": {"@id": "kyo:Consent"}}),
        withdrawal() | {"statement": "Refusal"},
    ],
)
def test_a_policy_that_says_of_itself_what_it_is_not(document: dict[str, Any]) -> None:
    assert "statement" in refusal(document)


def test_a_type_of_policy_that_is_not_known() -> None:
    types = ["Agreement", "https://studio.example/Trial"]
    assert refusal(agreement(rule(), **{"@type": types})).startswith("/@type: the type https://studio.example/Trial")
    assert notes(no(rule(), **{"@type": types}))


def test_known_profiles_are_read() -> None:
    profiles = [odrl.PROFILE, "https://w3c.github.io/odrl/ai-vocab/", f"{ODRL}core"]
    assert one(agreement(rule(), profile=profiles)) == one(agreement(rule()))


def test_a_policy_that_says_nothing_about_uses() -> None:
    assert "without a permission or a prohibition" in refusal(agreement(obligation=[{"action": "compensate"}]))
    assert "no ODRL policy is in here" in refusal({"@context": CONTEXTS, "@id": FILM, "dct:title": "最初の映画"})


# --- conflicts -------------------------------------------------------------------------------------------------------
def both(*, conflict: str | None = "prohibit", yes: Any = (), no: Any = ()) -> dict[str, Any]:
    found = agreement(rule(**dict(yes)), prohibition=[rule(**dict(no))])
    return {**found, "conflict": conflict} if conflict else found


@pytest.mark.parametrize("conflict", [None, "invalid"])
def test_odrl_makes_a_policy_void_whose_rules_conflict(conflict: str | None) -> None:
    assert "makes the whole policy void" in refusal(both(conflict=conflict))


def test_a_prohibition_counts_against_a_permission() -> None:
    assert [said["kind"] for said in statements(both())] == ["grant", "refusal"]
    assert notes(both()) == []
    assert "though the policy says perm" in notes(both(conflict="perm"))[0]
    assert "not understood" in refusal(both(conflict="odrl:mostly"))


def test_rules_about_different_acts_or_works_do_not_conflict() -> None:
    assert len(statements(both(conflict=None, no={"action": "generate"}))) == 2
    assert len(statements(both(conflict=None, no={"target": "https://studio.example/films/2"}))) == 2
    assert "void" in refusal(both(conflict=None, no={"action": "use"}))


def test_a_later_first_moment_does_not_let_a_permission_lift_a_prohibition() -> None:
    """In the registry the later word of a party counts; in one policy neither is later."""
    later = {"constraint": [constraint("dateTime", "gteq", "2027-01-01T00:00:00Z")]}
    assert "begins before" in refusal(both(yes=later))
    assert "begins before" in refusal(both(no=later))
    assert len(statements(both(yes=later, no=later))) == 2
    latest = {"constraint": [constraint("dateTime", "gteq", "2028-01-01T00:00:00Z")]}
    assert len(statements(both(yes=later, no=latest))) == 2
    assert "begins before" in refusal(both(yes=latest, no=later))


# --- what belongs to no policy ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "stray",
    [
        {"@type": "Prohibition", "target": FILM, "action": "odrl:gen-ai"},
        {"@type": "Constraint", **constraint("purpose", "eq", "research")},
        {"@id": FILM, "hasPolicy": "https://studio.example/policy/9"},
        {"@id": "https://x.example/", "sublicence": False},
    ],
)
def test_what_no_policy_reaches_was_meant_to_count(stray: dict[str, Any]) -> None:
    policy = agreement(rule(target="https://studio.example/films/3"))
    del policy["@context"]
    document = {"@context": CONTEXTS, "@graph": [policy, stray]}
    assert all("belongs to no policy" in told for told in refusals(document))


# --- spellings -------------------------------------------------------------------------------------------------------
LICENCE = agreement(
    rule(
        target=[FILM, "https://studio.example/films/2"],
        constraint=[
            constraint("dateTime", "lteq", {"@value": "2027-03-31T23:59:59+09:00", "@type": "xsd:dateTime"}),
            constraint("spatial", "isAnyOf", ["JP", "KR"]),
            constraint("model", "eq", "video-1@2"),
        ],
        duty=[{"action": "attribute", "attributedParty": STUDIO}],
        sublicence=True,
    ),
    conflict="prohibit",
)  # fmt: skip


def graph_of(document: dict[str, Any]) -> rdflib.Graph:
    inlined = {**document, "@context": [bundled(address) for address in CONTEXTS]}
    graph: Any = to_rdf(inlined, rdflib.Graph())
    assert isinstance(graph, rdflib.Graph)
    return graph


def test_every_spelling_of_json_ld_says_the_same() -> None:
    expected = statements(LICENCE)
    alone = {key: value for key, value in LICENCE.items() if key != "@context"}
    parts = {"@id": "https://studio.example/rule/1", **alone["permission"][0]}
    referring = {**alone, "permission": "https://studio.example/rule/1"}
    spellings: list[Any] = [
        [LICENCE],
        {"@context": CONTEXTS, "@graph": [alone]},
        {"@context": CONTEXTS, "@graph": alone},
        {"@context": [bundled(address) for address in CONTEXTS], **alone},
        {**LICENCE, "permission": {"@set": LICENCE["permission"]}},
        {"@context": CONTEXTS, "@graph": [referring, parts]},
        [{"@context": CONTEXTS, **referring}, {"@context": CONTEXTS[0], "kyo:sublicence": True, **_plain(parts)}],
        json.loads(graph_of(LICENCE).serialize(format="json-ld")),
    ]
    for spelling in spellings:
        found = statements(spelling)
        assert [{**said, "id": "x"} for said in found] == [{**said, "id": "x"} for said in expected]


def _plain(parts: dict[str, Any]) -> dict[str, Any]:
    """Without the words of our own context."""
    found = {key: value for key, value in parts.items() if key != "sublicence"}
    found["constraint"] = [
        {**each, "leftOperand": "kyo:model"} if each["leftOperand"] == "model" else each for each in found["constraint"]
    ]
    return found


@pytest.mark.parametrize("form", ["turtle", "longturtle", "nt"])
def test_turtle_says_the_same(form: str) -> None:
    content = graph_of(LICENCE).serialize(format=form).encode()
    assert odrl.document_of(content) == {"permissions": statements(LICENCE)}


def test_problems_in_turtle_name_the_thing() -> None:
    content = graph_of(agreement(rule(action="use", uid="https://studio.example/rule/1"))).serialize(format="turtle")
    with pytest.raises(
        UnacceptableError, match=r"^licence.ttl: <https://studio.example/rule/1> odrl:action: the action"
    ):
        odrl.read(content.encode(), name="licence.ttl")


def test_a_vocabulary_of_its_own_may_stand_for_the_context() -> None:
    own = {"@vocab": ODRL, "target": {"@type": "@id"}, "assigner": {"@type": "@id"}, "assignee": {"@type": "@id"}}
    own |= {"action": {"@type": "@vocab"}}
    policy = {"@context": own, "@type": "Agreement", "@id": "https://studio.example/policy/1"}
    assert one({**policy, "permission": {**IDS, "action": "gen-ai"}}) == one(agreement(rule()))


def test_relative_references_are_our_ids() -> None:
    said = one(agreement(rule(assigner="studio", assignee="lab", target="film-1"), uid="g-1"))
    assert (said["id"], said["by"], said["to"], said["works"]) == ("g-1", "studio", ["lab"], ["film-1"])


def test_a_base_of_its_own_makes_them_iris() -> None:
    document = agreement(rule(target="films/1"))
    document["@context"] = [*CONTEXTS, {"@base": STUDIO}]
    assert one(document)["works"] == [FILM]


def test_a_uid_that_is_a_property() -> None:
    content = (
        f"@prefix odrl: <{ODRL}> . [] a odrl:Agreement ; odrl:uid <p-1> ; odrl:permission [ odrl:action odrl:gen-ai ;"
    )
    content += f" odrl:assigner <{STUDIO}> ; odrl:assignee <{LAB}> ; odrl:target <{FILM}> ] ."
    (said,) = odrl.document_of(content.encode())["permissions"]
    assert said["id"] == "p-1"
    with pytest.raises(UsageError, match="another odrl:uid"):
        odrl.document_of(content.replace("[] a", "<p-2> a").encode())


# --- places ----------------------------------------------------------------------------------------------------------
def test_every_problem_is_told_at_its_line_and_pointer() -> None:
    document = agreement(rule(action="use"), rule(constraint=[constraint("count", "lteq", 5)], assigner=None))
    text = json.dumps(document, indent=2)
    with pytest.raises(UnacceptableError) as caught:
        odrl.read(text.encode(), name="licence.jsonld")
    told = [(problem.line, problem.what.partition(":")[0]) for problem in caught.value.problems]
    assert [place for _, place in told] == [
        "/permission/0/action",
        "/permission/1",
        "/permission/1/constraint/0/leftOperand",
    ]
    lines = text.splitlines()
    assert '"action": "use"' in lines[told[0][0] - 1]
    assert lines[told[1][0] - 1].strip() == "{"
    assert '"leftOperand": "count"' in lines[told[2][0] - 1]
    assert "traceback" not in str(caught.value).lower()


def test_hints_say_what_to_do() -> None:
    with pytest.raises(UnacceptableError, match="name the acts, such as kyo:train or odrl:gen-ai"):
        read(agreement(rule(action="use")))
    with pytest.raises(UnacceptableError, match=r"did you mean odrl:gen-ai\?"):
        read(agreement(rule(action="gen-ai")))
    with pytest.raises(UnacceptableError, match=r"did you mean odrl:pay\?"):
        read(agreement(rule(duty=[{"action": "pay"}])))
    with pytest.raises(UnacceptableError, match="odrl:gen-ai or kyo:train"):
        read(agreement(rule(action="odrl:ai-training")))
