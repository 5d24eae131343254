# SPDX-License-Identifier: Apache-2.0
"""The index on disk: written whole or not at all, merged as it grows, opened only if it is what it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kyodaku.copies import Fingerprint, IndexWriter, ReferenceIndex, _searched, load_calibration, open_index
from kyodaku.copies import index as opening
from kyodaku.copies._codes import ApproximateCodes, ExactCodes
from kyodaku.copies._manifest import read_manifest, write_manifest
from kyodaku.errors import IntegrityError, KyodakuError, UsageError

Codes = NDArray[np.uint8]
Stream = Callable[..., Codes]
Print = Callable[..., Fingerprint]
Indexed = Callable[..., ReferenceIndex]


@pytest.fixture
def three(stream: Stream, printed: Print) -> dict[str, Fingerprint]:
    return {f"film-{number}": printed(stream(number, 20)) for number in range(3)}


@pytest.fixture
def directory(tmp_path: Path, three: dict[str, Fingerprint]) -> Path:
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        for reference_id, fingerprint in three.items():
            writer.add(reference_id, fingerprint)
    return tmp_path / "index"


def segments(directory: Path) -> list[Path]:
    return sorted((directory / "segments").iterdir())


def stored(index: ReferenceIndex) -> dict[str, list[bytes]]:
    """Each reference's codes as they lie in the index."""
    return {
        reference.entry.id: [code.tobytes() for code in reference.codes]
        for part in index.parts
        for number, reference in enumerate(part.segment.references())
        if part.live[number]
    }


def test_it_holds_what_was_added(directory: Path, three: dict[str, Fingerprint]) -> None:
    index = open_index(directory)
    assert len(index) == 3
    assert sorted(index) == sorted(three)
    assert "film-1" in index
    assert "film-9" not in index
    assert index.codes == 60
    assert index.descriptor == "pdq-v1"
    assert stored(index) == {key: [code.tobytes() for code in made.codes] for key, made in three.items()}


def test_an_empty_index_can_be_opened_and_searched(tmp_path: Path, three: dict[str, Fingerprint]) -> None:
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1"):
        pass
    index = open_index(tmp_path / "index")
    assert (len(index), index.codes, index.search(three["film-0"])) == (0, 0, ())


def test_a_reference_without_any_frame_to_see_is_kept_and_never_found(
    tmp_path: Path, stream: Stream, printed: Print
) -> None:
    black = printed(stream(1, 10), quality=0)
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        writer.add("black", black)
        writer.add("empty", printed(stream(1, 0)))
    index = open_index(tmp_path / "index")
    assert (sorted(index), index.codes) == (["black", "empty"], 0)
    assert index.search(black) == ()


def test_frames_with_little_to_see_stay_out_of_it(tmp_path: Path, stream: Stream, printed: Print) -> None:
    least = load_calibration("pdq-v1").minimum_quality
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        writer.add("film", printed(stream(1, 4), quality=[least - 1, least, 100, 0]))
    assert open_index(tmp_path / "index").codes == 2


def test_its_content_id_depends_on_content_only(tmp_path: Path, three: dict[str, Fingerprint]) -> None:
    ids = set()
    for number, order in enumerate([list(three), list(three)[::-1]]):
        with IndexWriter(tmp_path / f"{number}-at-once", descriptor="pdq-v1") as writer:
            for key in order:
                writer.add(key, three[key])
        for key in order:
            with IndexWriter(tmp_path / f"{number}-one-by-one", descriptor="pdq-v1") as writer:
                writer.add(key, three[key])
        ids |= {open_index(tmp_path / f"{number}-{how}").content_id for how in ("at-once", "one-by-one")}
    assert len(ids) == 1
    with IndexWriter(tmp_path / "0-at-once", descriptor="pdq-v1") as writer:
        writer.remove("film-2")
    assert open_index(tmp_path / "0-at-once").content_id not in ids
    with IndexWriter(tmp_path / "0-at-once", descriptor="pdq-v1") as writer:
        writer.add("film-2", three["film-2"])
    assert open_index(tmp_path / "0-at-once").content_id in ids


