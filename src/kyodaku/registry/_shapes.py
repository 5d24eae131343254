# SPDX-License-Identifier: Apache-2.0
"""Statements like one that was judged already: put into their stored form without being judged again.

Large imports repeat themselves: a catalogue grants the same acts for the same models in the same countries, work by
work. What the file's shape and the law ask of a statement depends on its ids only in that each is one, and in which of
them are the same. So of statements that differ in nothing but their ids, all of them distinct, one is judged in full,
and the others are filled into what became of it. The tests hold this against judging each.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final, TypeAlias

from kyodaku.errors import UsageError
from kyodaku.registry._codec import Body, canonical_body, id_of
from kyodaku.rights import ALL, ANYONE, WORLD, Party

__all__ = ["Shapes"]

Shape: TypeAlias = Hashable
Formed: TypeAlias = tuple[Body, str]
"""A body and its canonical JSON."""

_ONE: Final = frozenset({"id", "by", "revokes", "under"})
_SEVERAL: Final = frozenset({"to", "works"})
_RESERVED: Final = frozenset({ALL, ANYONE, WORLD})
_ANY_DIGIT: Final = str.maketrans("123456789", "000000000")
"""Which digits it has is no matter to whether something is an id, and so thousands of them are one question."""
_MAX_NAMES: Final = 100
_MAX_SHAPES: Final = 10_000


class Shapes:
    """What became of the statements of one import, which are all judged at the same moment."""

    def __init__(self) -> None:
        self._known: dict[Shape, _Form] = {}

    def formed(self, item: object) -> tuple[Shape | None, Formed | None]:
        """The shape of a statement, unless it is to be judged by itself; what becomes of it, if the shape is known."""
        try:
            shape = self.of(item)
            form = self._known.get(shape)
        except (
            AttributeError,
            TypeError,
        ):  # a number, list or mapping where text belongs: what is wrong with it is for the judging to say
            return None, None
        return shape, None if form is None else form.fill(item)  # type: ignore[arg-type]

    def learn(self, item: Mapping[str, Any], shape: Shape, body: Body) -> None:
        """Keep what became of a statement that was judged."""
        if len(self._known) >= _MAX_SHAPES:
            self._known.clear()
        self._known[shape] = _Form(item, body)

    @staticmethod
    def of(item: object) -> Shape | None:
        """All of the statement but its ids; None of one that has to be judged by itself. Raises for a bad one."""
        if item.__class__ is not dict:
            return None
        shape: list[object] = []
        ids: list[Any] = []
        for name, value in item.items():
            kind = value.__class__
            if name in _ONE and kind is str:
                ids.append(value)
                shape.append(name)
            elif name in _SEVERAL and _is_open(value):
                ids += (value,) if kind is str else value
                shape += (name, 1 if kind is str else len(value))
            elif kind is list:
                shape += (name, len(value), *value)  # how many, lest an item is taken for the next field's name
            else:
                shape += (name, kind, value)
        if len(set(ids)) < len(ids) or not all(map(_is_id, [each.translate(_ANY_DIGIT) for each in ids])):
            return None
        return tuple(shape)


class _Form:
    """A stored form with gaps where the ids were."""

    __slots__ = ("_after", "_before", "_body", "_gaps", "_has_id")

    def __init__(self, item: Mapping[str, Any], body: Body) -> None:
        self._gaps = tuple(name for name in ("by", "to", "works", "revokes", "under") if _is_open(item.get(name)))
        self._has_id = "id" in item
        self._body = body
        names = sorted(body)
        place = names.index("id")
        self._before = self._pieces(names[:place])
        self._after = self._pieces(names[place + 1 :])

    def _pieces(self, names: list[str]) -> tuple[tuple[str, str], ...]:
        """Constant text, each with the name of the gap after it; the last has none."""
        pieces, text = [], ""
        for name in names:
            if name in self._gaps:
                pieces.append((f'{text}"{name}":', name))
                text = ","
            else:
                text += f'"{name}":{canonical_body(self._body[name]).decode()},'
        return (*pieces, (text, ""))

    def fill(self, item: Mapping[str, Any]) -> Formed:
        """The statement's stored form."""
        body = self._body.copy()
        for name in self._gaps:
            given = item[name]
            if name in _SEVERAL:
                given = [given] if given.__class__ is str else sorted(given)
            body[name] = given
        before, after = self._text(self._before, body), self._text(self._after, body).removesuffix(",")
        key = item["id"] if self._has_id else id_of("permission", f"{{{before}{after}}}".encode())
        body["id"] = key
        return body, f'{{{before}"id":{encode_basestring(key)},{after}}}'

    @staticmethod
    def _text(pieces: tuple[tuple[str, str], ...], body: Body) -> str:
        text = ""
        for constant, name in pieces:
            text += constant
            if name in _SEVERAL:
                text += f"[{','.join(map(encode_basestring, body[name]))}]"
            elif name:
                text += encode_basestring(body[name])
        return text


def _is_open(value: Any) -> bool:
    """Whether this names particular parties or works, not all of them."""
    if value.__class__ is str:
        return value not in _RESERVED
    return value.__class__ is list and 0 < len(value) <= _MAX_NAMES and _RESERVED.isdisjoint(value)


@lru_cache(maxsize=200_000)
def _is_id(value: object) -> bool:
    try:
        Party(id=value)  # type: ignore[arg-type]
    except UsageError:
        return False
    return True
