# SPDX-License-Identifier: Apache-2.0
"""The decoder's ears: every track, one rate, one time line; limits, damage, bombs and lies in the protocol."""

from __future__ import annotations

import os
import signal
import struct
from contextlib import ExitStack
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import av.logging
import numpy as np
import pytest

from kyodaku.media import Decoder, Heard, Limits, MediaError, SoundBlock, SoundSampling, SoundTrack
from kyodaku.media import _hear as hear
from kyodaku.media import _worker as worker_module
from kyodaku.media._answers import decode_document
from kyodaku.media._decoder import _opened
from kyodaku.media._fault import Fault
from kyodaku.media._hear import read_sound
from kyodaku.media._sound_records import LONGEST_BLOCK, SOUND_RATE
from kyodaku.media._wire import HEADER, encode_document
from kyodaku.media.sound import SoundStream
from support.media_files import numbered_frames, write_animation, write_audio, write_image, write_video
from support.sounds import hum, noise, write_film

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(scope="module")
def ears() -> Iterator[Decoder]:
    with Decoder() as decoder:
        yield decoder


@pytest.fixture(params=["own process", "this process"])
def listen(request: pytest.FixtureRequest, ears: Decoder, captured_logs: None) -> Callable[..., SoundStream]:
    """`listen(path, sampling=None, limits=None)`: the sound of a file, heard behind the walls and again without."""

    def behind(path: Path, sampling: SoundSampling | None = None, limits: Limits | None = None) -> SoundStream:
        if limits is None:
            return ears.sound(path, sampling)
        decoder = Decoder(limits)
        request.addfinalizer(decoder.close)
        return decoder.sound(path, sampling)

    def here(path: Path, sampling: SoundSampling | None = None, limits: Limits | None = None) -> SoundStream:
        return SoundStream(_heard_here(path, sampling or SoundSampling(), limits or Limits()))

    return behind if request.param == "own process" else here


def _heard_here(path: Path, sampling: SoundSampling, limits: Limits) -> Generator[SoundBlock, None, Heard]:
    try:
        with ExitStack() as stack:
            opened = stack.enter_context(_opened(path, limits))
            file = stack.enter_context(os.fdopen(opened, "rb", buffering=0, closefd=False))
            capture: Any = av.logging.Capture()
            logs = stack.enter_context(capture)
            blocks = read_sound(file, sampling, limits, logs=logs)
            while True:
                try:
                    track, time_s, samples = next(blocks)
                except StopIteration as end:
                    heard: Heard = end.value
                    return heard
                side = samples[1] if len(samples) > 1 else None
                yield SoundBlock(track=track, time_s=time_s, samples=samples[0], side=side)
    except Fault as fault:
        return Heard(tracks=(), error=fault.error)


def together(stream: SoundStream, track: int = 0) -> NDArray[np.float32]:
    parts = [block.samples for block in stream if block.track == track]
    return np.concatenate([np.zeros(0, np.float32), *parts])


def loudest_hertz(samples: NDArray[np.float32]) -> float:
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(power) * SOUND_RATE / len(samples))


SILENT: Any = SimpleNamespace(codec_context=None, duration=None, time_base=None)


# --- what is heard ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "ending", "rate"),
    [("aac", "mp4", 44_100), ("libmp3lame", "mp3", 44_100), ("libopus", "webm", 48_000), ("flac", "flac", 16_000),
     ("pcm_s16le", "wav", 8000), ("ac3", "mkv", 48_000)],
)  # fmt: skip
def test_one_tone_comes_out_at_one_rate_whatever_the_codec(
    listen: Callable[..., SoundStream], tmp_path: Path, codec: str, ending: str, rate: int
) -> None:
    stream = listen(write_film(tmp_path / f"tone.{ending}", [hum(3, rate=rate)], rate=rate, codec=codec))
    samples = together(stream)
    assert stream.result.error is None
    assert stream.result.duration_s == pytest.approx(3, abs=0.15)
    assert len(samples) == round(stream.result.duration_s * SOUND_RATE)
    assert loudest_hertz(samples) == pytest.approx(440, abs=2)
    assert 0.1 < float(np.abs(samples).max()) < 1


