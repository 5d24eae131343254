# SPDX-License-Identifier: Apache-2.0
"""The desk behind the Videos API: takes requests in through the gate, keeps them as jobs, and hands videos out.

It knows nothing of HTTP but the errors that callers understand.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

import rfc8785

from kyodaku.errors import KyodakuError
from kyodaku.generation.answer import Answer
from kyodaku.generation.blocked import BlockedVideos
from kyodaku.generation.characters import Character, Characters
from kyodaku.generation.folders import Folders
from kyodaku.generation.generators import Generator, GeneratorError
from kyodaku.generation.job import OPEN_STATES, Fault, Job, Operation, Step, VideoRequest
from kyodaku.generation.pacing import Pacer
from kyodaku.generation.store import Conflict, JobStore, Page, new_id
from kyodaku.generation.video_gate import Asker, Gate
from kyodaku.service.body import Body
from kyodaku.service.counts import Counts
from kyodaku.service.errors import ApiError
from kyodaku.service.teams import Key, Teams

__all__ = ["Defaults", "Desk"]

_PIECE: Final = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Defaults:
    """The use that is decided on where a key's policy says nothing of its own."""

    developer: str
    regime: str = "jp-prior"
    model: str = ""
    purpose: str = "all"
    territory: tuple[str, ...] = ("world",)

    def asker(self, key: Key, model: str = "") -> Asker:
        """Whose request it is: the model is the one that will make the video, whatever the caller calls it."""
        policy = key.policy
        return Asker(
            developer=policy.developer or self.developer,
            regime=policy.regime or self.regime,
            model=policy.model or self.model or model or "all",
            purpose=policy.purpose or self.purpose,
            territory=policy.territory or self.territory,
        )


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One service's rooms at hand."""

    gate: Gate
    store: JobStore
    folders: Folders
    characters: Characters
    teams: Teams
    counts: Counts
    generator: Generator
    defaults: Defaults
    blocked: BlockedVideos
    pacer: Pacer = field(default_factory=Pacer)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    # --- taking in --------------------------------------------------------------------------------------------------

    def create(self, key: Key, body: Body, *, once: str | None = None, operation: Operation = "create") -> Job:
        """Ask the gate about a request, and keep it as a job if it may go ahead or waits for a person."""
        source = self._source(key, body.video) if operation in ("edit", "extend") else None
        request = self._request(key, body, operation, source)
        digest = _digest(request, body)
        if once is not None and (known := self._known(key, once, digest)) is not None:
            return known
        self._require_patience(key)
        self._require_room(key)
        job = self._new(key, request)
        try:
            return self._taken_in(key, job, body, source, once=once, digest=digest)
        except BaseException:
            self.folders.remove(job.id)
            raise

    def remix(self, key: Key, video: str, body: Body, *, once: str | None = None) -> Job:
        """Make a new video from a finished one of the caller's."""
        source = self._source(key, video)
        if source is None:
            raise _no_video(video)
        request = replace(source.request, prompt=body.prompt(), operation="remix", source_job=source.id, references=())
        digest = _digest(request, body)
        if once is not None and (known := self._known(key, once, digest)) is not None:
            return known
        self._require_patience(key)
        self._require_room(key)
        job = replace(self._new(key, request), remixed_from=source.id)
        return self._taken_in(key, job, body, None, once=once, digest=digest)

    def _require_patience(self, key: Key) -> None:
        """Who tries again and again just below what is refused waits longer each time: the gate is no oracle."""
        wait = self.pacer.wait_s(key.id, self.clock().timestamp())
        if wait > 0:
            message = "Too many prompts of this key were close to registered works; ask again later."
            headers = {"retry-after": str(int(wait) + 1)}
            raise ApiError(429, message, code="too_many_near_misses", kind="rate_limit_error", headers=headers)

    def _request(self, key: Key, body: Body, operation: Operation, source: Job | None) -> VideoRequest:
        characters = tuple(self.get_character(key, character).ticket for character in body.characters)
        if operation in ("edit", "extend") and source is None and "video" not in body.files:
            raise ApiError(400, "'video' is missing.", param="video", code="missing_required_parameter")
        return VideoRequest(
            prompt=body.prompt(),
            model=body.short("model"),
            seconds=body.seconds(),
            size=source.request.size if source else body.size(),
            operation=operation,
            source_job=source.id if source else None,
            characters=characters,
            negative_prompt=body.short("negative_prompt") or None,
            claimed=body.claim(self.defaults.asker(key).developer),
        )

    def _taken_in(self, key: Key, job: Job, body: Body, source: Job | None, *, once: str | None, digest: str) -> Job:
        asker = self.defaults.asker(key, job.request.model)
        answers = [self._ask(key, self.gate.prompt(job.request.prompt, asker))]
        job = self._with_files(job, body, source)
        for name in _to_examine(job):
            # a video that came out of this gate is the developer's own; of all else the caller says whose it is
            is_ours = source is not None and name == job.request.source
            claim = {"owner": asker.developer} if is_ours else job.request.claimed
            answers.append(self._ask(key, self.gate.input(self.folders.of(job.id) / name, asker, claim)))
        self._spend(key, job)
        waits = key.policy.on_review == "hold" and not key.policy.dry_run
        held = waits and any(answer.verdict == "review" for answer in answers)
        steps = tuple(answer.step() for answer in answers)
        kept, is_new = self.store.add(
            replace(job, state="held" if held else "accepted", steps=steps), once=once, digest=digest
        )
        if not is_new:  # the same request came twice at once: the other one counts
            self.folders.remove(job.id)
            self._give_back(key, job)
        return kept

    def _ask(self, key: Key, answer: Answer) -> Answer:
        """Tell what was answered, and refuse what may not go ahead."""
        self.counts.add(answer)
        self.pacer.told(key.id, self.clock().timestamp(), near=answer.is_near)
        policy = key.policy
        if answer.is_permitted or policy.dry_run or (answer.verdict == "review" and policy.on_review == "hold"):
            return answer
        raise refusal(answer)

    def _with_files(self, job: Job, body: Body, source: Job | None) -> Job:
        """The job with what was sent in its folder, under names of ours."""
        references: tuple[str, ...] = ()
        video: str | None = None
        for name, file in body.files.items():
            pieces = [file] if isinstance(file, bytes) else _pieces(file.file)
            if name == "input_reference":
                self.folders.take_in(job.id, "reference", pieces)
                references = ("reference",)
            elif name == "video":
                self.folders.take_in(job.id, "source", pieces)
                video = "source"
        if source is not None:
            shutil.copyfile(self.folders.shown(source.id), self.folders.of(job.id) / "source")
            video = "source"
        return replace(job, request=replace(job.request, references=references, source=video))

    def _known(self, key: Key, once: str, digest: str) -> Job | None:
        try:
            return self.store.known(key.id, once, digest)
        except Conflict as error:
            raise ApiError(409, f"{error.what}.".capitalize(), code="idempotency_key_reused") from None

    def _require_room(self, key: Key) -> None:
        most = key.policy.at_once
        if most is not None and self.store.in_state(*OPEN_STATES, owner=key.id) >= most:
            message = f"{most} videos of this key are being made; ask again when one is done."
            raise ApiError(
                429, message, code="too_many_at_once", kind="rate_limit_error", headers={"retry-after": "10"}
            )

    def _spend(self, key: Key, job: Job) -> None:
        if not self.teams.spend(key, int(job.request.seconds)):
            message = f"This key's {key.policy.seconds_a_day:,} seconds of video a day are used up."
            raise ApiError(429, message, code="budget_exceeded", kind="rate_limit_error")

    def _give_back(self, key: Key, job: Job) -> None:
        self.teams.give_back(key, int(job.request.seconds))

    def _new(self, key: Key, request: VideoRequest) -> Job:
        now = self.clock()
        return Job(id=new_id(), owner=key.id, request=request, state="accepted", created_at=now, changed_at=now)

    # --- handing out ------------------------------------------------------------------------------------------------

    def get(self, key: Key, video: str) -> Job:
        """The caller's job of this id."""
        job = self.store.get(video, owner=key.id)
        if job is None:
            raise _no_video(video)
        return job

    def page(self, key: Key, *, after: str | None, limit: int, newest_first: bool) -> Page:
        """The caller's jobs."""
        try:
            return self.store.page(key.id, after=after, limit=limit, newest_first=newest_first)
        except Conflict:
            raise _no_video(after or "") from None

    def content(self, key: Key, video: str) -> Path:
        """The finished video, if what it rests on still holds: a permission may have ended since it was made."""
        job = self.get(key, video)
        if job.state != "completed":
            raise ApiError(404, f"The video {job.id} is not ready.", code="video_not_ready")
        shown = self.folders.shown(job.id)
        if not shown.is_file():
            raise ApiError(404, f"The video {job.id} is no longer kept.", code="video_expired")
        if not key.policy.dry_run and self._last_snapshot(job) != self.gate.snapshot_id():
            self._decide_again(key, job, shown)
        return shown

    def delete(self, key: Key, video: str) -> Job:
        """Forget a video, and stop it if it is being made."""
        job = self.get(key, video)
        if self.store.remove(job):
            if job.ticket is not None:
                self.generator.forget(job.ticket)
            self.folders.remove(job.id)
        return job

    def _decide_again(self, key: Key, job: Job, shown: Path) -> None:
        answer = self.gate.output(shown, self.defaults.asker(key, job.request.model))
        self.counts.add(answer)
        step = answer.step()
        if answer.is_permitted:
            self.store.note(job, (*job.steps, step))
            return
        if answer.verdict == "refused":
            self.keep_blocked(job, shown, answer)
        self.store.move(job, "failed", fault=answer.fault(), steps=(*job.steps, step))
        if answer.verdict == "refused":
            self.folders.drop(job.id)
        raise refusal(answer)

    @staticmethod
    def _last_snapshot(job: Job) -> str:
        return next((step.snapshot for step in reversed(job.steps) if step.moment == "output"), "")

    def _source(self, key: Key, video: str | None) -> Job | None:
        """The finished video of the caller's that a new one is made from."""
        if video is None:
            return None
        job = self.get(key, video)
        self.content(key, video)
        return job

    def check(self, job: Job, video: Path) -> Answer:
        """The gate's answer on a finished video, under the policy of the key that it was asked for with."""
        key = self.teams.by_id(job.owner)
        if key is None:
            raise KyodakuError(f"the key {job.owner} is not known")
        answer = self.gate.output(video, self.defaults.asker(key, job.request.model))
        self.counts.add(answer)
        return replace(answer, enforced=not key.policy.dry_run)

    def keep_blocked(self, job: Job, video: Path, answer: Answer) -> str:
        """Keep of a blocked video what the policy of its key allows; its SHA-256."""
        key = self.teams.by_id(job.owner)
        most = 0 if key is None else key.policy.thumbnails
        return self.blocked.keep(job, video, answer, at=self.clock(), thumbnails=most)

    # --- characters and people --------------------------------------------------------------------------------------

    def create_character(self, key: Key, body: Body) -> Character:
        """Let a character in: its name is asked about like a prompt, its video like any input."""
        name, video = body.short("name"), body.files.get("video")
        if not name or video is None:
            missing = "name" if not name else "video"
            raise ApiError(400, f"{missing!r} is missing.", param=missing, code="missing_required_parameter")
        asker = self.defaults.asker(key)
        steps: list[Step] = [self._settled(key, self.gate.prompt(name, asker)).step()]
        passing = new_id()
        try:
            pieces = [video] if isinstance(video, bytes) else _pieces(video.file)
            path = self.folders.take_in(passing, "source", pieces)
            steps.append(self._settled(key, self.gate.input(path, asker, body.claim(asker.developer))).step())
            ticket = self.generator.character(name, path)
        except GeneratorError as error:
            raise ApiError(400 if error.is_lasting else 502, f"{error.what}.".capitalize(), code=error.code) from None
        finally:
            self.folders.remove(passing)
        return self.characters.add(key.id, name, ticket=ticket, steps=tuple(steps))

    def _settled(self, key: Key, answer: Answer) -> Answer:
        """As `_ask`, but there is no one to hold a character for: what is doubtful is refused."""
        self._ask(key, answer)
        if not answer.is_permitted and not key.policy.dry_run:
            raise refusal(answer)
        return answer

    def get_character(self, key: Key, character: str) -> Character:
        """The caller's character of this id."""
        found = self.characters.get(character, owner=key.id)
        if found is None:
            raise ApiError(404, f"There is no character {character[:80]!r}.", code="not_found")
        return found

    def settle(self, video: str, *, release: bool, by: str) -> Job:
        """What a person decided on a job that was held."""
        job = self.store.get(video)
        if job is None or job.state not in ("held", "held_output"):
            raise ApiError(409, f"The video {video[:80]!r} is not held.", code="not_held")
        if not release:
            message = "A person looked, and it was refused."
            self.folders.drop(job.id)
            return self.store.move(
                job, "failed", fault=Fault(code="moderation_blocked", message=message, more={"by": by})
            )
        return self.store.move(job, "accepted" if job.state == "held" else "released")


