# SPDX-License-Identifier: Apache-2.0
"""The generation gate: what is asked before a prompt becomes a video, and before that video is shown."""
