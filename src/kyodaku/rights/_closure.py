# SPDX-License-Identifier: Apache-2.0
"""Which works a use touches: what was found, its parts, and every original it was made from.

    found ─┬─ its parts, and theirs                            (the music in the film)
           └─ the originals of it and of its wholes            (the manga of the series the episode belongs to)
                 └─ their parts, and their originals

A whole is not itself touched by the use of one of its parts; but what is said about it is said about the part.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kyodaku.rights.works import Work

__all__ = ["FOUND", "PART", "ROLES", "UPSTREAM", "children_of", "touched", "wholes"]

FOUND: Final = "found"
PART: Final = "part"
UPSTREAM: Final = "upstream"
ROLES: Final = (FOUND, PART, UPSTREAM)
"""How a work comes into a decision, the closest first."""


def children_of(works: Iterable[Work]) -> dict[str, tuple[str, ...]]:
    """For each whole, its immediate parts."""
    children: dict[str, list[str]] = {}
    for work in works:
        for whole in work.part_of:
            children.setdefault(whole, []).append(work.id)
    return {whole: tuple(sorted(parts)) for whole, parts in children.items()}


def wholes(work: str, works: Mapping[str, Work]) -> dict[str, int]:
    """The work itself (0), its wholes (1), their wholes (2), ...: each with its shortest distance."""
    distances = {work: 0}
    queue = deque([work])
    while queue:
        current = queue.popleft()
        for whole in works[current].part_of if current in works else ():
            if whole not in distances:
                distances[whole] = distances[current] + 1
                queue.append(whole)
    return distances


def touched(
    found: Iterable[str],
    works: Mapping[str, Work],
    parts_of: Callable[[str], Iterable[str]],
) -> dict[str, tuple[str, ...]]:
    """Every work touched, with all its roles; ids that `works` lacks are in it too, wholes included."""
    roles: dict[str, set[str]] = {}
    queue = deque((work, FOUND) for work in sorted(set(found)))
    while queue:
        work, role = queue.popleft()
        if role in roles.setdefault(work, set()):
            continue
        roles[work].add(role)
        queue.extend((part, PART if role == FOUND else role) for part in parts_of(work))
        for whole in wholes(work, works):
            if whole in works:
                queue.extend((origin, UPSTREAM) for origin in works[whole].derived_from)
            else:
                roles.setdefault(whole, set())
    return {work: tuple(role for role in ROLES if role in held) for work, held in roles.items()}
