# SPDX-License-Identifier: Apache-2.0
"""Whatever is written is read back as no less than was said: by our readers, and by others' where there are any."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import http_sf
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from protego import Protego

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.signals import (
    DATED_AGENTS,
    SIGNAL_ACTS,
    Origin,
    Signal,
    combine,
    read_embedded,
    read_headers,
    read_html,
    read_robots,
    read_rsl,
    read_rsl_media,
    read_tdm_ai,
    read_tdmrep,
    read_xmp,
)
from kyodaku.signals.boxes import look_inside
from kyodaku.signals.c2pa import stamp
from kyodaku.signals.writing import (
    UNSAID,
    Terms,
    cawg_assertion,
    content_signal,
    content_usage,
    page_elements,
    robots_lines,
    rsl_document,
    rsl_media_document,
    tdm_ai_declaration,
    tdm_policy,
    tdmrep_file,
    with_xmp,
    xmp_packet,
)
from support.credentials import credentials
from support.xmp_files import VOCABULARY, in_jpeg, in_png, mining, packet

HERE = Origin.of(b"", "published", url="https://studio.example/")
CLIP = "/film/clip.mp4"
WORDS = st.sampled_from(["allow", "constrained", "deny"])
SEARCHING = st.sampled_from(["allow", "constrained", "deny", UNSAID])
TERMS = st.builds(
    lambda says, offers: Terms(
        work="film-1",
        title="最初の映画",
        says=says,
        path="/film/",
        holder="Example Studio 例",
        offers=offers,
        contact="mailto:rights@studio.example",
        iscc=("ISCC:KEC6V46LMVY3SFHB",),
    ),
    st.fixed_dictionaries({**dict.fromkeys(SIGNAL_ACTS, WORDS), "search": SEARCHING}),
    st.sampled_from([None, "https://studio.example/offers"]),
)


def loosest(written: str, signals: list[Signal], terms: Terms) -> None:
    """Nothing that is read allows what was not allowed."""
    for act, combined in combine(signals).items():
        assert combined.says != "allow" or terms.of(act) == "allow", (written, act)


@given(TERMS)
@settings(max_examples=150, deadline=None)
def test_nothing_written_is_looser_than_what_was_said(terms: Terms) -> None:
    robots = robots_lines(terms, licence="https://studio.example/license.xml").encode()
    loosest("robots.txt", read_robots(robots, CLIP, HERE), terms)
    loosest("headers", read_headers([("Content-Usage", content_usage(terms))], HERE), terms)
    loosest("tdmrep", read_tdmrep(tdmrep_file(terms, policy="https://studio.example/p.json"), CLIP, HERE), terms)
    loosest("rsl", read_rsl(rsl_document(terms), CLIP, HERE), terms)
    loosest("rsl-media", read_rsl_media(rsl_media_document(terms), HERE, draft=True), terms)
    loosest("xmp", read_xmp(xmp_packet(terms), HERE), terms)
    loosest("tdm-ai", read_tdm_ai(tdm_ai_declaration(terms), HERE), terms)


@given(TERMS)
@settings(max_examples=100, deadline=None)
def test_a_no_is_heard_in_every_standard_that_has_a_word_for_it(terms: Terms) -> None:
    heard = {
        "headers": (read_headers([("Content-Usage", content_usage(terms))], HERE), ("train_gen", "input")),
        "tdmrep": (read_tdmrep(tdmrep_file(terms, policy=None), CLIP, HERE), ("mine",)),
        "rsl": (read_rsl(rsl_document(terms), CLIP, HERE), ("train_gen", "train_nongen", "input", "index", "search")),
        "rsl-media": (read_rsl_media(rsl_media_document(terms), HERE, draft=True), ("train_gen", "generate")),
        "tdm-ai": (read_tdm_ai(tdm_ai_declaration(terms), HERE), ("mine", "train_gen", "input")),
    }
    for standard, (signals, acts) in heard.items():
        combined = combine(signals)
        for act in acts:
            if terms.of(act) == "deny":
                assert combined[act].says == "deny", (standard, act)


# --- others' readers --------------------------------------------------------------------------------------------------
REFUSED = Terms(
    work="film-1",
    title="最初の映画",
    says=dict.fromkeys(SIGNAL_ACTS, "deny"),
    path="/film/",
    holder="Example Studio",
    contact="mailto:rights@studio.example",
)
ALLOWED = Terms(work="film-1", title="First Film", says=dict.fromkeys(SIGNAL_ACTS, "allow"), path="/film/")


def test_what_is_unsaid_is_not_said() -> None:
    terms = replace(REFUSED, says={**REFUSED.says, "search": UNSAID}, iscc=("ISCC:KEC6V46LMVY3SFHB",))
    heard = [
        read_robots(robots_lines(replace(terms, path="/")).encode(), CLIP, HERE, "Mozilla"),
        read_headers([("Content-Usage", content_usage(terms))], HERE),
        read_headers([("Content-Signal", content_signal(terms))], HERE),
        read_rsl(rsl_document(terms), CLIP, HERE),
        read_xmp(xmp_packet(terms), HERE),
        read_tdm_ai(tdm_ai_declaration(terms), HERE),
        read_html(b"<html><head>" + page_elements(terms, policy=None, licence=None).encode(), HERE),
    ]
    for signals in heard:
        assert signals
        assert not [signal for signal in signals if signal.act == "search"]
    rules = Protego.parse(robots_lines(terms))
    for agent in DATED_AGENTS:  # one that fetches for both is shut out
        assert rules.can_fetch("https://studio.example/film/clip.mp4", agent.token) is (agent.purposes == ("search",))


@pytest.mark.parametrize("path", ["/", "/film/"])
def test_added_to_a_robots_file_the_lines_open_nothing(path: str) -> None:
    rules = Protego.parse("User-agent: *\nDisallow: /\n\n" + robots_lines(replace(ALLOWED, path=path)))
    for agent in ("Mozilla/5.0", "GPTBot"):
        assert not rules.can_fetch("https://studio.example/film/clip.mp4", agent)


def test_an_agent_that_is_shut_out_is_told_the_preferences_too() -> None:
    lines = robots_lines(REFUSED, licence="https://studio.example/license.xml").encode()
    said = read_robots(lines, CLIP, HERE, "Google-Extended")
    assert {signal.standard for signal in said} == {"robots", "aipref", "rsl"}


def test_the_elements_are_read_in_a_page() -> None:
    page = page_elements(REFUSED, policy="https://studio.example/p.json?a=1&b=2", licence=None).encode()
    combined = combine(read_html(b"<html><head>" + page + b"</head></html>", HERE), page=True)
    assert {combined[act].says for act in ("mine", "train_gen", "input")} == {"deny"}
    assert combined["mine"].signals[0].terms == "https://studio.example/p.json?a=1&b=2"


@pytest.mark.parametrize(("terms", "may"), [(REFUSED, False), (ALLOWED, True)])
def test_protego_shuts_out_the_agents_of_the_list_and_nobody_else(terms: Terms, *, may: bool) -> None:
    rules = Protego.parse(robots_lines(terms, licence="https://studio.example/license.xml"))
    for agent in DATED_AGENTS:
        assert rules.can_fetch("https://studio.example/film/clip.mp4", agent.token) is may, agent.token
        assert rules.can_fetch("https://studio.example/press/", agent.token), agent.token
    assert rules.can_fetch("https://studio.example/film/clip.mp4", "Mozilla/5.0")


@pytest.mark.parametrize(("terms", "word"), [(REFUSED, "n"), (ALLOWED, "y")])
def test_http_sf_reads_the_header(terms: Terms, word: str) -> None:
    parsed: Any = http_sf.parse(content_usage(terms).encode(), tltype="dictionary")
    assert {label: str(value) for label, (value, _) in parsed.items()} == dict.fromkeys(
        ["train-ai", "ai-use", "search"], word
    )


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
def test_rdflib_reads_the_policy() -> None:
    policy = json.loads(tdm_policy(REFUSED, uid="https://studio.example/p.json"))
    policy["@context"] = {  # as the two contexts say; nothing is fetched
        "@vocab": "http://www.w3.org/ns/odrl/2/",
        "uid": "@id",
        "action": {"@id": "http://www.w3.org/ns/odrl/2/action", "@type": "@vocab"},
        "target": {"@id": "http://www.w3.org/ns/odrl/2/target", "@type": "@id"},
        "tdm": "http://www.w3.org/ns/tdmrep#",
        "vcard": "http://www.w3.org/2006/vcard/ns#",
    }
    graph = rdflib.Graph().parse(data=json.dumps(policy), format="json-ld")
    odrl = rdflib.Namespace("http://www.w3.org/ns/odrl/2/")
    assert (rdflib.URIRef("https://studio.example/p.json"), rdflib.RDF.type, odrl.Offer) in graph
    (duty,) = graph.objects(predicate=odrl.duty)
    assert graph.value(duty, odrl.action) == odrl.obtainConsent
    (permission,) = graph.objects(predicate=odrl.permission)
    assert str(graph.value(permission, odrl.action)) == "http://www.w3.org/ns/tdmrep#mine"


def test_a_plain_xml_parser_finds_what_rsl_says() -> None:
    root = etree.fromstring(rsl_document(REFUSED))
    space = {"r": "https://rslstandard.org/rsl"}
    assert root.xpath("string(//r:content/@url)", namespaces=space) == "/film/"
    assert root.xpath("string(//r:prohibits)", namespaces=space) == "ai-train ai-input ai-index search"
    assert root.xpath("string(//r:copyright/@contactEmail)", namespaces=space) == "rights@studio.example"
    assert root.xpath("string(//r:copyright)", namespaces=space) == "Example Studio"


OF_RSL = etree.RelaxNG(
    etree.fromstring(
        """<element name="rsl" ns="https://rslstandard.org/rsl" xmlns="http://relaxng.org/ns/structure/1.0"
             datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
          <optional><attribute name="max-age" ns=""><data type="positiveInteger"/></attribute></optional>
          <oneOrMore><element name="content">
            <attribute name="url" ns=""><data type="anyURI"/></attribute>
            <oneOrMore><element name="license"><interleave>
              <optional><element name="permits"><ref name="u"/></element></optional>
              <optional><element name="prohibits"><ref name="u"/></element></optional>
              <optional><element name="payment"><attribute name="type" ns=""><choice>
                <value>purchase</value><value>subscription</value><value>training</value><value>crawl</value>
                <value>use</value><value>contribution</value><value>attribution</value><value>free</value></choice>
                </attribute>
                <optional><element name="custom"><data type="anyURI"/></element></optional></element></optional>
              <optional><element name="legal"><attribute name="type" ns=""><value>contact</value></attribute>
                <data type="anyURI"/></element></optional></interleave></element></oneOrMore>
            <optional><element name="copyright">
              <attribute name="type" ns=""><choice><value>organization</value><value>person</value></choice></attribute>
              <optional><attribute name="contactEmail" ns=""/></optional>
              <optional><attribute name="contactUrl" ns=""><data type="anyURI"/></attribute></optional>
              <text/></element></optional>
          </element></oneOrMore></element>""".replace(
            '<ref name="u"/>',
            """<attribute name="type" ns=""><value>usage</value></attribute><list><oneOrMore><choice><value>all</value>
            <value>ai-all</value><value>ai-train</value><value>ai-input</value><value>ai-index</value><value>search</value>
            </choice></oneOrMore></list>""",
        )
    )
)
"""Of what we write only, after the standard's lists of words. Its own schema is not here: on what terms it may be given
away is not said in what we have of it."""


@given(TERMS)
@settings(max_examples=60, deadline=None)
def test_a_licence_has_the_form_of_rsl(terms: Terms) -> None:
    OF_RSL.assertValid(etree.fromstring(rsl_document(terms)))


def test_the_schema_is_able_to_say_no() -> None:
    assert not OF_RSL.validate(etree.fromstring(rsl_document(REFUSED).replace(b"ai-train", b"ai-traim")))


@pytest.mark.parametrize("picture", [in_jpeg(mining("DMI-UNSPECIFIED")), in_png(mining("DMI-UNSPECIFIED"))])
def test_a_picture_carries_the_packet_and_still_opens(picture: bytes) -> None:
    from PIL import Image  # noqa: PLC0415

    written = with_xmp(picture, xmp_packet(REFUSED))
    assert combine(read_embedded(BytesIO(written), "p"))["train_gen"].says == "deny"
    Image.open(BytesIO(written)).load()


@pytest.mark.parametrize("holds", [in_jpeg, in_png])
def test_what_else_a_packet_says_is_kept(holds: Callable[[bytes], bytes]) -> None:
    there = packet(
        f'plus:DataMining="{VOCABULARY}DMI-ALLOWED" xmpRights:WebStatement="https://studio.example/credits"',
        "<plus:OtherConstraints>of old</plus:OtherConstraints>",
    )
    written = with_xmp(holds(there), xmp_packet(REFUSED))
    (one,) = look_inside(BytesIO(written)).packets
    assert b"https://studio.example/credits" in one.data
    assert b"of old" not in one.data
    assert {signal.says for signal in read_embedded(BytesIO(written), "p")} == {"deny"}
    assert with_xmp(written, xmp_packet(REFUSED)) == written


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (b"\xff\xd8\xff\xe1", "cannot be read"),
        (in_jpeg(b"<broken"), "cannot be read"),
        (in_jpeg(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"), "describes nothing"),
        (in_jpeg(packet(elements="<plus:Other>" + "x" * 70_000 + "</plus:Other>")), "too long"),
        (b"GIF89a", "JPEG and PNG"),
    ],
)
def test_a_picture_whose_metadata_cannot_be_changed_safely_is_refused(picture: bytes, words: str) -> None:
    with pytest.raises(KyodakuError, match=words):
        with_xmp(picture, xmp_packet(REFUSED))


def test_a_stamped_picture_is_not_changed() -> None:
    signer, out = credentials(), BytesIO()
    picture = BytesIO(in_png(mining("DMI-UNSPECIFIED")))
    stamp(picture, "image/png", out, [cawg_assertion(REFUSED)], signer)
    with pytest.raises(KyodakuError, match="Content Credentials"):
        with_xmp(out.getvalue(), xmp_packet(REFUSED))


def test_an_assertion_is_stamped_and_read_back() -> None:
    signer, out = credentials(), BytesIO()
    terms = Terms(
        work="film-1",
        title="First Film",
        says={**dict.fromkeys(SIGNAL_ACTS, "deny"), "train_gen": "constrained"},
        offers="https://studio.example/offers",
    )
    picture = BytesIO(in_png(mining("DMI-UNSPECIFIED")))
    stamp(picture, "image/png", out, [cawg_assertion(terms)], signer)
    combined = combine(read_embedded(out, "p"))
    assert {act: combined[act].says for act in ("mine", "train_gen", "train_nongen", "input", "generate")} == {
        "mine": "deny",
        "train_gen": "constrained",
        "train_nongen": "deny",
        "input": "deny",
        "generate": "deny",
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"path": "film"},
        {"path": "/a b"},
        {"path": "/\nDisallow: /"},
        {"path": '/a"b'},
        {"path": "/a%22b"},
        {"path": "/映画/"},
        {"path": "/%0aDisallow:"},
        {"says": {"mine": UNSAID}},
        {"offers": "javascript:alert(1)"},
        {"contact": "nobody"},
        {"says": {"dream": "allow"}},
        {"says": {"mine": "perhaps"}},
    ],
)
def test_what_would_break_a_file_is_not_published(odd: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Terms(**{"work": "w", "title": "t", "says": {}, **odd})  # type: ignore[arg-type]


def test_a_title_of_several_lines_adds_no_line() -> None:
    terms = Terms(work="film-1", title="x\nUser-agent: *\nAllow: /", says={})
    assert robots_lines(terms).startswith("# film-1\n")
