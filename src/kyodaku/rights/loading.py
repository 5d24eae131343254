# SPDX-License-Identifier: Apache-2.0
"""Regimes by name or by file: the shipped ones are package data, your own stand where you keep them."""

from __future__ import annotations

from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kyodaku.errors import UsageError
from kyodaku.rights import _check as check
from kyodaku.rights._regime_file import parse_regime, parse_words
from kyodaku.rights._yaml import LARGEST, package_text

if TYPE_CHECKING:
    from kyodaku.rights.regime import Regime, Words

__all__ = ["DEFAULT_REGIME", "REGIMES", "load_regime"]

DEFAULT_REGIME: Final = "jp-prior"

_OTHER_FILES: Final = frozenset({"licences", "words"})


def _listed() -> tuple[str, ...]:
    files = (entry.name for entry in resources.files("kyodaku.rights").joinpath("regimes").iterdir())
    names = {name.removesuffix(".yaml") for name in files if name.endswith(".yaml")} - _OTHER_FILES
    return (DEFAULT_REGIME, *sorted(names - {DEFAULT_REGIME}))


REGIMES: Final = _listed()
"""The regimes that are shipped: the default, then the others by name."""


def load_regime(name_or_path: str | Path = DEFAULT_REGIME, *, unidentified: str | None = None) -> Regime:
    """A shipped regime by its name, or a regime file by its path (one that ends in `.yaml`, or a `Path`).

    `unidentified` (refuse, review, permit) takes the place of the regime's own policy for a clip in which nothing
    registered was found and for which no basis is claimed; the regime's digest then says so.

    Raises `UsageError` for an unknown name, an unreadable file, and a table with a gap or an overlap, with its line.
    """
    if isinstance(name_or_path, str) and not name_or_path.endswith((".yaml", ".yml")):
        return _shipped(check.one_of(name_or_path, REGIMES, what="regime", where="regime"), unidentified)
    path = Path(name_or_path)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LARGEST + 1)  # a longer one is refused for its length, and not read to its end
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError("the regime file cannot be read", where=str(path), hint=str(fault)) from None
    shipped = {name: partial(_shipped, name) for name in REGIMES}
    regime = parse_regime(text, _words(), name=str(path), unidentified=unidentified, shipped=shipped)
    if regime.id in REGIMES and regime.sha256 != _shipped(regime.id, unidentified).sha256:
        raise UsageError(
            f"{regime.id!r} is the name of a shipped regime", where=str(path), hint="give yours its own id"
        )
    return regime


@cache
def _shipped(name: str, unidentified: str | None) -> Regime:
    return parse_regime(package_text(f"{name}.yaml"), _words(), name=f"{name}.yaml", unidentified=unidentified)


@cache
def _words() -> Words:
    return parse_words(package_text("words.yaml"), name="words.yaml")