def test_blocks_follow_each_other_and_are_bounded(listen: Callable[..., SoundStream], tmp_path: Path) -> None:
    path = write_film(tmp_path / "tune.mp4", [noise(1, 20, rate=16_000)])
    blocks = list(listen(path))
    for before, after in pairwise(blocks):
        assert after.time_s == pytest.approx(before.time_s + len(before.samples) / SOUND_RATE)
    assert max(len(block.samples) for block in blocks) <= LONGEST_BLOCK
    assert all(block.samples.dtype == np.float32 for block in blocks)


def test_every_track_is_heard_and_kept_apart(listen: Callable[..., SoundStream], tmp_path: Path) -> None:
    tones = [hum(3, rate=16_000, hertz=hertz) for hertz in (300, 500, 700)]
    path = write_film(tmp_path / "dubbed.mkv", tones, frames=numbered_frames(30))
    stream = listen(path)
    blocks = list(stream)
    assert [track.codec for track in stream.result.tracks] == ["aac"] * 3
    for number, hertz in enumerate((300, 500, 700)):
        heard = np.concatenate([block.samples for block in blocks if block.track == number])
        assert loudest_hertz(heard[SOUND_RATE : 2 * SOUND_RATE]) == pytest.approx(hertz, abs=2)


def test_channels_that_cancel_each_other_are_heard(listen: Callable[..., SoundStream], tmp_path: Path) -> None:
    tone = hum(2, rate=16_000)
    path = write_film(tmp_path / "against.wav", [np.stack([tone, -tone])], codec="pcm_s16le", channels=2)
    samples = together(listen(path))
    assert float(np.square(samples).mean()) == pytest.approx(float(np.square(tone).mean()), rel=0.1)


def test_the_mean_of_two_channels_is_what_is_heard_otherwise(
    listen: Callable[..., SoundStream], tmp_path: Path
) -> None:
    left, right = hum(2, rate=16_000, hertz=300), hum(2, rate=16_000, hertz=900)
    path = write_film(tmp_path / "stereo.wav", [np.stack([left, right])], codec="pcm_s16le", channels=2)
    samples = together(listen(path))
    power = np.abs(np.fft.rfft(samples))
    assert power[600] > 100 * np.median(power)
    assert power[1800] > 100 * np.median(power)


def test_what_a_mean_leaves_out_is_heard_in_the_side(listen: Callable[..., SoundStream], tmp_path: Path) -> None:
    kept, turned = hum(2, rate=16_000, hertz=300), hum(2, rate=16_000, hertz=900)
    path = write_film(
        tmp_path / "side.wav", [np.stack([kept + turned, kept - turned]) / 2], codec="pcm_s16le", channels=2
    )
    blocks = list(listen(path, SoundSampling(sides=True)))
    sides = [block.side for block in blocks if block.side is not None]
    assert [len(side) for side in sides] == [len(block.samples) for block in blocks]
    assert loudest_hertz(np.concatenate([block.samples for block in blocks])) == pytest.approx(300, abs=2)
    assert loudest_hertz(np.concatenate(sides)) == pytest.approx(900, abs=2)
    assert all(block.side is None for block in listen(path))
    mono = write_film(tmp_path / "mono.wav", [kept], codec="pcm_s16le")
    assert all(block.side is None for block in listen(mono, SoundSampling(sides=True)))


