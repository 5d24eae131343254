# SPDX-License-Identifier: Apache-2.0
"""Sounds that nobody recorded: tunes, voices and noises, different for every seed; and films that have them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.audio.resampler import AudioResampler

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Wave = NDArray[np.float64]
    Pixels = NDArray[np.uint8]

__all__ = ["hum", "mixed", "noise", "paced", "resampled", "ticking", "transposed", "tune", "voice", "write_film"]

SCALE = (0, 2, 4, 5, 7, 9, 11)


def tune(seed: int, seconds: float, *, rate: int = 8000, tempo: float | None = None) -> Samples:
    """Chords, a melody, a bass and a drum: in one key, and in a beat of its own or in one that is given."""
    rng = np.random.default_rng(seed)
    beat = 60 / (tempo or rng.uniform(80, 150))
    root = 57 + int(rng.integers(0, 12))
    out = np.zeros(int(seconds * rate))
    for bar in range(int(seconds / beat / 4) + 1):
        chord, start = int(rng.integers(0, 7)), bar * 4 * beat
        for pitch, gain in ((_degree(chord), 0.06), (_degree(chord + 2), 0.06), (_degree(chord) - 12, 0.1)):
            _add(out, rate, start, _note(root + pitch, 4 * beat, rate, rng) * gain)
        for eighth in range(8):
            moment = start + eighth * beat / 2
            note = _note(root + 12 + _degree(int(rng.integers(0, 8))), beat * float(rng.choice([0.5, 1.0])), rate, rng)
            _add(out, rate, moment, note * (0.15 if rng.random() < 0.7 else 0.0))
            _add(out, rate, moment, _drum(rate, int(rng.integers(1 << 30))) * (0.12 if eighth % 2 else 0.25))
    return _levelled(out)


def voice(seed: int, seconds: float, *, rate: int = 8000) -> Samples:
    """Syllables of a buzz through wandering formants, with pauses between phrases."""
    rng = np.random.default_rng(seed)
    out = np.zeros(int(seconds * rate))
    at = 0.05
    while at < seconds:
        length = rng.uniform(0.12, 0.3)
        _add(out, rate, at, _syllable(length, rate, rng))
        at += length + (rng.uniform(0.3, 0.7) if rng.random() < 0.15 else rng.uniform(0.0, 0.06))
    return _levelled(out)


def noise(seed: int, seconds: float, *, rate: int = 8000) -> Samples:
    """White noise."""
    return _levelled(np.random.default_rng(seed).standard_normal(int(seconds * rate)))


def hum(seconds: float, *, rate: int = 8000, hertz: float = 440.0) -> Samples:
    """One tone with its overtones."""
    time = np.arange(int(seconds * rate)) / rate
    return _levelled(np.sum([np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 5)], axis=0))


def ticking(seconds: float, *, rate: int = 8000, every: float = 0.5) -> Samples:
    """The same click again and again."""
    out = np.zeros(int(seconds * rate))
    time = np.arange(rate // 50) / rate
    for at in np.arange(0, seconds, every):
        _add(out, rate, float(at), np.exp(-time * 400) * np.sin(2 * np.pi * 1800 * time))
    return _levelled(out)


def mixed(first: Samples, second: Samples, *, decibels: float = 0.0) -> Samples:
    """The first with the second over it, so many decibels quieter."""
    other = np.resize(second, len(first))
    gain = np.sqrt(np.square(first).mean() / max(float(np.square(other).mean()), 1e-12)) * 10 ** (-decibels / 20)
    return _levelled(first + other * gain)


def resampled(samples: Samples, factor: float) -> Samples:
    """Played so many times faster, and as much higher."""
    at = np.arange(int(len(samples) / factor)) * factor
    played: Samples = np.interp(at, np.arange(len(samples)), samples).astype(np.float32)
    return played


def paced(samples: Samples, factor: float) -> Samples:
    """Played so many times faster at the same pitch: a phase vocoder (Flanagan and Golden, 1966)."""
    window, hop = 512, 128
    taper = np.hanning(window)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(samples, window), window)
    at = np.arange(0, len(windows) - hop, hop * factor).astype(int)
    here, later = (np.fft.rfft(windows[at + step] * taper, axis=1) for step in (0, hop))
    phase = np.cumsum(np.angle(later) - np.angle(here), axis=0)
    waves = np.fft.irfft(np.abs(here) * np.exp(1j * phase), n=window, axis=1) * taper
    out = np.zeros(hop * len(at) + window)
    for number, wave in enumerate(waves):
        out[number * hop : number * hop + window] += wave
    start = round(window / factor)
    return _levelled(out[start : start + int(len(samples) / factor)])


def transposed(samples: Samples, semitones: float) -> Samples:
    """So many semitones higher at the same pace."""
    factor = 2 ** (semitones / 12)
    return resampled(paced(samples, 1 / factor), factor)


def write_film(
    path: Path | str,
    tracks: Sequence[Samples],
    *,
    rate: int = 16_000,
    codec: str = "aac",
    channels: int = 1,
    bit_rate: int = 64_000,
    frames: Iterable[Pixels] = (),
    fps: int = 10,
) -> Path:
    """A film with these sound tracks, each of shape (samples,) or (channels, samples); without frames only sound."""
    with av.open(str(path), "w") as film:
        pictures = list(frames)
        video: Any = film.add_stream("libx264", rate=fps, options={"preset": "ultrafast"}) if pictures else None
        layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
        streams: list[Any] = [film.add_stream(codec, rate=rate, layout=layout) for _ in tracks]
        for number, pixels in enumerate(pictures):
            if number == 0:
                video.height, video.width = pixels.shape[:2]
                video.pix_fmt = "yuv420p"
            film.mux(video.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        if video is not None:
            film.mux(video.encode())
        for stream, samples in zip(streams, tracks, strict=True):
            stream.bit_rate = bit_rate
            _mux(film, stream, np.atleast_2d(samples), rate, layout)
    return Path(path)


def _mux(film: Any, stream: Any, samples: Samples, rate: int, layout: str) -> None:
    resampler = AudioResampler(stream.codec_context.format or "fltp", layout, rate)
    for at in range(0, samples.shape[1], rate):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[:, at : at + rate]), "fltp", layout)
        frame.sample_rate, frame.pts = rate, at
        for ready in resampler.resample(frame):
            film.mux(stream.encode(ready))
    for ready in resampler.resample(None):
        film.mux(stream.encode(ready))
    film.mux(stream.encode(None))


def _degree(step: int) -> int:
    return SCALE[step % 7] + 12 * (step // 7)


def _add(out: Wave, rate: int, start: float, wave: Wave) -> None:
    first = int(start * rate)
    count = min(len(wave), len(out) - first)
    if count > 0:
        out[first : first + count] += wave[:count]


def _note(midi: float, length: float, rate: int, rng: np.random.Generator) -> Wave:
    time = np.arange(int(length * rate)) / rate
    hertz = 440 * 2 ** ((midi - 69) / 12) * rng.uniform(0.998, 1.002)
    gains = rng.uniform(0.2, 1, 5)
    overtones = [np.sin(2 * np.pi * hertz * k * time) * gains[k - 1] / k for k in range(1, 6) if hertz * k < 3900]
    envelope = np.minimum(time / 0.01, 1) * np.exp(-time * rng.uniform(1, 5))
    note: Wave = envelope * np.sum(overtones, axis=0)
    return note


def _drum(rate: int, seed: int) -> Wave:
    count = rate // 12
    drum: Wave = np.random.default_rng(seed).standard_normal(count) * np.exp(-np.arange(count) / (rate / 60))
    return drum


def _syllable(length: float, rate: int, rng: np.random.Generator) -> Wave:
    time = np.arange(int(length * rate)) / rate
    pitch = rng.uniform(90, 220) * (1 + rng.uniform(-0.3, 0.3) * time / length)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    formants = [(rng.uniform(*range_), rng.uniform(-300, 300)) for range_ in ((300, 850), (900, 2300), (2300, 3200))]
    wave = np.zeros(len(time))
    for k in range(1, 40):
        hertz = pitch * k
        gains = [np.exp(-(((hertz - at - drift * time / length) / 120) ** 2)) for at, drift in formants]
        wave += np.sum(gains, axis=0) * (hertz < 3900) * np.sin(k * phase)
    syllable: Wave = wave * np.sin(np.pi * time / length)
    return syllable


def _levelled(samples: NDArray[Any]) -> Samples:
    peak = float(np.abs(samples).max(initial=1e-9))
    return (0.5 * samples / peak).astype(np.float32)
