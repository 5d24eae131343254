# SPDX-License-Identifier: Apache-2.0
"""The training gate: a corpus in; decisions, a cleared manifest, a report and an attestation out.

```python
from kyodaku.training import clear, load_use

cleared = clear("corpus/", Path("out"), registry=registry, use=load_use(Path("use.yaml")))
cleared.tally.clips["refused"]
```
"""

from kyodaku.training._decided import DecidedRows
from kyodaku.training._entering import PREDICATE_TYPE
from kyodaku.training._finished import Finished, finished_run
from kyodaku.training.clear import Cleared, clear
from kyodaku.training.commitments import RowProof, WorkProof, WorksRoot, WorksTree
from kyodaku.training.compare import Comparison, compare
from kyodaku.training.engine import Done, Engine, LocalEngine
from kyodaku.training.judge import Judge
from kyodaku.training.manifest import Clip, Corpus, open_corpus
from kyodaku.training.run import Progress
from kyodaku.training.tables import DECISIONS
from kyodaku.training.tally import Tally
from kyodaku.training.use import load_use, use_from_json

__all__ = [
    "DECISIONS",
    "PREDICATE_TYPE",
    "Cleared",
    "Clip",
    "Comparison",
    "Corpus",
    "DecidedRows",
    "Done",
    "Engine",
    "Finished",
    "Judge",
    "LocalEngine",
    "Progress",
    "RowProof",
    "Tally",
    "WorkProof",
    "WorksRoot",
    "WorksTree",
    "clear",
    "compare",
    "finished_run",
    "load_use",
    "open_corpus",
    "use_from_json",
]
