# SPDX-License-Identifier: Apache-2.0
"""What the demo's films are drawn with: brush and light, faces and people, land and town, vehicles, weather."""
