# SPDX-License-Identifier: Apache-2.0
"""Permissions as ODRL 2.2 policies, in and out, offline.

```python
from kyodaku.registry import Registry, odrl

document = odrl.policies(registry.record())              # JSON-LD: one policy for each statement
some = odrl.policies(odrl.select_statements(registry.record(), ["film-1"]))    # those about a work, and withdrawals
found = odrl.read(content, name="licence.jsonld")        # JSON-LD or Turtle; every problem with its place
registry.import_document(found.document)                 # the registry file's shape
found.notes                                              # what was read more broadly than it says
```

What a permission says is read whole, or the document is refused; what of a prohibition is not understood makes it
broader, and is noted. `docs/odrl.md` says term by term what becomes of what. Reading takes the extra `odrl` (rdflib);
writing takes nothing.
"""

from kyodaku.registry.odrl._faults import Note
from kyodaku.registry.odrl._graph import MAX_BYTES, MAX_TRIPLES
from kyodaku.registry.odrl.reading import OdrlDocument, Reading, document_of, read, read_file
from kyodaku.registry.odrl.selecting import select_statements
from kyodaku.registry.odrl.terms import BASE, CONTEXT, KYO, PROFILE
from kyodaku.registry.odrl.writing import policies, policy

__all__ = [
    "BASE",
    "CONTEXT",
    "KYO",
    "MAX_BYTES",
    "MAX_TRIPLES",
    "PROFILE",
    "Note",
    "OdrlDocument",
    "Reading",
    "document_of",
    "policies",
    "policy",
    "read",
    "read_file",
    "select_statements",
]
