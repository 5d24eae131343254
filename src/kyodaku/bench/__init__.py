# SPDX-License-Identifier: Apache-2.0
"""Measuring: what is found, what is blocked by mistake, what it costs; with other people's systems in the same run."""

from __future__ import annotations
