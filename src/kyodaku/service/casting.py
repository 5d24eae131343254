# SPDX-License-Identifier: Apache-2.0
"""Reusable characters: let in like any input, and asked about again when they are used and the registry has changed."""

from __future__ import annotations

from kyodaku.generation.characters import Character, new_character_id
from kyodaku.generation.generators import GeneratorError
from kyodaku.generation.job import Step
from kyodaku.generation.redrawing import Unreadable, redraw
from kyodaku.service.body import Body
from kyodaku.service.desk import Desk
from kyodaku.service.errors import ApiError
from kyodaku.service.sent import keep_sent
from kyodaku.service.teams import Key

__all__ = ["create_character", "get_character", "ticket_of"]


def create_character(desk: Desk, key: Key, body: Body) -> Character:
    """Let a character in: its name is asked about like a prompt, its video like any input."""
    name, video = body.short("name"), body.files.get("video")
    if not name or video is None:
        missing = "name" if not name else "video"
        raise ApiError(400, f"{missing!r} is missing.", param=missing, code="missing_required_parameter")
    asker, claim = desk.defaults.asker(key), body.claim(desk.defaults.asker(key).developer)
    made = new_character_id()
    try:
        with desk.turn(key):
            steps = [desk.step(desk.settled(key, desk.gate.prompt(name, asker)))]
        original = keep_sent(desk.folders, made, "character", video)
        steps.append(desk.step(desk.settled(key, desk.gate.input(original, asker, claim))))
        redrawn = redraw(original, original.with_suffix(""))
        original.unlink()
        ticket = desk.generator.character(name, redrawn)
        return desk.characters.add(key.id, name, ticket=ticket, steps=tuple(steps), character=made, claimed=claim)
    except BaseException as error:
        desk.folders.remove(made)
        if isinstance(error, Unreadable):
            message = f"'video' cannot be used: {error.what}."
            raise ApiError(400, message, param="video", code="invalid_reference") from None
        if isinstance(error, GeneratorError):
            status = 400 if error.is_lasting else 502
            raise ApiError(status, f"{error.what}.".capitalize(), code=error.code) from None
        raise


def get_character(desk: Desk, key: Key, character: str) -> Character:
    """The caller's character of this id."""
    found = desk.characters.get(character, owner=key.id)
    if found is None:
        raise ApiError(404, f"There is no character {character[:80]!r}.", code="not_found")
    return found


def ticket_of(desk: Desk, key: Key, character: str) -> str:
    """The generator's id of a character, which may still be used."""
    found = get_character(desk, key, character)
    if not key.policy.dry_run and not desk.still_holds(found.steps):
        desk.characters.note(found, tuple(_asked_again(desk, key, found)))
    return found.ticket


def _asked_again(desk: Desk, key: Key, character: Character) -> list[Step]:
    """What was let in once may have been registered by somebody since."""
    asker = desk.defaults.asker(key)
    kept = next(iter(desk.folders.drawn(character.id)), None)
    if kept is None:
        message = f"The video of the character {character.id} is not kept; make it again."
        raise ApiError(400, message, param="characters", code="invalid_reference")
    return [
        desk.step(desk.settled(key, desk.gate.prompt(character.name, asker))),
        desk.step(desk.settled(key, desk.gate.input(kept, asker, character.claimed))),
    ]