@pytest.mark.parametrize("channels", [3, 6, 8, 9, 24])
def test_any_number_of_channels_is_heard_and_none_cancels_the_rest(
    listen: Callable[..., SoundStream], tmp_path: Path, channels: int
) -> None:
    tone = hum(2, rate=16_000)
    together_silent = np.stack([tone] * (channels - 1) + [-(channels - 1) * tone]) / channels
    stream = listen(write_wave(tmp_path / "many.wav", together_silent, 16_000), SoundSampling(sides=True))
    samples = together(stream)
    assert stream.result.error is None
    assert stream.result.tracks[0].channels == channels
    assert loudest_hertz(samples) == pytest.approx(440, abs=2)
    assert float(np.square(samples).mean()) > 0.2 * float(np.square(tone).mean())


def write_wave(path: Path, samples: NDArray[np.float32], rate: int) -> Path:
    """A plain WAV of any number of channels, (channels, samples): it says nothing of where the loudspeakers stand."""
    channels, body = len(samples), np.rint(samples.T * 32767).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", 1, channels, rate, 2 * channels * rate, 2 * channels, 16)
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(body)) + body
    path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
    return path


def test_a_track_that_turns_from_one_channel_to_two_keeps_its_side_in_step() -> None:
    track = hear._Track(stream=SILENT, sampling=SoundSampling(sides=True), limits=Limits(), zero_s=None)
    track._wait_for_more([np.ones((1, 3), np.float32), np.ones((2, 2), np.float32)])
    ((start, samples),) = track.blocks(1)
    assert (start, samples.tolist()) == (0, [[1, 1, 1, 1, 1], [0, 0, 0, 1, 1]])


@pytest.mark.parametrize("ending", ["mp4", "png", "gif", "jpg"])
def test_what_has_no_sound_says_so_and_is_no_error(
    listen: Callable[..., SoundStream], tmp_path: Path, ending: str
) -> None:
    path, frames = tmp_path / f"silent.{ending}", list(numbered_frames(5))
    if ending == "mp4":
        write_video(path, frames)
    elif ending == "gif":
        write_animation(path, frames, durations_ms=[100] * 5)
    else:
        write_image(path, frames[0])
    stream = listen(path)
    assert list(stream) == []
    assert stream.result == Heard(tracks=(), error=None)
    assert not stream.result.has_audio
    assert stream.result.duration_s == 0


def test_time_counts_from_the_first_picture_and_gaps_are_silence(
    listen: Callable[..., SoundStream], tmp_path: Path
) -> None:
    path = tmp_path / "gap.mkv"
    tone = hum(1, rate=8000)
    with av.open(str(path), "w") as film:
        video: Any = film.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        sound: Any = film.add_stream("pcm_s16le", rate=8000, layout="mono")
        for number in range(40):
            film.mux(video.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 99, np.uint8), "rgb24")))
            if number in (5, 20):
                frame = av.AudioFrame.from_ndarray((tone[None] * 32767).astype(np.int16), "s16", "mono")
                frame.sample_rate, frame.pts = 8000, number * 800
                film.mux(sound.encode(frame))
        film.mux(video.encode())
        film.mux(sound.encode())
    stream = listen(path)
    samples = together(stream)
    assert stream.result.tracks[0].start_s == pytest.approx(0.5, abs=0.15)
    assert len(samples) == pytest.approx(2.5 * SOUND_RATE, abs=200)
    assert float(np.abs(samples[9600:11200]).max()) < 0.01 < float(np.abs(samples[13000:]).max())


# --- damage and bombs ------------------------------------------------------------------------------------------------


def test_a_track_of_rubbish_is_named_and_the_other_is_heard(listen: Callable[..., SoundStream], tmp_path: Path) -> None:
    path = write_film(tmp_path / "two.mkv", [noise(1, 4, rate=16_000), noise(2, 4, rate=16_000)], codec="flac")
    with av.open(str(path)) as film:
        packets = [bytes(packet) for packet in film.demux(film.streams.audio[1]) if packet.size]
    damaged = path.read_bytes()
    for packet in packets:
        damaged = damaged.replace(packet, b"\x55" * len(packet), 1)
    path.write_bytes(damaged)
    stream = listen(path)
    first = together(stream)
    assert len(first) >= 3 * SOUND_RATE
    assert stream.result.tracks[0].error is None
    assert str(stream.result.error).startswith("corrupt: sound track 2: ")


