# SPDX-License-Identifier: Apache-2.0
"""Text to regime: reads a regime file and refuses it, with the line, unless its tables leave no question open.

Refused are gaps, overlaps, unknown facts and words, missing translations, and verdicts that let the unexamined, or
what the developer left unstated, through. A file with `extends` takes a shipped regime and changes rows by their rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from string import Formatter
from typing import Any, Final, TypeAlias

from kyodaku.errors import UsageError
from kyodaku.rights import _check as check
from kyodaku.rights._canonical import canonical, sha256_id
from kyodaku.rights._regime_tables import checked_table
from kyodaku.rights._yaml import Node, compose
from kyodaku.rights.regime import NOTED, PLACEHOLDERS, POLICIES, STATUSES, TABLES, ActRule, Regime, Row, Table, Words
from kyodaku.rights.vocabulary import ACTS, COPYRIGHTS, NEIGHBOURING_RIGHTS, Verdict

__all__ = ["parse_regime", "parse_words"]

Shipped: TypeAlias = Mapping[str, Callable[[str | None], Regime]]
"""The shipped regimes by name, each with the policy for the unidentified that it is asked for with."""

UNIDENTIFIED: Final = "unidentified"
"""The verdict of a row that follows the regime's policy."""

_TEXTS: Final = ("title", "position", "disclaimer")
_ABOUT: Final = ("status", *_TEXTS, "source")
_HEAD: Final = ("id", "version", *_ABOUT, "acts", "upstream", "tables")
_LATER_GROUPS: Final = ("signals",)
"""Groups of words that files from before they existed need not have."""

_LATER_WORDS: Final = {"reservation": ("unclear", "before")}
"""A word that a fact gained, and the one for which a table takes it that does not speak of it: the least favourable."""

_WORD_GROUPS: Final = (
    *("acts", "rights", "duties", "limits", "basis", "dimensions", "circumstances", "unseen", "phrases"),
    "would_change",
)


def parse_words(text: str, *, name: str) -> Words:
    """Read the vocabulary: group → word → text in each language."""
    groups = compose(text, name).record(_WORD_GROUPS, _LATER_GROUPS)
    return Words({group: {word: held.texts() for word, held in node.pairs().items()} for group, node in groups.items()})


def parse_regime(
    text: str,
    words: Words,
    *,
    name: str,
    unidentified: str | None = None,
    shipped: Shipped | None = None,
) -> Regime:
    """Read a regime file's text; `name` is what errors call it. Raises `UsageError` with `name:line`.

    `unidentified` takes the place of the file's own policy. `shipped` are the regimes that the file may extend.
    """
    root = compose(text, name)
    if unidentified is not None:
        check.one_of(unidentified, tuple(POLICIES), what="policy for the unidentified", where=name)
    if "extends" in root.pairs():
        return _extended(root, words, unidentified, shipped or {})
    head = root.record(_HEAD, (UNIDENTIFIED,))
    policy = _policy(root, head, unidentified)
    acts = head["acts"].record(ACTS)
    tables = {
        table: checked_table(table, _known_words([(_row(table, held, policy), held) for held in node.items()]), node)
        for table, node in head["tables"].record(tuple(TABLES)).items()
    }
    return Regime(
        id=check.ident(head["id"].text(), where=head["id"].where),
        version=head["version"].text(),
        **_about(head),
        acts={act: _act(acts[act]) for act in ACTS},
        upstream=_act(head["upstream"]),
        tables=tables,
        words=words,
        sha256=sha256_id(canonical({"regime": _plain(root, policy), "words": words.groups})),
        unidentified=None if policy is None else POLICIES[policy],
    )


def _about(head: Mapping[str, Node]) -> dict[str, Any]:
    """Of what the file says about itself, what it says."""
    said: dict[str, Any] = {name: head[name].texts() for name in _TEXTS if name in head}
    if "source" in head:
        said["source"] = head["source"].text()
    if "status" in head:
        said["status"] = head["status"].word(STATUSES, "status")
    return said


def _plain(root: Node, policy: str | None) -> dict[str, Any]:
    said: dict[str, Any] = root.plain()
    return said if policy is None else {**said, UNIDENTIFIED: policy}


# --- the policy for the unidentified ------------------------------------------------------------------------------
def _policy(root: Node, head: Mapping[str, Node], override: str | None) -> str | None:
    """The policy that the rows follow; it is stated if, and only if, one of them does."""
    stated = head[UNIDENTIFIED].word(tuple(POLICIES), "policy") if UNIDENTIFIED in head else None
    if (stated or override) and not any(_verdict_of(held) == UNIDENTIFIED for held in _rows_of(head)):
        raise _without_policy(head.get(UNIDENTIFIED, root))
    return stated and (override or stated)


def _without_policy(node: Node) -> UsageError:
    return node.fail(f"no row follows a policy for the {UNIDENTIFIED}", hint=f"verdict: {UNIDENTIFIED}")


def _rows_of(head: Mapping[str, Node]) -> list[Node]:
    tables = head["tables"].pairs()
    return tables["medium"].items() if "medium" in tables else []


def _verdict_of(row: Node) -> str:
    fields = row.pairs()
    return fields["verdict"].text() if "verdict" in fields else ""


