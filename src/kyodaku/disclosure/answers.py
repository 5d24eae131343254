# SPDX-License-Identifier: Apache-2.0
"""What no record can know: the questions that forms ask, and the file in which a developer answers them.

    provider:
      name: Example Video Lab
    crawling:
      used: no

Every answer may be left out; it then stands in the form as not stated. A word that is no question, or an answer of the
wrong kind, is refused with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from kyodaku.disclosure._tables import package_table
from kyodaku.disclosure._words import LANGUAGES, Bilingual, both, joined, plain, said
from kyodaku.errors import UsageError
from kyodaku.registry import Document

__all__ = ["Answer", "Answers", "Question", "load_answers", "question_file", "questions"]

LONGEST: Final = 20_000
"""Letters in one answer; a page of A4 has some 3,000."""
MOST: Final = 1000
"""Entries in one list."""

_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_YES: Final[dict[Any, bool]] = {True: True, False: False, "yes": True, "no": False}
_MODALITIES: Final = {
    "text": said("text", "テキスト"),
    "image": said("image", "画像"),
    "audio": said("audio", "音声"),
    "video": said("video", "映像"),
    "other": said("other", "その他"),
}
_POSITIONS: Final = {
    "follow": said("followed", "実施"),
    "follow_in_part": said("followed in part", "一部実施"),
    "explain": said("not followed; explained", "実施しない（理由を説明）"),
}
_KINDS: Final = {
    "text": said("text, or {en: ..., ja: ...}", "文章、又は {en: ..., ja: ...}"),
    "texts": said("a list of texts", "文章の一覧"),
    "date": said("2026, 2026-11 or 2026-11-22", "2026、2026-11、2026-11-22 のいずれか"),
    "yes_no": said("yes or no", "yes 又は no"),
    "modalities": said(f"a list of: {', '.join(_MODALITIES)}", f"次の一覧：{', '.join(_MODALITIES)}"),
    "position": said(f"one of: {', '.join(_POSITIONS)}", f"次のいずれか：{', '.join(_POSITIONS)}"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked under a name of two words, `group.key`."""

    name: str
    kind: str
    ask: Bilingual
    group_title: Bilingual


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer for people (`lines`) and for programs (`value`: text in both languages, list, bool or word)."""

    lines: tuple[Bilingual, ...]
    value: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """The answers given, by the question's name."""

    given: Mapping[str, Answer] = field(default_factory=dict)

    def get(self, name: str) -> Answer | None:
        """The answer to a question; None where it is not stated."""
        return self.given.get(name)

    def settles(self, name: str) -> bool:
        """Whether what hangs on the question is idle: it was answered with no, or with a principle that is followed."""
        answer = self.given.get(name)
        return answer is not None and answer.value in (False, "follow")

    def affirmed(self, name: str) -> bool:
        """Whether a question of yes or no was answered with yes."""
        answer = self.given.get(name)
        return answer is not None and answer.value is True

    def text(self, name: str, language: str = "en") -> str | None:
        """An answer as one text; None where it is not stated."""
        answer = self.given.get(name)
        return None if answer is None else joined(answer.lines)[language]


@cache
def questions() -> Mapping[str, Question]:
    """Every question, by its name, in the order in which they are asked."""
    return {
        f"{group}.{key}": Question(
            name=f"{group}.{key}", kind=asked["kind"], ask=asked["ask"], group_title=held["title"]
        )
        for group, held in package_table("questions")["groups"].items()
        for key, asked in held["questions"].items()
    }


def load_answers(path: Path) -> Answers:
    """The answers in the YAML or JSON file at `path`; `UsageError` with the line of what is wrong in it."""
    document = Document.read(path)
    try:
        return _answers(document.value)
    except _AnswerError as error:
        line = document.lines([error.place])[error.place]
        raise UsageError(error.what, where=f"{path}:{line}", hint=error.hint) from error


class _AnswerError(UsageError):
    """What is wrong, and at which place: group, key, and the place in a list."""

    def __init__(self, what: str, place: tuple[str | int, ...], hint: str | None = None) -> None:
        super().__init__(what, where=".".join(map(str, place)) or None, hint=hint)
        self.place = place


def _answers(value: Any) -> Answers:
    given: dict[str, Answer] = {}
    groups = dict.fromkeys(name.split(".")[0] for name in questions())
    for group, held in _mapping(value, ()).items():
        if group not in groups:
            raise _AnswerError(f"no group of questions is called {group!r}", (group,), f"known: {', '.join(groups)}")
        for key, answer in _mapping(held, (group,)).items():
            question = questions().get(f"{group}.{key}")
            if question is None:
                known = ", ".join(name.split(".")[1] for name in questions() if name.startswith(f"{group}."))
                raise _AnswerError(f"{group!r} has no question {key!r}", (group, key), f"known: {known}")
            if answer is not None and answer not in ("", []):
                given[question.name] = _READERS[question.kind](answer, (group, key))
    return Answers(given=given)


