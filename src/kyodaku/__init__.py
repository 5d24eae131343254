# SPDX-License-Identifier: Apache-2.0
"""Kyodaku (許諾): the permission gate for generative video.

Whose work is this, and did they say yes, before?

```python
import kyodaku
from pathlib import Path

with kyodaku.Workspace.open("kyodaku-workspace") as workspace:
    print(workspace.check("clip.mp4").decision.verdict)
    workspace.clear("corpus/", "out", use=kyodaku.load_use(Path("use.yaml")))
```
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kyodaku.training.use import load_use
    from kyodaku.workspace import Workspace

__version__ = "0.1.0"

__all__ = ["Workspace", "__version__", "load_use"]

_HOMES = {"Workspace": "kyodaku.workspace", "load_use": "kyodaku.training.use"}
_ROOMS = ("copies", "examine", "generation", "ledger", "media", "names", "registry", "rights", "training")


def __getattr__(name: str) -> Any:
    """Imports rooms and names when they are first asked for: the decoder's child needs none of them."""
    from importlib import import_module  # noqa: PLC0415

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _ROOMS:
        return import_module(f"kyodaku.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
