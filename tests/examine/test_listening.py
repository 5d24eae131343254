# SPDX-License-Identifier: Apache-2.0
"""Two witnesses, through real files: pictures and sound of a work, together, one of them alone, damaged, dubbed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from kyodaku.cli import main
from kyodaku.copies.sound import SOUND_ID, load_fingerprints
from kyodaku.examine import Examiner, WorkMatch
from kyodaku.examine.listening import joined
from kyodaku.media import Limits
from kyodaku.registry import Snapshot
from kyodaku.workspace import Workspace
from support import films
from support.sounds import hum, noise, tune, voice, write_film

Samples = NDArray[np.float32]
RATE = 16_000
START, SECONDS = 3.0, 8.0
REGISTRY = """
parties: [{id: studio, kind: holder, name: {en: Studio}}]
works:
  - {id: film-1, kind: film, title: {en: First}, shares: [{party: studio, rights: all}]}
  - {id: film-2, kind: film, title: {en: Second}, shares: [{party: studio, rights: all}]}
  - {id: song, kind: music, title: {en: Song}, shares: [{party: studio, rights: all}]}
"""


def pictures(seed: int, seconds: float = SECONDS, start: float = START) -> Iterator[NDArray[np.uint8]]:
    return (films.frame(seed, start + number / 10) for number in range(round(seconds * 10)))


@pytest.fixture(scope="module")
def sounds() -> dict[str, Samples]:
    """The sound of each work."""
    return {
        "film-1": tune(1, 16, rate=RATE), "film-2": voice(2, 16, rate=RATE), "song": tune(3, 16, rate=RATE),
        "nobody": tune(9, 8, rate=RATE),
    }  # fmt: skip


@pytest.fixture(scope="module")
def workspace(sounds: dict[str, Samples], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Two films with pictures and sound, and a song without pictures."""
    folder = tmp_path_factory.mktemp("two-witnesses")
    (folder / "registry.yaml").write_text(REGISTRY)
    with Workspace.open(folder / "workspace", create=True) as held:
        held.import_registry([folder / "registry.yaml"])
        for number in (1, 2):
            work = f"film-{number}"
            film = write_film(folder / f"{work}.mp4", [sounds[work]], frames=pictures(number, 16, 0), rate=RATE)
            added = held.add_reference(work, film)
            assert added.error is None
            assert len(added.sounds) == 1
        song = held.add_reference("song", write_film(folder / "song.m4a", [sounds["song"]], rate=RATE))
        assert song.reference == song.sounds[0]
        yield held


def excerpt(samples: Samples) -> Samples:
    return samples[round(START * RATE) : round((START + SECONDS) * RATE)]


def found(workspace: Workspace, medium: Path) -> list[tuple[str, str]]:
    """Works and witnesses of what is certain and true; whatever is heard must be so."""
    matches = [match for match in workspace.check(medium).findings.matches or () if match.band == "match"]
    true = [match for match in matches if abs(match.r_start - match.q_start - START) < 0.6]
    assert all(match in true for match in matches if match.witness != "picture")
    return sorted((match.work, match.witness) for match in true)


def test_a_copy_of_both_is_one_match_by_both(workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path) -> None:
    clip = write_film(tmp_path / "copy.mp4", [excerpt(sounds["film-1"])], frames=pictures(1))
    assert found(workspace, clip) == [("film-1", "both")]


def test_a_soundtrack_under_other_pictures_is_found(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path
) -> None:
    clip = write_film(tmp_path / "sound.mp4", [excerpt(sounds["film-2"])], frames=pictures(77))
    assert found(workspace, clip) == [("film-2", "sound")]


@pytest.mark.parametrize("tracks", [[], [np.zeros(8 * RATE, np.float32)]], ids=["muted", "silent"])
def test_pictures_without_their_sound_are_found(workspace: Workspace, tmp_path: Path, tracks: list[Samples]) -> None:
    clip = write_film(tmp_path / "muted.mp4", tracks, frames=pictures(1))
    checked = workspace.check(clip)
    assert checked.findings.error is None
    assert found(workspace, clip) == [("film-1", "picture")]


