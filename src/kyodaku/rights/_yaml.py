# SPDX-License-Identifier: Apache-2.0
"""YAML as a table that people write: every piece knows its line, and errors name it.

What YAML could add behind the reader's back is refused: aliases, repeated keys, nesting without end. Every value is
text; no word turns into a number, a date or a truth value.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import Any, Final

import yaml

from kyodaku.errors import UsageError
from kyodaku.rights import _check as check
from kyodaku.rights.vocabulary import LANGUAGES

__all__ = ["Node", "compose", "package_text"]

LARGEST: Final = 1_000_000
"""Letters in a file; the longest shipped has under 50,000."""


class _Loader(yaml.SafeLoader):
    """YAML without aliases: every row is read where it stands."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="an alias hides what the row says; write it out", problem_mark=mark)
        return super().compose_node(parent, index)


class Node:
    """A piece of the file that knows its line."""

    def __init__(self, node: yaml.Node, name: str) -> None:
        self._node = node
        self._name = name
        self.line = node.start_mark.line + 1

    def fail(self, what: str, hint: str | None = None) -> UsageError:
        return UsageError(what, where=f"{self._name}:{self.line}", hint=hint)

    @property
    def where(self) -> str:
        return f"{self._name}:{self.line}"

    def text(self) -> str:
        if not isinstance(self._node, yaml.ScalarNode) or not self._node.value.strip():
            raise self.fail("text is expected here")
        text = str(self._node.value)
        return text if self._node.style in {"'", '"'} else " ".join(text.split())

    def items(self) -> list[Node]:
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.fail("a list is expected here")
        return [Node(held, self._name) for held in self._node.value]

    def pairs(self) -> dict[str, Node]:
        if not isinstance(self._node, yaml.MappingNode):
            raise self.fail("names with values are expected here")
        found: dict[str, Node] = {}
        for key, value in self._node.value:
            name = Node(key, self._name).text()
            if name in found:
                raise Node(key, self._name).fail(f"{name!r} is given twice")
            found[name] = Node(value, self._name)
        return found

    def record(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Node]:
        found = self.pairs()
        for name, held in found.items():
            check.one_of(name, (*required, *optional), what="field", where=held.where)
        for name in required:
            if name not in found:
                raise self.fail(f"{name!r} is missing")
        return found

    def word(self, known: tuple[str, ...], what: str) -> str:
        return check.one_of(self.text(), known, what=what, where=self.where)

    def words(self, known: tuple[str, ...], what: str) -> frozenset[str]:
        single = isinstance(self._node, yaml.ScalarNode)
        return frozenset(held.word(known, what) for held in ([self] if single else self.items()))

    @property
    def is_mapping(self) -> bool:
        return isinstance(self._node, yaml.MappingNode)

    def excluded(self, known: tuple[str, ...], what: str) -> frozenset[str]:
        return frozenset(known) - self.record(("not",))["not"].words(known, what)

    def texts(self) -> dict[str, str]:
        found = self.pairs()
        for language in LANGUAGES:
            if language not in found:
                raise self.fail(f"the {language!r} text is missing")
        return {
            language: _unspaced(held.text()) if language == "ja" else held.text() for language, held in found.items()
        }

    def plain(self) -> Any:
        if self.is_mapping:
            return {name: held.plain() for name, held in self.pairs().items()}
        if isinstance(self._node, yaml.SequenceNode):
            return [held.plain() for held in self.items()]
        return self.text()


def _unspaced(text: str) -> str:
    """Japanese text without the spaces that folded lines leave in it."""
    return re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", text)


def compose(text: str, name: str) -> Node:
    if len(text) > LARGEST:
        raise UsageError(f"more than {LARGEST:,} letters are no regime", where=name)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        raise UsageError(str(getattr(fault, "problem", None) or fault), where=where) from None
    except RecursionError:
        raise UsageError("nested too deeply", where=name) from None
    if root is None:
        raise UsageError("the file is empty", where=name)
    return Node(root, name)


def package_text(name: str) -> str:
    """A shipped table."""
    return resources.files("kyodaku.rights").joinpath("regimes", name).read_text(encoding="utf-8")
