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
from kyodaku.training._finished import Finished, finished_run, holds_run
from kyodaku.training.affected import Affected, affected_by, runs_using
from kyodaku.training.binding import record_model
from kyodaku.training.clear import Cleared, clear
from kyodaku.training.commitments import RowProof, WorkProof, WorksRoot, WorksTree
from kyodaku.training.compare import Comparison, compare
from kyodaku.training.engine import Done, Engine, LocalEngine
from kyodaku.training.judge import Judge
from kyodaku.training.manifest import Clip, Corpus, open_corpus
from kyodaku.training.run import Progress
from kyodaku.training.runs import RecordedModel, RecordedRun, find_decision, recorded_models, recorded_runs, run_named
from kyodaku.training.tables import DECISIONS
from kyodaku.training.tally import Tally
from kyodaku.training.use import load_use, use_from_json
from kyodaku.training.walk import Walked, walk_back

__all__ = [
    "DECISIONS",
    "PREDICATE_TYPE",
    "Affected",
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
    "RecordedModel",
    "RecordedRun",
    "RowProof",
    "Tally",
    "Walked",
    "WorkProof",
    "WorksRoot",
    "WorksTree",
    "affected_by",
    "clear",
    "compare",
    "find_decision",
    "finished_run",
    "holds_run",
    "load_use",
    "open_corpus",
    "record_model",
    "recorded_models",
    "recorded_runs",
    "run_named",
    "runs_using",
    "use_from_json",
    "walk_back",
]
