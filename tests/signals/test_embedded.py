# SPDX-License-Identifier: Apache-2.0
"""What files say of themselves: found where programs put it, whatever the container, and never believed when broken."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.signals import Signal, combine
from kyodaku.signals.boxes import MAX_XMP, look_inside
from kyodaku.signals.c2pa import GENERATE_ENTRY, signals_of_manifests, stamp
from kyodaku.signals.embedded import read_embedded
from kyodaku.signals.signal import Origin
from kyodaku.signals.xmp import PLUS_VALUES, read_xmp
from support.credentials import credentials
from support.films import write_film
from support.xmp_files import in_jpeg, in_mp4, in_png, in_webp, mining, packet

ALL = ["mine", "train_gen", "train_nongen"]
NOWHERE = Origin.of(b"", "a file")


def said(signals: list[Signal]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for signal in signals:
        found.setdefault(signal.says, []).append(signal.act)
    return {says: sorted(acts) for says, acts in found.items()}


def embedded(data: bytes) -> list[Signal]:
    return read_embedded(BytesIO(data), "clip")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_film(path, seed=1)
    return path.read_bytes()


def _in_bare_mp4(xmp: bytes) -> bytes:
    return in_mp4(xmp, struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0))


def _nested(outer: int, inner: int) -> bytes:
    """Lists within lists: none is long, all together are."""
    user = struct.pack(">I4s", 8 + 8 * inner, b"udta") + struct.pack(">I4s", 8, b"name") * inner
    moov = struct.pack(">I4s", 8 + len(user) * outer, b"moov") + user * outer
    return struct.pack(">I4s", 8, b"ftyp") + moov


def _pieces(count: int) -> bytes:
    """Pieces of many long packets, none of which is ever whole."""
    piece = b"http://ns.adobe.com/xmp/extension/\0%032d" + struct.pack(">II", 1 << 20, 0) + bytes(60_000)
    bodies = (piece.replace(b"%032d", b"%032d" % number) for number in range(count))
    return b"\xff\xd8" + b"".join(b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body for body in bodies)


# --- PLUS -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", PLUS_VALUES)
@pytest.mark.parametrize("form", ["address", "bare", "element", "resource", "other prefix", "lower case"])
def test_every_value_is_read_in_every_form(code: str, form: str) -> None:
    address = f"http://ns.useplus.org/ldf/vocab/{code}"
    written = {
        "address": packet(f'plus:DataMining="{address}"'),
        "bare": packet(f'plus:DataMining="{code}"'),
        "element": packet(elements=f"<plus:DataMining> {address}\n</plus:DataMining>"),
        "resource": packet(elements=f'<plus:DataMining rdf:resource="{address}"/>'),
        "other prefix": packet(f'p:DataMining="{address}"', prefix="p"),
        "lower case": packet(f'plus:DataMining="{code.lower()}"'),
    }[form]
    says, acts = PLUS_VALUES[code]
    if form == "lower case" and says == "allow":
        says = "unknown"
    assert said(read_xmp(written, NOWHERE)) == ({says: sorted(acts)} if says else {})


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ('plus:OtherConstraints="see https://studio.example/terms."', "https://studio.example/terms"),
        ('plus:OtherConstraints="ask us"', None),
        ('xmpRights:WebStatement="https://studio.example/rights"', "https://studio.example/rights"),
        ('Iptc4xmpExt:LinkedEncRightsExpr="https://studio.example/odrl.json"', "https://studio.example/odrl.json"),
        ('xmpRights:WebStatement="javascript:alert(1)"', None),
    ],
)
def test_a_constraint_names_its_terms_if_there_is_an_address(written: str, terms: str | None) -> None:
    signals = read_xmp(packet(f'plus:DataMining="DMI-PROHIBITED-SEECONSTRAINT" {written}'), NOWHERE)
    assert {signal.terms for signal in signals} == {terms}
    assert {combined.says for combined in combine(signals).values()} == {"deny" if terms is None else "constrained"}


@pytest.mark.parametrize(
    "xmp",
    [
        b"",
        b"no xml",
        b"<x",
        packet('plus:DataMining="DMI-MAYBE"'),
        packet('plus:DataMining=""'),
        packet(elements="<plus:DataMining/>"),
        packet("".join(f'plus:a{n}="x" ' for n in range(30_000))).replace(b"<rdf:Desc", b"<rdf:Desc", 1) + b"<",
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + mining("DMI-ALLOWED"),
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x">' + mining("DMI-ALLOWED"),
        b"<a>" * 5000 + b"</a>" * 5000,
        b"x" * (MAX_XMP + 1),
        packet(elements="<plus:DataMining>DMI-ALLOWED</plus:DataMining>" * 200),
    ],
)
def test_a_packet_that_cannot_be_read_allows_nothing(xmp: bytes) -> None:
    signals = read_xmp(xmp, NOWHERE)
    assert set(said(signals)) == {"unknown"}
    assert all(signal.warning for signal in signals)


def test_entities_are_neither_read_nor_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("DMI-ALLOWED")
    xmp = f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]>'.encode() + packet(
        elements="<plus:DataMining>&s;</plus:DataMining>"
    )
    assert set(said(read_xmp(xmp, NOWHERE))) == {"unknown"}


@pytest.mark.parametrize(
    "value", ["https://ns.useplus.org/ldf/vocab/DMI-{}", "http://ns.useplus.org/LDF/vocab#DMI-{}", "Dmi-{}/"]
)
def test_a_slip_is_overlooked_in_a_no_only(value: str) -> None:
    assert said(read_xmp(packet(f'plus:DataMining="{value.format("PROHIBITED")}"'), NOWHERE)) == {"deny": ALL}
    assert said(read_xmp(packet(f'plus:DataMining="{value.format("ALLOWED")}"'), NOWHERE)) == {"unknown": ALL}


def test_a_resource_hides_no_text_beside_it() -> None:
    element = '<plus:DataMining rdf:resource="DMI-ALLOWED">DMI-PROHIBITED</plus:DataMining>'
    assert combine(read_xmp(packet(elements=element), NOWHERE))["mine"].says == "deny"


def test_credentials_that_are_kept_elsewhere_are_not_known(film: bytes) -> None:
    told = 'xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="https://studio.example/film.c2pa"'
    signals = embedded(in_mp4(packet(told), film))
    assert said(signals) == {"unknown": ["input", "mine", "train_gen", "train_nongen"]}
    assert {each.text for each in signals} == {"https://studio.example/film.c2pa"}
    here = in_mp4(packet(told.replace("https://studio.example/film.c2pa", "in the archive since 1960")), film)
    assert embedded(here) == []
    entries = {"cawg.data_mining": entry("notAllowed")}
    assert said(embedded(stamped(in_mp4(packet(told), film), "video/mp4", entries))) == {"deny": ["mine"]}


def test_two_values_that_differ_are_the_stricter() -> None:
    xmp = packet('plus:DataMining="DMI-ALLOWED"', "<plus:DataMining>DMI-PROHIBITED</plus:DataMining>")
    assert {each.says for each in combine(read_xmp(xmp, NOWHERE)).values()} == {"deny"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16"])
def test_a_packet_is_read_in_every_encoding_it_may_have(encoding: str) -> None:
    xmp = mining("DMI-PROHIBITED").decode().encode(encoding)
    assert said(read_xmp(xmp, NOWHERE)) == {"deny": ALL}


def test_a_reservation_of_tdmrep_in_the_metadata_is_one() -> None:
    signals = read_xmp(packet('tdm:reservation="1" tdm:policy="https://studio.example/tdm.json"'), NOWHERE)
    assert said(signals) == {"deny": ["mine"]}
    assert signals[0].terms == "https://studio.example/tdm.json"


# --- containers -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("container", ["mp4", "mov", "jpeg", "long jpeg", "png", "packed png", "webp"])
def test_a_packet_is_found_where_programs_put_it(container: str, film: bytes) -> None:
    xmp = mining("DMI-PROHIBITED")
    data = {
        "mp4": lambda: in_mp4(xmp, film),
        "mov": lambda: film.replace(b"isom", b"qt  ", 1) + in_mp4(xmp, b""),
        "jpeg": lambda: in_jpeg(xmp),
        "long jpeg": lambda: in_jpeg(xmp.replace(b"<?xpacket end", b" " * 120_000 + b"<?xpacket end")),
        "png": lambda: in_png(xmp),
        "packed png": lambda: in_png(xmp, packed=True),
        "webp": lambda: in_webp(xmp),
    }[container]()
    signals = embedded(data)
    assert said(signals) == {"deny": ALL}
    assert "at byte" in signals[0].origin.where or "from byte" in signals[0].origin.where


def test_quicktimes_user_data_is_looked_into() -> None:
    xmp = mining("DMI-PROHIBITED")
    inner = struct.pack(">I4s", 8 + len(xmp), b"XMP_") + xmp + bytes(4)
    user = struct.pack(">I4s", 8 + len(inner), b"udta") + inner
    moov = struct.pack(">I4s", 8 + len(user), b"moov") + user
    assert said(embedded(struct.pack(">I4s4sI", 16, b"ftyp", b"qt  ", 0) + moov)) == {"deny": ALL}


def test_a_film_that_says_nothing_says_nothing(film: bytes) -> None:
    inside = look_inside(BytesIO(film))
    assert inside.is_silent
    assert inside.kind == "video/mp4"
    assert embedded(film) == []
    assert embedded(b"") == embedded(b"text") == []


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">I4s", 8, b"ftyp") + struct.pack(">I4s", 4, b"moov"),
        struct.pack(">I4s", 8, b"ftyp") + struct.pack(">I4s", 1000, b"mdat"),
        struct.pack(">I4s", 8, b"ftyp") + struct.pack(">I4sQ", 1, b"mdat", 1 << 62),
        struct.pack(">I4s", 8, b"ftyp") * 110_000,
        _nested(400, 400),
        _pieces(200),
        struct.pack(">I4s", 8, b"ftyp") + b"\0\0",
        b"\xff\xd8\xff\xe1\xff\xff",
        b"\xff\xd8\x00\x00",
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIDAT",
        b"RIFF\x00\x00\x00\x00WEBPXMP \xff\xff\xff\xff",
        in_png(b"x" * (MAX_XMP * 4), packed=True),
        in_jpeg(mining("DMI-ALLOWED").replace(b"<?xpacket end", b" " * 120_000 + b"<?xpacket end")).replace(
            struct.pack(">I", 50_000), struct.pack(">I", 50_001), 1
        ),
    ],
)
def test_a_container_that_breaks_off_is_not_known(data: bytes) -> None:
    signals = embedded(data)
    assert set(said(signals)) == {"unknown"}
    assert {signal.standard for signal in signals} == {"plus", "cawg"}


@given(st.integers(0, 1 << 32))
@settings(max_examples=120, deadline=None)
def test_no_damage_turns_a_no_into_a_yes(seed: int) -> None:
    rng = random.Random(seed)
    makers: list[Callable[[bytes], bytes]] = [in_jpeg, in_png, in_webp, _in_bare_mp4]
    maker = rng.choice(makers)
    data = bytearray(maker(mining("DMI-PROHIBITED")))
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data))
        change = rng.choice(["flip", "cut", "insert"])
        if change == "flip":
            data[at] ^= 1 << rng.randrange(8)
        elif change == "cut":
            del data[at : at + rng.randint(1, 40)]
        else:
            data[at:at] = rng.randbytes(rng.randint(1, 40))
        if not data:
            break
    assert "allow" not in said(embedded(bytes(data)))


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_garbage_says_nothing_or_that_it_is_not_known(tail: bytes) -> None:
    for head in (b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x08ftyp"):
        assert set(said(embedded(head + tail))) <= {"unknown"}


# --- Content Credentials ----------------------------------------------------------------------------------------------
def entry(use: object, **more: object) -> dict[str, object]:
    return {"use": use, **more}


def stamped(data: bytes, kind: str, entries: Mapping[str, object], label: str = "cawg.training-mining") -> bytes:
    out = BytesIO()
    signer = credentials()
    assertion = {"label": label, "data": {"entries": entries}}
    stamp(BytesIO(data), kind, out, [assertion], signer)
    return out.getvalue()


ENTRIES: dict[str, object] = {
    "cawg.ai_generative_training": entry("notAllowed"),
    "cawg.ai_training": entry("allowed"),
    "cawg.ai_inference": entry("constrained", constraint_info="https://studio.example/offers"),
    GENERATE_ENTRY: entry("notAllowed"),
    "org.example.other": entry("notAllowed"),
}


@pytest.mark.parametrize("kind", ["video/mp4", "image/png", "image/jpeg"])
def test_what_was_stamped_is_read_back(kind: str, film: bytes) -> None:
    data = {"video/mp4": film, "image/png": in_png(b""), "image/jpeg": in_jpeg(b"")}[kind]
    signals = embedded(stamped(data, kind, ENTRIES))
    assert said([each for each in signals if each.standard == "cawg"]) == {
        "deny": ["generate", "train_gen"],
        "allow": ["train_nongen"],
        "constrained": ["input"],
    }
    assert {each.signature for each in signals if each.standard == "cawg"} == {"untrusted"}
    assert next(each.terms for each in signals if each.act == "input") == "https://studio.example/offers"


def test_the_older_label_is_read_too(film: bytes) -> None:
    entries = {"c2pa.ai_generative_training": entry("notAllowed"), "c2pa.data_mining": entry("notAllowed")}
    signals = embedded(stamped(film, "video/mp4", entries, "c2pa.training-mining"))
    assert said(signals) == {"deny": ["mine", "train_gen"]}
    assert {each.standard for each in signals} == {"c2pa"}


def test_a_no_survives_a_later_yes(film: bytes) -> None:
    refused = stamped(film, "video/mp4", {"cawg.ai_generative_training": entry("notAllowed")})
    again = stamped(refused, "video/mp4", {"cawg.ai_generative_training": entry("allowed")})
    assert combine(embedded(again))["train_gen"].says == "deny"


def test_a_yes_of_what_it_was_made_from_is_none(film: bytes) -> None:
    allowed = stamped(film, "video/mp4", {"cawg.ai_generative_training": entry("allowed")})
    again = stamped(allowed, "video/mp4", {"cawg.data_mining": entry("notAllowed")})
    assert combine(embedded(again))["train_gen"].says == "unknown"


def test_a_film_that_was_changed_since_allows_nothing(film: bytes) -> None:
    data = bytearray(stamped(film, "video/mp4", {"cawg.ai_generative_training": entry("allowed")}))
    at = bytes(data).index(b"mdat") + 400
    data[at] ^= 0xFF
    signals = embedded(bytes(data))
    assert set(said(signals)) == {"unknown"}
    assert {each.signature for each in signals} == {"invalid"}


@given(st.integers(0, 1 << 32))
@settings(max_examples=40, deadline=None)
def test_no_damage_to_a_manifest_turns_a_no_into_a_yes(seed: int) -> None:
    rng = random.Random(seed)
    data = bytearray(_refused_picture())
    for _ in range(rng.randint(1, 20)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    assert "allow" not in said(embedded(bytes(data)))


_PICTURE: list[bytes] = []


def _refused_picture() -> bytes:
    if not _PICTURE:
        entries: dict[str, object] = {f"cawg.{name}": entry("notAllowed") for name in ("data_mining", "ai_training")}
        _PICTURE.append(stamped(in_png(b""), "image/png", entries))
    return _PICTURE[0]


@pytest.mark.parametrize(
    "data",
    [
        {"entries": []},
        {},
        None,
        {"entries": {"cawg.data_mining": entry("maybe")}},
        {"entries": {"cawg.data_mining": entry(1)}},
        {"entries": {"cawg.data_mining": "allowed"}},
        {"entries": {"cawg.data_mining": {"use": ["allowed"]}}},
    ],
)
def test_an_assertion_that_makes_no_sense_allows_nothing(data: object) -> None:
    manifests = {"m": {"assertions": [{"label": "cawg.training-mining", "data": data}]}}
    text = json.dumps({"active_manifest": "m", "manifests": manifests})
    assert set(said(signals_of_manifests(text, "Valid", NOWHERE))) == {"unknown"}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"manifests": 7}', "[" * 100_000, '{"manifests": {"a": 1, "b": []}}']
)
def test_a_report_that_makes_no_sense_allows_nothing(text: str) -> None:
    assert set(said(signals_of_manifests(text, "Valid", NOWHERE))) <= {"unknown"}
