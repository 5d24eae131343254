# SPDX-License-Identifier: Apache-2.0
"""The sound of a file as a stream of blocks, to be iterated once.

```python
stream = decoder.sound("film.mp4")
for block in stream:
    print(block.track, block.time_s, block.samples.shape)   # 0 0.0 (8150,), ...
if stream.result.error:
    print(stream.result.error)                              # "corrupt: sound track 2: nothing in it decodes: ..."
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kyodaku.media._fault import SOUND_ONLY
from kyodaku.media._records import MediaError
from kyodaku.media._sound_records import SOUND_RATE, Heard, SoundBlock, SoundSampling, SoundTrack

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = [
    "SOUND_RATE",
    "Heard",
    "SoundBlock",
    "SoundSampling",
    "SoundStream",
    "SoundTrack",
    "is_sound_only",
    "unheard",
]


class SoundStream:
    """The sound of one file; `result` says how the listening ended.

    Blocks arrive as they are decoded. Iterating never raises for what the file is.
    """

    def __init__(self, blocks: Generator[SoundBlock, None, Heard]) -> None:
        self._blocks = blocks
        self._result: Heard | None = None

    def __iter__(self) -> Iterator[SoundBlock]:
        return self

    def __next__(self) -> SoundBlock:
        try:
            return next(self._blocks)
        except StopIteration as end:
            given_up = MediaError(kind="crashed", message="the reading was given up before its end")
            self._result = self._result or end.value or unheard(given_up)
            raise

    @property
    def result(self) -> Heard:
        """How the listening ended; asked for before the end, it listens on to the end first."""
        for _ in self:
            pass
        assert self._result is not None
        return self._result

    def close(self) -> None:
        """Listen no further."""
        self._blocks.close()


def is_sound_only(error: MediaError) -> bool:
    """Whether a medium's pictures could not be read because it has none, only sound."""
    return error.kind == "unsupported" and error.message == SOUND_ONLY


def unheard(error: MediaError) -> Heard:
    """What is known of a file of which nothing could be heard."""
    return Heard(tracks=(), error=error)