def _mapping(value: Any, place: tuple[str | int, ...]) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _AnswerError("names with answers are expected here", place, "see: kyodaku disclose --questions")
    return value


# --- each kind --------------------------------------------------------------------------------------------------------
def _text(value: Any, place: tuple[str | int, ...]) -> Answer:
    line = _bilingual(value, place)
    return Answer(lines=(line,), value=line)


def _texts(value: Any, place: tuple[str | int, ...]) -> Answer:
    lines = tuple(_bilingual(each, (*place, number)) for number, each in enumerate(_list(value, place)))
    return Answer(lines=lines, value=list(lines))


def _date(value: Any, place: tuple[str | int, ...]) -> Answer:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _DATE.fullmatch(text) or not _in_calendar(text + "-01-01"[len(text) - 4 :]):
        raise _AnswerError("this is no date", place, _KINDS["date"]["en"])
    return Answer(lines=(both(text),), value=text)


def _in_calendar(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _yes_no(value: Any, place: tuple[str | int, ...]) -> Answer:
    word = value.casefold() if isinstance(value, str) else value
    if not isinstance(word, str | bool) or word not in _YES:
        raise _AnswerError("this is neither yes nor no", place, "leave it out where it is not known")
    answer = _YES[word]
    return Answer(lines=(said("Yes", "はい") if answer else said("No", "いいえ"),), value=answer)


def _modalities(value: Any, place: tuple[str | int, ...]) -> Answer:
    words = [_word(each, _MODALITIES, (*place, number)) for number, each in enumerate(_list(value, place))]
    return Answer(lines=(joined([_MODALITIES[word] for word in dict.fromkeys(words)]),), value=words)


def _position(value: Any, place: tuple[str | int, ...]) -> Answer:
    word = _word(value, _POSITIONS, place)
    return Answer(lines=(_POSITIONS[word],), value=word)


_READERS: Final[dict[str, Callable[[Any, tuple[str | int, ...]], Answer]]] = {
    "text": _text,
    "texts": _texts,
    "date": _date,
    "yes_no": _yes_no,
    "modalities": _modalities,
    "position": _position,
}


def _bilingual(value: Any, place: tuple[str | int, ...]) -> Bilingual:
    """A text in both languages; where one is missing the other stands in for it."""
    texts = value if isinstance(value, Mapping) else dict.fromkeys(LANGUAGES, value)
    for language, text in texts.items():
        if language not in LANGUAGES:
            raise _AnswerError(f"{language!r} is none of the languages", (*place, language), "known: en, ja")
        if isinstance(text, bool) or not isinstance(text, str | int | float) or not str(text).strip():
            raise _AnswerError("text is expected here", place, _KINDS["text"]["en"])
        if len(str(text)) > LONGEST:
            raise _AnswerError(f"more than {LONGEST:,} letters", place, "name the page where it stands")
    if not texts:
        raise _AnswerError("text is expected here", place, _KINDS["text"]["en"])
    known = {language: plain(str(text).strip()) for language, text in texts.items()}
    any_text = next(iter(known.values()))
    return {language: known.get(language, any_text) for language in LANGUAGES}


def _list(value: Any, place: tuple[str | int, ...]) -> list[Any]:
    entries = value if isinstance(value, list) else [value]
    if len(entries) > MOST:
        raise _AnswerError(f"more than {MOST:,} entries", place, "name the page where they stand")
    return entries


def _word(value: Any, known: Mapping[str, Bilingual], place: tuple[str | int, ...]) -> str:
    if not isinstance(value, str) or value not in known:
        raise _AnswerError(f"{str(value)[:80]!r} is none of the words", place, f"known: {', '.join(known)}")
    return value


# --- the file to fill in ----------------------------------------------------------------------------------------------
def question_file(names: Iterable[str]) -> str:
    """A commented file that asks these questions, in both languages; as it is, it answers none."""
    wanted = set(names)
    lines = [
        "# What the record of a run cannot know. Leave out what you do not know: it is shown as not stated.",
        "# 記録からは分からない事項です。分からないものは空欄のままにしてください（「未記載」と表示されます）。",
    ]
    group = ""
    for question in questions().values():
        if question.name not in wanted:
            continue
        of, key = question.name.split(".")
        if of != group:
            title = question.group_title
            lines += ["", f"# --- {title['en']} / {title['ja']}", f"{of}:"]
            group = of
        kind = _KINDS[question.kind]
        lines += [f"  # {question.ask['en']}", f"  # {question.ask['ja']}", f"  #   {kind['en']} / {kind['ja']}"]
        lines.append(f"  {key}:")
    return "\n".join(lines) + "\n"