def test_pictures_of_one_work_with_the_sound_of_another_are_both(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path
) -> None:
    clip = write_film(tmp_path / "both.mp4", [excerpt(sounds["film-2"])], frames=pictures(1))
    assert found(workspace, clip) == [("film-1", "picture"), ("film-2", "sound")]


def test_a_song_without_pictures_is_found_in_the_second_track(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path
) -> None:
    tracks = [sounds["nobody"], excerpt(sounds["song"])]
    clip = write_film(tmp_path / "dubbed.mkv", tracks, frames=pictures(88))
    assert found(workspace, clip) == [("song", "sound")]


def test_sound_of_nobody_is_of_nobody(workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path) -> None:
    clip = write_film(tmp_path / "other.mp4", [sounds["nobody"]], frames=pictures(99))
    assert found(workspace, clip) == []


def test_a_track_that_cannot_be_read_leaves_the_medium_unexamined(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path
) -> None:
    clip = write_film(tmp_path / "bad.mkv", [noise(1, 8, rate=RATE)], frames=pictures(1), codec="flac")
    with av.open(str(clip)) as film:
        packets = [bytes(packet) for packet in film.demux(film.streams.audio[0]) if packet.size]
    content = clip.read_bytes()
    for packet in packets:
        content = content.replace(packet, b"\x55" * len(packet), 1)
    clip.write_bytes(content)
    findings = workspace.check(clip).findings
    assert findings.error is not None
    assert "sound track 1" in findings.error
    assert not findings.examined
    assert [match.work for match in findings.matches or () if match.band == "match"] == ["film-1"]


def test_a_track_with_holes_leaves_the_medium_unexamined_and_says_how_much_was_heard(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path
) -> None:
    clip = write_film(tmp_path / "holes.mkv", [excerpt(sounds["film-2"])], frames=pictures(55), codec="flac")
    with av.open(str(clip)) as film:
        packets = [bytes(packet) for packet in film.demux(film.streams.audio[0]) if packet.size]
    content = clip.read_bytes()
    for packet in packets[::3]:
        content = content.replace(packet, b"\x55" * len(packet), 1)
    clip.write_bytes(content)
    findings = workspace.check(clip).findings
    assert re.fullmatch(r"corrupt: sound track 1: damaged \([56]\.\d of [78]\.\d s heard\)", findings.error or "")
    assert not findings.examined
    assert [match.work for match in findings.matches or ()] == ["film-2"]


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_a_track_that_is_cut_off_leaves_the_medium_unexamined_and_says_how_much_was_heard(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path, ending: str
) -> None:
    clip = write_film(tmp_path / f"cut.{ending}", [excerpt(sounds["film-2"])], frames=pictures(55))
    if ending == "mp4":
        clip = index_first(clip, tmp_path / "first.mp4")
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])
    checked = workspace.check(clip)
    said = r"corrupt: sound track 1: cut off \([45]\.\d of [78]\.\d s heard\)"
    assert re.fullmatch(said, checked.findings.error or "")
    assert not checked.findings.examined
    assert not checked.decision.verdict.is_go


