# SPDX-License-Identifier: Apache-2.0
"""Generators behind the gate: servers that speak the Videos API, and pipelines of `diffusers` on this machine."""

from kyodaku.generation.generators.generator import Generator, GeneratorError, Progress, TicketLost

__all__ = ["Generator", "GeneratorError", "Progress", "TicketLost"]
