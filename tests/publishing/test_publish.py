# SPDX-License-Identifier: Apache-2.0
"""`kyodaku publish`: what a registry says to anybody, as files that a site's keeper can put where they belong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from kyodaku.cli import main
from kyodaku.publishing import terms_of
from kyodaku.registry import Registry
from kyodaku.rights import load_regime
from kyodaku.signals import Origin, combine, read_embedded, read_headers, read_robots, read_rsl, read_tdmrep
from support.credentials import credentials
from support.films import write_film
from support.xmp_files import in_jpeg, mining

REGISTRY = """\
parties:
  - {id: studio, kind: holder, name: {en: Example Studio, ja: 例スタジオ}}
  - {id: lab, kind: developer}
works:
  - {id: silent, kind: film, title: {ja: 沈黙の映画}, shares: [{party: studio, rights: all}]}
  - {id: granted, kind: film, title: {en: Granted}, shares: [{party: studio, rights: all}]}
  - {id: open, kind: film, title: {en: Open}, shares: [{party: studio, rights: all}]}
  - {id: offered, kind: film, title: {en: Offered}, shares: [{party: studio, rights: all}]}
permissions:
  - {kind: grant, by: studio, to: lab, works: [granted], acts: [train], effective_from: 2026-01-01T00:00:00Z}
  - {kind: grant, by: studio, to: anyone, works: [open], acts: [train, mine, collect],
     effective_from: 2026-01-01T00:00:00Z}
  - {kind: offer, by: studio, to: anyone, works: [offered], acts: [train], effective_from: 2026-01-01T00:00:00Z}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "registry.yaml").write_text(REGISTRY, "utf-8")
    with Registry.open(tmp_path / "workspace", create=True) as registry:
        registry.import_files([tmp_path / "registry.yaml"])
    return tmp_path / "workspace"


@pytest.mark.parametrize(
    ("work", "train", "mine", "generate"),
    [
        ("silent", "deny", "deny", "deny"),
        ("granted", "deny", "deny", "deny"),  # to one lab, which is not the world
        ("open", "allow", "allow", "deny"),
        ("offered", "constrained", "deny", "deny"),
    ],
)
def test_the_law_answers_for_a_stranger(workspace: Path, work: str, train: str, mine: str, generate: str) -> None:
    with Registry.open(workspace) as registry:
        terms = terms_of(registry, work, load_regime("jp-prior"), datetime.now(UTC))
    assert [terms.of(act) for act in ("train_gen", "mine", "generate")] == [train, mine, generate]
    assert terms.holder == "Example Studio"


@pytest.mark.parametrize(
    ("limit", "word"),
    [
        ({}, "allow"),
        ({"purposes": ["research"]}, "deny"),
        ({"models": ["video-1"]}, "deny"),
        ({"territories": ["JP"]}, "deny"),
        ({"effective_until": "2026-02-01T00:00:00Z"}, "deny"),
        ({"duties": ["name the studio"]}, "constrained"),
        ({"conditions": ["ask before"]}, "deny"),
        ({"kind": "refusal"}, "deny"),
    ],
    ids=str,
)
def test_a_grant_with_limits_is_no_word_to_the_world(workspace: Path, limit: dict[str, object], word: str) -> None:
    said = {"kind": "grant", "by": "studio", "to": "anyone", "works": ["silent"], "acts": ["input"]}
    with Registry.open(workspace) as registry:
        registry.import_document({"permissions": [{**said, "effective_from": "2026-01-01T00:00:00Z", **limit}]})
        terms = terms_of(registry, "silent", load_regime("jp-prior"), datetime.now(UTC))
    assert terms.of("input") == word


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(each) for each in arguments])
    return result.exit_code, result.output