# --- a regime that changes another --------------------------------------------------------------------------------
def _extended(root: Node, words: Words, override: str | None, shipped: Shipped) -> Regime:
    head = root.record(("id", "version", "extends", "title"), (*_ABOUT, UNIDENTIFIED, "tables"))
    stated = head[UNIDENTIFIED].word(tuple(POLICIES), "policy") if UNIDENTIFIED in head else None
    policy = override or stated
    base_of = shipped[head["extends"].word(tuple(shipped), "regime")]
    if policy and base_of(None).unidentified is None:
        raise _without_policy(head.get(UNIDENTIFIED, root))
    base = base_of(policy)
    tables = dict(base.tables)
    for name, node in head["tables"].record((), tuple(TABLES)).items() if "tables" in head else ():
        tables[name] = _changed(tables[name], node, base.unidentified)
    return replace(
        base,
        id=check.ident(head["id"].text(), where=head["id"].where),
        version=head["version"].text(),
        **_about(head),
        tables=tables,
        words=words,
        sha256=sha256_id(canonical({"extends": base.sha256, "regime": _plain(root, policy)})),
    )


def _changed(table: Table, node: Node, policy: Verdict | None) -> Table:
    """The table with rows whose verdict, citation or words are others; for which facts they speak stays."""
    rows = {row.rule: (row, node) for row in table.rows}
    done: set[str] = set()
    for held in node.items():
        fields = held.record(("rule",), ("verdict", "citation", "text", "would_change"))
        rule = fields["rule"].word(tuple(rows), f"rule of table {table.name!r}")
        if rule in done:
            raise held.fail(f"the rule {rule!r} is changed twice")
        done.add(rule)
        rows[rule] = (replace(rows[rule][0], **_said(table.name, fields, policy), line=held.line), held)
    return checked_table(table.name, list(rows.values()), node)


# --- rows ---------------------------------------------------------------------------------------------------------
def _act(node: Node) -> ActRule:
    fields = node.record(("rights", "citation"), ("neighbouring",))
    rights = fields["rights"].words(COPYRIGHTS, "right")
    if not rights:
        raise node.fail("the act touches no right", hint="then anything would be permitted")
    near = fields["neighbouring"].words(NEIGHBOURING_RIGHTS, "neighbouring right") if "neighbouring" in fields else ()
    return ActRule(rights=rights, neighbouring=frozenset(near), citation=fields["citation"].text())


def _row(table: str, node: Node, policy: str | None) -> Row:
    fields = node.record(("rule", "when", "verdict", "citation", "text"), ("would_change",))
    return Row(
        rule=check.ident(fields["rule"].text(), where=fields["rule"].where),
        when={fact: _values(table, fact, held) for fact, held in fields["when"].pairs().items()},
        **_said(table, fields, None if policy is None else POLICIES[policy]),
        line=node.line,
    )


def _known_words(rows: list[tuple[Row, Node]]) -> list[tuple[Row, Node]]:
    """The rows, with the words that their facts gained since the table was written."""
    for fact, (word, same_as) in _LATER_WORDS.items():
        if not any(_names(held, fact, word) for _, held in rows):
            rows = [(_taking(row, fact, word, same_as), held) for row, held in rows]
    return rows


def _names(row: Node, fact: str, word: str) -> bool:
    asked = row.pairs()["when"].pairs()
    said = asked[fact].plain() if fact in asked else ()
    named = said["not"] if isinstance(said, dict) else said
    return word in ([named] if isinstance(named, str) else named)


def _taking(row: Row, fact: str, word: str, same_as: str) -> Row:
    if fact not in row.when:
        return row
    values = row.when[fact] - {word} | ({word} if same_as in row.when[fact] else set())
    return replace(row, when={**row.when, fact: values})


def _said(table: str, fields: Mapping[str, Node], policy: Verdict | None) -> dict[str, Any]:
    """Verdict, citation and words, as far as the row states them."""
    said: dict[str, Any] = {name: _texts(table, fields[name]) for name in ("text", "would_change") if name in fields}
    if "citation" in fields:
        said["citation"] = fields["citation"].text()
    if "verdict" in fields:
        effects = (*(verdict.value for verdict in Verdict), NOTED, *([UNIDENTIFIED] if table == "medium" else ()))
        effect = fields["verdict"].word(effects, "verdict")
        if effect == UNIDENTIFIED:
            if policy is None:
                hint = "refuse, review or permit, beside id and version"
                raise fields["verdict"].fail(f"{UNIDENTIFIED!r} is not stated for the regime", hint=hint)
            effect = policy.value
        said["effect"] = effect
    return said


def _values(table: str, fact: str, node: Node) -> frozenset[str]:
    known = TABLES[table].get(check.one_of(fact, tuple(TABLES[table]), what="fact", where=node.where), ())
    values = node.excluded(known, fact) if node.is_mapping else node.words(known, fact)
    if not values:
        raise node.fail(f"{fact!r} is never so: the row would speak for nothing")
    return values


def _texts(table: str, node: Node) -> dict[str, str]:
    for sentence in node.pairs().values():
        _check_placeholders(table, sentence)
    return node.texts()


def _check_placeholders(table: str, node: Node) -> None:
    try:
        parts = list(Formatter().parse(node.text()))
    except ValueError as fault:
        raise node.fail(f"the sentence cannot be filled in: {fault}") from None
    if not any(words.strip() for words, *_ in parts):
        raise node.fail("the sentence has no words of its own", hint="a case may lack all that it names")
    for _, name, form, conversion in parts:
        if name is not None:
            check.one_of(name, PLACEHOLDERS[table], what="placeholder", where=node.where)
            if form or conversion:
                raise node.fail(f"{{{name}}} takes nothing after the name")
