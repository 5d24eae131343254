# SPDX-License-Identifier: Apache-2.0
"""What is asked of descriptions: two views of one picture near, all others far, and all of the space made use of."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["agreement", "contrastive", "spread"]

_TEMPERATURE: Final = 0.06
_NEVER: Final = -1e4


def contrastive(described: Tensor, others: Tensor) -> Tensor:
    """InfoNCE (van den Oord et al. 2018) over `(2 n, dims)`: row i and row i + n are views of one picture.

    `others` are descriptions of further pictures, to be told from all of these.
    """
    count = len(described)
    likeness = described @ described.T / _TEMPERATURE
    likeness = likeness.masked_fill(torch.eye(count, dtype=torch.bool), _NEVER)
    if len(others):
        likeness = torch.cat([likeness, described @ others.T / _TEMPERATURE], dim=1)
    return functional.cross_entropy(likeness, _partners(count))


def spread(described: Tensor) -> Tensor:
    """KoLeo (Sablayrolles et al. 2019): the logarithm of each picture's distance to its nearest other one, negated."""
    with torch.no_grad():
        nearest = _others_only(described @ described.T).argmax(dim=1)
    return -torch.log((described - described[nearest]).norm(dim=1) + 1e-4).mean()


def agreement(described: Tensor) -> float:
    """The share of views whose nearest neighbour is the other view of their picture."""
    likeness = (described @ described.T).masked_fill(torch.eye(len(described), dtype=torch.bool), -2.0)
    return float((likeness.argmax(dim=1) == _partners(len(described))).float().mean())


def _partners(count: int) -> Tensor:
    return (torch.arange(count) + count // 2) % count


def _others_only(likeness: Tensor) -> Tensor:
    count = len(likeness)
    own = torch.eye(count, dtype=torch.bool)
    return likeness.masked_fill(own | own[_partners(count)], -2.0)
