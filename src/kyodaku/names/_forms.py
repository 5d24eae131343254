# SPDX-License-Identifier: Apache-2.0
"""The one shape in which names and pieces of a prompt are compared: normal form, one space for whatever separates."""

from __future__ import annotations

import re
from typing import Final

from kyodaku.names.normalise import normalise

__all__ = ["collapsed", "spaced", "spaced_normal", "squash"]

_APOSTROPHES: Final = re.compile("['\u2019\u02bc\u2018`]")
_SEPARATORS: Final = re.compile(r"[\W_]+")
_REPEATS: Final = re.compile(r"([^\W\d_])\1+")


def spaced_normal(text: str) -> str:
    """The form of a text that is normal already."""
    return _SEPARATORS.sub(" ", _APOSTROPHES.sub("", text)).strip()


def spaced(text: str) -> str:
    """The form of a text."""
    return spaced_normal(normalise(text).text)


def squash(form: str) -> str:
    """A form without its spaces."""
    return form.replace(" ", "")


def collapsed(form: str) -> str:
    """A form's letters, each that is repeated within a word once."""
    return squash(_REPEATS.sub(r"\1", form))