def test_the_same_reference_twice_is_no_error(directory: Path, three: dict[str, Fingerprint]) -> None:
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        writer.add("film-0", three["film-0"])
    assert len(open_index(directory)) == 3


def test_another_fingerprint_under_a_known_id_is_refused(directory: Path, three: dict[str, Fingerprint]) -> None:
    with (
        IndexWriter(directory, descriptor="pdq-v1") as writer,
        pytest.raises(UsageError, match="film-0: this id is taken"),
    ):
        writer.add("film-0", three["film-1"])
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        writer.add("new", three["film-1"])
        with pytest.raises(UsageError, match="new: this id is taken"):
            writer.add("new", three["film-2"])


@pytest.mark.parametrize("reference_id", ["", "x" * 513, "line\nbreak", "nul\0"])
def test_an_id_must_be_printable_and_not_too_long(
    directory: Path, three: dict[str, Fingerprint], reference_id: str
) -> None:
    with IndexWriter(directory, descriptor="pdq-v1") as writer, pytest.raises(UsageError, match="printable characters"):
        writer.add(reference_id, three["film-0"])


def test_an_id_may_be_japanese(directory: Path, three: dict[str, Fingerprint]) -> None:
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        writer.add("作品/第一話", three["film-0"])
    assert "作品/第一話" in open_index(directory)


def test_a_removed_reference_is_gone_and_its_codes_go_with_the_next_merge(
    directory: Path, three: dict[str, Fingerprint], stream: Stream, printed: Print
) -> None:
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        writer.remove("film-1")
        with pytest.raises(UsageError, match="film-1: there is no such reference"):
            writer.remove("film-1")
    index = open_index(directory)
    assert sorted(index) == ["film-0", "film-2"]
    assert index.codes == 40
    assert not any(match.reference == "film-1" for match in index.search(three["film-1"]))
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        for number in range(10, 20):
            writer.add(f"film-{number}", printed(stream(number, 20)))
    assert sum(len(part.segment.codes) for part in open_index(directory).parts) == 12 * 20


def test_a_reference_that_was_just_added_can_be_removed(directory: Path, three: dict[str, Fingerprint]) -> None:
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        writer.add("again", three["film-0"])
        writer.remove("again")
    assert "again" not in open_index(directory)


