# SPDX-License-Identifier: Apache-2.0
"""A regime with all that its digest is made of, as bytes that can be carried away and read in any later version.

A regime's table says little alone: its sentences take words from another file, and a table that `extends` another
changes a few rows of it. `carried_regime` gathers these files; `RegimeFiles.regime` reads them again, without looking
at what this version of Kyodaku ships.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from kyodaku.errors import UsageError
from kyodaku.rights._regime_file import parse_regime, parse_words
from kyodaku.rights._yaml import LARGEST, compose, package_text
from kyodaku.rights.loading import load_regime
from kyodaku.rights.regime import POLICIES, Regime, Words

__all__ = ["RegimeFiles", "carried_regime"]

_TABLE: Final = "table.yaml"
_BASE: Final = "base.yaml"
_WORDS: Final = "words.yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class RegimeFiles:
    """The files of one regime by their names, and the policy for the unidentified that it was asked for with."""

    files: Mapping[str, bytes]
    unidentified: str | None = None

    @classmethod
    def of(cls, files: Mapping[str, bytes], unidentified: Any = None) -> Self:
        """These files, from anybody; UsageError unless they have the names and sizes of a regime's."""
        if not {_TABLE, _WORDS} <= set(files) <= {_TABLE, _BASE, _WORDS}:
            raise UsageError(f"a regime is carried as {_TABLE} and {_WORDS}, with {_BASE} where it changes another")
        if any(len(content) > 4 * LARGEST for content in files.values()):  # in UTF-8 a letter has up to four bytes
            raise UsageError(f"more than {LARGEST:,} letters are no regime")
        if unidentified is not None and unidentified not in POLICIES:
            raise UsageError(f"unknown policy for the unidentified {str(unidentified)[:40]!r}")
        return cls(files=dict(files), unidentified=unidentified)

    def regime(self) -> Regime:
        """The regime that the files state; UsageError, with the line, where they state none."""
        words = parse_words(self._text(_WORDS), name=_WORDS)
        table = self._text(_TABLE)
        bases = {}
        if _BASE in self.files:
            bases[_extended(table)] = partial(self._base, words)
        return parse_regime(table, words, name=_TABLE, unidentified=self.unidentified, shipped=bases)

    def _base(self, words: Words, unidentified: str | None) -> Regime:
        return parse_regime(self._text(_BASE), words, name=_BASE, unidentified=unidentified)

    def _text(self, name: str) -> str:
        try:
            return self.files[name].decode()
        except UnicodeDecodeError:
            raise UsageError("this is not UTF-8 text", where=name) from None


def carried_regime(name_or_path: str | Path, *, unidentified: str | None = None) -> RegimeFiles:
    """The files of the regime that `load_regime` gives for the same words; UsageError as there."""
    regime = load_regime(name_or_path, unidentified=unidentified)
    is_file = not isinstance(name_or_path, str) or name_or_path.endswith((".yaml", ".yml"))
    table = Path(name_or_path).read_text(encoding="utf-8") if is_file else package_text(f"{name_or_path}.yaml")
    texts = {_TABLE: table, _WORDS: package_text(_WORDS)}
    base = _extended(table)
    if base:
        texts[_BASE] = package_text(f"{base}.yaml")
    carried = RegimeFiles.of({name: text.encode() for name, text in texts.items()}, unidentified)
    if carried.regime().sha256 != regime.sha256:  # the file was changed between the two readings
        raise UsageError("the regime's file changed while it was read", where=str(name_or_path))
    return carried


def _extended(table: str) -> str:
    """The name of the regime that the table changes; empty where it stands alone."""
    fields = compose(table, _TABLE).pairs()
    return fields["extends"].text() if "extends" in fields else ""
