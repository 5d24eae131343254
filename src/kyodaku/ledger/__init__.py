# SPDX-License-Identifier: Apache-2.0
"""The ledger: what happened, when, in an order that nobody can change unseen.

```python
from kyodaku.ledger import Log, SigningKey, check_log, checkpoint, leaf_hash, record
from kyodaku.ledger import verify_checkpoint, verify_inclusion

log = Log("ledger")
index = log.append(record("declaration", time=now, subject="film-1", sha256=digest))
key = SigningKey.at("keys/ledger.key", name="kyodaku.example/log/1")
note = checkpoint(log, key)                                    # give this away

kept = verify_checkpoint(note, key.public)                     # later, by anyone
verify_inclusion(leaf_hash(log.entry(index)), index, kept.size, log.inclusion_proof(index, kept.size), kept.root)
log.verify()
check_log(log, kept)                                           # nothing before the checkpoint was changed
```

An RFC 9162 Merkle log on files, C2SP checkpoints, in-toto attestations. Only hashes and metadata go in.
"""

from kyodaku.ledger._storage import Head, Store, Stored, write_atomically
from kyodaku.ledger.attest import PAYLOAD_TYPE, STATEMENT_TYPE, attest, verify_envelope
from kyodaku.ledger.checkpoints import (
    MAX_NOTE_BYTES,
    Checkpoint,
    check_log,
    checkpoint,
    kept_note,
    open_note,
    read_note,
    sign_note,
    stated_checkpoint,
    verify_checkpoint,
    write_checkpoint,
)
from kyodaku.ledger.history import KeyHistory, Rotation
from kyodaku.ledger.keys import PublicKey, SigningKey, Trust
from kyodaku.ledger.log import MAX_ENTRY_BYTES, Log
from kyodaku.ledger.merkle import EMPTY_ROOT, HASH_BYTES, leaf_hash, root_of, verify_consistency, verify_inclusion
from kyodaku.ledger.published import PublishedLog
from kyodaku.ledger.publishing import publish
from kyodaku.ledger.records import SALT_BYTES, commitment, file_sha256, new_salt, parse_record, record
from kyodaku.ledger.rotation import holding_key, load_history, read_notes, rotate

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "MAX_ENTRY_BYTES",
    "MAX_NOTE_BYTES",
    "PAYLOAD_TYPE",
    "SALT_BYTES",
    "STATEMENT_TYPE",
    "Checkpoint",
    "Head",
    "KeyHistory",
    "Log",
    "PublicKey",
    "PublishedLog",
    "Rotation",
    "SigningKey",
    "Store",
    "Stored",
    "Trust",
    "attest",
    "check_log",
    "checkpoint",
    "commitment",
    "file_sha256",
    "holding_key",
    "kept_note",
    "leaf_hash",
    "load_history",
    "new_salt",
    "open_note",
    "parse_record",
    "publish",
    "read_note",
    "read_notes",
    "record",
    "root_of",
    "rotate",
    "sign_note",
    "stated_checkpoint",
    "verify_checkpoint",
    "verify_consistency",
    "verify_envelope",
    "verify_inclusion",
    "write_atomically",
    "write_checkpoint",
]