def test_a_reference_that_is_cut_off_is_one_as_far_as_it_goes_and_it_is_said(
    sounds: dict[str, Samples], tmp_path: Path
) -> None:
    track = write_film(tmp_path / "cut.mp3", [excerpt(sounds["film-2"])], codec="libmp3lame")
    track.write_bytes(track.read_bytes()[: track.stat().st_size * 6 // 10])
    with Examiner() as examiner:
        (made,), heard = examiner.sound_fingerprints(track)
    assert made.duration_s == pytest.approx(5, abs=0.5)
    assert re.match(r"corrupt: sound track 1: cut off \([45]\.\d of 8\.\d s heard\)", str(heard.error))


def index_first(film: Path, target: Path) -> Path:
    """The same MP4 with its index before its packets, as it is sent over a network."""
    with av.open(str(film)) as source, av.open(str(target), "w", options={"movflags": "faststart"}) as copy:
        streams = {stream.index: copy.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                copy.mux(packet)
    return target


BASS = np.sin(2 * np.pi * 90 * np.arange(round(SECONDS * RATE)) / RATE).astype(np.float32) / 2
VOICE = voice(50, SECONDS, rate=RATE)
TURNED: dict[str, Callable[[Samples], Samples]] = {
    "one channel upside down": lambda x: np.stack([x, -x]),
    "one upside down and both under a bass": lambda x: np.stack([x + BASS, BASS - x]) / 2,
    "one upside down and quieter": lambda x: np.stack([x, -0.6 * x]),
    "under a voice that both channels share": lambda x: np.stack([VOICE + x, VOICE - x]) / 2,
    "two channels of six upside down": lambda x: np.stack([x, x, -2 * x, 0 * x, 0 * x, 0 * x]) / 2,
}  # fmt: skip


@pytest.mark.parametrize("how", TURNED)
def test_no_trick_with_channels_silences_the_witness(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path, how: str
) -> None:
    channels = TURNED[how](excerpt(sounds["film-1"]))
    clip = write_film(tmp_path / "turned.mkv", [channels], frames=pictures(44), codec="flac", channels=len(channels))
    assert found(workspace, clip) == [("film-1", "sound")]


HEARD: dict[str, tuple[list[Samples], str]] = {
    "no track": ([], "none"),
    "silence": ([np.zeros(8 * RATE, np.float32)], "silent"),
    "dither": ([1e-5 * noise(1, 8, rate=RATE)], "silent"),
    "hum": ([hum(8, rate=RATE)], "indistinct"),
    "noise": ([noise(1, 8, rate=RATE)], "indistinct"),
    "a knock": ([np.eye(1, 8 * RATE, RATE, dtype=np.float32)[0]], "indistinct"),
    "a tune beside silence": ([np.zeros(8 * RATE, np.float32), tune(60, 8, rate=RATE)], "distinct"),
}


@pytest.mark.parametrize("what", HEARD)
def test_what_there_was_to_hear_is_said_and_is_nobodys(workspace: Workspace, tmp_path: Path, what: str) -> None:
    tracks, said = HEARD[what]
    checked = workspace.check(write_film(tmp_path / "film.mkv", tracks, frames=pictures(43)))
    assert (checked.findings.error, checked.findings.sound) == (None, said)
    assert [match for match in checked.findings.matches or () if match.witness != "picture"] == []


def test_where_no_reference_is_of_sound_nobody_listens_and_it_is_said(
    sounds: dict[str, Samples], tmp_path: Path
) -> None:
    (tmp_path / "registry.yaml").write_text(REGISTRY)
    with Workspace.open(tmp_path / "workspace", create=True) as held:
        held.import_registry([tmp_path / "registry.yaml"])
        held.add_reference("film-1", write_film(tmp_path / "silent.mp4", [], frames=pictures(1)))
        clip = write_film(tmp_path / "clip.mp4", [excerpt(sounds["film-1"])], frames=pictures(77))
        assert held.check(clip).findings.sound is None


def test_sound_longer_than_allowed_leaves_the_medium_unexamined_and_what_was_heard_is_told(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path
) -> None:
    clip = write_film(tmp_path / "long.mkv", [sounds["song"]], frames=pictures(43, 2), codec="flac")
    with Examiner(workspace.registry.snapshot(), limits=Limits(max_duration_s=10)) as examiner:
        findings = examiner.examine(clip)
    assert re.fullmatch(r"too_large: sound track 1: longer than 10 seconds \(10\.\d s heard\)", findings.error or "")
    assert not findings.examined
    assert [(match.work, match.witness) for match in findings.matches or ()] == [("song", "sound")]


@pytest.mark.parametrize("cover", [False, True])
def test_sound_without_pictures_is_no_film_whoever_it_is_of(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path, *, cover: bool
) -> None:
    for name, said in (("nobody", []), ("song", ["song"])):
        track = write_film(tmp_path / f"{name}.m4a", [excerpt(np.resize(sounds[name], 16 * RATE))])
        if cover:
            track = with_cover(track, tmp_path / f"{name}-cover.mp4")
        checked = workspace.check(track)
        assert checked.findings.error == "unsupported: no video stream (sound only)"
        assert [match.work for match in checked.findings.matches or ()] == said
        assert checked.findings.sound == "distinct"
        assert not checked.decision.verdict.is_go


def with_cover(track: Path, target: Path) -> Path:
    """The same sound with a picture of its sleeve, as shops sell it."""
    with av.open(str(track)) as source, av.open(str(target), "w") as copy:
        sound = copy.add_stream_from_template(source.streams.audio[0])
        sleeve: Any = copy.add_stream("mjpeg", rate=1)
        sleeve.width, sleeve.height, sleeve.pix_fmt = 64, 64, "yuvj420p"
        sleeve.disposition = av.stream.Disposition.attached_pic
        picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 99, np.uint8), "rgb24")
        copy.mux([*sleeve.encode(picture), *sleeve.encode()])
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = sound
                copy.mux(packet)
    return target


def test_sound_alone_is_compared_and_said_to_be_no_film(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path
) -> None:
    clip = write_film(tmp_path / "alone.m4a", [excerpt(sounds["song"])])
    findings = workspace.check(clip).findings
    assert findings.error == "unsupported: no video stream (sound only)"
    assert [(match.work, match.witness) for match in findings.matches or ()] == [("song", "sound")]


def test_a_snapshot_opened_again_hears_the_same(
    workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path
) -> None:
    taken = workspace.registry.snapshot()
    opened = Snapshot.open(taken.path)
    assert opened.references.sound is not None
    assert set(opened.references.sound) < set(opened.references)
    assert len(opened.references) == len(opened.reference_works) == 5
    assert opened.references.content_id == taken.references.content_id
    assert SOUND_ID not in opened.references.descriptors
    assert workspace.registry.verify().references == 5


def test_the_commands_say_by_what(workspace: Workspace, sounds: dict[str, Samples], tmp_path: Path) -> None:
    clip = write_film(tmp_path / "sound.mp4", [excerpt(sounds["film-2"])], frames=pictures(66))
    folder = ["--workspace", str(workspace.registry.directory)]
    told = CliRunner().invoke(main, ["check", str(clip), *folder])
    assert re.search(r"plays the sound of film-2: 0\.\d–[78]\.\d s = 3\.\d–1[01]\.\d s", told.output)
    kyf = tmp_path / "clip.kyf"
    told = CliRunner().invoke(main, ["fingerprint", str(clip), "-o", str(kyf)])
    assert "with its sound" in told.output
    held, (sound,) = load_fingerprints(kyf)
    assert held is not None
    assert sound.duration_s == pytest.approx(8, abs=0.2)
    told = CliRunner().invoke(main, ["reference", "add", "film-1", str(kyf), *folder, "--json"])
    assert told.exit_code == 0
    assert '"sounds":' in told.output


def match(**fields: object) -> WorkMatch:
    plain = {
        "work": "a", "reference": "r", "q_start": 0.0, "q_end": 10.0, "r_start": 5.0, "r_end": 15.0, "score": 0.8,
        "band": "review",
    }  # fmt: skip
    return WorkMatch(**{**plain, **fields})  # type: ignore[arg-type]


def test_two_witnesses_of_one_line_are_surer_than_each() -> None:
    heard = match(reference="s", q_start=2.0, q_end=14.0, r_start=7.2, r_end=19.2, score=0.9, witness="sound")
    (both,) = joined([match()], [heard])
    assert (both.witness, both.reference) == ("both", "r")
    assert (both.q_start, both.q_end, both.r_start, both.r_end) == (0.0, 14.0, 5.0, 19.2)
    assert both.score == pytest.approx(36 / 37, abs=1e-4)
    assert both.band == "review"
    (sure,) = joined([match()], [match(witness="sound", band="match", score=0.99)])
    assert sure.band == "match"


@pytest.mark.parametrize(
    "other",
    [
        {"work": "b"},
        {"q_start": 30.0, "q_end": 40.0, "r_start": 35.0, "r_end": 45.0},
        {"r_start": 8.0, "r_end": 18.0},
        {"r_end": 25.0},
    ],
    ids=["of another work", "elsewhere", "of another moment", "at another pace"],
)
def test_witnesses_of_different_things_stay_apart(other: dict[str, object]) -> None:
    told = joined([match()], [match(witness="sound", **other)])
    assert sorted(one.witness for one in told) == ["picture", "sound"]
