# SPDX-License-Identifier: Apache-2.0
"""Files are read behind walls, and who dies of one costs that file its signals, never the run."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import c2pa
import pytest

from kyodaku.examine.inside import InsideReader
from kyodaku.signals.c2pa import read_c2pa, stamp
from kyodaku.signals.embedded import read_embedded
from kyodaku.signals.signal import Origin
from support.credentials import credentials
from support.films import write_film
from support.xmp_files import in_jpeg, in_png, mining


def refused(path: Path) -> Path:
    signer, out = credentials(), BytesIO()
    assertion = {"label": "cawg.training-mining", "data": {"entries": {"cawg.data_mining": {"use": "notAllowed"}}}}
    stamp(BytesIO(in_png(mining("DMI-UNSPECIFIED"))), "image/png", out, [assertion], signer)
    path.write_bytes(out.getvalue())
    return path


def detached(data: bytes, kind: str, use: str, out: BytesIO, *, url: str | None = None) -> bytes:
    """A manifest that is not put into the file."""
    assertion = {"label": "cawg.training-mining", "data": {"entries": {"cawg.data_mining": {"use": use}}}}
    builder = c2pa.Builder(json.dumps({"claim_generator_info": [{"name": "test"}], "assertions": [assertion]}))
    builder.set_no_embed()
    if url is not None:
        builder.set_remote_url(url)
    builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
    signer = credentials()
    told = c2pa.C2paSignerInfo(b"es256", signer.certificate, signer.key, None)
    made = builder.sign(c2pa.Signer.from_info(told), kind, BytesIO(data), out)
    return bytes(made)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return refused(tmp_path / "狐.png")


def test_credentials_are_read_in_another_process(picture: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.jpg").write_bytes(in_jpeg(mining("DMI-PROHIBITED")))
    with InsideReader() as reader:
        assert len(reader.read(tmp_path / "plain.jpg")) == 3
        assert reader._held == []  # text is read here
        (found,) = reader.read(picture)
        assert (found.act, found.says, found.signature) == ("mine", "deny", "untrusted")
        assert found.origin.where.startswith("狐.png")
        assert reader._held[0].process.pid != os.getpid()
        assert reader.read(picture) == [found]


def test_a_reader_that_dies_leaves_the_file_unknown_and_is_followed_by_another(picture: Path) -> None:
    with InsideReader() as reader:
        assert [each.says for each in reader.read(picture)] == ["deny"]
        os.kill(reader._held[0].process.pid, signal.SIGKILL)
        lost = reader.read(picture)
        assert {each.says for each in lost} == {"unknown"}
        assert {each.standard for each in lost} == {"cawg", "plus"}
        assert [each.says for each in reader.read(picture)] == ["deny"]


def test_the_walls_stand(picture: Path) -> None:
    with InsideReader() as reader:
        reader.read(picture)
        status = Path(f"/proc/{reader._held[0].process.pid}/status").read_text()
        assert "Seccomp:\t2" in status


@pytest.mark.parametrize(
    ("change", "says", "signature"),
    [("none", "allow", "untrusted"), ("medium", "unknown", "invalid"), ("unknown container", "unknown", "invalid")],
)
def test_credentials_beside_a_file_are_checked_against_it(
    change: str, says: str, signature: str, tmp_path: Path
) -> None:
    picture, manifest = tmp_path / "a.png", tmp_path / "a.png.c2pa"
    data, beside = in_png(mining("DMI-UNSPECIFIED")), BytesIO()
    manifest.write_bytes(detached(data, "image/png", "allowed", beside))
    stamped = beside.getvalue()
    picture.write_bytes({"none": stamped, "medium": stamped[:-9] + b"x" + stamped[-8:]}.get(change, b"\x1aE\xdf\xa3"))
    with InsideReader() as reader:
        (found,) = reader.read_beside(picture, manifest)
        assert (found.act, found.says, found.signature) == ("mine", says, signature)
        assert found.origin.where.startswith("a.png.c2pa")
        manifest.write_bytes(detached(data, "image/png", "notAllowed", BytesIO()))
        assert [each.says for each in reader.read_beside(picture, manifest)] == ["deny"]
        manifest.write_bytes(b"no manifest")
        assert {each.says for each in reader.read_beside(picture, manifest)} == {"unknown"}
        assert reader.read_beside(picture, tmp_path / "missing.c2pa") == []


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_to_a_stamped_film_turns_a_no_into_a_yes_or_ends_the_reading(
    seed: int, stamped_film: bytes, reader: InsideReader, tmp_path: Path
) -> None:
    rng, data = random.Random(seed), bytearray(stamped_film)
    begin = data.index(bytes.fromhex("d8fec3d61b0e483c92975828877ec481"))
    end = min(len(data), begin + 60_000)
    for _ in range(rng.choice([1, 4, 32])):
        at = rng.choice([rng.randrange(begin, end), rng.randrange(len(data))])
        change = rng.choice(["flip", "number", "cut", "repeat"])
        if change == "flip":
            data[at] ^= 1 << rng.randrange(8)
        elif change == "number":  # a length or a count, made large or small
            data[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\x9b\xff\xff\xff"])
        elif change == "cut":
            del data[at : at + rng.randint(1, 200)]
        else:
            data[at:at] = data[at : at + rng.randint(1, 200)]
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    assert "allow" not in {each.says for each in reader.read(path)}


@pytest.fixture(scope="module")
def stamped_film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    film, out, signer = tmp_path_factory.mktemp("film") / "film.mp4", BytesIO(), credentials()
    write_film(film, seed=3)
    entries = {f"cawg.{name}": {"use": "notAllowed"} for name in ("data_mining", "ai_generative_training")}
    assertion = {"label": "cawg.training-mining", "data": {"entries": entries}}
    stamp(BytesIO(film.read_bytes()), "video/mp4", out, [assertion], signer)
    return out.getvalue()


@pytest.fixture(scope="module")
def reader() -> Iterator[InsideReader]:
    with InsideReader() as opened:
        yield opened


def test_nothing_is_fetched_even_without_walls() -> None:
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *told: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/film.c2pa"
        out = BytesIO()
        detached(in_jpeg(mining("DMI-UNSPECIFIED")), "image/jpeg", "allowed", out, url=url)
        origin = Origin.of(b"", "a picture")
        assert {each.says for each in read_c2pa(out, "image/jpeg", origin)} == {"unknown"}
        assert {each.says for each in read_embedded(out, "a picture")} == {"unknown"}
        assert asked == []
        with suppress(c2pa.C2paError):  # that it would be, were it allowed
            c2pa.Reader("image/jpeg", BytesIO(out.getvalue())).close()
        assert asked == ["/film.c2pa"]
        server.shutdown()


def test_what_is_no_file_says_nothing(tmp_path: Path) -> None:
    with InsideReader() as reader:
        assert reader.read(tmp_path) == []
        assert reader.read(tmp_path / "missing.mp4") == []
        os.mkfifo(tmp_path / "pipe.mp4")
        assert reader.read(tmp_path / "pipe.mp4") == []  # and at once
        assert reader.read_beside(tmp_path / "pipe.mp4", tmp_path / "pipe.mp4") == []
        assert reader.read("a\0b") == []
