# SPDX-License-Identifier: Apache-2.0
"""References: fingerprint files by the hash of their contents, and the indexes made from them, one a descriptor.

The files and their declarations are the record; the index is derived. It is brought up to date when a snapshot is
taken, so that adding many references makes one segment of it, and a crash between file and index loses nothing.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kyodaku.copies import (
    Fingerprint,
    IndexWriter,
    ReferenceSet,
    get_descriptor,
    known_descriptors,
    open_index,
    open_references,
)
from kyodaku.copies.sound import SOUND_ID, SoundFingerprint, SoundIndexWriter, open_sound_index
from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.registry._codec import Body, canonical, derived_id, digest
from kyodaku.registry._files import locked, sync_directory, write_whole
from kyodaku.registry.reports import Reference

__all__ = ["AnyFingerprint", "ReferenceDeclaration", "References", "by_descriptor", "reference_of"]

AnyFingerprint = Fingerprint | SoundFingerprint
KIND: Final = "reference"
_SUFFIX: Final = ".kyf"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceDeclaration:
    """A reference as it is entered and stored."""

    id: str
    body: Body
    text: str
    digest: str
    kind: str = KIND


def reference_of(work: str, fingerprint: AnyFingerprint, source: Mapping[str, Any]) -> ReferenceDeclaration:
    """The declaration; its id is made from work and fingerprint alone. UsageError for codes that cannot be compared."""
    if fingerprint.descriptor not in (*known_descriptors(), SOUND_ID):
        what = f"this fingerprint was made with {fingerprint.descriptor}, which is not known here"
        raise UsageError(what, hint=f"fingerprint the medium again; known: {', '.join(known_descriptors())}")
    _check_form(fingerprint)
    key = derived_id(KIND, {"work": work, "sha256": fingerprint.sha256})
    body: Body = {
        "id": key,
        "work": work,
        "descriptor": fingerprint.descriptor,
        "duration_s": fingerprint.duration_s,
        "frames": len(fingerprint),
        "sha256": fingerprint.sha256,
        "source": _sayable(source),
    }
    text = canonical(body)
    return ReferenceDeclaration(id=key, body=body, text=text.decode(), digest=digest(text))


def _check_form(fingerprint: AnyFingerprint) -> None:
    """What is recorded stays for ever: codes that cannot belong to their descriptor must not get that far."""
    if isinstance(fingerprint, SoundFingerprint):
        return
    known = get_descriptor(fingerprint.descriptor)
    numbers = 0 if fingerprint.fine is None else fingerprint.fine.shape[1]
    if fingerprint.codes.shape[1] * 8 != known.dims or numbers not in (0, known.fine_dims):
        what = (
            f"these are not codes of {fingerprint.descriptor}: {8 * fingerprint.codes.shape[1]} bits, {numbers} numbers"
        )
        raise UsageError(what, hint="fingerprint the medium again")


def _sayable(value: Any) -> Any:
    """File names need not be text; what is none of it becomes an escape."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_sayable(key): _sayable(held) for key, held in value.items()}
    return value


