# SPDX-License-Identifier: Apache-2.0
"""One folder, and the verbs on it: what the command line calls, and what scripts import.

```python
workspace = Workspace.open("kyodaku-workspace", create=True)
workspace.import_registry(["registry.yaml"])
workspace.add_reference("film-1", "masters/first-film.mp4")
workspace.check("clip.mp4").decision.verdict
workspace.clear("corpus/", "out", use=load_use(Path("use.yaml")))
```
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kyodaku.copies import SUFFIX, Fingerprint, load_calibration
from kyodaku.copies.sound import SoundFingerprint, load_fingerprints
from kyodaku.errors import KyodakuError, UsageError
from kyodaku.examine import (
    Examiner,
    Findings,
    Looked,
    SignalReader,
    SignalSources,
    identify,
    require_references,
    sha256_of,
)
from kyodaku.explain import Explained, Subject, explain
from kyodaku.generation import Line, Prompted, PromptGate, bad_line, batches, enter, nobodys_use
from kyodaku.ledger import PublicKey
from kyodaku.media import Limits, MediaError, Sampled, is_sound_only
from kyodaku.names import TextEmbedder
from kyodaku.registry import ImportReport, Registry, Snapshot
from kyodaku.rights import Decision, Regime, Use, load_regime
from kyodaku.training import Cleared, Comparison, Judge, clear, compare

__all__ = ["Added", "Checked", "Workspace"]

DEFAULT_FOLDER = "kyodaku-workspace"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """One medium's findings and the decision on it."""

    findings: Findings
    decision: Decision

    def as_json(self) -> dict[str, Any]:
        """The JSON of one decision."""
        findings = self.findings.as_json()
        decision = self.decision.as_json()
        return {
            "verdict": decision["verdict"],
            "decision_id": decision["decision_id"],
            "regime": decision["regime"],
            "matches": findings["matches"],
            "mentions": [],
            "signals": findings["signals"],
            "grounds": decision["grounds"],
            "needed": decision["needed"],
            "snapshot": decision["snapshot"],
            "error": findings["error"],
            "sha256": findings["sha256"],
            "duration_s": findings["duration_s"],
            "unseen_s": self.findings.unseen_s,
            "parts_omitted": findings["parts_omitted"],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """A reference that was registered, or why it was not."""

    path: str
    reference: str | None
    duration_s: float = 0.0
    error: str | None = None
    sounds: tuple[str, ...] = ()
    """The references of its sound tracks; where there are no pictures, `reference` is the first of them."""
    note: str | None = None
    """What was left out: a sound track that cannot be read."""


class Workspace:
    """A registry with its references, index, ledger and keys in one folder; use it as a context manager."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    @classmethod
    def open(cls, folder: str | os.PathLike[str] | None = None, *, create: bool = False) -> Self:
        """The workspace in `folder`, by default `$KYODAKU_WORKSPACE` or `./kyodaku-workspace`.

        Raises `UsageError` when there is none and `create` is not set.
        """
        path = Path(folder or os.environ.get("KYODAKU_WORKSPACE") or DEFAULT_FOLDER)
        return cls(Registry.open(path, create=create))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database."""
        self.registry.close()

    def decide_from(
        self, folder: str | os.PathLike[str], *, key: PublicKey | None = None, regimes: Iterable[str] = ()
    ) -> Snapshot:
        """Takes in a snapshot that was made elsewhere: `check`, `clear` and `compare` then decide from it.

        Raises `KyodakuError` when it was made with other tables for one of these regimes than the ones here.
        """
        snapshot = self.registry.decide_from(folder, key=key)
        stated = {} if snapshot.statement is None else snapshot.statement.regimes
        for regime in map(load_regime, regimes):
            if stated.get(regime.id, regime.sha256) != regime.sha256:
                what = f"it was made with other tables of the regime {regime.id!r} than the ones here"
                raise KyodakuError(what, where=os.fspath(folder), hint="update Kyodaku, here or there")
        return snapshot

    def import_registry(self, files: Iterable[str | os.PathLike[str]], *, form: str | None = None) -> ImportReport:
        """Records what the files declare: all of it, or nothing and every problem by file and line."""
        return self.registry.import_files([Path(file) for file in files], form=form)

    def add_reference(self, work: str, medium: str | os.PathLike[str]) -> Added:
        """Registers one medium, or a fingerprint made elsewhere, as a reference of `work`."""
        (added,) = self.add_references(work, [medium])
        return added

    def add_references(
        self, work: str, media: Sequence[str | os.PathLike[str]], *, limits: Limits | None = None
    ) -> Iterator[Added]:
        """Registers each of `media`; one that cannot be read is told by its `error` and stops nothing."""
        self.registry.require_work(work)
        with Examiner(limits=limits) as examiner:
            for medium in media:
                yield self._add(work, Path(medium), examiner)

    def check(
        self,
        medium: str | os.PathLike[str],
        *,
        use: Use | None = None,
        regime: str = "jp-prior",
        unidentified: str | None = None,
        limits: Limits | None = None,
        signals: SignalSources | None = None,
    ) -> Checked:
        """Examines one medium and decides on it.

        Without a `use` it is decided as training by a developer whom no grant names. `unidentified` (refuse, review,
        permit) takes the place of the regime's own policy where nothing registered is found.
        """
        rules = load_regime(regime, unidentified=unidentified)
        checked, _ = self._check(medium, use or _nobodys_use(), rules, limits, signals)
        return checked

    def explain(
        self,
        medium: str | os.PathLike[str],
        out: str | os.PathLike[str],
        *,
        use: Use | None = None,
        regime: str = "jp-prior",
        unidentified: str | None = None,
        limits: Limits | None = None,
        signals: SignalSources | None = None,
        reference_media: str | os.PathLike[str] | None = None,
        language: str = "en",
    ) -> tuple[Checked, Explained]:
        """As `check`, with what the verdict rests on, for people and for machines, in the folder `out`.

        `reference_media` is a film or a folder of films that may show what references were registered from.
        """
        asked = use or _nobodys_use()
        rules = load_regime(regime, unidentified=unidentified)
        checked, (looked, snapshot) = self._check(medium, asked, rules, limits, signals)
        subject = Subject(
            medium=Path(medium),
            looked=looked,
            decision=checked.decision,
            use=asked,
            regime=rules,
            asked=use is not None,
            snapshot=snapshot,
            registry=self.registry,
            document=checked.as_json(),
        )
        given = None if reference_media is None else Path(reference_media)
        return checked, explain(subject, Path(out), reference_media=given, limits=limits, language=language)

    def clear(
        self, corpus: str | os.PathLike[str], out: str | os.PathLike[str], *, use: Use, **options: Any
    ) -> Cleared:
        """Runs the training gate over `corpus`; the options are those of `kyodaku.training.clear`."""
        return clear(os.fspath(corpus), Path(out), registry=self.registry, use=use, **options)

    def compare(
        self, corpus: str | os.PathLike[str], *, regimes: Sequence[str], use: Use | None = None, **options: Any
    ) -> Comparison:
        """What several regimes would admit of `corpus`, or of what a finished run found.

        The options are those of `kyodaku.training.compare`.
        """
        return compare(os.fspath(corpus), registry=self.registry, use=use, regimes=regimes, **options)

    def prompt(
        self,
        text: str,
        *,
        use: Use | None = None,
        regime: str = "jp-prior",
        keep: bool = False,
        embedder: TextEmbedder | None = None,
    ) -> Prompted:
        """Decides on one prompt, and enters the decision in the ledger, with the text only where `keep` says so.

        Without a `use` it is decided as generation by a developer whom no grant names. An `embedder` is a sentence
        model of the caller's own, which may add descriptions for a person to look at.
        """
        gate = self._gate(use, regime, embedder)
        prompted = gate.decide(text)
        enter(self.registry, gate, [prompted], keep=keep)
        return prompted

    def prompts(
        self,
        lines: Iterable[Line],
        *,
        use: Use | None = None,
        regime: str = "jp-prior",
        keep: bool = False,
        suggest: bool = False,
        embedder: TextEmbedder | None = None,
    ) -> Iterator[dict[str, Any]]:
        """As `prompt`, of many: the JSON of each decision with its `line`, and the ledger's `log_index`.

        They are entered in batches, and come out when their batch is in the ledger.
        """
        gate = self._gate(use, regime, embedder)
        for batch in batches(lines):
            decided = {line.number: gate.decide(line.text) for line in batch if line.error is None}
            index = enter(self.registry, gate, [*decided.values()], keep=keep).index if decided else None
            for line in batch:
                if line.number not in decided:
                    yield bad_line(line)
                    continue
                document = decided[line.number].as_json(suggest=suggest)
                yield {"line": line.number, **document, "log_index": index}

    def _gate(self, use: Use | None, regime: str, embedder: TextEmbedder | None) -> PromptGate:
        rules = load_regime(regime)
        return PromptGate.of(self.registry.snapshot(), use=use or nobodys_use(), regime=rules, embedder=embedder)

    def _check(
        self,
        medium: str | os.PathLike[str],
        use: Use,
        regime: Regime,
        limits: Limits | None,
        signals: SignalSources | None,
    ) -> tuple[Checked, tuple[Looked, Snapshot]]:
        snapshot = self.registry.snapshot()
        require_references(snapshot)
        judge = Judge.of(snapshot, use=use, regimes=[regime])
        with Examiner(snapshot, limits=limits, signals=SignalReader(signals)) as examiner:
            looked = examiner.look(medium)
        (decision,) = judge.decisions(looked.findings, {})
        return Checked(findings=looked.findings, decision=decision), (looked, snapshot)

    def _add(self, work: str, path: Path, examiner: Examiner) -> Added:
        try:
            made = _fingerprints_of(path, examiner)
        except KyodakuError as error:
            return Added(path=str(path), reference=None, error=str(error))
        entries: list[tuple[Fingerprint | SoundFingerprint, dict[str, Any]]] = []
        if made.pictures is not None:
            entries.append((made.pictures, made.source))
        first_sound = len(entries)
        entries += [(sound, {**made.source, "track": number}) for number, sound in enumerate(made.sounds, 1)]
        ids = self.registry.add_references(work, entries)
        duration = max(each.duration_s for each, _ in entries)
        sounds = tuple(ids[first_sound:])
        return Added(path=str(path), reference=ids[0], duration_s=duration, sounds=sounds, note=made.note)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """All that there is to recognise a medium by, and where it came from; never nothing."""

    pictures: Fingerprint | None
    sounds: tuple[SoundFingerprint, ...]
    source: dict[str, Any]
    note: str | None = None


def _nobodys_use() -> Use:
    return Use(developer="an-unnamed-developer", act="train", at=datetime.now(UTC))


def _fingerprints_of(path: Path, examiner: Examiner) -> _Made:
    """The fingerprints in the file, or of the medium, at `path`."""
    if path.suffix == SUFFIX:
        pictures, sounds = load_fingerprints(path)
        _require_same_weights(pictures, path)
        return _Made(pictures=pictures, sounds=sounds, source={"fingerprint": path.name})
    seen, sampled = examiner.fingerprint(path)
    sounds, heard = examiner.sound_fingerprints(path) if _may_sound(seen, sampled) else ((), None)
    if isinstance(seen, MediaError) and not (sounds and is_sound_only(seen)):
        raise KyodakuError(str(seen), where=str(path))
    if isinstance(seen, Fingerprint) and not sounds and not _shows_anything(seen):
        what = "there is no frame in it to recognise: all are blank or nearly so, and there is no sound"
        raise UsageError(what, where=str(path), hint="register a medium that shows the work")
    return _Made(
        pictures=seen if isinstance(seen, Fingerprint) else None,
        sounds=sounds,
        source={"media": str(path.resolve()), "sha256": sha256_of(path), "iscc": identify(path).iscc},
        note=None if heard is None or heard.error is None else str(heard.error),
    )


def _require_same_weights(pictures: Fingerprint | None, path: Path) -> None:
    """A work must not seem protected by codes with which nothing would be found."""
    if pictures is None:
        return
    try:
        pictures.require_same_weights()
    except UsageError as error:
        raise UsageError(error.what, where=str(path), hint=error.hint) from None


def _shows_anything(made: Fingerprint) -> bool:
    """Whether any frame can be found: a holder must not believe that a blank film protects a work."""
    return bool((made.quality >= load_calibration(made.descriptor).minimum_quality).any())


def _may_sound(seen: Fingerprint | MediaError, sampled: Sampled) -> bool:
    if isinstance(seen, MediaError):
        return is_sound_only(seen)
    return sampled.info is not None and sampled.info.has_audio
