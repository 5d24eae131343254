# SPDX-License-Identifier: Apache-2.0
"""Hashes as other programs write them: read right, written right, and refused by line when they are off."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pdqhash
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kyodaku.copies import PDQ, Fingerprint, interchange
from kyodaku.copies._interchange_times import evened
from kyodaku.copies.descriptor import Pixels
from kyodaku.copies.interchange import FORMATS, HashFile, load_hashes, read_hashes, write_hashes
from kyodaku.errors import KyodakuError, UsageError

ONE = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
TWO = "e64cc9d91c623882f8d1f1d9a398e78c9f199b3bd83924f2b7e11e0bf861b064"
SIX = "62c9789627838f69f23cf98c29e37836d61c87c31c59587c4b49a783f496725c"

Print = Callable[..., Fingerprint]


def read(text: str, where: str = "bank.txt") -> HashFile:
    return read_hashes(text.encode(), where=where)


def hexes(made: Fingerprint) -> list[str]:
    return [code.tobytes().hex() for code in made.codes]


def as_table(rows: Sequence[tuple[object, ...]]) -> str:
    return "\n".join(",".join(str(field) for field in row) for row in rows) + "\n"


VIDEO_FORMS = {
    "vpdq": f"0,100,{ONE},0.000\n30,90,{TWO},1.001\n60,0,{SIX},2.002\n",
    "vpdq-cli": f"{ONE},100,0.000\n{TWO},90,1.001\n{SIX},0,2.002\n",
    "vpdq-json": json.dumps([f"{ONE},100,0.0", f"{TWO},90,1.001", f"{SIX},0,2.002"]),
    "table": f"name,frame,quality,hash,timestamp\n許諾,0,100,{ONE},0\n許諾,30,90,{TWO},1.001\n許諾,60,0,{SIX},2.002\n",
    "signals": "vpdq " + json.dumps([f"{ONE},100,0.0", f"{TWO},90,1.001", f"{SIX},0,2.002"]),
    "json": json.dumps({"vpdq": json.dumps([f"{ONE},100,0.0", f"{TWO},90,1.001", f"{SIX},0,2.002"])}),
}


# --- videos ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", VIDEO_FORMS)
def test_a_video_is_read_from_every_form_that_has_it(form: str) -> None:
    held = read(VIDEO_FORMS[form])
    (found,) = held.entries
    assert held.form == form
    assert found.kind == "video"
    assert found.fingerprint.descriptor == "pdq-v1"
    assert hexes(found.fingerprint) == [ONE, TWO, SIX]
    assert found.fingerprint.quality.tolist() == [100, 90, 0]
    assert found.fingerprint.times.tolist() == pytest.approx([0, 1.001, 2.002])
    assert found.fingerprint.duration_s == pytest.approx(3.003)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(
            {
                "1": {"hash": TWO, "quality": 90, "timestamp": 1.001},
                "0": {"hash": ONE, "quality": 100, "timestamp": 0.0},
            }
        ),
        json.dumps([f"0,100,{ONE},0.000", f"30,90,{TWO},1.001"]),
        f"30,90,{TWO.upper()},1.001\r\n\r\n0,100,{ONE},0.000\r\n",
        f"\ufeff 0 , 100 , {ONE} , 0.000\n 30 , 90 , {TWO} , 1.001 \n",
    ],
    ids=["older JSON", "JSON with frames", "out of order, Windows", "blanks and a mark"],
)  # fmt: skip
def test_older_and_other_ways_of_writing_are_read_too(text: str) -> None:
    (found,) = read(text).entries
    assert hexes(found.fingerprint) == [ONE, TWO]
    assert found.fingerprint.times.tolist() == pytest.approx([0, 1.001])


def test_python_threatexchange_writes_three_digits_and_even_steps_are_found_again() -> None:
    true = [number * 1.001 for number in range(5000)]
    written = [float(f"{seconds:.3}") for seconds in true]
    assert max(abs(seconds - wanted) for seconds, wanted in zip(written, true, strict=True)) > 4
    text = json.dumps([f"{number:064x},100,{seconds:.3}" for number, seconds in enumerate(true)])
    (found,) = read(text).entries
    assert np.abs(found.fingerprint.times - np.array(true)).max() < 0.5


@given(step=st.sampled_from([1.0, 1.001, 0.5, 0.033, 2.0, 0.9676]), count=st.integers(3, 3000))
def test_evened_times_would_be_written_as_they_were(step: float, count: int) -> None:
    written = [float(f"{number * step:.3}") for number in range(count)]
    again = [float(f"{seconds:.3}") for seconds in evened(written)]
    assert np.mean([one == other for one, other in zip(again, written, strict=True)]) > 0.99  # ties go either way
    assert max(abs(seconds - number * step) for number, seconds in enumerate(evened(written))) < max(0.6 * step, 0.06)


@pytest.mark.parametrize(
    "written", [[], [0.0], [0.0, 7.0], [0.0, 1.0, 9.0], [0.0, 1.2345, 2.469], [3.0, 2.0, 1.0], [0.0] * 5]
)
def test_times_that_are_not_even_stay_as_they_are_written(written: list[float]) -> None:
    assert evened(written) == written


# --- pictures -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "form", "names", "qualities"),
    [
        (f"{ONE}\n\n{TWO}\n", "pdq", ["", ""], [100, 100]),
        (f"{ONE},83,絵 1.jpg\n{TWO},7,a,b.jpg\n", "pdq", ["絵 1.jpg", "a,b.jpg"], [83, 7]),
        (f"{ONE},絵.jpg\n", "pdq", ["絵.jpg"], [100]),
        (f"{ONE} 'Sample Data' FetchedSignalMetadata()\n", "pdq", [""], [100]),
        (f"hash={ONE},norm=128,delta=0,quality=83,filename=絵, 1.jpg\n", "pdq-details", ["絵, 1.jpg"], [83]),
        (f"FilePath,Hash\n../絵.jpg,{ONE}\n", "table", ["../絵.jpg"], [100]),
        (f'hash,quality,name\n{ONE},83,"a ""b"", c"\n', "table", ['a "b", c'], [83]),
        (f"pdq {ONE}\npdq {TWO} 'Sample Data' x\n", "signals", ["", ""], [100, 100]),
        (f"{ONE},3058061737574159,2020-07-01T18:31:15+0000,media_type_photo\n", "te", ["3058061737574159"], [100]),
        (f"{ONE},123456789,3058061737574159,mine,\n", "te", ["123456789"], [100]),
        (json.dumps({"pdq": ONE}), "json", [""], [100]),
        (json.dumps({"data": [{"type": "HASH_PDQ", "indicator": ONE, "id": "17"}]}), "json", ["17"], [100]),
    ],
)  # fmt: skip
def test_pictures_are_read_from_every_form_that_has_them(
    text: str, form: str, names: list[str], qualities: list[int]
) -> None:
    held = read(text)
    assert held.form == form
    assert [found.name for found in held.entries] == names
    assert [int(found.fingerprint.quality[0]) for found in held.entries] == qualities
    assert hexes(held.entries[0].fingerprint) == [ONE]
    for found in held.entries:
        assert (found.kind, found.fingerprint.duration_s, found.fingerprint.times.tolist()) == ("picture", 0, [0])


# --- banks ----------------------------------------------------------------------------------------------------------
def content(number: int, **more: object) -> dict[str, object]:
    """What HMA answers to `GET /c/bank/BANK/content/ID?include_signals=true`."""
    return {
        "id": number,
        "disable_until_ts": 1,
        "original_media_uri": None,
        "bank": {"name": "STUDIO", "matching_enabled_ratio": 1.0},
        "signals": {"pdq": ONE},
    } | more


@pytest.mark.parametrize("spread", ["list", "lines"])
def test_the_content_of_a_bank_is_read_and_what_it_disables_is_not(spread: str) -> None:
    records = [
        content(1, signals={"vpdq": json.dumps([f"{ONE},100,0.0", f"{TWO},90,1.0"]), "video_md5": "0" * 32}),
        content(2, disable_until_ts=0),
        content(3, disable_until_ts=int(time.time()) + 1000),
        content(4, disable_until_ts=int(time.time()) - 1000, metadata={"content_id": "第一話"}),
        content(5, signals={"video_md5": "0" * 32}),
        content(6, original_media_uri="https://studio.example/6.png"),
    ]
    text = json.dumps(records) if spread == "list" else "\n".join(json.dumps(record) for record in records)
    held = read(text)
    assert [(found.name, found.kind, found.line) for found in held.entries] == [
        ("1", "video", 1),
        ("第一話", "picture", 4),
        ("https://studio.example/6.png", "picture", 6),
    ]
    assert [(one.line, one.why) for one in held.skipped] == [
        (2, "its bank has disabled it"),
        (3, "its bank has disabled it"),
        (5, "it holds no PDQ or vPDQ hash"),
    ]


def test_a_dump_of_signals_keeps_what_was_said_of_them(tmp_path: Path) -> None:
    path = tmp_path / "収集.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["signal_type", "signal_str", "collab", "category", "tags"])
        writer.writeheader()
        rows = [
            ("pdq", ONE, "POSITIVE_CLASS"),
            ("pdq", TWO, "NEGATIVE_CLASS"),
            ("pdq", SIX, "DISPUTED"),
            ("video_md5", "0" * 32, "POSITIVE_CLASS"),
            ("vpdq", json.dumps([f"{number:064x},90,{number}.0" for number in range(3000)]), "POSITIVE_CLASS"),
        ]
        for kind, value, category in rows:
            writer.writerow(
                {"signal_type": kind, "signal_str": value, "collab": "c", "category": category, "tags": "a b"}
            )
    limit = csv.field_size_limit()
    held = load_hashes(path)
    assert csv.field_size_limit() == limit
    assert [(found.kind, len(found.fingerprint), found.line) for found in held.entries] == [
        ("picture", 1, 2),
        ("video", 3000, 6),
    ]
    assert [one.why for one in held.skipped] == [
        "its opinion is 'negative_class'",
        "its opinion is 'disputed'",
        "'video_md5' is no kind of hash that can be compared with pictures",
    ]


def test_signals_of_other_types_and_denied_indicators_are_left_out() -> None:
    held = read(f"video_md5 {'0' * 32}\npdq {ONE}\n")
    assert [found.line for found in held.entries] == [2]
    assert held.skipped[0].line == 1
    held = read(f"{ONE},1234,mine,false_positive\n{TWO},1235,mine,\n")
    assert [found.line for found in held.entries] == [2]
    assert held.skipped[0].why == "it is labelled false_positive"
    held = read(json.dumps([{"type": "HASH_PDQ", "raw_indicator": ONE, "status": "NON_MALICIOUS"}]))
    assert held.skipped[0].why == "its status says that it is no match"


def test_a_table_with_times_holds_a_video_for_each_name() -> None:
    rows = [("file", "pdq", "seconds"), ("a", ONE, 0), ("b", TWO, 0), ("a", SIX, 1.5)]
    held = read(as_table(rows))
    assert [(found.name, found.line, hexes(found.fingerprint)) for found in held.entries] == [
        ("a", 2, [ONE, SIX]),
        ("b", 3, [TWO]),
    ]


# --- there and back -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", [form for form in FORMATS if form != "pdq"])
def test_what_is_written_is_read_again(form: interchange.Format, printed: Print, stream: Callable[..., object]) -> None:
    made = printed(stream(1, 90), fps=2, quality=range(90))
    (found,) = read(write_hashes(made, form)).entries
    assert found.fingerprint == made


@pytest.mark.parametrize("form", ["signals", "hma"])
def test_a_picture_is_written_as_one(form: interchange.Format) -> None:
    (found,) = read(f"{ONE},60,絵.png").entries
    (again,) = read(write_hashes(found.fingerprint, form)).entries
    assert (again.kind, hexes(again.fingerprint)) == ("picture", [ONE])


def test_plain_hashes_are_written_once_each_and_only_where_there_is_something_to_see() -> None:
    made = read(f"0,100,{ONE},0\n1,49,{TWO},1\n2,50,{SIX},2\n3,100,{ONE},3\n").entries[0].fingerprint
    assert write_hashes(made, "pdq") == f"{ONE}\n{SIX}\n"


def test_codes_of_another_descriptor_are_no_hashes(printed: Print, stream: Callable[..., object]) -> None:
    made = printed(stream(1, 3))
    other = Fingerprint(
        descriptor="grid-v7", duration_s=made.duration_s, times=made.times, codes=made.codes, quality=made.quality
    )
    with pytest.raises(UsageError, match=r"only codes of pdq-v1 are PDQ hashes, and these are of grid-v7"):
        write_hashes(other, "vpdq")


# --- the same as other programs' ------------------------------------------------------------------------------------
def test_the_text_of_a_hash_is_what_pdqhash_gives_for_the_picture(scene: Callable[..., Pixels]) -> None:
    same = 0
    for seed in range(20):
        pixels = scene(seed, 144, 256)
        bits, quality = pdqhash.compute(np.ascontiguousarray(pixels))
        text = "".join(f"{int(''.join(map(str, bits[at : at + 4])), 2):x}" for at in range(0, 256, 4))
        (found,) = read(f"{text},{quality},picture\n").entries
        same += bool((found.fingerprint.codes == PDQ.describe([pixels]).codes).all())
    assert same >= 19


def test_vpdq_reads_its_own_text_as_we_do() -> None:
    vpdq = pytest.importorskip("vpdq")
    for text in (ONE, TWO, SIX):
        assert vpdq.hash_to_hex(vpdq.str_to_hash(text)) == hexes(read(text).entries[0].fingerprint)[0]
    bits = int.from_bytes(bytes.fromhex(ONE)) ^ int.from_bytes(bytes.fromhex(TWO))
    assert vpdq.hamming_distance(vpdq.str_to_hash(ONE), vpdq.str_to_hash(TWO)) == bits.bit_count()


def test_a_film_hashed_by_vpdq_has_nearly_the_codes_that_we_give_its_frames(
    tmp_path: Path, scene: Callable[..., Pixels]
) -> None:
    vpdq = pytest.importorskip("vpdq")
    path = tmp_path / "第一話 原版.mp4"
    frames = written_film(path, [scene(moment // 8, 144, 256, moment / 4) for moment in range(40)])
    features = vpdq.computeHash(str(path), seconds_per_hash=1.0)
    lines = [f"{one.frame_number},{one.quality},{one.hex},{one.timestamp:.3f}\n" for one in features]
    path.with_suffix(".txt").write_text("".join(lines), encoding="utf-8")
    (found,) = load_hashes(path.with_suffix(".txt")).entries
    ours = PDQ.describe([frames[round(at * 8)] for at in found.fingerprint.times])
    apart = np.unpackbits(found.fingerprint.codes ^ ours.codes, axis=1).sum(axis=1)
    assert len(found.fingerprint) == 5
    assert found.fingerprint.times.tolist() == [0, 1, 2, 3, 4]
    assert apart[ours.quality >= 80].max() <= 10


def written_film(path: Path, pictures: list[Pixels]) -> list[NDArray[np.uint8]]:
    """Eight frames a second; the answer is what a decoder makes of them."""
    import av  # noqa: PLC0415

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=8, options={"preset": "ultrafast", "threads": "1"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for pixels in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


# --- files that are off ---------------------------------------------------------------------------------------------
HOSTILE = [
    ("", "bank.txt: this file is empty"),
    ("  \n \n", "bank.txt: this file is empty"),
    ("hello, world\n", "bank.txt:1: these are no PDQ or vPDQ hashes"),
    ("lorem ipsum\n", "bank.txt:1: these are no PDQ or vPDQ hashes"),
    (f"{ONE}\n{ONE[:-1]}\n", "bank.txt:2: a PDQ hash has 64"),
    (f"{ONE}\n{ONE[:-1]}g\n", "bank.txt:2: a PDQ hash has 64"),
    (f"{ONE}\n{'٣' * 64}\n", "bank.txt:2: a PDQ hash has 64"),
    (f"{ONE}\n" + "a" * 5000, "bank.txt:2: a PDQ hash has 64"),
    (f"0,100,{ONE},0\n1,101,{ONE},1\n", "bank.txt:2: a quality is a whole number from 0 to 100"),
    (f"0,100,{ONE},0\n1,-1,{ONE},1\n", "bank.txt:2: a quality is"),
    (f"0,100,{ONE},0\n1,9e1,{ONE},1\n", "bank.txt:2: a quality is"),
    (f"0,100,{ONE},0\n1,{'9' * 5000},{ONE},1\n", "bank.txt:2: a quality is"),
    (f"0,100,{ONE},nan\n", "bank.txt:1: a time is a number of seconds"),
    (f"0,100,{ONE},inf\n", "bank.txt:1: a time is"),
    (f"0,100,{ONE},-0.5\n", "bank.txt:1: a time is"),
    (f"0,100,{ONE},1e300\n", "bank.txt:1: a time is"),
    (f"0,100,{ONE},1e999\n", "bank.txt:1: a time is"),
    (f"0,100,{ONE},1.2.3\n", "bank.txt:1: a time is"),
    (f"0,100,{ONE},1_0\n", "bank.txt:1: a time is"),
    (f"0,100,{ONE},\n", "bank.txt:1: a time is"),
    (f"0,100,{ONE}\n", r"bank.txt:1: a line must have the fields .*\(.*without times cannot be placed\)"),
    (f"0,100,{ONE},0\n1,100\n", "bank.txt:2: a line must have the fields"),
    (f"hash,name\n{ONE},a,b\n", "bank.txt:2: there are 3 fields where the first line names 2"),
    (f'hash,name\n{ONE},"a', "bank.txt:2: this line cannot be read"),
    ("hash,name\n", "there are no hashes in this file"),
    (f"pdq {ONE}\nnonsense\n", "bank.txt:2: a line must begin with the type"),
    ("vpdq [1, 2]\n", "bank.txt:1: a vpdq signal is a list"),
    ("vpdq [\n", "bank.txt:1: this is not JSON"),
    (f"hash={ONE},quality=1,filename=a\nhash={ONE}\n", "bank.txt:2: a line must have a hash, a quality and"),
    (f"{ONE},1234,mine,\n{ONE}\n", "bank.txt:2: a line must have the fields indicator"),
    ("[", "bank.txt:1: this is not JSON"),
    ("[\n\n}", "bank.txt:3: this is not JSON"),
    ("[" * 200_000, "bank.txt:1: this is not JSON"),
    ("[]", "bank.txt:1: there are no hashes here"),
    ("{}", None),
    ("[1]", "bank.txt:1: here a record"),
    ("[NaN]", "bank.txt:1: a frame is written"),
    ('["a,b"]', "bank.txt:1: a frame is written"),
    (f'["{ONE},100,NaN"]', "bank.txt:1: a time is"),
    ('{"0": 5}', "bank.txt:1: a frame has a hash"),
    ('{"0": {"hash": [], "quality": 1, "timestamp": 0}}', "bank.txt:1: a PDQ hash"),
    (json.dumps({"0": {"hash": ONE, "quality": True, "timestamp": 0}}), "bank.txt:1: a quality"),
    (f'{{"0": {{"hash": "{ONE}", "quality": 1, "timestamp": NaN}}}}', "bank.txt:1: a time is"),
    ('{"pdq": 7}', "bank.txt:1: a hash is written as text"),
    ('{"vpdq": {"a": 1}}', "bank.txt:1: a vpdq signal is a list"),
    (f'{{"pdq": "{ONE}"}}\n{{"pdq": "x"}}', "bank.txt:2: a PDQ hash"),
    ('{"signals": []}', None),
    ('{"id": ' + "9" * 5000 + "}", "bank.txt:1: this is not JSON that can be read"),
]


@pytest.mark.parametrize(("text", "complaint"), HOSTILE)
def test_what_is_off_is_told_by_file_and_line(text: str, complaint: str | None) -> None:
    if complaint is None:
        assert not read(text).entries
        return
    with pytest.raises(UsageError, match=complaint) as told:
        read(text)
    assert len(str(told.value)) < 300


def test_text_must_be_utf_8() -> None:
    with pytest.raises(UsageError, match=r"銀行\.csv:2: this is not text in UTF-8"):
        read_hashes(f"{ONE}\n".encode() + "許諾".encode("shift-jis"), where="銀行.csv")


def test_a_file_has_limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(interchange, "MAX_BYTES", 100)
    (tmp_path / "bank.txt").write_text(f"{ONE}\n{ONE}\n")
    with pytest.raises(UsageError, match=r"bank\.txt: this file is too large"):
        load_hashes(tmp_path / "bank.txt")
    monkeypatch.undo()
    monkeypatch.setattr(interchange, "MAX_ENTRIES", 2)
    with pytest.raises(UsageError, match=r"bank\.txt:3: there are more than"):
        read(f"{ONE}\n{TWO}\n{SIX}\n")
    monkeypatch.undo()
    monkeypatch.setattr(interchange, "MAX_FRAMES_IN_FILE", 2)
    with pytest.raises(UsageError, match="divide it"):
        read(VIDEO_FORMS["vpdq"])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KyodakuError, match=r"無い\.txt: the hashes cannot be read"):
        load_hashes(tmp_path / "無い.txt")


WORDS = [ONE, "0", "100", "pdq", "vpdq", "[", '"', ",", "\n", " ", "{", "hash", "quality"]
VALUES = [ONE, "pdq", "vpdq", f"{ONE},1,0"]
KEYS = ["pdq", "vpdq", "signals", "data", "type", "indicator", "0", "hash", "metadata", "disable_until_ts"]
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
)


@given(st.text(max_size=200) | st.lists(st.sampled_from(WORDS)).map("".join) | DOCUMENTS.map(json.dumps))
def test_nothing_ends_in_anything_but_hashes_or_one_sentence(text: str) -> None:
    with suppress(UsageError):
        held = read(text)
        assert held.entries or held.skipped
