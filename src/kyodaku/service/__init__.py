# SPDX-License-Identifier: Apache-2.0
"""The gate over HTTP: the Videos API in front of any generator, and the hooks by which other gateways ask."""
