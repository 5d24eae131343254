# SPDX-License-Identifier: Apache-2.0
"""Descriptors that a user brings: cards in the folders that `KYODAKU_DESCRIPTORS` names.

Every process of Kyodaku looks there when a descriptor is asked for that it does not know, so that workers know what
the command knew. A folder holds, for each descriptor, its card (`*.card.json`), the network that the card names, and
its calibration (`ID.calibration.json`, for example `sscd-v1.calibration.json`), without which it can be fingerprinted
with but not searched by.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from kyodaku.copies.onnx import OnnxCard, OnnxDescriptor
from kyodaku.errors import UsageError

__all__ = ["VARIABLE", "brought", "calibration_text"]

VARIABLE: Final = "KYODAKU_DESCRIPTORS"
"""Folders, divided as in PATH."""

_CARD: Final = ".card.json"
_CALIBRATION: Final = ".calibration.json"
_MOST: Final = 64
"""Descriptors; a query is described once for each that references have."""
_LONGEST_CALIBRATION: Final = 1024 * 1024


def brought() -> dict[str, OnnxDescriptor]:
    """By their ids; nothing is loaded but the cards. `UsageError` when a folder or a card is off."""
    return _found(os.environ.get(VARIABLE, ""))


def calibration_text(identifier: str) -> str | None:
    """The calibration beside the card of a descriptor, if there is one."""
    descriptor = brought().get(identifier)
    path = descriptor.path.with_name(f"{identifier}{_CALIBRATION}") if descriptor else None
    if path is None or not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_CALIBRATION + 1)
        return text[:_LONGEST_CALIBRATION].decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the calibration cannot be read: {error}", where=str(path)) from None


@lru_cache(maxsize=4)
def _found(folders: str) -> dict[str, OnnxDescriptor]:
    descriptors: dict[str, OnnxDescriptor] = {}
    for folder in filter(None, folders.split(os.pathsep)):
        for path in _cards(Path(folder)):
            card = OnnxCard.load(path)
            identifier = f"{card.name}-v{card.version}"
            if identifier in descriptors or len(descriptors) >= _MOST:
                what = f"there is a second {identifier!r}" if identifier in descriptors else "there are too many cards"
                raise UsageError(what, where=str(path))
            descriptors[identifier] = OnnxDescriptor(path.with_name(card.file), card)
    return descriptors


def _cards(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name.endswith(_CARD))
    except OSError as error:
        what = f"the folder of descriptors cannot be read: {error.strerror}"
        raise UsageError(what, where=str(folder), hint=f"correct {VARIABLE}") from None
