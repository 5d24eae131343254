# SPDX-License-Identifier: Apache-2.0
"""Evidence packs: what was decided and done, for somebody who trusts neither side, years later, offline.

```python
from kyodaku.evidence import prove, verify_pack, write_pack

write_pack(Path("pack.zip"), prove(registry, "sha256:..."))                # a decision's id, a run's, or a work's
verified = verify_pack(Path("pack.zip").read_bytes(), trust=public_key)    # anywhere, by anyone
verified.decisions[0].decision.grounds
```

`docs/evidence.md` says what a pack proves and what it does not.
"""

from kyodaku.evidence._container import MAX_BYTES, packed, read_pack, unpacked, write_pack
from kyodaku.evidence._deciding import Decided
from kyodaku.evidence._opened import ClearedRun
from kyodaku.evidence.making import prove
from kyodaku.evidence.redeciding import Redecided, redecide
from kyodaku.evidence.verifying import Looked, Verified, as_shipped, verify_files, verify_pack
from kyodaku.evidence.whole_log import recorded_again
from kyodaku.evidence.wording import DOES_NOT_PROVE, PROVES

__all__ = [
    "DOES_NOT_PROVE",
    "MAX_BYTES",
    "PROVES",
    "ClearedRun",
    "Decided",
    "Looked",
    "Redecided",
    "Verified",
    "as_shipped",
    "packed",
    "prove",
    "read_pack",
    "recorded_again",
    "redecide",
    "unpacked",
    "verify_files",
    "verify_pack",
    "write_pack",
]
