# SPDX-License-Identifier: Apache-2.0
"""PDQ and vPDQ hashes from other programs, in; our codes in their formats, out.

```python
for medium in load_hashes(Path("bank.csv")).entries:
    registry.add_reference("film-1", medium.fingerprint, source={"hashes": "bank.csv", "name": medium.name})
text = write_hashes(Fingerprint.load(Path("film.kyf")), "vpdq")
```

Read are the files that vPDQ, PDQ's programs, python-threatexchange and HMA write (`docs/interchange.md`); which, is
seen from the content. A hash is a code of `pdq-v1`, bit for bit, so that what is imported is a fingerprint like any
other: of a video with its times, or of a picture as one frame.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from kyodaku.copies._interchange_fields import MAX_ENTRIES, Imported, Skipped, entry, fault
from kyodaku.copies._interchange_json import decoded, is_vpdq, read_records, vpdq_signal
from kyodaku.copies._interchange_lines import form_of, read_lines
from kyodaku.copies.descriptor import descriptor_id
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.pdq import PDQ
from kyodaku.errors import KyodakuError, UsageError

__all__ = ["FORMATS", "Format", "HashFile", "Imported", "Skipped", "load_hashes", "read_hashes", "write_hashes"]

Format: TypeAlias = Literal["vpdq", "threatexchange", "signals", "hma", "pdq"]
"""What can be written: vPDQ's text, the JSON of a vpdq signal, `type signal` lines, a body for HMA, or plain hashes."""
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

MAX_BYTES: Final = 48 * 1024 * 1024
"""Of a file: 500,000 frames, the most that a fingerprint has, take 45 MB as text."""
MAX_FRAMES_IN_FILE: Final = 1_000_000
"""Over all media of a file."""

_LOWEST_QUALITY: Final = 50
"""What ThreatExchange takes into a list of hashes: frames below it look like many others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HashFile:
    """What a file holds."""

    form: str
    """How it is written, in the words of `docs/interchange.md`."""
    entries: tuple[Imported, ...]
    skipped: tuple[Skipped, ...]
    """Entries that its own marks, or their type, keep from being matched."""


def load_hashes(path: Path) -> HashFile:
    """Read a file; every error names it and the line."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise KyodakuError(f"the hashes cannot be read: {error.strerror}", where=str(path)) from None
    return read_hashes(data, where=str(path))


def read_hashes(data: bytes, *, where: str) -> HashFile:
    """Read a file's bytes, from whomever they come; `UsageError` for anything that is off, and then nothing is read."""
    if len(data) > MAX_BYTES:
        raise UsageError(f"this file is too large for hashes: over {MAX_BYTES >> 20} MiB", where=where)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise fault("this is not text in UTF-8", where, data.count(b"\n", 0, error.start) + 1) from None
    form, found = _opened(text, where)
    entries, skipped = _bounded(found, where)
    if not entries and not skipped:
        raise UsageError("there are no hashes in this file", where=where)
    return HashFile(form=form, entries=tuple(entries), skipped=tuple(skipped))


def write_hashes(made: Fingerprint, form: Format) -> str:
    """A fingerprint of PDQ codes as text; `UsageError` for codes of another descriptor."""
    if made.descriptor != descriptor_id(PDQ):
        what = f"only codes of {descriptor_id(PDQ)} are PDQ hashes, and these are of {made.descriptor}"
        raise UsageError(what, hint=f"fingerprint the medium with {descriptor_id(PDQ)}")
    hashes = [code.tobytes().hex() for code in made.codes]
    if form == "pdq":
        good = (text for text, quality in zip(hashes, made.quality, strict=True) if quality >= _LOWEST_QUALITY)
        return "".join(f"{text}\n" for text in dict.fromkeys(good))
    if form == "vpdq":
        rows = zip(made.quality, hashes, made.times, strict=True)
        return "".join(f"{number},{quality},{text},{at:.3f}\n" for number, (quality, text, at) in enumerate(rows))
    kind, value = _as_signal(made, hashes)
    if form == "signals":
        return f"{kind} {value}\n"
    return (value if form == "threatexchange" else json.dumps({kind: value})) + "\n"


def _as_signal(made: Fingerprint, hashes: list[str]) -> tuple[str, str]:
    """Type and text of a signal; times have all their digits, which python-threatexchange reads but does not write."""
    if len(made) == 1 and not made.duration_s:
        return "pdq", hashes[0]
    rows = zip(hashes, made.quality, made.times, strict=True)
    return "vpdq", json.dumps([f"{text},{quality},{at:.3f}" for text, quality, at in rows])


def _opened(text: str, where: str) -> tuple[str, Iterator[Imported | Skipped]]:
    begin = text.lstrip()[:1]
    if begin in ("[", "{") and begin:
        return _json_opened(text, where)
    form = form_of(text)
    if form is None:
        if not begin:
            raise UsageError("this file is empty", where=where)
        hint = "docs/interchange.md lists what can be read"
        raise fault("these are no PDQ or vPDQ hashes", where, 1, hint)
    return form, read_lines(text, form, where)


def _json_opened(text: str, where: str) -> tuple[str, Iterator[Imported | Skipped]]:
    lines = [line for line in io.StringIO(text) if line.strip()] if text.count("\n") <= MAX_ENTRIES else []
    if len(lines) > 1 and all(line.startswith("{") and line.rstrip().endswith("}") for line in lines):
        numbered = ((number, line) for number, line in enumerate(io.StringIO(text), start=1) if line.strip())
        each = (read_records(decoded(line, where, number), where, number) for number, line in numbered)
        return "json-lines", chain.from_iterable(each)
    document = decoded(text, where, 1)
    if is_vpdq(document):
        return "vpdq-json", iter([entry(vpdq_signal(document, where, 1), 1)])
    return "json", read_records(document, where)


def _bounded(found: Iterable[Imported | Skipped], where: str) -> tuple[list[Imported], list[Skipped]]:
    entries: list[Imported] = []
    skipped: list[Skipped] = []
    frames = 0
    for one in found:
        if isinstance(one, Skipped):
            skipped.append(one)
        else:
            entries.append(one)
            frames += len(one.fingerprint)
        if len(entries) + len(skipped) > MAX_ENTRIES or frames > MAX_FRAMES_IN_FILE:
            what = f"there are more than {MAX_ENTRIES:,} entries or {MAX_FRAMES_IN_FILE:,} hashes in this file"
            raise fault(what, where, one.line, "divide it")
    return entries, skipped
