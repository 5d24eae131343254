# SPDX-License-Identifier: Apache-2.0
"""The folder that a site's keeper is given: a file for every standard, and a README that says where each one goes."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.publishing.readme import readme
from kyodaku.signals.boxes import look_inside
from kyodaku.signals.c2pa import stamp
from kyodaku.signals.credentials import Credentials
from kyodaku.signals.writing import (
    Terms,
    cawg_assertion,
    content_usage,
    is_noai,
    page_elements,
    robots_lines,
    rsl_document,
    rsl_media_document,
    tdm_ai_declaration,
    tdm_policy,
    tdmrep_file,
    with_xmp,
    xmp_packet,
)

__all__ = ["Published", "publish_work"]

_MAX_PICTURE: Final = 256 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """What was written: names within the folder, and media that were stamped or given metadata."""

    folder: Path
    files: tuple[str, ...]
    media: tuple[str, ...] = ()


def publish_work(
    terms: Terms, out: Path, *, at: datetime, media: tuple[Path, ...] = (), signer: Credentials | None = None
) -> Published:
    """Write the set into the folder `out`, which must be new or empty; `at` is the moment of which it tells.

    `media` are films and pictures that get the same word put into them: pictures as XMP, and anything that C2PA knows
    as a stamp where there is a `signer`. Raises UsageError for a folder in use, and KyodakuError when a medium cannot
    be stamped.
    """
    out = out.resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError("it is in use: name a new folder", where=str(out))
    files = dict(_files(terms))
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        done = _write_all(part, terms, files, media=media, signer=signer, at=at)
        part.replace(out)
    except OSError as error:
        raise KyodakuError(f"it cannot be written: {error.strerror}", where=str(out)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Published(folder=out, files=("README.md", *files), media=done)


def _write_all(
    part: Path,
    terms: Terms,
    files: Mapping[str, bytes],
    *,
    media: tuple[Path, ...],
    signer: Credentials | None,
    at: datetime,
) -> tuple[str, ...]:
    """All of it, where nobody looks for it yet; gives the names of the media."""
    for name, data in files.items():
        _write(part / name, data)
    done = tuple(_medium(path, terms, part / "media", signer) for path in media)
    _write(part / "README.md", readme(terms, files, done, at=at).encode())
    return done


def _files(terms: Terms) -> Iterator[tuple[str, bytes]]:
    site = (terms.site or "").rstrip("/")
    policy = f"{site}/policies/{_plain(terms.work)}.json" if site else None
    licence = f"{site}/license.xml" if site else None
    yield "robots.txt", robots_lines(terms, licence=licence).encode()
    yield "headers.txt", _headers(terms, policy, licence).encode()
    yield "head.html", page_elements(terms, policy=policy, licence=licence).encode()
    yield "well-known/tdmrep.json", tdmrep_file(terms, policy=policy)
    if policy is not None and terms.is_denied("mine"):
        yield f"policies/{_plain(terms.work)}.json", tdm_policy(terms, uid=policy)
    yield "license.xml", rsl_document(terms)
    if terms.contact is not None:  # the draft requires one
        yield "well-known/rsl-media.xml", rsl_media_document(terms)
    yield "sidecar.xmp", xmp_packet(terms)
    yield "cawg.json", (json.dumps(cawg_assertion(terms), ensure_ascii=False, indent=2) + "\n").encode()
    if terms.iscc:  # to which it is bound
        yield "tdm-ai.json", tdm_ai_declaration(terms)


def _headers(terms: Terms, policy: str | None, licence: str | None) -> str:
    lines = [f"Content-Usage: {content_usage(terms)}", f"TDM-Reservation: {int(terms.is_denied('mine'))}"]
    lines += [f"TDM-Policy: {policy}"] if policy is not None and terms.is_denied("mine") else []
    lines += [f'Link: <{licence}>; rel="license"; type="application/rsl+xml"'] if licence is not None else []
    lines += ["X-Robots-Tag: noai, noimageai"] if is_noai(terms) else []
    return "\n".join(lines) + "\n"


def _medium(path: Path, terms: Terms, folder: Path, signer: Credentials | None) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    if target.exists():
        raise UsageError("two media have the same name", where=path.name)
    try:
        with path.open("rb") as file:
            _put_into(file, target, terms, signer)
    except KyodakuError as error:
        raise type(error)(error.what, where=str(path), hint=error.hint) from error
    except OSError as error:
        raise KyodakuError(f"it cannot be read or written: {error.strerror}", where=str(path)) from error
    return path.name


def _put_into(file: BinaryIO, target: Path, terms: Terms, signer: Credentials | None) -> None:
    kind = look_inside(file).kind
    if signer is not None and kind is not None:
        with target.open("xb") as out:
            stamp(file, kind, out, [cawg_assertion(terms)], signer)
        return
    if file.seek(0, os.SEEK_END) > _MAX_PICTURE:
        raise UsageError("too large to be read whole", hint="--certificate and --key stamp it")
    file.seek(0)
    target.write_bytes(with_xmp(file.read(), xmp_packet(terms)))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _plain(work: str) -> str:
    """A work's id as the name of a file."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", work)[:80]
