# SPDX-License-Identifier: Apache-2.0
"""The gate's three questions, asked of a real registry: each decided by its own act, and each in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyodaku.errors import KyodakuError
from kyodaku.generation.answer import Answer
from kyodaku.generation.detectors import CharacterSearch, PlainDetector, SheetFolder, make_sheet
from kyodaku.generation.entering import entered
from kyodaku.generation.entering_later import Entering
from kyodaku.generation.video_gate import Asker, WorkspaceGate
from kyodaku.ledger import commitment
from kyodaku.media import Decoder, Sampling
from kyodaku.registry import Registry
from kyodaku.signals.c2pa import stamp
from kyodaku.workspace import Workspace
from support.credentials import credentials
from support.films import write_film
from support.generating import START, Clock
from support.walrus import REGISTRY, registry_at

LAB = Asker(developer="lab", territory=("JP",))


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Registry, Path]]:
    """The studio's registry, with one of its films as a reference, and the film."""
    root = tmp_path_factory.mktemp("registered")
    (root / "registry.yaml").write_text(REGISTRY, encoding="utf-8")
    film = write_film(root / "film.mp4", seed=1)
    with Workspace.open(root / "workspace", create=True) as workspace:
        workspace.import_registry([root / "registry.yaml"])
        workspace.add_reference("film", film)
    with Registry.open(root / "workspace") as registry:
        yield registry, film


@pytest.fixture(scope="module")
def gate(registered: tuple[Registry, Path]) -> WorkspaceGate:
    return WorkspaceGate(registered[0])


def frame_of(film: Path, to: Path) -> Path:
    with Decoder() as decoder:
        (frame,) = decoder.sample(film, Sampling(mode="at", at=(2.0,)))
    Image.fromarray(frame.pixels).save(to)
    return to


def drawn(to: Path) -> Path:
    picture = np.random.default_rng(5).integers(0, 255, (6, 9, 3)).astype(np.uint8)
    Image.fromarray(picture).resize((288, 192), Image.Resampling.BICUBIC).save(to)
    return to


def acts(answer: Answer) -> set[str]:
    return {ground.act for ground in answer.decision.grounds}


def test_a_prompt_is_decided_as_generation(gate: WorkspaceGate) -> None:
    assert gate.prompt("a heron over the bay", LAB).verdict == "permitted"
    refused = gate.prompt("Borro Tidewhisker dances", LAB)
    assert (refused.verdict, refused.works, acts(refused)) == ("refused", ("borro",), {"generate"})
    assert refused.findings[0]["work"] == "borro"
    assert gate.prompt("Mirelda Fogsworth walks", LAB).permissions == ("yes",)
    assert gate.prompt("Mirelda Fogsworth walks", Asker(developer="other")).verdict == "refused"


