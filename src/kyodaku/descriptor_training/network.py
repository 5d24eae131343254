# SPDX-License-Identifier: Apache-2.0
"""The network: a small residual one that a processor runs seven hundred times a second.

Brightness and contrast of each picture are normalised inside. A coarse first layer (8x8 every 4 pixels) leaves most of
the work to small maps; generalised-mean pooling lets a part of the picture speak for it (Radenović et al. 2018).
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["DIMS", "LEAST", "QUIET", "Block", "FrameNetwork"]

DIMS: Final = 256  # numbers in a description
_WIDTHS: Final = (32, 64, 128, 256)
_DEPTHS: Final = (1, 2, 2, 1)
QUIET: Final = 12.0  # added to the contrast: noise on a plain wall is not made into a picture
LEAST: Final = 1e-4


class FrameNetwork(nn.Module):
    """`(pictures, 3, 128, 128)` RGB of 0..255, bytes or floats, to `(pictures, DIMS)` of length 1."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, _WIDTHS[0], 8, 4, 2, bias=False), nn.BatchNorm2d(_WIDTHS[0]), nn.ReLU())
        blocks: list[nn.Module] = []
        width = _WIDTHS[0]
        for stage, (wanted, depth) in enumerate(zip(_WIDTHS, _DEPTHS, strict=True)):
            for number in range(depth):
                blocks.append(Block(width, wanted, 2 if stage and not number else 1))
                width = wanted
        self.body = nn.Sequential(*blocks)
        self.power = nn.Parameter(torch.tensor(3.0))
        self.head = nn.Linear(width, DIMS)

    def forward(self, pictures: Tensor) -> Tensor:
        """Describe some pictures."""
        values = pictures.float()
        centred = values - values.mean((1, 2, 3), keepdim=True)
        contrast = centred.square().mean((1, 2, 3), keepdim=True).sqrt()
        maps = self.body(self.stem(centred / (contrast + QUIET))).float().clamp(min=LEAST)
        power = self.power.clamp(1.0, 8.0)
        pooled = maps.pow(power).mean((2, 3)).pow(1 / power)
        return functional.normalize(self.head(pooled).float(), dim=1)


class Block(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, width: int, wanted: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, wanted, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(wanted)
        self.second = nn.Conv2d(wanted, wanted, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(wanted)
        self.around: nn.Module = nn.Identity()
        if stride > 1 or width != wanted:
            smaller: nn.Module = nn.AvgPool2d(2) if stride > 1 else nn.Identity()
            self.around = nn.Sequential(smaller, nn.Conv2d(width, wanted, 1, 1, bias=False), nn.BatchNorm2d(wanted))
        else:
            nn.init.zeros_(self.second_norm.weight)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps of half the side, where the stride is 2."""
        inner = functional.relu(self.first_norm(self.first(maps)))
        return functional.relu(self.second_norm(self.second(inner)) + self.around(maps))