@pytest.mark.parametrize(("codec", "ending"), [("libmp3lame", "mp3"), ("flac", "flac"), ("flac", "mkv")])
def test_half_a_file_is_heard_as_far_as_it_goes_and_said_to_be_cut_off(
    listen: Callable[..., SoundStream], tmp_path: Path, codec: str, ending: str
) -> None:
    path = write_film(tmp_path / f"cut.{ending}", [noise(3, 6, rate=16_000)], codec=codec)
    whole = listen(path)
    assert len(together(whole)) == pytest.approx(6 * SOUND_RATE, rel=0.05)
    assert not whole.result.tracks[0].truncated
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    stream = listen(path)
    assert len(together(stream)) == pytest.approx(3 * SOUND_RATE, rel=0.2)
    (track,) = stream.result.tracks
    assert stream.result.error is None
    assert track.truncated
    assert track.heard_s == pytest.approx(3, rel=0.2)
    assert track.declared_s == pytest.approx(6, abs=0.1)


def test_what_cannot_be_decoded_in_the_middle_is_told_in_seconds(
    listen: Callable[..., SoundStream], tmp_path: Path
) -> None:
    path = write_film(tmp_path / "holes.mkv", [noise(1, 12, rate=16_000)], codec="flac")
    with av.open(str(path)) as film:
        packets = [(bytes(packet), float(packet.duration * packet.time_base)) for packet in film.demux() if packet.size]
    content, damaged = path.read_bytes(), packets[4:12]
    for packet, _ in damaged:
        content = content.replace(packet, b"\x55" * len(packet), 1)
    path.write_bytes(content)
    (track,) = listen(path).result.tracks
    assert track.error is None
    assert track.skipped_packets == len(damaged)
    assert track.lost_s == pytest.approx(sum(seconds for _, seconds in damaged), rel=0.1)
    assert track.heard_s == pytest.approx(12 - track.lost_s, abs=0.3)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "empty"), (b"no film at all, only words" * 9, "unsupported"), (b"ID3" + bytes(900), "corrupt")],
)
def test_what_is_no_media_is_a_value(
    listen: Callable[..., SoundStream], tmp_path: Path, content: bytes, kind: str
) -> None:
    path = tmp_path / "odd.mp3"
    path.write_bytes(content)
    stream = listen(path)
    assert list(stream) == []
    assert stream.result.error is not None
    assert stream.result.error.kind == kind


def test_too_many_tracks_are_refused_rather_than_passed_over(
    listen: Callable[..., SoundStream], tmp_path: Path
) -> None:
    path = write_film(tmp_path / "many.mkv", [hum(1, rate=16_000)] * 3)
    stream = listen(path, SoundSampling(max_tracks=2))
    assert list(stream) == []
    assert str(stream.result.error) == "too_large: 3 sound tracks is more than 2"


def test_more_seconds_than_allowed_are_too_large(listen: Callable[..., SoundStream], tmp_path: Path) -> None:
    path = write_film(tmp_path / "long.flac", [noise(1, 5, rate=16_000)], codec="flac")
    stream = listen(path, None, Limits(max_duration_s=2))
    assert sum(len(block.samples) for block in stream) <= 3 * SOUND_RATE
    assert str(stream.result.error) == "too_large: sound track 1: longer than 2 seconds"


@pytest.mark.parametrize(("name", "limit"), [("HIGHEST_RATE", 10_000), ("MOST_CHANNELS", 0)])
def test_rates_and_channels_beyond_reason_are_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, limit: int
) -> None:
    monkeypatch.setattr(hear, name, limit)
    path = write_film(tmp_path / "wide.wav", [hum(1, rate=16_000)], codec="pcm_s16le")
    stream = SoundStream(_heard_here(path, SoundSampling(), Limits()))
    assert list(stream) == []
    assert stream.result.error is not None
    assert stream.result.error.kind == "too_large"


