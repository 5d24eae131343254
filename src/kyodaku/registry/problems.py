# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a document, all of it at once, each with file, line and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kyodaku.errors import KyodakuError, NotAuthorised, UsageError

__all__ = ["NotAllowedError", "Problem", "UnacceptableError", "refuse"]

MAX_SHOWN = 100
"""Problems spelled out in one message; a file with more of them is of another kind altogether."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Problem:
    """One thing wrong: `file:line: what (hint)`; `line` is 0 where there are none (data that came from no file)."""

    file: str
    line: int
    what: str
    hint: str = ""
    authority: bool = False
    """Whether the statement is well-formed, but not this party's to make."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return str(KyodakuError(self.what, where=place, hint=self.hint or None))


class _SeveralError(KyodakuError):
    """Carries every problem; `str()` gives one line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        first = self.problems[0]
        place = f"{first.file}:{first.line}" if first.line else first.file
        super().__init__(first.what, where=place, hint=first.hint or None)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:MAX_SHOWN]]
        if len(self.problems) > MAX_SHOWN:
            lines.append(f"and {len(self.problems) - MAX_SHOWN} more problems")
        return "\n".join(lines)


class UnacceptableError(_SeveralError, UsageError):
    """The documents have problems (`.problems`); nothing was recorded."""


class NotAllowedError(_SeveralError, NotAuthorised):
    """The statements are well-formed, but not these parties' to make; nothing was recorded."""


def refuse(problems: Iterable[Problem]) -> None:
    """Raise what fits the problems; return if there are none."""
    found = tuple(problems)
    if found:
        raise (NotAllowedError if all(problem.authority for problem in found) else UnacceptableError)(found)
