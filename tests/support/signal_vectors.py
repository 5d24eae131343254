# SPDX-License-Identifier: Apache-2.0
"""The table of vectors: what stands in a document, and which signals a reader must find there.

One entry of `tests/signals/vectors/*.yaml`:

```yaml
- id: aipref-header                    # unique in all files
  standard: aipref
  kind: valid                          # valid | legacy | malformed | adversarial
  source: draft-ietf-aipref-attach-05, section 2      # where the standard says so
  read: headers                        # a key of READERS
  headers: [[Content-Usage, train-ai=n]]              # or text: / base64: / builder: (support.signal_files)
  args: {path: /film/clip.mp4}         # what else the reader takes; `url` is the origin's
  expect: {deny: [train_gen]}          # of the entry's standard: all signals, and no others
  also: {robots: {deny: [collect]}}    # of other standards: likewise
  combined: {train_gen: deny}          # what they come to, if it is worth saying
  terms: https://studio.example/terms  # of every signal of the standard; as are revision, signature and subject
  why: rule 1 cannot be read           # part of the warning of every signal that is `unknown`
```
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml

from kyodaku.signals import Origin, Signal

FOLDER = Path(__file__).parents[1] / "signals" / "vectors"
KINDS = ("valid", "legacy", "malformed", "adversarial")

PATH = "/film/clip.mp4"


@dataclass(frozen=True, kw_only=True)
class Vector:
    id: str
    standard: str
    kind: str
    source: str
    read: str
    expect: Mapping[str, list[str]]
    also: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    combined: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    base64: str | None = None
    headers: list[list[str]] | None = None
    builder: str | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    revision: str | None = None
    terms: str | None = None
    signature: str | None = None
    subject: str | None = None
    why: str | None = None

    def data(self) -> bytes:
        if self.base64 is not None:
            return base64.b64decode(self.base64, validate=True)
        if self.builder is not None:
            return bytes(getattr(import_module("support.signal_files"), self.builder)())
        return (self.text or "").encode()

    def signals(self) -> list[Signal]:
        given = dict(self.args)
        data = self.data()
        origin = Origin.of(data, "vector", url=given.pop("url", None))
        if self.headers is not None:
            return READERS[self.read]([tuple(line) for line in self.headers], origin, given)
        return READERS[self.read](data, origin, given)


def _of(module: str, name: str) -> Any:
    return getattr(import_module(f"kyodaku.signals.{module}"), name)


READERS: dict[str, Callable[[Any, Origin, dict[str, Any]], list[Signal]]] = {
    "headers": lambda lines, origin, _: _of("headers", "read_headers")(lines, origin),
    "content-usage": lambda data, origin, _: _of("aipref", "read_content_usage")(data, origin),
    "content-signal": lambda data, origin, _: _of("content_signals", "read_content_signal")(data.decode(), origin),
    "robots": lambda data, origin, args: _of("robots", "read_robots")(data, args.pop("path", PATH), origin, **args),
    "tdmrep": lambda data, origin, args: _of("tdmrep", "read_tdmrep")(data, args.pop("path", PATH), origin, **args),
    "ai-txt": lambda data, origin, args: _of("ai_txt", "read_ai_txt")(data, args.pop("path", PATH), origin, **args),
    "html": lambda data, origin, args: _of("html", "read_html")(data, origin, **args),
    "rsl": lambda data, origin, args: _of("rsl", "read_rsl")(data, args.pop("path", PATH), origin, **args),
    "rsl-media": lambda data, origin, args: _of("rsl_media", "read_rsl_media")(data, origin, draft=True, **args),
    "xmp": lambda data, origin, args: _of("xmp", "read_xmp")(data, origin, **args),
    "file": lambda data, origin, _: _of("embedded", "read_embedded")(BytesIO(data), origin.where),
    "manifests": lambda data, origin, args: _of("c2pa", "signals_of_manifests")(data.decode(), args["state"], origin),
    "tdm-ai": lambda data, origin, args: _of("tdm_ai", "read")(data, origin, **args),
}
"""By name: bytes or header lines, where they come from, and the entry's `args`, to signals."""


@cache
def vectors() -> tuple[Vector, ...]:
    """All entries of all files."""
    return tuple(
        Vector(**entry)
        for path in sorted(FOLDER.glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
    )
