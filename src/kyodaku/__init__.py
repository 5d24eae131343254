# SPDX-License-Identifier: Apache-2.0
"""Kyodaku (許諾): the permission gate for generative video."""

__version__ = "0.1.0"
