# SPDX-License-Identifier: Apache-2.0
"""A video that holds more than it shows is not shown; what encoders write is."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.errors import KyodakuError
from kyodaku.generation.unshown import require_all_shown
from support.media_files import numbered_frames, write_video


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("film") / "a.mp4", numbered_frames(100))


def edited(film: Path, length: int, start: int, rate: int) -> bytes:
    content = film.read_bytes()
    at = content.index(b"elst") + 12
    return content[:at] + struct.pack(">IiI", length, start, rate) + content[at + 12 :]


@pytest.mark.parametrize("options", [{"bf": "0"}, {"bf": "3"}, {"bf": "3", "b-pyramid": "normal"}])
@pytest.mark.parametrize("movflags", ["", "faststart", "frag_keyframe+empty_moov", "use_metadata_tags"])
def test_what_encoders_write_is_shown(tmp_path: Path, options: dict[str, str], movflags: str) -> None:
    path = tmp_path / "a.mp4"
    containing = {"movflags": movflags} if movflags else {}
    write_video(path, numbered_frames(50), options=options, container_options=containing, with_audio=True)
    require_all_shown(path)


def test_other_containers_have_no_edit_lists(tmp_path: Path) -> None:
    write_video(tmp_path / "a.webm", numbered_frames(10), codec="libvpx")
    (tmp_path / "b").write_bytes(b"a video")
    (tmp_path / "c").write_bytes(b"")
    for name in ("a.webm", "b", "c"):
        require_all_shown(tmp_path / name)


@pytest.mark.parametrize(
    ("length", "start", "rate"),
    [
        (2000, 50 * 512, 0x10000),  # the first half is left out
        (4000, 50 * 512, 0x10000),  # the same, and said to be as long as ever
        (400, 0, 0x10000),  # only the beginning is shown
        (4000, 0, 0x80000),
        (4000, 0, 0),
    ],
)
def test_what_leaves_pictures_out_is_not_shown(film: Path, tmp_path: Path, length: int, start: int, rate: int) -> None:
    (tmp_path / "a.mp4").write_bytes(edited(film, length, start, rate))
    with pytest.raises(KyodakuError, match="pictures that it does not show"):
        require_all_shown(tmp_path / "a.mp4")


def test_a_delay_that_only_the_first_frame_has_hides_no_others(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", numbered_frames(50), options={"bf": "3"})
    content = bytearray(path.read_bytes())
    table = content.index(b"ctts") + 12
    count, delay = struct.unpack_from(">Ii", content, table)
    assert count == 1
    struct.pack_into(">Ii", content, table, 1, delay + 25 * 512)
    edit = content.index(b"elst") + 12
    length, start = struct.unpack_from(">Ii", content, edit)
    struct.pack_into(">Ii", content, edit, length, start + 25 * 512)
    path.write_bytes(content)
    with pytest.raises(KyodakuError, match="pictures that it does not show"):
        require_all_shown(path)


@given(at=st.integers(0, 20_000), bytes_=st.binary(min_size=1, max_size=8))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_is_answered_by_a_fault_of_ours(film: Path, tmp_path: Path, at: int, bytes_: bytes) -> None:
    content = film.read_bytes()
    index = content.index(b"moov") - 4
    at = index + at % (len(content) - index)
    (tmp_path / "a.mp4").write_bytes(content[:at] + bytes_ + content[at + len(bytes_) :])
    with suppress(KyodakuError):
        require_all_shown(tmp_path / "a.mp4")
