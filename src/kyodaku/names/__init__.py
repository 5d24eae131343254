# SPDX-License-Identifier: Apache-2.0
"""Text to mentions of registered works, characters and persons.

index = NamesIndex.build(entries)
index.save(directory)
for mention in NamesIndex.open(directory).find(prompt): ...
"""

from __future__ import annotations

from kyodaku.names.descriptions import TextEmbedder
from kyodaku.names.entry import Entry, Name, Trait
from kyodaku.names.index import NamesIndex
from kyodaku.names.mention import Mention
from kyodaku.names.words import Background

__all__ = ["Background", "Entry", "Mention", "Name", "NamesIndex", "TextEmbedder", "Trait"]
