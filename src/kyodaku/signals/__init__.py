# SPDX-License-Identifier: Apache-2.0
"""Signals: what files and sites say, of themselves, about what may be done with them; read, never fetched.

```pycon
>>> from kyodaku import signals
>>> reply = [("Content-Type", "video/mp4"), ("Content-Usage", "train-ai=n, search=y")]
>>> found = signals.read_headers(reply, signals.Origin.of(b"...", "clip.mp4.headers.json"))
>>> [(signal.act, signal.says, signal.origin.where) for signal in found][0]
('train_gen', 'deny', 'clip.mp4.headers.json header Content-Usage')
>>> {act: combined.says for act, combined in signals.combine(found).items()}
{'train_gen': 'deny', 'index': 'allow', 'search': 'allow'}
```

Each reader takes bytes or headers and where they come from, and gives signals; none raises on what it is given. What
cannot be read is `unknown`, what is not there is no signal, and an allow is evidence, never a grant.
"""

from __future__ import annotations

from kyodaku.signals.agents import AGENTS_DATE, DATED_AGENTS, Agent
from kyodaku.signals.ai_txt import read_ai_txt
from kyodaku.signals.combine import Combined, combine, in_force, strictest
from kyodaku.signals.embedded import read_embedded
from kyodaku.signals.headers import read_headers
from kyodaku.signals.html import read_html
from kyodaku.signals.robots import read_robots
from kyodaku.signals.rsl import read_rsl
from kyodaku.signals.rsl_media import read_rsl_media
from kyodaku.signals.signal import (
    SAYS,
    SIGNAL_ACTS,
    STANDARD_ACTS,
    STANDARDS,
    Origin,
    Signal,
    say,
    speaks_of,
    unreadable,
)
from kyodaku.signals.tdm_ai import read as read_tdm_ai
from kyodaku.signals.tdmrep import read_tdmrep
from kyodaku.signals.xmp import read_xmp

__all__ = [
    "AGENTS_DATE",
    "DATED_AGENTS",
    "SAYS",
    "SIGNAL_ACTS",
    "STANDARDS",
    "STANDARD_ACTS",
    "Agent",
    "Combined",
    "Origin",
    "Signal",
    "combine",
    "in_force",
    "read_ai_txt",
    "read_embedded",
    "read_headers",
    "read_html",
    "read_robots",
    "read_rsl",
    "read_rsl_media",
    "read_tdm_ai",
    "read_tdmrep",
    "read_xmp",
    "say",
    "speaks_of",
    "strictest",
    "unreadable",
]
