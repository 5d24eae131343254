# SPDX-License-Identifier: Apache-2.0
"""What was altered shows: by anybody who cannot sign, in any bit; by the signer, in what the log bears witness to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.evidence import packed, prove, unpacked, verify_files, verify_pack
from kyodaku.evidence._json import lines_of, written
from kyodaku.evidence._opened import Sealed
from kyodaku.evidence.making import PACK_PREDICATE, SIGNATURE
from kyodaku.ledger import attest
from kyodaku.registry import Registry
from kyodaku.rights.regime import TABLES
from kyodaku.training import Cleared, clear, load_use
from kyodaku.workspace import Workspace
from support.studio import Studio

Files = dict[str, bytes]

_LONG = 2_000
"""Of a longer file, whose bytes all go into one hash, one bit in twenty-nine is flipped where it costs a signature."""


def nothing_goes(folder: Path) -> Path:
    """The shortest law there is: everything is refused."""
    words = "{en: No., ja: 不可。}"
    refused = f"[{{rule: RULE, when: {{}}, verdict: refused, citation: none, text: {words}}}]"
    acts = ("collect", "mine", "train", "fine_tune", "input", "index", "generate", "publish")
    touched = "{rights: [reproduction], citation: none}"
    head = f'id: nothing\nversion: "1"\nstatus: contested\ntitle: {words}\nposition: {words}\ndisclaimer: {words}\n'
    tables = "".join(f"  {name}: {refused.replace('RULE', name)}\n" for name in TABLES)
    text = head + "source: none\nacts:\n" + "".join(f"  {act}: {touched}\n" for act in acts)
    file = folder / "nothing.yaml"
    file.write_text(f"{text}upstream: {touched}\ntables:\n{tables}", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def small(studio: Studio, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A pack of one decision on one clip."""
    folder = tmp_path_factory.mktemp("small")
    manifest = studio.manifest.with_name("one.csv")
    manifest.write_text("clip_id,uri\nnone,none.mp4\n", encoding="utf-8")
    regime = str(nothing_goes(folder))
    out = folder / "out"
    clear(str(manifest), out, registry=registry, use=load_use(studio.use), regime=regime, workers=1)
    (decision_id,) = [json.loads(line.split(b" ", 1)[1])["decisions"]["nothing"]["decision_id"]
                      for line in (out / "journal.jsonl").read_bytes().splitlines()]  # fmt: skip
    files = prove(registry, decision_id)
    assert verify_files(files).verdicts == {"refused": 1}
    return files