def test_nothing_is_kept_of_additions_that_failed(directory: Path, three: dict[str, Fingerprint]) -> None:

    def interrupted() -> None:
        with IndexWriter(directory, descriptor="pdq-v1") as writer:
            writer.add("new", three["film-0"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert "new" not in open_index(directory)
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        writer.add("new", three["film-0"])
    assert "new" in open_index(directory)


def test_an_index_stays_as_it_was_when_it_was_opened(directory: Path, stream: Stream, printed: Print) -> None:
    before = open_index(directory)
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        for number in range(10, 40):
            writer.add(f"film-{number}", printed(stream(number, 20)))
    assert len(before) == 3
    assert before.search(printed(stream(0, 20)))[0].reference == "film-0"
    assert len(open_index(directory)) == 33


def test_adding_one_at_a_time_keeps_few_segments(tmp_path: Path, stream: Stream, printed: Print) -> None:
    made = {f"film-{number}": printed(stream(number, 4)) for number in range(120)}
    for reference_id, fingerprint in made.items():
        with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
            writer.add(reference_id, fingerprint)
    assert len(segments(tmp_path / "index")) <= 5
    index = open_index(tmp_path / "index")
    assert stored(index) == {key: [code.tobytes() for code in one.codes] for key, one in made.items()}
    assert index.search(made["film-77"])[0].reference == "film-77"


@given(script=st.lists(st.tuples(st.sampled_from("ar"), st.integers(0, 5)), max_size=14))
@settings(max_examples=30, deadline=None)
def test_whatever_is_added_and_removed_is_there_and_not_there(
    script: list[tuple[str, int]], stream: Stream, printed: Print, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("scripted")
    there: dict[str, Fingerprint] = {}
    for what, number in script:
        key = f"film-{number}"
        with IndexWriter(directory, descriptor="pdq-v1") as writer:
            if what == "a":
                there[key] = printed(stream(number, 2 + number))
                writer.add(key, there[key])
            elif key in there:
                writer.remove(key)
                del there[key]
    if script:
        assert stored(open_index(directory)) == {
            key: [code.tobytes() for code in one.codes] for key, one in there.items()
        }


def test_large_additions_are_written_as_they_come(
    tmp_path: Path, stream: Stream, printed: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kyodaku.copies.writer._FLUSH_BYTES", 30 * 36)
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        writer.add("one", printed(stream(1, 20)))
        assert len(open_index(tmp_path / "index")) == 0
        writer.add("two", printed(stream(2, 20)))
        assert len(open_index(tmp_path / "index")) == 2


def test_one_process_writes_at_a_time(directory: Path) -> None:
    with (
        IndexWriter(directory, descriptor="pdq-v1"),
        pytest.raises(KyodakuError, match=r"another process is changing this index \(try again later\)"),
        IndexWriter(directory, descriptor="pdq-v1"),
    ):
        pass


def test_where_there_is_no_index_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(KyodakuError, match="there is no index of references here"):
        open_index(tmp_path)


def test_a_writer_leaves_an_index_of_other_codes_alone(directory: Path) -> None:
    manifest = read_manifest(directory)
    write_manifest(directory, type(manifest)(descriptor="old-v1", minimum_quality=30, segments=manifest.segments))
    with pytest.raises(UsageError, match="holds codes of old-v1"), IndexWriter(directory, descriptor="pdq-v1"):
        pass
    with pytest.raises(IntegrityError, match=r"segment\.json: made with pdq-v1, not with old-v1"):
        open_index(directory)


def test_a_calibration_for_other_codes_is_refused(directory: Path) -> None:
    other = type(load_calibration("pdq-v1")).from_json(load_calibration("pdq-v1").to_json().replace("pdq-v1", "x-v1"))
    with pytest.raises(UsageError, match="the calibration is for x-v1"):
        open_index(directory, calibration=other)


FILES = ["codes.npy", "times.npy", "starts.npy", "segment.json"]


def flip(path: Path, position: int = -3) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_is_named(directory: Path, name: str) -> None:
    flip(segments(directory)[0] / name)
    with pytest.raises(IntegrityError, match=f"{name}: (was altered|does not agree)"):
        open_index(directory)


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_named(directory: Path, name: str, *, verify: bool) -> None:
    path = segments(directory)[0] / name
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(IntegrityError, match=f"{name}: (has|does not agree)"):
        open_index(directory, verify=verify)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(directory: Path, name: str) -> None:
    (segments(directory)[0] / name).unlink()
    with pytest.raises(IntegrityError, match=f"{name}: missing from the index"):
        open_index(directory)


def test_a_missing_segment_is_named(directory: Path) -> None:
    shutil.rmtree(segments(directory)[0])
    with pytest.raises(IntegrityError, match=r"segment\.json: missing from the index"):
        open_index(directory)


@pytest.mark.parametrize("position", range(1, 200, 23))
def test_an_altered_manifest_is_named(directory: Path, position: int) -> None:
    flip(directory / "manifest.json", position)
    with pytest.raises(IntegrityError, match=r"manifest\.json"):
        open_index(directory)
    with pytest.raises(IntegrityError, match=r"manifest\.json"), IndexWriter(directory, descriptor="pdq-v1"):
        pass
    shutil.rmtree(directory)  # the lock was let go: nothing holds the directory


def resealed(directory: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Alter `segment.json` and make the hashes above it agree."""
    from kyodaku.copies import _files, _manifest  # noqa: PLC0415

    (segment,) = segments(directory)
    document = json.loads((segment / "segment.json").read_bytes())
    change(document)
    (segment / "segment.json").write_bytes(_files.canonical(document))
    manifest = read_manifest(directory)
    (listed,) = manifest.segments
    fresh = _manifest.Listed(
        name=listed.name, sha256=_files.file_sha256(segment / "segment.json"), codes=60, references=3
    )
    write_manifest(directory, _manifest.Manifest(descriptor="pdq-v1", minimum_quality=30, segments=(fresh,)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(version=3), "another version"),
        (lambda d: d.update(format="other"), "another version"),
        (lambda d: d["references"].pop(), "belong to different segments"),
    ],
)
def test_a_segment_of_another_version_or_in_disorder_is_refused(
    directory: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    resealed(directory, change)
    with pytest.raises(IntegrityError, match=message):
        open_index(directory)


@pytest.mark.parametrize(
    "content", [b"", b"no array", b"\x93NUMPY\x01\x00" + b"\xff" * 40, b"\x93NUMPY\x02\x00" + b"\0" * 99]
)
def test_a_file_that_is_no_array_is_named_even_if_its_hash_agrees(directory: Path, content: bytes) -> None:
    from kyodaku.copies import _files  # noqa: PLC0415

    (segment,) = segments(directory)
    (segment / "times.npy").write_bytes(content)
    facts = {"bytes": len(content), "sha256": _files.file_sha256(segment / "times.npy")}
    resealed(directory, lambda document: document["files"].update({"times.npy": facts}))
    with pytest.raises(IntegrityError, match=r"times\.npy: is not the array"):
        open_index(directory)


def test_an_array_of_another_type_is_named(directory: Path) -> None:
    from kyodaku.copies import _files  # noqa: PLC0415

    (segment,) = segments(directory)
    np.save(segment / "times.npy", np.zeros(60, dtype=np.float64))
    facts = {"bytes": (segment / "times.npy").stat().st_size, "sha256": _files.file_sha256(segment / "times.npy")}
    resealed(directory, lambda document: document["files"].update({"times.npy": facts}))
    with pytest.raises(IntegrityError, match=r"times\.npy: is not the array"):
        open_index(directory)


def test_nothing_is_ever_unpickled(directory: Path) -> None:
    from kyodaku.copies import _files  # noqa: PLC0415

    (segment,) = segments(directory)
    np.save(segment / "times.npy", np.array([print], dtype=object), allow_pickle=True)
    facts = {"bytes": (segment / "times.npy").stat().st_size, "sha256": _files.file_sha256(segment / "times.npy")}
    resealed(directory, lambda document: document["files"].update({"times.npy": facts}))
    with pytest.raises(IntegrityError, match=r"times\.npy: is not the array"):
        open_index(directory)


def test_a_manifest_of_another_version_is_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = read_manifest(directory)
    monkeypatch.setattr("kyodaku.copies._manifest.VERSION", 3)
    write_manifest(directory, manifest)
    monkeypatch.undo()
    with pytest.raises(IntegrityError, match="another version of Kyodaku"):
        open_index(directory)


def test_what_a_crash_left_behind_is_ignored_and_swept_up(directory: Path, three: dict[str, Fingerprint]) -> None:
    (directory / "segments" / ".new-0123").mkdir()
    (directory / "segments" / ".new-0123" / "codes.npy").write_bytes(b"half")
    assert len(open_index(directory)) == 3
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        writer.add("new", three["film-0"])
    assert not (directory / "segments" / ".new-0123").exists()


def test_a_reader_that_was_overtaken_by_a_merge_reads_again(
    directory: Path, three: dict[str, Fingerprint], monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = read_manifest(directory)
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        writer.add("new", three["film-0"])
    answers = iter([stale])
    monkeypatch.setattr(_searched, "read_manifest", lambda where: next(answers, None) or read_manifest(where))
    assert len(open_index(directory)) == 4


def test_a_reader_gives_up_on_an_index_that_never_rests(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = read_manifest(directory)
    (listed,) = manifest.segments
    names = iter(range(100))

    def restless(_: Path) -> Any:
        gone = type(listed)(name=f"gone-{next(names)}", sha256="0", codes=1, references=1)
        return type(manifest)(descriptor="pdq-v1", minimum_quality=30, segments=(gone,))

    monkeypatch.setattr(_searched, "read_manifest", restless)
    with pytest.raises(IntegrityError, match="changes faster than it can be opened"):
        open_index(directory)


def test_a_manifest_that_cannot_be_read_says_so(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(KyodakuError, match=r"manifest\.json: cannot be read: Permission denied"):
        open_index(directory)


def test_a_manifest_that_is_not_json_is_an_integrity_failure(directory: Path) -> None:
    (directory / "manifest.json").write_bytes(b"{")
    with pytest.raises(IntegrityError, match="not the JSON"):
        open_index(directory)
    (directory / "manifest.json").write_bytes(b"[]")
    with pytest.raises(IntegrityError, match="was altered"):
        open_index(directory)


@pytest.mark.parametrize(
    ("kind", "threshold", "used"),
    [
        ("exact", 10, ExactCodes),
        ("approximate", 10, ApproximateCodes),
        ("auto", 10, ExactCodes),
        ("approximate", 10_000, ExactCodes),
    ],
)
def test_the_kind_says_how_segments_are_searched(
    indexed: Indexed, three: dict[str, Fingerprint], kind: str, threshold: int, used: type
) -> None:
    index = indexed(three, kind=kind, approximate_from=threshold)
    assert all(isinstance(part.codes, used) for part in index.parts)


def test_automatically_large_segments_are_approximate(
    indexed: Indexed, three: dict[str, Fingerprint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "APPROXIMATE_FROM", 50)
    index = indexed(three, kind="auto", approximate_from=10)
    assert all(isinstance(part.codes, ApproximateCodes) for part in index.parts)


def test_some_of_the_references_can_be_selected(indexed: Indexed, three: dict[str, Fingerprint]) -> None:
    index = indexed(three)
    some = index.selecting(["film-0", "film-2"])
    assert (sorted(some), some.codes, len(some)) == (["film-0", "film-2"], 40, 2)
    assert some.search(three["film-0"])[0].reference == "film-0"
    assert not some.search(three["film-1"])
    only = indexed({key: three[key] for key in ("film-0", "film-2")})
    assert some.content_id == only.content_id != index.content_id
    with pytest.raises(UsageError, match="film-9: there is no such reference"):
        index.selecting(["film-9"])


def test_resident_memory_stays_below_the_files(tmp_path: Path, printed: Print, resident: Callable[[], int]) -> None:
    rng = np.random.default_rng(0)
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        for number in range(40):
            writer.add(f"film-{number}", printed(rng.integers(0, 256, (20_000, 32), dtype=np.uint8)))
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    query = printed(rng.integers(0, 256, (20, 32), dtype=np.uint8))
    small = tmp_path / "small"
    with IndexWriter(small, descriptor="pdq-v1") as writer:
        writer.add("film", query)
    open_index(small).search(query)
    before = resident()
    index = open_index(tmp_path / "index")
    for _ in range(3):
        index.search(query)
    assert resident() - before <= 1.2 * size


def finer(made: Fingerprint, seed: int, dims: int = 6) -> Fingerprint:
    """The same fingerprint with a finer form."""
    fine = np.random.default_rng(seed).integers(-127, 128, (len(made), dims), dtype=np.int8)
    return replace(made, fine=fine)


def fine_of(index: ReferenceIndex) -> dict[str, bytes | None]:
    return {
        reference.entry.id: None if reference.fine is None else reference.fine.tobytes()
        for part in index.parts
        for number, reference in enumerate(part.segment.references())
        if part.live[number]
    }


def test_the_finer_form_is_kept_frame_by_frame_through_merges(tmp_path: Path, stream: Stream, printed: Print) -> None:
    made = {
        f"film-{number}": finer(printed(stream(number, 6), quality=[100, 0, 100, 100, 10, 100]), number)
        for number in range(20)
    }
    for reference_id, fingerprint in made.items():
        with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
            writer.add(reference_id, fingerprint)
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        writer.remove("film-3")
        writer.add("another", finer(printed(stream(99, 30)), 99))
    index = open_index(tmp_path / "index")
    assert len(index.parts) < 5
    kept = fine_of(index)
    assert "film-3" not in kept
    for reference_id in set(made) - {"film-3"}:
        fine = made[reference_id].fine
        assert fine is not None
        assert kept[reference_id] == fine[[0, 2, 3, 5]].tobytes()


def test_a_reference_without_a_finer_form_may_stand_beside_those_with_one(
    tmp_path: Path, stream: Stream, printed: Print
) -> None:
    plain, fine = printed(stream(1, 5)), finer(printed(stream(2, 5)), 2)
    for made in ({"plain": plain}, {"fine": fine, "also plain": plain}):
        with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
            for reference_id, fingerprint in made.items():
                writer.add(reference_id, fingerprint)
    index = open_index(tmp_path / "index")
    assert len(index.parts) == 1
    kept = fine_of(index)
    assert kept["plain"] is None
    assert kept["also plain"] is None
    assert fine.fine is not None
    assert kept["fine"] == fine.fine.tobytes()


def test_finer_forms_of_another_length_are_refused(tmp_path: Path, stream: Stream, printed: Print) -> None:
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        writer.add("one", finer(printed(stream(1, 5)), 1, dims=6))
    with (
        IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer,
        pytest.raises(UsageError, match="two: its finer form has 7 values"),
    ):
        writer.add("two", finer(printed(stream(2, 5)), 2, dims=7))
    assert sorted(open_index(tmp_path / "index")) == ["one"]


@pytest.fixture
def fine_directory(tmp_path: Path, stream: Stream, printed: Print) -> Path:
    with IndexWriter(tmp_path / "fine", descriptor="pdq-v1") as writer:
        writer.add("film", finer(printed(stream(1, 20)), 1))
    return tmp_path / "fine"


def test_an_altered_finer_form_is_named(fine_directory: Path) -> None:
    flip(segments(fine_directory)[0] / "fine.npy")
    with pytest.raises(IntegrityError, match=r"fine\.npy: was altered"):
        open_index(fine_directory)


@pytest.mark.parametrize("verify", [True, False])
def test_a_truncated_or_missing_finer_form_is_named(fine_directory: Path, *, verify: bool) -> None:
    path = segments(fine_directory)[0] / "fine.npy"
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(IntegrityError, match=r"fine\.npy: has"):
        open_index(fine_directory, verify=verify)
    path.unlink()
    with pytest.raises(IntegrityError, match=r"fine\.npy: missing"):
        open_index(fine_directory, verify=verify)


def test_the_finer_form_is_mapped_not_loaded(
    tmp_path: Path, stream: Stream, printed: Print, resident: Callable[[], int]
) -> None:
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        for number in range(4):
            writer.add(f"film-{number}", finer(printed(stream(1, 500)), number, dims=20_000))
    before = resident()
    index = open_index(tmp_path / "index", verify=False)
    assert resident() - before < 10_000_000
    assert fine_of(index)["film-0"] is not None


@pytest.fixture
def listed(tmp_path: Path, three: dict[str, Fingerprint]) -> Path:
    """An index whose one segment has an inverted file."""
    with IndexWriter(tmp_path / "listed", approximate_from=50, descriptor="pdq-v1") as writer:
        for reference_id, fingerprint in three.items():
            writer.add(reference_id, fingerprint)
    return tmp_path / "listed"


LISTS = ["lists.bin", "centres.npy", "sizes.npy", "places.npy"]


@pytest.mark.parametrize("name", LISTS)
def test_an_altered_inverted_file_is_named(listed: Path, name: str) -> None:
    flip(segments(listed)[0] / name)
    with pytest.raises(IntegrityError, match=f"{name}: was altered"):
        open_index(listed)


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("name", LISTS)
def test_a_truncated_or_missing_inverted_file_is_named(listed: Path, name: str, *, verify: bool) -> None:
    path = segments(listed)[0] / name
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(IntegrityError, match=f"{name}: has"):
        open_index(listed, verify=verify)
    path.unlink()
    with pytest.raises(IntegrityError, match=f"{name}: missing"):
        open_index(listed, verify=verify)


def test_a_large_segment_without_an_inverted_file_gets_one_with_the_next_change(
    directory: Path, three: dict[str, Fingerprint]
) -> None:
    assert [part.segment.lists for part in open_index(directory).parts] == [None]
    with IndexWriter(directory, approximate_from=50, descriptor="pdq-v1"):
        pass
    (part,) = open_index(directory, kind="approximate").parts
    assert isinstance(part.codes, ApproximateCodes)
    assert sorted(open_index(directory)) == sorted(three)


def test_codes_that_are_in_an_inverted_file_are_kept_nowhere_else(listed: Path, three: dict[str, Fingerprint]) -> None:
    (segment,) = segments(listed)
    assert {path.name for path in segment.iterdir()} == {*LISTS, "times.npy", "starts.npy", "segment.json"}
    for kind in ("exact", "approximate"):
        index = open_index(listed, kind)
        assert stored(index) == {key: [code.tobytes() for code in one.codes] for key, one in three.items()}
        assert index.search(three["film-1"])[0].reference == "film-1"
    with IndexWriter(listed, approximate_from=50, descriptor="pdq-v1") as writer:  # and they are merged from there
        writer.remove("film-0")
        writer.remove("film-2")
    assert stored(open_index(listed)) == {"film-1": [code.tobytes() for code in three["film-1"].codes]}


def test_a_segment_of_version_1_with_its_codes_beside_the_lists_is_read_and_searched(
    listed: Path, three: dict[str, Fingerprint]
) -> None:
    from kyodaku.copies import _files  # noqa: PLC0415

    (segment,) = segments(listed)
    np.save(segment / "codes.npy", open_index(listed).parts[0].segment.codes[:])
    (segment / "places.npy").unlink()
    size, digest = (segment / "codes.npy").stat().st_size, _files.file_sha256(segment / "codes.npy")

    def as_it_was(document: dict[str, Any]) -> None:
        document["version"] = 1
        document["files"] = {**document["files"], "codes.npy": {"bytes": size, "sha256": digest}}
        del document["files"]["places.npy"]

    resealed(listed, as_it_was)
    index = open_index(listed, "approximate")
    assert isinstance(index.parts[0].codes, ApproximateCodes)
    assert index.search(three["film-1"])[0].reference == "film-1"
    assert stored(index) == {key: [code.tobytes() for code in one.codes] for key, one in three.items()}


def test_places_that_do_not_exist_are_named(listed: Path) -> None:
    (segment,) = segments(listed)
    places = np.load(segment / "places.npy")
    places[7] = 60
    np.save(segment / "places.npy", places)
    codes = open_index(listed, verify=False).parts[0].segment.codes
    with pytest.raises(IntegrityError, match=r"lists\.bin: was altered: it names codes that are not there"):
        _ = codes[5:9]


def test_what_one_long_session_writes_is_merged_in_few_steps(
    tmp_path: Path, stream: Stream, printed: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kyodaku.copies.writer._FLUSH_BYTES", 1)
    monkeypatch.setattr("kyodaku.copies.writer._MOST_FLUSHED", 4)
    made = {f"film-{number}": printed(stream(number, 5)) for number in range(30)}
    with IndexWriter(tmp_path / "index", approximate_from=100, descriptor="pdq-v1") as writer:
        for reference_id, fingerprint in made.items():
            writer.add(reference_id, fingerprint)
            assert len(segments(tmp_path / "index")) <= 4
            assert all(part.segment.lists is None for part in open_index(tmp_path / "index").parts)
        writer.remove("film-7")
        writer.add("film-7", made["film-8"])
    index = open_index(tmp_path / "index")
    assert len(index.parts) == 1
    assert index.parts[0].segment.lists is not None
    expected = {**made, "film-7": made["film-8"]}
    assert stored(index) == {key: [code.tobytes() for code in one.codes] for key, one in expected.items()}


def test_a_segment_most_of_which_was_removed_is_written_anew(tmp_path: Path, stream: Stream, printed: Print) -> None:
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        for number in range(10):
            writer.add(f"film-{number}", printed(stream(number, 5)))
    for gone, left in ((5, 50), (6, 20)):
        with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
            for number in range(gone):
                if f"film-{number}" in open_index(tmp_path / "index"):
                    writer.remove(f"film-{number}")
        assert sum(len(part.segment.codes) for part in open_index(tmp_path / "index").parts) == left
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        for number in range(6, 10):
            writer.remove(f"film-{number}")
    assert open_index(tmp_path / "index").parts == ()
    assert segments(tmp_path / "index") == []


def test_removals_count_when_the_session_ends_well(directory: Path) -> None:

    def interrupted() -> None:
        with IndexWriter(directory, descriptor="pdq-v1") as writer:
            writer.remove("film-0")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert "film-0" in open_index(directory)


def test_the_rows_of_references_that_count_come_as_ranges(directory: Path) -> None:
    (part,) = open_index(directory).parts
    for chosen, expected in (
        ([True, True, True], [[0, 60]]),
        ([True, False, True], [[0, 20], [40, 60]]),
        ([False, True, False], [[20, 40]]),
        ([False, False, False], []),
    ):
        assert part.segment.rows(np.array(chosen)).tolist() == expected


def test_a_segment_in_the_older_form_with_other_lists_is_scanned(
    directory: Path, three: dict[str, Fingerprint]
) -> None:
    from kyodaku.copies import _files  # noqa: PLC0415

    (segment,) = segments(directory)
    (segment / "lists.faiss").write_bytes(b"as it was once written")
    facts = {"bytes": 22, "sha256": _files.file_sha256(segment / "lists.faiss")}
    resealed(directory, lambda document: document["files"].update({"lists.faiss": facts}))
    index = open_index(directory, "approximate")
    assert all(isinstance(part.codes, ExactCodes) for part in index.parts)
    assert index.search(three["film-1"])[0].reference == "film-1"


def test_codes_of_another_length_than_the_segment_says_are_refused(directory: Path) -> None:
    resealed(directory, lambda document: document.update(bits=512))
    with pytest.raises(IntegrityError, match="belong to different segments"):
        open_index(directory)


def test_of_ten_thousand_references_with_the_same_pictures_it_says_that_there_are_more(
    tmp_path: Path, stream: Stream, printed: Print, edited: Callable[..., Codes]
) -> None:
    same = stream(1, 4)
    with IndexWriter(tmp_path / "index", approximate_from=1000, descriptor="pdq-v1") as writer:
        for number in range(10_000):
            writer.add(f"copy-{number}", printed(edited(same, 3, seed=number)))
        writer.add("another", printed(stream(2, 4)))
    (part,) = open_index(tmp_path / "index", "approximate").parts
    found = part.codes.nearest(np.concatenate([same, stream(2, 4)]), k=64, radius=60)
    assert np.bincount(found.query).tolist() == [64] * 4 + [1] * 4
    every = part.codes.near(same, radius=60, limit=100)
    assert np.bincount(every.query).tolist() == [100] * 4
    assert every.omitted == 4 * 9_900
