# SPDX-License-Identifier: Apache-2.0
"""The demo's films, one module each: a film is a tuple of scenes."""
