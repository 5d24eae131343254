# SPDX-License-Identifier: Apache-2.0
"""A small fictional studio, drawn by code: four films, who owns them and what was said, and a corpus to clear.

```pycon
>>> from kyodaku import demo
>>> paths = demo.render("kyodaku-demo")
>>> sorted(paths.works)
['clockwork-fox', 'moon-lighthouse', 'neon-courier', 'summer-tram']
```

One film is granted to the lab, one lacks the word of one of its three holders, one is refused, and of one nobody has
said anything. `truth.json` says of every clip what it is and what a gate that finds everything would decide. Nothing
is downloaded, and nothing in it exists.
"""

from __future__ import annotations

from kyodaku.demo._studio import FULL, Detail, pictures
from kyodaku.demo.render import COLUMNS, VERSION, DemoPaths, Progress, render
from kyodaku.demo.story import FILMS, Film

__all__ = ["COLUMNS", "FILMS", "FULL", "VERSION", "DemoPaths", "Detail", "Film", "Progress", "pictures", "render"]