def test_a_reference_out_of_a_registered_film_is_decided_as_input(
    gate: WorkspaceGate, registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    refused = gate.input(frame_of(registered[1], tmp_path / "frame.png"), LAB)
    assert (refused.verdict, refused.works, acts(refused)) == ("refused", ("borro", "film"), {"input"})
    assert set(refused.findings[0]) == {"work", "q_start", "q_end", "score", "band", "witness"}


def test_a_claim_carries_what_nobody_registered_and_nothing_else(
    gate: WorkspaceGate, registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    picture, own = drawn(tmp_path / "drawn.png"), {"owner": "lab"}
    assert gate.input(picture, LAB).verdict == "review"
    answer = gate.input(picture, LAB, own)
    assert (answer.verdict, answer.as_json()["claimed"]) == ("permitted", own)
    assert gate.input(picture, LAB, {"licence": "CC0-1.0"}).verdict == "permitted"
    assert gate.input(frame_of(registered[1], tmp_path / "frame.png"), LAB, own).verdict == "refused"


def test_a_copy_that_comes_out_is_decided_as_publication(
    gate: WorkspaceGate, registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    refused = gate.output(registered[1], LAB)
    assert (refused.verdict, refused.works, acts(refused)) == ("refused", ("borro", "film"), {"publish"})
    assert gate.output(write_film(tmp_path / "new.mp4", seed=77), LAB).verdict == "permitted"


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x89PNG\r\n\x1a\n"])
def test_what_cannot_be_examined_is_not_permitted(gate: WorkspaceGate, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "medium").write_bytes(content)
    for ask in (gate.input, gate.output):
        answer = ask(tmp_path / "medium", LAB)
        assert (answer.verdict, answer.goes_ahead) == ("refused", False)
        assert answer.decision.error


def test_a_reference_that_says_no_of_itself_is_heard(gate: WorkspaceGate, tmp_path: Path) -> None:
    entries = {"cawg.ai_inference": {"use": "notAllowed"}, "cawg.ai_generative_training": {"use": "notAllowed"}}
    said, out = {"label": "cawg.training-mining", "data": {"entries": entries}}, BytesIO()
    stamp(BytesIO(drawn(tmp_path / "drawn.png").read_bytes()), "image/png", out, [said], credentials())
    (tmp_path / "stamped.png").write_bytes(out.getvalue())
    answer = gate.input(tmp_path / "stamped.png", LAB)
    assert answer.verdict == "review"
    assert "use as input: no" in answer.decision.grounds[0].text["en"]
    assert {(each["act"], each["says"]) for each in answer.signals} >= {("input", "deny")}
    assert answer.as_json()["signals"][0]["standard"] == "cawg"


def test_a_likeness_goes_to_a_person(registered: tuple[Registry, Path], tmp_path: Path) -> None:
    looks = PlainDetector()
    film = write_film(tmp_path / "new.mp4", seed=5)
    with Decoder() as decoder:
        own = [frame.pixels for frame in decoder.sample(film, Sampling(mode="at", at=(1.0, 3.0, 5.0)))]
        others = [
            np.stack([f.pixels for f in decoder.sample(write_film(tmp_path / f"{seed}.mp4", seed=seed), Sampling())])
            for seed in (20, 21, 22)
        ]
    SheetFolder(tmp_path / "sheets").add(make_sheet("borro", own, others, looks))
    gate = WorkspaceGate(registered[0], characters=CharacterSearch(looks, tmp_path / "sheets"))
    answer = gate.output(film, LAB)
    assert (answer.verdict, answer.works) == ("review", ("borro",))


def test_without_any_reference_nothing_is_passed_off_as_clear(tmp_path: Path) -> None:
    with registry_at(tmp_path / "empty") as registry, pytest.raises(KyodakuError, match="reference"):
        WorkspaceGate(registry).output(write_film(tmp_path / "new.mp4", seed=2), LAB)


def test_every_answer_is_in_the_ledger_bound_to_what_was_asked(
    registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    registry, film = registered
    picture, new = drawn(tmp_path / "drawn.png"), write_film(tmp_path / "new.mp4", seed=78)
    with Entering(registry) as entering:
        gate = WorkspaceGate(registry, entering=entering)
        answers = [gate.prompt("Borrolino 踊る", LAB), gate.input(picture, LAB), gate.output(film, LAB)]
        answers.append(gate.output(new, Asker(developer="other", regime="us")))
    lines = [line for _, line in entered(registry)]
    assert [(line["moment"], line["verdict"], line["decision_id"]) for line in lines] == [
        (answer.moment, answer.verdict, answer.decision.decision_id) for answer in answers
    ]
    asked = ["Borrolino 踊る".encode(), *(hashlib.sha256(path.read_bytes()).digest() for path in (picture, film, new))]
    for line, content in zip(lines, asked, strict=True):
        assert line["asked"] == commitment(content, bytes.fromhex(line["salt"]))
    assert [line["works"] for line in lines] == [["borro"], [], ["film"], []]
    registry.verify()


def test_a_change_of_the_registry_is_seen_after_a_moment(tmp_path: Path) -> None:
    clock = Clock(START)
    with registry_at(tmp_path / "changing") as registry:
        gate = WorkspaceGate(registry, clock=clock)
        assert gate.prompt("Gloomwick Hollow at dawn", LAB).verdict == "permitted"
        before = gate.snapshot_id()
        work = {"id": "hollow", "kind": "film", "title": {"en": "Gloomwick Hollow"}}
        registry.import_document({"works": [work | {"shares": [{"party": "studio", "rights": "all"}]}]})
        assert gate.snapshot_id() == before
        clock.go_on(seconds=3)
        assert gate.snapshot_id() != before
        assert gate.prompt("Gloomwick Hollow at dawn", LAB).works == ("hollow",)