def test_the_set_is_written_and_says_the_same_everywhere(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_film(tmp_path / "clip.mp4", seed=1)
    (tmp_path / "poster.jpg").write_bytes(in_jpeg(mining("DMI-UNSPECIFIED")))
    signer = credentials()
    (tmp_path / "chain.pem").write_bytes(signer.certificate)
    (tmp_path / "key.pem").write_bytes(signer.key)
    where = ("--site", "https://studio.example", "--site-path", "/film/", "--terms", "https://studio.example/offers")
    stamps = ("--certificate", tmp_path / "chain.pem", "--key", tmp_path / "key.pem")
    media = ("--media", tmp_path / "clip.mp4", "--media", tmp_path / "poster.jpg")
    code, text = run("publish", "offered", "-o", out, *where, *stamps, *media, "--workspace", workspace)
    assert code == 0, text
    here = Origin.of(b"", "published", url="https://studio.example/")
    headers = [tuple(line.split(": ", 1)) for line in (out / "headers.txt").read_text().splitlines()]
    heard = {
        "robots.txt": read_robots((out / "robots.txt").read_bytes(), "/film/a.mp4", here),
        "headers.txt": read_headers(headers, here),  # type: ignore[arg-type]
        "tdmrep.json": read_tdmrep((out / "well-known/tdmrep.json").read_bytes(), "/film/a.mp4", here),
        "license.xml": read_rsl((out / "license.xml").read_bytes(), "/film/a.mp4", here),
        "clip.mp4": read_embedded(BytesIO((out / "media/clip.mp4").read_bytes()), "clip"),
        "poster.jpg": read_embedded(BytesIO((out / "media/poster.jpg").read_bytes()), "poster"),
    }
    for name, signals in heard.items():
        assert signals, name
        combined = combine(signals)
        assert combined.get("train_gen") is None or combined["train_gen"].says in ("deny", "constrained"), name
    assert combine(heard["license.xml"])["train_gen"].says == "constrained"
    assert combine(heard["clip.mp4"])["train_gen"].says == "constrained"
    readme = (out / "README.md").read_text("utf-8")
    for path in out.rglob("*"):
        if path.is_file() and path.name != "README.md" and path.parent.name != "media":
            assert path.relative_to(out).as_posix() in readme
    assert "条件付" in readme


def test_pictures_get_the_word_without_a_certificate(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "poster.jpg").write_bytes(in_jpeg(mining("DMI-UNSPECIFIED")))
    code, text = run(
        "publish",
        "silent",
        "-o",
        tmp_path / "out",
        "--media",
        tmp_path / "poster.jpg",
        "--workspace",
        workspace,
        "--json",
    )
    assert code == 0, text
    assert json.loads(text)["media"] == ["poster.jpg"]
    signals = read_embedded(BytesIO((tmp_path / "out/media/poster.jpg").read_bytes()), "poster")
    assert combine(signals)["mine"].says == "deny"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody",), "there is no work"),
        (("silent", "--site-path", "film"), "begins with '/'"),
        (("silent", "--terms", "javascript:x"), "no http(s)"),
        (("silent", "--certificate", __file__), "go together"),
        (("silent", "--media", __file__, "--media", __file__), "JPEG and PNG"),
    ],
)
def test_what_cannot_be_published_is_said_in_one_line(
    workspace: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    code, text = run("publish", *arguments, "-o", tmp_path / "out", "--workspace", workspace)
    assert code == 2
    assert words in text
    assert "Traceback" not in text


@pytest.mark.parametrize(("asked", "said"), [((), None), (("--search", "deny"), "n"), (("--search", "allow"), None)])
def test_search_engines_are_told_nothing_unless_that_is_asked_for(
    workspace: Path, tmp_path: Path, asked: tuple[str, ...], said: str | None
) -> None:
    code, text = run("publish", "silent", "-o", tmp_path / "out", *asked, "--workspace", workspace)
    assert code == 0, text
    headers = (tmp_path / "out/headers.txt").read_text()
    assert ("search=" in headers) is (said is not None)  # a yes would be one to indexing for models too
    assert ("search" in (tmp_path / "out/license.xml").read_text().replace("ai-index search", "search")) is bool(asked)


def test_a_registry_that_grants_all_to_all_lets_search_engines_in(workspace: Path) -> None:
    with Registry.open(workspace) as registry:
        registry.import_document(
            {
                "permissions": [
                    {
                        "kind": "grant",
                        "by": "studio",
                        "to": "anyone",
                        "works": ["open"],
                        "acts": ["index"],
                        "effective_from": "2026-01-01T00:00:00Z",
                    }
                ]
            }
        )
        terms = terms_of(registry, "open", load_regime("jp-prior"), datetime.now(UTC))
    assert (terms.of("index"), terms.of("search"), terms.of("input")) == ("allow", "allow", "deny")


def test_files_that_would_bind_nothing_are_left_out(workspace: Path, tmp_path: Path) -> None:
    assert run("publish", "silent", "-o", tmp_path / "out", "--workspace", workspace)[0] == 0
    written = {
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()
    }
    assert not written & {"tdm-ai.json", "well-known/rsl-media.xml"}  # no ISCC, and nobody to ask
    assert not [name for name in written if name.startswith("policies/")]
    readme = (tmp_path / "out/README.md").read_text("utf-8")
    assert "No site was named" in readme
    assert "License:" not in (tmp_path / "out/robots.txt").read_text()


def test_the_readme_has_the_headers_for_the_server(workspace: Path, tmp_path: Path) -> None:
    where = ("--site", "https://studio.example", "--site-path", "/%E6%98%A0%E7%94%BB/*.mp4$", "--workspace", workspace)
    assert run("publish", "silent", "-o", tmp_path / "out", *where)[0] == 0
    readme = (tmp_path / "out/README.md").read_text("utf-8")
    assert 'location "/映画/" {' in readme
    assert 'add_header Content-Usage "train-ai=n, ai-use=n" always;' in readme
    assert 'add_header Link "<https://studio.example/license.xml>; rel=\\"license\\"; ' in readme
    assert "kyodaku signals https://studio.example/%E6%98%A0%E7%94%BB/" in readme


def test_a_folder_in_use_is_left_alone(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    code, text = run("publish", "silent", "-o", tmp_path / "out", "--workspace", workspace)
    assert (code, "in use" in text) == (2, True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_a_film_that_cannot_be_stamped_leaves_no_half_of_it(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x08ftypnonsense")
    signer = credentials()
    (tmp_path / "chain.pem").write_bytes(signer.certificate)
    (tmp_path / "key.pem").write_bytes(b"no key")
    stamps = ("--certificate", tmp_path / "chain.pem", "--key", tmp_path / "key.pem")
    code, text = run(
        "publish", "silent", "-o", tmp_path / "out", *stamps, "--media", tmp_path / "clip.mp4", "--workspace", workspace
    )
    assert code == 1
    assert "private key cannot be read" in text
    assert "clip.mp4" in text
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))
