# SPDX-License-Identifier: Apache-2.0
"""Explains one check: a page for people and a record for machines, of what was found in a medium and how we know.

```python
explained = explain(subject, Path("out"), reference_media=Path("masters"), language="ja")
explained.page      # out/evidence.html: one file, without scripts, in English and Japanese
explained.record    # out/evidence.json: the same for machines, without pictures
```

Nothing here decides. The search is asked again what it found, and each match, and each near miss, is measured frame by
frame (`kyodaku.copies.evidence_record`). Reference pictures are shown only from media that are at hand and proven.
"""

from kyodaku.explain.account import Subject
from kyodaku.explain.write import Explained, explain

__all__ = ["Explained", "Subject", "explain"]
