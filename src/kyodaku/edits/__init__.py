# SPDX-License-Identifier: Apache-2.0
"""Edited copies whose truth is known: a film in, a copy out, with the spans of which it consists.

What demos show and benchmarks measure. An edit has a family (`EDITS`) and a strength; a seed decides the rest:

```pycon
>>> from kyodaku import edits
>>> spans = edits.apply("film.mp4", edits.edit("mirror", "mild"), "copy.mp4", seed=1, start_s=10, duration_s=6)
>>> spans
(TrueSpan(source='film.mp4', q_start=0.0, q_end=6.0, r_start=10, r_end=16.0, mirrored=True),)
>>> hard = edits.chain(edits.edit("speed", "medium"), edits.edit("crop", "mild"), edits.edit("caption"))
>>> edits.apply("film.mp4", hard, "harder.mp4", seed=2)[0].speed
1.25
```

Sources are trusted and decoded in this process; copies carry no sound.
"""

from __future__ import annotations

from kyodaku.edits._writer import write_film
from kyodaku.edits.families import EDITS, Family, chain, edit, needs_other, random_chain
from kyodaku.edits.lettering import measure, write
from kyodaku.edits.model import Edit, Piece, TrueSpan
from kyodaku.edits.render import MAX_SIDE, apply, compile_excerpts

__all__ = [
    "EDITS",
    "MAX_SIDE",
    "Edit",
    "Family",
    "Piece",
    "TrueSpan",
    "apply",
    "chain",
    "compile_excerpts",
    "edit",
    "measure",
    "needs_other",
    "random_chain",
    "write",
    "write_film",
]
