# SPDX-License-Identifier: Apache-2.0
"""One medium in, findings out: the one place where media, copies and the registry's snapshot meet.

```python
with Examiner(snapshot) as examiner:
    findings = examiner.examine("clip.mp4")
findings.matches   # which registered works, where in the clip and where in the reference
findings.error     # or why it could not be examined
```
"""

from kyodaku.examine.examiner import Examiner, Looked, file_state, matcher_id, require_references, sha256_of
from kyodaku.examine.findings import MOST_UNSEEN, Findings, WorkMatch
from kyodaku.examine.identity import Identity, identify
from kyodaku.examine.looking import LOOKS_PER_SECOND, SAMPLES_PER_SECOND, look_at
from kyodaku.examine.signals import SIGNAL_COLUMNS, SeenSignal, SignalReader, SignalSources, SignalsSeen
from kyodaku.examine.text import MAX_TEXT, TEXT_MATCHER, TextFindings, mention_json, read_text

__all__ = [
    "LOOKS_PER_SECOND",
    "MAX_TEXT",
    "MOST_UNSEEN",
    "SAMPLES_PER_SECOND",
    "SIGNAL_COLUMNS",
    "TEXT_MATCHER",
    "Examiner",
    "Findings",
    "Identity",
    "Looked",
    "SeenSignal",
    "SignalReader",
    "SignalSources",
    "SignalsSeen",
    "TextFindings",
    "WorkMatch",
    "file_state",
    "identify",
    "look_at",
    "matcher_id",
    "mention_json",
    "read_text",
    "require_references",
    "sha256_of",
]
