# SPDX-License-Identifier: Apache-2.0
"""Media: bytes to frames, in a process with walls around it, within limits.

```python
from kyodaku.media import Decoder, Sampling

with Decoder() as decoder:
    stream = decoder.sample("film.mp4", Sampling(fps=2, max_side=512))
    for frame in stream:
        print(frame.time_s, frame.pixels.shape)   # 0.0 (288, 512, 3), then 0.5, 1.0, ...
    if stream.result.error:
        print(stream.result.error)                # "corrupt: no frame decodes: ..."
```

`decoder.sound("film.mp4")` gives the sound of every track in the same way (`kyodaku.media.sound`).

Nothing here raises for what a file is: a fault is a `MediaError` in the answer, of one of six kinds.

| kind | means |
|---|---|
| `corrupt` | it sets out to be media but cannot be read, or too much of it cannot |
| `unsupported` | not media, sound only, a codec that FFmpeg lacks, or not a file that can be opened |
| `empty` | no bytes, or no frames |
| `too_large` | beyond `Limits`: bytes, pixels, frames, streams, seconds or memory |
| `timed_out` | beyond `Limits`: no sign of life, or more time than allowed |
| `crashed` | the decoder process died; the next file gets a new one |
"""

from __future__ import annotations

from kyodaku.media._decoder import Decoder, FrameStream, decode_in_process
from kyodaku.media._jpeg import encode_jpeg
from kyodaku.media._records import Frame, Limits, MediaError, MediaInfo, Sampled, Sampling, Sandbox
from kyodaku.media.sound import Heard, SoundBlock, SoundSampling, SoundStream, SoundTrack, is_sound_only

__all__ = [
    "Decoder",
    "Frame",
    "FrameStream",
    "Heard",
    "Limits",
    "MediaError",
    "MediaInfo",
    "Sampled",
    "Sampling",
    "Sandbox",
    "SoundBlock",
    "SoundSampling",
    "SoundStream",
    "SoundTrack",
    "decode_in_process",
    "encode_jpeg",
    "is_sound_only",
]
