# SPDX-License-Identifier: Apache-2.0
"""Hashes in JSON: vPDQ signals of python-threatexchange, content of HMA's banks, indicators of ThreatExchange."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kyodaku.copies._interchange_fields import (
    Frame,
    Imported,
    Skipped,
    entry,
    fault,
    frame_of,
    hash_of,
    name_of,
    picture,
    video,
)
from kyodaku.copies._interchange_times import evened
from kyodaku.copies.fingerprint import Fingerprint

__all__ = ["SIGNALS", "is_vpdq", "read_records", "signal", "vpdq_signal"]

SIGNALS: Final = ("pdq", "vpdq")
"""Names of signal types that hold PDQ hashes."""

_INDICATORS: Final = {"HASH_PDQ": "pdq", "HASH_VPDQ": "vpdq", "PDQ": "pdq", "VPDQ": "vpdq"}
"""Names of the same in ThreatExchange's API."""

_DISABLED, _ENABLED = 0, 1
"""Of `disable_until_ts` in HMA; any other number is a time in seconds (`threatexchange/storage/interfaces.py`)."""

_REPEATED_NAMES: Final = ("content_id", "content_uri", "original_media_uri", "id")


def is_vpdq(document: object) -> bool:
    """Whether this is the hash of one video: a list of lines, or frames by their number."""
    if isinstance(document, list):
        return all(isinstance(item, str) for item in document)
    return isinstance(document, dict) and bool(document) and all(key.isascii() and key.isdigit() for key in document)


def vpdq_signal(document: object, where: str, line: int) -> Fingerprint:
    """The hash of one video: `["hash,quality,seconds", ...]`, or the older `{"0": {"hash": ...}, ...}`."""
    if isinstance(document, list):
        frames = [_listed(item, where, line) for item in document]
        times = evened([frame.seconds for frame in frames])
        return video(
            [
                Frame(seconds=seconds, quality=frame.quality, code=frame.code)
                for seconds, frame in zip(times, frames, strict=True)
            ],
            where,
            line,
        )
    assert isinstance(document, dict)
    return video([_numbered(item, where, line) for item in document.values()], where, line)


def signal(kind: str, value: object, where: str, line: int) -> Fingerprint:
    """What a signal's text says; the type is one of `SIGNALS`."""
    if kind == "pdq":
        return picture(hash_of(_text(value, where, line), where, line))
    document = decoded(value, where, line) if isinstance(value, str) else value
    if not is_vpdq(document):
        raise fault("a vpdq signal is a list of 'hash,quality,seconds'", where, line)
    return vpdq_signal(document, where, line)


def decoded(text: str, where: str, line: int) -> Any:
    """JSON as Python has it; whatever is off with it becomes one sentence."""
    try:
        return json.loads(text, parse_constant=lambda name: name)
    except json.JSONDecodeError as error:
        raise fault(f"this is not JSON: {error.msg}", where, line + error.lineno - 1) from None
    except (ValueError, RecursionError):
        raise fault("this is not JSON that can be read", where, line) from None


def read_records(document: object, where: str, first: int = 1) -> Iterator[Imported | Skipped]:
    """Every medium in a document that holds one or many: content of a bank, indicators, or signals by type."""
    match document:
        case {"data": list(items)} | list(items):
            for number, item in enumerate(items, start=first):
                yield from _record(item, where, number)
        case _:
            yield from _record(document, where, first)


def _record(record: object, where: str, line: int) -> Iterator[Imported | Skipped]:
    if not isinstance(record, dict):
        raise fault("here a record with hashes was expected", where, line)
    refusal = _refusal(record)
    signals = list(_signals_of(record))
    if refusal or not signals:
        yield Skipped(line=line, why=refusal or "it holds no PDQ or vPDQ hash")
        return
    for kind, value in signals:
        yield entry(signal(kind, value, where, line), line, _name(record))


def _signals_of(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Type and value, from whichever way of writing this record uses."""
    held = record.get("signals")
    if isinstance(held, dict):
        record = held
    yield from ((kind, record[kind]) for kind in SIGNALS if record.get(kind))
    kind = _INDICATORS.get(str(record.get("type")))
    value = record.get("indicator", record.get("raw_indicator"))
    if kind and value:
        yield kind, value


def _refusal(record: Mapping[str, Any]) -> str | None:
    """Why a record is not to be matched, if its bank says so."""
    until = record.get("disable_until_ts", _ENABLED)
    if until == _DISABLED or (isinstance(until, int | float) and until != _ENABLED and until > time.time()):
        return "its bank has disabled it"
    if record.get("should_delete"):
        return "it is marked to be deleted"
    if record.get("status") == "NON_MALICIOUS":
        return "its status says that it is no match"
    return None


def _name(record: Mapping[str, Any]) -> str:
    metadata = record.get("metadata")
    for source in (metadata if isinstance(metadata, dict) else {}, record):
        for key in _REPEATED_NAMES:
            if source.get(key) not in (None, ""):
                return name_of(source[key])
    return ""


def _listed(item: object, where: str, line: int) -> Frame:
    """`hash,quality,seconds`, or with the frame's number before and the hash in third place, as in vPDQ's own files."""
    parts = _text(item, where, line).split(",")
    if len(parts) == 4:
        parts = [parts[2], parts[1], parts[3]]
    if len(parts) != 3:
        raise fault("a frame is written 'hash,quality,seconds'", where, line)
    return frame_of(parts, where, line)


def _numbered(item: object, where: str, line: int) -> Frame:
    if not isinstance(item, dict):
        raise fault("a frame has a hash, a quality and a timestamp", where, line)
    return frame_of([str(item.get(key, "")) for key in ("hash", "quality", "timestamp")], where, line)


def _text(value: object, where: str, line: int) -> str:
    if not isinstance(value, str):
        raise fault("a hash is written as text", where, line)
    return value
