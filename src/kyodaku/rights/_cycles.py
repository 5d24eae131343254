# SPDX-License-Identifier: Apache-2.0
"""Cycles in a graph of ids, found without recursion: a registry may hold chains of any length."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["find_cycle"]


def find_cycle(edges: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """A cycle, first and last the same, beginning with its smallest id; empty if there is none."""
    done: set[str] = set()
    for start in edges:
        path: dict[str, None] = {}
        stack: list[tuple[str, bool]] = [(start, True)]
        while stack:
            node, entering = stack.pop()
            if not entering:
                path.pop(node)
                done.add(node)
            elif node in path:
                return _rotated(tuple(path)[tuple(path).index(node) :])
            elif node not in done:
                path[node] = None
                stack.append((node, False))
                stack.extend((target, True) for target in edges.get(node, ()))
    return ()


def _rotated(cycle: tuple[str, ...]) -> tuple[str, ...]:
    first = cycle.index(min(cycle))
    return (*cycle[first:], *cycle[:first], cycle[first])
