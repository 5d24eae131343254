# SPDX-License-Identifier: Apache-2.0
"""Prompts about the studio's films, from harmless to sly: what the generation gate is shown in the demo."""

from __future__ import annotations

from typing import Final

__all__ = ["PROMPTS"]

PROMPTS: Final = (
    "a cat sleeps on a warm engine bonnet in the rain",
    "The Moon Lighthouse at dawn, gulls around the lamp",
    "The Clockwork Fox runs through snow",
    "からくりぎつねが森を走る",
    "The Cl0ckw0rk F0x, cinematic, 4k",
    "a brass fox with a winding key between its shoulders and a riveted copper tail",
)
"""Of nobody; granted with a duty; by its title; by its reading; in disguise; without any name."""
