# SPDX-License-Identifier: Apache-2.0
"""Frames to codes to fingerprints; an index of references; what of them a query shows, and where.

```python
frames = [(0.0, pixels), (0.5, pixels), ...]         # seconds, (height, width, 3) uint8 RGB
with IndexWriter(directory) as index:
    index.add("film-1/master", fingerprint(frames))
for match in open_index(directory).search(query_fingerprint(clip)):
    print(match.reference, match.q_start, match.q_end, match.r_start, match.r_end, match.score)
```

Codes come from a `Descriptor` (here `DEFAULT_DESCRIPTOR`, as in the gates) and are compared by Hamming distance, and
what they find is measured again where the descriptor has a finer form. What scores mean, and the error rates
measured at the thresholds, is in `load_calibration(descriptor)`.
"""

from kyodaku.copies.align import Clock, Hits, Line, Settings, Span, align
from kyodaku.copies.calibration import (
    Calibration,
    Measured,
    calibrate,
    evidence_by_distance,
    load_calibration,
    measure,
    rarity_by_distance,
)
from kyodaku.copies.descriptor import (
    Described,
    Descriptor,
    descriptor_id,
    get_descriptor,
    known_descriptors,
    register,
)
from kyodaku.copies.fingerprint import SUFFIX, Fingerprint, fingerprint
from kyodaku.copies.frame import DEFAULT_DESCRIPTOR, FRAME
from kyodaku.copies.index import ReferenceIndex, open_index
from kyodaku.copies.match import Match, SearchResult
from kyodaku.copies.pdq import PDQ, PdqDescriptor
from kyodaku.copies.query import QueryFingerprint, QueryMaker, query_fingerprint
from kyodaku.copies.references import ReferenceSet, open_references
from kyodaku.copies.views import VIEWS, View
from kyodaku.copies.writer import IndexWriter

__all__ = [
    "DEFAULT_DESCRIPTOR",
    "FRAME",
    "PDQ",
    "SUFFIX",
    "VIEWS",
    "Calibration",
    "Clock",
    "Described",
    "Descriptor",
    "Fingerprint",
    "Hits",
    "IndexWriter",
    "Line",
    "Match",
    "Measured",
    "PdqDescriptor",
    "QueryFingerprint",
    "QueryMaker",
    "ReferenceIndex",
    "ReferenceSet",
    "SearchResult",
    "Settings",
    "Span",
    "View",
    "align",
    "calibrate",
    "descriptor_id",
    "evidence_by_distance",
    "fingerprint",
    "get_descriptor",
    "known_descriptors",
    "load_calibration",
    "measure",
    "open_index",
    "open_references",
    "query_fingerprint",
    "rarity_by_distance",
    "register",
]
