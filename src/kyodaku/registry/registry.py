# SPDX-License-Identifier: Apache-2.0
"""The registry of a workspace: who declared what, when; and what of it held at any moment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, select

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import (
    Checkpoint,
    KeyHistory,
    Log,
    PublicKey,
    Rotation,
    SigningKey,
    check_log,
    holding_key,
    load_history,
    publish,
    rotate,
    stated_checkpoint,
    verify_checkpoint,
    write_checkpoint,
)
from kyodaku.registry._address import Address, remember
from kyodaku.registry._adopting import adopt
from kyodaku.registry._bulk import without_collecting
from kyodaku.registry._checks import examine
from kyodaku.registry._codec import Record, as_text
from kyodaku.registry._database import Turn
from kyodaku.registry._erasing import erase
from kyodaku.registry._importing import Draft, candidate_of, draft, notes_of, problems_of
from kyodaku.registry._migrating import origin_of
from kyodaku.registry._opening import address_of, database_of, new_origin
from kyodaku.registry._recording import moment_of_recording, record_all, split
from kyodaku.registry._references import AnyFingerprint, References, reference_of
from kyodaku.registry._runs import Kept, RunKind, check_runs, keep_run, kept_runs
from kyodaku.registry._schema import near
from kyodaku.registry._showing import declaration_of, view_of
from kyodaku.registry._sqlite import NO_WORKSPACE
from kyodaku.registry._state import State, can_be_id, last_declared, rights_record
from kyodaku.registry._tables import declarations
from kyodaku.registry._verifying import check_newest, verify
from kyodaku.registry.documents import Document, read_documents
from kyodaku.registry.exporting import VALID, Exported, Maker, write_snapshot
from kyodaku.registry.problems import refuse
from kyodaku.registry.reports import Declaration, ImportReport, Recorded, Reference, Soundness
from kyodaku.registry.snapshot import Snapshot
from kyodaku.registry.views import Conflict, WorkView
from kyodaku.rights import RightsRecord

__all__ = ["Registry"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Registry:
    """Declarations in a database, references in an index, both entered in a ledger; open one with `Registry.open`.

    Several processes may use one workspace at once, and several workspaces one shared registry. Close it, or use it as
    a context manager.
    """

    def __init__(self, directory: Path, clock: Callable[[], datetime], address: Address | None) -> None:
        self.directory = directory
        self._clock = clock
        self._address = address
        self._database = database_of(directory, address)
        self._references = References(directory, shared=address is not None)
        self._origin = ""
        self._adopted: Snapshot | None = None

    @classmethod
    def open(
        cls,
        workspace: str | os.PathLike[str],
        *,
        registry_url: str | None = None,
        create: bool = False,
        clock: Callable[[], datetime] = _utc_now,
    ) -> Self:
        """The registry of the folder `workspace`, made there if `create` is set and there is none.

        `registry_url` (`postgresql://user@host/database`) names a registry that several workspaces share; the workspace
        remembers it. Without one, the workspace has its own. `clock` says when declarations are recorded. Raises
        UsageError when there is none, and IntegrityError when database and ledger do not belong together.
        """
        path = Path(workspace)
        registry = cls(path, clock, address_of(path, registry_url))
        try:
            registry._open(create=create)
        except BaseException as error:
            registry.close()
            if isinstance(error, OSError):
                what = f"the workspace cannot be made: {error.strerror}"
                raise KyodakuError(what, where=str(workspace)) from error
            raise
        return registry

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # --- proof --------------------------------------------------------------------------------------------------------

    @property
    def ledger(self) -> Log:
        """The log in which every declaration is an entry; others may append entries of other types."""
        return self._database.log()

    @property
    def origin(self) -> str:
        """The ledger's name, which stands in checkpoints."""
        return self._origin

    def signing_key(self) -> SigningKey:
        """The workspace's key; where several workspaces share a registry, each signs with its own."""
        with holding_key(self._key_path, self.ledger) as key:
            return key

    def keys(self, trust: PublicKey | None = None) -> KeyHistory:
        """The keys that signed here, from `trust` on, by default from the first."""
        return load_history(self._key_path, trust)

    def rotate_key(self) -> Rotation:
        """Replace the workspace's key by a new one; an entry of the ledger says so, and the old one is deleted."""
        with self._reading() as connection:
            now = moment_of_recording(self._clock(), State(connection))
        rotation = rotate(self._key_path, self.ledger, time=now, origin=self._origin)
        self._keep_checkpoint()
        return rotation

    def verify(self, *, trust: PublicKey | None = None) -> Soundness:
        """Recompute everything: the ledger, its last checkpoint, every declaration and every reference's file.

        `trust` is the key that must have signed the checkpoint, or come before the one that did; by default the first
        that the workspace had. Raises IntegrityError naming the first thing that is not as it was.
        """
        signing, keys = self.signing_key().public, self.keys(trust)
        with self._reading() as connection:
            one_commit = self._address is not None
            sound = verify(connection, self.ledger, (keys, self._origin), self._references, one_commit=one_commit)
            keys.check_entries(self.ledger)
            if trust is None and keys.latest != signing:
                what = f"the key {signing.label} signs, but the ledger's is {keys.latest.label}"
                raise IntegrityError(what, where=str(self._key_path))
        entered = self.ledger.size  # before the view: of an entry that is counted the row is in it
        with self._reading() as connection:
            runs, unrecorded = check_runs(connection, self.ledger, entered)
        if one_commit and unrecorded:
            what = (
                f"entry {unrecorded[0]} of the ledger is a run or model that the database does not have: it was removed"
            )
            raise IntegrityError(what, where=str(self.ledger.directory))
        return replace(sound, runs=runs, unrecorded=unrecorded)

    def check_checkpoint(self, note: str, *, trust: PublicKey | None = None) -> Checkpoint:
        """What a checkpoint that was kept elsewhere counted, if the ledger still begins with that; see `verify`."""
        self.signing_key()  # finishes a rotation that was interrupted
        kept = verify_checkpoint(note, self.keys(trust), self._origin)
        check_log(self.ledger, kept)
        return kept

    def sign_checkpoint(self) -> str:
        """The ledger's size and root as a signed note, to be given away; a copy is kept beside the ledger."""
        with holding_key(self._key_path, self.ledger) as key:
            return write_checkpoint(self.ledger, key, self._origin)

    def publish(self, folder: str | os.PathLike[str]) -> Checkpoint:
        """Write what is new of the ledger into a folder for any static host; see `kyodaku.ledger.publish`."""
        with holding_key(self._key_path, self.ledger) as key:
            note = publish(self.ledger, folder, key, self._origin, history=self.keys())
        return stated_checkpoint(note)

    # --- declaring ----------------------------------------------------------------------------------------------------

    def import_files(self, paths: Iterable[str | os.PathLike[str]], *, form: str | None = None) -> ImportReport:
        """Record what the files declare: all of it, or nothing and every problem by file and line.

        `form="odrl"` reads them as ODRL policies, whatever they are called; see `Document.read`. Importing the same
        again records nothing. Raises UsageError (with `.problems`), or NotAuthorised if all that
        is wrong is that parties speak for works that are not theirs.
        """
        with without_collecting():
            return self._import(read_documents(paths, form=form))

    def import_document(self, value: Mapping[str, Any], *, name: str = "statement") -> ImportReport:
        """Record what a mapping of the registry file's shape declares; problems are told as `name: place: what`."""
        return self._import([Document(name=name, value=value)])

    def declare(self, record: Record) -> Recorded:
        """Record a party, work, mandate or permission made in Python.

        When it is recorded is for the registry's clock to say: the record's own `recorded_at` is ignored.
        """
        drafted = Draft(candidates=[candidate_of(record, Document(name="statement", value=None))])
        (recorded,) = self._record(drafted).recorded
        return recorded

    def _import(self, documents: list[Document]) -> ImportReport:
        report = self._record(draft(documents, self._clock()))
        return replace(report, notes=(*report.notes, *(note for document in documents for note in document.notes)))

    def _record(self, drafted: Draft) -> ImportReport:
        self.signing_key()  # without it nothing could stand for what is recorded
        with self._writing() as (turn, state):
            now = moment_of_recording(self._clock(), state)
            new, unchanged = split(drafted.candidates, state)
            refuse(problems_of(drafted, list(examine(new, state, drafted.mentioned, now))))
            recorded = record_all(new, turn, now)
        if recorded:
            self._keep_checkpoint()
        there = [
            Recorded(kind=each.kind, id=each.id, ledger_index=known.latest.ledger_index, new=False)
            for each, known in unchanged
        ]
        return ImportReport(recorded=(*recorded, *there), notes=tuple(notes_of(new)))

    def erase(self, index: int) -> int:
        """Erase what the declaration with this ledger entry stated, once a later one of the same id took its place.

        The ledger still verifies, and says that it was erased, in the entry that is returned. Snapshots, exports and
        backups that were made before still have it. Raises UsageError for what cannot be erased.
        """
        self.signing_key()
        with self._writing() as (turn, state):
            said = erase(turn, index, moment_of_recording(self._clock(), state))
        self._keep_checkpoint()
        return said

    # --- references ---------------------------------------------------------------------------------------------------

    def add_reference(self, work: str, fingerprint: AnyFingerprint, *, source: Mapping[str, Any] | None = None) -> str:
        """Register a fingerprint for a work and return the reference's id, which is made from both.

        The same fingerprint for the same work is one reference, however often it is added; `source` (`media`: the
        file's path, `sha256`: its hash, ...) is for the record and the report's pictures. Raises UsageError for an
        unknown work.
        """
        (reference,) = self.add_references(work, [(fingerprint, source or {})])
        return reference

    def add_references(self, work: str, media: Iterable[tuple[AnyFingerprint, Mapping[str, Any]]]) -> list[str]:
        """Register fingerprints with their sources, all of them or none, and return the references' ids in order."""
        self.require_work(work)
        wanted = [(fingerprint, reference_of(work, fingerprint, dict(source))) for fingerprint, source in media]
        self.signing_key()
        with self._writing() as (turn, state):
            new = {}
            for fingerprint, declared in wanted:
                known = state.stored("reference", declared.id)
                if declared.id not in new and (known is None or References.is_news(declared, known.body)):
                    self._references.keep(fingerprint)
                    new[declared.id] = declared
            record_all([*new.values()], turn, moment_of_recording(self._clock(), state))
        if new:
            self._keep_checkpoint()
        return [declared.id for _, declared in wanted]

    def reference(self, reference: str) -> Reference:
        """The reference with this id; UsageError if there is none."""
        if self._adopted is not None and reference in self._adopted.reference_facts:
            facts = self._adopted.reference_facts[reference]
            return self._references.describe({"id": reference, **asdict(facts), "source": {}})
        with self._reading() as connection:
            known = State(connection).stored("reference", reference)
        if known is None:
            raise UsageError(f"unknown reference {reference!r}", where=str(self.directory))
        return self._references.describe(known.body)

    def knows_party(self, party: str) -> bool:
        """Whether there is such a party in what is decided from."""
        if self._adopted is not None:
            return party in self._adopted.rights.parties
        return bool(self.history(party, kind="party"))

    def require_work(self, work: str) -> None:
        """Raise UsageError, with the nearest known id, unless the work is declared."""
        with self._reading() as connection:
            state = State(connection)
            if state.stored("work", work) is None:
                hint = near(work, state.ids("work")) or "declare it first: `kyodaku registry import`"
                raise UsageError(f"unknown work {work!r}", where=str(self.directory), hint=hint)

    # --- reading ------------------------------------------------------------------------------------------------------

    def record(self, as_of: datetime | None = None, *, effective_at: datetime | None = None) -> RightsRecord:
        """What was recorded by `as_of` (default: now); with `effective_at`, only statements and mandates in force then.

        A later declaration of the same party or work takes the place of the earlier. Gates decide from the record
        without `effective_at`: that a grant is expired, or not yet effective, is for the law to say.
        """
        with self._reading() as connection:
            return rights_record(connection, as_of, effective_at)

    def history(self, key: str, *, kind: str | None = None) -> tuple[Declaration, ...]:
        """Every declaration under this id, the oldest first; of one kind, if ids of several kinds are the same."""
        chosen = select(declarations).where(declarations.c.id == key).order_by(declarations.c.seq)
        if kind is not None:
            chosen = chosen.where(declarations.c.kind == kind)
        if not can_be_id(key):
            return ()
        with self._reading() as connection:
            return tuple(declaration_of(row) for row in connection.execute(chosen))

    def show(self, work: str, *, as_of: datetime | None = None, effective_at: datetime | None = None) -> WorkView:
        """What was known of a work by `as_of` (default: now), and how it stood at `effective_at` (default: then).

        Raises UsageError for a work that nobody had declared by then.
        """
        known_by = (as_of or self._clock()).astimezone(UTC)
        with self._reading() as connection:
            view = view_of(connection, work, known_by, (effective_at or known_by).astimezone(UTC))
            if view is None:
                known = near(work, State(connection).ids("work"))
                hint = f"nobody had declared it by {as_text(known_by)}" if as_of else known or "declare it first"
                raise UsageError(f"unknown work {work!r}", where=str(self.directory), hint=hint)
        return view

    def conflicts(self, work: str, as_of: datetime | None = None) -> tuple[Conflict, ...]:
        """What of the declarations about a work, recorded by `as_of`, cannot all be right; see `Conflict`."""
        return self.show(work, as_of=as_of).conflicts

    def snapshot(self, as_of: datetime | None = None) -> Snapshot:
        """The immutable state as of that moment (default: now), kept in the workspace for other processes to open.

        After `decide_from` it is, for now, the snapshot that was taken in.
        """
        if as_of is None and self._adopted is not None:
            return self._adopted
        with without_collecting(), self._reading() as connection:
            return Snapshot.take(connection, self._references, self.directory / "snapshots", as_of)

    def revision(self) -> str:
        """A name of the present state that costs one look: as long as it is the same, so is `snapshot`."""
        if self._adopted is not None:
            return self._adopted.id
        with self._reading() as connection:
            return str(last_declared(connection))

    def export(
        self,
        out: str | os.PathLike[str],
        *,
        valid: timedelta = VALID,
        audience: str | None = None,
        since: str | os.PathLike[str] | None = None,
    ) -> Exported:
        """Write the present state for gates elsewhere into the new folder `out`, signed, to be used for so long.

        For an `audience` it holds what that developer may see, and decisions for it come out as they do here. With
        `since`, the folder of an older snapshot, only what is new is written; see `apply_delta`.
        """
        self.signing_key()  # without it nothing need be read
        with without_collecting(), self._reading() as connection:
            maker = Maker(
                holding=lambda: holding_key(self._key_path, self.ledger),
                history=self.keys,
                ledger=self.ledger,
                origin=self._origin,
                now=self._clock().astimezone(UTC),
            )
            older = None if since is None else Path(since)
            how: dict[str, Any] = {"valid": valid, "audience": audience, "since": older}
            return write_snapshot(connection, self._references, Path(out), maker, **how)

    def decide_from(self, folder: str | os.PathLike[str], *, key: PublicKey | None = None) -> Snapshot:
        """Take in a snapshot that was made elsewhere, and decide from it instead of what is declared here.

        `key` is the public key of who made it; it is remembered, as is how far its ledger was, so that no older one is
        taken in later. What is decided is still entered in this workspace's ledger and signed with its key.
        """
        own = {self._origin: self.signing_key().public}
        now = self._clock().astimezone(UTC)
        self._adopted = adopt(self.directory, Path(folder), key=key, own=own, now=now)
        return self._adopted

    def snapshot_path(self, snapshot: str) -> Path:
        """Where a snapshot that was taken here is kept, for `Snapshot.open`."""
        return self.directory / "snapshots" / snapshot.removeprefix("sha256:")

    # --- runs ---------------------------------------------------------------------------------------------------------

    def keep_run(self, kind: RunKind, key: str, body: Mapping[str, Any], **stated: str | int) -> Kept:
        """Record a run of the training gate, or a model, with its ledger entry, in one transaction.

        `body` is JSON-ready; the entry has its salted hash, and what is `stated`.
        """
        self.signing_key()
        with self._writing() as (turn, state):
            kept = keep_run(turn, kind, key, body, moment_of_recording(self._clock(), state), **stated)
        self._keep_checkpoint()
        return kept

    def kept_runs(self, kind: RunKind, key: str | None = None) -> tuple[Kept, ...]:
        """The runs, or the models, that were recorded here, the oldest first; those of one id if it is given."""
        with self._reading() as connection:
            return tuple(kept_runs(connection, kind, key))

    # --- the workspace ------------------------------------------------------------------------------------------------

    @property
    def _key_path(self) -> Path:
        return self.directory / "keys" / "ledger.key"

    def _open(self, *, create: bool) -> None:
        """Make what is missing, the database last, so that one that is there means that all of it is."""
        origin = new_origin()
        if create:
            self._references.create()
            key = SigningKey.at(self._key_path, name=origin)
            origin = key.name if self._address is None else origin
            (self.directory / "ledger").mkdir(exist_ok=True)
        self._database.prepare(create=create, origin=origin)
        if create and self._address is not None:
            remember(self.directory, self._address)
        elif not self._key_path.parent.is_dir():
            raise UsageError("there is no workspace here", where=str(self.directory), hint=NO_WORKSPACE)
        with self._reading() as connection:
            self._origin = origin_of(connection)
            try:
                check_newest(connection, self.ledger)
            except IntegrityError:
                self.ledger.verify()  # names the first bad entry, if there are others before the newest
                raise

    def _keep_checkpoint(self) -> None:
        """Sign what the ledger holds now; before the commit it would not be certain that it stays."""
        try:
            self.sign_checkpoint()
        except IntegrityError as error:
            what = f"it is recorded, but no checkpoint was signed: {error.what}"
            raise IntegrityError(what, where=error.where, hint="see `kyodaku ledger verify`") from None
        except (OSError, KyodakuError) as error:
            reason = error.strerror if isinstance(error, OSError) else error.what
            what = f"it is recorded, but the checkpoint could not be kept: {reason}"
            raise KyodakuError(what, where=str(self.directory / "ledger")) from error

    def _reading(self) -> AbstractContextManager[Connection]:
        """One consistent view of the database."""
        return self._database.reading()

    @contextmanager
    def _writing(self) -> Iterator[tuple[Turn, State]]:
        """A turn to write, and the state to write to."""
        with self._database.writing() as turn:
            yield turn, State(turn.connection)
