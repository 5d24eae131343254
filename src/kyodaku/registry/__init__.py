# SPDX-License-Identifier: Apache-2.0
"""The registry: who declared what, when. Declarations are never edited; any moment's state can be asked for.

```python
from kyodaku.registry import Registry, Snapshot

with Registry.open("kyodaku-workspace", create=True) as registry:
    registry.import_files(["registry.yaml"])                     # all of it, or nothing and every problem by line
    reference = registry.add_reference("film-1", fingerprint, source={"media": "/films/first.mp4"})
    registry.record(as_of=last_year).permissions                 # what was recorded by then
    registry.show("film-1", as_of=last_year).statements          # of one work, with their standing and ledger entries
    registry.conflicts("film-1")                                 # what of it cannot all be right
    snapshot = registry.snapshot()                               # what a gate decides from

snapshot = Snapshot.open(snapshot.path)                          # in any other process
snapshot.reference_works[snapshot.references.search(query)[0].reference]
```

`docs/registry-file.md` describes what can be imported.
"""

from kyodaku.registry._address import Address
from kyodaku.registry._opening import upgrade
from kyodaku.registry._runs import Kept, RunKind
from kyodaku.registry.documents import MAX_BYTES, Document, read_document
from kyodaku.registry.exporting import Exported
from kyodaku.registry.identifiers import checked_identifier
from kyodaku.registry.problems import NotAllowedError, Problem, UnacceptableError
from kyodaku.registry.registry import Registry
from kyodaku.registry.reports import Declaration, ImportReport, Recorded, Reference, Soundness
from kyodaku.registry.snapshot import Snapshot
from kyodaku.registry.views import Conflict, Standing, WorkView

__all__ = [
    "MAX_BYTES",
    "Address",
    "Conflict",
    "Declaration",
    "Document",
    "Exported",
    "ImportReport",
    "Kept",
    "NotAllowedError",
    "Problem",
    "Recorded",
    "Reference",
    "Registry",
    "RunKind",
    "Snapshot",
    "Soundness",
    "Standing",
    "UnacceptableError",
    "WorkView",
    "checked_identifier",
    "read_document",
    "upgrade",
]
