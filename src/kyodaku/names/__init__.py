# SPDX-License-Identifier: Apache-2.0
"""Text to mentions of registered works, characters and persons.

index = NamesIndex.build(entries)
index.save(directory)
for mention in NamesIndex.open(directory).find(prompt): ...
"""

from __future__ import annotations

from kyodaku.names.entry import Entry, Name, Trait
from kyodaku.names.mention import Mention

__all__ = ["Entry", "Mention", "Name", "Trait"]
