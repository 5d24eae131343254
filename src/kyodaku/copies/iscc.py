# SPDX-License-Identifier: Apache-2.0
"""ISCC Video-Codes (ISO 24138), as identifiers beside our fingerprints: read, and compared.

```python
video_likeness(video_code("ISCC:KMCQX3H4YXAOGLZW..."), video_code("ISCC:EMARMXSEA4FITPOQ"))    # 0 to 1
```

They are not computed here. A Video-Code is made of MPEG-7 frame signatures, which in practice only FFmpeg's filter
`signature` makes. It is under the GPL and not in the FFmpeg that PyAV brings; it writes to a file, which the sandboxed
decoder may not; and another FFmpeg would open media of strangers outside of the sandbox. (`kyodaku bench` does so, on
media of one's own.) A holder who has the code of a film can enter it as part of a reference's source.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from kyodaku.errors import UsageError

__all__ = ["VideoCode", "video_code", "video_likeness"]

_CONTENT, _WHOLE = 2, 5
"""Main types: a unit for content, and a code of several units."""
_VIDEO: Final = 3
"""Subtype, of either."""
_UNIT_BYTES: Final = 8
"""Of each unit in a code of several."""
_LONGEST: Final = 512
"""Characters; the longest code of one medium has some eighty."""

_TEXT: Final = re.compile(r"(?:ISCC:)?(?P<code>[A-Z2-7]+)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoCode:
    """The body of a Video-Code; shorter ones are the beginnings of longer ones."""

    digest: bytes

    @property
    def bits(self) -> int:
        """64 in a code of several units; 32 to 256 in one by itself."""
        return 8 * len(self.digest)


def video_code(text: str) -> VideoCode:
    """The Video-Code in an ISCC-CODE, or in a unit by itself; `UsageError` when there is none."""
    found = _TEXT.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    raw = _decoded(found["code"].upper()) if found else b""
    if len(raw) < 2:
        raise UsageError("this is no ISCC", hint="it looks like ISCC:KMCQX3H4YXAOGLZW...")
    main, sub, version, length, body = raw[0] >> 4, raw[0] & 15, raw[1] >> 4, raw[1] & 15, raw[2:]
    if (main, sub, version) == (_CONTENT, _VIDEO, 0) and length < 8:
        return VideoCode(digest=_exactly(body, 4 * (length + 1)))
    if (main, sub, version) == (_WHOLE, _VIDEO, 0) and length < 8 and length & 1:
        before = (length >> 2 & 1) + (length >> 1 & 1)  # units for meta and meaning
        whole = _exactly(body, (before + 3) * _UNIT_BYTES)
        return VideoCode(digest=whole[before * _UNIT_BYTES :][:_UNIT_BYTES])
    raise UsageError("this ISCC has no Video-Code of version 0 in it")


def video_likeness(one: VideoCode, other: VideoCode) -> float:
    """The share of bits that agree, as far as both go; half of them do by chance."""
    size = min(len(one.digest), len(other.digest))
    apart = int.from_bytes(one.digest[:size]) ^ int.from_bytes(other.digest[:size])
    return 1 - apart.bit_count() / (8 * size)


def _decoded(text: str) -> bytes:
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        return b""


def _exactly(body: bytes, size: int) -> bytes:
    if len(body) != size:
        raise UsageError("this ISCC is cut off, or has something behind it")
    return body
