# SPDX-License-Identifier: Apache-2.0
"""Where signals on media come from: beside them, from captured sites, from WARC files and from columns."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.errors import UsageError
from kyodaku.examine import SeenSignal, SignalReader, SignalSources, SignalsSeen
from kyodaku.signals import SIGNAL_ACTS, Signal

URL: Final = "https://example.org/films/clip.mp4"
CLAIM: Final = {"source": URL}
NO_TRAINING: Final = b"User-Agent: *\nContent-Usage: train-ai=n\nAllow: /\n"
CLOSED: Final = b"User-Agent: *\nDisallow: /\n"
OPEN: Final = b"User-Agent: *\nAllow: /\n"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"no film, and nothing that a reader of signals knows")
    return path


def said(seen: SignalsSeen) -> set[tuple[str, str, str]]:
    return {(each.signal.act, each.signal.says, each.signal.standard) for each in seen.signals}


def captured(tmp_path: Path, files: Mapping[str, bytes | str]) -> SignalReader:
    for name, content in files.items():
        path = tmp_path / "captures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return SignalReader(SignalSources(site_captures=tmp_path / "captures"))


def test_a_medium_alone_says_nothing(clip: Path) -> None:
    assert SignalReader().read(clip) == SignalsSeen()


# --- beside the medium ------------------------------------------------------------------------------------------------
def reply(clip: Path, kept: Any) -> SignalsSeen:
    text = kept if isinstance(kept, str) else json.dumps(kept)
    clip.with_name("clip.mp4.headers.json").write_text(text)
    return SignalReader().read(clip)


def test_the_reply_that_the_crawler_kept_is_read(clip: Path) -> None:
    headers = [["Content-Type", "video/mp4"], ["content-usage", "train-ai=n"]]
    seen = reply(clip, {"url": URL, "fetched_at": "2026-03-01T00:00:00Z", "headers": headers})

    (no,) = [each.signal for each in seen.signals if each.signal.says == "deny"]
    assert (no.act, no.standard, no.origin.where) == (
        "train_gen",
        "aipref",
        "clip.mp4.headers.json header content-usage",
    )
    assert no.origin.fetched_at == seen.fetched_at
    assert seen.fetched_at is not None


def test_headers_may_be_an_object_and_the_page_is_read_too(clip: Path) -> None:
    page = '<html><head><meta name="robots" content="noai"></head></html>'
    seen = reply(clip, {"headers": {"TDM-Reservation": "1"}, "html": page})

    assert {("mine", "deny", "tdmrep"), ("train_gen", "deny", "noai")} <= said(seen)


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "{",
        "[]",
        '{"headers": 3}',
        '{"headers": [["a"]]}',
        '{"url": 3}',
        '{"html": []}',
        '{"head": []}',
        "[" * 9999,
        '{"fetched_at": "yesterday"}',
        '{"headers": {"a": null}}',
        '{"headers": [["Content-Usage", 1]]}',
    ],
)
def test_a_reply_that_cannot_be_read_is_unknown(clip: Path, kept: str) -> None:
    seen = reply(clip, kept)

    assert ("train_gen", "unknown", "aipref") in said(seen)
    assert not any(each.signal.says == "allow" for each in seen.signals)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_holds_nobody_up(clip: Path, make: Any) -> None:
    make(clip.with_name("clip.mp4.headers.json"))

    assert ("train_gen", "unknown", "aipref") in said(SignalReader().read(clip))


@pytest.mark.parametrize("name", ["clip.mp4.xmp", "clip.xmp"])
def test_metadata_beside_a_medium_is_read(clip: Path, name: str) -> None:
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" '
        'plus:DataMining="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"/></rdf:RDF></x:xmpmeta>'
    )
    clip.with_name(name).write_text(packet)

    assert ("mine", "deny", "plus") in said(SignalReader().read(clip))


def test_credentials_of_their_own_that_cannot_be_read_are_unknown(clip: Path) -> None:
    clip.with_name("clip.mp4.c2pa").write_bytes(b"noise")

    assert ("mine", "unknown", "cawg") in said(SignalReader().read(clip))


# --- captured sites ---------------------------------------------------------------------------------------------------
def test_the_sites_files_are_found_by_the_address_of_the_clip(clip: Path, tmp_path: Path) -> None:
    rules = '[{"location": "/films/", "tdm-reservation": 1}]'
    files: dict[str, bytes | str] = {
        "example.org/robots.txt": NO_TRAINING,
        "example.org/.well-known/tdmrep.json": rules,
        "example.org/ai.txt": "User-Agent: *\nDisallow: *.mp4\n",
    }
    reader = captured(tmp_path, files)

    found = said(reader.read(clip, CLAIM))
    assert {("train_gen", "deny", "aipref"), ("mine", "deny", "tdmrep"), ("mine", "deny", "ai-txt")} <= found
    assert reader.read(clip, {"source": "https://elsewhere.example/clip.mp4"}) == SignalsSeen()
    assert reader.read(clip) == SignalsSeen()


@pytest.mark.parametrize(
    "url",
    [
        "https://../robots.txt",
        "https://%2e%2e/x",
        "https://a..b/x",
        "http://[::1",
        "https:///x",
        "https://ex ample/x",
        "https://" + "a" * 300 + ".org/",
        "https://example.org:99999/",
        "https://\x00/",
        "https://-/x",
    ],
)
def test_no_address_leads_out_of_the_folder(clip: Path, tmp_path: Path, url: str) -> None:
    (tmp_path / "robots.txt").write_bytes(CLOSED)

    assert captured(tmp_path, {"example.org/robots.txt": OPEN}).read(clip, {"url": url}) == SignalsSeen()


def test_the_reply_in_which_robots_txt_came_counts(clip: Path, tmp_path: Path) -> None:
    note = '{"fetched_at": "2026-03-01T00:00:00Z", "status": 503}'
    reader = captured(tmp_path, {"example.org/robots.txt": b"", "example.org/robots.txt.fetched.json": note})

    assert ("collect", "deny", "robots") in said(reader.read(clip, CLAIM))


def test_a_note_that_cannot_be_read_makes_its_file_unknown(clip: Path, tmp_path: Path) -> None:
    reader = captured(tmp_path, {"example.org/robots.txt": OPEN, "example.org/robots.txt.fetched.json": "{"})

    assert {says for _, says, _ in said(reader.read(clip, CLAIM))} == {"unknown"}


@pytest.mark.parametrize(
    ("captures", "expected"),
    [
        # a no that stood before the fetch; one lifted before it; one that came only after a capture without it
        ({"2026-02-01": CLOSED}, ("deny", None)),
        ({"2026-02-01": CLOSED, "2026-02-20": OPEN}, (None, None)),
        ({"2026-04-01": OPEN, "2026-05-01": CLOSED}, ("deny", "2026-04-01")),
        # seen first after the fetch, or last without it before the fetch: nobody knows since when
        ({"2026-05-01": CLOSED}, ("deny", None)),
        ({"2026-02-01": OPEN, "2026-05-01": CLOSED}, ("deny", "2026-02-01")),
    ],
)
def test_captures_count_as_of_the_fetch(
    clip: Path, tmp_path: Path, captures: dict[str, bytes], expected: tuple[str | None, str | None]
) -> None:
    reader = captured(tmp_path, {f"example.org/{day}/robots.txt": text for day, text in captures.items()})

    seen = reader.read(clip, CLAIM | {"fetched_at": "2026-03-01T00:00:00Z"})

    denies = [each for each in seen.signals if (each.signal.act, each.signal.says) == ("collect", "deny")]
    days = [each.not_before and each.not_before.date().isoformat() for each in denies]
    assert ("deny" if denies else None, days[0] if days else None) == expected


def test_without_the_time_of_the_fetch_every_capture_counts(clip: Path, tmp_path: Path) -> None:
    reader = captured(
        tmp_path, {"example.org/2026-02-01/robots.txt": CLOSED, "example.org/2026-02-20/robots.txt": OPEN}
    )

    assert ("collect", "deny", "robots") in said(reader.read(clip, CLAIM))


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        SignalReader(SignalSources(site_captures=tmp_path / "none"))


RSL: Final = (
    '<rsl xmlns="https://rslstandard.org/rsl"><content url="/films/"><license>'
    '<prohibits type="usage">ai-train</prohibits></license></content></rsl>'
)


def test_a_licence_beside_a_medium_is_read(clip: Path) -> None:
    clip.with_name("clip.mp4.rsl.xml").write_text(RSL)

    assert ("train_gen", "deny", "rsl") in said(SignalReader().read(clip, CLAIM))
    assert {says for _, says, _ in said(SignalReader().read(clip))} == {"unknown"}  # where it is from is not stated


def test_a_licence_that_a_site_points_to_is_looked_up_among_the_captures(clip: Path, tmp_path: Path) -> None:
    pointing = b"License: https://licences.example/films.xml\nUser-Agent: *\nAllow: /\n"
    reader = captured(tmp_path, {"example.org/robots.txt": pointing})
    assert ("train_gen", "unknown", "rsl") in said(reader.read(clip, CLAIM))

    reader = captured(tmp_path, {"licences.example/films.xml": RSL.replace("/films/", "https://example.org/films/")})
    assert ("train_gen", "deny", "rsl") in said(reader.read(clip, CLAIM))


def test_a_draft_is_read_where_it_is_asked_for(clip: Path) -> None:
    clip.with_name("clip.mp4.rsl-media.xml").write_text("<nothing/>")

    assert SignalReader().read(clip) == SignalsSeen()
    assert "rsl-media" in {standard for _, _, standard in said(SignalReader(SignalSources(drafts=True)).read(clip))}


# --- WARC -------------------------------------------------------------------------------------------------------------
def record(url: str, body: bytes, *headers: str, status: str = "200 OK", date: str = "2026-03-01T00:00:00Z") -> bytes:
    block = "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
    return f"{head}Content-Length: {len(block)}".encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


ROBOTS: Final = record("https://example.org/robots.txt", NO_TRAINING)
REPLY: Final = record(URL, b"film", "Content-Type: video/mp4", "TDM-Reservation: 1")
CHUNKED: Final = record(URL, b"4\r\nfilm\r\n0\r\n\r\n", "Transfer-Encoding: chunked", "X-Robots-Tag: noai")


@pytest.mark.parametrize("pack", [b"".join, lambda records: b"".join(gzip.compress(each) for each in records)])
def test_a_warc_is_read_by_address(clip: Path, tmp_path: Path, pack: Any) -> None:
    warc = tmp_path / "crawl.warc"
    warc.write_bytes(pack([record("https://example.org/other", b"x" * 300_000), ROBOTS, REPLY, CHUNKED]))

    seen = SignalReader(SignalSources(warcs=(warc,))).read(clip, CLAIM)

    assert {("train_gen", "deny", "aipref"), ("mine", "deny", "tdmrep"), ("train_gen", "deny", "noai")} <= said(seen)
    assert seen.fetched_at is not None
    assert all("crawl.warc at byte" in each.signal.origin.where for each in seen.signals)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_warc_agrees_with_another_writer(clip: Path, tmp_path: Path) -> None:
    writer = pytest.importorskip("warcio.warcwriter")
    headers = pytest.importorskip("warcio.statusandheaders").StatusAndHeaders
    warc = tmp_path / "crawl.warc.gz"
    with warc.open("wb") as file:
        out = writer.WARCWriter(file, gzip=True)
        with clip.open("rb") as payload:
            reply = headers("200 OK", [("Content-Usage", "train-ai=n")], protocol="HTTP/1.1")
            out.write_record(out.create_warc_record(URL, "response", payload=payload, http_headers=reply))

    assert ("train_gen", "deny", "aipref") in said(SignalReader(SignalSources(warcs=(warc,))).read(clip, CLAIM))


@pytest.mark.parametrize(
    "content",
    [
        b"no such thing",
        ROBOTS[:-60],
        gzip.compress(ROBOTS)[:-9],
        gzip.compress(ROBOTS + REPLY),  # packed together: what comes second would be lost
        ROBOTS.replace(b"Content-Length: ", b"Content-Length: -"),
        b"WARC/1.0\r\n" + b"a: b\r\n" * 99_999,
    ],
)
def test_a_warc_that_cannot_be_read_to_its_end_is_an_error(tmp_path: Path, content: bytes) -> None:
    warc = tmp_path / "crawl.warc"
    warc.write_bytes(content)

    with pytest.raises(UsageError, match=r"crawl\.warc"):
        SignalReader(SignalSources(warcs=(warc,)))


def test_a_reply_in_a_warc_that_is_none_is_unknown(clip: Path, tmp_path: Path) -> None:
    warc = tmp_path / "crawl.warc"
    warc.write_bytes(record(URL, b"").replace(b"HTTP/1.1 200", b"GOPHER 20000"))

    assert ("train_gen", "unknown", "aipref") in said(SignalReader(SignalSources(warcs=(warc,))).read(clip, CLAIM))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 400))
def test_noise_in_a_warc_is_told_or_says_no_yes(clip: Path, tmp_path: Path, noise: bytes, place: int) -> None:
    warc = tmp_path / "crawl.warc"
    warc.write_bytes(ROBOTS[:place] + noise + ROBOTS[place:])
    try:
        seen = SignalReader(SignalSources(warcs=(warc,))).read(clip, CLAIM)
    except UsageError:
        return
    assert all(isinstance(each, SeenSignal) for each in seen.signals)


# --- columns ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("content_usage", "train-ai=n", ("train_gen", "deny", "aipref")),
        ("content_signal", "ai-train=no", ("train_gen", "deny", "content-signals")),
        ("tdm_reservation", "1", ("mine", "deny", "tdmrep")),
        ("x_robots_tag", "noai", ("train_gen", "deny", "noai")),
        ("robots", CLOSED.decode(), ("collect", "deny", "robots")),
        ("signals", "nothing", ("collect", "unknown", "aipref")),
        ("signals", '[{"act": "sing"}]', ("collect", "unknown", "aipref")),
        ("signals", "[" * 100_000, ("collect", "unknown", "aipref")),
        ("signals", "[]" + " " * (1 << 20), ("collect", "unknown", "aipref")),
    ],
)
def test_a_column_is_read(clip: Path, column: str, value: str, expected: tuple[str, str, str]) -> None:
    assert expected in said(SignalReader().read(clip, CLAIM | {column: value}))


def test_robots_txt_of_nobody_knows_where_is_unknown(clip: Path) -> None:
    assert ("collect", "unknown", "robots") in said(SignalReader().read(clip, {"robots": OPEN.decode()}))


def test_what_was_printed_can_be_a_column(clip: Path) -> None:
    before = SignalReader().read(clip, {"content_usage": "train-ai=n"})
    column = json.dumps([each.signal.as_json() for each in before.signals])

    assert SignalReader().read(clip, {"signals": column}).signals == before.signals


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["act", "says", "where", "sha256", "standard", "revision", "fetched_at"]), inner
            )
        ),
    )
)
def test_a_column_of_noise_never_raises_and_never_allows(clip: Path, noise: Any) -> None:
    seen = SignalReader().read(clip, {"signals": json.dumps(noise)})

    assert not any(each.signal.says == "allow" for each in seen.signals)
    assert noise == [] or {each.signal.act for each in seen.signals} == set(SIGNAL_ACTS)


# --- as a record ------------------------------------------------------------------------------------------------------
def test_what_was_seen_is_kept_and_read_again(clip: Path) -> None:
    seen = SignalReader().read(clip, {"content_usage": "train-ai=n", "tdm_reservation": "1"})

    assert seen.signals
    assert [SeenSignal.from_json(json.loads(json.dumps(each.as_json()))) for each in seen.signals] == list(seen.signals)
    assert all(isinstance(each.signal, Signal) for each in seen.signals)


def test_sources_are_kept_and_read_again(tmp_path: Path) -> None:
    sources = SignalSources(site_captures=tmp_path, warcs=(tmp_path / "a.warc",))

    assert SignalSources.from_json(sources.as_json()) == sources
    assert SignalSources.from_json(None) == SignalSources()