def test_a_track_that_keeps_changing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hear, "MOST_CHANGES", 0)
    stream = SoundStream(_heard_here(write_audio(tmp_path / "tone.m4a"), SoundSampling(), Limits()))
    assert list(stream) == []
    assert "changes more than 0 times" in str(stream.result.error)


@pytest.mark.parametrize("seed", range(12))
def test_no_mutation_gets_out_of_the_answer(ears: Decoder, tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codec, ending = [("aac", "mp4"), ("libmp3lame", "mp3"), ("flac", "mkv"), ("libopus", "webm")][seed % 4]
    rate = 48_000 if codec == "libopus" else 16_000
    path = write_film(tmp_path / f"film.{ending}", [noise(seed, 2, rate=rate)], rate=rate, codec=codec)
    content = bytearray(path.read_bytes())
    for _ in range(int(rng.integers(1, 60))):
        content[int(rng.integers(0, len(content)))] = int(rng.integers(0, 256))
    path.write_bytes(bytes(content))
    stream = ears.sound(path)
    for block in stream:
        assert np.isfinite(block.samples).all()
    assert isinstance(stream.result, Heard)


# --- the process -----------------------------------------------------------------------------------------------------


def test_a_process_that_dies_costs_one_file_its_hearing(tmp_path: Path) -> None:
    path = write_film(tmp_path / "long.flac", [noise(1, 120)], rate=8000, codec="flac")
    with Decoder() as decoder:
        stream = decoder.sound(path)
        next(stream)
        assert decoder.pid is not None
        os.kill(decoder.pid, signal.SIGKILL)
        list(stream)
        assert str(stream.result.error) == "crashed: the decoder process was killed by SIGKILL"
        assert decoder.sound(write_audio(tmp_path / "next.m4a")).result.error is None


def test_pictures_and_sound_take_turns_in_one_process(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", numbered_frames(10), with_audio=True)
    with Decoder() as decoder:
        assert decoder.sample(path).result.error is None
        process = decoder.pid
        assert decoder.sound(path).result.has_audio
        assert decoder.sample(path).result.frames > 0
        assert decoder.pid == process


def test_a_reading_given_up_says_so(tmp_path: Path) -> None:
    with Decoder() as decoder:
        stream = decoder.sound(write_film(tmp_path / "long.flac", [noise(1, 60)], rate=8000, codec="flac"))
        next(stream)
        stream.close()
        assert str(stream.result.error) == "crashed: the reading was given up before its end"
        with_the_next = decoder.sound(tmp_path / "long.flac")
        next(with_the_next)
        decoder.close()
        list(with_the_next)
        assert with_the_next.result.error is not None


LIES: dict[str, tuple[int, int, int, float, bytes]] = {
    "a track that was not asked for": (5, 99, 4, 0.0, bytes(16)),
    "a block too long": (5, 0, LONGEST_BLOCK + 1, 0.0, b""),
    "an empty block": (5, 0, 0, 0.0, b""),
    "no time": (5, 0, 4, float("nan"), bytes(16)),
    "samples that are no numbers": (5, 0, 4, 0.0, np.full(4, np.nan, np.float32).tobytes()),
    "a picture": (1, 4, 4, 0.0, bytes(48)),
    "an unknown message": (9, 0, 0, 0.0, b""),
    "a word about pictures": (4, 0, 0, 0.0, b'MediaError\n{"kind":"empty","message":"x"}'),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_process_that_lies_about_sound_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    kind, first, second, time_s, body = LIES[lie]
    if kind == 4:
        second = len(body)
    with Decoder() as decoder:
        decoder.sound(write_audio(tmp_path / "tone.m4a"))
        _ = decoder.sandbox
        told = iter([HEADER.pack(kind, first, second, time_s), body])
        said = bytearray()

        def fill(_self: object, buffer: memoryview) -> None:
            while len(said) < len(buffer):
                said.extend(next(told))
            buffer[:] = bytes(said[: len(buffer)])
            del said[: len(buffer)]

        monkeypatch.setattr(worker_module.Worker, "_fill", fill)
        stream = decoder.sound(tmp_path / "tone.m4a")
        assert list(stream) == []
        assert str(stream.result.error) == "crashed: the decoder process does not keep to the protocol"


def test_last_words_on_sound_are_checked_and_tamed() -> None:
    error = MediaError(kind="corrupt", message="two\nlines")
    track = SoundTrack(codec="a\x1bac", rate=1, channels=1, start_s=0.0, duration_s=1.0, skipped_packets=0, error=error)
    heard = decode_document(encode_document(Heard(tracks=(track,), error=error)))
    assert isinstance(heard, Heard)
    assert (heard.tracks[0].codec, str(heard.error)) == ("a ac", "corrupt: two lines")
    assert heard.tracks[0].error == heard.error
    with pytest.raises(ValueError, match="more tracks"):
        decode_document(encode_document(Heard(tracks=(track,) * 300, error=None)))


@pytest.mark.parametrize("wrong", [{"rate": 10}, {"rate": 10**9}, {"max_tracks": 0}, {"max_tracks": 10**6}])
def test_a_sampling_of_sound_beyond_reason_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="lies within"):
        SoundSampling(**wrong)


# --- faults that files of this size do not have ----------------------------------------------------------------------


def test_a_track_that_nothing_decodes_is_unsupported() -> None:
    track = hear._Track(stream=SILENT, sampling=SoundSampling(), limits=Limits(), zero_s=None)
    track.take(None, [])
    track.finish([])
    assert list(track.blocks(1)) == []
    assert str(track.facts().error) == "unsupported: no decoder for its codec"
    assert (track.facts().codec, track.facts().rate, track.facts().channels) == ("unknown", 0, 0)


@pytest.mark.parametrize(
    ("limits", "raised", "said"),
    [
        (Limits(max_bad_packets=2), ValueError("nonsense"), "corrupt: sound track 1: more than 2 packets"),
        (Limits(), ValueError("nonsense"), "corrupt: sound track 1: nothing in it decodes"),
        (Limits(), MemoryError(), "too_large: needs more memory"),
        (Limits(), RuntimeError("a bug"), "crashed: the decoder failed: RuntimeError: a bug"),
    ],
)
def test_what_a_decoder_may_say_becomes_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: Limits, raised: Exception, said: str
) -> None:
    path = write_film(tmp_path / "tone.flac", [noise(1, 4, rate=16_000)], codec="flac")

    def fail(_self: object, _frame: object) -> None:
        raise raised

    monkeypatch.setattr(hear._Track, "_place", fail)
    stream = SoundStream(_heard_here(path, SoundSampling(), limits))
    assert list(stream) == []
    assert str(stream.result.error).startswith(said)


def test_a_reader_that_keeps_failing_has_reached_what_there_is() -> None:
    calls = 0

    def demux(_streams: object) -> Iterator[Any]:
        nonlocal calls
        calls += 1
        yield SimpleNamespace(size=0)
        raise av.error.InvalidDataError(1, "damaged")

    container: Any = SimpleNamespace(demux=demux)
    cut_off = hear.Flag()
    assert list(hear._demuxed(container, [], lambda: None, cut_off)) == []
    assert calls == hear.DEMUX_TRIES
    assert cut_off.up


def test_a_track_without_a_time_stamp_begins_at_nought(tmp_path: Path) -> None:
    stream = SoundStream(_heard_here(write_audio(tmp_path / "tone.m4a"), SoundSampling(), Limits()))
    assert next(stream).time_s == pytest.approx(0, abs=0.1)
    assert stream.result.tracks[0].duration_s == pytest.approx(1, abs=0.1)
    assert not stream.result.tracks[0].truncated