def flipped(content: bytes, step: int = 1) -> Iterator[bytes]:
    for place in range(0, 8 * len(content), step):
        altered = bytearray(content)
        altered[place // 8] ^= 1 << place % 8
        yield bytes(altered)


def test_every_flipped_bit_of_a_pack_shows(small: Files) -> None:
    content = packed(small)
    assert len(content) < 40_000
    for altered in flipped(content):
        with pytest.raises(KyodakuError):
            verify_pack(altered)


def test_every_flipped_bit_shows_also_to_whoever_zips_it_again(small: Files) -> None:
    for name, content in small.items():
        for altered in flipped(content, 1 if len(content) < _LONG else 29):
            with pytest.raises(KyodakuError):
                Sealed.of({**small, name: altered}, None)


def test_a_file_more_or_less_shows(small: Files) -> None:
    for name in small:
        with pytest.raises(IntegrityError):
            verify_files({other: content for other, content in small.items() if other != name})
    with pytest.raises(IntegrityError):
        verify_files({**small, "more.json": b"{}"})


# --- by the signer ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def run_pack(registry: Registry, cleared: Cleared) -> Files:
    return prove(registry, cleared.run)


@pytest.fixture(scope="module")
def work_pack(registry: Registry, cleared: Cleared, small: Files) -> Files:
    assert small
    return prove(registry, "silent")


def signed(registry: Registry, files: Files, **card: Any) -> Files:
    """The files signed anew, as only the log's keeper can."""
    files = {name: content for name, content in files.items() if name != SIGNATURE}
    said = json.loads(files["pack.json"]) | card
    files["pack.json"] = written(said)
    subjects = [{"name": name, "sha256": sha256(files[name]).hexdigest()} for name in sorted(files)]
    predicate = {name: said[name] for name in ("format", "kind", "subject")}
    return {**files, SIGNATURE: written(attest(subjects, PACK_PREDICATE, predicate, registry.signing_key()))}


def values(files: Files, name: str) -> list[Any]:
    return [json.loads(line) for line in files[name].splitlines()]


def changed(files: Files, name: str, change: Callable[[list[Any]], object]) -> Files:
    said = values(files, name)
    change(said)
    return {**files, name: lines_of(said)}


def put(place: int, *path: Any, to: Any) -> Callable[[list[Any]], None]:
    def change(said: list[Any]) -> None:
        inner = said[place]
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = to

    return change


ROWS: dict[str, Callable[[list[Any]], object]] = {
    "verdict": put(1, "row", "verdict", to="permitted"),
    "ground": put(1, "row", "grounds", 0, "text", "en", to="Yes."),
    "needed": put(1, "row", "needed", to=[]),
    "name": put(1, "row", "clip_id", to="another"),
    "hash": put(1, "row", "sha256", to="0" * 64),
    "signals": put(1, "row", "signals", to=[{"act": "sing"}]),
    "salt": put(1, "salt", to="00" * 16),
    "gone": lambda said: said.pop(),
    "more": lambda said: said.append(said[-1]),
    "swapped": lambda said: said.reverse(),
    "no row": put(1, "row", to=None),
    "no field": put(1, "row", to={}),
}
FACTS: dict[str, Callable[[list[Any]], object]] = {
    "found": lambda said: said[1]["facts"].pop("found"),
    "subject": put(1, "facts", "subject", to="sha256:00"),
    "examined": put(9, "facts", "examined", to=True),
    "signals": put(1, "facts", "signals", to=[{"act": "train_gen", "says": "allow", "standard": "aipref"}]),
    "basis": put(1, "facts", "basis", to={"kind": "public_domain"}),
    "records": put(1, "facts", "permissions", to=[]),
    "number": put(1, "facts", "works", to=[99]),
    "no facts": put(1, "facts", to=[]),
    "run": put(1, "run", to="run-0"),
    "place": put(1, "place", to=2),
    "negative": put(0, "place", to=-1),
    "path": put(1, "path", to=[]),
    "long path": put(1, "path", to=["00" * 32] * 1000),
    "gone": lambda said: said.pop(),
    "no record": lambda said: said.append(7),
}
ENTRIES: dict[str, Callable[[list[Any]], object]] = {
    "entry": put(0, "entry", to="{}"),
    "index": put(0, "index", to=0),
    "proof": put(0, "proof", to=[]),
    "hex": put(0, "proof", to=["zz"]),
    "gone": lambda said: said.pop(0),
    "none": lambda said: said.clear(),
    "no record": lambda said: said.append(None),
}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        *[pytest.param("rows.jsonl", change, id=f"row: {what}") for what, change in ROWS.items()],
        *[pytest.param("decisions.jsonl", change, id=f"facts: {what}") for what, change in FACTS.items()],
        *[pytest.param("entries.jsonl", change, id=f"entries: {what}") for what, change in ENTRIES.items()],
    ],
)
def test_the_signer_cannot_change_what_was_decided(
    registry: Registry, run_pack: Files, name: str, change: Callable[[list[Any]], object]
) -> None:
    with pytest.raises(IntegrityError):
        verify_files(signed(registry, changed(run_pack, name, change)))


def test_the_signer_cannot_leave_decisions_out_of_a_run(registry: Registry, run_pack: Files) -> None:
    def less(said: list[Any]) -> None:
        said.clear()

    files = changed(changed(run_pack, "rows.jsonl", less), "decisions.jsonl", less)
    with pytest.raises(IntegrityError, match="are missing"):
        verify_files(signed(registry, files))


@pytest.mark.parametrize("content", [b"{}", b'{"salt":"zz"}', b'{"salt":"00"}', b'{"salt":"%s"}' % (b"00" * 32)])
def test_the_works_of_a_run_are_made_again(registry: Registry, run_pack: Files, content: bytes) -> None:
    with pytest.raises(IntegrityError):
        verify_files(signed(registry, {**run_pack, "works.json": content}))


@pytest.mark.parametrize("name", ["table.yaml", "words.yaml"])
def test_the_signer_cannot_change_the_law(registry: Registry, run_pack: Files, name: str) -> None:
    (path,) = [each for each in run_pack if each.endswith(name)]
    for content in (run_pack[path].replace(b"Art.", b"Arts."), b"", b"\xff", b"- a list", b"a: [b"):
        with pytest.raises(IntegrityError):
            verify_files(signed(registry, {**run_pack, path: content}))


@pytest.mark.parametrize("name", ["checkpoint", "consistency.json", "records.json", "keys/1.pub", "pack.json"])
@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"7", b"\xff", b'[{"size":1}]', b'{"works":7}'])
def test_nonsense_that_is_signed_is_told_in_one_line(
    registry: Registry, run_pack: Files, name: str, content: bytes
) -> None:
    files = {**run_pack, name: content}
    subjects = [
        {"name": each, "sha256": sha256(files[each]).hexdigest()} for each in sorted(files) if each != SIGNATURE
    ]
    predicate = {"format": "kyodaku/pack/v1", "kind": "run", "subject": "run"}
    envelope = written(attest(subjects, PACK_PREDICATE, predicate, registry.signing_key()))
    with pytest.raises(IntegrityError):
        verify_files({**files, SIGNATURE: envelope})