class References:
    """The references of one workspace.

    In a `shared` registry a declaration may come from another workspace, which keeps the fingerprint's file.
    """

    def __init__(self, workspace: Path, *, shared: bool = False) -> None:
        self._shared = shared
        self._files = workspace / "references"
        self._index = workspace / "index"

    def create(self) -> None:
        """Make the folders."""
        for folder in (self._files, self._index):
            folder.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def is_news(wanted: ReferenceDeclaration, known: Body) -> bool:
        """Whether the same reference comes with another source that names its medium."""
        return "media" in wanted.body["source"] and wanted.body != known

    def keep(self, fingerprint: AnyFingerprint) -> None:
        """Store the fingerprint's file, unless it is there."""
        path = self._path(fingerprint.sha256)
        if not path.exists():
            try:
                write_whole(path, fingerprint.to_bytes())
            except OSError as error:
                what = f"the fingerprint cannot be stored: {error.strerror}"
                raise KyodakuError(what, where=str(path)) from error

    def is_elsewhere(self, body: Mapping[str, Any]) -> bool:
        """Whether another workspace that shares the registry keeps the fingerprint's file, and this one does not."""
        return self._shared and not self._path(body["sha256"]).exists()

    def load(self, body: Mapping[str, Any]) -> AnyFingerprint:
        """The fingerprint of a declared reference; IntegrityError if its file is gone or another's."""
        path = self._path(body["sha256"])
        if self.is_elsewhere(body):
            what = f"the fingerprint of reference {body['id']} was registered from another workspace"
            raise KyodakuError(what, where=str(path), hint="copy the file of this name here from its references/")
        try:
            stored = SoundFingerprint.load(path) if body["descriptor"] == SOUND_ID else Fingerprint.load(path)
        except KyodakuError as error:
            raise IntegrityError(error.what, where=str(path), hint="restore it from a backup") from error
        if stored.sha256 != body["sha256"]:
            raise IntegrityError("this is not the fingerprint that was declared", where=str(path))
        return stored

    def describe(self, body: Body) -> Reference:
        """The reference as others see it."""
        return Reference(
            id=body["id"],
            work=body["work"],
            descriptor=body["descriptor"],
            duration_s=body["duration_s"],
            frames=body["frames"],
            sha256=body["sha256"],
            path=self._path(body["sha256"]),
            source=body["source"],
        )

    def link_index(self, bodies: Iterable[Mapping[str, Any]], folder: Path) -> ReferenceSet:
        """Bring the index up to date with these references, and put it, as it is then, into an empty `folder`.

        Its files never change, so they are linked, not copied: the folder stays as it is when the index goes on. The
        answer searches in just these references.
        """
        wanted = by_descriptor(bodies)
        with locked(self._index / ".turn"):  # wait for other processes instead of failing
            folder.mkdir(parents=True)
            for descriptor, some in wanted.items():
                self._update(descriptor, some)
                _link_tree(self._index / descriptor, folder / descriptor)
        return open_references(folder, {name: [body["id"] for body in some] for name, some in wanted.items()})

    def _update(self, descriptor: str, bodies: Iterable[Mapping[str, Any]]) -> None:
        """Add what is not in the index yet; what is interrupted here is made up for by the next snapshot."""
        folder = self._index / descriptor
        if descriptor == SOUND_ID:
            with SoundIndexWriter(folder) as sound:
                present = set(open_sound_index(folder, verify=False))
                for body in bodies:
                    made = None if body["id"] in present else self.load(body)
                    if isinstance(made, SoundFingerprint):
                        sound.add(body["id"], made)
            return
        with IndexWriter(folder, descriptor=descriptor) as index:
            present = set(open_index(folder, verify=False))
            for body in bodies:
                made = None if body["id"] in present else self.load(body)
                if isinstance(made, Fingerprint):
                    index.add(body["id"], made)

    def _path(self, sha256: str) -> Path:
        return self._files / f"{sha256}{_SUFFIX}"


def by_descriptor(bodies: Iterable[Mapping[str, Any]]) -> Mapping[str, list[Mapping[str, Any]]]:
    """References by the id of the descriptor that they were made with, which is where they are searched."""
    grouped: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for body in bodies:
        grouped[body["descriptor"]].append(body)
    return dict(sorted(grouped.items()))


def _link_tree(source: Path, target: Path) -> None:
    """The same files under another folder, as links where the file system has them; locks and drafts aside."""
    target.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        if path.name == "lock" or path.name.startswith("."):
            continue
        if path.is_dir():
            _link_tree(path, target / path.name)
        else:
            try:
                (target / path.name).hardlink_to(path)
            except OSError:
                shutil.copyfile(path, target / path.name)
    sync_directory(target)