def _to_examine(job: Job) -> Iterable[str]:
    """The files that go in; a video of ours was examined when it was made, and is again: permissions end."""
    return [*job.request.references, *([job.request.source] if job.request.source else [])]


def refusal(answer: Answer) -> ApiError:
    """An answer that does not permit, as the error that clients of the Videos API know; with where to ask."""
    fault = answer.fault()
    links = ", ".join(f'<{link}>; rel="license"' for link in answer.licence_links if ">" not in link)
    headers = {"link": links} if links else {}
    return ApiError(400, fault.message, code=fault.code, param=_PARAM[answer.moment], more=fault.more, headers=headers)


_PARAM: Final = {"prompt": "prompt", "input": "input_reference", "output": None}


def _no_video(video: str) -> ApiError:
    return ApiError(404, f"There is no video {video[:80]!r}.", code="not_found")


def _digest(request: VideoRequest, body: Body) -> str:
    """What makes two requests the same: all that was said, and the bytes of what was sent."""
    files = {name: _sha256(file if isinstance(file, bytes) else file.file) for name, file in body.files.items()}
    return sha256(rfc8785.dumps({"request": request.as_json(), "files": files})).hexdigest()


def _sha256(file: bytes | BinaryIO) -> str:
    digest = sha256()
    for piece in [file] if isinstance(file, bytes) else _pieces(file):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece
