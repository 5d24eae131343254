# SPDX-License-Identifier: Apache-2.0
"""Puts a service together: its rooms opened, from what the operator has set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from kyodaku.errors import UsageError
from kyodaku.generation.blocked import BlockedVideos
from kyodaku.generation.characters import Characters
from kyodaku.generation.detectors import CharacterSearch, Detector, PlainDetector
from kyodaku.generation.entering_later import Entering
from kyodaku.generation.folders import Folders
from kyodaku.generation.generators import Generator
from kyodaku.generation.store import JobStore
from kyodaku.generation.video_gate import WorkspaceGate
from kyodaku.names.embedding import OnnxTextEmbedder
from kyodaku.registry import Registry
from kyodaku.service.counts import Counts
from kyodaku.service.defaults import Defaults
from kyodaku.service.desk import Desk
from kyodaku.service.teams import Teams
from kyodaku.service.telemetry import Telemetry, TracedGate
from kyodaku.service.webhooks import Webhook
from kyodaku.signals.credentials import Credentials

__all__ = ["Settings", "detector_of", "generator_of", "opened_desk", "require_generator", "service_folder"]

_LOCAL: Final = "diffusers:"
_ADDRESSES: Final = ("http://", "https://")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that a service is made of: `generator` is an address or `diffusers:FOLDER`."""

    workspace: Path
    defaults: Defaults
    generator: str
    generator_key: str | None = field(default=None, repr=False)
    generator_options: Mapping[str, Any] = field(default_factory=dict)
    download: bool = False
    detector: Path | None = None
    embedder: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8400
    webhook: Webhook | None = None
    generating: timedelta = timedelta(hours=1)
    stamps: bool = True
    """Whether permitted videos get a manifest: with `credentials`, or else with those that the service makes itself."""
    credentials: Credentials | None = field(default=None, repr=False)
    otlp: str | None = None
    """Where traces and metrics are sent; by default nowhere."""


def service_folder(workspace: Path) -> Path:
    """Where a workspace keeps jobs, keys and videos."""
    return workspace / "service"


def generator_of(settings: Settings) -> Generator:
    """The generator behind the gate; UsageError for what is none."""
    from kyodaku.generation.generators.local import DiffusersPipeline  # noqa: PLC0415
    from kyodaku.generation.generators.openai_compatible import OpenAICompatible  # noqa: PLC0415

    source = settings.generator
    require_generator(source)
    if source.startswith(_LOCAL):
        return DiffusersPipeline(
            source.removeprefix(_LOCAL), options=settings.generator_options, download=settings.download
        )
    if source.startswith(_ADDRESSES):
        return OpenAICompatible(source, key=settings.generator_key)  # each request names the model it was decided for
    raise _no_generator(source)


def require_generator(source: str) -> None:
    """UsageError for what is no generator, and for an address with a key in it: that is seen in lists of processes."""
    if source.startswith(_ADDRESSES):
        if "@" in source.split("/")[2]:
            raise UsageError("an address holds no key", where="--generator", hint="set KYODAKU_GENERATOR_KEY")
    elif not source.startswith(_LOCAL):
        raise _no_generator(source)


def _no_generator(source: str) -> UsageError:
    hint = "an address such as http://127.0.0.1:8000/v1, or diffusers:FOLDER"
    return UsageError(f"{source!r} is no generator", where="--generator", hint=hint)


def detector_of(weights: Path | None) -> Detector:
    """What looks for characters: the user's network, or the plain one that has no weights."""
    if weights is None:
        return PlainDetector()
    from kyodaku.generation.detectors.onnx import OnnxDetector  # noqa: PLC0415 - heavy

    return OnnxDetector(weights)


@contextmanager
def opened_desk(settings: Settings, telemetry: Telemetry | None = None) -> Iterator[Desk]:
    """The desk of this service, with its databases open."""
    folder = service_folder(settings.workspace)
    with ExitStack() as stack:
        registry = stack.enter_context(Registry.open(settings.workspace))
        rooms = JobStore(folder), Characters(folder), Teams(folder), Counts(folder)
        for room in rooms:
            stack.callback(room.close)
        store, characters, teams, counts = rooms
        gate = WorkspaceGate(
            registry,
            characters=CharacterSearch(detector_of(settings.detector), folder / "sheets"),
            embedder=None if settings.embedder is None else OnnxTextEmbedder.in_folder(settings.embedder),
            entering=stack.enter_context(Entering(registry)),
        )
        yield Desk(
            gate=gate if telemetry is None else TracedGate(gate, telemetry.tracer),
            store=store,
            folders=Folders(folder / "videos"),
            characters=characters,
            blocked=BlockedVideos(folder / "blocked"),
            teams=teams,
            counts=counts,
            generator=generator_of(settings),
            defaults=settings.defaults,
        )
