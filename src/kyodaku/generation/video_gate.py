# SPDX-License-Identifier: Apache-2.0
"""The gate's three questions, decided from one workspace's registry: the prompt, what is put in, what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, Protocol

from kyodaku.examine import Examiner, Findings, require_references
from kyodaku.generation.answer import Answer
from kyodaku.generation.detectors import CharacterSearch
from kyodaku.generation.entering import Decided, Setting
from kyodaku.generation.entering_later import Entering
from kyodaku.generation.gate import PromptGate
from kyodaku.generation.job import Moment
from kyodaku.generation.pacing import is_near
from kyodaku.media import Limits
from kyodaku.names import NamesIndex, TextEmbedder
from kyodaku.registry import Registry, Snapshot
from kyodaku.rights import Use, decide, load_regime
from kyodaku.training import Judge

__all__ = ["NOTHING_CLAIMED", "Asker", "Gate", "WorkspaceGate"]

_FRESH_S: Final = 2.0
"""How long a gate may decide from what it knows before it looks whether the registry has changed."""
_STALE_S: Final = 30.0
"""How long, while another thread is looking: a large registry is not read in a moment."""
_MOST_ASKERS: Final = 1000
"""Uses that are remembered: callers name models as they like."""
NOTHING_CLAIMED: Final[Mapping[str, str]] = MappingProxyType({})
_ACT: Final[Mapping[Moment, str]] = {"prompt": "generate", "input": "input", "output": "publish"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """Whose request it is: the use that is decided on, but for act and moment, and the regime."""

    developer: str
    regime: str = "jp-prior"
    model: str = "all"
    purpose: str = "all"
    territory: tuple[str, ...] = ("world",)

    def use(self, moment: Moment, at: datetime) -> Use:
        """The use at this moment."""
        return Use(
            developer=self.developer,
            act=_ACT[moment],
            at=at,
            model=self.model,
            purpose=self.purpose,
            territory=self.territory,
        )


class Gate(Protocol):
    """What a service asks; each answer says of one thing whether it may go ahead."""

    def prompt(self, text: str, asker: Asker) -> Answer:
        """Whether this may be generated."""
        ...

    def input(self, medium: Path, asker: Asker, claim: Mapping[str, str] = NOTHING_CLAIMED) -> Answer:
        """Whether this picture or video, of which whoever puts it in claims this, may be put into a generator."""
        ...

    def output(self, medium: Path, asker: Asker) -> Answer:
        """Whether this finished video may be shown."""
        ...

    def snapshot_id(self) -> str:
        """The state of the registry that the next answer rests on."""
        ...


class WorkspaceGate:
    """Decides from the registry of a workspace as it is now; each thread may ask at any time."""

    def __init__(
        self,
        registry: Registry,
        *,
        limits: Limits | None = None,
        characters: CharacterSearch | None = None,
        entering: Entering | None = None,
        embedder: TextEmbedder | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._registry = registry
        self._characters = characters
        self._entering = entering
        self._embedder = embedder
        self._prompt_gates: tuple[str, dict[Asker, PromptGate]] = ("", {})
        self._names: tuple[str, NamesIndex] | None = None
        self._limits = limits
        self._clock = clock
        self._lock, self._opening, self._looking = Lock(), Lock(), Lock()
        self._held: _Held | None = None

    def prompt(self, text: str, asker: Asker) -> Answer:
        """Decide the act `generate` on what the text names or describes, and have it entered in the ledger."""
        gate = self._prompt_gate(asker)
        prompted = gate.decide(text, at=self._clock())
        if self._entering is not None:
            decided = Decided.of_prompt(gate, prompted)
            self._entering.add(Setting.of_decided(decided), decided)
        return Answer(
            moment="prompt",
            decision=prompted.decision,
            findings=tuple(prompted.mentions_json()),
            offers=tuple(offer.as_json() for offer in prompted.offers),
            suggestion=None if prompted.suggestion is None else prompted.suggestion.as_json(),
            is_near=is_near(prompted.findings),
        )

    def input(self, medium: Path, asker: Asker, claim: Mapping[str, str] = NOTHING_CLAIMED) -> Answer:
        """Decide the act `input` on what the medium shows, and on what is claimed of it as of a clip in a manifest."""
        return self._medium(medium, asker, "input", claim)

    def output(self, medium: Path, asker: Asker) -> Answer:
        """Decide the act `publish` on what the video shows."""
        return self._medium(medium, asker, "output")

    def snapshot_id(self) -> str:
        """The id of the present snapshot."""
        return self._snapshot().id

    def _prompt_gate(self, asker: Asker) -> PromptGate:
        """The gate for this use; those of one state of the registry share the index of names that is opened for it."""
        snapshot = self._snapshot()
        known = self._known_gate(snapshot, asker)
        if known is not None:
            return known
        with self._opening:  # one opens, the others wait for it
            snapshot = self._snapshot()
            known = self._known_gate(snapshot, asker)
            if known is None:
                if self._names is None or self._names[0] != snapshot.id:
                    self._names = (snapshot.id, snapshot.names(embedder=self._embedder))
                use, regime = asker.use("prompt", self._clock()), load_regime(asker.regime)
                known = PromptGate.of(snapshot, use=use, regime=regime, names=self._names[1])
                with self._lock:
                    self._prompt_gates[1][asker] = known
        return known

    def _known_gate(self, snapshot: Snapshot, asker: Asker) -> PromptGate | None:
        with self._lock:
            of, gates = self._prompt_gates
            if of != snapshot.id or len(gates) > _MOST_ASKERS:
                self._prompt_gates = (snapshot.id, {})
            return self._prompt_gates[1].get(asker)

    def _medium(self, medium: Path, asker: Asker, moment: Moment, claim: Mapping[str, str] = NOTHING_CLAIMED) -> Answer:
        snapshot = self._snapshot()
        require_references(snapshot)  # without any, everything would look like nobody's
        judge = self._judge(snapshot, asker, moment)
        with Examiner(snapshot, limits=self._limits) as examiner:
            findings = examiner.examine(medium, claim)
        if self._characters is not None and findings.matches is not None:
            found = self._characters.find(medium, self._limits)
            findings = replace(findings, matches=(*findings.matches, *found))
            judge = replace(judge, matcher=f"{judge.matcher}; characters by {self._characters.detector_name}")
        facts, (regime,) = judge.facts_of(findings, claim), judge.regimes
        decision = decide(judge.use, facts, regime)
        if self._entering is not None:
            decided = Decided(
                moment=moment,
                use=judge.use,
                facts=facts,
                regime=regime,
                decision=decision,
                works=tuple(sorted({match.work for match in findings.matches or ()})),
                asked=bytes.fromhex(findings.sha256 or ""),  # of what could not be opened there is nothing to bind to
            )
            self._entering.add(Setting.of_decided(decided), decided)
        signals = tuple(seen.as_json() for seen in findings.signals)
        return Answer(moment=moment, decision=decision, findings=_told(findings), signals=signals, claimed=claim)

    def _judge(self, snapshot: Snapshot, asker: Asker, moment: Moment) -> Judge:
        return Judge.of(snapshot, use=asker.use(moment, self._clock()), regimes=[load_regime(asker.regime)])

    def _snapshot(self) -> Snapshot:
        """The registry's state, at most a moment old: one looks whether it has changed, the others go on meanwhile."""
        now = self._clock().timestamp()
        held = self._held
        if held is not None and 0 <= now - held.at < _FRESH_S:
            return held.snapshot
        is_usable = held is not None and 0 <= now - held.at < _STALE_S
        if not self._looking.acquire(blocking=not is_usable):
            assert held is not None
            return held.snapshot
        try:
            self._held = held = self._looked(self._held, now)
        finally:
            self._looking.release()
        return held.snapshot

    def _looked(self, held: _Held | None, now: float) -> _Held:
        revision = self._registry.revision()
        if held is not None and held.revision == revision:
            return replace(held, at=now)
        return _Held(at=now, revision=revision, snapshot=self._registry.snapshot())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """What was seen of the registry, and when."""

    at: float
    revision: str
    snapshot: Snapshot


def _told(findings: Findings) -> tuple[Mapping[str, Any], ...]:
    """What the caller may know: which work, where in its own medium, how sure; not where in the holder's."""
    kept: Sequence[str] = ("work", "q_start", "q_end", "score", "band", "witness")
    return tuple({name: match.as_json()[name] for name in kept} for match in findings.matches or ())