def test_a_pack_is_of_what_it_says(registry: Registry, run_pack: Files, small: Files) -> None:
    for files, card in (
        (run_pack, {"subject": "run-0"}),
        (run_pack, {"kind": "decision"}),
        (run_pack, {"kind": "work", "subject": "granted"}),
        (run_pack, {"kind": "play"}),
        (run_pack, {"origin": "another.example/log"}),
        (run_pack, {"left_out": [{}]}),
        (small, {"subject": "sha256:" + "0" * 64}),
        (small, {"kind": "run"}),
    ):
        with pytest.raises(IntegrityError):
            verify_files(signed(registry, files, **card))
    with pytest.raises(KyodakuError, match="verify it with the version"):
        verify_files(signed(registry, run_pack, format="kyodaku/pack/v9"))


# --- works ------------------------------------------------------------------------------------------------------------
def absence(files: Files) -> Any:
    return json.loads(files["absence.json"])


def test_the_signer_cannot_say_that_a_work_was_not_found(registry: Registry, work_pack: Files) -> None:
    said = absence(work_pack)
    of_silent = next(
        each for run in said for each in run["works"] if each["found"]["index"] and len(each["found"]["codes"]) == 1
    )
    other = next(each for run in said for each in run["works"] if len(each["found"]["codes"]) == 2)
    of_silent["found"] = other["found"]
    with pytest.raises(IntegrityError):
        verify_files(signed(registry, {**work_pack, "absence.json": written(said)}))


def test_the_signer_cannot_leave_out_the_decisions_on_a_work(registry: Registry, work_pack: Files) -> None:
    files = {**work_pack, "rows.jsonl": b"", "decisions.jsonl": b""}
    with pytest.raises(IntegrityError, match="is missing"):
        verify_files(signed(registry, files))


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.clear(),
        lambda said: said[0].update(salt="00" * 32),
        lambda said: said[0].update(salt="zz"),
        lambda said: said[0].update(run="run-0"),
        lambda said: said[0]["works"][0].update(work="granted"),
        lambda said: said[0]["works"][0].update(references=True),
        lambda said: said[0]["works"][0].update(more=1),
        lambda said: said[0]["works"][0]["found"].update(index=99),
        lambda said: said[0]["works"][0]["found"].update(codes=[]),
        lambda said: said[0]["works"].clear(),
        lambda said: said.append(7),
    ],
)
def test_proofs_of_works_are_exact(registry: Registry, work_pack: Files, change: Callable[[Any], object]) -> None:
    said = absence(work_pack)
    change(said)
    with pytest.raises(IntegrityError):
        verify_files(signed(registry, {**work_pack, "absence.json": written(said)}))


def test_nothing_is_said_to_be_absent_that_nothing_was_compared_with(registry: Registry, work_pack: Files) -> None:
    said = absence(work_pack)
    for run in said:
        for each in run["works"]:
            each["references"] = 0
    with pytest.raises(IntegrityError, match="nothing was compared"):
        verify_files(signed(registry, {**work_pack, "absence.json": written(said)}))


# --- keys -------------------------------------------------------------------------------------------------------------
def test_a_pack_made_after_a_key_was_replaced_is_verified_by_either_key(studio: Studio, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        registry = workspace.registry
        workspace.import_registry([studio.registry])
        workspace.add_reference("granted", studio.film("granted"))
        manifest = studio.manifest.with_name("two.csv")
        manifest.write_text("clip_id,uri\nnone,none.mp4\n", encoding="utf-8")
        first = registry.signing_key().public
        run = clear(str(manifest), tmp_path / "out", registry=registry, use=load_use(studio.use), workers=1).run
        registry.rotate_key()
        files = prove(registry, run)
        assert verify_files(files, trust=first).key == registry.signing_key().public != first
        later = verify_files(files, trust=registry.signing_key().public)  # it signed the log, which has the run
        assert [each.id for each in later.runs.values()] == [run]
        assert verify_files(prove(registry, "granted"), trust=first).looked[0].found is False
        (note,) = [name for name in files if name.endswith(".note")]
        with pytest.raises(IntegrityError):
            verify_files(signed(registry, {name: held for name, held in files.items() if name != note}))
        entries = changed(files, "entries.jsonl", lambda said: said.pop())
        with pytest.raises(IntegrityError, match="does not say that"):
            verify_files(signed(registry, entries))
    assert unpacked(packed(files)) == files
